//! Scores in hundredths of a point: exact, re-computable, no float.
use super::text;
use serde::{Deserialize, Serialize};
use std::{fmt, iter::Sum, str::FromStr};

/// Hundredths of a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a score with at most two places")]
pub struct NotScore;

impl Score {
    pub const fn hundredths(n: i64) -> Self {
        Self(n)
    }
    pub const fn as_hundredths(self) -> i64 {
        self.0
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.map(|s| s.0).sum())
    }
}

impl FromStr for Score {
    type Err = NotScore;
    fn from_str(s: &str) -> Result<Self, NotScore> {
        let s = text::half_width(s);
        let (whole, frac) = s.split_once('.').unwrap_or((&s, ""));
        let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 4 || frac.len() > 2 || !plain(whole) || !plain(frac) {
            return Err(NotScore);
        }
        let hundredths: i64 = format!("{whole}{frac:0<2}").parse().map_err(|_| NotScore)?;
        Ok(Self(hundredths))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0.unsigned_abs();
        write!(f, "{}{}.{:02}", if self.0 < 0 { "-" } else { "" }, n / 100, n % 100)
    }
}

/// The mean, half a hundredth rounded up; with `drop_from` or more sheets one high and one low are left out (domain 5.7).
pub fn aggregate(scores: &[Score], drop_from: usize) -> Option<Score> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let kept = if sorted.len() >= drop_from && sorted.len() > 2 { &sorted[1..sorted.len() - 1] } else { &sorted[..] };
    let n = i64::try_from(kept.len()).ok().filter(|n| *n > 0)?;
    let sum: i64 = kept.iter().map(|s| s.0).sum();
    Some(Score((2 * sum + n).div_euclid(2 * n)))
}

/// The middle score; of an even number the mean of the two middle ones, rounded up.
pub fn median(scores: &[Score]) -> Option<Score> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(Score((sorted[middle - 1].0 + sorted[middle].0 + 1).div_euclid(2))),
    }
}

/// Positions further than `limit` from the median (domain 5.8).
pub fn outliers(scores: &[Score], limit: Score) -> Vec<usize> {
    let Some(middle) = median(scores) else { return vec![] };
    (0..scores.len()).filter(|n| (scores[*n].0 - middle.0).abs() > limit.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    fn of(values: &[i64]) -> Vec<Score> {
        values.iter().map(|v| Score(*v)).collect()
    }
    #[test]
    fn means_are_exact_and_drop_by_rule() {
        assert_eq!(aggregate(&of(&[8000, 8001]), 7), Some(Score(8001)), "half up");
        assert_eq!(aggregate(&of(&[7000, 8000, 9000, 8000, 8000]), 7), Some(Score(8000)), "five are not dropped from");
        assert_eq!(aggregate(&of(&[0, 8000, 8000, 8000, 8000, 8000, 10000]), 7), Some(Score(8000)), "seven lose one high and one low");
        assert_eq!(aggregate(&[], 7), None);
    }
    #[test]
    fn outliers_stand_apart_from_the_median() {
        assert_eq!(outliers(&of(&[8000, 8100, 6000, 8200, 8050]), Score(1500)), vec![2]);
        assert_eq!("87.5".parse(), Ok(Score(8750)));
        assert_eq!("87.555".parse::<Score>(), Err(NotScore));
        assert_eq!(Score(8750).to_string(), "87.50");
    }
}

//! Scores in hundredths of a point: exact, re-computable, no float.
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, fmt, iter::Sum, str::FromStr};
use unicode_normalization::UnicodeNormalization;

/// Hundredths of a point; JSON writes the bare integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(i64);

/// Not digits with at most two places and at most four before them.
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
        Self(iter.fold(0, |sum, s| sum.saturating_add(s.0)))
    }
}

impl FromStr for Score {
    type Err = NotScore;
    /// Reads `87`, `87.5`, `８７．５０`; never a sign.
    fn from_str(s: &str) -> Result<Self, NotScore> {
        let s: String = s.nfkc().collect();
        let (whole, frac) = s.trim().split_once('.').unwrap_or((s.trim(), "0"));
        let plain = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if whole.len() > 4 || frac.len() > 2 || !plain(whole) || !plain(frac) {
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

/// The mean, half a hundredth rounded up; with `drop_from` or more sheets (and at least three) one high and one low are
/// left out (domain 5.7). `None` of no sheets.
pub fn aggregate(scores: &[Score], drop_from: usize) -> Option<Score> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let kept = if sorted.len() >= drop_from && sorted.len() > 2 { &sorted[1..sorted.len() - 1] } else { &sorted[..] };
    let n = i128::try_from(kept.len()).ok().filter(|n| *n > 0)?;
    let sum: i128 = kept.iter().map(|s| i128::from(s.0)).sum();
    i64::try_from((2 * sum + n).div_euclid(2 * n)).ok().map(Score)
}

/// Twice the median, exact.
fn twice_median(scores: &[Score]) -> Option<i128> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(i128::from(lower.0) + i128::from(upper.0))
}

/// The middle score; of an even number the mean of the two middle ones, half a hundredth rounded up.
pub fn median(scores: &[Score]) -> Option<Score> {
    i64::try_from((twice_median(scores)? + 1).div_euclid(2)).ok().map(Score)
}

/// Positions of scores further than `limit` from the exact median (domain 5.8); exactly `limit` away is no outlier.
pub fn outliers(scores: &[Score], limit: Score) -> Vec<usize> {
    let Some(twice) = twice_median(scores) else { return vec![] };
    (0..scores.len()).filter(|n| (2 * i128::from(scores[*n].0) - twice).abs() > 2 * i128::from(limit.0)).collect()
}

/// What decides the place of one bid (domain 5.7), most weighty first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contender<Id, Price> {
    pub id: Id,
    pub total: Score,
    /// The blind part of the total.
    pub blind: Score,
    /// The item on hard indicators.
    pub hard: Score,
    /// The lower is the better.
    pub price: Price,
}

/// A bid's place, from 1; bids that nothing sets apart share one, and the next place counts them all (1, 1, 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<Id> {
    pub id: Id,
    pub place: usize,
    /// The tie remains: only a second vote can break it.
    pub tied: bool,
}

/// Bids in order: total, then blind part, then hard indicators, then lower price (domain 5.7). Tied bids stand in order of
/// their ids so that the list is the same every time; that order decides nothing.
pub fn rank<Id: Ord + Copy, Price: Ord + Copy>(bids: &[Contender<Id, Price>]) -> Vec<Place<Id>> {
    let merit = |b: &Contender<Id, Price>| (Reverse((b.total, b.blind, b.hard)), b.price);
    let mut sorted = bids.to_vec();
    sorted.sort_by_key(|b| (merit(b), b.id));
    let place = |b: &Contender<Id, Price>| Place {
        id: b.id,
        place: 1 + sorted.partition_point(|other| merit(other) < merit(b)),
        tied: sorted.iter().filter(|other| merit(other) == merit(b)).count() > 1,
    };
    sorted.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    fn of(values: &[i64]) -> Vec<Score> {
        values.iter().map(|v| Score(*v)).collect()
    }
    /// A fixed sequence that looks random.
    fn sequence(seed: u64) -> impl FnMut(i64) -> i64 {
        let mut n = seed;
        move |below| {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(n >> 33).unwrap() % below
        }
    }

    #[test]
    fn scores_are_read_and_written() {
        for n in 0..=10_000 {
            assert_eq!(Score(n).to_string().parse(), Ok(Score(n)));
        }
        for (text, n) in [("87.5", 8750), (" 87 ", 8700), ("８７．５", 8750), ("0.07", 7)] {
            assert_eq!(text.parse(), Ok(Score(n)));
        }
        for text in ["", "87.555", "87.", ".5", "-1", "+1", "1e2", "12345", "九十"] {
            assert_eq!(text.parse::<Score>(), Err(NotScore), "{text}");
        }
        assert_eq!(serde_json::to_string(&Score(8750)).unwrap(), "8750");
    }

    #[test]
    fn means_are_exact_and_drop_by_rule() {
        assert_eq!(aggregate(&of(&[8000, 8001]), 7), Some(Score(8001)), "half up");
        assert_eq!(aggregate(&of(&[8000, 8000, 8001]), 7), Some(Score(8000)));
        assert_eq!(aggregate(&of(&[7000, 8000, 9000, 8000, 8500]), 7), Some(Score(8100)), "five are not dropped from");
        assert_eq!(
            aggregate(&of(&[0, 8000, 8000, 8000, 8000, 8000, 10000]), 7),
            Some(Score(8000)),
            "seven lose one high and one low"
        );
        assert_eq!(aggregate(&of(&[8000, 9000]), 0), Some(Score(8500)), "two are never dropped from");
        assert_eq!(aggregate(&[], 7), None);
        assert_eq!(aggregate(&of(&[i64::MAX, i64::MAX]), 7), Some(Score(i64::MAX)));
    }

    #[test]
    fn a_mean_lies_within_and_follows_no_order() {
        let mut next = sequence(7);
        for _ in 0..3_000 {
            let n = 1 + next(11);
            let mut scores: Vec<Score> = (0..n).map(|_| Score(next(10_001))).collect();
            let (mean, middle) = (aggregate(&scores, 7).unwrap(), median(&scores).unwrap());
            for got in [mean, middle] {
                assert!(scores.iter().min() <= Some(&got) && Some(&got) <= scores.iter().max());
            }
            let far = outliers(&scores, Score(1500)).len();
            scores.reverse();
            assert_eq!(
                (aggregate(&scores, 7), median(&scores), outliers(&scores, Score(1500)).len()),
                (Some(mean), Some(middle), far)
            );
        }
    }

    #[test]
    fn outliers_stand_apart_from_the_median() {
        assert_eq!(outliers(&of(&[8000, 8100, 6000, 8200, 8050]), Score(1500)), vec![2]);
        assert_eq!(outliers(&of(&[6500, 8000, 9500]), Score(1500)), Vec::<usize>::new(), "15 away is not more than 15");
        assert_eq!(outliers(&of(&[6499, 8000, 9501]), Score(1500)), vec![0, 2]);
        assert_eq!(outliers(&of(&[6500, 8000, 8001, 9501]), Score(1500)), vec![0, 3], "the median is 80.005");
        assert_eq!((median(&of(&[1, 2])), median(&[]), outliers(&[], Score(0))), (Some(Score(2)), None, vec![]));
    }

    #[test]
    fn ties_are_broken_in_the_order_of_the_rule() {
        let bid =
            |id, total, blind, hard, price| Contender { id, total: Score(total), blind: Score(blind), hard: Score(hard), price };
        let bids = [
            bid('a', 80, 50, 10, 100),
            bid('b', 80, 50, 10, 100),
            bid('c', 80, 50, 10, 99),
            bid('d', 80, 50, 11, 200),
            bid('e', 80, 51, 0, 300),
            bid('f', 81, 0, 0, 999),
            bid('g', 79, 60, 20, 1),
        ];
        let (ranked, reversed) = (rank(&bids), rank(&bids.iter().rev().copied().collect::<Vec<_>>()));
        let seen: Vec<_> = ranked.iter().map(|p| (p.id, p.place, p.tied)).collect();
        let expected =
            [('f', 1, false), ('e', 2, false), ('d', 3, false), ('c', 4, false), ('a', 5, true), ('b', 5, true), ('g', 7, false)];
        assert_eq!((seen, &reversed), (expected.to_vec(), &ranked));
        assert!(rank::<char, i64>(&[]).is_empty());
    }
}

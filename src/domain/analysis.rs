//! What the panel's scores can bear: scores made comparable between strict and mild experts, and whether the first place hangs
//! on one person. Shown beside the raw totals; the award follows the raw ones. Integers only, so that anyone gets the same.
use super::*;

/// How sure a result is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// By bid, in the order given: the mean of normalised totals.
    pub normalised: Vec<(BidId, Score)>,
    /// By seat: who would be first without this expert's sheet; none when a tie stays.
    pub without: Vec<Option<BidId>>,
    /// Who is first with all of them.
    pub first: Option<BidId>,
}

impl Analysis {
    /// Seats without whose sheet another bid would be first.
    pub fn decisive(&self) -> Vec<usize> {
        (0..self.without.len()).filter(|n| self.without[*n] != self.first).collect()
    }
}

/// Each expert's totals brought to the panel's mean and spread (z-scores, rounded half up to a hundredth): `rows` are experts,
/// columns bids. An expert who gave every bid the same says nothing about their order and counts as the mean.
pub fn normalise(rows: &[Vec<Score>]) -> Vec<Vec<Score>> {
    let all: Vec<i64> = rows.iter().flatten().map(|s| s.as_hundredths()).collect();
    let (mean, spread) = (mean(&all), spread(&all));
    let row = |row: &Vec<Score>| {
        let own: Vec<i64> = row.iter().map(|s| s.as_hundredths()).collect();
        let (own_mean, own_spread) = (self::mean(&own), self::spread(&own));
        let value = |x: i64| match own_spread {
            0 => rounded(mean, SCALE),
            _ => rounded(mean + (i128::from(x) * SCALE - own_mean) * spread / own_spread, SCALE),
        };
        own.iter().map(|x| Score::hundredths(value(*x).clamp(0, 10_000))).collect()
    };
    rows.iter().map(row).collect()
}

/// Fixed point: a millionth of a hundredth.
const SCALE: i128 = 1_000_000;

fn mean(xs: &[i64]) -> i128 {
    let n = i128::try_from(xs.len().max(1)).unwrap_or(1);
    xs.iter().map(|x| i128::from(*x) * SCALE).sum::<i128>() / n
}

/// Standard deviation of the whole, scaled.
fn spread(xs: &[i64]) -> i128 {
    let (n, m) = (i128::try_from(xs.len().max(1)).unwrap_or(1), mean(xs));
    let variance = xs.iter().map(|x| (i128::from(*x) * SCALE - m).pow(2)).sum::<i128>() / n;
    root(variance)
}

/// Whole square root, rounded down.
fn root(n: i128) -> i128 {
    u128::try_from(n).map_or(0, |n| i128::try_from(n.isqrt()).unwrap_or(0))
}

fn rounded(scaled: i128, scale: i128) -> i64 {
    i64::try_from((2 * scaled + scale).div_euclid(2 * scale)).unwrap_or(0)
}

/// One item of a debrief, as means over the panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub item: String,
    pub most: i64,
    pub own: Score,
    /// The first rank's mean; none for the winner itself.
    pub winner: Option<Score>,
    /// Lowest and highest mean among all bids scored.
    pub low: Score,
    pub high: Score,
}

/// What a team learns of how its bid was scored; who gave which points it never learns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Debrief {
    pub rank: usize,
    pub of: usize,
    pub total: Score,
    pub winner_total: Option<Score>,
    pub pass: Score,
    pub items: Vec<Compared>,
    /// The experts' comments in no order, without names; empty when they have not been read through.
    pub comments: Vec<String>,
}

impl Debrief {
    pub fn of(b: &Bid, c: &Challenge, sheets: &[&std::collections::BTreeMap<BidId, Sheet>]) -> Self {
        let mean = |bid: BidId, item: &str| {
            let points: Vec<Score> = sheets.iter().filter_map(|s| s.get(&bid)?.points.get(item).copied()).collect();
            aggregate(&points, c.rules.drop_from)
        };
        let first = c.ranking.iter().find(|r| r.rank == 1).filter(|r| r.bid != b.id);
        let compared = |i: &rubric::Item| {
            let all: Vec<Score> = c.ranking.iter().filter_map(|r| mean(r.bid, &i.id)).collect();
            Some(Compared {
                item: i.id.clone(),
                most: i.most,
                own: mean(b.id, &i.id)?,
                winner: first.and_then(|r| mean(r.bid, &i.id)),
                low: all.iter().min().copied()?,
                high: all.iter().max().copied()?,
            })
        };
        let mut comments: Vec<String> = vec![];
        if c.share_comments {
            comments.extend(sheets.iter().filter_map(|s| s.get(&b.id)?.comment.clone()));
            comments.sort();
        }
        Self {
            rank: b.rank.unwrap_or_default(),
            of: c.ranking.len(),
            total: b.score.unwrap_or_default(),
            winner_total: first.map(|r| r.total),
            pass: c.rules.pass(c.ranking.len()),
            items: c.rubric.items.iter().filter_map(compared).collect(),
            comments,
        }
    }
}

/// How an expert scores, over panels: to see who is always far off. All in hundredths of a point.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Habit {
    pub bids: usize,
    pub panels: usize,
    /// Mean distance from the panel's median, with its sign: strict is below zero.
    pub lean: i64,
    /// Mean distance without the sign.
    pub distance: i64,
    pub outliers: usize,
    /// Mean distance of the expert's lowest and highest total from each other, panel by panel.
    pub spread: i64,
    /// Parts submitted after they were due.
    pub late: usize,
    /// Invitations that were not answered, and those declined.
    pub no_reply: usize,
    pub declined: usize,
    /// Items with a written reason.
    pub reasons: usize,
}

/// The habit of one expert from (own total, panel's median, was far off) of every bid, and the number of panels.
pub fn habit(scores: &[(Score, Score, bool)], panels: usize) -> Habit {
    let gaps: Vec<i64> = scores.iter().map(|(own, middle, _)| own.as_hundredths() - middle.as_hundredths()).collect();
    let mean = |xs: Vec<i64>| rounded(self::mean(&xs), SCALE);
    Habit {
        bids: scores.len(),
        panels,
        lean: mean(gaps.clone()),
        distance: mean(gaps.iter().map(|g| g.abs()).collect()),
        outliers: scores.iter().filter(|s| s.2).count(),
        ..Habit::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(points: &[i64]) -> Vec<Score> {
        points.iter().map(|p| Score::hundredths(*p)).collect()
    }

    #[test]
    fn strict_and_mild_experts_who_agree_on_the_order_agree_when_normalised() {
        let out = normalise(&[row(&[9000, 8000, 7000]), row(&[6000, 5000, 4000])]);
        assert_eq!(out[0], out[1]);
        assert!(out[0][0] > out[0][1] && out[0][1] > out[0][2]);
        assert_eq!(normalise(&[row(&[8000, 8000]), row(&[9000, 7000])])[0], row(&[8000, 8000]), "no opinion is the mean");
    }

    proptest! {
        #[test]
        fn normalising_keeps_each_experts_order_and_the_panels_mean(rows in prop::collection::vec(prop::collection::vec(3000i64..9000, 4), 2..8)) {
            let scores: Vec<Vec<Score>> = rows.iter().map(|r| row(r)).collect();
            let out = normalise(&scores);
            for (before, after) in scores.iter().zip(&out) {
                for i in 0..4 {
                    for j in 0..4 {
                        prop_assert!(before[i] < before[j] || after[i] >= after[j]);
                    }
                }
            }
        }
    }

    #[test]
    fn a_habit_tells_the_strict_from_the_mild() {
        let s = Score::hundredths;
        let strict = habit(&[(s(7000), s(8000), false), (s(6000), s(8000), true)], 1);
        assert_eq!((strict.lean, strict.distance, strict.outliers), (-1500, 1500, 1));
        assert_eq!(habit(&[(s(9000), s(8000), false), (s(7000), s(8000), false)], 1).lean, 0);
        assert_eq!(habit(&[], 0), Habit::default());
    }
}

//! From sheets to ranks: totals by the rule, places, and the vote that decides what points leave tied (domain 5.7). The act that
//! signs the report and whoever checks the record work it out by this one function.
use super::*;
use std::collections::BTreeSet;

/// One bid with every sheet of the panel on it, in the order of the seats.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    pub bid: BidId,
    pub price: Money,
    pub sheets: Vec<&'a Sheet>,
}

/// Who would put which of the tied bids first: a list for each seat, and the chair's seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Votes {
    pub of_seats: Vec<Vec<BidId>>,
    pub chair: Option<usize>,
}

/// The ranking by points alone, then by the votes on what is tied; `None` while a sheet is incomplete.
pub fn ranking(judged: &[Judged<'_>], rules: &RuleSet, pass: Score, votes: &Votes) -> Option<Vec<Ranked>> {
    let (mut contenders, mut vetoed) = (vec![], BTreeSet::new());
    for j in judged {
        let tally = result_of(j.bid, &j.sheets, rules)?;
        let hard: Vec<Score> = j.sheets.iter().filter_map(|s| s.points.get("indicator_response").copied()).collect();
        let hard = aggregate(&hard, rules.drop_from).unwrap_or_default();
        if tally.vetoed {
            vetoed.insert(j.bid);
        }
        contenders.push(Contender { id: j.bid, total: tally.total, blind: tally.blind, hard, price: j.price });
    }
    let total = |id: BidId| contenders.iter().find(|c| c.id == id).map(|c| c.total).unwrap_or_default();
    let line = |p: Place<BidId>| {
        let total = total(p.id);
        Ranked {
            bid: p.id,
            rank: p.place,
            total,
            qualified: total >= pass && !vetoed.contains(&p.id),
            tied: p.tied,
            voted: false,
        }
    };
    Some(decided(rank(&contenders).into_iter().map(line).collect(), votes))
}

/// Groups of qualified bids that points leave tied, the best first.
pub fn ties(ranking: &[Ranked]) -> Vec<Vec<BidId>> {
    let places: BTreeSet<usize> = ranking.iter().filter(|r| r.tied && r.qualified).map(|r| r.rank).collect();
    let at = |place: usize| ranking.iter().filter(|r| r.rank == place && r.qualified).map(|r| r.bid).collect::<Vec<_>>();
    places.into_iter().map(at).filter(|group| group.len() > 1).collect()
}

/// Within each tie: more votes first; where these are equal, the one that the chair voted for. What is equal still stays tied.
fn decided(mut ranking: Vec<Ranked>, votes: &Votes) -> Vec<Ranked> {
    for group in ties(&ranking) {
        let merit = |bid: BidId| {
            let count = votes.of_seats.iter().filter(|v| v.contains(&bid)).count();
            let chair = votes.chair.and_then(|n| votes.of_seats.get(n)).is_some_and(|v| v.contains(&bid));
            (count, chair)
        };
        if !group.iter().any(|bid| merit(*bid).0 > 0) {
            continue;
        }
        for bid in &group {
            let before = group.iter().filter(|other| merit(**other) > merit(*bid)).count();
            let like = group.iter().filter(|other| merit(**other) == merit(*bid)).count();
            if let Some(r) = ranking.iter_mut().find(|r| r.bid == *bid) {
                (r.rank, r.tied, r.voted) = (r.rank + before, like > 1, true);
            }
        }
    }
    ranking.sort_by_key(|r| (r.rank, r.bid));
    ranking
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bid(n: u128) -> BidId {
        BidId(Uuid::from_u128(n))
    }
    fn sheet(percent: i64) -> Sheet {
        let points = SHEET.iter().map(|i| (i.id.to_owned(), Score::hundredths(i.most * percent))).collect();
        Sheet { points, ..Sheet::default() }
    }
    fn places(ranking: &[Ranked]) -> Vec<(u128, usize, bool)> {
        ranking.iter().map(|r| (r.bid.0.as_u128(), r.rank, r.tied)).collect()
    }
    fn rank_of(percents: &[i64], votes: &Votes) -> Vec<Ranked> {
        let sheets: Vec<Sheet> = percents.iter().map(|p| sheet(*p)).collect();
        let judged: Vec<Judged<'_>> =
            (1..).zip(&sheets).map(|(n, s)| Judged { bid: bid(n), price: Money::fen(100), sheets: vec![s; 5] }).collect();
        ranking(&judged, &RuleSet::default(), Score::hundredths(7_000), votes).unwrap()
    }

    #[test]
    fn a_vote_decides_a_tie_and_nothing_else() {
        let none = Votes::default();
        assert_eq!(places(&rank_of(&[80, 80, 90], &none)), [(3, 1, false), (1, 2, true), (2, 2, true)]);
        let of = |votes: &[u128]| Votes { of_seats: votes.iter().map(|n| vec![bid(*n)]).collect(), chair: Some(0) };
        assert_eq!(places(&rank_of(&[80, 80, 90], &of(&[2, 2, 1]))), [(3, 1, false), (2, 2, false), (1, 3, false)]);
        assert_eq!(places(&rank_of(&[80, 80, 90], &of(&[1, 2]))), [(3, 1, false), (1, 2, false), (2, 3, false)], "the chair's");
        let three = rank_of(&[80, 80, 80], &of(&[3, 2, 3, 1, 2]));
        assert_eq!(
            places(&three),
            [(3, 1, false), (2, 2, false), (1, 3, false)],
            "2 and 3 have two votes each; the chair is for 3"
        );
        assert_eq!(places(&rank_of(&[60, 60], &of(&[1, 1]))), [(1, 1, true), (2, 1, true)], "nobody votes on what fell through");
        assert_eq!(ties(&rank_of(&[80, 80, 90, 90], &none)), [vec![bid(3), bid(4)], vec![bid(1), bid(2)]]);
    }

    proptest! {
        #[test]
        fn votes_never_move_a_bid_past_one_with_other_points(
            percents in prop::collection::vec(70i64..74, 2..6),
            votes in prop::collection::vec(prop::collection::vec(1u128..6, 0..4), 0..7),
        ) {
            let plain = rank_of(&percents, &Votes::default());
            let votes = Votes { of_seats: votes.iter().map(|v| v.iter().map(|n| bid(*n)).collect()).collect(), chair: Some(0) };
            let after = rank_of(&percents, &votes);
            let total = |r: &[Ranked], n: usize| r[n].total;
            for n in 0..plain.len() {
                prop_assert_eq!(total(&plain, n), total(&after, n), "the order of totals stays");
            }
            let mut seats: Vec<usize> = after.iter().filter(|r| !r.tied).map(|r| r.rank).collect();
            let distinct = seats.len();
            seats.dedup();
            prop_assert_eq!(seats.len(), distinct, "no two share a place unless they are tied");
        }

        #[test]
        fn totals_are_the_same_whoever_adds_them_and_lie_within_the_sheets(
            points in prop::collection::vec(prop::collection::vec(0i64..=100, 9), 1..9),
        ) {
            let sheet = |row: &Vec<i64>| Sheet {
                points: SHEET.iter().zip(row).map(|(i, p)| (i.id.to_owned(), Score::hundredths(i.most * p))).collect(),
                ..Sheet::default()
            };
            let sheets: Vec<Sheet> = points.iter().map(sheet).collect();
            let all: Vec<&Sheet> = sheets.iter().collect();
            let rules = RuleSet::default();
            let tally = result_of(bid(1), &all, &rules).unwrap();
            let back: Vec<&Sheet> = sheets.iter().rev().collect();
            prop_assert_eq!(&tally, &result_of(bid(1), &back, &rules).unwrap());
            let totals: Vec<Score> = sheets.iter().map(|s| s.total().unwrap()).collect();
            prop_assert!(totals.iter().min() <= Some(&tally.total) && Some(&tally.total) <= totals.iter().max());
            prop_assert!(tally.blind <= tally.total);
            // By hand, in whole numbers: sorted, one high and one low left out from seven on, the mean half up.
            let mut sorted: Vec<i64> = totals.iter().map(|s| s.as_hundredths()).collect();
            sorted.sort_unstable();
            if sorted.len() >= 7 {
                sorted.pop();
                sorted.remove(0);
            }
            let (sum, n) = (sorted.iter().sum::<i64>(), sorted.len() as i64);
            prop_assert_eq!(tally.total.as_hundredths(), (2 * sum + n) / (2 * n));
        }
    }
}

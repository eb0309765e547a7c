//! What a panel does together after everyone's own sheet: it votes on ties, its chair draws the conclusion, members dissent; and
//! before the open part it may hear the teams (domain 2.3, 5.7).
use super::*;

/// The panel's conclusion in the words of its chair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusion {
    pub text: String,
    /// The panel finds that two bids compete in earnest (domain 5.3).
    pub effective_competition: bool,
    pub routes_differ: bool,
    pub at: Timestamp,
}

/// One meeting at which every team is heard: slots in an order drawn by lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defence {
    pub place: String,
    pub minutes: i64,
    pub slots: Vec<Slot>,
    pub by: AccountId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub bid: BidId,
    pub at: Timestamp,
    /// What was noted; none while the team has not been heard.
    pub heard: Option<Heard>,
}

/// What was noted of one team's hearing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Who came for the team; none when it stayed away.
    pub present: Option<String>,
    /// How many experts of the panel attended.
    pub experts: i64,
    pub questions: Vec<Asked>,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub question: String,
    pub answer: String,
}

impl Defence {
    /// Slots one after the other from `starts`, in the order of the lot: by a hash of the panel's seed and the bid.
    pub fn schedule(seed: &str, bids: &[BidId], (starts, minutes): (Timestamp, i64), place: String, by: AccountId) -> Self {
        let mut order = bids.to_vec();
        order.sort_by_key(|b| lot(seed, *b));
        let at = |n: i64| starts + jiff::SignedDuration::from_mins(minutes * n);
        let slots = (0..).zip(order).map(|(n, bid)| Slot { bid, at: at(n), heard: None }).collect();
        Self { place, minutes, slots, by }
    }
    pub fn is_over(&self) -> bool {
        self.slots.iter().all(|s| s.heard.is_some())
    }
    pub fn slot(&mut self, bid: BidId) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|s| s.bid == bid)
    }
}

/// What decides the place of a bid in the order of hearing: anyone can work it out again.
pub fn lot(seed: &str, bid: BidId) -> String {
    hash::sha256_hex(format!("jiebang-defence-1\n{seed}\n{bid}").as_bytes())
}

/// The chair: of those who sit and are bound by their commitment, the first in the order of the lot.
pub fn chair<'a>(panel: &Panel, seats: impl IntoIterator<Item = &'a Assignment>) -> Option<&'a Assignment> {
    let place = |a: &&Assignment| panel.sequence.iter().position(|e| *e == a.expert).unwrap_or(usize::MAX);
    seats.into_iter().filter(|a| a.may_read()).min_by_key(place)
}

impl Challenge {
    /// Whether the open part may be scored: a hearing that was called for has taken place.
    pub fn has_heard_teams(&self) -> bool {
        self.defence.as_ref().is_none_or(Defence::is_over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_hearing_is_drawn_and_drawn_again() {
        let bids: Vec<BidId> = (1..=6).map(|n| BidId(Uuid::from_u128(n))).collect();
        let by = AccountId(Uuid::nil());
        let at: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let order = |seed: &str, bids: &[BidId]| -> Vec<BidId> {
            Defence::schedule(seed, bids, (at, 30), "三楼会议室".into(), by).slots.iter().map(|s| s.bid).collect()
        };
        let back: Vec<BidId> = bids.iter().rev().copied().collect();
        assert_eq!(order("a", &bids), order("a", &back), "however they are listed");
        assert!((0..10).any(|n| order("a", &bids) != order(&n.to_string(), &bids)));
        let slots = Defence::schedule("a", &bids, (at, 30), String::new(), by).slots;
        assert_eq!(slots[5].at, "2026-03-02T03:30:00Z".parse().unwrap());
    }
}

//! The opening of a challenge's bids, in two stages: who bids and what is read blind first; price and team when every blind
//! score is locked. What was sealed at the close is listed before anything is opened.
use super::seal::Part;
use super::*;

/// Which envelopes are being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningStage {
    First,
    Price,
}

impl OpeningStage {
    pub const ALL: [OpeningStage; 2] = [OpeningStage::First, OpeningStage::Price];
    pub const fn id(self) -> &'static str {
        match self {
            OpeningStage::First => "first",
            OpeningStage::Price => "price",
        }
    }
    /// The step that an officer begins it with, and the one by which the supervisor completes it.
    pub const fn acts(self) -> (ChallengeAct, ChallengeAct) {
        match self {
            OpeningStage::First => (ChallengeAct::BeginOpening, ChallengeAct::Open),
            OpeningStage::Price => (ChallengeAct::BeginPriceOpening, ChallengeAct::OpenPrice),
        }
    }
}

/// One sealed bid as the close found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingLine {
    pub bid: BidId,
    pub version: i32,
    /// What its receipt shows.
    pub sha256: String,
    /// Of envelopes A and B; none for a bid from before there were two.
    pub commits: Vec<String>,
}

/// Everything that was sealed when the time was over: written at the first touch after it, before anything is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingList {
    pub at: Timestamp,
    pub bids: Vec<ClosingLine>,
}

/// A bid that a stage could not open, or that was not let in, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub bid: BidId,
    pub stage: OpeningStage,
    pub why: String,
}

/// A stage that is over: who began and who completed it, whose keys gave it, and which teams brought their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub stage: OpeningStage,
    pub at: Timestamp,
    pub by: (AccountId, AccountId),
    /// Numbers of the roster.
    pub holders: Vec<u8>,
    pub spares: Vec<BidId>,
}

/// When too few keyholders answered: each team may bring the key of its own bid from its spare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpareWindow {
    pub stage: OpeningStage,
    pub asked: Half,
    /// The second person, and until when keys are taken.
    pub granted: Option<Half>,
    pub until: Option<Timestamp>,
    /// Whose keys are missing.
    pub bids: Vec<BidId>,
}

impl SpareWindow {
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// What a challenge keeps of its second stage, of keys that were lost, and of what failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// Price and team are opened apart, later. Not so for challenges that were published before there were two stages.
    pub apart: bool,
    pub closing: Option<ClosingList>,
    /// Every expert who sits has locked the blind part.
    pub blind_in: bool,
    pub price: Option<Half>,
    pub price_witness: Option<Half>,
    pub price_opened_at: Option<Timestamp>,
    pub done: Vec<Opened>,
    pub failed: Vec<Failure>,
    /// What the last try of both people could not open. As long as something stands here, nothing of the stage is open.
    pub unopened: Vec<Failure>,
    pub spares: Vec<SpareWindow>,
}

impl Challenge {
    /// May price, amounts and team be read by those whose work it is?
    pub fn price_is_open(&self) -> bool {
        self.opened_at.is_some() && (!self.stages.apart || self.stages.price_opened_at.is_some())
    }

    /// The stage that would come next, if any is left.
    pub fn stage(&self) -> Option<OpeningStage> {
        match (self.opened_at, self.price_is_open()) {
            (None, _) => Some(OpeningStage::First),
            (Some(_), false) => Some(OpeningStage::Price),
            (Some(_), true) => None,
        }
    }

    /// What `stage` opens: where the two are not apart the first opens both.
    pub fn parts_of(&self, stage: OpeningStage) -> &'static [Part] {
        match stage {
            OpeningStage::First if self.stages.apart => &[Part::A],
            OpeningStage::First => &Part::ALL,
            OpeningStage::Price => &[Part::B],
        }
    }

    /// Who began a stage.
    pub fn begun(&self, stage: OpeningStage) -> Option<&Half> {
        match stage {
            OpeningStage::First => self.opening.as_ref(),
            OpeningStage::Price => self.stages.price.as_ref(),
        }
    }

    /// The second person of a stage, with whom hand-outs begin.
    pub fn witnessed(&self, stage: OpeningStage) -> Option<&Half> {
        match stage {
            OpeningStage::First => self.witness.as_ref(),
            OpeningStage::Price => self.stages.price_witness.as_ref(),
        }
    }

    /// The stage for which wraps are handed out now: both people are there, and it is not over.
    pub fn ceremony(&self, now: Timestamp) -> Option<OpeningStage> {
        let stage = self.stage()?;
        let in_time = match stage {
            OpeningStage::First => self.state_at(now) == ChallengeState::Closed,
            OpeningStage::Price => self.state_at(now) == ChallengeState::Reviewing && self.stages.blind_in,
        };
        (in_time && self.sealing.is_some() && self.witnessed(stage).is_some()).then_some(stage)
    }

    /// Until when keyholders are waited for before a spare window may be asked for.
    pub fn holders_until(&self, stage: OpeningStage) -> Option<Timestamp> {
        let hours = jiff::SignedDuration::from_hours(self.rules.keyholder_hours);
        self.witnessed(stage).map(|w| w.at + hours)
    }

    /// The window of a stage, asked for or granted.
    pub fn spare_window(&self, stage: OpeningStage) -> Option<&SpareWindow> {
        self.stages.spares.iter().find(|w| w.stage == stage)
    }

    /// The window that takes keys at `now`.
    pub fn takes_spares(&self, now: Timestamp) -> Option<OpeningStage> {
        let stage = self.ceremony(now)?;
        self.spare_window(stage).is_some_and(|w| w.is_open(now)).then_some(stage)
    }

    /// Keys that have not come by now will not: a window was granted, and it is over.
    pub fn gave_up_on_keys(&self, now: Timestamp) -> bool {
        self.stage().and_then(|s| self.spare_window(s)).is_some_and(|w| w.until.is_some_and(|until| now >= until))
    }

    /// The rules of the steps of both stages; what is not on the way there is out of order, and is offered to nobody.
    pub fn may_open(&self, act: ChallengeAct, m: &Moment) -> Result<(), Refusal> {
        use ChallengeAct as A;
        let unfit = || Err(Refusal::new("out_of_order").with("state", self.state_at(m.now).id()).with("act", act.id()));
        let price = self.stage() == Some(OpeningStage::Price);
        match act {
            A::BeginOpening => ensure(self.opening.is_none(), "opening_begun"),
            A::Open => ensure(self.opening.is_some(), "opening_needs_officer_first"),
            A::BeginPriceOpening | A::OpenPrice if !price => unfit(),
            A::BeginPriceOpening | A::OpenPrice if !self.stages.blind_in => Err(Refusal::new("blind_scores_missing")),
            A::BeginPriceOpening => ensure(self.stages.price.is_none(), "opening_begun"),
            A::OpenPrice => ensure(self.stages.price.is_some(), "opening_needs_officer_first"),
            A::DeclareBroken => ensure(self.is_stuck(), "nothing_unopened"),
            A::AskSpares | A::GrantSpares => {
                let Some(stage) = self.ceremony(m.now) else { return unfit() };
                let window = self.spare_window(stage);
                match (act, window) {
                    (A::AskSpares, Some(_)) => Err(Refusal::new("spares_asked")),
                    (A::AskSpares, None) => {
                        let until = self.holders_until(stage).unwrap_or(m.now);
                        ensure(m.now >= until, "keyholders_have_time").map_err(|r| r.with("at", until))
                    }
                    (_, None) => Err(Refusal::new("spares_not_asked")),
                    (_, Some(w)) => ensure(w.granted.is_none(), "spares_granted"),
                }
            }
            _ => Ok(()),
        }
    }

    /// A try to open the stage that is under way has found bids that do not open.
    pub fn is_stuck(&self) -> bool {
        self.stages.unopened.iter().any(|f| Some(f.stage) == self.stage())
    }

    /// Whose turn an opening is, while the review waits for its second stage.
    pub fn price_turn(&self) -> Option<(Role, ChallengeAct)> {
        (self.stage() == Some(OpeningStage::Price) && self.stages.blind_in).then_some(match self.stages.price {
            None => (Role::Officer, ChallengeAct::BeginPriceOpening),
            Some(_) => (Role::Supervisor, ChallengeAct::OpenPrice),
        })
    }
}

/// Every expert who has a seat sits, and has locked the blind part: only then does anybody open a price.
pub fn blind_scores_are_in(panel: &[Assignment], seats: usize) -> bool {
    let sitting: Vec<&Assignment> = panel.iter().filter(|a| a.sits()).collect();
    seats > 0 && sitting.len() >= seats && sitting.iter().all(|a| a.has_locked_blind())
}

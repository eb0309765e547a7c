//! Red flags (product 4.13): rules over the facts of a case that ask a question and accuse nobody. Each is worked out from what
//! stands today, names its threshold and its evidence, and is dismissed with a reason, asked about, or left open.
mod collusion;
mod facts;
mod listing;
mod money;
mod reading;
mod review;
mod tailored;

pub use collusion::{Mark, Origin, similarity};
pub use facts::{Award, Facts, Supplied, Told};
pub use reading::{Reads, Unusual, unusual};

use super::*;

macro_rules! kinds { ($($name:ident = $id:literal $severity:ident),* $(,)?) => {
    /// What a case may look odd for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum FlagKind { $(#[serde(rename = $id)] $name),* }
    impl FlagKind {
        pub const ALL: &'static [FlagKind] = &[$(FlagKind::$name),*];
        pub const fn id(self) -> &'static str { match self { $(FlagKind::$name => $id),* } }
        pub fn parse(id: &str) -> Option<Self> { Self::ALL.iter().copied().find(|k| k.id() == id) }
        pub const fn severity(self) -> Severity { match self { $(FlagKind::$name => Severity::$severity),* } }
    }
} }
kinds!(
    Collusion = "collusion" High,
    PaidBeforeAccepted = "paid_before_accepted" High,
    TailorMade = "tailor_made" High,
    AwardNotFirst = "award_not_first" High,
    ContractWeaker = "contract_weaker" High,
    ExpertsReplaced = "experts_replaced" High,
    SameWinner = "same_winner" High,
    DecidedEarly = "decided_early" High,
    SubstantialAmendment = "substantial_amendment" High,
    SingleBid = "single_bid" Medium,
    NearCeiling = "near_ceiling" Medium,
    LateAmendment = "late_amendment" Medium,
    OutlierReviewer = "outlier_reviewer" Medium,
    HangsOnOne = "hangs_on_one" Medium,
    ObjectionUpheld = "objection_upheld" Medium,
    RepeatedRelisting = "repeated_relisting" Medium,
    OneOfficer = "one_officer" Medium,
    UnderThreshold = "under_threshold" Medium,
    ShortWindow = "short_window" Medium,
    TypedPanel = "typed_panel" Medium,
    UnusualReading = "unusual_reading" Medium,
    DeadlineMoved = "deadline_moved" Low,
    SlowPayment = "slow_payment" Low,
    FastPayment = "fast_payment" Low,
);

/// How soon a flag wants to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    High,
    Medium,
    Low,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];
    pub const fn id(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl FlagKind {
    /// The number of the rule set above or below which it is raised, by its name there. None where no number decides.
    pub fn threshold(self, rules: &RuleSet) -> Option<(&'static str, Fact)> {
        let count = |n: usize| Fact::Number(i64::try_from(n).unwrap_or(i64::MAX));
        Some(match self {
            Self::Collusion => ("flag_text_bp", Fact::Share(rules.flag_text_bp)),
            Self::ExpertsReplaced => ("flag_replaced_bp", Fact::Share(rules.flag_replaced_bp)),
            Self::SameWinner => ("flag_wins", count(rules.flag_wins)),
            Self::NearCeiling => ("flag_ceiling_bp", Fact::Share(rules.flag_ceiling_bp)),
            Self::LateAmendment => ("flag_amend_days", Fact::Number(rules.flag_amend_days)),
            Self::OutlierReviewer => ("outlier_limit", Fact::Text(Score::hundredths(rules.outlier_limit).to_string())),
            Self::RepeatedRelisting => ("flag_relists", Fact::Number(i64::from(rules.flag_relists))),
            Self::OneOfficer => ("flag_officer_steps", count(rules.flag_officer_steps)),
            Self::UnderThreshold => ("flag_under_bp", Fact::Share(rules.flag_under_bp)),
            Self::ShortWindow => ("flag_window_workdays", Fact::Number(rules.flag_window_workdays)),
            Self::UnusualReading => ("flag_reads_hour", count(rules.flag_reads_hour)),
            Self::SlowPayment => ("payment_days", Fact::Number(i64::from(rules.payment_check_days + rules.payment_days))),
            Self::FastPayment => ("flag_fast_days", Fact::Number(rules.flag_fast_days)),
            Self::PaidBeforeAccepted
            | Self::TailorMade
            | Self::AwardNotFirst
            | Self::ContractWeaker
            | Self::DecidedEarly
            | Self::SubstantialAmendment
            | Self::SingleBid
            | Self::HangsOnOne
            | Self::ObjectionUpheld
            | Self::TypedPanel
            | Self::DeadlineMoved => return None,
        })
    }
}

/// One fact of an evidence: what a page writes in its reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    Text(String),
    Number(i64),
    Money(Money),
    At(Timestamp),
    /// Hundredths of a percent.
    Share(i64),
    /// A key of the catalogues.
    Word(String),
    /// Fields of a form, by their paths.
    Fields(Vec<String>),
}

/// One thing that a flag rests on: a sentence (`evidence.CODE`) with its facts, the entry of the record and the thing it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub code: String,
    pub facts: Vec<(String, Fact)>,
    pub entry: Option<i64>,
    pub on: Option<(Noun, Uuid)>,
}

impl Evidence {
    pub fn new(code: &str) -> Self {
        Self { code: code.into(), facts: vec![], entry: None, on: None }
    }
    fn fact(mut self, name: &str, fact: Fact) -> Self {
        self.facts.push((name.into(), fact));
        self
    }
    pub fn text(self, name: &str, value: impl ToString) -> Self {
        self.fact(name, Fact::Text(value.to_string()))
    }
    pub fn word(self, name: &str, key: impl ToString) -> Self {
        self.fact(name, Fact::Word(key.to_string()))
    }
    pub fn fields(self, name: &str, paths: impl IntoIterator<Item = String>) -> Self {
        self.fact(name, Fact::Fields(paths.into_iter().collect()))
    }
    pub fn number(self, name: &str, value: impl TryInto<i64>) -> Self {
        self.fact(name, Fact::Number(value.try_into().unwrap_or(i64::MAX)))
    }
    pub fn money(self, name: &str, value: Money) -> Self {
        self.fact(name, Fact::Money(value))
    }
    pub fn at(self, name: &str, value: Timestamp) -> Self {
        self.fact(name, Fact::At(value))
    }
    pub fn share(self, name: &str, hundredths: i64) -> Self {
        self.fact(name, Fact::Share(hundredths))
    }
    pub fn entry(mut self, seq: Option<i64>) -> Self {
        self.entry = seq;
        self
    }
    pub fn on(mut self, noun: Noun, id: Uuid) -> Self {
        self.on = Some((noun, id));
        self
    }
}

/// A rule that found something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    pub kind: FlagKind,
    /// What of the case it is about: the challenge, or one payment, one contract, one pair of bids.
    pub subject: Uuid,
    /// The number of the rule set above or below which it is raised, by its name there.
    pub threshold: Option<(String, Fact)>,
    pub evidence: Vec<Evidence>,
}

impl Flag {
    /// What names it among the flags of its case.
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind.id(), self.subject)
    }

    /// Of what it rests on: a judgement holds as long as this does not change.
    pub fn sha256(&self) -> String {
        let said = serde_json::json!({ "kind": self.kind, "subject": self.subject, "evidence": self.evidence });
        hash::sha256_hex(hash::canonical(&said).as_bytes())
    }
}

/// All flags of a case, the gravest first.
pub fn of(f: &Facts) -> Vec<Flag> {
    let mut out = vec![];
    out.extend(listing::of(f));
    out.extend(review::of(f));
    out.extend(money::of(f));
    out.extend(tailored::of(f));
    out.extend(collusion::of(f));
    out.extend(reading::of(f));
    out.sort_by_key(|flag| (flag.kind, flag.subject));
    out
}

//! The ledger (台账): where every fen of a contract stands, by double entry. Each channel of a contract is a book of its own
//! (domain 4, trap 14). A fen moves from account to account as acts say; the account that it leaves is credited, the one that
//! it enters is debited. What the contract has committed is the one credit balance, so that a trial balance means something:
//! the debit balances say where the committed money is now, and none may fall below zero. From that follows, for every
//! contract and channel: accounted ≤ received ≤ paid ≤ unlocked ≤ promised ≤ what the contract holds.
//! The platform records money and never holds it (trap 11).
mod books;
pub use books::{Books, Posting};

use super::*;

macro_rules! words { ($($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $item:ident = $id:literal),* $(,)? })*) => { $(
    $(#[$doc])*
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum $name { $($(#[$each])* #[serde(rename = $id)] $item),* }
    impl $name {
        pub const ALL: &'static [$name] = &[$($name::$item),*];
        /// The stable id, as the API, the catalogues and the database write it.
        pub const fn id(self) -> &'static str { match self { $($name::$item => $id),* } }
        pub fn parse(id: &str) -> Option<Self> { Self::ALL.iter().copied().find(|x| x.id() == id) }
    }
)* } }

words! {
    /// Whose money: the county's, with budget year and document; or the enterprise's, perhaps from an escrow account of a bank.
    Channel { Fiscal = "fiscal", Enterprise = "enterprise" }
    /// Where money stands. All but `Commitment` have debit balances.
    LedgerAccount {
        /// What the contract has committed: the credit side of the book.
        Commitment = "commitment",
        /// Promised, and not yet due.
        Promised = "promised",
        /// Promised, and set aside by the payer in an account of a bank.
        Escrowed = "escrowed",
        /// Due: what the contract asked for has been done.
        Unlocked = "unlocked",
        /// Sent by the payer, not yet confirmed by the payee.
        Paid = "paid",
        /// With the payee, not yet accounted for.
        Received = "received",
        /// Spent on the project, or left with the host by rule.
        Accounted = "accounted",
        /// Decided to be clawed back, not yet back.
        Recoverable = "recoverable",
        /// Given back unspent.
        Returned = "returned",
        /// Clawed back.
        ClawedBack = "clawed_back",
    }
    /// What an entry is about.
    LedgerAct {
        Promise = "promise", Escrow = "escrow", Unlock = "unlock", Payment = "payment", Receipt = "receipt", Spending = "spending",
        /// Surplus that stays with the host once the result has passed (domain 4.8).
        Surplus = "surplus",
        Return = "return",
        /// A payment that was never confirmed is asked back; `Clawback` is of money that arrived.
        Recall = "recall",
        Clawback = "clawback", Recovery = "recovery",
        /// What can no longer become due is taken off the commitment.
        Release = "release",
        /// The counter-entry of an entry; nothing is ever edited.
        Reversal = "reversal",
    }
}

impl Channel {
    /// The channel of an instalment or a spending record by its source.
    pub fn of_source(source: &str) -> Option<Self> {
        match source {
            "county" => Some(Self::Fiscal),
            "enterprise" => Some(Self::Enterprise),
            _ => None,
        }
    }
    pub const fn source(self) -> &'static str {
        match self {
            Self::Fiscal => "county",
            Self::Enterprise => "enterprise",
        }
    }
}

impl LedgerAct {
    /// The account that is debited, and those that are credited, the first as far as it goes. A reversal has no line here.
    pub const fn moves(self) -> Option<(LedgerAccount, &'static [LedgerAccount])> {
        use LedgerAccount as A;
        Some(match self {
            Self::Promise => (A::Promised, &[A::Commitment]),
            Self::Escrow => (A::Escrowed, &[A::Promised]),
            Self::Unlock => (A::Unlocked, &[A::Escrowed, A::Promised]),
            Self::Payment => (A::Paid, &[A::Unlocked]),
            Self::Receipt => (A::Received, &[A::Paid]),
            Self::Spending | Self::Surplus => (A::Accounted, &[A::Received]),
            Self::Return => (A::Returned, &[A::Received]),
            Self::Recall => (A::Recoverable, &[A::Paid]),
            Self::Clawback => (A::Recoverable, &[A::Received, A::Accounted]),
            Self::Recovery => (A::ClawedBack, &[A::Recoverable]),
            Self::Release => (A::Commitment, &[A::Promised, A::Escrowed]),
            Self::Reversal => return None,
        })
    }
}

impl LedgerAccount {
    /// This account and all that lie behind it on the road of money.
    pub fn and_behind(self) -> &'static [LedgerAccount] {
        const ROAD: &[LedgerAccount] = &[
            LedgerAccount::Promised,
            LedgerAccount::Escrowed,
            LedgerAccount::Unlocked,
            LedgerAccount::Paid,
            LedgerAccount::Received,
            LedgerAccount::Accounted,
            LedgerAccount::Recoverable,
            LedgerAccount::Returned,
            LedgerAccount::ClawedBack,
        ];
        match self {
            // What is accounted for ends the chain; what went back lies beside it.
            Self::Accounted => &[LedgerAccount::Accounted],
            _ => ROAD.iter().position(|a| *a == self).map_or(&[], |at| &ROAD[at..]),
        }
    }
}

/// One entry of the journal: balanced, of one contract and one channel, made by one act, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    pub id: Uuid,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub channel: Channel,
    pub act: LedgerAct,
    /// What the act was done to.
    pub noun: Noun,
    pub subject: Uuid,
    /// The entry that this one takes back, whole.
    pub reverses: Option<Uuid>,
    /// Fiscal payments name the budget's year and document (trap 13).
    pub budget_year: Option<i64>,
    pub budget_doc_no: Option<String>,
    /// Voucher, slip, or the escrow account of a bank.
    pub reference: Option<String>,
    pub memo: String,
    pub at: Timestamp,
    pub postings: Vec<Posting>,
}

impl LedgerEntry {
    /// The accounting year: the calendar year in Beijing.
    pub fn year(&self) -> i16 {
        date_of(self.at).year()
    }
}

/// One line of a trial balance: turnover of an account of a channel, in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TrialLine {
    pub channel: Channel,
    pub account: LedgerAccount,
    pub debit_fen: Money,
    pub credit_fen: Money,
}

impl TrialLine {
    /// Debits less credits: above zero a debit balance, below zero a credit balance.
    pub fn balance(&self) -> Money {
        self.debit_fen.checked_sub(self.credit_fen).unwrap_or_default()
    }
}

/// What a trial balance is asked for; nothing given is the whole county now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrialScope {
    pub contract: Option<ContractId>,
    /// Only what was posted in this year.
    pub year: Option<i16>,
    /// As it stood then.
    pub at: Option<Timestamp>,
}

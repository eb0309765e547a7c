//! What of what is not public a person reads: told to the read log, seen by oversight and by those whose it is.
use super::*;

macro_rules! whats { ($($name:ident = $id:literal),* $(,)?) => {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum What { $(#[serde(rename = $id)] $name),* }
    impl What {
        pub const ALL: &'static [What] = &[$(What::$name),*];
        pub const IDS: &'static [&'static str] = &[$($id),*];
        pub const fn id(self) -> &'static str { match self { $(What::$name => $id),* } }
        pub fn parse(id: &str) -> Option<Self> { Self::ALL.iter().copied().find(|w| w.id() == id) }
    }
} }
whats!(
    BidContents = "bid_contents",
    Scores = "scores",
    Objector = "objector",
    BankAccount = "bank_account",
    Contact = "contact",
    File = "file",
    Export = "export",
    Reads = "reads",
    People = "people",
    Contract = "contract",
);

impl What {
    /// Counts when many are read in an hour; an officer who goes through a list of needs does not stand out.
    pub fn is_grave(self) -> bool {
        matches!(self, Self::BidContents | Self::Scores | Self::Objector | Self::BankAccount | Self::File)
    }
}

/// One reading: what, of which thing, whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub what: What,
    pub noun: Noun,
    pub subject: Uuid,
    pub challenge: Option<ChallengeId>,
    pub org: Option<OrgId>,
    pub owner: Option<AccountId>,
}

impl Reading {
    pub fn new(what: What, noun: Noun, subject: Uuid) -> Self {
        Self { what, noun, subject, challenge: None, org: None, owner: None }
    }
    pub fn on(mut self, challenge: ChallengeId) -> Self {
        self.challenge = Some(challenge);
        self
    }
    pub fn of(mut self, org: OrgId) -> Self {
        self.org = Some(org);
        self
    }
    pub fn by(mut self, owner: Option<AccountId>) -> Self {
        self.owner = owner;
        self
    }
    /// What is one's own is read without a trace.
    pub fn is_own(&self, actor: &Actor) -> bool {
        let unit = matches!(actor.role, Role::Poster | Role::Bidder) && self.org == Some(actor.org);
        unit || self.owner == Some(actor.account)
    }
}

/// The contents of a bid, as one who is not of its team reads them.
pub fn bid(b: &Bid) -> Reading {
    Reading::new(What::BidContents, Noun::Bid, b.id.0).on(b.challenge).of(b.org)
}

/// An expert's sheets, as another reads them.
pub fn scores(a: &Assignment) -> Reading {
    Reading::new(What::Scores, Noun::Assignment, a.id.0).on(a.challenge).by(Some(a.expert))
}

pub fn objector(o: &Objection) -> Reading {
    Reading { org: o.org, ..Reading::new(What::Objector, Noun::Objection, o.id.0).on(o.challenge).by(o.filed_by) }
}

pub fn bank_account(i: &Instalment) -> Reading {
    Reading::new(What::BankAccount, Noun::Instalment, i.id.0).on(i.challenge).of(i.payee)
}

/// A contract, as one who is no party to it reads it: of posters and bidders none but its parties come to see it.
pub fn contract(k: &Contract, actor: &Actor) -> Option<Reading> {
    let party = matches!(actor.role, Role::Poster | Role::Bidder);
    (!party).then(|| Reading::new(What::Contract, Noun::Contract, k.id.0).on(k.challenge).of(k.lead))
}

/// A list of people: accounts, or the expert pool.
pub fn people() -> Reading {
    Reading::new(What::People, Noun::Account, Uuid::nil())
}

/// Who is to be called about a need, in full.
pub fn contact(c: &Challenge) -> Reading {
    Reading::new(What::Contact, Noun::Challenge, c.id.0).on(c.id).of(c.org)
}

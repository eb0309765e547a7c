//! Who is asking: accounts, roles, organisations, the expert pool.
use super::*;

macro_rules! roles { ($($name:ident = $id:literal),* $(,)?) => {
    /// What an account may be. One account has one role: duties are separated by people, not by hats (domain 5.12).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum Role { $(#[serde(rename = $id)] $name),* }
    impl Role {
        pub const ALL: &'static [Role] = &[$(Role::$name),*];
        pub const IDS: &'static [&'static str] = &[$($id),*];
        pub const fn id(self) -> &'static str { match self { $(Role::$name => $id),* } }
        pub fn parse(id: &str) -> Option<Self> { Self::ALL.iter().copied().find(|r| r.id() == id) }
    }
}}
roles!(
    Public = "public",
    Poster = "poster",
    Bidder = "bidder",
    Officer = "officer",
    Checker = "checker",
    Head = "head",
    Supervisor = "supervisor",
    Expert = "expert",
    Finance = "finance",
    Auditor = "auditor",
    Administrator = "administrator",
    System = "system",
);

impl Role {
    /// Roles an account can be given: neither the public nor the system signs in.
    pub const GIVEN: &'static [&'static str] =
        &["poster", "bidder", "officer", "checker", "head", "supervisor", "expert", "finance", "auditor", "administrator"];
    /// People of the bureau and of county oversight, who see what is published and what is in hand.
    pub fn is_bureau(self) -> bool {
        matches!(self, Role::Officer | Role::Checker | Role::Head | Role::Supervisor)
    }
    /// People who read records without acting on them.
    pub fn oversees(self) -> bool {
        self.is_bureau() || matches!(self, Role::Auditor)
    }
}

/// Who is asking, once a session has been checked; visitors are `Role::Public`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Actor {
    pub account: AccountId,
    pub org: OrgId,
    pub role: Role,
    /// What the record prints beside the act.
    pub name: String,
    /// A key that makes a repeated request the same request, with the hash of its body.
    #[serde(skip)]
    pub once: Option<(String, String)>,
    /// Has proved within five minutes who they are (`step_up`).
    #[serde(skip)]
    pub proven: bool,
    /// The thing that was acted on, in the version that the actor had before them; another version refuses the act.
    #[serde(skip)]
    pub had: Option<(Uuid, i32)>,
}

impl Actor {
    pub fn visitor() -> Self {
        Self {
            account: AccountId(Uuid::nil()),
            org: OrgId(Uuid::nil()),
            role: Role::Public,
            name: String::new(),
            once: None,
            proven: false,
            had: None,
        }
    }
    /// The platform itself: command line, outbox, timers. It has no business power of its own.
    pub fn system() -> Self {
        Self { role: Role::System, name: "system".into(), proven: true, ..Self::visitor() }
    }
    pub fn is_visitor(&self) -> bool {
        self.role == Role::Public
    }
    /// The same, having just proved who they are.
    pub fn proven(self) -> Self {
        Self { proven: true, ..self }
    }
}

/// One account; its organisation stands beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub org: OrgId,
    pub active: bool,
    pub created_at: Timestamp,
    pub version: i32,
    /// Only for experts.
    pub expert: Option<ExpertProfile>,
    /// Only for those who hold a key of openings.
    #[serde(default)]
    pub keyholder: Option<Keyholder>,
}

impl Account {
    pub fn actor(&self) -> Actor {
        Actor { account: self.id, org: self.org, role: self.role, name: self.name.clone(), once: None, proven: false, had: None }
    }
}

pub const EXPERT_KINDS: &[&str] = &["technical", "industry", "finance_management"];

/// What the draw and the conflict check need to know of an expert (domain 3.4).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExpertProfile {
    pub kind: String,
    pub disciplines: Vec<String>,
    pub region: String,
    pub title: String,
    /// Units of the past three years, by name; the present one is the account's organisation.
    pub former_units: Vec<String>,
    /// GB/T 4754 industries.
    #[serde(default)]
    pub industries: Vec<String>,
    /// Declared relations to units and persons.
    #[serde(default)]
    pub relations: Vec<Relation>,
    /// Takes no invitations at present.
    #[serde(default)]
    pub away: bool,
    /// When the expert last confirmed all this; yearly, else nobody is drawn on an old word.
    #[serde(default)]
    pub confirmed_at: Option<Timestamp>,
}

impl ExpertProfile {
    /// May be drawn: not away, and confirmed (or entered) within a year.
    pub fn is_ready(&self, entered: Timestamp, today: jiff::civil::Date) -> bool {
        let since = date_of(self.confirmed_at.unwrap_or(entered));
        let lapses = since.with().year(since.year() + 1).build().unwrap_or(since);
        !self.away && today <= lapses
    }

    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            kind: "technical".into(),
            disciplines: vec![],
            region: String::new(),
            title: String::new(),
            former_units: vec![],
            industries: vec![],
            relations: vec![],
            away: false,
            confirmed_at: None,
        }
    }
}

pub const ORG_KINDS: &[&str] = &["enterprise", "university", "institute", "government", "other"];

/// An organisation: only legal persons post, bid and sign (domain 3.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Organisation {
    pub id: OrgId,
    pub uscc: Uscc,
    pub name: String,
    pub kind: String,
    /// GB/T 2260 code, e.g. 141122 for 交城.
    pub region: String,
    pub address: String,
    pub legal_representative: String,
    pub bank_name: String,
    pub bank_account: String,
    /// Organisations that own or are owned by this one, by credit code.
    pub affiliates: Vec<Uscc>,
    pub active: bool,
    pub created_at: Timestamp,
    pub version: i32,
    /// Of an enterprise: decides how soon it must be paid (domain 4.11).
    #[serde(default)]
    pub size: Option<String>,
    /// Who may sign for it beside its legal representative.
    #[serde(default)]
    pub signatories: Vec<Signatory>,
}

/// A person with a letter of authorisation on file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatory {
    pub account: AccountId,
    pub name: String,
    pub letter: FileId,
    /// The last day, when the letter names one.
    pub until: Option<String>,
    pub added_by: AccountId,
    pub added_at: Timestamp,
}

impl Signatory {
    pub fn holds(&self, today: &str) -> bool {
        self.until.as_deref().is_none_or(|until| today <= until)
    }
}

/// A college, department or laboratory of a university is no legal person, and signs nothing (trap 15).
pub fn is_legal_person(name: &str) -> bool {
    const PARTS: &[&str] = &["学院", "系", "实验室", "课题组", "研究所", "研究院", "研究中心", "教研室", "教研部"];
    let bare = name.split(['（', '(']).next().unwrap_or(name);
    let Some((_, rest)) = bare.split_once("大学") else { return true };
    !PARTS.iter().any(|part| rest.ends_with(part))
}

impl Organisation {
    /// Its legal representative, or a person with a letter that holds, by their own account.
    pub fn may_sign(&self, actor: &Actor, today: &str) -> Result<(), Refusal> {
        ensure(is_legal_person(&self.name), "not_legal_person")?;
        let listed = self.signatories.iter().any(|s| s.account == actor.account && s.holds(today));
        ensure(listed || actor.name == self.legal_representative, "not_authorised")
    }
    /// SHA-256 of its account as banks compare it.
    pub fn account_sha256(&self) -> String {
        hash::sha256_hex(bank_digits(&self.bank_account).as_bytes())
    }
    /// Whether a name on a stamped paper is that of somebody who may sign.
    pub fn signs(&self, name: &str, today: &str) -> bool {
        name == self.legal_representative || self.signatories.iter().any(|s| s.name == name && s.holds(today))
    }
    /// True when the two are one or belong together (domain trap 18).
    pub fn is_affiliate(&self, other: &Organisation) -> bool {
        self.id == other.id || self.affiliates.contains(&other.uscc) || other.affiliates.contains(&self.uscc)
    }
}

/// An account as banks compare it: no spaces, no hyphens.
pub fn bank_digits(account: &str) -> String {
    account.chars().filter(char::is_ascii_alphanumeric).collect()
}

//! What happened, as the record tells it. Written by `Work::commit`, and only there.
use super::*;

/// Who may read an entry of the story line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Anyone, on the public story line.
    Public,
    /// The parties of the thing and the people of the bureau.
    Parties,
    /// The people of the bureau and of oversight.
    Bureau,
    /// Before the opening only the team itself; afterwards the bureau and oversight.
    Sealed,
    /// Supervisor and auditor: what the bureau itself does not read.
    Oversight,
    /// That there is a clue or a word put in for somebody, and no more: the discipline inspector and the auditor.
    Discipline,
    /// Security events: administrator and auditor.
    Security,
}

impl Visibility {
    pub const ALL: [Self; 6] = [Self::Public, Self::Parties, Self::Bureau, Self::Sealed, Self::Oversight, Self::Security];

    pub const fn id(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Parties => "parties",
            Visibility::Bureau => "bureau",
            Visibility::Sealed => "sealed",
            Visibility::Oversight => "oversight",
            Visibility::Discipline => "discipline",
            Visibility::Security => "security",
        }
    }
}

/// One difference that an act made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub path: String,
    pub before: String,
    pub after: String,
}

/// What an act did: which thing, from where to where, why. `kind` is `noun.act`.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    pub kind: String,
    pub noun: Noun,
    pub subject: Uuid,
    pub challenge: Option<ChallengeId>,
    /// The organisation whose business it is, when the entry is not for all.
    pub org: Option<OrgId>,
    pub from: Option<&'static str>,
    pub to: Option<&'static str>,
    pub reason: Option<String>,
    pub changes: Vec<Change>,
    /// Facts of the act, e.g. a minutes number, an amount in fen, a hash.
    pub facts: serde_json::Map<String, serde_json::Value>,
    pub visibility: Visibility,
}

impl Event {
    pub fn new(noun: Noun, act: &str, subject: Uuid, visibility: Visibility) -> Self {
        Self {
            kind: format!("{}.{act}", noun.id()),
            noun,
            subject,
            challenge: None,
            org: None,
            from: None,
            to: None,
            reason: None,
            changes: vec![],
            facts: serde_json::Map::new(),
            visibility,
        }
    }
    pub fn on(mut self, challenge: ChallengeId) -> Self {
        self.challenge = Some(challenge);
        self
    }
    pub fn of(mut self, org: OrgId) -> Self {
        self.org = Some(org);
        self
    }
    pub fn moved(mut self, from: &'static str, to: &'static str) -> Self {
        self.from = Some(from);
        self.to = Some(to);
        self
    }
    pub fn because(mut self, reason: impl Into<Option<String>>) -> Self {
        self.reason = reason.into();
        self
    }
    pub fn changed(mut self, changes: Vec<Change>) -> Self {
        self.changes = changes;
        self
    }
    /// Adds a fact; `value` is anything JSON can hold without a float.
    pub fn fact(mut self, name: &str, value: impl Serialize) -> Self {
        self.facts.insert(name.to_owned(), serde_json::to_value(value).expect("facts are plain JSON"));
        self
    }
}

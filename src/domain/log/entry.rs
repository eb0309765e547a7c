//! One entry of the record as a checker reads it: what it needs of the body, borrowed from the line.
use super::Wrong;
use super::tree::Hash;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
pub struct Entry<'a> {
    pub seq: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    #[serde(borrow)]
    pub event: Told<'a>,
    #[serde(borrow)]
    pub actor: Who<'a>,
    #[serde(borrow)]
    states: &'a RawValue,
    /// What stands in the tree for it.
    #[serde(skip)]
    pub leaf: Hash,
}

#[derive(Debug, Deserialize)]
pub struct Told<'a> {
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub noun: Cow<'a, str>,
    pub subject: Uuid,
    pub challenge: Option<Uuid>,
    pub from: Option<String>,
    pub to: Option<String>,
    #[serde(borrow)]
    changes: &'a RawValue,
    #[serde(borrow)]
    facts: &'a RawValue,
    #[serde(borrow)]
    pub visibility: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
pub struct Who<'a> {
    pub id: Uuid,
    #[serde(borrow)]
    pub role: Cow<'a, str>,
}

/// What a row was left as.
#[derive(Debug, Deserialize)]
pub struct State<'a> {
    #[serde(borrow)]
    pub table: Cow<'a, str>,
    pub id: Uuid,
    #[serde(borrow)]
    pub sha256: Cow<'a, str>,
}

impl<'a> Entry<'a> {
    pub fn read(body: &'a str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    pub fn kind(&self) -> &str {
        &self.event.kind
    }

    /// The challenge it belongs to; entries of no case stand for themselves.
    pub fn case(&self) -> Uuid {
        self.event.challenge.unwrap_or(self.event.subject)
    }

    /// Its facts, as far as `T` wants them.
    pub fn facts<T: Deserialize<'a>>(&self) -> Result<T, Wrong> {
        serde_json::from_str(self.event.facts.get()).map_err(|e| self.wrong("facts", format!("its facts do not read: {e}")))
    }

    /// True when a fact of that name is written down.
    pub fn has(&self, name: &str) -> bool {
        self.event.facts.get().contains(&format!("\"{name}\":"))
    }

    pub fn changes(&self) -> Result<Vec<crate::domain::Change>, Wrong> {
        serde_json::from_str(self.event.changes.get()).map_err(|e| self.wrong("facts", format!("its changes do not read: {e}")))
    }

    pub fn states(&self) -> Result<Vec<State<'a>>, Wrong> {
        serde_json::from_str(self.states.get()).map_err(|e| self.wrong("facts", format!("its states do not read: {e}")))
    }

    pub fn wrong(&self, code: &'static str, says: impl Into<String>) -> Wrong {
        Wrong { code, seq: Some(self.seq), line: None, says: format!("{}: {}", self.event.kind, says.into()) }
    }
}

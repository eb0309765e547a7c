//! One entry of the record as a checker reads it: what it needs of the body, borrowed from the line.
use super::Wrong;
use super::state::VERSION;
use super::tree::Hash;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
pub struct Entry<'a> {
    pub seq: u64,
    /// The first version names none.
    #[serde(default = "first")]
    pub version: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    #[serde(borrow)]
    pub event: Told<'a>,
    #[serde(borrow)]
    pub actor: Who<'a>,
    #[serde(borrow)]
    states: &'a RawValue,
    /// SHA-256 of the secret that its states' salts come from; the first version has neither.
    #[serde(borrow, default)]
    pub salts: Option<Cow<'a, str>>,
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

const fn first() -> u64 {
    1
}

/// What a row was left as: `sha256` in the first version, `hmac` since.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State<'a> {
    #[serde(borrow)]
    pub table: Cow<'a, str>,
    pub id: Uuid,
    #[serde(borrow, default)]
    sha256: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    hmac: Option<Cow<'a, str>>,
}

impl State<'_> {
    /// What the entry tells of the row, whatever its version.
    pub fn told(&self) -> &str {
        self.hmac.as_deref().or(self.sha256.as_deref()).unwrap_or("")
    }
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

    /// Its states are written as its version writes them.
    pub fn told_as_its_version(&self) -> Result<(), Wrong> {
        let salted = match self.version {
            1 => false,
            VERSION => true,
            other => return Err(self.wrong("version", format!("version {other} is not known here"))),
        };
        if self.salts.as_deref().is_some_and(is_hash) != salted {
            return Err(self.wrong("facts", "it promises no salts, or promises them before its version does"));
        }
        let as_written = |s: &State<'_>| s.hmac.is_some() == salted && s.sha256.is_none() == salted && is_hash(s.told());
        match self.states()?.iter().all(as_written) {
            true => Ok(()),
            false => Err(self.wrong("facts", "a state is not told as its version tells one")),
        }
    }

    pub fn wrong(&self, code: &'static str, says: impl Into<String>) -> Wrong {
        Wrong { code, seq: Some(self.seq), line: None, says: format!("{}: {}", self.event.kind, says.into()) }
    }
}

/// 64 lower-case digits.
fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

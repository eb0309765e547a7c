//! The manifest of a case file (docs/record.md): every file with its size and hash in the order in which it lies there, written
//! one way only, and a note that signs it.
use super::note::{PublicKey, open};
use crate::domain::hash;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const FORMAT: &str = "jiebang-case-1";
/// The two that are not listed in it.
pub const MANIFEST: &str = "manifest.json";
pub const NOTE: &str = "manifest.note";
pub const KEY: &str = "record/key.txt";
pub const CHECKPOINT: &str = "record/checkpoint.txt";
/// Receipts of the case's entries, one a line.
pub const RECEIPTS: &str = "record/receipts.jsonl";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub path: String,
    pub sha256: String,
    pub size: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub challenge: Uuid,
    pub files: Vec<Listed>,
    pub format: String,
}

impl Manifest {
    pub fn new(challenge: Uuid) -> Self {
        Self { challenge, files: vec![], format: FORMAT.into() }
    }

    /// One file a line, so that people can read it.
    pub fn text(&self) -> String {
        let line = |f: &Listed| format!("  {}", serde_json::to_string(f).expect("names and hashes are plain JSON"));
        let files = self.files.iter().map(line).collect::<Vec<_>>().join(",\n");
        format!("{{\n \"challenge\":\"{}\",\n \"files\":[\n{files}\n ],\n \"format\":\"{FORMAT}\"\n}}\n", self.challenge)
    }

    /// Reads one that is written as `text` writes it; any other spelling is none.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|m: &Self| m.format == FORMAT && m.text() == text)
    }

    /// What the note signs.
    pub fn signed(text: &str, key: &PublicKey) -> String {
        format!("{FORMAT}\n{}\n{}\n", key.name, hash::sha256_hex(text.as_bytes()))
    }

    pub fn is_signed(text: &str, note: &str, key: &PublicKey) -> bool {
        // One signature and nothing beside it: a second line would be passed over, and could say anything.
        let alone = note.lines().filter(|l| l.starts_with("— ")).count() == 1;
        alone && open(note, key).is_ok_and(|said| said == Self::signed(text, key))
    }
}

/// A path that stays inside its folder, in plain characters that every system can unpack.
pub fn is_safe(path: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p != "." && p != ".." && !p.contains(['\\', ':', '\0']);
    !path.starts_with('/') && path.split('/').all(part)
}

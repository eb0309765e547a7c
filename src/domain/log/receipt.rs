//! A receipt: one entry with its salt, the path from it to a root, and the checkpoint that signs the root. It proves for
//! ever, and without asking anyone, that the entry stands in the record.
use super::note::{Checkpoint, PublicKey};
use super::state::state;
use super::tree::{Hash, is_included, leaf_hash};
use super::{Wrong, leaf};
use crate::domain::hash::sha256_hex;
use serde::{Deserialize, Serialize};

pub const FORMAT: &str = "jiebang-receipt-1";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    pub format: String,
    pub key: String,
    /// The entry's number, from 1; its place in the tree is one less.
    pub seq: u64,
    /// The entry exactly as it was written.
    pub body: String,
    pub salt: String,
    /// Hashes from the leaf upwards.
    pub proof: Vec<String>,
    pub checkpoint: String,
    /// The row that the entry left, in canonical JSON, where it is still as it was left: it is among the entry's states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// The salt of that state, when the entry tells its states under salts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_salt: Option<String>,
}

fn hash(text: &str) -> Option<Hash> {
    hex::decode(text).ok()?.try_into().ok()
}

impl Receipt {
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|r: &Self| r.format == FORMAT)
    }

    /// What stands in the tree for it.
    pub fn leaf(&self) -> Option<Hash> {
        Some(leaf(&hash(&self.salt)?, self.body.as_bytes()))
    }

    /// Checks it, against the key it names or the one that is given; gives the checkpoint it hangs on.
    pub fn check(&self, given: Option<&PublicKey>) -> Result<Checkpoint, Wrong> {
        let wrong = |code, says: String| Wrong::new(code, says).at(self.seq);
        let key: PublicKey = self.key.parse().map_err(|e| wrong("key", format!("its key: {e}")))?;
        if let Some(given) = given.filter(|given| **given != key) {
            return Err(wrong("key", format!("the receipt is {}", key.unlike(given))));
        }
        let checkpoint =
            Checkpoint::open(&self.checkpoint, &key).map_err(|e| wrong("signature", format!("its checkpoint: {e}")))?;
        let (Some(leaf), Some(path)) = (self.leaf(), self.proof.iter().map(|h| hash(h)).collect::<Option<Vec<_>>>()) else {
            return Err(wrong("line", "its salt or its proof is no hexadecimal".into()));
        };
        let index = self.seq.wrapping_sub(1);
        if !is_included(leaf_hash(&leaf), index, checkpoint.size, &path, &checkpoint.root) {
            return Err(wrong("proof", "its entry does not stand in the log that its checkpoint signs".into()));
        }
        self.check_body(wrong)?;
        Ok(checkpoint)
    }

    fn check_body(&self, wrong: impl Fn(&'static str, String) -> Wrong) -> Result<(), Wrong> {
        let entry = super::entry::Entry::read(&self.body).filter(|e| e.seq == self.seq);
        let entry = entry.ok_or_else(|| wrong("body", "its text is not that entry's".into()))?;
        let told = match (&self.row, &self.row_salt) {
            (None, None) => return Ok(()),
            (Some(row), None) if entry.version == 1 => Some(sha256_hex(row.as_bytes())),
            (Some(row), Some(salt)) if entry.version > 1 => hash(salt).map(|salt| state(&salt, row)),
            _ => None,
        };
        match entry.states()?.iter().any(|s| Some(s.told()) == told.as_deref()) {
            true => Ok(()),
            false => Err(wrong("row", "its row is not as the entry left it".into())),
        }
    }
}

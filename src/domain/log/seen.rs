//! What a holder of an old checkpoint, a receipt or a document knows of a log: its root at a size, a leaf at a place, a hash.
use super::note::{Checkpoint, PublicKey};
use super::receipt::Receipt;
use super::tree::Hash;
use crate::domain::document::FORMAT;
use crate::domain::hash::{canonical, sha256_hex};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    Root {
        size: u64,
        root: Hash,
    },
    /// What stands in the tree for entry `seq`, counted from 1.
    Leaf {
        seq: u64,
        leaf: Hash,
    },
    /// A document of which an entry tells this hash.
    Document {
        sha256: String,
    },
}

/// Reads a checkpoint or a receipt that `key` signed, or a document.
pub fn known(text: &str, key: &PublicKey) -> Result<Vec<Known>, String> {
    if let Some(document) = document(text) {
        return Ok(vec![document]);
    }
    if text.trim_start().starts_with('{') {
        let receipt = Receipt::read(text).ok_or("it is neither a checkpoint nor a receipt")?;
        let checkpoint = receipt.check(Some(key)).map_err(|w| w.says)?;
        let leaf = receipt.leaf().ok_or("it is no receipt")?;
        return Ok(vec![Known::Root { size: checkpoint.size, root: checkpoint.root }, Known::Leaf { seq: receipt.seq, leaf }]);
    }
    let c = Checkpoint::open(text, key).map_err(|e| format!("{e}; was the record signed by another key?"))?;
    Ok(if c.size == 0 { vec![] } else { vec![Known::Root { size: c.size, root: c.root }] })
}

/// A document's data, however it is spaced.
fn document(text: &str) -> Option<Known> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    (value["format"] == FORMAT).then(|| Known::Document { sha256: sha256_hex(canonical(&value).as_bytes()) })
}

//! What a holder of an old checkpoint or a receipt knows of a log: its root at a size, a leaf at a place.
use super::note::{Checkpoint, PublicKey};
use super::receipt::Receipt;
use super::tree::Hash;

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
}

/// Reads a checkpoint or a receipt that `key` signed.
pub fn known(text: &str, key: &PublicKey) -> Result<Vec<Known>, String> {
    if text.trim_start().starts_with('{') {
        let receipt = Receipt::read(text).ok_or("it is neither a checkpoint nor a receipt")?;
        let checkpoint = receipt.check(Some(key)).map_err(|w| w.says)?;
        let leaf = receipt.leaf().ok_or("it is no receipt")?;
        return Ok(vec![Known::Root { size: checkpoint.size, root: checkpoint.root }, Known::Leaf { seq: receipt.seq, leaf }]);
    }
    let c = Checkpoint::open(text, key).map_err(|e| format!("{e}; was the record signed by another key?"))?;
    Ok(if c.size == 0 { vec![] } else { vec![Known::Root { size: c.size, root: c.root }] })
}

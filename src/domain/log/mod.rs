//! The record as a log that anyone can check: a Merkle tree over its entries, signed checkpoints, the file that carries it
//! away, receipts, and the checks. The formats stand in docs/record.md.
pub mod case;
pub mod check;
mod check_bids;
mod check_budget;
mod check_contracts;
mod check_decisions;
mod check_delivery;
mod check_documents;
mod check_meetings;
mod check_money;
mod check_notices;
mod check_objections;
mod check_opening;
mod check_panel;
mod check_people;
mod check_tip_offs;
pub mod entry;
pub mod note;
pub mod receipt;
pub mod record;
mod rules;
mod seen;
pub mod state;
pub mod tree;

use sha2::{Digest, Sha256};
use tree::Hash;

/// What stands in the tree for an entry: SHA-256(0x4A ‖ salt ‖ body). Without the salt it tells nothing of the body, so that
/// salt and body may one day be erased and the tree still holds.
pub fn leaf(salt: &[u8], body: &[u8]) -> Hash {
    Sha256::new().chain_update([0x4a]).chain_update(salt).chain_update(body).finalize().into()
}

/// The first thing found wrong: a code, where, and what it is in words for whoever checks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("{says}")]
pub struct Wrong {
    pub code: &'static str,
    /// The number of the entry, when it is one entry's.
    pub seq: Option<u64>,
    /// The line of the file, from 1.
    pub line: Option<u64>,
    pub says: String,
}

impl Wrong {
    pub fn new(code: &'static str, says: impl Into<String>) -> Self {
        Self { code, seq: None, line: None, says: says.into() }
    }
    pub fn at(mut self, seq: u64) -> Self {
        self.seq = Some(seq);
        self
    }
}

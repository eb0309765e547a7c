//! The record as a log that anyone can check: a Merkle tree over its entries, signed checkpoints, the file that carries it
//! away, receipts, and the checks. The formats stand in docs/record.md.
pub mod note;
pub mod tree;

use sha2::{Digest, Sha256};
use tree::Hash;

/// What stands in the tree for an entry: SHA-256(0x4A ‖ salt ‖ body). Without the salt it tells nothing of the body, so that
/// salt and body may one day be erased and the tree still holds.
pub fn leaf(salt: &[u8], body: &[u8]) -> Hash {
    Sha256::new().chain_update([0x4a]).chain_update(salt).chain_update(body).finalize().into()
}

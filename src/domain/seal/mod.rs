//! Sealed bids, the format JB-SEAL-1 (security 4): what is written down, in which order, and what makes it wrong.
//! Ciphers, keys and files are `outside::seal`; the words of the format for others are in docs/seal.md.
mod envelope;
mod fault;
mod handout;
mod manifest;
mod roster;
mod sheet;
pub mod size;

pub use envelope::{Envelope, Item, Part, SealedBy, Wrap};
pub use fault::SealFault;
pub use handout::{Handout, Share};
pub use manifest::{AttachedFile, MANIFEST_MOST, Manifest};
pub use roster::{Holder, PublicKey, Roster, groups, quorums};
pub use sheet::Sheet;

use crate::domain::hash::canonical;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use uuid::Uuid;

/// Name and version of the format; stands in everything that is written.
pub const FORMAT: &str = "JB-SEAL-1";
/// The one suite: HPKE (RFC 9180) base mode and AES-256-GCM for contents.
pub const SUITE: &str = "P256-HKDF-SHA256-AES256GCM";
/// Most items of an envelope: its manifest and 63 files.
pub const ITEMS_MOST: usize = 64;

/// What a ciphertext belongs to. It is associated data of every chunk, and part of what every wrap is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    pub challenge: Uuid,
    pub bid: Uuid,
    /// Counts the sealings of this bid, from 1.
    pub version: u32,
    pub envelope: Part,
}

impl Bound {
    /// Associated data of each chunk of item `n`.
    pub fn ad(&self, n: usize) -> Vec<u8> {
        let Bound { challenge, bid, version, envelope } = self;
        line(&serde_json::json!({
            "v": FORMAT, "challenge": challenge, "bid": bid, "version": version, "envelope": envelope, "item": n,
        }))
    }

    /// HPKE's `info` for the layer that is made for `holder`, in the wrap for `holders` (numbers from 1).
    pub fn info(&self, roster: &str, holders: &[u8], holder: u8) -> Vec<u8> {
        let Bound { challenge, bid, version, envelope } = self;
        line(&serde_json::json!({
            "v": FORMAT, "challenge": challenge, "bid": bid, "version": version, "envelope": envelope,
            "roster": roster, "holders": holders, "holder": holder,
        }))
    }
}

fn line(value: &serde_json::Value) -> Vec<u8> {
    canonical(value).into_bytes()
}

/// RFC 8785 bytes of what we write.
pub fn bytes_of(value: &impl Serialize) -> Vec<u8> {
    canonical(&serde_json::to_value(value).expect("the format is plain JSON")).into_bytes()
}

/// Reads `what`, and only in the one way it may be written: the bytes are what gets hashed.
pub fn read_canonical<T: DeserializeOwned + Serialize>(what: &'static str, bytes: &[u8]) -> Result<T, SealFault> {
    let read: T = read(what, bytes)?;
    if bytes_of(&read) != bytes {
        return Err(SealFault::not(what, "not in canonical form"));
    }
    Ok(read)
}

/// Reads `what` from JSON however it is laid out.
pub fn read<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, SealFault> {
    serde_json::from_slice(bytes).map_err(|e| SealFault::not(what, e))
}

/// Bytes as the format writes them in JSON: base64url without padding (RFC 4648, section 5).
pub mod b64 {
    use super::*;

    pub fn text(bytes: impl AsRef<[u8]>) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
    pub fn bytes(text: &str) -> Option<Vec<u8>> {
        BASE64_URL_SAFE_NO_PAD.decode(text).ok()
    }
    pub fn serialize<S: Serializer>(bytes: impl AsRef<[u8]>, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&text(bytes))
    }
    /// Into a `Vec` or an array, whose length then must fit.
    pub fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<Vec<u8>>>(d: D) -> Result<T, D::Error> {
        let read = bytes(&String::deserialize(d)?).and_then(|b| T::try_from(b).ok());
        read.ok_or_else(|| serde::de::Error::custom("not base64url of the right length"))
    }
}

#[cfg(test)]
mod tests;

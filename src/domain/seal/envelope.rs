//! The envelope: everything about one sealed part that a server may see. Its SHA-256 is what the receipt shows.
use super::*;
use crate::domain::hash::sha256_hex;

/// The two envelopes of a bid: what is read blind, and price and team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Part {
    A,
    B,
}

impl Part {
    pub const ALL: [Part; 2] = [Part::A, Part::B];
    pub const fn id(self) -> &'static str {
        match self {
            Part::A => "A",
            Part::B => "B",
        }
    }
}

/// Where the plaintext was last seen: with the team, or for the length of a request on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealedBy {
    Team,
    Server,
}

/// One ciphertext: item 0 is the manifest, the others are files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub n: usize,
    /// Bytes of ciphertext.
    pub size: u64,
    /// Of the ciphertext.
    pub sha256: String,
}

/// The content key for one quorum: sealed to the last of `holders`, that to the one before, and so on; the first opens first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrap {
    pub holders: Vec<u8>,
    #[serde(with = "b64")]
    pub data: Vec<u8>,
}

impl Wrap {
    /// What each layer adds: an encapsulated key and a tag.
    pub const LAYER: usize = 65 + 16;
    /// Bytes with `left` layers still on.
    pub const fn len_with(left: usize) -> usize {
        32 + left * Self::LAYER
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    pub v: String,
    pub suite: String,
    pub challenge: Uuid,
    /// SHA-256 of the roster.
    pub roster: String,
    pub bid: Uuid,
    pub version: u32,
    pub envelope: Part,
    /// SHA-256("JB-SEAL-1 key" ‖ content key ‖ salt): AES-GCM alone would let one ciphertext open under two keys.
    pub commitment: String,
    #[serde(with = "b64")]
    pub salt: [u8; 32],
    pub items: Vec<Item>,
    pub wraps: Vec<Wrap>,
    pub sealed_by: SealedBy,
}

impl Envelope {
    pub fn read(bytes: &[u8]) -> Result<Self, SealFault> {
        read_canonical("envelope", bytes)
    }
    pub fn bytes(&self) -> Vec<u8> {
        bytes_of(self)
    }
    /// The commit, in 64 hexadecimal digits.
    pub fn commit(&self) -> String {
        sha256_hex(&self.bytes())
    }
    pub fn bound(&self) -> Bound {
        Bound { challenge: self.challenge, bid: self.bid, version: self.version, envelope: self.envelope }
    }
    /// Bytes of ciphertext in all.
    pub fn size(&self) -> u64 {
        self.items.iter().map(|i| i.size).sum()
    }
    pub fn sizes(&self) -> Vec<u64> {
        self.items.iter().map(|i| i.size).collect()
    }

    /// All that can be checked without a key.
    pub fn check(&self, roster: &Roster, bound: &Bound) -> Result<(), SealFault> {
        let no = |why: &str| Err(SealFault::not("envelope", why));
        if self.v != FORMAT || self.suite != SUITE {
            return no("unknown format or suite");
        }
        if self.roster != roster.hash() {
            return Err(SealFault::WrongRoster { expected: roster.hash(), found: self.roster.clone() });
        }
        if self.bound() != *bound {
            return Err(SealFault::WrongBid { expected: told(bound), found: told(&self.bound()) });
        }
        if !is_hash(&self.commitment) {
            return no("no commitment to the key");
        }
        self.check_wraps(roster)?;
        self.check_items()
    }

    fn check_wraps(&self, roster: &Roster) -> Result<(), SealFault> {
        let quorums = roster.quorums();
        if self.wraps.len() != quorums.len() {
            return Err(SealFault::not("envelope", format!("{} wraps instead of {}", self.wraps.len(), quorums.len())));
        }
        for (wrap, holders) in self.wraps.iter().zip(quorums) {
            if wrap.holders != holders || wrap.data.len() != Wrap::len_with(holders.len()) {
                return Err(SealFault::DamagedWrap { holder: holders[0], holders });
            }
        }
        Ok(())
    }

    fn check_items(&self) -> Result<(), SealFault> {
        if self.items.is_empty() || self.items.len() > ITEMS_MOST {
            return Err(SealFault::not("envelope", "no items, or too many"));
        }
        if self.items[0].size > size::sealed(MANIFEST_MOST) {
            return Err(SealFault::not("envelope", "its manifest is too long"));
        }
        for (n, item) in self.items.iter().enumerate() {
            if item.n != n {
                return Err(SealFault::ItemOrder { part: self.envelope, item: n, found: item.n });
            }
            if size::padded_of(item.size).is_none() || !is_hash(&item.sha256) {
                return Err(SealFault::not("envelope", format!("item {n} has a size or a hash that no sealing gives")));
            }
        }
        Ok(())
    }

    /// Whether a ciphertext with this length and hash is item `n`; when it is another item, that is said.
    pub fn check_item(&self, n: usize, size: u64, sha256: &str) -> Result<(), SealFault> {
        let part = self.envelope;
        let item = self.items.get(n).ok_or(SealFault::ItemOrder { part, item: n, found: self.items.len() })?;
        if item.sha256 == sha256 && item.size == size {
            return Ok(());
        }
        match self.items.iter().find(|other| other.sha256 == sha256) {
            Some(other) => Err(SealFault::ItemOrder { part, item: n, found: other.n }),
            None if item.size != size => Err(SealFault::WrongSize { part, item: n, expected: item.size, found: size }),
            None => Err(SealFault::ChangedItem { part, item: n }),
        }
    }
}

fn told(b: &Bound) -> String {
    format!("{} of challenge {}, version {}, envelope {}", b.bid, b.challenge, b.version, b.envelope.id())
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

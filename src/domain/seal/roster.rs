//! Who can open: the keyholders (开标持钥人) of a challenge and how many of them it takes.
use super::*;
use crate::domain::hash::sha256_hex;

/// A P-256 point, uncompressed (SEC 1): 0x04, x, y.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 65]);

impl PublicKey {
    /// Reads base64url; whether the point lies on the curve is found when it is first used.
    pub fn read(text: &str) -> Option<Self> {
        let key: [u8; 65] = b64::bytes(text)?.try_into().ok()?;
        (key[0] == 4).then_some(Self(key))
    }
    /// As people compare it: see [`groups`].
    pub fn fingerprint(&self) -> String {
        groups(&sha256_hex(&self.0))
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&b64::text(self.0))
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        b64::serialize(self.0, s)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(d)?).ok_or_else(|| serde::de::Error::custom("not a public key"))
    }
}

/// The first half of a SHA-256 as people read it aloud: eight groups of four hexadecimal digits.
pub fn groups(sha256: &str) -> String {
    let digits: Vec<char> = sha256.chars().take(32).collect();
    digits.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Every way to choose `t` of `n` numbers from 1, in dictionary order: who can open together.
pub fn quorums(n: u8, t: u8) -> Vec<Vec<u8>> {
    fn grow(from: u8, n: u8, t: u8, chosen: &mut Vec<u8>, all: &mut Vec<Vec<u8>>) {
        if t == 0 {
            return all.push(chosen.clone());
        }
        for next in from..=n {
            chosen.push(next);
            grow(next + 1, n, t - 1, chosen, all);
            chosen.pop();
        }
    }
    let mut all = vec![];
    grow(1, n, t, &mut vec![], &mut all);
    all
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The organisation it stands for, as registered.
    pub body: String,
    /// Who or what holds it there: a person's name, or 档案局保险柜.
    pub name: String,
    pub public: PublicKey,
}

/// Frozen when the challenge is published. Its hash stands in the record, in the notice and in every envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    pub v: String,
    pub suite: String,
    /// How many it takes.
    pub t: u8,
    /// Number 1 is the first.
    pub holders: Vec<Holder>,
}

impl Roster {
    pub fn new(t: u8, holders: Vec<Holder>) -> Result<Self, SealFault> {
        let roster = Self { v: FORMAT.into(), suite: SUITE.into(), t, holders };
        roster.check()?;
        Ok(roster)
    }

    /// At least two of at most seven, all different, and no body with as many as it takes.
    pub fn check(&self) -> Result<(), SealFault> {
        let n = self.holders.len();
        let keys: std::collections::BTreeSet<_> = self.holders.iter().map(|h| h.public).collect();
        let of = |body: &str| self.holders.iter().filter(|h| h.body == body).count();
        let blank = |text: &str| text.trim() != text || text.is_empty() || text.chars().count() > 100;
        let why = match () {
            () if self.v != FORMAT || self.suite != SUITE => "unknown format or suite",
            () if n > 7 => "more than seven keyholders",
            () if self.t < 2 => "fewer than two can open",
            () if usize::from(self.t) > n => "fewer keyholders than it takes",
            () if keys.len() < n => "one key twice",
            () if self.holders.iter().any(|h| blank(&h.body) || blank(&h.name)) => "a keyholder without a body or a name",
            () if self.holders.iter().any(|h| of(&h.body) >= usize::from(self.t)) => "one body can open alone",
            () => return Ok(()),
        };
        Err(SealFault::BadRoster(why))
    }

    pub fn hash(&self) -> String {
        sha256_hex(&bytes_of(self))
    }
    pub fn quorums(&self) -> Vec<Vec<u8>> {
        quorums(self.holders.len() as u8, self.t)
    }
    /// The keyholder with this number, counted from 1.
    pub fn holder(&self, number: u8) -> Option<&Holder> {
        self.holders.get(usize::from(number).checked_sub(1)?)
    }
    pub fn number_of(&self, key: &PublicKey) -> Option<u8> {
        self.holders.iter().position(|h| h.public == *key).map(|n| n as u8 + 1)
    }
}

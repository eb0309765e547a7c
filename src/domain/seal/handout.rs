//! What goes to a keyholder at the opening and what comes back: wraps with one layer less.
use super::*;

/// The wrap of one envelope for one quorum, with the layers of the first `opened` holders taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    pub bid: Uuid,
    pub version: u32,
    pub envelope: Part,
    pub holders: Vec<u8>,
    pub opened: usize,
    #[serde(with = "b64")]
    pub data: Vec<u8>,
}

impl Share {
    pub fn first(envelope: &Envelope, wrap: &Wrap) -> Self {
        Self {
            bid: envelope.bid,
            version: envelope.version,
            envelope: envelope.envelope,
            holders: wrap.holders.clone(),
            opened: 0,
            data: wrap.data.clone(),
        }
    }
    /// Whose turn it is; none once the content key has come out.
    pub fn holder(&self) -> Option<u8> {
        self.holders.get(self.opened).copied()
    }
    pub fn is_key(&self) -> bool {
        self.opened == self.holders.len() && self.data.len() == 32
    }
}

/// All of an opening that one keyholder has to do, or has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handout {
    pub v: String,
    pub challenge: Uuid,
    pub roster: Roster,
    pub shares: Vec<Share>,
}

impl Handout {
    pub fn read(bytes: &[u8]) -> Result<Self, SealFault> {
        let handout: Self = read("keyholder's part", bytes)?;
        if handout.v != FORMAT {
            return Err(SealFault::not("keyholder's part", "unknown format"));
        }
        handout.roster.check()?;
        Ok(handout)
    }
    pub fn bound(&self, share: &Share) -> Bound {
        Bound { challenge: self.challenge, bid: share.bid, version: share.version, envelope: share.envelope }
    }
}

//! The content key for each quorum: HPKE (RFC 9180) base mode, one layer inside the other.
//! A wrong or damaged wrap fails loudly at a named layer, where shared secrets would silently give a wrong key.
use super::secret::{ContentKey, Kem, PrivateKey, random};
use crate::domain::seal::{Bound, Envelope, FORMAT, PublicKey, Roster, SealFault, Share, Wrap, b64, bytes_of};
use hpke::{
    Deserializable, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, single_shot_open, single_shot_seal,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

type Public = <Kem as hpke::Kem>::PublicKey;
type Encapped = <Kem as hpke::Kem>::EncappedKey;
/// An encapsulated key is an uncompressed point.
const ENC: usize = 65;

/// enc ‖ ciphertext.
fn seal(to: &PublicKey, info: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealFault> {
    let off_curve = |_| SealFault::not("public key", "not a point of P-256");
    let to = Public::from_bytes(&to.0).map_err(off_curve)?;
    let (enc, text) = single_shot_seal::<AesGcm256, HkdfSha256, Kem>(&OpModeS::Base, &to, info, plain, b"").map_err(off_curve)?;
    Ok([&enc.to_bytes()[..], &text[..]].concat())
}

fn open(key: &PrivateKey, info: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (enc, text) = sealed.split_at_checked(ENC)?;
    let enc = Encapped::from_bytes(enc).ok()?;
    let plain = single_shot_open::<AesGcm256, HkdfSha256, Kem>(&OpModeR::Base, &key.0, &enc, info, text, b"").ok()?;
    Some(Zeroizing::new(plain))
}

/// One wrap a quorum, in the order of `Roster::quorums`.
pub fn wrap_all(key: &ContentKey, roster: &Roster, bound: &Bound) -> Result<Vec<Wrap>, SealFault> {
    roster.check()?;
    let hash = roster.hash();
    let wrap = |holders: Vec<u8>| {
        let mut data = key.bytes().to_vec();
        for number in holders.iter().rev() {
            let holder = roster.holder(*number).ok_or(SealFault::BadRoster("a quorum names nobody"))?;
            let outer = seal(&holder.public, &bound.info(&hash, &holders, *number), &data)?;
            zeroize::Zeroize::zeroize(&mut data);
            data = outer;
        }
        Ok(Wrap { holders, data })
    };
    roster.quorums().into_iter().map(wrap).collect()
}

/// A keyholder takes its layer off; its number must be the next of the quorum.
pub fn peel(key: &PrivateKey, roster: &Roster, bound: &Bound, share: &Share) -> Result<Share, SealFault> {
    let number = roster.number_of(&key.public()).ok_or(SealFault::NotAKeyholder)?;
    let damaged = || SealFault::DamagedWrap { holders: share.holders.clone(), holder: number };
    let left = share.holders.len().saturating_sub(share.opened);
    if share.holder() != Some(number) || share.data.len() != Wrap::len_with(left) {
        return Err(damaged());
    }
    let info = bound.info(&roster.hash(), &share.holders, number);
    let data = open(key, &info, &share.data).ok_or_else(damaged)?.to_vec();
    Ok(Share { opened: share.opened + 1, data, ..share.clone() })
}

/// The content key out of a share that everybody has opened, held against the envelope's commitment.
pub fn finish(envelope: &Envelope, share: &Share) -> Result<ContentKey, SealFault> {
    if !share.is_key() {
        return Err(SealFault::TooFewHolders { have: share.opened, need: share.holders.len() });
    }
    let key = ContentKey::read(&share.data)?;
    if key.commitment(&envelope.salt) == envelope.commitment { Ok(key) } else { Err(SealFault::WrongKey(envelope.envelope)) }
}

/// A nonce which only the holder of a key can read: proof that the key is still there and its passphrase known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    pub v: String,
    pub public: PublicKey,
    #[serde(with = "b64")]
    pub data: Vec<u8>,
}

impl Drill {
    /// The question, and the answer to compare with.
    pub fn ask(public: &PublicKey) -> Result<(Self, String), SealFault> {
        let nonce = random::<32>();
        let data = seal(public, &info_of_drill(public), &nonce)?;
        Ok((Self { v: FORMAT.into(), public: *public, data }, b64::text(nonce)))
    }
    pub fn answer(&self, key: &PrivateKey) -> Result<String, SealFault> {
        if key.public() != self.public {
            return Err(SealFault::NotAKeyholder);
        }
        let nonce = open(key, &info_of_drill(&self.public), &self.data);
        nonce.filter(|n| n.len() == 32).map(|n| b64::text(&*n)).ok_or(SealFault::not("drill", "it does not open"))
    }
}

fn info_of_drill(public: &PublicKey) -> Vec<u8> {
    bytes_of(&serde_json::json!({ "v": FORMAT, "drill": public }))
}

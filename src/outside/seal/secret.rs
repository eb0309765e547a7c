//! The secrets themselves: wiped when dropped, never printed.
use crate::domain::seal::{PublicKey, SealFault};
use hkdf::Hkdf;
use hpke::{Deserializable, Kem as _, Serializable, kem::DhP256HkdfSha256};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub(super) type Kem = DhP256HkdfSha256;

/// Fresh bytes from the system's generator.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// Opens one envelope. Never used to encrypt: each item has a key drawn from it.
#[derive(Clone, PartialEq, Eq)]
pub struct ContentKey(Zeroizing<[u8; 32]>);

impl ContentKey {
    pub fn fresh() -> Self {
        Self(Zeroizing::new(random()))
    }
    pub fn read(bytes: &[u8]) -> Result<Self, SealFault> {
        let key = bytes.try_into().map_err(|_| SealFault::not("content key", "it has 32 bytes"))?;
        Ok(Self(Zeroizing::new(key)))
    }
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
    /// What the envelope says of the key before anybody has it.
    pub fn commitment(&self, salt: &[u8; 32]) -> String {
        hex::encode(Sha256::new().chain_update(b"JB-SEAL-1 key").chain_update(*self.0).chain_update(salt).finalize())
    }
    /// HKDF-SHA256 with the format's name as salt and the item's associated data as info.
    pub(super) fn item_key(&self, ad: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(b"JB-SEAL-1"), &*self.0).expand(ad, &mut *key).expect("32 bytes are one block");
        key
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

/// A keyholder's: lives on its own machine, inside a `KeyFile`.
#[derive(Clone)]
pub struct PrivateKey(pub(super) <Kem as hpke::Kem>::PrivateKey);

impl PrivateKey {
    pub fn fresh() -> Self {
        Self(Kem::gen_keypair().0)
    }
    /// The scalar, 32 bytes, most significant first.
    pub fn read(bytes: &[u8]) -> Result<Self, SealFault> {
        let key = <Kem as hpke::Kem>::PrivateKey::from_bytes(bytes);
        key.map(Self).map_err(|_| SealFault::not("private key", "not a scalar of P-256"))
    }
    pub fn bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }
    pub fn public(&self) -> PublicKey {
        PublicKey(Kem::sk_to_pk(&self.0).to_bytes().into())
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

//! The two files people keep: a keyholder's key (持钥人密钥) and a team's spare (揭榜密钥凭证).
use super::passbox::PassBox;
use super::secret::{ContentKey, PrivateKey};
use crate::domain::seal::{Envelope, PublicKey, SealFault};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// A keyholder's private key under its passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile(PassBox);

impl KeyFile {
    pub const FORMAT: &str = "JB-SEAL-1 key";

    pub fn new(key: &PrivateKey, passphrase: &str) -> Result<Self, SealFault> {
        let head = Map::from_iter([("public".to_owned(), json!(key.public()))]);
        PassBox::close(Self::FORMAT, head, &*key.bytes(), passphrase).map(Self)
    }
    pub fn read(bytes: &[u8]) -> Result<Self, SealFault> {
        let file = Self(PassBox::read(Self::FORMAT, bytes)?);
        file.public().map(|_| file)
    }
    pub fn public(&self) -> Result<PublicKey, SealFault> {
        let text = self.0.head.get("public").and_then(Value::as_str);
        text.and_then(PublicKey::read).ok_or(SealFault::not(Self::FORMAT, "it names no public key"))
    }
    pub fn open(&self, passphrase: &str) -> Result<PrivateKey, SealFault> {
        let key = PrivateKey::read(&self.0.open(passphrase)?)?;
        if key.public() == self.public()? { Ok(key) } else { Err(SealFault::DamagedFile) }
    }
    pub fn text(&self) -> String {
        self.0.text()
    }
}

/// The content keys of one sealing: with it a team rereads its own bid, and, when too few keyholders are left, opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spare(PassBox);

impl Spare {
    pub const FORMAT: &str = "JB-SEAL-1 spare";

    /// Of both envelopes, A first.
    pub fn new(envelopes: &[Envelope], keys: &[ContentKey], passphrase: &str) -> Result<Self, SealFault> {
        let first = envelopes.first().ok_or(SealFault::not(Self::FORMAT, "nothing to keep"))?;
        let commits: Map<String, Value> = envelopes.iter().map(|e| (e.envelope.id().to_owned(), json!(e.commit()))).collect();
        let head = json!({ "challenge": first.challenge, "bid": first.bid, "version": first.version, "commits": commits });
        let secret: Zeroizing<Vec<u8>> = Zeroizing::new(keys.iter().flat_map(|k| k.bytes().to_vec()).collect());
        let Value::Object(head) = head else { unreachable!("written just above") };
        PassBox::close(Self::FORMAT, head, &secret, passphrase).map(Self)
    }
    pub fn read(bytes: &[u8]) -> Result<Self, SealFault> {
        PassBox::read(Self::FORMAT, bytes).map(Self)
    }
    /// Whether it belongs to this envelope.
    pub fn is_for(&self, envelope: &Envelope) -> bool {
        self.0.head["commits"][envelope.envelope.id()] == json!(envelope.commit())
    }
    /// The keys of A and of B.
    pub fn open(&self, passphrase: &str) -> Result<[ContentKey; 2], SealFault> {
        let secret = self.0.open(passphrase)?;
        let (a, b) = secret.split_at_checked(32).ok_or(SealFault::not(Self::FORMAT, "it holds two keys"))?;
        Ok([ContentKey::read(a)?, ContentKey::read(b)?])
    }
    pub fn text(&self) -> String {
        self.0.text()
    }
}

//! Signed notes and checkpoints as C2SP writes them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint): text, an empty line,
//! one line a signature. Anyone's verifier reads them.
use super::tree::Hash;
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// The algorithm byte of Ed25519 in keys of notes.
const ED25519: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    #[error("it is no key: {0}")]
    Key(&'static str),
    #[error("it is no signed note: {0}")]
    Note(&'static str),
    #[error("it bears no signature by {0}")]
    Unsigned(String),
    #[error("the signature by {0} is false")]
    False(String),
    #[error("it is no checkpoint: {0}")]
    Checkpoint(&'static str),
}

/// The public half: `name+hash+base64`, to be printed and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    pub name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

/// The half that signs. It never shows itself, and is overwritten in memory when dropped.
pub struct SecretKey {
    public: PublicKey,
    key: SigningKey,
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public)
    }
}

fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes()).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Names hold no white space and no plus sign (c2sp.org/signed-note).
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c.is_control())
}

/// `name+hash+base64` to its parts; what the base64 holds begins with the algorithm.
fn parts(text: &str) -> Result<(&str, [u8; 4], [u8; 32]), NoteFault> {
    let mut fields = text.splitn(3, '+');
    let (Some(name), Some(id), Some(data)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(NoteFault::Key("it wants the form name+hash+base64"));
    };
    let id: [u8; 4] =
        hex::decode(id).ok().and_then(|b| b.try_into().ok()).ok_or(NoteFault::Key("its hash is not eight digits"))?;
    let data = STANDARD.decode(data).map_err(|_| NoteFault::Key("its last part is no base64"))?;
    let Some((&ED25519, key)) = data.split_first() else { return Err(NoteFault::Key("it is not of Ed25519")) };
    let key = key.try_into().map_err(|_| NoteFault::Key("it is not 32 bytes long"))?;
    if is_name(name) { Ok((name, id, key)) } else { Err(NoteFault::Key("its name holds a space or a plus")) }
}

impl std::str::FromStr for PublicKey {
    type Err = NoteFault;
    fn from_str(text: &str) -> Result<Self, NoteFault> {
        let (name, id, key) = parts(text.trim())?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| NoteFault::Key("it is no point of the curve"))?;
        if key_id(name, &key) != id {
            return Err(NoteFault::Key("its hash is not that of its key"));
        }
        Ok(Self { name: name.to_owned(), id, key })
    }
}

impl PublicKey {
    /// Why this is not the key that was given, in words.
    pub fn unlike(&self, given: &Self) -> String {
        if self.key == given.key {
            return format!("the same key under another name: {} here, {} in the key that was given", self.name, given.name);
        }
        format!("signed by {self}, not by the key that was given ({given})")
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(data))
    }
}

impl SecretKey {
    /// From 32 random bytes, under a name that is printed on every checkpoint.
    pub fn new(name: &str, seed: [u8; 32]) -> Result<Self, NoteFault> {
        if !is_name(name) {
            return Err(NoteFault::Key("its name holds a space or a plus"));
        }
        let key = SigningKey::from_bytes(&seed);
        let verifying = key.verifying_key();
        let public = PublicKey { name: name.to_owned(), id: key_id(name, &verifying), key: verifying };
        Ok(Self { public, key })
    }

    /// Reads what `reveal` wrote.
    pub fn read(text: &str) -> Result<Self, NoteFault> {
        let text = text.trim().strip_prefix(PRIVATE).ok_or(NoteFault::Key("it does not begin with PRIVATE+KEY+"))?;
        let (name, id, seed) = parts(text)?;
        let key = Self::new(name, seed)?;
        if key.public.id == id { Ok(key) } else { Err(NoteFault::Key("its hash is not that of its key")) }
    }

    /// The text for the key's file, and for nothing else.
    pub fn reveal(&self) -> String {
        let data = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        format!("{PRIVATE}{}+{}+{}\n", self.public.name, hex::encode(self.public.id), STANDARD.encode(data))
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a text of whole lines.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes());
        let data = [self.public.id.as_slice(), &signature.to_bytes()].concat();
        format!("{text}\n— {} {}\n", self.public.name, STANDARD.encode(data))
    }
}

/// The text of a note, once the signature by `key` is found true. Signatures by others are passed over.
pub fn open<'a>(note: &'a str, key: &PublicKey) -> Result<&'a str, NoteFault> {
    let at = note.rfind("\n\n").ok_or(NoteFault::Note("no empty line ends its text"))?;
    let (text, signatures) = (&note[..=at], &note[at + 2..]);
    if !signatures.ends_with('\n') {
        return Err(NoteFault::Note("its last line has no end"));
    }
    for line in signatures.lines() {
        let rest = line.strip_prefix("— ").ok_or(NoteFault::Note("a line below its text is no signature"))?;
        let (name, data) = rest.split_once(' ').ok_or(NoteFault::Note("a signature has no name"))?;
        let data = STANDARD.decode(data).map_err(|_| NoteFault::Note("a signature is no base64"))?;
        if name != key.name || data.get(..4) != Some(&key.id) {
            continue;
        }
        let false_one = || NoteFault::False(key.name.clone());
        let signature = Signature::from_slice(&data[4..]).map_err(|_| false_one())?;
        return key.key.verify_strict(text.as_bytes(), &signature).map(|()| text).map_err(|_| false_one());
    }
    Err(NoteFault::Unsigned(key.name.clone()))
}

/// What a log says of itself: whose, how long, which root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    pub fn sign(&self, key: &SecretKey) -> String {
        key.sign(&self.text())
    }

    /// A checkpoint of the log that is called as its key is, signed by it.
    pub fn open(note: &str, key: &PublicKey) -> Result<Self, NoteFault> {
        let checkpoint = Self::read(open(note, key)?)?;
        if checkpoint.origin == key.name { Ok(checkpoint) } else { Err(NoteFault::Checkpoint("it is of another log")) }
    }

    /// What a note says, whoever signed it: a claim, to be held against the tree.
    pub fn unproved(note: &str) -> Result<Self, NoteFault> {
        let at = note.rfind("\n\n").ok_or(NoteFault::Note("no empty line ends its text"))?;
        Self::read(&note[..=at])
    }

    /// The lines of a checkpoint, whoever signed them; more lines may follow.
    fn read(text: &str) -> Result<Self, NoteFault> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteFault::Checkpoint("it has not three lines"));
        };
        let plain = size == "0" || !size.starts_with('0') && size.bytes().all(|b| b.is_ascii_digit());
        let size = size.parse().ok().filter(|_| plain).ok_or(NoteFault::Checkpoint("its size is no number"))?;
        let root = STANDARD.decode(root).ok().and_then(|r| r.try_into().ok());
        let root = root.ok_or(NoteFault::Checkpoint("its root is not 32 bytes of base64"))?;
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn key() -> SecretKey {
        SecretKey::new("jiebang.example/log", [7; 32]).unwrap()
    }

    #[test]
    fn the_example_of_the_go_library_reads_and_verifies() {
        // golang.org/x/mod/sumdb/note, package documentation.
        let vkey: PublicKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        assert_eq!(vkey.to_string(), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
        let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
                    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        assert!(open(note, &vkey).unwrap().ends_with("problem is.\n"));
        let skey = SecretKey::read("PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").unwrap();
        assert_eq!(skey.sign(open(note, &vkey).unwrap()), note);
    }

    #[test]
    fn keys_are_written_and_read_and_the_secret_one_does_not_show_itself() {
        let key = key();
        assert_eq!(key.public().to_string().parse(), Ok(key.public().clone()));
        let text = key.reveal();
        assert_eq!(SecretKey::read(&text).unwrap().reveal(), text);
        assert!(!format!("{key:?}").contains(text.trim().rsplit_once('+').unwrap().1));
        for bad in ["", "a+b", "a b+00000000+AQ==", "x+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "x+c74f20a3+Ag=="]
        {
            assert!(bad.parse::<PublicKey>().is_err(), "{bad}");
        }
        assert!(SecretKey::new("a+b", [0; 32]).is_err() && SecretKey::new("", [0; 32]).is_err());
    }

    #[test]
    fn a_checkpoint_is_read_back_and_any_changed_byte_refuses_it() {
        let (key, c) = (key(), Checkpoint { origin: "jiebang.example/log".into(), size: 300, root: [3; 32] });
        let note = c.sign(&key);
        assert_eq!(Checkpoint::open(&note, key.public()), Ok(c.clone()));
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let passes = String::from_utf8(bytes).is_ok_and(|n| Checkpoint::open(&n, key.public()).is_ok());
                assert!(!passes, "byte {at} bit {bit}");
            }
        }
        let other = SecretKey::new("jiebang.example/log", [8; 32]).unwrap();
        assert_eq!(Checkpoint::open(&c.sign(&other), key.public()), Err(NoteFault::Unsigned(c.origin.clone())));
        let foreign = Checkpoint { origin: "elsewhere".into(), ..c };
        assert_eq!(Checkpoint::open(&foreign.sign(&key), key.public()), Err(NoteFault::Checkpoint("it is of another log")));
    }
}

//! One item as chunks: AES-256-GCM in the STREAM manner (Hoang, Reyhanitabar, Rogaway, Vizár 2015). A chunk's nonce is
//! seven zero bytes, its number in four, and 1 for the last; the key belongs to this item alone, so no nonce comes twice.
use super::secret::ContentKey;
use crate::domain::seal::{Bound, SealFault, size};
use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub(super) const CHUNK: usize = size::CHUNK as usize;
pub(super) const TAG: usize = size::TAG as usize;

/// Chunks under one key of one use, and where they have got to.
pub(super) struct Chain {
    cipher: Aes256Gcm,
    ad: Vec<u8>,
    next: u32,
}

impl Chain {
    pub(super) fn new(key: &[u8; 32], ad: Vec<u8>, next: u32) -> Self {
        Self { cipher: Aes256Gcm::new(key.into()), ad, next }
    }
    pub(super) fn next(&self) -> u32 {
        self.next
    }
    fn nonce(&mut self, last: bool) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[7..11].copy_from_slice(&self.next.to_be_bytes());
        nonce[11] = u8::from(last);
        self.next += 1;
        nonce
    }
    pub(super) fn seal(&mut self, chunk: &mut Vec<u8>, last: bool) {
        let nonce = self.nonce(last);
        self.cipher.encrypt_in_place(&nonce.into(), &self.ad, chunk).expect("a chunk is short");
    }
    /// The number of the chunk, when it does not open.
    pub(super) fn open(&mut self, chunk: &mut Vec<u8>, last: bool) -> Result<(), u32> {
        let number = self.next;
        let nonce = self.nonce(last);
        self.cipher.decrypt_in_place(&nonce.into(), &self.ad, chunk).map_err(|_| number)
    }
}

/// The chunks of an item.
struct Chunks {
    chain: Chain,
    bound: Bound,
    item: usize,
    last: u32,
}

impl Chunks {
    fn new(key: &ContentKey, bound: &Bound, item: usize, padded: u64) -> Self {
        let ad = bound.ad(item);
        let chain = Chain::new(&key.item_key(&ad), ad, 0);
        let last = u32::try_from(size::chunks(padded) - 1).expect("padded lengths stay below 2⁴⁸");
        Self { chain, bound: *bound, item, last }
    }
    fn seal(&mut self, chunk: &mut Vec<u8>) {
        let last = self.chain.next() == self.last;
        self.chain.seal(chunk, last);
    }
    fn open(&mut self, chunk: &mut Vec<u8>) -> Result<(), SealFault> {
        let last = self.chain.next() == self.last;
        let opened = self.chain.open(chunk, last);
        opened.map_err(|chunk| SealFault::ChangedChunk { part: self.bound.envelope, item: self.item, chunk })
    }
}

/// What sealing an item tells: size and hash of the ciphertext for the envelope, hash of the content for the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedItem {
    pub size: u64,
    pub sha256: String,
    pub content_sha256: String,
}

/// Takes a content of known length piece by piece and gives chunks of ciphertext. At most one chunk is held.
pub struct ItemSealer {
    chunks: Chunks,
    held: Zeroizing<Vec<u8>>,
    len: u64,
    left: u64,
    padding: u64,
    size: u64,
    sealed: Sha256,
    content: Sha256,
}

impl ItemSealer {
    pub fn new(key: &ContentKey, bound: &Bound, item: usize, len: u64) -> Result<Self, SealFault> {
        if len > size::MOST {
            return Err(SealFault::not("file", "too long to be sealed"));
        }
        let padded = size::padded(len);
        let mut held = Zeroizing::new(Vec::with_capacity(CHUNK + TAG));
        held.extend_from_slice(&len.to_be_bytes());
        Ok(Self {
            chunks: Chunks::new(key, bound, item, padded),
            held,
            len,
            left: len,
            padding: padded - size::PREFIX - len,
            size: 0,
            sealed: Sha256::new(),
            content: Sha256::new(),
        })
    }

    /// Finished chunks are handed to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>) -> Result<(), SealFault> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| self.grown())?;
        self.content.update(bytes);
        self.fill(bytes, out)
    }

    fn grown(&self) -> SealFault {
        let (part, item) = (self.chunks.bound.envelope, self.chunks.item);
        SealFault::WrongSize { part, item, expected: self.len, found: self.len - self.left }
    }

    fn fill(&mut self, mut bytes: &[u8], out: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>) -> Result<(), SealFault> {
        while !bytes.is_empty() {
            if self.held.len() == CHUNK {
                self.flush(out)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn flush(&mut self, out: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>) -> Result<(), SealFault> {
        self.chunks.seal(&mut self.held);
        self.sealed.update(&*self.held);
        self.size += self.held.len() as u64;
        out(&self.held)?;
        self.held.clear();
        Ok(())
    }

    /// Pads and seals the last chunk. Refuses when less came than was announced.
    pub fn finish(mut self, out: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>) -> Result<SealedItem, SealFault> {
        if self.left > 0 {
            return Err(self.grown());
        }
        const ZEROS: [u8; 4096] = [0; 4096];
        while self.padding > 0 {
            let now = self.padding.min(ZEROS.len() as u64);
            self.padding -= now;
            self.fill(&ZEROS[..now as usize], out)?;
        }
        self.flush(out)?;
        Ok(SealedItem {
            size: self.size,
            sha256: hex::encode(self.sealed.finalize()),
            content_sha256: hex::encode(self.content.finalize()),
        })
    }
}

/// What opening an item tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Bytes of content.
    pub len: u64,
    pub content_sha256: String,
    /// Bytes of ciphertext, and their hash.
    pub size: u64,
    pub sha256: String,
}

/// Takes ciphertext of known length piece by piece and gives the content. At most one chunk is held, and nothing of a
/// chunk comes out before all of it was found unchanged.
pub struct ItemOpener {
    chunks: Chunks,
    held: Zeroizing<Vec<u8>>,
    /// Ciphertext announced, and come so far.
    expected: u64,
    size: u64,
    /// Content still to come, once the first chunk has told.
    left: Option<u64>,
    len: u64,
    sealed: Sha256,
    content: Sha256,
}

impl ItemOpener {
    pub fn new(key: &ContentKey, bound: &Bound, item: usize, sealed: u64) -> Result<Self, SealFault> {
        let padded = size::padded_of(sealed).ok_or_else(|| SealFault::not("item", "no sealing gives this length"))?;
        Ok(Self {
            chunks: Chunks::new(key, bound, item, padded),
            held: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)),
            expected: sealed,
            size: 0,
            left: None,
            len: 0,
            sealed: Sha256::new(),
            content: Sha256::new(),
        })
    }

    pub fn push(&mut self, mut bytes: &[u8], out: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>) -> Result<(), SealFault> {
        self.sealed.update(bytes);
        self.size += bytes.len() as u64;
        if self.size > self.expected {
            return Err(self.wrong_size());
        }
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK + TAG - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() == CHUNK + TAG {
                self.chunk(out)?;
            }
        }
        Ok(())
    }

    fn chunk(&mut self, out: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>) -> Result<(), SealFault> {
        self.chunks.open(&mut self.held)?;
        let mut plain = &self.held[..];
        let left = match self.left {
            Some(left) => left,
            None => {
                let (prefix, rest) = plain.split_at(size::PREFIX as usize);
                plain = rest;
                self.len = u64::from_be_bytes(prefix.try_into().expect("eight bytes"));
                if self.len > size::MOST || size::sealed(self.len) != self.expected {
                    return Err(self.bad("the length within does not give this length"));
                }
                self.len
            }
        };
        let (content, padding) = plain.split_at(plain.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        if padding.iter().any(|b| *b != 0) {
            return Err(self.bad("the padding is not empty"));
        }
        self.content.update(content);
        self.left = Some(left - content.len() as u64);
        out(content)?;
        self.held.clear();
        Ok(())
    }

    fn bad(&self, why: &str) -> SealFault {
        SealFault::not("item", format!("envelope {}, item {}: {why}", self.chunks.bound.envelope.id(), self.chunks.item))
    }
    fn wrong_size(&self) -> SealFault {
        let (part, item) = (self.chunks.bound.envelope, self.chunks.item);
        SealFault::WrongSize { part, item, expected: self.expected, found: self.size }
    }

    pub fn finish(mut self, out: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>) -> Result<Opened, SealFault> {
        if self.size != self.expected {
            return Err(self.wrong_size());
        }
        if !self.held.is_empty() {
            self.chunk(out)?;
        }
        Ok(Opened {
            len: self.len,
            content_sha256: hex::encode(self.content.finalize()),
            size: self.size,
            sha256: hex::encode(self.sealed.finalize()),
        })
    }
}

//! Stored files at rest: each under a key of its own, in the chunks that the items of a sealed bid have. Its length is not
//! known when the first byte comes, so it stands with the key and not in front; zeros behind it hide it up to 12 %, and the
//! last chunk says that it is the last.
use super::secret::ContentKey;
use super::stream::{CHUNK, Chain, TAG};
use crate::domain::seal::{SealFault, b64, size};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::ops::Range;
use zeroize::Zeroizing;

/// What opens one stored file, and what comes out. It lies under the vault's key, never beside the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileKey {
    #[serde(serialize_with = "written", deserialize_with = "read")]
    pub key: ContentKey,
    /// Of the content, as its sender had it; the hash in lower-case hexadecimal.
    pub size: u64,
    pub sha256: String,
}

fn written<S: Serializer>(key: &ContentKey, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&b64::text(key.bytes()))
}

fn read<'de, D: Deserializer<'de>>(from: D) -> Result<ContentKey, D::Error> {
    let bytes = b64::bytes(&String::deserialize(from)?).map(Zeroizing::new);
    ContentKey::read(&bytes.ok_or_else(|| D::Error::custom("no key"))?).map_err(D::Error::custom)
}

/// The chunks of the file at a place of the store: bytes that were moved to another place do not open.
fn chain(key: &ContentKey, place: &str, first: u32) -> Chain {
    let ad = format!("jiebang file {place}").into_bytes();
    Chain::new(&key.item_key(&ad), ad, first)
}

/// Takes a content piece by piece, of any length, and gives chunks. At most one chunk is held.
pub struct FileSealer {
    chain: Chain,
    held: Zeroizing<Vec<u8>>,
    len: u64,
    padding: Option<u64>,
}

impl FileSealer {
    pub fn new(key: &ContentKey, place: &str) -> Self {
        let held = Zeroizing::new(Vec::with_capacity(CHUNK + TAG));
        Self { chain: chain(key, place, 0), held, len: 0, padding: None }
    }

    /// Finished chunks go to the end of `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.len += bytes.len() as u64;
        self.fill(bytes, out);
    }

    fn fill(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            if self.held.len() == CHUNK {
                self.flush(false, out);
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = later;
        }
    }

    fn flush(&mut self, last: bool, out: &mut Vec<u8>) {
        self.chain.seal(&mut self.held, last);
        out.extend_from_slice(&self.held);
        self.held.clear();
    }

    /// Pads, a chunk at a time, and closes: to be called until it says that it is done.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        let left = self.padding.unwrap_or_else(|| size::padded(self.len) - self.len);
        let now = left.min(size::CHUNK);
        self.padding = Some(left - now);
        self.fill(&[0; CHUNK][..usize::try_from(now).unwrap_or(CHUNK)], out);
        if left > now {
            return false;
        }
        self.flush(true, out);
        true
    }
}

/// Takes chunks piece by piece and gives the content, or a run of it. At most one chunk is held, and nothing of a chunk
/// comes out before all of it was found unchanged.
pub struct FileOpener {
    chain: Chain,
    held: Zeroizing<Vec<u8>>,
    /// Number of the file's last chunk, and of the last that is asked for.
    last: u32,
    until: u32,
    /// Content to pass over, and to give.
    skip: u64,
    left: u64,
}

impl FileOpener {
    /// The whole file.
    pub fn new(key: &FileKey, place: &str) -> Result<Self, SealFault> {
        let (last, _) = chunks(key)?;
        Ok(Self { until: last, ..Self::run(key, place, 0..key.size)?.0 })
    }

    /// A run of its content, and the bytes of the store that it lies in.
    pub fn run(key: &FileKey, place: &str, run: Range<u64>) -> Result<(Self, Range<u64>), SealFault> {
        let (last, stored) = chunks(key)?;
        let number = |at: u64| u32::try_from(at / size::CHUNK).unwrap_or(last).min(last);
        let (first, until) = (number(run.start), number(run.end.max(1) - 1));
        let opener = Self {
            chain: chain(&key.key, place, first),
            held: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)),
            last,
            until,
            skip: run.start - u64::from(first) * size::CHUNK,
            left: run.end.min(key.size).saturating_sub(run.start),
        };
        let at = |n: u32| u64::from(n) * (size::CHUNK + size::TAG);
        Ok((opener, at(first)..at(until + 1).min(stored)))
    }

    /// Content goes to the end of `out`.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), SealFault> {
        while !bytes.is_empty() {
            if self.chain.next() > self.until {
                return Err(SealFault::Trailing);
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK + TAG - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() == CHUNK + TAG {
                self.chunk(out)?;
            }
        }
        Ok(())
    }

    fn chunk(&mut self, out: &mut Vec<u8>) -> Result<(), SealFault> {
        let last = self.chain.next() == self.last;
        let opened = self.chain.open(&mut self.held, last);
        opened.map_err(|n| SealFault::not("stored file", format!("chunk {n} was changed")))?;
        let whole = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let from = self.held.len().min(whole(self.skip));
        let to = self.held.len().min(from.saturating_add(whole(self.left)));
        out.extend_from_slice(&self.held[from..to]);
        self.skip -= from as u64;
        self.left -= (to - from) as u64;
        self.held.clear();
        Ok(())
    }

    /// At the end of what was read: all that was asked for is there.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), SealFault> {
        if !self.held.is_empty() {
            self.chunk(out)?;
        }
        if self.chain.next() == self.until + 1 && self.left == 0 { Ok(()) } else { Err(SealFault::Cut) }
    }
}

/// The number of a file's last chunk, and how many bytes the store holds of it.
fn chunks(key: &FileKey) -> Result<(u32, u64), SealFault> {
    let not = || SealFault::not("stored file", "too long");
    let within = (key.size <= size::MOST).then_some(key.size).ok_or_else(not)?;
    let last = u32::try_from(size::chunks(size::padded(within)) - 1).map_err(|_| not())?;
    Ok((last, size::sealed(within)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(content: &[u8], place: &str) -> (FileKey, Vec<u8>) {
        let key = FileKey { key: ContentKey::fresh(), size: content.len() as u64, sha256: String::new() };
        let (mut sealer, mut out) = (FileSealer::new(&key.key, place), vec![]);
        content.chunks(70_001).for_each(|piece| sealer.push(piece, &mut out));
        while !sealer.finish(&mut out) {}
        (key, out)
    }

    fn opened(mut opener: FileOpener, bytes: &[u8]) -> Result<Vec<u8>, SealFault> {
        let mut out = vec![];
        for piece in bytes.chunks(50_021) {
            opener.push(piece, &mut out)?;
        }
        opener.finish(&mut out).map(|()| out)
    }

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|n| (n * 7 + n / 251) as u8).collect()
    }

    #[test]
    fn a_file_of_any_length_comes_back_whole_and_in_runs_and_its_length_is_hidden() {
        const C: usize = CHUNK;
        for len in [1, 9, C - 9, C - 8, C - 7, C - 1, C, C + 1, 2 * C, 3 * C + 5, 20 * C + 77] {
            let plain = content(len);
            let (key, bytes) = sealed(&plain, "ab/1");
            assert_eq!(bytes.len() as u64, size::sealed(len as u64), "{len}");
            assert!(opened(FileOpener::new(&key, "ab/1").unwrap(), &bytes).unwrap() == plain, "{len}");
            for run in [0..1, 0..len, len - 1..len, len / 2..len, len / 3..len / 2 + 1, C.min(len - 1)..len] {
                let (opener, at) = FileOpener::run(&key, "ab/1", run.start as u64..run.end as u64).unwrap();
                assert!(at.end - at.start <= (run.len() as u64).div_ceil(size::CHUNK) * 65_552 + 65_552, "no more than it needs");
                let part = &bytes[at.start as usize..at.end as usize];
                assert!(opened(opener, part).unwrap() == plain[run.clone()], "{len} {run:?}");
            }
        }
        assert_eq!(sealed(&content(10), "x").1.len(), sealed(&content(60_000), "x").1.len());
    }

    #[test]
    fn what_is_changed_cut_moved_or_put_elsewhere_does_not_open() {
        const S: usize = CHUNK + TAG;
        let (key, bytes) = sealed(&content(4 * CHUNK + 3), "ab/1");
        let whole = |b: &[u8]| opened(FileOpener::new(&key, "ab/1").unwrap(), b);
        assert!(whole(&bytes).is_ok());
        for at in (0..bytes.len()).step_by(30_011).chain([bytes.len() - 1]) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(whole(&changed).is_err(), "{at}");
        }
        for cut in [0, 1, S - 1, S, 2 * S, bytes.len() - 1] {
            assert!(whole(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(whole(&[&bytes[..], &[0]].concat()).is_err());
        assert!(whole(&[&bytes[S..2 * S], &bytes[..S], &bytes[2 * S..]].concat()).is_err(), "changed places");
        assert!(whole(&[&bytes[..S], &bytes[2 * S..]].concat()).is_err(), "one taken out");
        assert!(opened(FileOpener::new(&key, "ab/2").unwrap(), &bytes).is_err(), "at another place");
        let longer = FileKey { size: key.size + 1_000_000, ..key.clone() };
        assert!(opened(FileOpener::new(&longer, "ab/1").unwrap(), &bytes).is_err(), "another end");
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<FileKey>(&text).unwrap(), key);
        assert!(!format!("{key:?}").contains(&b64::text(key.key.bytes())));
    }
}

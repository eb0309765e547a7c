//! A sealed bid as one file: for a team's machine, a file field, an opener who was handed a copy.
//!
//! ```text
//! "JB-SEAL-1\n" | u32 length | envelope A | u32 length | envelope B | items of A | items of B
//! ```
//! Sizes are known before anything is encrypted, so the front is left empty and written last: one pass over the files.
use super::secret::{ContentKey, random};
use super::stream::{ItemOpener, ItemSealer, SealedItem};
use super::wrap::wrap_all;
use crate::domain::seal::{
    AttachedFile, Bound, Envelope, FORMAT, ITEMS_MOST, Item, MANIFEST_MOST, Manifest, Part, Roster, SUITE, SealFault, SealedBy,
    size,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, SeekFrom, Write};

const MAGIC: &[u8] = b"JB-SEAL-1\n";
/// An envelope for seven keyholders and 64 items is far shorter.
const ENVELOPE_MOST: u32 = 1 << 20;
/// Read from a file at a time.
const READ: usize = 64 * 1024;
/// Stands where a hash will be written; as long as one.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A file to be sealed: what the manifest will say, and its bytes.
pub struct InputFile<'a> {
    pub field: String,
    pub name: String,
    pub kind: String,
    pub size: u64,
    pub content: Box<dyn Read + Send + 'a>,
}

/// What goes into one envelope.
pub struct Input<'a> {
    pub part: Part,
    pub fields: Map<String, Value>,
    pub files: Vec<InputFile<'a>>,
}

/// A sealed envelope, the key to it, and the root of its contents.
pub struct Made {
    pub envelope: Envelope,
    pub key: ContentKey,
    pub root: String,
}

/// An envelope under way: its manifest with the hashes still empty, and its items' sizes.
struct Plan<'a> {
    bound: Bound,
    files: Vec<InputFile<'a>>,
    manifest: Manifest,
    key: ContentKey,
    envelope: Envelope,
}

impl<'a> Plan<'a> {
    fn new(input: Input<'a>, roster: &Roster, bound: Bound, by: SealedBy) -> Result<Self, SealFault> {
        let listed = |(n, f): (usize, &InputFile)| AttachedFile {
            item: n + 1,
            field: f.field.clone(),
            name: f.name.clone(),
            kind: f.kind.clone(),
            size: f.size,
            sha256: NO_HASH.into(),
        };
        let files = input.files.iter().enumerate().map(listed).collect();
        let manifest = Manifest { v: FORMAT.into(), envelope: input.part, fields: input.fields, files, salt: random() };
        manifest.check(input.part)?;
        if input.files.len() >= ITEMS_MOST || manifest.bytes().len() as u64 > MANIFEST_MOST {
            return Err(SealFault::not("bid", "too many files, or too much text"));
        }
        let sizes = [manifest.bytes().len() as u64].into_iter().chain(input.files.iter().map(|f| f.size));
        let items = sizes.enumerate().map(|(n, len)| Item { n, size: size::sealed(len), sha256: NO_HASH.into() }).collect();
        let (key, salt) = (ContentKey::fresh(), random());
        let envelope = Envelope {
            v: FORMAT.into(),
            suite: SUITE.into(),
            challenge: bound.challenge,
            roster: roster.hash(),
            bid: bound.bid,
            version: bound.version,
            envelope: bound.envelope,
            commitment: key.commitment(&salt),
            salt,
            items,
            wraps: wrap_all(&key, roster, &bound)?,
            sealed_by: by,
        };
        Ok(Self { bound, files: input.files, manifest, key, envelope })
    }

    /// Files first, then the manifest that names their hashes, into the place kept for it.
    fn write(mut self, to: &mut (impl Write + Seek), at: u64) -> Result<Made, SealFault> {
        to.seek(SeekFrom::Start(at + self.envelope.items[0].size))?;
        for (n, mut file) in std::mem::take(&mut self.files).into_iter().enumerate() {
            let done = seal_one(&self.key, &self.bound, n + 1, file.size, &mut file.content, to)?;
            self.manifest.files[n].sha256 = done.content_sha256.clone();
            self.note(n + 1, done);
        }
        let bytes = zeroize::Zeroizing::new(self.manifest.bytes());
        to.seek(SeekFrom::Start(at))?;
        let done = seal_one(&self.key, &self.bound, 0, bytes.len() as u64, &mut &bytes[..], to)?;
        self.note(0, done);
        Ok(Made { envelope: self.envelope, key: self.key, root: self.manifest.root() })
    }

    fn note(&mut self, n: usize, done: SealedItem) {
        self.envelope.items[n] = Item { n, size: done.size, sha256: done.sha256 };
    }
}

fn seal_one(
    key: &ContentKey,
    bound: &Bound,
    item: usize,
    len: u64,
    from: &mut dyn Read,
    to: &mut impl Write,
) -> Result<SealedItem, SealFault> {
    let mut sealer = ItemSealer::new(key, bound, item, len)?;
    let mut write = |chunk: &[u8]| to.write_all(chunk).map_err(SealFault::from);
    let mut buffer = zeroize::Zeroizing::new(vec![0; READ]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return sealer.finish(&mut write),
            Ok(n) => sealer.push(&buffer[..n], &mut write)?,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(SealFault::Io(e.to_string())),
        }
    }
}

/// Seals both envelopes of a bid into `to`, from its beginning. Memory stays at a few chunks, whatever the files' sizes.
pub fn seal_to(
    to: &mut (impl Write + Seek),
    roster: &Roster,
    of: impl Fn(Part) -> Result<Bound, SealFault>,
    inputs: [Input; 2],
    by: SealedBy,
) -> Result<[Made; 2], SealFault> {
    let [a, b] = inputs;
    if (a.part, b.part) != (Part::A, Part::B) {
        return Err(SealFault::not("bid", "envelope A comes first, then B"));
    }
    let (a, b) = (Plan::new(a, roster, of(Part::A)?, by)?, Plan::new(b, roster, of(Part::B)?, by)?);
    let front = front(&[&a.envelope, &b.envelope]).len() as u64;
    let (size_a, size_b) = (a.envelope.size(), b.envelope.size());
    let made = [a.write(to, front)?, b.write(to, front + size_a)?];
    to.seek(SeekFrom::Start(0))?;
    to.write_all(&self::front(&[&made[0].envelope, &made[1].envelope]))?;
    to.seek(SeekFrom::Start(front + size_a + size_b))?;
    to.flush()?;
    Ok(made)
}

fn front(envelopes: &[&Envelope]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for envelope in envelopes {
        let text = envelope.bytes();
        bytes.extend_from_slice(&(text.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&text);
    }
    bytes
}

/// Where opened contents go: first the manifest, then every file from beginning to end.
pub trait Sink {
    fn manifest(&mut self, manifest: &Manifest) -> Result<(), SealFault>;
    fn begin(&mut self, file: &AttachedFile) -> Result<(), SealFault>;
    fn write(&mut self, bytes: &[u8]) -> Result<(), SealFault>;
}

/// A sealed file being read. The envelopes are read at once; items when they are asked for.
pub struct Bundle<R> {
    from: R,
    pub envelopes: [Envelope; 2],
    /// Where the items of A begin.
    front: u64,
}

impl<R: Read + Seek> Bundle<R> {
    /// Reads the front, and looks that the file has exactly the length it tells.
    pub fn read(mut from: R) -> Result<Self, SealFault> {
        let len = from.seek(SeekFrom::End(0))?;
        from.seek(SeekFrom::Start(0))?;
        let mut magic = [0; MAGIC.len()];
        from.read_exact(&mut magic).map_err(|_| SealFault::not("sealed bid", "too short"))?;
        if magic != MAGIC {
            return Err(SealFault::not("sealed bid", "it does not begin with JB-SEAL-1"));
        }
        let envelopes = [read_envelope(&mut from)?, read_envelope(&mut from)?];
        if envelopes.each_ref().map(|e| e.envelope) != Part::ALL {
            return Err(SealFault::not("sealed bid", "envelope A comes first, then B"));
        }
        let front = from.stream_position()?;
        let whole = envelopes.iter().flat_map(|e| &e.items).try_fold(front, |sum, i| sum.checked_add(i.size));
        match whole.unwrap_or(u64::MAX).cmp(&len) {
            std::cmp::Ordering::Greater => Err(SealFault::Cut),
            std::cmp::Ordering::Less => Err(SealFault::Trailing),
            std::cmp::Ordering::Equal => Ok(Self { from, envelopes, front }),
        }
    }

    pub fn envelope(&self, part: Part) -> &Envelope {
        &self.envelopes[part as usize]
    }

    /// Everything that can be checked without a key: form, roster, bid, sizes, and every item's hash.
    pub fn check(&mut self, roster: &Roster, of: impl Fn(Part) -> Result<Bound, SealFault>) -> Result<(), SealFault> {
        for part in Part::ALL {
            self.envelope(part).check(roster, &of(part)?)?;
            let envelope = self.envelope(part).clone();
            (0..envelope.items.len()).try_for_each(|n| self.check_hash(&envelope, n))?;
        }
        Ok(())
    }

    fn each_piece(&mut self, part: Part, n: usize, f: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>) -> Result<u64, SealFault> {
        let before = if part == Part::B { self.envelopes[0].size() } else { 0 };
        let items = &self.envelope(part).items;
        let (at, size) = (self.front + before + items[..n].iter().map(|i| i.size).sum::<u64>(), items[n].size);
        self.from.seek(SeekFrom::Start(at))?;
        let (mut buffer, mut left) = (vec![0; READ], size);
        while left > 0 {
            let want = left.min(READ as u64) as usize;
            self.from.read_exact(&mut buffer[..want])?;
            f(&buffer[..want])?;
            left -= want as u64;
        }
        Ok(size)
    }

    /// Opens one envelope: the key against its commitment, every chunk, every hash, every name.
    pub fn open(&mut self, part: Part, key: &ContentKey, sink: &mut dyn Sink) -> Result<Manifest, SealFault> {
        let envelope = self.envelope(part).clone();
        if key.commitment(&envelope.salt) != envelope.commitment {
            return Err(SealFault::WrongKey(part));
        }
        if envelope.items.first().is_none_or(|i| i.size > size::sealed(MANIFEST_MOST)) {
            return Err(SealFault::not("envelope", "its manifest is missing or too long"));
        }
        let mut bytes = zeroize::Zeroizing::new(vec![]);
        self.open_item(&envelope, 0, key, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        let manifest = Manifest::read(part, &bytes)?;
        if manifest.files.len() + 1 != envelope.items.len() {
            return Err(SealFault::BadManifest { part, why: "it names another number of files".into() });
        }
        sink.manifest(&manifest)?;
        for (n, file) in manifest.files.iter().enumerate() {
            sink.begin(file)?;
            let (len, sha256) = self.open_item(&envelope, n + 1, key, &mut |piece| sink.write(piece))?;
            manifest.check_file(n + 1, len, &sha256)?;
        }
        Ok(manifest)
    }

    fn open_item(
        &mut self,
        envelope: &Envelope,
        n: usize,
        key: &ContentKey,
        out: &mut dyn FnMut(&[u8]) -> Result<(), SealFault>,
    ) -> Result<(u64, String), SealFault> {
        let mut opener = ItemOpener::new(key, &envelope.bound(), n, envelope.items[n].size)?;
        let read = self.each_piece(envelope.envelope, n, &mut |piece| opener.push(piece, out));
        let opened = match read.and_then(|_| opener.finish(out)) {
            // Items that changed places fail at their first chunk; their hashes tell more.
            Err(SealFault::ChangedChunk { part, item, chunk }) => {
                return Err(match self.check_hash(envelope, n) {
                    Err(order @ SealFault::ItemOrder { .. }) => order,
                    _ => SealFault::ChangedChunk { part, item, chunk },
                });
            }
            other => other?,
        };
        envelope.check_item(n, opened.size, &opened.sha256)?;
        Ok((opened.len, opened.content_sha256))
    }

    fn check_hash(&mut self, envelope: &Envelope, n: usize) -> Result<(), SealFault> {
        let mut hash = Sha256::new();
        let size = self.each_piece(envelope.envelope, n, &mut |bytes| {
            hash.update(bytes);
            Ok(())
        })?;
        envelope.check_item(n, size, &hex::encode(hash.finalize()))
    }
}

fn read_envelope(from: &mut impl Read) -> Result<Envelope, SealFault> {
    let mut len = [0; 4];
    from.read_exact(&mut len)?;
    let len = u32::from_be_bytes(len);
    if len > ENVELOPE_MOST {
        return Err(SealFault::not("envelope", "too long"));
    }
    let mut bytes = vec![0; len as usize];
    from.read_exact(&mut bytes)?;
    Envelope::read(&bytes)
}

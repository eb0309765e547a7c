//! Case files: written as a stream, piece by piece, in bounded memory; the same contents give the same bytes. Checked from the ZIP
//! or from its unpacked folder, without a network.
use crate::domain::log::Wrong;
use crate::domain::log::case::{CHECKPOINT, KEY, Listed, MANIFEST, Manifest, NOTE, RECEIPTS, is_safe};
use crate::domain::log::note::PublicKey;
use crate::domain::log::receipt::Receipt;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use uuid::Uuid;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Bytes of a manifest, of its note, of one receipt.
const TEXT_MOST: u64 = 64 << 20;

/// What a case file is made of, in order.
#[derive(Debug)]
pub enum Part {
    /// From here on, the bytes of this file.
    File(String),
    Bytes(Bytes),
    /// All is there: without it the file breaks off.
    End,
}

/// Stored as it is and dated the same: the bytes hang on the contents alone.
fn plain() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

/// Writes a case file from its parts; `next` gives none when whoever makes them went away.
pub fn write(
    challenge: Uuid,
    out: impl Write,
    mut next: impl FnMut() -> Option<Part>,
    sign: impl Fn(&str) -> String,
) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(out);
    let mut manifest = Manifest::new(challenge);
    let mut open: Option<(String, Sha256, u64)> = None;
    let list = |open: Option<(String, Sha256, u64)>, manifest: &mut Manifest| {
        let one = open.map(|(path, hash, size)| Listed { path, sha256: hex::encode(hash.finalize()), size });
        manifest.files.extend(one);
    };
    loop {
        match next() {
            Some(Part::File(path)) if is_safe(&path) => {
                list(open.take(), &mut manifest);
                zip.start_file(&*path, plain())?;
                open = Some((path, Sha256::new(), 0));
            }
            Some(Part::Bytes(bytes)) => {
                let Some((_, hash, size)) = &mut open else { return Err(io::Error::other("bytes of no file")) };
                hash.update(&bytes);
                *size += bytes.len() as u64;
                zip.write_all(&bytes)?;
            }
            Some(Part::End) => break,
            Some(Part::File(path)) => return Err(io::Error::other(format!("{path}: no name for a file"))),
            None => return Err(io::Error::other("broken off")),
        }
    }
    list(open.take(), &mut manifest);
    let text = manifest.text();
    for (path, content) in [(MANIFEST, text.clone()), (NOTE, sign(&text))] {
        zip.start_file(path, plain())?;
        zip.write_all(content.as_bytes())?;
    }
    zip.finish()?.into_inner().flush()
}

/// What a clean case file holds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    pub challenge: Uuid,
    pub files: usize,
    pub entries: usize,
    pub key: String,
    pub key_given: bool,
}

/// Something wrong, or a file that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error("{0}")]
    Wrong(Wrong),
    #[error("{0}")]
    Unclear(String),
}

impl From<Wrong> for Stopped {
    fn from(w: Wrong) -> Self {
        Self::Wrong(w)
    }
}

fn wrong(code: &'static str, says: impl Into<String>) -> Stopped {
    Stopped::Wrong(Wrong::new(code, says))
}

/// Where a case file lies: packed or unpacked.
enum Lies {
    Zip(Box<ZipArchive<BufReader<File>>>, PathBuf),
    Folder(PathBuf),
}

impl Lies {
    fn open(path: &Path) -> Result<Self, Stopped> {
        let unclear = |e: io::Error| Stopped::Unclear(format!("{}: {e}", path.display()));
        if path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let file = BufReader::new(File::open(path).map_err(unclear)?);
        let archive = ZipArchive::new(file).map_err(|e| wrong("container", format!("the ZIP does not read: {e}")))?;
        Ok(Self::Zip(Box::new(archive), path.to_owned()))
    }

    /// Names of all files: in the ZIP's order, of a folder sorted.
    fn names(&mut self) -> Result<Vec<String>, Stopped> {
        match self {
            Self::Zip(archive, _) => {
                let mut out = vec![];
                for n in 0..archive.len() {
                    let file = archive.by_index_raw(n).map_err(|e| wrong("container", format!("file {n} does not read: {e}")))?;
                    let name = file.name().map_err(|e| wrong("container", format!("file {n} has no name: {e}")))?;
                    out.push(name.into_owned());
                }
                Ok(out)
            }
            Self::Folder(root) => {
                let mut out = vec![];
                walk(root, root, &mut out).map_err(|e| Stopped::Unclear(e.to_string()))?;
                out.sort();
                Ok(out)
            }
        }
    }

    /// Hands the bytes of a file to `take`, piece by piece.
    fn read(&mut self, path: &str, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), Stopped> {
        let said = |e: io::Error| wrong("file", format!("{path}: its bytes do not read: {e}"));
        let missing = || wrong("missing", format!("{path} is missing"));
        let mut piece = vec![0; 64 * 1024];
        let mut drain = |from: &mut dyn Read| -> io::Result<()> {
            loop {
                match from.read(&mut piece)? {
                    0 => return Ok(()),
                    n => take(&piece[..n])?,
                }
            }
        };
        match self {
            Self::Zip(archive, _) => drain(&mut archive.by_name(path).map_err(|_| missing())?).map_err(said),
            Self::Folder(root) => {
                let path = root.join(path);
                // What is no plain file may never end, or never begin.
                let plain = std::fs::metadata(&path).is_ok_and(|m| m.is_file());
                let mut file = File::open(&path).ok().filter(|_| plain).ok_or_else(missing)?;
                drain(&mut file).map_err(said)
            }
        }
    }

    fn text(&mut self, path: &str) -> Result<String, Stopped> {
        let mut bytes = vec![];
        self.read(path, &mut |piece| {
            bytes.extend_from_slice(piece);
            if bytes.len() as u64 > TEXT_MOST { Err(io::Error::other("too long")) } else { Ok(()) }
        })?;
        String::from_utf8(bytes).map_err(|_| wrong("file", format!("{path} is no text")))
    }
}

/// Names of a folder beyond which nobody's case file goes.
const NAMES_MOST: usize = 100_000;

/// A link is a name like a file's and leads nowhere: folders that hold themselves end too.
fn walk(root: &Path, at: &Path, out: &mut Vec<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(at)? {
        let entry = entry?;
        let path = entry.path();
        if out.len() >= NAMES_MOST {
            return Err(io::Error::other(format!("{}: more than {NAMES_MOST} files", root.display())));
        }
        if entry.file_type()?.is_dir() {
            walk(root, &path, out)?;
        } else if let Ok(inside) = path.strip_prefix(root) {
            out.push(inside.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"));
        }
    }
    Ok(())
}

/// Checks a case file: the manifest's signature, every file against it, nothing more and nothing less, each entry's proof; of a
/// ZIP every byte of the container too. Ends at the first thing wrong.
pub fn check(path: &Path, given: Option<&PublicKey>) -> Result<Summary, Stopped> {
    let mut lies = Lies::open(path)?;
    let names = lies.names()?;
    let text = lies.text(MANIFEST)?;
    let manifest = Manifest::read(&text).ok_or_else(|| wrong("manifest", "it is no manifest, or not written as one is"))?;
    let named: PublicKey = lies.text(KEY)?.trim_end().parse::<PublicKey>().map_err(|e| wrong("key", format!("{KEY}: {e}")))?;
    if given.is_some_and(|g| *g != named) {
        return Err(wrong("key", format!("it is signed by {named}, not by the key that was given")));
    }
    let key = given.unwrap_or(&named).clone();
    if !Manifest::is_signed(&text, &lies.text(NOTE)?, &key) {
        return Err(wrong("signature", format!("{NOTE} does not sign {MANIFEST} with this key")));
    }
    all_there(&lies, &names, &manifest)?;
    for f in &manifest.files {
        let (mut hash, mut size) = (Sha256::new(), 0u64);
        lies.read(&f.path, &mut |piece| {
            hash.update(piece);
            size += piece.len() as u64;
            if size > f.size { Err(io::Error::other("it goes on past the size that is listed")) } else { Ok(()) }
        })?;
        if (hex::encode(hash.finalize()), size) != (f.sha256.clone(), f.size) {
            return Err(wrong("file", format!("{} is not the file that the manifest lists", f.path)));
        }
    }
    if let Lies::Zip(_, zip) = &lies {
        let zip = zip.clone();
        container(&mut lies, &zip, &manifest, &text)?;
    }
    let entries = proofs(&mut lies, &manifest, &key)?;
    let files = manifest.files.len();
    Ok(Summary { challenge: manifest.challenge, files, entries, key: key.to_string(), key_given: given.is_some() })
}

/// No file that is not listed, none listed that is not there, in a ZIP in this order.
fn all_there(lies: &Lies, names: &[String], manifest: &Manifest) -> Result<(), Stopped> {
    let mut told: Vec<&str> = manifest.files.iter().map(|f| f.path.as_str()).chain([MANIFEST, NOTE]).collect();
    if let Some(bad) = told.iter().find(|p| !is_safe(p)) {
        return Err(wrong("manifest", format!("{bad} is no name for a file")));
    }
    if matches!(lies, Lies::Folder(_)) {
        told.sort_unstable();
    }
    if let Some(extra) = names.iter().find(|n| !told.contains(&n.as_str())) {
        return Err(wrong("extra", format!("{extra} is in no manifest")));
    }
    if let Some(gone) = told.iter().find(|t| !names.iter().any(|n| n == *t)) {
        return Err(wrong("missing", format!("{gone} is missing")));
    }
    if names.iter().map(String::as_str).ne(told.iter().copied()) {
        return Err(wrong("container", "a file lies there twice, or not in its place"));
    }
    Ok(())
}

/// Each entry stands in the log that the one checkpoint signs, and is of this case.
fn proofs(lies: &mut Lies, manifest: &Manifest, key: &PublicKey) -> Result<usize, Stopped> {
    let checkpoint = lies.text(CHECKPOINT)?;
    let receipts = lies.text(RECEIPTS)?;
    let mut last = 0;
    for (n, line) in receipts.lines().enumerate() {
        let at = |w: Wrong| Stopped::Wrong(Wrong { line: Some(n as u64 + 1), ..w });
        let receipt = Receipt::read(line).ok_or_else(|| at(Wrong::new("line", format!("{RECEIPTS}: it is no receipt"))))?;
        receipt.check(Some(key)).map_err(at)?;
        let body: serde_json::Value = serde_json::from_str(&receipt.body).unwrap_or_default();
        let own = body["event"]["challenge"] == serde_json::json!(manifest.challenge);
        if receipt.checkpoint != checkpoint || !own || receipt.seq <= last {
            return Err(at(
                Wrong::new("order", format!("{RECEIPTS}: not of this case, or under another checkpoint")).at(receipt.seq)
            ));
        }
        last = receipt.seq;
    }
    Ok(receipts.lines().count())
}

/// Holds what is written against what lies there, byte by byte, and keeps the first difference.
struct Compared<R> {
    there: R,
    at: u64,
    differs: Option<u64>,
}

impl<R: Read> Write for Compared<R> {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        let mut there = vec![0; written.len()];
        let mut got = 0;
        while got < there.len() {
            match self.there.read(&mut there[got..])? {
                0 => break,
                n => got += n,
            }
        }
        let other = (0..written.len()).find(|n| *n >= got || there[*n] != written[*n]);
        self.differs = self.differs.or(other.map(|n| self.at + n as u64));
        self.at += written.len() as u64;
        Ok(written.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the ZIP again from its own contents and holds it against what lies there: so its frame is covered too.
fn container(lies: &mut Lies, path: &Path, manifest: &Manifest, text: &str) -> Result<(), Stopped> {
    let unclear = |e: io::Error| Stopped::Unclear(format!("{}: {e}", path.display()));
    let there = BufReader::new(File::open(path).map_err(unclear)?);
    let length = std::fs::metadata(path).map_err(unclear)?.len();
    let mut zip = ZipWriter::new_stream(Compared { there, at: 0, differs: None });
    let bad = |e: String| wrong("container", format!("the frame of the ZIP: {e}"));
    for name in manifest.files.iter().map(|f| f.path.as_str()) {
        zip.start_file(name, plain()).map_err(|e| bad(e.to_string()))?;
        lies.read(name, &mut |piece| zip.write_all(piece))?;
    }
    for (name, content) in [(MANIFEST, text.to_owned()), (NOTE, lies.text(NOTE)?)] {
        zip.start_file(name, plain()).map_err(|e| bad(e.to_string()))?;
        zip.write_all(content.as_bytes()).map_err(|e| bad(e.to_string()))?;
    }
    let done = zip.finish().map_err(|e| bad(e.to_string()))?.into_inner();
    match done.differs {
        Some(at) => Err(bad(format!("byte {at} is not as it was written"))),
        None if done.at != length => Err(bad("something follows its end".into())),
        None => Ok(()),
    }
}

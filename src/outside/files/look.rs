//! Archives, office documents, pictures and PDF looked into after they came, before anybody can name them: what would run, reach out of its
//! folder, burst or fill a memory is refused with what it was.
use super::{Bytes, FileKey, Files, FilesError, Kind, KindFault};
use crate::domain::limits::*;
use futures_util::TryStreamExt;
use std::io::{self, Read, Seek, SeekFrom};

/// Files that are looked into at once: unpacking takes a core.
static LOOKING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// Read at a time.
const RUN: u64 = 256 * 1024;
/// So much of the beginning of a picture is searched for its size: what a camera writes before it is shorter.
const PICTURE: u64 = 1 << 20;
/// Archives that unpack to less than this may be packed as tightly as they like.
const SMALL: u64 = 1 << 20;

/// Endings that a computer runs.
const PROGRAMS: &[&str] = &[
    "apk", "app", "bat", "chm", "cmd", "com", "cpl", "dll", "exe", "gadget", "hta", "inf", "iso", "jar", "js", "jse", "lnk",
    "msi", "msp", "pif", "ps1", "reg", "scr", "sh", "so", "url", "vb", "vbe", "vbs", "wasm", "wsf", "docm", "dotm", "potm",
    "ppam", "ppsm", "pptm", "xlam", "xlsb", "xlsm", "xltm",
];
/// Archives within an archive: nobody sees what is in them.
const ARCHIVES: &[&str] = &["zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar", "cab", "arj", "zst"];

impl Files {
    /// Looks into a stored file; says why it can't be taken.
    pub async fn look(&self, key: &str, lock: &FileKey, kind: Kind) -> Result<(), FilesError> {
        if matches!(kind, Kind::Wps | Kind::Et | Kind::Jb) {
            return Ok(());
        }
        let _turn = LOOKING.acquire().await.map_err(|_| FilesError::Broken("the server stops".into()))?;
        let from = Stored { files: self.clone(), key: key.to_owned(), lock: lock.clone(), at: 0, held: (0, Bytes::new()) };
        let looked = tokio::task::spawn_blocking(move || of_kind(from, kind)).await;
        Ok(looked.map_err(|e| FilesError::Store(Box::new(e)))??)
    }
}

/// A stored file, read where one likes.
struct Stored {
    files: Files,
    key: String,
    lock: FileKey,
    at: u64,
    held: (u64, Bytes),
}

impl Read for Stored {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.lock.size || to.is_empty() {
            return Ok(0);
        }
        let (from, bytes) = &self.held;
        if self.at < *from || self.at >= from + bytes.len() as u64 {
            let run = self.at..(self.at + RUN).min(self.lock.size);
            let (files, key, lock) = (self.files.clone(), self.key.clone(), self.lock.clone());
            let read = async move {
                let pieces: Vec<Bytes> = files.read_run(&key, &lock, run).await?.try_collect().await?;
                Ok::<_, FilesError>(pieces.concat())
            };
            let bytes = tokio::runtime::Handle::current().block_on(read).map_err(io::Error::other)?;
            self.held = (self.at, bytes.into());
        }
        let (from, bytes) = &self.held;
        let rest = &bytes[usize::try_from(self.at - from).unwrap_or(usize::MAX).min(bytes.len())..];
        let n = rest.len().min(to.len());
        to[..n].copy_from_slice(&rest[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Stored {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.lock.size.checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// What is wrong with a file of this kind, if anything is.
pub fn of_kind(mut from: impl Read + Seek, kind: Kind) -> Result<(), KindFault> {
    match kind {
        Kind::Pdf => pdf(from),
        Kind::Png | Kind::Jpg => {
            let mut head = vec![];
            from.take(PICTURE).read_to_end(&mut head).map_err(|_| KindFault::CutOff)?;
            let pixels = if kind == Kind::Png { png(&head) } else { jpg(&head) };
            match pixels {
                Some(pixels) if pixels > IMAGE_PIXELS.most => Err(KindFault::Pixels { pixels }),
                _ => Ok(()),
            }
        }
        Kind::Ofd | Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::Zip => {
            few(&mut from)?;
            archive(from, kind)
        }
        Kind::Wps | Kind::Et | Kind::Jb => Ok(()),
    }
}

/// How many entries an archive says it has, before a list of them is made.
fn few(from: &mut (impl Read + Seek)) -> Result<(), KindFault> {
    let cut = |_| KindFault::CutOff;
    let size = from.seek(SeekFrom::End(0)).map_err(cut)?;
    from.seek(SeekFrom::Start(size.saturating_sub(22 + 65_535 + 20))).map_err(cut)?;
    let mut tail = vec![];
    from.take(22 + 65_535 + 20).read_to_end(&mut tail).map_err(cut)?;
    let end = tail.windows(4).rposition(|w| w == b"PK\x05\x06").ok_or(KindFault::CutOff)?;
    let count = tail.get(end + 10..end + 12).map_or(u16::MAX, |b| u16::from_le_bytes([b[0], b[1]]));
    // The form for archives of many entries or of more than 4 GiB: none that is taken needs it.
    let large = end >= 20 && tail[end - 20..].starts_with(b"PK\x06\x07");
    if large || u64::from(count) > ARCHIVE_ENTRIES.most { Err(KindFault::Entries) } else { Ok(()) }
}

fn archive(from: impl Read + Seek, kind: Kind) -> Result<(), KindFault> {
    let mut zip = zip::ZipArchive::new(from).map_err(|_| KindFault::CutOff)?;
    if zip.len() > ARCHIVE_ENTRIES.count() {
        return Err(KindFault::Entries);
    }
    let (mut packed, mut claimed) = (0u64, 0u64);
    for n in 0..zip.len() {
        let entry = zip.by_index_raw(n).map_err(|_| KindFault::CutOff)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        named(&name, kind)?;
        if entry.is_symlink() || entry.unix_mode().is_some_and(|m| !matches!(m & 0o170_000, 0 | 0o040_000 | 0o100_000)) {
            return Err(KindFault::Link { entry: name });
        }
        packed = packed.saturating_add(entry.compressed_size());
        claimed = claimed.saturating_add(entry.size());
        burst(claimed, packed)?;
    }
    unpack(&mut zip, kind, packed)
}

fn burst(unpacked: u64, packed: u64) -> Result<(), KindFault> {
    let tight = unpacked > SMALL && unpacked > packed.max(1).saturating_mul(ARCHIVE_RATIO.most);
    if tight || unpacked > ARCHIVE_UNPACKED.most { Err(KindFault::Ratio) } else { Ok(()) }
}

fn named(name: &str, kind: Kind) -> Result<(), KindFault> {
    let plain = name.replace('\\', "/");
    let drive = plain.as_bytes().get(1) == Some(&b':');
    if plain.starts_with('/') || drive || plain.split('/').any(|part| part == "..") || plain.contains('\0') {
        return Err(KindFault::Path { entry: shown(name) });
    }
    let lower = plain.trim_end_matches(['/', '.', ' ']).to_lowercase();
    let ending = lower.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("", |(_, ending)| ending);
    if PROGRAMS.contains(&ending) {
        return Err(KindFault::Program { entry: shown(name) });
    }
    if ARCHIVES.contains(&ending) {
        return Err(KindFault::Nested { entry: shown(name) });
    }
    if kind != Kind::Zip && lower.ends_with("vbaproject.bin") { Err(KindFault::Macro) } else { Ok(()) }
}

/// A name as a sentence has it.
fn shown(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '·' } else { c }).take(80).collect()
}

/// Unpacks all of it, piece by piece, into nothing: sizes that were lied about, programs and archives under other names, and what an
/// office document says that it has in it.
fn unpack(zip: &mut zip::ZipArchive<impl Read + Seek>, kind: Kind, packed: u64) -> Result<(), KindFault> {
    let mut unpacked = 0u64;
    let mut piece = vec![0; 64 * 1024];
    for n in 0..zip.len() {
        let mut entry = zip.by_index(n).map_err(|_| KindFault::Unread)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let types = kind != Kind::Zip && (name == "[Content_Types].xml" || name.to_lowercase().ends_with(".rels"));
        let (mut first, mut words) = (true, Words::default());
        loop {
            let read = entry.read(&mut piece).map_err(|_| KindFault::Unread)?;
            if read == 0 {
                break;
            }
            unpacked += read as u64;
            burst(unpacked, packed)?;
            if std::mem::take(&mut first) {
                begins(&piece[..read], &name, kind)?;
            }
            if types && words.found(&piece[..read], &[b"macroenabled", b"vbaproject", b"activex"]) {
                return Err(KindFault::Macro);
            }
        }
    }
    Ok(())
}

fn begins(head: &[u8], name: &str, kind: Kind) -> Result<(), KindFault> {
    let program = head.starts_with(b"MZ") || head.starts_with(b"\x7fELF") || head.starts_with(b"#!");
    if program {
        return Err(KindFault::Program { entry: shown(name) });
    }
    let office = [".docx", ".xlsx", ".pptx", ".ofd"].iter().any(|ending| name.to_lowercase().ends_with(ending));
    let packed = head.starts_with(b"PK\x03\x04")
        || head.starts_with(b"Rar!")
        || head.starts_with(b"7z\xbc\xaf")
        || head.starts_with(&[0x1f, 0x8b]);
    if packed && !office && kind == Kind::Zip { Err(KindFault::Nested { entry: shown(name) }) } else { Ok(()) }
}

/// Words looked for in what goes by, small and capital alike, also across two pieces.
#[derive(Default)]
struct Words {
    last: Vec<u8>,
}

impl Words {
    const LONGEST: usize = 32;

    fn found(&mut self, piece: &[u8], words: &[&[u8]]) -> bool {
        self.last.extend(piece.iter().map(u8::to_ascii_lowercase));
        let found = words.iter().any(|word| self.last.windows(word.len()).any(|w| w == *word));
        let keep = self.last.len().saturating_sub(Self::LONGEST);
        self.last.drain(..keep);
        found
    }
}

/// A PDF that runs or starts something when it is opened. Names may be written with `#`; what stands in packed streams is not seen.
fn pdf(mut from: impl Read) -> Result<(), KindFault> {
    let mut piece = vec![0; 64 * 1024];
    let (mut words, mut plain) = (Words::default(), Unescaped::default());
    loop {
        let read = from.read(&mut piece).map_err(|_| KindFault::CutOff)?;
        if read == 0 {
            return Ok(());
        }
        let text = plain.of(&piece[..read]);
        if words.found(&text, &[b"/javascript", b"/launch", b"/js(", b"/js (", b"/js<", b"/richmedia", b"/embeddedfile"]) {
            return Err(KindFault::Active);
        }
    }
}

/// `#4A` is `J`.
#[derive(Default)]
struct Unescaped {
    rest: Vec<u8>,
}

impl Unescaped {
    fn of(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(piece);
        let mut out = Vec::with_capacity(all.len());
        let mut at = 0;
        while at < all.len() {
            if all[at] == b'#' && at + 2 >= all.len() {
                break;
            }
            let digit = |n: usize| char::from(all[n]).to_digit(16);
            match (all[at] == b'#').then(|| digit(at + 1).zip(digit(at + 2))).flatten() {
                Some((high, low)) => {
                    out.push(u8::try_from(high * 16 + low).unwrap_or(0));
                    at += 3;
                }
                None => {
                    out.push(all[at]);
                    at += 1;
                }
            }
        }
        self.rest = all[at..].to_vec();
        out
    }
}

fn be(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))
}

fn png(head: &[u8]) -> Option<u64> {
    be(head.get(16..20)?).checked_mul(be(head.get(20..24)?))
}

/// Hops from segment to segment until one says how large the picture is.
fn jpg(head: &[u8]) -> Option<u64> {
    let mut at = 2;
    loop {
        let marker = head.get(at..at + 4)?;
        if marker[0] != 0xFF {
            return None;
        }
        if matches!(marker[1], 0xC0..=0xCF) && !matches!(marker[1], 0xC4 | 0xC8 | 0xCC) {
            return be(head.get(at + 5..at + 7)?).checked_mul(be(head.get(at + 7..at + 9)?));
        }
        if marker[1] == 0xFF {
            at += 1;
            continue;
        }
        at += 2 + usize::try_from(be(&marker[2..4])).ok()?;
    }
}

//! What may be attached: told by name, beginning and end together.
use super::*;

/// The last bytes that went by.
#[derive(Default)]
pub(super) struct Tail {
    pub(super) bytes: Vec<u8>,
}

impl Tail {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        if chunk.len() >= TAIL {
            self.bytes.clear();
        }
        self.bytes.extend_from_slice(&chunk[chunk.len().saturating_sub(4 * TAIL)..]);
        // Cut down in large steps: moving 64 KiB for every small chunk would cost more than the hash.
        if self.bytes.len() > 4 * TAIL {
            self.bytes.drain(..self.bytes.len() - TAIL);
        }
    }

    pub(super) fn whole(&self, size: u64) -> bool {
        self.bytes.len() as u64 == size
    }
}

/// What may be attached: the reading formats of Chinese offices, pictures, and archives of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Pdf,
    Ofd,
    Docx,
    Xlsx,
    Pptx,
    Wps,
    Et,
    Png,
    Jpg,
    Zip,
    /// A sealed bid (docs/seal.md).
    Jb,
}

/// Why a file is not taken. `id()` names the reason for translation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindFault {
    #[error("the file is empty")]
    Empty,
    #[error("the file name is empty, too long, or has characters that hide what it is")]
    Name,
    #[error("files ending in .{extension} are not taken")]
    Extension { extension: String },
    #[error("the name has two file types: .{inner}.{outer}")]
    Double { inner: String, outer: String },
    #[error("the name says .{claimed}, the content is not")]
    Content { claimed: &'static str },
    #[error("the file is of two types at once")]
    Polyglot,
    #[error("the document carries a program (macro)")]
    Macro,
    #[error("the archive is cut off")]
    CutOff,
    #[error("{entry} in the archive leads out of its folder")]
    Path { entry: String },
    #[error("{entry} in the archive is a link")]
    Link { entry: String },
    #[error("the archive has too many entries")]
    Entries,
    #[error("the archive unpacks to far more than it is")]
    Ratio,
    #[error("{entry} in the archive is an archive")]
    Nested { entry: String },
    #[error("{entry} in the archive is a program")]
    Program { entry: String },
    #[error("the picture has {pixels} pixels")]
    Pixels { pixels: u64 },
    #[error("the PDF runs or starts something")]
    Active,
    #[error("the archive can't be looked into")]
    Unread,
    #[error("the virus scanner found {name}")]
    Virus { name: String },
}

impl KindFault {
    pub fn id(&self) -> &'static str {
        match self {
            KindFault::Empty => "empty",
            KindFault::Name => "name",
            KindFault::Extension { .. } => "extension",
            KindFault::Double { .. } => "double",
            KindFault::Content { .. } => "content",
            KindFault::Polyglot => "polyglot",
            KindFault::Macro => "macro",
            KindFault::CutOff => "cut_off",
            KindFault::Path { .. } => "path",
            KindFault::Link { .. } => "link",
            KindFault::Entries => "entries",
            KindFault::Ratio => "ratio",
            KindFault::Nested { .. } => "nested",
            KindFault::Program { .. } => "program",
            KindFault::Pixels { .. } => "pixels",
            KindFault::Active => "active",
            KindFault::Unread => "unread",
            KindFault::Virus { .. } => "virus",
        }
    }
}

/// Endings that make a name double when they stand before the last one. `plan.v2.pdf` and `第1.2版.pdf` are no double.
const PROGRAMS: &[&str] = &[
    "ade", "apk", "app", "asp", "aspx", "bat", "bin", "chm", "cgi", "cmd", "com", "cpl", "crx", "deb", "dll", "dmg", "doc",
    "docm", "dotm", "elf", "exe", "gz", "hta", "htm", "html", "inf", "iso", "jar", "js", "jse", "jsp", "jspx", "lnk", "mht",
    "mhtml", "mjs", "msi", "php", "phtml", "pif", "pl", "potm", "ppam", "ppsm", "ppt", "pptm", "ps1", "py", "rar", "rb", "reg",
    "rpm", "rtf", "scr", "sh", "shtml", "so", "svg", "svgz", "swf", "tar", "url", "vb", "vbe", "vbs", "war", "wasm", "wsf",
    "xhtml", "xlam", "xls", "xlsb", "xlsm", "xltm", "xml", "xsl",
];

impl Kind {
    pub const ALL: &'static [Kind] = &[
        Kind::Pdf,
        Kind::Ofd,
        Kind::Docx,
        Kind::Xlsx,
        Kind::Pptx,
        Kind::Wps,
        Kind::Et,
        Kind::Png,
        Kind::Jpg,
        Kind::Zip,
        Kind::Jb,
    ];

    /// Also what the database keeps.
    pub const fn id(self) -> &'static str {
        match self {
            Kind::Pdf => "pdf",
            Kind::Ofd => "ofd",
            Kind::Docx => "docx",
            Kind::Xlsx => "xlsx",
            Kind::Pptx => "pptx",
            Kind::Wps => "wps",
            Kind::Et => "et",
            Kind::Png => "png",
            Kind::Jpg => "jpg",
            Kind::Zip => "zip",
            Kind::Jb => "jb",
        }
    }

    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.id() == id)
    }

    /// For Content-Type.
    pub const fn mime(self) -> &'static str {
        match self {
            Kind::Pdf => "application/pdf",
            Kind::Ofd => "application/ofd",
            Kind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Kind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Kind::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Kind::Wps => "application/wps-office.wps",
            Kind::Et => "application/wps-office.et",
            Kind::Png => "image/png",
            Kind::Jpg => "image/jpeg",
            Kind::Zip => "application/zip",
            Kind::Jb => "application/octet-stream",
        }
    }

    /// Name ∩ content ∩ what we take. `head` is the first `HEAD` bytes, or the whole file when it is shorter.
    pub fn of(name: &str, head: &[u8]) -> Result<Kind, KindFault> {
        let claimed = Self::of_name(name)?;
        if head.is_empty() {
            return Err(KindFault::Empty);
        }
        let fault = KindFault::Content { claimed: claimed.id() };
        let fits = match claimed {
            Kind::Pdf => head.starts_with(b"%PDF-"),
            Kind::Jb => head.starts_with(b"JB-SEAL-1\n"),
            Kind::Png => infer::image::is_png(head) && head.get(12..16) == Some(b"IHDR"),
            Kind::Jpg => infer::image::is_jpeg(head),
            // The two old WPS formats are OLE containers, as are .doc and .xls, which WPS opens under these names.
            Kind::Wps | Kind::Et => head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
            Kind::Ofd | Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::Zip => {
                if !head.starts_with(ENTRY) {
                    return Err(fault);
                }
                claimed.fits_entries(&local_names(head), false)
            }
        };
        if !fits {
            return Err(fault);
        }
        claimed.refuse_second_type(head)?;
        Ok(claimed)
    }

    /// What the name alone allows.
    pub fn of_name(name: &str) -> Result<Kind, KindFault> {
        let hides = |c: char| {
            c.is_control()
                || matches!(c, '/' | '\\' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        if name.trim().is_empty() || name.len() > 255 || name.chars().any(hides) {
            return Err(KindFault::Name);
        }
        let lower = name.to_lowercase();
        let mut parts = lower.split('.').skip(1).collect::<Vec<_>>();
        let outer = parts.pop().unwrap_or_default();
        let known = match outer {
            "jpeg" => Some(Kind::Jpg),
            other => Kind::parse(other),
        };
        let kind = known.ok_or_else(|| KindFault::Extension { extension: outer.to_owned() })?;
        let inner = parts.into_iter().map(str::trim);
        match inner.into_iter().find(|p| PROGRAMS.contains(p) || *p == "jpeg" || Kind::parse(p).is_some()) {
            Some(inner) => Err(KindFault::Double { inner: inner.to_owned(), outer: outer.to_owned() }),
            None => Ok(kind),
        }
    }

    /// Is a zip with these entries what the name says? With only the beginning seen, an office document may not
    /// have shown its main folder yet; then its end decides (`check_tail`).
    fn fits_entries(self, names: &[&[u8]], all: bool) -> bool {
        let under = |folder: &[u8]| names.iter().any(|n| n.starts_with(folder));
        let is = |name: &[u8]| names.contains(&name);
        let office = under(b"word/") || under(b"xl/") || under(b"ppt/");
        let packaged = is(b"[Content_Types].xml") || under(b"_rels/") || under(b"docProps/") || under(b"customXml/");
        let own = match self {
            Kind::Docx => under(b"word/") && !under(b"xl/") && !under(b"ppt/"),
            Kind::Xlsx => under(b"xl/") && !under(b"word/") && !under(b"ppt/"),
            Kind::Pptx => under(b"ppt/") && !under(b"word/") && !under(b"xl/"),
            Kind::Ofd => is(b"OFD.xml") || (!all && under(b"Doc_")),
            // Documents and programs in zip clothes go by their own names.
            _ => {
                let office = office && is(b"[Content_Types].xml");
                return !(office || is(b"OFD.xml") || is(b"META-INF/MANIFEST.MF") || is(b"AndroidManifest.xml"));
            }
        };
        own || (!all && !office && packaged && self != Kind::Ofd)
    }

    fn refuse_second_type(self, head: &[u8]) -> Result<(), KindFault> {
        let has = |needle: &[u8]| head.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle));
        let page = [&b"<html"[..], b"<!doctype html", b"<script", b"<?php"].into_iter().any(has);
        let pdf = head.windows(5).take(1024).any(|w| w == b"%PDF-");
        let entry = || head.windows(30).any(|w| w.starts_with(ENTRY) && w[4] < 64 && w[5] == 0 && w[26..28] != [0, 0]);
        let second = match self {
            Kind::Zip | Kind::Jb => false, // these may hold any of the others
            Kind::Pdf => page || entry(),
            Kind::Png | Kind::Jpg => page || pdf || entry(),
            _ => page || pdf,
        };
        if second { Err(KindFault::Polyglot) } else { Ok(()) }
    }

    /// What only the end of a file shows: an archive behind a picture, a macro in a document, a cut-off archive.
    /// `whole` says that `tail` is all of the file.
    pub fn check_tail(self, tail: &[u8], whole: bool) -> Result<(), KindFault> {
        let end = zip_end(tail);
        match self {
            Kind::Pdf | Kind::Png | Kind::Jpg if end.is_some() => Err(KindFault::Polyglot),
            Kind::Pdf | Kind::Png | Kind::Jpg | Kind::Wps | Kind::Et | Kind::Jb => Ok(()),
            Kind::Ofd | Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::Zip => {
                let (at, count, length) = end.ok_or(KindFault::CutOff)?;
                // A list of contents too long for the tail belongs to a large archive: the beginning has decided.
                let Some(list) = at.checked_sub(length).and_then(|from| tail.get(from..at)) else {
                    return if whole { Err(KindFault::CutOff) } else { Ok(()) };
                };
                let names = listed_names(list, count).ok_or(KindFault::CutOff)?;
                if self != Kind::Zip && names.iter().any(|n| n.to_ascii_lowercase().ends_with(b"vbaproject.bin")) {
                    return Err(KindFault::Macro);
                }
                match self.fits_entries(&names, true) {
                    true => Ok(()),
                    false => Err(KindFault::Content { claimed: self.id() }),
                }
            }
        }
    }
}

const ENTRY: &[u8] = b"PK\x03\x04";

fn le16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

/// Entry names of the beginning of a zip. Entries are hopped over where their length stands in front, and searched for
/// where it does not (streamed zips).
fn local_names(head: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(header) = head.get(at..).filter(|h| h.starts_with(ENTRY)) {
        let (Some(flags), Some(packed), Some(name), Some(extra)) =
            (le16(header, 6), le32(header, 18), le16(header, 26), le16(header, 28))
        else {
            break;
        };
        names.extend(header.get(30..30 + name));
        let data = at + 30 + name + extra;
        at = if flags & 8 == 0 {
            data.saturating_add(packed)
        } else {
            let rest = head.get(data..).unwrap_or_default();
            match rest.windows(4).position(|w| w == ENTRY) {
                Some(next) => data + next,
                None => break,
            }
        };
    }
    names
}

/// The record at the very end of a zip: where it stands, the number of entries, the length of their list.
fn zip_end(tail: &[u8]) -> Option<(usize, usize, usize)> {
    let last = tail.len().checked_sub(22)?;
    (0..=last).rev().find_map(|at| {
        let record = &tail[at..];
        let closes = record.starts_with(b"PK\x05\x06") && le16(record, 20)? + 22 == record.len();
        closes.then_some((at, le16(record, 10)?, le32(record, 12)?))
    })
}

fn listed_names(list: &[u8], count: usize) -> Option<Vec<&[u8]>> {
    let mut names = Vec::new();
    let mut rest = list;
    for _ in 0..count {
        if !rest.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name, extra, comment) = (le16(rest, 28)?, le16(rest, 30)?, le16(rest, 32)?);
        names.push(rest.get(46..46 + name)?);
        rest = rest.get(46 + name + extra + comment..)?;
    }
    Some(names)
}

/// Whether a file that begins so, and is so long, can be of a kind that we take: asked before the rest of it has come.
pub fn check_head(name: &str, beginning: &[u8], length: u64) -> Result<(), KindFault> {
    let enough = beginning.len() >= HEAD || beginning.len() as u64 == length;
    if enough { Kind::of(name, &beginning[..beginning.len().min(HEAD)]).map(|_| ()) } else { Ok(()) }
}

//! The file that carries a record away (docs/record.md): one JSON object a line, each written one way only, so that a line
//! that reads but is written otherwise is refused. The last line signs the number of lines and the hash of all bytes before.
use super::note::{Checkpoint, PublicKey, SecretKey, open};
use super::tree::Hash;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use sha2::{Digest, Sha256};

pub const FORMAT: &str = "jiebang-record-1";

/// How much of a record a file carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every entry in the clear.
    Full,
    /// Public entries in the clear, of all others only what stands in the tree.
    Public,
}

impl Scope {
    pub const fn id(self) -> &'static str {
        match self {
            Scope::Full => "full",
            Scope::Public => "public",
        }
    }
}

/// One line, as it was read; entries borrow from it.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Head { key: PublicKey, scope: Scope },
    Entry { seq: u64, leaf: Hash, salt: [u8; 32], body: &'a str },
    Hidden { seq: u64, leaf: Hash },
    Checkpoint { note: String },
    End { note: String },
}

/// Reads one line, without its end; what it says must be written as `Writer` writes it.
pub fn read(line: &str) -> Option<Line<'_>> {
    if line.starts_with(r#"{"body":"#) {
        return entry(line);
    }
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str);
    let (read, written) = if let Some(format) = text("format") {
        let scope = [Scope::Full, Scope::Public].into_iter().find(|s| Some(s.id()) == text("scope"))?;
        let key: PublicKey = text("key")?.parse().ok()?;
        (format == FORMAT).then_some(())?;
        let written = head(&key, scope);
        (Line::Head { key, scope }, written)
    } else if let Some(note) = text("checkpoint") {
        (Line::Checkpoint { note: note.to_owned() }, checkpoint(note))
    } else if let Some(note) = text("end") {
        (Line::End { note: note.to_owned() }, end(note))
    } else {
        let (seq, leaf) = (value.get("seq")?.as_u64()?, hash(text("leaf")?)?);
        (Line::Hidden { seq, leaf }, hidden(seq, &leaf))
    };
    (written == line).then_some(read)
}

/// `{"body":…,"leaf":"…","salt":"…","seq":…}`, read from its end: the body is everything before.
fn entry(line: &str) -> Option<Line<'_>> {
    const HEX: usize = 64;
    let (rest, seq) = line.strip_suffix('}')?.rsplit_once(r#"","seq":"#)?;
    let seq: u64 = seq.parse().ok()?;
    let (rest, salt) = rest.split_at_checked(rest.len().checked_sub(HEX)?)?;
    let rest = rest.strip_suffix(r#"","salt":""#)?;
    let (rest, leaf) = rest.split_at_checked(rest.len().checked_sub(HEX)?)?;
    let body = rest.strip_suffix(r#","leaf":""#)?.strip_prefix(r#"{"body":"#)?;
    let (leaf, salt) = (hash(leaf)?, hash(salt)?);
    let tail = line.len() - r#","leaf":"","salt":"","seq":}"#.len() - 2 * HEX - body.len() - r#"{"body":"#.len();
    (tail == seq.to_string().len() && body.starts_with('{') && body.ends_with('}')).then_some(Line::Entry {
        seq,
        leaf,
        salt,
        body,
    })
}

/// 64 lower-case digits.
fn hash(text: &str) -> Option<Hash> {
    let lower = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if lower { hex::decode(text).ok()?.try_into().ok() } else { None }
}

fn head(key: &PublicKey, scope: Scope) -> String {
    json!({ "format": FORMAT, "key": key.to_string(), "scope": scope.id() }).to_string()
}

fn hidden(seq: u64, leaf: &Hash) -> String {
    format!(r#"{{"leaf":"{}","seq":{seq}}}"#, hex::encode(leaf))
}

fn checkpoint(note: &str) -> String {
    json!({ "checkpoint": note }).to_string()
}

fn end(note: &str) -> String {
    json!({ "end": note }).to_string()
}

/// What the last line signs.
fn manifest(key: &PublicKey, lines: u64, sha256: &Hash) -> String {
    format!("{FORMAT}\n{}\n{lines}\n{}\n", key.name, STANDARD.encode(sha256))
}

/// Counts and hashes lines as they pass, whether written or read.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    lines: u64,
    hash: Sha256,
}

impl Tally {
    pub fn pass(&mut self, line: &str) {
        self.lines += 1;
        self.hash.update(line);
        self.hash.update("\n");
    }

    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Does this note sign what passed?
    pub fn is_signed_by(&self, note: &str, key: &PublicKey) -> bool {
        open(note, key).is_ok_and(|text| text == manifest(key, self.lines, &self.hash.clone().finalize().into()))
    }
}

/// Writes a record line by line; each line is given back with its end.
#[derive(Debug)]
pub struct Writer<'a> {
    key: &'a SecretKey,
    tally: Tally,
}

impl<'a> Writer<'a> {
    pub fn new(key: &'a SecretKey) -> Self {
        Self { key, tally: Tally::default() }
    }

    fn line(&mut self, mut line: String) -> String {
        self.tally.pass(&line);
        line.push('\n');
        line
    }

    pub fn head(&mut self, scope: Scope) -> String {
        self.line(head(self.key.public(), scope))
    }

    /// One entry: in the clear, with its salt and its body exactly as it was written.
    pub fn entry(&mut self, seq: u64, leaf: &Hash, salt: &[u8], body: &str) -> String {
        let (leaf, salt) = (hex::encode(leaf), hex::encode(salt));
        self.line(format!(r#"{{"body":{body},"leaf":"{leaf}","salt":"{salt}","seq":{seq}}}"#))
    }

    pub fn hidden(&mut self, seq: u64, leaf: &Hash) -> String {
        self.line(hidden(seq, leaf))
    }

    pub fn checkpoint(&mut self, note: &str) -> String {
        self.line(checkpoint(note))
    }

    /// The last line, signed over all before it.
    pub fn end(self) -> String {
        let text = manifest(self.key.public(), self.tally.lines, &self.tally.hash.finalize().into());
        end(&self.key.sign(&text)) + "\n"
    }

    /// A checkpoint of what has been written, for records that are made in one go.
    pub fn sign(&mut self, size: u64, root: Hash) -> String {
        let note = Checkpoint { origin: self.key.public().name.clone(), size, root }.sign(self.key);
        self.checkpoint(&note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_back_and_no_other_spelling_of_it() {
        let key = SecretKey::new("jiebang.example/log", [1; 32]).unwrap();
        let mut w = Writer::new(&key);
        let body = r#"{"a":"\"leaf\":\"","seq":1}"#;
        let lines = [w.head(Scope::Public), w.entry(1, &[2; 32], &[3; 32], body), w.hidden(2, &[4; 32]), w.sign(2, [5; 32])];
        let end = w.end();
        let mut tally = Tally::default();
        let read_all: Vec<_> = lines.iter().map(|l| read(l.trim_end_matches('\n')).unwrap()).collect();
        assert_eq!(read_all[1], Line::Entry { seq: 1, leaf: [2; 32], salt: [3; 32], body });
        assert_eq!(read_all[2], Line::Hidden { seq: 2, leaf: [4; 32] });
        lines.iter().for_each(|l| tally.pass(l.trim_end_matches('\n')));
        let Some(Line::End { note }) = read(end.trim_end_matches('\n')) else { panic!("no end") };
        assert!(tally.is_signed_by(&note, key.public()));
        for line in lines.iter().map(|l| l.trim_end_matches('\n')) {
            let number = line.replace("\"seq\":1}", "\"seq\":01}").replace("seq\":2", "seq\":+2");
            for other in [format!(" {line}"), format!("{line} "), line.replacen(':', ": ", 1), number, line.to_uppercase()] {
                assert!(
                    other == line || read(&other).is_none_or(|l| matches!(l, Line::Entry { body: b, .. } if b != body)),
                    "{other}"
                );
            }
        }
        tally.pass("");
        assert!(!tally.is_signed_by(&note, key.public()));
    }
}

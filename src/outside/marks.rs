//! What a document says of its making: the author of a PDF, the creator of an Office file. Read in bounds: a document is given
//! whole or cut off, and nothing in it can make the reading longer.
use std::io::{Cursor, Read};

/// Bytes of one document that are looked at.
pub const MOST: usize = 20 * 1024 * 1024;
/// Bytes of one part of an Office file, unpacked.
const PART_MOST: u64 = 256 * 1024;
/// Characters of one name.
const NAME_MOST: usize = 120;

/// `author`, `last_modified_by`, `creator`, `producer`, each with what stands there.
pub type Marks = Vec<(&'static str, String)>;

/// The marks of a document by its bytes; none of what is neither PDF nor Office.
pub fn of(bytes: &[u8]) -> Marks {
    let mut out = if bytes.starts_with(b"%PDF") {
        pdf(bytes)
    } else if bytes.starts_with(b"PK\x03\x04") {
        office(bytes)
    } else {
        vec![]
    };
    for (_, name) in &mut out {
        *name = name.trim().chars().filter(|c| !c.is_control()).take(NAME_MOST).collect();
    }
    out.retain(|(_, name)| !name.is_empty());
    out.sort();
    out.dedup();
    out
}

fn pdf(bytes: &[u8]) -> Marks {
    let mut out = vec![];
    for (key, name) in [(&b"/Author"[..], "author"), (b"/Creator", "creator"), (b"/Producer", "producer")] {
        out.extend(places(bytes, key).take(8).filter_map(|at| Some((name, string(&bytes[at + key.len()..])?))));
    }
    for (tag, name) in [("dc:creator", "author"), ("xmp:CreatorTool", "creator"), ("pdf:Producer", "producer")] {
        out.extend(element(bytes, tag).map(|text| (name, text)));
    }
    out
}

fn places<'a>(bytes: &'a [u8], key: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(key.len()).enumerate().filter(move |(_, w)| *w == key).map(|(at, _)| at)
}

/// A string of PDF, `(…)` or `<hex>`, at the beginning of what follows a key.
fn string(rest: &[u8]) -> Option<String> {
    let blank = rest.iter().take(8).take_while(|b| b.is_ascii_whitespace()).count();
    let rest = &rest[blank..rest.len().min(blank + 1000)];
    let raw = match rest.first()? {
        b'(' => literal(&rest[1..]),
        b'<' if rest.get(1) != Some(&b'<') => {
            let digits: Vec<u8> =
                rest[1..].iter().take_while(|b| **b != b'>').filter(|b| b.is_ascii_hexdigit()).copied().collect();
            hex::decode(&digits[..digits.len() / 2 * 2]).ok()?
        }
        _ => return None,
    };
    Some(decoded(&raw))
}

/// The bytes up to the bracket that closes, escapes undone.
fn literal(rest: &[u8]) -> Vec<u8> {
    let (mut out, mut depth, mut at) = (vec![], 0, 0);
    while let Some(b) = rest.get(at).copied() {
        at += 1;
        match b {
            b'\\' => {
                let octal: Vec<u8> = rest[at..].iter().take(3).take_while(|d| (b'0'..=b'7').contains(d)).copied().collect();
                if octal.is_empty() {
                    out.extend(rest.get(at));
                    at += 1;
                } else {
                    at += octal.len();
                    let value = octal.iter().fold(0u32, |n, d| n * 8 + u32::from(d - b'0'));
                    out.push(u8::try_from(value & 0xff).unwrap_or(b'?'));
                }
            }
            b'(' => {
                depth += 1;
                out.push(b);
            }
            b')' if depth == 0 => break,
            b')' => {
                depth -= 1;
                out.push(b);
            }
            _ => out.push(b),
        }
    }
    out
}

fn decoded(raw: &[u8]) -> String {
    match raw {
        [0xfe, 0xff, rest @ ..] => {
            let units = rest.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or('?')).collect()
        }
        _ => String::from_utf8_lossy(raw).into_owned(),
    }
}

/// The text inside the first element of a name, lists and marks within it left out.
fn element(bytes: &[u8], tag: &str) -> Option<String> {
    let open = format!("<{tag}");
    let at = places(bytes, open.as_bytes()).next()?;
    let rest = &bytes[at..bytes.len().min(at + 4000)];
    let close = format!("</{tag}>");
    let end = places(rest, close.as_bytes()).next()?;
    let inner = String::from_utf8_lossy(&rest[..end]).into_owned();
    let (mut text, mut inside) = (String::new(), false);
    for c in inner.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    Some(text.trim().to_owned()).filter(|t| !t.is_empty())
}

fn office(bytes: &[u8]) -> Marks {
    let read = || {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
        let part = archive.by_name("docProps/core.xml").ok()?;
        let mut xml = vec![];
        part.take(PART_MOST).read_to_end(&mut xml).ok()?;
        Some(xml)
    };
    let Some(xml) = read() else { return vec![] };
    [("dc:creator", "author"), ("cp:lastModifiedBy", "last_modified_by")]
        .into_iter()
        .filter_map(|(tag, name)| Some((name, element(&xml, tag)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn docx(creator: &str, by: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
        zip.start_file("docProps/core.xml", zip::write::SimpleFileOptions::default()).unwrap();
        write!(
            zip,
            "<cp:coreProperties><dc:creator>{creator}</dc:creator><cp:lastModifiedBy>{by}</cp:lastModifiedBy></cp:coreProperties>"
        )
        .unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_pdf_names_its_author_plain_escaped_or_in_utf_16() {
        let one = |body: &str| of(format!("%PDF-1.7\n1 0 obj << {body} >> endobj").as_bytes());
        assert_eq!(one("/Author (Li \\(Ming\\))"), vec![("author", "Li (Ming)".to_owned())]);
        assert_eq!(
            one("/Author <FEFF674E660E> /Producer (WPS)"),
            vec![("author", "李明".to_owned()), ("producer", "WPS".to_owned())]
        );
        assert_eq!(one("/Author (never closed"), vec![("author", "never closed >> endobj".to_owned())]);
        assert_eq!(one("/Authority (no)"), vec![]);
        assert_eq!(of(b"plain /Author (no)"), vec![]);
    }

    #[test]
    fn an_office_file_names_its_creator_and_who_saved_it_last() {
        assert_eq!(of(&docx("李明", "王&amp;强")), vec![("author", "李明".to_owned()), ("last_modified_by", "王&强".to_owned())]);
        let cut = docx("李明", "王强");
        assert_eq!(of(&cut[..cut.len() / 2]), vec![], "a broken file says nothing");
    }

    #[test]
    fn a_part_that_unpacks_to_more_than_its_bound_is_read_to_the_bound() {
        let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
        zip.start_file("docProps/core.xml", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&vec![b' '; 4 * 1024 * 1024]).unwrap();
        zip.write_all("<dc:creator>李明</dc:creator>".as_bytes()).unwrap();
        assert_eq!(of(&zip.finish().unwrap().into_inner()), vec![]);
    }
}

//! Workbooks (XLSX) that people bring: the cells of the first sheet as text, cell by cell as they are unpacked. What holds or unpacks to
//! too much is refused before memory is taken for it, whatever it claims of itself.
use crate::domain::limits::*;
use calamine::{DataRef, Reader, Xlsx};
use std::io::{Cursor, Read};

/// Bytes of a workbook.
pub const BYTES_MOST: u64 = WORKBOOK_BYTES.most;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookFault {
    #[error("it is no workbook")]
    NotWorkbook,
    #[error("it holds too much")]
    TooMuch,
}

/// Rows of the first sheet, from its first line on: numbers as they are written shortest, days as `2026-03-09`.
pub fn rows(bytes: Vec<u8>) -> Result<Vec<Vec<String>>, WorkbookFault> {
    if bytes.len() as u64 > BYTES_MOST {
        return Err(WorkbookFault::TooMuch);
    }
    look_through(&bytes)?;
    let not = |_| WorkbookFault::NotWorkbook;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(not)?;
    let first = book.sheet_names().first().cloned().ok_or(WorkbookFault::NotWorkbook)?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(not)?;
    let mut rows: Vec<Vec<String>> = vec![];
    let (mut count, mut length) = (0, 0);
    while let Some(cell) = cells.next_cell().map_err(not)? {
        let (row, column) = cell.get_position();
        let (row, column, text) = (row as usize, column as usize, text(cell.get_value()));
        if text.is_empty() {
            continue;
        }
        count += 1;
        length += text.len();
        let too_far = row >= WORKBOOK_ROWS.count() || column >= WORKBOOK_COLUMNS.count();
        if too_far || count > WORKBOOK_CELLS.count() || length > WORKBOOK_TEXT.count() {
            return Err(WorkbookFault::TooMuch);
        }
        if rows.len() <= row {
            rows.resize_with(row + 1, Vec::new);
        }
        if rows[row].len() <= column {
            // What stands before a cell takes memory too.
            count += column - rows[row].len();
            rows[row].resize_with(column + 1, String::new);
        }
        rows[row][column] = text;
    }
    Ok(rows)
}

/// Unpacks every part once, piece by piece: what all of it comes to, how many elements the parts have that the reader keeps in
/// memory, and how many strings one says that it has, for which room is made unseen.
fn look_through(bytes: &[u8]) -> Result<(), WorkbookFault> {
    let not = |_| WorkbookFault::NotWorkbook;
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(not)?;
    if zip.len() > ARCHIVE_ENTRIES.count() {
        return Err(WorkbookFault::TooMuch);
    }
    let mut unpacked = 0;
    for n in 0..zip.len() {
        let mut part = zip.by_index(n).map_err(|_| WorkbookFault::NotWorkbook)?;
        let streamed = part.name().is_ok_and(|name| name.to_ascii_lowercase().contains("worksheets/"));
        let (mut elements, mut claims) = (0, Claims::default());
        let mut piece = vec![0; 64 * 1024];
        loop {
            let read = part.read(&mut piece).map_err(|_| WorkbookFault::NotWorkbook)?;
            if read == 0 {
                break;
            }
            unpacked += read as u64;
            elements += piece[..read].iter().filter(|b| **b == b'<').count();
            if unpacked > WORKBOOK_UNPACKED.most
                || !streamed && elements > WORKBOOK_ELEMENTS.count()
                || claims.too_much(&piece[..read])
            {
                return Err(WorkbookFault::TooMuch);
            }
        }
    }
    Ok(())
}

/// Looks for `uniqueCount="N"` in what goes by.
#[derive(Default)]
struct Claims {
    /// How much of the name has matched; then the digits.
    matched: usize,
    number: u64,
}

impl Claims {
    const NAME: &[u8] = b"uniqueCount";

    fn too_much(&mut self, piece: &[u8]) -> bool {
        for byte in piece {
            if self.matched < Self::NAME.len() {
                let next = if *byte == Self::NAME[self.matched] { self.matched + 1 } else { usize::from(*byte == Self::NAME[0]) };
                self.matched = next;
                self.number = 0;
                continue;
            }
            match byte {
                b'0'..=b'9' => self.number = self.number.saturating_mul(10).saturating_add(u64::from(byte - b'0')),
                b'=' | b'"' | b'\'' | b' ' | b'\t' | b'\r' | b'\n' if self.number == 0 => {}
                _ => self.matched = 0,
            }
            if self.number > WORKBOOK_ELEMENTS.most {
                return true;
            }
        }
        false
    }
}

fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::DateTime(at) if at.is_datetime() => {
            let (y, m, d, ..) = at.to_ymd_hms_milli();
            format!("{y:04}-{m:02}-{d:02}")
        }
        // The shortest text that reads back as the same number: 540000.1 stays what was typed.
        DataRef::Float(n) => n.to_string(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Bool(b) => b.to_string(),
        DataRef::DateTime(at) => at.to_string(),
        DataRef::String(s) | DataRef::DateTimeIso(s) | DataRef::DurationIso(s) => s.trim().to_owned(),
        DataRef::SharedString(s) => s.trim().to_owned(),
        DataRef::Empty | DataRef::Error(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    fn book(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut book = Workbook::new();
        fill(book.add_worksheet());
        book.save_to_buffer().unwrap()
    }

    #[test]
    fn cells_come_out_as_people_see_them() {
        let bytes = book(|s| {
            let day = Format::new().set_num_format("yyyy-mm-dd");
            s.write_string(2, 0, "日期").unwrap().write_string(2, 1, "金额").unwrap().write_string(2, 2, "凭证号").unwrap();
            s.write_datetime_with_format(3, 0, ExcelDateTime::parse_from_str("2026-03-09").unwrap(), &day).unwrap();
            s.write_number(3, 1, 540_000.1).unwrap().write_string(3, 2, " 0001 ").unwrap();
            s.write_number(4, 1, 1_234_567).unwrap().write_formula(4, 2, "=1+1").unwrap();
        });
        let all = rows(bytes).unwrap();
        assert_eq!(all.len(), 5);
        assert!(all[0].is_empty() && all[1].is_empty());
        assert_eq!(all[2], ["日期", "金额", "凭证号"]);
        assert_eq!(all[3], ["2026-03-09", "540000.1", "0001"]);
        assert_eq!(all[4][1], "1234567");
    }

    #[test]
    fn what_is_no_workbook_or_too_much_is_refused() {
        assert_eq!(rows(b"%PDF-1.4".to_vec()), Err(WorkbookFault::NotWorkbook));
        assert_eq!(rows(vec![0; usize::try_from(BYTES_MOST).unwrap() + 1]), Err(WorkbookFault::TooMuch));
        let wide = book(|s| {
            s.write_string(0, 300, "x").unwrap().write_string(0, 0, "x").unwrap();
        });
        assert_eq!(rows(wide), Err(WorkbookFault::TooMuch));
        let far = book(|s| {
            s.write_string(30_000, 0, "x").unwrap().write_string(0, 0, "x").unwrap();
        });
        assert_eq!(rows(far), Err(WorkbookFault::TooMuch));
    }

    /// A workbook of these parts, as a program of one's own writes it.
    fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
        for (name, content) in parts {
            let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
            zip.start_file(*name, plain).unwrap();
            std::io::Write::write_all(&mut zip, content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    fn with_sheet(sheet: &str, strings: &str) -> Vec<u8> {
        let book = format!(
            "<workbook xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
        );
        let rels = format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
        );
        let root = format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        );
        packed(&[
            ("_rels/.rels", &root),
            ("xl/workbook.xml", &book),
            ("xl/_rels/workbook.xml.rels", &rels),
            ("xl/sharedStrings.xml", strings),
            ("xl/worksheets/sheet1.xml", sheet),
        ])
    }

    #[test]
    fn two_cells_at_the_ends_of_a_sheet_take_no_memory_and_are_refused() {
        let ends = "<worksheet><dimension ref=\"A1\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
                    <row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>";
        assert_eq!(rows(with_sheet(ends, "<sst></sst>")), Err(WorkbookFault::TooMuch));
        let near = ends.replace("1048576", "3").replace("XFD", "B");
        assert_eq!(
            rows(with_sheet(&near, "<sst></sst>")).unwrap(),
            vec![vec!["1".to_owned()], vec![], vec![String::new(), "1".into()]]
        );
    }

    #[test]
    fn what_a_workbook_claims_or_unpacks_to_is_bounded_before_it_is_believed() {
        let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>";
        let claims = "<sst uniqueCount=\"999999999999\"><si><t>a</t></si></sst>";
        assert_eq!(rows(with_sheet(sheet, claims)), Err(WorkbookFault::TooMuch), "room for strings that are not there");
        let many = format!("<sst>{}</sst>", "<si/>".repeat(WORKBOOK_ELEMENTS.count() + 1));
        assert_eq!(rows(with_sheet(sheet, &many)), Err(WorkbookFault::TooMuch));
        let long = format!("<sst><si><t>{}</t></si></sst>", " ".repeat(WORKBOOK_UNPACKED.count() + 1));
        assert_eq!(rows(with_sheet(sheet, &long)), Err(WorkbookFault::TooMuch));
        let mut full = "<worksheet><sheetData>".to_owned();
        for n in 1..=1_100 {
            full += &format!("<row r=\"{n}\">");
            for c in 0..200 {
                full += &format!("<c r=\"{}{n}\"><v>1</v></c>", column(c));
            }
            full += "</row>";
        }
        full += "</sheetData></worksheet>";
        assert_eq!(rows(with_sheet(&full, "<sst></sst>")), Err(WorkbookFault::TooMuch), "220,000 cells");
        assert_eq!(rows(with_sheet(sheet, "<sst uniqueCount=\"1\"><si><t>a</t></si></sst>")).unwrap(), [["1"]]);
    }

    /// `0` is `A`.
    fn column(n: usize) -> String {
        let letter = |n: usize| char::from(b'A' + u8::try_from(n).unwrap());
        if n < 26 { letter(n).to_string() } else { format!("{}{}", letter(n / 26 - 1), letter(n % 26)) }
    }
}

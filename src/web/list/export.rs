//! A list as a file: CSV for programs, XLSX for people, with the filters of the page. Numbers are numbers; no cell is a formula.
use super::*;
use crate::app::disposition;
use axum::{http::header, response::IntoResponse};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

/// The most rows of a file; a file that leaves some out says so.
pub const MOST: usize = 10_000;
/// What a cell of a workbook holds at most, in characters.
const CELL: usize = 32_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    Csv,
    Xlsx,
}

impl As {
    pub const ALL: [(As, &'static str); 2] = [(As::Xlsx, "xlsx"), (As::Csv, "csv")];
}

/// The file that is asked for by `format`, if one is.
pub fn wanted(ask: &Ask) -> Result<Option<As>, Problem> {
    named(ask.by.get("format").map(String::as_str))
}

/// What is not everybody's is taken away only by those who have just proved who they are.
pub fn proven(v: &Visitor) -> Result<(), Problem> {
    Ok(crate::domain::policy::prove(&v.actor, "list", "export").map_err(crate::app::Error::from)?)
}

/// The kind of file with this name.
pub fn named(format: Option<&str>) -> Result<Option<As>, Problem> {
    match format.filter(|f| !f.is_empty()) {
        None => Ok(None),
        Some(name) => match As::ALL.iter().find(|(_, n)| *n == name) {
            Some((kind, _)) => Ok(Some(*kind)),
            None => Err(Problem::faults(Faults::one("format", "choose"))),
        },
    }
}

/// What a file holds: columns, rows, and how it came about.
pub struct Sheet {
    pub title: String,
    pub columns: Vec<(String, &'static str)>,
    pub rows: Vec<Vec<Cell>>,
    pub about: Vec<(String, String)>,
}

impl Sheet {
    pub fn answer(&self, kind: As) -> Answer {
        let (bytes, media, end) = match kind {
            As::Csv => (self.csv().into_bytes(), "text/csv; charset=utf-8", "csv"),
            As::Xlsx => {
                let book = self.xlsx().map_err(|_| Problem::new("internal"))?;
                (book, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
            }
        };
        let name = disposition(&format!("{}.{end}", self.title));
        Ok(([(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
    }

    /// With a mark of UTF-8, which spreadsheets need for Chinese, and lines that end as RFC 4180 says.
    fn csv(&self) -> String {
        let mut out = String::from('\u{feff}');
        let heads: Vec<String> = self.columns.iter().map(|(label, _)| quoted(label)).collect();
        out.push_str(&heads.join(","));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|c| number(c).map_or_else(|| quoted(&harmless(&text(c))), plain)).collect();
            out.push_str("\r\n");
            out.push_str(&cells.join(","));
        }
        out + "\r\n"
    }

    /// Two sheets: the rows, and what they and their columns are.
    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        // The same rows give the same bytes, whenever they are asked for.
        book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?));
        let (bold, money) = (Format::new().set_bold(), Format::new().set_num_format("#,##0.00"));
        let rows = book.add_worksheet().set_name("1")?.set_freeze_panes(1, 0)?;
        for ((label, kind), n) in self.columns.iter().zip(0..) {
            rows.write_string_with_format(0, n, label, &bold)?.set_column_width(n, if *kind == "text" { 32 } else { 16 })?;
        }
        for (row, at) in self.rows.iter().zip(1..) {
            for (cell, n) in row.iter().zip(0..) {
                match number(cell) {
                    Some(value) if cell.kind == "money" => rows.write_number_with_format(at, n, value, &money)?,
                    Some(value) => rows.write_number(at, n, value)?,
                    None => rows.write_string(at, n, text(cell).chars().take(CELL).collect::<String>())?,
                };
            }
        }
        let about = book.add_worksheet().set_name("2")?.set_column_width(0, 24)?.set_column_width(1, 80)?;
        for ((name, value), at) in self.about.iter().zip(0..) {
            about.write_string_with_format(at, 0, name, &bold)?.write_string(at, 1, value)?;
        }
        book.save_to_buffer()
    }
}

/// The figure of a cell of money or of a number.
fn number(c: &Cell) -> Option<f64> {
    let figures = matches!(c.kind, "money" | "number").then(|| c.text.replace([',', '¥', ' '], ""))?;
    figures.parse().ok().filter(|n: &f64| n.is_finite())
}

fn plain(n: f64) -> String {
    n.to_string()
}

/// What stands in a cell, with its note.
fn text(c: &Cell) -> String {
    if c.note.is_empty() { c.text.clone() } else { format!("{} · {}", c.text, c.note) }
}

/// A spreadsheet takes what begins with these for a formula; an apostrophe makes it text.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.into()
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_every_figure_is_a_number() {
        let rows = vec![
            vec![Cell::text("=1+1"), Cell::money("¥1,234.50"), Cell::number("-3")],
            vec![Cell::text("a,\"b\"\n@c").note("x"), Cell::money("—"), Cell::text("-3")],
        ];
        let columns = vec![("甲".into(), "text"), ("乙".into(), "money"), ("丙".into(), "number")];
        let sheet = Sheet { title: "t".into(), columns, rows, about: vec![("a".into(), "=b".into())] };
        assert_eq!(sheet.csv(), "\u{feff}甲,乙,丙\r\n'=1+1,1234.5,-3\r\n\"a,\"\"b\"\"\n@c · x\",—,'-3\r\n");
        assert!(sheet.xlsx().unwrap().starts_with(b"PK"));
    }
}

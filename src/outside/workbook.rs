//! Workbooks (XLSX) that people bring: the cells of the first sheet as text. What unpacks to too much is refused unread.
use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;

/// Bytes of a workbook; of all that it unpacks to; its rows and columns.
pub const BYTES_MOST: u64 = 5 << 20;
const UNPACKED_MOST: u64 = 64 << 20;
const ROWS_MOST: usize = 20_000;
const COLUMNS_MOST: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookFault {
    #[error("it is no workbook")]
    NotWorkbook,
    #[error("it holds too much")]
    TooMuch,
}

/// Rows of the first sheet, from its first line on: numbers as they are written shortest, days as `2026-03-09`.
pub fn rows(bytes: Vec<u8>) -> Result<Vec<Vec<String>>, WorkbookFault> {
    if bytes.len() as u64 > BYTES_MOST || unpacked(&bytes)? > UNPACKED_MOST {
        return Err(WorkbookFault::TooMuch);
    }
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| WorkbookFault::NotWorkbook)?;
    let sheet = book.worksheet_range_at(0).ok_or(WorkbookFault::NotWorkbook)?.map_err(|_| WorkbookFault::NotWorkbook)?;
    if sheet.height() > ROWS_MOST || sheet.width() > COLUMNS_MOST {
        return Err(WorkbookFault::TooMuch);
    }
    // The range begins with the first cell that is used: lines keep the numbers that a person sees.
    let above = sheet.start().map_or(0, |(row, _)| row as usize).min(ROWS_MOST);
    let blank = std::iter::repeat_n(vec![], above);
    Ok(blank.chain(sheet.rows().map(|row| row.iter().map(text).collect())).collect())
}

/// What all files of the ZIP claim to unpack to; reading stops at a file that lies.
fn unpacked(bytes: &[u8]) -> Result<u64, WorkbookFault> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| WorkbookFault::NotWorkbook)?;
    let mut sum = 0u64;
    for n in 0..zip.len() {
        sum = sum.saturating_add(zip.by_index_raw(n).map_err(|_| WorkbookFault::NotWorkbook)?.size());
    }
    Ok(sum)
}

fn text(cell: &Data) -> String {
    match cell {
        Data::DateTime(at) if at.is_datetime() => {
            let (y, m, d, ..) = at.to_ymd_hms_milli();
            format!("{y:04}-{m:02}-{d:02}")
        }
        // The shortest text that reads back as the same number: 540000.1 stays what was typed.
        Data::Float(n) => n.to_string(),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string().trim().to_owned(),
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
}

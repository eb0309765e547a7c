//! A bank statement as a table of text: read line by line, every fault told at its line, nothing guessed.
use super::*;

/// One line of a statement that reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementLine {
    /// From 1; the heading is line 1.
    pub line: usize,
    pub booked_on: String,
    pub reference: String,
    pub payee: String,
    pub amount_fen: Money,
}

/// One line as it was read, or what is wrong with it.
pub type ReadLine = Result<StatementLine, (usize, Fault)>;

/// Most lines that one statement may have.
pub const LINES_MOST: usize = 2_000;

const HEADINGS: &[(&str, &[&str])] = &[
    ("booked_on", &["交易日期", "记账日期", "日期", "date"]),
    ("reference", &["凭证号", "支付凭证号", "流水号", "voucher", "reference"]),
    ("payee", &["对方户名", "收款人", "收款人名称", "payee"]),
    ("amount_fen", &["借方发生额", "支出金额", "付款金额", "金额", "amount"]),
];

/// Reads a statement: a heading with date, voucher, payee and amount in yuan, then one payment a line.
pub fn read(text: &str) -> Result<Vec<ReadLine>, Faults> {
    if text.matches([',', '\t', '\n']).count() > limits::WORKBOOK_CELLS.count() {
        let mut faults = Faults::default();
        faults.add_with("csv", "lines_many", vec![("max", LINES_MOST.to_string())]);
        return Err(faults);
    }
    read_rows(cells(text.trim_start_matches('\u{feff}')).ok_or_else(|| Faults::one("csv", "quote_open"))?, "csv")
}

/// The same from the cells of a sheet; `field` is where they were given.
pub fn read_rows(rows: Vec<Vec<String>>, field: &str) -> Result<Vec<ReadLine>, Faults> {
    let mut rows = rows.into_iter().enumerate().filter(|(_, cells)| cells.iter().any(|c| !c.is_empty()));
    let heading = rows.next().map(|(_, cells)| cells).unwrap_or_default();
    let mut faults = Faults::default();
    let mut at = [0; 4];
    for (n, (name, names)) in HEADINGS.iter().enumerate() {
        match heading.iter().position(|h| names.contains(&h.to_lowercase().as_str())) {
            Some(column) => at[n] = column,
            None => faults.add_with(field, "column_missing", vec![("names", names.join(" / ")), ("field", (*name).into())]),
        }
    }
    faults.ok(())?;
    let rows: Vec<(usize, Vec<String>)> = rows.collect();
    if rows.len() > LINES_MOST {
        let mut faults = Faults::default();
        faults.add_with(field, "lines_many", vec![("max", LINES_MOST.to_string())]);
        faults.ok(())?;
    }
    Ok(rows.into_iter().map(|(n, cells)| one(n + 1, at.map(|c| cells.get(c).map_or("", String::as_str)))).collect())
}

fn one(line: usize, [date, reference, payee, amount]: [&str; 4]) -> ReadLine {
    let fault = |field: &str, code| (line, Fault { path: field.into(), code, args: vec![] });
    let booked_on = day(date).ok_or_else(|| fault("booked_on", "not_date"))?;
    for (field, said) in [("reference", reference), ("payee", payee)] {
        if said.is_empty() {
            return Err(fault(field, "missing"));
        }
    }
    let amount_fen: Money = amount.parse().map_err(|e: NotMoney| fault("amount_fen", e.code()))?;
    if amount_fen == Money::default() {
        return Err(fault("amount_fen", "money_missing"));
    }
    Ok(StatementLine { line, booked_on: booked_on.to_string(), reference: reference.into(), payee: payee.into(), amount_fen })
}

/// `2026-03-09`, `2026/3/9`, `20260309`.
pub fn day(said: &str) -> Option<jiff::civil::Date> {
    let digits = said.len() == 8 && said.bytes().all(|b| b.is_ascii_digit());
    let said = if digits { format!("{}-{}-{}", &said[..4], &said[4..6], &said[6..]) } else { said.replace(['/', '.'], "-") };
    let mut parts = said.split('-').map(|p| p.parse::<i16>().ok());
    let (y, m, d) = (parts.next()??, parts.next()??, parts.next()??);
    let whole = parts.next().is_none();
    jiff::civil::Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok().filter(|_| whole)
}

/// Rows of cells (RFC 4180; a tab separates where the heading has one); `None` when a quote is never closed.
pub fn cells(text: &str) -> Option<Vec<Vec<String>>> {
    let comma = if text.lines().next().is_some_and(|l| l.contains('\t')) { '\t' } else { ',' };
    let (mut rows, mut row, mut cell, mut quoted) = (vec![], vec![], String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell).trim().to_owned());
                rows.push(std::mem::take(&mut row));
            }
            c if c == comma && !quoted => row.push(std::mem::take(&mut cell).trim().to_owned()),
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    row.push(cell.trim().to_owned());
    rows.push(row);
    (!quoted).then_some(rows)
}

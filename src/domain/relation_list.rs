//! A list of joint papers and patents as a table of text: read line by line, every fault told at its line, nothing guessed.
use super::conflict::Known;
use super::statement::{LINES_MOST, cells, day};
use super::*;

/// One line as it was read, or what is wrong with it.
pub type ReadLine = Result<(usize, Known), (usize, Fault)>;

const HEADINGS: &[(&str, &[&str])] = &[
    ("kind", &["关系类型", "类型", "kind"]),
    ("a_name", &["甲方姓名", "姓名1", "作者1", "a_name"]),
    ("a_unit", &["甲方单位", "单位1", "a_unit"]),
    ("b_name", &["乙方姓名", "姓名2", "作者2", "b_name"]),
    ("b_unit", &["乙方单位", "单位2", "b_unit"]),
    ("until", &["日期", "发表日期", "授权日期", "date"]),
];
/// Columns that a list may lack.
const OPTIONAL: &[&str] = &["a_unit", "b_unit", "until"];
const KINDS: &[(&str, &[&str])] = &[
    ("co_author", &["co_author", "论文", "合著", "合著论文"]),
    ("co_patent", &["co_patent", "专利", "共有专利"]),
    ("co_project", &["co_project", "项目", "合作项目"]),
];

/// Reads a list: a heading with kind and two names, perhaps units and the day of the paper or patent; then one pair a line.
pub fn read(text: &str) -> Result<Vec<ReadLine>, Faults> {
    let rows = cells(text.trim_start_matches('\u{feff}')).ok_or_else(|| Faults::one("csv", "quote_open"))?;
    let mut rows = rows.into_iter().enumerate().filter(|(_, cells)| cells.iter().any(|c| !c.is_empty()));
    let heading = rows.next().map(|(_, cells)| cells).unwrap_or_default();
    let (mut faults, mut at) = (Faults::default(), [None; 6]);
    for (n, (field, names)) in HEADINGS.iter().enumerate() {
        at[n] = heading.iter().position(|h| names.contains(&h.to_lowercase().as_str()));
        if at[n].is_none() && !OPTIONAL.contains(field) {
            faults.add_with("csv", "column_missing", vec![("names", names.join(" / ")), ("field", (*field).into())]);
        }
    }
    let rows: Vec<(usize, Vec<String>)> = rows.collect();
    if rows.len() > LINES_MOST {
        faults.add_with("csv", "lines_many", vec![("max", LINES_MOST.to_string())]);
    }
    faults.ok(())?;
    let cell = |cells: &[String], n: usize| at[n].and_then(|c| cells.get(c)).map(|s| text::clean(s)).unwrap_or_default();
    Ok(rows.into_iter().map(|(n, cells)| one(n + 1, std::array::from_fn(|column| cell(&cells, column)))).collect())
}

fn one(line: usize, [kind, a_name, a_unit, b_name, b_unit, until]: [String; 6]) -> ReadLine {
    let fault = |field: &str, code| (line, Fault { path: field.into(), code, args: vec![] });
    let known = KINDS.iter().find(|(_, names)| names.contains(&kind.to_lowercase().as_str()));
    let kind = known.map(|(id, _)| (*id).to_owned()).ok_or_else(|| fault("kind", "choose"))?;
    for (field, said) in [("a_name", &a_name), ("b_name", &b_name)] {
        if !(2..=30).contains(&said.chars().count()) {
            return Err(fault(field, if said.is_empty() { "missing" } else { "name_length" }));
        }
    }
    if conflict::same(&a_name, &b_name) && conflict::plain(&a_unit) == conflict::plain(&b_unit) {
        return Err(fault("b_name", "same_person_twice"));
    }
    let until = match until.as_str() {
        "" => None,
        said => Some(day(said).ok_or_else(|| fault("until", "not_date"))?.to_string()),
    };
    Ok((line, Known { kind, a_name, a_unit, b_name, b_unit, until }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_line_by_line_and_every_fault_stands_at_its_line() {
        let text = "类型,姓名1,单位1,姓名2,日期\n论文,王示例,示例大学,李专家,2025-03-01\n专利,王示例,,李,2025/4/2\n书信,甲乙,,丙丁,\n论文,甲乙,,甲乙,\n";
        let lines = read(text).unwrap();
        let (n, first) = lines[0].as_ref().unwrap();
        assert_eq!((*n, first.kind.as_str(), first.until.as_deref()), (2, "co_author", Some("2025-03-01")));
        let said: Vec<(usize, &str)> = lines[1..].iter().map(|l| l.as_ref().unwrap_err()).map(|(n, f)| (*n, f.code)).collect();
        assert_eq!(said, [(3, "name_length"), (4, "choose"), (5, "same_person_twice")]);
        assert!(read("类型,姓名1\n论文,甲乙\n").is_err(), "a column is missing");
    }
}

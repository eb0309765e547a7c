//! The bar of security: what is claimed of each requirement, and by which tests. A test that shows one is named in `rows.rs`, or says so
//! itself in a comment above it: `/// Security: A1, C5`. docs/security.md is written from both: UPDATE_DOCS=1 cargo test --test it bar
mod rows;

use rows::{ROWS, Row, State};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

const MARK: &str = "Security: ";

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => sources(&path, found),
            path if path.extension().is_some_and(|e| e == "rs") => found.push(path),
            _ => {}
        }
    }
}

/// The tests of one text, each with the requirements that it says it shows.
fn tests_of(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let (mut out, mut marks, mut test) = (vec![], BTreeSet::new(), false);
    for line in text.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("///") {
            let said = said.trim().strip_prefix(MARK).unwrap_or("").trim_end_matches('.');
            marks.extend(said.split(',').map(|m| m.trim().to_owned()).filter(|m| !m.is_empty()));
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            test = true;
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            let name = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
            match name {
                Some((name, _)) if test => out.push((name.to_owned(), std::mem::take(&mut marks))),
                _ => marks.clear(),
            }
            test = false;
        }
    }
    out
}

fn all_tests() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![];
    for dir in ["src", "tests", "entity", "migration", "press"] {
        sources(&root.join(dir), &mut files);
    }
    let mut all = BTreeMap::<String, BTreeSet<String>>::new();
    for (name, marks) in files.iter().flat_map(|f| tests_of(&std::fs::read_to_string(f).unwrap())) {
        all.entry(name).or_default().extend(marks);
    }
    // A step of the script is a check too; it is named as the function that takes it.
    let script = std::fs::read_to_string(root.join("scripts/test")).unwrap();
    let steps = script.lines().filter_map(|l| l.split_once("() {")).map(|(name, _)| name.trim());
    all.extend(steps.filter(|name| name.starts_with("step_")).map(|name| (name.to_owned(), BTreeSet::new())));
    all
}

/// The tests of a row: those that it names, and those that name it.
fn shown_by<'a>(row: &'a Row, all: &'a BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'a str> {
    let marked = all.iter().filter(|(_, marks)| marks.contains(row.id)).map(|(name, _)| name.as_str());
    row.tests.iter().copied().chain(marked).collect()
}

fn faults(rows: &[Row], all: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut out = vec![];
    for row in rows {
        let id = row.id;
        out.extend(row.tests.iter().filter(|t| !all.contains_key(**t)).map(|t| format!("{id}: there is no test {t}")));
        let shown = !shown_by(row, all).is_empty();
        match row.state {
            State::Pass if !shown || !row.lacks.is_empty() => out.push(format!("{id}: passed is what tests show whole")),
            State::Part if !shown => out.push(format!("{id}: no test shows the part that holds")),
            State::Part | State::Open if row.lacks.is_empty() => out.push(format!("{id}: what is lacking is not said")),
            _ => {}
        }
    }
    let known: BTreeSet<&str> = rows.iter().map(|r| r.id).collect();
    let marks = all.iter().flat_map(|(name, marks)| marks.iter().map(move |m| (name, m)));
    out.extend(marks.filter(|(_, m)| !known.contains(m.as_str())).map(|(name, m)| format!("{name} shows {m}, which is no row")));
    out
}

fn document(rows: &[Row], all: &BTreeMap<String, BTreeSet<String>>) -> String {
    let count = |state: State| rows.iter().filter(|r| r.state == state).count();
    let mut text = format!(
        "# Security: what is claimed, and what shows it\n\n\
        Written from `tests/it/bar/rows.rs` and from the tests that name a requirement; `tests/it/bar.rs` fails when they differ, when a named\n\
        test is not there, or when a claim has none. `pass`: tests show it. `part`: tests show some of it, and what is lacking is said.\n\
        `open`: it is not there, or no test shows it.\n\n\
        {} requirements: {} pass, {} in part, {} open.\n\n| | what must hold, and the tests that show it | |\n|---|---|---|\n",
        rows.len(),
        count(State::Pass),
        count(State::Part),
        count(State::Open),
    );
    for row in rows {
        let tests: Vec<String> = shown_by(row, all).iter().map(|t| format!("`{t}`")).collect();
        let lacks = if row.lacks.is_empty() { String::new() } else { format!(" Lacking: {}.", row.lacks) };
        let by = if tests.is_empty() { String::new() } else { format!(" {}", tests.join(" ")) };
        text += &format!("| {} | {}.{by}{lacks} | {} |\n", row.id, row.what, row.state.word());
    }
    text
}

#[test]
fn every_claim_of_security_has_its_tests_and_stands_in_the_document() {
    let ids: Vec<String> = [
        ('A', 6),
        ('B', 8),
        ('C', 7),
        ('D', 13),
        ('E', 8),
        ('F', 7),
        ('G', 6),
        ('H', 4),
        ('I', 6),
        ('J', 3),
        ('K', 8),
        ('L', 10),
    ]
    .iter()
    .flat_map(|(group, n)| (1..=*n).map(move |i| format!("{group}{i}")))
    .collect();
    assert_eq!(ROWS.iter().map(|r| r.id).collect::<Vec<_>>(), ids);
    let all = all_tests();
    assert_eq!(faults(ROWS, &all), Vec::<String>::new());
    let (text, path) = (document(ROWS, &all), format!("{}/docs/security.md", env!("CARGO_MANIFEST_DIR")));
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/security.md has drifted: run UPDATE_DOCS=1 cargo test --test it bar and look at the difference");
}

#[test]
fn a_claim_without_its_test_is_found() {
    let text = "/// It holds.\n/// Security: A1, C5.\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn it_holds() {\n}\n/// Security: A2\nfn no_test() {}\n";
    let all: BTreeMap<_, _> = tests_of(text).into_iter().collect();
    assert_eq!(all, BTreeMap::from([("it_holds".into(), BTreeSet::from(["A1".into(), "C5".into()]))]));
    let row = |id, state, tests, lacks| Row { id, state, what: "", tests, lacks };
    assert_eq!(faults(&[row("A1", State::Pass, &[], ""), row("C5", State::Part, &[], "the rest")], &all), Vec::<String>::new());
    let wrong = [
        row("A1", State::Pass, &["gone"], ""),
        row("B1", State::Pass, &[], ""),
        row("B2", State::Open, &[], ""),
        row("B3", State::Part, &[], "x"),
    ];
    assert_eq!(faults(&wrong, &all).len(), 5, "a missing test, three claims, and a mark for no row");
}

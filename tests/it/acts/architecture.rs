//! What the import law of `tests/it/architecture.rs` leaves out: the command line, and the modules that write the record.
use std::{fs, path::Path};

fn sources(under: &str) -> Vec<(String, String)> {
    fn walk(dir: &Path, out: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
                out.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut out = vec![];
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(under), &mut out);
    out.sort();
    out
}

/// Names of modules or crates that `text` reaches for: `use a::…`, `use a::{b, c::d}`, and `a::…` in a line of code.
fn names(text: &str) -> Vec<String> {
    let code: String = text.lines().map(|l| l.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let mut found = vec![];
    let word = |c: char| c.is_alphanumeric() || c == '_';
    for (at, _) in code.match_indices("::") {
        let head: String = code[..at].chars().rev().take_while(|c| word(*c)).collect::<Vec<_>>().into_iter().rev().collect();
        let before = &code[..at - head.len()];
        if !head.is_empty() && !before.ends_with("::") {
            found.push(head.clone());
        }
        if head == "crate" {
            let rest = &code[at + 2..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(top_level(group)),
                None => found.push(format!("crate::{}", rest.chars().take_while(|c| word(*c)).collect::<String>())),
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// First segments of the items of a `use crate::{…}` group, whatever is nested inside them.
fn top_level(group: &str) -> Vec<String> {
    let (mut depth, mut item, mut out) = (0, String::new(), vec![]);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => out.push(std::mem::take(&mut item)),
            _ if depth == 0 => item.push(c),
            _ => {}
        }
    }
    out.push(item);
    out.iter()
        .map(|i| i.trim().split("::").next().unwrap_or("").trim().to_owned())
        .filter(|i| !i.is_empty())
        .map(|i| format!("crate::{i}"))
        .collect()
}

fn who_names(under: &str, banned: &[&str]) -> Vec<String> {
    let mut out = vec![];
    for (file, text) in sources(under) {
        let named = names(&text);
        out.extend(banned.iter().filter(|b| named.iter().any(|n| n == *b)).map(|b| format!("{file} {b}")));
    }
    out
}

#[test]
fn the_command_line_holds_no_rows_and_no_sql() {
    assert_eq!(who_names("src/cli", &["sea_orm", "entity", "minijinja"]), Vec::<String>::new());
}

#[test]
fn rules_and_acts_never_look_up() {
    let up = ["axum", "minijinja", "sea_orm", "entity", "crate::web", "crate::cli"];
    assert_eq!(who_names("src/app", &up), Vec::<String>::new());
    assert_eq!(
        who_names("src/domain", &[&up[..], &["tokio", "object_store", "crate::app", "crate::store", "crate::outside"]].concat()),
        Vec::<String>::new()
    );
    assert_eq!(who_names("src/outside", &[&up[..], &["crate::app", "crate::store"]].concat()), Vec::<String>::new());
    assert_eq!(
        who_names("src/store", &["axum", "minijinja", "crate::web", "crate::cli", "crate::app", "crate::outside"]),
        Vec::<String>::new()
    );
    assert_eq!(who_names("src/web", &["sea_orm", "entity", "crate::cli"]), Vec::<String>::new());
}

#[test]
fn the_record_is_written_in_one_place() {
    let writers: Vec<String> =
        sources("src").into_iter().filter(|(_, t)| t.contains("audit_event::ActiveModel")).map(|(f, _)| f).collect();
    assert_eq!(writers, ["src/store/work.rs"]);
}

#[test]
fn a_planted_name_is_found_in_every_spelling() {
    for (planted, expected) in [
        ("use sea_orm::EntityTrait;", "sea_orm"),
        ("let v = sea_orm::Value::Int(None);", "sea_orm"),
        ("use crate::store;\nlet x = crate::store::find();", "crate::store"),
        ("use crate::{domain::{Bid, policy}, store::{self, Db}};", "crate::store"),
        ("use crate::{\n    app::App,\n    store,\n};", "crate::store"),
    ] {
        assert!(names(planted).iter().any(|n| n == expected), "{planted} {:?}", names(planted));
    }
    for innocent in
        ["// use sea_orm::X", "use crate::domain::store::x;", "use crate::{domain::{self, store}, app};", "self.sea_orm.x()"]
    {
        assert!(!names(innocent).iter().any(|n| n == "sea_orm" || n == "crate::store"), "{innocent} {:?}", names(innocent));
    }
}

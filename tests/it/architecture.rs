//! The dependency direction, kept by a test because one crate can't keep it.
use std::{fs, path::Path};

/// Layer, and what it must not name.
const LAW: &[(&str, &[&str])] = &[
    (
        "src/domain",
        &[
            "axum",
            "sea_orm",
            "entity",
            "minijinja",
            "tokio",
            "object_store",
            "press",
            "crate::store",
            "crate::outside",
            "crate::app",
            "crate::web",
            "crate::cli",
        ],
    ),
    ("src/store", &["axum", "minijinja", "object_store", "press", "crate::outside", "crate::app", "crate::web", "crate::cli"]),
    ("src/outside", &["axum", "minijinja", "sea_orm", "entity", "crate::store", "crate::app", "crate::web", "crate::cli"]),
    ("src/app", &["axum", "sea_orm", "minijinja", "entity", "press", "crate::web", "crate::cli"]),
    ("src/web", &["sea_orm", "entity", "object_store", "press", "crate::store", "crate::outside", "crate::cli"]),
];

/// Where a text names what its layer must not: `use a::…`, `a::…`, `use crate::{app, …}`.
fn violations(text: &str, banned: &[&str]) -> Vec<String> {
    let code: String = text.lines().map(|l| l.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let named = |word: &str| {
        code.match_indices(word).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            let after = &code[at + word.len()..];
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '.')
                && (after.starts_with("::") || after.starts_with(';') && code[..at].ends_with("use "))
        })
    };
    let grouped = |module: &str| {
        code.match_indices("use crate::{").any(|(at, _)| {
            let group = &code[at..at + code[at..].find("};").unwrap_or(code.len() - at)];
            group.split(['{', ',', '}']).any(|part| part.trim() == module || part.trim().starts_with(&format!("{module}::")))
        })
    };
    banned.iter().filter(|w| named(w) || w.strip_prefix("crate::").is_some_and(grouped)).map(|w| (*w).to_owned()).collect()
}

#[test]
fn layers_look_only_downwards() {
    for (layer, banned) in LAW {
        walk(Path::new(env!("CARGO_MANIFEST_DIR")).join(layer).as_path(), &mut |path, text| {
            assert_eq!(violations(text, banned), Vec::<String>::new(), "{}", path.display());
        });
    }
}

#[test]
fn a_planted_violation_is_found_in_every_spelling() {
    for planted in [
        "use sea_orm::EntityTrait;",
        "let x = sea_orm::Value::Int(None);",
        "use crate::{domain::*, store::Db};",
        "use crate::store;",
        "use crate::store::{self, Db};",
    ] {
        assert_eq!(violations(planted, &["sea_orm", "crate::store"]).len(), 1, "{planted}");
    }
    for innocent in ["// use sea_orm::X", "let entity_name = 1;", "use crate::domain::store_of;", "x.entity::<T>()"] {
        assert_eq!(violations(innocent, &["sea_orm", "entity", "crate::store"]), Vec::<String>::new(), "{innocent}");
    }
}

#[test]
fn only_the_clock_reads_the_clock() {
    let mut readers = vec![];
    walk(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(), &mut |path, text| {
        if text.contains("Timestamp::now()") || text.contains("Uuid::now_v7()") {
            readers.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    });
    assert_eq!(readers, ["clock.rs"]);
}

fn walk(dir: &Path, f: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, f);
        } else if path.extension().is_some_and(|e| e == "rs") {
            f(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

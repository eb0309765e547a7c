//! The lives' tables are sound, their drawings in docs/lives.md are theirs, and the permission matrix is what was reviewed.
use jiebang::domain::{Role, life::Life, lives};
use std::collections::BTreeSet;

/// What is wrong with one life.
fn faults(life: &Life) -> Vec<String> {
    let mut out = vec![];
    let mut reached: BTreeSet<&str> = life.first.iter().copied().collect();
    loop {
        let more: Vec<&str> =
            life.lines.iter().filter(|l| reached.contains(l.from) && !reached.contains(l.to)).map(|l| l.to).collect();
        if more.is_empty() {
            break;
        }
        reached.extend(more);
    }
    out.extend(life.states.iter().filter(|s| !reached.contains(*s)).map(|s| format!("{s} can't be reached")));
    for (n, l) in life.lines.iter().enumerate() {
        if life.lines[..n].iter().any(|o| (o.from, o.act) == (l.from, l.act)) {
            out.push(format!("{} from {} is told twice", l.act, l.from));
        }
        if l.who.is_empty() {
            out.push(format!("nobody may {} from {}", l.act, l.from));
        }
        // An end may have a step that leaves it where it is, e.g. relisting a lapsed challenge.
        if life.ends.contains(&l.from) && l.to != l.from {
            out.push(format!("{} leads on from the end {}", l.act, l.from));
        }
    }
    for s in &life.states {
        let leads_on = life.lines.iter().any(|l| l.from == *s);
        if !leads_on && !life.ends.contains(s) {
            out.push(format!("{s} is a dead end"));
        }
    }
    out
}

#[test]
fn every_life_is_sound() {
    for life in lives() {
        assert_eq!(faults(&life), Vec::<String>::new(), "{}", life.noun);
    }
}

#[test]
fn a_planted_fault_is_found() {
    let sound = lives().remove(0);
    let mut unreachable = sound.clone();
    unreachable.lines.retain(|l| l.to != "appraisal");
    assert!(faults(&unreachable).contains(&"appraisal can't be reached".to_owned()));
    let mut twice = sound.clone();
    twice.lines.push(sound.lines[0].clone());
    assert_eq!(faults(&twice).len(), 1);
    let mut dead = sound;
    dead.ends.clear();
    assert!(!faults(&dead).is_empty());
}

/// The text between `<!-- NAME -->` and `<!-- /NAME -->` of a document is what it was generated from. With
/// UPDATE_DOCS=1 the test writes it instead.
fn generated(file: &str, text: &str) {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{file} has drifted: run UPDATE_DOCS=1 cargo test --test it lives and look at the difference");
}

#[test]
fn the_diagrams_are_drawn_from_the_tables() {
    let mut text =
        String::from("# The lives\n\nGenerated from the tables in `src/domain`; `tests/it/lives.rs` fails when they differ.\n");
    for life in lives() {
        text += &format!("\n## {}\n\n```mermaid\n{}```\n", life.noun, life.mermaid());
    }
    generated("docs/lives.md", &text);
}

#[test]
fn the_permission_matrix_is_the_one_that_was_reviewed() {
    let mut text = String::from(
        "# Who may take which step\n\nGenerated from the tables in `src/domain`; reviewed by people. Officers beside posters act for their own organisation only.\n",
    );
    let roles: Vec<&Role> = Role::ALL.iter().collect();
    for life in lives() {
        text += &format!(
            "\n## {}\n\n| act |{}\n|---|{}\n",
            life.noun,
            roles.iter().map(|r| format!(" {} |", r.id())).collect::<String>(),
            "---|".repeat(roles.len())
        );
        let acts: BTreeSet<&str> = life.lines.iter().map(|l| l.act).collect();
        for act in acts {
            let may = |r: &Role| life.lines.iter().filter(|l| l.act == act).any(|l| l.who.contains(r));
            text += &format!("| {act} |{}\n", roles.iter().map(|r| if may(r) { " x |" } else { "  |" }).collect::<String>());
        }
    }
    generated("docs/permissions.md", &text);
}

//! The file that carries a record away: whole, checked by our own code and by a few lines of another language; and every
//! planted corruption named.
use super::planted::{self, Planted};
use super::*;
use crate::support::TestApp;
use jiebang::domain::log::note::{Checkpoint, SecretKey};
use jiebang::domain::log::receipt::Receipt;

fn key() -> SecretKey {
    SecretKey::new("test.example/log", [7; 32]).unwrap()
}

#[tokio::test]
async fn a_whole_record_is_in_order_and_all_of_it_is_worked_out_again() {
    let s = whole_job().await;
    let full = check(&exported(s.app(), Scope::Full).await, &[]).unwrap();
    for what in [
        "clocks",
        "deadlines",
        "documents",
        "draws",
        "four_eyes",
        "notices",
        "payments",
        "rankings",
        "receipts",
        "replacements",
        "sheets",
        "steps",
        "winners",
    ] {
        assert!(full.checked.get(what).is_some_and(|n| *n > 0), "{what}: {:?}", full.checked);
    }
    let record = exported(s.app(), Scope::Public).await;
    let public = check(&record, &[]).unwrap();
    assert_eq!((public.entries, &public.root), (full.entries, &full.root), "the same tree");
    assert!(public.hidden > 0 && !record.contains("\"visibility\":\"bureau\"") && !record.contains("\"visibility\":\"sealed\""));
    assert_eq!(public.checked.get("notices"), full.checked.get("notices"), "anyone counts the notice's days");
}

#[tokio::test]
async fn more_than_a_hundred_planted_corruptions_are_all_named() {
    let s = whole_job().await;
    let record = exported(s.app(), Scope::Full).await;
    assert_eq!(
        check(&planted::resigned(planted::bodies(&record), &key()), &[]).map(|s| s.entries),
        check(&record, &[]).map(|s| s.entries)
    );
    let (mut by_hand, mut with_key, mut missed) = (0, 0, vec![]);
    let mut judge = |p: Planted, n: &mut u32| {
        *n += 1;
        match check(&p.record, &[]) {
            Err(w) if p.codes.contains(&w.code) => {}
            other => missed.push(format!("{} wants {:?}, got {:?}", p.name, p.codes, other.map(|_| "in order"))),
        }
    };
    planted::by_hand(&record, &mut |p| judge(p, &mut by_hand));
    planted::with_key(&record, &key(), &mut |p| judge(p, &mut with_key));
    assert_eq!(missed, Vec::<String>::new());
    assert!(by_hand >= 40 && with_key >= 60, "{by_hand} and {with_key}");
}

#[tokio::test]
async fn every_changed_byte_of_a_record_is_noticed() {
    let app = TestApp::bare().await;
    let mut app = app;
    app.organisation("o", "111411220123456716", "科学技术局", "government").await;
    let org = app.org("o")["id"].as_str().unwrap().to_owned();
    app.person("officer", "officer", &org, None).await;
    let record = exported(&app.app, Scope::Full).await;
    check(&record, &[]).unwrap();
    let bytes = record.as_bytes();
    let judge = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => check(text, &[]).is_err(),
        Err(_) => true,
    };
    for at in 0..bytes.len() {
        let mut changed = bytes.to_vec();
        for bit in 0..8 {
            changed[at] = bytes[at] ^ (1 << bit);
            assert!(judge(&changed), "byte {at}, bit {bit}: {}", String::from_utf8_lossy(&bytes[at.saturating_sub(20)..at + 1]));
        }
        changed.remove(at);
        assert!(judge(&changed), "byte {at} taken out");
        changed.insert(at, bytes[at]);
        changed.insert(at, bytes[at]);
        assert!(judge(&changed), "byte {at} doubled");
    }
    for cut in (0..bytes.len()).step_by(7) {
        assert!(judge(&bytes[..cut]), "cut at {cut}");
    }
}

#[tokio::test]
async fn a_history_rewritten_and_signed_anew_is_refused_by_whoever_saw_it() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let bid = s.seal_teams(c, GOVERNMENT, 1).await[0];
    let (_, seen) = s.app().checkpoint().await.unwrap().unwrap_or((0, String::new()));
    assert_eq!(seen, "", "nothing is signed until somebody asks or the sealer runs");
    let seen = s.app().seal_log().await.unwrap().unwrap();
    let seq = s.app().last_entry(bid.0, &["bid.seal"]).await.unwrap().unwrap();
    let receipt = s.app().receipt(s.who("bidder1"), seq).await.unwrap();
    let receipt_text = serde_json::to_string(&receipt).unwrap();
    receipt.check(None).unwrap();
    assert!(receipt.row.as_ref().is_some_and(|row| row.contains(&bid.0.to_string())), "the row as it was sealed is on it");
    assert!(receipt.row_salt.as_ref().is_some_and(|salt| salt.len() == 64), "and what it is told under");
    assert_eq!(python(&s, &receipt_text), (true, "in order".into()));
    for wrong in [
        Receipt { row: receipt.row.as_ref().map(|r| r.replacen('1', "2", 1)), ..receipt.clone() },
        Receipt { row_salt: Some("00".repeat(32)), ..receipt.clone() },
        Receipt { row_salt: None, ..receipt.clone() },
    ] {
        assert_eq!(wrong.check(None).unwrap_err().code, "row");
        assert!(!python(&s, &serde_json::to_string(&wrong).unwrap()).0);
    }
    s.close(c).await;
    s.open(c).await;
    let record = exported(s.app(), Scope::Full).await;
    check(&record, &[("seen", &seen), ("receipt", &receipt_text)]).unwrap();

    let mut bodies = planted::bodies(&record);
    let n = bodies.iter().position(|b| b["event"]["kind"] == "bid.seal").unwrap();
    bodies[n]["actor"]["name"] = "另一人".into();
    let rewritten = planted::resigned(bodies.clone(), &key());
    check(&rewritten, &[]).expect("by itself nothing is wrong with it");
    assert_eq!(check(&rewritten, &[("seen", &seen)]).unwrap_err().code, "rewritten");
    assert_eq!(check(&rewritten, &[("receipt", &receipt_text)]).unwrap_err().code, "rewritten");
    let short = planted::resigned(planted::bodies(&record)[..5].to_vec(), &key());
    check(&short, &[]).expect("by itself nothing is wrong with it");
    assert_eq!(check(&short, &[("seen", &seen)]).unwrap_err().code, "rolled_back");
    let other = SecretKey::new("test.example/log", [8; 32]).unwrap();
    assert_eq!(check(&planted::resigned(planted::bodies(&record), &other), &[("seen", &seen)]).unwrap_err().code, "seen");
}

/// Entries of the first version, as they were written: no version, no salts, states as plain hashes.
pub fn of_the_first_version(body: &mut serde_json::Value) {
    for name in ["version", "salts"] {
        body.as_object_mut().unwrap().remove(name);
    }
    for state in body["states"].as_array_mut().unwrap() {
        let state = state.as_object_mut().unwrap();
        let hash = state.remove("hmac").unwrap();
        state.insert("sha256".into(), hash);
    }
}

#[tokio::test]
async fn a_record_of_the_first_version_reads_alone_and_before_one_of_the_second() {
    let s = Stage::new().await;
    s.to_opened(GOVERNMENT, "single", 2).await;
    let bodies = planted::bodies(&exported(s.app(), Scope::Full).await);
    assert!(bodies.iter().all(|b| b["version"] == 2 && b["salts"].as_str().is_some_and(|s| s.len() == 64)));
    for old in [bodies.len(), bodies.len() / 2] {
        let mut bodies = bodies.clone();
        bodies.iter_mut().take(old).for_each(of_the_first_version);
        let record = planted::resigned(bodies, &key());
        let ours = check(&record, &[]).unwrap();
        assert_eq!(python(&s, &record), (true, format!("{} {}", ours.entries, ours.root)));
    }
}

#[tokio::test]
async fn every_changed_letter_of_a_receipt_is_noticed() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let bid = s.seal_teams(c, GOVERNMENT, 1).await[0];
    let seq = s.app().last_entry(bid.0, &["bid.seal"]).await.unwrap().unwrap();
    let mut receipt = s.app().receipt(s.who("bidder1"), seq).await.unwrap();
    (receipt.row, receipt.row_salt) = (None, None);
    let checked = |r: &Receipt| r.check(Some(key().public())).is_ok();
    assert!(checked(&receipt));
    for at in (0..receipt.body.len()).filter(|at| receipt.body.is_char_boundary(*at)) {
        let mut other = receipt.clone();
        other.body.insert(at, ' ');
        assert!(!checked(&other), "the entry at {at}");
    }
    let changes: [fn(&mut Receipt); 8] = [
        |r| r.row_salt = Some("00".repeat(32)),
        |r| r.seq += 1,
        |r| r.salt = "00".repeat(32),
        |r| drop(r.proof.pop()),
        |r| r.proof.push("00".repeat(32)),
        |r| r.key = SecretKey::new("test.example/log", [9; 32]).unwrap().public().to_string(),
        |r| r.row = Some("{}".into()),
        |r| {
            r.checkpoint = Checkpoint { origin: "test.example/log".into(), size: 1, root: [0; 32] }
                .sign(&SecretKey::new("test.example/log", [9; 32]).unwrap())
        },
    ];
    for change in changes {
        let mut other = receipt.clone();
        change(&mut other);
        assert!(!checked(&other), "{other:?}");
    }
}

/// tests/record/check.py knows nothing of our code: it reads docs/record.md's format with Python's own library.
#[tokio::test]
async fn a_few_lines_of_python_come_to_the_same_root() {
    let s = Stage::new().await;
    let (_, _) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    for scope in [Scope::Full, Scope::Public] {
        let record = exported(s.app(), scope).await;
        let ours = check(&record, &[]).unwrap();
        assert_eq!(python(&s, &record), (true, format!("{} {}", ours.entries, ours.root)));
        let changed = record.replacen("\"at\":177", "\"at\":178", 1);
        assert_ne!(changed, record);
        assert!(!python(&s, &changed).0, "it notices too");
        let plain = record.replacen("\"hmac\":", "\"sha256\":", 1);
        assert!(!python(&s, &plain).0);
    }
}

fn python(s: &Stage, text: &str) -> (bool, String) {
    let file = s.t.folder.join("record.jsonl");
    std::fs::write(&file, text).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/record/check.py");
    let out = std::process::Command::new("python3").arg(script).arg(&file).output().expect("python3 is needed here");
    (out.status.success(), String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Whoever stops reading what `verify` says still gets its exit code.
#[tokio::test]
async fn verify_keeps_its_exit_code_when_nobody_listens() {
    let s = Stage::new().await;
    let file = s.t.folder.join("record.jsonl");
    let record = exported(s.app(), Scope::Full).await;
    for (text, expected) in [(record.clone(), 0), (record.replacen("bureau", "burean", 1), 1)] {
        assert_eq!(text == record, expected == 0);
        std::fs::write(&file, text).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_jiebang"));
        let (out, err) = (std::process::Stdio::piped(), std::process::Stdio::piped());
        let mut child = command.arg("verify").arg(&file).stdout(out).stderr(err).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(expected), "{}", String::from_utf8_lossy(&ended.stderr));
    }
}

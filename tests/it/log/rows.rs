//! The database against its own record: triggers, rows changed behind the record's back, and the key that remembers.
use super::*;
use jiebang::app::verify::{Signed, Stopped, database};
use jiebang::domain::log::note::{PublicKey, SecretKey};
use jiebang::domain::log::state::Secret;
use jiebang::outside::{
    files::Files,
    log_key::{KeyError, LogKey},
    seal::Vault,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use std::collections::BTreeMap;

pub async fn verified(s: &Stage) -> Result<Summary, Wrong> {
    let key: PublicKey = s.app().log.public_key().unwrap().clone();
    let last = LogKey::open(&s.t.folder.join("log.key")).unwrap().last().unwrap();
    let checker = Checker::new(Trust { key: Some(key.clone()), ..Trust::default() });
    match database(&s.app().db, checker, Some(&Signed { key, last }), &|_, _| {}).await {
        Ok(summary) => Ok(summary),
        Err(Stopped::Wrong(w)) => Err(w),
        Err(e) => panic!("{e}"),
    }
}

async fn run(s: &Stage, sql: &str) {
    s.app().db.connection().execute_unprepared(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
}

/// Takes the triggers off a table, as one who owns the database can.
async fn unguarded(s: &Stage, table: &str) {
    if s.app().db.is_postgres() {
        return run(s, &format!("ALTER TABLE {table} DISABLE TRIGGER ALL")).await;
    }
    for trigger in ["no_update", "no_delete", "no_second"] {
        run(s, &format!("DROP TRIGGER IF EXISTS {table}_{trigger}")).await;
    }
}

#[tokio::test]
async fn leaves_and_checkpoints_are_added_to_and_never_changed() {
    let s = Stage::new().await;
    s.app().seal_log().await.unwrap();
    let db = s.app().db.connection();
    let mut statements = vec![];
    for (table, column, key) in
        [("audit_leaf", "leaf", "seq"), ("audit_checkpoint", "note", "size"), ("audit_event", "body", "seq")]
    {
        statements.push(format!("UPDATE {table} SET {column} = {column}"));
        statements.push(format!("UPDATE {table} SET {key} = {key} + 1000000"));
        statements.push(format!("DELETE FROM {table}"));
        if s.app().db.is_postgres() {
            statements.push(format!("TRUNCATE {table}"));
        } else {
            statements.push(format!(
                "INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE {key} = (SELECT max({key}) FROM {table})"
            ));
        }
    }
    for statement in statements {
        let said = db.execute_unprepared(&statement).await.unwrap_err().to_string();
        assert!(said.contains("append-only"), "{statement}: {said}");
    }
    verified(&s).await.unwrap();
}

#[tokio::test]
async fn a_row_changed_missing_or_put_in_behind_the_records_back_is_named() {
    let s = whole_job().await;
    s.app().seal_log().await.unwrap();
    let clean = verified(&s).await.unwrap();
    assert!(clean.checkpoints > 0 && clean.checked["payments"] > 0);
    run(&s, "UPDATE instalment SET amount_fen = amount_fen + 1 WHERE number = 2").await;
    let wrong = verified(&s).await.unwrap_err();
    assert_eq!(wrong.code, "row_changed");
    assert!(wrong.says.starts_with("instalment ") && wrong.seq.is_some(), "{}", wrong.says);
    run(&s, "UPDATE instalment SET amount_fen = amount_fen - 1 WHERE number = 2").await;
    verified(&s).await.unwrap();
    run(&s, "UPDATE account SET role = 'head' WHERE role = 'finance'").await;
    assert_eq!(verified(&s).await.unwrap_err().code, "row_changed");
    run(&s, "UPDATE account SET role = 'finance' WHERE email LIKE 'finance@%'").await;
    run(&s, "DELETE FROM question").await;
    run(&s, "DELETE FROM objection").await;
    let wrong = verified(&s).await.unwrap_err();
    assert_eq!((wrong.code, wrong.says.starts_with("objection ")), ("row_missing", true), "{}", wrong.says);
}

#[tokio::test]
async fn a_row_that_the_record_does_not_tell_of_is_named() {
    let s = Stage::new().await;
    let uuid = if s.app().db.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
    let columns = "uscc, name, kind, version, at, body";
    run(
        &s,
        &format!(
            "INSERT INTO organisation (id, {columns}) SELECT {uuid}, 'x', name, kind, version, at, body FROM organisation LIMIT 1"
        ),
    )
    .await;
    let wrong = verified(&s).await.unwrap_err();
    assert_eq!((wrong.code, wrong.says.contains("organisation")), ("row_extra", true), "{}", wrong.says);
}

#[tokio::test]
async fn what_is_changed_in_the_record_itself_is_named() {
    let s = Stage::new().await;
    s.app().seal_log().await.unwrap();
    for table in ["audit_event", "audit_leaf", "audit_checkpoint"] {
        unguarded(&s, table).await;
    }
    for (there, back, code) in [
        ("UPDATE audit_event SET actor_name = 'x' WHERE seq = 3", "", "column"),
        (
            "UPDATE audit_event SET body = replace(body, '\"seq\":2', '\"seq\": 2') WHERE seq = 2",
            "UPDATE audit_event SET body = replace(body, '\"seq\": 2', '\"seq\":2') WHERE seq = 2",
            "leaf",
        ),
        (
            "UPDATE audit_checkpoint SET note = replace(note, 'test.example', 'best.example')",
            "UPDATE audit_checkpoint SET note = replace(note, 'best.example', 'test.example')",
            "signature",
        ),
        ("DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)", "", "gap"),
    ] {
        run(&s, there).await;
        let wrong = verified(&s).await.unwrap_err();
        assert_eq!(wrong.code, code, "{there}: {}", wrong.says);
        let back = if code == "column" {
            format!("UPDATE audit_event SET actor_name = '{}' WHERE seq = 3", actor_of(&s, 3).await)
        } else {
            back.into()
        };
        if !back.is_empty() {
            run(&s, &back).await;
            verified(&s).await.unwrap();
        }
    }
}

/// A database whose record was begun before states were told under salts: as it was, and as it goes on.
#[tokio::test]
async fn entries_of_the_first_version_hold_every_row_beside_those_of_the_second() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let mut today = BTreeMap::new();
    for table in jiebang::store::rows::TABLES {
        for (id, row) in jiebang::store::rows::rows(&s.app().db, table, uuid::Uuid::nil(), 10_000).await.unwrap() {
            today.insert((table.to_string(), id.to_string()), row);
        }
    }
    let db = s.app().db.connection();
    for table in ["audit_event", "audit_leaf"] {
        unguarded(&s, table).await;
    }
    for e in entity::audit_event::Entity::find().all(db).await.unwrap() {
        let (mut body, secret): (serde_json::Value, _) = (serde_json::from_str(&e.body).unwrap(), e.secret.clone().unwrap());
        for (n, state) in body["states"].as_array_mut().unwrap().iter_mut().enumerate() {
            let key = (state["table"].as_str().unwrap().to_owned(), state["id"].as_str().unwrap().to_owned());
            // Of what a row was before, nothing is left to be hashed.
            let rows = [today.get(&key).cloned().unwrap_or_default(), "[]".to_owned(), "gone".to_owned()];
            let row = rows.iter().find(|row| state["hmac"] == Secret(&secret).state(n, row)).unwrap_or(&rows[2]);
            state["hmac"] = jiebang::domain::hash::sha256_hex(row.as_bytes()).into();
        }
        super::file::of_the_first_version(&mut body);
        let text = jiebang::domain::hash::canonical(&body);
        let leaf = jiebang::domain::log::leaf(&e.salt, text.as_bytes()).to_vec();
        let event = entity::audit_event::Model { body: text, secret: None, ..e.clone() }.into_active_model().reset_all();
        entity::audit_event::Entity::update(event).exec(db).await.unwrap();
        let leaf = entity::audit_leaf::Model { seq: e.seq, leaf }.into_active_model().reset_all();
        entity::audit_leaf::Entity::update(leaf).exec(db).await.unwrap();
    }
    verified(&s).await.unwrap();
    s.seal_teams(c, GOVERNMENT, 1).await;
    verified(&s).await.unwrap();
    let record = exported(s.app(), Scope::Full).await;
    check(&record, &[]).unwrap();
    assert!(record.contains("\"sha256\"") && record.contains("\"hmac\""));
    for (table, column) in [("organisation", "uscc"), ("bid", "state")] {
        run(&s, &format!("UPDATE {table} SET {column} = {column} || 'x'")).await;
        assert_eq!(verified(&s).await.unwrap_err().code, "row_changed", "{table}");
        let cut = format!("UPDATE {table} SET {column} = substr({column}, 1, length({column}) - 1)");
        run(&s, &cut).await;
        verified(&s).await.unwrap();
    }
}

async fn actor_of(s: &Stage, seq: i64) -> String {
    let entry = jiebang::store::event::after(&s.app().db, &[], seq - 1, 1).await.unwrap().remove(0);
    entry.body["actor"]["name"].as_str().unwrap().to_owned()
}

/// A program that starts on the same database with the same key.
fn restarted(s: &Stage) -> jiebang::app::App {
    let key = LogKey::open(&s.t.folder.join("log.key")).unwrap();
    let files = Files::local(&s.t.folder.join("files")).unwrap();
    jiebang::app::App::new(s.app().db.clone(), s.t.clock.clone(), files, Vault::fresh()).with_log_key(key)
}

#[tokio::test]
async fn the_key_signs_no_rewritten_and_no_shorter_record() {
    let s = Stage::new().await;
    s.app().seal_log().await.unwrap();
    s.to_draft("poster", need(ENTERPRISE, "single")).await;
    restarted(&s).seal_log().await.unwrap();
    for table in ["audit_event", "audit_leaf", "audit_checkpoint"] {
        unguarded(&s, table).await;
    }
    // Rewritten with leaves that fit, checkpoints thrown away: only the key's own memory is left to tell.
    run(&s, "DELETE FROM audit_checkpoint").await;
    let other = if s.app().db.is_postgres() { "decode(repeat('ab', 32), 'hex')" } else { "randomblob(32)" };
    run(&s, &format!("UPDATE audit_leaf SET leaf = {other} WHERE seq = 5")).await;
    s.to_draft("poster", need(ENTERPRISE, "single")).await;
    let refused = restarted(&s).seal_log().await.unwrap_err();
    assert!(matches!(refused, jiebang::app::Error::LogKey(KeyError::Rewritten { .. })), "{refused}");
    run(&s, "DELETE FROM audit_leaf WHERE seq > 10").await;
    run(&s, "DELETE FROM audit_event WHERE seq > 10").await;
    run(&s, "UPDATE audit_head SET seq = 10").await;
    let refused = restarted(&s).seal_log().await.unwrap_err();
    assert!(matches!(refused, jiebang::app::Error::LogKey(KeyError::Shorter { size: 10, .. })), "{refused}");
    assert_eq!(s.app().checkpoint().await.unwrap(), None, "nothing was signed");
}

#[tokio::test]
async fn many_nodes_sign_one_history() {
    let s = Stage::new().await;
    let nodes: Vec<_> = (0..4).map(|_| restarted(&s)).collect();
    for _ in 0..5 {
        s.to_draft("poster", need(ENTERPRISE, "single")).await;
        let all = futures_util::future::join_all(nodes.iter().map(|n| n.seal_log())).await;
        let notes: std::collections::BTreeSet<_> = all.into_iter().map(|n| n.unwrap().unwrap()).collect();
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
    assert_eq!(verified(&s).await.unwrap().checkpoints, 5);
}

#[tokio::test]
async fn an_organisation_is_as_the_record_left_it_when_its_signatories_change() {
    let s = Stage::new().await;
    let (who, letter) = (s.who("bidder1"), s.upload("bidder1").await);
    let named = form(serde_json::json!({ "account": who.account, "letter": [letter] }));
    let asked = s.app().add_signatory(who, named).await.unwrap();
    verified(&s).await.unwrap();
    s.second(&asked).await;
    verified(&s).await.unwrap();
    s.app().remove_signatory(who, who.account).await.unwrap();
    verified(&s).await.unwrap();
}

/// The entries that tell of the schema's own rows are no use of a database.
#[tokio::test]
async fn a_fresh_database_is_marked_once_and_a_used_one_is_not() {
    let t = crate::support::TestApp::bare().await;
    t.app.mark(&Actor::system(), "test").await.unwrap();
    assert_eq!(t.app.purpose().await.unwrap(), "test");
    let said = t.app.mark(&Actor::system(), "test").await.unwrap_err().to_string();
    assert_eq!(said, "the database has been used; only an empty one can be marked");
}

/// A record begun before it told of files, contents, turns and passwords: told of once, and whole from then on.
#[tokio::test]
async fn rows_from_before_the_record_told_of_them_are_told_once() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let mut offer = s.offer(0, GOVERNMENT);
    offer["attachments"] = serde_json::json!([s.upload("bidder1").await]);
    s.seal(c, "bidder1", offer).await;
    verified(&s).await.unwrap();
    let uuid = if s.app().db.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
    let columns = "kind, size, sha256, secret, owner_id, org_id, noun, subject_id, challenge_id, at";
    run(&s, &format!("INSERT INTO file (id, key, name, {columns}) SELECT {uuid}, 'x', name, {columns} FROM file")).await;
    assert_eq!(verified(&s).await.unwrap_err().code, "row_extra");
    run(&s, "INSERT INTO setting (key, value) VALUES ('untold', '1')").await;
    s.app().tell_untold(&Actor::system()).await.unwrap();
    verified(&s).await.unwrap();
    run(&s, &format!("INSERT INTO file (id, key, name, {columns}) SELECT {uuid}, 'y', name, {columns} FROM file LIMIT 1")).await;
    run(&s, "INSERT INTO setting (key, value) VALUES ('untold', 'only verification')").await;
    s.app().tell_untold(&Actor::system()).await.unwrap();
    assert_eq!(verified(&s).await.unwrap_err().code, "row_extra", "an update blesses nothing but what it is about");
    run(&s, "DELETE FROM file WHERE key = 'y'").await;
    verified(&s).await.unwrap();
    let entries = |s: &Stage| {
        let app = s.app().clone();
        async move { app.log_size().await.unwrap() }
    };
    let size = entries(&s).await;
    s.app().tell_untold(&Actor::system()).await.unwrap();
    assert_eq!(entries(&s).await, size, "once");
    run(&s, "UPDATE file SET key = 'y' WHERE key = 'x'").await;
    assert_eq!(verified(&s).await.unwrap_err().code, "row_changed");
    for who in ["admin", "auditor", "supervisor", "officer"] {
        for seq in size - 6..=size {
            if let Ok(entry) = s.app().entry(s.who(who), seq).await {
                assert!(!entry.text.contains("bid_content"), "{who}: how many bids there are is not told");
            }
        }
    }
}

/// The bytes of every file that an act has named, in the folder.
#[tokio::test]
async fn a_stored_file_that_is_changed_or_gone_is_named() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let (mut offer, file) = (s.offer(0, GOVERNMENT), s.upload("bidder1").await);
    offer["attachments"] = serde_json::json!([file]);
    s.seal(c, "bidder1", offer).await;
    let loose = s.upload("bidder2").await;
    let place = |key: &str| s.t.folder.join("files").join(key);
    let files = s.app().attachments(&[file, loose]).await.unwrap();
    let of = |id| files.iter().find(|f| f.id == id).unwrap().key.clone();
    let check = || async {
        match jiebang::app::verify::stored_files(&s.app().db, &s.app().files, &|_| {}).await {
            Ok(n) => format!("{n} in order"),
            Err(Stopped::Wrong(w)) if w.says.contains(&file.to_string()) && w.says.contains(&of(file)) => w.code.to_owned(),
            Err(other) => other.to_string(),
        }
    };
    std::fs::remove_file(place(&of(loose))).unwrap();
    assert_eq!(check().await, "1 in order");
    let bytes = std::fs::read(place(&of(file))).unwrap();
    let mut changed = bytes.clone();
    changed[100] ^= 1;
    std::fs::write(place(&of(file)), &changed).unwrap();
    assert_eq!(check().await, "file_changed");
    std::fs::write(place(&of(file)), &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(check().await, "file_changed");
    std::fs::remove_file(place(&of(file))).unwrap();
    assert_eq!(check().await, "file_missing");
    std::fs::write(place(&of(file)), &bytes).unwrap();
    assert_eq!(check().await, "1 in order");
}

/// A new key signs on where the one before it ended; the record is checked with both, and says so when one is missing.
#[tokio::test]
async fn after_a_change_of_keys_the_record_carries_on_and_is_checked_with_both() {
    let s = Stage::new().await;
    let before = s.app().log.public_key().unwrap().clone();
    let seen = s.app().seal_log().await.unwrap().unwrap();
    s.to_draft("poster", need(ENTERPRISE, "single")).await;
    let new = LogKey::create(&s.t.folder.join("new.key"), "test.example/log-2", [8; 32]).unwrap();
    let key = new.public().clone();
    let after = s.app().clone().with_log_key(new);
    after.seal_log().await.unwrap();
    let database = |former: Vec<PublicKey>| async {
        let checker = Checker::new(Trust { key: Some(key.clone()), former, ..Trust::default() });
        let signed = Signed { key: key.clone(), last: None };
        match database(&s.app().db, checker, Some(&signed), &|_, _| {}).await {
            Ok(summary) => summary.checkpoints.to_string(),
            Err(e) => e.to_string(),
        }
    };
    assert_eq!(database(vec![before.clone()]).await, "2");
    let said = database(vec![]).await;
    assert!(said.contains("no signature by test.example/log-2") && said.contains("--key"), "{said}");
    let record = exported(&after, Scope::Full).await;
    let checked = |given: PublicKey, former: Vec<PublicKey>| {
        let mut checker = Checker::new(Trust { key: Some(given), former, seen: vec![("seen".to_owned(), seen.clone())] });
        record.lines().try_for_each(|l| checker.line(l.as_bytes())).and_then(|()| checker.finish()).map_err(|w| w.says)
    };
    checked(key.clone(), vec![before.clone()]).unwrap();
    let said = checked(before.clone(), vec![]).unwrap_err();
    assert!(said.contains("signed by test.example/log-2+") && said.contains("not by the key that was given"), "{said}");
    let named = SecretKey::new("elsewhere.example/log", [8; 32]).unwrap();
    let said = checked(named.public().clone(), vec![]).unwrap_err();
    assert!(said.contains("the same key under another name: test.example/log-2 here"), "{said}");
}

//! Wrong folder, wrong key: a server that finds other keys than its database was written by does not start, and makes none.
use crate::support::*;
use jiebang::domain::Actor;
use jiebang::outside::seal::Vault;
use sea_orm::ConnectionTrait;
use std::path::Path;
use std::process::{Command, Output};

/// The program itself on this database, with the data folder that is named.
fn run(t: &TestApp, data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiebang"));
    command.args(args).env("JIEBANG_DATABASE_URL", &t.url).env("JIEBANG_DATA", data).env("JIEBANG_LISTEN", "127.0.0.1:0");
    if t.app.db.is_postgres() {
        command.env("JIEBANG_LOG_KEY_FILE", data.join("log.key"));
    }
    command.output().unwrap()
}

/// It ends by itself with 1; what it said.
#[track_caller]
fn refused(out: &Output) -> String {
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    said
}

async fn forget(t: &TestApp) {
    t.app.db.connection().execute_unprepared("DELETE FROM setting WHERE key LIKE '%_key_sha256'").await.unwrap();
}

async fn noted(t: &TestApp) -> Vec<String> {
    let rows = t.app.db.connection().query_all_raw(sea_orm::Statement::from_string(
        t.app.db.connection().get_database_backend(),
        "SELECT value FROM setting WHERE key LIKE '%_key_sha256' ORDER BY key",
    ));
    rows.await.unwrap().iter().map(|r| r.try_get("", "value").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_looks_in_another_folder_does_not_start_and_makes_no_key() {
    let t = TestApp::new().await;
    let home = t.folder.clone();
    assert!(run(&t, &home, &["migrate"]).status.success());
    let known = noted(&t).await;
    assert_eq!(known.len(), 2, "both keys are noted");
    let draft = std::fs::read_to_string(home.join("draft.key")).unwrap();
    assert!(known.iter().all(|print| print.len() == 64 && !draft.contains(print.as_str())));

    let away = home.join("elsewhere");
    for command in [&["serve"][..], &["migrate"], &["config", "check"], &["admin", "list"]] {
        let said = refused(&run(&t, &away, command));
        assert!(said.contains(&away.display().to_string()) && said.contains("JIEBANG_DATA"), "{command:?}: {said}");
        assert!(said.contains(&known[0]), "it says which key it expected: {said}");
        assert!(!away.join("draft.key").exists() && !away.join("log.key").exists(), "{command:?} made a key");
    }

    // Keys of another installation lie there.
    Vault::of_file(&away.join("draft.key"), true).unwrap();
    std::fs::copy(home.join("log.key"), away.join("log.key")).unwrap();
    let said = refused(&run(&t, &away, &["serve"]));
    assert!(said.contains(&format!("expected {}", known[0])) && said.contains(&away.display().to_string()), "{said}");
    std::fs::copy(home.join("draft.key"), away.join("draft.key")).unwrap();
    std::fs::remove_file(away.join("log.key")).unwrap();
    jiebang::outside::log_key::LogKey::create(&away.join("log.key"), "test.example/log", [9; 32]).unwrap();
    let said = refused(&run(&t, &away, &["serve"]));
    assert!(said.contains(&format!("expected {}", known[1])) && said.contains("change-key"), "{said}");
    assert!(run(&t, &away, &["log", "change-key"]).status.success());
    let checked = run(&t, &away, &["config", "check"]);
    assert!(checked.status.success(), "a key that was changed by word is expected from then on");
    assert!(String::from_utf8_lossy(&checked.stdout).contains("The keys are those of this database."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_before_notes_keys_that_fit_and_refuses_others() {
    let t = TestApp::new().await;
    let away = t.folder.join("elsewhere");
    std::fs::create_dir_all(&away).unwrap();
    Vault::of_file(&away.join("draft.key"), true).unwrap();
    std::fs::copy(t.folder.join("log.key"), away.join("log.key")).unwrap();
    // Something lies under the key, and something was signed.
    t.upload("officer").await;
    t.app.seal_log().await.unwrap();
    let said = refused(&run(&t, &away, &["migrate"]));
    assert!(said.contains("what was written before does not go with it"), "{said}");
    assert_eq!(noted(&t).await, Vec::<String>::new(), "nothing is noted of a key that does not fit");
    assert!(run(&t, &t.folder, &["migrate"]).status.success());
    assert_eq!(noted(&t).await.len(), 2);

    forget(&t).await;
    std::fs::copy(t.folder.join("draft.key"), away.join("draft.key")).unwrap();
    std::fs::remove_file(away.join("log.key")).unwrap();
    jiebang::outside::log_key::LogKey::create(&away.join("log.key"), "test.example/log", [9; 32]).unwrap();
    let said = refused(&run(&t, &away, &["migrate"]));
    assert!(said.contains("log.key") && said.contains("what was written before"), "{said}");
}

#[tokio::test]
async fn a_node_whose_keys_are_others_is_not_ready() {
    let t = TestApp::bare().await;
    t.app.note_keys(&Actor::system()).await.unwrap();
    assert!(t.app.is_ready().await.unwrap());
    assert!(t.another(t.vault.clone()).await.is_ready().await.unwrap());
    assert!(!t.another(Vault::fresh()).await.is_ready().await.unwrap());
}

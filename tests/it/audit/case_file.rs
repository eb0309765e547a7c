//! A case in one file: checked offline, each changed byte named.
use crate::acts::support::*;
use axum::{body::Body, http::Request};
use jiebang::app::case_zip::{Stopped, Summary, check};
use jiebang::domain::*;
use std::path::PathBuf;
use tower::ServiceExt;

async fn download(s: &Stage, who: &str, c: ChallengeId) -> (u16, Vec<u8>) {
    fetch(s, who, &format!("/challenges/{c}/case.zip")).await
}

pub(super) async fn fetch(s: &Stage, who: &str, path: &str) -> (u16, Vec<u8>) {
    let request = Request::get(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {}", s.t.token(who).await))
        .body(Body::empty())
        .unwrap();
    let response = s.t.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
}

pub(super) fn kept(s: &Stage, name: &str, bytes: &[u8]) -> PathBuf {
    let path = s.t.folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

pub(super) fn code(found: Result<Summary, Stopped>) -> String {
    match found {
        Ok(_) => "clean".into(),
        Err(Stopped::Wrong(w)) => format!("{}: {}", w.code, w.says),
        Err(Stopped::Unclear(why)) => format!("unclear: {why}"),
    }
}

/// A whole case with an attachment.
async fn case(s: &Stage) -> (ChallengeId, Vec<u8>) {
    let (c, _, k) = s.to_effective(ENTERPRISE, &[90, 85, 80]).await;
    s.pass_milestone(k, 1, ENTERPRISE, 0).await;
    let (status, bytes) = download(s, "auditor", c).await;
    assert_eq!(status, 200);
    (c, bytes)
}

fn unpacked(s: &Stage, bytes: &[u8]) -> PathBuf {
    let root = s.t.folder.join("unpacked");
    let _before = std::fs::remove_dir_all(&root);
    zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap().extract(&root).unwrap();
    root
}

#[tokio::test]
async fn a_case_file_holds_the_whole_case_and_is_checked_offline_packed_or_unpacked() {
    let s = Stage::new().await;
    let (c, bytes) = case(&s).await;
    let found = check(&kept(&s, "case.zip", &bytes), None).unwrap();
    let entries = s.app().case_part(s.who("auditor"), c).await.unwrap().entries.len();
    assert_eq!((found.challenge, found.entries, found.key_given), (c.0, entries, false));
    let key = s.app().log.public_key().unwrap().clone();
    assert_eq!(code(check(&kept(&s, "case.zip", &bytes), Some(&key))), "clean");
    assert_eq!(code(check(&unpacked(&s, &bytes), Some(&key))), "clean");
    let names: Vec<String> =
        zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap().file_names().map(|n| n.unwrap().into_owned()).collect();
    let first: Vec<&str> = names.iter().map(String::as_str).filter(|n| !n.contains('/')).collect();
    assert_eq!(first, ["index.html", "story.html", "story.json", "flags.json", "reads.json", "manifest.json", "manifest.note"]);
    let kinds = ["challenge", "bid", "assignment", "notice", "contract", "milestone", "instalment"];
    assert!(kinds.iter().all(|k| names.iter().any(|n| n.starts_with("things/") && n.contains(&format!("-{k}-")))), "{names:?}");
    assert_eq!(names.iter().filter(|n| n.starts_with("attachments/")).count(), 1);
}

#[tokio::test]
async fn every_changed_byte_of_a_case_file_is_named() {
    let s = Stage::new().await;
    let (_, bytes) = case(&s).await;
    let key = s.app().log.public_key().unwrap().clone();
    // Every file's first byte, and bytes all through the file, frame and contents.
    let step = (bytes.len() / 150).max(1);
    let mut missed = vec![];
    for at in (0..bytes.len()).step_by(step).chain(bytes.len() - 60..bytes.len()).chain(0..60) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x01;
        if code(check(&kept(&s, "changed.zip", &changed), Some(&key))) == "clean" {
            missed.push(at);
        }
    }
    assert_eq!(missed, Vec::<usize>::new());
    let cut = &bytes[..bytes.len() - 1];
    assert!(code(check(&kept(&s, "cut.zip", cut), Some(&key))).starts_with("container"), "cut short");
    let longer = [bytes.clone(), vec![0]].concat();
    assert!(code(check(&kept(&s, "longer.zip", &longer), Some(&key))).starts_with("container"), "something behind it");
}

#[tokio::test]
async fn in_an_unpacked_case_what_was_changed_added_or_taken_is_named() {
    let s = Stage::new().await;
    let (_, bytes) = case(&s).await;
    let key = s.app().log.public_key().unwrap().clone();
    let other = jiebang::outside::log_key::LogKey::create(&s.t.folder.join("other.key"), "other.example/log", [9; 32]).unwrap();
    let said = |change: &dyn Fn(&std::path::Path)| {
        let root = unpacked(&s, &bytes);
        change(&root);
        code(check(&root, Some(&key)))
    };
    let append = |path: &std::path::Path| std::fs::write(path, [std::fs::read(path).unwrap(), b" ".to_vec()].concat()).unwrap();
    let longer = "file: story.json: its bytes do not read: it goes on past the size that is listed";
    assert_eq!(said(&|root| append(&root.join("story.json"))), longer);
    let other_byte = |path: &std::path::Path| {
        let mut bytes = std::fs::read(path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    assert_eq!(said(&|root| other_byte(&root.join("story.json"))), "file: story.json is not the file that the manifest lists");
    assert_eq!(said(&|root| std::fs::write(root.join("more.txt"), "x").unwrap()), "extra: more.txt is in no manifest");
    assert_eq!(said(&|root| std::fs::remove_file(root.join("index.html")).unwrap()), "missing: index.html is missing");
    assert!(said(&|root| append(&root.join("manifest.json"))).starts_with("manifest"));
    assert!(said(&|root| append(&root.join("manifest.note"))).starts_with("signature"));
    assert!(said(&|root| append(&root.join("record/receipts.jsonl"))).starts_with("file"));
    assert!(code(check(&unpacked(&s, &bytes), Some(other.public()))).starts_with("key"));
}

#[tokio::test]
async fn a_case_file_is_oversights_and_taking_it_stands_in_the_read_log() {
    let s = Stage::new().await;
    let (c, _) = s.to_opened(ENTERPRISE, "single", 2).await;
    for who in ["officer", "head", "poster", "bidder1", "expert0", "admin", "finance"] {
        assert_eq!(download(&s, who, c).await.0, 404, "{who}");
    }
    assert_eq!(download(&s, "supervisor", c).await.0, 200);
    let reads = jiebang::store::reads::list(&s.app().db, jiebang::app::reads::Of::Case(c), None, 100).await.unwrap();
    assert!(reads.iter().any(|r| r.what == "export" && r.actor == s.who("supervisor").account));
}

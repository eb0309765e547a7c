//! Uploads that are cut and go on; what drafts name stays.
use crate::acts::support::*;
use crate::support::{Answer, TestApp};
use axum::{
    body::{Body, Bytes},
    http::{Method, Request, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::stream;
use jiebang::domain::{forms::SealBid, *};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::path::Path;

const MIB: usize = 1024 * 1024;

/// A document of so many bytes.
fn pdf(len: usize) -> Vec<u8> {
    let (head, tail) = (b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n", b"\ntrailer<</Root 1 0 R>>\n%%EOF\n");
    let mut all = head.to_vec();
    all.extend((0..len - head.len() - tail.len()).map(|n| (n * 7 + n / 251) as u8));
    all.extend(tail);
    all
}

/// One request of the protocol.
async fn tus(t: &TestApp, who: &str, method: Method, path: &str, told: &[(&str, String)], body: Body) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("tus-resumable", "1.0.0");
    if !who.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", t.token(who).await));
    }
    for (name, value) in told {
        request = request.header(*name, value);
    }
    t.request(request.body(body).unwrap()).await
}

async fn begin(t: &TestApp, who: &str, name: &str, len: usize) -> Answer {
    let told = [("upload-length", len.to_string()), ("upload-metadata", format!("filename {}", STANDARD.encode(name)))];
    tus(t, who, Method::POST, "/uploads", &told, Body::empty()).await
}

async fn send(t: &TestApp, who: &str, at: &str, offset: usize, body: Body) -> Answer {
    let told = [("upload-offset", offset.to_string()), ("content-type", "application/offset+octet-stream".to_owned())];
    tus(t, who, Method::PATCH, at, &told, body).await
}

fn number(a: &Answer, name: &str) -> usize {
    a.headers[name].to_str().unwrap().parse().unwrap()
}

async fn stands(t: &TestApp, who: &str, at: &str) -> usize {
    number(&tus(t, who, Method::HEAD, at, &[], Body::empty()).await, "upload-offset")
}

fn place(begun: &Answer) -> String {
    begun.headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned()
}

/// Bytes that come, and then a cut.
fn cut(bytes: &[u8]) -> Body {
    let pieces: Vec<_> = bytes.chunks(100_000).map(|p| Ok(Bytes::copy_from_slice(p))).collect();
    let cut = Err(std::io::Error::other("the connection was reset"));
    Body::from_stream(stream::iter(pieces.into_iter().chain([cut])))
}

fn objects(folder: &Path) -> usize {
    let inside = |p: &Path| std::fs::read_dir(p).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    inside(&folder.join("files")).iter().filter(|p| p.is_dir()).map(|p| inside(p).len()).sum()
}

async fn rows(t: &TestApp, table: &str) -> usize {
    let sql = sea_orm::Statement::from_string(t.app.db.connection().get_database_backend(), format!("SELECT id FROM {table}"));
    t.app.db.connection().query_all_raw(sql).await.unwrap().len()
}

async fn days_later(t: &TestApp, table: &str) {
    let loose = if table == "file" { "WHERE subject_id IS NULL" } else { "" };
    let sql = format!("UPDATE {table} SET at = at - 172800000 {loose}");
    t.app.db.connection().execute_unprepared(&sql).await.unwrap();
}

#[tokio::test]
async fn a_cut_upload_goes_on_where_it_stood_on_any_node_and_makes_the_same_file() {
    let s = Stage::new().await;
    let (t, all) = (&s.t, pdf(9 * MIB + 5));
    let begun = begin(t, "bidder1", "方案.pdf", all.len()).await;
    assert_eq!((begun.status, number(&begun, "upload-offset")), (201, 0));
    assert!(begun.headers.contains_key("upload-expires"));
    let at = place(&begun);
    // Cut after six: one whole piece is safe, less than one is sent again.
    let answer = send(t, "bidder1", &at, 0, cut(&all[..6 * MIB])).await;
    assert_eq!(answer.status, 400);
    let stood = stands(t, "bidder1", &at).await;
    assert!(stood <= 6 * MIB && 6 * MIB - stood < 4 * MIB, "{stood}");
    // Who does not stand where it stands is told where; nothing comes twice.
    let other = send(t, "bidder1", &at, stood + 1, Body::from(all[stood..].to_vec())).await.refused(409, "upload_offset");
    assert_eq!(other["facts"]["offset"], stood.to_string());
    assert_eq!(stands(t, "bidder1", &at).await, stood);
    // It is nobody else's, and no file yet.
    for who in ["bidder2", "officer", "admin", "auditor"] {
        assert_eq!(tus(t, who, Method::HEAD, &at, &[], Body::empty()).await.status, 404, "{who}");
        send(t, who, &at, stood, Body::from("x")).await.problem(404, "missing");
        tus(t, who, Method::DELETE, &at, &[], Body::empty()).await.problem(404, "missing");
    }
    let id = at.rsplit_once('/').unwrap().1;
    t.get("bidder1", &format!("/files/{id}")).await.problem(404, "missing");
    // Another node takes the rest.
    let node = t.another(t.vault.clone()).await;
    let file = FileId(id.parse().unwrap());
    let rest = stream::iter([Ok::<_, std::io::Error>(Bytes::copy_from_slice(&all[stood..]))]);
    let done = node.upload_more(s.who("bidder1"), file, stood as u64, rest).await.unwrap();
    assert_eq!((done.offset, done.length), (all.len() as u64, all.len() as u64));
    let kept = done.file.unwrap();
    assert_eq!((kept.name.as_str(), kept.size), ("方案.pdf", all.len() as i64));
    let read = tus(t, "bidder1", Method::GET, &format!("/files/{id}"), &[], Body::empty()).await;
    assert_eq!(read.headers[header::CONTENT_LENGTH], all.len().to_string());
    assert_eq!(kept.sha256, hash::sha256_hex(&all));
    // The answer was lost: asked again, it is there; nothing of the pieces is left.
    assert_eq!(stands(t, "bidder1", &at).await, all.len());
    let again = send(t, "bidder1", &at, all.len(), Body::empty()).await;
    assert_eq!((again.status, &again.headers["content-location"]), (204, &format!("/api/v1/files/{id}").parse().unwrap()));
    assert_eq!((rows(t, "upload").await, objects(&t.folder)), (0, 1));
    assert_eq!(tus(t, "bidder2", Method::HEAD, &at, &[], Body::empty()).await.status, 404);
}

#[tokio::test]
async fn two_connections_at_once_make_one_file() {
    let s = Stage::new().await;
    let (t, all) = (&s.t, pdf(3 * MIB));
    let at = place(&begin(t, "bidder1", "方案.pdf", all.len()).await);
    let both = [0, 1].map(|_| send(t, "bidder1", &at, 0, Body::from(all.clone())));
    let answers = futures_util::future::join_all(both).await;
    for a in &answers {
        assert!(a.status == 204 || a.status == 409, "{} {}", a.status, a.body);
    }
    assert_eq!(stands(t, "bidder1", &at).await, all.len());
    assert_eq!((rows(t, "upload").await, rows(t, "file").await, objects(&t.folder)), (0, 1, 1));
}

#[tokio::test]
async fn what_can_not_be_taken_is_refused_as_early_as_it_shows() {
    let s = Stage::new().await;
    let t = &s.t;
    begin(t, "", "方案.pdf", 100).await.problem(401, "sign-in");
    begin(t, "bidder1", "方案.exe", 100).await.problem(422, "file-refused");
    begin(t, "bidder1", "方案.pdf", 0).await.problem(422, "file-refused");
    begin(t, "bidder1", "方案.pdf", 51 * MIB).await.problem(413, "too-large");
    assert_eq!(begin(t, "bidder1", "投标.jb", 500 * MIB).await.status, 201);
    let bare = |told: Vec<(&'static str, String)>| async move {
        tus(t, "bidder1", Method::POST, "/uploads", &told, Body::empty()).await
    };
    bare(vec![("upload-length", "10".into())]).await.refused(400, "upload_name");
    bare(vec![("upload-metadata", "filename eA==".into())]).await.refused(400, "upload_number");
    bare(vec![("upload-length", "+1".into())]).await.refused(400, "upload_number");
    let old = Request::post("/api/v1/uploads").header("tus-resumable", "0.2.2").header("upload-length", "1");
    let old = old.header(header::AUTHORIZATION, format!("Bearer {}", t.token("bidder1").await));
    t.request(old.body(Body::empty()).unwrap()).await.problem(412, "upload-version");

    // A program that says it is a document: its first piece tells, and the upload is gone.
    let at = place(&begin(t, "bidder1", "方案.pdf", 9 * MIB).await);
    send(t, "bidder1", &at, 0, Body::from(vec![b'M'; 5 * MIB])).await.problem(422, "file-refused");
    assert_eq!(tus(t, "bidder1", Method::HEAD, &at, &[], Body::empty()).await.status, 404);
    // More than was announced, without the kind that says what it is, and in crumbs.
    let all = pdf(100_000);
    let at = place(&begin(t, "bidder1", "方案.pdf", 99_000).await);
    send(t, "bidder1", &at, 0, Body::from(all.clone())).await.refused(409, "upload_too_long");
    let told = [("upload-offset", "0".to_owned()), ("content-type", "application/json".to_owned())];
    tus(t, "bidder1", Method::PATCH, &at, &told, Body::from("{}")).await.problem(415, "unsupported");
    for n in 0..400 {
        assert_eq!(send(t, "bidder1", &at, n, Body::from(all[n..=n].to_vec())).await.status, 204, "{n}");
    }
    send(t, "bidder1", &at, 400, Body::from("x")).await.refused(409, "upload_in_crumbs");
    // Given up, and given up by silence.
    tus(t, "bidder1", Method::DELETE, &at, &[], Body::empty()).await.ok();
    assert_eq!(tus(t, "bidder1", Method::HEAD, &at, &[], Body::empty()).await.status, 404);
    let at = place(&begin(t, "bidder1", "方案.pdf", all.len()).await);
    send(t, "bidder1", &at, 0, Body::from(all[..50_000].to_vec())).await.ok();
    t.app.tidy(&Actor::system()).await.unwrap();
    assert_eq!(stands(t, "bidder1", &at).await, 50_000);
    days_later(t, "upload").await;
    t.app.tidy(&Actor::system()).await.unwrap();
    assert_eq!((rows(t, "upload").await, objects(&t.folder)), (0, 0));
    // Uploads under way count in the quota, by what they announce.
    for n in 0..2 {
        assert_eq!(begin(t, "bidder1", "投标.jb", 512 * MIB).await.status, 201, "{n}");
    }
    begin(t, "bidder1", "方案.pdf", MIB).await.refused(409, "too_many_loose_files");
    assert_eq!(begin(t, "bidder2", "方案.pdf", MIB).await.status, 201);
}

#[tokio::test]
async fn what_a_draft_names_stays_as_long_as_it_is_named_and_is_its_teams() {
    let mut s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let org = s.t.org("u1")["id"].as_str().unwrap().to_owned();
    s.t.person("bidder", "colleague", &org, None).await;
    s.meet("colleague").await;
    let [kept, dropped, loose] = [s.upload("bidder1").await, s.upload("bidder1").await, s.upload("bidder1").await];
    let mut offer = s.offer(0, ENTERPRISE);
    offer["attachments"] = json!([kept, dropped]);
    let b = s.draft_bid(c, "bidder1", offer).await;
    // Days pass; what nothing names goes, what the draft names stays.
    let tidy = async || {
        days_later(&s.t, "file").await;
        s.app().tidy(&Actor::system()).await.unwrap();
    };
    tidy().await;
    let there = async |who: &str, id: FileId| s.app().attachment(s.who(who), id).await.is_ok();
    assert!(there("bidder1", kept).await && there("bidder1", dropped).await);
    assert!(!there("bidder1", loose).await);
    // A colleague who writes the same draft reads its files and no rival does; the rival's draft does not get hold of them.
    assert!(there("colleague", kept).await);
    let rival = s
        .draft_bid(c, "bidder2", {
            let mut o = s.offer(1, ENTERPRISE);
            o["attachments"] = json!([kept]);
            o
        })
        .await;
    for who in ["bidder2", "officer", "supervisor", "admin", "poster"] {
        assert!(!there(who, kept).await, "{who}");
    }
    let stolen = s.app().seal_bid(s.who("bidder2"), rival, SealBid { agree: true }).await;
    assert_eq!(told(stolen), "file_not_yours");
    // Named no more it is loose again, from now on.
    s.app().save_bid_draft(s.who("colleague"), b, json!({ "attachments": kept.to_string() }), None).await.unwrap();
    s.app().tidy(&Actor::system()).await.unwrap();
    assert!(there("bidder1", dropped).await);
    tidy().await;
    assert!(!there("bidder1", dropped).await && there("bidder1", kept).await);
    // The colleague seals what the other has uploaded.
    s.app().seal_bid(s.who("colleague"), b, SealBid { agree: true }).await.unwrap();
    tidy().await;
    assert!(there("bidder1", kept).await);
    s.verified().await.unwrap();
}

#[tokio::test]
async fn a_needs_draft_keeps_its_files_too() {
    let s = Stage::new().await;
    let file = s.upload("poster").await;
    let mut raw = need(ENTERPRISE, "single");
    raw["attachments"] = json!([file]);
    let c = s.to_draft("poster", raw).await;
    days_later(&s.t, "file").await;
    s.app().tidy(&Actor::system()).await.unwrap();
    assert!(s.app().attachment(s.who("poster"), file).await.is_ok());
    assert!(s.app().attachment(s.who("poster2"), file).await.is_err());
    s.app().submit_challenge(s.who("poster"), c).await.unwrap();
    s.verified().await.unwrap();
}

/// D6: an upload begun in time on a slow line, finished and sealed in the last second, counts; one that is not sealed does not.
#[tokio::test]
async fn a_slow_upload_that_is_sealed_in_the_last_second_counts() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let close = s.challenge(c).await.close_at.unwrap();
    let all = pdf(6 * MIB);
    let before = |ms: i64| close - jiff::SignedDuration::from_millis(ms);
    s.set_clock(before(600_000));
    let mut drafts = vec![];
    for (n, who) in [(0, "bidder1"), (1, "bidder2")] {
        let at = place(&begin(&s.t, who, "方案.pdf", all.len()).await);
        drafts.push((who, at, s.draft_bid(c, who, s.offer(n, ENTERPRISE)).await));
    }
    for (n, part) in all.chunks(MIB).enumerate() {
        s.set_clock(before(600_000 - 99_800 * (n as i64 + 1)));
        for (who, at, _) in &drafts {
            send(&s.t, who, at, n * MIB, Body::from(part.to_vec())).await.ok();
        }
    }
    s.set_clock(before(1));
    for (who, at, bid) in &drafts {
        let id = at.rsplit_once('/').unwrap().1;
        s.app().save_bid_draft(s.who(who), *bid, json!({ "attachments": [id] }), None).await.unwrap();
    }
    s.app().seal_bid(s.who("bidder1"), drafts[0].2, SealBid { agree: true }).await.unwrap();
    s.set_clock(close);
    let late = s.app().seal_bid(s.who("bidder2"), drafts[1].2, SealBid { agree: true }).await;
    assert_eq!(told(late), "bidding_closed");
    s.open(c).await;
    assert_eq!(s.bid(drafts[0].2).await.head.state.id(), "opened");
    // The other one's team is told that it was not sealed in time.
    assert_eq!(s.bid(drafts[1].2).await.head.state.id(), "expired");
    let seen = s.t.get("bidder2", &format!("/bids/{}", drafts[1].2)).await.ok();
    assert_eq!(seen["state"], "expired");
}

/// What visitors leave lying goes within the hour, and is counted apart from everybody else's.
#[tokio::test]
async fn what_visitors_leave_lying_goes_within_the_hour() {
    let s = Stage::new().await;
    let loose = async || {
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(pdf(200)))]);
        s.app().upload(&Actor::visitor(), "证明.pdf", stream).await
    };
    for _ in 0..61 {
        loose().await.unwrap();
    }
    s.app().tidy(&Actor::system()).await.unwrap();
    assert_eq!(rows(&s.t, "file").await, 61);
    s.app().db.connection().execute_unprepared("UPDATE file SET at = at - 3700000").await.unwrap();
    let own = s.upload("bidder1").await;
    s.app().db.connection().execute_unprepared("UPDATE file SET at = at - 100").await.unwrap();
    s.app().tidy(&Actor::system()).await.unwrap();
    assert_eq!(rows(&s.t, "file").await, 1);
    assert!(s.app().attachment(s.who("bidder1"), own).await.is_ok());
    assert_eq!(objects(&s.t.folder), 1);
}

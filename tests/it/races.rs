//! Many at once, on both engines: exactly one wins what one may win, and nobody sees an internal error.
use crate::job::{published, sealed};
use crate::support::{TestApp, credit_code, offer};
use jiebang::domain::{AccountId, Actor, BidId, ChallengeId, Draft, OrgId, Role, clock::Clock, forms};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

fn tally(all: Vec<String>) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for one in all {
        *out.entry(one).or_default() += 1;
    }
    out
}

fn count(ok: usize, code: &str, refused: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([("ok".to_owned(), ok), (code.to_owned(), refused)])
}

fn told<T>(r: jiebang::app::Result<T>) -> String {
    match r {
        Ok(_) => "ok".into(),
        Err(jiebang::app::Error::Refused(r)) => r.code.into(),
        Err(jiebang::app::Error::Denied(d)) => d.to_string(),
        Err(other) => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eighty_bids_in_the_last_second_are_all_taken_and_none_after_it() {
    let mut app = TestApp::new().await;
    let mut teams = vec![];
    for n in 0..80 {
        let org = app.organisation("", &credit_code(100 + n), &format!("揭榜单位{n}（示例）"), "university").await;
        let id: OrgId = serde_json::from_value(org["id"].clone()).unwrap();
        teams.push((
            Actor {
                account: AccountId(Uuid::new_v4()),
                org: id,
                role: Role::Bidder,
                name: format!("团队{n}"),
                once: None,
                proven: true,
                had: None,
            },
            org,
        ));
    }
    let c = published(&app, "service", "government_posted", "single").await;
    let on: ChallengeId = serde_json::from_value(json!(c)).unwrap();
    let mut bids = vec![];
    for (actor, org) in &teams {
        let b = app.app.start_bid(actor, on, forms::StartBid { note: None }).await.unwrap();
        app.app.save_bid_draft(actor, b.id, offer(org, 200_000_000, 20_000_000, "99"), None).await.unwrap();
        bids.push((actor.clone(), b.id));
    }
    let close: jiff::Timestamp =
        app.get("", &format!("/challenges/{c}")).await.ok()["close_at"].as_str().unwrap().parse().unwrap();
    app.clock.set(close - jiff::SignedDuration::from_millis(1));
    let late = bids.pop().unwrap();
    let seal = |app: jiebang::app::App, actor: Actor, id: BidId| async move {
        told(app.seal_bid(&actor, id, forms::SealBid { agree: true }).await)
    };
    let mut set = tokio::task::JoinSet::new();
    for (actor, id) in bids {
        set.spawn(seal(app.app.clone(), actor, id));
    }
    assert_eq!(tally(set.join_all().await), BTreeMap::from([("ok".to_owned(), 79)]));
    app.clock.set(close);
    assert_eq!(seal(app.app.clone(), late.0, late.1).await, "bidding_closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_team_bids_once_and_two_openings_open_once() {
    let app = Arc::new(TestApp::new().await);
    let c = published(&app, "service", "government_posted", "single").await;
    app.token("bidder1").await;
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (app, c) = (app.clone(), c.clone());
        set.spawn(async move { app.post("bidder1", &format!("/challenges/{c}/bids"), json!({})).await });
    }
    let answers: Vec<String> = set
        .join_all()
        .await
        .into_iter()
        .map(|a| if a.status == 201 { "ok".into() } else { a.body["code"].as_str().unwrap_or("?").to_owned() })
        .collect();
    assert_eq!(tally(answers), count(1, "one_bid_a_lead", 39));
    sealed(&app, &c, "bidder2", "u2", "99", true).await;
    let close = app.get("", &format!("/challenges/{c}")).await.ok()["close_at"].clone();
    app.post("officer", &format!("/challenges/{c}/opening"), json!({})).await.refused(409, "still_sealed");
    app.pass(&close);
    app.post("officer", &format!("/challenges/{c}/opening"), json!({})).await.ok();
    app.token("supervisor").await;
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (app, c) = (app.clone(), c.clone());
        set.spawn(async move { app.post("supervisor", &format!("/challenges/{c}/opening-confirmation"), json!({})).await });
    }
    let answers: Vec<String> = set
        .join_all()
        .await
        .into_iter()
        .map(|a| if a.status == 200 { "ok".into() } else { a.body["code"].as_str().unwrap_or("?").to_owned() })
        .collect();
    assert_eq!(tally(answers), count(1, "out_of_order", 19));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_equal_requests_have_one_effect_and_fifty_equal_answers() {
    let app = Arc::new(TestApp::new().await);
    app.token("poster").await;
    let before = app.get("poster", "/challenges/mine").await.ok()["items"].as_array().unwrap().len();
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let app = app.clone();
        set.spawn(async move {
            app.call(
                "poster",
                axum::http::Method::POST,
                "/challenges",
                Some(json!({ "title": "焦化脱硫废液提盐及副盐" })),
                Some("key-1"),
            )
            .await
        });
    }
    let answers: Vec<String> = set.join_all().await.into_iter().map(|a| format!("{} {}", a.status, a.body["id"])).collect();
    assert_eq!(tally(answers.clone()).len(), 1, "{answers:?}");
    assert!(answers[0].starts_with("201"));
    assert_eq!(app.get("poster", "/challenges/mine").await.ok()["items"].as_array().unwrap().len(), before + 1);
    let other = app
        .call("poster", axum::http::Method::POST, "/challenges", Some(json!({ "title": "另一个榜题的工作标题" })), Some("key-1"))
        .await;
    other.problem(422, "key-reused");
}

#[tokio::test]
async fn a_stale_writer_is_refused_and_a_duplicate_form_is_read_whole() {
    let app = TestApp::new().await;
    let c = app.post("poster", "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐" })).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/challenges/{c}/draft");
    assert_eq!(
        app.put("poster", &path, json!({ "version": 1, "draft": { "title": "第一个标签页所写的标题" } })).await.ok()["version"],
        2
    );
    app.put("poster", &path, json!({ "version": 1, "draft": { "title": "第二个标签页所写的标题" } })).await.problem(409, "stale");
    assert_eq!(app.get("poster", &path).await.ok()["draft"]["title"], "第一个标签页所写的标题");
    assert!(
        forms::CreateNeed::read(&json!({ "title": "焦化脱硫废液提盐", "state": "awarded" })).is_err(),
        "unknown fields are refused"
    );
    assert!(app.clock.now() > jiff::Timestamp::UNIX_EPOCH);
}

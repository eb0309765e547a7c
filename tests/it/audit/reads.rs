//! Who read what is not public: noted once, by page and API, chained, sealed into the record, found when it was touched.
use crate::acts::support::*;
use jiebang::app::reads::{Of, Read};
use jiebang::app::verify::database;
use jiebang::domain::log::check::{Checker, Trust};
use jiebang::domain::reading::What;
use sea_orm::ConnectionTrait;
use serde_json::json;

async fn lines(s: &Stage) -> Vec<(String, String, uuid::Uuid)> {
    let all: Vec<Read> = jiebang::store::reads::list(&s.app().db, Of::All, None, 100).await.unwrap();
    all.into_iter().rev().map(|r| (r.name, r.what, r.subject)).collect()
}

#[tokio::test]
async fn reading_a_bid_is_noted_once_for_strangers_and_never_for_its_own_team() {
    let s = Stage::new().await;
    let (_, bids) = s.to_opened(ENTERPRISE, "single", 2).await;
    let path = format!("/bids/{}", bids[0]);
    for who in ["bidder1", "officer", "officer", "auditor"] {
        s.t.get(who, &path).await.ok();
    }
    s.t.get("officer", &format!("/bids/{}/draft", bids[0])).await;
    let name = |who: &str| s.who(who).name.clone();
    let what = || What::BidContents.id().to_owned();
    assert_eq!(lines(&s).await, [(name("officer"), what(), bids[0].0), (name("auditor"), what(), bids[0].0)]);
    // A quarter of an hour later it is another reading.
    s.set_clock(s.now() + jiff::SignedDuration::from_mins(15));
    s.t.get("officer", &path).await.ok();
    assert_eq!(lines(&s).await.len(), 3);
}

#[tokio::test]
async fn lists_of_people_and_contracts_leave_a_line_too() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_awarded(ENTERPRISE, &[90]).await;
    let before = lines(&s).await.len();
    s.t.get("admin", "/accounts").await.ok();
    s.t.get("officer", "/experts").await.ok();
    for who in ["officer", "finance", "poster", "bidder1"] {
        s.t.get(who, &format!("/contracts/{k}")).await.ok();
    }
    let line = |who: &str, what: What, subject| (s.who(who).name.clone(), what.id().to_owned(), subject);
    let told: Vec<_> = lines(&s).await.into_iter().skip(before).collect();
    let nobody = uuid::Uuid::nil();
    let want = [
        line("admin", What::People, nobody),
        line("officer", What::People, nobody),
        line("officer", What::Contract, k.0),
        line("finance", What::Contract, k.0),
    ];
    assert_eq!(told, want);
    // Its lead sees who read it.
    let mine = s.t.get("bidder1", "/me/reads").await.ok().to_string();
    assert!(mine.contains("\"contract\"") && mine.contains(&s.who("finance").name), "{mine}");
}

#[tokio::test]
async fn oversight_reads_the_log_and_leaves_a_line_and_each_team_sees_who_read_its_own() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(ENTERPRISE, "single", 3).await;
    let a = s.assignments(c).await.remove(0);
    s.seat(&a).await;
    let expert = s.expert(a.expert).clone();
    let login = [
        "expert0", "expert1", "expert2", "expert3", "expert4", "expert5", "expert6", "expert7", "expert8", "expert9", "expert10",
        "expert11",
    ]
    .into_iter()
    .find(|n| s.who(n).account == expert.account)
    .unwrap();
    s.t.get(login, &format!("/assignments/{}", a.id)).await.ok();
    s.t.get("checker", &format!("/bids/{}", bids[1])).await.ok();
    let of_case = s.t.get("auditor", &format!("/challenges/{c}/reads")).await.ok();
    assert_eq!(of_case["items"].as_array().unwrap().len(), 4, "three bids by the expert, one by the checker");
    // Looking is a line too.
    let last = jiebang::store::reads::list(&s.app().db, Of::All, None, 1).await.unwrap().remove(0);
    assert_eq!((last.what.as_str(), last.actor), ("reads", s.who("auditor").account));
    // A team sees that an expert read, not who.
    let mine = s.t.get("bidder2", "/me/reads").await.ok();
    let told: Vec<_> = mine["items"].as_array().unwrap().iter().map(|r| r["reader"].clone()).collect();
    assert_eq!(
        told,
        [
            json!({ "id": s.who("checker").account, "name": s.who("checker").name, "role": "checker" }),
            json!({ "role": "expert" })
        ]
    );
    for who in ["officer", "head", "admin", "bidder1", "finance"] {
        assert_eq!(s.t.get(who, "/reads").await.status, 404, "{who}");
        assert_eq!(s.t.get(who, &format!("/accounts/{}/reads", a.expert)).await.status, 404, "{who}");
    }
}

#[tokio::test]
async fn a_file_taken_away_is_noted_and_one_that_anybody_may_read_is_not() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let mut offer = s.offer(0, ENTERPRISE);
    let file = s.upload("bidder1").await;
    offer["consortium_agreement"] = json!([file]);
    s.seal(c, "bidder1", offer).await;
    s.open(c).await;
    assert_eq!(s.t.page("auditor", &format!("/files/{file}")).await.status, 200);
    assert_eq!(s.t.page("bidder1", &format!("/files/{file}")).await.status, 200);
    assert_eq!(lines(&s).await, [(s.who("auditor").name.clone(), "file".to_owned(), file.0)]);
}

#[tokio::test]
async fn the_read_log_is_chained_into_the_record_and_a_line_that_was_touched_is_named() {
    let s = Stage::new().await;
    let (_, bids) = s.to_opened(ENTERPRISE, "single", 2).await;
    for b in &bids {
        s.t.get("officer", &format!("/bids/{b}")).await.ok();
    }
    assert_eq!(s.app().seal_reads().await.unwrap(), Some(2));
    assert_eq!(s.app().seal_reads().await.unwrap(), None, "nothing new is no entry");
    let check = async || match database(&s.app().db, Checker::new(Trust::default()), None, &|_, _| {}).await {
        Ok(_) => "in order".to_owned(),
        Err(e) => e.to_string(),
    };
    assert_eq!(check().await, "in order");
    for forbidden in ["UPDATE read_entry SET actor_name = 'x' WHERE seq = 1", "DELETE FROM read_entry WHERE seq = 2"] {
        assert!(run(&s, forbidden).await.unwrap_err().contains("append-only"), "{forbidden}");
    }
    for trigger in ["no_update", "no_delete", "no_change"] {
        let on = if s.app().db.is_postgres() { " ON read_entry" } else { "" };
        run(&s, &format!("DROP TRIGGER IF EXISTS read_entry_{trigger}{on}")).await.unwrap();
    }
    run(&s, "UPDATE read_entry SET actor_name = 'x' WHERE seq = 1").await.unwrap();
    assert!(check().await.contains("line 1 of the read log is not as it was written"), "{}", check().await);
    run(&s, &format!("UPDATE read_entry SET actor_name = '{}' WHERE seq = 1", s.who("officer").name)).await.unwrap();
    assert_eq!(check().await, "in order");
    run(&s, "DELETE FROM read_entry WHERE seq = 2").await.unwrap();
    assert!(check().await.contains("line 2 of the read log is missing"), "{}", check().await);
}

async fn run(s: &Stage, sql: &str) -> Result<(), String> {
    s.app().db.connection().execute_unprepared(sql).await.map(drop).map_err(|e| e.to_string())
}

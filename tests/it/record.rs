//! The record: gapless, salted, true to the rows, and not to be changed; nothing sealed or secret is in it.
use crate::job::{published, sealed};
use crate::support::{PASSWORD, TestApp};
use jiebang::domain::{hash, log::state::Secret};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde_json::Value;

async fn events(app: &TestApp) -> Vec<entity::audit_event::Model> {
    entity::audit_event::Entity::find().order_by_asc(entity::audit_event::Column::Seq).all(app.app.db.connection()).await.unwrap()
}

#[tokio::test]
async fn every_act_leaves_one_entry_in_order_with_the_state_it_left() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    let all = events(&app).await;
    let seqs: Vec<i64> = all.iter().map(|e| e.seq).collect();
    assert_eq!(seqs, (1..=i64::try_from(all.len()).unwrap()).collect::<Vec<_>>(), "no gap");
    assert!(all.windows(2).all(|w| w[0].at <= w[1].at), "time never steps back");
    let salts: std::collections::BTreeSet<&Vec<u8>> = all.iter().map(|e| &e.salt).collect();
    assert_eq!((salts.len(), all[0].salt.len()), (all.len(), 32));
    let id = uuid::Uuid::parse_str(&c).unwrap();
    let kinds: Vec<&str> = all.iter().filter(|e| e.challenge_id == Some(id)).map(|e| e.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "challenge.creation",
            "challenge.draft",
            "challenge.submission",
            "challenge.screening",
            "challenge.screening-approval",
            "challenge.acceptance-for-listing",
            "challenge.approval",
            "challenge.publication",
        ]
    );
    let row = entity::challenge::Entity::find_by_id(id).one(app.app.db.connection()).await.unwrap().unwrap();
    let row = hash::canonical(&serde_json::to_value(&row).unwrap());
    let entry = all.iter().rfind(|e| e.subject_id == id).unwrap();
    let body: Value = serde_json::from_str(&entry.body).unwrap();
    let secret = Secret(entry.secret.as_deref().unwrap());
    let states = body["states"].as_array().unwrap().iter().enumerate();
    let told: Vec<bool> =
        states.filter(|(_, s)| s["table"] == "challenge").map(|(n, s)| s["hmac"] == secret.state(n, &row)).collect();
    assert_eq!(told, [true], "the record knows the row as it is");
    let secrets: std::collections::BTreeSet<_> = all.iter().map(|e| e.secret.clone().unwrap()).collect();
    assert!(secrets.len() == all.len() && secrets.iter().all(|s| s.len() == 32), "what salts come from is nowhere twice");
    assert_eq!((&body["version"], body["salts"].as_str()), (&Value::from(2), Some(secret.promise().as_str())));
}

#[tokio::test]
async fn the_record_can_be_added_to_and_never_changed() {
    let app = TestApp::new().await;
    let db = app.app.db.connection();
    for statement in ["UPDATE audit_event SET kind = 'x' WHERE seq = 1", "DELETE FROM audit_event WHERE seq = 1"] {
        let error = db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{error}");
    }
}

#[tokio::test]
async fn a_refused_act_leaves_nothing_but_the_trace_of_an_early_try() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    let before = events(&app).await.len();
    app.post("head", &format!("/challenges/{c}/approval"), serde_json::json!({})).await.problem(422, "invalid");
    app.post("poster", &format!("/challenges/{c}/publication"), serde_json::json!({ "close_at": "2027-01-01T00:00:00Z" }))
        .await
        .problem(403, "forbidden");
    assert_eq!(events(&app).await.len(), before);
    app.post("officer", &format!("/challenges/{c}/opening"), serde_json::json!({})).await.refused(409, "still_sealed");
    let left: Vec<String> = events(&app).await.into_iter().skip(before).map(|e| e.kind).collect();
    assert_eq!(left, ["challenge.early-try"]);
}

/// Plants words in a bid and looks for them everywhere but in the table where they belong.
#[tokio::test]
async fn a_sealed_bid_is_nowhere_but_sealed() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    let b = app.post("bidder1", &format!("/challenges/{c}/bids"), serde_json::json!({})).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let canary = format!("金丝雀{}", uuid::Uuid::new_v4().simple());
    let mut offer = crate::support::offer(app.org("u1"), 40_000_000, 180_000_000, "99");
    offer["route"] = Value::String(format!("{canary}{}", offer["route"].as_str().unwrap()));
    app.put("bidder1", &format!("/bids/{b}/draft"), serde_json::json!({ "draft": offer })).await.ok();
    app.post("bidder1", &format!("/bids/{b}/seal"), serde_json::json!({ "agree": true })).await.ok();
    sealed(&app, &c, "bidder2", "u2", "99", false).await;
    let db = app.app.db.connection();
    for e in events(&app).await {
        assert!(!e.body.contains(&canary) && !e.body.contains(PASSWORD), "{}", e.kind);
    }
    for table in ["bid", "challenge", "draft", "turn", "outbox", "file", "challenge_edition", "idempotency"] {
        let rows = db
            .query_all_raw(sea_orm::Statement::from_string(db.get_database_backend(), format!("SELECT * FROM {table}")))
            .await
            .unwrap();
        let found = rows.iter().any(|r| {
            r.column_names().iter().any(|n| {
                r.try_get::<String>("", n).is_ok_and(|v| v.contains(&canary))
                    || r.try_get::<Value>("", n).is_ok_and(|v| v.to_string().contains(&canary))
            })
        });
        assert!(!found, "{table} holds a sealed word");
    }
    for who in
        ["", "poster", "poster2", "bidder2", "officer", "checker", "head", "supervisor", "finance", "auditor", "admin", "expert1"]
    {
        for path in [format!("/bids/{b}"), format!("/bids/{b}/draft"), format!("/bids/{b}/receipt")] {
            app.get(who, &path).await.problem(404, "missing");
        }
        for path in [
            format!("/challenges/{c}"),
            format!("/challenges/{c}/story"),
            "/challenges".into(),
            "/bids".into(),
            "/queue".into(),
            "/notices".into(),
        ] {
            let answer = app.get(who, &path).await;
            let text = answer.body.to_string();
            assert!(!text.contains(&canary) && !text.contains(&b), "{who} {path}");
            let page = app.page(who, &path).await;
            assert!(!page.text().contains(&canary) && !page.text().contains(&b), "{who} {path}");
        }
        let seen = app.get(who, &format!("/challenges/{c}")).await.ok();
        assert_eq!(
            (seen["opened_bids"].clone(), seen["bids"].as_array().map_or(0, |b| b.len() - usize::from(who == "bidder2"))),
            (Value::Null, 0),
            "{who} can't tell how many there are"
        );
    }
    let own = app.get("bidder1", &format!("/bids/{b}")).await.ok();
    assert!(own["offer"]["route"].as_str().unwrap().contains(&canary), "its own team reads it");
}

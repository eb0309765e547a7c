//! The record of a whole job: gapless, salted, true to every row, closed to change, and silent about what is sealed.
use super::support::*;
use jiebang::domain::{forms::*, log::state::Secret, *};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Statement};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

async fn events(s: &Stage) -> Vec<entity::audit_event::Model> {
    entity::audit_event::Entity::find().order_by_asc(entity::audit_event::Column::Seq).all(s.app().db.connection()).await.unwrap()
}

/// Every row of every table that the record speaks of, as the record tells of it.
async fn rows(s: &Stage) -> BTreeMap<(String, Uuid), String> {
    let db = s.app().db.connection();
    let mut out = BTreeMap::new();
    macro_rules! of { ($($table:ident),*) => { $(
        for row in entity::$table::Entity::find().all(db).await.unwrap() {
            let text = hash::canonical(&serde_json::to_value(&row).unwrap());
            out.insert((stringify!($table).to_owned(), row.id), text);
        }
    )* } }
    of!(
        challenge,
        challenge_edition,
        bid,
        talk,
        question,
        assignment,
        notice,
        objection,
        contract,
        milestone,
        instalment,
        change,
        acceptance,
        organisation,
        ledger_entry,
        ledger_posting,
        spending,
        final_account,
        document,
        meeting,
        meeting_case,
        gate,
        settlement,
        progress,
        integrity,
        follow_up,
        file,
        budget,
        budget_doc
    );
    out
}

#[tokio::test]
async fn the_record_of_a_whole_job_is_gapless_salted_and_true_to_every_row() {
    let s = Stage::new().await;
    let (c, bids, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.hold(n).await;
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("dismiss", None)).await.unwrap();
    s.confirm(n).await;
    let k = s.contracts(c).await[0].id;
    s.put_in_force(k, GOVERNMENT, 0).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    for number in 1..=3 {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
    }
    s.accept(k, 0, "99", "none", "passed").await;
    let all = events(&s).await;
    assert_eq!(
        all.iter().map(|e| e.seq).collect::<Vec<_>>(),
        (1..=i64::try_from(all.len()).unwrap()).collect::<Vec<_>>(),
        "no gap"
    );
    assert!(all.windows(2).all(|w| w[0].at <= w[1].at), "time never steps back");
    assert_eq!(all.iter().map(|e| e.salt.clone()).collect::<BTreeSet<_>>().len(), all.len(), "no salt twice");
    assert!(all.iter().all(|e| e.salt.len() == 32));
    // The last state that the record tells of each row is the row.
    let found = rows(&s).await;
    let mut last: BTreeMap<(String, Uuid), bool> = BTreeMap::new();
    for e in &all {
        let body: Value = serde_json::from_str(&e.body).unwrap();
        assert_eq!(
            (body["seq"].as_i64(), body["event"]["kind"].as_str()),
            (Some(e.seq), Some(e.kind.as_str())),
            "the columns say what the body says"
        );
        let secret = Secret(e.secret.as_deref().unwrap());
        for (n, state) in body["states"].as_array().unwrap().iter().enumerate() {
            let key = (state["table"].as_str().unwrap().to_owned(), serde_json::from_value(state["id"].clone()).unwrap());
            let is_told = found.get(&key).is_some_and(|row| state["hmac"] == secret.state(n, row));
            last.insert(key, is_told);
        }
    }
    // Read here by itself, table by table; `verify` reads the rest (log/lab.rs).
    let tables: BTreeSet<&String> = found.keys().map(|(table, _)| table).collect();
    let told: BTreeMap<_, _> = last.into_iter().filter(|((table, _), _)| tables.contains(table)).collect();
    let differ: Vec<_> = found.keys().filter(|key| told.get(*key) != Some(&true)).map(|key| key.0.as_str()).collect();
    assert_eq!(differ, Vec::<&str>::new(), "every row is as the record left it");
    assert_eq!(told.len(), found.len(), "the record tells of no row that is not there");
    assert_eq!(s.bid(bids[1]).await.head.state, BidState::Reserved);
}

#[tokio::test]
async fn a_row_changed_behind_the_records_back_is_found() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let before = rows(&s).await;
    let db = s.app().db.connection();
    let sql = format!("UPDATE instalment SET amount_fen = amount_fen + 1 WHERE contract_id = {}", literal(&s, k.0));
    assert_eq!(db.execute_unprepared(&sql).await.unwrap().rows_affected(), 6);
    let after = rows(&s).await;
    assert_eq!(before.iter().filter(|(key, sha)| after.get(*key) != Some(sha)).count(), 6);
}

fn literal(s: &Stage, id: Uuid) -> String {
    if s.app().db.is_postgres() { format!("'{id}'") } else { format!("x'{}'", id.simple()) }
}

#[tokio::test]
async fn the_record_is_added_to_and_never_changed() {
    let s = Stage::new().await;
    let db = s.app().db.connection();
    let before = events(&s).await;
    let mut statements = vec![
        "UPDATE audit_event SET body = '{}'",
        "UPDATE audit_event SET seq = seq + 1000 WHERE seq = 1",
        "DELETE FROM audit_event",
        "DELETE FROM audit_event WHERE seq = 1",
    ];
    if s.app().db.is_postgres() {
        statements.push("TRUNCATE audit_event");
    }
    for statement in statements {
        let said = db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(said.contains("append-only"), "{statement}: {said}");
    }
    assert_eq!(events(&s).await, before);
}

#[tokio::test]
async fn a_refused_act_leaves_nothing_behind() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[90, 85]).await;
    let (before, rows_before) = (events(&s).await.len(), rows(&s).await);
    let refused = [
        told(s.app().agree_with_bidder(s.who("service"), c, Stage::agreement(bids[1], 1, Some("更便宜"))).await),
        told(s.app().agree_with_bidder(s.who("poster"), c, Stage::agreement(bids[0], 1, None)).await),
        told(
            s.app()
                .lapse_challenge(s.who("head"), c, meeting(json!({ "reason_class": "no_bids", "reason": "按规则不予授榜。" })))
                .await,
        ),
        told(s.app().decide_award(s.who("head"), c, meeting(json!({}))).await),
        told(s.app().disqualify_bid(s.who("head"), bids[0], meeting(json!({}))).await),
    ];
    assert_eq!(refused, ["rank_order", "forbidden", "lapse_reason_untrue", "out_of_order", "reason_missing"]);
    assert_eq!((events(&s).await.len(), rows(&s).await), (before, rows_before));
}

/// Words planted in a bid and a password: looked for in every column of every table, and found in none.
#[tokio::test]
async fn what_is_sealed_or_secret_lies_nowhere_in_the_clear() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let canary = format!("金丝雀{}", Uuid::new_v4().simple());
    let mut offer = s.offer(0, ENTERPRISE);
    for field in ["understanding", "route", "plan_b", "team_text", "estimate_note"] {
        offer[field] = json!(format!("{canary}{}", offer[field].as_str().unwrap()));
    }
    let b = s.seal(c, "bidder1", offer.clone()).await;
    s.app().replace_bid(s.who("bidder1"), b, plain()).await.unwrap();
    s.app().seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await.unwrap();
    let faulty = s.draft_bid(c, "bidder2", json!({ "route": canary })).await;
    assert_ne!(told(s.app().seal_bid(s.who("bidder2"), faulty, SealBid { agree: true }).await), "ok");
    assert_eq!(holders(&s, &canary).await, Vec::<String>::new());
    assert_eq!(holders(&s, crate::support::PASSWORD).await, Vec::<String>::new());
    s.open(c).await;
    s.check_form(b, true).await;
    assert_eq!(holders(&s, &canary).await, Vec::<String>::new(), "opening copies facts, not contents");
    let (case, b) = s.app().bid(s.who("bidder1"), b).await.unwrap();
    let own = s.app().offer(s.who("bidder1"), &b, &case).await.unwrap().unwrap().whole().unwrap();
    assert!(own.route.starts_with(&canary), "its team still reads its own");
    assert_eq!(s.app().bid_draft(s.who("bidder1"), b.id).await.unwrap().2, json!({}), "no draft with a price is left");
}

/// Tables in which some column holds a text.
async fn holders(s: &Stage, wanted: &str) -> Vec<String> {
    let db = s.app().db.connection();
    let list = if s.app().db.is_postgres() {
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    };
    let ask = |sql: String| Statement::from_string(db.get_database_backend(), sql);
    let mut found = vec![];
    for table in db.query_all_raw(ask(list.to_owned())).await.unwrap() {
        let table: String = table.try_get("", "name").unwrap();
        for row in db.query_all_raw(ask(format!("SELECT * FROM \"{table}\""))).await.unwrap() {
            let holds = row.column_names().iter().any(|column| {
                let text = row
                    .try_get::<String>("", column)
                    .ok()
                    .or_else(|| row.try_get::<Value>("", column).ok().map(|v| v.to_string()));
                let bytes = row.try_get::<Vec<u8>>("", column).unwrap_or_default();
                text.is_some_and(|t| t.contains(wanted)) || bytes.windows(wanted.len()).any(|w| w == wanted.as_bytes())
            });
            if holds {
                found.push(table.clone());
                break;
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn who_reads_which_line_of_the_story() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    s.hold(n).await;
    let case = s.challenge(c).await;
    let kinds = async |who: &Actor| -> BTreeSet<String> {
        s.app().story(who, &case, None, 500).await.unwrap().into_iter().map(|e| e.kind).collect()
    };
    let (public, poster, officer) =
        (kinds(&Actor::visitor()).await, kinds(s.who("service")).await, kinds(s.who("officer")).await);
    let expected = [
        "challenge.amendment",
        "challenge.approval",
        "challenge.opening-confirmation",
        "challenge.publication",
        "challenge.review",
        "notice.hold",
        "notice.publication",
        "objection.acceptance",
    ];
    assert_eq!(public, expected.iter().skip(1).map(|k| (*k).to_owned()).collect());
    assert!(public.is_subset(&poster) && poster.is_subset(&officer));
    assert!(
        !poster.iter().any(|k| k.starts_with("bid.") || k.starts_with("assignment.") || k == "objection.filing"),
        "{poster:?}"
    );
    let secret = ["bid.seal", "assignment.score", "challenge.panel-report", "objection.filing"];
    assert!(secret.iter().all(|k| officer.contains(*k)), "{officer:?}");
    assert!(!officer.iter().any(|k| k.starts_with("account.")), "security is the administrator's and the auditor's");
}

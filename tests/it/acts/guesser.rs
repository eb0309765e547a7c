//! The guesser: with all that a role can read and the whole public record, it tries what rows may say against every hash it found.
//! Whoever may not read a row can't find out by trying who asked, how each voted, who bids, or an account's number.
use super::support::*;
use crate::crawl::Crawl;
use crate::log::exported;
use jiebang::domain::{hash::canonical, hash::sha256_hex, log::record::Scope, log::state::state, *};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Whatever has the length of a hash or of a salt in a text.
fn hashes(text: &str) -> BTreeSet<String> {
    let digits = |c: char| !c.is_ascii_digit() && !('a'..='f').contains(&c);
    text.split(digits).filter(|word| word.len() == 64).map(str::to_owned).collect()
}

/// What is tried: what it would tell, and every text that may have been hashed.
type Tries = Vec<(String, Vec<String>)>;

/// What was found out: texts whose hash stands somewhere, plain or under something that stands somewhere. Trying many salts takes
/// long: only what is true is tried under them.
fn found(told: &BTreeSet<String>, tries: &Tries, truths: &[(String, String)]) -> BTreeSet<String> {
    let plain = tries.iter().filter(|(_, texts)| texts.iter().any(|t| told.contains(&sha256_hex(t.as_bytes()))));
    let mut out: BTreeSet<String> = plain.map(|(what, _)| what.clone()).collect();
    let keys: Vec<Vec<u8>> = told.iter().map(|key| hex::decode(key).unwrap()).collect();
    for (what, text) in truths {
        if keys.iter().any(|key| told.contains(&state(key, text))) {
            out.insert(what.clone());
        }
    }
    out
}

/// The rows of a table as they are.
async fn rows(s: &Stage, table: &str) -> Vec<String> {
    let rows = jiebang::store::rows::rows(&s.app().db, table, Uuid::nil(), 10_000).await.unwrap();
    rows.into_iter().map(|(_, row)| row).collect()
}

/// A row with its team replaced by each that there is.
async fn by_each_team(s: &Stage, row: &str, own: usize) -> Vec<String> {
    let ids = |team: usize| (s.org(TEAMS[team].1).0.to_string(), s.who(TEAMS[team].0).account.0.to_string());
    let (org, account) = ids(own);
    let each = (0..TEAMS.len()).map(ids);
    each.map(|(o, a)| row.replace(&org, &o).replace(&account, &a)).collect()
}

/// A meeting's row with every list of votes that there can be.
fn by_each_vote(row: &str) -> Vec<String> {
    let mut row: Value = serde_json::from_str(row).unwrap();
    let votes = ["for", "against", "abstain"];
    // Who recused is told anyway.
    let voted = |member: &Value| votes.iter().any(|vote| member["vote"] == *vote);
    let members = row["body"]["roll"].as_array().unwrap().iter().filter(|m| voted(m)).count();
    let mut out = vec![];
    for n in 0..votes.len().pow(u32::try_from(members).unwrap()) {
        let mut left = n;
        for member in row["body"]["roll"].as_array_mut().unwrap().iter_mut().filter(|m| voted(m)) {
            member["vote"] = json!(votes[left % votes.len()]);
            left /= votes.len();
        }
        out.push(canonical(&row));
    }
    out
}

struct House {
    s: Stage,
    ids: Vec<Uuid>,
    tries: Tries,
    truths: Vec<(String, String)>,
}

/// A job that is paid for, and an open challenge on which one asks and two bid.
async fn house() -> House {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let q = s.app().ask_question(s.who("bidder2"), c, form(json!({ "text": "废液日产量是多少？" }))).await.unwrap().id;
    s.app().answer_question(s.who("poster"), q, form(json!({ "answer": "约一百二十立方米每天。" }))).await.unwrap();
    let bids = s.seal_teams(c, ENTERPRISE, 2).await;
    let mut tries: Tries = vec![];
    let mut truths: Vec<(String, String)> = vec![];
    for row in rows(&s, "question").await {
        tries.push(("who asked".into(), by_each_team(&s, &row, 1).await));
        truths.push(("who asked".into(), row));
    }
    for row in rows(&s, "meeting").await {
        let all = by_each_vote(&row);
        assert!(all.contains(&row), "what is true is among what is tried");
        tries.push(("how each voted".into(), all));
        truths.push(("how each voted".into(), row));
    }
    for row in rows(&s, "bid").await.into_iter().filter(|row| bids.iter().any(|b| row.contains(&b.0.to_string()))) {
        let team = if row.contains(&s.who("bidder1").account.0.to_string()) { 0 } else { 1 };
        tries.push(("who bids".into(), by_each_team(&s, &row, team).await));
        truths.push(("who bids".into(), row));
    }
    for (_, key) in TEAMS {
        let account = account::bank_digits(&s.app().organisation(s.org(key)).await.unwrap().bank_account);
        let (known, last) = account.split_at(account.len() - 3);
        tries.push(("an account".into(), (0..1000).map(|n| format!("{known}{n:03}")).collect()));
        assert!(last.bytes().all(|b| b.is_ascii_digit()), "what is true is among what is tried");
        truths.push(("an account".into(), account));
    }
    for table in jiebang::store::rows::TABLES {
        tries.push((format!("a row of {table}"), rows(&s, table).await));
    }
    let unsalted = |text: &str| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        assert!(value.as_object_mut().unwrap().remove("salt").is_some(), "an issued document has a salt");
        canonical(&value)
    };
    for d in entity::document::Entity::find().all(s.app().db.connection()).await.unwrap() {
        tries.push(("a document".into(), vec![unsalted(&d.zh), unsalted(&d.en)]));
    }
    let contract = s.contract(k).await;
    assert!(contract.salt.is_some());
    let papers = Contract { salt: None, ..contract }.papers();
    tries.push(("a contract's paper".into(), papers.iter().map(|p| canonical(&serde_json::to_value(p).unwrap())).collect()));
    let ids = vec![c.0, q.0, k.0, s.org("u1").0, s.instalments(k).await[3].id.0];
    House { s, ids, tries, truths }
}

#[tokio::test]
async fn who_may_not_read_a_row_can_not_find_out_by_trying() {
    let h = house().await;
    let record = exported(h.s.app(), Scope::Public).await;
    let public = hashes(&record);
    assert!(public.len() > 100);
    for who in ["", "bidder3", "poster", "officer", "head", "finance", "admin", "supervisor", "auditor", "expert0"] {
        let mut told = public.clone();
        for answer in Crawl::of(&h.s.t, who).most(250).all(&h.ids).await.into_values() {
            told.extend(hashes(&String::from_utf8_lossy(&answer)));
        }
        assert_eq!(found(&told, &h.tries, &h.truths), BTreeSet::new(), "{}", if who.is_empty() { "a visitor" } else { who });
    }
    let full = hashes(&exported(h.s.app(), Scope::Full).await);
    assert_eq!(found(&full, &h.tries, &h.truths), BTreeSet::new(), "whoever holds the whole record");
}

/// The guesser itself: in a record of the first version, or with the salts, it finds them all.
#[tokio::test]
async fn the_guesser_finds_all_that_plain_hashes_or_salts_tell() {
    let h = house().await;
    let mut today = BTreeMap::new();
    for table in jiebang::store::rows::TABLES {
        for (id, row) in jiebang::store::rows::rows(&h.s.app().db, table, Uuid::nil(), 10_000).await.unwrap() {
            today.insert((table.to_string(), id.to_string()), row);
        }
    }
    let (mut first, mut salted) = (BTreeSet::new(), BTreeSet::new());
    for e in entity::audit_event::Entity::find().all(h.s.app().db.connection()).await.unwrap() {
        let body: Value = serde_json::from_str(&e.body).unwrap();
        for (n, told) in body["states"].as_array().unwrap().iter().enumerate() {
            let key = (told["table"].as_str().unwrap().to_owned(), told["id"].as_str().unwrap().to_owned());
            first.extend(today.get(&key).map(|row| sha256_hex(row.as_bytes())));
            salted.insert(told["hmac"].as_str().unwrap().to_owned());
            salted.insert(hex::encode(log::state::Secret(e.secret.as_deref().unwrap()).salt(n)));
        }
    }
    first.insert(h.s.app().organisation(h.s.org("u1")).await.unwrap().account_sha256());
    let all = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<String>>();
    let of_the_first = found(&first, &h.tries, &h.truths);
    assert!(of_the_first.is_superset(&all(&["an account", "how each voted", "who asked", "who bids"])), "{of_the_first:?}");
    assert_eq!(found(&salted, &vec![], &h.truths), all(&["how each voted", "who asked", "who bids"]));
}

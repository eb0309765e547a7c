//! The door before every act of the registry: what is hidden answers as what is not there, no byte is kept before the right is
//! known, and an act on what has changed meanwhile is refused with what changed.
use super::permissions::things;
use super::support::*;
use crate::support::Answer;
use axum::http::Method;
use jiebang::domain::{Noun, Role};
use jiebang::web::acts::{ACTS, Act};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Nouns that the driven case makes nothing of.
const NOT_MADE: &[&str] = &["budget", "finding", "gate", "question", "settlement"];

/// A thing of each noun, from the database.
async fn ids(s: &Stage) -> BTreeMap<&'static str, Uuid> {
    let db = s.app().db.connection();
    let nouns: BTreeSet<&'static str> = ACTS.iter().map(|a| a.noun.id()).collect();
    let mut out = BTreeMap::new();
    for noun in nouns {
        let sql = format!("SELECT id FROM {noun} ORDER BY at, id LIMIT 1");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        out.extend(row.map(|r| (noun, r.try_get::<Uuid>("", "id").unwrap())));
    }
    out
}

async fn files(s: &Stage) -> i64 {
    let db = s.app().db.connection();
    let sql = "SELECT COUNT(*) AS n FROM file";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

/// An answer as it went over the wire, without the address that was asked for.
fn plain(a: &Answer, id: Uuid) -> (u16, Option<String>, String) {
    let kind = a.headers.get("content-type").map(|k| k.to_str().unwrap().to_owned());
    let body = a.body.as_str().map_or_else(|| a.body.to_string(), str::to_owned);
    (a.status, kind, body.replace(&id.to_string(), "ID"))
}

fn nonsense() -> Value {
    json!({ "nothing": 1, "reason": 7, "version": "x", "files": "none", "amount_fen": "many", "paid_on": [] })
}

/// Everybody who is nobody to the driven case, and the public.
const STRANGERS: [&str; 6] = ["", "poster2", "bidder4", "expert11", "finance", "admin"];

#[tokio::test]
async fn what_is_hidden_answers_every_act_as_what_does_not_exist() {
    let s = Stage::new().await;
    things(&s).await;
    // The oldest of each noun, and of needs one that is its poster's alone.
    let mut made = ids(&s).await;
    let draft = s.t.post("poster", "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐" })).await.ok()["id"].clone();
    made.insert("challenge", draft.as_str().unwrap().parse().unwrap());
    let (mut compared, mut seen) = (0, BTreeSet::new());
    for who in STRANGERS {
        for (noun, id) in &made {
            let of = Noun::ALL.into_iter().find(|n| n.id() == *noun).unwrap();
            let hidden = s.t.get(who, &format!("/{}/{id}", of.path())).await.status == 404;
            for act in ACTS.iter().filter(|a| hidden && a.noun == of) {
                same_as_nothing(&s, who, act, *id).await;
                compared += 1;
                seen.insert(*noun);
            }
        }
    }
    assert!(compared > 500, "{compared}");
    let unseen: Vec<&str> = made.keys().copied().filter(|n| !seen.contains(n)).collect();
    assert_eq!(unseen, ["notice"], "a published notice is hidden from nobody");
}

async fn same_as_nothing(s: &Stage, who: &str, act: &Act, id: Uuid) {
    let other = Uuid::new_v4();
    for body in [json!({}), nonsense()] {
        let of = async |id: Uuid| plain(&s.t.post(who, &act.href(id), body.clone()).await, id);
        let (hidden, missing) = (of(id).await, of(other).await);
        assert_eq!(hidden, missing, "{who} {}", act.href(id));
        assert_eq!(hidden.0, 404, "{who} {}", act.href(id));
    }
    if who.is_empty() {
        return;
    }
    let of = async |id: Uuid| plain(&s.t.submit(who, &act.href(id), "nothing=1&reason=7&do=add:files&version=x").await, id);
    let (hidden, missing) = (of(id).await, of(other).await);
    assert_eq!(hidden, missing, "{who} page {}", act.href(id));
}

#[tokio::test]
async fn no_file_is_kept_of_what_comes_to_a_closed_door() {
    let s = Stage::new().await;
    let before = files(&s).await;
    for act in ACTS {
        for who in ["", "admin"] {
            let sent = s.t.post_with_paper(who, &act.href(Uuid::new_v4()), &json!({ "reason": "无" }), "files").await;
            assert!(matches!(sent.status, 401 | 404), "{who} {}: {}", act.path, sent.status);
        }
    }
    assert_eq!(files(&s).await, before);
}

/// Somebody of the cast whom the door lets on to an act of a thing.
async fn entitled<'a>(s: &'a Stage, cast: &'a [String], act: &Act, id: Uuid) -> Option<&'a str> {
    for who in cast {
        if s.app().door(s.who(who), act.noun, id, act.steps).await.is_ok() {
            return Some(who);
        }
    }
    None
}

#[tokio::test]
async fn every_act_on_a_version_that_is_gone_is_refused_and_what_was_typed_is_kept() {
    let s = Stage::new().await;
    things(&s).await;
    let made = ids(&s).await;
    let cast: Vec<String> = s.cast().map(str::to_owned).collect();
    let mut missed = vec![];
    for act in ACTS {
        let Some(id) = made.get(act.noun.id()) else {
            assert!(NOT_MADE.contains(&act.noun.id()), "{}", act.noun.id());
            continue;
        };
        let Some(who) = entitled(&s, &cast, act, *id).await else {
            missed.push(format!("{}.{}", act.noun.id(), act.path));
            continue;
        };
        let now = s.t.get(who, &format!("/{}/{id}", act.noun.path())).await.ok()["version"].as_i64().unwrap();
        stale(&s, who, act, *id, now).await;
    }
    assert!(missed.len() < 25, "{missed:?}");
}

async fn stale(s: &Stage, who: &str, act: &Act, id: Uuid, now: i64) {
    let path = act.href(id);
    let whole = json!({ "version": now + 7, "reason": "按规则办理，理由充分。" });
    let told = s.t.post(who, &path, whole).await;
    if s.who(who).role != Role::Public && told.status == 403 {
        assert_eq!(told.body["type"], "/problems/step-up-needed", "{path} {}", told.body);
    } else {
        let told = told.refused(409, "changed_meanwhile");
        assert_eq!(told["facts"]["version"], json!(now.to_string()), "{path}");
        assert!(told["meanwhile"].is_array(), "{path}");
    }
    s.t.post(who, &path, json!({ "version": "seven" })).await;
    let page = s.t.submit(who, &path, &format!("version={}&reason=kept-as-typed&note=kept-as-typed", now + 7)).await;
    assert_eq!(page.status, 409, "{path}: {}", page.text());
    // A change is asked for in two steps, of which the first only says its kind.
    let two_steps = act.path == "changes";
    let shown = page.text().contains(&format!("name=\"version\" value=\"{now}\""));
    assert!(shown || two_steps, "{path}: the form has the version of now");
    let typed = act.form.fields().any(|f| matches!(f.name, "reason" | "note"));
    assert!(!typed || two_steps || page.text().contains("kept-as-typed"), "{path}: what was typed is kept");
}

#[tokio::test]
async fn a_page_from_before_an_amendment_does_not_undo_it() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let (read, path) = (s.t.get("officer", &format!("/challenges/{}", c.0)).await.ok(), format!("/challenges/{}/amendment", c.0));
    let form = s.t.page("officer", &path).await;
    assert!(form.text().contains(&format!("name=\"version\" value=\"{}\"", read["version"])), "{}", form.text());
    let mut changed = need(ENTERPRISE, "single");
    changed["title"] = json!("改正后的题目：焦炉无人作业");
    changed["reason"] = json!("按论证意见改正题目");
    changed["version"] = read["version"].clone();
    s.t.post("officer", &path, changed.clone()).await.ok();
    // Whoever drew the form before has the first version, and is told what has changed.
    changed["title"] = json!("从前的页面所写的题目");
    let told = s.t.post("officer2", &path, changed.clone()).await.refused(409, "changed_meanwhile");
    let entry = &told["meanwhile"][0];
    assert_eq!(entry["kind"], "challenge.amendment");
    let change = entry["changes"].as_array().unwrap().iter().find(|c| c["path"] == "title").unwrap_or_else(|| panic!("{entry}"));
    assert_eq!(change["after"], "改正后的题目：焦炉无人作业");
    assert_eq!(s.challenge(c).await.title, "改正后的题目：焦炉无人作业");
    let mut without = changed.clone();
    without["version"] = Value::Null;
    s.t.call("officer2", Method::POST, &path, Some(without), None).await.refused(422, "version_missing");
    changed["version"] = json!("第一版");
    s.t.post("officer2", &path, changed).await.refused(422, "not_integer");
}

/// Who stands aside, and the list of what was sealed, are nothing that a form rests on.
#[tokio::test]
async fn what_no_form_rests_on_spoils_no_form() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let path = format!("/challenges/{}", c.0);
    let before = s.t.get("bidder1", &path).await.ok()["version"].clone();
    s.app().stand_aside(s.who("officer3"), c, reason()).await.unwrap();
    let ask = json!({ "text": "请问现有脱硫废液的组成与日产量各是多少？", "version": before });
    s.t.post("bidder1", &format!("{path}/questions"), ask).await.ok();
    assert_eq!(s.t.get("bidder1", &path).await.ok()["version"], before);
}

/// What the cast of a case is offered is tried at once, with the example of its form: where a rule bars it, the offer said so.
/// Each thing is looked at again before each try, for the tries before may have moved it.
async fn take_all_that_is_offered(s: &Stage, stage: &str) -> usize {
    let cast: Vec<String> = s.cast().map(str::to_owned).collect();
    let mut tried = 0;
    for act in ACTS {
        for id in all_ids(s, act.noun.id()).await {
            for who in &cast {
                tried += usize::from(take_if_offered(s, stage, who, act, id).await);
            }
        }
    }
    tried
}

async fn all_ids(s: &Stage, noun: &str) -> Vec<Uuid> {
    let db = s.app().db.connection();
    let sql = format!("SELECT id FROM {noun} ORDER BY at DESC, id LIMIT 3");
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|r| r.try_get::<Uuid>("", "id").unwrap()).collect()
}

async fn take_if_offered(s: &Stage, stage: &str, who: &str, act: &Act, id: Uuid) -> bool {
    // Whom the door does not let on is offered nothing, which is cheaper asked there.
    if s.app().door(s.who(who), act.noun, id, act.steps).await.is_err() {
        return false;
    }
    let read = s.t.get(who, &format!("/{}/{id}", act.noun.path())).await;
    let offered = |a: &Value| a["name"] == act.path && a["refusal"].is_null();
    if read.status != 200 || !read.body["actions"].as_array().unwrap().iter().any(offered) {
        return false;
    }
    let mut body = jiebang::web::openapi::example(&act.form);
    body["version"] = read.body["version"].clone();
    let told = s.t.post(who, &act.href(id), body).await;
    let at_field = told.body["errors"].as_array().is_some_and(|e| !e.is_empty());
    let fair = matches!(told.status, 200 | 201 | 422) || at_field || told.body["type"] == "/problems/step-up-needed";
    assert!(fair, "{stage}: {who} was offered {} and told {} {}", act.href(id), told.status, told.body);
    true
}

#[tokio::test]
async fn what_is_offered_without_a_refusal_can_be_done_while_bids_are_taken_and_reviewed() {
    let mut tried = vec![];
    for stage in ["published", "opened", "reviewing", "negotiating"] {
        let s = Stage::new().await;
        match stage {
            "published" => drop(s.to_published(ENTERPRISE, "single").await),
            "opened" => drop(s.to_opened(GOVERNMENT, "single", 2).await),
            "reviewing" => drop(s.to_reviewing(ENTERPRISE, "single", 3).await),
            _ => drop(s.to_negotiating(ENTERPRISE, "single", &[90, 85]).await),
        }
        tried.push((stage, take_all_that_is_offered(&s, stage).await));
    }
    assert!(tried.iter().all(|(_, n)| *n >= 4), "{tried:?}");
}

#[tokio::test]
async fn what_is_offered_without_a_refusal_can_be_done_from_the_notice_to_the_end() {
    let mut tried = vec![];
    for stage in ["notice", "objected", "awarded", "effective", "accepted", "race"] {
        let s = Stage::new().await;
        match stage {
            "notice" => drop(s.to_notice(ENTERPRISE, &[90, 85]).await),
            "objected" => drop(s.hold(s.to_notice(ENTERPRISE, &[90, 85]).await.2).await),
            "awarded" => drop(s.to_awarded(ENTERPRISE, &[90, 85]).await),
            "effective" => drop(s.to_effective(GOVERNMENT, &[90, 85]).await),
            "accepted" => drop(s.to_accepted(GOVERNMENT, &[90, 85]).await),
            _ => drop(s.to_two_lanes().await),
        }
        tried.push((stage, take_all_that_is_offered(&s, stage).await));
    }
    assert!(tried.iter().all(|(_, n)| *n >= 4), "{tried:?}");
}

/// Each money or number field of each form, with what nobody means: told at a field or taken, never a failure of ours.
#[tokio::test]
async fn no_sum_and_no_number_of_any_form_breaks_anything() {
    use jiebang::domain::form::Kind;
    let s = Stage::new().await;
    things(&s).await;
    let made = ids(&s).await;
    let cast: Vec<String> = s.cast().map(str::to_owned).collect();
    let odd = [json!(0), json!(-1), json!(i64::MAX), json!("99999999999999999999"), json!("1e9"), json!("-0.01"), json!(1.5)];
    let mut tried = 0;
    for act in ACTS {
        let number = |k: Kind| matches!(k, Kind::Fen | Kind::Integer(..) | Kind::Decimal | Kind::Percent);
        let fields: Vec<&str> = act.form.fields().filter(|f| number(f.kind)).map(|f| f.name).collect();
        let Some(id) = made.get(act.noun.id()).filter(|_| !fields.is_empty()) else { continue };
        let Some(who) = entitled(&s, &cast, act, *id).await else { continue };
        for (field, value) in fields.iter().flat_map(|f| odd.iter().map(move |v| (f, v))) {
            let mut body = jiebang::web::openapi::example(&act.form);
            body[*field] = value.clone();
            let told = s.t.post(who, &act.href(*id), body).await;
            assert!(told.status < 500, "{who} {} {field}={value}: {}", act.href(*id), told.body);
            tried += 1;
        }
    }
    assert!(tried > 150, "{tried}");
}

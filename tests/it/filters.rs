//! Lists narrowed: every filter of every list works, a wrong one is told at its field, none tells what its reader may not see.
use crate::job::{id, published};
use crate::support::{TestApp, need};
use jiebang::domain::form::Kind;
use jiebang::web::filter::{By, LISTS};
use serde_json::json;

fn of_api(path: &str) -> &str {
    match path {
        "/mine" => "/challenges/mine",
        "/record" => "/events",
        other => other,
    }
}

/// Who reads a list.
fn reader(path: &str) -> &'static str {
    match path {
        "/organisations" | "/accounts" => "admin",
        "/record" => "auditor",
        "/assignments" => "expert0",
        _ => "officer",
    }
}

/// A value that reads, and one that does not.
fn values(by: &By) -> (String, String) {
    let (good, bad) = match by.field.kind {
        Kind::Choice(options) => (options[0].to_owned(), "nonsense"),
        Kind::Integer(_, most) => (most.to_string(), "many"),
        Kind::Date => ("2026-03-02".into(), "yesterday"),
        Kind::Fen => ("50万".into(), "-3"),
        Kind::YesNo => ("yes".into(), "perhaps"),
        _ => ("焦化_%'\\".into(), "\u{0}"),
    };
    let coded = |s: &str| form_urlencoded::byte_serialize(s.as_bytes()).collect::<String>();
    (coded(&good), coded(bad))
}

#[tokio::test]
async fn every_filter_of_every_list_works_and_a_wrong_one_is_told_at_its_field() {
    let app = TestApp::new().await;
    published(&app, "service", "government_posted", "single").await;
    for (path, filters) in LISTS {
        let who = reader(path);
        let html = *path != "/challenges";
        for by in *filters {
            let (name, (good, bad)) = (by.field.name, values(by));
            let asked = app.get(who, &format!("{}?{name}={good}", of_api(path))).await;
            assert!(asked.status == 200 && asked.body["items"].is_array(), "{path}?{name}={good}: {}", asked.body);
            let wrong = app.get(who, &format!("{}?{name}={bad}", of_api(path))).await;
            assert_eq!((wrong.status, &wrong.body["errors"][0]["field"]), (422, &json!(name)), "{path}?{name}={bad}");
            let page = app.page(who, &format!("{path}?{name}={good}&limit=5")).await;
            assert!(page.status == 200 && page.text().contains(&format!("name=\"{name}\"")), "{path} {name}");
            assert!(page.text().contains("class=\"chip\""), "{path}?{name}: what is chosen can be taken away");
            let wrong = app.page(who, &format!("{path}?{name}={bad}")).await;
            assert!(wrong.status == 422 && wrong.text().contains("field bad"), "{path}?{name}={bad}: {}", wrong.status);
            if html && !matches!(by.field.kind, Kind::Choice(_) | Kind::YesNo | Kind::Text(..)) {
                assert!(wrong.text().contains(&format!("value=\"{bad}\"")), "{path} {name}: what was typed is kept");
            }
        }
    }
}

#[tokio::test]
async fn challenges_are_found_by_money_words_track_and_the_days_left() {
    let app = TestApp::new().await;
    let one = published(&app, "service", "government_posted", "single").await;
    let other = published(&app, "poster", "enterprise_posted", "single").await;
    let found = async |query: &str| {
        let answer = app.get("", &format!("/challenges?{query}")).await.ok();
        let mut ids: Vec<String> = answer["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().into()).collect();
        ids.sort();
        ids
    };
    let mut both = vec![one.clone(), other.clone()];
    both.sort();
    let stake = app.get("", &format!("/challenges/{one}")).await.ok();
    let fen = need("government_posted", "single")["stake_fen"].as_i64().unwrap();
    assert_eq!(stake["need"]["stake_fen"], fen);
    let yuan = fen / 100;
    assert_eq!(found(&format!("stake_from={yuan}&stake_to={yuan}")).await, both, "both ends belong to it");
    assert!(
        found(&format!("stake_from={}", yuan + 1)).await.is_empty() && found(&format!("stake_to={}", yuan - 1)).await.is_empty()
    );
    assert_eq!(found("track=government_posted").await, std::slice::from_ref(&one));
    assert_eq!(found("q=%E8%84%B1%E7%A1%AB%E5%BA%9F%E6%B6%B2").await, both, "脱硫废液");
    assert!(found("q=%E9%94%82%E7%94%B5%E6%B1%A0").await.is_empty(), "锂电池");
    assert_eq!(found("state=open").await, both);
    assert!(found("within=0").await.is_empty(), "nothing closes today");
    assert_eq!(found("within=250").await, both);
    let close = app.get("", &format!("/challenges/{one}")).await.ok()["close_at"].clone();
    app.pass(&close);
    assert!(
        !found("state=open").await.contains(&one) && found("state=closed").await.contains(&one),
        "by the clock, to the moment"
    );
}

#[tokio::test]
async fn no_filter_finds_what_its_reader_may_not_see() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let bid = id(&app.post("bidder1", &format!("/challenges/{c}/bids"), json!({})).await.ok());
    let count = async |who: &str, path: &str| app.get(who, path).await.ok()["items"].as_array().unwrap().len();
    assert_eq!(count("bidder1", "/bids?state=draft&q=%E8%84%B1%E7%A1%AB").await, 1);
    for who in ["bidder2", "poster", "officer", "auditor", "expert0"] {
        for query in ["state=draft", "state=sealed", "q=%E8%84%B1%E7%A1%AB", "from=2000-01-01"] {
            assert_eq!(count(who, &format!("/bids?{query}")).await, 0, "{who} must not learn of bid {bid} by {query}");
        }
    }
    let draft = id(&app.post("poster", "/challenges", json!({ "title": "针状焦连续煅烧装备研制" })).await.ok());
    for (who, path) in [
        ("", "/challenges?q=%E9%92%88%E7%8A%B6%E7%84%A6"),
        ("", "/challenges?state=draft"),
        ("poster2", "/challenges/mine?state=draft"),
    ] {
        assert_eq!(count(who, path).await, 0, "{who:?} must not find the draft {draft} by {path}");
    }
    assert_eq!(count("poster", "/challenges/mine?state=draft").await, 1);
    assert_eq!(count("officer", "/challenges/mine?state=draft").await, 0, "a draft is its author's");
    assert_eq!(count("", "/notices?state=draft").await, 0);
    assert_eq!(app.get("officer", "/accounts?role=expert").await.status, 404);
}

#[tokio::test]
async fn people_and_the_record_are_found_by_what_stands_of_them() {
    let app = TestApp::new().await;
    let count = async |who: &str, path: &str| app.get(who, path).await.ok()["items"].as_array().unwrap().len();
    assert_eq!(count("admin", "/accounts?email=EXPERT1@unit").await, 1, "letters match in either case");
    assert_eq!(count("admin", "/accounts?email=%25").await, 0, "no character stands for others");
    assert_eq!(count("admin", "/accounts?email=expert_@").await, 0);
    assert_eq!(count("admin", "/accounts?role=supervisor&active=yes").await, 1);
    assert_eq!(count("admin", "/accounts?active=no").await, 0);
    assert_eq!(count("admin", "/organisations?kind=institute").await, 1);
    assert_eq!(count("officer", "/experts?expert_kind=finance_management").await, 3);
    assert_eq!(count("officer", "/experts?expert_kind=technical").await, 9);
    let all = count("auditor", "/events?limit=500").await;
    assert!(all > 20 && count("auditor", "/events?noun=account&limit=500").await < all);
    assert_eq!(count("auditor", "/events?from=2099-01-01").await, 0);
    assert_eq!(count("auditor", "/events?to=2099-01-01&limit=500").await, all);
}

#[tokio::test]
async fn every_list_is_taken_away_as_a_file_with_its_filters() {
    let app = TestApp::new().await;
    published(&app, "service", "government_posted", "single").await;
    for (path, _) in LISTS.iter().filter(|(path, _)| *path != "/record") {
        let page = app.page(reader(path), path).await;
        for (name, media) in [("csv", "text/csv; charset=utf-8"), ("xlsx", "application/vnd.openxmlformats")] {
            assert!(page.text().contains(&format!("?format={name}")), "{path} offers {name}");
            let file = app.page(reader(path), &format!("{path}?format={name}")).await;
            let said = |h: &str| file.headers[h].to_str().unwrap().to_owned();
            assert!(file.status == 200 && said("content-type").starts_with(media), "{path} {name} {}", file.status);
            assert!(said("content-disposition").starts_with("attachment") && said("content-disposition").contains(name));
        }
        assert_eq!(app.page(reader(path), &format!("{path}?format=pdf")).await.status, 422, "{path}");
    }
    assert_ne!(app.page("", "/bids?format=csv").await.status, 200, "an export is read by those who read the list");
}

#[tokio::test]
async fn a_file_holds_every_page_of_what_was_asked_for_and_no_formula() {
    let app = TestApp::new().await;
    jiebang::store::generate::challenges(&app.app.db, 230, 1, &|_| ()).await.unwrap();
    let lines = async |path: &str| {
        let file = app.page("", path).await;
        file.text().lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let all = lines("/challenges?format=csv").await;
    assert_eq!(all.len(), 231, "a head and every row");
    assert!(all[0].starts_with('\u{feff}') && all[0].contains("榜题") && all[0].contains("万元"));
    let some = lines("/challenges?format=csv&state=performing").await;
    assert!(some.len() > 1 && some.len() < all.len() && some[1..].iter().all(|l| l.contains("实施")), "{}", some[1]);
    assert_eq!(app.page("", "/challenges?format=csv&stake_from=x").await.status, 422, "a wrong filter is no filter");
    let named = app.page("", "/challenges?format=csv").await;
    assert!(!named.headers.contains_key(axum::http::header::ETAG), "a file with a name is not kept as a page");
    app.post("poster", "/challenges", json!({ "title": "=HYPERLINK(\"http://x\",\"y\")" })).await.ok();
    let own = app.page("poster", "/mine?format=csv").await;
    assert!(own.text().contains("\"'=HYPERLINK(\"\"http"), "{}", own.text());
}

//! The contract with other programs: checks, lists, the document.
use crate::job::published;
use crate::support::TestApp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn the_checks_say_what_the_forms_would_say() {
    let app = TestApp::bare().await;
    let check = async |code: &str| {
        let v = app.get("", &format!("/checks/uscc/{code}")).await.ok();
        (v["valid"].as_bool().unwrap(), v["position"].as_u64())
    };
    for (code, expected) in [
        ("91141122701122334Y", (true, None)),
        ("12140000405700013Q", (true, None)),
        ("111411220123456716", (true, None)),
        ("91141122701122334X", (false, Some(18))),
        ("91141122701122334I", (false, Some(18))),
        ("9114112270112233OY", (false, Some(17))),
        ("9114112270112233Y", (false, None)),
    ] {
        assert_eq!(check(code).await, expected, "{code}");
    }
    let days = app.get("", "/checks/working-days?from=2026-09-28&days=5").await.ok();
    assert_eq!(
        (days["due"].as_str(), days["covered"].as_bool()),
        (Some("2026-10-10"), Some(true)),
        "a made-up Saturday is a working day"
    );
    assert_eq!(days["counted"], json!(["2026-09-29", "2026-09-30", "2026-10-08", "2026-10-09", "2026-10-10"]));
    app.get("", "/checks/working-days?from=gestern&days=0").await.problem(422, "invalid");
}

#[tokio::test]
async fn lists_page_by_key_and_never_skip_or_repeat() {
    let app = TestApp::new().await;
    let mut made = BTreeSet::new();
    for _ in 0..5 {
        made.insert(published(&app, "poster", "enterprise_posted", "single").await);
        app.set_clock(crate::support::START);
    }
    let (mut after, mut seen, mut pages) = (String::new(), vec![], 0);
    loop {
        let page = app.get("", &format!("/challenges?limit=2&after={after}")).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()));
        pages += 1;
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((pages, seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (3, 5, made));
    for bad in ["limit=0", "limit=101", "limit=x", "after=nonsense"] {
        app.get("", &format!("/challenges?{bad}")).await.problem(422, "invalid");
    }
    let found = |q: &str| {
        let app = &app;
        let q = q.to_owned();
        async move { app.get("", &format!("/challenges?q={q}")).await.ok()["items"].as_array().unwrap().len() }
    };
    assert_eq!(
        (found("%E8%84%B1%E7%A1%AB").await, found("%E7%9B%90").await, found("%E9%A3%8E%E7%94%B5").await),
        (5, 5, 0),
        "脱硫 盐 风电"
    );
}

#[tokio::test]
async fn a_resource_tells_state_turn_clock_and_what_the_caller_may_do() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    let names = |v: &Value| {
        v["actions"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|a| a["refusal"].is_null())
            .map(|a| a["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let at = async |who: &str| names(&app.get(who, &format!("/challenges/{c}")).await.ok());
    assert_eq!(at("").await, Vec::<String>::new());
    assert_eq!(at("bidder1").await, ["bids", "questions", "interests"]);
    assert_eq!(at("poster").await, ["withdrawal-request"]);
    assert_eq!(at("head").await, ["suspension", "cancellation-proposal", "officer-recusal", "lobbying"]);
    let head = app.get("head", &format!("/challenges/{c}")).await.ok();
    let barred = head["actions"].as_array().unwrap().iter().find(|a| a["name"] == "withdrawal-decision").unwrap();
    assert_eq!(barred["refusal"]["code"], "withdrawal_not_asked", "a step barred by a rule is shown with the reason");
    let close = head["close_at"].clone();
    app.pass(&close);
    let closed = app.get("officer", &format!("/challenges/{c}")).await.ok();
    assert_eq!(
        (closed["state"].as_str(), closed["turn"]["role"].as_str(), closed["turn"]["what"].as_str()),
        (Some("closed"), Some("officer"), Some("challenge.opening"))
    );
    assert!(closed["due_at"].is_string());
    let queue = app.get("officer", "/queue").await.ok();
    assert_eq!(queue["items"][0]["what"], "challenge.opening");
}

#[tokio::test]
async fn bad_requests_are_told_and_never_fail_inside() {
    let app = TestApp::new().await;
    app.get("", "/challenges/not-an-id").await.problem(400, "bad-request");
    app.get("", "/nosuch").await.problem(404, "missing");
    app.get("", "/me").await.problem(401, "sign-in");
    app.get("", "/queue").await.problem(401, "sign-in");
    for body in [json!([]), json!("x")] {
        app.post("poster", "/challenges", body).await.problem(400, "bad-request");
    }
    app.post("poster", "/challenges", json!({ "title": 5 })).await.problem(422, "invalid");
    app.post("poster", "/challenges", json!({ "title": "含\u{0}空字符的一个题目" })).await.problem(422, "invalid");
    let faults = app.post("poster", "/challenges", json!({ "title": "短", "role": "admin" })).await;
    let fields: Vec<&str> = faults.body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!((faults.status, fields), (422, vec!["role", "title"]), "every fault at once, unknown fields too");
}

#[tokio::test]
async fn the_document_names_every_route_and_resolves_every_reference() {
    let app = TestApp::bare().await;
    let doc = app.get("", "/openapi.json").await.ok();
    assert_eq!(doc["openapi"], "3.1.0");
    let paths = doc["paths"].as_object().unwrap();
    for act in jiebang::web::acts::ACTS {
        assert!(paths[&format!("/api/v1{}", act.html())]["post"].is_object(), "{}", act.html());
    }
    let mut ids = BTreeSet::new();
    for op in paths.values().flat_map(|m| m.as_object().unwrap().values()) {
        assert!(ids.insert(op["operationId"].as_str().unwrap().to_owned()), "{} twice", op["operationId"]);
        assert!(!op["summary"].as_str().unwrap().is_empty());
    }
    fn references(v: &Value, out: &mut BTreeSet<String>) {
        match v {
            Value::Object(m) => {
                if let Some(r) = m.get("$ref").and_then(Value::as_str) {
                    out.insert(r.to_owned());
                }
                m.values().for_each(|x| references(x, out));
            }
            Value::Array(a) => a.iter().for_each(|x| references(x, out)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    references(&doc, &mut all);
    for r in all {
        assert!(doc.pointer(r.trim_start_matches('#')).is_some(), "{r}");
    }
    // Every documented GET without parameters answers something other than an internal error.
    for path in paths.iter().filter(|(p, m)| !p.contains('{') && m["get"].is_object()).map(|(p, _)| p.clone()) {
        let status = app.get("", path.trim_start_matches("/api/v1")).await.status;
        assert!([200, 401, 404, 422].contains(&status), "{path} {status}");
    }
}

#[tokio::test]
async fn health_is_told() {
    let app = TestApp::bare().await;
    assert_eq!((app.page("", "/healthz").await.status, app.page("", "/readyz").await.status), (200, 200));
}

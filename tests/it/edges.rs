//! What comes from outside at the edges: addresses to go to, the name of the host, parameters, sums, days, the test's clock.
use crate::support::TestApp;
use axum::{
    body::Body,
    http::{Request, header},
};
use jiebang::config::Config;
use jiebang::web::{self, Web};
use sea_orm::ConnectionTrait;
use serde_json::json;

#[tokio::test]
async fn no_way_back_and_no_link_leads_to_another_site() {
    let app = TestApp::new().await;
    let mut wrong = vec!["//evil.example", "/\\evil.example", "https://evil.example", "\\/evil.example", "/\r/evil.example"];
    wrong.extend(["/\t/evil.example", "/\u{b}/x", "/\u{0}/x", "/\u{1f}/evil.example", "/\u{85}/evil.example"]);
    for next in wrong {
        let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let request = Request::post(format!("/sign-in?next={next}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("email=officer%40unit.example&password=correct+horse+battery"))
            .unwrap();
        let answer = app.request(request).await;
        assert_eq!((answer.status, answer.headers["location"].to_str().unwrap()), (303, "/desk"), "{next}");
    }
    for path in ["//evil.example/", "///evil.example", "//evil.example/challenges?q=1"] {
        let page = app.request(Request::get(path).body(Body::empty()).unwrap()).await;
        let away = page.text().contains("href=\"//") || page.text().contains("href=\"&#x2f;&#x2f;");
        assert!(!away, "{path}: {}", page.text());
    }
}

#[tokio::test]
async fn a_public_site_answers_under_its_own_name_and_one_host_is_named() {
    let app = TestApp::new().await;
    let public = Config::read(None, [("JIEBANG_ORIGIN".to_owned(), "https://jb.example".to_owned())]).unwrap();
    let router = web::router(Web::new(app.app.clone(), public));
    let ask = async |path: &str, hosts: &[&str]| {
        let request = hosts.iter().fold(Request::get(path), |r, host| r.header(header::HOST, *host));
        tower::ServiceExt::oneshot(router.clone(), request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
    };
    assert_eq!(ask("/help", &["jb.example"]).await, 200);
    assert_eq!(ask("/help", &["JB.example:443"]).await, 200);
    assert_eq!(ask("/help", &["evil.example"]).await, 400);
    assert_eq!(ask("/help", &["jb.example", "jb.example"]).await, 400);
    assert_eq!(ask("/healthz", &["10.0.0.7"]).await, 200, "a probe goes by address");
    let request = Request::get("/help").header(header::HOST, "a").header(header::HOST, "b").body(Body::empty()).unwrap();
    assert_eq!(app.request(request).await.status, 400);
}

#[tokio::test]
async fn what_is_taken_away_as_a_file_asks_again_who_one_is() {
    let app = TestApp::new().await;
    app.token("officer").await;
    assert_eq!(app.page("officer", "/organisations?format=csv").await.status, 200);
    app.app.db.connection().execute_unprepared("UPDATE session SET proven_at = proven_at - 300000").await.unwrap();
    let asked = app.page("officer", "/organisations?format=csv").await;
    assert_eq!(asked.status, 403);
    assert!(asked.text().contains("format%3Dcsv"), "it comes back to the file: {}", asked.text());
    assert_eq!(app.page("officer", "/organisations").await.status, 200, "to look is no taking away");
    // What is everybody's anybody may take away.
    assert_eq!(app.page("officer", "/challenges?format=csv").await.status, 200);
}

#[tokio::test]
async fn what_the_document_forbids_is_refused_at_its_name() {
    let app = TestApp::new().await;
    let at = async |path: &str| {
        let told = app.get("", path).await;
        (told.status, told.body["errors"][0]["field"].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(at("/challenges?lang=").await, (422, "lang".into()));
    assert_eq!(at("/challenges?lang=fr").await, (422, "lang".into()));
    assert_eq!(at("/challenges?lang=en").await.0, 200);
    assert_eq!(at("/log/proof?from=1&to=").await, (422, "to".into()));
    for from in ["9999-12-31", "2101-01-01", "1999-12-31", "-000001-01-01"] {
        assert_eq!(at(&format!("/checks/working-days?from={from}&days=1000")).await, (422, "from".into()), "{from}");
    }
    let told = app
        .post(
            "finance",
            "/budget-documents",
            json!({ "number": "交财预〔2026〕9号", "fiscal_year": 2026, "title": "科技专项", "amount_fen": 0 }),
        )
        .await;
    assert_eq!(told.body["errors"][0]["code"], "money_zero", "{}", told.body);
}

#[tokio::test]
async fn the_clock_of_a_test_does_not_go_behind_the_record() {
    let app = TestApp::new().await;
    app.post("", "/test/clock", json!({ "now": "2027-03-01T00:00:00Z" })).await.ok();
    app.post("poster", "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐" })).await.ok();
    app.post("", "/test/clock", json!({ "now": "2027-02-01T00:00:00Z" })).await.refused(422, "clock_behind_record");
    app.post("", "/test/clock", json!({ "now": "2027-03-02T00:00:00Z" })).await.ok();
}

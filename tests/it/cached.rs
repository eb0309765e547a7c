//! Public pages kept in memory: never old, never another's.
use crate::job::published;
use crate::support::{Answer, TestApp};
use axum::{
    body::Body,
    http::{Request, header},
};
use jiebang::domain::clock::Clock;
use serde_json::json;

async fn asked(app: &TestApp, path: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    app.request(request.body(Body::empty()).unwrap()).await
}

fn tag(a: &Answer) -> String {
    a.headers[header::ETAG].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_public_page_is_kept_until_the_record_grows_or_time_passes() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let page = format!("/challenges/{c}");
    for path in ["/", "/challenges", "/notices", &page, "/api/v1/challenges", &format!("/api/v1{page}")] {
        let first = app.page("", path).await;
        assert_eq!(first.status, 200, "{path}");
        assert_eq!(first.headers[header::CACHE_CONTROL], "private, no-cache");
        let seen = asked(&app, path, &[(header::IF_NONE_MATCH, &format!("\"other\", {}", tag(&first)))]).await;
        assert_eq!((seen.status, seen.text()), (304, ""), "{path}");
        assert_eq!(asked(&app, path, &[(header::IF_NONE_MATCH, "\"other\"")]).await.text(), first.text());
    }
    let (before, list) = (app.page("", &page).await, app.page("", "/challenges").await);
    let question = json!({ "text": "焦炉煤气的硫化氢含量上限以哪一次检测为准？" });
    app.post("bidder1", &format!("{page}/questions"), question).await.ok();
    let after = app.page("", &page).await;
    assert_ne!(tag(&before), tag(&after), "an act is seen at once");
    assert!(after.text().contains("以哪一次检测为准"));
    app.advance(1);
    assert_ne!(tag(&list), tag(&app.page("", "/challenges").await), "a day less is left");
}

#[tokio::test]
async fn the_deadline_shows_to_the_second() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let close: jiff::Timestamp =
        app.get("", &format!("/challenges/{c}")).await.ok()["close_at"].as_str().unwrap().parse().unwrap();
    app.clock.set(close - jiff::SignedDuration::from_secs(1));
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "published");
    app.clock.set(close);
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "closed");
    app.clock.set(close - jiff::SignedDuration::from_secs(1));
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "published", "a clock set back, too");
}

#[tokio::test]
async fn nothing_of_an_account_is_kept_and_each_language_and_size_is_its_own() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let page = format!("/challenges/{c}");
    let visitor = app.page("", &page).await;
    let officer = app.page("officer", &page).await;
    assert!(!officer.headers.contains_key(header::ETAG) && officer.headers[header::CACHE_CONTROL] == "no-store");
    assert!(officer.text().contains("/sign-out") && !visitor.text().contains("/sign-out"));
    assert_eq!(tag(&app.page("", &page).await), tag(&visitor), "the officer's page is nobody else's");
    let json = app.get("officer", &page).await;
    assert!(!json.headers.contains_key(header::ETAG));
    let en = asked(&app, &page, &[(header::ACCEPT_LANGUAGE, "en")]).await;
    let large = asked(&app, &page, &[(header::COOKIE, "size=large")]).await;
    let tags = [tag(&visitor), tag(&en), tag(&large)];
    assert!(tags[0] != tags[1] && tags[0] != tags[2] && tags[1] != tags[2]);
    assert!(large.text().contains("class=\"elder\""));
    let told = app.page("", &format!("{page}?done=submission")).await;
    assert!(!told.headers.contains_key(header::ETAG), "what was done is told once");
    let chosen = asked(&app, &format!("{page}?lang=en"), &[]).await;
    let again = asked(&app, &format!("{page}?lang=en"), &[]).await;
    assert!(chosen.headers.contains_key(header::SET_COOKIE) && again.headers.contains_key(header::SET_COOKIE));
    let missing = asked(&app, "/challenges/018f0000-0000-7000-8000-000000000000", &[]).await;
    assert!(missing.status == 404 && !missing.headers.contains_key(header::ETAG), "a refusal is not kept");
}

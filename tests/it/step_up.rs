//! Acts that move money, sign or give rights ask again who one is: over the API and on the pages.
use crate::support::{PASSWORD, TestApp};
use axum::{
    body::Body,
    http::{Request, header},
};
use sea_orm::ConnectionTrait;
use serde_json::json;

/// Five minutes pass for every session.
async fn grow_old(app: &TestApp) {
    app.app.db.connection().execute_unprepared("UPDATE session SET proven_at = proven_at - 300000").await.unwrap();
}

fn new_account(app: &TestApp) -> serde_json::Value {
    json!({ "email": "new@unit.example", "name": "示例新人", "role": "officer", "organisation": app.org("bureau")["id"] })
}

#[tokio::test]
async fn an_old_token_may_read_and_must_prove_itself_before_it_gives_rights() {
    let app = TestApp::new().await;
    let old = app.token("admin").await;
    grow_old(&app).await;
    assert_eq!(app.get("admin", "/accounts").await.status, 200);
    let refused = app.post("admin", "/accounts", new_account(&app)).await;
    assert_eq!(refused.body["prove_at"], "/api/v1/me/step-up");
    refused.problem(403, "step-up-needed");
    app.post("admin", "/me/step-up", json!({ "password": "not the password" })).await.refused(422, "wrong_password");
    app.post("admin", "/accounts", new_account(&app)).await.problem(403, "step-up-needed");
    let fresh =
        app.post("admin", "/me/step-up", json!({ "password": PASSWORD })).await.ok()["token"].as_str().unwrap().to_owned();
    let ask = async |token: &str| {
        let request = Request::post("/api/v1/accounts")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(new_account(&app).to_string()))
            .unwrap();
        app.request(request).await
    };
    // The token that was in use is nobody's any more; a copy of it proves nothing and reads nothing.
    ask(&old).await.problem(401, "sign-in");
    assert_eq!(ask(&fresh).await.status, 201);
}

#[tokio::test]
async fn a_page_asks_for_the_proof_keeps_what_was_typed_and_comes_back_to_it() {
    let app = TestApp::new().await;
    let org = app.org("bureau")["id"].as_str().unwrap().to_owned();
    app.token("admin").await;
    grow_old(&app).await;
    let typed = format!("email=new%40unit.example&name=%E6%96%B0%E4%BA%BA&role=officer&organisation={org}");
    let asked = app.submit("admin", "/accounts/new", &typed).await;
    assert_eq!(asked.status, 403);
    let page = asked.text();
    assert!(
        page.contains("action=\"&#x2f;step-up\"") && page.contains("name=\"next\" value=\"&#x2f;accounts&#x2f;new\""),
        "{page}"
    );
    assert!(page.contains("new@unit.example") && !page.contains("correct horse"), "{page}");
    let kept = json!({ "email": "new@unit.example", "name": "新人", "role": "officer", "organisation": org }).to_string();
    let kept: String = form_urlencoded::byte_serialize(kept.as_bytes()).collect();
    let wrong = app.submit("admin", "/step-up", &format!("password=wrong+wrong+wrong&next=/accounts/new&typed={kept}")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("new@unit.example"), "a wrong password loses nothing");
    let back = app.submit("admin", "/step-up", &format!("password=correct+horse+battery&next=/accounts/new&typed={kept}")).await;
    assert_eq!(back.status, 200);
    assert!(back.text().contains("value=\"new@unit.example\""), "{}", back.text());
    assert!(back.headers["set-cookie"].to_str().unwrap().starts_with("jiebang="), "a fresh token");
    // Another site is no place to come back to.
    let token = back.headers["set-cookie"].to_str().unwrap().split([';', '=']).nth(1).unwrap().to_owned();
    let away = Request::post("/step-up")
        .header(header::COOKIE, format!("jiebang={token}"))
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("password=correct+horse+battery&next=https%3A%2F%2Fevil.example"))
        .unwrap();
    assert_eq!(app.request(away).await.headers["location"], "/desk");
}

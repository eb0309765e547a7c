//! Safe from the first day: who is hidden from whom, sign-in, sessions, same origin, headers, four eyes.
use crate::job::published;
use crate::support::{PASSWORD, TestApp, need};
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;

#[tokio::test]
async fn what_is_hidden_answers_as_if_it_were_not_there() {
    let app = TestApp::new().await;
    let c = app.post("poster", "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐" })).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let nowhere = "0192f0c1-2c4e-7b10-9a00-0000000000ff";
    for who in ["", "poster2", "bidder1", "officer", "admin", "finance", "expert1"] {
        let hidden = app.get(who, &format!("/challenges/{c}")).await;
        let missing = app.get(who, &format!("/challenges/{nowhere}")).await;
        assert_eq!((hidden.status, hidden.body), (404, missing.body), "{who}");
        app.post(who, &format!("/challenges/{c}/submission"), json!({})).await.problem(404, "missing");
    }
    assert_eq!(app.get("poster", &format!("/challenges/{c}")).await.status, 200);
}

#[tokio::test]
async fn two_steps_of_one_thing_are_two_peoples() {
    let app = TestApp::new().await;
    // An officer of the bureau posts for the bureau: it can't screen its own need.
    let c = app.post("officer", "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐" })).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.put("officer", &format!("/challenges/{c}/draft"), json!({ "draft": need("government_posted", "single") })).await.ok();
    app.post("officer", &format!("/challenges/{c}/submission"), json!({})).await.ok();
    let screening = json!({ "industry_fit": true, "not_duplicate": true, "funds_proved": true, "poster_real": true });
    app.post("officer", &format!("/challenges/{c}/screening"), screening.clone()).await.problem(403, "same-person");
    app.post("officer2", &format!("/challenges/{c}/screening"), screening).await.ok();
}

#[tokio::test]
async fn the_administrator_has_no_business_power() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    for act in ["publication", "amendment", "cancellation", "opening", "bids", "lapse"] {
        let answer = app
            .post("admin", &format!("/challenges/{c}/{act}"), json!({ "reason": "测试测试", "close_at": "2027-01-01T00:00:00Z" }))
            .await;
        assert!([403, 422].contains(&answer.status), "{act} {}", answer.status);
    }
    assert_eq!(app.get("admin", &format!("/challenges/{c}")).await.ok()["actions"], json!([]));
    app.get("officer", "/accounts").await.problem(404, "missing");
}

#[tokio::test]
async fn wrong_sign_ins_are_slowed_here_and_the_owner_is_not_locked_out_there() {
    let app = TestApp::new().await;
    let sign_in = |password: &str, address: &str| {
        let body = json!({ "email": "officer@unit.example", "password": password }).to_string();
        let mut request =
            Request::post("/api/v1/tokens").header(header::CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap();
        request
            .extensions_mut()
            .insert(axum::extract::ConnectInfo(format!("{address}:1").parse::<std::net::SocketAddr>().unwrap()));
        request
    };
    let mut statuses = vec![];
    for _ in 0..8 {
        statuses.push(app.request(sign_in("not the password", "192.0.2.1")).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
    assert_eq!(app.request(sign_in(PASSWORD, "192.0.2.1")).await.status, 429);
    assert_eq!(app.request(sign_in(PASSWORD, "192.0.2.2")).await.status, 201, "the owner, from elsewhere, signs in at once");
}

#[tokio::test]
async fn passwords_and_tokens_lie_as_hashes_only() {
    let app = TestApp::new().await;
    let token = app.token("officer").await;
    use sea_orm::EntityTrait;
    let db = app.app.db.connection();
    let accounts = entity::account::Entity::find().all(db).await.unwrap();
    assert!(
        accounts
            .iter()
            .all(|a| a.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !a.body.to_string().contains(PASSWORD))
    );
    let sessions = entity::session::Entity::find().all(db).await.unwrap();
    assert!(sessions.iter().all(|s| s.token_sha256 != token && s.token_sha256.len() == 64));
    assert!(sessions.iter().any(|s| s.token_sha256 == jiebang::domain::hash::sha256_hex(token.as_bytes())));
}

#[tokio::test]
async fn a_suspended_account_is_out_with_the_next_request() {
    let app = TestApp::new().await;
    let me = app.get("bidder1", "/me").await.ok()["id"].as_str().unwrap().to_owned();
    app.post("admin", &format!("/accounts/{me}/suspension"), json!({ "reason": "岗位调整" })).await.ok();
    app.get("bidder1", "/me").await.problem(401, "sign-in");
}

#[tokio::test]
async fn a_changed_password_ends_every_session() {
    let app = TestApp::new().await;
    assert_eq!(app.submit("bidder1", "/account", "old_password=wrong&new_password=another+good+phrase").await.status, 422);
    let form = format!("old_password={}&new_password=another+good+phrase", PASSWORD.replace(' ', "+"));
    assert_eq!(app.submit("bidder1", "/account", &form).await.status, 303);
    app.get("bidder1", "/me").await.problem(401, "sign-in");
}

#[tokio::test]
async fn unsafe_requests_come_from_our_own_pages() {
    let app = TestApp::new().await;
    let cookie = format!("jiebang={}", app.token("poster").await);
    let sent = |headers: &[(&str, &str)]| {
        let mut request = Request::post("/challenges/new")
            .header(header::COOKIE, &cookie)
            .header(header::HOST, "jb.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from("title=焦化脱硫废液提盐及副盐")).unwrap()
    };
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[],
    ] {
        app.request(sent(headers)).await.problem(403, "cross-site");
    }
    for headers in [&[("sec-fetch-site", "same-origin")][..], &[("origin", "http://jb.example")]] {
        assert_eq!(app.request(sent(headers)).await.status, 303);
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_safe() {
    let app = TestApp::new().await;
    for path in ["/", "/nosuch", "/api/v1/challenges", "/api/v1/nosuch", "/healthz", "/desk"] {
        let answer = app.page("", path).await;
        let of = |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
        assert!(of("content-security-policy").starts_with("default-src 'none'; script-src 'self'"), "{path}");
        assert_eq!(
            (of("x-content-type-options"), of("referrer-policy"), of("cross-origin-opener-policy")),
            ("nosniff".into(), "same-origin".into(), "same-origin".into()),
            "{path}"
        );
    }
    assert_eq!(app.page("poster", "/desk").await.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_file_is_for_those_who_may_read_what_it_hangs_on() {
    let app = TestApp::new().await;
    let file = app.upload("poster").await;
    app.get("poster2", &format!("/files/{file}")).await.problem(404, "missing");
    let own = app.get("poster", &format!("/files/{file}")).await;
    assert_eq!((own.status, own.headers["content-type"].to_str().unwrap()), (200, "application/octet-stream"));
    assert!(own.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    let c = app.post("poster2", "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐" })).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut stolen = need("enterprise_posted", "single");
    stolen["attachments"] = json!([file]);
    app.put("poster2", &format!("/challenges/{c}/draft"), json!({ "draft": stolen })).await.ok();
    app.post("poster2", &format!("/challenges/{c}/submission"), json!({})).await.refused(422, "file_not_yours");
}

#[tokio::test]
async fn uploads_are_refused_by_kind_and_leave_nothing() {
    let app = TestApp::new().await;
    let send = |token: String, name: &str, content: &str| {
        let body =
            format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--x--\r\n");
        Request::post("/api/v1/files")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .unwrap()
    };
    let token = app.token("poster").await;
    for (name, content) in [
        ("a.html", "<script>alert(1)</script>"),
        ("a.svg", "<svg/>"),
        ("a.pdf", "MZ not a pdf at all"),
        ("a.exe", "MZ"),
        ("a.pdf.exe", "%PDF-1.4"),
    ] {
        app.request(send(token.clone(), name, content)).await.problem(422, "file-refused");
    }
}

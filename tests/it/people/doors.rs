//! Who lets whom in: what an administrator can reach alone, for every role; links and their halves; what two people give out.
use crate::acts::support::{Stage, form, plain, reason, told};
use crate::support::TestApp;
use axum::body::Body;
use axum::http::{Request, header};
use jiebang::domain::forms::{
    ChangeBankAccount, ChangeRole, CorrectName, CorrectOrganisation, InvitePerson, SetSecret, StartBid,
};
use jiebang::domain::{AccountId, OrgId, Registration, RegistrationState, Role};
use serde_json::json;

const SECRET: &str = "seven quiet lanterns drift";

fn invitation(role: &str, email: &str, org: OrgId) -> InvitePerson {
    form(json!({ "email": email, "name": "示例新人", "role": role, "organisation": org }))
}

fn secret(code: Option<&str>) -> SetSecret {
    form(json!({ "code": code, "new_password": SECRET }))
}

/// Where somebody of a role can be, in the cast.
fn home(role: &str) -> &'static str {
    match role {
        "poster" => "firm2",
        "bidder" | "expert" => "u4",
        "supervisor" | "auditor" => "discipline",
        "finance" => "finance",
        _ => "bureau",
    }
}

/// Everything that an administrator can try alone to become somebody of a role: whether a password of their own signs in.
async fn reaches_alone(s: &Stage, role: &str, org: OrgId) -> bool {
    let (admin, email) = (s.who("admin"), format!("{}@new.example", uuid::Uuid::new_v4().simple()));
    let Ok(r) = s.app().invite(admin, invitation(role, &email, org)).await else { return false };
    let _no = s.app().confirm_registration(admin, r.id, plain()).await;
    let code = s.app().give_code(admin, r.id).await.ok().map(|(_, code)| code);
    let Ok((_, token)) = s.app().give_link(admin, r.id).await else { return false };
    s.app().accept_link(&token, secret(code.as_deref())).await.is_ok()
}

#[tokio::test]
async fn an_administrator_alone_becomes_nobody_whose_word_counts() {
    let mut s = Stage::new().await;
    for (n, role) in Role::GIVEN.iter().enumerate() {
        // In an organisation that has people of its own, none at all.
        assert!(!reaches_alone(&s, role, s.org(home(role))).await, "{role} of {}", home(role));
        // Where nobody is yet, only those who take part: the first person of a firm.
        let (code, name) = (crate::support::credit_code(700 + n), format!("新来的企业{n}号（示例）"));
        let empty = s.t.organisation("", &code, &name, "enterprise").await;
        let empty: OrgId = serde_json::from_value(empty["id"].clone()).unwrap();
        assert_eq!(reaches_alone(&s, role, empty).await, ["poster", "bidder", "expert"].contains(role), "{role} of nobody's");
        // From then on it is the business of whoever speaks for it.
        if ["poster", "bidder"].contains(role) {
            for second in Role::GIVEN {
                assert!(!reaches_alone(&s, second, empty).await, "{second} beside {role}");
            }
        }
    }
}

#[tokio::test]
async fn an_administrator_alone_opens_no_account_that_is_there() {
    let s = Stage::new().await;
    let admin = s.who("admin");
    for who in ["officer", "checker", "head", "supervisor", "auditor", "finance", "poster", "bidder1", "expert1"] {
        let id = s.who(who).account;
        let r = s.app().ask_reset(admin, id, reason()).await.unwrap();
        assert_eq!(r.head.state, RegistrationState::Proposed, "{who}");
        assert_eq!(told(s.app().confirm_registration(admin, r.id, plain()).await), "forbidden", "{who}");
        assert_eq!(told(s.app().give_link(admin, r.id).await), "forbidden", "{who}");
        for role in Role::GIVEN.iter().filter(|role| **role != s.who(who).role.id()) {
            let Ok(r) = s.app().ask_role(admin, id, form::<ChangeRole>(json!({ "role": role, "reason": "岗位调整" }))).await
            else {
                continue;
            };
            assert_eq!(r.head.state, RegistrationState::Proposed, "{who} as {role}");
            s.app().withdraw_registration(admin, r.id, reason()).await.unwrap();
        }
        let named = form::<CorrectName>(json!({ "name": "另一个名字", "reason": "登记有误" }));
        assert_eq!(s.app().ask_name(admin, id, named).await.unwrap().head.state, RegistrationState::Proposed, "{who}");
    }
    for who in ["head", "supervisor", "auditor"] {
        let r = s.app().ask_suspension(admin, s.who(who).account, reason()).await.unwrap();
        assert_eq!(r.head.state, RegistrationState::Proposed, "{who}");
        assert_ne!(told(s.app().confirm_registration(s.who(who), r.id, plain()).await), "ok", "not by oneself");
    }
    let (officer, _) = s.app().account(admin, s.who("officer2").account).await.unwrap();
    s.app().ask_suspension(admin, officer.id, reason()).await.unwrap();
    assert!(!s.app().account(admin, officer.id).await.unwrap().0.active, "whoever decides nothing alone is out at once");
    let back = s.app().ask_restoration(admin, officer.id, reason()).await.unwrap();
    assert_eq!(back.head.state, RegistrationState::Proposed);
    s.second(&back).await;
    assert!(s.app().account(admin, officer.id).await.unwrap().0.active);
    s.verified().await.unwrap();
}

/// An invitation that another office agreed to, with both halves of its link.
async fn halves(s: &Stage, r: &Registration, second: &str) -> (String, String) {
    s.app().confirm_registration(s.who(second), r.id, plain()).await.unwrap();
    assert_eq!(told(s.app().give_code(s.who(second), r.id).await), "forbidden");
    assert_eq!(told(s.app().give_link(s.who("admin"), r.id).await), "forbidden");
    let token = s.app().give_link(s.who(second), r.id).await.unwrap().1;
    (token, s.app().give_code(s.who("admin"), r.id).await.unwrap().1)
}

#[tokio::test]
async fn a_link_is_used_once_by_who_has_both_halves_and_in_time() {
    let s = Stage::new().await;
    let invite = async |email: &str| s.app().invite(s.who("admin"), invitation("officer", email, s.org("bureau"))).await.unwrap();
    let r = invite("new@bureau.example").await;
    let (token, code) = halves(&s, &r, "head").await;
    let kept = serde_json::to_string(&s.app().registration(s.who("head"), r.id).await.unwrap()).unwrap();
    assert!(!kept.contains(&token) && !kept.contains(&code) && token.len() == 64, "hashes only");
    assert_eq!(told(s.app().accept_link(&token, secret(None)).await), "code_wrong");
    assert_eq!(told(s.app().accept_link(&code, secret(Some(&code))).await), "link_void");
    let weak = form::<SetSecret>(json!({ "code": code, "new_password": "bureau2026" }));
    assert_eq!(told(s.app().accept_link(&token, weak).await), "password_own_word");
    let person = s.app().accept_link(&token, secret(Some(&code.to_uppercase()))).await.unwrap();
    assert_eq!((person.role, person.org, person.active), (Role::Officer, s.org("bureau"), true));
    assert_eq!(told(s.app().accept_link(&token, secret(Some(&code))).await), "link_void", "once");

    // Five wrong codes end it; a fresh link makes the older one void; three days end it too.
    let r = invite("other@bureau.example").await;
    let (token, code) = halves(&s, &r, "head").await;
    for _ in 0..5 {
        assert_eq!(told(s.app().accept_link(&token, secret(Some("aaaabbbbcccc"))).await), "code_wrong");
    }
    assert_eq!(told(s.app().accept_link(&token, secret(Some(&code))).await), "link_void");
    let again = s.app().give_link(s.who("head"), r.id).await.unwrap().1;
    let newer = s.app().give_link(s.who("head"), r.id).await.unwrap().1;
    assert_eq!(told(s.app().accept_link(&again, secret(Some(&code))).await), "link_void");
    s.advance(3);
    assert_eq!(told(s.app().accept_link(&newer, secret(Some(&code))).await), "link_void");
    s.verified().await.unwrap();
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_two_and_every_session_ends() {
    let s = Stage::new().await;
    let token = s.t.token("checker").await;
    let r = s.app().ask_reset(s.who("admin"), s.who("checker").account, reason()).await.unwrap();
    assert_eq!(told(s.app().confirm_registration(s.who("checker"), r.id, plain()).await), "forbidden");
    let (link, code) = halves(&s, &r, "head").await;
    assert!(s.app().recognise(&token).await.unwrap().is_some());
    s.app().accept_link(&link, secret(Some(&code))).await.unwrap();
    assert!(s.app().recognise(&token).await.unwrap().is_none(), "every token of before");
    let sign_in = |password: &str| json!({ "email": "checker@unit.example", "password": password });
    s.t.post("", "/tokens", sign_in(crate::support::PASSWORD)).await.refused(401, "wrong_sign_in");
    s.t.post("", "/tokens", sign_in(SECRET)).await.ok();
    s.verified().await.unwrap();
}

#[tokio::test]
async fn an_organisation_has_its_word_in_its_own_accounts_and_sees_them_all() {
    let s = Stage::new().await;
    let r = s.app().invite(s.who("admin"), invitation("bidder", "second@u1.example", s.org("u1"))).await.unwrap();
    assert_eq!((r.head.state, r.needs.org), (RegistrationState::Proposed, Some(s.org("u1"))));
    for who in ["bidder2", "head", "supervisor", "officer"] {
        assert_ne!(told(s.app().confirm_registration(s.who(who), r.id, plain()).await), "ok", "{who}");
    }
    let (link, code) = halves(&s, &r, "bidder1").await;
    let second = s.app().accept_link(&link, secret(Some(&code))).await.unwrap();
    let page = s.t.page("bidder1", &format!("/organisations/{}", s.org("u1"))).await;
    assert!(page.text().contains("second@u1.example"), "{}", page.text());
    s.t.get("bidder1", &format!("/organisations/{}", s.org("u1"))).await.ok();
    assert_eq!(s.t.get("bidder2", &format!("/organisations/{}", s.org("u1"))).await.status, 404);
    // It asks that one be ended; the administrator does it.
    let end = s.app().ask_suspension(s.who("bidder1"), second.id, reason()).await.unwrap();
    assert!(s.app().account(s.who("admin"), second.id).await.unwrap().0.active);
    s.app().confirm_registration(s.who("admin"), end.id, plain()).await.unwrap();
    assert!(!s.app().account(s.who("admin"), second.id).await.unwrap().0.active);
    s.verified().await.unwrap();
}

#[tokio::test]
async fn a_bidder_with_a_live_bid_is_not_taken_away_by_the_administrator() {
    let s = Stage::new().await;
    let suspend = async |id: AccountId| s.app().ask_suspension(s.who("admin"), id, reason()).await.unwrap();
    let c = s.to_published("enterprise_posted", "single").await;
    s.app().start_bid(s.who("bidder1"), c, StartBid { note: None }).await.unwrap();
    let r = suspend(s.who("bidder1").account).await;
    assert_eq!((r.head.state, r.needs.roles.clone()), (RegistrationState::Proposed, vec![Role::Supervisor]));
    assert_eq!(suspend(s.who("bidder2").account).await.head.state, RegistrationState::Done, "no bid, no word");
}

#[tokio::test]
async fn what_was_typed_wrong_is_corrected_by_two_and_its_history_stays() {
    let s = Stage::new().await;
    let (admin, u1) = (s.who("admin"), s.org("u1"));
    let word = |region: &str| -> CorrectOrganisation {
        form(json!({
            "name": "更名后的大学（示例）", "region": region, "address": "太原市示例路2号", "legal_representative": "示例bidder1", "reason": "登记有误",
        }))
    };
    assert_eq!(told(s.app().correct_organisation(admin, u1, word("999999")).await), "region_unknown");
    let r = s.app().correct_organisation(admin, u1, word("140100")).await.unwrap();
    assert_eq!(s.app().people_of(admin, u1).await.unwrap().0.region, "141122", "not before an officer has looked");
    assert_eq!(told(s.app().confirm_registration(admin, r.id, plain()).await), "forbidden");
    s.second(&r).await;
    let bank: ChangeBankAccount =
        form(json!({ "bank_name": "另一家银行", "bank_account": "6222 9999 8888 7777", "reason": "开户行迁址" }));
    assert_eq!(told(s.app().ask_bank_account(admin, u1, bank.clone()).await), "hidden", "the organisation asks");
    let b = s.app().ask_bank_account(s.who("bidder1"), u1, bank).await.unwrap();
    s.second(&b).await;
    let (org, _) = s.app().people_of(admin, u1).await.unwrap();
    assert_eq!((org.name.as_str(), org.region.as_str()), ("更名后的大学（示例）", "140100"));
    assert_eq!(org.bank_account, "6222 9999 8888 7777");
    let told_of = s.t.get("admin", &format!("/organisations/{u1}")).await.ok();
    assert_eq!(told_of["registrations"].as_array().unwrap().len(), 2);
    assert!(!told_of.to_string().contains("8888"), "an account number is masked for who does not pay: {told_of}");
    s.verified().await.unwrap();
}

#[tokio::test]
async fn a_signatory_signs_when_an_officer_has_seen_the_letter() {
    let s = Stage::new().await;
    let u1 = s.org("u1");
    let r = s.app().correct_organisation(s.who("admin"), u1, form(json!({
        "name": "更名后的大学（示例）", "region": "141122", "address": "太原市示例路2号", "legal_representative": "别的人", "reason": "登记有误",
    })));
    s.second(&r.await.unwrap()).await;
    let who = s.who("bidder1");
    assert_eq!(told(s.app().may_sign(who).await), "not_authorised");
    let letter = s.upload("bidder1").await;
    let r = s.app().add_signatory(who, form(json!({ "account": who.account, "letter": [letter] }))).await.unwrap();
    assert_eq!(told(s.app().may_sign(who).await), "not_authorised", "a letter alone is no authority");
    assert!(s.app().queue(s.who("officer"), 50).await.unwrap().iter().any(|w| w.subject == r.id.0), "on the officer's desk");
    s.second(&r).await;
    assert_eq!(told(s.app().may_sign(who).await), "ok");
}

#[tokio::test]
async fn over_pages_and_api_somebody_is_let_in_by_two() {
    let app = TestApp::new().await;
    let bureau = app.org("bureau")["id"].as_str().unwrap().to_owned();
    let body = json!({ "email": "new@bureau.example", "name": "示例新人", "role": "checker", "organisation": bureau });
    let r = app.post("admin", "/accounts", body.clone()).await.ok();
    let id = r["id"].as_str().unwrap();
    app.post(
        "admin",
        "/accounts",
        json!({ "email": "x@y.example", "name": "某人", "role": "checker", "organisation": bureau, "password": SECRET }),
    )
    .await
    .refused(422, "unknown_field");
    app.post("admin", &format!("/registrations/{id}/link"), json!({})).await.problem(403, "forbidden");
    for lang in ["zh-CN", "en"] {
        let desk = app.page("head", &format!("/registrations/{id}?lang={lang}")).await;
        assert!(desk.status == 200 && desk.text().contains("&#x2f;confirmation"), "{}", desk.text());
    }
    app.post("head", &format!("/registrations/{id}/confirmation"), json!({})).await.ok();
    let shown = app.submit("admin", &format!("/registrations/{id}/code"), "").await;
    let link = app.post("head", &format!("/registrations/{id}/link"), json!({})).await.ok();
    let token = link["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(shown.status, 200);
    let code = app.post("admin", &format!("/registrations/{id}/code"), json!({})).await.ok()["code"].as_str().unwrap().to_owned();
    let page = app.page("", &format!("/links/{token}")).await;
    assert!(page.text().contains("name=\"code\"") && page.text().contains("name=\"new_password\""), "{}", page.text());
    let typed = format!("code={code}&new_password={}", SECRET.replace(' ', "+"));
    let sent = Request::post(format!("/links/{token}"))
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let done = app.request(sent.body(Body::from(typed)).unwrap()).await;
    assert_eq!(done.status, 303, "{}", done.text());
    app.post("", "/tokens", json!({ "email": "new@bureau.example", "password": SECRET })).await.ok();
    assert_eq!(app.page("", &format!("/links/{token}")).await.status, 409);
    let list = app.page("checker", "/registrations").await;
    assert!(list.text().contains("示例新人"), "everybody of the bureau sees who was let in");
}

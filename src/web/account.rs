//! Signing in and out, one's own account, and the administrator's pages for organisations and people.
use super::act::read_fields;
use super::block::Fact;
use super::form_view::{Builder, FormView, OptionView, take};
use super::pages::{AccountPage, ActPage, Crumb, SessionView, SignInPage};
use super::problem::{Problem, Why};
use super::visitor::Visitor;
use super::{Web, time};
use crate::app;
use crate::app::Page;
use crate::domain::forms::{ChangePassword, CreateAccount, RegisterOrganisation, SignIn};
use crate::domain::*;
use axum::{
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub struct Next {
    pub next: Option<String>,
}

/// A path of our own, never another site.
pub fn safe_next(next: Option<&str>) -> Option<String> {
    let own = |n: &&str| n.starts_with('/') && !n.starts_with("//") && n.len() < 300;
    // Browsers drop tabs and line ends out of an address, and take a backslash for a slash.
    next.filter(own).filter(|n| !n.chars().any(|c| c == '\\' || c.is_control())).map(str::to_owned)
}

pub async fn sign_in_form(State(web): State<Web>, v: Visitor, Query(q): Query<Next>) -> Result<Response, Problem> {
    show_sign_in(&web, &v, &json!({}), None, q.next.as_deref(), StatusCode::OK).await
}

async fn show_sign_in(
    web: &Web,
    v: &Visitor,
    raw: &Value,
    problem: Option<&Problem>,
    next: Option<&str>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let t = &v.text;
    let action = match safe_next(next) {
        Some(n) => super::with_query("/sign-in", "", "next", &n),
        None => "/sign-in".into(),
    };
    let form = with_problem(Builder::new(t, "sign_in"), problem).build(&<SignIn as Draft>::FORM, raw, &action, t.t("ui.sign_in"));
    let page = SignInPage { title: t.t("ui.sign_in"), crumbs: vec![], form, accounts: web.demo.to_vec() };
    web.show(v, status, &page).await
}

fn with_problem<'a>(builder: Builder<'a>, problem: Option<&Problem>) -> Builder<'a> {
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder.faults(f),
        Some(Why::Refusal(r)) => builder.refusal(r),
        _ => builder,
    }
}

pub async fn sign_in(State(web): State<Web>, v: Visitor, Query(q): Query<Next>, request: Request) -> Result<Response, Problem> {
    let raw = read_fields(request).await?;
    let attempt = match SignIn::read(&raw) {
        Ok(form) => web.app.sign_in(&form, &v.address, "session", &v.agent).await,
        Err(faults) => Err(faults.into()),
    };
    let fresh = match attempt {
        Ok(fresh) => fresh,
        Err(e) => {
            let problem = Problem::from(e);
            if matches!(problem.why, Why::Plain) {
                return Err(problem);
            }
            return show_sign_in(&web, &v, &raw, Some(&problem), q.next.as_deref(), problem.status).await;
        }
    };
    // A new sign-in ends the session it replaces: no token outlives a change of who one is.
    if let Some(old) = v.session {
        web.app.sign_out(&v.actor, Some(old), None).await?;
    }
    let to = safe_next(q.next.as_deref()).unwrap_or_else(|| "/desk".into());
    let mut response = Redirect::to(&to).into_response();
    set_cookie(&web, &mut response, &fresh.token, 7 * 86_400);
    Ok(response)
}

pub fn set_cookie(web: &Web, response: &mut Response, token: &str, seconds: i64) {
    let secure = if web.config.is_https() { "; Secure" } else { "" };
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", web.cookie_name());
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).expect("hex and fixed words"));
}

pub async fn sign_out(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    if let Some(session) = v.session {
        web.app.sign_out(&v.actor, Some(session), None).await?;
    }
    let mut response = Redirect::to("/").into_response();
    set_cookie(&web, &mut response, "", 0);
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

pub async fn show(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    show_account(&web, &v, None, None, StatusCode::OK).await
}

async fn show_account(
    web: &Web,
    v: &Visitor,
    problem: Option<&Problem>,
    new_token: Option<String>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let t = &v.text;
    let Some(who) = &v.signed_in else { return Err(Problem::new("sign-in")) };
    let org = web.app.organisation(who.account.org).await?;
    let facts = vec![
        Fact::new(t.t("field.name"), who.account.name.clone()),
        Fact::new(t.t("field.email"), who.account.email.clone()),
        Fact::new(t.t("field.role"), t.t(&format!("role.{}", who.account.role.id()))),
        Fact::new(t.t("column.organisation"), format!("{} {}", org.name, org.uscc)),
    ];
    let all = web.app.sessions(&v.actor).await?;
    let view = |kind: &str| -> Vec<SessionView> {
        all.iter()
            .filter(|s| s.kind == kind)
            .map(|s| SessionView {
                id: s.id.to_string(),
                label: s.label.clone(),
                since: time::moment(t, s.at),
                current: Some(s.id) == v.session,
            })
            .collect()
    };
    let form: FormView = with_problem(Builder::new(t, "change_password"), problem).build(
        &<ChangePassword as Draft>::FORM,
        &json!({}),
        "/account",
        t.t("ui.change_password"),
    );
    let page = AccountPage {
        title: t.t("ui.account"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t("ui.account"))],
        facts,
        sessions: view("session"),
        tokens: view("token"),
        form: Some(form),
        new_token,
        profile: who.account.expert.is_some(),
        keyholder: who.account.role.may_hold_key(),
    };
    web.show(v, status, &page).await
}

/// One's own account: end a session, all others, revoke or make a token, change the password.
pub async fn change(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let mut raw = read_fields(request).await?;
    let command = take(&mut raw, "do").unwrap_or_default();
    let (verb, id) = command.split_once(':').unwrap_or((&command, ""));
    match verb {
        "end-session" | "revoke-token" => {
            let id = id.parse().map_err(|_| Problem::new("missing"))?;
            web.app.sign_out(&v.actor, Some(id), None).await?;
        }
        "end-others" => drop(web.app.sign_out(&v.actor, None, v.session).await?),
        "new-token" => {
            let label = take(&mut raw, "label").filter(|l| !l.is_empty()).unwrap_or_else(|| "API".into());
            let fresh = web.app.create_token(&v.actor, &label).await?;
            return show_account(&web, &v, None, Some(fresh.token), StatusCode::OK).await;
        }
        _ => {
            let changed = match ChangePassword::read(&raw) {
                Ok(form) => web.app.change_password(&v.actor, form).await,
                Err(faults) => Err(faults.into()),
            };
            if let Err(e) = changed {
                let problem = Problem::from(e);
                return show_account(&web, &v, Some(&problem), None, StatusCode::UNPROCESSABLE_ENTITY).await;
            }
            return Ok(Redirect::to("/sign-in").into_response());
        }
    }
    Ok(Redirect::to("/account").into_response())
}

pub async fn new_organisation(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    policy::administer(&v.actor).map_err(app::Error::from)?;
    admin_form(&web, &v, Admin::Organisation, &json!({}), None, StatusCode::OK).await
}

pub async fn new_account(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    policy::administer(&v.actor).map_err(app::Error::from)?;
    admin_form(&web, &v, Admin::Account, &json!({}), None, StatusCode::OK).await
}

#[derive(Clone, Copy)]
enum Admin {
    Organisation,
    Account,
}

impl Admin {
    fn href(self) -> &'static str {
        match self {
            Admin::Organisation => "/organisations/new",
            Admin::Account => "/accounts/new",
        }
    }
}

/// The form of a new account as it had been filled in.
pub async fn typed_account(web: &Web, v: &Visitor, typed: &Value) -> Result<Response, Problem> {
    policy::administer(&v.actor).map_err(app::Error::from)?;
    admin_form(web, v, Admin::Account, typed, None, StatusCode::OK).await
}

async fn admin_form(
    web: &Web,
    v: &Visitor,
    what: Admin,
    raw: &Value,
    problem: Option<&Problem>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let t = &v.text;
    let (form, key, list) = match what {
        Admin::Organisation => {
            (<RegisterOrganisation as Draft>::FORM, "ui.new_organisation", ("/organisations", "nav.organisations"))
        }
        Admin::Account => (<CreateAccount as Draft>::FORM, "ui.new_account", ("/accounts", "nav.accounts")),
    };
    let mut view = with_problem(Builder::new(t, form.name), problem).build(&form, raw, what.href(), t.t(key));
    for f in view.sections.iter_mut().flat_map(|s| &mut s.fields).filter(|f| f.name == "organisation") {
        f.kind = "choice";
        f.widget = "select";
        let orgs = web.app.organisations(&v.actor, &[], Page::first(100)).await?;
        f.options = orgs
            .items
            .iter()
            .map(|o| OptionView { value: o.id.to_string(), label: o.name.clone(), chosen: raw["organisation"] == json!(o.id) })
            .collect();
    }
    let crumbs = vec![Crumb::to("/", t.t("ui.home")), Crumb::to(list.0, t.t(list.1)), Crumb::here(t.t(key))];
    let page =
        ActPage { title: t.t(key), crumbs, lead: String::new(), consequences: vec![], beside: vec![], form: view, danger: false };
    web.show(v, status, &page).await
}

pub async fn create_organisation(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let raw = clean(read_fields(request).await?);
    let done = match RegisterOrganisation::read(&raw) {
        Ok(form) => web.app.register_organisation(&v.actor, form).await.map(|_| ()),
        Err(f) => Err(f.into()),
    };
    finish(&web, &v, Admin::Organisation, &raw, done, "/organisations?done=done").await
}

pub async fn create_account(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let raw = clean(read_fields(request).await?);
    let done = match CreateAccount::read(&raw) {
        Ok(form) if form.password.is_none() => Err(Faults::one("password", "missing").into()),
        Ok(form) => web.app.create_account(&v.actor, form).await.map(|_| ()),
        Err(f) => Err(f.into()),
    };
    finish(&web, &v, Admin::Account, &raw, done, "/accounts?done=done").await
}

fn clean(mut raw: Value) -> Value {
    if let Some(map) = raw.as_object_mut() {
        map.retain(|_, x| !form::is_empty(x));
    }
    raw
}

async fn finish(web: &Web, v: &Visitor, what: Admin, raw: &Value, done: app::Result<()>, to: &str) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(Redirect::to(to).into_response()),
        Err(e) => {
            let problem = Problem::from(e);
            if problem.kind == "step-up-needed" {
                return super::step_up::ask(web, v, what.href(), raw).await;
            }
            if matches!(problem.why, Why::Plain) {
                return Err(problem);
            }
            admin_form(web, v, what, raw, Some(&problem), StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

pub async fn suspend(State(web): State<Web>, v: Visitor, Path(id): Path<AccountId>) -> Result<Response, Problem> {
    web.app.set_account_active(&v.actor, id, false).await?;
    Ok(Redirect::to("/accounts?done=done").into_response())
}

pub async fn restore(State(web): State<Web>, v: Visitor, Path(id): Path<AccountId>) -> Result<Response, Problem> {
    web.app.set_account_active(&v.actor, id, true).await?;
    Ok(Redirect::to("/accounts?done=done").into_response())
}

//! Proving again who one is, on the way to an act that asks for it; what was typed there comes along and back.
use super::act;
use super::acts::{self, Act};
use super::form_view::{Builder, FieldView, take};
use super::pages::{ActPage, Crumb};
use super::problem::{Problem, Why};
use super::visitor::Visitor;
use super::{Web, account, api, block::Link, signatories};
use crate::domain::forms::StepUp;
use crate::domain::{Draft, Noun, step_up};
use axum::{
    Json,
    extract::{Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Whether an act asks for the proof.
pub fn asked_for(act: &Act) -> bool {
    act.steps.iter().any(|step| step_up::asked_for(act.noun.id(), step))
}

/// The way to the proof and back to `next`.
pub fn href(next: &str) -> String {
    super::with_query("/step-up", "", "next", next)
}

/// Where a refused request is begun again.
pub fn way_back(path: &str) -> &str {
    let on_account = path.starts_with("/accounts/") && (path.ends_with("/suspension") || path.ends_with("/restoration"));
    if on_account { "/accounts" } else { path }
}

pub async fn form(State(web): State<Web>, v: Visitor, Query(q): Query<account::Next>) -> Result<Response, Problem> {
    if v.signed_in.is_none() {
        return Err(Problem::new("sign-in"));
    }
    let next = account::safe_next(q.next.as_deref()).unwrap_or_else(|| "/desk".into());
    show(&web, &v, &next, &json!({}), None, StatusCode::OK).await
}

/// An act was refused for want of the proof: the page asks for it, and keeps what was typed.
pub async fn ask(web: &Web, v: &Visitor, next: &str, typed: &Value) -> Result<Response, Problem> {
    show(web, v, next, typed, None, StatusCode::FORBIDDEN).await
}

async fn show(
    web: &Web,
    v: &Visitor,
    next: &str,
    typed: &Value,
    problem: Option<&Problem>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let t = &v.text;
    let mut builder = Builder::new(t, "step_up");
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    let mut form = builder.build(&<StepUp as Draft>::FORM, &json!({}), "/step-up", t.t("ui.step_up"));
    let kept = [("next", next.to_owned()), ("typed", without_secrets(typed).to_string())];
    if let Some(section) = form.sections.last_mut() {
        section.fields.extend(kept.map(|(name, value)| FieldView::hidden(name, value)));
    }
    form.cancel = Some(Link { href: "/desk".into(), label: t.t("ui.cancel") });
    let what = act_of(next).map_or_else(|| t.t("ui.step_up_this"), |(a, _)| act::act_name(t, a));
    let page = ActPage {
        title: t.t("ui.step_up"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t("ui.step_up"))],
        lead: t.with("ui.step_up_lead", &[("what", what)]),
        consequences: vec![],
        beside: vec![],
        form,
        danger: false,
    };
    web.show(v, status, &page).await
}

fn without_secrets(typed: &Value) -> Value {
    let mut typed = typed.clone();
    if let Some(map) = typed.as_object_mut() {
        map.retain(|name, _| !name.contains("password"));
    }
    typed
}

pub async fn prove(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let mut raw = act::read_fields(request).await?;
    let next = account::safe_next(take(&mut raw, "next").as_deref()).unwrap_or_else(|| "/desk".into());
    let typed: Value = take(&mut raw, "typed").and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_else(|| json!({}));
    let Some(who) = &v.signed_in else { return Err(Problem::new("sign-in")) };
    let proven = match StepUp::read(&raw) {
        Ok(form) => web.app.step_up(who, &form, &v.address).await,
        Err(faults) => Err(faults.into()),
    };
    let fresh = match proven {
        Ok(fresh) => fresh,
        Err(e) => {
            let problem = Problem::from(e);
            if matches!(problem.why, Why::Plain) {
                return Err(problem);
            }
            return show(&web, &v, &next, &typed, Some(&problem), problem.status).await;
        }
    };
    let mut response = come_back(&web, &v, &next, typed).await?;
    account::set_cookie(&web, &mut response, &fresh.token, 7 * 86_400);
    Ok(response)
}

/// To where one came from: a form that had been filled in is as it was.
async fn come_back(web: &Web, v: &Visitor, next: &str, typed: Value) -> Result<Response, Problem> {
    if crate::domain::form::is_empty(&typed) {
        return Ok(Redirect::to(next).into_response());
    }
    match act_of(next) {
        Some((a, id)) => act::typed(web, v, a, id, typed).await,
        None if next == "/organisation/signatories" => signatories::typed(web, v, &typed).await,
        None if next == "/accounts/new" => account::typed_account(web, v, &typed).await,
        None => Ok(Redirect::to(next).into_response()),
    }
}

/// The act under an address of a page.
fn act_of(path: &str) -> Option<(&'static Act, Uuid)> {
    let path = path.split(['?', '#']).next()?;
    let mut parts = path.trim_start_matches('/').split('/');
    let (noun, id, act) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    let noun = Noun::ALL.into_iter().find(|n| n.path() == noun)?;
    Some((acts::find(noun, act)?, id))
}

/// The same for the API: the token in use goes on under another name.
pub async fn prove_json(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let form = StepUp::read(&api::body(request).await?)?;
    let Some(who) = &v.signed_in else { return Err(Problem::new("sign-in")) };
    let fresh = web.app.step_up(who, &form, &v.address).await?;
    let body = json!({
        "token": fresh.token, "id": fresh.session.id, "expires_at": fresh.session.expires_at,
        "proven_until": fresh.session.proven_at + step_up::LASTS,
    });
    let mut response = Json(body).into_response();
    if fresh.session.kind == "session" {
        account::set_cookie(&web, &mut response, &fresh.token, 7 * 86_400);
    }
    Ok(response)
}

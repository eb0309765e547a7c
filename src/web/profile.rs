//! An expert's profile: fields, availability and relations, confirmed by the expert once a year.
use super::act::read_fields;
use super::block::{Block, Item};
use super::form_view::Builder;
use super::pages::{ActPage, Crumb};
use super::problem::{Problem, Why};
use super::text::{Lang, Text};
use super::visitor::Visitor;
use super::{Web, time};
use crate::app;
use crate::domain::forms::ConfirmProfile;
use crate::domain::*;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

pub async fn form(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let profile = own(&v)?;
    let raw = json!({
        "disciplines": profile.disciplines.join("、"), "industries": profile.industries.join("、"),
        "former_units": profile.former_units.join("\n"), "relations": profile.relations, "away": profile.away,
    });
    show(&web, &v, &raw, None, StatusCode::OK).await
}

/// The profile of the expert who is signed in; for anybody else there is no such page.
fn own(v: &Visitor) -> Result<ExpertProfile, Problem> {
    let Some(who) = &v.signed_in else { return Err(Problem::new("sign-in")) };
    who.account.expert.clone().ok_or_else(|| Problem::new("missing"))
}

async fn show(web: &Web, v: &Visitor, raw: &Value, problem: Option<&Problem>, status: StatusCode) -> Result<Response, Problem> {
    let t = &v.text;
    let mut builder = Builder::new(t, "confirm_profile");
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    let view = builder.build(&<ConfirmProfile as Draft>::FORM, raw, "/account/profile", t.t("ui.confirm_profile"));
    let said = match own(v)?.confirmed_at {
        Some(at) => t.with("profile.confirmed", &[("at", time::moment(t, at))]),
        None => t.t("profile.never"),
    };
    let page = ActPage {
        title: t.t("ui.profile"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/account", t.t("ui.account")), Crumb::here(t.t("ui.profile"))],
        lead: t.t("profile.lead"),
        consequences: vec![],
        beside: vec![Block::inset(t.t("profile.yearly"), said, "info"), fields(t, &own(v)?)],
        form: view,
        danger: false,
    };
    web.show(v, status, &page).await
}

/// One's fields and industries by their names in the national lists.
fn fields(t: &Text, p: &ExpertProfile) -> Block {
    let name = |n: Option<(&'static str, &'static str)>| n.map(|(zh, en)| if t.lang == Lang::En { en } else { zh });
    let line = |label: &str, code: &String, known| Item::new(format!("{} {code}", t.t(label)), name(known).unwrap_or_default());
    let fields = p.disciplines.iter().map(|c| line("field.discipline", c, codes::discipline(c)));
    let trades = p.industries.iter().map(|c| line("field.industry", c, codes::industry(c)));
    Block::summary("fields", t.t("profile.fields"), fields.chain(trades).collect())
}

pub async fn confirm(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    own(&v)?;
    let mut raw = read_fields(request).await?;
    if let Some(map) = raw.as_object_mut() {
        map.retain(|_, x| !form::is_empty(x));
    }
    let done = match ConfirmProfile::read(&raw) {
        Ok(form) => web.app.confirm_profile(&v.actor, form).await.map(|_| ()),
        Err(faults) => Err(app::Error::from(faults)),
    };
    match done.map_err(Problem::from) {
        Ok(()) => Ok(Redirect::to("/account?done=done").into_response()),
        Err(problem) if matches!(problem.why, Why::Plain) => Err(problem),
        Err(problem) => show(&web, &v, &raw, Some(&problem), StatusCode::UNPROCESSABLE_ENTITY).await,
    }
}

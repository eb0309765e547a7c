//! One-time links on their pages: each half is shown once to whoever gives it out; the holder sets their own secret.
use super::act::read_body;
use super::block::{Block, Item};
use super::form_view::{Builder, take};
use super::pages::{ActPage, Crumb, ShowPage};
use super::problem::{Problem, Why};
use super::registrations::{person, what};
use super::visitor::Visitor;
use super::{Web, account, api, step_up, time};
use crate::app;
use crate::domain::forms::SetSecret;
use crate::domain::{Draft, Registration, RegistrationId, form};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

type Answer = Result<Response, Problem>;

#[derive(Clone, Copy)]
enum Half {
    Link,
    Code,
}

async fn give(web: &Web, v: &Visitor, id: Uuid, half: Half) -> app::Result<(Registration, String)> {
    let id = RegistrationId(id);
    match half {
        Half::Link => {
            let (r, token) = web.app.give_link(&v.actor, id).await?;
            Ok((r, format!("{}/links/{token}", web.config.origin)))
        }
        Half::Code => web.app.give_code(&v.actor, id).await,
    }
}

async fn give_page(web: &Web, v: &Visitor, id: Uuid, half: Half) -> Answer {
    let t = &v.text;
    let (r, secret) = match give(web, v, id, half).await {
        Ok(given) => given,
        Err(e) => {
            let problem = Problem::from(e);
            let back = format!("/registrations/{id}");
            return if problem.kind == "step-up-needed" { step_up::ask(web, v, &back, &json!({})).await } else { Err(problem) };
        }
    };
    let name = match half {
        Half::Link => "link",
        Half::Code => "code",
    };
    let mut items = vec![Item::new(t.t(&format!("registration.{name}")), secret).note(t.t("registration.shown_once"))];
    if let (Half::Link, Some(until)) = (half, r.link_until()) {
        items.push(Item::new(t.t("registration.link_until"), time::deadline(t, until)));
    }
    let title = t.t(&format!("registration.give_{name}"));
    let page = ShowPage {
        title: title.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to(&format!("/registrations/{id}"), what(t, &r)), Crumb::here(title)],
        number: None,
        tags: vec![],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks: vec![
            Block::summary("given", r.subject.clone(), items),
            Block::Text {
                title: t.t("registration.hand_out"),
                id: "hand-out".into(),
                paragraphs: vec![t.t(&format!("registration.hand_out_{name}"))],
            },
        ],
    };
    web.show(v, StatusCode::OK, &page).await
}

pub async fn link(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Answer {
    give_page(&web, &v, id, Half::Link).await
}

pub async fn code(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Answer {
    give_page(&web, &v, id, Half::Code).await
}

pub async fn link_json(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Answer {
    let (r, link) = give(&web, &v, id, Half::Link).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": r.id, "link": link, "until": r.link_until(), "in_halves": r.is_in_halves() })))
        .into_response())
}

pub async fn code_json(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Answer {
    let (r, code) = give(&web, &v, id, Half::Code).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": r.id, "code": code }))).into_response())
}

pub async fn held(State(web): State<Web>, v: Visitor, Path(token): Path<String>) -> Answer {
    show_held(&web, &v, &token, &json!({}), None, StatusCode::OK).await
}

async fn show_held(web: &Web, v: &Visitor, token: &str, raw: &Value, problem: Option<&Problem>, status: StatusCode) -> Answer {
    let t = &v.text;
    let r = web.app.link(token).await?;
    let mut builder = Builder::new(t, "set_secret");
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    let mut form = builder.build(&<SetSecret as Draft>::FORM, raw, &format!("/links/{token}"), t.t("registration.set_secret"));
    if !r.is_in_halves() {
        form.sections.iter_mut().for_each(|s| s.fields.retain(|f| f.name != "code"));
    }
    let org = web.app.organisation(r.org).await?;
    let mut items =
        r.invited().map(|who| person(t, who)).unwrap_or_else(|| vec![Item::new(t.t("field.name"), r.subject.clone())]);
    items.push(Item::new(t.t("column.organisation"), org.name));
    let page = ActPage {
        title: t.t(&format!("registration.{}_title", r.matter.kind())),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(what(t, &r))],
        lead: t.t("registration.secret_lead"),
        consequences: vec![],
        beside: vec![Block::summary("person", t.t("noun.account"), items)],
        form,
        danger: false,
    };
    web.show(v, status, &page).await
}

pub async fn accept(State(web): State<Web>, v: Visitor, Path(token): Path<String>, request: Request) -> Answer {
    let mut raw = read_body(&web, &v, request).await?;
    take(&mut raw, "do");
    if let Some(map) = raw.as_object_mut() {
        map.retain(|_, x| !form::is_empty(x));
    }
    let done = match SetSecret::read(&raw) {
        Ok(form) => web.app.accept_link(&token, form).await,
        Err(faults) => Err(faults.into()),
    };
    match done {
        Ok(_) => {
            let mut response = Redirect::to("/sign-in?done=secret_set").into_response();
            // Whoever was signed in at this machine is not the person of the link.
            account::set_cookie(&web, &mut response, "", 0);
            Ok(response)
        }
        Err(e) => {
            let problem = Problem::from(e);
            if matches!(problem.why, Why::Plain) {
                return Err(problem);
            }
            show_held(&web, &v, &token, &json!({}), Some(&problem), StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

pub async fn accept_json(State(web): State<Web>, Path(token): Path<String>, request: Request) -> Answer {
    let form = SetSecret::read(&api::body(request).await?)?;
    let a = web.app.accept_link(&token, form).await?;
    Ok(Json(json!({ "id": a.id, "email": a.email, "name": a.name, "role": a.role, "organisation": a.org })).into_response())
}

//! Following what was filed without an account: the code is typed into a form, never stands in an address.
use super::act::read_body;
use super::block::*;
use super::blocks::state_tag;
use super::form_view::{Builder, FormView};
use super::pages::{Crumb, ShowPage};
use super::problem::{Problem, Why};
use super::show::clock_block;
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::follow::Followed;
use crate::domain::forms::Follow;
use crate::domain::*;
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

type Answer = Result<Response, Problem>;

fn steps(x: &Followed, m: &Moment) -> Vec<(&'static str, Option<Refusal>)> {
    match x {
        Followed::Objection(x) => [ObjectionAct::Complete, ObjectionAct::Reconsider, ObjectionAct::Withdraw]
            .into_iter()
            .filter_map(|act| match x.0.may(act, m) {
                Err(r) if r.code == "out_of_order" => None,
                said => Some((act.id(), said.err())),
            })
            .collect(),
        Followed::TipOff(x) => x.0.head.state.step(TipOffAct::Add).map(|_| ("addition", None)).into_iter().collect(),
    }
}

type Steps = [(&'static str, Option<Refusal>)];

async fn form(
    web: &Web,
    v: &Visitor,
    raw: &Value,
    problem: Option<&Problem>,
    known: Option<&Steps>,
) -> Result<FormView, Problem> {
    let t = &v.text;
    let (steps, known) = (known.unwrap_or_default(), known.is_some());
    let mut builder = Builder::new(t, Follow::FORM.name);
    builder.files = super::file::labels(web, &v.nobody(), raw).await?;
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    let mut form = builder.build(&Follow::FORM, raw, "/follow", t.t(if known { "follow.send" } else { "follow.look" }));
    for section in &mut form.sections {
        section.fields.retain(|f| f.name == "code" || (known && !steps.is_empty()));
        for field in &mut section.fields {
            if field.name == "code" && known {
                field.kind = "hidden";
            }
            if field.name == "step" {
                field.options.retain(|o| steps.iter().any(|(id, said)| *id == o.value && said.is_none()));
            }
        }
    }
    Ok(form)
}

/// `GET /follow`: a box for the code.
pub async fn ask(State(web): State<Web>, v: Visitor) -> Answer {
    empty(&web, &v, &json!({}), None, StatusCode::OK).await
}

async fn empty(web: &Web, v: &Visitor, raw: &Value, problem: Option<&Problem>, status: StatusCode) -> Answer {
    let blocks = vec![
        Block::inset(t_of(v, "follow.title"), t_of(v, "follow.lead"), "info"),
        Block::Form { title: t_of(v, "follow.look"), form: form(web, v, raw, problem, None).await? },
    ];
    shown(web, v, status, blocks).await
}

fn t_of(v: &Visitor, key: &str) -> String {
    v.text.t(key)
}

async fn shown(web: &Web, v: &Visitor, status: StatusCode, blocks: Vec<Block>) -> Answer {
    let title = t_of(v, "follow.title");
    let crumbs = vec![Crumb::to("/", t_of(v, "ui.home")), Crumb::here(title.clone())];
    let page = ShowPage { title, crumbs, number: None, tags: vec![], steps: vec![], turn: None, actions: vec![], blocks };
    web.show(v, status, &page).await
}

/// `POST /follow`: what the code leads to, with what may be done; or the step that was chosen.
pub async fn follow(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    // Whoever holds the code is nobody: files come from no account.
    let mut raw = read_body(&web, &v.nobody(), request).await?;
    if let Some(map) = raw.as_object_mut() {
        map.retain(|_, x| !form::is_empty(x));
    }
    let done = match Follow::read(&raw) {
        Ok(form) => {
            let stepped = form.step.is_some();
            web.app.carry_on(form).await.map(|x| (x, stepped)).map_err(Problem::from)
        }
        Err(faults) => Err(Problem::faults(faults)),
    };
    let code = json!({ "code": raw.get("code") });
    match done {
        Ok((x, stepped)) => known(&web, &v, &x, &code, None, stepped).await,
        Err(p) if matches!(p.why, Why::Plain) => Err(p),
        Err(p) => match web.app.followed(code["code"].as_str().unwrap_or_default()).await {
            Ok(x) => known(&web, &v, &x, &raw, Some(&p), false).await,
            Err(_) => empty(&web, &v, &raw, Some(&p), StatusCode::UNPROCESSABLE_ENTITY).await,
        },
    }
}

async fn known(web: &Web, v: &Visitor, x: &Followed, raw: &Value, problem: Option<&Problem>, stepped: bool) -> Answer {
    let (t, m) = (&v.text, web.app.glance().await?);
    let mut blocks = vec![];
    if stepped {
        blocks.push(Block::inset(t.t("follow.done"), t.t("follow.done_text"), "ok"));
    }
    match x {
        Followed::Objection(x) => blocks.extend(objection(v, &x.0, &x.1, &m)),
        Followed::TipOff(x) => {
            let state = state_tag(t, Noun::TipOff, x.0.head.state.id()).text;
            blocks.push(Block::summary("facts", t.t("noun.tip_off"), vec![Item::new(t.t("column.state"), state)]));
            blocks.extend(super::tip_off::words(t, &x.1));
        }
    }
    let steps = steps(x, &m);
    for (id, said) in steps.iter().filter_map(|(id, said)| said.as_ref().map(|r| (id, r))) {
        let why = super::form_view::refusal_text(t, said);
        blocks.push(Block::inset(t.t(&format!("option.step.{id}")), why, "warn"));
    }
    if steps.iter().any(|(_, said)| said.is_none()) {
        blocks.push(Block::Form { title: t.t("follow.act"), form: form(web, v, raw, problem, Some(&steps)).await? });
    }
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    shown(web, v, status, blocks).await
}

fn objection(v: &Visitor, o: &Objection, n: &Notice, m: &Moment) -> Vec<Block> {
    let t = &v.text;
    let state = state_tag(t, Noun::Objection, o.head.state.id());
    let mut items = vec![
        Item::new(t.t("noun.notice"), n.number.clone().unwrap_or_default()).href(format!("/notices/{}", n.id)),
        Item::new(t.t("column.state"), state.text),
        Item::new(t.t("field.facts"), o.facts.clone()),
        Item::new(t.t("field.request"), o.request.clone()),
    ];
    items.extend(o.note.as_ref().map(|x| Item::new(t.t("field.note"), x.clone())));
    let mut blocks = vec![Block::summary("facts", t.t("noun.objection"), items), clock_block(t, &o.deadlines, m)];
    blocks.extend(super::show::letter_block(t, o));
    blocks
}

/// What a visitor is told who has filed something: the code, once.
pub async fn receipt(web: &Web, v: &Visitor, noun: Noun, id: Uuid) -> Answer {
    let t = &v.text;
    let items = vec![
        Item::new(t.t("follow.code"), web.app.code_of(id)).note(t.t("follow.code_once")),
        Item::new(t.t("follow.filed_at"), time::moment(t, web.app.clock.now())),
    ];
    let blocks = vec![
        Block::inset(t.t("follow.taken"), t.t(&format!("follow.taken.{}", noun.id())), "ok"),
        Block::summary("code", t.t("follow.code"), items),
        Block::Inset {
            title: t.t("follow.title"),
            text: t.t("follow.lead"),
            tone: "info",
            href: Some("/follow".into()),
            link: t.t("follow.title"),
        },
    ];
    shown(web, v, StatusCode::CREATED, blocks).await
}

/// `POST /api/v1/follow`: the same in JSON.
pub async fn follow_json(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let raw = super::api::body_with_files(&web, &v.nobody(), request).await?;
    let x = web.app.carry_on(Follow::read(&raw)?).await?;
    let m = web.app.glance().await?;
    let open: Vec<&str> = steps(&x, &m).into_iter().filter(|(_, said)| said.is_none()).map(|(id, _)| id).collect();
    let body = match &x {
        Followed::Objection(x) => json!({
            "noun": "objection", "id": x.0.id, "notice": x.1.id, "state": x.0.head.state, "since": x.0.head.since, "facts": x.0.facts,
            "request": x.0.request, "note": x.0.note, "outcome": x.0.outcome, "letter": x.0.letter, "deadlines": x.0.deadlines, "steps": open,
        }),
        Followed::TipOff(x) => {
            json!({ "noun": "tip_off", "id": x.0.id, "state": x.0.head.state, "since": x.0.head.since, "said": x.1, "steps": open })
        }
    };
    Ok(Json(body).into_response())
}

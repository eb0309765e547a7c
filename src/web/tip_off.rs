//! Clues without a name (举报线索) and records of lobbying (请托): the form for anybody, the inspector's list, one's own copies.
use super::block::*;
use super::blocks::state_tag;
use super::form_view::{Builder, option_text};
use super::pages::{Crumb, ShowPage};
use super::problem::{Problem, Why};
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::{Page, tip_off::Said};
use crate::domain::forms::FileTipOff;
use crate::domain::*;
use axum::{
    Json,
    extract::{Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

type Answer = Result<Response, Problem>;

#[derive(Deserialize)]
pub struct About {
    challenge: Option<Uuid>,
}

/// `GET /tip-off`: the form. It asks for no name, and none is taken from a session.
pub async fn form(State(web): State<Web>, v: Visitor, Query(q): Query<About>) -> Answer {
    let raw = q.challenge.map_or(json!({}), |c| json!({ "challenge": c, "about": "challenge" }));
    show_form(&web, &v, &raw, None).await
}

async fn show_form(web: &Web, v: &Visitor, raw: &Value, problem: Option<&Problem>) -> Answer {
    let t = &v.text;
    let mut builder = Builder::new(t, FileTipOff::FORM.name);
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    // Files kept from a form that came back are nobody's, whoever is signed in.
    builder.files = super::file::labels(web, &v.nobody(), raw).await?;
    let mut form = builder.build(&FileTipOff::FORM, raw, "/tip-off", t.t("tip_off.send"));
    for field in form.sections.iter_mut().flat_map(|s| &mut s.fields).filter(|f| f.name == "challenge") {
        field.kind = "hidden";
    }
    let blocks = vec![
        Block::inset(t.t("tip_off.promise"), t.t("tip_off.promise_text"), "info"),
        Block::Form { title: t.t("tip_off.title"), form },
    ];
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    shown(web, v, status, t.t("tip_off.title"), blocks).await
}

async fn shown(web: &Web, v: &Visitor, status: StatusCode, title: String, blocks: Vec<Block>) -> Answer {
    let crumbs = vec![Crumb::to("/", v.text.t("ui.home")), Crumb::here(title.clone())];
    let page = ShowPage { title, crumbs, number: None, tags: vec![], steps: vec![], turn: None, actions: vec![], blocks };
    web.show(v, status, &page).await
}

/// `POST /tip-off`. Whoever sends it is laid aside before the request is read: files and clue come from nobody.
pub async fn submit(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let mut raw = super::act::read_body(&web, &v.nobody(), request).await?;
    if let Some(map) = raw.as_object_mut() {
        map.retain(|_, x| !form::is_empty(x));
    }
    let filed = match FileTipOff::read(&raw) {
        Ok(form) => web.app.take_tip_off(form, &v.address).await.map_err(Problem::from),
        Err(faults) => Err(Problem::faults(faults)),
    };
    match filed {
        Ok(x) => super::follow::receipt(&web, &v, Noun::TipOff, x.id.0).await,
        Err(p) if matches!(p.why, Why::Plain) => Err(p),
        Err(p) => show_form(&web, &v, &raw, Some(&p)).await,
    }
}

/// `POST /api/v1/tip-offs`.
pub async fn submit_json(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let raw = super::api::body_with_files(&web, &v.nobody(), request).await?;
    let x = web.app.take_tip_off(FileTipOff::read(&raw)?, &v.address).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": x.id, "noun": "tip_off", "code": web.app.code_of(x.id.0) }))).into_response())
}

/// `GET /tip-offs`: what the inspector reads; the auditor sees that a clue exists and whether its clocks are kept.
pub async fn list(State(web): State<Web>, v: Visitor) -> Answer {
    let (t, m) = (&v.text, web.app.glance().await?);
    let listed = web.app.tip_offs(&v.actor, Page { after: None, limit: Page::MOST }).await?;
    let titles = web.app.titles(&listed.items.iter().filter_map(|x| x.challenge).collect::<Vec<_>>()).await?;
    let inspects = policy::inspects(&v.actor).is_ok();
    let row = |x: &TipOff| {
        let title = x.challenge.and_then(|c| titles.get(&c).cloned()).unwrap_or_else(|| t.t("tip_off.no_case"));
        let late = x.deadlines.iter().filter(|d| d.done.unwrap_or(m.now) > d.due).count();
        vec![
            if inspects { Cell::link(title, format!("/tip-offs/{}", x.id)) } else { Cell::text(title) }
                .note(option_text(t, "about", &x.about)),
            Cell::tag(state_tag(t, Noun::TipOff, x.head.state.id())),
            x.head.due.map_or_else(|| Cell::text(""), |d| Cell::clock(&time::due(t, d, &m))),
            Cell::number(late.to_string()),
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let columns = vec![
        (t.t("column.challenge"), "text"),
        (t.t("column.state"), "text"),
        (t.t("column.due"), "clock"),
        (t.t("statistics.late"), "number"),
    ];
    let blocks = vec![
        Block::inset(String::new(), t.t(if inspects { "tip_off.lead" } else { "tip_off.lead_auditor" }), "info"),
        Block::table("list", t.t("nav.tip_offs"), columns, rows, t.t("ui.none")),
    ];
    shown(&web, &v, StatusCode::OK, t.t("nav.tip_offs"), blocks).await
}

/// `GET /api/v1/tip-offs`.
pub async fn list_json(State(web): State<Web>, v: Visitor) -> Answer {
    let listed = web.app.tip_offs(&v.actor, Page { after: None, limit: Page::MOST }).await?;
    let inspects = policy::inspects(&v.actor).is_ok();
    let one = |x: &TipOff| {
        let href = inspects.then(|| format!("/api/v1/tip-offs/{}", x.id));
        json!({
            "id": x.id, "about": x.about, "state": x.head.state, "since": x.head.since, "due_at": x.head.due, "challenge": x.challenge,
            "deadlines": x.deadlines, "href": href,
        })
    };
    let items: Vec<Value> = listed.items.iter().map(one).collect();
    Ok(Json(json!({ "items": items, "next": listed.next.map(super::list::key_text) })).into_response())
}

/// What was said, with files and clocks, for the inspector's page.
pub async fn blocks(web: &Web, t: &Text, x: &TipOff, said: &[Said], m: &Moment) -> Result<Vec<Block>, Problem> {
    let mut out = vec![Block::summary(
        "facts",
        t.t("block.facts"),
        vec![Item::new(t.t("field.file_tip_off.about"), option_text(t, "about", &x.about))],
    )];
    out.extend(words(t, said));
    out.extend(super::show::attached(web, t, x.id.0).await?);
    out.push(super::show::clock_block(t, &x.deadlines, m));
    Ok(out)
}

pub fn words(t: &Text, said: &[Said]) -> Vec<Block> {
    let one = |(n, s): (usize, &Said)| Block::Text {
        title: format!("{} · {}", t.t(&format!("tip_off.by.{}", s.by.id())), time::moment(t, s.at)),
        id: format!("word-{n}"),
        paragraphs: s.text.lines().map(str::to_owned).collect(),
    };
    said.iter().enumerate().map(one).collect()
}

/// `GET /lobbying`: all for the inspector, one's own for everybody, how many on each case for the auditor.
pub async fn lobbying(State(web): State<Web>, v: Visitor) -> Answer {
    let t = &v.text;
    let all = web.app.lobbying(&v.actor).await?;
    let mut cases: Vec<ChallengeId> = all.iter().map(|(x, _)| x.challenge).collect();
    let counts = if policy::oversee(&v.actor).is_ok() { web.app.whispers(&v.actor).await? } else { vec![] };
    cases.extend(counts.iter().filter_map(|w| w.challenge));
    let titles = web.app.titles(&cases).await?;
    let title = |c: ChallengeId| titles.get(&c).cloned().unwrap_or_default();
    let rows = all
        .iter()
        .map(|(x, w)| {
            vec![
                Cell::link(title(x.challenge), format!("/challenges/{}", x.challenge)),
                Cell::text(w.who.clone()),
                Cell::text(time::day_text(t, &w.happened_on)).note(option_text(t, "how", &w.how)),
                Cell::text(w.about.clone()),
                Cell::text(w.by.clone()).note(t.t(&format!("role.{}", w.role))),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.challenge"), "text"),
        (t.t("field.who"), "text"),
        (t.t("field.happened_on"), "text"),
        (t.t("field.about"), "text"),
        (t.t("lobbying.by"), "text"),
    ];
    let mut blocks = vec![
        Block::inset(String::new(), t.t("lobbying.lead"), "info"),
        Block::table("lobbying", t.t("nav.lobbying"), columns, rows, t.t("ui.none")),
    ];
    if !counts.is_empty() {
        let rows = counts
            .iter()
            .map(|w| {
                let case = w.challenge.map_or_else(|| t.t("tip_off.no_case"), title);
                vec![Cell::text(case), Cell::number(w.tip_offs.to_string()), Cell::number(w.lobbying.to_string())]
            })
            .collect();
        let columns = vec![(t.t("column.challenge"), "text"), (t.t("nav.tip_offs"), "number"), (t.t("nav.lobbying"), "number")];
        blocks.push(Block::table("counts", t.t("lobbying.counts"), columns, rows, t.t("ui.none")));
    }
    shown(&web, &v, StatusCode::OK, t.t("nav.lobbying"), blocks).await
}

/// `GET /api/v1/lobbying`.
pub async fn lobbying_json(State(web): State<Web>, v: Visitor) -> Answer {
    let all = web.app.lobbying(&v.actor).await?;
    let items: Vec<Value> =
        all.iter().map(|(x, w)| json!({ "id": x.id, "challenge": x.challenge, "at": x.at, "record": w })).collect();
    let counts = if policy::oversee(&v.actor).is_ok() { web.app.whispers(&v.actor).await? } else { vec![] };
    Ok(Json(json!({ "items": items, "counts": counts, "next": null })).into_response())
}

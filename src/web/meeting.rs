//! The book of meetings: who sat, what was decided, how each member voted.
use super::block::*;
use super::form_view::option_text;
use super::list::{Ask, key_text};
use super::pages::{Crumb, ListPage, Pager, ShowPage};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time, with_query};
use crate::domain::meeting::Decided;
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

type Answer = Result<Response, Problem>;

fn thing(t: &Text, d: &Decided) -> String {
    t.t(&format!("act.{}.{}", d.noun.id(), d.act))
}

fn href(d: &Decided) -> String {
    format!("/{}/{}", d.noun.path(), d.subject)
}

/// How many sat, in one line.
fn sat(t: &Text, roll: &[Attendee]) -> String {
    let c = Count::of(roll);
    let args = [
        ("members", c.members.to_string()),
        ("present", c.present.to_string()),
        ("absent", c.absent.to_string()),
        ("recused", c.recused.to_string()),
    ];
    t.with("meeting.sat", &args)
}

fn vote(t: &Text, roll: &[Attendee]) -> String {
    let c = Count::of(roll);
    let args = [("for", c.in_favour.to_string()), ("against", c.against.to_string()), ("abstain", c.abstained.to_string())];
    t.with("meeting.vote", &args)
}

/// `GET /meetings`.
pub async fn list(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let t = &v.text;
    let (listed, cases) = web.app.meetings(&v.actor, ask.page()?).await?;
    let mut rows = vec![];
    for m in &listed.items {
        let of: Vec<&Decided> = cases.iter().filter(|d| d.meeting == m.id).collect();
        let what: Vec<String> = of.iter().map(|d| format!("{}（{}）", d.about, thing(t, d))).collect();
        rows.push(vec![
            Cell::link(m.number.clone(), format!("/meetings/{}", m.id)),
            Cell::text(time::day_text(t, &m.held_on)),
            Cell::text(sat(t, &m.roll)),
            Cell::text(what.join(t.semicolon())),
        ]);
    }
    let columns = vec![
        (t.t("field.number"), "text"),
        (t.t("field.decision.held_on"), "text"),
        (t.t("field.attendance"), "text"),
        (t.t("meeting.decided"), "text"),
    ];
    let page = ListPage {
        title: t.t("nav.meetings"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t("nav.meetings"))],
        lead: t.t("nav.meetings.lead"),
        filters: None,
        table: Block::table("list", t.t("nav.meetings"), columns, rows, t.t("nav.meetings.empty")),
        pager: Pager {
            next: listed.next.map(|k| with_query(&v.path, &v.query, "after", &key_text(k))),
            first: ask.after.as_ref().filter(|a| !a.is_empty()).map(|_| with_query(&v.path, &v.query, "after", "")),
            count_text: t.with("ui.count", &[("n", listed.items.len().to_string())]),
        },
        primary: vec![],
        exports: vec![],
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// `GET /meetings/{id}`: the list of members, then each question with its vote.
pub async fn show(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Answer {
    let t = &v.text;
    let (m, cases) = web.app.meeting(&v.actor, id).await?;
    let items = vec![
        Item::new(t.t("field.number"), m.number.clone()),
        Item::new(t.t("field.decision.held_on"), time::day_text(t, &m.held_on)),
        Item::new(t.t("field.attendance"), sat(t, &m.roll)),
    ];
    let mut blocks = vec![Block::summary("facts", t.t("block.facts"), items)];
    for d in &cases {
        let row = |x: &Attendee| {
            vec![
                Cell::text(x.name.clone()),
                Cell::text(x.post.clone()),
                Cell::text(option_text(t, "vote", x.vote.id())),
                Cell::text(x.note.clone().unwrap_or_default()),
            ]
        };
        let columns = ["name", "post", "vote", "note"].iter().map(|c| (t.t(&format!("field.attendance.{c}")), "text")).collect();
        let title = format!("{}（{}）", d.about, thing(t, d));
        blocks.push(Block::table(&format!("d-{}", d.id), title, columns, d.roll.iter().map(row).collect(), String::new()));
        blocks.push(Block::Inset {
            title: String::new(),
            text: vote(t, &d.roll),
            tone: "info",
            href: Some(href(d)),
            link: t.t("ui.see"),
        });
    }
    let page = ShowPage {
        title: m.number.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/meetings", t.t("nav.meetings")), Crumb::here(m.number)],
        number: None,
        tags: vec![],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks,
    };
    web.show(&v, StatusCode::OK, &page).await
}

fn decided_json(d: &Decided) -> Value {
    json!({
        "noun": d.noun, "subject": d.subject, "act": d.act, "about": d.about, "challenge": d.challenge, "at": d.at, "attendance": d.roll,
        "count": Count::of(&d.roll), "href": format!("/api/v1{}", href(d)),
    })
}

fn meeting_json(m: &Meeting, cases: &[Decided]) -> Value {
    let of: Vec<Value> = cases.iter().filter(|d| d.meeting == m.id).map(decided_json).collect();
    json!({ "id": m.id, "number": m.number, "held_on": m.held_on, "decided": of, "href": format!("/api/v1/meetings/{}", m.id), "page": format!("/meetings/{}", m.id) })
}

/// `GET /api/v1/meetings`.
pub async fn list_json(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let (listed, cases) = web.app.meetings(&v.actor, ask.page()?).await?;
    let items: Vec<Value> = listed.items.iter().map(|m| meeting_json(m, &cases)).collect();
    Ok(Json(json!({ "items": items, "next": listed.next.map(key_text) })).into_response())
}

/// `GET /api/v1/meetings/{id}`.
pub async fn show_json(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Answer {
    let (m, cases) = web.app.meeting(&v.actor, id).await?;
    Ok(Json(meeting_json(&m, &cases)).into_response())
}

//! The read log as pages and in the API: of a case, of a person, of what is one's own.
use super::block::*;
use super::pages::{Crumb, ListPage, Pager};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time, with_query};
use crate::app::reads::{Of, Read};
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

type Answer = Result<Response, Problem>;

/// Lines on a page, and in a file.
const PAGE: u64 = 50;
const FILE_MOST: u64 = 10_000;

#[derive(Deserialize)]
pub struct Ask {
    before: Option<i64>,
    format: Option<String>,
}

fn columns(t: &Text) -> Vec<(String, &'static str)> {
    ["at", "who", "read", "thing"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect()
}

fn who(t: &Text, r: &Read) -> String {
    let role = t.t(&format!("role.{}", r.role));
    if r.name.is_empty() { role } else { format!("{} · {role}", r.name) }
}

fn row(t: &Text, r: &Read) -> Vec<Cell> {
    let path = Noun::ALL.into_iter().find(|n| n.id() == r.noun).map(Noun::path);
    let name = t.t(&format!("noun.{}", r.noun));
    let thing = match (r.what.as_str(), path) {
        ("file", _) => Cell::text(t.t("reads.file")).note(r.subject.to_string()),
        ("export" | "reads" | "people", _) => Cell::text(name),
        (_, Some(path)) => Cell::link(name, format!("/{path}/{}", r.subject)),
        (_, None) => Cell::text(name),
    };
    vec![Cell::text(time::moment(t, r.at)), Cell::text(who(t, r)), Cell::text(t.t(&format!("reads.what.{}", r.what))), thing]
}

/// A page of lines, or all of them as a file that is noted itself.
async fn page(web: &Web, v: &Visitor, of: Of, ask: &Ask, (title, lead): (&str, &str), crumbs: Vec<Crumb>) -> Answer {
    let own = matches!(of, Of::Owner(..));
    if ask.format.as_deref() == Some("csv") {
        let all = if own {
            web.app.reads_of_mine(&v.actor, None, FILE_MOST).await?
        } else {
            web.app.reads(&v.actor, of, None, FILE_MOST).await?
        };
        let case = if let Of::Case(c) = of { Some(c) } else { None };
        web.app.note_export(&v.actor, Noun::Account, v.actor.account.0, case).await?;
        return Ok(csv(&v.text, &all));
    }
    let found = if own {
        web.app.reads_of_mine(&v.actor, ask.before, PAGE).await?
    } else {
        web.app.reads(&v.actor, of, ask.before, PAGE).await?
    };
    let t = &v.text;
    let next =
        found.last().filter(|_| found.len() as u64 == PAGE).map(|r| with_query(&v.path, &v.query, "before", &r.seq.to_string()));
    let rows = found.iter().map(|r| row(t, r)).collect();
    let mut crumbs = crumbs;
    crumbs.push(Crumb::here(t.t(title)));
    let page = ListPage {
        title: t.t(title),
        crumbs,
        lead: t.t(lead),
        filters: None,
        table: Block::table("list", t.t(title), columns(t), rows, t.t("reads.none")),
        pager: Pager {
            next,
            first: ask.before.map(|_| v.path.clone()),
            count_text: t.with("ui.count", &[("n", found.len().to_string())]),
        },
        primary: vec![],
        exports: vec![super::pages::Chip { label: t.t("ui.export_csv"), href: with_query(&v.path, &v.query, "format", "csv") }],
    };
    web.show(v, StatusCode::OK, &page).await
}

fn csv(t: &Text, all: &[Read]) -> Response {
    let quoted = |s: &str| {
        // A cell that a table program would take for a formula is told that it is text.
        let s = if s.starts_with(['=', '+', '-', '@']) { format!("'{s}") } else { s.to_owned() };
        format!("\"{}\"", s.replace('"', "\"\""))
    };
    let mut out = String::from("\u{feff}");
    let head: Vec<String> =
        ["no", "at", "who", "read", "thing", "challenge"].iter().map(|c| quoted(&t.t(&format!("column.{c}")))).collect();
    out += &(head.join(",") + "\r\n");
    for r in all {
        let what = t.t(&format!("reads.what.{}", r.what));
        let cells = [
            r.seq.to_string(),
            r.at.to_string(),
            who(t, r),
            what,
            format!("{} {}", r.noun, r.subject),
            r.challenge.map(|c| c.to_string()).unwrap_or_default(),
        ];
        out += &(cells.map(|c| quoted(&c)).join(",") + "\r\n");
    }
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"reads.csv\"")];
    (headers, out).into_response()
}

fn desk(t: &Text) -> Vec<Crumb> {
    vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/desk", t.t("nav.desk"))]
}

/// `GET /reads`: every line, the newest first.
pub async fn all(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    page(&web, &v, Of::All, &ask, ("nav.reads", "nav.reads.lead"), desk(&v.text)).await
}

/// `GET /challenges/{id}/reads`.
pub async fn of_case(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>, Query(ask): Query<Ask>) -> Answer {
    let mut crumbs = desk(&v.text);
    crumbs.push(Crumb::to(&format!("/challenges/{id}"), v.text.t("noun.challenge")));
    page(&web, &v, Of::Case(id), &ask, ("reads.of_case", "nav.reads.lead"), crumbs).await
}

/// `GET /accounts/{id}/reads`.
pub async fn of_person(State(web): State<Web>, v: Visitor, Path(id): Path<AccountId>, Query(ask): Query<Ask>) -> Answer {
    page(&web, &v, Of::Reader(id), &ask, ("reads.of_person", "nav.reads.lead"), desk(&v.text)).await
}

fn mine(v: &Visitor) -> Of {
    let unit = matches!(v.actor.role, Role::Poster | Role::Bidder).then_some(v.actor.org);
    Of::Owner(v.actor.account, unit)
}

/// `GET /account/reads`: who read what is one's own.
pub async fn of_mine(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    policy::own_account(&v.actor).map_err(crate::app::Error::from)?;
    let crumbs = vec![Crumb::to("/", v.text.t("ui.home")), Crumb::to("/account", v.text.t("ui.account"))];
    page(&web, &v, mine(&v), &ask, ("reads.of_mine", "reads.of_mine_lead"), crumbs).await
}

pub fn read_json(r: &Read) -> Value {
    let who =
        if r.name.is_empty() { json!({ "role": r.role }) } else { json!({ "id": r.actor, "name": r.name, "role": r.role }) };
    json!({ "seq": r.seq, "at": r.at, "reader": who, "what": r.what, "noun": r.noun, "subject": r.subject, "challenge": r.challenge })
}

fn listed(found: &[Read]) -> Response {
    let next = found.last().filter(|_| found.len() as u64 == PAGE).map(|r| r.seq.to_string());
    Json(json!({ "items": found.iter().map(read_json).collect::<Vec<_>>(), "next": next })).into_response()
}

/// `GET /api/v1/reads?before=…`.
pub async fn all_json(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    Ok(listed(&web.app.reads(&v.actor, Of::All, ask.before, PAGE).await?))
}

pub async fn case_json(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>, Query(ask): Query<Ask>) -> Answer {
    Ok(listed(&web.app.reads(&v.actor, Of::Case(id), ask.before, PAGE).await?))
}

pub async fn person_json(State(web): State<Web>, v: Visitor, Path(id): Path<AccountId>, Query(ask): Query<Ask>) -> Answer {
    Ok(listed(&web.app.reads(&v.actor, Of::Reader(id), ask.before, PAGE).await?))
}

pub async fn mine_json(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    policy::own_account(&v.actor).map_err(crate::app::Error::from)?;
    Ok(listed(&web.app.reads_of_mine(&v.actor, ask.before, PAGE).await?))
}

/// Unusual reading of the last day, for the desk.
pub async fn unusual(web: &Web, v: &Visitor) -> Result<Block, Problem> {
    let t = &v.text;
    let row = |u: flag::Unusual| {
        let text = t.with("reads.unusual_text", &[("n", u.count.to_string()), ("at", time::moment(t, u.at))]);
        let who = format!("{} · {}", u.name, t.t(&format!("role.{}", u.role)));
        vec![Cell::link(who, format!("/accounts/{}/reads", u.actor)), Cell::text(text)]
    };
    let rows = web.app.unusual_reads(&v.actor).await?.into_iter().map(row).collect();
    let columns = vec![(t.t("column.who"), "text"), (t.t("column.read"), "text")];
    Ok(Block::table("unusual", t.t("reads.unusual"), columns, rows, t.t("reads.usual")))
}

//! Draws drawn again from the record: equal or not, line by line.
use super::block::*;
use super::pages::{Crumb, WordsPage};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::query::Names;
use crate::domain::redraw::{Line, Redraw};
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

type Answer = Result<Response, Problem>;

fn tag(t: &Text, equal: bool) -> Tag {
    if equal { Tag { text: t.t("redraw.equal"), tone: "ok" } } else { Tag { text: t.t("redraw.unequal"), tone: "bad" } }
}

/// An expert by name where the line names one.
fn value(names: &Names, text: &str) -> String {
    let id = text.parse().ok().map(AccountId);
    let name = id.map(|id| names.account(id).to_owned()).filter(|n| !n.is_empty());
    name.map_or_else(|| text.to_owned(), |n| format!("{n} {}", &text[..8]))
}

fn row(t: &Text, names: &Names, l: &Line) -> Vec<Cell> {
    let place = l.place.map(|n| format!(" {n}")).unwrap_or_default();
    vec![
        Cell::text(format!("{}{place}", t.t(&format!("redraw.{}", l.what)))),
        Cell::text(value(names, &l.told)),
        Cell::text(value(names, &l.again)),
        Cell::tag(tag(t, l.is_equal())),
    ]
}

fn blocks(t: &Text, names: &Names, n: usize, d: &Redraw) -> [Block; 2] {
    let said = tag(t, d.is_equal());
    let facts = [
        ("n", (n + 1).to_string()),
        ("kind", t.t(&format!("redraw.kind.{}", d.kind))),
        ("at", time::moment(t, d.at)),
        ("entry", d.entry.to_string()),
    ];
    let columns = ["part", "told", "again", "equal"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect();
    let title = t.with("redraw.of", &facts);
    let count = [("equal", d.lines.iter().filter(|l| l.is_equal()).count().to_string()), ("of", d.lines.len().to_string())];
    [
        Block::inset(format!("{title} · {}", said.text), t.with("redraw.count", &count), said.tone),
        Block::table(
            &format!("draw-{}", n + 1),
            title,
            columns,
            d.lines.iter().map(|l| row(t, names, l)).collect(),
            String::new(),
        ),
    ]
}

/// `GET /challenges/{id}/redraws`.
pub async fn page(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let (c, all) = web.app.redraws(&v.actor, id).await?;
    let t = &v.text;
    let people: Vec<AccountId> = all.iter().flat_map(|d| &d.lines).filter_map(|l| l.told.parse().ok().map(AccountId)).collect();
    let names = web.app.names(&[], &people).await?;
    let mut parts: Vec<Block> = all.iter().enumerate().flat_map(|(n, d)| blocks(t, &names, n, d)).collect();
    if parts.is_empty() {
        parts.push(Block::inset(t.t("redraw.none"), t.t("redraw.none_text"), "info"));
    }
    let page = WordsPage {
        title: t.t("redraw.title"),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to(&format!("/challenges/{id}"), c.title),
            Crumb::here(t.t("redraw.title")),
        ],
        lead: t.t("redraw.lead"),
        blocks: parts,
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// `GET /api/v1/challenges/{id}/redraws`.
pub async fn json(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let (_, all) = web.app.redraws(&v.actor, id).await?;
    let items: Vec<_> = all
        .iter()
        .map(|d| {
            let mut item = serde_json::to_value(d).unwrap_or_default();
            item["equal"] = json!(d.is_equal());
            item
        })
        .collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

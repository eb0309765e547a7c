//! The bureau's templates of contracts: the list, and one with its clauses and its past editions.
use super::Web;
use super::block::*;
use super::blocks;
use super::pages::{Crumb, ShowPage};
use super::papers::says;
use super::problem::Problem;
use super::text::Text;
use super::time;
use super::visitor::Visitor;
use crate::domain::paper::numeral;
use crate::domain::*;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub async fn list(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let t = &v.text;
    let all = web.app.templates(&v.actor).await?;
    let rows = all.iter().map(|x| row(t, x)).collect();
    let columns = [
        ("column.title", "text"),
        ("field.kind", "text"),
        ("column.edition", "number"),
        ("column.at", "text"),
        ("column.state", "text"),
    ];
    let columns = columns.map(|(key, kind)| (t.t(key), kind)).to_vec();
    let page = ShowPage {
        title: t.t("nav.templates"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t("nav.templates"))],
        number: None,
        tags: vec![],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks: vec![Block::table("templates", t.t("nav.templates"), columns, rows, t.t("ui.none"))],
    };
    web.show(&v, StatusCode::OK, &page).await
}

fn row(t: &Text, x: &Template) -> Vec<Cell> {
    let edition = x.current();
    vec![
        Cell::link(says(t, &x.name).to_owned(), format!("/templates/{}", x.id)),
        Cell::text(t.t(&format!("template_kind.{}", x.kind))),
        Cell::number(edition.map(|e| e.number.to_string()).unwrap_or_default()),
        Cell::text(edition.map(|e| time::moment(t, e.at)).unwrap_or_default()),
        Cell::tag(blocks::state_tag(t, Noun::Template, x.head.state.id())),
    ]
}

/// One template: every clause as it stands, with its fields in braces, and how the options are worded.
pub fn content(t: &Text, x: &Template) -> Vec<Block> {
    let mut out = vec![];
    let Some(edition) = x.current() else { return out };
    out.push(Block::summary(
        "facts",
        t.t("block.facts"),
        vec![
            Item::new(t.t("field.kind"), t.t(&format!("template_kind.{}", x.kind))),
            Item::new(t.t("column.edition"), edition.number.to_string()).note(edition.reason.clone()),
            Item::new(t.t("column.at"), time::moment(t, edition.at)),
        ],
    ));
    for (n, c) in edition.clauses.iter().enumerate() {
        out.push(Block::Text {
            title: format!("{} {}", numeral(n + 1), says(t, &c.title)),
            id: format!("clause-{}", n + 1),
            paragraphs: says(t, &c.text).lines().map(str::to_owned).collect(),
        });
    }
    let rows = edition.wordings.iter().map(|w| {
        let name = t.first(&[&format!("field.contract_terms.{}", w.choice), &format!("field.{}", w.choice)]);
        vec![Cell::text(name), Cell::text(w.option.clone()), Cell::text(says(t, &w.says).to_owned())]
    });
    let columns = ["choice", "option", "says"].map(|c| (t.t(&format!("column.{c}")), "text")).to_vec();
    out.push(Block::table("wordings", t.t("field.wordings"), columns, rows.collect(), t.t("ui.none")));
    let rows = x
        .editions
        .iter()
        .rev()
        .map(|e| vec![Cell::number(e.number.to_string()), Cell::text(time::moment(t, e.at)), Cell::text(e.reason.clone())]);
    let columns = vec![(t.t("column.edition"), "number"), (t.t("column.at"), "text"), (t.t("field.reason"), "text")];
    out.push(Block::table("editions", t.t("block.editions"), columns, rows.collect(), String::new()));
    out
}

/// What the editor begins with: the edition in force, row by row.
pub fn typed(x: &Template) -> Value {
    let Some(edition) = x.current() else { return json!({}) };
    let clauses: Vec<Value> = edition
        .clauses
        .iter()
        .map(|c| json!({ "title_zh": c.title.zh, "title_en": c.title.en, "text_zh": c.text.zh, "text_en": c.text.en }))
        .collect();
    let wordings: Vec<Value> = edition
        .wordings
        .iter()
        .map(|w| json!({ "choice": w.choice, "option": w.option, "says_zh": w.says.zh, "says_en": w.says.en }))
        .collect();
    json!({ "name_zh": x.name.zh, "name_en": x.name.en, "clauses": clauses, "wordings": wordings })
}

pub async fn json_list(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let all = web.app.templates(&v.actor).await?;
    let item = |x: &Template| json!({ "id": x.id, "kind": x.kind, "name": x.name, "state": x.head.state, "edition": x.current().map(|e| e.number), "href": format!("/api/v1/templates/{}", x.id) });
    Ok(Json(json!({ "items": all.iter().map(item).collect::<Vec<_>>(), "next": null })).into_response())
}

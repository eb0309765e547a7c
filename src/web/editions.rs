//! The editions of a contract: each as it stood, and what each changed.
use super::Web;
use super::block::*;
use super::blocks;
use super::pages::{Crumb, ShowPage};
use super::problem::Problem;
use super::time;
use super::visitor::Visitor;
use crate::domain::amendment::differences;
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Edition, its hash, the change that ended it, its text; the one in force last.
fn all(k: &Contract) -> Vec<(i32, String, Option<ChangeId>, Option<jiff::Timestamp>, Value)> {
    let past = k.past.iter().map(|p| (p.edition, p.sha256.clone(), Some(p.change), Some(p.until), p.text.clone()));
    past.chain([(k.edition, k.text_sha256(), None, None, k.text())]).collect()
}

pub async fn page(State(web): State<Web>, v: Visitor, Path(id): Path<ContractId>) -> Result<Response, Problem> {
    let k = web.app.contract(&v.actor, id).await?;
    let (t, editions) = (&v.text, all(&k));
    let rows = editions.iter().rev().map(|(n, sha256, change, until, _)| {
        let ended = match (change, until) {
            (Some(change), Some(until)) => Cell::link(time::moment(t, *until), format!("/changes/{change}")),
            _ => Cell::tag(Tag { text: t.t("ui.in_force"), tone: "ok" }),
        };
        let paper = Cell::link(n.to_string(), format!("/contracts/{id}/papers/agreement?edition={n}"));
        vec![paper, ended, Cell::text(sha256.clone())]
    });
    let columns = vec![(t.t("column.edition"), "text"), (t.t("column.until"), "text"), ("SHA-256".into(), "text")];
    let mut out = vec![Block::table("editions", t.t("block.editions"), columns, rows.collect(), String::new())];
    for pair in editions.windows(2).rev() {
        let title = t.with("ui.edition_differs", &[("from", pair[0].0.to_string()), ("to", pair[1].0.to_string())]);
        out.push(blocks::changes(t, &format!("diff-{}", pair[1].0), title, &differences(&pair[0].4, &pair[1].4)));
    }
    let page = ShowPage {
        title: t.t("block.editions"),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to(&format!("/contracts/{id}"), k.number.clone()),
            Crumb::here(t.t("block.editions")),
        ],
        number: Some(k.number.clone()),
        tags: vec![blocks::state_tag(t, Noun::Contract, k.head.state.id())],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks: out,
    };
    web.show(&v, StatusCode::OK, &page).await
}

pub async fn json(State(web): State<Web>, v: Visitor, Path(id): Path<ContractId>) -> Result<Response, Problem> {
    let k = web.app.contract(&v.actor, id).await?;
    let editions = all(&k);
    let items: Vec<Value> = editions
        .iter()
        .enumerate()
        .map(|(n, (edition, sha256, change, until, text))| {
            let changes = n.checked_sub(1).map(|before| differences(&editions[before].4, text));
            json!({ "edition": edition, "sha256": sha256, "ended_by": change, "until": until, "text": text, "changes": changes })
        })
        .collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

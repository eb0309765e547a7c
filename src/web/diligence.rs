//! The evidence of diligence that the platform has kept of a contract: checklist, entries of the record, files.
use super::block::*;
use super::pages::{Crumb, ShowPage};
use super::problem::Problem;
use super::visitor::Visitor;
use super::{Web, show, time};
use crate::app::progress::{Kept, KeptEntry, KeptFile};
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

async fn kept(web: &Web, v: &Visitor, id: ContractId) -> Result<(Contract, Kept), Problem> {
    let k = web.app.contract(&v.actor, id).await?;
    let kept = web.app.diligence_file(&v.actor, &k).await?;
    Ok((k, kept))
}

/// `GET /api/v1/contracts/{id}/diligence`.
pub async fn json(State(web): State<Web>, v: Visitor, Path(id): Path<ContractId>) -> Result<Response, Problem> {
    Ok(Json(kept(&web, &v, id).await?.1).into_response())
}

pub async fn page(State(web): State<Web>, v: Visitor, Path(id): Path<ContractId>) -> Result<Response, Problem> {
    let (k, kept) = kept(&web, &v, id).await?;
    let t = &v.text;
    let entry = |e: &KeptEntry| {
        vec![
            Cell::link(e.seq.to_string(), format!("/log/entries/{}", e.seq)),
            Cell::text(time::moment(t, e.at)),
            Cell::text(t.first(&[&format!("event.{}", e.kind), &format!("act.{}", e.kind)])).note(e.leaf.clone()),
        ]
    };
    let file = |f: &KeptFile| {
        vec![
            Cell::link(f.name.clone(), format!("/files/{}", f.id)).note(t.t(&format!("noun.{}", f.noun))),
            Cell::text(time::moment(t, f.at)),
            Cell::text(f.sha256.clone()),
        ]
    };
    let entries = vec![(t.t("column.no"), "text"), (t.t("column.at"), "text"), (t.t("column.what"), "text")];
    let files = vec![(t.t("block.files"), "text"), (t.t("column.at"), "text"), ("SHA-256".into(), "text")];
    let here = t.t("diligence.title");
    let page = ShowPage {
        title: here.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to(&format!("/contracts/{id}"), k.number.clone()), Crumb::here(here)],
        number: Some(k.number.clone()),
        tags: vec![],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks: vec![
            Block::inset(t.t("diligence.what"), t.t("diligence.lead"), "info"),
            show::checklist(t, &kept.checklist),
            Block::summary("hash", t.t("diligence.hash"), vec![Item::new("SHA-256", kept.sha256.clone())]),
            Block::table("entries", t.t("diligence.entries"), entries, kept.entries.iter().map(entry).collect(), t.t("ui.none")),
            Block::table("kept-files", t.t("block.files"), files, kept.files.iter().map(file).collect(), t.t("ui.none")),
        ],
    };
    web.show(&v, StatusCode::OK, &page).await
}

//! The opening record as a page to print, and as JSON.
use super::block::{Block, Cell, Item};
use super::pages::{Crumb, SealingPage};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::opening_record::{OpeningRecord, StageTold};
use crate::domain::seal::groups;
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

type Answer = Result<Response, Problem>;

pub async fn json(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    Ok(Json(web.app.opening_record(&v.actor, id).await?).into_response())
}

pub async fn page(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let (t, record) = (&v.text, web.app.opening_record(&v.actor, id).await?);
    let href = format!("/challenges/{id}");
    let mut blocks = vec![facts(t, &record), entries(t, &record)];
    blocks.extend(record.stages.iter().map(|s| stage(t, s)));
    let page = SealingPage {
        title: t.t("opening_record.title"),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to(&href, record.title.clone()),
            Crumb::here(t.t("opening_record.title")),
        ],
        lead: t.t("opening_record.lead"),
        blocks,
        tool: None,
        form: None,
    };
    web.show(&v, StatusCode::OK, &page).await
}

fn facts(t: &Text, r: &OpeningRecord) -> Block {
    let mut items = vec![Item::new(t.t("column.challenge"), r.title.clone()).note(r.number.clone().unwrap_or_default())];
    items.extend(r.close_at.map(|at| Item::new(t.t("column.close_at"), time::deadline(t, at))));
    items.extend(r.listed_at.map(|at| Item::new(t.t("opening_record.listed_at"), time::moment(t, at))));
    items.push(Item::new(t.t("opening_record.count"), r.count.to_string()));
    let apart = if r.price_apart { "opening_record.apart" } else { "opening_record.together" };
    items.push(Item::new(t.t("opening_record.stages"), t.t(apart)));
    items.extend(r.roster_sha256.iter().map(|sha256| Item::new(t.t("column.roster"), groups(sha256))));
    Block::summary("facts", t.t("block.facts"), items)
}

fn entries(t: &Text, r: &OpeningRecord) -> Block {
    let rows = r.entries.iter().enumerate().map(|(n, e)| {
        let parts = e.commits.iter().zip(["A", "B"]).map(|(commit, part)| format!("{part} {}", groups(commit)));
        let commits: Vec<String> = if e.commits.is_empty() { vec![groups(&e.sha256)] } else { parts.collect() };
        vec![
            Cell::number((n + 1).to_string()),
            Cell::text(e.lead.clone()).note(commits.join(" · ")),
            Cell::number(e.version.to_string()),
            Cell::text(outcome(t, &e.first)),
            Cell::text(outcome(t, &e.price)),
        ]
    });
    let columns = vec![
        (t.t("opening_record.n"), "number"),
        (t.t("column.lead"), "text"),
        (t.t("column.edition"), "number"),
        (t.t("opening_record.first"), "text"),
        (t.t("opening_record.price"), "text"),
    ];
    Block::table("entries", t.t("opening_record.entries"), columns, rows.collect(), t.t("ui.none"))
}

fn stage(t: &Text, s: &StageTold) -> Block {
    let mut items = vec![];
    let begun = s.begun_at.map(|at| time::moment(t, at)).unwrap_or_default();
    items.push(Item::new(t.t("opening_record.begun_by"), s.begun_by.clone()).note(begun));
    items.extend(s.witnessed_at.map(|at| Item::new(t.t("column.witnessed_at"), time::moment(t, at))));
    items.extend(
        s.keyholders
            .iter()
            .map(|h| Item::new(t.t("opening_record.keyholder"), format!("{} {}", h.body, h.name)).note(h.public.fingerprint())),
    );
    items.extend(s.window_until.map(|at| Item::new(t.t("opening_record.window"), time::moment(t, at))));
    if !s.spares.is_empty() {
        items.push(Item::new(t.t("opening_record.spares"), s.spares.len().to_string()));
    }
    let done = time::moment(t, s.completed_at);
    items.push(Item::new(t.t("opening_record.completed_by"), s.completed_by.clone()).note(done));
    Block::summary(&format!("stage-{}", s.stage.id()), t.t(&format!("opening_record.{}", s.stage.id())), items)
}

/// What became of a bid at a stage, in words.
pub fn outcome(t: &Text, told: &str) -> String {
    match told {
        "opened" | "sealed" | "out" => t.t(&format!("opening_record.is_{told}")),
        why => why_text(t, why),
    }
}

/// Why a bid did not open or was not let in. Rules that it broke are named by their field; the rest by the last word.
pub fn why_text(t: &Text, why: &str) -> String {
    let one = |part: &str| match part.split_once(": ") {
        Some((path, code)) => {
            let field = path.split('.').next().unwrap_or(path);
            let label = t.find(&format!("field.{field}")).unwrap_or(field);
            let said = t.find(&format!("why.{code}")).unwrap_or(code);
            t.with("opening_record.at_field", &[("field", label.to_owned()), ("fault", said.to_owned())])
        }
        None => {
            let code = part.split(' ').find_map(|word| t.find(&format!("why.{word}")));
            code.unwrap_or(part).to_owned()
        }
    };
    why.split("; ").map(one).collect::<Vec<_>>().join(t.semicolon())
}

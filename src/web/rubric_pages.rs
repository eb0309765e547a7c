//! Rubric templates: what panels score, by which weights, and what the points mean; edited by the head, version by version.
use super::act::read_fields;
use super::block::*;
use super::form_view::{Builder, edit_rows, option_text, take};
use super::pages::{ActPage, Crumb, ShowPage};
use super::problem::{Problem, Why};
use super::text::{Lang, Text};
use super::visitor::Visitor;
use super::{Web, time};
use crate::domain::rubric::{Anchor, EditRubric, Item as RubricItem};
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

/// What an anchor says, in the reader's language where the bureau has written it.
pub fn said(t: &Text, a: &Anchor) -> String {
    a.en.clone().filter(|en| t.lang == Lang::En && !en.is_empty()).unwrap_or_else(|| a.zh.clone())
}

/// `20 分：…；16 分：…；10 分：…`
pub fn anchors(t: &Text, item: &RubricItem) -> String {
    let one = |a: &Anchor| t.with("rubric.anchor", &[("points", item.points(a).to_string()), ("says", said(t, a))]);
    item.anchors.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// One rubric as a table.
pub fn table(t: &Text, id: &str, title: String, rubric: &Rubric) -> Block {
    let part = |i: &RubricItem| t.t(if i.blind { "rubric.blind" } else { "rubric.open" });
    let row = |i: &RubricItem| {
        let mut cells = vec![Cell::text(t.t(&format!("field.{}", i.id))).note(part(i)), Cell::number(i.most.to_string())];
        cells.extend(i.anchors.iter().map(|a| Cell::text(said(t, a)).note(i.points(a).to_string())));
        cells
    };
    let mut columns = vec![(t.t("field.item"), "text"), (t.t("column.most"), "number")];
    columns.extend(["full", "good", "half"].map(|k| (t.t(&format!("field.{k}")), "text")));
    Block::table(id, title, columns, rubric.items.iter().map(row).collect(), t.t("ui.none"))
}

pub async fn list_json(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let all = web.app.rubrics(&v.actor).await?;
    let items: Vec<Value> = all
        .iter()
        .map(|(now, made)| {
            let versions: Vec<Value> = made
                .iter()
                .map(|v| json!({ "version": v.rubric.version, "at": v.at, "by": v.by, "items": v.rubric.items }))
                .collect();
            json!({ "template": now.template, "version": now.version, "items": now.items, "versions": versions })
        })
        .collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

pub async fn edit_json(
    State(web): State<Web>,
    v: Visitor,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let form = EditRubric::read(&super::api::body(request).await?)?;
    Ok(Json(web.app.edit_rubric(&v.actor, &name, form).await?).into_response())
}

pub async fn list(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let all = web.app.rubrics(&v.actor).await?;
    let t = &v.text;
    let (mut blocks, mut actions) = (vec![], vec![]);
    for (now, made) in &all {
        let name = option_text(t, "rubric", &now.template);
        let version = t.with("rubric.version", &[("n", now.version.to_string())]);
        blocks.push(table(t, &now.template, format!("{name} · {version}"), now));
        let told = made
            .iter()
            .map(|x| Item::new(t.with("rubric.version", &[("n", x.rubric.version.to_string())]), time::moment(t, x.at)));
        let told: Vec<Item> = told.collect();
        if !told.is_empty() {
            blocks.push(Block::summary(&format!("{}-versions", now.template), t.t("rubric.versions"), told));
        }
        if policy::edit_rubrics(&v.actor).is_ok() {
            let label = t.with("rubric.edit", &[("name", name)]);
            actions.push(Action::link(&now.template, label, format!("/rubrics/{}/edit", now.template)));
        }
    }
    let title = t.t("nav.rubrics");
    let crumbs = vec![Crumb::to("/", t.t("ui.home")), Crumb::here(title.clone())];
    let page = ShowPage { title, crumbs, number: None, tags: vec![], steps: vec![], turn: None, actions, blocks };
    web.show(&v, StatusCode::OK, &page).await
}

pub async fn form(State(web): State<Web>, v: Visitor, Path(name): Path<String>) -> Result<Response, Problem> {
    policy::edit_rubrics(&v.actor).map_err(crate::app::Error::from)?;
    let all = web.app.rubrics(&v.actor).await?;
    let (now, _) = all.iter().find(|(r, _)| r.template == name).ok_or_else(|| Problem::new("missing"))?;
    edit_page(&web, &v, now, &json!({ "items": now.rows() }), None, StatusCode::OK).await
}

pub async fn submit(State(web): State<Web>, v: Visitor, Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    let mut raw = read_fields(request).await?;
    let all = web.app.rubrics(&v.actor).await?;
    let (now, _) = all.iter().find(|(r, _)| r.template == name).ok_or_else(|| Problem::new("missing"))?;
    if let Some(command) = take(&mut raw, "do").filter(|c| !c.is_empty()) {
        edit_rows(&mut raw, &command);
        return edit_page(&web, &v, now, &raw, None, StatusCode::OK).await;
    }
    let problem = match EditRubric::read(&raw) {
        Err(faults) => Problem::from(faults),
        Ok(form) => match web.app.edit_rubric(&v.actor, &name, form).await {
            Ok(_) => return Ok(Redirect::to("/rubrics?done=done").into_response()),
            Err(e) => Problem::from(e),
        },
    };
    match problem.why {
        Why::Plain => Err(problem),
        _ => edit_page(&web, &v, now, &raw, Some(&problem), StatusCode::UNPROCESSABLE_ENTITY).await,
    }
}

async fn edit_page(
    web: &Web,
    v: &Visitor,
    now: &Rubric,
    raw: &Value,
    problem: Option<&Problem>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let t = &v.text;
    let mut builder = Builder::new(t, "edit_rubric");
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    let mut form =
        builder.build(&<EditRubric as Draft>::FORM, raw, &format!("/rubrics/{}/edit", now.template), t.t("rubric.save"));
    form.cancel = Some(Link { href: "/rubrics".into(), label: t.t("ui.cancel") });
    let name = option_text(t, "rubric", &now.template);
    let title = t.with("rubric.edit", &[("name", name)]);
    let crumbs = vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/rubrics", t.t("nav.rubrics")), Crumb::here(title.clone())];
    let page = ActPage { title, crumbs, lead: t.t("rubric.lead"), consequences: vec![], beside: vec![], form, danger: false };
    web.show(v, status, &page).await
}

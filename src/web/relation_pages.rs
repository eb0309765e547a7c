//! Joint papers and patents: a table pasted, shown line by line with what is wrong, then imported.
use super::block::*;
use super::form_view::{Builder, fault_text, option_text};
use super::pages::{ActPage, Crumb};
use super::problem::{Problem, Why};
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, act};
use crate::app::relation::Paired;
use crate::domain::forms::ImportRelations;
use crate::domain::*;
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

const PATH: &str = "/relations";

fn line_json(t: &Text, x: &Paired) -> Value {
    let error = x.fault.as_ref().map(|f| json!({ "field": f.path, "code": f.code, "message": fault_text(t, f) }));
    json!({ "line": x.line, "pair": x.read, "imported": x.done, "error": error })
}

/// `POST /api/v1/relations`.
pub async fn import_json(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let form = ImportRelations::read(&super::api::body(request).await?)?;
    let lines = web.app.read_relations(&v.actor, form).await?;
    let items: Vec<Value> = lines.iter().map(|x| line_json(&v.text, x)).collect();
    let done = lines.iter().filter(|x| x.done).count();
    Ok(Json(json!({ "items": items, "imported": done, "next": null })).into_response())
}

pub async fn form(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    policy::import_relations(&v.actor).map_err(crate::app::Error::from)?;
    page(&web, &v, &json!({ "step": "preview" }), None, vec![], StatusCode::OK).await
}

pub async fn submit(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    crate::domain::policy::import_relations(&v.actor).map_err(crate::app::Error::from)?;
    let mut raw = act::read_fields(request).await?;
    let problem = match ImportRelations::read(&raw) {
        Err(faults) => Problem::from(faults),
        Ok(form) => match web.app.read_relations(&v.actor, form).await {
            Ok(lines) => {
                raw["step"] = json!("import");
                return page(&web, &v, &raw, None, lines, StatusCode::OK).await;
            }
            Err(e) => Problem::from(e),
        },
    };
    match problem.why {
        Why::Faults(_) => page(&web, &v, &raw, Some(&problem), vec![], StatusCode::UNPROCESSABLE_ENTITY).await,
        _ => Err(problem),
    }
}

async fn page(
    web: &Web,
    v: &Visitor,
    raw: &Value,
    problem: Option<&Problem>,
    lines: Vec<Paired>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let t = &v.text;
    let mut builder = Builder::new(t, "import_relations");
    if let Some(Why::Faults(f)) = problem.map(|p| &p.why) {
        builder = builder.faults(f);
    }
    let mut form = builder.build(&<ImportRelations as Draft>::FORM, raw, PATH, t.t("ui.go_on"));
    form.cancel = Some(Link { href: "/experts".into(), label: t.t("ui.cancel") });
    let beside = if lines.is_empty() { vec![] } else { vec![table(t, &lines)] };
    let title = t.t("nav.relations");
    let page = ActPage {
        title: title.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/experts", t.t("nav.experts")), Crumb::here(title)],
        lead: t.t("nav.relations.lead"),
        consequences: vec![],
        beside,
        form,
        danger: false,
    };
    web.show(v, status, &page).await
}

fn table(t: &Text, lines: &[Paired]) -> Block {
    let row = |x: &Paired| {
        let state = match (&x.fault, x.done) {
            (Some(f), _) => Cell::tag(Tag { text: t.t("relation.wrong"), tone: "bad" }).note(fault_text(t, f)),
            (None, true) => Cell::tag(Tag { text: t.t("relation.done"), tone: "ok" }),
            (None, false) => Cell::tag(Tag { text: t.t("relation.reads"), tone: "info" }),
        };
        let of = |f: fn(&conflict::Known) -> String| x.read.as_ref().map(f).unwrap_or_default();
        vec![
            Cell::number(x.line.to_string()),
            Cell::text(x.read.as_ref().map(|r| option_text(t, "kind", &r.kind)).unwrap_or_default()),
            Cell::text(of(|r| r.a_name.clone())).note(of(|r| r.a_unit.clone())),
            Cell::text(of(|r| r.b_name.clone())).note(of(|r| r.b_unit.clone())),
            Cell::text(of(|r| r.until.clone().unwrap_or_default())),
            state,
        ]
    };
    let columns = vec![
        (t.t("column.no"), "number"),
        (t.t("field.confirm_profile.kind"), "text"),
        (t.t("relation.a"), "text"),
        (t.t("relation.b"), "text"),
        (t.t("relation.day"), "text"),
        (t.t("column.outcome"), "text"),
    ];
    Block::table("lines", t.t("nav.relations"), columns, lines.iter().map(row).collect(), String::new())
}

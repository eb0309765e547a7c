//! The bank's statement: pasted, shown line by line with what is wrong, then imported.
use super::block::*;
use super::form_view::{Builder, fault_text};
use super::pages::{ActPage, Crumb};
use super::problem::{Problem, Why};
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, act};
use crate::app::statement::Matched;
use crate::domain::forms::ImportStatement;
use crate::domain::*;
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

const PATH: &str = "/bank-statements";

fn line_json(t: &Text, x: &Matched) -> Value {
    let read = x.read.as_ref();
    json!({
        "line": x.line, "booked_on": read.map(|r| &r.booked_on), "reference": read.map(|r| &r.reference), "payee": read.map(|r| &r.payee),
        "amount_fen": read.map(|r| r.amount_fen), "instalment": x.instalment, "reconciled": x.done,
        "error": x.fault.as_ref().map(|f| json!({ "field": f.path, "code": f.code, "message": said(t, f) })),
    })
}

/// A fault of a line, or the refusal that the act gave.
fn said(t: &Text, f: &Fault) -> String {
    let refusal = format!("refusal.{}", f.code);
    if t.find(&refusal).is_some() {
        let args: Vec<(&str, String)> = f.args.iter().map(|(n, v)| (*n, v.clone())).collect();
        return t.with(&refusal, &args);
    }
    fault_text(t, f)
}

/// `POST /api/v1/bank-statements`.
pub async fn import_json(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let form = ImportStatement::read(&super::api::body(request).await?)?;
    let lines = web.app.read_statement(&v.actor, form).await?;
    let items: Vec<Value> = lines.iter().map(|x| line_json(&v.text, x)).collect();
    let done = lines.iter().filter(|x| x.done).count();
    Ok(Json(json!({ "items": items, "reconciled": done, "next": null })).into_response())
}

pub async fn form(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    policy::reconcile(&v.actor).map_err(crate::app::Error::from)?;
    page(&web, &v, &json!({ "step": "preview" }), None, vec![], StatusCode::OK).await
}

pub async fn submit(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    crate::domain::policy::reconcile(&v.actor).map_err(crate::app::Error::from)?;
    let mut raw = act::read_body(&web, &v, request).await?;
    let problem = match ImportStatement::read(&raw) {
        Err(faults) => Problem::from(faults),
        Ok(form) => match web.app.read_statement(&v.actor, form).await {
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
    lines: Vec<Matched>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let t = &v.text;
    let mut builder = Builder::new(t, "import_statement");
    if let Some(Why::Faults(f)) = problem.map(|p| &p.why) {
        builder = builder.faults(f);
    }
    let mut form = builder.build(&<ImportStatement as Draft>::FORM, raw, PATH, t.t("ui.go_on"));
    form.cancel = Some(Link { href: "/instalments".into(), label: t.t("ui.cancel") });
    let beside = if lines.is_empty() { vec![] } else { vec![table(t, &lines)] };
    let title = t.t("nav.bank_statement");
    let page = ActPage {
        title: title.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/instalments", t.t("nav.instalments")), Crumb::here(title)],
        lead: t.t("nav.bank_statement.lead"),
        consequences: vec![],
        beside,
        form,
        danger: false,
    };
    web.show(v, status, &page).await
}

fn table(t: &Text, lines: &[Matched]) -> Block {
    let row = |x: &Matched| {
        let read = x.read.as_ref();
        let state = match (&x.fault, x.done) {
            (Some(f), _) => Cell::tag(Tag { text: t.t("ui.line_wrong"), tone: "bad" }).note(said(t, f)),
            (None, true) => Cell::tag(Tag { text: t.t("ui.line_done"), tone: "ok" }),
            (None, false) => Cell::tag(Tag { text: t.t("ui.line_agrees"), tone: "info" }),
        };
        let reference = read.map(|r| r.reference.clone()).unwrap_or_default();
        let reference = match x.instalment {
            Some(id) => Cell::link(reference, format!("/instalments/{id}")),
            None => Cell::text(reference),
        };
        vec![
            Cell::number(x.line.to_string()),
            Cell::text(read.map(|r| r.booked_on.clone()).unwrap_or_default()),
            reference,
            Cell::text(read.map(|r| r.payee.clone()).unwrap_or_default()),
            Cell::money(read.map(|r| r.amount_fen.to_string()).unwrap_or_default()),
            state,
        ]
    };
    let columns = vec![
        (t.t("column.no"), "number"),
        (t.t("field.booked_on"), "text"),
        (t.t("field.reference"), "text"),
        (t.t("column.payee"), "text"),
        (t.t("column.amount"), "money"),
        (t.t("column.outcome"), "text"),
    ];
    Block::table("lines", t.t("nav.bank_statement"), columns, lines.iter().map(row).collect(), String::new())
}

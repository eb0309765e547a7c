//! A document of the county's budget is entered: by page and by API.
use super::api::{body, show};
use super::block::Link;
use super::form_view::Builder;
use super::pages::{ActPage, Crumb};
use super::problem::{Problem, Why};
use super::visitor::Visitor;
use super::{Web, act};
use crate::app;
use crate::domain::forms::RegisterBudgetDoc;
use crate::domain::*;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

const PATH: &str = "/budget-documents/new";

/// `POST /api/v1/budget-documents`.
pub async fn create(State(web): State<Web>, v: Visitor, headers: HeaderMap, request: Request) -> Result<Response, Problem> {
    let raw = body(request).await?;
    let actor = v.actor_once(&headers, "budget-documents", &raw);
    let id = match web.app.register_budget_doc(&actor, RegisterBudgetDoc::read(&raw)?).await {
        Ok(x) => x.id.0,
        Err(app::Error::Store(app::StoreError::Replayed { subject, .. })) => subject,
        Err(e) => return Err(e.into()),
    };
    show(&web, &v, Noun::BudgetDoc, id, StatusCode::CREATED).await
}

pub async fn form(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    policy::register_budget_doc(&v.actor, BudgetDocId(uuid::Uuid::nil())).map_err(app::Error::from)?;
    let year = date_of(web.app.glance().await?.now).year();
    page(&web, &v, &json!({ "fiscal_year": year }), None, StatusCode::OK).await
}

pub async fn submit(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    policy::register_budget_doc(&v.actor, BudgetDocId(uuid::Uuid::nil())).map_err(crate::app::Error::from)?;
    let raw = act::read_body(&web, &v, request).await?;
    let actor = v.actor_once(&headers, "budget-documents", &raw);
    let problem = match RegisterBudgetDoc::read(&raw) {
        Err(faults) => Problem::from(faults),
        Ok(form) => match web.app.register_budget_doc(&actor, form).await {
            Ok(x) => return Ok(Redirect::to(&format!("/budget-documents/{}?done=done", x.id)).into_response()),
            Err(app::Error::Store(app::StoreError::Replayed { subject, .. })) => {
                return Ok(Redirect::to(&format!("/budget-documents/{subject}")).into_response());
            }
            Err(e) => Problem::from(e),
        },
    };
    match problem.why {
        Why::Faults(_) | Why::Refusal(_) => page(&web, &v, &raw, Some(&problem), StatusCode::UNPROCESSABLE_ENTITY).await,
        _ => Err(problem),
    }
}

async fn page(web: &Web, v: &Visitor, raw: &Value, problem: Option<&Problem>, status: StatusCode) -> Result<Response, Problem> {
    let t = &v.text;
    let mut builder = Builder::new(t, "register_budget_doc");
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    let mut form = builder.build(&<RegisterBudgetDoc as Draft>::FORM, raw, PATH, t.t("budget.register"));
    form.cancel = Some(Link { href: "/budget-documents".into(), label: t.t("ui.cancel") });
    let title = t.t("budget.register");
    let page = ActPage {
        title: title.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/budget-documents", t.t("nav.budget_docs")), Crumb::here(title)],
        lead: t.t("budget.register_lead"),
        consequences: vec![],
        beside: vec![],
        form,
        danger: false,
    };
    web.show(v, status, &page).await
}

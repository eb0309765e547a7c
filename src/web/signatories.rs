//! Who may sign for one's organisation: the list, a person with a letter added, one taken off.
use super::act::read_body;
use super::block::*;
use super::form_view::{Builder, OptionView, take};
use super::pages::{Crumb, ShowPage};
use super::problem::{Problem, Why};
use super::visitor::Visitor;
use super::{Web, api, step_up, time};
use crate::domain::forms::AddSignatory;
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

const HREF: &str = "/organisation/signatories";

pub async fn page(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    show(&web, &v, &json!({}), None, StatusCode::OK).await
}

async fn show(web: &Web, v: &Visitor, raw: &Value, problem: Option<&Problem>, status: StatusCode) -> Result<Response, Problem> {
    let t = &v.text;
    let (org, people) = web.app.signatories(&v.actor).await?;
    let mut builder = Builder::new(t, "add_signatory");
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    builder.files = super::file::labels(web, v, raw).await?;
    let mut form = builder.build(&<AddSignatory as Draft>::FORM, raw, HREF, t.t("ui.add_signatory"));
    for f in form.sections.iter_mut().flat_map(|s| &mut s.fields).filter(|f| f.name == "account") {
        f.kind = "choice";
        f.widget = "select";
        let option = |a: &Account| OptionView {
            value: a.id.to_string(),
            label: format!("{} {}", a.name, a.email),
            chosen: raw["account"] == json!(a.id),
        };
        f.options = people.iter().map(option).collect();
    }
    let legal = (!org.legal_representative.is_empty()).then(|| {
        let authority = t.t("field.legal_representative");
        vec![Cell::text(org.legal_representative.clone()), Cell::text(authority), Cell::text("—"), Cell::text("—")]
    });
    let mut rows: Vec<_> = legal.into_iter().collect();
    rows.extend(org.signatories.iter().map(|s| {
        vec![
            Cell::text(s.name.clone()),
            Cell::link(t.t("field.letter"), format!("/files/{}", s.letter)),
            Cell::text(s.until.as_ref().map_or_else(|| "—".to_owned(), |d| time::day_text(t, d))),
            Cell::text(time::moment(t, s.added_at)),
        ]
    }));
    let columns = ["field.full_name", "column.authority", "field.until", "column.at"].map(|c| (t.t(c), "text")).to_vec();
    let remove = org.signatories.iter().map(|s| Action {
        name: "remove".into(),
        label: t.with("ui.remove_signatory", &[("name", s.name.clone())]),
        href: format!("{HREF}/{}/removal", s.account),
        method: "post",
        refusal: None,
        danger: true,
        main: false,
    });
    let page = ShowPage {
        title: t.t("ui.signatories"),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to("/account", t.t("ui.account")),
            Crumb::here(t.t("ui.signatories")),
        ],
        number: None,
        tags: vec![],
        steps: vec![],
        turn: None,
        actions: remove.collect(),
        blocks: vec![
            Block::table("signatories", org.name.clone(), columns, rows, String::new()),
            Block::Form { title: t.t("ui.add_signatory"), form },
        ],
    };
    web.show(v, status, &page).await
}

pub async fn add(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    policy::keep_signatories(&v.actor).map_err(crate::app::Error::from)?;
    let mut raw = read_body(&web, &v, request).await?;
    take(&mut raw, "version");
    if let Some(map) = raw.as_object_mut() {
        map.retain(|_, x| !form::is_empty(x));
    }
    let added = match AddSignatory::read(&raw) {
        Ok(form) => web.app.add_signatory(&v.actor, form).await,
        Err(faults) => Err(faults.into()),
    };
    match added.map_err(Problem::from) {
        Ok(_) => Ok(Redirect::to(&format!("{HREF}?done=done")).into_response()),
        Err(p) if p.kind == "step-up-needed" => step_up::ask(&web, &v, HREF, &raw).await,
        Err(p) if matches!(p.why, Why::Plain) => Err(p),
        Err(p) => show(&web, &v, &raw, Some(&p), StatusCode::UNPROCESSABLE_ENTITY).await,
    }
}

/// The form as it had been filled in, after the proof.
pub async fn typed(web: &Web, v: &Visitor, raw: &Value) -> Result<Response, Problem> {
    show(web, v, raw, None, StatusCode::OK).await
}

pub async fn remove(State(web): State<Web>, v: Visitor, Path(account): Path<AccountId>) -> Result<Response, Problem> {
    match web.app.remove_signatory(&v.actor, account).await.map_err(Problem::from) {
        Ok(_) => Ok(Redirect::to(&format!("{HREF}?done=done")).into_response()),
        Err(p) if p.kind == "step-up-needed" => step_up::ask(&web, &v, HREF, &json!({})).await,
        Err(p) => Err(p),
    }
}

fn told(o: &Organisation) -> Value {
    json!({ "organisation": o.id, "legal_representative": o.legal_representative, "signatories": o.signatories })
}

pub async fn json_list(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    Ok(Json(told(&web.app.signatories(&v.actor).await?.0)).into_response())
}

pub async fn json_add(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let form = AddSignatory::read(&api::body(request).await?)?;
    Ok((StatusCode::CREATED, Json(told(&web.app.add_signatory(&v.actor, form).await?))).into_response())
}

pub async fn json_remove(State(web): State<Web>, v: Visitor, Path(account): Path<AccountId>) -> Result<Response, Problem> {
    Ok(Json(told(&web.app.remove_signatory(&v.actor, account).await?)).into_response())
}

//! What came of objections, year by year: for everybody, and without a name.
use super::Web;
use super::block::*;
use super::pages::{Crumb, ShowPage};
use super::problem::Problem;
use super::visitor::Visitor;
use crate::app::outcomes::YearOfObjections;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// `GET /objections/statistics`.
pub async fn statistics(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let t = &v.text;
    let years = web.app.objection_statistics().await?;
    let row = |y: &YearOfObjections| {
        let n = |n: usize| Cell::number(n.to_string());
        let days = y.days_to_decide.map(|d| d.to_string()).unwrap_or_default();
        vec![
            Cell::text(y.year.to_string()),
            n(y.filed),
            n(y.accepted),
            n(y.not_accepted),
            n(y.upheld),
            n(y.partly_upheld),
            n(y.dismissed),
            n(y.withdrawn),
            n(y.late),
            Cell::number(days),
        ]
    };
    let names =
        ["year", "filed", "accepted", "not_accepted", "upheld", "partly_upheld", "dismissed", "withdrawn", "late", "days"];
    let columns = names.iter().map(|c| (t.t(&format!("statistics.{c}")), if *c == "year" { "text" } else { "number" })).collect();
    let table = Block::table("years", t.t("statistics.title"), columns, years.iter().map(row).collect(), t.t("ui.none"));
    let title = t.t("statistics.title");
    let page = ShowPage {
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/notices", t.t("nav.notices")), Crumb::here(title.clone())],
        title,
        number: None,
        tags: vec![],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks: vec![Block::inset(String::new(), t.t("statistics.lead"), "info"), table],
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// `GET /api/v1/objections/statistics`.
pub async fn statistics_json(State(web): State<Web>) -> Result<Response, Problem> {
    Ok(Json(json!({ "items": web.app.objection_statistics().await?, "next": null })).into_response())
}

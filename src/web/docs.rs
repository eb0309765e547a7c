//! The API's document as a page: browsable, offline, without a script from elsewhere.
use super::pages::{Answer, Crumb, DocsPage, Operation, OperationGroup, Parameter};
use super::problem::Problem;
use super::visitor::Visitor;
use super::{Web, openapi};
use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::Value;
use std::collections::BTreeMap;

pub async fn docs(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let t = &v.text;
    let document = openapi::build(&web.pages.texts, web.test_clock);
    let mut groups: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, op) in methods.as_object().into_iter().flatten() {
            let tag = op["tags"][0].as_str().unwrap_or("").to_owned();
            groups.entry(tag).or_default().push(operation(&document, path, method, op, t));
        }
    }
    let groups = groups
        .into_iter()
        .map(|(tag, operations)| OperationGroup { title: t.find(&format!("noun.{tag}")).unwrap_or(&tag).to_owned(), operations })
        .collect();
    let page = DocsPage {
        title: t.t("ui.api_docs"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t("ui.api_docs"))],
        base: "/api/v1".into(),
        groups,
    };
    web.show(&v, StatusCode::OK, &page).await
}

fn pretty(v: &Value) -> Option<String> {
    (!v.is_null()).then(|| serde_json::to_string_pretty(v).unwrap_or_default())
}

fn operation(document: &Value, path: &str, method: &str, op: &Value, t: &super::text::Text) -> Operation {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let parameters = op["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|p| p["$ref"].is_null())
        .map(|p| Parameter {
            name: text(&p["name"]),
            r#where: text(&p["in"]),
            required: p["required"].as_bool().unwrap_or(false),
            text: text(&p["schema"]["type"]),
        })
        .collect();
    let content = &op["requestBody"]["content"]["application/json"];
    let schema = content["schema"]["$ref"].as_str().and_then(|r| document.pointer(r.trim_start_matches('#')));
    let responses = op["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(status, r)| {
            let r = r["$ref"].as_str().and_then(|x| document.pointer(x.trim_start_matches('#'))).unwrap_or(r);
            Answer {
                status: status.clone(),
                text: text(&r["description"]),
                example: pretty(&r["content"]["application/problem+json"]["example"]),
            }
        })
        .collect();
    let open = op["security"].as_array().is_some_and(|s| s.iter().any(|x| x.as_object().is_some_and(serde_json::Map::is_empty)));
    Operation {
        id: text(&op["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&op["summary"]),
        auth: t.t(if open { "docs.open" } else { "docs.token" }),
        parameters,
        body: pretty(&content["example"]),
        schema: schema.and_then(pretty),
        responses,
    }
}

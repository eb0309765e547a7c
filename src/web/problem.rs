//! A failed request, as RFC 9457 tells it; on the HTML tree a layer re-tells it as a page.
use super::form_view::{fault_text, refusal_text};
use super::text::Text;
use crate::app::FilesError;
use crate::app::{Error, StoreError};
use crate::domain::{Faults, Refusal, policy::Denied};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub enum Why {
    Plain,
    Refusal(Refusal),
    Faults(Faults),
}

/// `kind` is the stable name under `/problems/`.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    pub kind: &'static str,
    pub why: Why,
    pub request_id: Option<String>,
    /// What changed a thing since the version that was acted on.
    pub meanwhile: Option<Value>,
}

pub const KINDS: &[(&str, u16)] = &[
    ("bad-request", 400),
    ("sign-in", 401),
    ("forbidden", 403),
    ("same-person", 403),
    ("step-up-needed", 403),
    ("stands-aside", 403),
    ("cross-site", 403),
    ("missing", 404),
    ("method", 405),
    ("refused", 409),
    ("stale", 409),
    ("upload-version", 412),
    ("too-large", 413),
    ("unsupported", 415),
    ("invalid", 422),
    ("file-refused", 422),
    ("key-reused", 422),
    ("too-many", 429),
    ("internal", 500),
    ("busy", 503),
];

impl Problem {
    pub fn new(kind: &'static str) -> Self {
        let status = KINDS.iter().find(|(k, _)| *k == kind).map_or(500, |(_, s)| *s);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, kind, why: Why::Plain, request_id: None, meanwhile: None }
    }
    pub fn faults(faults: Faults) -> Self {
        Self { why: Why::Faults(faults), ..Self::new("invalid") }
    }
    pub fn refused(r: Refusal) -> Self {
        match r.code {
            "wrong_sign_in" => Self { why: Why::Refusal(r), ..Self::new("sign-in") },
            "too_many_tries" => Self { why: Why::Refusal(r), ..Self::new("too-many") },
            _ if r.field.is_some() => Self { why: Why::Refusal(r), ..Self::new("invalid") },
            _ => Self { why: Why::Refusal(r), ..Self::new("refused") },
        }
    }
    pub fn detail(&self, text: &Text) -> String {
        match &self.why {
            Why::Refusal(r) => refusal_text(text, r),
            Why::Faults(f) => text.with("ui.faults_title", &[("n", f.0.len().to_string())]),
            Why::Plain => text.first(&[
                &format!("problem.{}.text", self.kind.replace('-', "_")),
                &format!("problem.{}.text", self.status.as_u16()),
            ]),
        }
    }
    pub fn json(&self, text: &Text) -> Value {
        let mut body = json!({
            "type": format!("/problems/{}", self.kind), "status": self.status.as_u16(),
            "title": text.first(&[&format!("problem.{}.title", self.kind.replace('-', "_")), &format!("problem.{}.title", self.status.as_u16())]),
            "detail": self.detail(text),
        });
        match &self.why {
            Why::Faults(f) => {
                let errors: Vec<Value> =
                    f.0.iter().map(|x| fault_json(x.path.as_str(), x.code, &x.args, fault_text(text, x))).collect();
                body["errors"] = Value::Array(errors);
            }
            Why::Refusal(r) => {
                body["code"] = json!(r.code);
                body["facts"] = r.args.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<serde_json::Map<_, _>>().into();
                if let Some(field) = r.field {
                    body["errors"] = json!([fault_json(field, r.code, &r.args, refusal_text(text, r))]);
                }
            }
            Why::Plain => {}
        }
        if let Some(entries) = &self.meanwhile {
            body["meanwhile"] = entries.clone();
        }
        if self.kind == "step-up-needed" {
            body["prove_at"] = json!("/api/v1/me/step-up");
        }
        if let Some(id) = &self.request_id {
            body["request_id"] = json!(id);
        }
        body
    }
}

fn fault_json(path: &str, code: &str, args: &[(&'static str, String)], message: String) -> Value {
    let facts: serde_json::Map<String, Value> = args.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
    json!({ "field": path, "code": code, "facts": facts, "message": message })
}

impl From<Error> for Problem {
    fn from(e: Error) -> Self {
        match e {
            Error::Missing | Error::Denied(Denied::Hidden) => Self::new("missing"),
            Error::Denied(Denied::Forbidden) => Self::new("forbidden"),
            Error::Denied(Denied::SignIn) => Self::new("sign-in"),
            Error::Denied(Denied::SamePerson) => Self::new("same-person"),
            Error::Denied(Denied::Unproven) => Self::new("step-up-needed"),
            Error::Denied(Denied::StandsAside) => Self::new("stands-aside"),
            Error::Refused(r) => Self::refused(r),
            Error::Faulty(f) => Self::faults(f),
            Error::Store(StoreError::Stale | StoreError::Changed) => Self::new("stale"),
            Error::Store(StoreError::Unfit(why)) => {
                tracing::warn!(%why, "a form was refused by the schema");
                Self::faults(Faults::one("", "value_unfit"))
            }
            Error::Store(StoreError::KeyReused) => Self::new("key-reused"),
            Error::Store(StoreError::Duplicate | StoreError::Replayed { .. }) => Self::new("stale"),
            Error::Busy => Self::new("busy"),
            Error::Files(FilesError::TooLarge { .. }) => Self::new("too-large"),
            Error::Files(FilesError::Kind(k)) => {
                Self { why: Why::Refusal(Refusal::new("file_kind").with("why", k.id())), ..Self::new("file-refused") }
            }
            Error::Files(FilesError::Missing | FilesError::BadKey) => Self::new("missing"),
            Error::Files(FilesError::Broken(_)) => Self::new("bad-request"),
            e => Self::internal(&e),
        }
    }
}

impl Problem {
    /// What nobody foresaw: logged once, with its whole chain; the reader gets a number to name.
    pub fn internal(e: &dyn std::error::Error) -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
        let mut chain = e.to_string();
        let mut source = e.source();
        while let Some(next) = source {
            chain += &format!(": {next}");
            source = next.source();
        }
        tracing::error!(request_id = %id, error = %chain, "request failed");
        Self { request_id: Some(id), ..Self::new("internal") }
    }
}

impl From<minijinja::Error> for Problem {
    fn from(e: minijinja::Error) -> Self {
        Self::internal(&e)
    }
}

impl From<Faults> for Problem {
    fn from(f: Faults) -> Self {
        Self::faults(f)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // A layer on each tree tells it in the reader's language; this is what is left if none does.
        let body = json!({ "type": format!("/problems/{}", self.kind), "status": self.status.as_u16() });
        let mut response = (self.status, Json(body)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(self.status.as_u16(), 429 | 503) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
        }
        if self.status.as_u16() == 401 {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

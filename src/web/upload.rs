//! Uploads that may be cut: tus 1.0.0 (core, creation, expiration, termination), so that any client of that protocol can send.
use super::Web;
use super::problem::Problem;
use super::visitor::Visitor;
use crate::app::upload::Progress;
use crate::domain::{FileId, Refusal};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const VERSION: &str = "1.0.0";
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");

/// `OPTIONS /api/v1/uploads`: what is spoken here.
pub async fn spoken() -> Response {
    let told = [
        (RESUMABLE, VERSION),
        (HeaderName::from_static("tus-version"), VERSION),
        (HeaderName::from_static("tus-extension"), "creation,expiration,termination"),
    ];
    (StatusCode::NO_CONTENT, told).into_response()
}

/// `POST /api/v1/uploads`: begins one, of `Upload-Length` bytes and the `filename` of `Upload-Metadata`.
pub async fn begin(State(web): State<Web>, v: Visitor, headers: HeaderMap) -> Result<Response, Problem> {
    version(&headers)?;
    let length = number(&headers, &LENGTH)?;
    let name = headers.get(METADATA).and_then(|m| m.to_str().ok()).and_then(name_in);
    let name = name.ok_or_else(|| bad("upload_name"))?;
    let begun = web.app.begin_upload(&v.actor, &name, length).await?;
    let href = format!("/api/v1/uploads/{}", begun.id);
    let mut response = (StatusCode::CREATED, [(header::LOCATION, href)], Json(shown(&begun))).into_response();
    tell(&mut response, &begun);
    Ok(response)
}

/// `HEAD` and `GET /api/v1/uploads/{id}`: how far it has come.
pub async fn progress(
    State(web): State<Web>,
    v: Visitor,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    version(&headers)?;
    let far = web.app.upload_progress(&v.actor, id).await?;
    let mut response = Json(shown(&far)).into_response();
    tell(&mut response, &far);
    Ok(response)
}

/// `PATCH /api/v1/uploads/{id}`: the bytes from `Upload-Offset` on.
pub async fn more(State(web): State<Web>, v: Visitor, Path(id): Path<FileId>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers();
    version(headers)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok());
    if kind != Some("application/offset+octet-stream") {
        return Err(Problem::new("unsupported"));
    }
    let offset = number(headers, &OFFSET)?;
    let far = web.app.upload_more(&v.actor, id, offset, request.into_body().into_data_stream()).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    tell(&mut response, &far);
    Ok(response)
}

/// `DELETE /api/v1/uploads/{id}`: gives it up.
pub async fn abandon(
    State(web): State<Web>,
    v: Visitor,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    version(&headers)?;
    web.app.abandon_upload(&v.actor, id).await?;
    Ok((StatusCode::NO_CONTENT, [(RESUMABLE, VERSION)]).into_response())
}

fn shown(far: &Progress) -> Value {
    let href = far.file.as_ref().map(|f| format!("/api/v1/files/{}", f.id));
    json!({ "id": far.id, "offset": far.offset, "length": far.length, "until": far.until, "file": href })
}

fn tell(response: &mut Response, far: &Progress) {
    let until = far.until.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let h = response.headers_mut();
    h.insert(RESUMABLE, HeaderValue::from_static(VERSION));
    h.insert(OFFSET, HeaderValue::from(far.offset));
    h.insert(LENGTH, HeaderValue::from(far.length));
    if let (None, Ok(until)) = (&far.file, HeaderValue::from_str(&until)) {
        h.insert(EXPIRES, until);
    }
    if let Some(file) = &far.file
        && let Ok(href) = HeaderValue::from_str(&format!("/api/v1/files/{}", file.id))
    {
        h.insert(header::CONTENT_LOCATION, href);
    }
}

/// A client that says which version it speaks must speak ours.
fn version(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(RESUMABLE) {
        Some(said) if said != VERSION => Err(Problem::new("upload-version")),
        _ => Ok(()),
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    let said = headers.get(name).and_then(|n| n.to_str().ok());
    let read = said.filter(|n| n.bytes().all(|b| b.is_ascii_digit())).and_then(|n| n.parse().ok());
    read.ok_or_else(|| bad("upload_number"))
}

fn bad(code: &'static str) -> Problem {
    Problem { why: super::problem::Why::Refusal(Refusal::new(code)), ..Problem::new("bad-request") }
}

/// `filename` among pairs of a key and a value in base64.
fn name_in(metadata: &str) -> Option<String> {
    let value = metadata.split(',').find_map(|pair| pair.trim().strip_prefix("filename "))?;
    String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()
}

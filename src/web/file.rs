//! Uploads and downloads: streamed both ways, by permit, always as attachments.
use super::Web;
use super::form_view::decode;
use super::problem::Problem;
use super::visitor::Visitor;
use crate::app::disposition;
use crate::domain::FileId;
use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Files of one request; each is bounded by itself.
const FILES_MOST: usize = 20;
const TEXT_MOST: usize = 64 * 1024;

/// Reads a multipart form: text as typed, each file streamed into the store, its id in the file's place. Routes that come
/// here lift the body limit for forms: what bounds them is the limit of each file and their number.
pub async fn read_multipart(web: &Web, v: &Visitor, request: Request) -> Result<Value, Problem> {
    let mut parts = Multipart::from_request(request, web).await.map_err(|_| Problem::new("bad-request"))?;
    let (mut pairs, mut files) = (vec![], 0);
    while let Some(field) = parts.next_field().await.map_err(|_| Problem::new("bad-request"))? {
        let Some(name) = field.name().map(str::to_owned) else { continue };
        match field.file_name().map(str::to_owned) {
            Some(file) if !file.is_empty() => {
                files += 1;
                if files > FILES_MOST {
                    return Err(Problem::new("too-large"));
                }
                let a = web.app.upload(&v.actor, &file, Box::pin(field)).await?;
                pairs.push((name, a.id.to_string()));
            }
            Some(_) => {}
            None => {
                let text = field.text().await.map_err(|_| Problem::new("bad-request"))?;
                if text.len() > TEXT_MOST {
                    return Err(Problem::new("too-large"));
                }
                pairs.push((name, text));
            }
        }
        if pairs.len() > 1000 {
            return Err(Problem::new("too-large"));
        }
    }
    Ok(decode(pairs))
}

/// Labels of the files that raw input names, to be kept or dropped on the form.
pub async fn labels(web: &Web, raw: &Value) -> Result<Vec<(String, String)>, Problem> {
    let mut ids = vec![];
    let lists = raw.as_object().into_iter().flat_map(|m| m.values());
    for value in lists {
        let one = value.as_str().into_iter();
        for id in value.as_array().into_iter().flatten().filter_map(Value::as_str).chain(one) {
            if let Ok(id) = id.parse::<uuid::Uuid>() {
                ids.push(FileId(id));
            }
        }
    }
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let files = web.app.attachments(&ids).await?;
    Ok(files.into_iter().map(|f| (f.id.to_string(), format!("{} ({})", f.name, size_text(f.size)))).collect())
}

pub fn size_text(bytes: i64) -> String {
    match bytes {
        ..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// `GET /files/{id}`: for those who may read what it hangs on.
pub async fn download(State(web): State<Web>, v: Visitor, Path(id): Path<FileId>) -> Result<Response, Problem> {
    let a = web.app.attachment(&v.actor, id).await?;
    web.app.note_file(&v.actor, &a).await?;
    let bytes = web.app.files.get(&a.key, &a.sha256).await.map_err(crate::app::Error::from)?;
    let mut response = Body::from_stream(bytes).into_response();
    let h = response.headers_mut();
    h.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    h.insert(header::CONTENT_LENGTH, HeaderValue::from(u64::try_from(a.size).unwrap_or(0)));
    h.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition(&a.name)).unwrap_or(HeaderValue::from_static("attachment")),
    );
    h.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    Ok(response)
}

/// `POST /api/v1/files`: one file, multipart field `file`.
pub async fn upload(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    crate::domain::policy::own_account(&v.actor).map_err(crate::app::Error::from)?;
    let raw = read_multipart(&web, &v, request).await?;
    let id = raw.get("file").and_then(Value::as_str).and_then(|s| s.parse().ok()).map(FileId);
    let id = id.ok_or_else(|| Problem::faults(crate::domain::Faults::one("file", "file_missing")))?;
    let a = web.app.attachment(&v.actor, id).await?;
    let body = json!({ "id": a.id, "name": a.name, "size": a.size, "sha256": a.sha256, "kind": a.kind, "href": format!("/api/v1/files/{}", a.id) });
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/api/v1/files/{}", a.id))], axum::Json(body)).into_response())
}

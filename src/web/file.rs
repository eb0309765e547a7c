//! Uploads and downloads: streamed both ways, by permit, always as attachments.
use super::Web;
use super::multipart;
use super::problem::Problem;
use super::visitor::Visitor;
use crate::app::disposition;
use crate::domain::FileId;
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Labels of the files that raw input names, to be kept or dropped on the form.
pub async fn labels(web: &Web, v: &Visitor, raw: &Value) -> Result<Vec<(String, String)>, Problem> {
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
    let files = web.app.readable_files(&v.actor, &ids).await?;
    let mut named: Vec<(String, String)> =
        files.into_iter().map(|f| (f.id.to_string(), format!("{} ({})", f.name, size_text(f.size)))).collect();
    if v.actor.is_visitor() {
        // Whoever has no account may read no file, not even the own; that one is attached is told all the same.
        named.extend(
            ids.iter().enumerate().map(|(n, id)| (id.to_string(), v.text.with("ui.file_kept", &[("n", (n + 1).to_string())]))),
        );
    }
    Ok(named)
}

pub fn size_text(bytes: i64) -> String {
    match bytes {
        ..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// `GET /files/{id}`: for those who may read what it hangs on; a run of its bytes where one is asked for (RFC 9110, 14).
pub async fn download(State(web): State<Web>, v: Visitor, Path(id): Path<FileId>, asked: HeaderMap) -> Result<Response, Problem> {
    let a = web.app.attachment(&v.actor, id).await?;
    web.app.note_file(&v.actor, &a).await?;
    let size = u64::try_from(a.size).unwrap_or(0);
    let range = asked.get(header::RANGE).and_then(|r| r.to_str().ok()).filter(|_| !asked.contains_key(header::IF_RANGE));
    let (mut status, mut run, mut bytes) = (StatusCode::OK, 0..size, None);
    match range.map_or(Asked::Whole, |r| asked_run(r, size)) {
        Asked::Whole => {}
        Asked::Beyond => {
            let none = HeaderValue::from_str(&format!("bytes */{size}")).unwrap_or(HeaderValue::from_static("bytes */*"));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, none)]).into_response());
        }
        Asked::Run(some) => {
            bytes = web.app.run_of(&a, some.clone()).await?;
            if bytes.is_some() {
                (status, run) = (StatusCode::PARTIAL_CONTENT, some);
            }
        }
    }
    let bytes = match bytes {
        Some(bytes) => bytes,
        None => web.app.bytes_of(&a).await?,
    };
    let mut response = (status, Body::from_stream(bytes)).into_response();
    let h = response.headers_mut();
    let plain = HeaderValue::from_static("attachment");
    h.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    h.insert(header::CONTENT_LENGTH, HeaderValue::from(run.end - run.start));
    h.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    h.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition(&a.name)).unwrap_or(plain));
    h.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(range) = HeaderValue::from_str(&format!("bytes {}-{}/{size}", run.start, run.end - 1))
    {
        h.insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Run(std::ops::Range<u64>),
    Beyond,
}

/// What `Range` asks for of so many bytes; what does not read, or asks for several runs, is answered whole, as it may be.
fn asked_run(range: &str, size: u64) -> Asked {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|r| r.trim().split_once('-')) else { return Asked::Whole };
    let number = |s: &str| if s.bytes().all(|b| b.is_ascii_digit()) { s.parse::<u64>().ok() } else { None };
    let run = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(n)) if first.is_empty() => size.saturating_sub(n)..size,
        _ => return Asked::Whole,
    };
    if run.start < run.end { Asked::Run(run) } else { Asked::Beyond }
}

/// `POST /api/v1/files`: one file, multipart field `file`.
pub async fn upload(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    crate::domain::policy::own_account(&v.actor).map_err(crate::app::Error::from)?;
    let raw = multipart::read(&web, &v, request).await?;
    let id = raw.get("file").and_then(Value::as_str).and_then(|s| s.parse().ok()).map(FileId);
    let id = id.ok_or_else(|| Problem::faults(crate::domain::Faults::one("file", "file_missing")))?;
    let a = web.app.attachment(&v.actor, id).await?;
    let body = json!({ "id": a.id, "name": a.name, "size": a.size, "sha256": a.sha256, "kind": a.kind, "href": format!("/api/v1/files/{}", a.id) });
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/api/v1/files/{}", a.id))], axum::Json(body)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_bytes_is_read_as_the_standard_has_it() {
        for (range, asked) in [
            ("bytes=0-0", Asked::Run(0..1)),
            ("bytes=0-", Asked::Run(0..10)),
            ("bytes=3-5", Asked::Run(3..6)),
            ("bytes=8-99999999999999999999", Asked::Whole),
            ("bytes=8-18446744073709551615", Asked::Run(8..10)),
            ("bytes=-3", Asked::Run(7..10)),
            ("bytes=-30", Asked::Run(0..10)),
            ("bytes=10-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=5-3", Asked::Whole),
            ("bytes=0-1,4-5", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("lines=0-1", Asked::Whole),
        ] {
            assert_eq!(asked_run(range, 10), asked, "{range}");
        }
    }
}

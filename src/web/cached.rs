//! Pages that everyone may read, kept in memory as they were sent. A kept page answers as long as the record has not grown and
//! the second has not passed: it can't be older than an act on any node, nor than a deadline. With an account, nothing is kept.
use super::{Web, problem::Problem, visitor};
use crate::domain::hash;
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// What all kept pages may weigh together, in bytes.
const ROOM: u64 = 64 * 1024 * 1024;
/// The greatest page that is kept, in bytes.
const MOST: usize = 2 * 1024 * 1024;
/// The longest address that is kept under its name, in bytes.
const LONGEST: usize = 400;

/// A page with what it was made from.
#[derive(Debug)]
struct Kept {
    made: Made,
    kind: HeaderValue,
    tag: HeaderValue,
    body: Bytes,
}

/// A state of the record and a second of business time: what a public page is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    entries: u64,
    second: i64,
}

/// The pages of one server.
#[derive(Clone, Debug)]
pub struct Cache(moka::sync::Cache<String, Arc<Kept>>);

impl Default for Cache {
    fn default() -> Self {
        let weight = |key: &String, kept: &Arc<Kept>| u32::try_from(key.len() + kept.body.len() + 200).unwrap_or(u32::MAX);
        let minute = std::time::Duration::from_secs(60);
        Self(moka::sync::Cache::builder().max_capacity(ROOM).weigher(weight).time_to_live(minute).build())
    }
}

/// Lists and pages that are the same for everyone without an account.
fn is_public(path: &str) -> bool {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    match path.trim_matches('/').split('/').collect::<Vec<_>>()[..] {
        [""] => true,
        ["challenges" | "notices" | "overview"] => true,
        ["challenges" | "notices", id] => uuid::Uuid::try_parse(id).is_ok(),
        _ => false,
    }
}

/// Under which name a request's answer is kept; none for those that are not: with an account, or told that something is done.
fn key(web: &Web, request: &Request) -> Option<String> {
    let (h, uri) = (request.headers(), request.uri());
    let query = uri.query().unwrap_or("");
    let known = h.contains_key(header::AUTHORIZATION) || visitor::cookie(h, web.cookie_name()).is_some();
    if known || request.method() != Method::GET || !is_public(uri.path()) || uri.path().len() + query.len() > LONGEST {
        return None;
    }
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "done") {
        return None;
    }
    let size = visitor::cookie(h, "size").is_some_and(|s| s == "large");
    Some(format!("{} {size} {}?{query}", visitor::language(h, query).id(), uri.path()))
}

/// Answers from memory what is still true, else keeps the answer.
pub async fn cached(State(web): State<Web>, request: Request, next: Next) -> Response {
    let Some(key) = key(&web, &request) else { return next.run(request).await };
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    // Read before the page is made: what is added meanwhile makes it old, never falsely new.
    let Ok(entries) = web.app.log_size().await else { return next.run(request).await };
    let made = Made { entries, second: web.app.clock.now().as_second() };
    if let Some(kept) = web.cache.0.get(&key).filter(|k| k.made == made) {
        return kept.answer(known.as_ref());
    }
    match keep(next.run(request).await, made).await {
        Ok(kept) => {
            web.cache.0.insert(key, kept.clone());
            kept.answer(known.as_ref())
        }
        Err(response) => response,
    }
}

/// Takes a good answer's bytes; any other goes out as it is.
async fn keep(response: Response, made: Made) -> Result<Arc<Kept>, Response> {
    let kind = response.headers().get(header::CONTENT_TYPE).cloned();
    // An answer that says more than what it is, such as a file with a name, is not a page.
    let plain = response.headers().keys().all(|name| name == header::CONTENT_TYPE || name == header::CONTENT_LENGTH);
    let Some(kind) = kind.filter(|_| plain && response.status() == StatusCode::OK) else {
        return Err(response);
    };
    let body = axum::body::to_bytes(response.into_body(), MOST).await;
    let body = body.map_err(|_| Problem::new("internal").into_response())?;
    let tag = format!("\"{}\"", &hash::sha256_hex(&body)[..32]);
    let tag = HeaderValue::from_str(&tag).map_err(|_| Problem::new("internal").into_response())?;
    Ok(Arc::new(Kept { made, kind, tag, body }))
}

impl Kept {
    /// The page, or that it has not changed.
    fn answer(&self, known: Option<&HeaderValue>) -> Response {
        let same = known.is_some_and(|tags| tags.as_bytes().split(|b| *b == b',').any(|t| t.trim_ascii() == self.tag.as_bytes()));
        let mut h = HeaderMap::with_capacity(8);
        h.insert(header::ETAG, self.tag.clone());
        h.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        h.insert(header::VARY, HeaderValue::from_static("cookie, authorization, accept-language"));
        if same {
            return (StatusCode::NOT_MODIFIED, h).into_response();
        }
        h.insert(HeaderName::from_static("content-type"), self.kind.clone());
        (h, Body::from(self.body.clone())).into_response()
    }
}

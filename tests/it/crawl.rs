//! Everything that somebody can fetch: pages and API, every address of the router's lists and of the API's document with every
//! id there is, and every link that leads on from there. What is kept is what went over the wire.
use crate::support::TestApp;
use axum::{body::Body, http::Request, http::header};
use jiebang::web::openapi;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;

/// Status, headers and body, by address.
pub type Fetched = BTreeMap<String, Vec<u8>>;

/// Pages that hang on nothing.
const PAGES: &[&str] = &[
    "/",
    "/challenges",
    "/mine",
    "/bids",
    "/assignments",
    "/notices",
    "/objections",
    "/contracts",
    "/instalments",
    "/ledger",
    "/bank-statements",
    "/spendings",
    "/talks",
    "/final-accounts",
    "/organisations",
    "/accounts",
    "/experts",
    "/record",
    "/log",
    "/desk",
    "/account",
    "/account/profile",
    "/account/keyholder",
    "/help",
    "/challenges/new",
    "/nothing-here",
    "/challenges?q=%E7%84%A6%E5%8C%96",
    "/api/v1/challenges?q=%E7%84%A6%E5%8C%96",
];

/// Nouns whose pages are asked for with every id.
const NOUNS: &[&str] = &[
    "challenges",
    "bids",
    "assignments",
    "notices",
    "objections",
    "contracts",
    "talks",
    "questions",
    "organisations",
    "accounts",
    "files",
];

/// Below a thing.
const BELOW: &[&str] = &[
    "challenges/{id}/edit",
    "challenges/{id}/handout",
    "bids/{id}/edit",
    "bids/{id}/receipt",
    "bids/{id}/seal-here",
    "assignments/{id}/score",
    "assignments/{id}/acceptance",
    "assignments/{id}/commitment",
    "assignments/{id}/blind-submission",
];

pub struct Crawl<'a> {
    app: &'a TestApp,
    who: &'a str,
    /// Most answers to be taken.
    most: usize,
}

impl<'a> Crawl<'a> {
    pub fn of(app: &'a TestApp, who: &'a str) -> Self {
        Self { app, who, most: 1500 }
    }

    pub fn most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Begins with `ids`, follows what links on.
    pub async fn all(&self, ids: &[Uuid]) -> Fetched {
        let mut queue: VecDeque<String> = PAGES.iter().map(|p| (*p).to_owned()).collect();
        queue.extend(self.documented(ids));
        for id in ids {
            queue.extend(NOUNS.iter().map(|noun| format!("/{noun}/{id}")));
            queue.extend(BELOW.iter().map(|below| format!("/{}", below.replace("{id}", &id.to_string()))));
        }
        let mut known: BTreeSet<String> = queue.iter().cloned().collect();
        let mut out = Fetched::new();
        while let Some(path) = queue.pop_front() {
            if out.len() >= self.most {
                break;
            }
            let answer = self.fetch(&path).await;
            for link in links(&answer) {
                if !known.insert(link.clone()) {
                    continue;
                }
                // Lists to take away first: there are few, and they hold much.
                if link.contains("format=") { queue.push_front(link) } else { queue.push_back(link) }
            }
            out.insert(path, answer);
        }
        out
    }

    /// GETs of the API's document, with every id where one is asked for.
    fn documented(&self, ids: &[Uuid]) -> Vec<String> {
        let document = openapi::build(&jiebang::web::text::Texts::load(), false);
        let mut out = vec![];
        for (path, of) in document["paths"].as_object().unwrap() {
            if of.get("get").is_none() {
                continue;
            }
            let path = format!("/api/v1{}", path.trim_start_matches("/api/v1"));
            match path.contains('{') {
                false => out.push(path),
                true if path.contains("{id}") => out.extend(ids.iter().map(|id| path.replace("{id}", &id.to_string()))),
                true => {}
            }
        }
        out
    }

    pub async fn fetch(&self, path: &str) -> Vec<u8> {
        let mut request = Request::get(path);
        if !self.who.is_empty() {
            request = match path.starts_with("/api/") {
                true => request.header(header::AUTHORIZATION, format!("Bearer {}", self.app.token(self.who).await)),
                false => request.header(header::COOKIE, format!("jiebang={}", self.app.token(self.who).await)),
            };
        }
        let response = tower::ServiceExt::oneshot(self.app.router.clone(), request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let mut out = format!("{}\n", parts.status.as_u16()).into_bytes();
        for (name, value) in &parts.headers {
            out.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        }
        out.push(b'\n');
        out.extend(axum::body::to_bytes(body, 64 << 20).await.unwrap());
        out
    }
}

/// Addresses of our own in a page or an answer: what stands in quotes and begins with a slash.
fn links(answer: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(answer).replace("&#x2f;", "/").replace("&amp;", "&").replace("&#x3d;", "=");
    let quoted = text.split('"').filter(|s| s.starts_with('/') && !s.starts_with("//") && s.len() < 300);
    let ours = |s: &&str| {
        !s.contains(['<', '>', ' ', '{', '\n']) && !s.starts_with("/assets/") && !s.contains("lang=") && !s.contains("size=")
    };
    quoted.filter(ours).map(|s| s.split('#').next().unwrap_or(s).to_owned()).collect()
}

/// What a sweep finds of words in all files of a folder: the files by word.
pub fn sweep(words: &[&str], folder: &std::path::Path) -> BTreeMap<String, Vec<String>> {
    let list = std::env::temp_dir().join(format!("jiebang-words-{}.json", Uuid::new_v4().simple()));
    std::fs::write(&list, serde_json::to_vec(words).unwrap()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sweep/sweep.py");
    let out = std::process::Command::new("python3").arg(script).arg(&list).arg(folder).output().expect("python3 is needed here");
    std::fs::remove_file(list).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

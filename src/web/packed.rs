//! What a reader takes away in one file (ZIP): written as it is gathered, with the record's part, its proofs and a signed manifest.
use super::Web;
use super::problem::Problem;
use super::shown;
use super::visitor::Visitor;
use crate::app::case_file::Part as Record;
use crate::app::{self, Attachment, case_zip, case_zip::Part};
use crate::domain::log::case::{CHECKPOINT, KEY, RECEIPTS};
use crate::domain::{ChallengeId, Noun};
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use uuid::Uuid;

/// So many are written at once; whoever comes then waits.
static WRITING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// Sends the file of a case under this name; its parts come from `gather`.
pub async fn send<F>(web: &Web, id: ChallengeId, name: &str, gather: impl FnOnce(Parts) -> F) -> Result<Response, Problem>
where
    F: Future<Output = Result<(), Problem>> + Send + 'static,
{
    let permit = WRITING.acquire().await.map_err(|_| Problem::new("busy"))?;
    let (parts, take) = channel::<Part>(4);
    let (send, receive) = channel::<std::io::Result<Bytes>>(8);
    let app = web.app.clone();
    let writer = tokio::task::spawn_blocking(move || pack(id, take, &send, |text| app.sign_manifest(text)));
    let gathered = gather(Parts(parts));
    tokio::spawn(async move {
        let _permit = permit;
        if let Err(e) = gathered.await {
            tracing::warn!(problem = ?e, "a file of a case was not written to its end");
        }
        let _done = writer.await;
    });
    let stream = futures_util::stream::unfold(receive, |mut receive| async move { Some((receive.recv().await?, receive)) });
    let name = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// Writes what comes in, on a thread of its own; what goes out waits for its reader.
fn pack(id: ChallengeId, mut take: Receiver<Part>, send: &Sender<std::io::Result<Bytes>>, sign: impl Fn(&str) -> String) {
    struct Out<'a>(&'a Sender<std::io::Result<Bytes>>, Vec<u8>);
    impl std::io::Write for Out<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.1.extend_from_slice(bytes);
            if self.1.len() >= 64 * 1024 {
                self.flush()?;
            }
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            let piece = Bytes::from(std::mem::take(&mut self.1));
            self.0.blocking_send(Ok(piece)).map_err(|_| std::io::Error::other("the reader went away"))
        }
    }
    if let Err(e) = case_zip::write(id.0, Out(send, vec![]), || take.blocking_recv(), sign) {
        let _reader_gone = send.blocking_send(Err(e));
    }
}

/// Where parts go; an error when nobody takes them any more.
#[derive(Debug)]
pub struct Parts(Sender<Part>);

impl Parts {
    async fn send(&self, part: Part) -> Result<(), Problem> {
        self.0.send(part).await.map_err(|_| Problem::new("internal"))
    }

    pub async fn file(&self, path: &str, content: impl Into<Bytes>) -> Result<(), Problem> {
        self.send(Part::File(path.into())).await?;
        self.send(Part::Bytes(content.into())).await
    }

    pub async fn json(&self, path: &str, value: &Value) -> Result<(), Problem> {
        self.file(path, serde_json::to_string_pretty(value).map(|s| s + "\n").unwrap_or_default()).await
    }

    pub async fn attachment(&self, web: &Web, a: &Attachment, path: &str) -> Result<(), Problem> {
        self.send(Part::File(path.into())).await?;
        let mut bytes = web.app.bytes_of(a).await?;
        while let Some(piece) = bytes.next().await {
            self.send(Part::Bytes(piece.map_err(app::Error::from)?)).await?;
        }
        Ok(())
    }

    /// The record's part with its proofs; with it the file is whole.
    pub async fn end(&self, web: &Web, record: &Record) -> Result<(), Problem> {
        self.file(KEY, format!("{}\n", record.key)).await?;
        self.file(CHECKPOINT, record.checkpoint.clone()).await?;
        self.send(Part::File(RECEIPTS.into())).await?;
        for e in &record.entries {
            let receipt = web.app.case_receipt(record, e).await?;
            let line = serde_json::to_string(&receipt).map_err(|e| Problem::internal(&e))? + "\n";
            self.send(Part::Bytes(line.into())).await?;
        }
        self.send(Part::End).await
    }
}

/// One file, as the index names it.
#[derive(Clone, Debug)]
pub struct Named {
    pub path: String,
    pub title: String,
}

impl Named {
    pub fn attachment(a: &Attachment) -> Self {
        Self { path: format!("attachments/{}-{}", a.id.0.simple(), safe(&a.name)), title: a.name.clone() }
    }
}

/// A name that every system can unpack.
fn safe(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || "\\/:*?\"<>|".contains(c) { '_' } else { c }).take(80).collect()
}

/// Those of these things that this reader may read, as the API tells them.
pub async fn things(web: &Web, v: &Visitor, ids: &[(Noun, Uuid)]) -> Result<Vec<(Named, Value)>, Problem> {
    let mut out = vec![];
    for (n, (noun, id)) in ids.iter().enumerate() {
        let shown = match shown::load(web, &v.actor, *noun, *id).await {
            Ok(shown) => shown,
            Err(app::Error::Denied(_) | app::Error::Missing) => continue,
            Err(e) => return Err(e.into()),
        };
        let path = format!("things/{:03}-{}-{}.json", n + 1, noun.id(), id.simple());
        let mut value = shown.json(&v.actor, &v.text);
        // What may be done, and whose turn it is, is of the moment and of the reader.
        for name in ["actions", "turn", "turns", "due_at"] {
            value.as_object_mut().map(|map| map.remove(name));
        }
        out.push((Named { path, title: noun.id().to_owned() }, value));
    }
    Ok(out)
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}\
    table{border-collapse:collapse;width:100%}td,th{border:1px solid #d0d7de;padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
    .wide{overflow-x:auto}.wide :is(td,th){overflow-wrap:break-word}.wide th{background:#f3f4f6}.sum{white-space:nowrap}\
    h2{margin-top:2.5rem}a{color:#0b57d0}del{color:#b3261e}ins{color:#1a6b34}@media print{a{color:inherit}}";

pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n{body}\n</html>\n",
        escaped(title)
    )
}

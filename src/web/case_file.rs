//! A case in one file (ZIP): what an auditor takes away, reads without a network, and can prove years later.
use super::problem::Problem;
use super::shown;
use super::text::{Lang, Text};
use super::visitor::Visitor;
use super::{Web, flags, time};
use crate::app::case_file::Part as Record;
use crate::app::{self, case_zip, case_zip::Part};
use crate::domain::log::case::{CHECKPOINT, KEY, RECEIPTS};
use crate::domain::*;
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// So many case files are written at once; whoever comes then waits.
static WRITING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// `GET /challenges/{id}/case.zip`.
pub async fn download(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Result<Response, Problem> {
    let record = web.app.case_part(&v.actor, id).await?;
    web.app.note_export(&v.actor, Noun::Challenge, id.0, Some(id)).await?;
    let permit = WRITING.acquire().await.map_err(|_| Problem::new("busy"))?;
    let (parts, take) = channel::<Part>(4);
    let (send, receive) = channel::<std::io::Result<Bytes>>(8);
    let app = web.app.clone();
    let writer = tokio::task::spawn_blocking(move || pack(id, take, &send, |text| app.sign_manifest(text)));
    tokio::spawn(async move {
        let _permit = permit;
        if let Err(e) = gather(&web, &v, id, &record, &parts).await {
            tracing::warn!(problem = ?e, "a case file was not written to its end");
        }
        drop(parts);
        let _done = writer.await;
    });
    let stream = futures_util::stream::unfold(receive, |mut receive| async move { Some((receive.recv().await?, receive)) });
    let name = format!("attachment; filename=\"case-{id}.zip\"");
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
struct Parts<'a>(&'a Sender<Part>);

impl Parts<'_> {
    async fn send(&self, part: Part) -> Result<(), Problem> {
        self.0.send(part).await.map_err(|_| Problem::new("internal"))
    }
    async fn file(&self, path: &str, content: impl Into<Bytes>) -> Result<(), Problem> {
        self.send(Part::File(path.into())).await?;
        self.send(Part::Bytes(content.into())).await
    }
    async fn json(&self, path: &str, value: &Value) -> Result<(), Problem> {
        self.file(path, pretty(value)).await
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).map(|s| s + "\n").unwrap_or_default()
}

/// One file of the case, as the index names it.
struct Named {
    path: String,
    title: String,
}

async fn gather(web: &Web, v: &Visitor, id: ChallengeId, record: &Record, parts: &Sender<Part>) -> Result<(), Problem> {
    let parts = Parts(parts);
    let texts = Lang::ALL.map(|lang| web.pages.texts.of(lang));
    let c = web.app.challenge(&v.actor, id).await?;
    let things = things(web, v, &c).await?;
    let files = web.app.case_attachments(&v.actor, id).await?;
    let named: Vec<Named> = files
        .iter()
        .map(|a| Named { path: format!("attachments/{}-{}", a.id.0.simple(), safe(&a.name)), title: a.name.clone() })
        .collect();
    let papers = papers(web, v, &texts, id).await?;
    let listed: Vec<&Named> = papers.iter().map(|(n, _)| n).filter(|n| n.path.ends_with(".html")).chain(&named).collect();
    parts.file("index.html", index(&texts, &c, record, &things, &listed)).await?;
    parts.file("story.html", story_page(&texts, &c, record)).await?;
    parts.json("story.json", &Value::Array(record.entries.iter().map(|e| e.body.clone()).collect())).await?;
    for (n, value) in &things {
        parts.json(&n.path, value).await?;
    }
    parts.json("flags.json", &flags::case_value(&texts[0], &web.app.case_flags(&v.actor, id).await?)).await?;
    let reads = web.app.reads(&v.actor, app::reads::Of::Case(id), None, 10_000).await?;
    parts.json("reads.json", &reads.iter().map(super::reads::read_json).collect()).await?;
    for (n, content) in papers {
        parts.file(&n.path, content).await?;
    }
    for (a, n) in files.iter().zip(&named) {
        parts.send(Part::File(n.path.clone())).await?;
        let mut bytes = web.app.bytes_of(a).await?;
        while let Some(piece) = bytes.next().await {
            parts.send(Part::Bytes(piece.map_err(app::Error::from)?)).await?;
        }
    }
    parts.file(KEY, format!("{}\n", record.key)).await?;
    parts.file(CHECKPOINT, record.checkpoint.clone()).await?;
    parts.send(Part::File(RECEIPTS.into())).await?;
    for e in &record.entries {
        let receipt = web.app.case_receipt(record, e).await?;
        let line = serde_json::to_string(&receipt).map_err(|e| Problem::internal(&e))? + "\n";
        parts.send(Part::Bytes(line.into())).await?;
    }
    parts.send(Part::End).await
}

/// A name that every system can unpack.
fn safe(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || "\\/:*?\"<>|".contains(c) { '_' } else { c }).take(80).collect()
}

/// Every issued document in both languages: the very bytes whose hash the record tells, and a page to read them.
async fn papers(web: &Web, v: &Visitor, texts: &[Text; 2], id: ChallengeId) -> Result<Vec<(Named, String)>, Problem> {
    let mut all = web.app.case_documents(&v.actor, id).await?;
    all.sort_by_key(|d| (d.at, d.id));
    let mut out = vec![];
    for (n, d) in all.iter().enumerate() {
        for t in texts {
            let lang = t.lang;
            let title = format!("{} {}", t.t(&format!("document.{}", d.kind.id())), d.number);
            let stem = format!("documents/{:03}-{}-{}", n + 1, d.kind.id(), lang.id());
            let read = d.document(lang).map_err(app::Error::from)?.text();
            let html =
                page(&title, &format!("<pre lang=\"{}\" style=\"white-space:pre-wrap\">{}</pre>", lang.id(), escaped(&read)));
            out.push((Named { path: format!("{stem}.html"), title: title.clone() }, html));
            out.push((Named { path: format!("{stem}.json"), title }, d.canonical(lang).to_owned()));
        }
    }
    Ok(out)
}

/// Every thing of the case that this reader may read, as the API tells it.
async fn things(web: &Web, v: &Visitor, c: &Challenge) -> Result<Vec<(Named, Value)>, Problem> {
    let case = web.app.case(&v.actor, c.id).await?;
    let mut ids = vec![(Noun::Challenge, c.id.0)];
    ids.extend(case.questions.iter().map(|x| (Noun::Question, x.id.0)));
    ids.extend(case.bids.iter().map(|x| (Noun::Bid, x.id.0)));
    ids.extend(case.assignments.iter().map(|x| (Noun::Assignment, x.id.0)));
    ids.extend(case.talks.iter().map(|x| (Noun::Talk, x.id.0)));
    ids.extend(case.notices.iter().map(|x| (Noun::Notice, x.id.0)));
    ids.extend(case.objections.iter().map(|x| (Noun::Objection, x.id.0)));
    for k in &case.contracts {
        let (milestones, instalments, changes, acceptances) = web.app.parts_of_contract(k).await?;
        ids.push((Noun::Contract, k.id.0));
        ids.extend(milestones.iter().map(|x| (Noun::Milestone, x.id.0)));
        ids.extend(instalments.iter().map(|x| (Noun::Instalment, x.id.0)));
        ids.extend(changes.iter().map(|x| (Noun::Change, x.id.0)));
        ids.extend(acceptances.iter().map(|x| (Noun::Acceptance, x.id.0)));
    }
    let mut out = vec![];
    for (n, (noun, id)) in ids.into_iter().enumerate() {
        let shown = match shown::load(web, &v.actor, noun, id).await {
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}\
    table{border-collapse:collapse;width:100%}td,th{border:1px solid #d0d7de;padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
    h2{margin-top:2.5rem}a{color:#0b57d0}del{color:#b3261e}ins{color:#1a6b34}@media print{a{color:inherit}}";

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n{body}\n</html>\n",
        escaped(title)
    )
}

/// The first page: what this is, what is in it, how it is checked; in both languages.
fn index(texts: &[Text; 2], c: &Challenge, record: &Record, things: &[(Named, Value)], files: &[&Named]) -> String {
    let mut body = format!("<h1>{}</h1>\n", escaped(&c.title));
    for t in texts {
        let facts = [
            ("number", c.number.clone().unwrap_or_default()),
            ("entries", record.entries.len().to_string()),
            ("withheld", record.withheld.to_string()),
            ("size", record.size.to_string()),
        ];
        body += &format!(
            "<section lang=\"{}\">\n<h2>{}</h2>\n<p>{}</p>\n<p>{}</p>\n",
            t.lang.id(),
            escaped(&t.t("case.title")),
            escaped(&t.with("case.lead", &facts)),
            escaped(&t.t("case.check"))
        );
        body += &format!("<p><a href=\"story.html\">{}</a></p>\n<table>\n", escaped(&t.t("case.story")));
        for (n, value) in things {
            let state = t.t(&format!("state.{}.{}", n.title, value["state"].as_str().unwrap_or("")));
            body += &format!(
                "<tr><td>{}</td><td>{}</td><td><a href=\"{}\">JSON</a></td></tr>\n",
                escaped(&t.t(&format!("noun.{}", n.title))),
                escaped(&format!("{} {state}", value["number"].as_str().unwrap_or(""))),
                n.path
            );
        }
        for f in files {
            body += &format!(
                "<tr><td>{}</td><td colspan=\"2\"><a href=\"{}\">{}</a></td></tr>\n",
                escaped(&t.t(if f.path.starts_with("documents/") { "case.paper" } else { "reads.file" })),
                escaped(&f.path),
                escaped(&f.title)
            );
        }
        body += "</table>\n</section>\n";
    }
    page(&c.title, &body)
}

/// The whole story: who did what when, why, and what it changed from what to what.
fn story_page(texts: &[Text; 2], c: &Challenge, record: &Record) -> String {
    let mut body = format!("<h1>{}</h1>\n", escaped(&c.title));
    for t in texts {
        body += &format!("<section lang=\"{}\">\n<h2>{}</h2>\n<table>\n", t.lang.id(), escaped(&t.t("case.story")));
        for e in &record.entries {
            let said = &e.body["event"];
            let changes = said["changes"].as_array().into_iter().flatten().map(|c| {
                let of = |name: &str| escaped(c[name].as_str().unwrap_or(""));
                format!("<br>{}: <del>{}</del> → <ins>{}</ins>", of("path"), of("before"), of("after"))
            });
            let reason = said["reason"].as_str().map(|r| format!("<br>{}", escaped(r))).unwrap_or_default();
            let what = t.first(&[&format!("event.{}", e.kind), &format!("act.{}", e.kind)]);
            let step = match (said["from"].as_str(), said["to"].as_str(), e.kind.split_once('.')) {
                (Some(from), Some(to), Some((noun, _))) if from != to => {
                    format!(
                        "<br><small>{} → {}</small>",
                        escaped(&t.t(&format!("state.{noun}.{from}"))),
                        escaped(&t.t(&format!("state.{noun}.{to}")))
                    )
                }
                _ => String::new(),
            };
            body += &format!(
                "<tr><td>{}</td><td>{}</td><td>{} · {}</td><td>{}{step}{reason}{}</td></tr>\n",
                e.seq,
                escaped(&time::moment(t, e.at)),
                escaped(&e.actor_name),
                escaped(&t.t(&format!("role.{}", e.actor_role))),
                escaped(&what),
                changes.collect::<String>()
            );
        }
        body += "</table>\n</section>\n";
    }
    page(&c.title, &body)
}

//! A case in one file (ZIP): what an auditor takes away, reads without a network, and can prove years later.
use super::packed::{self, Named, Parts, escaped, page};
use super::problem::Problem;
use super::text::{Lang, Text};
use super::visitor::Visitor;
use super::{Web, flags, time};
use crate::app::{self, case_file::Part as Record};
use crate::domain::*;
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::Value;
use uuid::Uuid;

/// `GET /challenges/{id}/case.zip`.
pub async fn download(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Result<Response, Problem> {
    let record = web.app.case_part(&v.actor, id).await?;
    super::list::export::proven(&v)?;
    web.app.note_export(&v.actor, Noun::Challenge, id.0, Some(id)).await?;
    let from = web.clone();
    let gather = move |parts| async move { gather(&from, &v, id, &record, &parts).await };
    packed::send(&web, id, &format!("case-{id}.zip"), gather).await
}

async fn gather(web: &Web, v: &Visitor, id: ChallengeId, record: &Record, parts: &Parts) -> Result<(), Problem> {
    let texts = Lang::ALL.map(|lang| web.pages.texts.of(lang));
    let c = web.app.challenge(&v.actor, id).await?;
    let things = packed::things(web, v, &ids(web, v, &c).await?).await?;
    let files = web.app.case_attachments(&v.actor, id).await?;
    let named: Vec<Named> = files.iter().map(Named::attachment).collect();
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
        parts.attachment(web, a, &n.path).await?;
    }
    parts.end(web, record).await
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

/// Every thing of the case.
async fn ids(web: &Web, v: &Visitor, c: &Challenge) -> Result<Vec<(Noun, Uuid)>, Problem> {
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
    Ok(ids)
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
            escaped(&t.with("case.check", &[("file", "case.zip".to_owned())]))
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

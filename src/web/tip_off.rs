//! Clues without a name (举报线索) and records of lobbying (请托): the form for anybody, the inspector's list, one's own copies.
use super::block::*;
use super::blocks::state_tag;
use super::form_view::{Builder, decode, option_text};
use super::pages::{Crumb, ShowPage};
use super::problem::{Problem, Why};
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::{Page, disposition, tip_off::Said};
use crate::domain::forms::FileTipOff;
use crate::domain::*;
use axum::{
    Json,
    extract::{FromRequest, Multipart, Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

type Answer = Result<Response, Problem>;

#[derive(Deserialize)]
pub struct About {
    challenge: Option<Uuid>,
}

/// `GET /tip-off`: the form. It asks for no name, and none is taken from a session.
pub async fn form(State(web): State<Web>, v: Visitor, Query(q): Query<About>) -> Answer {
    let raw = q.challenge.map_or(json!({}), |c| json!({ "challenge": c, "about": "challenge" }));
    show_form(&web, &v, &raw, None).await
}

async fn show_form(web: &Web, v: &Visitor, raw: &Value, problem: Option<&Problem>) -> Answer {
    let t = &v.text;
    let mut builder = Builder::new(t, FileTipOff::FORM.name);
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    let mut form = builder.build(&FileTipOff::FORM, raw, "/tip-off", t.t("tip_off.send"));
    for field in form.sections.iter_mut().flat_map(|s| &mut s.fields).filter(|f| f.name == "challenge") {
        field.kind = "hidden";
    }
    let blocks = vec![
        Block::inset(t.t("tip_off.promise"), t.t("tip_off.promise_text"), "info"),
        Block::Form { title: t.t("tip_off.title"), form },
    ];
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    shown(web, v, status, t.t("tip_off.title"), blocks).await
}

async fn shown(web: &Web, v: &Visitor, status: StatusCode, title: String, blocks: Vec<Block>) -> Answer {
    let crumbs = vec![Crumb::to("/", v.text.t("ui.home")), Crumb::here(title.clone())];
    let page = ShowPage { title, crumbs, number: None, tags: vec![], steps: vec![], turn: None, actions: vec![], blocks };
    web.show(v, status, &page).await
}

/// Files go from the request into memory and from there, sealed, into the database: nothing of them touches a disk in the clear.
async fn read(web: &Web, request: Request) -> Result<(Value, Vec<(String, Vec<u8>)>), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or("").to_owned();
    if !kind.starts_with("multipart/form-data") {
        let bytes = axum::body::to_bytes(request.into_body(), 256 * 1024).await.map_err(|_| Problem::new("too-large"))?;
        return Ok((decode(form_urlencoded::parse(&bytes).map(|(n, v)| (n.into_owned(), v.into_owned())).take(50)), vec![]));
    }
    let mut parts = Multipart::from_request(request, web).await.map_err(|_| Problem::new("bad-request"))?;
    let (mut pairs, mut files) = (vec![], vec![]);
    while let Some(mut field) = parts.next_field().await.map_err(|_| Problem::new("bad-request"))? {
        let (name, file) = (field.name().unwrap_or_default().to_owned(), field.file_name().map(str::to_owned));
        let mut bytes = vec![];
        while let Some(chunk) = field.chunk().await.map_err(|_| Problem::new("bad-request"))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > tip_off::TIP_OFF_FILE_MOST || files.len() > tip_off::TIP_OFF_FILES || pairs.len() > 50 {
                return Err(Problem::new("too-large"));
            }
        }
        match file {
            Some(file) if !file.is_empty() => files.push((file, bytes)),
            Some(_) => {}
            None => pairs.push((name, String::from_utf8(bytes).map_err(|_| Problem::new("bad-request"))?)),
        }
    }
    Ok((decode(pairs), files))
}

/// `POST /tip-off`.
pub async fn submit(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let (mut raw, files) = read(&web, request).await?;
    if let Some(map) = raw.as_object_mut() {
        map.retain(|name, x| name != "files" && !form::is_empty(x));
    }
    let filed = match FileTipOff::read(&raw) {
        Ok(form) => web.app.file_tip_off(form, files).await.map_err(Problem::from),
        Err(faults) => Err(Problem::faults(faults)),
    };
    match filed {
        Ok(x) => super::follow::receipt(&web, &v, Noun::TipOff, x.id.0).await,
        Err(p) if matches!(p.why, Why::Plain) => Err(p),
        Err(p) => show_form(&web, &v, &raw, Some(&p)).await,
    }
}

/// `POST /api/v1/tip-offs`: the same without files.
pub async fn submit_json(State(web): State<Web>, _v: Visitor, request: Request) -> Answer {
    let raw = super::api::body(request).await?;
    let x = web.app.file_tip_off(FileTipOff::read(&raw)?, vec![]).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": x.id, "noun": "tip_off", "code": web.app.code_of(x.id.0) }))).into_response())
}

/// `GET /tip-offs`: for the inspector.
pub async fn list(State(web): State<Web>, v: Visitor) -> Answer {
    let (t, m) = (&v.text, web.app.glance().await?);
    let listed = web.app.tip_offs(&v.actor, Page { after: None, limit: Page::MOST }).await?;
    let titles = web.app.titles(&listed.items.iter().filter_map(|x| x.challenge).collect::<Vec<_>>()).await?;
    let rows = listed
        .items
        .iter()
        .map(|x| {
            let title = x.challenge.and_then(|c| titles.get(&c).cloned()).unwrap_or_else(|| t.t("tip_off.no_case"));
            vec![
                Cell::link(title, format!("/tip-offs/{}", x.id)),
                Cell::tag(state_tag(t, Noun::TipOff, x.head.state.id())),
                x.head.due.map_or_else(|| Cell::text(""), |d| Cell::clock(&time::due(t, d, &m))),
            ]
        })
        .collect();
    let columns = vec![(t.t("column.challenge"), "text"), (t.t("column.state"), "text"), (t.t("column.due"), "clock")];
    let table = Block::table("list", t.t("nav.tip_offs"), columns, rows, t.t("ui.none"));
    shown(&web, &v, StatusCode::OK, t.t("nav.tip_offs"), vec![table]).await
}

/// `GET /api/v1/tip-offs`.
pub async fn list_json(State(web): State<Web>, v: Visitor) -> Answer {
    let listed = web.app.tip_offs(&v.actor, Page { after: None, limit: Page::MOST }).await?;
    let items: Vec<Value> = listed
        .items
        .iter()
        .map(|x| json!({ "id": x.id, "state": x.head.state, "since": x.head.since, "due_at": x.head.due, "challenge": x.challenge, "href": format!("/api/v1/tip-offs/{}", x.id) }))
        .collect();
    Ok(Json(json!({ "items": items, "next": listed.next.map(super::list::key_text) })).into_response())
}

/// What was said, with files and clocks, for the inspector's page.
pub fn blocks(t: &super::text::Text, x: &TipOff, said: &[Said], m: &Moment) -> Vec<Block> {
    let mut out = words(t, said);
    let file = |(n, id): (usize, &Uuid)| {
        vec![Cell::link(t.with("tip_off.file", &[("n", (n + 1).to_string())]), format!("/tip-offs/{}/files/{id}", x.id))]
    };
    if !x.files.is_empty() {
        let rows = x.files.iter().enumerate().map(file).collect();
        out.push(Block::table("files", t.t("block.files"), vec![(t.t("block.files"), "text")], rows, String::new()));
    }
    out.push(super::show::clock_block(t, &x.deadlines, m));
    out
}

pub fn words(t: &super::text::Text, said: &[Said]) -> Vec<Block> {
    let one = |(n, s): (usize, &Said)| Block::Text {
        title: format!("{} · {}", t.t(&format!("tip_off.by.{}", s.by)), time::moment(t, s.at)),
        id: format!("word-{n}"),
        paragraphs: s.text.lines().map(str::to_owned).collect(),
    };
    said.iter().enumerate().map(one).collect()
}

/// `GET /tip-offs/{id}/files/{file}`.
pub async fn file(State(web): State<Web>, v: Visitor, Path((id, file)): Path<(TipOffId, Uuid)>) -> Answer {
    let (name, bytes) = web.app.tip_off_file(&v.actor, id, file).await?;
    let mut response = bytes.into_response();
    let h = response.headers_mut();
    h.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let attachment = HeaderValue::from_static("attachment");
    h.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition(&name)).unwrap_or(attachment));
    h.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    Ok(response)
}

/// `GET /lobbying`: all for the inspector, one's own for everybody, how many on each case for the auditor.
pub async fn lobbying(State(web): State<Web>, v: Visitor) -> Answer {
    let t = &v.text;
    let all = web.app.lobbying(&v.actor).await?;
    let mut cases: Vec<ChallengeId> = all.iter().map(|(x, _)| x.challenge).collect();
    let counts = if policy::oversee(&v.actor).is_ok() { web.app.whispers(&v.actor).await? } else { vec![] };
    cases.extend(counts.iter().filter_map(|w| w.challenge));
    let titles = web.app.titles(&cases).await?;
    let title = |c: ChallengeId| titles.get(&c).cloned().unwrap_or_default();
    let rows = all
        .iter()
        .map(|(x, w)| {
            vec![
                Cell::link(title(x.challenge), format!("/challenges/{}", x.challenge)),
                Cell::text(w.who.clone()),
                Cell::text(time::day_text(t, &w.happened_on)).note(option_text(t, "how", &w.how)),
                Cell::text(w.about.clone()),
                Cell::text(w.by.clone()).note(t.t(&format!("role.{}", w.role))),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.challenge"), "text"),
        (t.t("field.who"), "text"),
        (t.t("field.happened_on"), "text"),
        (t.t("field.about"), "text"),
        (t.t("lobbying.by"), "text"),
    ];
    let mut blocks = vec![
        Block::inset(String::new(), t.t("lobbying.lead"), "info"),
        Block::table("lobbying", t.t("nav.lobbying"), columns, rows, t.t("ui.none")),
    ];
    if !counts.is_empty() {
        let rows = counts
            .iter()
            .map(|w| {
                let case = w.challenge.map_or_else(|| t.t("tip_off.no_case"), title);
                vec![Cell::text(case), Cell::number(w.tip_offs.to_string()), Cell::number(w.lobbying.to_string())]
            })
            .collect();
        let columns = vec![(t.t("column.challenge"), "text"), (t.t("nav.tip_offs"), "number"), (t.t("nav.lobbying"), "number")];
        blocks.push(Block::table("counts", t.t("lobbying.counts"), columns, rows, t.t("ui.none")));
    }
    shown(&web, &v, StatusCode::OK, t.t("nav.lobbying"), blocks).await
}

/// `GET /api/v1/lobbying`.
pub async fn lobbying_json(State(web): State<Web>, v: Visitor) -> Answer {
    let all = web.app.lobbying(&v.actor).await?;
    let items: Vec<Value> =
        all.iter().map(|(x, w)| json!({ "id": x.id, "challenge": x.challenge, "at": x.at, "record": w })).collect();
    let counts = if policy::oversee(&v.actor).is_ok() { web.app.whispers(&v.actor).await? } else { vec![] };
    Ok(Json(json!({ "items": items, "counts": counts, "next": null })).into_response())
}

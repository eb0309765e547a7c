//! The auditor's desk: what asks for a look, what was asked and by when it is answered, what was read, whether the record holds.
use super::block::*;
use super::problem::Problem;
use super::visitor::Visitor;
use super::{Web, flags, time};
use crate::app::{Filter, Page};
use crate::domain::*;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

/// Flags on the desk itself; the rest is one step away.
const FLAGS_MOST: usize = 20;

/// What stands beside the queue of auditor and supervisor.
pub async fn desk(web: &Web, v: &Visitor, m: &Moment) -> Result<Vec<Block>, Problem> {
    Ok(vec![
        open_flags(web, v).await?,
        findings(web, v, m).await?,
        super::reads::unusual(web, v).await?,
        holds(web, v).await?,
        run_form(v),
        cases(web, v).await?,
    ])
}

/// The newest check, and how old the newest checkpoint is.
async fn holds(web: &Web, v: &Visitor) -> Result<Block, Problem> {
    let t = &v.text;
    let mut items = vec![match web.app.last_verification(&v.actor).await? {
        None => Item::new(t.t("verification.last"), t.t("verification.never")),
        Some(run) => {
            let facts = [
                ("done", run.done.to_string()),
                ("size", run.size.to_string()),
                ("says", run.result["says"].as_str().unwrap_or("").to_owned()),
                ("code", run.result["code"].as_str().unwrap_or("").to_owned()),
                ("entry", run.result["seq"].to_string()),
            ];
            let when = format!("{} · {}", time::moment(t, run.at), run.name);
            Item::new(t.t("verification.last"), t.with(&format!("verification.{}", run.state), &facts)).note(when)
        }
    }];
    items.push(match web.app.checkpoint_at().await? {
        None => Item::new(t.t("verification.checkpoint"), t.t("log.unsigned")),
        Some((size, at)) => {
            let age = web.app.clock.now().duration_since(at).as_mins().max(0);
            let facts = [("minutes", age.to_string()), ("size", size.to_string())];
            Item::new(t.t("verification.checkpoint"), t.with("verification.age", &facts)).note(time::moment(t, at)).href("/log")
        }
    });
    if policy::read_ledger(&v.actor).is_ok() {
        items.push(Item::new(t.t("nav.ledger"), t.t("ui.see")).href("/ledger"));
    }
    items.push(Item::new(t.t("nav.record"), t.t("ui.see")).href("/record"));
    Ok(Block::summary("holds", t.t("verification.title"), items))
}

/// The button that begins a check.
fn run_form(v: &Visitor) -> Block {
    let run = Action { method: "post", ..Action::link("verify", v.text.t("verification.start"), "/desk/verification") };
    Block::Actions { title: v.text.t("verification.start_title"), id: "verify".into(), items: vec![run] }
}

/// The newest cases, each with what an auditor takes from it.
async fn cases(web: &Web, v: &Visitor) -> Result<Block, Problem> {
    let t = &v.text;
    let listed = web.app.own_challenges(&v.actor, vec![], Page::first(10)).await?;
    let now = web.app.clock.now();
    let row = |c: &Challenge| {
        let to = |label: &str, path: &str| Cell::link(t.t(label), format!("/challenges/{}/{path}", c.id));
        vec![
            Cell::link(c.title.clone(), format!("/challenges/{}", c.id)).note(c.number.clone().unwrap_or_default()),
            Cell::tag(super::blocks::state_tag(t, Noun::Challenge, c.state_at(now).id())),
            to("flag.title", "flags"),
            to("case.download", "case.zip"),
            to("redraw.title", "redraws"),
            to("nav.reads", "reads"),
        ]
    };
    let columns = ["challenge", "state", "flag", "case_file", "draws", "read"]
        .iter()
        .map(|c| (t.t(&format!("column.{c}")), "text"))
        .collect();
    Ok(Block::table("cases", t.t("case.cases"), columns, listed.items.iter().map(row).collect(), t.t("ui.none")))
}

/// `POST /desk/verification`.
pub async fn verify(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    web.app.start_verification(&v.actor).await?;
    Ok(Redirect::to("/desk?done=done#holds").into_response())
}

/// `POST /api/v1/verifications`.
pub async fn verify_json(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let run = web.app.start_verification(&v.actor).await?;
    Ok((StatusCode::ACCEPTED, Json(run)).into_response())
}

/// `GET /api/v1/verifications`: the newest.
pub async fn run_json(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let run = web.app.last_verification(&v.actor).await?.ok_or_else(|| Problem::new("missing"))?;
    Ok(Json(run).into_response())
}

async fn open_flags(web: &Web, v: &Visitor) -> Result<Block, Problem> {
    let t = &v.text;
    let mut rows = flags::rows(t, &web.app.all_flags(&v.actor, false).await?);
    let more = rows.len().saturating_sub(FLAGS_MOST);
    rows.truncate(FLAGS_MOST);
    let mut table = Block::table("flags", t.t("flag.open_title"), flags::columns(t), rows, t.t("flag.none"));
    if let Block::Table { foot, .. } = &mut table
        && more > 0
    {
        foot.push(vec![Cell::link(t.with("flag.more", &[("n", more.to_string())]), "/flags")]);
    }
    Ok(table)
}

/// Questions that were asked and are not settled, with their clocks.
async fn findings(web: &Web, v: &Visitor, m: &Moment) -> Result<Block, Problem> {
    let t = &v.text;
    let running = [FindingState::Asked, FindingState::Answered].iter().map(|s| s.id().into()).collect();
    let listed = web.app.own::<Finding>(&v.actor, vec![Filter::In("state", running)], Page::first(20)).await?;
    let titles = web.app.titles(&listed.items.iter().map(|x| x.challenge).collect::<Vec<_>>()).await?;
    let row = |x: &Finding| {
        let due = x.head.due.map_or_else(|| Cell::text(""), |at| Cell::clock(&time::due(t, at, m)));
        let state = super::blocks::state_tag(t, Noun::Finding, x.head.state.id());
        vec![
            Cell::link(flags::name(t, x.flag.kind), format!("/findings/{}", x.id)),
            Cell::text(titles.get(&x.challenge).cloned().unwrap_or_default()),
            Cell::tag(state),
            due,
        ]
    };
    let columns = vec![
        (t.t("column.flag"), "text"),
        (t.t("column.challenge"), "text"),
        (t.t("column.state"), "text"),
        (t.t("column.due"), "clock"),
    ];
    Ok(Block::table(
        "findings",
        t.t("flag.findings_title"),
        columns,
        listed.items.iter().map(row).collect(),
        t.t("flag.no_findings"),
    ))
}

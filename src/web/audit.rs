//! The auditor's desk: what asks for a look, what was asked and by when it is answered, what was read, whether the record holds.
use super::block::*;
use super::problem::Problem;
use super::visitor::Visitor;
use super::{Web, flags, time};
use crate::app::{Filter, Page};
use crate::domain::*;

/// Flags on the desk itself; the rest is one step away.
const FLAGS_MOST: usize = 20;

/// What stands beside the queue of auditor and supervisor.
pub async fn desk(web: &Web, v: &Visitor, m: &Moment) -> Result<Vec<Block>, Problem> {
    Ok(vec![open_flags(web, v).await?, findings(web, v, m).await?, super::reads::unusual(web, v).await?])
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

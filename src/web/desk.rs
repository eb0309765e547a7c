//! Each role's first screen after signing in: what waits for it, the most urgent first.
use super::block::*;
use super::pages::{DeskGroup, DeskItem, DeskPage, Number};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, list, time};
use crate::app::{Page, Waiting};
use crate::domain::*;
use axum::{extract::State, http::StatusCode, response::Response};

pub async fn desk(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    if v.actor.is_visitor() {
        return Err(Problem::new("sign-in"));
    }
    let (t, m) = (&v.text, web.app.glance().await?);
    let queue = web.app.queue(&v.actor, 200).await?;
    let titles = web.app.titles(&queue.iter().filter_map(|w| w.challenge).collect::<Vec<_>>()).await?;
    let mut groups: Vec<(&str, Vec<DeskItem>)> = vec![("bad", vec![]), ("warn", vec![]), ("ok", vec![])];
    for w in &queue {
        let title = w.challenge.and_then(|c| titles.get(&c).cloned()).unwrap_or_else(|| w.title.clone());
        let title = if title.is_empty() { t.t(&format!("noun.{}", w.noun.id())) } else { title };
        let item = item(t, v.actor.role, w, title, &m);
        let tone = item.due.as_ref().map_or("ok", |d| d.tone);
        if let Some((_, items)) = groups.iter_mut().find(|(g, _)| *g == tone) {
            items.push(item);
        }
    }
    let numbers = groups
        .iter()
        .map(|(tone, items)| Number {
            value: items.len().to_string(),
            label: t.t(&format!("desk.{tone}")),
            href: None,
            tone: match *tone {
                "bad" => "bad",
                "warn" => "warn",
                _ => "ok",
            },
        })
        .collect();
    let groups = groups
        .into_iter()
        .filter(|(_, items)| !items.is_empty())
        .map(|(tone, items)| DeskGroup { title: t.t(&format!("desk.{tone}")), items })
        .collect();
    let greeting =
        t.with("desk.greeting", &[("name", v.actor.name.clone()), ("role", t.t(&format!("role.{}", v.actor.role.id())))]);
    let blocks = beside(&web, &v, &m).await?;
    let page = DeskPage { title: t.t("nav.desk"), crumbs: vec![], greeting, numbers, groups, blocks, empty: t.t("desk.empty") };
    web.show(&v, StatusCode::OK, &page).await
}

/// One line of the queue; whose turn it is is said only where it is not simply the reader's.
fn item(t: &Text, reader: Role, w: &Waiting, title: String, m: &Moment) -> DeskItem {
    DeskItem {
        href: format!("/{}/{}", w.noun.path(), w.subject),
        title,
        what: t.first(&[&format!("turn.{}", w.turn.what), &format!("act.{}", w.turn.what)]),
        who: if w.turn.role == reader { String::new() } else { t.t(&format!("role.{}", w.turn.role.id())) },
        due: w.turn.due.map(|d| time::due(t, d, m)),
        tags: vec![Tag { text: t.t(&format!("noun.{}", w.noun.id())), tone: "mute" }],
    }
}

/// What a role looks at besides its queue (product: first screens).
async fn beside(web: &Web, v: &Visitor, m: &Moment) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let mut out: Vec<Block> = alarms(web, v).await?.into_iter().collect();
    if matches!(v.actor.role, Role::Officer | Role::Administrator) {
        match web.app.scanner_answers().await {
            None => out.push(Block::inset(t.t("desk.no_scanner"), t.t("desk.no_scanner_text"), "warn")),
            Some(false) => out.push(Block::inset(t.t("desk.scanner_away"), t.t("desk.scanner_away_text"), "bad")),
            Some(true) => {}
        }
    }
    match v.actor.role {
        Role::Poster => {
            let own = web.app.own_challenges(&v.actor, vec![], Page::first(20)).await?;
            let rows = own.items.iter().map(|c| list::challenge_row(t, c, m)).collect();
            out.push(Block::Actions {
                title: t.t("desk.start"),
                id: "start".into(),
                items: vec![Action::link("new", t.t("ui.new_challenge"), "/challenges/new").main()],
            });
            out.push(Block::table(
                "mine",
                t.t("nav.my_challenges"),
                vec![(t.t("column.challenge"), "text"), (t.t("column.state"), "text"), (t.t("column.due"), "clock")],
                rows,
                t.t("list.mine_empty"),
            ));
        }
        Role::Bidder => {
            let open = web.app.closing_soon(m.now, 8).await?;
            out.push(Block::Cards {
                title: t.t("desk.open_for_you"),
                id: "open".into(),
                items: open.iter().map(|r| list::card(t, r, m)).collect(),
                empty: t.t("home.none_open"),
            });
        }
        Role::Finance | Role::Head | Role::Officer => {
            out.extend(year_end(web, v, m).await?);
            out.push(budget(web, v).await?);
        }
        Role::Administrator => {
            let last = m.calendar.covers.1;
            let missing = last.year() <= date_of(m.now).year();
            let key = if missing { "desk.calendar_missing" } else { "desk.calendar" };
            out.push(Block::inset(
                t.t("desk.calendar_title"),
                t.with(key, &[("last", time::day(t, last))]),
                if missing { "warn" } else { "info" },
            ));
        }
        Role::Auditor | Role::Supervisor => out.extend(super::audit::desk(web, v, m).await?),
        Role::Public | Role::Checker | Role::Expert | Role::System => {}
    }
    Ok(out)
}

/// Panels that are out of order, for those who convene and oversee (domain 5.5).
async fn alarms(web: &Web, v: &Visitor) -> Result<Option<Block>, Problem> {
    let t = &v.text;
    let all = web.app.alarmed_panels(&v.actor).await?;
    let row = |c: &Challenge| {
        let panel = c.panel.as_ref();
        let key = if panel.is_some_and(|p| p.short) { "block.panel_short" } else { "block.panel_alarm" };
        let replaced = panel.map(|p| format!("{} / {}", p.replaced(), p.seats)).unwrap_or_default();
        vec![
            Cell::link(c.title.clone(), format!("/challenges/{}", c.id)),
            Cell::tag(Tag { text: t.t(key), tone: "bad" }),
            Cell::number(replaced),
        ]
    };
    let columns = vec![(t.t("column.challenge"), "text"), (t.t("column.state"), "text"), (t.t("column.replaced"), "number")];
    let rows: Vec<_> = all.iter().map(row).collect();
    Ok((!rows.is_empty()).then(|| Block::table("alarms", t.t("block.panel_alarm"), columns, rows, String::new())))
}

/// From 1 October: county money that is due and not paid, and may miss the year (domain 4.9).
async fn year_end(web: &Web, v: &Visitor, m: &Moment) -> Result<Option<Block>, Problem> {
    let (t, today) = (&v.text, date_of(m.now));
    if today.month() < 10 {
        return Ok(None);
    }
    const OPEN: &[&str] = &["eligible", "requested", "checked", "held", "approved"];
    let sums = web.app.money_by_state(&v.actor).await?;
    let open = Money::sum(sums.iter().filter(|(s, _)| OPEN.contains(&s.as_str())).map(|(_, fen)| *fen)).unwrap_or_default();
    let text = t.with("desk.year_end", &[("sum", open.to_string()), ("year", today.year().to_string())]);
    Ok((open > Money::default()).then(|| Block::inset(t.t("desk.year_end_title"), text, "warn")))
}

/// County money by state: what is planned, on its way, paid.
async fn budget(web: &Web, v: &Visitor) -> Result<Block, Problem> {
    let t = &v.text;
    let sums = web.app.money_by_state(&v.actor).await?;
    let total = sums.iter().map(|(_, m)| m.as_fen()).sum::<i64>().max(1);
    let bars = sums
        .into_iter()
        .map(|(state, m)| Bar {
            label: t.t(&format!("state.instalment.{state}")),
            value_text: m.wan_text(),
            percent: m.as_fen() * 100 / total,
            tone: "info",
        })
        .collect();
    Ok(Block::Figure {
        title: t.t("desk.budget"),
        id: "budget".into(),
        desc: t.t("desk.budget_desc"),
        unit: t.t("ui.wan_unit"),
        bars,
        csv: None,
    })
}

//! A contract in pictures: its milestones in time, its money on the way, its indicators from promise to measurement.
use super::*;
use crate::web::picture::{Legend, Look, PictureRow, Scale, picture};
use jiff::civil::Date;

fn legend(t: &Text, all: &[(Look, &str)]) -> Vec<Legend> {
    all.iter().map(|(look, key)| Legend { look: *look, text: t.t(key) }).collect()
}

/// A day as a number on a scale.
fn day_no(d: Date) -> i64 {
    Date::constant(1970, 1, 1).until(d).map_or(0, |s| i64::from(s.get_days()))
}

/// One milestone in time, in days.
struct Span {
    from: Date,
    due: Date,
    /// The day on which it was passed or failed.
    ended: Option<Date>,
}

/// Milestones in time: planned, done or late, and what is left of the time, in working days.
pub(super) fn gantt(t: &Text, k: &Contract, all: &[Milestone], m: &Moment) -> Option<Block> {
    let start: Date = k.starts_on.as_deref()?.parse().ok()?;
    let (today, mut from, mut spans) = (date_of(m.now), start, vec![]);
    for x in all {
        let due = last_day(x.due_at);
        let ended = x.head.state.is_end().then(|| date_of(x.head.since));
        spans.push((x, Span { from, due, ended }));
        from = due;
    }
    let ends = spans.iter().flat_map(|(_, s)| [Some(s.due), s.ended]).flatten().chain([start]).map(day_no);
    let runs = spans.iter().any(|(x, s)| s.ended.is_none() && x.head.state != MilestoneState::Planned);
    let scale = Scale::between(ends.chain(runs.then(|| day_no(today))));
    let rows = spans.iter().map(|(x, s)| gantt_row(t, x, s, (&scale, today), m)).collect::<Vec<_>>();
    let columns = vec![
        (t.t("column.planned_for"), "text"),
        (t.t("column.ended_on"), "text"),
        (t.t("column.slack"), "text"),
        (t.t("column.state"), "text"),
    ];
    let looks = [
        (Look::Plan, "picture.plan"),
        (Look::Done, "picture.done"),
        (Look::Run, "picture.run"),
        (Look::Late, "picture.late"),
        (Look::Slack, "picture.slack"),
    ];
    let desc = t.with("block.gantt_desc", &[("months", k.period_months.to_string()), ("today", time::day(t, today))]);
    (!rows.is_empty()).then(|| picture("gantt", (t.t("block.gantt"), desc), legend(t, &looks), columns, rows, vec![]))
}

fn gantt_row(t: &Text, x: &Milestone, s: &Span, (scale, today): (&Scale, Date), m: &Moment) -> PictureRow {
    let (from, due, now) = (day_no(s.from), day_no(s.due), day_no(today));
    let mut stretches = vec![scale.stretch(Look::Plan, from, due, (0, 1))];
    let lane = (0, 1);
    // Begun early, it is drawn from the day it ended.
    let begun = |end: i64| from.min(end);
    let passed = x.head.state == MilestoneState::Passed;
    match s.ended.map(day_no) {
        Some(end) if passed && end <= due => {
            stretches.push(scale.stretch(Look::Done, begun(end), end, lane));
            stretches.push(scale.stretch(Look::Slack, end, due, lane));
        }
        Some(end) if passed => {
            stretches.push(scale.stretch(Look::Done, from, due, lane));
            stretches.push(scale.stretch(Look::Late, due, end, lane));
        }
        Some(end) => stretches.push(scale.stretch(Look::Late, begun(end), end, lane)),
        None if x.head.state == MilestoneState::Planned => {}
        None if now <= due => {
            stretches.push(scale.stretch(Look::Run, begun(now), now, lane));
            stretches.push(scale.stretch(Look::Slack, now.max(from), due, lane));
        }
        None => {
            stretches.push(scale.stretch(Look::Run, from, due, lane));
            stretches.push(scale.stretch(Look::Late, due, now, lane));
        }
    }
    let slack = slack_text(t, x, s, today, m);
    let state = state_tag(t, Noun::Milestone, x.head.state.id());
    let says = [("name", x.name.clone()), ("due", time::day(t, s.due)), ("state", state.text.clone()), ("slack", slack.clone())];
    PictureRow {
        label: Cell::link(format!("{}. {}", x.number, x.name), format!("/milestones/{}", x.id)),
        says: t.with("picture.gantt_says", &says),
        stretches,
        ticks: if s.ended.is_none() { vec![scale.at(now)] } else { vec![] },
        figures: vec![
            Cell::text(time::day(t, s.due)),
            Cell::text(s.ended.map_or_else(|| "—".into(), |d| time::day(t, d))),
            Cell::text(slack),
            Cell::tag(state),
        ],
    }
}

/// Working days between what was planned and what came, or what is left of the time.
fn slack_text(t: &Text, x: &Milestone, s: &Span, today: Date, m: &Moment) -> String {
    let left = m.calendar.remaining(s.ended.unwrap_or(today), s.due);
    let key = match (s.ended, x.head.state, left) {
        (_, MilestoneState::Failed | MilestoneState::Cancelled, _) => return "—".into(),
        (Some(_), _, 0) => "slack.on_time",
        (Some(_), _, 1..) => "slack.early",
        (None, _, 0..) => "slack.left",
        _ => "slack.late",
    };
    t.with(key, &[("n", left.abs().to_string())])
}

/// Where the money of a contract has got to, of both channels: each station holds all that has come as far.
pub(super) fn flow(t: &Text, book: &Books) -> Option<Block> {
    use LedgerAccount as A;
    let channels = [Channel::Fiscal, Channel::Enterprise];
    let lines = book.lines();
    let set_aside = |c: Channel| {
        Money::sum(lines.iter().filter(|l| (l.channel, l.account) == (c, A::Escrowed)).map(|l| l.debit_fen)).unwrap_or_default()
    };
    let back = |c: Channel| book.given_back(c);
    let stations: Vec<(&str, [Money; 2])> = vec![
        ("promised", channels.map(|c| book.holds(c))),
        ("escrowed", channels.map(set_aside)),
        ("unlocked", channels.map(|c| book.reached(c, A::Unlocked))),
        ("paid", channels.map(|c| book.reached(c, A::Paid))),
        ("received", channels.map(|c| book.reached(c, A::Received))),
        ("accounted", channels.map(|c| book.reached(c, A::Accounted))),
        ("back", channels.map(back)),
    ];
    if lines.is_empty() {
        return None;
    }
    let scale = Scale::over(stations.iter().map(|(_, [a, b])| a.as_fen() + b.as_fen()));
    // Not every contract sets money aside, and few give any back.
    let shown =
        |(name, sums): &(&str, [Money; 2])| !matches!(*name, "escrowed" | "back") || sums.iter().any(|m| *m > Money::default());
    let rows = stations
        .into_iter()
        .filter(shown)
        .map(|(name, sums)| sources_row(t, Cell::text(t.t(&format!("flow.{name}"))), sums, &scale))
        .collect();
    let heading = (t.t("block.flow"), t.t("block.flow_desc"));
    Some(picture("flow", heading, sources_legend(t), sources_columns(t), rows, vec![]))
}

/// The county's money and the enterprise's, one behind the other, with their sums.
pub(in crate::web) fn sources_row(t: &Text, label: Cell, [one, two]: [Money; 2], scale: &Scale) -> PictureRow {
    let all = one.checked_add(two).unwrap_or_default();
    let mut stretches = vec![];
    for (look, from, sum) in [(Look::One, 0, one), (Look::Two, one.as_fen(), two)] {
        if sum > Money::default() {
            stretches.push(scale.stretch(look, from, from + sum.as_fen(), (0, 1)));
        }
    }
    let says = [("name", label.text.clone()), ("one", one.wan_text()), ("two", two.wan_text()), ("all", all.wan_text())];
    let figures = [one, two, all].map(|m| Cell::money(m.to_string())).to_vec();
    PictureRow { says: t.with("picture.sources_says", &says), label, stretches, ticks: vec![], figures }
}

pub(in crate::web) fn sources_legend(t: &Text) -> Vec<Legend> {
    legend(t, &[(Look::One, "source.county"), (Look::Two, "source.enterprise")])
}

pub(in crate::web) fn sources_columns(t: &Text) -> Vec<(String, &'static str)> {
    vec![(t.t("source.county"), "money"), (t.t("source.enterprise"), "money"), (t.t("ui.total"), "money")]
}

/// Each indicator: what was promised, contracted and measured, as bars on one scale, with a line at what was published.
pub(super) fn indicators(t: &Text, all: &[Thread]) -> Option<Block> {
    let rows: Vec<PictureRow> = all
        .iter()
        .enumerate()
        .filter(|(_, x)| x.published.comparator != "bool")
        .filter_map(|(n, x)| indicator_row(t, n, x))
        .collect();
    let columns = ["published", "promised", "contracted", "measured"].map(|c| (t.t(&format!("column.{c}")), "number")).to_vec();
    let looks = [
        (Look::Plan, "column.promised"),
        (Look::One, "column.contracted"),
        (Look::Done, "picture.measured_met"),
        (Look::Late, "picture.measured_short"),
    ];
    let heading = (t.t("block.indicator_bars"), t.t("block.indicator_bars_desc"));
    (!rows.is_empty()).then(|| picture("indicator-bars", heading, legend(t, &looks), columns, rows, vec![]))
}

fn indicator_row(t: &Text, n: usize, x: &Thread) -> Option<PictureRow> {
    let met = x.measured.map(|m| x.published.is_met(m));
    let last = if met == Some(false) { Look::Late } else { Look::Done };
    let bars = [(Look::Plan, x.promised), (Look::One, x.contracted), (last, x.measured)];
    let asked = [x.published.target, x.published.target_high];
    let values = asked.into_iter().chain(bars.iter().map(|(_, q)| *q)).flatten().map(Quantity::micros);
    let scale = Scale::over(values);
    let text = |q: Option<Quantity>| q.map_or_else(|| "—".to_owned(), |q| q.to_string());
    let stretches: Vec<_> =
        bars.iter().zip(0..).filter_map(|((look, q), lane)| Some(scale.stretch(*look, 0, (*q)?.micros(), (lane, 3)))).collect();
    let says = [
        ("name", x.published.name.clone()),
        ("published", blocks::target_text(t, &x.published)),
        ("promised", text(x.promised)),
        ("contracted", text(x.contracted)),
        ("measured", text(x.measured)),
    ];
    let measured =
        Cell::number(text(x.measured)).note(met.map_or(String::new(), |m| t.t(if m { "ui.met" } else { "ui.not_met" })));
    (!stretches.is_empty()).then(|| PictureRow {
        label: Cell::text(format!("{}. {}", n + 1, x.published.name)),
        says: t.with("picture.indicator_says", &says),
        stretches,
        ticks: asked.into_iter().flatten().map(|q| scale.at(q.micros())).collect(),
        figures: vec![
            Cell::number(blocks::target_text(t, &x.published)),
            Cell::number(text(x.promised)),
            Cell::number(text(x.contracted)),
            measured,
        ],
    })
}

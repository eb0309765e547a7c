//! A common gate: lanes side by side, what the experts said, what was ruled, what it did to the money.
use super::*;
use crate::app::query::Names;
use crate::domain::gate::{Check, Lane, LaneBalance, RaceBalance};

pub(super) async fn gate(web: &Web, v: &Visitor, x: &(Challenge, Gate, Option<RaceBalance>)) -> Result<Vec<Block>, Problem> {
    let (t, (c, x, balance)) = (&v.text, x);
    // At the last gate only those who came to an end stand in the table; the balance is of all.
    let money = balance.iter().flat_map(|b| &b.lanes).map(|l| l.lead);
    let orgs: Vec<OrgId> = x.lanes.iter().map(|l| l.lead).chain(money).chain([x.poster]).collect();
    let names = web.app.names(&orgs, &[]).await?;
    let mut items = vec![
        Item::new(t.t("noun.challenge"), c.title.clone()).href(format!("/challenges/{}", c.id)),
        Item::new(t.t("field.held_on_all"), time::day_text(t, &x.held_on)).note(t.t(if x.last {
            "race.last_one"
        } else {
            "race.one_day_one_table"
        })),
    ];
    items.extend(x.conclusion.as_ref().map(|s| Item::new(t.t("field.conclusion"), s.clone())));
    items.extend(x.minutes.as_ref().map(|d| Item::new(t.t("field.number"), d.number.clone())));
    items.extend(x.winner().map(|l| Item::new(t.t("race.winner"), lane_name(t, l, &names))));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items), side_by_side(t, c, x, &names)];
    out.extend(x.lanes.iter().filter_map(|l| report(t, l, &names)));
    out.extend(judges(t, &x.experts));
    out.extend(typed(web, t, x.typed.as_ref()).await?);
    if x.lanes.iter().any(|l| l.ruling.is_some()) {
        out.push(rulings(t, x, &names));
    }
    out.extend(merger(t, x, &names));
    out.extend(balance.as_ref().map(|b| balance_table(t, b, &names)));
    Ok(out)
}

fn lane_name(t: &Text, l: &Lane, names: &Names) -> String {
    format!("{} · {}", t.with("race.lane", &[("n", l.lane.to_string())]), names.org(l.lead))
}

/// One row an indicator, one column a lane.
fn side_by_side(t: &Text, c: &Challenge, x: &Gate, names: &Names) -> Block {
    let known = c.need.as_ref().map_or(&[][..], |n| &n.indicators);
    let row = |check: &Check| {
        let of = usize::try_from(check.indicator).ok().and_then(|n| known.get(n.checked_sub(1)?));
        let aim = of.map(|i| Indicator { target: Some(check.target), ..i.clone() });
        let unit = of.and_then(|i| i.unit.clone()).unwrap_or_default();
        let name = of.map_or(String::new(), |i| i.name.clone());
        let target = aim.as_ref().map_or_else(String::new, |i| blocks::target_text(t, i));
        let cell = |l: &Lane| match l.values.iter().find(|v| v.indicator == check.indicator) {
            Some(v) => {
                let met = aim.as_ref().is_some_and(|i| i.is_met(v.value));
                let said = t.t(if met { "ui.met" } else { "ui.not_met" });
                let note = [said].into_iter().chain(v.note.clone()).collect::<Vec<_>>().join(" · ");
                Cell::text(format!("{} {unit}", v.value)).note(note)
            }
            None => Cell::text("—"),
        };
        CompareRow { label: format!("{name} {target}"), cells: x.lanes.iter().map(cell).collect() }
    };
    let mut rows: Vec<CompareRow> = x.table.iter().map(row).collect();
    let told = |of: &dyn Fn(&Lane) -> String| x.lanes.iter().map(|l| Cell::text(of(l))).collect::<Vec<_>>();
    rows.push(CompareRow {
        label: t.t("race.reported"),
        cells: told(&|l| l.reported_at.map_or_else(|| "—".to_owned(), |at| time::moment(t, at))),
    });
    let columns = x.lanes.iter().map(|l| lane_name(t, l, names)).collect();
    Block::Compare { title: t.t("race.side_by_side"), id: "lanes".into(), columns, rows }
}

/// What a lane wrote beside its values: too long for a column.
fn report(t: &Text, l: &Lane, names: &Names) -> Option<Block> {
    let told = l.report.as_ref()?;
    let title = t.with("ui.of_lane", &[("what", t.t("field.report")), ("lane", lane_name(t, l, names))]);
    let paragraphs = told.lines().map(str::to_owned).collect();
    Some(Block::Text { title, id: format!("report-{}", l.lane), paragraphs })
}

/// Marks a panel that sat on paper and was typed in, with the scan of its sheet.
pub(super) async fn typed(web: &Web, t: &Text, panel: Option<&TypedPanel>) -> Result<Vec<Block>, Problem> {
    let Some(p) = panel else { return Ok(vec![]) };
    let facts = [("members", p.members.to_string()), ("behind", p.behind.to_string()), ("at", time::moment(t, p.at))];
    let mut out = vec![Block::inset(t.t("block.typed_panel"), t.with("block.typed_panel_text", &facts), "warn")];
    let shown = web.app.attachments(&p.scan).await?;
    out.extend((!shown.is_empty()).then(|| blocks::files(t, &t.t("field.scan"), &shown)));
    Ok(out)
}

/// Who was asked, and what each said.
pub(super) fn judges(t: &Text, all: &[Judge]) -> Option<Block> {
    judges_called(t, ("experts", t.t("block.experts")), all)
}

pub(super) fn judges_called(t: &Text, (id, title): (&str, String), all: &[Judge]) -> Option<Block> {
    let row = |j: &Judge| {
        let kind = j.expert_kind.as_ref().map(|k| option_text(t, "expert_kind", k)).unwrap_or_default();
        let stands = j.verdict.as_ref().map(|v| option_text(t, "verdict", v)).unwrap_or_default();
        vec![Cell::text(j.expert.clone()).note(kind), Cell::text(j.unit.clone()), Cell::text(j.opinion.clone()).note(stands)]
    };
    let columns = ["expert", "unit", "opinion"].map(|f| (t.t(&format!("field.{f}")), "text"));
    (!all.is_empty()).then(|| Block::table(id, title, columns.to_vec(), all.iter().map(row).collect(), String::new()))
}

fn rulings(t: &Text, x: &Gate, names: &Names) -> Block {
    let row = |l: &Lane| {
        let r = l.ruling.as_ref()?;
        let done = x.head.state == GateState::Decided && matches!(r.decision.as_str(), "cut" | "merge");
        let sums = if done {
            [l.payable_fen, l.released_fen].map(|m| Cell::money(m.to_string()))
        } else {
            [0; 2].map(|_| Cell::money(""))
        };
        let mut cells = vec![
            Cell::link(lane_name(t, l, names), format!("/contracts/{}", l.contract)),
            Cell::text(option_text(t, "decision", &r.decision)).note(r.reason.clone()),
        ];
        cells.extend(sums);
        cells.push(Cell::text(t.t(&format!("race.ip.{}", r.decision))));
        Some(cells)
    };
    let columns = vec![
        (t.t("race.lane_of"), "text"),
        (t.t("field.decision"), "text"),
        (t.t("race.payable"), "money"),
        (t.t("race.released"), "money"),
        (t.t("race.ip"), "text"),
    ];
    Block::table("rulings", t.t("race.rulings"), columns, x.lanes.iter().filter_map(row).collect(), String::new())
}

fn merger(t: &Text, x: &Gate, names: &Names) -> Option<Block> {
    let j = x.merger.as_ref()?;
    let lane = |n: i64| x.lane(n).map_or(String::new(), |l| lane_name(t, l, names));
    let mut items = vec![
        Item::new(t.t("race.joins"), lane(j.from)),
        Item::new(t.t("race.leads"), lane(j.into)),
        Item::new(t.t("field.task"), j.task.clone()).note(format!("{}%", percent_text(j.work_bp))),
        Item::new(t.t("field.county_fen"), j.county_fen.to_string()),
        Item::new(t.t("field.enterprise_fen"), j.enterprise_fen.to_string()),
        Item::new(t.t("field.ip_owner"), option_text(t, "ip_owner", &j.ip_owner)).note(j.ip_note.clone()),
        Item::new(t.t("race.supplement_sha256"), j.sha256()),
    ];
    items.extend(j.agreed.iter().map(|a| Item::new(t.t("block.signed"), a.name.clone()).note(time::moment(t, a.at))));
    Some(Block::summary("merger", t.t("race.merger"), items))
}

fn balance_table(t: &Text, b: &RaceBalance, names: &Names) -> Block {
    let row = |l: &LaneBalance| {
        let state = state_tag(t, Noun::Contract, l.state.id()).text;
        let stands = [l.number.clone(), state].into_iter().chain(l.ending.as_ref().map(|e| option_text(t, "class", e)));
        let lane = format!("{} · {}", t.with("race.lane", &[("n", l.lane.to_string())]), names.org(l.lead));
        let note = stands.collect::<Vec<_>>().join(" · ");
        let mut cells = vec![Cell::link(lane, format!("/contracts/{}", l.contract)).note(note)];
        cells.extend([l.agreed_fen, l.committed_fen, l.paid_fen, l.back_fen].map(|m| Cell::money(m.to_string())));
        cells
    };
    let columns = vec![
        (t.t("race.lane_of"), "text"),
        (t.t("race.agreed"), "money"),
        (t.t("race.committed"), "money"),
        (t.t("flow.paid"), "money"),
        (t.t("race.back"), "money"),
    ];
    let mut table = Block::table("balance", t.t("race.balance"), columns, b.lanes.iter().map(row).collect(), String::new());
    if let Block::Table { foot, caption, .. } = &mut table {
        let agreed = Money::sum(b.lanes.iter().map(|l| l.agreed_fen)).unwrap_or_default();
        let sums = [agreed, b.committed_fen, b.paid_fen, b.back_fen].map(|m| Cell::money(m.to_string()));
        foot.push([Cell::text(t.t("ui.total"))].into_iter().chain(sums).collect());
        *caption = t.with("race.free", &[("stake", b.stake_fen.to_string()), ("free", b.free_fen.to_string())]);
    }
    table
}

/// On the page of a challenge and of a lane's contract: its gates.
pub(super) async fn of_challenge(web: &Web, v: &Visitor, on: ChallengeId) -> Result<Option<Block>, Problem> {
    let t = &v.text;
    let all = web.app.gates_of(&v.actor, on).await?;
    let row = |x: &Gate| {
        vec![
            Cell::link(format!("{}. {}", x.number, x.name), format!("/gates/{}", x.id)),
            Cell::text(time::day_text(t, &x.held_on)),
            Cell::tag(state_tag(t, Noun::Gate, x.head.state.id())),
        ]
    };
    let columns = vec![(t.t("noun.gate"), "text"), (t.t("field.held_on_all"), "text"), (t.t("column.state"), "text")];
    let rows: Vec<_> = all.iter().map(row).collect();
    Ok((!rows.is_empty()).then(|| Block::table("gates", t.t("race.gates"), columns, rows, String::new())))
}

//! The panel's report on one page, and the lot that anyone may draw again.
use super::block::*;
use super::blocks::wan;
use super::form_view::option_text;
use super::pages::{Crumb, ShowPage};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::query::Names;
use crate::domain::report::{Left, Seated};
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

pub async fn report_json(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Result<Response, Problem> {
    Ok(Json(web.app.panel_report(&v.actor, id).await?.1).into_response())
}

pub async fn report(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Result<Response, Problem> {
    let (c, r) = web.app.panel_report(&v.actor, id).await?;
    let t = &v.text;
    let mut blocks = vec![composition(t, &r)];
    blocks.extend(members(t, &r));
    blocks.extend(gone(t, &r));
    blocks.extend(hearing(t, &r));
    blocks.push(ranks(t, &r));
    blocks.push(means(t, &r));
    blocks.extend(doubts(t, &r));
    blocks.extend(conclusion(t, &r));
    show(&web, &v, &c, "nav.panel_report", (blocks, vec![])).await
}

async fn show(
    web: &Web,
    v: &Visitor,
    c: &Challenge,
    title: &str,
    (blocks, actions): (Vec<Block>, Vec<Action>),
) -> Result<Response, Problem> {
    let t = &v.text;
    let title = t.t(title);
    let crumbs = vec![
        Crumb::to("/", t.t("ui.home")),
        Crumb::to("/challenges", t.t("nav.challenges")),
        Crumb::to(&format!("/challenges/{}", c.id), c.title.clone()),
        Crumb::here(title.clone()),
    ];
    let number = c.number.clone();
    let page = ShowPage {
        title: super::blocks::titled(t, title, &c.title),
        crumbs,
        number,
        tags: vec![],
        steps: vec![],
        turn: None,
        actions,
        blocks,
    };
    web.show(v, StatusCode::OK, &page).await
}

/// `技术专家 4 席、可抽 9 人`
pub fn stratum(t: &Text, s: &draw::Stratum) -> String {
    let facts = [("seats", s.seats.to_string()), ("there", s.there.to_string())];
    format!("{} {}", t.t(&format!("stratum.{}", s.what)), t.with("stratum.seats", &facts))
}

fn columns(t: &Text, keys: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    keys.iter().map(|(key, kind)| (t.t(key), *kind)).collect()
}

fn composition(t: &Text, r: &PanelReport) -> Block {
    let mut items = vec![Item::new(t.t("report.rubric"), option_text(t, "rubric", &r.rubric.template)).note(
        t.with("report.rubric_version", &[("version", r.rubric.version.to_string()), ("rules", r.rules.version.to_string())]),
    )];
    if let Some(d) = &r.draw {
        items.push(
            Item::new(t.t("report.seats"), d.seats.to_string())
                .note(t.with("report.called", &[("called", d.called.to_string()), ("sequence", d.sequence.to_string())])),
        );
        items.push(
            Item::new(t.t("report.drawn_by"), d.witnessed_by.clone()).note(t.with("report.called_for", &[("who", d.by.clone())])),
        );
        let layers = d.strata.iter().map(|s| stratum(t, s)).collect::<Vec<_>>().join(t.semicolon());
        items.push(Item::new(t.t("report.strata"), layers));
        items.push(Item::new(t.t("column.draw_seed"), d.seed_sha256.clone()).href(format!("/challenges/{}/draw", r.challenge)));
    }
    items.push(Item::new(
        t.t("report.dropped"),
        if r.rules.drop_from <= r.members.len() { t.t("report.dropped_yes") } else { t.t("report.dropped_no") },
    ));
    items.push(Item::new(t.t("column.pass"), r.rules.pass.to_string()));
    items.extend(r.signed_at.map(|at| Item::new(t.t("report.signed_at"), time::moment(t, at))));
    items.extend(r.chair.clone().map(|name| Item::new(t.t("report.chair"), name)));
    Block::summary("composition", t.t("report.composition"), items)
}

fn members(t: &Text, r: &PanelReport) -> Vec<Block> {
    let row = |m: &Seated| {
        let chair = if m.chair { t.t("report.chair") } else { String::new() };
        let late = if m.late_parts > 0 { t.with("report.late", &[("n", m.late_parts.to_string())]) } else { String::new() };
        vec![
            Cell::text(m.person.name.clone()).note(chair),
            Cell::text(m.person.unit.clone()),
            Cell::text(option_text(t, "expert_kind", &m.person.kind)),
            Cell::text(t.t(&format!("state.assignment.{}", m.state.id()))).note(late),
        ]
    };
    let mut sorted: Vec<&Seated> = r.members.iter().collect();
    // Names stand in another order than seats: who gave which points is nobody's to work out.
    sorted.sort_by_key(|m| m.person.name.clone());
    let head =
        columns(t, &[("role.expert", "text"), ("column.unit", "text"), ("field.expert_kind", "text"), ("column.state", "text")]);
    let mut out =
        vec![Block::table("members", t.t("report.members"), head, sorted.into_iter().map(row).collect(), t.t("ui.none"))];
    if !r.stood_aside.is_empty() {
        let rows = r.stood_aside.iter().map(|a| {
            vec![Cell::text(a.name.clone()), Cell::text(t.t(&format!("role.{}", a.role.id()))), Cell::text(time::moment(t, a.at))]
        });
        let head = columns(t, &[("column.who", "text"), ("field.role", "text"), ("column.at", "text")]);
        out.push(Block::table("stood-aside", t.t("block.stood_aside"), head, rows.collect(), String::new()));
    }
    out
}

fn gone(t: &Text, r: &PanelReport) -> Vec<Block> {
    let mut out = vec![];
    if let Some(a) = &r.alarm {
        let facts = [("replaced", a.replaced.to_string()), ("seats", a.seats.to_string())];
        out.push(Block::inset(t.t("block.panel_alarm"), t.with("block.panel_alarm_text", &facts), "bad"));
    }
    let told = |h: &Hit| super::blocks::titled(t, t.t(&format!("conflict.{}", h.rule)), h.path.join(" → "));
    let why = |x: &Left| x.reason.clone().into_iter().chain(x.hits.iter().map(told)).collect::<Vec<_>>().join(t.semicolon());
    let row = |x: &Left| {
        vec![
            Cell::text(x.person.name.clone()).note(x.person.unit.clone()),
            Cell::text(t.t(&format!("state.assignment.{}", x.state.id()))).note(time::moment(t, x.at)),
            Cell::text(why(x)),
            Cell::text(x.next.as_ref().map(|p| p.name.clone()).unwrap_or_default()),
        ]
    };
    if !r.gone.is_empty() {
        let head =
            columns(t, &[("role.expert", "text"), ("column.state", "text"), ("field.reason", "text"), ("report.next", "text")]);
        out.push(Block::table("gone", t.t("report.gone"), head, r.gone.iter().map(row).collect(), String::new()));
    }
    out
}

/// The meeting at which teams were heard, if there was one.
fn hearing(t: &Text, r: &PanelReport) -> Option<Block> {
    let name = |bid: BidId| r.bids.iter().find(|b| b.bid == bid).map(|b| b.lead.clone()).unwrap_or_default();
    Some(slots(t, r.defence.as_ref()?, &name))
}

/// Slots of a hearing with what was noted.
pub fn slots(t: &Text, d: &Defence, name: &dyn Fn(BidId) -> String) -> Block {
    let asked = |h: &Heard| h.questions.iter().map(|q| format!("{} — {}", q.question, q.answer)).collect::<Vec<_>>().join("\n");
    let rows = d.slots.iter().enumerate().map(|(n, s)| {
        let came = s.heard.as_ref().map(|h| h.present.clone().unwrap_or_else(|| t.t("report.stayed_away")));
        vec![
            Cell::number((n + 1).to_string()),
            Cell::text(time::moment(t, s.at)),
            Cell::text(name(s.bid)),
            Cell::text(came.unwrap_or_default()).note(
                s.heard.as_ref().map(|h| t.with("report.experts_there", &[("n", h.experts.to_string())])).unwrap_or_default(),
            ),
            Cell::text(s.heard.as_ref().map(asked).unwrap_or_default()),
        ]
    });
    let head = columns(
        t,
        &[
            ("column.no", "number"),
            ("column.at", "text"),
            ("column.lead", "text"),
            ("report.present", "text"),
            ("report.asked", "text"),
        ],
    );
    Block::table("defence", format!("{} · {}", t.t("report.defence"), d.place), head, rows.collect(), t.t("ui.none"))
}

fn ranks(t: &Text, r: &PanelReport) -> Block {
    let vetoes = |b: &report::BidLine| {
        b.vetoes.iter().map(|(v, n)| format!("{} {n}", option_text(t, "vetoes", v))).collect::<Vec<_>>().join(t.semicolon())
    };
    let row = |b: &report::BidLine| {
        let vote = r.votes.iter().find(|v| v.bid == b.bid);
        let voted = vote.map(|v| t.with("report.votes", &[("n", v.votes.to_string())])).unwrap_or_default();
        vec![
            Cell::number(b.rank.to_string()).note(voted),
            Cell::text(b.lead.clone()).note(vetoes(b)),
            Cell::number(b.total.to_string())
                .note(b.normalised.map(|s| t.with("block.normalised", &[("score", s.to_string())])).unwrap_or_default()),
            Cell::number(b.blind.to_string()),
            Cell::money(b.price_fen.map(|p| wan(t, p)).unwrap_or_default()),
            Cell::text(t.t(if b.qualified { "ui.qualified" } else { "ui.not_qualified" })),
        ]
    };
    let head = columns(
        t,
        &[
            ("column.rank", "number"),
            ("column.lead", "text"),
            ("column.score", "number"),
            ("column.blind_score", "number"),
            ("column.price_wan", "money"),
            ("column.qualified", "text"),
        ],
    );
    Block::table("ranks", t.t("block.ranking"), head, r.bids.iter().map(row).collect(), t.t("ui.none"))
}

/// The mean of each item, bids as columns; below them the totals by seat.
fn means(t: &Text, r: &PanelReport) -> Block {
    let mut head = vec![(t.t("field.item"), "text"), (t.t("column.most"), "number")];
    head.extend(r.bids.iter().map(|b| (b.lead.clone(), "number")));
    let mean = |b: &report::BidLine, item: &str| {
        Cell::number(b.items.iter().find(|(i, _)| i == item).map(|(_, s)| s.to_string()).unwrap_or_default())
    };
    let mut rows: Vec<Vec<Cell>> = r
        .rubric
        .items
        .iter()
        .map(|i| {
            let first = [Cell::text(t.t(&format!("field.{}", i.id))), Cell::number(i.most.to_string())];
            first.into_iter().chain(r.bids.iter().map(|b| mean(b, &i.id))).collect()
        })
        .collect();
    for seat in 0..r.members.len() {
        let first = [Cell::text(t.with("report.seat_total", &[("n", (seat + 1).to_string())])), Cell::number("100")];
        let total = |b: &report::BidLine| Cell::number(b.totals.get(seat).map(Score::to_string).unwrap_or_default());
        rows.push(first.into_iter().chain(r.bids.iter().map(total)).collect());
    }
    Block::table("means", t.t("report.means"), head, rows, t.t("ui.none"))
}

fn doubts(t: &Text, r: &PanelReport) -> Vec<Block> {
    let name = |bid: BidId| r.bids.iter().find(|b| b.bid == bid).map(|b| b.lead.clone()).unwrap_or_default();
    let seat = |n: usize| t.with("report.seat", &[("n", n.to_string())]);
    let mut out = vec![];
    let far = r.outliers.iter().map(|o| {
        let said = o.explanation.clone().unwrap_or_else(|| t.t("report.kept_silent"));
        vec![
            Cell::text(seat(o.seat)),
            Cell::text(name(o.bid)),
            Cell::number(o.total.to_string()),
            Cell::number(o.median.to_string()),
            Cell::text(said),
        ]
    });
    let head = columns(
        t,
        &[
            ("report.seat_head", "text"),
            ("column.lead", "text"),
            ("column.score", "number"),
            ("column.median", "number"),
            ("field.explanation", "text"),
        ],
    );
    out.push(Block::table("outliers", t.t("report.outliers"), head, far.collect(), t.t("report.no_outliers")));
    if !r.changes.is_empty() {
        let rows = r.changes.iter().map(|x| {
            vec![
                Cell::text(seat(x.seat)),
                Cell::text(name(x.bid)).note(t.t(&format!("field.{}", x.change.item))),
                Cell::number(x.change.before.to_string()),
                Cell::number(x.change.after.to_string()),
                Cell::text(x.change.reason.clone()).note(time::moment(t, x.change.at)),
            ]
        });
        let head = columns(
            t,
            &[
                ("report.seat_head", "text"),
                ("column.lead", "text"),
                ("column.before", "number"),
                ("column.after", "number"),
                ("field.reason", "text"),
            ],
        );
        out.push(Block::table("changes", t.t("report.changes"), head, rows.collect(), String::new()));
    }
    let (n, of) = (r.decisive_seats.len(), r.without.len());
    let facts = [("n", if n == 0 { of } else { n }.to_string()), ("of", of.to_string())];
    let (key, tone) = if n == 0 { ("block.sensitivity_firm", "ok") } else { ("block.sensitivity_hangs", "warn") };
    out.push(Block::inset(t.t("block.sensitivity"), t.with(key, &facts), tone));
    out
}

fn conclusion(t: &Text, r: &PanelReport) -> Vec<Block> {
    let text = |title: String, id: &str, text: &str| Block::Text {
        title,
        id: id.into(),
        paragraphs: text.lines().map(str::to_owned).collect(),
    };
    let mut out = vec![];
    if let Some(said) = &r.conclusion {
        let yes = |b: bool| t.t(if b { "option.yes" } else { "option.no" });
        out.push(text(t.t("report.conclusion"), "conclusion", &said.text));
        out.push(Block::summary(
            "findings",
            t.t("report.findings"),
            vec![
                Item::new(t.t("field.effective_competition"), yes(said.effective_competition)),
                Item::new(t.t("field.routes_differ"), yes(said.routes_differ)),
                Item::new(t.t("report.concluded_at"), time::moment(t, said.at)),
            ],
        ));
    }
    out.extend(r.officer_note.as_ref().map(|note| text(t.t("report.officer_note"), "officer-note", note)));
    for d in &r.dissent {
        out.push(text(t.with("report.dissent", &[("n", d.seat.to_string())]), &format!("dissent-{}", d.seat), &d.text));
    }
    out
}

/// The lot as a file that anyone may draw again (docs/draw.md).
pub async fn lot_file(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Result<Response, Problem> {
    let (_, lot) = web.app.lot(&v.actor, id).await?;
    let name = format!("attachment; filename=\"draw-{id}.json\"");
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(lot)).into_response())
}

/// The lot with what went into it, drawn again as the page is made.
pub async fn lot(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Result<Response, Problem> {
    let (c, lot) = web.app.lot(&v.actor, id).await?;
    let t = &v.text;
    let checked = lot.redrawn();
    let firm = checked.iter().all(|x| x.holds);
    let key = if firm { ("lot.holds", "ok") } else { ("lot.broken", "bad") };
    let mut blocks = vec![Block::inset(t.t("lot.again"), t.t(key.0), key.1)];
    let rows = checked.iter().map(|x| {
        let tag = Tag { text: t.t(if x.holds { "lot.same" } else { "lot.other" }), tone: if x.holds { "ok" } else { "bad" } };
        let short =
            if x.what == "sequence" { t.with("lot.experts", &[("n", lot.sequence.len().to_string())]) } else { x.found.clone() };
        vec![Cell::text(t.t(&format!("lot.{}", x.what))), Cell::tag(tag), Cell::text(short)]
    });
    let head = columns(t, &[("column.what", "text"), ("column.equal", "text"), ("lot.found", "text")]);
    blocks.push(Block::table("checked", t.t("lot.checked"), head, rows.collect(), String::new()));
    blocks.push(inputs(t, &lot));
    // Whoever reads the panel's report knows who was drawn; anybody else sees the numbers that the lot was over.
    let known: &[AccountId] = if policy::see_panel_report(&v.actor).is_ok() { &lot.sequence } else { &[] };
    blocks.push(order(t, &lot, &web.app.names(&[], known).await?));
    let actions = vec![Action::link("file", t.t("lot.file"), format!("/challenges/{id}/draw.json")).main()];
    show(&web, &v, &c, "nav.lot", (blocks, actions)).await
}

fn inputs(t: &Text, lot: &draw::Lot) -> Block {
    let item = |key: &str, value: String| Item::new(t.t(key), value);
    let items = vec![
        item("column.draw_commitment", lot.commitment.clone()).note(t.t("block.draw_note")),
        item("column.draw_secret", lot.seed.secret.clone()),
        item("column.draw_opening", lot.seed.opening.clone()),
        item("field.words", lot.seed.words.clone()),
        item("column.draw_pool", lot.seed.pool_sha256.clone()),
        item("column.draw_seed", lot.seed_sha256.clone()),
        item("report.seats", lot.plan.seats.to_string()),
        item("lot.discipline", lot.plan.discipline.clone()),
        item("lot.home", lot.plan.home.clone()),
        item("lot.barred", lot.barred.len().to_string()),
    ];
    Block::summary("inputs", t.t("lot.inputs"), items)
}

/// Everyone in the pool in the order of the lot, line by line: the hash that gives the place, and what became of it.
fn order(t: &Text, lot: &draw::Lot, names: &Names) -> Block {
    let row = |(n, id): (usize, &AccountId)| {
        let who = lot.pool.iter().find(|c| c.id == *id);
        let seat = if n < lot.plan.seats {
            Tag { text: t.t("lot.seat"), tone: "ok" }
        } else {
            Tag { text: t.t("lot.waits"), tone: "mute" }
        };
        vec![
            Cell::number((n + 1).to_string()),
            Cell::text(format!("{} {id}", names.account(*id)).trim().to_owned()).note(lot.ticket(*id)),
            Cell::text(who.map(|c| option_text(t, "expert_kind", &c.kind)).unwrap_or_default()),
            Cell::text(who.map(|c| c.region.clone()).unwrap_or_default())
                .note(who.map(|c| c.disciplines.join(" ")).unwrap_or_default()),
            Cell::tag(seat),
        ]
    };
    let head = columns(
        t,
        &[
            ("column.no", "number"),
            ("lot.ticket", "text"),
            ("field.expert_kind", "text"),
            ("field.region", "text"),
            ("column.state", "text"),
        ],
    );
    Block::table("order", t.t("lot.order"), head, lot.sequence.iter().enumerate().map(row).collect(), t.t("ui.none"))
}

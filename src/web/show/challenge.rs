//! A challenge: the need, the money, and what hangs on it.
use super::*;
use crate::app::query::Names;

pub(super) async fn challenge(web: &Web, v: &Visitor, case: &Case, m: &Moment) -> Result<Vec<Block>, Problem> {
    let (t, c) = (&v.text, &case.challenge);
    let mut out = vec![];
    if !c.return_notes.is_empty() && case.inside {
        let rows = c
            .return_notes
            .iter()
            .map(|n| vec![Cell::text(t.first(&[&format!("field.{}", n.field), &n.field])), Cell::text(n.note.clone())])
            .collect();
        out.push(Block::table(
            "returned",
            t.t("block.returned"),
            vec![(t.t("column.field"), "text"), (t.t("column.note"), "text")],
            rows,
            String::new(),
        ));
    }
    if case.inside {
        out.extend(super::answers::of_challenge(t, v, c));
    }
    let mut items = vec![];
    if let Some(n) = &c.need {
        let poster = match (&c.shown_name, case.inside) {
            (Some(name), _) => name.clone(),
            (None, true) => web.app.organisation(c.org).await?.name,
            (None, false) => t.t("ui.anonymous"),
        };
        items.push(Item::new(t.t("column.poster"), poster));
        items.push(Item::new(t.t("field.stake_fen"), wan(t, n.stake_fen)).note(n.stake_fen.capital()));
        items.push(Item::new(t.t("field.funding_mode"), option_text(t, "funding_mode", &n.funding_mode)));
    }
    if let Some(at) = c.close_at {
        let due = time::due(t, at, m);
        // A time that has passed in good order is no one's delay.
        let left = if c.state_at(m.now) == ChallengeState::Published { due.left } else { String::new() };
        items.push(Item::new(t.t("column.close_at"), due.text).note(left));
    }
    if let Some(n) = c.opened_bids {
        items.push(Item::new(t.t("column.bids"), n.to_string()));
    }
    if let Some(previous) = c.previous {
        items.push(Item::new(t.t("column.previous"), t.t("ui.see")).href(format!("/challenges/{previous}")));
    }
    if let Some(next) = c.relisted_as {
        items.push(Item::new(t.t("column.relisted_as"), t.t("ui.see")).href(format!("/challenges/{next}")));
    }
    if let Some(reason) = &c.lapse_reason {
        items.push(Item::new(t.t("field.reason_class"), option_text(t, "reason_class", reason)));
    }
    out.push(Block::summary("facts", t.t("block.facts"), items));
    if c.state_at(m.now) == ChallengeState::Published {
        out.push(Block::inset(t.t("block.sealed"), t.t("block.sealed_text"), "info"));
    }
    if let Some(b) = &case.my_bid {
        out.extend(super::bid::unconfirmed(t, b, c, m));
    }
    out.extend(unopened(t, case));
    out.extend(super::bid::ended_with_challenge(t, case.my_bid.as_ref(), c));
    if let Some(b) = &case.my_bid {
        out.extend(super::bid::amended_since(t, b, c, m));
    }
    if let Some(p) = c.pending_amendment.as_ref().filter(|_| case.inside && c.accepts_bids(m.now).is_ok()) {
        out.extend(blocks::pending_amendment(t, p));
    }
    let decided = c.called_off(m.now).filter(|_| v.actor.role.oversees() && !c.head.state.is_end());
    out.extend(decided.map(|x| blocks::calling_off(t, x)));
    out.extend(holder_part(t, v, c, m));
    out.extend(super::panel::alarms(t, v, c));
    out.extend(super::panel::stood_aside(web, v, c).await?);
    if let Some(n) = &c.need {
        out.push(blocks::indicators(t, &n.indicators));
        out.push(blocks::money(t, n));
    }
    // Before bids are opened people come to read the need; afterwards, to see what has come of it.
    let (need, parts) = (need_parts(web, t, case).await?, case_parts(web, v, case, m).await?);
    let (first, second) = if c.opened_at.is_none() { (need, parts) } else { (parts, need) };
    out.extend(first);
    out.extend(second);
    if let Some(p) = c.proposed.as_ref().filter(|_| case.inside) {
        out.extend(blocks::proposed(t, p));
    }
    if let Some(a) = c.appraisal.as_ref().filter(|_| case.inside) {
        let rows = a
            .opinions
            .iter()
            .map(|o| {
                vec![
                    Cell::text(o.expert.clone()),
                    Cell::text(o.unit.clone()),
                    Cell::text(option_text(t, "verdict", &o.verdict)),
                    Cell::text(o.opinion.clone()),
                ]
            })
            .collect();
        let columns = ["expert", "unit", "verdict", "opinion"].iter().map(|c| (t.t(&format!("field.{c}")), "text")).collect();
        out.push(Block::table("appraisal", t.t("block.appraisal"), columns, rows, String::new()));
        out.extend(super::race::typed(web, t, a.typed.as_ref()).await?);
    }
    out.extend(seal_parts(t, v, c));
    Ok(out)
}

/// The need as it was written, section by section, with its papers.
async fn need_parts(web: &Web, t: &Text, case: &Case) -> Result<Vec<Block>, Problem> {
    let c = &case.challenge;
    let Some(n) = &c.need else { return Ok(vec![]) };
    let form = <Need as Draft>::FORM;
    let value = need_json(n, case.inside);
    let mut out: Vec<Block> = blocks::read_only(t, &form, form.sections, &value);
    out.retain(|b| !matches!(b, Block::Table { id, .. } if id == "v-indicators"));
    let ids: Vec<FileId> = if case.inside || n.confidentiality == "open" { n.attachments.clone() } else { vec![] };
    let mut shown = web.app.attachments(&ids).await?;
    if case.inside {
        shown.extend(web.app.attachments(&n.funds_proof).await?);
    }
    if !shown.is_empty() {
        out.push(blocks::files(t, &t.t("block.files"), &shown));
    }
    Ok(out)
}

/// What the last try did not open, by the receipt: whose it is nobody knows before the opening.
fn unopened(t: &Text, case: &Case) -> Option<Block> {
    let c = &case.challenge;
    let receipt = |bid: BidId| -> String {
        let lines = c.stages.closing.iter().flat_map(|list| &list.bids);
        lines.filter(|l| l.bid == bid).map(|l| l.sha256.chars().take(16).collect::<String>()).next().unwrap_or_default()
    };
    let row = |f: &Failure| vec![Cell::text(receipt(f.bid)), Cell::text(opening_record::why_text(t, &f.why))];
    (c.is_stuck() && case.inside).then(|| {
        let columns = vec![(t.t("column.receipt"), "text"), (t.t("field.reason"), "text")];
        Block::table("unopened", t.t("block.unopened"), columns, c.stages.unopened.iter().map(row).collect(), String::new())
    })
}

/// A keyholder's way to its part of the opening.
fn holder_part(t: &Text, v: &Visitor, c: &Challenge, m: &Moment) -> Option<Block> {
    let holder = c.sealing.as_ref().is_some_and(|s| s.holders.contains(&v.actor.account)) && !v.actor.is_visitor();
    (holder && c.ceremony(m.now).is_some()).then(|| Block::Inset {
        title: t.t("sealing.opening"),
        text: t.t("sealing.opening_lead"),
        tone: "info",
        href: Some(format!("/challenges/{}/handout", c.id)),
        link: t.t("sealing.yours"),
    })
}

/// By whom bids are sealed and how the panel was drawn, for those who check it.
fn seal_parts(t: &Text, v: &Visitor, c: &Challenge) -> Vec<Block> {
    let mut out = vec![];
    if c.published_at.is_some() {
        let items = sealing::keyholders(t, c).into_iter().map(|(label, value)| Item::new(label, value)).collect();
        out.push(Block::summary("sealing", t.t("block.sealing"), items));
    }
    out.extend(super::panel::draw(t, v, c));
    out
}

/// The bids as far as they are open to this reader.
fn bids(t: &Text, v: &Visitor, case: &Case, names: &Names) -> Option<Block> {
    let row = |b: &Bid| {
        vec![
            Cell::link(names.org(b.org), format!("/bids/{}", b.id)),
            Cell::tag(state_tag(t, Noun::Bid, b.head.state.id())),
            Cell::money(b.price_fen.map(|p| p.wan_text()).unwrap_or_default()),
        ]
    };
    let columns = vec![(t.t("column.lead"), "text"), (t.t("column.state"), "text"), (t.t("column.price_wan"), "money")];
    let rows = case.bids.iter().map(row).collect();
    let shown = !case.bids.is_empty() && v.actor.role != Role::Bidder;
    shown.then(|| Block::table("bids", t.t("block.bids"), columns, rows, t.t("ui.none")))
}

/// Who sits, and how far each has come.
fn panel(t: &Text, case: &Case, names: &Names, m: &Moment) -> Option<Block> {
    let row = |a: &Assignment| {
        vec![
            Cell::link(names.account(a.expert), format!("/assignments/{}", a.id)),
            Cell::tag(state_tag(t, Noun::Assignment, a.head.state.id())),
            a.head.due.filter(|_| a.sits()).map_or_else(|| Cell::text(""), |d| Cell::clock(&time::due(t, d, m))),
        ]
    };
    let columns = vec![(t.t("role.expert"), "text"), (t.t("column.state"), "text"), (t.t("column.due"), "clock")];
    let rows = case.assignments.iter().map(row).collect();
    (!case.assignments.is_empty()).then(|| Block::table("panel", t.t("block.panel"), columns, rows, t.t("ui.none")))
}

/// What one sees before price and team are opened: whose, and that every blind part is locked.
pub async fn before_prices(web: &Web, v: &Visitor, case: &Case) -> Result<Vec<Block>, Problem> {
    let orgs: Vec<OrgId> = case.bids.iter().map(|b| b.org).collect();
    let experts: Vec<AccountId> = case.assignments.iter().map(|a| a.expert).collect();
    let (names, m) = (web.app.names(&orgs, &experts).await?, web.app.glance().await?);
    Ok(bids(&v.text, v, case, &names).into_iter().chain(panel(&v.text, case, &names, &m)).collect())
}

/// What hangs on a challenge: questions, bids, talks, panel, ranks, notices, objections, contracts.
pub(super) async fn case_parts(web: &Web, v: &Visitor, case: &Case, m: &Moment) -> Result<Vec<Block>, Problem> {
    let (t, c) = (&v.text, &case.challenge);
    let mut out = vec![];
    if !case.questions.is_empty() {
        out.push(questions(t, &case.questions));
    }
    let orgs: Vec<OrgId> = case
        .bids
        .iter()
        .map(|b| b.org)
        .chain(case.talks.iter().map(|x| x.org))
        .chain(case.contracts.iter().map(|k| k.lead))
        .collect();
    let names = web.app.names(&orgs, &case.assignments.iter().map(|a| a.expert).collect::<Vec<_>>()).await?;
    if c.ranking.is_empty() {
        out.extend(bids(t, v, case, &names));
    } else if !case.bids.is_empty() && v.actor.role != Role::Bidder {
        out.push(ranking(web, v, case).await?);
    }
    if !case.talks.is_empty() {
        let rows = case
            .talks
            .iter()
            .map(|x| {
                vec![
                    Cell::link(names.org(x.org), format!("/talks/{}", x.id)),
                    Cell::tag(state_tag(t, Noun::Talk, x.head.state.id())),
                    Cell::number(x.minutes.len().to_string()),
                ]
            })
            .collect();
        let columns = vec![(t.t("column.team"), "text"), (t.t("column.state"), "text"), (t.t("column.minutes"), "number")];
        out.push(Block::table("talks", t.t("block.talks"), columns, rows, t.t("ui.none")));
    }
    out.extend(panel(t, case, &names, m));
    out.extend(sensitivity(t, v, c));
    out.extend(super::panel::sat(web, t, c).await?);
    out.extend(super::panel::papers(web, v, case).await?);
    if !case.notices.is_empty() {
        let rows = case
            .notices
            .iter()
            .map(|n| {
                vec![
                    Cell::link(n.number.clone().unwrap_or_else(|| t.t("noun.notice")), format!("/notices/{}", n.id)),
                    Cell::tag(state_tag(t, Noun::Notice, n.head.state.id())),
                    match n.ends_at {
                        Some(e) if n.head.state == NoticeState::InPublicity => Cell::clock(&time::due(t, e, m)),
                        Some(e) => Cell::text(time::deadline(t, e)),
                        None => Cell::text(""),
                    },
                ]
            })
            .collect();
        let columns = vec![(t.t("noun.notice"), "text"), (t.t("column.state"), "text"), (t.t("column.ends"), "clock")];
        out.push(Block::table("notices", t.t("block.notices"), columns, rows, t.t("ui.none")));
    }
    if !case.objections.is_empty() {
        let rows = case
            .objections
            .iter()
            .map(|o| {
                vec![
                    Cell::link(t.t("noun.objection"), format!("/objections/{}", o.id)),
                    Cell::tag(state_tag(t, Noun::Objection, o.head.state.id())),
                ]
            })
            .collect();
        out.push(Block::table(
            "objections",
            t.t("block.objections"),
            vec![(t.t("noun.objection"), "text"), (t.t("column.state"), "text")],
            rows,
            t.t("ui.none"),
        ));
    }
    if !case.contracts.is_empty() {
        let rows = case
            .contracts
            .iter()
            .map(|k| {
                let name = if policy::see_contract(&v.actor, k).is_ok() {
                    Cell::link(k.number.clone(), format!("/contracts/{}", k.id))
                } else {
                    Cell::text(k.number.clone())
                };
                vec![
                    name,
                    Cell::text(names.org(k.lead)),
                    Cell::tag(state_tag(t, Noun::Contract, k.head.state.id())),
                    Cell::money(k.award().wan_text()),
                ]
            })
            .collect();
        let columns = vec![
            (t.t("noun.contract"), "text"),
            (t.t("column.lead"), "text"),
            (t.t("column.state"), "text"),
            (t.t("column.award_wan"), "money"),
        ];
        out.push(Block::table("contracts", t.t("block.contracts"), columns, rows, t.t("ui.none")));
        out.extend(super::race::of_challenge(web, v, c.id).await?);
        out.extend(super::acceptance::of_challenge(web, v, c.id, m).await?);
        for k in case.contracts.iter().filter(|k| k.head.state != ContractState::Abandoned) {
            out.push(thread_of(t, k));
        }
    }
    Ok(out)
}

/// From published to measured, of one contract; in a race there is one a lane.
fn thread_of(t: &Text, k: &Contract) -> Block {
    let mut block = blocks::thread(t, &k.thread);
    if let (Block::Table { id, title, .. }, Some(lane)) = (&mut block, k.lane) {
        let lane = t.with("race.lane", &[("n", lane.to_string())]);
        *title = t.with("ui.of_lane", &[("what", title.clone()), ("lane", lane.clone())]);
        *id = format!("{id}-{}", k.lane_number());
    }
    block
}

/// The ranked list.
pub async fn ranking(web: &Web, v: &Visitor, case: &Case) -> Result<Block, Problem> {
    let t = &v.text;
    let names = web.app.names(&case.bids.iter().map(|b| b.org).collect::<Vec<_>>(), &[]).await?;
    let rows = case
        .challenge
        .ranking
        .iter()
        .filter_map(|r| case.bids.iter().find(|b| b.id == r.bid).map(|b| (r, b)))
        .map(|(r, b)| {
            vec![
                Cell::number(r.rank.to_string()),
                Cell::link(names.org(b.org), format!("/bids/{}", b.id)),
                Cell::number(r.total.to_string()).note(normalised(t, v, &case.challenge, r.bid)),
                Cell::text(t.t(if r.qualified { "ui.qualified" } else { "ui.not_qualified" })),
                Cell::tag(state_tag(t, Noun::Bid, b.head.state.id())),
                Cell::money(b.price_fen.map(|p| p.wan_text()).unwrap_or_default()),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.rank"), "number"),
        (t.t("column.lead"), "text"),
        (t.t("column.score"), "number"),
        (t.t("column.qualified"), "text"),
        (t.t("column.state"), "text"),
        (t.t("column.price_wan"), "money"),
    ];
    Ok(Block::table("ranking", t.t("block.ranking"), columns, rows, t.t("ui.none")))
}

/// The normalised total beside the raw one, for those who oversee.
fn normalised(t: &Text, v: &Visitor, c: &Challenge, bid: BidId) -> String {
    let analysis = c.analysis.as_ref().filter(|_| policy::sees_analysis(&v.actor));
    let even = analysis.and_then(|a| a.normalised.iter().find(|(b, _)| *b == bid));
    even.map(|(_, s)| t.with("block.normalised", &[("score", s.to_string())])).unwrap_or_default()
}

/// Whether the first place hangs on one expert's sheet, for those who oversee.
fn sensitivity(t: &Text, v: &Visitor, c: &Challenge) -> Option<Block> {
    let a = c.analysis.as_ref().filter(|_| policy::sees_analysis(&v.actor))?;
    let seats = a.decisive();
    let (text, tone) = match seats.len() {
        0 => (t.with("block.sensitivity_firm", &[("n", a.without.len().to_string())]), "ok"),
        n => (t.with("block.sensitivity_hangs", &[("n", n.to_string()), ("of", a.without.len().to_string())]), "warn"),
    };
    Some(Block::inset(t.t("block.sensitivity"), text, tone))
}

pub(super) fn questions(t: &Text, all: &[Question]) -> Block {
    let rows = all
        .iter()
        .map(|q| {
            vec![
                Cell::link(q.text.clone(), format!("/questions/{}", q.id)).note(time::moment(t, q.asked_at)),
                Cell::text(q.answer.clone().unwrap_or_else(|| t.t("ui.no_answer_yet")))
                    .note(q.answered_at.map(|a| time::moment(t, a)).unwrap_or_default()),
            ]
        })
        .collect();
    Block::table(
        "questions",
        t.t("block.questions"),
        vec![(t.t("column.question"), "text"), (t.t("column.answer"), "text")],
        rows,
        t.t("ui.none"),
    )
}

//! Bids, their receipts, talks, and a bid as an expert reviews it.
use super::*;

pub(super) async fn bid(
    web: &Web,
    v: &Visitor,
    x: &(Challenge, Bid, Option<Readable>),
    m: &Moment,
) -> Result<Vec<Block>, Problem> {
    let (t, (c, b, offer)) = (&v.text, x);
    let org = web.app.organisation(b.org).await?;
    let mut items = vec![Item::new(t.t("column.lead"), org.name).note(org.uscc.to_string())];
    if let Some(seal) = &b.seal {
        items.push(Item::new(t.t("column.sealed_at"), time::moment(t, seal.sealed_at)));
        items.push(Item::new("SHA-256", seal.sha256.clone()));
        items.push(Item::new(t.t("column.sealed_by"), t.t(&format!("sealed_by.{}", seal.by_whom()))));
    }
    for (key, score) in [("column.blind_score", b.blind_score), ("column.score", b.score)] {
        items.extend(score.map(|s| Item::new(t.t(key), s.to_string())));
    }
    items.extend(b.rank.map(|r| Item::new(t.t("column.rank"), r.to_string())));
    items.extend(b.correction.as_ref().map(|r| Item::new(t.t("column.correction"), r.clone())));
    let why = b.reason.as_ref().map(|r| crate::web::opening_record::why_text(t, r));
    items.extend(why.map(|r| Item::new(t.t("field.reason"), r)));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    out.extend(super::answers::of_bid(t, v, b));
    out.extend(ended_with_challenge(t, Some(b), c));
    out.extend(unconfirmed(t, b, c, m));
    out.extend(amended_since(t, b, c, m));
    if b.org == v.actor.org && b.may(BidAct::BringKey, c, m).is_ok() {
        out.push(Block::Inset {
            title: t.t("sealing.spare"),
            text: t.t("sealing.spare_lead"),
            tone: "warn",
            href: Some(format!("/bids/{}/spare", b.id)),
            link: t.t("sealing.go.spare"),
        });
    }
    if c.opened_at.is_none() && c.sealing.is_some() && b.head.state == BidState::Draft {
        out.push(Block::Inset {
            title: t.t("sealing.seal"),
            text: t.t("sealing.seal_lead"),
            tone: "info",
            href: Some(format!("/bids/{}/seal-here", b.id)),
            link: t.t("sealing.go.seal"),
        });
    }
    if c.opened_at.is_none() {
        out.push(Block::inset(t.t("block.sealed"), t.t("block.sealed_text"), "info"));
        out.extend(c.close_at.map(|at| {
            Block::summary(
                "clock",
                t.t("column.close_at"),
                vec![Item::new(t.t("column.close_at"), time::deadline(t, at)).note(time::due(t, at, m).left)],
            )
        }));
    }
    let slot = c.defence.as_ref().and_then(|d| d.slots.iter().find(|s| s.bid == b.id).map(|s| (d, s)));
    if let Some((d, s)) = slot.filter(|_| v.actor.org == b.org || v.actor.role.oversees()) {
        let facts = [("at", time::moment(t, s.at)), ("minutes", d.minutes.to_string()), ("place", d.place.clone())];
        out.push(Block::inset(t.t("report.defence"), t.with("report.your_slot", &facts), "info"));
    }
    if v.actor.org == b.org || v.actor.role.oversees() {
        out.extend(team_words(t, b));
    }
    if let Some(debrief) = web.app.debrief(&v.actor, b, c).await? {
        out.extend(debriefed(t, &debrief));
    }
    if let Some(o) = offer {
        let form = <Offer as Draft>::FORM;
        let own = v.actor.org == b.org;
        let mut value = o.json();
        if !own {
            value["avoid"] = serde_json::Value::Null;
            value["team_relations"] = serde_json::Value::Null;
        }
        if matches!(o, Readable::A(_)) && !own {
            out.push(Block::inset(t.t("block.price_sealed"), t.t("block.price_sealed_text"), "info"));
        }
        out.extend(blocks::read_only(t, &form, form.sections, &value));
        let files = web.app.files_of_bid(&v.actor, b, c).await?;
        out.extend((!files.is_empty()).then(|| blocks::files(t, &t.t("block.files"), &files)));
    }
    Ok(out)
}

/// What the team said after the opening: who joined, and which relations it declared.
fn team_words(t: &Text, b: &Bid) -> Option<Block> {
    let mut rows = vec![];
    for w in &b.team {
        let line = |what: String, who: String| vec![Cell::text(time::moment(t, w.at)), Cell::text(what), Cell::text(who)];
        rows.extend(w.people.iter().map(|p| line(option_text(t, "part", &p.part), format!("{}（{}）", p.name, p.unit))));
        rows.extend(w.units.iter().map(|u| line(t.t("side.partner"), format!("{}（{}）", u.name, u.uscc))));
        let told =
            |r: &TeamRelation| [r.person.clone(), Some(r.party.clone())].into_iter().flatten().collect::<Vec<_>>().join(" → ");
        rows.extend(w.relations.iter().map(|r| line(option_text(t, "kind", &r.kind), told(r))));
    }
    let columns = ["at", "what", "who"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect();
    (!rows.is_empty()).then(|| Block::table("team-words", t.t("block.team_words"), columns, rows, String::new()))
}

/// A sealed bid that a material amendment has overtaken is out unless its team lets it stand in time: said on every page on
/// which the team looks at it.
pub(super) fn unconfirmed(t: &Text, b: &Bid, c: &Challenge, m: &Moment) -> Option<Block> {
    let waits = b.head.state == BidState::Sealed && !b.is_confirmed(c) && c.accepts_bids(m.now).is_ok();
    let close = c.close_at.map(|at| time::deadline(t, at)).unwrap_or_default();
    waits.then(|| Block::Inset {
        title: t.t("block.unconfirmed"),
        text: t.with("block.unconfirmed_text", &[("close", close)]),
        tone: "warn",
        href: Some(format!("/bids/{}/confirmation", b.id)),
        link: t.t("act.bid.confirmation"),
    })
}

/// The challenge was amended after this draft was begun: its team answers the text as it now stands.
pub(super) fn amended_since(t: &Text, b: &Bid, c: &Challenge, m: &Moment) -> Option<Block> {
    let at = c.amended_at.filter(|at| b.head.state == BidState::Draft && *at > b.head.since && c.accepts_bids(m.now).is_ok())?;
    Some(Block::Inset {
        title: t.with("block.amended_since", &[("at", time::moment(t, at)), ("edition", c.edition.to_string())]),
        text: t.t("block.amended_since_text"),
        tone: "warn",
        href: Some(format!("/challenges/{}#story", c.id)),
        link: t.t("block.amended_since_link"),
    })
}

/// The challenge was called off: what becomes of this team's bid, and, to whoever reads the challenge, of all that were sealed.
pub(super) fn ended_with_challenge(t: &Text, b: Option<&Bid>, c: &Challenge) -> Option<Block> {
    let decided = c.calling_off.as_ref().filter(|_| c.is_called_off())?;
    let title = t.t(if decided.withdrawal { "block.challenge_withdrawn" } else { "block.challenge_cancelled" });
    let sealed = b.is_some_and(|b| b.seal.is_some() && b.head.state == BidState::Expired && c.opened_at.is_none());
    let text = if sealed { t.t("block.your_bid_stays_sealed") } else { decided.reason.clone() };
    Some(Block::inset(title, text, "warn"))
}

/// The receipt of a sealed bid: what was sealed, when, and what happens next.
pub async fn receipt(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>) -> Result<Response, Problem> {
    let (c, b) = web.app.bid(&v.actor, id).await?;
    let seal = b.seal.as_ref().ok_or_else(|| Problem::new("missing"))?;
    let t = &v.text;
    let mut facts = vec![
        Fact::new(t.t("column.challenge"), c.title.clone()),
        Fact::new(t.t("column.bid_id"), b.id.to_string()),
        Fact::new(t.t("column.sealed_at"), time::moment(t, seal.sealed_at)),
        Fact::new(t.t("column.edition"), seal.edition.to_string()),
        Fact::new("SHA-256", seal.sha256.clone()),
        Fact::new(t.t("column.sealed_by"), t.t(&format!("sealed_by.{}", seal.by_whom()))),
    ];
    facts.extend(sealing::facts(t, &c, seal));
    let entry = web.app.last_entry(id.0, &["bid.seal"]).await?.filter(|_| web.app.log.public_key().is_some());
    if let Some(seq) = entry {
        facts.push(Fact::new(t.t("log.entry"), seq.to_string()));
    }
    let proof = entry.map(|seq| Action::link("proof", t.t("log.receipt_file"), format!("/log/entries/{seq}/receipt")));
    let close = c.close_at.map(|at| time::deadline(t, at)).unwrap_or_default();
    let next = vec![t.with("receipt.change", &[("close", close)]), t.t("receipt.sealed"), t.t("receipt.opening")];
    let page = ReceiptPage {
        title: t.t("receipt.title"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/bids", t.t("nav.my_bids")), Crumb::here(t.t("receipt.title"))],
        number: c.number.as_ref().map(|n| format!("{n}-{}", seal.sha256[..8].to_uppercase())),
        facts,
        next,
        actions: vec![
            Action::link("bid", t.t("ui.my_bid"), format!("/bids/{id}")).main(),
            Action::link("challenge", t.t("column.challenge"), format!("/challenges/{}", c.id)),
        ]
        .into_iter()
        .chain(proof)
        .collect(),
    };
    web.show(&v, StatusCode::OK, &page).await
}

pub(super) fn talk_blocks(t: &Text, talk: &Talk) -> Vec<Block> {
    let rows = talk
        .minutes
        .iter()
        .map(|x| {
            vec![
                Cell::text(time::day_text(t, &x.held_on)),
                Cell::text(x.present.clone()),
                Cell::text(x.summary.clone()),
                Cell::text(t.t(if x.confirmed_by.is_some() { "ui.confirmed" } else { "ui.not_confirmed" })),
            ]
        })
        .collect();
    let columns = ["held_on", "present", "summary"]
        .iter()
        .map(|c| (t.t(&format!("field.{c}")), "text"))
        .chain([(t.t("column.confirmed"), "text")])
        .collect();
    vec![
        Block::Text { title: t.t("field.note"), id: "note".into(), paragraphs: talk.note.lines().map(str::to_owned).collect() },
        Block::table("minutes", t.t("column.minutes"), columns, rows, t.t("ui.none")),
    ]
}

pub(super) fn assignment(t: &Text, x: &crate::web::shown::Reviewed) -> Vec<Block> {
    let crate::web::shown::Reviewed { challenge: c, assignment: a, bids, totals } = x;
    let mut out: Vec<Block> = panel::hits(t, &a.hits).into_iter().collect();
    if !totals.is_empty() {
        out.push(panel_totals(t, a, totals));
    }
    out.extend(together(t, c, a, bids));
    if let Some(n) = &c.need {
        out.push(blocks::indicators(t, &n.indicators));
    }
    let form = <Offer as Draft>::FORM;
    for (n, (b, offer)) in bids.iter().enumerate() {
        let Some(offer) = offer else { continue };
        let title = blocks::scheme(t, n + 1);
        let sheet = a.sheets.get(&b.id).cloned().unwrap_or_default();
        let items = c
            .rubric
            .items
            .iter()
            .filter(|i| i.blind || a.may_read_open_part())
            .map(|i| {
                Item::new(
                    t.t(&format!("field.{}", i.id)),
                    sheet.points.get(&i.id).map_or_else(|| "—".to_owned(), |p| format!("{p} / {}", i.most)),
                )
            })
            .collect();
        out.push(Block::summary(&format!("sheet-{n}"), title.clone(), items));
        if a.has_locked_blind() && !a.price_open {
            out.push(Block::inset(title.clone(), t.t("block.price_sealed_text"), "info"));
        } else if !(a.is_locked() || a.head.state == AssignmentState::Submitted) {
            out.push(Block::Inset {
                title: title.clone(),
                text: t.t("block.score_text"),
                tone: "info",
                href: Some(format!("/assignments/{}/score?bid={}", a.id, b.id)),
                link: t.t("act.assignment.score"),
            });
        }
        let mut parts: Vec<Block> = blocks::read_only(t, &form, form.sections, offer);
        // Two bids on one page have the same sections: each is reached by an address of its own.
        for part in &mut parts {
            if let Block::Summary { id, .. } | Block::Text { id, .. } | Block::Table { id, .. } = part {
                id.push_str(&format!("-{}", n + 1));
            }
        }
        out.extend(parts);
    }
    out
}

/// What the panel does together: the hearing, ties to vote on, the conclusion, dissent, and the fee.
fn together(t: &Text, c: &Challenge, a: &Assignment, bids: &[crate::web::shown::PutBefore]) -> Vec<Block> {
    let label = |bid: BidId| {
        let place = bids.iter().position(|(b, _)| b.id == bid).map_or(0, |n| n + 1);
        blocks::scheme(t, place)
    };
    let mut out = vec![];
    if let Some(d) = c.defence.as_ref().filter(|_| a.may_read_open_part()) {
        out.push(crate::web::panel_pages::slots(t, d, &label));
    }
    if a.chairs {
        out.push(Block::inset(t.t("report.chair"), t.t("report.you_chair"), "info"));
    }
    for group in &a.ties {
        let names = group.iter().map(|b| label(*b)).collect::<Vec<_>>().join(t.comma());
        let voted = group.iter().find(|b| a.votes.contains(b)).map_or_else(|| t.t("report.not_voted"), |b| label(*b));
        out.push(Block::inset(t.t("report.tie"), t.with("report.tie_text", &[("bids", names), ("voted", voted)]), "warn"));
    }
    let mut items = vec![];
    items.extend(a.conclusion.as_ref().map(|x| Item::new(t.t("report.conclusion"), x.text.clone())));
    items.extend(a.dissent.as_ref().map(|x| Item::new(t.t("report.own_dissent"), x.clone())));
    if let Some(fee) = &a.fee {
        items.push(Item::new(t.t("report.fee"), fee.amount_fen.to_string()).note(format!(
            "{} · {}",
            time::day_text(t, &fee.paid_on),
            fee.voucher
        )));
    }
    if !items.is_empty() {
        out.push(Block::summary("together", t.t("report.together"), items));
    }
    out
}

/// The totals of the whole panel without names, beside one's own: shown when every sheet is in, for the discussion.
fn panel_totals(t: &Text, a: &Assignment, totals: &[(BidId, Vec<Score>)]) -> Block {
    let own = |bid: &BidId| a.sheets.get(bid).and_then(Sheet::total).map(|s| s.to_string()).unwrap_or_default();
    let all = |scores: &[Score]| scores.iter().map(Score::to_string).collect::<Vec<_>>().join(" · ");
    let rows = totals.iter().enumerate().map(|(n, (bid, scores))| {
        let far = if a.outlying.contains(bid) { t.t("block.far_from_median") } else { String::new() };
        vec![
            Cell::text(blocks::scheme(t, n + 1)),
            Cell::text(own(bid)),
            Cell::text(all(scores)),
            Cell::text(median(scores).map(|s| s.to_string()).unwrap_or_default()),
            Cell::text(far),
        ]
    });
    let columns = ["bid", "own_total", "panel_totals", "median", "note"].iter().map(|c| (t.t(&format!("column.{c}")), "text"));
    Block::table("panel-totals", t.t("block.panel_totals"), columns.collect(), rows.collect(), t.t("ui.none"))
}

/// How the bid was scored, item by item, beside the first rank and the spread.
fn debriefed(t: &Text, d: &Debrief) -> Vec<Block> {
    let place = t.with("block.debrief_rank", &[("rank", d.rank.to_string()), ("of", d.of.to_string())]);
    let mut items = vec![Item::new(t.t("column.rank"), place), Item::new(t.t("column.score"), d.total.to_string())];
    items.extend(d.winner_total.map(|w| Item::new(t.t("column.first_score"), w.to_string())));
    items.push(Item::new(t.t("column.pass"), d.pass.to_string()));
    let rows = d.items.iter().map(|i| {
        vec![
            Cell::text(t.t(&format!("field.{}", i.item))),
            Cell::number(i.most.to_string()),
            Cell::number(i.own.to_string()),
            Cell::number(i.winner.map(|w| w.to_string()).unwrap_or_default()),
            Cell::number(format!("{}–{}", i.low, i.high)),
        ]
    });
    let columns = vec![
        (t.t("field.item"), "text"),
        (t.t("column.most"), "number"),
        (t.t("column.own_mean"), "number"),
        (t.t("column.first_mean"), "number"),
        (t.t("column.spread"), "number"),
    ];
    let mut out = vec![
        Block::summary("debrief", t.t("block.debrief"), items),
        Block::table("debrief-items", t.t("block.debrief_items"), columns, rows.collect(), t.t("ui.none")),
    ];
    if !d.comments.is_empty() {
        out.push(Block::Text { title: t.t("block.debrief_comments"), id: "comments".into(), paragraphs: d.comments.clone() });
    }
    out.push(Block::inset(t.t("block.debrief_object"), t.t("block.debrief_object_text"), "info"));
    out
}

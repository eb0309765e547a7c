//! What a contract brings: milestones, payments, changes, acceptance.
use super::*;

pub(super) async fn milestone(web: &Web, v: &Visitor, x: &(Contract, Milestone), m: &Moment) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("field.result"), x.result.clone()),
        Item::new(t.t("field.share_bp"), format!("{}%", percent_text(x.share_bp))),
        Item::new(t.t("column.due"), time::deadline(t, x.due_at)).note(match x.head.state.is_end() {
            true => String::new(),
            false => time::due(t, x.due_at, m).left,
        }),
    ];
    items.extend(x.poster_says.as_ref().map(|s| {
        Item::new(t.t("column.poster_says"), t.t(&format!("poster_says.{s}"))).note(x.poster_reason.clone().unwrap_or_default())
    }));
    items.extend(x.verdict.as_ref().map(|s| Item::new(t.t("field.verdict.verdict"), s.clone())));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    if let Some(report) = &x.report {
        out.push(Block::Text {
            title: t.t("field.report"),
            id: "report".into(),
            paragraphs: report.lines().map(str::to_owned).collect(),
        });
    }
    if !x.evidence.is_empty() {
        let rows = x
            .evidence
            .iter()
            .map(|e| {
                let thread = usize::try_from(e.indicator).ok().and_then(|n| k.thread.get(n.checked_sub(1)?));
                vec![
                    Cell::text(thread.map_or(String::new(), |i| i.published.name.clone())),
                    Cell::number(thread.map_or(String::new(), |i| blocks::target_text(t, &i.published))),
                    Cell::number(e.value.to_string()),
                    Cell::text(e.note.clone().unwrap_or_default()),
                ]
            })
            .collect();
        let columns = vec![
            (t.t("column.indicator"), "text"),
            (t.t("column.published"), "number"),
            (t.t("column.measured"), "number"),
            (t.t("field.note"), "text"),
        ];
        out.push(Block::table("evidence", t.t("field.evidence"), columns, rows, String::new()));
    }
    out.extend(node_parts(t, k, x));
    out.extend(super::race::typed(web, t, x.typed.as_ref()).await?);
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

/// What was delivered and judged, on what conditions, what was ruled, and what excuses a failure.
fn node_parts(t: &Text, k: &Contract, x: &Milestone) -> Vec<Block> {
    let mut out = vec![];
    if !x.deliverables.is_empty() {
        let row = |d: &Delivered| {
            vec![
                Cell::text(option_text(t, "kind", &d.kind)).note(d.note.clone().unwrap_or_default()),
                Cell::text(d.number.clone()),
                Cell::number(d.count.to_string()),
            ]
        };
        let columns = vec![(t.t("field.kind"), "text"), (t.t("node.number"), "text"), (t.t("field.count"), "number")];
        out.push(Block::table(
            "delivered",
            t.t("field.deliverables"),
            columns,
            x.deliverables.iter().map(row).collect(),
            String::new(),
        ));
    }
    if !x.judged.is_empty() {
        let row = |j: &NodeVerdict| {
            let thread = usize::try_from(j.indicator).ok().and_then(|n| k.thread.get(n.checked_sub(1)?));
            let verdict = Cell::text(option_text(t, "verdict", &j.verdict)).note(j.note.clone().unwrap_or_default());
            vec![Cell::text(thread.map_or(String::new(), |i| i.published.name.clone())), verdict]
        };
        let columns = vec![(t.t("column.indicator"), "text"), (t.t("field.verdict"), "text")];
        out.push(Block::table("judged", t.t("field.judged"), columns, x.judged.iter().map(row).collect(), String::new()));
    }
    out.extend(super::race::judges(t, &x.experts));
    out.extend(conditions(t, x));
    for r in &x.overdue_rulings {
        let facts = [("late", r.late_days.to_string()), ("minutes", r.minutes.number.clone()), ("reason", r.reason.clone())];
        out.push(Block::inset(option_text(t, "outcome", &r.outcome), t.with("node.overdue_ruling", &facts), "warn"));
    }
    if let Some(d) = &x.decision {
        let facts = [("minutes", d.minutes.number.clone()), ("reason", d.reason.clone())];
        out.push(Block::inset(option_text(t, "outcome", &d.outcome), t.with("node.decision", &facts), "warn"));
    }
    out.extend(x.excused.iter().flat_map(|d| super::after::proof(t, d)));
    out
}

fn conditions(t: &Text, x: &Milestone) -> Option<Block> {
    let row = |(n, c): (usize, &Condition)| {
        let (key, tone) = match (c.closed_at, &c.proof) {
            (Some(_), _) => ("node.condition_closed", "ok"),
            (None, Some(_)) => ("node.condition_proved", "info"),
            (None, None) => ("node.condition_open", "warn"),
        };
        vec![
            Cell::number((n + 1).to_string()),
            Cell::text(c.text.clone()).note(c.proof.clone().unwrap_or_default()),
            Cell::text(time::day_text(t, &c.due_on)),
            Cell::tag(Tag { text: t.t(key), tone }),
        ]
    };
    let columns = vec![
        (t.t("column.no"), "number"),
        (t.t("node.conditions"), "text"),
        (t.t("column.due"), "text"),
        (t.t("column.state"), "text"),
    ];
    (!x.conditions.is_empty()).then(|| {
        Block::table(
            "conditions",
            t.t("node.conditions"),
            columns,
            x.conditions.iter().enumerate().map(row).collect(),
            String::new(),
        )
    })
}

/// One payment, with who asked, checked, approved, paid.
pub async fn instalment_summary(web: &Web, v: &Visitor, k: &Contract, i: &Instalment) -> Result<Block, Problem> {
    let t = &v.text;
    let people: Vec<AccountId> = [i.requested_by, i.checked_by, i.approved_by, i.paid_by].into_iter().flatten().collect();
    let names = web.app.names(&[i.payer, i.payee], &people).await?;
    let payee = web.app.organisation(i.payee).await?;
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("column.amount"), i.amount_fen.to_string()).note(i.amount_fen.capital()),
        Item::new(t.t("column.source"), t.t(&format!("source.{}", i.source))),
        Item::new(t.t("column.payer"), names.org(i.payer)),
        Item::new(t.t("column.payee"), names.org(i.payee)),
        Item::new(t.t("column.trigger"), document::trigger_text(t, &i.trigger)),
    ];
    items.extend(i.invoice_kind.as_ref().map(|k| Item::new(t.t("field.invoice_kind"), option_text(t, "invoice_kind", k))));
    for o in &i.onward {
        items.push(Item::new(t.t("field.payments"), format!("{} {}", o.partner, o.amount_fen)).note(format!(
            "{} {}",
            time::day_text(t, &o.paid_on),
            o.voucher
        )));
    }
    if policy::sees_bank_account(&v.actor, i.payee) {
        items.push(Item::new(
            t.t("field.bank_account"),
            format!("{} {}", payee.bank_name, text::mask_account(&payee.bank_account)),
        ));
    }
    for (key, value) in [
        ("field.invoice", &i.invoice),
        ("field.budget_doc_no", &i.budget_doc_no),
        ("field.voucher", &i.voucher),
        ("field.paid_on", &i.paid_on),
        ("field.received_on", &i.received_on),
        ("column.reconciled_on", &i.reconciled_on),
    ] {
        items.extend(value.as_ref().map(|s| Item::new(t.t(key), time::day_text(t, s))));
    }
    items.extend(i.fiscal_year.map(|y| Item::new(t.t("field.fiscal_year"), y.to_string())));
    for (key, by) in [
        ("column.requested_by", i.requested_by),
        ("column.checked_by", i.checked_by),
        ("column.approved_by", i.approved_by),
        ("column.paid_by", i.paid_by),
    ] {
        items.extend(by.map(|a| Item::new(t.t(key), names.account(a))));
    }
    Ok(Block::summary("facts", t.t("block.facts"), items))
}

pub(super) async fn change(web: &Web, v: &Visitor, x: &(Contract, ContractChange)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let how = if x.is_filing() {
        "ui.filing_only"
    } else if x.is_collective() {
        "ui.needs_meeting"
    } else {
        "ui.needs_approval"
    };
    let mut items = vec![
        Item::new(t.t("field.kind"), option_text(t, "kind", &x.kind)).note(t.t(how)),
        Item::new(t.t("field.reason"), x.reason.clone()),
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", x.contract)),
    ];
    items.extend(x.expert_opinion.as_ref().map(|o| Item::new(t.t("field.expert_opinion"), o.clone())));
    items.extend(x.minutes.as_ref().map(|m| Item::new(t.t("field.number"), m.number.clone())));
    items.extend(x.notice_no.as_ref().map(|n| Item::new(t.t("field.notice_no"), n.clone())));
    items
        .extend(x.edition.map(|n| Item::new(t.t("column.edition"), n.to_string()).href(format!("/contracts/{}/editions", k.id))));
    let names = web.app.names(&x.partners, &[]).await?;
    let yes = |p: &OrgId| t.t(if x.consents.contains(p) { "change.partner_yes" } else { "change.partner_asked" });
    items.extend(x.partners.iter().map(|p| Item::new(t.t("change.partner"), names.org(*p)).note(yes(p))));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    out.extend(super::race::judges(t, &x.experts));
    out.extend(super::race::typed(web, t, x.typed.as_ref()).await?);
    out.push(blocks::changes(t, "change-lines", t.t("block.change_lines"), &x.lines));
    if !x.head.state.is_end() && !x.is_filing() {
        let (milestones, instalments, ..) = web.app.parts_of_contract(k).await?;
        let m = web.app.glance().await?;
        match x.to.effects(k, &milestones, &instalments, &m.calendar) {
            Ok(effects) => out.push(blocks::changes(t, "effects", t.t("block.effects"), &effects)),
            Err(r) => out.push(Block::inset(t.t("block.effects"), super::super::form_view::refusal_text(t, &r), "warn")),
        }
        if let Ok(next) = x.to.preview(k, &milestones) {
            out.push(Block::inset(t.t("column.text_sha256"), next.text_sha256(), "info"));
        }
    }
    if !x.marks.is_empty() {
        let rows = x.marks.iter().map(|m| {
            vec![
                Cell::text(super::super::papers::party_name(t, &m.party)),
                Cell::text(m.name.clone()),
                Cell::text(time::moment(t, m.at)),
                Cell::text(m.sha256.chars().take(16).collect::<String>()),
            ]
        });
        let columns = ["column.party", "field.full_name", "column.at"].map(|c| (t.t(c), "text"));
        let columns = columns.into_iter().chain([("SHA-256".to_owned(), "text")]).collect();
        out.push(Block::table("signed", t.t("block.signed"), columns, rows.collect(), String::new()));
    }
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

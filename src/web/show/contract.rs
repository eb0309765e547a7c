//! A contract with its plan of work and of money.
use super::*;

pub(super) async fn contract(
    web: &Web,
    v: &Visitor,
    x: &(Contract, Vec<Milestone>, Vec<Instalment>, Vec<ContractChange>, Vec<Acceptance>),
    m: &Moment,
) -> Result<Vec<Block>, Problem> {
    let (t, (k, milestones, instalments, changes, acceptances)) = (&v.text, x);
    let orgs: Vec<OrgId> = instalments.iter().flat_map(|i| [i.payer, i.payee]).chain([k.poster, k.lead]).collect();
    let names = web.app.names(&orgs, &[]).await?;
    let mut items = vec![
        Item::new(t.t("column.poster"), names.org(k.poster)),
        Item::new(t.t("column.lead"), names.org(k.lead)),
        Item::new(t.t("field.pi_name"), k.principal_investigator.clone()),
        Item::new(t.t("field.county_fen"), wan(t, k.county_fen)),
        Item::new(t.t("field.enterprise_fen"), wan(t, k.enterprise_fen)),
        Item::new(t.t("column.award"), k.award().to_string()).note(k.award().capital()),
        Item::new(t.t("field.period_months"), k.period_months.to_string()),
    ];
    items.extend(k.starts_on.as_ref().map(|d| Item::new(t.t("column.starts"), time::day_text(t, d))));
    items.extend(k.ends_on.as_ref().map(|d| Item::new(t.t("column.ends"), time::day_text(t, d))));
    items.extend(k.registered.as_ref().map(|r| {
        let sums =
            t.with("ui.registered_sums", &[("total", r.total_fen.to_string()), ("technical", r.technical_fen.to_string())]);
        Item::new(t.t("field.registration_no"), r.number.clone()).note(format!("{} {} {sums}", r.place, time::day_text(t, &r.on)))
    }));
    items.push(Item::new(t.t("column.edition"), k.edition.to_string()).href(format!("/contracts/{}/editions", k.id)));
    items.extend(
        k.ending
            .as_ref()
            .map(|e| Item::new(t.t("field.class"), option_text(t, "class", e)).note(k.ending_reason.clone().unwrap_or_default())),
    );
    items.push(Item::new(t.t("column.text_sha256"), k.text_sha256()));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    out.extend(hearing(t, k));
    out.push(super::super::papers::thread(t, k));
    out.push(super::super::papers::list(t, k));
    out.extend(super::super::papers::deviations(t, k));
    out.extend(pictures::indicators(t, &k.thread));
    out.push(milestone_table(t, milestones, m));
    out.extend(pictures::gantt(t, k, milestones, m));
    out.push(instalment_table(t, instalments, &names));
    let book = web.app.contract_book(&v.actor, k, None).await?;
    out.extend(pictures::flow(t, &book));
    out.extend(crate::web::ledger::book_table(t, k, &book));
    let idle = web.app.idle_money(&v.actor, k).await?;
    if idle > Money::default() {
        out.push(Block::inset(t.t("block.idle"), t.with("block.idle_text", &[("sum", idle.to_string())]), "warn"));
    }
    out.extend(super::money::of_contract(web, v, k).await?);
    if !changes.is_empty() {
        let rows = changes
            .iter()
            .map(|c| {
                vec![
                    Cell::link(option_text(t, "kind", &c.kind), format!("/changes/{}", c.id)),
                    Cell::text(c.reason.clone()),
                    Cell::tag(state_tag(t, Noun::Change, c.head.state.id())),
                ]
            })
            .collect();
        out.push(Block::table(
            "changes",
            t.t("block.changes"),
            vec![(t.t("field.kind"), "text"), (t.t("field.reason"), "text"), (t.t("column.state"), "text")],
            rows,
            String::new(),
        ));
    }
    for a in acceptances {
        out.push(Block::Inset {
            title: t.t("noun.acceptance"),
            text: state_tag(t, Noun::Acceptance, a.head.state.id()).text,
            tone: "info",
            href: Some(format!("/acceptances/{}", a.id)),
            link: t.t("ui.see"),
        });
    }
    if let Some(terms) = &k.terms {
        let form = <forms::ContractTerms as Draft>::FORM;
        out.extend(blocks::read_only(t, &form, form.sections, &serde_json::to_value(terms).expect("terms are plain JSON")));
    }
    for (title, marks) in [("block.agreed", &k.agreed), ("block.signed", &k.signed)] {
        if !marks.is_empty() {
            let rows = marks
                .iter()
                .map(|x| {
                    vec![
                        Cell::text(super::super::papers::party_name(t, &x.party))
                            .note(x.paper.as_ref().map_or(String::new(), |p| t.t(&format!("option.paper.{p}")))),
                        Cell::text(x.name.clone()),
                        Cell::text(time::moment(t, x.at)),
                        Cell::text(x.sha256.chars().take(16).collect::<String>()),
                    ]
                })
                .collect();
            let columns = vec![
                (t.t("column.party"), "text"),
                (t.t("field.full_name"), "text"),
                (t.t("column.at"), "text"),
                ("SHA-256".into(), "text"),
            ];
            out.push(Block::table(title.trim_start_matches("block."), t.t(title), columns, rows, String::new()));
        }
    }
    out.extend(attached(web, t, k.id.0).await?);
    Ok(out)
}

pub(super) fn milestone_table(t: &Text, all: &[Milestone], m: &Moment) -> Block {
    let rows = all
        .iter()
        .map(|x| {
            let mut state = Cell::tag(state_tag(t, Noun::Milestone, x.head.state.id()));
            if let late @ 1.. = x.late_days(m.now, &m.calendar) {
                let (key, tone) = match late {
                    LATE_DECIDE.. => ("node.late_decide", "bad"),
                    LATE_RED.. => ("node.late_red", "bad"),
                    _ => ("node.late", "warn"),
                };
                state = Cell { tone, ..state }.note(t.with(key, &[("days", late.to_string())]));
            }
            let due = time::due(t, x.head.due.unwrap_or(x.due_at), m);
            let clock = if x.head.state.is_end() { Cell::text(time::deadline(t, x.due_at)) } else { Cell::clock(&due) };
            vec![
                Cell::link(format!("{}. {}", x.number, x.name), format!("/milestones/{}", x.id)),
                Cell::number(format!("{}%", percent_text(x.share_bp))),
                clock,
                state,
            ]
        })
        .collect();
    let columns = vec![
        (t.t("noun.milestone"), "text"),
        (t.t("field.share_bp"), "number"),
        (t.t("column.due"), "clock"),
        (t.t("column.state"), "text"),
    ];
    Block::table("milestones", t.t("block.milestones"), columns, rows, t.t("ui.none"))
}

pub(super) fn instalment_table(t: &Text, all: &[Instalment], names: &crate::app::query::Names) -> Block {
    let rows = all
        .iter()
        .map(|i| {
            vec![
                Cell { kind: "number", ..Cell::link(i.number.to_string(), format!("/instalments/{}", i.id)) },
                Cell::text(t.t(&format!("source.{}", i.source))),
                Cell::text(names.org(i.payer)),
                Cell::text(names.org(i.payee)),
                Cell::money(i.amount_fen.to_string()),
                Cell::text(document::trigger_text(t, &i.trigger)),
                Cell::tag(state_tag(t, Noun::Instalment, i.head.state.id())),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.no"), "number"),
        (t.t("column.source"), "text"),
        (t.t("column.payer"), "text"),
        (t.t("column.payee"), "text"),
        (t.t("column.amount"), "money"),
        (t.t("column.trigger"), "text"),
        (t.t("column.state"), "text"),
    ];
    Block::table("instalments", t.t("block.instalments"), columns, rows, t.t("ui.none"))
}

/// A revocation that is considered: what the team was told, until when it is heard, and what it said.
pub(in crate::web) fn hearing(t: &Text, k: &Contract) -> Option<Block> {
    let x = k.hearing.as_ref()?;
    let mut items = vec![
        Item::new(t.t("hearing.class"), option_text(t, "class", &x.class)),
        Item::new(t.t("hearing.facts"), x.facts.clone()),
        Item::new(t.t("hearing.rule"), x.rule.clone()),
        Item::new(t.t("hearing.until"), time::deadline(t, x.until)),
    ];
    items.push(match &x.answer {
        Some(heard) => Item::new(t.t("hearing.answer"), heard.text.clone()).note(time::moment(t, heard.at)),
        None => Item::new(t.t("hearing.answer"), t.t("ui.not_yet")),
    });
    Some(Block::summary("hearing", t.t("block.hearing"), items))
}

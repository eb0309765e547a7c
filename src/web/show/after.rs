//! What accompanies and follows a contract: reports from the work, proof of diligence, integrity records, outcomes by year.
use super::*;
use crate::domain::follow_up::Outcomes;

pub(super) async fn progress(web: &Web, v: &Visitor, x: &(Contract, Progress)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("field.file_progress.kind"), option_text(t, "kind", &x.kind)),
        Item::new(t.t("after.filed_at"), time::moment(t, x.filed_at)),
    ];
    items.extend(x.milestone.map(|n| Item::new(t.t("noun.milestone"), n.to_string())));
    items.extend(x.deviation_days.map(|n| Item::new(t.t("field.deviation_days"), n.to_string())));
    items.extend(x.found_on.as_ref().map(|d| Item::new(t.t("field.found_on"), time::day_text(t, d))));
    for (key, said) in [
        ("field.problem", &x.problem),
        ("field.help_wanted", &x.help_wanted),
        ("field.next_step", &x.next_step),
        ("after.answer", &x.answer),
    ] {
        items.extend(said.as_ref().map(|s| Item::new(t.t(key), s.clone())));
    }
    for (source, used) in [("county", x.county_used_fen), ("enterprise", x.enterprise_used_fen), ("own", x.own_used_fen)] {
        items.extend(
            used.map(|fen| Item::new(t.with("after.used", &[("source", t.t(&format!("source.{source}")))]), fen.to_string())),
        );
    }
    let mut out = vec![
        Block::summary("facts", t.t("block.facts"), items),
        Block::Text { title: t.t("field.text"), id: "text".into(), paragraphs: x.text.lines().map(str::to_owned).collect() },
    ];
    if !x.standings.is_empty() {
        let row = |s: &crate::domain::progress::Standing| {
            let of = usize::try_from(s.indicator).ok().and_then(|n| k.thread.get(n.checked_sub(1)?));
            vec![
                Cell::text(of.map_or(String::new(), |i| i.published.name.clone())),
                Cell::number(s.plan.map(|q| q.to_string()).unwrap_or_default()),
                Cell::number(s.actual.to_string()),
                Cell::text(s.note.clone().unwrap_or_default()),
            ]
        };
        let columns = vec![
            (t.t("column.indicator"), "text"),
            (t.t("field.plan"), "number"),
            (t.t("field.actual"), "number"),
            (t.t("field.note"), "text"),
        ];
        out.push(Block::table(
            "standings",
            t.t("field.standings"),
            columns,
            x.standings.iter().map(row).collect(),
            String::new(),
        ));
    }
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

pub fn checklist(t: &Text, items: &[crate::domain::diligence::DiligenceItem]) -> Block {
    let row = |i: &crate::domain::diligence::DiligenceItem| {
        let facts: Vec<(&str, String)> = i.facts.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
        let (key, tone) = if i.met { ("ui.met", "ok") } else { ("ui.not_met", "bad") };
        vec![
            Cell::text(t.t(&format!("diligence.{}", i.code))).note(t.with(&format!("diligence.{}.found", i.code), &facts)),
            Cell::tag(Tag { text: t.t(key), tone }),
        ]
    };
    let columns = vec![(t.t("diligence.item"), "text"), (t.t("column.state"), "text")];
    Block::table("diligence", t.t("diligence.title"), columns, items.iter().map(row).collect(), String::new())
}

/// The proof as it stood when it was decided on.
pub(super) fn proof(t: &Text, d: &Diligence) -> Vec<Block> {
    let facts = [
        ("entries", d.entries.to_string()),
        ("files", d.files.to_string()),
        ("sha256", d.sha256.clone()),
        ("at", time::moment(t, d.at)),
    ];
    let mut out = vec![Block::inset(t.t("diligence.excused"), t.with("diligence.kept", &facts), "ok"), checklist(t, &d.items)];
    out.extend(super::race::judges_called(t, ("excusing", t.t("diligence.experts")), &d.experts));
    out
}

pub(super) async fn integrity(web: &Web, v: &Visitor, x: &Integrity) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let names = web.app.names(&[x.org], &x.person.into_iter().collect::<Vec<_>>()).await?;
    let own = v.actor.role.oversees() || (x.person.is_none() && v.actor.org == x.org) || x.person == Some(v.actor.account);
    let mut items = vec![
        Item::new(t.t("after.organisation"), names.org(x.org)),
        Item::new(t.t("field.propose_integrity.kind"), option_text(t, "kind", &x.kind)),
    ];
    items.extend(x.person.filter(|_| own).map(|p| Item::new(t.t("role.expert"), names.account(p))));
    if !x.bars.is_empty() {
        let bars = x.bars.iter().map(|b| option_text(t, "bars", b)).collect::<Vec<_>>().join(t.comma());
        items.push(Item::new(t.t("field.bars"), bars));
    }
    items.extend(x.from_at.map(|at| Item::new(t.t("after.from"), time::moment(t, at))));
    items.extend(x.until_at.map(|at| Item::new(t.t("after.until"), time::deadline(t, at))));
    items.extend(x.minutes.as_ref().map(|d| Item::new(t.t("field.number"), d.number.clone())));
    if own {
        for (key, said) in [
            ("after.facts", &Some(x.facts.clone())),
            ("after.plea", &x.plea),
            ("after.contest", &x.contest),
            ("after.repair", &x.repair),
            ("after.answer", &x.answer),
        ] {
            items.extend(said.as_ref().map(|s| Item::new(t.t(key), s.clone())));
        }
    }
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    if own {
        out.extend(attached(web, t, x.id.0).await?);
    }
    Ok(out)
}

const FIGURES: &[&str] =
    &["sales_fen", "tax_fen", "patents_filed", "patents_granted", "transfer_fen", "inventors_fen", "talents", "jobs"];

fn figure(o: &Outcomes, name: &str) -> Cell {
    match name {
        "sales_fen" => Cell::money(o.sales_fen.to_string()),
        "tax_fen" => Cell::money(o.tax_fen.to_string()),
        "transfer_fen" => Cell::money(o.transfer_fen.to_string()),
        "inventors_fen" => Cell::money(o.inventors_fen.to_string()),
        "patents_filed" => Cell::number(o.patents_filed.to_string()),
        "patents_granted" => Cell::number(o.patents_granted.to_string()),
        "talents" => Cell::number(o.talents.to_string()),
        _ => Cell::number(o.jobs.to_string()),
    }
}

pub(super) async fn follow_up(web: &Web, v: &Visitor, x: &(Contract, FollowUp)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("after.year"), format!("{}/{}", x.year, x.of)).note(time::deadline(t, x.ends_at)),
        Item::new(t.t("after.report_by"), time::deadline(t, x.report_by)),
    ];
    if let Some(o) = &x.outcomes {
        items.extend(FIGURES.iter().map(|f| Item::new(t.t(&format!("field.{f}")), figure(o, f).text)));
        items.extend(o.note.as_ref().map(|n| Item::new(t.t("field.note"), n.clone())));
    }
    items.extend(x.score.map(|s| {
        let grade = x.grade().map(|g| t.t(&format!("grade.{g}"))).unwrap_or_default();
        Item::new(t.t("field.score"), s.to_string()).note(grade)
    }));
    items.extend(x.comment.as_ref().map(|c| Item::new(t.t("after.comment"), c.clone())));
    let all = web.app.follow_ups_of(k).await?;
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    out.extend(years(t, &all));
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

/// Every year of a result, and what they come to together.
fn years(t: &Text, all: &[FollowUp]) -> Option<Block> {
    let row = |x: &FollowUp| {
        let mut cells = vec![
            Cell::link(x.year.to_string(), format!("/follow-ups/{}", x.id)).note(time::deadline(t, x.ends_at)),
            Cell::tag(state_tag(t, Noun::FollowUp, x.head.state.id()))
                .note(x.grade().map(|g| t.t(&format!("grade.{g}"))).unwrap_or_default()),
        ];
        cells.extend(FIGURES.iter().map(|f| x.outcomes.as_ref().map_or_else(|| Cell::text(""), |o| figure(o, f))));
        cells
    };
    let kind = |f: &str| if f.ends_with("_fen") { "money" } else { "number" };
    let mut columns = vec![(t.t("after.year"), "text"), (t.t("column.state"), "text")];
    columns.extend(FIGURES.iter().map(|f| (t.t(&format!("field.{f}")), kind(f))));
    let mut table = Block::table("years", t.t("after.outcomes"), columns, all.iter().map(row).collect(), String::new());
    if let Block::Table { foot, .. } = &mut table {
        let sum = Outcomes::sum(all.iter().filter_map(|x| x.outcomes.as_ref()));
        let sums = FIGURES.iter().map(|f| figure(&sum, f));
        foot.push([Cell::text(t.t("ui.total")), Cell::text("")].into_iter().chain(sums).collect());
    }
    (!all.is_empty()).then_some(table)
}

/// On the page of a contract: reports from the work, the way to the file of diligence, outcomes.
pub(super) async fn of_contract(web: &Web, v: &Visitor, k: &Contract) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let reports = web.app.progress_of(k).await?;
    let mut out = vec![];
    if !reports.is_empty() {
        let row = |x: &Progress| {
            vec![
                Cell::link(option_text(t, "kind", &x.kind), format!("/progress-reports/{}", x.id)),
                Cell::text(time::moment(t, x.filed_at)),
                Cell::tag(state_tag(t, Noun::Progress, x.head.state.id())),
            ]
        };
        let columns = vec![(t.t("noun.progress"), "text"), (t.t("after.filed_at"), "text"), (t.t("column.state"), "text")];
        out.push(Block::table("progress", t.t("after.progress"), columns, reports.iter().map(row).collect(), String::new()));
    }
    if k.starts_on.is_some() {
        out.push(Block::Inset {
            title: t.t("diligence.title"),
            text: t.t("diligence.lead"),
            tone: "info",
            href: Some(format!("/contracts/{}/diligence", k.id)),
            link: t.t("ui.see"),
        });
    }
    out.extend(years(t, &web.app.follow_ups_of(k).await?));
    Ok(out)
}

//! The final acceptance: the team's word, what was measured, the rule's verdict and how it came, the panel's, the notice.
use super::*;

pub(super) async fn acceptance(web: &Web, v: &Visitor, x: &(Contract, Acceptance)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let mut items = vec![Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id))];
    for (key, value) in
        [("column.computed", &x.computed), ("column.panel_verdict", &x.panel_verdict), ("column.outcome", &x.outcome)]
    {
        items.extend(value.as_ref().map(|o| Item::new(t.t(key), t.t(&format!("option.verdict.{o}")))));
    }
    items.extend(x.panel_reason.as_ref().map(|r| Item::new(t.t("field.reason"), r.clone())));
    items.extend(x.minutes.as_ref().map(|d| Item::new(t.t("field.number"), d.number.clone())));
    items.extend(x.end_user.as_ref().map(|u| {
        let said = x.end_user_opinion.as_ref().map(|o| option_text(t, "end_user_opinion", o)).unwrap_or_default();
        Item::new(t.t("field.end_user"), u.clone()).note(said)
    }));
    items.extend(x.end_user_report.as_ref().map(|r| Item::new(t.t("field.end_user_report"), r.clone())));
    items.extend(x.ip_list.as_ref().map(|r| Item::new(t.t("field.ip_list"), r.clone())));
    items.extend(x.diligence.as_ref().map(|d| Item::new(t.t("field.diligence"), d.clone())));
    items.extend(x.result_registration_no.as_ref().map(|n| Item::new(t.t("field.result_registration_no"), n.clone())));
    items.extend(x.sci_report_no.as_ref().map(|n| Item::new(t.t("field.sci_report_no"), n.clone())));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items), blocks::thread(t, &k.thread)];
    out.extend(rule(t, k, x));
    out.extend(measured(t, k, x));
    out.extend(super::race::judges(t, &x.panel));
    out.extend(super::race::typed(web, t, x.typed.as_ref()).await?);
    out.extend(x.excused.iter().flat_map(|d| super::after::proof(t, d)));
    out.extend(objections(web, t, x).await?);
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

/// How the rule comes to its verdict: hard indicators met, and nine tenths of the weight.
fn rule(t: &Text, k: &Contract, x: &Acceptance) -> Option<Block> {
    let computed = x.computed.as_ref()?;
    let met = |n: usize| {
        let of = |m: &&Measured| usize::try_from(m.indicator).is_ok_and(|i| i == n + 1);
        x.measured.iter().filter(of).any(|m| matches!(m.verdict.as_str(), "met" | "exceeded"))
    };
    let all = || k.thread.iter().enumerate();
    let hard = all().filter(|(_, t)| t.published.hard).count();
    let hard_met = all().filter(|(n, t)| t.published.hard && met(*n)).count();
    let weight: i64 = all().filter(|(n, _)| met(*n)).map(|(_, t)| t.published.weight).sum();
    let facts = [
        ("met", hard_met.to_string()),
        ("hard", hard.to_string()),
        ("weight", weight.to_string()),
        ("cause", x.cause.as_ref().map(|c| option_text(t, "cause", c)).unwrap_or_default()),
        ("verdict", t.t(&format!("option.verdict.{computed}"))),
    ];
    Some(Block::inset(t.t("column.computed"), t.with("after.rule", &facts), "info"))
}

fn measured(t: &Text, k: &Contract, x: &Acceptance) -> Option<Block> {
    let name = |n: i64| {
        let of = usize::try_from(n).ok().and_then(|n| k.thread.get(n.checked_sub(1)?));
        of.map_or(String::new(), |i| i.published.name.clone())
    };
    let own = |n: i64| x.self_assessed.iter().find(|s| s.indicator == n);
    let rows: Vec<Vec<Cell>> = (1..)
        .zip(&k.thread)
        .filter_map(|(n, _)| {
            let (told, found) = (own(n), x.measured.iter().find(|m| m.indicator == n));
            (told.is_some() || found.is_some()).then_some((n, told, found))
        })
        .map(|(n, told, found)| {
            let said = |value: Option<Quantity>, verdict: &str| {
                Cell::text(value.map(|q| q.to_string()).unwrap_or_default()).note(option_text(t, "verdict", verdict))
            };
            let by = |m: &Measured| {
                let basis = m.basis.as_ref().map(|b| option_text(t, "basis", b)).unwrap_or_default();
                let lab = [m.lab.clone(), m.lab_no.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
                Cell::text(m.report_no.clone().unwrap_or_default()).note(format!("{basis} {lab}").trim().to_owned())
            };
            vec![
                Cell::text(name(n)),
                told.map_or_else(|| Cell::text("—"), |s| said(s.value, &s.verdict)),
                found.map_or_else(|| Cell::text("—"), |m| said(m.value, &m.verdict)),
                found.map_or_else(|| Cell::text(""), by),
                Cell::text(found.and_then(|m| m.note.clone()).unwrap_or_default()),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.indicator"), "text"),
        (t.t("field.self_assessed"), "text"),
        (t.t("column.measured"), "text"),
        (t.t("field.report_no"), "text"),
        (t.t("field.note"), "text"),
    ];
    (!rows.is_empty()).then(|| Block::table("measured", t.t("field.measured"), columns, rows, String::new()))
}

async fn objections(web: &Web, t: &Text, x: &Acceptance) -> Result<Option<Block>, Problem> {
    let names = web.app.names(&x.objections.iter().map(|o| o.org).collect::<Vec<_>>(), &[]).await?;
    let row = |o: &VerdictObjection| vec![Cell::text(names.org(o.org)).note(time::moment(t, o.at)), Cell::text(o.text.clone())];
    let columns = vec![(t.t("column.party"), "text"), (t.t("after.objection"), "text")];
    let rows: Vec<_> = x.objections.iter().map(row).collect();
    Ok((!rows.is_empty()).then(|| Block::table("objections", t.t("after.objections"), columns, rows, String::new())))
}

/// On the page of a challenge, for everybody: verdicts on notice with the days left, and results.
pub(super) async fn of_challenge(web: &Web, v: &Visitor, on: ChallengeId, m: &Moment) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let mut out = vec![];
    for (k, x) in web.app.verdicts_of(on).await? {
        let verdict =
            x.outcome.as_ref().or(x.panel_verdict.as_ref()).map(|o| t.t(&format!("option.verdict.{o}"))).unwrap_or_default();
        let facts = [("number", k.number.clone()), ("verdict", verdict)];
        let (title, text) = match x.head.due.filter(|_| x.head.state == AcceptanceState::Noticed) {
            Some(until) => {
                let left = time::due(t, until, m).left;
                let more = [("until", time::deadline(t, until)), ("left", left)];
                (
                    t.t("after.verdict_notice"),
                    t.with("after.verdict_notice_text", &facts.into_iter().chain(more).collect::<Vec<_>>()),
                )
            }
            None => (t.t("after.result"), t.with("after.result_text", &facts)),
        };
        out.push(Block::inset(title, text, "info"));
    }
    Ok(out)
}

//! Notices as the office prints them, and objections to them.
use super::*;

/// The notice as the office prints it.
pub(super) fn official(web: &Web, t: &Text, n: &Notice) -> Block {
    let host = if web.config.footer.host.is_empty() { t.t("ui.bureau") } else { web.config.footer.host.clone() };
    let mut paragraphs = vec![t.with("notice.opening", &[("title", n.title.clone()), ("minutes", n.minutes.clone())])];
    for w in &n.winners {
        let partners = if w.partners.is_empty() { t.t("ui.none") } else { w.partners.join("、") };
        let args = [
            ("lead", w.lead.clone()),
            ("partners", partners),
            ("pi", w.principal_investigator.clone()),
            ("county", w.county_fen.wan_text()),
            ("enterprise", w.enterprise_fen.wan_text()),
            ("self", w.self_fen.wan_text()),
            ("months", n.period_months.to_string()),
            ("score", w.score.map(|s| s.to_string()).unwrap_or_default()),
        ];
        paragraphs.push(t.with("notice.winner", &args));
    }
    paragraphs.push(t.with("notice.conclusion", &[("conclusion", n.conclusion.clone())]));
    if n.single_bid {
        paragraphs.push(t.t("notice.single_bid"));
    }
    if let (Some(from), Some(end)) = (&n.starts_on, n.ends_at) {
        paragraphs.push(t.with(
            "notice.period",
            &[("from", time::day_text(t, from)), ("to", time::deadline(t, end)), ("days", n.days.to_string())],
        ));
    }
    paragraphs.push(t.with("notice.channel", &[("phone", web.config.footer.phone.clone())]));
    Block::Official {
        org: host.clone(),
        doc_no: n.number.clone().unwrap_or_default(),
        title: t.with("notice.title", &[("title", n.title.clone())]),
        paragraphs,
        signed_by: host,
        date: n.starts_on.as_deref().map(|d| time::day_text(t, d)).unwrap_or_default(),
    }
}

/// The bare notice, for paper.
pub async fn print_notice(State(web): State<Web>, v: Visitor, Path(id): Path<NoticeId>) -> Result<Response, Problem> {
    let n = web.app.notice(&v.actor, id).await?;
    let t = &v.text;
    let page = ShowPage {
        title: t.with("notice.title", &[("title", n.title.clone())]),
        crumbs: vec![],
        number: None,
        tags: vec![],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks: vec![official(&web, t, &n)],
    };
    web.show(&v, StatusCode::OK, &page).await
}

pub(super) fn objection(t: &Text, actor: &Actor, o: &Objection) -> Vec<Block> {
    let known = policy::knows_objector(actor, o);
    let mut items = vec![];
    if known {
        items.push(Item::new(t.t("field.name"), o.name.clone()));
        items.push(Item::new(t.t("field.contact"), text::mask_phone(&o.contact)));
    }
    items.push(Item::new(t.t("field.request"), o.request.clone()));
    items.extend(o.note.as_ref().map(|n| Item::new(t.t("field.note"), n.clone())));
    items.extend(o.decision.as_ref().map(|d| Item::new(t.t("field.number"), d.number.clone())));
    items.extend(o.decision_reason.as_ref().map(|d| Item::new(t.t("column.decision"), d.clone())));
    let mut out = vec![
        Block::summary("facts", t.t("block.facts"), items),
        Block::Text {
            title: t.t("field.facts"),
            id: "facts-text".into(),
            paragraphs: o.facts.lines().map(str::to_owned).collect(),
        },
    ];
    for a in &o.answers {
        out.push(Block::Text {
            title: t.t("column.answer"),
            id: "answer".into(),
            paragraphs: a.text.lines().map(str::to_owned).collect(),
        });
    }
    out
}

//! The panel and its lot: what was promised before anybody bid, what the draw was made of, who sat.
use super::*;

/// The draw as its reader may see it: the commitment for all; what was drawn for those who oversee, and for all once the
/// award is announced.
pub(super) fn draw(t: &Text, v: &Visitor, c: &Challenge) -> Vec<Block> {
    let Some(secret) = &c.draw_secret else { return vec![] };
    let mut items = vec![Item::new(t.t("column.draw_commitment"), draw::Seed::commitment(secret)).note(t.t("block.draw_note"))];
    let told = policy::sees_draw(&v.actor, c);
    if let Some(parts) = c.panel.as_ref().and_then(|p| p.parts.as_ref()).filter(|_| told) {
        let rows = [
            ("column.draw_secret", &parts.secret),
            ("column.draw_opening", &parts.opening),
            ("field.words", &parts.words),
            ("column.draw_pool", &parts.pool_sha256),
        ];
        items.extend(rows.map(|(key, value)| Item::new(t.t(key), value.clone())));
        items.push(Item::new(t.t("column.draw_seed"), parts.sha256()));
    }
    vec![Block::summary("draw", t.t("block.draw"), items)]
}

/// Where the panel's report, the lot and the hearing are read.
pub(super) async fn papers(web: &Web, v: &Visitor, case: &Case) -> Result<Vec<Block>, Problem> {
    let (t, c) = (&v.text, &case.challenge);
    let mut items = vec![];
    if policy::see_report(&v.actor, c).is_ok() {
        items.push(Action::link("review-report", t.t("nav.panel_report"), format!("/challenges/{}/review-report", c.id)));
    }
    if policy::sees_draw(&v.actor, c) && c.panel.is_some() {
        items.push(Action::link("lot", t.t("nav.lot"), format!("/challenges/{}/draw", c.id)));
    }
    let mut out = vec![];
    if !items.is_empty() {
        out.push(Block::Actions { title: t.t("block.panel_papers"), id: "panel-papers".into(), items });
    }
    if let Some(d) = c.defence.as_ref().filter(|_| v.actor.role.oversees()) {
        let names = web.app.names(&case.bids.iter().map(|b| b.org).collect::<Vec<_>>(), &[]).await?;
        let name = |id: BidId| case.bids.iter().find(|b| b.id == id).map(|b| names.org(b.org).to_owned()).unwrap_or_default();
        out.push(crate::web::panel_pages::slots(t, d, &name));
    }
    Ok(out)
}

/// Who sat, as one list with their units: announced with the award, never who scored what (domain 2.3).
pub(super) async fn sat(web: &Web, t: &Text, c: &Challenge) -> Result<Vec<Block>, Problem> {
    if !c.head.state.is_after_award() {
        return Ok(vec![]);
    }
    let mut panel = web.app.panel_list(c).await?;
    panel.sort();
    let rows = panel.into_iter().map(|(name, unit)| vec![Cell::text(name), Cell::text(unit)]).collect();
    let columns = vec![(t.t("role.expert"), "text"), (t.t("column.unit"), "text")];
    Ok(vec![Block::table("sat", t.t("block.sat"), columns, rows, t.t("ui.none"))])
}

/// What is out of order with a panel, for those who convene and oversee: too many replaced, nobody left to call.
pub(super) fn alarms(t: &Text, v: &Visitor, c: &Challenge) -> Vec<Block> {
    let Some(panel) = c.panel.as_ref().filter(|_| v.actor.role.oversees()) else { return vec![] };
    let mut out = vec![];
    if let Some(alarm) = &panel.alarm {
        let facts = [("replaced", panel.replaced().to_string()), ("seats", alarm.seats.to_string())];
        out.push(Block::inset(t.t("block.panel_alarm"), t.with("block.panel_alarm_text", &facts), "bad"));
    }
    let thin: Vec<String> = panel.strata.iter().filter(|s| s.is_thin()).map(|s| crate::web::panel_pages::stratum(t, s)).collect();
    if !thin.is_empty() && matches!(c.head.state, ChallengeState::Opened | ChallengeState::Reviewing) {
        let why = panel.thin_reason.clone().unwrap_or_else(|| t.t("ui.none"));
        let facts = [("strata", thin.join(t.semicolon())), ("reason", why)];
        out.push(Block::inset(t.t("block.pool_thin"), t.with("block.pool_thin_text", &facts), "warn"));
    }
    if panel.short {
        out.push(Block::inset(t.t("block.panel_short"), t.t("block.panel_short_text"), "bad"));
    }
    out
}

/// Who of the bureau stands aside from the case, and why: for those who oversee.
pub(super) async fn stood_aside(web: &Web, v: &Visitor, c: &Challenge) -> Result<Option<Block>, Problem> {
    let t = &v.text;
    if c.recused.is_empty() || !v.actor.role.oversees() {
        return Ok(None);
    }
    let names = web.app.names(&[], &c.recused.iter().map(|r| r.account).collect::<Vec<_>>()).await?;
    let told = |h: &Hit| blocks::titled(t, t.t(&format!("conflict.{}", h.rule)), h.path.join(" → "));
    let why =
        |r: &StoodAside| r.reason.clone().unwrap_or_else(|| r.hits.iter().map(told).collect::<Vec<_>>().join(t.semicolon()));
    let row = |r: &StoodAside| {
        vec![
            Cell::text(names.account(r.account)).note(t.t(&format!("role.{}", r.role.id()))),
            Cell::text(time::moment(t, r.at)),
            Cell::text(why(r)),
        ]
    };
    let columns = ["who", "at", "path"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect();
    let rows = c.recused.iter().map(row).collect();
    Ok(Some(Block::table("stood-aside", t.t("block.stood_aside"), columns, rows, String::new())))
}

/// Conflicts that the platform found, each with its path.
pub(super) fn hits(t: &Text, hits: &[Hit]) -> Option<Block> {
    let told = |h: &Hit| {
        let side = t.find(&format!("side.{}", h.side)).unwrap_or("").to_owned();
        vec![Cell::text(t.t(&format!("conflict.{}", h.rule))), Cell::text(side), Cell::text(h.path.join(" → "))]
    };
    let columns = ["conflict", "side", "path"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect();
    (!hits.is_empty()).then(|| Block::table("hits", t.t("block.hits"), columns, hits.iter().map(told).collect(), String::new()))
}

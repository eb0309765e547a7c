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

/// Conflicts that the platform found, each with its path.
pub(super) fn hits(t: &Text, hits: &[Hit]) -> Option<Block> {
    let told = |h: &Hit| {
        let side = t.find(&format!("side.{}", h.side)).unwrap_or("").to_owned();
        vec![Cell::text(t.t(&format!("conflict.{}", h.rule))), Cell::text(side), Cell::text(h.path.join(" → "))]
    };
    let columns = ["conflict", "side", "path"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect();
    (!hits.is_empty()).then(|| Block::table("hits", t.t("block.hits"), columns, hits.iter().map(told).collect(), String::new()))
}

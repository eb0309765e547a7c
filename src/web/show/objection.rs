//! Objections to notices.
use super::*;

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

//! The settlement of a contract that ended early.
use super::*;
use crate::domain::settlement::SettlementLine;

pub(super) async fn settlement(web: &Web, v: &Visitor, x: &(Contract, Settlement)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let names = web.app.names(&x.comments.iter().map(|c| c.org).collect::<Vec<_>>(), &[]).await?;
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("field.class"), option_text(t, "class", &x.class)).note(k.ending_reason.clone().unwrap_or_default()),
        Item::new(t.t("settlement.rule"), t.t(&format!("settlement.rule.{}", x.rule.id()))),
        Item::new(t.t("settlement.back"), x.back_fen.to_string()).note(x.back_fen.capital()),
    ];
    items.extend(x.minutes.as_ref().map(|d| Item::new(t.t("field.number"), d.number.clone())));
    items.extend(x.returned_on.as_ref().map(|d| {
        Item::new(t.t("settlement.returned"), x.returned_fen.to_string()).note(format!(
            "{} {}",
            time::day_text(t, d),
            x.voucher.clone().unwrap_or_default()
        ))
    }));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items), sheet(t, x)];
    out.extend(super::race::judges(t, &k.ending_experts));
    if !x.comments.is_empty() {
        let row = |c: &crate::domain::settlement::Comment| {
            vec![Cell::text(names.org(c.org)).note(time::moment(t, c.at)), Cell::text(c.text.clone())]
        };
        let columns = vec![(t.t("column.party"), "text"), (t.t("settlement.comment"), "text")];
        out.push(Block::table(
            "comments",
            t.t("settlement.comments"),
            columns,
            x.comments.iter().map(row).collect(),
            String::new(),
        ));
    }
    Ok(out)
}

/// One column a channel, one row a place where money can be.
fn sheet(t: &Text, x: &Settlement) -> Block {
    let rows: &[(&str, fn(&SettlementLine) -> Money)] = &[
        ("agreed", |l| l.agreed_fen),
        ("released", |l| l.released_fen),
        ("payable", |l| l.payable_fen),
        ("paid", |l| l.paid_fen),
        ("accounted", |l| l.accounted_fen),
        ("unspent", |l| l.unspent_fen),
        ("returned", |l| l.returned_fen),
    ];
    let row = |(key, of): &(&str, fn(&SettlementLine) -> Money)| {
        let name = Cell::text(t.t(&format!("settlement.line.{key}")));
        [name].into_iter().chain(x.lines.iter().map(|l| Cell::money(of(l).to_string()))).collect()
    };
    let sources = x.lines.iter().map(|l| (t.t(&format!("source.{}", l.channel.source())), "money"));
    let columns = [(t.t("column.what"), "text")].into_iter().chain(sources).collect();
    Block::table("sheet", t.t("noun.settlement"), columns, rows.iter().map(row).collect(), t.t("ui.none"))
}

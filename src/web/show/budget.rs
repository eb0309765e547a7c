//! Budgets of contracts, and documents of the county's budget.
use super::*;
use crate::app::budget_doc::PAYMENTS;
use crate::domain::budget::{Adjustment, HEADS, Heads};

pub(super) async fn budget(web: &Web, v: &Visitor, x: &(Contract, Budget, Heads)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x, spent)) = (&v.text, x);
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("column.amount"), x.total_fen.to_string()).note(x.total_fen.capital()),
        Item::new(t.t("field.basis_of_budget"), x.basis.clone()),
    ];
    items.extend(x.reason.as_ref().map(|r| Item::new(t.t("field.reason"), r.clone())));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items), heads(t, &x.heads, spent)];
    out.extend(adjustments(t, x));
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

/// Budget, spending and what is left, by head.
fn heads(t: &Text, budget: &Heads, spent: &Heads) -> Block {
    let row = |head: &&str| {
        let (of, used) = (budget.of(head), spent.of(head));
        let sums = [of, used, of.checked_sub(used).unwrap_or_default()].map(|m| Cell::money(m.to_string()));
        [Cell::text(t.t(&format!("budget_head.{head}")))].into_iter().chain(sums).collect()
    };
    let columns = vec![
        (t.t("budget.head"), "text"),
        (t.t("noun.budget"), "money"),
        (t.t("column.spent_fen"), "money"),
        (t.t("budget.left"), "money"),
    ];
    Block::table("heads", t.t("budget.heads"), columns, HEADS.iter().map(row).collect(), String::new())
}

fn adjustments(t: &Text, x: &Budget) -> Option<Block> {
    let change = |a: &Adjustment| {
        let moved = HEADS.iter().filter(|h| a.before.of(h) != a.after.of(h));
        let one = |h: &&str| format!("{} {} → {}", t.t(&format!("budget_head.{h}")), a.before.of(h), a.after.of(h));
        moved.map(one).collect::<Vec<_>>().join(t.semicolon())
    };
    let row = |a: &Adjustment| {
        vec![
            Cell::text(time::moment(t, a.at)),
            Cell::text(change(a)).note(a.reason.clone()),
            Cell::text(t.t(&format!("budget.status.{}", a.status))),
        ]
    };
    let columns = vec![(t.t("column.at"), "text"), (t.t("budget.adjustment"), "text"), (t.t("column.state"), "text")];
    (!x.adjustments.is_empty()).then(|| {
        Block::table("adjustments", t.t("budget.adjustments"), columns, x.adjustments.iter().map(row).collect(), String::new())
    })
}

/// What it holds, and each payment that was approved against it.
pub(super) async fn document(web: &Web, v: &Visitor, x: &BudgetDoc, payments: &[Instalment]) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let names = web.app.names(&payments.iter().map(|i| i.payee).collect::<Vec<_>>(), &[]).await?;
    let items = vec![
        Item::new(t.t("field.fiscal_year"), x.fiscal_year.to_string()),
        Item::new(t.t("column.amount"), x.amount_fen.to_string()).note(x.amount_fen.capital()),
        Item::new(t.t("budget.used"), x.used_fen.to_string()),
        Item::new(t.t("budget.left"), x.left().to_string()),
    ];
    let titles = web.app.titles(&payments.iter().map(|i| i.challenge).collect::<Vec<_>>()).await?;
    let row = |i: &Instalment| {
        let title = titles.get(&i.challenge).cloned().unwrap_or_default();
        vec![
            Cell::link(title, format!("/instalments/{}", i.id)).note(format!("{} {}", t.t("noun.instalment"), i.number)),
            Cell::text(names.org(i.payee)),
            Cell::money(i.amount_fen.to_string()),
            Cell::tag(state_tag(t, Noun::Instalment, i.head.state.id())),
        ]
    };
    let columns = vec![
        (t.t("noun.instalment"), "text"),
        (t.t("column.payee"), "text"),
        (t.t("column.amount"), "money"),
        (t.t("column.state"), "text"),
    ];
    let rows = payments.iter().map(row).collect();
    let title = match payments.len() {
        PAYMENTS.. => t.with("budget.payments_last", &[("n", PAYMENTS.to_string())]),
        _ => t.t("budget.payments"),
    };
    Ok(vec![Block::summary("facts", t.t("block.facts"), items), Block::table("payments", title, columns, rows, t.t("ui.none"))])
}

/// On the page of a contract: the way to its budget. A lump sum has none.
pub(super) async fn of_contract(web: &Web, t: &Text, k: &Contract) -> Result<Option<Block>, Problem> {
    Ok(web.app.budget_of(k).await?.map(|x| Block::Inset {
        title: t.t("noun.budget"),
        text: state_tag(t, Noun::Budget, x.head.state.id()).text,
        tone: "info",
        href: Some(format!("/budgets/{}", x.id)),
        link: t.t("ui.see"),
    }))
}

/// The documents of this year that an approval may take from, with what is left of each.
pub async fn open_documents(web: &Web, v: &Visitor) -> Result<Block, Problem> {
    let t = &v.text;
    let year = date_of(web.app.glance().await?.now).year();
    let row = |x: &BudgetDoc| {
        vec![
            Cell::link(x.number.clone(), format!("/budget-documents/{}", x.id)).note(x.title.clone()),
            Cell::money(x.amount_fen.to_string()),
            Cell::money(x.left().to_string()),
        ]
    };
    let columns = vec![(t.t("noun.budget_doc"), "text"), (t.t("column.amount"), "money"), (t.t("budget.left"), "money")];
    let rows = web.app.open_budget_docs(i64::from(year)).await?.iter().map(row).collect();
    Ok(Block::table("budget-docs", t.t("nav.budget_docs"), columns, rows, t.t("nav.budget_docs.empty")))
}

//! Lines of spending and final accounts.
use super::*;

fn source_text(t: &Text, source: &str) -> String {
    t.t(&format!("source.{source}"))
}

fn class_text(t: &Text, class: &str) -> String {
    option_text(t, "class", class)
}

pub(super) async fn spending(web: &Web, v: &Visitor, x: &(Contract, Spending)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let names = web.app.names(&[x.lead], &[x.recorded_by]).await?;
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("column.amount"), x.amount_fen.to_string()).note(x.amount_fen.capital()),
        Item::new(t.t("field.spent_on"), time::day_text(t, &x.spent_on)),
        Item::new(t.t("field.payee"), x.payee.clone()).note(option_text(t, "payee_kind", &x.payee_kind)),
        Item::new(t.t("field.purpose"), x.purpose.clone()),
        Item::new(t.t("field.source"), source_text(t, &x.source)),
        Item::new(t.t("field.record_spending.class"), class_text(t, &x.class)),
        Item::new(t.t("field.payment_way"), option_text(t, "payment_way", &x.payment_way)),
        Item::new(t.t("field.voucher"), x.voucher.clone()).note(x.invoice.clone().unwrap_or_default()),
        Item::new(t.t("field.record_spending.place"), option_text(t, "place", &x.place)),
        Item::new(t.t("column.lead"), names.org(x.lead)).note(names.account(x.recorded_by)),
    ];
    items.extend(x.milestone.map(|n| Item::new(t.t("noun.milestone"), n.to_string())));
    items.extend(x.question.as_ref().map(|q| Item::new(t.t("column.asked"), q.clone())));
    items.extend(x.explanation.as_ref().map(|e| Item::new(t.t("field.explanation"), e.clone())));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    for h in &x.hints {
        out.push(Block::inset(t.t("block.hint"), hint_text(t, h), "warn"));
    }
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

fn hint_text(t: &Text, h: &crate::domain::spending::Hint) -> String {
    t.with(&format!("hint.{}", h.code), &[("detail", h.detail.clone())])
}

pub(super) async fn final_account(web: &Web, v: &Visitor, x: &(Contract, FinalAccount)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("column.records"), x.records.to_string()),
        Item::new(t.t("column.audit"), t.t(if x.audit_needed { "option.yes" } else { "option.no" })),
    ];
    items.extend(
        x.disclosed_at
            .map(|at| Item::new(t.t("column.disclosed_at"), time::moment(t, at)).note(x.place.clone().unwrap_or_default())),
    );
    items.extend(x.disclosure_result.as_ref().map(|r| {
        Item::new(t.t("field.disclosure_result"), option_text(t, "disclosure_result", r))
            .note(x.disclosure_note.clone().unwrap_or_default())
    }));
    items.extend(x.signatures.as_ref().map(|s| {
        let all = [&s.pi_name, &s.finance_name, &s.research_name].map(String::as_str).join(t.comma());
        Item::new(t.t("block.signed"), all).note(time::moment(t, s.at))
    }));
    items.extend(x.surplus.as_ref().map(|s| Item::new(t.t("column.surplus_rule"), option_text(t, "surplus", s))));
    items.extend(x.enterprise_surplus.as_ref().map(|s| {
        Item::new(t.t("field.enterprise_surplus"), option_text(t, "enterprise_surplus", s))
            .note(x.enterprise_surplus().to_string())
    }));
    if x.refund_fen > Money::default() {
        let voucher = x.refund_voucher.clone().unwrap_or_default();
        items.push(Item::new(t.t("column.refund"), x.refund_fen.to_string()).note(voucher));
    }
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items), income(t, x), by_class(t, x)];
    out.extend(by_head(t, x));
    out.extend(named_sums(t, "unpaid", x.unpaid.iter().map(|u| (u.what.as_str(), u.payee.as_str(), u.amount_fen))));
    out.extend(named_sums(t, "assets", x.assets.iter().map(|a| (a.what.as_str(), a.voucher.as_str(), a.amount_fen))));
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

/// Due, received, spent and left, by source.
fn income(t: &Text, x: &FinalAccount) -> Block {
    let row = |l: &SourceLine| {
        let sums = [l.due_fen, l.received_fen, l.spent_fen, l.surplus_fen].map(|m| Cell::money(m.to_string()));
        [Cell::text(source_text(t, &l.source))].into_iter().chain(sums).collect()
    };
    let columns = vec![
        (t.t("column.source"), "text"),
        (t.t("column.due_fen"), "money"),
        (t.t("column.received_fen"), "money"),
        (t.t("column.spent_fen"), "money"),
        (t.t("column.surplus"), "money"),
    ];
    Block::table("income", t.t("block.income"), columns, x.lines.iter().map(row).collect(), String::new())
}

/// Spending by class, one column a source; a budgeted contract shows the head of each class.
fn by_class(t: &Text, x: &FinalAccount) -> Block {
    let row = |class: &&&str| {
        let sums = x.lines.iter().map(|l| l.by_class.get(**class).copied().unwrap_or_default());
        let mut name = Cell::text(class_text(t, class));
        if !x.lump_sum {
            name = name.note(t.t(&format!("budget_head.{}", crate::domain::spending::budget_head(class))));
        }
        [name].into_iter().chain(sums.map(|m| Cell::money(m.to_string()))).collect()
    };
    let used = SPENDING_CLASSES.iter().filter(|c| x.lines.iter().any(|l| l.by_class.contains_key(**c)));
    let rows = used.map(|c| row(&c)).collect();
    let mut columns = vec![(t.t("field.record_spending.class"), "text")];
    columns.extend(x.lines.iter().map(|l| (source_text(t, &l.source), "money")));
    Block::table("classes", t.t("block.classes"), columns, rows, t.t("ui.none"))
}

/// Budget, spending and what is left, by head.
fn by_head(t: &Text, x: &FinalAccount) -> Option<Block> {
    let row = |l: &crate::domain::final_account::HeadLine| {
        let left = l.budget_fen.checked_sub(l.spent_fen).unwrap_or_default();
        let sums = [l.budget_fen, l.spent_fen, left].map(|m| Cell::money(m.to_string()));
        [Cell::text(t.t(&format!("budget_head.{}", l.head)))].into_iter().chain(sums).collect()
    };
    let columns = vec![
        (t.t("budget.head"), "text"),
        (t.t("noun.budget"), "money"),
        (t.t("column.spent_fen"), "money"),
        (t.t("budget.left"), "money"),
    ];
    (!x.heads.is_empty())
        .then(|| Block::table("heads", t.t("budget.heads"), columns, x.heads.iter().map(row).collect(), String::new()))
}

fn named_sums<'a>(t: &Text, id: &str, all: impl Iterator<Item = (&'a str, &'a str, Money)>) -> Option<Block> {
    let row = |(what, who, fen): (&str, &str, Money)| vec![Cell::text(what), Cell::text(who), Cell::money(fen.to_string())];
    let rows: Vec<Vec<Cell>> = all.map(row).collect();
    let columns = vec![(t.t("column.what"), "text"), (t.t(&format!("column.{id}_of")), "text"), (t.t("column.amount"), "money")];
    (!rows.is_empty()).then(|| Block::table(id, t.t(&format!("block.{id}")), columns, rows, String::new()))
}

/// The clocks of one payment: towards a small firm, and the end of the budget's year.
pub(super) async fn clocks(
    web: &Web,
    t: &Text,
    x: &(Contract, Instalment, Option<PromptPayment>),
    m: &Moment,
) -> Result<Vec<Block>, Problem> {
    let mut out = vec![];
    if let Some(p) = &x.2 {
        let facts = [
            ("days", p.days.to_string()),
            ("by", time::deadline(t, p.pay_by)),
            ("late", p.late_days.to_string()),
            ("interest", p.interest_fen.to_string()),
        ];
        let (key, tone) = if p.late_days > 0 { ("block.prompt_late", "bad") } else { ("block.prompt_text", "info") };
        out.push(Block::inset(t.t("block.prompt"), t.with(key, &facts), tone));
    }
    out.extend(web.app.first_payment_by(&x.1).await?.map(|by| {
        let due = time::due(t, by, m);
        let tone = if m.now >= by { "bad" } else { "info" };
        let facts = [("by", time::deadline(t, by)), ("left", due.left)];
        Block::inset(t.t("block.first_payment"), t.with("block.first_payment_text", &facts), tone)
    }));
    out.extend(x.1.may_miss_the_year(m.now).map(|year| {
        Block::inset(t.t("desk.year_end_title"), t.with("block.year_end_text", &[("year", year.to_string())]), "warn")
    }));
    Ok(out)
}

/// On the page of a contract: its newest lines of spending, and its final accounts.
pub(super) async fn of_contract(web: &Web, v: &Visitor, k: &Contract) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let (lines, accounts) = web.app.spending_of(k).await?;
    let mut out = vec![];
    if !lines.items.is_empty() {
        let columns = spending_columns().iter().map(|(key, kind)| (t.t(key), *kind)).collect();
        let mut table = Block::table("spending", t.t("block.spending"), columns, rows_of(t, &lines.items), String::new());
        if let Block::Table { foot, .. } = &mut table
            && lines.next.is_some()
        {
            foot.push(vec![Cell::link(t.t("ui.see"), "/spendings")]);
        }
        out.push(table);
    }
    out.extend(super::budget::of_contract(web, t, k).await?);
    if k.lane.is_some() {
        out.extend(super::race::of_challenge(web, v, k.challenge).await?);
    }
    out.extend(super::after::of_contract(web, v, k).await?);
    for x in web.app.settlements_of(k).await? {
        out.push(Block::Inset {
            title: t.t("noun.settlement"),
            text: state_tag(t, Noun::Settlement, x.head.state.id()).text,
            tone: "info",
            href: Some(format!("/settlements/{}", x.id)),
            link: t.t("ui.see"),
        });
    }
    for x in accounts {
        out.push(Block::Inset {
            title: t.t("noun.final_account"),
            text: state_tag(t, Noun::FinalAccount, x.head.state.id()).text,
            tone: "info",
            href: Some(format!("/final-accounts/{}", x.id)),
            link: t.t("ui.see"),
        });
    }
    Ok(out)
}

pub const fn spending_columns() -> &'static [(&'static str, &'static str)] {
    &[
        ("field.spent_on", "text"),
        ("field.payee", "text"),
        ("field.record_spending.class", "text"),
        ("field.source", "text"),
        ("column.amount", "money"),
        ("column.state", "text"),
    ]
}

pub fn rows_of(t: &Text, lines: &[Spending]) -> Vec<Vec<Cell>> {
    let row = |x: &Spending| {
        let hints = x.hints.iter().map(|h| hint_text(t, h)).collect::<Vec<_>>().join(" ");
        vec![
            Cell::link(time::day_text(t, &x.spent_on), format!("/spendings/{}", x.id)),
            Cell::text(x.payee.clone()).note(x.purpose.clone()),
            Cell::text(class_text(t, &x.class)),
            Cell::text(source_text(t, &x.source)),
            Cell::money(x.amount_fen.to_string()),
            Cell::tag(state_tag(t, Noun::Spending, x.head.state.id())).note(hints),
        ]
    };
    lines.iter().map(row).collect()
}

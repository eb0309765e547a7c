//! The ledger as pages and in the API: the trial balance, and the journal of a contract.
use super::block::*;
use super::form_view::Builder;
use super::list::key_text;
use super::pages::{Crumb, Filters, ListPage, Pager};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, list, time, with_query};
use crate::domain::form::{Field, Kind, Section, may};
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a ledger may be asked: a contract by number or id, a year, a past moment (a date means its end).
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Ask {
    pub contract: Option<String>,
    pub fiscal_year: Option<String>,
    pub at: Option<String>,
    pub limit: Option<String>,
    pub after: Option<String>,
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|t| !t.is_empty())
}

impl Ask {
    async fn scope(&self, web: &Web) -> Result<TrialScope, Problem> {
        let (mut scope, mut faults) = (TrialScope::default(), Faults::default());
        if let Some(text) = given(&self.contract) {
            match web.app.contract_named(text).await? {
                Some(id) => scope.contract = Some(id),
                None => faults.add("contract", "contract_unknown"),
            }
        }
        if let Some(text) = given(&self.fiscal_year) {
            match text.parse::<i16>() {
                Ok(year) if (2020..=2100).contains(&year) => scope.year = Some(year),
                _ => faults.add_with("fiscal_year", "out_of_range", vec![("min", "2020".into()), ("max", "2100".into())]),
            }
        }
        match self.moment() {
            Ok(at) => scope.at = at,
            Err(fault) => faults.0.push(fault),
        }
        Ok(faults.ok(scope)?)
    }

    fn moment(&self) -> Result<Option<jiff::Timestamp>, Fault> {
        let Some(text) = given(&self.at) else { return Ok(None) };
        let end = |day: jiff::civil::Date| deadline_instant(day) - jiff::SignedDuration::from_millis(1);
        let at = text.parse::<jiff::Timestamp>().ok().or_else(|| text.parse::<jiff::civil::Date>().ok().map(end));
        at.map(Some).ok_or_else(|| Fault { path: "at".into(), code: "not_moment", args: vec![] })
    }

    fn page(&self) -> Result<crate::app::Page, Problem> {
        list::Ask { limit: self.limit.clone(), after: self.after.clone(), ..list::Ask::default() }.page()
    }
}

/// A side of a balance: the amount when it stands there, else nothing.
fn sides(balance: Money) -> (Money, Money) {
    let zero = Money::default();
    (balance.max(zero), zero.checked_sub(balance).unwrap_or_default().max(zero))
}

fn line_json(l: &TrialLine) -> Value {
    let (debit, credit) = sides(l.balance());
    json!({
        "channel": l.channel, "account": l.account, "debit_fen": l.debit_fen, "credit_fen": l.credit_fen,
        "balance_debit_fen": debit, "balance_credit_fen": credit,
    })
}

/// Sums of turnover and of balances, debit before credit.
fn totals(lines: &[TrialLine]) -> [Money; 4] {
    let sum = |f: &dyn Fn(&TrialLine) -> Money| Money::sum(lines.iter().map(f)).unwrap_or_default();
    [sum(&|l| l.debit_fen), sum(&|l| l.credit_fen), sum(&|l| sides(l.balance()).0), sum(&|l| sides(l.balance()).1)]
}

/// `GET /api/v1/ledger/trial-balance`.
pub async fn trial_json(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    policy::read_ledger(&v.actor).map_err(crate::app::Error::from)?;
    let scope = ask.scope(&web).await?;
    let lines = web.app.trial_balance(&v.actor, scope).await?;
    let [debit, credit, balance_debit, balance_credit] = totals(&lines);
    let at = scope.at.unwrap_or(web.app.clock.now());
    Ok(Json(json!({
        "contract": scope.contract, "fiscal_year": scope.year, "at": at, "items": lines.iter().map(line_json).collect::<Vec<_>>(),
        "debit_fen": debit, "credit_fen": credit, "balance_debit_fen": balance_debit, "balance_credit_fen": balance_credit,
        "balanced": debit == credit && balance_debit == balance_credit, "next": null,
    }))
    .into_response())
}

/// `GET /api/v1/contracts/{id}/ledger`: the journal, oldest first, with the balances.
pub async fn journal_json(
    State(web): State<Web>,
    v: Visitor,
    Path(id): Path<ContractId>,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    let k = web.app.contract(&v.actor, id).await?;
    let at = ask.moment().map_err(|f| Problem::faults(Faults(vec![f])))?;
    let book = web.app.contract_book(&v.actor, &k, at).await?;
    let listed = web.app.contract_journal(&v.actor, &k, at, ask.page()?).await?;
    let balances: Vec<Value> = book.lines().iter().map(line_json).collect();
    Ok(Json(json!({ "contract": id, "at": at, "balances": balances, "items": listed.items, "next": listed.next.map(key_text) }))
        .into_response())
}

fn account_name(t: &Text, account: LedgerAccount) -> String {
    t.t(&format!("ledger.account.{}", account.id()))
}

fn channel_name(t: &Text, channel: Channel) -> String {
    t.t(&format!("source.{}", channel.source()))
}

fn money(m: Money) -> Cell {
    Cell::money(if m == Money::default() { String::new() } else { m.to_string() })
}

/// The trial balance as a table, with its totals at the foot.
fn trial_table(t: &Text, lines: &[TrialLine]) -> Block {
    let row = |l: &TrialLine| {
        let (debit, credit) = sides(l.balance());
        vec![
            Cell::text(channel_name(t, l.channel)),
            Cell::text(account_name(t, l.account)),
            money(l.debit_fen),
            money(l.credit_fen),
            money(debit),
            money(credit),
        ]
    };
    let columns = vec![
        (t.t("column.source"), "text"),
        (t.t("column.account"), "text"),
        (t.t("column.debit"), "money"),
        (t.t("column.credit"), "money"),
        (t.t("column.balance_debit"), "money"),
        (t.t("column.balance_credit"), "money"),
    ];
    let mut table = Block::table("list", t.t("nav.ledger"), columns, lines.iter().map(row).collect(), t.t("nav.ledger.empty"));
    if let Block::Table { foot, .. } = &mut table
        && !lines.is_empty()
    {
        let sums = totals(lines).map(|m| Cell::money(m.to_string()));
        foot.push([Cell::text(t.t("ui.total")), Cell::text("")].into_iter().chain(sums).collect());
    }
    table
}

fn filters(t: &Text, v: &Visitor, ask: &Ask) -> Filters {
    const FIELDS: &[Field] =
        &[may("contract", Kind::Text(0, 60)), may("fiscal_year", Kind::Integer(2020, 2100)), may("at", Kind::Date)];
    let raw = json!({ "contract": ask.contract, "fiscal_year": ask.fiscal_year, "at": ask.at });
    let section = Section { id: "filter", fields: FIELDS };
    let fields = Builder::new(t, "ledger").build_sections(&[section], &raw, "", String::new()).sections.remove(0).fields;
    Filters { action: v.path.clone(), fields, more: vec![], more_open: false, chips: vec![], clear_href: v.path.clone() }
}

/// The trial balance of the county, for those who pay, decide and audit.
pub async fn trial(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    policy::read_ledger(&v.actor).map_err(crate::app::Error::from)?;
    let scope = ask.scope(&web).await?;
    let lines = web.app.trial_balance(&v.actor, scope).await?;
    let t = &v.text;
    let page = ListPage {
        title: t.t("nav.ledger"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t("nav.ledger"))],
        lead: t.t("nav.ledger.lead"),
        filters: Some(filters(t, &v, &ask)),
        table: trial_table(t, &lines),
        pager: Pager::default(),
        primary: vec![],
        exports: vec![],
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// Debits before credits, one line each.
pub(super) fn lines_text(t: &Text, e: &LedgerEntry) -> (String, String, Money) {
    let side = |of: &dyn Fn(&Posting) -> Money| {
        let own = e.postings.iter().filter(|p| of(p) > Money::default());
        own.map(|p| account_name(t, p.account)).collect::<Vec<_>>().join(" + ")
    };
    let sum = Money::sum(e.postings.iter().map(|p| p.debit_fen)).unwrap_or_default();
    (side(&|p| p.debit_fen), side(&|p| p.credit_fen), sum)
}

/// The journal of one contract.
pub async fn journal(
    State(web): State<Web>,
    v: Visitor,
    Path(id): Path<ContractId>,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    let k = web.app.contract(&v.actor, id).await?;
    let at = ask.moment().map_err(|f| Problem::faults(Faults(vec![f])))?;
    let listed = web.app.contract_journal(&v.actor, &k, at, ask.page()?).await?;
    let t = &v.text;
    let row = |e: &LedgerEntry| {
        let (debit, credit, sum) = lines_text(t, e);
        let budget = e.budget_doc_no.iter().cloned().chain(e.budget_year.map(|y| y.to_string())).collect::<Vec<_>>();
        let note = [e.memo.clone(), e.reference.clone().unwrap_or_default(), budget.join(" ")];
        let note = note.into_iter().filter(|n| !n.is_empty()).collect::<Vec<_>>().join(" · ");
        vec![
            Cell::text(time::moment(t, e.at)),
            Cell::link(t.t(&format!("ledger.act.{}", e.act.id())), format!("/{}/{}", e.noun.path(), e.subject)).note(note),
            Cell::text(channel_name(t, e.channel)),
            Cell::text(debit),
            Cell::text(credit),
            Cell::money(sum.to_string()),
        ]
    };
    let columns = vec![
        (t.t("column.at"), "text"),
        (t.t("column.what"), "text"),
        (t.t("column.source"), "text"),
        (t.t("column.debit"), "text"),
        (t.t("column.credit"), "text"),
        (t.t("column.amount"), "money"),
    ];
    let rows = listed.items.iter().map(row).collect();
    let here = t.t("block.ledger");
    let page = ListPage {
        title: here.clone(),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to(&format!("/contracts/{id}"), k.number.clone()),
            Crumb::here(here.clone()),
        ],
        lead: t.t("ledger.journal_lead"),
        filters: None,
        table: Block::table("list", here, columns, rows, t.t("nav.ledger.empty")),
        pager: Pager {
            next: listed.next.map(|key| with_query(&v.path, &v.query, "after", &key_text(key))),
            first: ask.after.as_ref().filter(|a| !a.is_empty()).map(|_| with_query(&v.path, &v.query, "after", "")),
            count_text: t.with("ui.count", &[("n", listed.items.len().to_string())]),
        },
        primary: vec![],
        exports: vec![],
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// Where the money of a contract stands: one column a channel.
pub fn book_table(t: &Text, k: &Contract, book: &Books) -> Option<Block> {
    let channels: Vec<Channel> = Channel::ALL.iter().copied().filter(|c| book.holds(*c) > Money::default()).collect();
    let any = |a: &LedgerAccount| channels.iter().any(|c| book.balance(*c, *a) != Money::default());
    let row = |a: &LedgerAccount| {
        let cells = channels.iter().map(|c| money(book.balance(*c, *a)));
        [Cell::text(account_name(t, *a))].into_iter().chain(cells).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<Cell>> = LedgerAccount::ALL.iter().filter(|a| any(a)).map(row).collect();
    if rows.is_empty() {
        return None;
    }
    let columns = [(t.t("column.account"), "text")].into_iter().chain(channels.iter().map(|c| (channel_name(t, *c), "money")));
    let mut table = Block::table("ledger", t.t("block.ledger"), columns.collect(), rows, String::new());
    if let Block::Table { foot, .. } = &mut table {
        foot.push(vec![Cell::link(t.t("ui.journal"), format!("/contracts/{}/ledger", k.id))]);
    }
    Some(table)
}

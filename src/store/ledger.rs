//! The ledger's journal and its balances. Entries are only added; the database keeps the balances and refuses what does not
//! balance, what is below zero, and what is more than the contract holds (see the migration).
use super::*;
use crate::domain::{
    Books, Channel, Contract, ContractId, LedgerAccount, LedgerAct, LedgerEntry, Money, Noun, Posting, TrialLine, TrialScope,
    clock, date_of,
    policy::{Permit, PostLedger},
};
use entity::{ledger_balance, ledger_entry, ledger_posting, ledger_year, spending};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Alias, Expr, ExprTrait},
};
use std::collections::BTreeMap;

/// Writes one entry: its postings first, the entry last, which the database takes only when they balance.
pub async fn post(work: &Work, _permit: &Permit<PostLedger>, e: &LedgerEntry) -> Result<()> {
    let mut lines = vec![];
    for p in &e.postings {
        let row = posting_row(e, p);
        work.touch("ledger_posting", row.id, &noun::body_of(&row));
        lines.push(sea_orm::ActiveModelTrait::reset_all(row.into_active_model()));
    }
    ledger_posting::Entity::insert_many(lines).exec_without_returning(&work.tx).await?;
    let row = entry_row(e);
    work.touch("ledger_entry", row.id, &noun::body_of(&row));
    let active = sea_orm::ActiveModelTrait::reset_all(row.into_active_model());
    ledger_entry::Entity::insert(active).exec_without_returning(&work.tx).await?;
    Ok(())
}

pub(in crate::store) fn posting_row(e: &LedgerEntry, p: &Posting) -> ledger_posting::Model {
    ledger_posting::Model {
        id: clock::ordered_id(),
        entry_id: e.id,
        contract_id: e.contract.0,
        channel: e.channel.id().into(),
        account: p.account.id().into(),
        debit_fen: p.debit_fen.as_fen(),
        credit_fen: p.credit_fen.as_fen(),
        year: e.year().into(),
        at: ms(e.at),
    }
}

pub(in crate::store) fn entry_row(e: &LedgerEntry) -> ledger_entry::Model {
    ledger_entry::Model {
        id: e.id,
        contract_id: e.contract.0,
        challenge_id: e.challenge.0,
        channel: e.channel.id().into(),
        act: e.act.id().into(),
        noun: e.noun.id().into(),
        subject_id: e.subject,
        reverses_id: e.reverses,
        budget_year: e.budget_year,
        budget_doc_no: e.budget_doc_no.clone(),
        reference: e.reference.clone(),
        memo: e.memo.clone(),
        year: e.year().into(),
        at: ms(e.at),
    }
}

fn corrupt(id: Uuid, why: &str) -> Error {
    Error::Corrupt { table: "ledger_entry", id: id.to_string(), why: why.into() }
}

fn read(row: ledger_entry::Model, lines: Vec<ledger_posting::Model>) -> Result<LedgerEntry> {
    let (id, known) = (row.id, |what: Option<()>, why| what.ok_or_else(|| corrupt(row.id, why)));
    known(Channel::parse(&row.channel).map(drop), "channel")?;
    let postings = lines.into_iter().map(|p| {
        let account = LedgerAccount::parse(&p.account).ok_or_else(|| corrupt(id, "account"))?;
        Ok(Posting { account, debit_fen: Money::fen(p.debit_fen), credit_fen: Money::fen(p.credit_fen) })
    });
    Ok(LedgerEntry {
        id,
        contract: row.contract_id.into(),
        challenge: row.challenge_id.into(),
        channel: Channel::parse(&row.channel).ok_or_else(|| corrupt(id, "channel"))?,
        act: LedgerAct::parse(&row.act).ok_or_else(|| corrupt(id, "act"))?,
        noun: Noun::ALL.into_iter().find(|n| n.id() == row.noun).ok_or_else(|| corrupt(id, "noun"))?,
        subject: row.subject_id,
        reverses: row.reverses_id,
        budget_year: row.budget_year,
        budget_doc_no: row.budget_doc_no,
        reference: row.reference,
        memo: row.memo,
        at: moment(row.at, "ledger_entry", id)?,
        postings: postings.collect::<Result<_>>()?,
    })
}

/// The book of a contract, as this unit of work sees it; the caller holds the contract's lock.
pub async fn books(work: &Work, k: &Contract) -> Result<Books> {
    let rows = ledger_balance::Entity::find().filter(ledger_balance::Column::ContractId.eq(k.id.0)).all(&work.tx).await?;
    let lines = rows.into_iter().map(|r| line(&r.channel, &r.account, r.debit_fen, r.credit_fen));
    Ok(Books::new(k.county_fen, k.enterprise_fen, lines.collect::<Result<Vec<_>>>()?))
}

fn line(channel: &str, account: &str, debit_fen: i64, credit_fen: i64) -> Result<TrialLine> {
    let unknown = || Error::Corrupt { table: "ledger_balance", id: account.into(), why: "unknown account".into() };
    Ok(TrialLine {
        channel: Channel::parse(channel).ok_or_else(unknown)?,
        account: LedgerAccount::parse(account).ok_or_else(unknown)?,
        debit_fen: Money::fen(debit_fen),
        credit_fen: Money::fen(credit_fen),
    })
}

/// The newest entry of an act on a subject that has not been taken back.
pub async fn standing(work: &Work, subject: Uuid, act: LedgerAct) -> Result<Option<LedgerEntry>> {
    let rows = ledger_entry::Entity::find()
        .filter(ledger_entry::Column::SubjectId.eq(subject))
        .order_by_desc(ledger_entry::Column::At)
        .order_by_desc(ledger_entry::Column::Id)
        .all(&work.tx)
        .await?;
    let taken_back: Vec<Uuid> = rows.iter().filter_map(|r| r.reverses_id).collect();
    let Some(row) = rows.into_iter().find(|r| r.act == act.id() && !taken_back.contains(&r.id)) else { return Ok(None) };
    let lines = ledger_posting::Entity::find()
        .filter(ledger_posting::Column::EntryId.eq(row.id))
        .order_by_asc(ledger_posting::Column::Id)
        .all(&work.tx)
        .await?;
    Ok(Some(read(row, lines)?))
}

/// The journal of a contract, oldest first, as it stood at `at`; a page begins after `page.after`.
pub async fn journal(db: &Db, contract: Uuid, at: Option<Timestamp>, page: Page) -> Result<Listed<LedgerEntry>> {
    let mut select = ledger_entry::Entity::find().filter(ledger_entry::Column::ContractId.eq(contract));
    if let Some(at) = at {
        select = select.filter(ledger_entry::Column::At.lte(ms(at)));
    }
    if let Some((at, id)) = page.after {
        let key = Expr::tuple([Expr::col(Alias::new("at")), Expr::col(Alias::new("id"))]);
        select = select.filter(key.gt(Expr::tuple([Expr::val(at), Expr::val(id)])));
    }
    let rows = select
        .order_by_asc(ledger_entry::Column::At)
        .order_by_asc(ledger_entry::Column::Id)
        .limit(page.limit + 1)
        .all(&db.0)
        .await?;
    let listed = Listed::cut(rows, page.limit, |r| (r.at, r.id));
    let mut lines: BTreeMap<Uuid, Vec<ledger_posting::Model>> = BTreeMap::new();
    let of = listed.items.iter().map(|r| r.id);
    let found = ledger_posting::Entity::find()
        .filter(ledger_posting::Column::EntryId.is_in(of))
        .order_by_asc(ledger_posting::Column::Id)
        .all(&db.0)
        .await?;
    for p in found {
        lines.entry(p.entry_id).or_default().push(p);
    }
    let next = listed.next;
    let items = listed.items.into_iter().map(|r| {
        let own = lines.remove(&r.id).unwrap_or_default();
        read(r, own)
    });
    Ok(Listed { items: items.collect::<Result<_>>()?, next })
}

#[derive(FromQueryResult)]
struct Sum {
    channel: String,
    account: String,
    debit: i64,
    credit: i64,
}

/// Sums debits and credits by channel and account.
async fn sums<E: EntityTrait>(db: &Db, select: Select<E>) -> Result<Vec<Sum>>
where
    E::Model: Send + Sync,
{
    let sum = |column: &'static str| Expr::col(Alias::new(column)).sum().cast_as(Alias::new("bigint"));
    let (channel, account) = (Expr::col(Alias::new("channel")), Expr::col(Alias::new("account")));
    let rows = select
        .select_only()
        .column_as(channel.clone(), "channel")
        .column_as(account.clone(), "account")
        .column_as(sum("debit_fen"), "debit")
        .column_as(sum("credit_fen"), "credit")
        .group_by(channel)
        .group_by(account)
        .into_model::<Sum>()
        .all(&db.0)
        .await?;
    Ok(rows)
}

/// Turnover by channel and account. Now: from the balances. At a past moment: from the years before it, and the postings of
/// its own year up to it.
pub async fn trial(db: &Db, scope: TrialScope) -> Result<Vec<TrialLine>> {
    let mut found = vec![];
    match scope.at {
        None if scope.year.is_none() => {
            let of = scope.contract.map(|k| ledger_balance::Column::ContractId.eq(k.0));
            found.extend(sums(db, ledger_balance::Entity::find().filter(all_of(of))).await?);
        }
        None => found.extend(years(db, scope, ledger_year::Column::Year.eq(scope.year.map(i32::from))).await?),
        Some(at) => {
            let own = date_of(at).year();
            if scope.year.is_none_or(|y| y != own) {
                let before = ledger_year::Column::Year.lt(i32::from(own));
                let of = scope.year.map_or(before.clone(), |y| before.and(ledger_year::Column::Year.eq(i32::from(y))));
                found.extend(years(db, scope, of).await?);
            }
            if scope.year.is_none_or(|y| y == own) {
                let until = ledger_posting::Column::Year.eq(i32::from(own)).and(ledger_posting::Column::At.lte(ms(at)));
                let of = scope.contract.map(|k| ledger_posting::Column::ContractId.eq(k.0));
                found.extend(sums(db, ledger_posting::Entity::find().filter(until).filter(all_of(of))).await?);
            }
        }
    }
    added_up(found)
}

async fn years(db: &Db, scope: TrialScope, of_years: Expr) -> Result<Vec<Sum>> {
    let of = scope.contract.map(|k| ledger_year::Column::ContractId.eq(k.0));
    sums(db, ledger_year::Entity::find().filter(of_years).filter(all_of(of))).await
}

fn all_of(one: Option<Expr>) -> Condition {
    Condition::all().add_option(one)
}

fn added_up(found: Vec<Sum>) -> Result<Vec<TrialLine>> {
    let mut lines: BTreeMap<(Channel, LedgerAccount), TrialLine> = BTreeMap::new();
    for s in found {
        let one = line(&s.channel, &s.account, s.debit, s.credit)?;
        let key = (one.channel, one.account);
        let sum = match lines.get(&key) {
            None => one,
            Some(was) => line(
                &s.channel,
                &s.account,
                was.debit_fen.as_fen().saturating_add(s.debit),
                was.credit_fen.as_fen().saturating_add(s.credit),
            )?,
        };
        lines.insert(key, sum);
    }
    Ok(lines.into_values().collect())
}

/// The same invoice on a line of spending that counts, here or in another project.
pub async fn invoice_used(work: &Work, invoice: &str) -> Result<bool> {
    let row = spending::Entity::find()
        .filter(spending::Column::Invoice.eq(invoice))
        .filter(spending::Column::State.is_not_in(NOT_COUNTED))
        .one(&work.tx)
        .await?;
    Ok(row.is_some())
}

/// States of a line of spending that does not count.
const NOT_COUNTED: [&str; 2] = ["withdrawn", "disallowed"];

fn counted(contract: ContractId) -> Select<spending::Entity> {
    spending::Entity::find()
        .filter(spending::Column::ContractId.eq(contract.0))
        .filter(spending::Column::State.is_not_in(NOT_COUNTED))
}

/// Sums of what was spent, by source and class.
pub async fn spent(work: &Work, contract: ContractId) -> Result<BTreeMap<(String, String), Money>> {
    let rows: Vec<(String, String, i64)> = counted(contract)
        .select_only()
        .column(spending::Column::Source)
        .column(spending::Column::Class)
        .column_as(Expr::col(spending::Column::AmountFen).sum().cast_as(Alias::new("bigint")), "fen")
        .group_by(spending::Column::Source)
        .group_by(spending::Column::Class)
        .into_tuple()
        .all(&work.tx)
        .await?;
    Ok(rows.into_iter().map(|(source, class, fen)| ((source, class), Money::fen(fen))).collect())
}

/// How many lines of spending count.
pub async fn spending_records(work: &Work, contract: ContractId) -> Result<u64> {
    Ok(sea_orm::PaginatorTrait::count(counted(contract), &work.tx).await?)
}

//! Contracts with full books, for the ledger's benchmark: written through the same triggers as any entry.
use super::*;
use crate::domain::{Books, Channel, ContractId, LedgerAct, LedgerEntry, Noun, TrialLine};
use crate::store::ledger::{entry_row, posting_row};
use entity::{bid, contract, ledger_entry, ledger_posting};

/// Entries of one generated book: a promise, its payment step by step, and spending.
pub const ENTRIES: u64 = 50;
/// Postings of one generated book: two an entry.
pub const POSTINGS: u64 = 2 * ENTRIES;

/// Writes `contracts` books, numbered from `first`, twenty to a transaction.
pub async fn books(db: &Db, contracts: u64, seed: u64, first: u64) -> Result<()> {
    if first == 0 {
        challenges(db, 1, seed, &|_| {}).await?;
    }
    let made = challenge::Entity::find().one(&db.0).await?;
    let on = made.map(|c| c.id).ok_or(Error::Corrupt { table: "challenge", id: String::new(), why: "none made".into() })?;
    let mut dice = Dice(seed);
    let mut done = 0;
    while done < contracts {
        let batch = (contracts - done).min(20);
        let tx = db.0.begin().await?;
        for n in 0..batch {
            let id = hold(&tx, ChallengeId(on), first + done + n).await?;
            let entries = book(&mut dice, id, ChallengeId(on));
            let lines = entries.iter().flat_map(|e| e.postings.iter().map(|p| posting_row(e, p).into_active_model().reset_all()));
            ledger_posting::Entity::insert_many(lines).exec_without_returning(&tx).await?;
            let rows = entries.iter().map(|e| entry_row(e).into_active_model().reset_all());
            ledger_entry::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        done += batch;
    }
    Ok(())
}

/// A contract row that can hold a book, and the bid that its foreign key asks for.
async fn hold(tx: &sea_orm::DatabaseTransaction, on: ChallengeId, n: u64) -> Result<ContractId> {
    let (id, bid_id, org) = (clock::ordered_id(), clock::ordered_id(), clock::ordered_id());
    let body = serde_json::json!({});
    let bid = bid::Model {
        id: bid_id,
        challenge_id: on.0,
        org_id: org,
        state: "contracted".into(),
        version: 0,
        at: 0,
        body: body.clone(),
    };
    bid::Entity::insert(bid.into_active_model().reset_all()).exec_without_returning(tx).await?;
    let row = contract::Model {
        id,
        challenge_id: on.0,
        bid_id,
        poster_id: org,
        lead_id: org,
        number: format!("HT-G-{n:07}"),
        state: "effective".into(),
        county_fen: Money::wan(100).as_fen(),
        enterprise_fen: 0,
        version: 0,
        at: 0,
        body,
    };
    contract::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(ContractId(id))
}

fn book(dice: &mut Dice, contract: ContractId, challenge: ChallengeId) -> Vec<LedgerEntry> {
    let whole = Money::wan(100);
    let mut books = Books::new(whole, Money::default(), Vec::<TrialLine>::new());
    // From 2025 on, a few days apart.
    let mut at = 1_735_700_000_000_i64;
    let steps = [LedgerAct::Promise, LedgerAct::Unlock, LedgerAct::Payment, LedgerAct::Receipt];
    (0..ENTRIES)
        .filter_map(|n| {
            at += 86_400_000 + i64::try_from(dice.roll(1_000_000_000)).unwrap_or(0);
            let step = usize::try_from(n).ok().and_then(|n| steps.get(n)).copied();
            let spent = Money::fen(1 + i64::try_from(dice.roll(2_000_000)).unwrap_or(0));
            let (act, amount) = step.map_or((LedgerAct::Spending, spent), |act| (act, whole));
            let postings = books.write(act, Channel::Fiscal, amount).ok()?;
            Some(LedgerEntry {
                id: clock::ordered_id(),
                contract,
                challenge,
                channel: Channel::Fiscal,
                act,
                noun: Noun::Contract,
                subject: contract.0,
                reverses: None,
                budget_year: Some(2025),
                budget_doc_no: Some("交财预〔2025〕8号".into()),
                reference: None,
                memo: String::new(),
                at: Timestamp::from_millisecond(at).unwrap_or_default(),
                postings,
            })
        })
        .collect()
}

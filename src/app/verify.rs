//! Checks the database against its own record: the log and its rules, the columns beside each entry, and every row of today
//! against the last state that the record tells of it.
use super::*;
use crate::domain::log::Wrong;
use crate::domain::log::check::{Checker, Summary};
use crate::domain::log::entry::Entry as Read;
use crate::domain::log::note::PublicKey;
use std::collections::BTreeMap;
use store::log as kept;

/// By table and id: the hash of the row as the record left it, and the entry that left it so.
type States = BTreeMap<(&'static str, Uuid), (String, u64)>;

/// What stopped it: something wrong, or a database that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error(transparent)]
    Wrong(#[from] Wrong),
    #[error(transparent)]
    Unclear(#[from] store::Error),
}

/// Checks all of it, and ends at the first thing wrong. `key` opens the checkpoints; without it they are not checked.
/// `progress` hears how many entries are done, of how many.
pub async fn database(
    db: &Db,
    mut checker: Checker,
    key: Option<&PublicKey>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> std::result::Result<Summary, Stopped> {
    if let Some(key) = key {
        checker.hold(key)?;
    }
    let size = kept::size(db).await?;
    let (mut states, mut reads) = (States::new(), BTreeMap::new());
    let mut checkpoints = std::collections::VecDeque::new();
    while checker.entries() < size {
        let page = kept::entries(db, checker.entries(), 500).await?;
        if page.is_empty() {
            let says = format!("the record ends here; it counts {size} entries");
            return Err(Wrong::new("gap", says).at(checker.entries() + 1).into());
        }
        for raw in page {
            one(&mut checker, &raw, &mut states)?;
            reads.extend(sealed_reads(&raw)?);
            if key.is_none() {
                continue;
            }
            if checkpoints.is_empty() {
                checkpoints.extend(kept::checkpoints(db, raw.seq - 1, 500).await?);
                checkpoints.push_back((u64::MAX, String::new()));
            }
            if checkpoints.front().is_some_and(|c| c.0 == raw.seq) {
                let note = checkpoints.pop_front().map(|c| c.1).unwrap_or_default();
                checker.checkpoint(&note)?;
                if checkpoints.front().is_some_and(|c| c.0 == u64::MAX) {
                    checkpoints.clear();
                }
            }
        }
        progress(checker.entries(), size);
    }
    if let Some((seen, _)) = kept::last(db).await?.filter(|(seen, _)| *seen > size) {
        return Err(Wrong::new("rolled_back", format!("{seen} entries were signed; the record has {size}")).into());
    }
    rows(db, &states).await?;
    read_log(db, &reads).await?;
    Ok(checker.summary()?)
}

/// Up to where the read log was sealed by this entry, and its hash.
fn sealed_reads(raw: &kept::Raw) -> std::result::Result<Option<(i64, String)>, Wrong> {
    if !raw.body.contains("\"account.reads\"") {
        return Ok(None);
    }
    let said: serde_json::Value = serde_json::from_str(&raw.body).unwrap_or_default();
    let facts = &said["event"]["facts"];
    let read = facts["to"].as_i64().zip(facts["sha256"].as_str().map(str::to_owned));
    let sealing = said["event"]["kind"] == "account.reads";
    if sealing && read.is_none() {
        Err(Wrong::new("facts", "account.reads: its facts do not read").at(raw.seq))
    } else {
        Ok(read.filter(|_| sealing))
    }
}

/// Every line of the read log is there, and as it was written and sealed.
async fn read_log(db: &Db, sealed: &BTreeMap<i64, String>) -> std::result::Result<(), Stopped> {
    let Err(broken) = store::reads::check(db, sealed).await? else { return Ok(()) };
    let (code, says) = match broken.missing {
        true => ("read_missing", format!("line {} of the read log is missing", broken.seq)),
        false => ("read_changed", format!("line {} of the read log is not as it was written", broken.seq)),
    };
    Err(Wrong::new(code, says).into())
}

fn one(checker: &mut Checker, raw: &kept::Raw, states: &mut States) -> std::result::Result<(), Wrong> {
    checker.stored(raw.seq, &raw.leaf, &raw.salt, &raw.body)?;
    if let Some(column) = raw.misfit() {
        return Err(Wrong::new("column", format!("audit_event.{column} does not say what the entry says")).at(raw.seq));
    }
    let entry = Read::read(&raw.body).ok_or_else(|| Wrong::new("body", "its text is no entry").at(raw.seq))?;
    for state in entry.states()? {
        if let Some(table) = kept::TABLES.iter().find(|t| **t == state.table) {
            states.insert((table, state.id), (state.sha256.into_owned(), raw.seq));
        }
    }
    Ok(())
}

/// Every row is as the record left it, none is missing, none is there that the record does not tell of.
async fn rows(db: &Db, states: &States) -> std::result::Result<(), Stopped> {
    for table in kept::TABLES {
        let mut told = states.range((*table, Uuid::nil())..=(*table, Uuid::max())).peekable();
        let mut after = Uuid::nil();
        loop {
            let page = kept::rows(db, table, after, 500).await?;
            for (id, now) in &page {
                if let Some(((_, gone), (_, seq))) = told.next_if(|((_, told), _)| told < id) {
                    return Err(Wrong::new("row_missing", format!("{table} {gone} is missing")).at(*seq).into());
                }
                match told.next_if(|((_, told), _)| told == id) {
                    None => return Err(Wrong::new("row_extra", format!("the record tells nothing of {table} {id}")).into()),
                    Some((_, (was, seq))) if was != now => {
                        return Err(Wrong::new("row_changed", format!("{table} {id} is not as entry {seq} left it"))
                            .at(*seq)
                            .into());
                    }
                    Some(_) => after = *id,
                }
            }
            if page.is_empty() {
                break;
            }
        }
        if let Some(((_, gone), (_, seq))) = told.next() {
            return Err(Wrong::new("row_missing", format!("{table} {gone} is missing")).at(*seq).into());
        }
    }
    Ok(())
}

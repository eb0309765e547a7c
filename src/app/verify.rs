//! Checks the database against its own record: the log and its rules, the columns beside each entry, every row of today
//! against the last state that the record tells of it, what is worked out from other rows, and the stored files.
use super::*;
use crate::domain::log::Wrong;
use crate::domain::log::check::{Checker, Summary};
use crate::domain::log::entry::Entry as Read;
use crate::domain::log::note::{Checkpoint, PublicKey};
use crate::domain::log::state::state;
use std::collections::BTreeMap;
use store::{log as kept, rows as now};

/// What the record tells of a row, and how a row of today is held against it.
#[derive(Debug)]
struct Left {
    told: String,
    /// Of entries that tell their states under salts.
    salt: Option<[u8; 32]>,
    seq: u64,
}

impl Left {
    fn is(&self, row: &str) -> bool {
        self.told == self.salt.map_or_else(|| hash::sha256_hex(row.as_bytes()), |salt| state(&salt, row))
    }
}

/// By table and id: what the record left the row as, and the entry that left it so.
#[derive(Debug, Default)]
pub struct States {
    rows: BTreeMap<(&'static str, Uuid), Left>,
    /// Up to where the read log was sealed, and its hash.
    reads: BTreeMap<i64, String>,
}

/// What stopped it: something wrong, or a database or a store that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error(transparent)]
    Wrong(#[from] Wrong),
    #[error(transparent)]
    Unclear(store::Error),
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error(transparent)]
    Key(#[from] crate::outside::log_key::KeyError),
}

impl From<store::Error> for Stopped {
    /// A row that does not read is wrong; a database that does not answer is not.
    fn from(e: store::Error) -> Self {
        match e {
            store::Error::Corrupt { .. } => Self::Wrong(Wrong::new("unreadable", e.to_string())),
            other => Self::Unclear(other),
        }
    }
}

type Checked<T> = std::result::Result<T, Stopped>;

/// What the checkpoints are held against: the key in use, and what it remembers to have signed last.
#[derive(Clone, Debug)]
pub struct Signed {
    pub key: PublicKey,
    pub last: Option<Checkpoint>,
}

/// Checks all of it, and ends at the first thing wrong. `signed` opens the checkpoints; without it they are not checked.
/// `progress` hears how many entries are done, of how many.
pub async fn database(
    db: &Db,
    mut checker: Checker,
    signed: Option<&Signed>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Checked<Summary> {
    if let Some(signed) = signed {
        checker.hold(&signed.key)?;
    }
    let states = entries(db, &mut checker, signed.is_some(), progress).await?;
    checkpoints(db, checker.entries(), signed).await?;
    let rows = rows(db, &states).await?;
    let mut summary = checker.summary()?;
    summary.checked.insert("rows", rows);
    Ok(summary)
}

/// Reads the log through.
async fn entries(db: &Db, checker: &mut Checker, signed: bool, progress: &(dyn Fn(u64, u64) + Sync)) -> Checked<States> {
    let (size, mut at) = (kept::size(db).await?, 0);
    let mut states = States::default();
    let mut checkpoints = std::collections::VecDeque::new();
    while checker.entries() < size {
        let page = kept::entries(db, checker.entries(), 500).await?;
        if page.is_empty() {
            let says = format!("audit_event: the record ends here; it counts {size} entries");
            return Err(Wrong::new("gap", says).at(checker.entries() + 1).into());
        }
        for raw in page {
            one(checker, &raw, &mut states)?;
            at = raw.at();
            if !signed {
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
    if let Some((table, seq)) = kept::beyond(db, size).await? {
        let says = format!("{table} {seq}: the record has {size} entries, this is none of them");
        return Err(Wrong::new("row_extra", says).into());
    }
    if kept::head_at(db).await? != at {
        return Err(Wrong::new("column", "audit_head.at does not say when the newest entry was written").at(size).into());
    }
    Ok(states)
}

/// The newest checkpoint is of no more entries than there are, and no less than the key has signed.
async fn checkpoints(db: &Db, size: u64, signed: Option<&Signed>) -> Checked<()> {
    let newest = kept::last(db).await?.map_or(0, |(seen, _)| seen);
    if newest > size {
        return Err(Wrong::new(
            "rolled_back",
            format!("audit_checkpoint {newest}: so many entries were signed; the record has {size}"),
        )
        .into());
    }
    match signed.and_then(|s| s.last.as_ref()) {
        Some(last) if last.size > size => {
            let says = format!("the key has signed {} entries; the record has {size}", last.size);
            Err(Wrong::new("rolled_back", says).into())
        }
        Some(last) if last.size > newest => {
            let says = format!("audit_checkpoint {}: the key has signed it, and it is missing", last.size);
            Err(Wrong::new("row_missing", says).into())
        }
        _ => Ok(()),
    }
}

fn one(checker: &mut Checker, raw: &kept::Raw, states: &mut States) -> std::result::Result<(), Wrong> {
    checker.stored(raw.seq, &raw.leaf, &raw.salt, &raw.body)?;
    if let Some(column) = raw.misfit() {
        return Err(Wrong::new("column", format!("audit_event.{column} does not say what the entry says")).at(raw.seq));
    }
    states.learn(raw)
}

/// Up to where the read log was sealed by an entry, and its hash.
#[derive(serde::Deserialize)]
struct SealedReads {
    to: i64,
    sha256: String,
}

impl States {
    fn learn(&mut self, raw: &kept::Raw) -> std::result::Result<(), Wrong> {
        let seq = raw.seq;
        let entry = Read::read(&raw.body).ok_or_else(|| Wrong::new("body", "its text is no entry").at(seq))?;
        if entry.kind() == "account.reads" {
            let sealed: SealedReads = entry.facts()?;
            self.reads.insert(sealed.to, sealed.sha256);
        }
        entry.told_as_its_version()?;
        for (n, state) in entry.states()?.iter().enumerate() {
            if let Some(table) = now::TABLES.iter().find(|t| **t == state.table) {
                let salt = raw.secret().filter(|_| entry.salts.is_some()).map(|secret| secret.salt(n));
                self.rows.insert((table, state.id), Left { told: state.told().to_owned(), salt, seq });
            }
        }
        Ok(())
    }

    /// What the record of a database tells, without checking it.
    pub async fn told(db: &Db) -> Checked<Self> {
        let (mut states, mut at) = (Self::default(), 0);
        loop {
            let page = kept::entries(db, at, 500).await?;
            let Some(last) = page.last() else { return Ok(states) };
            at = last.seq;
            page.iter().try_for_each(|raw| states.learn(raw))?;
        }
    }
}

/// Every row is as the record left it, none is missing, none is there that the record does not tell of; balances and the
/// turns of bids are as they are worked out. Gives how many rows were compared.
pub async fn rows(db: &Db, states: &States) -> Checked<u64> {
    let mut compared = 0;
    for table in now::TABLES {
        compared += table_as_told(db, states, table).await?;
    }
    if let Some(table) = now::filled(db).await? {
        return Err(Wrong::new("row_extra", format!("the record tells nothing of {table}, and there is a row in it")).into());
    }
    if let Some(bid) = now::bid_turns_astray(db).await? {
        return Err(Wrong::new("row_changed", format!("turn: what waits on bid {bid} is not what its state says")).into());
    }
    if let Some((table, contract)) = now::unbalanced(db).await? {
        let says = format!("{table}: the balances of contract {contract} are not the sums of its postings");
        return Err(Wrong::new("balance", says).into());
    }
    read_log(db, &states.reads).await?;
    Ok(compared)
}

/// Every line of the read log is there, and as it was written and sealed.
async fn read_log(db: &Db, sealed: &BTreeMap<i64, String>) -> Checked<()> {
    let lines = match store::reads::check(db, sealed).await? {
        Ok(lines) => lines,
        Err(broken) => {
            let (code, says) = match broken.missing {
                true => (
                    "read_missing",
                    format!("read_entry: line {} of the read log is missing, which read_head counts", broken.seq),
                ),
                false => ("read_changed", format!("read_entry: line {} of the read log is not as it was written", broken.seq)),
            };
            return Err(Wrong::new(code, says).into());
        }
    };
    match now::read_head_astray(db, lines, sealed.keys().next_back().copied().unwrap_or(0)).await? {
        Some(says) => Err(Wrong::new("read_changed", says).into()),
        None => Ok(()),
    }
}

/// The same of one of [`now::TABLES`] alone.
pub async fn table_as_told(db: &Db, states: &States, table: &'static str) -> Checked<u64> {
    let gone = |id: Uuid, seq: u64| Stopped::from(Wrong::new("row_missing", format!("{table} {id} is missing")).at(seq));
    // Of a group of rows the record may tell that it is empty.
    let told = states.rows.range((table, Uuid::nil())..=(table, Uuid::max()));
    let told: Vec<_> = told.filter(|(_, left)| !left.is(now::NOTHING)).map(|((_, id), left)| (*id, left)).collect();
    let mut told = told.into_iter().peekable();
    let (mut after, mut compared) = (Uuid::nil(), 0);
    loop {
        let page = now::rows(db, table, after, 500).await?;
        for (id, row) in &page {
            if let Some((missing, left)) = told.next_if(|t| t.0 < *id) {
                return Err(gone(missing, left.seq));
            }
            match told.next_if(|t| t.0 == *id) {
                None => return Err(Wrong::new("row_extra", format!("the record tells nothing of {table} {id}")).into()),
                Some((_, left)) if !left.is(row) => {
                    let says = format!("{table} {id} is not as entry {} left it", left.seq);
                    return Err(Wrong::new("row_changed", says).at(left.seq).into());
                }
                Some(_) => (after, compared) = (*id, compared + 1),
            }
        }
        if page.is_empty() {
            break;
        }
    }
    match told.next() {
        Some((id, left)) => Err(gone(id, left.seq)),
        None => Ok(compared),
    }
}

/// The bytes in the store of every file that an act has named are those that were put there; rows are checked before.
pub async fn stored_files(db: &Db, files: &Files, progress: &(dyn Fn(u64) + Sync)) -> Checked<u64> {
    let (mut after, mut done) = (Uuid::nil(), 0);
    loop {
        let page = now::files(db, after, 200).await?;
        if page.is_empty() {
            return Ok(done);
        }
        for (id, key, sha256) in page {
            let wrong = |code, says: &str| Stopped::from(Wrong::new(code, format!("file {id}: {says} (its place: {key})")));
            match files.verify(&key, &sha256).await {
                Ok(()) => {}
                Err(FilesError::Tampered { .. }) => {
                    return Err(wrong("file_changed", "the stored bytes are not those put there"));
                }
                Err(FilesError::Missing | FilesError::BadKey) => return Err(wrong("file_missing", "it is not in the store")),
                Err(other) => return Err(other.into()),
            }
            (after, done) = (id, done + 1);
            progress(done);
        }
    }
}

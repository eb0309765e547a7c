//! The read log: one line a reading, numbered without a gap, each with the hash of all before. It is added to and never changed;
//! its hash goes into the record at intervals.
use super::*;
use crate::domain::{AccountId, Actor, ChallengeId, OrgId, hash, reading::Reading};
use entity::{read_entry, read_head};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

/// The same thing read again by the same person within so long is one reading, in milliseconds.
const AGAIN: i64 = 10 * 60_000;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub seq: i64,
    pub at: Timestamp,
    pub actor: AccountId,
    pub name: String,
    pub role: String,
    pub what: String,
    pub noun: String,
    pub subject: Uuid,
    pub challenge: Option<ChallengeId>,
    pub org: Option<OrgId>,
    pub owner: Option<AccountId>,
}

fn read(r: read_entry::Model) -> Result<Read> {
    Ok(Read {
        seq: r.seq,
        at: moment(r.at, "read_entry", r.seq)?,
        actor: AccountId(r.actor_id),
        name: r.actor_name,
        role: r.actor_role,
        what: r.what,
        noun: r.noun,
        subject: r.subject_id,
        challenge: r.challenge_id.map(ChallengeId),
        org: r.org_id.map(OrgId),
        owner: r.owner_id.map(AccountId),
    })
}

/// The hash of a line and of all before it.
fn link(before: &str, row: &read_entry::Model) -> String {
    let mut said = serde_json::to_value(row).expect("rows are plain JSON");
    if let Some(map) = said.as_object_mut() {
        map.remove("sha256");
    }
    hash::sha256_hex(format!("jiebang-read-1\n{before}\n{}", hash::canonical(&said)).as_bytes())
}

/// Writes what was read, at once; what the same person read a moment ago is not written twice.
pub async fn note(db: &Db, actor: &Actor, at: Timestamp, all: &[Reading]) -> Result<()> {
    let mut fresh = vec![];
    for r in all {
        let known = read_entry::Entity::find()
            .filter(read_entry::Column::ActorId.eq(actor.account.0))
            .filter(read_entry::Column::SubjectId.eq(r.subject))
            .filter(read_entry::Column::What.eq(r.what.id()))
            .filter(read_entry::Column::At.gt(ms(at) - AGAIN))
            .limit(1)
            .one(&db.0)
            .await?;
        if known.is_none() {
            fresh.push(r);
        }
    }
    if fresh.is_empty() {
        return Ok(());
    }
    let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let tx = db.0.begin_with_options(options).await?;
    let mut head = locked(&tx).await?;
    for r in fresh {
        let mut row = read_entry::Model {
            seq: head.seq + 1,
            at: ms(at),
            actor_id: actor.account.0,
            actor_name: actor.name.clone(),
            actor_role: actor.role.id().to_owned(),
            what: r.what.id().to_owned(),
            noun: r.noun.id().to_owned(),
            subject_id: r.subject,
            challenge_id: r.challenge.map(|c| c.0),
            org_id: r.org.map(|o| o.0),
            owner_id: r.owner.map(|a| a.0),
            sha256: String::new(),
        };
        row.sha256 = link(&head.sha256, &row);
        (head.seq, head.sha256) = (row.seq, row.sha256.clone());
        read_entry::Entity::insert(row.into_active_model()).exec_without_returning(&tx).await?;
    }
    keep(&tx, head).await?;
    Ok(tx.commit().await?)
}

async fn locked(tx: &DatabaseTransaction) -> Result<read_head::Model> {
    let head = read_head::Entity::find_by_id(1).lock_exclusive().one(tx).await?;
    head.ok_or(Error::Corrupt { table: "read_head", id: "1".into(), why: "missing".into() })
}

async fn keep<C: ConnectionTrait>(db: &C, head: read_head::Model) -> Result<()> {
    let row = read_head::ActiveModel { id: Set(1), seq: Set(head.seq), sha256: Set(head.sha256), sealed: Set(head.sealed) };
    row.update(db).await?;
    Ok(())
}

/// Up to where the log reaches, and its hash, when it has grown since it was last sealed; from here it counts as sealed.
pub async fn seal(work: &Work) -> Result<Option<(i64, i64, String)>> {
    let mut head = locked(&work.tx).await?;
    if head.seq == head.sealed {
        return Ok(None);
    }
    let from = head.sealed + 1;
    head.sealed = head.seq;
    let told = (from, head.seq, head.sha256.clone());
    keep(&work.tx, head).await?;
    Ok(Some(told))
}

/// True when there is something to seal.
pub async fn has_grown(db: &Db) -> Result<bool> {
    let head = read_head::Entity::find_by_id(1).one(&db.0).await?;
    Ok(head.is_some_and(|h| h.seq > h.sealed))
}

/// Whose lines are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    All,
    Case(ChallengeId),
    /// What a person read.
    Reader(AccountId),
    /// What is a person's own, or its unit's.
    Owner(AccountId, Option<OrgId>),
}

/// Lines before a number, the newest first.
pub async fn list(db: &Db, of: Of, before: Option<i64>, limit: u64) -> Result<Vec<Read>> {
    use read_entry::Column as C;
    let mut select = read_entry::Entity::find();
    select = match of {
        Of::All => select,
        Of::Case(c) => select.filter(C::ChallengeId.eq(c.0)),
        Of::Reader(a) => select.filter(C::ActorId.eq(a.0)),
        Of::Owner(a, org) => {
            let own = sea_orm::Condition::any().add(C::OwnerId.eq(a.0)).add_option(org.map(|o| C::OrgId.eq(o.0)));
            select.filter(own)
        }
    };
    if let Some(seq) = before {
        select = select.filter(C::Seq.lt(seq));
    }
    select.order_by_desc(C::Seq).limit(limit).all(&db.0).await?.into_iter().map(read).collect()
}

/// What was read since a moment, the newest first, at most so many.
pub async fn since(db: &Db, at: Timestamp, most: u64) -> Result<Vec<Read>> {
    let rows = read_entry::Entity::find()
        .filter(read_entry::Column::At.gte(ms(at)))
        .order_by_desc(read_entry::Column::Seq)
        .limit(most)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// What a check of the log finds: the first line that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub seq: i64,
    pub missing: bool,
}

/// Goes through the log once: every line must be there and carry the hash of all before. `sealed` are numbers and hashes that the
/// record tells.
pub async fn check(db: &Db, sealed: &std::collections::BTreeMap<i64, String>) -> Result<std::result::Result<u64, Broken>> {
    let (mut seq, mut before) = (0i64, String::new());
    loop {
        let rows = read_entry::Entity::find()
            .filter(read_entry::Column::Seq.gt(seq))
            .order_by_asc(read_entry::Column::Seq)
            .limit(500)
            .all(&db.0)
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != seq + 1 {
                return Ok(Err(Broken { seq: seq + 1, missing: true }));
            }
            let sha256 = link(&before, &row);
            if sha256 != row.sha256 || sealed.get(&row.seq).is_some_and(|s| *s != sha256) {
                return Ok(Err(Broken { seq: row.seq, missing: false }));
            }
            (seq, before) = (row.seq, sha256);
        }
    }
    let head = read_head::Entity::find_by_id(1).one(&db.0).await?;
    let told = head.map_or(0, |h| h.seq).max(sealed.keys().next_back().copied().unwrap_or(0));
    if told > seq { Ok(Err(Broken { seq: seq + 1, missing: true })) } else { Ok(Ok(u64::try_from(seq).unwrap_or(0))) }
}

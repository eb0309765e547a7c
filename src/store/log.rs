//! The log beside the record: leaves, checkpoints, and the rows of today for comparison. Checkpoints are written here, under
//! a lock of their own: they are no act of anybody, and nothing else can be written this way.
use super::*;
use crate::domain::log::state::Secret;
use entity::{audit_checkpoint, audit_event, audit_head, audit_leaf};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    SqliteTransactionMode, TransactionOptions, TransactionTrait, sea_query::ExprTrait,
};
use std::collections::BTreeMap;

/// What stands in the tree for one entry.
pub type Leaf = [u8; 32];

fn corrupt(table: &'static str, id: impl ToString, why: &str) -> Error {
    Error::Corrupt { table, id: id.to_string(), why: why.into() }
}

fn whole(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// How many entries the record has.
pub async fn size(db: &Db) -> Result<u64> {
    let seq = audit_head::Entity::find_by_id(1).select_only().column(audit_head::Column::Seq);
    let seq: Option<i64> = seq.into_tuple().one(&db.0).await?;
    Ok(seq.map_or(0, whole))
}

/// What stands where no entry should: beyond the record's end, or before its beginning. Table and number.
pub async fn beyond(db: &Db, size: u64) -> Result<Option<(&'static str, i64)>> {
    let stray = audit_event::Column::Seq.gt(signed(size)).or(audit_event::Column::Seq.lt(1));
    let event = audit_event::Entity::find().filter(stray).limit(1).one(&db.0).await?;
    if let Some(row) = event {
        return Ok(Some(("audit_event", row.seq)));
    }
    let stray = audit_leaf::Column::Seq.gt(signed(size)).or(audit_leaf::Column::Seq.lt(1));
    let leaf = audit_leaf::Entity::find().filter(stray).limit(1).one(&db.0).await?;
    if let Some(row) = leaf {
        return Ok(Some(("audit_leaf", row.seq)));
    }
    let head = audit_head::Entity::find().filter(audit_head::Column::Id.ne(1)).limit(1).one(&db.0).await?;
    Ok(head.map(|row| ("audit_head", row.id.into())))
}

/// When the newest entry was written, as the record's head says.
pub async fn head_at(db: &Db) -> Result<i64> {
    let head = audit_head::Entity::find_by_id(1).one(&db.0).await?;
    head.map(|h| h.at).ok_or_else(|| corrupt("audit_head", 1, "missing"))
}

/// Leaves of entries `after + 1` and on, in order; a gap is an error.
pub async fn leaves(db: &Db, after: u64, limit: u64) -> Result<Vec<Leaf>> {
    let rows = audit_leaf::Entity::find()
        .filter(audit_leaf::Column::Seq.gt(signed(after)))
        .order_by_asc(audit_leaf::Column::Seq)
        .limit(limit)
        .all(&db.0)
        .await?;
    let numbered = rows.into_iter().zip(after + 1..);
    numbered
        .map(|(row, seq)| {
            let leaf = row.leaf.try_into().ok().filter(|_| whole(row.seq) == seq);
            leaf.ok_or_else(|| corrupt("audit_leaf", seq, "missing, or not 32 bytes"))
        })
        .collect()
}

/// The number of the entry that stands in the tree as this leaf.
pub async fn by_leaf(db: &Db, leaf: &Leaf) -> Result<Option<u64>> {
    let row = audit_leaf::Entity::find().filter(audit_leaf::Column::Leaf.eq(leaf.to_vec())).one(&db.0).await?;
    Ok(row.map(|r| whole(r.seq)))
}

/// One entry with its leaf, as a record carries it.
#[derive(Clone, Debug)]
pub struct Raw {
    pub seq: u64,
    pub leaf: Leaf,
    pub salt: Vec<u8>,
    pub body: String,
    pub visibility: String,
    row: audit_event::Model,
}

impl Raw {
    /// When it was written, in milliseconds since 1970.
    pub fn at(&self) -> i64 {
        self.row.at
    }

    /// What the salts of its states come from.
    pub fn secret(&self) -> Option<Secret<'_>> {
        self.row.secret.as_deref().map(Secret)
    }
}

impl Raw {
    /// The first column beside the entry that does not say what the entry says.
    pub fn misfit(&self) -> Option<&'static str> {
        let said: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        let (e, a, row) = (&said["event"], &said["actor"], &self.row);
        let id = |id: Option<Uuid>| serde_json::json!(id);
        let same = [
            ("at", said["at"] == row.at),
            ("kind", e["kind"] == *row.kind),
            ("noun", e["noun"] == *row.noun),
            ("subject_id", e["subject"] == id(Some(row.subject_id))),
            ("challenge_id", e["challenge"] == id(row.challenge_id)),
            ("org_id", e["org"] == id(row.org_id)),
            ("actor_id", a["id"] == id(Some(row.actor_id))),
            ("actor_name", a["name"] == *row.actor_name),
            ("actor_role", a["role"] == *row.actor_role),
            ("visibility", e["visibility"] == *row.visibility),
            ("secret", said["salts"] == serde_json::json!(self.secret().map(Secret::promise))),
        ];
        same.into_iter().find(|(_, same)| !same).map(|(column, _)| column)
    }
}

/// Entries `after + 1` and on.
pub async fn entries(db: &Db, after: u64, limit: u64) -> Result<Vec<Raw>> {
    let leaves = leaves(db, after, limit).await?;
    let rows = audit_event::Entity::find()
        .filter(audit_event::Column::Seq.gt(signed(after)))
        .order_by_asc(audit_event::Column::Seq)
        .limit(limit)
        .all(&db.0)
        .await?;
    let raw = |(row, leaf): (audit_event::Model, Leaf)| Raw {
        seq: whole(row.seq),
        leaf,
        salt: row.salt.clone(),
        body: row.body.clone(),
        visibility: row.visibility.clone(),
        row,
    };
    Ok(rows.into_iter().zip(leaves).map(raw).collect())
}

/// The newest checkpoint: its size and the note.
pub async fn last(db: &Db) -> Result<Option<(u64, String)>> {
    Ok(newest().one(&db.0).await?.map(|r| (whole(r.size), r.note)))
}

fn newest() -> sea_orm::Select<audit_checkpoint::Entity> {
    audit_checkpoint::Entity::find().order_by_desc(audit_checkpoint::Column::Size).limit(1)
}

/// The first checkpoint that covers entry `seq`.
pub async fn covering(db: &Db, seq: u64) -> Result<Option<(u64, String)>> {
    let row = audit_checkpoint::Entity::find()
        .filter(audit_checkpoint::Column::Size.gte(signed(seq)))
        .order_by_asc(audit_checkpoint::Column::Size)
        .limit(1)
        .one(&db.0)
        .await?;
    Ok(row.map(|r| (whole(r.size), r.note)))
}

/// Checkpoints of more than `after` entries, smallest first.
pub async fn checkpoints(db: &Db, after: u64, limit: u64) -> Result<Vec<(u64, String)>> {
    let rows = audit_checkpoint::Entity::find()
        .filter(audit_checkpoint::Column::Size.gt(signed(after)))
        .order_by_asc(audit_checkpoint::Column::Size)
        .limit(limit)
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().map(|r| (whole(r.size), r.note)).collect())
}

/// The last checkpoint of each day (UTC) up to `size`, smallest first.
pub async fn of_days(db: &Db, size: u64) -> Result<BTreeMap<u64, String>> {
    const DAY: i64 = 86_400_000;
    let keys: Vec<(i64, i64)> = audit_checkpoint::Entity::find()
        .select_only()
        .columns([audit_checkpoint::Column::Size, audit_checkpoint::Column::At])
        .filter(audit_checkpoint::Column::Size.lte(signed(size)))
        .order_by_asc(audit_checkpoint::Column::Size)
        .into_tuple()
        .all(&db.0)
        .await?;
    let days: BTreeMap<i64, i64> = keys.into_iter().map(|(size, at)| (at.div_euclid(DAY), size)).collect();
    let rows =
        audit_checkpoint::Entity::find().filter(audit_checkpoint::Column::Size.is_in(days.into_values())).all(&db.0).await?;
    Ok(rows.into_iter().map(|r| (whole(r.size), r.note)).collect())
}

/// The one who may sign now: everyone else waits, on any node.
pub struct Sealing(DatabaseTransaction);

impl Sealing {
    pub async fn begin(db: &Db) -> Result<Self> {
        let options =
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        let tx = db.0.begin_with_options(options).await?;
        if db.is_postgres() {
            let sql = "SELECT pg_advisory_xact_lock(hashtextextended('log checkpoint', 0))";
            tx.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        }
        Ok(Self(tx))
    }

    pub async fn last(&self) -> Result<Option<(u64, String)>> {
        Ok(newest().one(&self.0).await?.map(|r| (whole(r.size), r.note)))
    }

    pub async fn keep(self, size: u64, at: Timestamp, note: &str) -> Result<()> {
        let row = audit_checkpoint::ActiveModel { size: Set(signed(size)), at: Set(ms(at)), note: Set(note.to_owned()) };
        row.insert(&self.0).await?;
        Ok(self.0.commit().await?)
    }
}

/// The newest checkpoint: its size, and when it was signed.
pub async fn last_at(db: &Db) -> Result<Option<(u64, Timestamp)>> {
    let row = newest().one(&db.0).await?;
    row.map(|r| Ok((whole(r.size), moment(r.at, "audit_checkpoint", r.size)?))).transpose()
}

//! Reading the record. Writing it is `Work::commit`'s alone.
use super::*;
use crate::domain::log::state::Secret;
use crate::domain::{ChallengeId, OrgId, event::Visibility};
use entity::audit_event;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// One entry as it was written.
#[derive(Clone, Debug)]
pub struct Entry {
    pub seq: i64,
    pub at: Timestamp,
    pub kind: String,
    pub subject: Uuid,
    pub challenge: Option<ChallengeId>,
    pub org: Option<OrgId>,
    pub actor: crate::domain::AccountId,
    pub actor_name: String,
    pub actor_role: String,
    pub visibility: String,
    pub salt: Vec<u8>,
    pub body: serde_json::Value,
    /// The exact bytes that were written.
    pub text: String,
    /// What the salts of its states come from: told to nobody.
    secret: Option<Vec<u8>>,
}

impl Entry {
    /// The salt under which this entry tells of a row, if it does: of the first of its states that the row is.
    pub fn row_salt(&self, row: &str) -> Option<[u8; 32]> {
        let secret = Secret(self.secret.as_deref()?);
        let states = self.body["states"].as_array()?;
        let n = (0..states.len()).find(|n| states[*n]["hmac"] == secret.state(*n, row))?;
        Some(secret.salt(n))
    }

    /// What stands in the log's tree for it, in hexadecimal.
    pub fn leaf(&self) -> String {
        hex::encode(crate::domain::log::leaf(&self.salt, self.text.as_bytes()))
    }
}

fn read(row: audit_event::Model) -> Result<Entry> {
    let body = serde_json::from_str(&row.body).map_err(|e| Error::Corrupt {
        table: "audit_event",
        id: row.seq.to_string(),
        why: e.to_string(),
    })?;
    Ok(Entry {
        seq: row.seq,
        at: moment(row.at, "audit_event", row.seq)?,
        kind: row.kind,
        subject: row.subject_id,
        challenge: row.challenge_id.map(ChallengeId),
        org: row.org_id.map(OrgId),
        actor: crate::domain::AccountId(row.actor_id),
        actor_name: row.actor_name,
        actor_role: row.actor_role,
        visibility: row.visibility,
        salt: row.salt,
        body,
        text: row.body,
        secret: row.secret,
    })
}

/// The story of a case as far as it is of these kinds, newest first, from before `seq`.
pub async fn of_case(
    db: &Db,
    challenge: ChallengeId,
    kinds: &[Visibility],
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Entry>> {
    let mut select = audit_event::Entity::find().filter(audit_event::Column::ChallengeId.eq(challenge.0));
    if kinds.len() < Visibility::ALL.len() {
        select = select.filter(audit_event::Column::Visibility.is_in(kinds.iter().map(|v| v.id())));
    }
    if let Some(seq) = before {
        select = select.filter(audit_event::Column::Seq.lt(seq));
    }
    let rows = select.order_by_desc(audit_event::Column::Seq).limit(limit).all(&db.0).await?;
    rows.into_iter().map(read).collect()
}

/// The facts of the newest entry of these kinds in a case, as they were written.
pub async fn newest(db: &Db, challenge: ChallengeId, kinds: &[&str]) -> Result<Option<serde_json::Value>> {
    let row = audit_event::Entity::find()
        .filter(audit_event::Column::ChallengeId.eq(challenge.0))
        .filter(audit_event::Column::Kind.is_in(kinds.iter().copied()))
        .order_by_desc(audit_event::Column::Seq)
        .limit(1)
        .one(&db.0)
        .await?;
    Ok(row.map(read).transpose()?.map(|e| e.body["event"]["facts"].clone()))
}

/// The story of one thing, newest first.
pub async fn of_subject(db: &Db, subject: Uuid, limit: u64) -> Result<Vec<Entry>> {
    let rows = audit_event::Entity::find()
        .filter(audit_event::Column::SubjectId.eq(subject))
        .order_by_desc(audit_event::Column::Seq)
        .limit(limit)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// The record in order, after `seq`, as far as it is of these kinds: for the auditor and for verification.
pub async fn after(db: &Db, filters: &[noun::Filter], seq: i64, limit: u64) -> Result<Vec<Entry>> {
    let select = filters.iter().fold(audit_event::Entity::find(), |select, filter| select.filter(filter.expr()));
    let rows =
        select.filter(audit_event::Column::Seq.gt(seq)).order_by_asc(audit_event::Column::Seq).limit(limit).all(&db.0).await?;
    rows.into_iter().map(read).collect()
}

/// Every entry of a case, oldest first, at most so many.
pub async fn whole_case(db: &Db, challenge: ChallengeId, most: u64) -> Result<Vec<Entry>> {
    let rows = audit_event::Entity::find()
        .filter(audit_event::Column::ChallengeId.eq(challenge.0))
        .order_by_asc(audit_event::Column::Seq)
        .limit(most)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Cases with the number of their newest entry, the newest first.
pub async fn cases(db: &Db, most: u64) -> Result<Vec<(ChallengeId, i64)>> {
    let newest = audit_event::Column::Seq.max();
    let rows: Vec<(Option<Uuid>, Option<i64>)> = audit_event::Entity::find()
        .select_only()
        .column(audit_event::Column::ChallengeId)
        .column_as(newest.clone(), "newest")
        .filter(audit_event::Column::ChallengeId.is_not_null())
        .group_by(audit_event::Column::ChallengeId)
        .order_by_desc(newest)
        .limit(most)
        .into_tuple()
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, seq)| Some((ChallengeId(id?), seq?))).collect())
}

/// The number of the newest entry of a case; 0 when it has none.
pub async fn newest_of(db: &Db, challenge: ChallengeId) -> Result<i64> {
    Ok(of_case(db, challenge, &Visibility::ALL, None, 1).await?.first().map_or(0, |e| e.seq))
}

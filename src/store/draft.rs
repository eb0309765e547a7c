//! Unfinished needs, version by version: nothing typed is lost. Drafts of bids lie with their contents instead.
use super::*;
use crate::domain::{AccountId, clock, policy::Permit};
use entity::draft;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

/// One saved version of an unfinished form.
#[derive(Clone, Debug)]
pub struct Kept {
    pub edition: i32,
    pub at: Timestamp,
    pub by: AccountId,
    pub raw: serde_json::Value,
}

pub async fn latest(db: &Db, subject: Uuid) -> Result<Option<Kept>> {
    draft::Entity::find()
        .filter(draft::Column::SubjectId.eq(subject))
        .order_by_desc(draft::Column::Edition)
        .limit(1)
        .one(&db.0)
        .await?
        .map(read)
        .transpose()
}

pub async fn latest_in(work: &Work, subject: Uuid) -> Result<Option<Kept>> {
    draft::Entity::find()
        .filter(draft::Column::SubjectId.eq(subject))
        .order_by_desc(draft::Column::Edition)
        .limit(1)
        .one(&work.tx)
        .await?
        .map(read)
        .transpose()
}

fn read(row: draft::Model) -> Result<Kept> {
    let raw = serde_json::from_str(&row.body).map_err(|e| Error::Corrupt {
        table: "draft",
        id: row.id.to_string(),
        why: e.to_string(),
    })?;
    Ok(Kept { edition: row.edition, at: moment(row.at, "draft", row.id)?, by: AccountId(row.account_id), raw })
}

/// Keeps the next version; two savers of the same version collide on the unique index. The last fifty stay.
pub async fn keep<A>(
    work: &Work,
    permit: &Permit<A>,
    noun: &str,
    edition: i32,
    raw: &serde_json::Value,
    at: Timestamp,
) -> Result<()> {
    let row = draft::Model {
        id: clock::ordered_id(),
        noun: noun.into(),
        subject_id: permit.subject(),
        edition,
        account_id: permit.actor().account.0,
        at: ms(at),
        body: raw.to_string(),
    };
    work.touch("draft", permit.subject(), &noun::body_of(&row));
    draft::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    draft::Entity::delete_many()
        .filter(draft::Column::SubjectId.eq(permit.subject()))
        .filter(draft::Column::Edition.lt(edition - 50))
        .exec(&work.tx)
        .await?;
    Ok(())
}

//! Records of lobbying, and what clues need beside their rows: nothing of them lies in the clear.
use super::noun::body_of;
use super::*;
use crate::domain::{
    ChallengeId, Lobbying, Noun, TipOffAct,
    policy::{Permit, RecordLobbying},
};
use entity::{file, lobbying, tip_off};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

/// How many clues came since, counted up to a limit.
pub async fn since(work: &Work, at: Timestamp, most: u64) -> Result<u64> {
    let select = tip_off::Entity::find().select_only().column(tip_off::Column::Id).filter(tip_off::Column::FiledAt.gte(ms(at)));
    let ids: Vec<Uuid> = select.limit(most).into_tuple().all(&work.tx).await?;
    Ok(ids.len() as u64)
}

/// Attachments of an objection that became a clue are the clue's from now on, and nobody's by name.
pub async fn hand_over(work: &Work, permit: &Permit<TipOffAct>, from: Uuid) -> Result<()> {
    let files = file::Entity::find().filter(file::Column::SubjectId.eq(from)).limit(100).all(&work.tx).await?;
    for known in files {
        let row = file::Model {
            noun: Some(Noun::TipOff.id().to_owned()),
            subject_id: Some(permit.subject()),
            owner_id: Uuid::nil(),
            org_id: Uuid::nil(),
            ..known
        };
        work.touch("file", row.id, &body_of(&row));
        file::Entity::update(row.into_active_model().reset_all()).exec(&work.tx).await?;
    }
    Ok(())
}

pub async fn insert_lobbying(work: &Work, _permit: &Permit<RecordLobbying>, x: &Lobbying) -> Result<()> {
    let (challenge_id, author) = (x.challenge.0, x.author.clone());
    let row = lobbying::Model { id: x.id.0, challenge_id, author, at: ms(x.at), body: body_of(x) };
    work.touch("lobbying", row.id, &body_of(&row));
    lobbying::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

/// Records of lobbying, the last first: all, or those of one author.
pub async fn lobbying(db: &Db, author: Option<&str>) -> Result<Vec<Lobbying>> {
    let mut select = lobbying::Entity::find();
    if let Some(author) = author {
        select = select.filter(lobbying::Column::Author.eq(author));
    }
    let rows = select.order_by_desc(lobbying::Column::At).order_by_desc(lobbying::Column::Id).limit(500).all(&db.0).await?;
    let read = |r: lobbying::Model| {
        serde_json::from_value(r.body).map_err(|e| Error::Corrupt { table: "lobbying", id: r.id.to_string(), why: e.to_string() })
    };
    rows.into_iter().map(read).collect()
}

/// For each case: how many clues, how many records of lobbying.
pub async fn counts(db: &Db) -> Result<Vec<(Option<ChallengeId>, usize, usize)>> {
    let tips: Vec<Option<Uuid>> =
        tip_off::Entity::find().select_only().column(tip_off::Column::ChallengeId).limit(10_000).into_tuple().all(&db.0).await?;
    let words: Vec<Uuid> = lobbying::Entity::find()
        .select_only()
        .column(lobbying::Column::ChallengeId)
        .limit(10_000)
        .into_tuple()
        .all(&db.0)
        .await?;
    let tips = tips.into_iter().map(|c| (c.map(ChallengeId), 1, 0));
    Ok(tips.chain(words.into_iter().map(|c| (Some(ChallengeId(c)), 0, 1))).collect())
}

//! The auditor's own tables beside the findings: from where bids were sealed.
use super::*;
use crate::domain::{BidId, ChallengeId, flag::Origin};
use entity::bid_origin;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

/// Notes from where a bid was sealed: one line, never changed.
pub async fn note_origin(db: &Db, challenge: ChallengeId, o: &Origin) -> Result<()> {
    let row = bid_origin::Model {
        id: crate::domain::clock::ordered_id(),
        bid_id: o.bid.0,
        challenge_id: challenge.0,
        at: ms(o.at),
        address: o.address.clone(),
        agent: o.agent.clone(),
    };
    bid_origin::Entity::insert(row.into_active_model()).exec_without_returning(&db.0).await?;
    Ok(())
}

pub async fn origins(db: &Db, challenge: ChallengeId) -> Result<Vec<Origin>> {
    let rows = bid_origin::Entity::find()
        .filter(bid_origin::Column::ChallengeId.eq(challenge.0))
        .order_by_asc(bid_origin::Column::At)
        .limit(1000)
        .all(&db.0)
        .await?;
    let read = |r: bid_origin::Model| {
        Ok(Origin { bid: BidId(r.bid_id), address: r.address, agent: r.agent, at: moment(r.at, "bid_origin", r.id)? })
    };
    rows.into_iter().map(read).collect()
}

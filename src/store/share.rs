//! What keyholders opened so far, until their stage is over: working rows that any node can go on with, and no record.
use super::*;
use crate::domain::{
    BidId, ChallengeId, Sealed,
    policy::{HoldKey, Permit},
    seal::Part,
};
use entity::opening_share;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

/// One wrap with some of its layers off, or one that did not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptShare {
    pub bid: BidId,
    pub part: Part,
    /// Empty where the team brought the key itself.
    pub holders: Vec<u8>,
    pub opened: usize,
    pub damaged: bool,
    /// Under the vault's key.
    pub data: Sealed,
}

fn read(row: opening_share::Model) -> Result<KeptShare> {
    let bad = |why: &str| Error::Corrupt { table: "opening_share", id: row.id.to_string(), why: why.into() };
    let part = Part::ALL.into_iter().find(|p| p.id() == row.part).ok_or_else(|| bad("part"))?;
    let holders = row.holders.split(',').filter(|h| !h.is_empty()).map(|h| h.parse::<u8>().map_err(|_| bad("holders")));
    Ok(KeptShare {
        bid: BidId(row.bid_id),
        part,
        holders: holders.collect::<Result<_>>()?,
        opened: usize::try_from(row.opened).map_err(|_| bad("opened"))?,
        damaged: row.damaged,
        data: Sealed(row.data),
    })
}

fn of_challenge(id: ChallengeId) -> sea_orm::Select<opening_share::Entity> {
    opening_share::Entity::find()
        .filter(opening_share::Column::ChallengeId.eq(id.0))
        .order_by_asc(opening_share::Column::BidId)
        .order_by_asc(opening_share::Column::Holders)
}

pub async fn of(db: &Db, id: ChallengeId) -> Result<Vec<KeptShare>> {
    of_challenge(id).all(&db.0).await?.into_iter().map(read).collect()
}

/// The same within a unit of work that holds the challenge: nobody else adds to them meanwhile.
pub async fn of_in(work: &Work, id: ChallengeId) -> Result<Vec<KeptShare>> {
    of_challenge(id).all(&work.tx).await?.into_iter().map(read).collect()
}

/// Keeps a share in the place of what was there of the same wrap.
pub async fn keep(work: &Work, permit: &Permit<HoldKey>, share: &KeptShare, at: Timestamp) -> Result<()> {
    let holders = share.holders.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    opening_share::Entity::delete_many()
        .filter(opening_share::Column::BidId.eq(share.bid.0))
        .filter(opening_share::Column::Part.eq(share.part.id()))
        .filter(opening_share::Column::Holders.eq(&holders))
        .exec(&work.tx)
        .await?;
    let row = opening_share::Model {
        id: Uuid::new_v4(),
        challenge_id: permit.subject(),
        bid_id: share.bid.0,
        part: share.part.id().to_owned(),
        holders,
        opened: i32::try_from(share.opened).unwrap_or(i32::MAX),
        damaged: share.damaged,
        data: share.data.0.clone(),
        at: ms(at),
    };
    opening_share::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

/// The stage is over: nothing of its keys is left.
pub async fn drop_all<A>(work: &Work, permit: &Permit<A>, id: ChallengeId) -> Result<()> {
    debug_assert_eq!(permit.subject(), id.0);
    opening_share::Entity::delete_many().filter(opening_share::Column::ChallengeId.eq(id.0)).exec(&work.tx).await?;
    Ok(())
}

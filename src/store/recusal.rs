//! Who of the bureau stands aside from a case: asked at every commit, so that no act can be forgotten.
use super::*;
use crate::domain::{AccountId, Actor, ChallengeAct, ChallengeId, clock, policy::Permit};
use entity::recusal;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, sea_query::SelectStatement};

pub async fn insert(work: &Work, permit: &Permit<ChallengeAct>, account: AccountId, at: Timestamp) -> Result<()> {
    let row = recusal::Model { id: clock::ordered_id(), challenge_id: permit.subject(), account_id: account.0, at: ms(at) };
    work.touch("recusal", row.id, &noun::body_of(&row));
    recusal::Entity::insert(sea_orm::ActiveModelTrait::reset_all(row.into_active_model()))
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

fn own(actor: &Actor) -> sea_orm::Select<recusal::Entity> {
    recusal::Entity::find().filter(recusal::Column::AccountId.eq(actor.account.0))
}

/// Within a unit of work, for its commit.
pub(in crate::store) async fn is_in(work: &Work, actor: &Actor, on: ChallengeId) -> Result<bool> {
    Ok(own(actor).filter(recusal::Column::ChallengeId.eq(on.0)).one(&work.tx).await?.is_some())
}

/// For pages: whether this actor stands aside from a case.
pub async fn is(db: &Db, actor: &Actor, on: ChallengeId) -> Result<bool> {
    Ok(own(actor).filter(recusal::Column::ChallengeId.eq(on.0)).one(&db.0).await?.is_some())
}

/// The cases from which an actor stands aside, as a part of another question.
pub(in crate::store) fn cases_of(actor: &Actor) -> SelectStatement {
    let mut select = own(actor).select_only().column(recusal::Column::ChallengeId);
    sea_orm::QueryTrait::query(&mut select).to_owned()
}

//! What a draw and a check of conflicts read across cases.
use super::*;
use crate::domain::log;
use crate::domain::{AccountId, AssignmentState, ChallengeId, ChallengeState, ContractState, OrgId};
use entity::{assignment, audit_event, challenge, contract};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Experts with an assignment in hand, once for each.
pub async fn busy(db: &Db) -> Result<Vec<AccountId>> {
    let open = AssignmentState::ALL.iter().filter(|s| !s.is_end() && **s != AssignmentState::Locked).map(|s| s.id());
    let rows: Vec<Uuid> = assignment::Entity::find()
        .select_only()
        .column(assignment::Column::ExpertId)
        .filter(assignment::Column::State.is_in(open))
        .limit(10_000)
        .into_tuple()
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().map(AccountId).collect())
}

/// Pairs of poster and lead with a contract here since `since`, where one of them is among `orgs`.
pub async fn dealings(db: &Db, orgs: &[OrgId], since: Timestamp) -> Result<Vec<(OrgId, OrgId)>> {
    let ids: Vec<Uuid> = orgs.iter().map(|o| o.0).collect();
    let one_of = Condition::any()
        .add(contract::Column::PosterId.is_in(ids.iter().copied()))
        .add(contract::Column::LeadId.is_in(ids.iter().copied()));
    let rows: Vec<(Uuid, Uuid)> = contract::Entity::find()
        .select_only()
        .columns([contract::Column::PosterId, contract::Column::LeadId])
        .filter(one_of)
        .filter(contract::Column::At.gte(ms(since)))
        .filter(contract::Column::State.ne(ContractState::Abandoned.id()))
        .limit(2_000)
        .into_tuple()
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().map(|(a, b)| (OrgId(a), OrgId(b))).collect())
}

/// Leaf of the newest entry of these kinds in a case, as the record's tree has it, in hexadecimal. None when there is no such entry.
pub async fn entry_hash(work: &Work, challenge: ChallengeId, kinds: &[&str]) -> Result<Option<String>> {
    let row = audit_event::Entity::find()
        .filter(audit_event::Column::ChallengeId.eq(challenge.0))
        .filter(audit_event::Column::Kind.is_in(kinds.iter().copied()))
        .order_by_desc(audit_event::Column::Seq)
        .limit(1)
        .one(&work.tx)
        .await?;
    Ok(row.map(|r| hex::encode(log::leaf(&r.salt, r.body.as_bytes()))))
}

/// Cases whose panel may be waited for: opened and under review.
pub async fn under_review(db: &Db) -> Result<Vec<ChallengeId>> {
    let states = [ChallengeState::Opened, ChallengeState::Reviewing].map(ChallengeState::id);
    let rows: Vec<Uuid> = challenge::Entity::find()
        .select_only()
        .column(challenge::Column::Id)
        .filter(challenge::Column::State.is_in(states))
        .order_by_asc(challenge::Column::Id)
        .limit(2_000)
        .into_tuple()
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().map(ChallengeId).collect())
}

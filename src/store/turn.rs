//! The work queue: one row for each open turn, rewritten with the thing whose turn it is.
use super::*;
use crate::domain::{AccountId, Actor, ChallengeId, Noun, OrgId, Role, Turn, clock};
use entity::turn;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::ExprTrait,
};

pub(in crate::store) async fn rewrite(
    work: &Work,
    noun: Noun,
    subject: Uuid,
    challenge: Option<ChallengeId>,
    title: &str,
    turns: Vec<Turn>,
) -> Result<()> {
    turn::Entity::delete_many().filter(turn::Column::SubjectId.eq(subject)).exec(&work.tx).await?;
    let rows: Vec<turn::Model> = turns.into_iter().map(|t| row(noun, subject, challenge, title, t)).collect();
    // Of a bid's turns the record tells nothing (see `rows::bid_turns_astray`).
    if noun != Noun::Bid {
        work.touch("turn", subject, &rows::turns_told(rows.clone()));
    }
    for row in rows {
        turn::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    }
    Ok(())
}

pub(in crate::store) fn row(noun: Noun, subject: Uuid, challenge: Option<ChallengeId>, title: &str, t: Turn) -> turn::Model {
    turn::Model {
        id: clock::ordered_id(),
        noun: noun.id().into(),
        subject_id: subject,
        challenge_id: challenge.map(|c| c.0),
        what: t.what,
        title: title.into(),
        role: t.role.id().into(),
        org_id: t.org.map(|o| o.0),
        account_id: t.account.map(|a| a.0),
        since: ms(t.since),
        due_at: t.due.map(ms),
        until_at: t.until.map(ms),
        except_for: (!t.except.is_empty()).then(|| t.except.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
    }
}

/// One line of a queue, with the title of its challenge.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub noun: Noun,
    pub subject: Uuid,
    pub challenge: Option<ChallengeId>,
    pub title: String,
    pub turn: Turn,
}

fn read(row: turn::Model) -> Result<Waiting> {
    let bad = |why: &str| Error::Corrupt { table: "turn", id: row.id.to_string(), why: why.into() };
    let role = Role::parse(&row.role).ok_or_else(|| bad("role"))?;
    let noun = Noun::ALL.into_iter().find(|n| n.id() == row.noun).ok_or_else(|| bad("noun"))?;
    Ok(Waiting {
        noun,
        subject: row.subject_id,
        challenge: row.challenge_id.map(ChallengeId),
        title: row.title,
        turn: Turn {
            role,
            org: row.org_id.map(OrgId),
            account: row.account_id.map(AccountId),
            what: row.what,
            since: moment(row.since, "turn", row.id)?,
            due: row.due_at.map(|d| moment(d, "turn", row.id)).transpose()?,
            until: row.until_at.map(|d| moment(d, "turn", row.id)).transpose()?,
            except: row
                .except_for
                .iter()
                .flat_map(|all| all.split(','))
                .filter_map(|id| id.parse().ok())
                .map(AccountId)
                .collect(),
        },
    })
}

fn mine(actor: &Actor, now: Timestamp) -> Condition {
    Condition::all()
        .add(turn::Column::ChallengeId.is_null().or(turn::Column::ChallengeId.not_in_subquery(recusal::cases_of(actor))))
        .add(turn::Column::Role.eq(actor.role.id()))
        .add(turn::Column::OrgId.is_null().or(turn::Column::OrgId.eq(actor.org.0)))
        .add(turn::Column::AccountId.is_null().or(turn::Column::AccountId.eq(actor.account.0)))
        .add(turn::Column::UntilAt.is_null().or(turn::Column::UntilAt.gt(ms(now))))
        .add(turn::Column::ExceptFor.is_null().or(turn::Column::ExceptFor.not_like(format!("%{}%", actor.account))))
}

/// What waits for this actor at `now`, the most urgent first; at most `limit`.
pub async fn queue(db: &Db, actor: &Actor, now: Timestamp, limit: u64) -> Result<Vec<Waiting>> {
    let rows = turn::Entity::find()
        .filter(mine(actor, now))
        .filter(turn::Column::Since.lte(ms(now)))
        .order_by_asc(sea_orm::sea_query::Expr::cust("CASE WHEN due_at IS NULL THEN 1 ELSE 0 END"))
        .order_by_asc(turn::Column::DueAt)
        .order_by_asc(turn::Column::Id)
        .limit(limit)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// How many wait; counted up to a hundred.
pub async fn waiting(db: &Db, actor: &Actor, now: Timestamp) -> Result<usize> {
    let rows: Vec<Uuid> = turn::Entity::find()
        .select_only()
        .column(turn::Column::Id)
        .filter(mine(actor, now))
        .filter(turn::Column::Since.lte(ms(now)))
        .limit(100)
        .into_tuple()
        .all(&db.0)
        .await?;
    Ok(rows.len())
}

/// Open turns of one thing.
pub async fn of(db: &Db, subject: Uuid) -> Result<Vec<Waiting>> {
    let rows = turn::Entity::find()
        .filter(turn::Column::SubjectId.eq(subject))
        .order_by_asc(turn::Column::Id)
        .limit(50)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Open turns of a whole case.
pub async fn of_case(db: &Db, challenge: ChallengeId) -> Result<Vec<Waiting>> {
    let rows = turn::Entity::find()
        .filter(turn::Column::ChallengeId.eq(challenge.0))
        .order_by_asc(turn::Column::DueAt)
        .limit(200)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

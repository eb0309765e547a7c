//! Runs of the check of the whole database: who asked, how far it is, what came of it.
use super::*;
use crate::domain::{AccountId, Actor};
use entity::verification;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set, sea_query::Expr};

/// One run. `state` is `running`, `clean`, `wrong` or `unclear`.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Run {
    pub id: Uuid,
    pub at: Timestamp,
    pub by: AccountId,
    pub name: String,
    pub state: String,
    pub done: i64,
    pub size: i64,
    /// When it last told how far it is.
    pub seen_at: Timestamp,
    pub result: serde_json::Value,
}

fn read(r: verification::Model) -> Result<Run> {
    Ok(Run {
        id: r.id,
        at: moment(r.at, "verification", r.id)?,
        by: AccountId(r.actor_id),
        name: r.actor_name,
        state: r.state,
        done: r.done,
        size: r.size,
        seen_at: moment(r.seen_at, "verification", r.id)?,
        result: r.body,
    })
}

pub async fn begin(db: &Db, id: Uuid, actor: &Actor, at: Timestamp) -> Result<()> {
    let row = verification::Model {
        id,
        at: ms(at),
        actor_id: actor.account.0,
        actor_name: actor.name.clone(),
        state: "running".into(),
        done: 0,
        size: 0,
        seen_at: ms(at),
        body: serde_json::json!({}),
    };
    verification::Entity::insert(row.into_active_model()).exec_without_returning(&db.0).await?;
    Ok(())
}

pub async fn progress(db: &Db, id: Uuid, (done, size): (u64, u64), at: Timestamp) -> Result<()> {
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    verification::Entity::update_many()
        .col_expr(verification::Column::Done, Expr::val(whole(done)))
        .col_expr(verification::Column::Size, Expr::val(whole(size)))
        .col_expr(verification::Column::SeenAt, Expr::val(ms(at)))
        .filter(verification::Column::Id.eq(id))
        .filter(verification::Column::State.eq("running"))
        .exec(&db.0)
        .await?;
    Ok(())
}

/// Writes the result in the work that records it.
pub async fn end(work: &Work, id: Uuid, state: &str, result: &serde_json::Value, at: Timestamp) -> Result<()> {
    let row = verification::Entity::find_by_id(id).one(&work.tx).await?;
    let row = row.ok_or(Error::Corrupt { table: "verification", id: id.to_string(), why: "missing".into() })?;
    let mut row = row.into_active_model();
    (row.state, row.body, row.seen_at) = (Set(state.to_owned()), Set(result.clone()), Set(ms(at)));
    let row = row.update(&work.tx).await?;
    work.touch("verification", id, &noun::body_of(&row));
    Ok(())
}

/// The newest run.
pub async fn last(db: &Db) -> Result<Option<Run>> {
    let newest = verification::Entity::find().order_by_desc(verification::Column::At).order_by_desc(verification::Column::Id);
    newest.one(&db.0).await?.map(read).transpose()
}

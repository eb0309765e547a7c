//! What leaves the platform or must happen at a time: written in the transaction of the act, worked off after it.
use super::*;
use crate::domain::clock;
use entity::{idempotency, outbox};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

/// One thing to do: `kind` names the doer, `body` its facts.
#[derive(Clone, Debug)]
pub struct Errand {
    pub id: Uuid,
    pub kind: String,
    pub body: serde_json::Value,
    pub tries: i32,
}

pub async fn put(work: &Work, kind: &str, body: &serde_json::Value, due: Timestamp) -> Result<()> {
    let row = outbox::Model {
        id: clock::ordered_id(),
        kind: kind.into(),
        due_at: ms(due),
        tries: 0,
        state: "waiting".into(),
        at: ms(due),
        body: body.to_string(),
    };
    outbox::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

/// Takes what is due, for one lease of a minute: whoever dies holding it loses it to the next.
pub async fn claim(db: &Db, now: Timestamp, limit: u64) -> Result<Vec<Errand>> {
    let rows = outbox::Entity::find()
        .filter(outbox::Column::State.eq("waiting"))
        .filter(outbox::Column::DueAt.lte(ms(now)))
        .order_by_asc(outbox::Column::DueAt)
        .limit(limit)
        .all(&db.0)
        .await?;
    let mut mine = vec![];
    for row in rows {
        let leased = outbox::Entity::update_many()
            .col_expr(outbox::Column::DueAt, Expr::val(ms(now) + 60_000))
            .col_expr(outbox::Column::Tries, Expr::val(row.tries + 1))
            .filter(outbox::Column::Id.eq(row.id))
            .filter(outbox::Column::Tries.eq(row.tries))
            .exec(&db.0)
            .await?;
        if leased.rows_affected == 1 {
            let body = serde_json::from_str(&row.body).unwrap_or_default();
            mine.push(Errand { id: row.id, kind: row.kind, body, tries: row.tries + 1 });
        }
    }
    Ok(mine)
}

/// Done, or parked after too many tries.
pub async fn finish(db: &Db, id: Uuid, state: &str) -> Result<()> {
    outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::val(state))
        .filter(outbox::Column::Id.eq(id))
        .exec(&db.0)
        .await?;
    Ok(())
}

/// Keys of requests live a day.
pub async fn drop_old_keys(db: &Db, now: Timestamp) -> Result<()> {
    idempotency::Entity::delete_many().filter(idempotency::Column::At.lt(ms(now) - 86_400_000)).exec(&db.0).await?;
    Ok(())
}

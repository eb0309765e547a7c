//! Keys of creating requests: written by `Work::commit`, kept a day.
use super::*;
use entity::idempotency;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// Keys of requests live a day.
pub async fn drop_old_keys(db: &Db, now: Timestamp) -> Result<()> {
    idempotency::Entity::delete_many().filter(idempotency::Column::At.lt(ms(now) - 86_400_000)).exec(&db.0).await?;
    Ok(())
}

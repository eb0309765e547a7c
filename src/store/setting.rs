//! Facts of this installation, by key.
use super::*;
use crate::domain::policy::{Administer, Permit};
use entity::setting;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict};

pub async fn get(db: &Db, key: &str) -> Result<Option<String>> {
    Ok(setting::Entity::find_by_id(key).one(&db.0).await?.map(|r| r.value))
}

pub async fn set(work: &Work, _permit: &Permit<Administer>, key: &str, value: &str) -> Result<()> {
    let row = setting::Model { key: key.into(), value: value.into() };
    work.touch("setting", rows::setting_id(key), &noun::body_of(&row));
    setting::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::column(setting::Column::Key).update_column(setting::Column::Value).to_owned())
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Takes a mark away that the schema's update left; the record never told of it.
pub async fn unmark(work: &Work, _permit: &Permit<Administer>, key: &str) -> Result<()> {
    setting::Entity::delete_many().filter(setting::Column::Key.eq(key)).exec(&work.tx).await?;
    Ok(())
}

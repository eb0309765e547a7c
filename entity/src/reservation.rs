//! Room that uploads have reserved before their bytes come.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "reservation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub owner_id: Uuid,
    pub bytes: i64,
    /// From then on it counts no more: whoever held it is gone.
    pub until: i64,
}

impl ActiveModelBehavior for ActiveModel {}

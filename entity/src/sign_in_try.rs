//! Wrong sign-ins by account and address, so that nobody can lock an owner out.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "sign_in_try")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub tries: i32,
    pub first_at: i64,
    pub last_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! Keys of creating requests, kept a day, written in the same transaction as the effect.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub account_id: Uuid,
    pub body_sha256: String,
    pub noun: String,
    pub subject_id: Uuid,
    pub at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! Objections to notices.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "objection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub challenge_id: Uuid,
    pub notice_id: Uuid,
    pub account_id: Option<Uuid>,
    /// SHA-256 of the code by which a visitor follows it.
    pub code: Option<String>,
    pub state: String,
    pub version: i32,
    pub at: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
}

impl ActiveModelBehavior for ActiveModel {}

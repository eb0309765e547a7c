//! Sessions and API tokens: only the SHA-256 of the token lies here.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_sha256: String,
    pub id: Uuid,
    pub account_id: Uuid,
    pub kind: String,
    pub label: String,
    pub at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
    pub proven_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

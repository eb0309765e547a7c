//! Browsers on which an account has signed in before, by the hash of a token of theirs.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "known_device")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_sha256: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    pub at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! An issued document, kept to the byte in both languages.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub number: String,
    pub edition: i32,
    pub noun: String,
    pub subject_id: Uuid,
    pub challenge_id: Uuid,
    pub at: i64,
    /// The exact text whose hash the record tells.
    pub zh: String,
    pub en: String,
}

impl ActiveModelBehavior for ActiveModel {}

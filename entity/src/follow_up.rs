//! Outcomes of results, year by year.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "follow_up")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub challenge_id: Uuid,
    pub poster_id: Uuid,
    pub contract_id: Uuid,
    pub lead_id: Uuid,
    pub year: i32,
    pub due_at: i64,
    pub sales_fen: i64,
    pub tax_fen: i64,
    pub transfer_fen: i64,
    pub inventors_fen: i64,
    pub state: String,
    pub version: i32,
    pub at: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
}

impl ActiveModelBehavior for ActiveModel {}

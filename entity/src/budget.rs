//! Budgets of contracts that are not a lump sum.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "budget")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub challenge_id: Uuid,
    pub poster_id: Uuid,
    pub contract_id: Uuid,
    pub lead_id: Uuid,
    pub total_fen: i64,
    pub equipment_fen: i64,
    pub business_fen: i64,
    pub labour_fen: i64,
    pub indirect_fen: i64,
    pub state: String,
    pub version: i32,
    pub at: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
}

impl ActiveModelBehavior for ActiveModel {}

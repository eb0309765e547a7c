//! What lists and clocks need of a challenge; the whole lies in `body`.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "challenge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: Option<String>,
    pub org_id: Uuid,
    pub track: String,
    pub award_mode: String,
    pub chain: String,
    pub state: String,
    pub title: String,
    pub poster_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub grams: String,
    pub stake_fen: i64,
    pub county_fen: i64,
    pub listed_at: i64,
    pub close_at: Option<i64>,
    pub previous_id: Option<Uuid>,
    pub version: i32,
    pub at: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
}

impl ActiveModelBehavior for ActiveModel {}

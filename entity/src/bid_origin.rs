//! From where bids were sealed.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "bid_origin")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub bid_id: Uuid,
    pub challenge_id: Uuid,
    pub at: i64,
    pub address: String,
    pub agent: String,
}

impl ActiveModelBehavior for ActiveModel {}

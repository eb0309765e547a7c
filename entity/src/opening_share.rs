//! What a keyholder opened, until its stage of the opening is over. It is no record: the row goes with the stage.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "opening_share")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub challenge_id: Uuid,
    pub bid_id: Uuid,
    pub part: String,
    /// Numbers of the quorum, e.g. `1,3`; `spare` where the team brought the key.
    pub holders: String,
    /// Layers that are off.
    pub opened: i32,
    pub damaged: bool,
    /// Under the vault's key.
    #[sea_orm(column_type = "Text")]
    pub data: String,
    pub at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! What stands in the tree for each entry of the record (domain/log): 32 bytes, by the entry's number.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "audit_leaf")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub leaf: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

//! The record: append-only, gapless, salted, with the hash of each row touched.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: i64,
    pub kind: String,
    pub noun: String,
    pub subject_id: Uuid,
    pub challenge_id: Option<Uuid>,
    pub org_id: Option<Uuid>,
    pub actor_id: Uuid,
    pub actor_name: String,
    pub actor_role: String,
    pub visibility: String,
    pub salt: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// What the salts of its states come from; entries of the first version have none.
    pub secret: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}

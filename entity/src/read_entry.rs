//! Who read what is not public; each line carries the hash of all before.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "read_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: i64,
    pub actor_id: Uuid,
    pub actor_name: String,
    pub actor_role: String,
    pub what: String,
    pub noun: String,
    pub subject_id: Uuid,
    pub challenge_id: Option<Uuid>,
    pub org_id: Option<Uuid>,
    pub owner_id: Option<Uuid>,
    pub sha256: String,
}

impl ActiveModelBehavior for ActiveModel {}

//! Uploads under way that may be cut and go on: pieces lie in the object store; what the file is called, how long it will be,
//! which pieces are there and what opens them stands in `secret`, under the vault's key. `at` is when the last piece came.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub owner_id: Uuid,
    pub org_id: Uuid,
    pub pieces: i32,
    pub at: i64,
    pub secret: String,
}

impl ActiveModelBehavior for ActiveModel {}

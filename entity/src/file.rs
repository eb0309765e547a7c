//! Attachments: the bytes lie in the object store under `key`. Of an encrypted file, `secret` holds what opens it, its name,
//! kind, size and hash, under the vault's key; `name` and `kind` are then empty, `size` and `sha256` those of the stored bytes.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "file")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub key: String,
    pub name: String,
    pub kind: String,
    pub size: i64,
    pub sha256: String,
    pub secret: Option<String>,
    pub owner_id: Uuid,
    pub org_id: Uuid,
    pub noun: Option<String>,
    pub subject_id: Option<Uuid>,
    pub challenge_id: Option<Uuid>,
    pub at: i64,
    /// The draft that names it, until an act does. Not told of, so that a row from before reads as it was told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub draft_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

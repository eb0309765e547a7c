//! The work queue: whose turn it is on every open thing.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "turn")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub noun: String,
    pub subject_id: Uuid,
    pub challenge_id: Option<Uuid>,
    pub what: String,
    pub title: String,
    pub role: String,
    pub org_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub since: i64,
    pub due_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_at: Option<i64>,
    /// Ids of people in whose queue it does not stand, with commas between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub except_for: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

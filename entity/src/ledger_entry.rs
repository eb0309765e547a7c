//! Entries of the ledger's journal.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "ledger_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contract_id: Uuid,
    pub challenge_id: Uuid,
    pub channel: String,
    pub act: String,
    pub noun: String,
    pub subject_id: Uuid,
    pub reverses_id: Option<Uuid>,
    pub budget_year: Option<i64>,
    pub budget_doc_no: Option<String>,
    pub reference: Option<String>,
    pub memo: String,
    pub year: i32,
    pub at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! Lines of the ledger's entries: a debit or a credit of one account.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "ledger_posting")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub entry_id: Uuid,
    pub contract_id: Uuid,
    pub channel: String,
    pub account: String,
    pub debit_fen: i64,
    pub credit_fen: i64,
    pub year: i32,
    pub at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

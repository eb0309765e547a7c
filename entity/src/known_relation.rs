//! Relations between persons that the bureau imported: joint papers and patents.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "known_relation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub a_name: String,
    pub a_unit: String,
    pub b_name: String,
    pub b_unit: String,
    /// Names as they compare: without spaces, widths and kinds of bracket.
    pub a_plain: String,
    pub b_plain: String,
    pub until: Option<String>,
    pub at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! Lines of spending, the final accounts made from them, and the index by which a bank's line finds its payment.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            m.create_table(table).await?;
        }
        for (name, table, columns) in INDEXES {
            let mut index = Index::create();
            index.name(*name).table(*table);
            for column in *columns {
                index.col(*column);
            }
            m.create_index(index.to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_index(Index::drop().name("instalment_by_amount_fen").table("instalment").to_owned()).await?;
        for name in ["final_account", "spending"] {
            m.drop_table(Table::drop().table(name).to_owned()).await?;
        }
        Ok(())
    }
}

/// Name, table, columns.
const INDEXES: &[(&str, &str, &[&str])] = &[
    ("spending_by_challenge_id", "spending", &["challenge_id"]),
    ("spending_by_contract_id_at_id", "spending", &["contract_id", "at", "id"]),
    ("spending_by_lead_id_at_id", "spending", &["lead_id", "at", "id"]),
    ("spending_by_poster_id_at_id", "spending", &["poster_id", "at", "id"]),
    ("spending_by_invoice", "spending", &["invoice"]),
    ("instalment_by_amount_fen", "instalment", &["amount_fen"]),
    ("final_account_by_challenge_id", "final_account", &["challenge_id"]),
    ("final_account_by_contract_id", "final_account", &["contract_id"]),
    ("final_account_by_lead_id_at_id", "final_account", &["lead_id", "at", "id"]),
    ("final_account_by_poster_id_at_id", "final_account", &["poster_id", "at", "id"]),
];

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("spending")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("contract_id"))
            .col(uuid("poster_id"))
            .col(uuid("lead_id"))
            .col(string("state"))
            .col(string("source"))
            .col(string("class"))
            .col(string_null("invoice"))
            .col(big_integer("amount_fen"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("spending", "challenge_id").to("challenge", "id"))
            .foreign_key(ForeignKey::create().from("spending", "contract_id").to("contract", "id"))
            .to_owned(),
        Table::create()
            .table("final_account")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("contract_id"))
            .col(uuid("poster_id"))
            .col(uuid("lead_id"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("final_account", "challenge_id").to("challenge", "id"))
            .foreign_key(ForeignKey::create().from("final_account", "contract_id").to("contract", "id"))
            .to_owned(),
    ]
}

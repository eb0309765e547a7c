//! What an objection is found by: the hash of its code.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("objection").add_column(string_null("code")).to_owned()).await?;
        m.create_index(Index::create().name("objection_one_code").table("objection").col("code").unique().to_owned()).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_index(Index::drop().name("objection_one_code").table("objection").to_owned()).await?;
        m.alter_table(Table::alter().table("objection").drop_column("code").to_owned()).await
    }
}

//! A turn may end by the clock, and may be nobody's whom a rule keeps from taking it.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("turn").add_column(big_integer_null("until_at")).to_owned()).await?;
        m.alter_table(Table::alter().table("turn").add_column(text_null("except_for")).to_owned()).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("turn").drop_column("except_for").to_owned()).await?;
        m.alter_table(Table::alter().table("turn").drop_column("until_at").to_owned()).await
    }
}

//! Clues without a name, and words put in for somebody: all of it sealed.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let tip_off = Table::create()
            .table("tip_off")
            .col(uuid("id").primary_key())
            .col(uuid_null("challenge_id"))
            .col(string_null("code"))
            .col(big_integer("filed_at"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("tip_off", "challenge_id").to("challenge", "id"))
            .to_owned();
        let lobbying = Table::create()
            .table("lobbying")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(string("author"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("lobbying", "challenge_id").to("challenge", "id"))
            .to_owned();
        for table in [tip_off, lobbying] {
            m.create_table(table).await?;
        }
        for (table, column, unique) in [
            ("tip_off", "challenge_id", false),
            ("tip_off", "code", true),
            ("tip_off", "filed_at", false),
            ("lobbying", "challenge_id", false),
            ("lobbying", "author", false),
        ] {
            let mut index = Index::create();
            index.name(format!("{table}_by_{column}")).table(table).col(column);
            if unique {
                index.unique();
            }
            m.create_index(index.to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for name in ["lobbying", "tip_off"] {
            m.drop_table(Table::drop().table(name).to_owned()).await?;
        }
        Ok(())
    }
}

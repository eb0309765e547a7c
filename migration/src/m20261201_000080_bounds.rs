//! What bounds uploads and sign-ins, shared by all nodes: room reserved before bytes come, and devices on which somebody signed in before.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let device = Table::create()
            .table("known_device")
            .col(string("token_sha256"))
            .col(uuid("account_id"))
            .col(big_integer("at"))
            .primary_key(Index::create().col("token_sha256").col("account_id"))
            .to_owned();
        m.create_table(device).await?;
        let reservation = Table::create()
            .table("reservation")
            .col(uuid("id").primary_key())
            .col(uuid("owner_id"))
            .col(big_integer("bytes"))
            .col(big_integer("until"))
            .to_owned();
        m.create_table(reservation).await?;
        for (table, column) in
            [("known_device", "account_id"), ("reservation", "owner_id"), ("file", "owner_id"), ("file", "org_id")]
        {
            let index = Index::create().if_not_exists().name(format!("{table}_of_{column}")).table(table).col(column).to_owned();
            m.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for column in ["owner_id", "org_id"] {
            m.drop_index(Index::drop().name(format!("file_of_{column}")).table("file").to_owned()).await?;
        }
        for table in ["known_device", "reservation"] {
            m.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

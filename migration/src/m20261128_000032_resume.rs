//! Uploads that go on after they were cut, and which draft an upload waits in. Results of checks become rows that the record tells of.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let upload = Table::create()
            .table("upload")
            .col(uuid("id").primary_key())
            .col(uuid("owner_id"))
            .col(uuid("org_id"))
            .col(integer("pieces"))
            .col(big_integer("at"))
            .col(text("secret"))
            .to_owned();
        m.create_table(upload).await?;
        m.alter_table(Table::alter().table("file").add_column(uuid_null("draft_id")).to_owned()).await?;
        for (table, column) in [("upload", "owner_id"), ("upload", "at"), ("file", "draft_id")] {
            let index = Index::create().name(format!("{table}_by_{column}")).table(table).col(column).to_owned();
            m.create_index(index).await?;
        }
        // Results of checks are told of from here on; those from before are told of once, when the server starts.
        let mark = Query::insert()
            .into_table("setting")
            .columns(["key", "value"])
            .values_panic(["untold".into(), "only verification".into()])
            .on_conflict(OnConflict::column("key").do_nothing().to_owned())
            .to_owned();
        m.execute(mark).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_index(Index::drop().name("file_by_draft_id").table("file").to_owned()).await?;
        m.alter_table(Table::alter().table("file").drop_column("draft_id").to_owned()).await?;
        m.drop_table(Table::drop().table("upload").to_owned()).await
    }
}

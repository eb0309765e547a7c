//! A mark that the record does not yet tell of every row: of those that came with the schema, and of those that were written
//! before their kind was told of. The server tells of them once, when it starts.
use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mark = Query::insert()
            .into_table("setting")
            .columns(["key", "value"])
            .values_panic(["untold".into(), "all".into()])
            .on_conflict(OnConflict::column("key").do_nothing().to_owned())
            .to_owned();
        m.execute(mark).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.get_connection().execute_unprepared("DELETE FROM setting WHERE key = 'untold'").await?;
        Ok(())
    }
}

//! Files that lie encrypted: what opens each, under the vault's key. And a mark on a record that was begun before it told of
//! files, contents and turns: the server tells of those rows once, when it starts.
use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{ConnectionTrait, Statement},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("file").add_column(text_null("secret")).to_owned()).await?;
        let db = m.get_connection();
        let head = Statement::from_string(db.get_database_backend(), "SELECT seq FROM audit_head WHERE id = 1");
        let seq: i64 = match db.query_one_raw(head).await? {
            Some(row) => row.try_get("", "seq")?,
            None => 0,
        };
        if seq > 0 {
            let mark = Query::insert()
                .into_table("setting")
                .columns(["key", "value"])
                .values_panic(["untold".into(), seq.to_string().into()])
                .to_owned();
            m.execute(mark).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.get_connection().execute_unprepared("DELETE FROM setting WHERE key = 'untold'").await?;
        m.alter_table(Table::alter().table("file").drop_column("secret").to_owned()).await
    }
}

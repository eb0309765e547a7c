//! Registrations: who is let in, what is changed of people and organisations, with a second person's word. Accounts and
//! signatories that are there already stay as they are.
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "CREATE TABLE registration (
    id {uuid} NOT NULL PRIMARY KEY,
    org_id {uuid} NOT NULL REFERENCES organisation (id),
    account_id {uuid},
    asked_by {uuid} NOT NULL,
    kind {text} NOT NULL,
    link_sha256 {text},
    state {text} NOT NULL,
    version integer NOT NULL,
    at bigint NOT NULL,
    body {json} NOT NULL)";

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX registration_one_link_sha256 ON registration (link_sha256)",
    "CREATE INDEX registration_by_org_id_at_id ON registration (org_id, at, id)",
    "CREATE INDEX registration_by_account_id ON registration (account_id)",
    "CREATE INDEX registration_by_state ON registration (state)",
    "CREATE INDEX registration_by_at_id ON registration (at, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let db = m.get_connection();
        let (uuid, text, json) = match db.get_database_backend() {
            DbBackend::Postgres => ("uuid", "text", "jsonb"),
            _ => ("uuid_text", "varchar", "jsonb_text"),
        };
        db.execute_unprepared(&TABLE.replace("{uuid}", uuid).replace("{text}", text).replace("{json}", json)).await?;
        for statement in INDEXES {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.get_connection().execute_unprepared("DROP TABLE registration").await.map(drop)
    }
}

//! The tree over the record: what stands in it for each entry, and the checkpoints signed over it. Both can be added to and
//! never changed, on either engine; on SQLite neither can an entry be replaced by inserting it again.
use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};
use sha2::{Digest, Sha256};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let leaf = Table::create().table("audit_leaf").col(big_integer("seq").primary_key()).col(blob("leaf")).to_owned();
        m.create_table(leaf).await?;
        let checkpoint = Table::create()
            .table("audit_checkpoint")
            .col(big_integer("size").primary_key())
            .col(big_integer("at"))
            .col(text("note"))
            .to_owned();
        m.create_table(checkpoint).await?;
        let by_leaf = Index::create().name("audit_leaf_one_leaf").table("audit_leaf").col("leaf").unique().to_owned();
        m.create_index(by_leaf).await?;
        let by_at = Index::create().name("audit_checkpoint_by_at").table("audit_checkpoint").col("at").to_owned();
        m.create_index(by_at).await?;
        fill(m).await?;
        append_only(m).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let db = m.get_connection();
        if db.get_database_backend() == DbBackend::Sqlite {
            db.execute_unprepared("DROP TRIGGER audit_event_no_second").await?;
        }
        for name in ["audit_checkpoint", "audit_leaf"] {
            m.drop_table(Table::drop().table(name).to_owned()).await?;
        }
        Ok(())
    }
}

/// The leaves of what was recorded before: SHA-256(0x4A ‖ salt ‖ body).
async fn fill(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = m.get_connection();
    let mut after = 0i64;
    loop {
        let sql = format!("SELECT seq, salt, body FROM audit_event WHERE seq > {after} ORDER BY seq LIMIT 500");
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut insert = Query::insert().into_table("audit_leaf").columns(["seq", "leaf"]).to_owned();
        for row in rows {
            after = row.try_get("", "seq")?;
            let (salt, body): (Vec<u8>, String) = (row.try_get("", "salt")?, row.try_get("", "body")?);
            let leaf = Sha256::new().chain_update([0x4a]).chain_update(salt).chain_update(body).finalize().to_vec();
            insert.values_panic([after.into(), leaf.into()]);
        }
        m.execute(insert).await?;
    }
}

async fn append_only(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = m.get_connection();
    let mut statements = vec![];
    for (table, key) in [("audit_leaf", "seq"), ("audit_checkpoint", "size"), ("audit_event", "seq")] {
        let no = "SELECT RAISE(ABORT, 'the record is append-only'); END";
        let call = "EXECUTE FUNCTION audit_event_append_only()";
        match db.get_database_backend() {
            DbBackend::Sqlite => {
                // An insert that replaces would delete without asking the trigger for deletions.
                statements.push(format!("CREATE TRIGGER {table}_no_second BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) BEGIN {no}"));
                if table != "audit_event" {
                    statements.push(format!("CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {no}"));
                    statements.push(format!("CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {no}"));
                }
            }
            DbBackend::Postgres if table != "audit_event" => {
                statements
                    .push(format!("CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {call}"));
                statements
                    .push(format!("CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}"));
            }
            _ => {}
        }
    }
    for statement in statements {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

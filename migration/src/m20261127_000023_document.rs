//! Issued documents: added to, never changed, on either engine.
use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, columns, unique.
const INDEXES: &[(&str, &[&str], bool)] = &[
    ("document_one_edition", &["kind", "number", "edition"], true),
    ("document_by_number", &["number"], false),
    ("document_by_subject_id_at_id", &["subject_id", "at", "id"], false),
    ("document_by_challenge_id_at_id", &["challenge_id", "at", "id"], false),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("document")
            .col(uuid("id").primary_key())
            .col(string("kind"))
            .col(string("number"))
            .col(integer("edition"))
            .col(string("noun"))
            .col(uuid("subject_id"))
            .col(uuid("challenge_id"))
            .col(big_integer("at"))
            .col(text("zh"))
            .col(text("en"))
            .to_owned();
        m.create_table(table).await?;
        for (name, columns, unique) in INDEXES {
            let mut index = Index::create().name(*name).table("document").to_owned();
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            }
            m.create_index(index).await?;
        }
        append_only(m).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("document").to_owned()).await
    }
}

async fn append_only(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = m.get_connection();
    let statements = match db.get_database_backend() {
        DbBackend::Sqlite => {
            let no = "SELECT RAISE(ABORT, 'issued documents are append-only'); END";
            vec![
                // An insert that replaces would delete without asking the trigger for deletions.
                format!(
                    "CREATE TRIGGER document_no_second BEFORE INSERT ON document WHEN EXISTS (SELECT 1 FROM document WHERE id = NEW.id OR \
                     (kind = NEW.kind AND number = NEW.number AND edition = NEW.edition)) BEGIN {no}"
                ),
                format!("CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN {no}"),
                format!("CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN {no}"),
            ]
        }
        _ => {
            let call = "EXECUTE FUNCTION audit_event_append_only()";
            vec![
                format!("CREATE TRIGGER document_no_change BEFORE UPDATE OR DELETE ON document FOR EACH ROW {call}"),
                format!("CREATE TRIGGER document_no_truncate BEFORE TRUNCATE ON document FOR EACH STATEMENT {call}"),
            ]
        }
    };
    for statement in statements {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

//! The auditor's tables: what became of red flags, who read what is not public (added to and never changed), from where bids were
//! sealed, and runs of the check.
use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            m.create_table(table).await?;
        }
        for (name, table, columns) in INDEXES {
            let mut index = Index::create();
            index.name(*name).table(*table);
            for column in *columns {
                index.col(*column);
            }
            m.create_index(index.to_owned()).await?;
        }
        let head = Query::insert()
            .into_table("read_head")
            .columns(["id", "seq", "sha256", "sealed"])
            .values_panic([1.into(), 0i64.into(), "".into(), 0i64.into()])
            .to_owned();
        m.execute(head).await?;
        append_only(m).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for name in ["verification", "bid_origin", "read_entry", "read_head", "finding"] {
            m.drop_table(Table::drop().table(name).to_owned()).await?;
        }
        Ok(())
    }
}

/// Name, table, columns.
const INDEXES: &[(&str, &str, &[&str])] = &[
    ("finding_by_challenge_id", "finding", &["challenge_id"]),
    ("finding_by_at_id", "finding", &["at", "id"]),
    ("read_entry_by_actor_id_subject_id_at", "read_entry", &["actor_id", "subject_id", "at"]),
    ("read_entry_by_challenge_id_seq", "read_entry", &["challenge_id", "seq"]),
    ("read_entry_by_org_id_seq", "read_entry", &["org_id", "seq"]),
    ("read_entry_by_owner_id_seq", "read_entry", &["owner_id", "seq"]),
    ("read_entry_by_at", "read_entry", &["at"]),
    ("bid_origin_by_challenge_id", "bid_origin", &["challenge_id"]),
    ("verification_by_at", "verification", &["at"]),
];

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("finding")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(string("kind"))
            .col(string("severity"))
            .col(string("state"))
            .col(boolean("asked"))
            .col(boolean("confidential"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("finding", "challenge_id").to("challenge", "id"))
            .to_owned(),
        Table::create()
            .table("read_head")
            .col(integer("id").primary_key())
            .col(big_integer("seq"))
            .col(string("sha256"))
            .col(big_integer("sealed"))
            .to_owned(),
        Table::create()
            .table("read_entry")
            .col(big_integer("seq").primary_key())
            .col(big_integer("at"))
            .col(uuid("actor_id"))
            .col(string("actor_name"))
            .col(string("actor_role"))
            .col(string("what"))
            .col(string("noun"))
            .col(uuid("subject_id"))
            .col(uuid_null("challenge_id"))
            .col(uuid_null("org_id"))
            .col(uuid_null("owner_id"))
            .col(string("sha256"))
            .to_owned(),
        Table::create()
            .table("bid_origin")
            .col(uuid("id").primary_key())
            .col(uuid("bid_id"))
            .col(uuid("challenge_id"))
            .col(big_integer("at"))
            .col(string("address"))
            .col(string("agent"))
            .to_owned(),
        Table::create()
            .table("verification")
            .col(uuid("id").primary_key())
            .col(big_integer("at"))
            .col(uuid("actor_id"))
            .col(string("actor_name"))
            .col(string("state"))
            .col(big_integer("done"))
            .col(big_integer("size"))
            .col(big_integer("seen_at"))
            .col(json_binary("body"))
            .to_owned(),
    ]
}

/// What was read, and from where, can be added to and never changed; no number is given twice.
async fn append_only(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = m.get_connection();
    let mut statements = vec![];
    for (table, key) in [("read_entry", "seq"), ("bid_origin", "id")] {
        match db.get_database_backend() {
            DbBackend::Sqlite => {
                let no = "SELECT RAISE(ABORT, 'the record is append-only'); END";
                statements.push(format!("CREATE TRIGGER {table}_no_second BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) BEGIN {no}"));
                statements.push(format!("CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {no}"));
                statements.push(format!("CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {no}"));
            }
            _ => {
                let call = "EXECUTE FUNCTION audit_event_append_only()";
                statements
                    .push(format!("CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {call}"));
                statements
                    .push(format!("CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}"));
            }
        }
    }
    for statement in statements {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

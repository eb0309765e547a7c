//! Who stands aside from a case, relations that the bureau imported, and the versions of rubric templates.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            m.create_table(table).await?;
        }
        for (name, table, columns, unique) in INDEXES {
            let mut index = Index::create();
            index.name(*name).table(*table);
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            }
            m.create_index(index.to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for name in ["rubric_template", "known_relation", "recusal"] {
            m.drop_table(Table::drop().table(name).to_owned()).await?;
        }
        Ok(())
    }
}

/// Name, table, columns, unique.
const INDEXES: &[(&str, &str, &[&str], bool)] = &[
    ("recusal_once", "recusal", &["account_id", "challenge_id"], true),
    ("recusal_by_challenge_id", "recusal", &["challenge_id"], false),
    ("known_relation_once", "known_relation", &["kind", "a_plain", "b_plain"], true),
    ("known_relation_by_b_plain", "known_relation", &["b_plain"], false),
    ("known_relation_by_a_plain", "known_relation", &["a_plain"], false),
    ("rubric_template_once", "rubric_template", &["template", "version"], true),
];

fn tables() -> Vec<TableCreateStatement> {
    let recusal = Table::create()
        .table("recusal")
        .col(uuid("id").primary_key())
        .col(uuid("challenge_id"))
        .col(uuid("account_id"))
        .col(big_integer("at"))
        .to_owned();
    let known = Table::create()
        .table("known_relation")
        .col(uuid("id").primary_key())
        .col(string_len("kind", 20))
        .col(text("a_name"))
        .col(text("a_unit"))
        .col(text("b_name"))
        .col(text("b_unit"))
        .col(string_len("a_plain", 200))
        .col(string_len("b_plain", 200))
        .col(text_null("until"))
        .col(big_integer("at"))
        .to_owned();
    let rubric = Table::create()
        .table("rubric_template")
        .col(uuid("id").primary_key())
        .col(string_len("template", 40))
        .col(integer("version"))
        .col(big_integer("at"))
        .col(uuid("by_id"))
        .col(json_binary("body"))
        .to_owned();
    vec![recusal, known, rubric]
}

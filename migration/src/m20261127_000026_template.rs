//! Templates of contracts, with the first edition of each: a bureau begins with texts that it can edit.
use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{JsonValue, prelude::Uuid},
};

const SEED: &str = include_str!("../seed/templates.json");

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("template")
            .col(uuid("id").primary_key())
            .col(string("kind"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .to_owned();
        m.create_table(table).await?;
        m.create_index(Index::create().name("template_by_at_id").table("template").col("at").col("id").to_owned()).await?;
        let seed: JsonValue = SEED.parse().map_err(|_| DbErr::Custom("the seed does not read".into()))?;
        for template in seed.as_array().into_iter().flatten() {
            let said = |name: &str| template[name].as_str().unwrap_or_default().to_owned();
            let id: Uuid = said("id").parse().map_err(|_| DbErr::Custom("the seed names no id".into()))?;
            let (state, at) = ("current".to_owned(), 1_767_225_600_000_i64);
            let insert = Query::insert()
                .into_table("template")
                .columns(["id", "kind", "state", "version", "at", "body"])
                .values_panic([id.into(), said("kind").into(), state.into(), 0.into(), at.into(), template.clone().into()])
                .to_owned();
            m.execute(insert).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("template").to_owned()).await
    }
}

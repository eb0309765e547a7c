//! Contents of a bid lie in two parts, and what keyholders opened lies in the database until the stage is over, so that any
//! node can go on with it.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const OLD: &str = "bid_content_one_bid_id_edition_sealed";
const NEW: &str = "bid_content_one_bid_id_edition_sealed_part";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Empty: the whole, as everything was kept before.
        m.alter_table(Table::alter().table("bid_content").add_column(string("part").default("")).to_owned()).await?;
        m.drop_index(Index::drop().name(OLD).table("bid_content").to_owned()).await?;
        m.create_index(unique(NEW, &["bid_id", "edition", "sealed", "part"])).await?;
        let share = Table::create()
            .table("opening_share")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("bid_id"))
            .col(string("part"))
            .col(string("holders"))
            .col(integer("opened"))
            .col(boolean("damaged"))
            .col(text("data"))
            .col(big_integer("at"))
            .foreign_key(ForeignKey::create().from("opening_share", "bid_id").to("bid", "id"))
            .to_owned();
        m.create_table(share).await?;
        for (name, column) in [("opening_share_by_challenge_id", "challenge_id"), ("opening_share_by_bid_id", "bid_id")] {
            m.create_index(Index::create().name(name).table("opening_share").col(column).to_owned()).await?;
        }
        let one = Index::create()
            .name("opening_share_one_bid_id_part_holders")
            .table("opening_share")
            .col("bid_id")
            .col("part")
            .col("holders")
            .unique()
            .to_owned();
        m.create_index(one).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.drop_table(Table::drop().table("opening_share").to_owned()).await?;
        m.drop_index(Index::drop().name(NEW).table("bid_content").to_owned()).await?;
        m.alter_table(Table::alter().table("bid_content").drop_column("part").to_owned()).await?;
        m.create_index(unique(OLD, &["bid_id", "edition", "sealed"])).await
    }
}

fn unique(name: &str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table("bid_content").unique().to_owned();
    for column in columns {
        index.col(*column);
    }
    index.to_owned()
}

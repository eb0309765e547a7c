//! Meetings and what each decided: one number is one meeting.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let meeting = Table::create()
            .table("meeting")
            .col(uuid("id").primary_key())
            .col(string("number"))
            .col(string("held_on"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .to_owned();
        m.create_table(meeting).await?;
        let case = Table::create()
            .table("meeting_case")
            .col(uuid("id").primary_key())
            .col(uuid("meeting_id"))
            .col(uuid_null("challenge_id"))
            .col(uuid("subject_id"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("meeting_case", "meeting_id").to("meeting", "id"))
            .foreign_key(ForeignKey::create().from("meeting_case", "challenge_id").to("challenge", "id"))
            .to_owned();
        m.create_table(case).await?;
        let number = Index::create().name("meeting_one_number").table("meeting").col("number").unique().to_owned();
        m.create_index(number).await?;
        let held = Index::create().name("meeting_by_at_id").table("meeting").col("at").col("id").to_owned();
        m.create_index(held).await?;
        for column in ["meeting_id", "challenge_id", "subject_id"] {
            let name = format!("meeting_case_by_{column}");
            m.create_index(Index::create().name(name).table("meeting_case").col(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for name in ["meeting_case", "meeting"] {
            m.drop_table(Table::drop().table(name).to_owned()).await?;
        }
        Ok(())
    }
}

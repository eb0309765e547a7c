//! Delivery: gates of a race, settlements of ended contracts, progress reports, integrity records, outcomes year by
//! year, budgets of contracts and the county's budget documents. What a rule counts lies in columns that the database checks.
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let db = m.get_connection();
        let (uuid, text, json) = match db.get_database_backend() {
            DbBackend::Postgres => ("uuid", "text", "jsonb"),
            _ => ("uuid_text", "varchar", "jsonb_text"),
        };
        for statement in TABLES {
            let sql = statement.replace("{part}", PART).replace("{case}", CASE).replace("{end}", END);
            let sql = sql.replace("{uuid}", uuid).replace("{text}", text).replace("{json}", json);
            db.execute_unprepared(&sql).await?;
        }
        for statement in INDEXES {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for table in ["budget_doc", "budget", "follow_up", "integrity", "progress", "settlement", "gate"] {
            m.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}

/// How everything begins that hangs on a challenge.
const CASE: &str =
    "id {uuid} NOT NULL PRIMARY KEY, challenge_id {uuid} NOT NULL REFERENCES challenge (id), poster_id {uuid} NOT NULL,";
/// … and that hangs on a contract.
const PART: &str = "{case} contract_id {uuid} NOT NULL REFERENCES contract (id), lead_id {uuid} NOT NULL,";
const END: &str = "state {text} NOT NULL, version integer NOT NULL, at bigint NOT NULL, body {json} NOT NULL";

const TABLES: &[&str] = &[
    "CREATE TABLE gate ({case}
        number integer NOT NULL CHECK (number > 0),
        due_at bigint NOT NULL,
        {end})",
    // No more comes back than is owed back.
    "CREATE TABLE settlement ({part}
        back_fen bigint NOT NULL,
        returned_fen bigint NOT NULL,
        {end},
        CHECK (returned_fen >= 0 AND returned_fen <= back_fen))",
    "CREATE TABLE progress ({part}
        kind {text} NOT NULL,
        {end})",
    // What is in force has a beginning and an end, the end after the beginning.
    "CREATE TABLE integrity (
        id {uuid} NOT NULL PRIMARY KEY,
        challenge_id {uuid} NOT NULL REFERENCES challenge (id),
        org_id {uuid} NOT NULL,
        account_id {uuid},
        kind {text} NOT NULL,
        from_at bigint,
        until_at bigint,
        open_to_all boolean NOT NULL,
        {end},
        CHECK (state <> 'in_force' OR (from_at IS NOT NULL AND until_at IS NOT NULL)),
        CHECK (until_at IS NULL OR (from_at IS NOT NULL AND until_at > from_at)))",
    // Inventors share what the transfer earned, and no more.
    "CREATE TABLE follow_up ({part}
        year integer NOT NULL CHECK (year BETWEEN 1 AND 5),
        due_at bigint NOT NULL,
        sales_fen bigint NOT NULL CHECK (sales_fen >= 0),
        tax_fen bigint NOT NULL CHECK (tax_fen >= 0),
        transfer_fen bigint NOT NULL,
        inventors_fen bigint NOT NULL CHECK (inventors_fen >= 0),
        {end},
        CHECK (inventors_fen <= transfer_fen))",
    "CREATE TABLE budget ({part}
        total_fen bigint NOT NULL,
        equipment_fen bigint NOT NULL CHECK (equipment_fen >= 0),
        business_fen bigint NOT NULL CHECK (business_fen >= 0),
        labour_fen bigint NOT NULL CHECK (labour_fen >= 0),
        indirect_fen bigint NOT NULL CHECK (indirect_fen >= 0),
        {end},
        CHECK (equipment_fen + business_fen + labour_fen + indirect_fen = total_fen))",
    // No more is approved against a document of the budget than it holds.
    "CREATE TABLE budget_doc (
        id {uuid} NOT NULL PRIMARY KEY,
        number {text} NOT NULL,
        fiscal_year integer NOT NULL CHECK (fiscal_year BETWEEN 2000 AND 2200),
        amount_fen bigint NOT NULL CHECK (amount_fen > 0),
        used_fen bigint NOT NULL CHECK (used_fen >= 0),
        {end},
        CHECK (used_fen <= amount_fen))",
];

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX gate_one_challenge_id_number ON gate (challenge_id, number)",
    "CREATE INDEX gate_by_poster_id_at_id ON gate (poster_id, at, id)",
    "CREATE INDEX settlement_by_challenge_id ON settlement (challenge_id)",
    "CREATE UNIQUE INDEX settlement_one_contract_id ON settlement (contract_id)",
    "CREATE INDEX settlement_by_lead_id_at_id ON settlement (lead_id, at, id)",
    "CREATE INDEX settlement_by_poster_id_at_id ON settlement (poster_id, at, id)",
    "CREATE INDEX progress_by_challenge_id ON progress (challenge_id)",
    "CREATE INDEX progress_by_contract_id_at_id ON progress (contract_id, at, id)",
    "CREATE INDEX progress_by_lead_id_at_id ON progress (lead_id, at, id)",
    "CREATE INDEX progress_by_poster_id_at_id ON progress (poster_id, at, id)",
    "CREATE INDEX integrity_by_challenge_id ON integrity (challenge_id)",
    "CREATE INDEX integrity_by_org_id_state ON integrity (org_id, state)",
    "CREATE INDEX integrity_by_account_id ON integrity (account_id)",
    "CREATE INDEX integrity_by_at_id ON integrity (at, id)",
    "CREATE UNIQUE INDEX follow_up_one_contract_id_year ON follow_up (contract_id, year)",
    "CREATE INDEX follow_up_by_challenge_id ON follow_up (challenge_id)",
    "CREATE INDEX follow_up_by_lead_id_at_id ON follow_up (lead_id, at, id)",
    "CREATE INDEX follow_up_by_poster_id_at_id ON follow_up (poster_id, at, id)",
    "CREATE INDEX budget_by_challenge_id ON budget (challenge_id)",
    "CREATE UNIQUE INDEX budget_one_contract_id ON budget (contract_id)",
    "CREATE INDEX budget_by_lead_id_at_id ON budget (lead_id, at, id)",
    "CREATE INDEX budget_by_poster_id_at_id ON budget (poster_id, at, id)",
    "CREATE UNIQUE INDEX budget_doc_one_number_fiscal_year ON budget_doc (number, fiscal_year)",
    "CREATE INDEX budget_doc_by_at_id ON budget_doc (at, id)",
];

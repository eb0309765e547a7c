//! The first schema: every table of the main job, its indexes, and the triggers that keep the record append-only.
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
        append_only(m).await?;
        let head = Query::insert()
            .into_table("audit_head")
            .columns(["id", "seq", "at"])
            .values_panic([1.into(), 0i64.into(), 0i64.into()])
            .to_owned();
        m.execute(head).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for name in TABLES.iter().rev() {
            m.drop_table(Table::drop().table(*name).to_owned()).await?;
        }
        Ok(())
    }
}

/// The record can be added to and never changed: a second line behind the application (security E3).
async fn append_only(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = m.get_connection();
    let statements: &[&str] = match db.get_database_backend() {
        DbBackend::Sqlite => &[
            "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END",
            "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END",
        ],
        DbBackend::Postgres => &[
            "CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the record is append-only'; END $$",
            "CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_append_only()",
            "CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()",
        ],
        _ => &[],
    };
    for statement in statements {
        db.execute_unprepared(statement).await?;
    }
    Ok(())
}

const TABLES: &[&str] = &[
    "organisation",
    "account",
    "session",
    "sign_in_try",
    "challenge",
    "challenge_edition",
    "draft",
    "bid",
    "bid_content",
    "talk",
    "question",
    "assignment",
    "notice",
    "objection",
    "contract",
    "milestone",
    "instalment",
    "change",
    "acceptance",
    "turn",
    "file",
    "audit_event",
    "audit_head",
    "outbox",
    "idempotency",
    "rule_set",
    "setting",
];

/// Name, table, columns, unique.
const INDEXES: &[(&str, &str, &[&str], bool)] = &[
    ("organisation_by_name_id", "organisation", &["name", "id"], false),
    ("organisation_one_uscc", "organisation", &["uscc"], true),
    ("account_by_org_id", "account", &["org_id"], false),
    ("account_by_role_id", "account", &["role", "id"], false),
    ("account_one_email", "account", &["email"], true),
    ("session_by_account_id", "session", &["account_id"], false),
    ("session_by_expires_at", "session", &["expires_at"], false),
    ("session_one_id", "session", &["id"], true),
    ("sign_in_try_by_last_at", "sign_in_try", &["last_at"], false),
    ("challenge_by_listed_at_id", "challenge", &["listed_at", "id"], false),
    ("challenge_by_state_listed_at_id", "challenge", &["state", "listed_at", "id"], false),
    ("challenge_by_org_id_at_id", "challenge", &["org_id", "at", "id"], false),
    ("challenge_by_previous_id", "challenge", &["previous_id"], false),
    ("challenge_by_chain_listed_at_id", "challenge", &["chain", "listed_at", "id"], false),
    ("challenge_one_number", "challenge", &["number"], true),
    ("challenge_edition_one_challenge_id_edition", "challenge_edition", &["challenge_id", "edition"], true),
    ("draft_one_subject_id_edition", "draft", &["subject_id", "edition"], true),
    ("bid_by_org_id_at_id", "bid", &["org_id", "at", "id"], false),
    ("bid_one_challenge_id_org_id", "bid", &["challenge_id", "org_id"], true),
    ("bid_content_one_bid_id_edition_sealed", "bid_content", &["bid_id", "edition", "sealed"], true),
    ("talk_by_org_id", "talk", &["org_id"], false),
    ("talk_by_poster_id", "talk", &["poster_id"], false),
    ("talk_one_challenge_id_org_id", "talk", &["challenge_id", "org_id"], true),
    ("question_by_challenge_id_at", "question", &["challenge_id", "at"], false),
    ("assignment_by_expert_id_at", "assignment", &["expert_id", "at"], false),
    ("assignment_one_challenge_id_expert_id", "assignment", &["challenge_id", "expert_id"], true),
    ("notice_by_challenge_id", "notice", &["challenge_id"], false),
    ("notice_by_state_at_id", "notice", &["state", "at", "id"], false),
    ("objection_by_challenge_id", "objection", &["challenge_id"], false),
    ("objection_by_notice_id", "objection", &["notice_id"], false),
    ("objection_by_account_id", "objection", &["account_id"], false),
    ("contract_by_challenge_id", "contract", &["challenge_id"], false),
    ("contract_by_poster_id", "contract", &["poster_id"], false),
    ("contract_by_lead_id", "contract", &["lead_id"], false),
    ("contract_one_number", "contract", &["number"], true),
    ("contract_one_bid_id", "contract", &["bid_id"], true),
    ("milestone_by_challenge_id", "milestone", &["challenge_id"], false),
    ("milestone_one_contract_id_number", "milestone", &["contract_id", "number"], true),
    ("instalment_by_challenge_id", "instalment", &["challenge_id"], false),
    ("instalment_by_payee_id", "instalment", &["payee_id"], false),
    ("instalment_by_payer_id", "instalment", &["payer_id"], false),
    ("instalment_one_contract_id_number", "instalment", &["contract_id", "number"], true),
    ("change_by_challenge_id", "change", &["challenge_id"], false),
    ("change_by_contract_id", "change", &["contract_id"], false),
    ("acceptance_by_challenge_id", "acceptance", &["challenge_id"], false),
    ("acceptance_one_contract_id", "acceptance", &["contract_id"], true),
    ("turn_by_subject_id", "turn", &["subject_id"], false),
    ("turn_by_role_due_at", "turn", &["role", "due_at"], false),
    ("turn_by_org_id", "turn", &["org_id"], false),
    ("turn_by_account_id", "turn", &["account_id"], false),
    ("turn_by_challenge_id", "turn", &["challenge_id"], false),
    ("file_by_subject_id", "file", &["subject_id"], false),
    ("file_by_owner_id_at", "file", &["owner_id", "at"], false),
    ("file_by_at", "file", &["at"], false),
    ("file_one_key", "file", &["key"], true),
    ("audit_event_by_challenge_id_seq", "audit_event", &["challenge_id", "seq"], false),
    ("audit_event_by_subject_id_seq", "audit_event", &["subject_id", "seq"], false),
    ("audit_event_by_visibility_seq", "audit_event", &["visibility", "seq"], false),
    ("audit_event_by_actor_id_seq", "audit_event", &["actor_id", "seq"], false),
    ("outbox_by_state_due_at", "outbox", &["state", "due_at"], false),
    ("idempotency_by_at", "idempotency", &["at"], false),
];

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("organisation")
            .col(uuid("id").primary_key())
            .col(string("uscc"))
            .col(string("name"))
            .col(string("kind"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .to_owned(),
        Table::create()
            .table("account")
            .col(uuid("id").primary_key())
            .col(string("email"))
            .col(string("role"))
            .col(uuid("org_id"))
            .col(boolean("active"))
            .col(string("password_hash"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .to_owned(),
        Table::create()
            .table("session")
            .col(string("token_sha256").primary_key())
            .col(uuid("id"))
            .col(uuid("account_id"))
            .col(string("kind"))
            .col(string("label"))
            .col(big_integer("at"))
            .col(big_integer("seen_at"))
            .col(big_integer("expires_at"))
            .to_owned(),
        Table::create()
            .table("sign_in_try")
            .col(string("key").primary_key())
            .col(integer("tries"))
            .col(big_integer("first_at"))
            .col(big_integer("last_at"))
            .to_owned(),
        Table::create()
            .table("challenge")
            .col(uuid("id").primary_key())
            .col(string_null("number"))
            .col(uuid("org_id"))
            .col(string("track"))
            .col(string("award_mode"))
            .col(string("chain"))
            .col(string("state"))
            .col(string("title"))
            .col(string_null("poster_name"))
            .col(text("grams"))
            .col(big_integer("stake_fen"))
            .col(big_integer("county_fen"))
            .col(big_integer("listed_at"))
            .col(big_integer_null("close_at"))
            .col(uuid_null("previous_id"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .to_owned(),
        Table::create()
            .table("challenge_edition")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(integer("edition"))
            .col(string_null("reason"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("challenge_edition", "challenge_id").to("challenge", "id"))
            .to_owned(),
        Table::create()
            .table("draft")
            .col(uuid("id").primary_key())
            .col(string("noun"))
            .col(uuid("subject_id"))
            .col(integer("edition"))
            .col(uuid("account_id"))
            .col(big_integer("at"))
            .col(text("body"))
            .to_owned(),
        Table::create()
            .table("bid")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("org_id"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("bid", "challenge_id").to("challenge", "id"))
            .to_owned(),
        Table::create()
            .table("bid_content")
            .col(uuid("id").primary_key())
            .col(uuid("bid_id"))
            .col(integer("edition"))
            .col(boolean("sealed"))
            .col(big_integer("at"))
            .col(text("content"))
            .foreign_key(ForeignKey::create().from("bid_content", "bid_id").to("bid", "id"))
            .to_owned(),
        Table::create()
            .table("talk")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("poster_id"))
            .col(uuid("org_id"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("talk", "challenge_id").to("challenge", "id"))
            .to_owned(),
        Table::create()
            .table("question")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("question", "challenge_id").to("challenge", "id"))
            .to_owned(),
        Table::create()
            .table("assignment")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("expert_id"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("assignment", "challenge_id").to("challenge", "id"))
            .to_owned(),
        Table::create()
            .table("notice")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(string("state"))
            .col(string_null("number"))
            .col(big_integer_null("ends_at"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("notice", "challenge_id").to("challenge", "id"))
            .to_owned(),
        Table::create()
            .table("objection")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("notice_id"))
            .col(uuid_null("account_id"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("objection", "challenge_id").to("challenge", "id"))
            .foreign_key(ForeignKey::create().from("objection", "notice_id").to("notice", "id"))
            .to_owned(),
        Table::create()
            .table("contract")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("bid_id"))
            .col(uuid("poster_id"))
            .col(uuid("lead_id"))
            .col(string("number"))
            .col(string("state"))
            .col(big_integer("county_fen"))
            .col(big_integer("enterprise_fen"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("contract", "challenge_id").to("challenge", "id"))
            .foreign_key(ForeignKey::create().from("contract", "bid_id").to("bid", "id"))
            .to_owned(),
        Table::create()
            .table("milestone")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("contract_id"))
            .col(integer("number"))
            .col(string("state"))
            .col(big_integer("due_at"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("milestone", "challenge_id").to("challenge", "id"))
            .foreign_key(ForeignKey::create().from("milestone", "contract_id").to("contract", "id"))
            .to_owned(),
        Table::create()
            .table("instalment")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("contract_id"))
            .col(integer("number"))
            .col(string("state"))
            .col(string("source"))
            .col(uuid("payer_id"))
            .col(uuid("payee_id"))
            .col(big_integer("amount_fen"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("instalment", "challenge_id").to("challenge", "id"))
            .foreign_key(ForeignKey::create().from("instalment", "contract_id").to("contract", "id"))
            .to_owned(),
        Table::create()
            .table("change")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("contract_id"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("change", "challenge_id").to("challenge", "id"))
            .foreign_key(ForeignKey::create().from("change", "contract_id").to("contract", "id"))
            .to_owned(),
        Table::create()
            .table("acceptance")
            .col(uuid("id").primary_key())
            .col(uuid("challenge_id"))
            .col(uuid("contract_id"))
            .col(string("state"))
            .col(integer("version"))
            .col(big_integer("at"))
            .col(json_binary("body"))
            .foreign_key(ForeignKey::create().from("acceptance", "challenge_id").to("challenge", "id"))
            .foreign_key(ForeignKey::create().from("acceptance", "contract_id").to("contract", "id"))
            .to_owned(),
        Table::create()
            .table("turn")
            .col(uuid("id").primary_key())
            .col(string("noun"))
            .col(uuid("subject_id"))
            .col(uuid_null("challenge_id"))
            .col(string("what"))
            .col(string("title"))
            .col(string("role"))
            .col(uuid_null("org_id"))
            .col(uuid_null("account_id"))
            .col(big_integer("since"))
            .col(big_integer_null("due_at"))
            .to_owned(),
        Table::create()
            .table("file")
            .col(uuid("id").primary_key())
            .col(string("key"))
            .col(string("name"))
            .col(string("kind"))
            .col(big_integer("size"))
            .col(string("sha256"))
            .col(uuid("owner_id"))
            .col(uuid("org_id"))
            .col(string_null("noun"))
            .col(uuid_null("subject_id"))
            .col(uuid_null("challenge_id"))
            .col(big_integer("at"))
            .to_owned(),
        Table::create()
            .table("audit_event")
            .col(big_integer("seq").primary_key())
            .col(big_integer("at"))
            .col(string("kind"))
            .col(string("noun"))
            .col(uuid("subject_id"))
            .col(uuid_null("challenge_id"))
            .col(uuid_null("org_id"))
            .col(uuid("actor_id"))
            .col(string("actor_name"))
            .col(string("actor_role"))
            .col(string("visibility"))
            .col(blob("salt"))
            .col(text("body"))
            .to_owned(),
        Table::create()
            .table("audit_head")
            .col(integer("id").primary_key())
            .col(big_integer("seq"))
            .col(big_integer("at"))
            .to_owned(),
        Table::create()
            .table("outbox")
            .col(uuid("id").primary_key())
            .col(string("kind"))
            .col(big_integer("due_at"))
            .col(integer("tries"))
            .col(string("state"))
            .col(big_integer("at"))
            .col(text("body"))
            .to_owned(),
        Table::create()
            .table("idempotency")
            .col(string("key").primary_key())
            .col(uuid("account_id"))
            .col(string("body_sha256"))
            .col(string("noun"))
            .col(uuid("subject_id"))
            .col(big_integer("at"))
            .to_owned(),
        Table::create()
            .table("rule_set")
            .col(integer("version").primary_key())
            .col(big_integer("at"))
            .col(json_binary("body"))
            .to_owned(),
        Table::create().table("setting").col(string("key").primary_key()).col(text("value")).to_owned(),
    ]
}

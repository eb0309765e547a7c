//! The ledger: a journal that can be added to and never changed, balances kept beside it by the database itself, and the
//! rules of double entry as triggers: a second line behind the application, on both engines.
//!
//! Postings are written first and their entry last: the entry's trigger sees the whole and refuses what does not balance;
//! a posting that comes after its entry is refused, one that never gets an entry is refused at the end of the transaction.
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
        let postgres = db.get_database_backend() == DbBackend::Postgres;
        let (uuid, text) = if postgres { ("uuid", "text") } else { ("uuid_text", "varchar") };
        for statement in TABLES {
            db.execute_unprepared(&statement.replace("{uuid}", uuid).replace("{text}", text)).await?;
        }
        for statement in if postgres { POSTGRES } else { SQLITE } {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let db = m.get_connection();
        for table in ["ledger_year", "ledger_balance", "ledger_posting", "ledger_entry"] {
            db.execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        if db.get_database_backend() == DbBackend::Postgres {
            for name in ["ledger_append_only", "ledger_sealed", "ledger_entry_made", "ledger_posting_made"] {
                db.execute_unprepared(&format!("DROP FUNCTION {name}()")).await?;
            }
        }
        Ok(())
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE ledger_entry (
        id {uuid} NOT NULL PRIMARY KEY,
        contract_id {uuid} NOT NULL REFERENCES contract (id),
        challenge_id {uuid} NOT NULL REFERENCES challenge (id),
        channel {text} NOT NULL CHECK (channel IN ('fiscal', 'enterprise')),
        act {text} NOT NULL,
        noun {text} NOT NULL,
        subject_id {uuid} NOT NULL,
        reverses_id {uuid} REFERENCES ledger_entry (id),
        budget_year bigint,
        budget_doc_no {text},
        reference {text},
        memo {text} NOT NULL,
        year integer NOT NULL,
        at bigint NOT NULL,
        CHECK (channel = 'fiscal' OR (budget_year IS NULL AND budget_doc_no IS NULL)),
        CHECK (channel = 'enterprise' OR act <> 'payment' OR (budget_year IS NOT NULL AND budget_doc_no IS NOT NULL)),
        CHECK ((act = 'reversal') = (reverses_id IS NOT NULL))
    )",
    "CREATE TABLE ledger_posting (
        id {uuid} NOT NULL PRIMARY KEY,
        entry_id {uuid} NOT NULL REFERENCES ledger_entry (id) DEFERRABLE INITIALLY DEFERRED,
        contract_id {uuid} NOT NULL,
        channel {text} NOT NULL,
        account {text} NOT NULL CHECK (account IN ('commitment', 'promised', 'escrowed', 'unlocked', 'paid', 'received', 'accounted', 'recoverable', 'returned', 'clawed_back')),
        debit_fen bigint NOT NULL,
        credit_fen bigint NOT NULL,
        year integer NOT NULL,
        at bigint NOT NULL,
        CHECK ((debit_fen > 0 AND credit_fen = 0) OR (debit_fen = 0 AND credit_fen > 0))
    )",
    // No account below zero: from that follows accounted ≤ received ≤ paid ≤ unlocked ≤ promised ≤ commitment.
    "CREATE TABLE ledger_balance (
        contract_id {uuid} NOT NULL,
        channel {text} NOT NULL,
        account {text} NOT NULL,
        debit_fen bigint NOT NULL,
        credit_fen bigint NOT NULL,
        PRIMARY KEY (contract_id, channel, account),
        CHECK ((account = 'commitment' AND credit_fen >= debit_fen) OR (account <> 'commitment' AND debit_fen >= credit_fen))
    )",
    "CREATE TABLE ledger_year (
        contract_id {uuid} NOT NULL,
        channel {text} NOT NULL,
        account {text} NOT NULL,
        year integer NOT NULL,
        debit_fen bigint NOT NULL,
        credit_fen bigint NOT NULL,
        PRIMARY KEY (contract_id, channel, account, year)
    )",
    "CREATE UNIQUE INDEX ledger_entry_one_reverses_id ON ledger_entry (reverses_id)",
    "CREATE INDEX ledger_entry_by_contract_id_at_id ON ledger_entry (contract_id, at, id)",
    "CREATE INDEX ledger_entry_by_subject_id_at ON ledger_entry (subject_id, at)",
    "CREATE UNIQUE INDEX ledger_posting_one_entry_id_account ON ledger_posting (entry_id, account)",
    "CREATE INDEX ledger_posting_by_contract_id_at ON ledger_posting (contract_id, at)",
    "CREATE INDEX ledger_posting_by_year_at ON ledger_posting (year, at)",
    "CREATE INDEX ledger_year_by_year ON ledger_year (year)",
];

const SQLITE: &[&str] = &[
    "CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_posting_no_update BEFORE UPDATE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_posting_no_delete BEFORE DELETE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_posting_sealed BEFORE INSERT ON ledger_posting
     WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id)
     BEGIN SELECT RAISE(ABORT, 'the entry is complete'); END",
    "CREATE TRIGGER ledger_entry_made AFTER INSERT ON ledger_entry BEGIN
        SELECT RAISE(ABORT, 'the entry does not balance')
            WHERE (SELECT COUNT(*) < 2 OR SUM(debit_fen) <> SUM(credit_fen) FROM ledger_posting WHERE entry_id = NEW.id);
        SELECT RAISE(ABORT, 'a posting is not of its entry') WHERE EXISTS (SELECT 1 FROM ledger_posting
            WHERE entry_id = NEW.id AND (contract_id <> NEW.contract_id OR channel <> NEW.channel OR year <> NEW.year OR at <> NEW.at));
        INSERT INTO ledger_balance (contract_id, channel, account, debit_fen, credit_fen)
            SELECT contract_id, channel, account, 0, 0 FROM ledger_posting WHERE entry_id = NEW.id ON CONFLICT DO NOTHING;
        UPDATE ledger_balance SET debit_fen = ledger_balance.debit_fen + p.debit_fen, credit_fen = ledger_balance.credit_fen + p.credit_fen
            FROM ledger_posting AS p WHERE p.entry_id = NEW.id AND ledger_balance.contract_id = p.contract_id
            AND ledger_balance.channel = p.channel AND ledger_balance.account = p.account;
        INSERT INTO ledger_year (contract_id, channel, account, year, debit_fen, credit_fen)
            SELECT contract_id, channel, account, year, 0, 0 FROM ledger_posting WHERE entry_id = NEW.id ON CONFLICT DO NOTHING;
        UPDATE ledger_year SET debit_fen = ledger_year.debit_fen + p.debit_fen, credit_fen = ledger_year.credit_fen + p.credit_fen
            FROM ledger_posting AS p WHERE p.entry_id = NEW.id AND ledger_year.contract_id = p.contract_id
            AND ledger_year.channel = p.channel AND ledger_year.account = p.account AND ledger_year.year = p.year;
        SELECT RAISE(ABORT, 'more than the contract holds') WHERE EXISTS (SELECT 1 FROM ledger_balance AS b JOIN contract AS k ON k.id = b.contract_id
            WHERE b.contract_id = NEW.contract_id AND b.channel = NEW.channel AND b.account = 'commitment'
            AND b.credit_fen - b.debit_fen > CASE NEW.channel WHEN 'fiscal' THEN k.county_fen ELSE k.enterprise_fen END);
     END",
];

const POSTGRES: &[&str] = &[
    "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
    "CREATE TRIGGER ledger_entry_no_change BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_append_only()",
    "CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()",
    "CREATE TRIGGER ledger_posting_no_change BEFORE UPDATE OR DELETE ON ledger_posting FOR EACH ROW EXECUTE FUNCTION ledger_append_only()",
    "CREATE TRIGGER ledger_posting_no_truncate BEFORE TRUNCATE ON ledger_posting FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()",
    "CREATE FUNCTION ledger_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id) THEN RAISE EXCEPTION 'the entry is complete'; END IF;
        RETURN NEW;
     END $$",
    "CREATE TRIGGER ledger_posting_sealed BEFORE INSERT ON ledger_posting FOR EACH ROW EXECUTE FUNCTION ledger_sealed()",
    "CREATE FUNCTION ledger_entry_made() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT COUNT(*) < 2 OR SUM(debit_fen) <> SUM(credit_fen) FROM ledger_posting WHERE entry_id = NEW.id)
            THEN RAISE EXCEPTION 'the entry does not balance'; END IF;
        IF EXISTS (SELECT 1 FROM ledger_posting
            WHERE entry_id = NEW.id AND (contract_id <> NEW.contract_id OR channel <> NEW.channel OR year <> NEW.year OR at <> NEW.at))
            THEN RAISE EXCEPTION 'a posting is not of its entry'; END IF;
        INSERT INTO ledger_balance (contract_id, channel, account, debit_fen, credit_fen)
            SELECT contract_id, channel, account, 0, 0 FROM ledger_posting WHERE entry_id = NEW.id ORDER BY account ON CONFLICT DO NOTHING;
        UPDATE ledger_balance AS b SET debit_fen = b.debit_fen + p.debit_fen, credit_fen = b.credit_fen + p.credit_fen
            FROM ledger_posting AS p WHERE p.entry_id = NEW.id AND b.contract_id = p.contract_id AND b.channel = p.channel AND b.account = p.account;
        INSERT INTO ledger_year (contract_id, channel, account, year, debit_fen, credit_fen)
            SELECT contract_id, channel, account, year, 0, 0 FROM ledger_posting WHERE entry_id = NEW.id ORDER BY account ON CONFLICT DO NOTHING;
        UPDATE ledger_year AS b SET debit_fen = b.debit_fen + p.debit_fen, credit_fen = b.credit_fen + p.credit_fen
            FROM ledger_posting AS p WHERE p.entry_id = NEW.id AND b.contract_id = p.contract_id AND b.channel = p.channel
            AND b.account = p.account AND b.year = p.year;
        IF EXISTS (SELECT 1 FROM ledger_balance AS b JOIN contract AS k ON k.id = b.contract_id
            WHERE b.contract_id = NEW.contract_id AND b.channel = NEW.channel AND b.account = 'commitment'
            AND b.credit_fen - b.debit_fen > CASE NEW.channel WHEN 'fiscal' THEN k.county_fen ELSE k.enterprise_fen END)
            THEN RAISE EXCEPTION 'more than the contract holds'; END IF;
        RETURN NULL;
     END $$",
    "CREATE TRIGGER ledger_entry_made AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_entry_made()",
    // Another transaction might slip a posting under an entry that it can't see yet: asked once more at the end.
    "CREATE FUNCTION ledger_posting_made() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT SUM(debit_fen) <> SUM(credit_fen) FROM ledger_posting WHERE entry_id = NEW.entry_id)
            THEN RAISE EXCEPTION 'the entry does not balance'; END IF;
        RETURN NULL;
     END $$",
    "CREATE CONSTRAINT TRIGGER ledger_posting_made AFTER INSERT ON ledger_posting DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION ledger_posting_made()",
];

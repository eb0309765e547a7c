//! The tamper lab: one who owns the database, its triggers and constraints out of the way, changes every column of every
//! table, takes a row out of every table and puts one in. `verify` names it, but for the written list of docs/record.md.
use super::rows::verified;
use super::*;
use crate::{ledger, support};
use axum::http::Method;
use jiebang::app::verify::{States, Stopped, rows, table_as_told};
use jiebang::domain::{Calendar, ChallengeId, Draft, Need, date_of, forms::*, rubric::Rubric};
use jiebang::store::rows::{EMPTY, PARTLY, TABLES, UNCOVERED};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;

/// A case with every kind of row.
async fn story() -> Stage {
    let s = Stage::new().await;
    s.app().import_holidays(&Actor::system(), &Calendar::seed().to_json()).await.unwrap();
    let mut wanted = support::need(GOVERNMENT, "single");
    wanted["funding_mode"] = json!("budgeted");
    let c = s.publish("service", wanted).await;
    let (bids, n) = s.notice_of(c, GOVERNMENT, &[90, 85]).await;
    let o = s.hold(n).await;
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("dismiss", None)).await.unwrap();
    s.confirm(n).await;
    let k = s.contracts(c).await[0].id;
    s.put_in_force(k, GOVERNMENT, 0).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    let heads = json!({ "equipment_fen": 140_000_000, "business_fen": 60_000_000, "basis": "按任务书工作量和市场价测算。" });
    let budget = s.app().propose_budget(s.who("bidder1"), k, form(heads)).await.unwrap().id;
    s.app().approve_budget(s.who("checker"), budget, plain()).await.unwrap();
    s.set_clock(s.now().max("2026-06-01T02:00:00Z".parse().unwrap()));
    let change = json!({ "kind": "route", "before": "原方案", "after": "新方案", "reason": "试验结果表明更优" });
    s.app().ask_change(s.who("bidder1"), k, form(change)).await.unwrap();
    let spent = json!({ "spent_on": s.today(), "class": "equipment" });
    s.app().record_spending(s.who("bidder1"), k, ledger::line("county", 30_000_000, spent)).await.unwrap();
    ledger::signed(&s, k).await;
    s.file_report(k, 0, "plan_b", json!({})).await;
    let misuse = json!({ "against": "bidder", "kind": "misuse", "facts": "经核查，部分支出凭证与实际不符，资金被挪作他用。" });
    s.app().propose_integrity(s.who("checker"), k, form(misuse)).await.unwrap();
    let new = json!({ "email": "new@unit.example", "name": "示例新人", "role": "checker", "organisation": s.org("bureau") });
    s.app().invite(s.who("admin"), form(new)).await.unwrap();
    house(&s, c).await;
    ended(&s).await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let interest = form(json!({ "note": "我校有脱硫废液处理的中试经验。" }));
    s.app().register_interest(s.who("bidder1"), c, interest).await.unwrap();
    s.app().ask_question(s.who("bidder2"), c, form(json!({ "text": "废液日产量是多少？" }))).await.unwrap();
    s.draft_bid(c, "bidder3", s.offer(2, ENTERPRISE)).await;
    let mut offer = s.offer(0, ENTERPRISE);
    offer["attachments"] = json!([s.upload("bidder1").await]);
    s.seal(c, "bidder1", offer).await;
    s.set_clock(s.challenge(c).await.close_at.unwrap() - jiff::SignedDuration::from_hours(24 * 12));
    let mut raw = need(ENTERPRISE, "single");
    raw["title"] = json!("焦化脱硫废液提盐及副盐高值化工艺");
    let amend = Amendment { need: Need::read(&raw).unwrap(), reason: "补充说明测试条件".into(), close_at: None };
    s.app().amend_challenge(s.who("officer"), c, amend).await.unwrap();
    let flag = s.app().case_flags(s.who("auditor"), c).await.unwrap().standings.remove(0).flag;
    let judged = form(json!({ "flag": flag.key(), "reason": "已核对原始材料，见核查记录。" }));
    s.app().dismiss_flag(s.who("auditor"), c, judged).await.unwrap();
    assert_eq!(s.t.page("officer", &format!("/bids/{}", bids[0].0)).await.status, 200);
    s.app().seal_reads().await.unwrap();
    s.app().seal_log().await.unwrap();
    s.app().start_verification(s.who("auditor")).await.unwrap();
    let runs = async || s.app().last_verification(s.who("auditor")).await.unwrap().is_none_or(|run| run.state == "running");
    crate::support::until("the check ends", async || !runs().await).await;
    s.app().seal_log().await.unwrap();
    s
}

/// What is not of a contract: clues, words put in, who stands aside, a scoring template, imported relations.
async fn house(s: &Stage, c: ChallengeId) {
    let clue = json!({ "about": "person", "text": "开标前一天评审组成员与甲公司负责人一同用餐，有监控可以核查。" });
    s.app().file_tip_off(form(clue)).await.unwrap();
    let word = json!({ "who": "某局某科长", "happened_on": "2026-02-02", "how": "phone", "about": "请关照乙大学" });
    s.app().record_lobbying(s.who("officer"), c, form(word)).await.unwrap();
    s.app().stand_aside(s.who("officer2"), c, reason()).await.unwrap();
    let mut rows = Rubric::of("standard").rows();
    rows[0].full = "全部硬指标有实测数据".into();
    let edit = json!({ "items": rows, "reason": "按局务会意见修改。" });
    s.t.call("head", Method::POST, "/rubrics/standard", Some(edit), None).await.ok();
    for until in ["2025-12-01", "2026-01-01"] {
        let csv = format!("类型,姓名1,姓名2,日期\n专利,王示例,李示例,{until}\n");
        s.t.call("officer", Method::POST, "/relations", Some(json!({ "csv": csv, "step": "import" })), None).await.ok();
    }
}

/// A race with its checkpoint, a lane that ended early, a result that is followed.
async fn ended(s: &Stage) {
    let (c, _, lanes) = s.to_two_lanes().await;
    let table = json!([{ "indicator": 1, "target": "95" }]);
    let gate = json!({ "name": "中期赛马考核", "held_on": date_of(s.in_days(20)).to_string(), "table": table });
    s.app().set_gate(s.who("officer"), c, form(gate)).await.unwrap();
    let ending = meeting(json!({ "class": "external", "reason": "因政策调整，双方协商终止合同。" }));
    s.app().terminate_contract(s.who("head"), lanes[1], ending).await.unwrap();
    s.to_accepted(GOVERNMENT, &[90, 85]).await;
}

struct Lab {
    db: DatabaseConnection,
    postgres: bool,
}

impl Lab {
    /// A connection of its own on which nothing is forbidden.
    async fn on(s: &Stage) -> Self {
        let mut options = ConnectOptions::new(&s.t.url);
        options.max_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|o| {
            o.foreign_keys(false).pragma("ignore_check_constraints", "ON").busy_timeout(std::time::Duration::from_secs(20))
        });
        let lab = Self { db: Database::connect(options).await.unwrap(), postgres: s.app().db.is_postgres() };
        let guards = if lab.postgres {
            lab.run("SET session_replication_role = replica").await;
            "SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname FROM pg_constraint
             WHERE contype = 'c' AND connamespace = 'public'::regnamespace
             UNION ALL SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index
             WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text NOT LIKE 'pg_%'"
        } else {
            "SELECT 'DROP ' || type || ' ' || name FROM sqlite_master WHERE type = 'trigger' OR sql LIKE 'CREATE UNIQUE%'"
        };
        for guard in lab.texts(guards).await {
            lab.run(&guard).await;
        }
        lab
    }

    async fn run(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    /// The first column of every row, as text.
    async fn texts(&self, sql: &str) -> Vec<String> {
        let all = self.db.query_all_raw(Statement::from_string(self.db.get_database_backend(), sql)).await;
        let all = all.unwrap_or_else(|e| panic!("{sql}: {e}"));
        all.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Every column as table, name and type.
    async fn columns(&self) -> Vec<(String, String, String)> {
        let sql = if self.postgres {
            "SELECT table_name || ' ' || column_name || ' ' || udt_name FROM information_schema.columns
             WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
        } else {
            "SELECT m.name || ' ' || p.name || ' ' || lower(p.type) FROM sqlite_master AS m, pragma_table_info(m.name) AS p
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid"
        };
        let split = |line: String| {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            (words.next().unwrap(), words.next().unwrap(), words.next().unwrap())
        };
        let ours = |c: &(String, String, String)| c.0 != "seaql_migrations";
        self.texts(sql).await.into_iter().map(split).filter(ours).collect()
    }

    /// A value as it is written in SQL.
    fn literal(&self, expression: &str) -> String {
        match self.postgres {
            true => format!("quote_nullable(({expression})::text)"),
            false => format!("quote({expression})"),
        }
    }

    /// Another value of the same kind.
    fn other(&self, column: &str, kind: &str) -> String {
        match kind {
            _ if kind.starts_with("uuid") => match self.postgres {
                true => "'11111111-2222-4333-8444-555555555555'::uuid".into(),
                false => "x'11111111222243338444555555555555'".into(),
            },
            _ if kind.contains("json") => match self.postgres {
                true => format!("{column} || '{{\"tampered\": true}}'"),
                false => format!("json_set({column}, '$.tampered', 1)"),
            },
            "bytea" => "decode(repeat('ab', 32), 'hex')".into(),
            "blob" => "randomblob(32)".into(),
            _ if kind.starts_with("bool") => format!("NOT {column}"),
            _ if kind.contains("int") => format!("COALESCE({column}, 0) + 1000000"),
            _ => format!("COALESCE({column}, '') || 'x'"),
        }
    }
}

fn key_of(table: &str) -> &'static [&'static str] {
    match table {
        "session" => &["token_sha256"],
        "setting" | "sign_in_try" | "idempotency" => &["key"],
        "audit_event" | "audit_leaf" | "read_entry" => &["seq"],
        "audit_checkpoint" => &["size"],
        "ledger_balance" => &["contract_id", "channel", "account"],
        "ledger_year" => &["contract_id", "channel", "account", "year"],
        _ => &["id"],
    }
}

/// Which rows of a table are told of.
fn chosen(table: &str) -> &'static [&'static str] {
    match table {
        "file" => &["subject_id IS NOT NULL"],
        "bid_content" => &["sealed"],
        "draft" => &["edition = (SELECT max(edition) FROM draft AS d WHERE d.subject_id = draft.subject_id)"],
        "turn" => &["noun = 'bid'", "noun <> 'bid'"],
        "audit_event" | "audit_leaf" => &["seq = 5"],
        "audit_checkpoint" => &["size = (SELECT max(size) FROM audit_checkpoint)"],
        _ => &["1 = 1"],
    }
}

/// One row, written out, and the condition that finds it.
struct Row<'a> {
    lab: &'a Lab,
    table: &'a str,
    columns: Vec<(&'a str, &'a str)>,
    values: Vec<String>,
}

impl<'a> Row<'a> {
    async fn of(lab: &'a Lab, table: &'a str, columns: Vec<(&'a str, &'a str)>, which: &str) -> Self {
        let keys = key_of(table).join(", ");
        let mut values = vec![];
        for (column, _) in &columns {
            let one = lab.literal(column);
            let found = lab.texts(&format!("SELECT {one} FROM {table} WHERE {which} ORDER BY {keys} LIMIT 1")).await;
            values.push(found.into_iter().next().unwrap_or_else(|| panic!("{table} has no row where {which}")));
        }
        Self { lab, table, columns, values }
    }

    fn value(&self, column: &str) -> &str {
        &self.values[self.columns.iter().position(|c| c.0 == column).unwrap()]
    }

    /// The row, when `column` has been given a value.
    fn found(&self, column: &str, now: &str) -> String {
        let is = |k: &&str| format!("{k} = {}", if *k == column { now } else { self.value(k) });
        key_of(self.table).iter().map(is).collect::<Vec<_>>().join(" AND ")
    }

    /// What the changed value is, for finding the row again.
    async fn changed(&self, column: &str, kind: &str) -> String {
        let other = self.lab.literal(&self.lab.other(column, kind));
        let here = self.found("", "");
        self.lab.texts(&format!("SELECT {other} FROM {} WHERE {here}", self.table)).await.remove(0)
    }

    async fn set(&self, column: &str, from: &str, to: &str) {
        let (table, row) = (self.table, self.found(column, from));
        self.lab.run(&format!("UPDATE {table} SET {column} = {to} WHERE {row}")).await;
    }

    async fn insert(&self, first: Option<&str>) {
        let names: Vec<&str> = self.columns.iter().map(|c| c.0).collect();
        let key = key_of(self.table)[0];
        let values: Vec<&str> = names.iter().zip(&self.values).map(|(n, v)| first.filter(|_| *n == key).unwrap_or(v)).collect();
        self.lab.run(&format!("INSERT INTO {} ({}) VALUES ({})", self.table, names.join(", "), values.join(", "))).await;
    }

    async fn delete(&self, column: &str, now: &str) {
        self.lab.run(&format!("DELETE FROM {} WHERE {}", self.table, self.found(column, now))).await;
    }
}

/// What the check finds of the part of it that looks at a table.
async fn found(s: &Stage, states: &States, table: &str) -> Result<u64, Stopped> {
    let (db, looked_at) = (&s.app().db, TABLES.iter().filter(|t| **t == table || (table == "account" && **t == "password")));
    if table.starts_with("audit_") {
        return verified(s).await.map(|_| 0).map_err(Stopped::from);
    }
    let mut compared = 0;
    for one in looked_at.clone() {
        compared += table_as_told(db, states, one).await?;
    }
    if looked_at.count() == 0 || table == "turn" { rows(db, states).await } else { Ok(compared) }
}

/// Whether `verify` names what was done to a table.
async fn named(s: &Stage, states: &States, table: &str) -> Result<String, String> {
    let wrong = match found(s, states, table).await {
        Ok(_) => return Err("in order".into()),
        Err(Stopped::Wrong(w)) => w,
        Err(other) => return Err(format!("can't tell: {other}")),
    };
    let says = wrong.says.clone();
    let of_log = table.starts_with("audit_") && (wrong.seq.is_some() || says.contains("checkpoint") || says.contains("audit_"));
    let table = table.strip_prefix("known_").unwrap_or(table);
    let password = table == "account" && says.contains("password");
    if of_log || password || says.contains(table) { Ok(says) } else { Err(format!("named otherwise: {says}")) }
}

fn uncovered(table: &str, column: &str) -> bool {
    UNCOVERED.iter().any(|(t, c, _)| *t == table && (*c == "*" || *c == column))
}

// Long: every column of every table is changed once, and the database is held against its record after each.
#[tokio::test]
async fn every_change_to_every_column_and_row_is_named_but_for_the_written_list() {
    let s = story().await;
    verified(&s).await.unwrap();
    let (lab, states) = (Lab::on(&s).await, States::told(&s.app().db).await.unwrap());
    let columns = lab.columns().await;
    let mut tables: Vec<&str> = columns.iter().map(|c| c.0.as_str()).collect();
    tables.dedup();
    let (mut missed, mut tried, mut open) = (vec![], 0, 0);
    for table in tables {
        let own: Vec<(&str, &str)> = columns.iter().filter(|c| c.0 == table).map(|c| (c.1.as_str(), c.2.as_str())).collect();
        if uncovered(table, "*") {
            open += own.len();
            continue;
        }
        if EMPTY.contains(&table) {
            tried += own.len();
            continue;
        }
        for which in chosen(table) {
            let row = Row::of(&lab, table, own.clone(), which).await;
            for (column, kind) in &own {
                let (was, now) = (row.value(column).to_owned(), row.changed(column, kind).await);
                assert_ne!(was, now, "{table}.{column}");
                row.set(column, &was, &now).await;
                tried += 1;
                match (named(&s, &states, table).await, uncovered(table, column)) {
                    (Ok(_), false) => {}
                    (Err(why), true) if why == "in order" => open += 1,
                    (said, _) => missed.push(format!("{table}.{column} ({which}): {said:?}")),
                }
                row.set(column, &now, &was).await;
            }
            let key = key_of(table)[0];
            let other = row.changed(key, own.iter().find(|c| c.0 == key).unwrap().1).await;
            row.insert(Some(&other)).await;
            missed.extend(named(&s, &states, table).await.err().map(|why| format!("{table}, one put in ({which}): {why}")));
            row.delete(key, &other).await;
            row.delete("", "").await;
            missed.extend(named(&s, &states, table).await.err().map(|why| format!("{table}, one taken out ({which}): {why}")));
            row.insert(None).await;
        }
        missed.extend(named(&s, &states, table).await.ok().map(|says| format!("{table} was not put back: {says}")));
    }
    for put_in in [
        "INSERT INTO outbox (id, kind, due_at, tries, state, at, body) SELECT id, 'x', 1, 0, 'x', 1, 'x' FROM talk LIMIT 1",
        "INSERT INTO rule_set (version, at, body) SELECT 1, 1, body FROM talk LIMIT 1",
    ] {
        let table = put_in.split(' ').nth(2).unwrap();
        lab.run(put_in).await;
        missed.extend(named(&s, &states, table).await.err().map(|why| format!("{table}, one put in: {why}")));
        lab.run(&format!("DELETE FROM {table}")).await;
    }
    assert_eq!(missed, Vec::<String>::new());
    rows(&s.app().db, &states).await.unwrap();
    verified(&s).await.unwrap();
    // Most of what is open goes within the day: sessions, uploads, what is counted against guessing.
    assert!(tried > 200 && open * 9 <= tried + open, "{open} columns of {} are open", tried + open);
}

#[test]
fn what_is_not_covered_stands_in_the_document() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/record.md")).unwrap();
    let of = |start: &str| text.split_once(start).unwrap().1.split("\n\n").nth(1).unwrap().lines().skip(2).map(str::to_owned);
    let whole: Vec<String> = UNCOVERED.iter().map(|(t, c, why)| format!("| `{t}.{c}` | {why} |")).collect();
    assert_eq!(of("## What `verify --db` does not cover").collect::<Vec<_>>(), whole);
    for (table, what) in PARTLY {
        assert!(text.contains(&format!("`{table}`: {what}")), "{table}");
    }
    for table in ["bid", "assignment", "notice", "contract", "instalment", "account", "challenge", "ledger_balance"] {
        assert!(UNCOVERED.iter().all(|(t, _, _)| *t != table), "{table}");
    }
}

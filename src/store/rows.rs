//! Rows of today as the record tells of them: what `verify` holds against what the record tells of them.
use super::*;
use crate::domain::{Bid, Challenge, Noun, hash};
use entity::{account, audit_head, bid, challenge, draft, known_relation, setting, turn};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::ExprTrait,
};
use serde_json::json;
use std::collections::BTreeMap;

/// What no state tells of and nothing works out again, with the reason: (table, column, why). `docs/record.md` prints the
/// list, and a test changes every other column of every table and wants it named.
pub const UNCOVERED: &[(&str, &str, &str)] = &[
    ("audit_checkpoint", "at", "chooses which checkpoint of a day an export carries; what is signed is `size` and `note`"),
    ("bid_origin", "*", "from where a bid was sealed, for the red flags; an entry at that moment would tell of the sealing"),
    ("idempotency", "*", "answers a repeated request for a day, then goes"),
    ("known_device", "*", "on which browsers somebody signed in before; slows nobody else down, and goes when it is not used"),
    ("opening_share", "*", "what an opening under way has gathered; gone when it ends, and what it opened is told of"),
    ("quota", "*", "whose uploads are being counted now"),
    ("reservation", "*", "room for an upload under way; gone when it ends"),
    ("session", "*", "who is signed in now; what they do is recorded"),
    ("sign_in_try", "*", "slows down guessing; gone within the day"),
    ("turn", "id", "names the row only; who is waited for, for what and since when is told"),
    ("upload", "*", "an upload under way; gone within a day, and as a file it is told of by the act that names it"),
];

/// Tables that hold nothing yet: a row in them comes from nowhere.
pub const EMPTY: &[&str] = &["outbox", "rule_set"];

/// The first of those that holds something.
pub async fn filled(db: &Db) -> Result<Option<&'static str>> {
    for table in EMPTY {
        let sql = Statement::from_string(db.0.get_database_backend(), format!("SELECT 1 FROM {table} LIMIT 1"));
        if db.0.query_one_raw(sql).await?.is_some() {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Rows of some tables are told of only in part: drafts of bids lie under the vault's key and are read again by the team that
/// seals; of a need's draft the newest version counts; an upload that no act has named is nobody's yet.
pub const PARTLY: &[(&str, &str)] = &[
    ("bid_content", "drafts: what a team typed before it sealed"),
    ("draft", "versions before the newest"),
    ("file", "uploads that no act has named yet"),
    ("verification", "a check that is still running"),
];

/// A group of rows that is empty, as the record tells of it.
pub const NOTHING: &str = "[]";

macro_rules! compared { ($($table:ident $(if $column:ident . $op:ident ( $($arg:expr)? ))?),* $(,)?) => {
    /// Tables whose rows the record tells of one by one, and kinds of rows that it tells of otherwise.
    pub const TABLES: &[&str] = &[$(stringify!($table),)* "draft", "password", "relation", "setting", "turn"];

    /// Rows of one of `TABLES` after an id, by id: what they are today, as the record tells of them.
    pub(in crate::store) async fn read<C: ConnectionTrait>(db: &C, table: &str, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>> {
        match table {
            $(stringify!($table) => {
                let told = sea_orm::Condition::all()$(.add(entity::$table::Column::$column.$op($($arg)?)))?;
                let rows = entity::$table::Entity::find()
                    .filter(entity::$table::Column::Id.gt(after))
                    .filter(told)
                    .order_by_asc(entity::$table::Column::Id)
                    .limit(limit)
                    .all(db)
                    .await?;
                Ok(rows.into_iter().map(|row| (row.id, text(stringify!($table), &row))).collect())
            })*
            "draft" => drafts(db, after, limit).await,
            "password" => passwords(db, after, limit).await,
            "relation" => relations(db, after, limit).await,
            "setting" => settings(db, after).await,
            "turn" => turns(db, after, limit).await,
            _ => Ok(vec![]),
        }
    }

    /// One row as the record tells of it: canonical JSON.
    pub async fn row(db: &Db, table: &str, id: Uuid) -> Result<Option<String>> {
        match table {
            $(stringify!($table) => {
                let row = entity::$table::Entity::find_by_id(id).one(&db.0).await?;
                Ok(row.map(|row| text(stringify!($table), &row)))
            })*
            _ => Ok(None),
        }
    }
} }
compared!(
    organisation,
    account,
    challenge,
    challenge_edition,
    bid,
    bid_content if Sealed.eq(true),
    verification if State.ne("running"),
    talk,
    question,
    assignment,
    notice,
    objection,
    tip_off,
    lobbying,
    contract,
    milestone,
    instalment,
    change,
    acceptance,
    document,
    finding,
    spending,
    final_account,
    gate,
    settlement,
    progress,
    integrity,
    follow_up,
    template,
    budget,
    budget_doc,
    registration,
    meeting,
    meeting_case,
    recusal,
    rubric_template,
    ledger_entry,
    ledger_posting,
    file if SubjectId.is_not_null(),
);

/// Rows of one of `TABLES` after an id.
pub async fn rows(db: &Db, table: &str, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>> {
    read(&db.0, table, after, limit).await
}

/// Of an account the record tells what its body says; the columns must say the same. Its password is told of apart.
fn text<R: serde::Serialize>(table: &str, row: &R) -> String {
    let value = serde_json::to_value(row).expect("rows are plain JSON");
    let of = |name: &str, inner: &str| value[name] == value["body"][inner];
    let made = || value["body"]["created_at"].as_str().and_then(|t| t.parse::<Timestamp>().ok()).map(ms);
    let plain = table == "account"
        && of("email", "email")
        && of("role", "role")
        && of("org_id", "org")
        && of("active", "active")
        && of("version", "version")
        && of("id", "id")
        && value["at"].as_i64() == made();
    hash::canonical(if plain { &value["body"] } else { &value })
}

/// The state of a password: nothing can be guessed from it, its salt is in it.
pub(in crate::store) fn password(phc: &str) -> serde_json::Value {
    json!({ "password_hash": phc })
}

async fn passwords<C: ConnectionTrait>(db: &C, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>> {
    let select = account::Entity::find().filter(account::Column::Id.gt(after)).order_by_asc(account::Column::Id);
    let rows = select.limit(limit).all(db).await?;
    Ok(rows.into_iter().map(|r| (r.id, hash::canonical(&password(&r.password_hash)))).collect())
}

/// Imported relations are told of under a name of their own: what older records told of them counts no more.
async fn relations<C: ConnectionTrait>(db: &C, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>> {
    let select = known_relation::Entity::find().filter(known_relation::Column::Id.gt(after));
    let rows = select.order_by_asc(known_relation::Column::Id).limit(limit).all(db).await?;
    Ok(rows.iter().map(|r| (r.id, hash::canonical(&noun::body_of(r)))).collect())
}

/// A setting has a name and no id.
pub(in crate::store) fn setting_id(key: &str) -> Uuid {
    Uuid::parse_str(&hash::sha256_hex(key.as_bytes())[..32]).expect("thirty-two digits")
}

async fn settings<C: ConnectionTrait>(db: &C, after: Uuid) -> Result<Vec<(Uuid, String)>> {
    let rows = setting::Entity::find().all(db).await?;
    let mut out: Vec<_> = rows.iter().map(|r| (setting_id(&r.key), hash::canonical(&noun::body_of(r)))).collect();
    out.sort();
    out.retain(|(id, _)| *id > after);
    Ok(out)
}

/// The newest version of each need's draft.
async fn drafts<C: ConnectionTrait>(db: &C, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>> {
    let subjects: Vec<Uuid> = draft::Entity::find()
        .select_only()
        .column(draft::Column::SubjectId)
        .filter(draft::Column::SubjectId.gt(after))
        .distinct()
        .order_by_asc(draft::Column::SubjectId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let mut out = vec![];
    for subject in subjects {
        let of = draft::Entity::find().filter(draft::Column::SubjectId.eq(subject));
        let newest = of.order_by_desc(draft::Column::Edition).limit(2).all(db).await?;
        // Two of one edition are none that the record tells of.
        let twice = newest.windows(2).any(|two| two[0].edition == two[1].edition);
        let told =
            newest.first().map(|row| if twice { hash::canonical(&json!(newest)) } else { hash::canonical(&noun::body_of(row)) });
        out.extend(told.map(|row| (subject, row)));
    }
    Ok(out)
}

/// The open turns of each thing but bids.
async fn turns<C: ConnectionTrait>(db: &C, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String)>> {
    let others = || turn::Entity::find().filter(turn::Column::Noun.ne(Noun::Bid.id()));
    let subjects: Vec<Uuid> = others()
        .select_only()
        .column(turn::Column::SubjectId)
        .filter(turn::Column::SubjectId.gt(after))
        .distinct()
        .order_by_asc(turn::Column::SubjectId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let rows = others().filter(turn::Column::SubjectId.is_in(subjects)).order_by_asc(turn::Column::Id).all(db).await?;
    let mut groups: BTreeMap<Uuid, Vec<turn::Model>> = BTreeMap::new();
    rows.into_iter().for_each(|row| groups.entry(row.subject_id).or_default().push(row));
    Ok(groups.into_iter().map(|(id, rows)| (id, hash::canonical(&turns_told(rows)))).collect())
}

/// The first bid whose open turns are not those that it and its challenge give. An amendment rewrites them without telling the
/// record, which would tell how many bids there are: they are worked out again instead.
pub async fn bid_turns_astray(db: &Db) -> Result<Option<Uuid>> {
    let stray = turn::Entity::find()
        .filter(turn::Column::Noun.eq(Noun::Bid.id()))
        .filter(turn::Column::SubjectId.not_in_subquery(bid::Entity::find().select_only().column(bid::Column::Id).into_query()))
        .one(&db.0)
        .await?;
    if let Some(row) = stray {
        return Ok(Some(row.subject_id));
    }
    let mut after = Uuid::nil();
    loop {
        let select = bid::Entity::find().filter(bid::Column::Id.gt(after)).order_by_asc(bid::Column::Id);
        let bids = select.limit(200).all(&db.0).await?;
        let Some(last) = bids.last() else { return Ok(None) };
        after = last.id;
        let on = challenge::Entity::find().filter(challenge::Column::Id.is_in(bids.iter().map(|b| b.challenge_id))).all(&db.0);
        let on: BTreeMap<Uuid, challenge::Model> = on.await?.into_iter().map(|c| (c.id, c)).collect();
        let rows = turn::Entity::find().filter(turn::Column::SubjectId.is_in(bids.iter().map(|b| b.id))).all(&db.0).await?;
        for b in &bids {
            let found = rows.iter().filter(|r| r.subject_id == b.id).cloned().collect();
            if turns_of(b, on.get(&b.challenge_id)).map(without_ids) != Some(without_ids(found)) {
                return Ok(Some(b.id));
            }
        }
    }
}

fn turns_of(b: &bid::Model, on: Option<&challenge::Model>) -> Option<Vec<turn::Model>> {
    let b: Bid = serde_json::from_value(b.body.clone()).ok()?;
    let on: Challenge = serde_json::from_value(on?.body.clone()).ok()?;
    Some(b.turns(&on).into_iter().map(|t| super::turn::row(Noun::Bid, b.id.0, Some(b.challenge), "", t)).collect())
}

/// What the record tells of the turns of one thing.
pub(in crate::store) fn turns_told(rows: Vec<turn::Model>) -> serde_json::Value {
    json!(without_ids(rows))
}

fn without_ids(rows: Vec<turn::Model>) -> Vec<String> {
    let plain = |row: turn::Model| hash::canonical(&noun::body_of(&turn::Model { id: Uuid::nil(), ..row }));
    let mut out: Vec<String> = rows.into_iter().map(plain).collect();
    out.sort();
    out
}

/// The first balance that its postings do not give, or that is missing: table and contract.
pub async fn unbalanced(db: &Db) -> Result<Option<(&'static str, Uuid)>> {
    for (table, year) in [("ledger_balance", ""), ("ledger_year", ", year")] {
        let of = format!("contract_id, channel, account{year}");
        let kept = format!("SELECT {of}, debit_fen, credit_fen FROM {table}");
        let sum = |c: &str| format!("CAST(SUM({c}) AS bigint)");
        let sums = format!("SELECT {of}, {}, {} FROM ledger_posting GROUP BY {of}", sum("debit_fen"), sum("credit_fen"));
        for (one, other) in [(&kept, &sums), (&sums, &kept)] {
            let sql = format!("SELECT contract_id FROM ({one} EXCEPT {other}) AS astray LIMIT 1");
            let found = db.0.query_one_raw(Statement::from_string(db.0.get_database_backend(), sql)).await?;
            if let Some(row) = found {
                return Ok(Some((table, row.try_get("", "contract_id")?)));
            }
        }
    }
    Ok(None)
}

/// Stored files that acts have named, after an id: id, key, SHA-256 of the bytes in the store.
pub async fn files(db: &Db, after: Uuid, limit: u64) -> Result<Vec<(Uuid, String, String)>> {
    use entity::file;
    let rows = file::Entity::find()
        .filter(file::Column::Id.gt(after))
        .filter(file::Column::SubjectId.is_not_null())
        .order_by_asc(file::Column::Id)
        .limit(limit)
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.key, r.sha256)).collect())
}

/// What is wrong with the head of the read log, which has so many lines and was sealed up to there, or lies beside its lines.
pub async fn read_head_astray(db: &Db, lines: u64, sealed: i64) -> Result<Option<String>> {
    use entity::{read_entry, read_head};
    let lines = i64::try_from(lines).unwrap_or(i64::MAX);
    let stray = read_entry::Column::Seq.lt(1).or(read_entry::Column::Seq.gt(lines));
    if let Some(row) = read_entry::Entity::find().filter(stray).one(&db.0).await? {
        return Ok(Some(format!("read_entry {}: no line has this number", row.seq)));
    }
    let last = read_entry::Entity::find_by_id(lines).one(&db.0).await?.map(|r| r.sha256).unwrap_or_default();
    let heads = read_head::Entity::find().all(&db.0).await?;
    let as_told = |h: &read_head::Model| (h.id, h.seq, h.sealed, &h.sha256) == (1, lines, sealed, &last);
    Ok(if heads.len() == 1 && heads.iter().all(as_told) {
        None
    } else {
        Some("read_head 1 is not as the read log left it".into())
    })
}

/// Kinds of rows that older records do not tell of, and those that come with the schema.
pub const LATER: &[&str] =
    &["bid_content", "draft", "file", "password", "relation", "setting", "template", "turn", "verification"];

/// The mark that the schema's update leaves on a record that was begun before it told of those: `only` and their names, or
/// anything else for all.
pub const UNTOLD: &str = "untold";

/// Tells of a page of rows as they are; nobody else commits meanwhile. Gives the last id.
pub async fn tell_again(work: &Work, table: &'static str, after: Uuid, limit: u64) -> Result<Option<Uuid>> {
    audit_head::Entity::find_by_id(1).lock_exclusive().one(&work.tx).await?;
    let rows = read(&work.tx, table, after, limit).await?;
    let last = rows.last().map(|r| r.0);
    for (id, row) in rows {
        if table != "setting" || id != setting_id(UNTOLD) {
            work.touched(table, id, &row);
        }
    }
    Ok(last)
}

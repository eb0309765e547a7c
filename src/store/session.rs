//! Sessions and API tokens: the table holds hashes only, so a stolen database is no session. Wrong sign-ins are counted
//! by account and address together, so that nobody can lock an owner out from elsewhere.
use super::*;
use crate::domain::{
    AccountId,
    policy::{OwnAccount, Permit},
};
use entity::{known_device, session, sign_in_try};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};

#[derive(Clone, Debug)]
pub struct Session {
    pub id: Uuid,
    pub account: AccountId,
    pub kind: String,
    pub label: String,
    pub at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// When its holder last proved who they are; the beginning of time when never.
    pub proven_at: Timestamp,
}

fn read(r: session::Model) -> Result<Session> {
    Ok(Session {
        id: r.id,
        account: AccountId(r.account_id),
        kind: r.kind,
        label: r.label,
        at: moment(r.at, "session", r.id)?,
        seen_at: moment(r.seen_at, "session", r.id)?,
        expires_at: moment(r.expires_at, "session", r.id)?,
        proven_at: moment(r.proven_at, "session", r.id)?,
    })
}

pub async fn insert(db: &Db, permit: &Permit<OwnAccount>, token_sha256: &str, s: &Session) -> Result<()> {
    debug_assert_eq!(permit.actor().account, s.account);
    let row = session::Model {
        token_sha256: token_sha256.into(),
        id: s.id,
        account_id: s.account.0,
        kind: s.kind.clone(),
        label: s.label.clone(),
        at: ms(s.at),
        seen_at: ms(s.seen_at),
        expires_at: ms(s.expires_at),
        proven_at: ms(s.proven_at),
    };
    session::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&db.0).await?;
    Ok(())
}

pub async fn find(db: &Db, token_sha256: &str) -> Result<Option<Session>> {
    session::Entity::find_by_id(token_sha256).one(&db.0).await?.map(read).transpose()
}

pub async fn seen(db: &Db, id: Uuid, at: Timestamp) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::val(ms(at)))
        .filter(session::Column::Id.eq(id))
        .exec(&db.0)
        .await?;
    Ok(())
}

/// The holder has proved who they are: the session goes on under another token, and the old one is nobody's.
pub async fn prove(db: &Db, permit: &Permit<OwnAccount>, id: Uuid, token_sha256: &str, at: Timestamp) -> Result<u64> {
    let proven = session::Entity::update_many()
        .col_expr(session::Column::TokenSha256, Expr::val(token_sha256))
        .col_expr(session::Column::ProvenAt, Expr::val(ms(at)))
        .col_expr(session::Column::SeenAt, Expr::val(ms(at)))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::AccountId.eq(permit.subject()))
        .exec(&db.0)
        .await?;
    Ok(proven.rows_affected)
}

pub async fn of(db: &Db, permit: &Permit<OwnAccount>) -> Result<Vec<Session>> {
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(permit.subject()))
        .order_by_desc(session::Column::At)
        .limit(100)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Ends one of one's own sessions; ends them all when `id` is none, but for `except`.
pub async fn end(db: &Db, permit: &Permit<OwnAccount>, id: Option<Uuid>, except: Option<Uuid>) -> Result<u64> {
    let mut delete = session::Entity::delete_many().filter(session::Column::AccountId.eq(permit.subject()));
    if let Some(id) = id {
        delete = delete.filter(session::Column::Id.eq(id));
    }
    if let Some(except) = except {
        delete = delete.filter(session::Column::Id.ne(except));
    }
    Ok(delete.exec(&db.0).await?.rows_affected)
}

/// Ends every session of an account, whoever asks: for a password reset or a suspension, in its transaction.
pub async fn end_all_of(work: &Work, account: AccountId) -> Result<()> {
    session::Entity::delete_many().filter(session::Column::AccountId.eq(account.0)).exec(&work.tx).await?;
    Ok(())
}

pub async fn drop_expired(db: &Db, now: Timestamp) -> Result<()> {
    session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(ms(now))).exec(&db.0).await?;
    known_device::Entity::delete_many().filter(known_device::Column::At.lt(ms(now) - 180 * 86_400_000)).exec(&db.0).await?;
    sign_in_try::Entity::delete_many().filter(sign_in_try::Column::LastAt.lt(ms(now) - 3_600_000)).exec(&db.0).await?;
    Ok(())
}

/// A quiet quarter of an hour starts a count anew.
const QUIET: i64 = 900_000;
/// Beyond the limit each try waits so much longer than the one before, ten times at most.
const STEP: i64 = 6_000;

/// Counts one more try under a key, in one statement: None when it may be made, or else the moment from which on it may. Beyond
/// `most` tries the next is free after six seconds, then twelve, at last a minute.
pub async fn reserve_try(db: &Db, key: &str, most: u64, now: Timestamp) -> Result<Option<Timestamp>> {
    let (now, most) = (ms(now), i64::try_from(most).unwrap_or(i64::MAX));
    let beyond = format!("(sign_in_try.tries - {most} + 1)");
    let wait = format!("(CASE WHEN {beyond} > 10 THEN 10 ELSE {beyond} END * {STEP})");
    let free = format!(
        "(sign_in_try.tries < {most} OR sign_in_try.last_at <= {} OR sign_in_try.last_at + {wait} <= {now})",
        now - QUIET
    );
    let counted = format!("CASE WHEN sign_in_try.last_at <= {} THEN 1 ELSE sign_in_try.tries + 1 END", now - QUIET);
    for _ in 0..5 {
        let reserved = sign_in_try::Entity::update_many()
            .col_expr(sign_in_try::Column::Tries, Expr::cust(counted.clone()))
            .col_expr(sign_in_try::Column::LastAt, Expr::val(now))
            .filter(sign_in_try::Column::Key.eq(key))
            .filter(Expr::cust(free.clone()))
            .exec(&db.0)
            .await?;
        if reserved.rows_affected == 1 {
            return Ok(None);
        }
        if let Some(row) = sign_in_try::Entity::find_by_id(key).one(&db.0).await? {
            let beyond = (i64::from(row.tries) - most + 1).clamp(0, 10);
            let until = row.last_at + beyond * STEP;
            if until > now {
                return moment(until, "sign_in_try", key).map(Some);
            }
            continue;
        }
        let row = sign_in_try::Model { key: key.into(), tries: 1, first_at: now, last_at: now };
        match sign_in_try::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(&db.0)
            .await
            .map_err(Error::from)
        {
            Ok(_) => return Ok(None),
            Err(Error::Duplicate) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(Some(moment(now + STEP, "sign_in_try", key)?))
}

/// A try that was right is none.
pub async fn give_back(db: &Db, key: &str) -> Result<()> {
    sign_in_try::Entity::update_many()
        .col_expr(sign_in_try::Column::Tries, Expr::cust("sign_in_try.tries - 1"))
        .filter(sign_in_try::Column::Key.eq(key))
        .filter(sign_in_try::Column::Tries.gt(0))
        .exec(&db.0)
        .await?;
    Ok(())
}

pub async fn forgive(db: &Db, key: &str) -> Result<()> {
    sign_in_try::Entity::delete_by_id(key).exec(&db.0).await?;
    Ok(())
}

/// Whether this account has signed in on this device before.
pub async fn knows_device(db: &Db, account: AccountId, token_sha256: &str) -> Result<bool> {
    let row = known_device::Entity::find_by_id((token_sha256.to_owned(), account.0)).one(&db.0).await?;
    Ok(row.is_some())
}

/// Whether any account has.
pub async fn is_device(db: &Db, token_sha256: &str) -> Result<bool> {
    let rows = known_device::Entity::find().filter(known_device::Column::TokenSha256.eq(token_sha256));
    Ok(rows.limit(1).one(&db.0).await?.is_some())
}

/// Devices of one account that are remembered; the one that was used longest ago goes.
const DEVICES: u64 = 20;

/// Remembers that one has signed in on a device.
pub async fn know_device(db: &Db, permit: &Permit<OwnAccount>, token_sha256: &str, now: Timestamp) -> Result<()> {
    let account = permit.subject();
    let row = known_device::Model { token_sha256: token_sha256.into(), account_id: account, at: ms(now) };
    known_device::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(
            OnConflict::columns([known_device::Column::TokenSha256, known_device::Column::AccountId])
                .update_column(known_device::Column::At)
                .to_owned(),
        )
        .exec_without_returning(&db.0)
        .await?;
    let own = known_device::Entity::find().filter(known_device::Column::AccountId.eq(account));
    let oldest_kept = own.order_by_desc(known_device::Column::At).offset(DEVICES - 1).limit(1).one(&db.0).await?;
    if let Some(oldest) = oldest_kept {
        known_device::Entity::delete_many()
            .filter(known_device::Column::AccountId.eq(account))
            .filter(known_device::Column::At.lt(oldest.at))
            .exec(&db.0)
            .await?;
    }
    Ok(())
}

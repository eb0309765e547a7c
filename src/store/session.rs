//! Sessions and API tokens: the table holds hashes only, so a stolen database is no session. Wrong sign-ins are counted
//! by account and address together, so that nobody can lock an owner out from elsewhere.
use super::*;
use crate::domain::{
    AccountId, clock,
    policy::{OwnAccount, Permit},
};
use entity::{session, sign_in_try};
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
    sign_in_try::Entity::delete_many().filter(sign_in_try::Column::LastAt.lt(ms(now) - 3_600_000)).exec(&db.0).await?;
    Ok(())
}

/// Wrong tries under a key within the last quarter of an hour: (how many, when last).
pub async fn tries(db: &Db, key: &str) -> Result<Option<(i32, Timestamp)>> {
    let row = sign_in_try::Entity::find_by_id(key).one(&db.0).await?;
    row.filter(|r| r.last_at > ms(clock::wall()) - 900_000)
        .map(|r| Ok((r.tries, moment(r.last_at, "sign_in_try", key)?)))
        .transpose()
}

/// Counts one more wrong try; a quiet quarter of an hour starts the count anew.
pub async fn tried(db: &Db, key: &str) -> Result<()> {
    let now = ms(clock::wall());
    if tries(db, key).await?.is_none() {
        forgive(db, key).await?;
    }
    let row = sign_in_try::Model { key: key.into(), tries: 1, first_at: now, last_at: now };
    sign_in_try::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(
            OnConflict::column(sign_in_try::Column::Key)
                .value(sign_in_try::Column::Tries, Expr::cust("sign_in_try.tries + 1"))
                .value(sign_in_try::Column::LastAt, now)
                .to_owned(),
        )
        .exec_without_returning(&db.0)
        .await?;
    Ok(())
}

pub async fn forgive(db: &Db, key: &str) -> Result<()> {
    sign_in_try::Entity::delete_by_id(key).exec(&db.0).await?;
    Ok(())
}

//! Room for uploads, reserved before their bytes come. Whoever asks takes the lock of whom it is for, counts what lies there and what is
//! reserved, and writes down its own; so many at once, on any node, are never more than may be.
use super::*;
use crate::domain::{
    AccountId, OrgId,
    policy::{AttachFile, Permit},
};
use entity::{account, file, reservation};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, Select,
    TransactionTrait,
    sea_query::{Expr, ExprTrait},
};

/// What is asked for, and what there may be with it.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub id: Uuid,
    pub bytes: i64,
    pub until: Timestamp,
    pub files_most: i64,
    pub bytes_most: i64,
    /// None for those who belong to no organisation.
    pub org_most: Option<i64>,
    pub now: Timestamp,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Uploads of this account that nothing names yet.
    Loose,
    /// All that its organisation has uploaded.
    Organisation,
}

#[derive(FromQueryResult)]
struct Sum {
    files: i64,
    bytes: Option<i64>,
}

async fn sum<E: EntityTrait, C: ConnectionTrait>(
    db: &C,
    found: Select<E>,
    column: impl sea_orm::sea_query::IntoColumnRef,
) -> Result<(i64, i64)> {
    let bytes = Expr::col(column.into_column_ref()).sum().cast_as("BIGINT");
    let row = found.select_only().expr_as(Expr::cust("COUNT(*)"), "files").expr_as(bytes, "bytes");
    let row = row.into_model::<Sum>().one(db).await?;
    Ok(row.map_or((0, 0), |r| (r.files, r.bytes.unwrap_or(0))))
}

/// Reserves, or says what is full.
pub async fn reserve(db: &Db, permit: &Permit<AttachFile>, w: &Wanted) -> Result<Option<Full>> {
    let (owner, org): (AccountId, OrgId) = (permit.actor().account, permit.actor().org);
    // Whose files are counted together is locked together: the organisation, or all who have none.
    let holder = if w.org_most.is_some() { org.0 } else { owner.0 };
    let tx = db.0.begin().await?;
    if db.is_postgres() {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [format!("uploads of {holder}").into()])).await?;
    }
    // A write first: on SQLite it is what makes others wait.
    reservation::Entity::delete_many().filter(reservation::Column::Until.lte(ms(w.now))).exec(&tx).await?;
    let live = reservation::Entity::find().filter(reservation::Column::Until.gt(ms(w.now)));
    let loose = file::Entity::find()
        .filter(file::Column::OwnerId.eq(owner.0))
        .filter(file::Column::SubjectId.is_null())
        .filter(file::Column::DraftId.is_null());
    let there = sum(&tx, loose, file::Column::Size).await?;
    let coming = sum(&tx, live.clone().filter(reservation::Column::OwnerId.eq(owner.0)), reservation::Column::Bytes).await?;
    if there.0 + coming.0 >= w.files_most || there.1.saturating_add(coming.1).saturating_add(w.bytes) > w.bytes_most {
        return Ok(Some(Full::Loose));
    }
    if let Some(most) = w.org_most {
        let there = sum(&tx, file::Entity::find().filter(file::Column::OrgId.eq(org.0)), file::Column::Size).await?;
        let own = account::Entity::find().select_only().column(account::Column::Id).filter(account::Column::OrgId.eq(org.0));
        let live = live.filter(reservation::Column::OwnerId.in_subquery(own.into_query()));
        let coming = sum(&tx, live, reservation::Column::Bytes).await?;
        if there.1.saturating_add(coming.1).saturating_add(w.bytes) > most {
            return Ok(Some(Full::Organisation));
        }
    }
    let row = reservation::Model { id: w.id, owner_id: owner.0, bytes: w.bytes, until: ms(w.until) };
    reservation::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(None)
}

pub async fn release(db: &Db, id: Uuid) -> Result<()> {
    reservation::Entity::delete_by_id(id).exec(&db.0).await?;
    Ok(())
}

/// All that is reserved now: bytes that free disk must still hold.
pub async fn reserved(db: &Db, now: Timestamp) -> Result<i64> {
    let live = reservation::Entity::find().filter(reservation::Column::Until.gt(ms(now)));
    Ok(sum(&db.0, live, reservation::Column::Bytes).await?.1)
}

/// Reservations whose holders are gone.
pub async fn drop_expired(db: &Db, now: Timestamp) -> Result<()> {
    reservation::Entity::delete_many().filter(reservation::Column::Until.lte(ms(now))).exec(&db.0).await?;
    Ok(())
}

/// How many files a draft names.
pub async fn drafted(work: &Work, draft: Uuid) -> Result<i64> {
    let held = file::Entity::find().filter(file::Column::DraftId.eq(draft)).filter(file::Column::SubjectId.is_null());
    Ok(sum(&work.tx, held, file::Column::Size).await?.0)
}

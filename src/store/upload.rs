//! Uploads under way, piece by piece.
use super::*;
use crate::domain::{
    AccountId, FileId, OrgId, Sealed,
    policy::{AttachFile, Permit},
};
use entity::upload;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

/// An upload as it lies; `id` is what its file will have.
#[derive(Clone, Debug)]
pub struct UploadRow {
    pub id: FileId,
    pub owner: AccountId,
    pub org: OrgId,
    /// How many pieces `secret` names.
    pub pieces: i32,
    /// When the last of them came.
    pub at: Timestamp,
    pub secret: Sealed,
}

fn read(r: upload::Model) -> Result<UploadRow> {
    Ok(UploadRow {
        id: FileId(r.id),
        owner: AccountId(r.owner_id),
        org: OrgId(r.org_id),
        pieces: r.pieces,
        at: moment(r.at, "upload", r.id)?,
        secret: Sealed(r.secret),
    })
}

pub async fn insert(db: &Db, permit: &Permit<AttachFile>, u: &UploadRow) -> Result<()> {
    debug_assert_eq!(permit.actor().account, u.owner);
    let (id, secret) = (u.id.0, u.secret.0.clone());
    let row = upload::Model { id, owner_id: u.owner.0, org_id: u.org.0, pieces: u.pieces, at: ms(u.at), secret };
    upload::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&db.0).await?;
    Ok(())
}

/// One of the actor's own.
pub async fn find(db: &Db, permit: &Permit<AttachFile>, id: FileId) -> Result<Option<UploadRow>> {
    let own = upload::Column::OwnerId.eq(permit.actor().account.0);
    upload::Entity::find_by_id(id.0).filter(own).one(&db.0).await?.map(read).transpose()
}

/// All of the actor's own, the oldest first.
pub async fn own(db: &Db, permit: &Permit<AttachFile>) -> Result<Vec<UploadRow>> {
    let rows = upload::Entity::find()
        .filter(upload::Column::OwnerId.eq(permit.actor().account.0))
        .order_by_asc(upload::Column::At)
        .limit(200)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Writes down that another piece has come, if none came meanwhile by another way; says whether it is so.
pub async fn grow(db: &Db, permit: &Permit<AttachFile>, u: &UploadRow) -> Result<bool> {
    let done = upload::Entity::update_many()
        .col_expr(upload::Column::Pieces, Expr::val(u.pieces))
        .col_expr(upload::Column::At, Expr::val(ms(u.at)))
        .col_expr(upload::Column::Secret, Expr::val(u.secret.0.clone()))
        .filter(upload::Column::Id.eq(u.id.0))
        .filter(upload::Column::OwnerId.eq(permit.actor().account.0))
        .filter(upload::Column::Pieces.eq(u.pieces - 1))
        .exec(&db.0)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes it away as it was read; says whether it was still so.
pub async fn remove(db: &Db, u: &UploadRow) -> Result<bool> {
    let done = upload::Entity::delete_many()
        .filter(upload::Column::Id.eq(u.id.0))
        .filter(upload::Column::Pieces.eq(u.pieces))
        .exec(&db.0)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Those to which no piece has come since `before`.
pub async fn idle(db: &Db, before: Timestamp) -> Result<Vec<UploadRow>> {
    let rows = upload::Entity::find().filter(upload::Column::At.lt(ms(before))).limit(200).all(&db.0).await?;
    rows.into_iter().map(read).collect()
}

//! Attachments: who uploaded what, tied to which thing. The bytes lie in the object store.
use super::*;
use crate::domain::{
    AccountId, ChallengeId, FileId, Noun, OrgId, Sealed,
    policy::{AttachFile, Permit},
};
use entity::file;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

/// A file as it lies. What it is called and what opens it stands in `secret`; only a file from before files were encrypted
/// has none, and its name and kind in the clear.
#[derive(Clone, Debug)]
pub struct FileRow {
    pub id: FileId,
    pub key: String,
    pub name: String,
    pub kind: String,
    /// Of the bytes in the store.
    pub size: i64,
    pub sha256: String,
    pub secret: Option<Sealed>,
    pub owner: AccountId,
    pub org: OrgId,
    pub noun: Option<String>,
    pub subject: Option<Uuid>,
    pub challenge: Option<ChallengeId>,
    pub at: Timestamp,
    /// The draft that names it, until an act does.
    pub draft: Option<Uuid>,
}

fn read(r: file::Model) -> Result<FileRow> {
    Ok(FileRow {
        id: FileId(r.id),
        key: r.key,
        name: r.name,
        kind: r.kind,
        size: r.size,
        sha256: r.sha256,
        secret: r.secret.map(Sealed),
        owner: AccountId(r.owner_id),
        org: OrgId(r.org_id),
        noun: r.noun,
        subject: r.subject_id,
        challenge: r.challenge_id.map(ChallengeId),
        at: moment(r.at, "file", r.id)?,
        draft: r.draft_id,
    })
}

pub async fn insert(db: &Db, permit: &Permit<AttachFile>, a: &FileRow) -> Result<()> {
    debug_assert_eq!(permit.actor().account, a.owner);
    let row = file::Model {
        id: a.id.0,
        key: a.key.clone(),
        name: a.name.clone(),
        kind: a.kind.clone(),
        size: a.size,
        sha256: a.sha256.clone(),
        secret: a.secret.as_ref().map(|s| s.0.clone()),
        owner_id: a.owner.0,
        org_id: a.org.0,
        noun: None,
        subject_id: None,
        challenge_id: None,
        at: ms(a.at),
        draft_id: None,
    };
    file::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&db.0).await?;
    Ok(())
}

pub async fn find(db: &Db, id: FileId) -> Result<Option<FileRow>> {
    file::Entity::find_by_id(id.0).one(&db.0).await?.map(read).transpose()
}

pub async fn many(db: &Db, ids: &[FileId]) -> Result<Vec<FileRow>> {
    let rows = file::Entity::find().filter(file::Column::Id.is_in(ids.iter().map(|f| f.0))).limit(200).all(&db.0).await?;
    rows.into_iter().map(read).collect()
}

pub async fn many_in(work: &Work, ids: &[FileId]) -> Result<Vec<FileRow>> {
    let rows = file::Entity::find()
        .filter(file::Column::Id.is_in(ids.iter().map(|f| f.0)))
        .order_by_asc(file::Column::Id)
        .limit(200)
        .all(&work.tx)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Uploads that nothing names for good, but the draft of this thing.
fn in_draft(subject: Uuid) -> sea_orm::Condition {
    sea_orm::Condition::all().add(file::Column::SubjectId.is_null()).add(file::Column::DraftId.eq(subject))
}

/// Keeps what a draft names as long as the draft names it: one's own loose uploads among `ids` are its own from here, what it
/// names no more is loose again since `at`.
pub async fn hold(work: &Work, permit: &Permit<AttachFile>, ids: &[FileId], at: Timestamp) -> Result<()> {
    let draft = permit.subject();
    let named = || file::Column::Id.is_in(ids.iter().map(|f| f.0));
    file::Entity::update_many()
        .col_expr(file::Column::DraftId, Expr::val(None::<Uuid>))
        .col_expr(file::Column::At, Expr::val(ms(at)))
        .filter(in_draft(draft).add(named().not()))
        .exec(&work.tx)
        .await?;
    file::Entity::update_many()
        .col_expr(file::Column::DraftId, Expr::val(draft))
        .filter(named())
        .filter(file::Column::SubjectId.is_null())
        .filter(file::Column::DraftId.is_null())
        .filter(file::Column::OwnerId.eq(permit.actor().account.0))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// Ties one's own loose uploads to a thing, and those of its draft whoever of the team uploaded them, in its transaction; how
/// many could be tied says whether all were.
pub async fn tie(
    work: &Work,
    permit: &Permit<AttachFile>,
    noun: Noun,
    challenge: Option<ChallengeId>,
    ids: &[FileId],
) -> Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let subject = permit.subject();
    // From here its time is that of the act which named it, by the clock of business; named again, it is not younger.
    let loose = file::Column::SubjectId.is_null();
    let at = Expr::case(loose, ms(work.now().await?)).finally(Expr::col(file::Column::At));
    let done = file::Entity::update_many()
        .col_expr(file::Column::Noun, Expr::val(noun.id()))
        .col_expr(file::Column::SubjectId, Expr::val(subject))
        .col_expr(file::Column::ChallengeId, Expr::val(challenge.map(|c| c.0)))
        .col_expr(file::Column::At, at.into())
        .col_expr(file::Column::DraftId, Expr::val(None::<Uuid>))
        .filter(file::Column::Id.is_in(ids.iter().map(|f| f.0)))
        .filter(
            sea_orm::Condition::any().add(file::Column::SubjectId.eq(subject)).add(in_draft(subject)).add(
                sea_orm::Condition::all()
                    .add(file::Column::SubjectId.is_null())
                    .add(file::Column::OwnerId.eq(permit.actor().account.0)),
            ),
        )
        .exec(&work.tx)
        .await?;
    let rows = file::Entity::find()
        .filter(file::Column::Id.is_in(ids.iter().map(|f| f.0)))
        .filter(file::Column::SubjectId.eq(subject))
        .all(&work.tx)
        .await?;
    rows.iter().for_each(|row| work.touch("file", row.id, &noun::body_of(row)));
    Ok(done.rows_affected)
}

pub async fn of_subject(db: &Db, subject: Uuid) -> Result<Vec<FileRow>> {
    let rows = file::Entity::find()
        .filter(file::Column::SubjectId.eq(subject))
        .order_by_asc(file::Column::At)
        .limit(200)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Uploads of one account that nothing names yet: bytes and count, for its quota.
pub async fn loose(db: &Db, owner: AccountId) -> Result<(i64, usize)> {
    let rows = file::Entity::find()
        .filter(file::Column::OwnerId.eq(owner.0))
        .filter(file::Column::SubjectId.is_null())
        .filter(file::Column::DraftId.is_null())
        .limit(2000)
        .all(&db.0)
        .await?;
    Ok((rows.iter().map(|r| r.size).sum(), rows.len()))
}

/// Takes the uploads of a draft away, and those of one's own that it names: removes the rows and gives their keys, so that the
/// bytes can follow.
pub async fn take_drafted(work: &Work, permit: &Permit<AttachFile>, ids: &[FileId]) -> Result<Vec<String>> {
    let own = sea_orm::Condition::any().add(in_draft(permit.subject())).add(
        sea_orm::Condition::all()
            .add(file::Column::Id.is_in(ids.iter().map(|f| f.0)))
            .add(file::Column::SubjectId.is_null())
            .add(file::Column::OwnerId.eq(permit.actor().account.0)),
    );
    let rows = file::Entity::find().filter(own.clone()).limit(200).all(&work.tx).await?;
    file::Entity::delete_many().filter(own).exec(&work.tx).await?;
    Ok(rows.into_iter().map(|r| r.key).collect())
}

/// Uploads (of one account, or all) that nothing has named since `before`, no draft either: removes the rows and gives their keys, so that the bytes can follow.
pub async fn take_orphans(db: &Db, of: Option<AccountId>, before: Timestamp) -> Result<Vec<String>> {
    let rows = file::Entity::find()
        .filter(of.map_or(sea_orm::Condition::all(), |owner| sea_orm::Condition::all().add(file::Column::OwnerId.eq(owner.0))))
        .filter(file::Column::SubjectId.is_null())
        .filter(file::Column::DraftId.is_null())
        .filter(file::Column::At.lt(ms(before)))
        .limit(200)
        .all(&db.0)
        .await?;
    take_still_loose(db, rows).await
}

/// The same for these files of one account.
pub async fn take_loose(db: &Db, owner: AccountId, ids: &[FileId]) -> Result<Vec<String>> {
    let rows = file::Entity::find()
        .filter(file::Column::OwnerId.eq(owner.0))
        .filter(file::Column::Id.is_in(ids.iter().map(|f| f.0)))
        .limit(2000)
        .all(&db.0)
        .await?;
    take_still_loose(db, rows).await
}

async fn take_still_loose(db: &Db, rows: Vec<file::Model>) -> Result<Vec<String>> {
    let mut keys = vec![];
    for row in rows {
        // Tied meanwhile? Then the condition fails and the file stays.
        let gone = file::Entity::delete_many()
            .filter(file::Column::Id.eq(row.id))
            .filter(file::Column::SubjectId.is_null())
            .filter(file::Column::DraftId.is_null())
            .exec(&db.0)
            .await?;
        if gone.rows_affected == 1 {
            keys.push(row.key);
        }
    }
    Ok(keys)
}

/// Every attachment that hangs on a case.
pub async fn of_challenge(db: &Db, challenge: ChallengeId) -> Result<Vec<FileRow>> {
    let rows = file::Entity::find()
        .filter(file::Column::ChallengeId.eq(challenge.0))
        .order_by_asc(file::Column::Id)
        .limit(5_000)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

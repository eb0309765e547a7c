//! Issued documents: written once by the act that issues them, read by whoever may read their thing.
use super::*;
use crate::domain::document::{Document, DocumentKind, Who};
use crate::domain::policy::{IssueDocument, Permit};
use crate::domain::words::Lang;
use crate::domain::{AccountId, ChallengeId, DocumentId, Noun, OrgId, Role};
use entity::{account, document, organisation};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

/// An issued document as it lies: whose it is, and its text in both languages.
#[derive(Clone, Debug)]
pub struct Issued {
    pub id: DocumentId,
    pub kind: DocumentKind,
    pub number: String,
    pub edition: i32,
    pub noun: Noun,
    pub subject: Uuid,
    pub challenge: ChallengeId,
    pub at: Timestamp,
    zh: String,
    en: String,
}

impl Issued {
    /// The bytes whose hash the record tells.
    pub fn canonical(&self, lang: Lang) -> &str {
        if lang == Lang::Zh { &self.zh } else { &self.en }
    }
    pub fn document(&self, lang: Lang) -> Result<Document> {
        serde_json::from_str(self.canonical(lang)).map_err(|e| corrupt(self.id.0, e.to_string()))
    }
}

fn corrupt(id: Uuid, why: String) -> Error {
    Error::Corrupt { table: "document", id: id.to_string(), why }
}

fn read(r: document::Model) -> Result<Issued> {
    let kind = DocumentKind::parse(&r.kind).ok_or_else(|| corrupt(r.id, format!("kind {}", r.kind)))?;
    let noun = Noun::ALL.into_iter().find(|n| n.id() == r.noun).ok_or_else(|| corrupt(r.id, format!("noun {}", r.noun)))?;
    Ok(Issued {
        id: DocumentId(r.id),
        kind,
        number: r.number,
        edition: r.edition,
        noun,
        subject: r.subject_id,
        challenge: ChallengeId(r.challenge_id),
        at: moment(r.at, "document", r.id)?,
        zh: r.zh,
        en: r.en,
    })
}

/// Keeps a document in both languages.
pub async fn insert(
    work: &Work,
    permit: &Permit<IssueDocument>,
    challenge: ChallengeId,
    [zh, en]: [&Document; 2],
    at: Timestamp,
) -> Result<()> {
    let row = document::Model {
        id: zh.id.0,
        kind: zh.kind.id().to_owned(),
        number: zh.number.clone().unwrap_or_default(),
        edition: zh.edition,
        noun: zh.kind.noun().id().to_owned(),
        subject_id: permit.subject(),
        challenge_id: challenge.0,
        at: ms(at),
        zh: zh.canonical(),
        en: en.canonical(),
    };
    work.touch("document", row.id, &noun::body_of(&row));
    document::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

/// The edition that the next document of a number is.
pub async fn next_edition(work: &Work, kind: DocumentKind, number: &str) -> Result<i32> {
    let newest = document::Entity::find()
        .filter(document::Column::Kind.eq(kind.id()))
        .filter(document::Column::Number.eq(number))
        .order_by_desc(document::Column::Edition)
        .one(&work.tx)
        .await?;
    Ok(newest.map_or(1, |d| d.edition + 1))
}

pub async fn find(db: &Db, id: DocumentId) -> Result<Option<Issued>> {
    document::Entity::find_by_id(id.0).one(&db.0).await?.map(read).transpose()
}

/// The documents of a thing, newest first.
pub async fn of_subject(db: &Db, subject: Uuid) -> Result<Vec<Issued>> {
    in_order(document::Entity::find().filter(document::Column::SubjectId.eq(subject)), db).await
}

/// All documents of a challenge and of what hangs on it, newest first.
pub async fn of_challenge(db: &Db, id: ChallengeId) -> Result<Vec<Issued>> {
    in_order(document::Entity::find().filter(document::Column::ChallengeId.eq(id.0)), db).await
}

async fn in_order(select: sea_orm::Select<document::Entity>, db: &Db) -> Result<Vec<Issued>> {
    let rows = select.order_by_desc(document::Column::At).order_by_desc(document::Column::Id).limit(500).all(&db.0).await?;
    rows.into_iter().map(read).collect()
}

/// Who documents name, read within the unit of work that issues them.
pub async fn who_in(work: &Work, orgs: &[OrgId], accounts: &[AccountId]) -> Result<Who> {
    who_of(&work.tx, orgs, accounts).await
}

pub async fn who(db: &Db, orgs: &[OrgId], accounts: &[AccountId]) -> Result<Who> {
    who_of(&db.0, orgs, accounts).await
}

async fn who_of<C: ConnectionTrait>(conn: &C, orgs: &[OrgId], accounts: &[AccountId]) -> Result<Who> {
    let ids = accounts.iter().map(|a| a.0);
    let people = account::Entity::find().filter(account::Column::Id.is_in(ids)).limit(500).all(conn).await?;
    let people: Vec<_> = people.into_iter().map(super::account::read_account).collect::<Result<_>>()?;
    let mut wanted: Vec<Uuid> = orgs.iter().map(|o| o.0).chain(people.iter().map(|a| a.org.0)).collect();
    let officer = account::Entity::find()
        .filter(account::Column::Role.eq(Role::Officer.id()))
        .filter(account::Column::Active.eq(true))
        .order_by_asc(account::Column::Id)
        .one(conn)
        .await?;
    let office = officer.map(super::account::read_account).transpose()?.map(|a| a.org.0);
    wanted.extend(office);
    wanted.sort_unstable();
    wanted.dedup();
    let rows = organisation::Entity::find().filter(organisation::Column::Id.is_in(wanted)).limit(500).all(conn).await?;
    let orgs: Vec<_> = rows.into_iter().map(super::account::read_org).collect::<Result<_>>()?;
    let office = orgs.iter().find(|o| Some(o.id.0) == office).map(|o| o.name.clone()).unwrap_or_default();
    Ok(Who::new(office, orgs, people))
}

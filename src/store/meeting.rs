//! The book of meetings: each meeting once, and what it decided.
use super::noun::{before, body_of};
use super::*;
use crate::domain::{Meeting, Noun, meeting::Decided, policy::Permit};
use entity::{meeting, meeting_case};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

fn read(row: &meeting::Model) -> Result<Meeting> {
    let corrupt = |e: serde_json::Error| Error::Corrupt { table: "meeting", id: row.id.to_string(), why: e.to_string() };
    serde_json::from_value(row.body.clone()).map_err(corrupt)
}

fn read_case(row: &meeting_case::Model) -> Result<Decided> {
    let corrupt = |e: serde_json::Error| Error::Corrupt { table: "meeting_case", id: row.id.to_string(), why: e.to_string() };
    serde_json::from_value(row.body.clone()).map_err(corrupt)
}

/// The meeting under a number, with nobody else entering that number until this work is done.
pub async fn numbered(work: &Work, number: &str) -> Result<Option<Meeting>> {
    work.alone(&format!("meeting {number}")).await?;
    let row = meeting::Entity::find().filter(meeting::Column::Number.eq(number)).one(&work.tx).await?;
    row.as_ref().map(read).transpose()
}

pub async fn insert<A>(work: &Work, _permit: &Permit<A>, m: &Meeting, at: Timestamp) -> Result<()> {
    let (number, held_on) = (m.number.clone(), m.held_on.clone());
    let row = meeting::Model { id: m.id, number, held_on, at: ms(at), body: body_of(m) };
    work.touch("meeting", row.id, &body_of(&row));
    meeting::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

pub async fn insert_case<A>(work: &Work, _permit: &Permit<A>, d: &Decided) -> Result<()> {
    let row = meeting_case::Model {
        id: d.id,
        meeting_id: d.meeting,
        challenge_id: d.challenge.map(|c| c.0),
        subject_id: d.subject,
        at: ms(d.at),
        body: body_of(d),
    };
    work.touch("meeting_case", row.id, &body_of(&row));
    meeting_case::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

/// Meetings, the last entered first.
pub async fn list(db: &Db, page: Page) -> Result<Listed<Meeting>> {
    let mut select = meeting::Entity::find();
    if let Some((at, id)) = page.after {
        select = select.filter(before("at", at, id));
    }
    let select = select.order_by_desc(meeting::Column::At).order_by_desc(meeting::Column::Id).limit(page.limit + 1);
    let rows = select.all(&db.0).await?;
    let read: Vec<(i64, Meeting)> = rows.iter().map(|r| Ok((r.at, read(r)?))).collect::<Result<_>>()?;
    Ok(Listed::cut(read, page.limit, |(at, m)| (*at, m.id)).map(|(_, m)| m))
}

pub async fn find(db: &Db, id: Uuid) -> Result<Option<Meeting>> {
    meeting::Entity::find_by_id(id).one(&db.0).await?.as_ref().map(read).transpose()
}

/// What these meetings decided, in the order of entry.
pub async fn cases(db: &Db, meetings: &[Uuid]) -> Result<Vec<Decided>> {
    let select = meeting_case::Entity::find().filter(meeting_case::Column::MeetingId.is_in(meetings.iter().copied()));
    let select = select.order_by_asc(meeting_case::Column::At).order_by_asc(meeting_case::Column::Id).limit(500);
    select.all(&db.0).await?.iter().map(read_case).collect()
}

/// The decision of a meeting on one thing by one act, the last one.
pub async fn decision(db: &Db, noun: Noun, subject: Uuid) -> Result<Option<Decided>> {
    let select = meeting_case::Entity::find().filter(meeting_case::Column::SubjectId.eq(subject));
    let rows = select.order_by_desc(meeting_case::Column::At).limit(20).all(&db.0).await?;
    let all: Vec<Decided> = rows.iter().map(read_case).collect::<Result<_>>()?;
    Ok(all.into_iter().find(|d| d.noun == noun))
}

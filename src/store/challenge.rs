//! What only challenges need: the public list, editions, numbers.
use super::noun::{Filter, body_of};
use super::*;
use crate::domain::{
    Bid, BidAct, BidId, Calendar, Challenge, ChallengeAct, ChallengeId, Need, Noun, Sealed, clock,
    policy::{Opens, Permit, ReadBid},
    seal::Part,
};
use entity::{bid, bid_content, challenge, challenge_edition};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Func},
};
use std::sync::Arc;

/// Sorts the public list: when it was published, or listed; 0 while not public.
pub(in crate::store) fn listed_at(c: &Challenge) -> i64 {
    if !c.head.state.is_public() || (c.listing.is_none() && c.previous.is_none()) {
        return 0;
    }
    c.published_at.map_or_else(|| ms(c.head.since), ms)
}

/// One row of the public list: nothing that the list does not show.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Row {
    pub id: Uuid,
    pub number: Option<String>,
    pub title: String,
    pub state: String,
    pub track: String,
    pub award_mode: String,
    pub chain: String,
    pub poster_name: Option<String>,
    pub stake_fen: i64,
    pub county_fen: i64,
    pub listed_at: i64,
    pub close_at: Option<i64>,
}

fn public(filters: &[Filter]) -> sea_orm::Select<challenge::Entity> {
    // A literal: SQLite prepares a statement anew when a value bound to a compared column could change its plan.
    let select = challenge::Entity::find().select_only().filter(Expr::cust("listed_at > 0"));
    filters.iter().fold(select, |select, filter| select.filter(filter.expr()))
}

/// Public, and bidding has not closed at `now`; or has closed, and the bids are not open yet.
pub fn bidding(now: Timestamp, open: bool) -> Vec<Filter> {
    let time = if open { Filter::AtLeast("close_at", ms(now) + 1) } else { Filter::Below("close_at", ms(now) + 1) };
    vec![Filter::is("state", "published"), time]
}

const COLUMNS: [challenge::Column; 12] = [
    challenge::Column::Id,
    challenge::Column::Number,
    challenge::Column::Title,
    challenge::Column::State,
    challenge::Column::Track,
    challenge::Column::AwardMode,
    challenge::Column::Chain,
    challenge::Column::PosterName,
    challenge::Column::StakeFen,
    challenge::Column::CountyFen,
    challenge::Column::ListedAt,
    challenge::Column::CloseAt,
];

/// A page of the public list, newest first.
pub async fn listed(db: &Db, filters: &[Filter], page: Page) -> Result<Listed<Row>> {
    let mut select = public(filters).columns(COLUMNS);
    if let Some((at, id)) = page.after {
        select = select.filter(noun::before("listed_at", at, id));
    }
    let select = select.order_by_desc(challenge::Column::ListedAt).order_by_desc(challenge::Column::Id).limit(page.limit + 1);
    let rows = select.into_model::<Row>().all(&db.0).await?;
    Ok(Listed::cut(rows, page.limit, |r| (r.listed_at, r.id)))
}

/// How many, counted up to a thousand.
pub async fn count(db: &Db, filters: &[Filter]) -> Result<u64> {
    let ids: Vec<Uuid> = public(filters).column(challenge::Column::Id).limit(1000).into_tuple().all(&db.0).await?;
    Ok(ids.len() as u64)
}

/// Open challenges, the one that closes first in front.
pub async fn closing_soon(db: &Db, now: Timestamp, limit: u64) -> Result<Vec<Row>> {
    let select = public(&bidding(now, true)).columns(COLUMNS);
    let select = select.order_by_asc(challenge::Column::CloseAt).order_by_asc(challenge::Column::Id).limit(limit);
    Ok(select.into_model::<Row>().all(&db.0).await?)
}

/// Keeps a published version of a need.
pub async fn keep_edition(
    work: &Work,
    permit: &Permit<ChallengeAct>,
    c: &Challenge,
    need: &Need,
    reason: Option<String>,
    at: Timestamp,
) -> Result<()> {
    let row = challenge_edition::Model {
        id: clock::ordered_id(),
        challenge_id: permit.subject(),
        edition: c.edition,
        reason,
        at: ms(at),
        body: body_of(need),
    };
    work.touch("challenge_edition", row.id, &body_of(&row));
    challenge_edition::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

/// Every published version, oldest first: (edition, reason, when, need).
pub async fn editions(db: &Db, id: ChallengeId) -> Result<Vec<(i32, Option<String>, Timestamp, serde_json::Value)>> {
    let rows = challenge_edition::Entity::find()
        .filter(challenge_edition::Column::ChallengeId.eq(id.0))
        .order_by_asc(challenge_edition::Column::Edition)
        .limit(100)
        .all(&db.0)
        .await?;
    rows.into_iter().map(|r| Ok((r.edition, r.reason, moment(r.at, "challenge_edition", r.id)?, r.body))).collect()
}

/// The next free number of a table's documents in a year, e.g. `JC-2026-013`; whoever comes at the same time waits for this
/// one. The longest is the greatest: `1000` comes after `999`.
pub async fn next_number(work: &Work, table: &'static str, prefix: &str) -> Result<String> {
    work.alone(prefix).await?;
    let number = || Expr::col(Alias::new("number"));
    let sql = sea_orm::sea_query::Query::select()
        .column(Alias::new("number"))
        .from(Alias::new(table))
        .and_where(number().like(format!("{prefix}%")))
        .order_by_expr(Func::char_length(number()).into(), sea_orm::Order::Desc)
        .order_by_expr(number(), sea_orm::Order::Desc)
        .limit(1)
        .to_owned();
    let last: Option<String> = match work.tx.query_one(&sql).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => None,
    };
    let n = last.and_then(|l| l.trim_start_matches(prefix).parse::<u32>().ok()).unwrap_or(0);
    Ok(format!("{prefix}{:03}", n + 1))
}

/// The next number of an official paper, as papers are numbered (GB/T 9704-2012, 7.2.5): no leading zeros, 号 at the end.
pub async fn next_paper_number(work: &Work, table: &'static str, prefix: &str) -> Result<String> {
    work.alone(prefix).await?;
    let number = || Expr::col(Alias::new("number"));
    let sql = sea_orm::sea_query::Query::select()
        .column(Alias::new("number"))
        .from(Alias::new(table))
        .and_where(number().like(format!("{prefix}%")))
        .to_owned();
    let mut last: u32 = 0;
    for row in work.tx.query_all(&sql).await? {
        let given: String = row.try_get_by_index(0)?;
        last = Ord::max(last, given.trim_start_matches(prefix).trim_end_matches('号').parse().unwrap_or(0));
    }
    Ok(format!("{prefix}{}号", last + 1))
}

/// Saves a bid with its turns, which the challenge's clock decides.
pub async fn save_bid(work: &Work, permit: &Permit<BidAct>, b: &mut Bid, on: &Challenge, calendar: &Arc<Calendar>) -> Result<()> {
    noun::save(work, permit, b, calendar).await?;
    turn::rewrite(work, Noun::Bid, b.id.0, Some(b.challenge), "", b.turns(on)).await
}

/// Rewrites a bid's turns after its challenge changed. The bid itself is not touched: an amendment's entry in the record must not
/// tell how many bids there are.
pub async fn warn_bid(work: &Work, permit: &Permit<BidAct>, b: &Bid, on: &Challenge) -> Result<()> {
    debug_assert_eq!(permit.subject(), b.id.0);
    turn::rewrite(work, Noun::Bid, b.id.0, Some(b.challenge), "", b.turns(on)).await
}

pub async fn insert_bid(work: &Work, permit: &Permit<BidAct>, b: &Bid, on: &Challenge, calendar: &Arc<Calendar>) -> Result<()> {
    noun::insert(work, permit, b, calendar).await?;
    turn::rewrite(work, Noun::Bid, b.id.0, Some(b.challenge), "", b.turns(on)).await
}

/// The bid of an organisation on a challenge, if it has one.
pub async fn bid_of(db: &Db, challenge: ChallengeId, org: Uuid) -> Result<Option<BidId>> {
    let id: Option<Uuid> = bid::Entity::find()
        .select_only()
        .column(bid::Column::Id)
        .filter(bid::Column::ChallengeId.eq(challenge.0))
        .filter(bid::Column::OrgId.eq(org))
        .into_tuple()
        .one(&db.0)
        .await?;
    Ok(id.map(BidId))
}

/// Seals one part of the contents: from here only `open_content` with its permit gives it back.
pub async fn seal_content(
    work: &Work,
    permit: &Permit<BidAct>,
    edition: i32,
    part: Part,
    content: &Sealed,
    at: Timestamp,
) -> Result<()> {
    write_content(work, permit, edition, Some(part), content, at).await
}

/// Keeps a draft version of a bid where its sealed contents will lie: no other table ever holds them.
pub async fn keep_content(work: &Work, permit: &Permit<BidAct>, edition: i32, content: &Sealed, at: Timestamp) -> Result<()> {
    write_content(work, permit, edition, None, content, at).await
}

async fn write_content(
    work: &Work,
    permit: &Permit<BidAct>,
    edition: i32,
    part: Option<Part>,
    content: &Sealed,
    at: Timestamp,
) -> Result<()> {
    let row = bid_content::Model {
        id: Uuid::new_v4(),
        bid_id: permit.subject(),
        edition,
        sealed: part.is_some(),
        part: part.map_or("", Part::id).to_owned(),
        at: ms(at),
        content: content.0.clone(),
    };
    if row.sealed {
        work.touch("bid_content", row.id, &body_of(&row));
    }
    bid_content::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    // Old drafts beyond the last fifty go; sealed versions stay.
    bid_content::Entity::delete_many()
        .filter(bid_content::Column::BidId.eq(permit.subject()))
        .filter(bid_content::Column::Sealed.eq(false))
        .filter(bid_content::Column::Edition.lt(edition - 50))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// A bid that its team has sealed leaves no draft behind: from here the server holds nothing of it that it can read.
pub async fn drop_drafts(work: &Work, permit: &Permit<BidAct>) -> Result<()> {
    bid_content::Entity::delete_many()
        .filter(bid_content::Column::BidId.eq(permit.subject()))
        .filter(bid_content::Column::Sealed.eq(false))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// The newest draft, for those with the proof.
pub async fn open_draft(db: &Db, permit: &Permit<ReadBid>) -> Result<Option<Sealed>> {
    Ok(content_query(permit.subject(), None).one(&db.0).await?.map(|r| Sealed(r.content)))
}

/// The same within a unit of work.
pub async fn open_draft_in(work: &Work, permit: &Permit<ReadBid>) -> Result<Option<Sealed>> {
    Ok(content_query(permit.subject(), None).one(&work.tx).await?.map(|r| Sealed(r.content)))
}

/// The sealed part that the proof opens, and whether it is the whole, as it lay before there were two.
pub async fn open_content<P: Opens>(db: &Db, permit: &Permit<P>) -> Result<Option<(Sealed, bool)>> {
    let row = content_query(permit.subject(), Some(P::PART)).one(&db.0).await?;
    Ok(row.map(|r| (Sealed(r.content), r.part.is_empty())))
}

/// The same within a unit of work.
pub async fn open_content_in<P: Opens>(work: &Work, permit: &Permit<P>) -> Result<Option<(Sealed, bool)>> {
    let row = content_query(permit.subject(), Some(P::PART)).one(&work.tx).await?;
    Ok(row.map(|r| (Sealed(r.content), r.part.is_empty())))
}

fn content_query(bid: Uuid, part: Option<Part>) -> sea_orm::Select<bid_content::Entity> {
    bid_content::Entity::find()
        .filter(bid_content::Column::BidId.eq(bid))
        .filter(bid_content::Column::Sealed.eq(part.is_some()))
        .filter(bid_content::Column::Part.is_in(["", part.map_or("", Part::id)]))
        .order_by_desc(bid_content::Column::Edition)
        .limit(1)
}

/// Published challenges whose time is over; those whose list is closed already are found too, until they are opened.
pub async fn unlisted(db: &Db, now: Timestamp) -> Result<Vec<ChallengeId>> {
    let rows: Vec<Uuid> = challenge::Entity::find()
        .select_only()
        .column(challenge::Column::Id)
        .filter(challenge::Column::State.eq("published"))
        .filter(challenge::Column::CloseAt.lte(ms(now)))
        .order_by_asc(challenge::Column::CloseAt)
        .limit(200)
        .into_tuple()
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().map(ChallengeId).collect())
}

/// Titles by id.
pub async fn titles(db: &Db, ids: &[ChallengeId]) -> Result<std::collections::BTreeMap<ChallengeId, String>> {
    if ids.is_empty() {
        return Ok(Default::default());
    }
    let rows: Vec<(Uuid, String)> = challenge::Entity::find()
        .select_only()
        .column(challenge::Column::Id)
        .column(challenge::Column::Title)
        .filter(challenge::Column::Id.is_in(ids.iter().map(|c| c.0)))
        .into_tuple()
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().map(|(id, title)| (ChallengeId(id), title)).collect())
}

/// Sums of county instalments by state, in fen.
pub async fn county_money(db: &Db) -> Result<std::collections::BTreeMap<String, i64>> {
    use entity::instalment;
    let rows: Vec<(String, i64)> = instalment::Entity::find()
        .select_only()
        .column(instalment::Column::State)
        .column_as(Expr::col(instalment::Column::AmountFen).sum().cast_as(Alias::new("bigint")), "fen")
        .filter(instalment::Column::Source.eq("county"))
        .group_by(instalment::Column::State)
        .into_tuple()
        .all(&db.0)
        .await?;
    Ok(rows.into_iter().collect())
}

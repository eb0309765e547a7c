//! One way to store a thing with a life: whole in `body`, its columns worked out, its version checked, its turns rewritten.
use super::*;
use crate::domain::policy::{AnswerQuestion, AskQuestion, Permit};
use crate::domain::{
    self, Acceptance, AcceptanceAct, Assignment, AssignmentAct, Bid, BidAct, Budget, BudgetAct, BudgetDoc, BudgetDocAct,
    Calendar, Challenge, ChallengeAct, ChallengeId, ChangeAct, Contract, ContractAct, ContractChange, FinalAccount,
    FinalAccountAct, Finding, FindingAct, FollowUp, FollowUpAct, Gate, GateAct, Instalment, InstalmentAct, Integrity,
    IntegrityAct, Milestone, MilestoneAct, Need, Notice, NoticeAct, Noun, Objection, ObjectionAct, Progress, ProgressAct,
    Question, Settlement, SettlementAct, Spending, SpendingAct, Talk, TalkAct, Template, TemplateAct, TipOff, TipOffAct, Turn,
};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    Select,
    sea_query::{Alias, Expr, ExprTrait, LikeExpr},
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// How one noun lies in its table.
pub trait Stored: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// The act whose proof a write demands.
    type Act;
    type Entity: EntityTrait;
    const TABLE: &'static str;
    const NOUN: Noun;
    fn id(&self) -> Uuid;
    fn version(&self) -> i32;
    /// The version that a form on it rests on, and a reader is told.
    fn seen_version(&self) -> i32;
    fn set_version(&mut self, version: i32);
    fn row(&self) -> <Self::Entity as EntityTrait>::Model;
    fn body(row: &<Self::Entity as EntityTrait>::Model) -> &serde_json::Value;
    fn challenge_id(&self) -> Option<ChallengeId>;
    /// What the queue calls it.
    fn title(&self) -> String;
    /// Whose turn it is; `None` when that needs more than the thing itself and is given separately.
    fn turns(&self, _calendar: &Arc<Calendar>) -> Option<Vec<Turn>>;
}

/// The row type of a stored thing.
pub type Model<T> = <<T as Stored>::Entity as EntityTrait>::Model;

pub(in crate::store) fn body_of<T: Serialize>(thing: &T) -> serde_json::Value {
    serde_json::to_value(thing).expect("domain values are plain JSON")
}

fn read<T: Stored>(row: &<T::Entity as EntityTrait>::Model) -> Result<T> {
    serde_json::from_value(T::body(row).clone()).map_err(|e| Error::Corrupt {
        table: T::TABLE,
        id: String::new(),
        why: e.to_string(),
    })
}

fn id_is(id: Uuid) -> Expr {
    Expr::col(Alias::new("id")).eq(id)
}

/// Inserts a new thing; a unique index that says no is `Duplicate`.
pub async fn insert<T>(work: &Work, _permit: &Permit<T::Act>, thing: &T, calendar: &Arc<Calendar>) -> Result<()>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: IntoActiveModel<<T::Entity as EntityTrait>::ActiveModel> + Serialize + Sync,
    <T::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = T::Entity> + ActiveModelBehavior + Send,
{
    let row = thing.row();
    work.touch(T::TABLE, thing.id(), &body_of(&row));
    let active = row.into_active_model().reset_all();
    T::Entity::insert(active).exec_without_returning(&work.tx).await?;
    rewrite_turns(work, thing, calendar).await
}

/// Writes a changed thing back; a version that moved meanwhile is `Stale`.
pub async fn save<T>(work: &Work, _permit: &Permit<T::Act>, thing: &mut T, calendar: &Arc<Calendar>) -> Result<()>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: IntoActiveModel<<T::Entity as EntityTrait>::ActiveModel> + Serialize + Sync,
    <T::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = T::Entity> + ActiveModelBehavior + Send,
{
    let was = thing.version();
    thing.set_version(was + 1);
    let row = thing.row();
    work.touch(T::TABLE, thing.id(), &body_of(&row));
    let active = row.into_active_model().reset_all();
    let done = T::Entity::update_many()
        .set(active)
        .filter(id_is(thing.id()))
        .filter(Expr::col(Alias::new("version")).eq(was))
        .exec(&work.tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(Error::Stale);
    }
    rewrite_turns(work, thing, calendar).await
}

async fn rewrite_turns<T: Stored>(work: &Work, thing: &T, calendar: &Arc<Calendar>) -> Result<()> {
    match thing.turns(calendar) {
        Some(turns) => turn::rewrite(work, T::NOUN, thing.id(), thing.challenge_id(), &thing.title(), turns).await,
        None => Ok(()),
    }
}

/// Locks the row on PostgreSQL; on SQLite the whole unit of work already holds the write lock.
pub async fn lock<T>(work: &Work, id: Uuid) -> Result<Option<T>>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: Sync,
{
    let row = T::Entity::find().filter(id_is(id)).lock_exclusive().one(&work.tx).await?;
    let thing: Option<T> = row.as_ref().map(read).transpose()?;
    thing.iter().try_for_each(|x| work.as_it_was(x.id(), x.seen_version()))?;
    Ok(thing)
}

pub async fn find<T>(db: &Db, id: Uuid) -> Result<Option<T>>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: Sync,
{
    let row = T::Entity::find().filter(id_is(id)).one(&db.0).await?;
    row.as_ref().map(read).transpose()
}

/// Every one that hangs on `id` by `column`, oldest first, at most 500: a case's parts, not a list for people.
pub async fn of<T>(db: &Db, column: &'static str, id: Uuid) -> Result<Vec<T>>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: Sync,
{
    read_all(parts::<T>(column, id).all(&db.0).await?)
}

/// The same within a unit of work, locked on PostgreSQL.
pub async fn lock_of<T>(work: &Work, column: &'static str, id: Uuid) -> Result<Vec<T>>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: Sync,
{
    let all: Vec<T> = read_all(parts::<T>(column, id).lock_exclusive().all(&work.tx).await?)?;
    all.iter().try_for_each(|x| work.as_it_was(x.id(), x.seen_version()))?;
    Ok(all)
}

/// Every one under these conditions, locked on PostgreSQL; at most 500.
pub async fn lock_by<T>(work: &Work, filters: &[Filter]) -> Result<Vec<T>>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: Sync,
{
    read_all(under::<T>(filters).lock_exclusive().all(&work.tx).await?)
}

/// The same, read only: another lock keeps them as they are.
pub async fn read_by<T>(work: &Work, filters: &[Filter]) -> Result<Vec<T>>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: Sync,
{
    read_all(under::<T>(filters).all(&work.tx).await?)
}

fn under<T: Stored>(filters: &[Filter]) -> Select<T::Entity> {
    let select = filters.iter().fold(T::Entity::find(), |select, filter| select.filter(filter.expr()));
    select.order_by(Expr::col(Alias::new("id")), Order::Asc).limit(500)
}

fn parts<T: Stored>(column: &'static str, id: Uuid) -> Select<T::Entity> {
    T::Entity::find()
        .filter(Expr::col(Alias::new(column)).eq(id))
        .order_by(Expr::col(Alias::new("at")), Order::Asc)
        .order_by(Expr::col(Alias::new("id")), Order::Asc)
        .limit(500)
}

fn read_all<T: Stored>(rows: Vec<<T::Entity as EntityTrait>::Model>) -> Result<Vec<T>> {
    rows.iter().map(read).collect()
}

/// Every one there is, within a unit of work, newest first: for tables of a few rows.
pub async fn all<T>(work: &Work) -> Result<Vec<T>>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: Sync,
{
    let rows = T::Entity::find()
        .order_by(Expr::col(Alias::new("at")), Order::Desc)
        .order_by(Expr::col(Alias::new("id")), Order::Desc)
        .limit(200)
        .all(&work.tx)
        .await?;
    read_all(rows)
}

/// One condition of a list.
#[derive(Clone, Debug)]
pub enum Filter {
    Is(&'static str, sea_orm::Value),
    In(&'static str, Vec<sea_orm::Value>),
    AnyOf(Vec<Filter>),
    AllOf(Vec<Filter>),
    /// Nothing stands in the column.
    Empty(&'static str),
    /// At least this number: fen, or milliseconds of a moment.
    AtLeast(&'static str, i64),
    /// Less than this number.
    Below(&'static str, i64),
    /// A challenge in whose title all these grams occur.
    Words(Vec<String>),
    /// What hangs on such a challenge.
    OnWords(Vec<String>),
    /// A text that holds these characters, whatever they are.
    Holds(&'static str, String),
    /// The same of a place in the thing itself.
    BodyHolds(&'static str, String),
    /// The value at a path of the thing itself.
    Body(&'static [&'static str], String),
    /// Characters in what stands at a path of the thing itself.
    PathHolds(&'static [&'static str], String),
    /// An entry of the record that is not sealed, or of a challenge whose bids are open.
    Unsealed,
    /// Nothing passes: an actor that may see none.
    Never,
}

impl Filter {
    pub fn is(column: &'static str, value: impl Into<sea_orm::Value>) -> Self {
        Self::Is(column, value.into())
    }
    pub fn any_id(column: &'static str, ids: &[Uuid]) -> Self {
        Self::In(column, ids.iter().map(|id| (*id).into()).collect())
    }
    pub(in crate::store) fn expr(&self) -> Expr {
        match self {
            Self::Is(column, value) => Expr::col(Alias::new(*column)).eq(value.clone()),
            Self::In(column, values) => Expr::col(Alias::new(*column)).is_in(values.clone()),
            Self::AnyOf(all) => all.iter().map(Self::expr).reduce(ExprTrait::or).unwrap_or_else(|| Expr::val(0).eq(1)),
            Self::AllOf(all) => all.iter().map(Self::expr).reduce(ExprTrait::and).unwrap_or_else(|| Expr::val(1).eq(1)),
            Self::Empty(column) => Expr::col(Alias::new(*column)).is_null(),
            Self::AtLeast(column, n) => Expr::col(Alias::new(*column)).gte(*n),
            Self::Below(column, n) => Expr::col(Alias::new(*column)).lt(*n),
            Self::Words(grams) => has_grams(grams),
            Self::OnWords(grams) => {
                let mut titled = sea_orm::sea_query::Query::select();
                titled.column(Alias::new("id")).from(Alias::new("challenge")).and_where(has_grams(grams));
                Expr::col(Alias::new("challenge_id")).in_subquery(titled.to_owned())
            }
            Self::Holds(column, text) => holds(Expr::col(Alias::new(*column)), text),
            Self::BodyHolds(name, text) => holds(inside(&[name]), text),
            Self::Body(path, value) => inside(path).eq(value.as_str()),
            Self::PathHolds(path, text) => holds(inside(path), text),
            Self::Unsealed => Expr::cust(
                "(visibility <> 'sealed' OR challenge_id IN (SELECT id FROM challenge WHERE body ->> 'opened_at' IS NOT NULL))",
            ),
            Self::Never => Expr::val(0).eq(1),
        }
    }
}

fn has_grams(grams: &[String]) -> Expr {
    let has = |g: &String| Expr::col(Alias::new("grams")).like(format!("% {g} %"));
    grams.iter().map(has).reduce(ExprTrait::and).unwrap_or_else(|| Expr::val(1).eq(1))
}

/// Characters as they are: none is a wildcard. Letters of the Latin alphabet match in either case.
fn holds(place: Expr, text: &str) -> Expr {
    let plain = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Expr::expr(sea_orm::sea_query::Func::lower(place)).like(LikeExpr::new(format!("%{plain}%")).escape('\\'))
}

/// A place in the thing itself: `body -> 'a' ->> 'b'` reads the same on both engines. Only fixed words stand in it.
fn inside(path: &[&'static str]) -> Expr {
    let (last, before) = path.split_last().unwrap_or((&"", &[]));
    let before: String = before.iter().map(|p| format!(" -> '{p}'")).collect();
    Expr::cust(format!("(body{before} ->> '{last}')"))
}

/// A page of a list, newest first, by row value `(at, id)`.
pub async fn list<T>(db: &Db, filters: &[Filter], page: Page) -> Result<Listed<T>>
where
    T: Stored,
    <T::Entity as EntityTrait>::Model: Sync,
{
    let mut select = T::Entity::find();
    for filter in filters {
        select = select.filter(filter.expr());
    }
    if let Some((at, id)) = page.after {
        select = select.filter(before("at", at, id));
    }
    let rows = select
        .order_by(Expr::col(Alias::new("at")), Order::Desc)
        .order_by(Expr::col(Alias::new("id")), Order::Desc)
        .limit(page.limit + 1)
        .all(&db.0)
        .await?;
    let keyed: Vec<(i64, T)> = rows.iter().map(|r| Ok((at_of::<T>(r)?, read(r)?))).collect::<Result<_>>()?;
    Ok(Listed::cut(keyed, page.limit, |(at, t)| (*at, t.id())).map(|(_, t)| t))
}

fn at_of<T: Stored>(row: &<T::Entity as EntityTrait>::Model) -> Result<i64> {
    let column = <T::Entity as EntityTrait>::Column::from_name("at");
    let value = column.map(|c| row.get(c));
    match value {
        Some(sea_orm::Value::BigInt(Some(at))) => Ok(at),
        _ => Err(Error::Corrupt { table: T::TABLE, id: String::new(), why: "no time".into() }),
    }
}

/// `(column, id) < (at, id)` as a row value: an index serves it at any depth, `OR` does not.
pub(in crate::store) fn before(column: &'static str, at: i64, id: Uuid) -> Expr {
    Expr::tuple([Expr::col(Alias::new(column)), Expr::col(Alias::new("id"))]).lt(Expr::tuple([Expr::val(at), Expr::val(id)]))
}

trait FromName: Sized {
    fn from_name(name: &str) -> Option<Self>;
}
impl<C: sea_orm::ColumnTrait + sea_orm::Iterable + sea_orm::sea_query::Iden> FromName for C {
    fn from_name(name: &str) -> Option<Self> {
        C::iter().find(|c| sea_orm::sea_query::Iden::unquoted(c) == name)
    }
}

macro_rules! stored {
    ($($thing:ident : $act:ty, $table:ident, $noun:ident, version $($v:ident).+ $(as $seen:ident)?, challenge $challenge:expr, title $title:expr, turns $turns:expr;
        row |$t:ident| { $($col:ident : $value:expr),* $(,)? })*) => { $(
        impl Stored for $thing {
            type Act = $act;
            type Entity = entity::$table::Entity;
            const TABLE: &'static str = stringify!($table);
            const NOUN: Noun = Noun::$noun;
            fn id(&self) -> Uuid { self.id.0 }
            fn version(&self) -> i32 { self.$($v).+ }
            fn seen_version(&self) -> i32 { let seen = self.$($v).+; $(let seen = { let _ = seen; self.$seen() };)? seen }
            fn set_version(&mut self, version: i32) { self.$($v).+ = version; }
            fn row(&self) -> entity::$table::Model {
                let $t = self;
                entity::$table::Model { id: $t.id.0, version: $t.version(), body: body_of($t), $($col: $value),* }
            }
            fn body(row: &entity::$table::Model) -> &serde_json::Value { &row.body }
            fn challenge_id(&self) -> Option<ChallengeId> { let f: fn(&Self) -> Option<ChallengeId> = $challenge; f(self) }
            fn title(&self) -> String { let f: fn(&Self) -> String = $title; f(self) }
            fn turns(&self, calendar: &Arc<Calendar>) -> Option<Vec<Turn>> {
                let f: fn(&Self, &Arc<Calendar>) -> Option<Vec<Turn>> = $turns;
                f(self, calendar)
            }
        }
    )* };
}

stored! {
    Challenge: ChallengeAct, challenge, Challenge, version head.version as told_version, challenge |c| Some(c.id), title |c| c.title.clone(), turns |c, k| Some(c.turns(k));
    row |c| {
        number: c.number.clone(), org_id: c.org.0, track: of_need(c, |n| n.track.clone()), award_mode: of_need(c, |n| n.award_mode.clone()),
        chain: of_need(c, |n| n.chain.clone()), state: c.head.state.id().into(), title: c.title.clone(), poster_name: c.shown_name.clone(),
        grams: format!(" {} ", domain::text::grams(&c.title)), stake_fen: c.need.as_ref().map_or(0, |n| n.stake_fen.as_fen()),
        county_fen: c.need.as_ref().map_or(0, |n| n.county_fen.as_fen()), listed_at: challenge::listed_at(c),
        close_at: c.close_at.map(ms), previous_id: c.previous.map(|p| p.0), at: ms(c.head.since),
    }
    Bid: BidAct, bid, Bid, version head.version, challenge |b| Some(b.challenge), title |_| String::new(), turns |_, _| None;
    row |b| { challenge_id: b.challenge.0, org_id: b.org.0, state: b.head.state.id().into(), at: ms(b.head.since) }
    Talk: TalkAct, talk, Talk, version head.version, challenge |t| Some(t.challenge), title |_| String::new(), turns |t, _| Some(t.turns());
    row |t| { challenge_id: t.challenge.0, poster_id: t.poster.0, org_id: t.org.0, state: t.head.state.id().into(), at: ms(t.head.since) }
    Question: AnswerQuestion, question, Question, version version, challenge |q| Some(q.challenge), title |_| String::new(), turns |q, _| Some(q.turns());
    row |q| { challenge_id: q.challenge.0, at: ms(q.asked_at) }
    Assignment: AssignmentAct, assignment, Assignment, version head.version, challenge |a| Some(a.challenge), title |_| String::new(), turns |a, _| Some(a.turns());
    row |a| { challenge_id: a.challenge.0, expert_id: a.expert.0, state: a.head.state.id().into(), at: ms(a.head.since) }
    Notice: NoticeAct, notice, Notice, version head.version, challenge |n| Some(n.challenge), title |n| n.title.clone(), turns |n, _| Some(n.turns());
    row |n| { challenge_id: n.challenge.0, state: n.head.state.id().into(), number: n.number.clone(), ends_at: n.ends_at.map(ms), at: ms(n.head.since) }
    Objection: ObjectionAct, objection, Objection, version head.version, challenge |o| Some(o.challenge), title |_| String::new(), turns |o, _| Some(o.turns());
    row |o| { challenge_id: o.challenge.0, notice_id: o.notice.0, account_id: o.filed_by.map(|a| a.0), code: o.code.clone(), state: o.head.state.id().into(), at: ms(o.head.since) }
    TipOff: TipOffAct, tip_off, TipOff, version head.version, challenge |x| x.challenge, title |_| String::new(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.map(|c| c.0), code: x.code.clone(), filed_at: x.words.first().map_or(0, |w| ms(w.at)), state: x.head.state.id().into(),
        at: ms(x.head.since),
    }
    Contract: ContractAct, contract, Contract, version head.version, challenge |c| Some(c.challenge), title |c| c.title.clone(), turns |c, _| Some(c.turns());
    row |c| {
        challenge_id: c.challenge.0, bid_id: c.bid.0, poster_id: c.poster.0, lead_id: c.lead.0, number: c.number.clone(),
        state: c.head.state.id().into(), county_fen: c.county_fen.as_fen(), enterprise_fen: c.enterprise_fen.as_fen(), at: ms(c.head.since),
    }
    Milestone: MilestoneAct, milestone, Milestone, version head.version, challenge |x| Some(x.challenge), title |x| x.name.clone(), turns |x, k| Some(x.turns(k));
    row |x| {
        challenge_id: x.challenge.0, contract_id: x.contract.0, number: small(x.number), state: x.head.state.id().into(),
        due_at: ms(x.due_at), at: ms(x.head.since),
    }
    Instalment: InstalmentAct, instalment, Instalment, version head.version, challenge |i| Some(i.challenge), title |i| i.amount_fen.wan_text(), turns |i, _| Some(i.turns());
    row |i| {
        challenge_id: i.challenge.0, contract_id: i.contract.0, number: small(i.number), state: i.head.state.id().into(), source: i.source.clone(),
        payer_id: i.payer.0, payee_id: i.payee.0, amount_fen: i.amount_fen.as_fen(), at: ms(i.head.since),
    }
    Spending: SpendingAct, spending, Spending, version head.version, challenge |x| Some(x.challenge), title |x| x.amount_fen.wan_text(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, contract_id: x.contract.0, poster_id: x.poster.0, lead_id: x.lead.0, state: x.head.state.id().into(),
        source: x.source.clone(), class: x.class.clone(), invoice: x.invoice.clone(), amount_fen: x.amount_fen.as_fen(), at: ms(x.head.since),
    }
    FinalAccount: FinalAccountAct, final_account, FinalAccount, version head.version, challenge |x| Some(x.challenge), title |_| String::new(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, contract_id: x.contract.0, poster_id: x.poster.0, lead_id: x.lead.0, state: x.head.state.id().into(),
        at: ms(x.head.since),
    }
    Finding: FindingAct, finding, Finding, version head.version, challenge |x| Some(x.challenge), title |x| x.flag.kind.id().into(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, kind: x.flag.kind.id().into(), severity: x.flag.kind.severity().id().into(), state: x.head.state.id().into(),
        asked: x.said.iter().any(|s| s.what == "question"), confidential: x.is_confidential(), at: ms(x.head.since),
    }
    Gate: GateAct, gate, Gate, version head.version, challenge |x| Some(x.challenge), title |x| x.name.clone(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, poster_id: x.poster.0, number: small(x.number), due_at: ms(x.due_at), state: x.head.state.id().into(),
        at: ms(x.head.since),
    }
    Settlement: SettlementAct, settlement, Settlement, version head.version, challenge |x| Some(x.challenge), title |x| x.back_fen.wan_text(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, contract_id: x.contract.0, poster_id: x.poster.0, lead_id: x.lead.0, back_fen: x.back_fen.as_fen(),
        returned_fen: x.returned_fen.as_fen(), state: x.head.state.id().into(), at: ms(x.head.since),
    }
    Progress: ProgressAct, progress, Progress, version head.version, challenge |x| Some(x.challenge), title |_| String::new(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, contract_id: x.contract.0, poster_id: x.poster.0, lead_id: x.lead.0, kind: x.kind.clone(),
        state: x.head.state.id().into(), at: ms(x.head.since),
    }
    Integrity: IntegrityAct, integrity, Integrity, version head.version, challenge |x| Some(x.challenge), title |_| String::new(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, org_id: x.org.0, account_id: x.person.map(|a| a.0), kind: x.kind.clone(), from_at: x.from_at.map(ms),
        until_at: x.until_at.map(ms), open_to_all: x.is_public(), state: x.head.state.id().into(), at: ms(x.head.since),
    }
    FollowUp: FollowUpAct, follow_up, FollowUp, version head.version, challenge |x| Some(x.challenge), title |_| String::new(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, contract_id: x.contract.0, poster_id: x.poster.0, lead_id: x.lead.0, year: x.year.try_into().unwrap_or(i32::MAX),
        due_at: ms(x.ends_at), sales_fen: told(x, |o| o.sales_fen), tax_fen: told(x, |o| o.tax_fen), transfer_fen: told(x, |o| o.transfer_fen),
        inventors_fen: told(x, |o| o.inventors_fen), state: x.head.state.id().into(), at: ms(x.head.since),
    }
    Template: TemplateAct, template, Template, version head.version, challenge |_| None, title |t| t.name.zh.clone(), turns |_, _| Some(vec![]);
    row |t| { kind: t.kind.clone(), state: t.head.state.id().into(), at: ms(t.head.since) }
    Budget: BudgetAct, budget, Budget, version head.version, challenge |x| Some(x.challenge), title |x| x.total_fen.wan_text(), turns |x, _| Some(x.turns());
    row |x| {
        challenge_id: x.challenge.0, contract_id: x.contract.0, poster_id: x.poster.0, lead_id: x.lead.0, total_fen: x.total_fen.as_fen(),
        equipment_fen: x.heads.equipment_fen.as_fen(), business_fen: x.heads.business_fen.as_fen(), labour_fen: x.heads.labour_fen.as_fen(),
        indirect_fen: x.heads.indirect_fen.as_fen(), state: x.head.state.id().into(), at: ms(x.head.since),
    }
    BudgetDoc: BudgetDocAct, budget_doc, BudgetDoc, version head.version, challenge |_| None, title |x| x.number.clone(), turns |_, _| Some(vec![]);
    row |x| {
        number: x.number.clone(), fiscal_year: x.fiscal_year.try_into().unwrap_or(0), amount_fen: x.amount_fen.as_fen(),
        used_fen: x.used_fen.as_fen(), state: x.head.state.id().into(), at: ms(x.head.since),
    }
    ContractChange: ChangeAct, change, Change, version head.version, challenge |x| Some(x.challenge), title |_| String::new(), turns |x, _| Some(x.turns());
    row |x| { challenge_id: x.challenge.0, contract_id: x.contract.0, state: x.head.state.id().into(), at: ms(x.head.since) }
    Acceptance: AcceptanceAct, acceptance, Acceptance, version head.version, challenge |x| Some(x.challenge), title |_| String::new(), turns |x, _| Some(x.turns());
    row |x| { challenge_id: x.challenge.0, contract_id: x.contract.0, state: x.head.state.id().into(), at: ms(x.head.since) }
}

fn of_need(c: &Challenge, f: impl Fn(&Need) -> String) -> String {
    c.need.as_ref().map(f).unwrap_or_default()
}

/// A figure of a year that has been told.
fn told(x: &FollowUp, of: fn(&domain::follow_up::Outcomes) -> domain::Money) -> i64 {
    x.outcomes.as_ref().map_or(0, |o| of(o).as_fen())
}

fn small(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Asking is another right than answering: its own door to the same table.
pub async fn insert_question(work: &Work, permit: &Permit<AskQuestion>, q: &Question) -> Result<()> {
    let row = q.row();
    work.touch("question", q.id.0, &body_of(&row));
    entity::question::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    debug_assert_eq!(permit.subject(), q.challenge.0);
    turn::rewrite(work, Noun::Question, q.id.0, Some(q.challenge), "", q.turns()).await
}

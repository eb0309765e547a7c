//! Accounts and organisations.
use super::noun::body_of;
use super::*;
use crate::domain::{
    Account, AccountId, OrgId, Organisation, Role, Uscc,
    policy::{Administer, KeepAccount, KeepSignatories, OwnAccount, Permit},
};
use entity::{account, organisation};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

pub(in crate::store) fn read_account(r: account::Model) -> Result<Account> {
    serde_json::from_value(r.body).map_err(|e| Error::Corrupt { table: "account", id: r.id.to_string(), why: e.to_string() })
}

pub(in crate::store) fn read_org(r: organisation::Model) -> Result<Organisation> {
    serde_json::from_value(r.body).map_err(|e| Error::Corrupt { table: "organisation", id: r.id.to_string(), why: e.to_string() })
}

pub async fn insert(work: &Work, _permit: &Permit<KeepAccount>, a: &Account, password_hash: &str) -> Result<()> {
    let row = account::Model {
        id: a.id.0,
        email: a.email.clone(),
        role: a.role.id().into(),
        org_id: a.org.0,
        active: a.active,
        password_hash: password_hash.into(),
        version: a.version,
        at: ms(a.created_at),
        body: body_of(a),
    };
    work.touch("account", a.id.0, &row.body);
    work.touch("password", a.id.0, &rows::password(password_hash));
    account::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

/// Writes what was registered of an account: whether it may act, its role, its name, its key.
pub async fn save(work: &Work, _permit: &Permit<KeepAccount>, a: &mut Account, ends_sessions: bool) -> Result<()> {
    a.version += 1;
    work.touch("account", a.id.0, &body_of(a));
    account::Entity::update_many()
        .col_expr(account::Column::Active, Expr::val(a.active))
        .col_expr(account::Column::Role, Expr::val(a.role.id()))
        .col_expr(account::Column::Version, Expr::val(a.version))
        .col_expr(account::Column::Body, Expr::val(body_of(a)))
        .filter(account::Column::Id.eq(a.id.0))
        .exec(&work.tx)
        .await?;
    if ends_sessions { session::end_all_of(work, a.id).await } else { Ok(()) }
}

pub async fn set_password(work: &Work, permit: &Permit<OwnAccount>, password_hash: &str) -> Result<()> {
    work.touch("password", permit.subject(), &rows::password(password_hash));
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::val(password_hash))
        .filter(account::Column::Id.eq(permit.subject()))
        .exec(&work.tx)
        .await?;
    session::end_all_of(work, AccountId(permit.subject())).await
}

/// Saves what its owner may change of an account; the role and the organisation are the administrator's.
pub async fn save_own(work: &Work, _permit: &Permit<OwnAccount>, a: &mut Account) -> Result<()> {
    a.version += 1;
    work.touch("account", a.id.0, &body_of(a));
    account::Entity::update_many()
        .col_expr(account::Column::Version, Expr::val(a.version))
        .col_expr(account::Column::Body, Expr::val(body_of(a)))
        .filter(account::Column::Id.eq(a.id.0))
        .exec(&work.tx)
        .await?;
    Ok(())
}

pub async fn lock(work: &Work, id: AccountId) -> Result<Option<Account>> {
    account::Entity::find_by_id(id.0).lock_exclusive().one(&work.tx).await?.map(read_account).transpose()
}

pub async fn find(db: &Db, id: AccountId) -> Result<Option<Account>> {
    account::Entity::find_by_id(id.0).one(&db.0).await?.map(read_account).transpose()
}

/// For sign-in only: the account and the PHC string of its password.
pub async fn by_email(db: &Db, email: &str) -> Result<Option<(Account, String)>> {
    let row = account::Entity::find().filter(account::Column::Email.eq(email)).one(&db.0).await?;
    row.map(|r| {
        let hash = r.password_hash.clone();
        Ok((read_account(r)?, hash))
    })
    .transpose()
}

pub async fn of_role(db: &Db, role: Role, limit: u64) -> Result<Vec<Account>> {
    let rows = account::Entity::find()
        .filter(account::Column::Role.eq(role.id()))
        .filter(account::Column::Active.eq(true))
        .order_by_asc(account::Column::Id)
        .limit(limit)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read_account).collect()
}

/// Accounts of these kinds, newest first.
pub async fn list(db: &Db, filters: &[noun::Filter], page: Page) -> Result<Listed<Account>> {
    let mut select = filters.iter().fold(account::Entity::find(), |select, filter| select.filter(filter.expr()));
    if let Some((at, id)) = page.after {
        select = select.filter(noun::before("at", at, id));
    }
    let rows =
        select.order_by_desc(account::Column::At).order_by_desc(account::Column::Id).limit(page.limit + 1).all(&db.0).await?;
    let rows: Vec<Account> = rows.into_iter().map(read_account).collect::<Result<_>>()?;
    Ok(Listed::cut(rows, page.limit, |a| (ms(a.created_at), a.id.0)))
}

pub async fn many(db: &Db, ids: &[AccountId]) -> Result<Vec<Account>> {
    let rows = account::Entity::find().filter(account::Column::Id.is_in(ids.iter().map(|a| a.0))).limit(500).all(&db.0).await?;
    rows.into_iter().map(read_account).collect()
}

/// Credit code and name of every organisation.
pub async fn org_names(db: &Db) -> Result<Vec<(String, String)>> {
    let select = organisation::Entity::find().select_only().column(organisation::Column::Uscc);
    Ok(select.column(organisation::Column::Name).order_by_asc(organisation::Column::Uscc).into_tuple().all(&db.0).await?)
}

fn org_row(o: &Organisation) -> organisation::Model {
    organisation::Model {
        id: o.id.0,
        uscc: o.uscc.to_string(),
        name: o.name.clone(),
        kind: o.kind.clone(),
        version: o.version,
        at: ms(o.created_at),
        body: body_of(o),
    }
}

pub async fn insert_org(work: &Work, _permit: &Permit<Administer>, o: &Organisation) -> Result<()> {
    let row = org_row(o);
    work.touch("organisation", o.id.0, &body_of(&row));
    organisation::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

/// Organisations by id, within a unit of work.
pub async fn orgs_in(work: &Work, ids: &[OrgId]) -> Result<Vec<Organisation>> {
    let rows = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(ids.iter().map(|o| o.0)))
        .limit(50)
        .all(&work.tx)
        .await?;
    rows.into_iter().map(read_org).collect()
}

/// Whether somebody speaks for an organisation in a role.
pub async fn has_role(work: &Work, org: OrgId, role: Role) -> Result<bool> {
    let found = account::Entity::find()
        .filter(account::Column::OrgId.eq(org.0))
        .filter(account::Column::Role.eq(role.id()))
        .filter(account::Column::Active.eq(true))
        .one(&work.tx)
        .await?;
    Ok(found.is_some())
}

/// Who may act in a role today.
pub async fn active_of(work: &Work, role: Role) -> Result<Vec<AccountId>> {
    let rows: Vec<Uuid> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Role.eq(role.id()))
        .filter(account::Column::Active.eq(true))
        .limit(200)
        .into_tuple()
        .all(&work.tx)
        .await?;
    Ok(rows.into_iter().map(AccountId).collect())
}

/// The roles that people of an organisation have today, but for one of them.
pub async fn roles_of(work: &Work, org: OrgId, but: Option<AccountId>) -> Result<Vec<Role>> {
    let rows: Vec<String> = account::Entity::find()
        .filter(account::Column::Id.ne(but.map_or(Uuid::nil(), |a| a.0)))
        .select_only()
        .column(account::Column::Role)
        .filter(account::Column::OrgId.eq(org.0))
        .filter(account::Column::Active.eq(true))
        .distinct()
        .into_tuple()
        .all(&work.tx)
        .await?;
    Ok(rows.iter().filter_map(|id| Role::parse(id)).collect())
}

/// The people of an organisation.
pub async fn of_org(db: &Db, org: OrgId) -> Result<Vec<Account>> {
    let rows = account::Entity::find()
        .filter(account::Column::OrgId.eq(org.0))
        .filter(account::Column::Active.eq(true))
        .order_by_asc(account::Column::At)
        .limit(200)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read_account).collect()
}

pub async fn lock_org(work: &Work, id: OrgId) -> Result<Option<Organisation>> {
    organisation::Entity::find_by_id(id.0).lock_exclusive().one(&work.tx).await?.map(read_org).transpose()
}

/// Writes what was registered of an organisation, and who may sign for it.
pub async fn save_org(work: &Work, permit: &Permit<KeepSignatories>, o: &mut Organisation) -> Result<()> {
    debug_assert_eq!(permit.subject(), o.id.0);
    o.version += 1;
    work.touch("organisation", o.id.0, &body_of(&org_row(o)));
    organisation::Entity::update_many()
        .col_expr(organisation::Column::Name, Expr::val(o.name.as_str()))
        .col_expr(organisation::Column::Version, Expr::val(o.version))
        .col_expr(organisation::Column::Body, Expr::val(body_of(o)))
        .filter(organisation::Column::Id.eq(o.id.0))
        .exec(&work.tx)
        .await?;
    Ok(())
}

pub async fn org(db: &Db, id: OrgId) -> Result<Option<Organisation>> {
    organisation::Entity::find_by_id(id.0).one(&db.0).await?.map(read_org).transpose()
}

pub async fn org_by_uscc(db: &Db, uscc: &Uscc) -> Result<Option<Organisation>> {
    organisation::Entity::find()
        .filter(organisation::Column::Uscc.eq(uscc.to_string()))
        .one(&db.0)
        .await?
        .map(read_org)
        .transpose()
}

/// The registered ones among these credit codes, within a unit of work.
pub async fn orgs_by_uscc(work: &Work, codes: &[Uscc]) -> Result<Vec<Organisation>> {
    let rows = organisation::Entity::find()
        .filter(organisation::Column::Uscc.is_in(codes.iter().map(Uscc::to_string)))
        .limit(20)
        .all(&work.tx)
        .await?;
    rows.into_iter().map(read_org).collect()
}

pub async fn orgs(db: &Db, ids: &[OrgId]) -> Result<Vec<Organisation>> {
    let mut wanted: Vec<OrgId> = ids.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut out = vec![];
    for some in wanted.chunks(400) {
        let rows =
            organisation::Entity::find().filter(organisation::Column::Id.is_in(some.iter().map(|o| o.0))).all(&db.0).await?;
        for row in rows {
            out.push(read_org(row)?);
        }
    }
    Ok(out)
}

/// Units that own others or are owned, to follow ownership from one to the next.
pub async fn owned(db: &Db) -> Result<Vec<Organisation>> {
    let rows = organisation::Entity::find().order_by_asc(organisation::Column::Id).limit(10_000).all(&db.0).await?;
    let all: Vec<Organisation> = rows.into_iter().map(read_org).collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|o| !o.affiliates.is_empty()).collect())
}

pub async fn org_list(db: &Db, filters: &[noun::Filter], page: Page) -> Result<Listed<Organisation>> {
    let mut select = filters.iter().fold(organisation::Entity::find(), |select, filter| select.filter(filter.expr()));
    if let Some((at, id)) = page.after {
        select = select.filter(noun::before("at", at, id));
    }
    let rows = select
        .order_by_desc(organisation::Column::At)
        .order_by_desc(organisation::Column::Id)
        .limit(page.limit + 1)
        .all(&db.0)
        .await?;
    let rows: Vec<Organisation> = rows.into_iter().map(read_org).collect::<Result<_>>()?;
    Ok(Listed::cut(rows, page.limit, |o| (ms(o.created_at), o.id.0)))
}

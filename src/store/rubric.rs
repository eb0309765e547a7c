//! Versions of rubric templates: each is kept, the newest is used.
use super::*;
use crate::domain::{AccountId, Rubric, clock, policy::EditRubrics, policy::Permit};
use entity::rubric_template as template;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

/// One version, with when and by whom it was made.
#[derive(Clone, Debug)]
pub struct Version {
    pub rubric: Rubric,
    pub at: Timestamp,
    pub by: AccountId,
}

fn read(r: template::Model) -> Result<Version> {
    let bad = |e: serde_json::Error| Error::Corrupt { table: "rubric_template", id: r.id.to_string(), why: e.to_string() };
    let rubric = serde_json::from_value(r.body.clone()).map_err(bad)?;
    Ok(Version { rubric, at: moment(r.at, "rubric_template", r.id)?, by: AccountId(r.by_id) })
}

/// Every version of a template that a bureau has made, newest first.
pub async fn versions(db: &Db, name: &str) -> Result<Vec<Version>> {
    let rows = template::Entity::find()
        .filter(template::Column::Template.eq(name))
        .order_by_desc(template::Column::Version)
        .limit(200)
        .all(&db.0)
        .await?;
    rows.into_iter().map(read).collect()
}

/// The newest version, as it stands in this unit of work; the first, which comes with the program, if none was made.
pub async fn current(work: &Work, name: &str) -> Result<Rubric> {
    let row = template::Entity::find()
        .filter(template::Column::Template.eq(name))
        .order_by_desc(template::Column::Version)
        .one(&work.tx)
        .await?;
    Ok(row.map(read).transpose()?.map_or_else(|| Rubric::of(name), |v| v.rubric))
}

/// Adds the next version; a second one of the same number is `Duplicate`.
pub async fn insert(work: &Work, permit: &Permit<EditRubrics>, rubric: &Rubric, at: Timestamp) -> Result<()> {
    let row = template::Model {
        id: clock::ordered_id(),
        template: rubric.template.clone(),
        version: i32::from(rubric.version),
        at: ms(at),
        by_id: permit.actor().account.0,
        body: noun::body_of(rubric),
    };
    work.touch("rubric_template", row.id, &noun::body_of(&row));
    template::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.tx).await?;
    Ok(())
}

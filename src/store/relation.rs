//! Relations between persons that the bureau imported.
use super::*;
use crate::domain::conflict::{self, Known};
use crate::domain::{clock, policy::ImportRelations, policy::Permit};
use entity::known_relation as known;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

fn read(r: known::Model) -> Known {
    Known { kind: r.kind, a_name: r.a_name, a_unit: r.a_unit, b_name: r.b_name, b_unit: r.b_unit, until: r.until }
}

/// Those in which one of these persons is named.
pub async fn of_people(work: &Work, people: &[String]) -> Result<Vec<Known>> {
    let names: Vec<String> = people.iter().map(|p| conflict::plain(p)).collect();
    let either = Condition::any().add(known::Column::APlain.is_in(names.clone())).add(known::Column::BPlain.is_in(names));
    let rows = known::Entity::find().filter(either).order_by_asc(known::Column::Id).limit(2_000).all(&work.tx).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// Adds a pair, or gives a known one its newer end.
pub async fn keep(work: &Work, _permit: &Permit<ImportRelations>, k: &Known, at: Timestamp) -> Result<()> {
    let row = known::Model {
        id: clock::ordered_id(),
        kind: k.kind.clone(),
        a_name: k.a_name.clone(),
        a_unit: k.a_unit.clone(),
        b_name: k.b_name.clone(),
        b_unit: k.b_unit.clone(),
        a_plain: conflict::plain(&k.a_name),
        b_plain: conflict::plain(&k.b_name),
        until: k.until.clone(),
        at: ms(at),
    };
    work.touch("known_relation", row.id, &noun::body_of(&row));
    let pair = OnConflict::columns([known::Column::Kind, known::Column::APlain, known::Column::BPlain])
        .update_columns([known::Column::AUnit, known::Column::BUnit, known::Column::Until, known::Column::At])
        .to_owned();
    known::Entity::insert(row.into_active_model().reset_all()).on_conflict(pair).exec_without_returning(&work.tx).await?;
    Ok(())
}

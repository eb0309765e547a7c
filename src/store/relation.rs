//! Relations between persons that the bureau imported.
use super::*;
use crate::domain::conflict::{self, Known};
use crate::domain::{clock, policy::ImportRelations, policy::Permit};
use entity::{audit_head, known_relation as known};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

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

/// Adds a pair, or gives a known one its newer end. One import at a time.
pub async fn keep(work: &Work, _permit: &Permit<ImportRelations>, k: &Known, at: Timestamp) -> Result<()> {
    audit_head::Entity::find_by_id(1).lock_exclusive().one(&work.tx).await?;
    let (a_plain, b_plain) = (conflict::plain(&k.a_name), conflict::plain(&k.b_name));
    let pair = known::Entity::find().filter(known::Column::Kind.eq(&k.kind));
    let pair = pair.filter(known::Column::APlain.eq(&a_plain)).filter(known::Column::BPlain.eq(&b_plain));
    let (a_unit, b_unit, until, at) = (k.a_unit.clone(), k.b_unit.clone(), k.until.clone(), ms(at));
    let known = pair.one(&work.tx).await?;
    let fresh = known.is_none();
    let row = match known {
        Some(row) => known::Model { a_unit, b_unit, until, at, ..row },
        None => {
            let (kind, a_name, b_name) = (k.kind.clone(), k.a_name.clone(), k.b_name.clone());
            known::Model { id: clock::ordered_id(), kind, a_name, a_unit, b_name, b_unit, a_plain, b_plain, until, at }
        }
    };
    work.touch("relation", row.id, &noun::body_of(&row));
    let row = row.into_active_model().reset_all();
    if fresh {
        known::Entity::insert(row).exec_without_returning(&work.tx).await?;
    } else {
        known::Entity::update(row).exec(&work.tx).await?;
    }
    Ok(())
}

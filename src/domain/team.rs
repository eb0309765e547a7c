//! Who is on a team, and what a team declares of its relations: with the bid, and again whenever the team changes.
use super::form::{Field, Kind::*, may, must};
use super::*;

pub const TEAM_PARTS: &[&str] = &["principal_investigator", "member", "adviser"];

/// One person of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamPerson {
    pub name: String,
    pub unit: String,
    pub part: String,
}

/// What a team declares: one of its persons, or the unit itself, and somebody outside: an expert, an officer, a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRelation {
    pub person: Option<String>,
    pub kind: String,
    pub party: String,
    pub until: Option<String>,
}

/// A unit that joined a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamUnit {
    pub uscc: Uscc,
    pub name: String,
}

/// What a team said after its bid was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamWord {
    pub at: Timestamp,
    pub people: Vec<TeamPerson>,
    pub units: Vec<TeamUnit>,
    pub relations: Vec<TeamRelation>,
    pub reason: String,
}

pub const PEOPLE: &[Field] = &[must("name", Text(2, 30)), must("unit", Text(4, 60)), must("part", Choice(TEAM_PARTS))];
pub const UNITS: &[Field] = &[must("uscc", CreditCode), must("name", Text(4, 60))];
pub const TEAM_RELATIONS: &[Field] =
    &[may("person", Text(2, 30)), must("kind", Choice(RELATIONS)), must("party", Text(2, 60)), may("until", Date)];

//! Experts who are asked in the course of the work: named, each with a unit, an opinion and a word that nothing binds it to a
//! party. At least three where much money or a lane hangs on it (domain 2.7), five where a failure is to be excused (4.7).
use super::form::{Field, Kind::*, must};
use super::*;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judge {
    pub expert: String,
    pub unit: String,
    pub opinion: String,
    pub no_conflict: bool,
    /// Technical, industry, finance: asked where the seats of a panel are counted.
    #[serde(default)]
    pub expert_kind: Option<String>,
    /// Behind the conclusion or not; in a panel that chooses among results, which. None before every member had a say.
    #[serde(default)]
    pub verdict: Option<String>,
}

/// Whether a member stands behind what was concluded.
pub const STANDS: &[&str] = &["agree", "disagree"];

/// A row of a form for one of them.
pub const JUDGES: &[Field] = &[
    must("expert", Text(2, 30)),
    must("unit", Text(4, 60)),
    must("verdict", Choice(STANDS)),
    must("opinion", Long(4, 1000)),
    must("no_conflict", Flag),
];

/// The same where the seats are counted by kind.
pub const PANELLISTS: &[Field] = &[
    must("expert", Text(2, 30)),
    must("unit", Text(4, 60)),
    must("expert_kind", Choice(EXPERT_KINDS)),
    must("opinion", Long(4, 1000)),
    must("no_conflict", Flag),
    must("verdict", Choice(OUTCOMES)),
];

/// Enough of them, nobody twice, nobody from a party. `field` is the form's.
pub fn enough(judges: &[Judge], least: usize, parties: &[String], field: &'static str) -> Result<(), Refusal> {
    if judges.len() < least {
        return Err(Refusal::new("experts_needed").with("experts", least).at(field));
    }
    for (n, one) in judges.iter().enumerate() {
        if judges[..n].iter().any(|other| other.expert == one.expert) {
            return Err(Refusal::new("expert_twice").with("name", &one.expert).at(field));
        }
        if parties.contains(&one.unit) {
            return Err(Refusal::new("expert_of_party").with("name", &one.expert).with("unit", &one.unit).at(field));
        }
    }
    Ok(())
}

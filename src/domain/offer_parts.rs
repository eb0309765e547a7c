//! An offer over the two envelopes: A is what is judged blind and who must be kept from judging it; B is price and team.
//! Money stands in every member's row, so those rows are cut in two.
use super::seal::Part;
use super::{
    Avoided, Faults, FileId, Money, Offer, OfferedMilestone, Promise, TeamPerson, TeamRelation, Uscc, blind, offer::BLIND,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One of the units that bid, without what it is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    pub uscc: Uscc,
    pub name: String,
    pub task: String,
    pub work_bp: i64,
}

/// What is known once envelope A is open: who bids, and what is judged blind. No price is in it, nor can it come to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartA {
    pub members: Vec<Partner>,
    #[serde(default)]
    pub consortium_agreement: Vec<FileId>,
    pub pi_name: String,
    pub pi_unit: String,
    #[serde(default)]
    pub team_people: Vec<TeamPerson>,
    #[serde(default)]
    pub team_relations: Vec<TeamRelation>,
    pub understanding: String,
    pub route: String,
    pub innovation: String,
    pub plan_b: String,
    pub test_plan: String,
    pub promises: Vec<Promise>,
    pub milestones: Vec<OfferedMilestone>,
    pub avoid: Vec<Avoided>,
    pub commit_integrity: bool,
    pub commit_original: bool,
    pub commit_no_double_funding: bool,
    pub commit_no_affiliation: bool,
    pub commit_safety: bool,
    pub commit_pledge: bool,
}

impl PartA {
    pub fn promise(&self, indicator: usize) -> Option<&Promise> {
        self.promises.iter().find(|p| usize::try_from(p.indicator).is_ok_and(|n| n == indicator))
    }
}

/// As much of an offer as is open to its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readable {
    A(Box<PartA>),
    Whole(Box<Offer>),
}

impl Readable {
    pub fn json(&self) -> Value {
        match self {
            Self::A(a) => serde_json::to_value(a),
            Self::Whole(offer) => serde_json::to_value(offer),
        }
        .expect("offers are plain JSON")
    }
    /// Who bids, and what is judged blind.
    pub fn part_a(&self) -> Option<PartA> {
        match self {
            Self::A(a) => Some((**a).clone()),
            Self::Whole(offer) => part_a(&kept(offer, Part::A)),
        }
    }
    /// What the award pays; none while the price is sealed.
    pub fn award(&self) -> Option<Money> {
        match self {
            Self::A(_) => None,
            Self::Whole(offer) => offer.award(),
        }
    }
    pub fn files(&self) -> Vec<FileId> {
        match self {
            Self::A(a) => a.consortium_agreement.clone(),
            Self::Whole(offer) => offer.files(),
        }
    }
    pub fn promise(&self, indicator: usize) -> Option<&Promise> {
        match self {
            Self::A(a) => a.promise(indicator),
            Self::Whole(offer) => offer.promise(indicator),
        }
    }
    /// The whole, once price and team are open.
    pub fn whole(self) -> Option<Offer> {
        match self {
            Self::A(_) => None,
            Self::Whole(offer) => Some(*offer),
        }
    }
    /// As an expert sees it: the part that is read blind, its names masked; the rest only once it is open. `others` are names
    /// beside those in the offer, e.g. of the lead's account. Whom a team asks to avoid is no expert's business.
    pub fn for_review(&self, others: &[String]) -> Value {
        let (all, open) = (self.json(), matches!(self, Self::Whole(_)));
        let shown = |name: &str| if open { !matches!(name, "avoid" | "team_relations") } else { blind::BLIND.contains(&name) };
        let part = all.as_object().into_iter().flatten().filter(|(name, _)| shown(name));
        let part: Value = part.map(|(n, v)| (n.clone(), v.clone())).collect();
        if open { part } else { blind::masked(part, &blind::names(&all, others)) }
    }
}

/// Known once A is open, and to no expert: conflicts are looked for, and the form is checked, before anybody scores.
const WHO: &[&str] = &[
    "consortium_agreement",
    "pi_name",
    "pi_unit",
    "team_people",
    "team_relations",
    "avoid",
    "commit_integrity",
    "commit_original",
    "commit_no_double_funding",
    "commit_no_affiliation",
    "commit_safety",
    "commit_pledge",
];
/// The columns of a member's row that are price.
const PRICE: &[&str] = &["money_fen", "self_fen"];
/// Fields that hold files; their files lie beside the manifest.
pub const FILES: &[&str] = &["consortium_agreement", "attachments"];

/// The envelope that `field` of an offer goes into; members go into both.
pub fn part_of(field: &str) -> Part {
    if BLIND.contains(&field) || WHO.contains(&field) || field == "members" { Part::A } else { Part::B }
}

/// The fields of A and of B. Files are left out: they are named by the manifests.
pub fn split(offer: &Offer) -> [Map<String, Value>; 2] {
    let all = serde_json::to_value(offer).expect("offers are plain JSON");
    let (mut a, mut b) = (Map::new(), Map::new());
    for (name, value) in all.as_object().into_iter().flatten().filter(|(name, _)| !FILES.contains(&name.as_str())) {
        let into = if part_of(name) == Part::A { &mut a } else { &mut b };
        into.insert(name.clone(), value.clone());
    }
    let rows = all["members"].as_array().cloned().unwrap_or_default();
    a.insert("members".into(), rows.iter().map(|row| columns(row, |c| !PRICE.contains(&c))).collect());
    b.insert("members".into(), rows.iter().map(|row| columns(row, |c| PRICE.contains(&c))).collect());
    [a, b]
}

fn columns(row: &Value, keep: impl Fn(&str) -> bool) -> Value {
    row.as_object().into_iter().flatten().filter(|(c, _)| keep(c)).map(|(c, v)| (c.clone(), v.clone())).collect()
}

/// The whole again, with the files that came out; `None` when the two don't fit each other.
pub fn join(a: &Map<String, Value>, b: &Map<String, Value>, files: &[(String, FileId)]) -> Option<Offer> {
    let rows = |part: &Map<String, Value>| part.get("members").and_then(Value::as_array).cloned();
    let (who, price) = (rows(a)?, rows(b)?);
    if who.len() != price.len() {
        return None;
    }
    let mut all: Map<String, Value> = a.clone();
    all.extend(b.clone());
    let whole = who.into_iter().zip(price).map(|(mut row, price)| {
        row.as_object_mut()?.extend(price.as_object()?.clone());
        Some(row)
    });
    all.insert("members".into(), Value::Array(whole.collect::<Option<_>>()?));
    for field in FILES {
        let ids: Vec<FileId> = files.iter().filter(|(name, _)| name == field).map(|(_, id)| *id).collect();
        all.insert((*field).to_owned(), json!(ids));
    }
    serde_json::from_value(Value::Object(all)).ok()
}

/// The fields of one part as they are kept, with the ids of its files.
pub fn kept(offer: &Offer, part: Part) -> Map<String, Value> {
    let [a, b] = split(offer);
    let mut fields = if part == Part::A { a } else { b };
    let all = serde_json::to_value(offer).expect("offers are plain JSON");
    for field in FILES.iter().filter(|f| part_of(f) == part) {
        fields.insert((*field).to_owned(), all[*field].clone());
    }
    fields
}

/// Part A out of its kept fields.
pub fn part_a(fields: &Map<String, Value>) -> Option<PartA> {
    serde_json::from_value(Value::Object(fields.clone())).ok()
}

/// The whole out of the kept fields of both.
pub fn join_kept(a: &Map<String, Value>, b: &Map<String, Value>) -> Option<Offer> {
    let ids = |field: &str| serde_json::from_value::<Vec<FileId>>(a.get(field).or(b.get(field))?.clone()).ok();
    let files: Vec<(String, FileId)> =
        FILES.iter().flat_map(|f| ids(f).into_iter().flatten().map(|id| ((*f).to_owned(), id))).collect();
    join(a, b, &files)
}

/// Which files a part's kept fields name.
pub fn files_in(fields: &Map<String, Value>) -> Vec<FileId> {
    let ids = |field: &&str| serde_json::from_value::<Vec<FileId>>(fields.get(*field)?.clone()).ok();
    FILES.iter().filter_map(ids).flatten().collect()
}

/// A whole whose part B is empty: only to hold part A against the rules of the whole. It never leaves this module's callers
/// but as faults.
pub fn with_empty_b(a: &Map<String, Value>) -> Option<Offer> {
    let none = Money::default();
    let rows = a.get("members")?.as_array()?.iter().map(|_| json!({ "money_fen": none }));
    let b = json!({
        "members": rows.collect::<Vec<_>>(), "pi_months_per_year": 1, "pi_running_projects": 0, "team_text": "", "base_text": "",
        "past_results": null, "county_fen": none, "enterprise_fen": null, "self_fen": null, "estimate_note": "", "landing_plan": "",
        "ip_proposal": super::IP_WISHES[0],
    });
    join_kept(a, b.as_object()?)
}

/// Of the faults of a whole, those that part A alone can have.
pub fn faults_of_a(all: Faults) -> Faults {
    let own = |path: &str| {
        let mut steps = path.split('.');
        part_of(steps.next().unwrap_or_default()) == Part::A && !steps.any(|s| PRICE.contains(&s))
    };
    Faults(all.0.into_iter().filter(|f| own(&f.path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Draft;

    fn offer() -> Offer {
        let text: Value = serde_json::from_str(include_str!("../cli/demo/content.json")).unwrap();
        Offer::read(&text["offers"][0]["offer"]).unwrap()
    }

    #[test]
    fn the_parts_join_to_the_whole_and_price_is_in_b_alone() {
        let offer = offer();
        let [a, b] = split(&offer);
        let files = offer.files().into_iter().map(|id| ("attachments".to_owned(), id)).collect::<Vec<_>>();
        assert_eq!(join(&a, &b, &files), Some(offer.clone()));
        let text = serde_json::to_string(&a).unwrap();
        assert!(!text.contains("_fen") && text.contains("uscc"));
        assert!(BLIND.iter().all(|f| a.contains_key(*f) && !b.contains_key(*f)));
        assert!(["county_fen", "estimate_note", "team_text", "base_text"].iter().all(|f| b.contains_key(*f)));
        let mut fewer = b.clone();
        fewer["members"].as_array_mut().unwrap().pop();
        assert_eq!(join(&a, &fewer, &[]), None);
    }
}

//! An offer over the two envelopes: A is what is judged blind and who must be kept from judging it; B is price and team.
//! Money stands in every member's row, so those rows are cut in two.
use super::seal::Part;
use super::{FileId, Offer, offer::BLIND};
use serde_json::{Map, Value, json};

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

//! Objections: two people investigate, what was found is written down before the meeting decides, nobody decides on their own
//! act, the time is extended once at most, and one is reconsidered once.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::Deadline;
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
struct One {
    accepted: Option<Uuid>,
    two: Vec<Uuid>,
    found: bool,
    extended: bool,
    asked_again: bool,
}

#[derive(Debug, Default)]
pub(super) struct Objections {
    open: BTreeMap<Uuid, One>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    deadlines: Vec<Deadline>,
}

impl Objections {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let Some(act) = e.kind().strip_prefix("objection.") else { return Ok(()) };
        let (by, one) = (e.actor.id, self.open.entry(e.event.subject).or_default());
        let wrong = |says: &str| Err(e.wrong("objection", says));
        match act {
            "acceptance" => one.accepted = Some(by),
            "investigation" if one.accepted.is_none() && !sight.partial => {
                return Err(e.wrong("four_eyes", "nobody accepted it before"));
            }
            "investigation" | "examination" => (one.two, one.found) = (vec![by], false),
            "reopening" => one.found = false,
            "joining" if one.two.contains(&by) => return Err(e.wrong("four_eyes", "the same person investigates twice")),
            "joining" => one.two.push(by),
            "findings" if !sight.partial && (one.two.len() != 2 || !one.two.contains(&by)) => {
                return wrong("what was found is not from one of two who investigated");
            }
            "findings" => one.found = true,
            "extension" if one.extended => return wrong("its time was extended before"),
            "extension" => one.extended = true,
            "reconsideration" if one.asked_again => return wrong("it was reconsidered before"),
            "reconsideration" => one.asked_again = true,
            "upholding" | "partial-upholding" | "dismissal" => {
                if one.accepted == Some(by) || one.two.contains(&by) {
                    return Err(e.wrong("four_eyes", "who accepted or investigated it decides on it"));
                }
                if !sight.partial && one.accepted.is_none() && one.two.is_empty() {
                    return Err(e.wrong("four_eyes", "nobody accepted it before"));
                }
                if !sight.partial && (one.two.len() != 2 || !one.found) {
                    return wrong("it is decided before two have investigated and said what they found");
                }
                sight.count("objections");
            }
            _ => {}
        }
        let told: Told = e.facts()?;
        if act != "extension" && told.deadlines.iter().any(|d| d.what == "extension") {
            return wrong("its time is extended by no extension");
        }
        Ok(())
    }
}

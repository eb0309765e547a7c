//! Saying no: another look is asked for once, and is another officer's; a need is returned from its screening twice at most.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Twice, as every rule set so far has it.
const RETURNS_MOST: u32 = 2;

#[derive(Debug, Default)]
pub(super) struct Decisions {
    /// By need: who proposed the refusal that waits for the checker.
    proposed: BTreeMap<Uuid, Uuid>,
    /// By need: whose refusals were confirmed.
    refused: BTreeMap<Uuid, BTreeSet<Uuid>>,
    looked_again: BTreeSet<Uuid>,
    returned: BTreeMap<Uuid, u32>,
}

impl Decisions {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let need = e.event.subject;
        if matches!(e.kind(), "challenge.screening" | "challenge.screening-refusal" | "challenge.return")
            && self.refused.get(&need).is_some_and(|all| all.contains(&e.actor.id))
        {
            return Err(e.wrong("second_look", "another look is not another officer's"));
        }
        match e.kind() {
            "challenge.screening-refusal" => drop(self.proposed.insert(need, e.actor.id)),
            "challenge.screening-refusal-confirmation" => {
                self.refused.entry(need).or_default().extend(self.proposed.remove(&need));
                sight.count("refusals");
            }
            "challenge.second-look" => {
                if !self.looked_again.insert(need) {
                    return Err(e.wrong("second_look", "another look was asked for twice"));
                }
                sight.count("second_looks");
            }
            "challenge.return" if e.event.from.as_deref() == Some("submitted") => {
                let times = self.returned.entry(need).or_default();
                *times += 1;
                if *times > RETURNS_MOST {
                    return Err(e.wrong("returns", "a need was returned more than twice"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

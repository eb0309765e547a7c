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

#[derive(serde::Deserialize)]
struct TypedPanels {
    typed_panels: Vec<Panel>,
}

#[derive(serde::Deserialize)]
struct Panel {
    members: usize,
    behind: usize,
    scan: Vec<Uuid>,
}

/// A panel that was typed in: its sheet was scanned, and most of its members are behind what was recorded.
fn typed(e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
    if !e.has("typed_panels") {
        return Ok(());
    }
    let told: TypedPanels = e.facts()?;
    for panel in told.typed_panels {
        if panel.scan.is_empty() {
            return Err(e.wrong("typed_panel", "a panel was typed in without a scan"));
        }
        if panel.behind > panel.members || panel.behind * 2 <= panel.members {
            return Err(e.wrong("typed_panel", "most of a panel were not behind its conclusion"));
        }
        sight.count("typed_panels");
    }
    Ok(())
}

impl Decisions {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        typed(e, sight)?;
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

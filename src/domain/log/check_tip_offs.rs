//! Clues and words put in for somebody: the record names nobody who gave them, and a clue is answered before it is closed.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
struct One {
    found: bool,
    answered: bool,
}

#[derive(Debug, Default)]
pub(super) struct TipOffs {
    open: BTreeMap<Uuid, One>,
}

impl TipOffs {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        if matches!(e.kind(), "tip_off.filing" | "tip_off.addition" | "lobbying.record") && !e.actor.id.is_nil() {
            return Err(e.wrong("tip_off", "it names who gave it"));
        }
        let Some(act) = e.kind().strip_prefix("tip_off.") else { return Ok(()) };
        let one = self.open.entry(e.event.subject).or_default();
        match act {
            "declining" | "substantiation" | "referral" | "finding-unfounded" => one.found = true,
            "reply" => one.answered |= one.found,
            "closing" if !one.answered && !sight.partial => return Err(e.wrong("tip_off", "it is closed before it was answered")),
            "closing" => sight.count("tip_offs"),
            _ => {}
        }
        Ok(())
    }
}

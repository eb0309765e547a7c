//! Collective decisions: the count adds up, enough sat, most of them were for it, and one number is one meeting on one day.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::meeting::{Outcome, outcome_of};
use crate::domain::{Sitting, date_of};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Meetings {
    /// By number: which meeting, when it was held, how many belong to it, how many were away.
    held: BTreeMap<String, (Uuid, String, usize, usize)>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    meetings: Vec<Sitting>,
}

impl Meetings {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        if !e.has("meetings") {
            return Ok(());
        }
        let told: Told = e.facts()?;
        told.meetings.into_iter().try_for_each(|s| self.sitting(e, s, sight))
    }

    fn sitting(&mut self, e: &Entry<'_>, s: Sitting, sight: &mut Sight) -> Result<(), Wrong> {
        let wrong = |says: String| Err(e.wrong("meeting", says));
        if !s.count.adds_up() || s.count.recused != s.recused.len() {
            return wrong(format!("the members of meeting {} don't add up", s.number));
        }
        if !s.count.has_quorum() {
            return wrong(format!("meeting {} had no quorum", s.number));
        }
        let act = e.kind().split_once('.').unwrap_or_default();
        if e.event.noun == act.0 && outcome_of(act.0, act.1) != s.outcome {
            return wrong(format!("meeting {} is told to have come to something else than the act says", s.number));
        }
        if s.count.carries() != (s.outcome == Outcome::Yes) {
            return wrong(format!("how meeting {} voted is not what it came to", s.number));
        }
        let now = jiff::Timestamp::from_millisecond(e.at).map_err(|_| e.wrong("time", "its time is none"))?;
        if s.held_on > date_of(now).to_string() {
            return wrong(format!("meeting {} was yet to be held", s.number));
        }
        let this = (s.meeting, s.held_on, s.count.members, s.count.absent);
        match self.held.get(&s.number) {
            Some(known) if *known != this => return wrong(format!("the minutes {} tell of two meetings", s.number)),
            Some(_) => {}
            None => drop(self.held.insert(s.number, this)),
        }
        sight.count("meetings");
        Ok(())
    }
}

//! Notice clocks: every end is counted again with the calendar that was in force, and no award is confirmed before it.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::{
    AccountId, Calendar, ChallengeId, Deadline, Head, Moment, Notice, NoticeAct, NoticeClock, NoticeId, NoticeState,
};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Debug)]
pub(super) struct Notices {
    /// The calendar in force, and those before it by version: a node may have counted with the last one for a moment.
    calendars: Vec<Arc<Calendar>>,
    running: BTreeMap<NoticeId, Notice>,
    /// Notices that an entry of an objection stopped, as records told it before the clock had public entries of its own: what
    /// let them run on may be hidden in a public part.
    stopped_beside: BTreeSet<NoticeId>,
}

impl Default for Notices {
    fn default() -> Self {
        Self { calendars: vec![Arc::new(Calendar::seed())], running: BTreeMap::new(), stopped_beside: BTreeSet::new() }
    }
}

#[derive(Deserialize)]
struct Imported {
    calendar: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Clocks {
    #[serde(default)]
    clocks: Vec<NoticeClock>,
    #[serde(default)]
    deadlines: Vec<Deadline>,
}

impl Notices {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        match e.kind() {
            "account.calendar-import" => self.imported(e),
            "notice.confirmation" => self.confirmed(e, sight),
            _ if e.has("clocks") || e.has("deadlines") => {
                let told: Clocks = e.facts()?;
                told.deadlines.iter().try_for_each(|d| self.deadline(e, d, sight))?;
                told.clocks.iter().try_for_each(|c| self.clock(e, c, sight))
            }
            _ => Ok(()),
        }
    }

    /// Counts a deadline again with the calendar that it names.
    fn deadline(&self, e: &Entry<'_>, said: &Deadline, sight: &mut Sight) -> Result<(), Wrong> {
        let Some(calendar) = self.calendars.iter().rev().find(|c| c.version == said.calendar) else {
            return Err(e.wrong("calendar", format!("no calendar {:?} was in force", said.calendar)));
        };
        if !said.holds(calendar) {
            return Err(
                e.wrong("deadline", format!("counted again, {} working days from {} end on another day", said.days, said.from))
            );
        }
        sight.count("deadlines");
        Ok(())
    }

    fn imported(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let facts: Imported = e.facts()?;
        let Some(json) = facts.calendar else { return Ok(()) };
        let calendar = Calendar::from_json(&json.to_string()).map_err(|f| e.wrong("calendar", f.to_string()))?;
        self.calendars.push(Arc::new(calendar));
        Ok(())
    }

    /// Takes the same step of the same clock, and compares.
    fn clock(&mut self, e: &Entry<'_>, said: &NoticeClock, sight: &mut Sight) -> Result<(), Wrong> {
        let act = NoticeAct::ALL.iter().copied().find(|a| a.id() == said.act);
        let act = act.ok_or_else(|| e.wrong("notice", "a clock tells of no act of a notice"))?;
        let now = Timestamp::from_millisecond(e.at).map_err(|_| e.wrong("time", "its time is none"))?;
        let Some(calendar) = self.calendars.iter().rev().find(|c| c.version == said.calendar).cloned() else {
            return Err(e.wrong("calendar", format!("no calendar {:?} was in force", said.calendar)));
        };
        let m = Moment { now, calendar };
        if e.event.noun != "notice" {
            self.stopped_beside.insert(said.notice);
        }
        if sight.partial && self.stopped_beside.contains(&said.notice) {
            self.running.remove(&said.notice);
            return Ok(());
        }
        if act == NoticeAct::Publish {
            self.running.insert(said.notice, begun(said, &m));
        }
        let Some(n) = self.running.get_mut(&said.notice) else {
            return if sight.partial { Ok(()) } else { Err(e.wrong("notice", "a clock runs that was never started")) };
        };
        n.to_revise = act == NoticeAct::Revise;
        n.take(act, &m).map_err(|_| e.wrong("notice", format!("its clock can't take {}", said.act)))?;
        if (n.ends_at, n.days_left) != (said.ends_at, said.days_left) {
            let ends = n.ends_at.map(|t| t.to_string()).unwrap_or_default();
            return Err(e.wrong("notice", format!("counted again, the notice runs until {ends}")));
        }
        sight.count("clocks");
        Ok(())
    }

    fn confirmed(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        match self.running.remove(&NoticeId(e.event.subject)) {
            Some(n) if n.head.state == NoticeState::Suspended => Err(e.wrong("notice", "an objection had stopped it")),
            Some(n) if n.ends_at.is_none_or(|end| e.at < end.as_millisecond()) => Err(e.wrong("notice", "the notice still ran")),
            Some(_) => {
                sight.count("notices");
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// A notice of which nothing matters but its clock.
fn begun(said: &NoticeClock, m: &Moment) -> Notice {
    Notice {
        id: said.notice,
        challenge: ChallengeId(Uuid::nil()),
        number: None,
        head: Head::new(NoticeState::Draft, m, None),
        title: String::new(),
        prepared_by: AccountId(Uuid::nil()),
        winners: vec![],
        conclusion: String::new(),
        period_months: 0,
        single_bid: false,
        minutes: String::new(),
        starts_on: None,
        ends_at: None,
        days_left: None,
        days: said.days,
        runs: None,
        corrected_from: None,
        editions: 1,
        letter: None,
        to_revise: false,
    }
}

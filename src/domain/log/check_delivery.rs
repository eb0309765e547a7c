//! Delivery: a node passes with nothing found wanting; lanes are ruled on by a meeting after three experts, and one goes on; what
//! a settlement orders back is what comes back, once; an acceptance ends as its panel found, after its notice.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::{Money, gate::Ruling};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Delivery {
    /// What settlements ordered back, and have not seen come.
    ordered: BTreeMap<Uuid, Money>,
    /// Acceptances whose verdict lies open.
    on_notice: BTreeMap<Uuid, String>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    judged: Vec<crate::domain::NodeVerdict>,
}

#[derive(Deserialize)]
struct Ruled {
    #[serde(default)]
    rulings: Vec<Ruling>,
    #[serde(default)]
    experts: usize,
    minutes: Option<String>,
}

#[derive(Deserialize)]
struct Settled {
    back_fen: Money,
    returned_fen: Money,
}

#[derive(Deserialize)]
struct Verdict {
    outcome: Option<String>,
    verdict: Option<String>,
}

impl Delivery {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        match e.kind() {
            "milestone.pass" | "milestone.conditional-pass" if e.has("judged") => passed(e, sight),
            _ if e.has("rulings") => ruled(e, sight),
            "settlement.refund-order" | "settlement.clawback-order" => {
                let sheet: Settled = e.facts()?;
                self.ordered.insert(e.event.subject, sheet.back_fen);
                Ok(())
            }
            "settlement.refund" => self.returned(e, sight),
            "acceptance.notice" if e.has("verdict") => {
                let open: Verdict = e.facts()?;
                self.on_notice.insert(e.event.subject, open.verdict.unwrap_or_default());
                Ok(())
            }
            "acceptance.reopening" => {
                self.on_notice.remove(&e.event.subject);
                Ok(())
            }
            "acceptance.pass" | "acceptance.conclusion" | "acceptance.failure" if e.has("verdict") => self.decided(e, sight),
            _ => Ok(()),
        }
    }

    fn returned(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let sheet: Settled = e.facts()?;
        match self.ordered.remove(&e.event.subject) {
            Some(owed) if owed == sheet.returned_fen => sight.count("settlements"),
            None if sight.partial => {}
            Some(owed) => return Err(e.wrong("settlement", format!("{} fen were ordered back", owed.as_fen()))),
            None => return Err(e.wrong("settlement", "nothing was ordered back, or it came before")),
        }
        Ok(())
    }

    fn decided(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let done: Verdict = e.facts()?;
        if done.outcome != done.verdict {
            return Err(e.wrong("acceptance", "it ended otherwise than the panel found"));
        }
        match self.on_notice.remove(&e.event.subject) {
            Some(open) if Some(&open) == done.verdict.as_ref() => sight.count("acceptances"),
            None if sight.partial => {}
            _ => return Err(e.wrong("acceptance", "its verdict did not lie open before it was decided on")),
        }
        Ok(())
    }
}

fn passed(e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
    let node: Node = e.facts()?;
    if node.judged.is_empty() || node.judged.iter().any(|j| j.verdict == "not_met") {
        return Err(e.wrong("milestone", "it passed with an indicator not judged or not met"));
    }
    sight.count("nodes");
    Ok(())
}

fn ruled(e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
    let gate: Ruled = e.facts()?;
    if gate.experts < 3 || gate.minutes.is_none() {
        return Err(e.wrong("race", "lanes were ruled on without three experts or a meeting"));
    }
    let goes_on = |r: &Ruling| matches!(r.decision.as_str(), "continue" | "win" | "finish");
    if !gate.rulings.iter().any(goes_on) {
        return Err(e.wrong("race", "no lane goes on"));
    }
    sight.count("rulings");
    Ok(())
}

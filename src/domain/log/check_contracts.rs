//! Contracts: what takes effect was signed by everybody whose paper it is, under one hash, and is what the notice announced; a
//! change was decided by whom its kind says.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::{Money, change};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Contracts {
    /// By contract: party and paper, and the hash that was signed.
    marks: BTreeMap<Uuid, BTreeMap<(String, String), String>>,
    /// By bid: what the last notice announced.
    announced: BTreeMap<Uuid, Terms>,
    /// By change: its kind, and whether it was approved.
    changes: BTreeMap<Uuid, (String, bool)>,
    /// By change: partners whose yes it still needs.
    asked: BTreeMap<Uuid, BTreeSet<Uuid>>,
}

#[derive(Deserialize)]
struct Signed {
    #[serde(default)]
    signed: Vec<Mark>,
    #[serde(default)]
    unsigned: Vec<Mark>,
}

#[derive(Deserialize)]
struct Mark {
    party: String,
    paper: Option<String>,
    sha256: String,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Terms {
    county_fen: Money,
    enterprise_fen: Money,
    self_fen: Money,
    principal_investigator: String,
}

#[derive(Deserialize)]
struct Winner {
    bid: Uuid,
    #[serde(flatten)]
    terms: Terms,
}

#[derive(Deserialize)]
struct Announced {
    winners: Vec<Winner>,
}

#[derive(Deserialize)]
struct InForce {
    bid: Option<Uuid>,
    #[serde(default)]
    papers: Vec<(String, String, Vec<String>)>,
}

#[derive(Deserialize)]
struct Kind {
    change_kind: Option<String>,
    #[serde(default)]
    partners: BTreeSet<Uuid>,
    partner: Option<Uuid>,
}

impl Contracts {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        if e.event.noun == "contract" && (e.has("signed") || e.has("unsigned")) {
            self.signed(e)?;
        }
        match e.kind() {
            "notice.publication" if e.has("winners") => {
                let told: Announced = e.facts()?;
                self.announced.extend(told.winners.into_iter().map(|w| (w.bid, w.terms)));
                Ok(())
            }
            "contract.effect" if e.has("papers") => self.in_force(e, sight),
            kind if kind.starts_with("change.") => self.change(e, sight),
            _ => Ok(()),
        }
    }

    fn signed(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let told: Signed = e.facts()?;
        let marks = self.marks.entry(e.event.subject).or_default();
        let key = |m: &Mark| (m.party.clone(), m.paper.clone().unwrap_or_default());
        for m in &told.unsigned {
            marks.remove(&key(m));
        }
        for m in told.signed {
            if marks.insert(key(&m), m.sha256).is_some() {
                return Err(e.wrong("signature", "a party signed a paper twice"));
            }
        }
        Ok(())
    }

    fn in_force(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let told: InForce = e.facts()?;
        let marks = self.marks.remove(&e.event.subject).unwrap_or_default();
        for (paper, sha256, parties) in &told.papers {
            for party in parties {
                match marks.get(&(party.clone(), paper.clone())) {
                    Some(signed) if signed == sha256 => sight.count("signatures"),
                    Some(_) => return Err(e.wrong("signature", format!("{party} signed another text of {paper}"))),
                    None if sight.partial => {}
                    None => return Err(e.wrong("signature", format!("{party} never signed {paper}"))),
                }
            }
        }
        let Some(announced) = told.bid.and_then(|bid| self.announced.get(&bid)) else { return Ok(()) };
        let terms: Terms = e.facts()?;
        if terms != *announced {
            return Err(e.wrong("contract", "it is not what the notice announced"));
        }
        sight.count("contracts");
        Ok(())
    }

    fn change(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let Kind { change_kind: Some(kind), partners, partner } = e.facts()? else { return Ok(()) };
        let asked = self.asked.entry(e.event.subject).or_default();
        asked.extend(partners);
        if partner.is_some_and(|p| !asked.remove(&p)) && !sight.partial {
            return Err(e.wrong("change", "who was not asked said yes"));
        }
        if e.kind() == "change.consent" && !asked.is_empty() {
            return Err(e.wrong("change", "a partner was not heard before the other side agreed"));
        }
        let known = self.changes.entry(e.event.subject).or_insert_with(|| (kind.clone(), false));
        if known.0 != kind {
            return Err(e.wrong("change", format!("it was asked for as {}", known.0)));
        }
        let fits = match e.kind() {
            "change.filing" => change::is_filing(&kind),
            "change.approval" => !change::is_filing(&kind) && !change::is_collective(&kind),
            "change.collective-approval" => change::is_collective(&kind),
            "change.supplement" => known.1 || sight.partial,
            _ => return Ok(()),
        };
        known.1 |= e.kind().ends_with("approval");
        if !fits {
            return Err(e.wrong("change", format!("a change of {kind} is not decided so")));
        }
        sight.count("changes");
        Ok(())
    }
}

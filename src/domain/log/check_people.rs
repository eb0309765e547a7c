//! Four eyes, and steps that nobody may take: who did the second half did not do the first (domain 5.12), and each step is
//! one that the life's table allows to that role.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::{Role, life::Life, lives};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The second act, and the acts on the same thing, or in the same case, whose last doer may not do it.
const PAIRS: &[(&str, &[&str])] = &[
    ("registration.agreement", &["registration.proposal"]),
    ("registration.confirmation", &["registration.proposal"]),
    ("challenge.screening", &["challenge.creation"]),
    ("challenge.screening-approval", &["challenge.screening"]),
    ("challenge.screening-refusal", &["challenge.creation"]),
    ("challenge.screening-refusal-confirmation", &["challenge.screening-refusal"]),
    ("challenge.panel-return", &["challenge.panel"]),
    ("challenge.opening-confirmation", &["challenge.opening"]),
    ("challenge.price-opening-confirmation", &["challenge.price-opening"]),
    ("challenge.spare-window-confirmation", &["challenge.spare-window"]),
    ("challenge.panel-draw", &["challenge.panel"]),
    ("challenge.withdrawal", &["challenge.withdrawal-request"]),
    ("bid.validation", &["bid.form-check"]),
    ("bid.form-rejection", &["bid.form-check"]),
    ("bid.form-check-return", &["bid.form-check"]),
    ("instalment.check", &["instalment.request"]),
    ("instalment.approval", &["instalment.check", "instalment.request"]),
    ("instalment.fiscal-payment", &["instalment.approval"]),
];

#[derive(Debug)]
pub(super) struct People {
    lives: BTreeMap<&'static str, Life>,
    firsts: BTreeSet<&'static str>,
    /// By thing and act: who did it last.
    last: BTreeMap<(Uuid, &'static str), Uuid>,
    /// By objection: who filed it.
    filed: BTreeMap<Uuid, Uuid>,
    /// By case: accounts that stand aside from it.
    aside: BTreeMap<Uuid, BTreeSet<Uuid>>,
}

/// People of the bureau whom the platform found too near.
#[derive(serde::Deserialize)]
struct Found {
    officers: Vec<Near>,
}

#[derive(serde::Deserialize)]
struct Near {
    account: Uuid,
}

impl Default for People {
    fn default() -> Self {
        let lives = lives().into_iter().map(|l| (l.noun, l)).collect();
        let firsts = PAIRS.iter().flat_map(|(_, firsts)| firsts.iter().copied()).collect();
        Self { lives, firsts, last: BTreeMap::new(), filed: BTreeMap::new(), aside: BTreeMap::new() }
    }
}

impl People {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        self.aside(e, sight)?;
        let thing = e.event.subject;
        if e.kind() == "objection.filing" {
            self.filed.insert(thing, e.actor.id);
        }
        if let Some((_, firsts)) = PAIRS.iter().find(|(second, _)| *second == e.kind()) {
            for first in *firsts {
                match self.last.get(&(thing, first)) {
                    Some(by) if *by == e.actor.id => {
                        return Err(e.wrong("four_eyes", format!("the person who did {first} did this too")));
                    }
                    Some(_) => sight.count("four_eyes"),
                    None if !sight.partial && *first != "challenge.creation" => {
                        return Err(e.wrong("four_eyes", format!("nobody did {first} before")));
                    }
                    None => {}
                }
            }
        }
        if let Some(kind) = self.firsts.get(e.kind()) {
            self.last.insert((thing, kind), e.actor.id);
        }
        self.step(e, sight)
    }

    /// Whoever stands aside from a case takes no further step in it.
    fn aside(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let Some(case) = e.event.challenge else { return Ok(()) };
        if self.aside.get(&case).is_some_and(|all| all.contains(&e.actor.id)) {
            return Err(e.wrong("recusal", "somebody who stands aside from the case acted on it"));
        }
        match e.kind() {
            "challenge.officer-recusal" => {
                self.aside.entry(case).or_default().insert(e.actor.id);
                sight.count("recusals");
            }
            "challenge.officer-conflict" => {
                let found: Found = e.facts()?;
                self.aside.entry(case).or_default().extend(found.officers.into_iter().map(|o| o.account));
                sight.count("recusals");
            }
            _ => {}
        }
        Ok(())
    }

    /// The step is in the table, and its role may take it. Acts that carry another thing along tell that thing's states.
    fn step(&self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let Some((noun, act)) = e.kind().split_once('.') else { return Ok(()) };
        let (Some(life), Some(from), Some(to)) = (self.lives.get(noun), &e.event.from, &e.event.to) else { return Ok(()) };
        let known = |state: &String| life.states.contains(&state.as_str());
        let mut lines = life.lines.iter().filter(|l| l.act == act).peekable();
        if lines.peek().is_none() || !known(from) || !known(to) {
            return Ok(());
        }
        let role = Role::parse(&e.actor.role);
        // Who filed is told to the bureau: the public part of a record can't say.
        let author = self.filed.get(&e.event.subject).is_none_or(|by| *by == e.actor.id);
        let may =
            |who: &[Role], r: Role| (r != Role::Public && who.contains(&r)) || by_system(who) || (by_its_author(who) && author);
        // What follows at once, e.g. the last signature that completes a contract, leads one step further.
        let leads = |to_of: &str| to_of == to || life.lines.iter().any(|l| l.from == to_of && l.to == to);
        if !lines.any(|l| l.from == from && leads(l.to) && role.is_some_and(|r| may(l.who, r))) {
            return Err(e.wrong("step", format!("no {} may take a {noun} from {from} to {to} by this", e.actor.role)));
        }
        sight.count("steps");
        Ok(())
    }
}

/// What anybody may file, its author carries on, in whatever role that person has.
fn by_its_author(who: &[Role]) -> bool {
    who.contains(&Role::Public)
}

/// Steps that the platform takes are told under the name of whoever set them off.
fn by_system(who: &[Role]) -> bool {
    who.contains(&Role::System)
}

//! Money: what is paid was unlocked, exactly, once; what was unlocked lies within the contract, source by source.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::{Claim, Money as Fen};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Money {
    contracts: BTreeMap<Uuid, Sums>,
    claims: BTreeMap<Uuid, (Claim, bool)>,
}

/// By source: agreed, unlocked, paid.
#[derive(Debug, Default)]
struct Sums {
    known: bool,
    by_source: BTreeMap<String, [Fen; 3]>,
}

#[derive(Deserialize)]
struct Agreed {
    county_fen: Fen,
    enterprise_fen: Fen,
    contract: Option<Uuid>,
}

#[derive(Deserialize)]
struct Unlocked {
    #[serde(default)]
    unlocked: Vec<Claim>,
    #[serde(default)]
    locked_again: Vec<Claim>,
}

/// Money that follows work from one lane of a race to another.
#[derive(Deserialize)]
struct Follows {
    #[serde(default)]
    moved: Vec<Moved>,
}

#[derive(Deserialize)]
struct Moved {
    from: Uuid,
    to: Uuid,
    source: String,
    amount_fen: Fen,
}

#[derive(Deserialize)]
struct Paid {
    amount_fen: Fen,
    source: String,
    contract: Option<Uuid>,
}

impl Money {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        if e.kind() == "contract.effect" {
            let agreed: Agreed = e.facts()?;
            let sums = self.contracts.entry(e.event.subject).or_default();
            sums.known = true;
            sums.by_source.entry("county".into()).or_default()[0] = agreed.county_fen;
            sums.by_source.entry("enterprise".into()).or_default()[0] = agreed.enterprise_fen;
        }
        // An amendment moves what the contract has; what was unlocked must still lie within it.
        if e.kind() == "change.supplement" && e.has("county_fen") {
            let agreed: Agreed = e.facts()?;
            let contract = agreed.contract.unwrap_or(e.event.subject);
            let sums = self.contracts.entry(contract).or_default();
            for (source, fen) in [("county", agreed.county_fen), ("enterprise", agreed.enterprise_fen)] {
                let line = sums.by_source.entry(source.into()).or_default();
                line[0] = fen;
                if sums.known && line[1] > fen {
                    return Err(e.wrong("money", format!("more is unlocked than the amended contract has from {source}")));
                }
            }
        }
        if e.has("unlocked") || e.has("locked_again") {
            let told: Unlocked = e.facts()?;
            told.unlocked.into_iter().try_for_each(|claim| self.unlocked(e, claim, sight))?;
            told.locked_again.iter().try_for_each(|claim| self.locked_again(e, claim, sight))?;
        }
        if e.has("moved") {
            let told: Follows = e.facts()?;
            told.moved.iter().try_for_each(|x| self.moved(e, x, sight))?;
        }
        match e.kind() {
            "instalment.bounce" => self.came_back(e, sight),
            "instalment.payment" | "instalment.fiscal-payment" if e.has("contract") => self.paid(e, sight),
            _ => Ok(()),
        }
    }

    fn unlocked(&mut self, e: &Entry<'_>, claim: Claim, sight: &mut Sight) -> Result<(), Wrong> {
        self.add(e, claim.contract.0, &claim.source, 1, claim.amount_fen, sight)?;
        match self.claims.insert(claim.instalment.0, (claim, false)) {
            Some(_) => Err(e.wrong("money", "an instalment was unlocked twice")),
            None => Ok(()),
        }
    }

    /// What follows the work was agreed on with the lane that ends, and was not yet unlocked there.
    fn moved(&mut self, e: &Entry<'_>, x: &Moved, sight: &mut Sight) -> Result<(), Wrong> {
        let from = self.contracts.entry(x.from).or_default();
        if !from.known {
            return if sight.partial { Ok(()) } else { Err(e.wrong("money", "the lane it comes from was never in force")) };
        }
        let line = from.by_source.entry(x.source.clone()).or_default();
        let left = line[0].checked_sub(x.amount_fen).filter(|left| *left >= line[1] && x.amount_fen > Fen::default());
        line[0] = left.ok_or_else(|| e.wrong("money", "more follows the work than the lane had not yet earned"))?;
        let to = self.contracts.entry(x.to).or_default().by_source.entry(x.source.clone()).or_default();
        to[0] = to[0].checked_add(x.amount_fen).ok_or_else(|| e.wrong("money", "the sums overflow"))?;
        sight.count("mergers");
        Ok(())
    }

    /// A subsidy is not due after all: it was unlocked, and not paid.
    fn locked_again(&mut self, e: &Entry<'_>, claim: &Claim, sight: &Sight) -> Result<(), Wrong> {
        match self.claims.remove(&claim.instalment.0) {
            Some((was, false)) if was == *claim => self.take(e, claim.contract.0, &claim.source, 1, claim.amount_fen),
            None if sight.partial => Ok(()),
            _ => Err(e.wrong("money", "an instalment was locked that was not open, or that was paid")),
        }
    }

    /// The bank sent a payment back: it was paid, and may be paid again.
    fn came_back(&mut self, e: &Entry<'_>, sight: &Sight) -> Result<(), Wrong> {
        match self.claims.get_mut(&e.event.subject) {
            Some((claim, paid @ true)) => {
                *paid = false;
                let claim = claim.clone();
                self.take(e, claim.contract.0, &claim.source, 2, claim.amount_fen)
            }
            None if sight.partial => Ok(()),
            _ => Err(e.wrong("money", "it came back and was never paid")),
        }
    }

    fn paid(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let paid: Paid = e.facts()?;
        match self.claims.get_mut(&e.event.subject) {
            None if sight.partial => return Ok(()),
            None => return Err(e.wrong("money", "it was paid and never unlocked")),
            Some((_, true)) => return Err(e.wrong("money", "it was paid twice")),
            Some((claim, is_paid)) => {
                if claim.amount_fen != paid.amount_fen || claim.source != paid.source || Some(claim.contract.0) != paid.contract {
                    return Err(e.wrong("money", format!("{} fen of {} were unlocked", claim.amount_fen.as_fen(), claim.source)));
                }
                *is_paid = true;
            }
        }
        let Some(contract) = paid.contract else { return Ok(()) };
        self.add(e, contract, &paid.source, 2, paid.amount_fen, sight)?;
        sight.count("payments");
        Ok(())
    }

    fn take(&mut self, e: &Entry<'_>, contract: Uuid, source: &str, at: usize, fen: Fen) -> Result<(), Wrong> {
        let line = self.contracts.entry(contract).or_default().by_source.entry(source.to_owned()).or_default();
        line[at] = line[at].checked_sub(fen).ok_or_else(|| e.wrong("money", "the sums fall below nothing"))?;
        Ok(())
    }

    /// Adds to a sum, which may not grow beyond the one before it.
    fn add(&mut self, e: &Entry<'_>, contract: Uuid, source: &str, at: usize, fen: Fen, sight: &Sight) -> Result<(), Wrong> {
        let sums = self.contracts.entry(contract).or_default();
        if !sums.known && !sight.partial {
            return Err(e.wrong("money", "its contract was never in force"));
        }
        let line = sums.by_source.entry(source.to_owned()).or_default();
        line[at] = line[at].checked_add(fen).ok_or_else(|| e.wrong("money", "the sums overflow"))?;
        if sums.known && line[at] > line[at - 1] {
            let what = ["", "more is unlocked than the contract has", "more is paid than was unlocked"][at];
            return Err(e.wrong("money", format!("{what} from {source}")));
        }
        Ok(())
    }
}

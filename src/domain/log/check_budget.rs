//! Budgets: heads are the whole of the county's money with the indirect costs within their limit; what is approved against a
//! document never exceeds it; partners get no more than what arrived.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::Money;
use crate::domain::budget::Heads;
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Budgets {
    /// County money of each contract in force.
    county: BTreeMap<Uuid, Money>,
    /// What each document holds, and what was approved against it; nothing is left of one that is closed.
    docs: BTreeMap<Uuid, [Money; 2]>,
    closed: Vec<Uuid>,
}

#[derive(Deserialize)]
struct Agreed {
    county_fen: Money,
    contract: Option<Uuid>,
}

#[derive(Deserialize)]
struct Proposed {
    contract: Uuid,
    heads: Heads,
}

#[derive(Deserialize)]
struct Registered {
    amount_fen: Money,
}

#[derive(Deserialize)]
struct Moved {
    to: Uuid,
    source: String,
    amount_fen: Money,
}

/// A use of a document.
#[derive(Deserialize)]
struct Use {
    doc: Uuid,
    amount_fen: Money,
}

#[derive(Deserialize)]
struct Told {
    amount_fen: Option<Money>,
    source: Option<String>,
    #[serde(default)]
    moved: Vec<Moved>,
    #[serde(default)]
    approved_against: Vec<Use>,
    #[serde(default)]
    given_back: Vec<Use>,
    #[serde(default)]
    passed_on_fen: Vec<Money>,
}

impl Budgets {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        match e.kind() {
            "contract.effect" => {
                let agreed: Agreed = e.facts()?;
                self.county.insert(e.event.subject, agreed.county_fen);
            }
            "change.supplement" if e.has("county_fen") => {
                let agreed: Agreed = e.facts()?;
                self.county.insert(agreed.contract.unwrap_or(e.event.subject), agreed.county_fen);
            }
            "budget.proposal" | "budget.filing" | "budget.grant" => return self.heads(e, sight),
            "budget_doc.registration" => {
                let doc: Registered = e.facts()?;
                self.docs.insert(e.event.subject, [doc.amount_fen, Money::default()]);
            }
            "budget_doc.adjustment" => return self.adjusted(e),
            "budget_doc.closing" => self.closed.push(e.event.subject),
            "instalment.approval" | "instalment.return" | "instalment.bounce" | "instalment.onward-payment" => {
                return self.used(e, sight);
            }
            _ if e.has("moved") => {
                let told: Told = e.facts()?;
                for x in told.moved.iter().filter(|x| x.source == "county") {
                    let of = self.county.entry(x.to).or_default();
                    *of = of.checked_add(x.amount_fen).ok_or_else(|| e.wrong("budget", "the sums overflow"))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn heads(&self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let told: Proposed = e.facts()?;
        let Some(county) = self.county.get(&told.contract) else {
            return if sight.partial { Ok(()) } else { Err(e.wrong("budget", "its contract was never in force")) };
        };
        told.heads.check(*county).map_err(|r| e.wrong("budget", format!("its heads break a rule: {}", r.code)))?;
        sight.count("budgets");
        Ok(())
    }

    fn adjusted(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let told: Registered = e.facts()?;
        let Some([amount, used]) = self.docs.get_mut(&e.event.subject) else { return Ok(()) };
        *amount = told.amount_fen;
        if used > amount {
            return Err(e.wrong("budget", "more is approved against the document than it is to hold"));
        }
        Ok(())
    }

    fn used(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let told: Told = e.facts()?;
        let county = told.source.as_deref() == Some("county");
        let of_none = e.kind() == "instalment.approval" && county && told.approved_against.is_empty();
        if of_none && !self.docs.is_empty() && !sight.partial {
            return Err(e.wrong("budget", "county money was approved against no document"));
        }
        if told.passed_on_fen.iter().any(|sum| told.amount_fen.is_some_and(|arrived| *sum > arrived)) {
            return Err(e.wrong("budget", "more was passed on than arrived"));
        }
        for one in &told.approved_against {
            self.take(e, one, told.amount_fen, sight)?;
        }
        for one in &told.given_back {
            let Some([_, used]) = self.docs.get_mut(&one.doc) else { continue };
            let left = used.checked_sub(one.amount_fen).filter(|left| *left >= Money::default());
            *used = left.ok_or_else(|| e.wrong("budget", "more went back to the document than was approved against it"))?;
        }
        Ok(())
    }

    fn take(&mut self, e: &Entry<'_>, one: &Use, pays: Option<Money>, sight: &mut Sight) -> Result<(), Wrong> {
        let Some([amount, used]) = self.docs.get_mut(&one.doc) else {
            return if sight.partial { Ok(()) } else { Err(e.wrong("budget", "its document is in no register")) };
        };
        *used = used.checked_add(one.amount_fen).ok_or_else(|| e.wrong("budget", "the sums overflow"))?;
        if used > amount || self.closed.contains(&one.doc) || pays != Some(one.amount_fen) {
            return Err(e.wrong("budget", "the document does not hold what was approved against it"));
        }
        sight.count("approvals_against_budget");
        Ok(())
    }
}

//! All the rules that a record is held against, one module each.
use super::Wrong;
use super::entry::Entry;
use super::{
    check_bids::Bids, check_budget::Budgets, check_contracts::Contracts, check_decisions::Decisions, check_delivery::Delivery,
    check_documents::Documents, check_meetings::Meetings, check_money::Money, check_notices::Notices,
    check_objections::Objections, check_opening::Openings, check_panel::Panels, check_people::People, check_tip_offs::TipOffs,
};
use std::collections::BTreeMap;

/// What the rules share: whether entries are hidden from them, and the count of what was worked out again.
#[derive(Debug, Default)]
pub(super) struct Sight {
    /// Some entries are hidden: what is missing may be among them.
    pub partial: bool,
    pub checked: BTreeMap<&'static str, u64>,
}

impl Sight {
    pub fn count(&mut self, what: &'static str) {
        *self.checked.entry(what).or_default() += 1;
    }
}

#[derive(Debug, Default)]
pub(super) struct Rules {
    sight: Sight,
    bids: Bids,
    openings: Openings,
    people: People,
    panels: Panels,
    notices: Notices,
    objections: Objections,
    tip_offs: TipOffs,
    meetings: Meetings,
    money: Money,
    documents: Documents,
    delivery: Delivery,
    budgets: Budgets,
    contracts: Contracts,
    decisions: Decisions,
}

impl Rules {
    pub fn hidden(&mut self) {
        self.sight.partial = true;
    }

    pub fn entry(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let sight = &mut self.sight;
        if !e.kind().starts_with(&format!("{}.", e.event.noun)) {
            return Err(e.wrong("body", "its kind is not of its noun"));
        }
        self.people.entry(e, sight)?;
        self.bids.entry(e, sight)?;
        self.openings.entry(e, sight)?;
        self.panels.entry(e, sight)?;
        self.objections.entry(e, sight)?;
        self.tip_offs.entry(e, sight)?;
        self.notices.entry(e, sight)?;
        self.meetings.entry(e, sight)?;
        self.money.entry(e, sight)?;
        self.delivery.entry(e, sight)?;
        self.budgets.entry(e, sight)?;
        self.documents.entry(e, sight)?;
        self.decisions.entry(e, sight)?;
        self.contracts.entry(e, sight)
    }

    /// A document that somebody holds.
    pub fn hold(&mut self, file: String, sha256: String) {
        self.documents.hold(file, sha256);
    }

    pub fn finish(&self) -> Result<(), Wrong> {
        self.documents.finish(self.sight.partial)
    }

    pub fn checked(&mut self) -> BTreeMap<&'static str, u64> {
        std::mem::take(&mut self.sight.checked)
    }
}

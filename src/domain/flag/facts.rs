//! What the rules look at: a case with all that hangs on it, its part of the record, and what other cases came to.
use super::*;
use std::collections::BTreeMap;

/// One entry of the record, as the rules need it.
#[derive(Clone, Debug)]
pub struct Told {
    pub seq: i64,
    pub at: Timestamp,
    pub kind: String,
    pub subject: Uuid,
    pub org: Option<OrgId>,
    pub actor: AccountId,
    pub name: String,
    pub role: String,
    pub changes: Vec<Change>,
    pub facts: serde_json::Value,
}

/// An award that was confirmed, of any case.
#[derive(Clone, Debug)]
pub struct Award {
    pub challenge: ChallengeId,
    pub title: String,
    pub poster: OrgId,
    /// First-level discipline, three digits of GB/T 13745.
    pub field: String,
    pub winners: Vec<OrgId>,
    pub at: Timestamp,
}

/// What a supplier has under contract already: its indicators.
#[derive(Clone, Debug)]
pub struct Supplied {
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub number: String,
    pub lead: OrgId,
    pub thread: Vec<Thread>,
}

#[derive(Debug)]
pub struct Facts<'a> {
    pub challenge: &'a Challenge,
    pub bids: &'a [Bid],
    /// Contents of the bids that were opened.
    pub offers: &'a BTreeMap<BidId, Readable>,
    pub assignments: &'a [Assignment],
    pub notices: &'a [Notice],
    pub objections: &'a [Objection],
    pub contracts: &'a [Contract],
    pub milestones: &'a [Milestone],
    pub instalments: &'a [Instalment],
    pub acceptances: &'a [Acceptance],
    /// The case's entries, oldest first.
    pub told: &'a [Told],
    pub awards: &'a [Award],
    pub supplied: &'a [Supplied],
    pub orgs: &'a BTreeMap<OrgId, String>,
    pub people: &'a BTreeMap<AccountId, String>,
    /// Who is named as the writer in the files of opened bids.
    pub marks: &'a [Mark],
    /// What was read of what is not public, of this case and others, by those who read much.
    pub reads: &'a [Reads],
    /// From where bids were sealed.
    pub origins: &'a [Origin],
    pub m: &'a Moment,
}

impl Facts<'_> {
    pub fn rules(&self) -> &RuleSet {
        &self.challenge.rules
    }
    pub fn org(&self, id: OrgId) -> String {
        self.orgs.get(&id).cloned().unwrap_or_default()
    }
    pub fn person(&self, id: AccountId) -> String {
        self.people.get(&id).cloned().unwrap_or_default()
    }
    /// Entries of a kind, oldest first.
    pub fn all<'b>(&'b self, kind: &'b str) -> impl DoubleEndedIterator<Item = &'b Told> + 'b {
        self.told.iter().filter(move |t| t.kind == kind)
    }
    /// The newest entry of a kind on a thing.
    pub fn last(&self, kind: &str, subject: Uuid) -> Option<&Told> {
        self.told.iter().rev().find(|t| t.kind == kind && t.subject == subject)
    }
    pub(super) fn seq(&self, kind: &str, subject: Uuid) -> Option<i64> {
        self.last(kind, subject).map(|t| t.seq)
    }
    /// Bids that were opened and not turned away on form.
    pub(super) fn counted(&self) -> Vec<&Bid> {
        self.bids.iter().filter(|b| b.is_valid()).collect()
    }
    /// A flag on the case itself.
    pub(super) fn flag(&self, kind: FlagKind, evidence: Vec<Evidence>) -> Flag {
        self.flag_on(kind, self.challenge.id.0, evidence)
    }
    pub(super) fn flag_on(&self, kind: FlagKind, subject: Uuid, evidence: Vec<Evidence>) -> Flag {
        let threshold = kind.threshold(self.rules()).map(|(name, fact)| (name.to_owned(), fact));
        Flag { kind, subject, threshold, evidence }
    }
}

/// First-level discipline of a need.
pub(super) fn field_of(code: &str) -> String {
    code.chars().take(3).collect()
}

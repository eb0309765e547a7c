//! A change to a contract: the kind decides who must agree and what the public sees (domain 2.9).
//! A change of technical route is filed, not approved; lowering an indicator is approved and published (trap 6).
use super::life::life;
use super::*;

life! {
    /// Where a change request stands.
    noun "change"; states ChangeState; acts ChangeAct; table CHANGE_LIFE;
    first [Draft]; ends [Effective, Refused, Withdrawn];
    Draft { File [Bidder] => Effective, Consent [Poster, Bidder, Officer] => CounterpartAgreed, RefuseConsent [Poster, Bidder, Officer] => Refused, Escalate [Officer] => CounterpartAgreed, Withdraw [Bidder, Poster, Officer] => Withdrawn }
    CounterpartAgreed { TakeUp [Officer] => BureauReview, Withdraw [Bidder, Poster, Officer] => Withdrawn }
    BureauReview { Approve [Checker] => Approved, ApproveCollectively [Head] => Approved, Refuse [Checker, Head] => Refused }
    Approved { Supplement [Poster, Bidder, Officer] => Effective }
    = acts {
        File = "filing", Consent = "consent", RefuseConsent = "consent-refusal", Escalate = "escalation", TakeUp = "review", Approve = "approval",
        ApproveCollectively = "collective-approval", Refuse = "refusal", Supplement = "supplement", Withdraw = "withdrawal"
    }
    = states {
        Draft = "draft", CounterpartAgreed = "counterpart_agreed", BureauReview = "bureau_review", Approved = "approved",
        Effective = "effective", Refused = "refused", Withdrawn = "withdrawn"
    }
}

use ChangeState as S;

pub const CHANGE_KINDS: &[&str] =
    &["route", "team_member", "spending", "partner", "principal_investigator", "indicator", "scope", "extension"];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContractChange {
    pub id: ChangeId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    pub head: Head<ChangeState>,
    pub kind: String,
    pub asked_by: AccountId,
    pub asked_org: OrgId,
    pub before: String,
    pub after: String,
    pub reason: String,
    /// For `indicator`: which one, and the new value.
    pub indicator: Option<i64>,
    pub value: Option<Quantity>,
    /// For `extension`.
    pub months: Option<i64>,
    pub expert_opinion: Option<String>,
    pub minutes: Option<Minutes>,
    pub files: Vec<FileId>,
}

impl ContractChange {
    /// Filing only: direction and indicators stay (N 国发〔2018〕25号).
    pub fn is_filing(&self) -> bool {
        matches!(self.kind.as_str(), "route" | "team_member" | "spending")
    }
    /// Needs at least three experts and a collective decision.
    pub fn is_collective(&self) -> bool {
        matches!(self.kind.as_str(), "principal_investigator" | "indicator" | "scope")
    }
    /// What the public sees: nothing of a filing.
    pub fn is_public(&self) -> bool {
        !self.is_filing()
    }

    pub fn take(&mut self, act: ChangeAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        self.head.enter(to, m, (!to.is_end()).then_some(rules.change_days));
        Ok(())
    }

    pub fn may(&self, act: ChangeAct, m: &Moment) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match act {
            ChangeAct::File => ensure(self.is_filing(), "change_needs_approval"),
            ChangeAct::Consent | ChangeAct::RefuseConsent => ensure(!self.is_filing(), "change_is_filing"),
            ChangeAct::Escalate => match self.head.due {
                Some(due) if m.now < due => Err(Refusal::new("counterpart_still_has_time").with("at", due)),
                _ => Ok(()),
            },
            ChangeAct::Approve => ensure(!self.is_collective(), "change_needs_meeting"),
            ChangeAct::ApproveCollectively => ensure(self.is_collective(), "change_needs_no_meeting"),
            ChangeAct::TakeUp | ChangeAct::Refuse | ChangeAct::Supplement | ChangeAct::Withdraw => Ok(()),
        }
    }

    /// The other side of the contract, who must consent.
    pub fn counterpart(&self) -> (Role, OrgId) {
        if self.asked_org == self.lead { (Role::Poster, self.poster) } else { (Role::Bidder, self.lead) }
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: ChangeAct| Turn::of(role, &format!("change.{}", act.id()), &self.head);
        match self.head.state {
            S::Draft if self.is_filing() => vec![t(Role::Bidder, ChangeAct::File).org(self.lead)],
            S::Draft => {
                let (role, org) = self.counterpart();
                vec![t(role, ChangeAct::Consent).org(org)]
            }
            S::CounterpartAgreed => vec![t(Role::Officer, ChangeAct::TakeUp)],
            S::BureauReview if self.is_collective() => vec![t(Role::Head, ChangeAct::ApproveCollectively)],
            S::BureauReview => vec![t(Role::Checker, ChangeAct::Approve)],
            S::Approved => vec![t(Role::Poster, ChangeAct::Supplement).org(self.poster)],
            S::Effective | S::Refused | S::Withdrawn => vec![],
        }
    }
}

//! A change to a contract: the kind decides who must agree and what the public sees (domain 2.9).
//! A change of technical route is filed, not approved; lowering an indicator is approved and published (trap 6).
use super::life::life;
use super::*;

life! {
    /// Where a change request stands.
    noun "change"; states ChangeState; acts ChangeAct; table CHANGE_LIFE;
    first [Draft]; ends [Effective, Refused, Withdrawn, Lapsed];
    Draft { File [Bidder] => Effective, PartnerConsent [Bidder] => Draft, Consent [Poster, Bidder, Officer] => CounterpartAgreed, RefuseConsent [Poster, Bidder, Officer] => Refused, Escalate [Officer] => CounterpartAgreed, Withdraw [Bidder, Poster, Officer] => Withdrawn, Lapse [System] => Lapsed }
    CounterpartAgreed { TakeUp [Officer] => BureauReview, Withdraw [Bidder, Poster, Officer] => Withdrawn, Lapse [System] => Lapsed }
    BureauReview { Approve [Checker] => Approved, ApproveCollectively [Head] => Approved, Refuse [Checker, Head] => Refused, Withdraw [Bidder, Poster, Officer] => Withdrawn, Lapse [System] => Lapsed }
    Approved { Supplement [Poster, Bidder, Officer, Head] => Approved, Complete [System] => Effective, RefuseSupplement [Poster, Bidder, Officer, Head] => Refused, Withdraw [Bidder, Poster, Officer] => Withdrawn, Lapse [System] => Lapsed }
    = acts {
        File = "filing", PartnerConsent = "partner-consent", Consent = "consent", RefuseConsent = "consent-refusal", Escalate = "escalation", TakeUp = "review", Approve = "approval",
        ApproveCollectively = "collective-approval", Refuse = "refusal", Supplement = "supplement", Complete = "supplement-completed", Withdraw = "withdrawal", RefuseSupplement = "supplement-refusal", Lapse = "lapse"
    }
    = states {
        Draft = "draft", CounterpartAgreed = "counterpart_agreed", BureauReview = "bureau_review", Approved = "approved",
        Effective = "effective", Refused = "refused", Withdrawn = "withdrawn", Lapsed = "lapsed"
    }
}

use ChangeState as S;

pub const CHANGE_KINDS: &[&str] = &[
    "route",
    "team_member",
    "spending",
    "partner",
    "money_share",
    "principal_investigator",
    "lead",
    "indicator",
    "amount",
    "scope",
    "extension",
];

/// What each kind of change is asked with: the fields that it must have, and those that it may.
pub const KIND_FIELDS: &[(&str, &[&str], &[&str])] = &[
    ("route", &["after"], &["before"]),
    ("team_member", &[], &["person", "unit", "leaves"]),
    ("spending", &["after"], &["before"]),
    ("partner", &["members"], &[]),
    ("money_share", &["members"], &[]),
    ("principal_investigator", &["person"], &["unit"]),
    ("lead", &["lead_uscc", "members"], &[]),
    ("indicator", &["indicator", "value"], &[]),
    ("amount", &["county_fen", "enterprise_fen"], &["self_fen"]),
    ("scope", &["after"], &["before"]),
    ("extension", &["months"], &[]),
];

/// Filing only: direction and indicators stay (N 国发〔2018〕25号).
pub fn is_filing(kind: &str) -> bool {
    matches!(kind, "route" | "team_member" | "spending")
}

/// Needs at least three experts and a collective decision.
pub fn is_collective(kind: &str) -> bool {
    matches!(kind, "principal_investigator" | "lead" | "indicator" | "amount" | "scope")
}

/// What a change makes of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum ChangeTo {
    /// Route, spending pattern, scope: what the text says was, and shall be.
    Text {
        before: Option<String>,
        after: String,
    },
    Team {
        joins: Option<String>,
        unit: Option<String>,
        leaves: Option<String>,
    },
    Members {
        members: Vec<Member>,
    },
    Lead {
        org: OrgId,
        uscc: Uscc,
        name: String,
        members: Vec<Member>,
    },
    Investigator {
        name: String,
        unit: Option<String>,
    },
    /// `number` from 1.
    Indicator {
        number: usize,
        value: Quantity,
    },
    Amount {
        county_fen: Money,
        enterprise_fen: Money,
        self_fen: Money,
    },
    Extension {
        months: i64,
    },
}

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
    pub to: ChangeTo,
    /// What changes, value by value, as it stood when it was asked for.
    pub lines: Vec<Change>,
    pub reason: String,
    pub expert_opinion: Option<String>,
    /// The experts asked, each with an own opinion.
    #[serde(default)]
    pub experts: Vec<Judge>,
    /// Its panel was typed in from a meeting on paper.
    #[serde(default)]
    pub typed: Option<TypedPanel>,
    /// Partners with people here, old and new, whose yes it needs before the other side's.
    #[serde(default)]
    pub partners: Vec<OrgId>,
    /// Those of them who said yes.
    #[serde(default)]
    pub consents: Vec<OrgId>,
    pub minutes: Option<Minutes>,
    /// The public notice of an indicator that falls below the second bid's promise.
    #[serde(default)]
    pub notice_no: Option<String>,
    /// Signatures under the supplement.
    #[serde(default)]
    pub marks: Vec<Mark>,
    /// The edition of the contract that it made.
    #[serde(default)]
    pub edition: Option<i32>,
    pub files: Vec<FileId>,
}

impl ContractChange {
    pub fn is_filing(&self) -> bool {
        is_filing(&self.kind)
    }
    pub fn is_collective(&self) -> bool {
        is_collective(&self.kind)
    }
    /// What the public sees: nothing of a filing.
    pub fn is_public(&self) -> bool {
        !self.is_filing()
    }

    pub fn take(&mut self, act: ChangeAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        if to == self.head.state {
            return Ok(());
        }
        self.head.enter(to, m, (!to.is_end()).then_some(rules.change_days));
        Ok(())
    }

    pub fn may(&self, act: ChangeAct, m: &Moment) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match act {
            ChangeAct::File => ensure(self.is_filing(), "change_needs_approval"),
            ChangeAct::Consent => {
                ensure(!self.is_filing(), "change_is_filing")?;
                ensure(self.partners_asked().next().is_none(), "partners_not_agreed")
            }
            ChangeAct::RefuseConsent => ensure(!self.is_filing(), "change_is_filing"),
            ChangeAct::Escalate => match self.head.due {
                Some(due) if m.now < due => Err(Refusal::new("counterpart_still_has_time").with("at", due)),
                _ => Ok(()),
            },
            ChangeAct::Approve => ensure(!self.is_collective(), "change_needs_meeting"),
            ChangeAct::ApproveCollectively => ensure(self.is_collective(), "change_needs_no_meeting"),
            ChangeAct::PartnerConsent
            | ChangeAct::TakeUp
            | ChangeAct::Refuse
            | ChangeAct::Supplement
            | ChangeAct::Complete
            | ChangeAct::RefuseSupplement
            | ChangeAct::Lapse
            | ChangeAct::Withdraw => Ok(()),
        }
    }

    /// A contract that stands still, or has ended, takes no step forward; a no can always be said.
    pub fn may_under(&self, act: ChangeAct, k: &Contract, m: &Moment) -> Result<(), Refusal> {
        use ChangeAct as A;
        self.may(act, m)?;
        let says_no = matches!(act, A::Withdraw | A::Refuse | A::RefuseConsent | A::RefuseSupplement | A::Lapse);
        ensure(says_no || k.head.state == ContractState::Effective, "contract_not_effective")
    }

    /// The other side of the contract, who must consent.
    pub fn counterpart(&self) -> (Role, OrgId) {
        if self.asked_org == self.lead { (Role::Poster, self.poster) } else { (Role::Bidder, self.lead) }
    }

    /// Partners who have not said yes yet.
    pub fn partners_asked(&self) -> impl Iterator<Item = OrgId> {
        self.partners.iter().filter(|p| !self.consents.contains(p)).copied()
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: ChangeAct| Turn::of(role, &format!("change.{}", act.id()), &self.head);
        match self.head.state {
            S::Draft if self.is_filing() => vec![t(Role::Bidder, ChangeAct::File).org(self.lead)],
            S::Draft if self.partners_asked().next().is_some() => {
                self.partners_asked().map(|p| t(Role::Bidder, ChangeAct::PartnerConsent).org(p)).collect()
            }
            S::Draft => {
                let (role, org) = self.counterpart();
                vec![t(role, ChangeAct::Consent).org(org)]
            }
            S::CounterpartAgreed => vec![t(Role::Officer, ChangeAct::TakeUp)],
            S::BureauReview if self.is_collective() => vec![t(Role::Head, ChangeAct::ApproveCollectively)],
            S::BureauReview => vec![t(Role::Checker, ChangeAct::Approve)],
            S::Approved => {
                let lacks = |party: &str| !self.marks.iter().any(|m| m.party == party);
                let mut turns = vec![];
                if lacks("poster") {
                    turns.push(t(Role::Poster, ChangeAct::Supplement).org(self.poster));
                }
                if lacks("bidder") {
                    turns.push(t(Role::Bidder, ChangeAct::Supplement).org(self.lead));
                }
                if turns.is_empty() {
                    turns.push(t(Role::Head, ChangeAct::Supplement));
                }
                turns
            }
            S::Effective | S::Refused | S::Withdrawn | S::Lapsed => vec![],
        }
    }
}

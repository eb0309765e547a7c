//! A node of a contract (里程碑): evidence for each indicator, the poster's answer, the bureau's check (domain 2.7).
//! Silence escalates and never passes; `overdue` is computed, not a state.
use super::life::life;
use super::*;

life! {
    /// Where a milestone stands.
    noun "milestone"; states MilestoneState; acts MilestoneAct; table MILESTONE_LIFE;
    first [Planned]; ends [Passed, Failed, Cancelled];
    Planned { Activate [System] => Active, Cancel [System] => Cancelled }
    Active { Submit [Bidder] => EvidenceSubmitted, Cancel [System] => Cancelled }
    EvidenceSubmitted { Return [Officer] => Active, Confirm [Poster, Officer] => UnderAssessment, Dispute [Poster, Officer] => UnderAssessment, Escalate [Officer] => UnderAssessment, Cancel [System] => Cancelled }
    UnderAssessment { Pass [Checker] => Passed, Rectify [Officer] => Rectifying, Fail [Checker] => Failed, Cancel [System] => Cancelled }
    Rectifying { Submit [Bidder] => EvidenceSubmitted, Fail [Checker] => Failed, Cancel [System] => Cancelled }
    = acts {
        Activate = "activation", Submit = "evidence", Return = "return", Confirm = "confirmation", Dispute = "dispute", Escalate = "escalation",
        Pass = "pass", Rectify = "rectification", Fail = "failure", Cancel = "cancellation"
    }
    = states {
        Planned = "planned", Active = "active", EvidenceSubmitted = "evidence_submitted", UnderAssessment = "under_assessment",
        Rectifying = "rectifying", Passed = "passed", Failed = "failed", Cancelled = "cancelled"
    }
}

use MilestoneState as S;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Number of the contract's indicator, from 1.
    pub indicator: i64,
    pub value: Quantity,
    pub note: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Milestone {
    pub id: MilestoneId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    /// From 1.
    pub number: usize,
    pub of: usize,
    pub head: Head<MilestoneState>,
    pub name: String,
    pub result: String,
    pub share_bp: i64,
    /// 24:00 of the day by which the evidence is due.
    pub due_at: Timestamp,
    pub evidence: Vec<Evidence>,
    pub report: Option<String>,
    pub files: Vec<FileId>,
    pub poster_says: Option<String>,
    pub poster_reason: Option<String>,
    pub verdict: Option<String>,
    pub rectified: u16,
    pub assessed_by: Option<AccountId>,
    /// The node that must pass before this one begins; 0 for none.
    #[serde(default)]
    pub after: usize,
    /// Here the lanes of a race are compared, or the work may end.
    #[serde(default)]
    pub cut_point: bool,
}

impl Milestone {
    pub fn take(&mut self, act: MilestoneAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::EvidenceSubmitted => Some(rules.milestone_poster_days),
            S::UnderAssessment => Some(rules.milestone_check_days),
            _ => None,
        };
        self.head.enter(to, m, due);
        match to {
            S::Active => self.head.due = Some(self.due_at),
            S::Rectifying => self.head.due = Some(m.days(rules.rectify_days)),
            _ => {}
        }
        Ok(())
    }

    pub fn may(&self, act: MilestoneAct, m: &Moment) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match act {
            MilestoneAct::Rectify => ensure(self.rectified == 0, "rectified_once"),
            MilestoneAct::Escalate => match self.head.due {
                Some(due) if m.now < due => Err(Refusal::new("poster_still_has_time").with("at", due)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Its date moves by `by`, and with it the clock of one that is being worked on.
    pub fn postpone(&mut self, by: jiff::Span, calendar: &Calendar) {
        self.due_at = deadline_instant(calendar.roll_forward(notice::last_day(self.due_at).saturating_add(by)));
        if self.head.state == S::Active {
            self.head.due = Some(self.due_at);
        }
    }

    pub fn is_overdue(&self, now: Timestamp) -> bool {
        matches!(self.head.state, S::Planned | S::Active | S::Rectifying) && now >= self.head.due.unwrap_or(self.due_at)
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: MilestoneAct| Turn::of(role, &format!("milestone.{}", act.id()), &self.head);
        match self.head.state {
            S::Active | S::Rectifying => vec![t(Role::Bidder, MilestoneAct::Submit).org(self.lead)],
            S::EvidenceSubmitted => vec![t(Role::Poster, MilestoneAct::Confirm).org(self.poster)],
            S::UnderAssessment => vec![t(Role::Checker, MilestoneAct::Pass)],
            S::Planned | S::Passed | S::Failed | S::Cancelled => vec![],
        }
    }
}

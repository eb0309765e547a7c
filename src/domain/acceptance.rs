//! Final acceptance (验收): indicator by indicator, three outcomes 通过 / 结题 / 未通过 (domain 2.10, trap 4).
use super::life::life;
use super::*;

life! {
    /// Where an acceptance stands.
    noun "acceptance"; states AcceptanceState; acts AcceptanceAct; table ACCEPTANCE_LIFE;
    first [Due]; ends [Archived, Cancelled];
    Due { Apply [Bidder] => Applied, FailOverdue [Head] => Failed, Cancel [System] => Cancelled }
    Applied { Return [Officer] => Due, Check [Officer] => Panel, Cancel [System] => Cancelled }
    Panel { Cancel [System] => Cancelled, Measure [Officer] => Panel, Judge [Officer] => Judged, Rectify [Officer] => Due }
    Judged { Cancel [System] => Cancelled, Pass [Head] => Passed, Conclude [Head] => Concluded, Fail [Head] => Failed, Reopen [Head] => Panel }
    Passed { Archive [Officer] => Archived }
    Concluded { Archive [Officer] => Archived }
    Failed { Archive [Officer] => Archived }
    = acts {
        Apply = "application", FailOverdue = "overdue-failure", Return = "return", Check = "check", Measure = "measurement", Judge = "panel-verdict",
        Rectify = "rectification", Pass = "pass", Conclude = "conclusion", Fail = "failure", Reopen = "reopening", Archive = "archive", Cancel = "cancellation"
    }
    = states {
        Due = "due", Applied = "applied", Panel = "panel", Judged = "judged", Passed = "passed", Concluded = "concluded",
        Failed = "failed", Archived = "archived", Cancelled = "cancelled"
    }
}

use AcceptanceState as S;

pub const VERDICTS_OF_INDICATOR: &[&str] = &["met", "exceeded", "not_met", "not_tested"];
pub const OUTCOMES: &[&str] = &["passed", "concluded", "failed"];
pub const CAUSES: &[&str] = &["none", "objective", "fault", "falsehood"];

/// What was measured for one indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Number of the contract's indicator, from 1.
    pub indicator: i64,
    pub value: Option<Quantity>,
    pub report_no: Option<String>,
    pub measured_on: Option<String>,
    pub verdict: String,
    pub note: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Acceptance {
    pub id: AcceptanceId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    pub head: Head<AcceptanceState>,
    pub summary: Option<String>,
    pub end_user_report: Option<String>,
    pub files: Vec<FileId>,
    pub measured: Vec<Measured>,
    pub cause: Option<String>,
    pub diligence: Option<String>,
    /// What the rule gives, and what the panel found; a difference needs a reason.
    pub computed: Option<String>,
    pub panel_verdict: Option<String>,
    pub panel_reason: Option<String>,
    pub panel: Vec<Opinion>,
    pub minutes: Option<Minutes>,
    pub outcome: Option<String>,
    pub rectified: u16,
}

impl Acceptance {
    pub fn take(&mut self, act: AcceptanceAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::Applied => Some(rules.acceptance_check_days),
            S::Panel => Some(rules.acceptance_panel_days),
            S::Judged => Some(rules.acceptance_decide_days),
            S::Passed | S::Concluded | S::Failed => Some(rules.settle_days),
            S::Due | S::Archived | S::Cancelled => None,
        };
        if to != self.head.state {
            self.head.enter(to, m, due);
        }
        if to == S::Due {
            self.head.due = Some(m.days(90));
        }
        Ok(())
    }

    pub fn may(&self, act: AcceptanceAct) -> Result<(), Refusal> {
        use AcceptanceAct as A;
        self.head.state.step(act)?;
        match act {
            A::Judge => ensure(!self.measured.is_empty(), "nothing_measured"),
            A::Rectify => ensure(self.rectified == 0, "rectified_once"),
            A::Pass => ensure(self.panel_verdict.as_deref() == Some("passed"), "panel_found_otherwise"),
            A::Conclude => ensure(self.panel_verdict.as_deref() == Some("concluded"), "panel_found_otherwise"),
            A::Fail => ensure(self.panel_verdict.as_deref() == Some("failed"), "panel_found_otherwise"),
            A::Apply | A::FailOverdue | A::Return | A::Check | A::Measure | A::Reopen | A::Archive | A::Cancel => Ok(()),
        }
    }

    /// The rule's verdict: all hard indicators met and 90 % of the weight → passed; otherwise concluded when the cause is
    /// objective and diligence is proved; otherwise failed (domain 2.10, C).
    pub fn compute(&self, thread: &[Thread]) -> &'static str {
        let met = |n: usize| {
            self.measured.iter().any(|m| {
                usize::try_from(m.indicator).is_ok_and(|i| i == n + 1) && matches!(m.verdict.as_str(), "met" | "exceeded")
            })
        };
        let hard = thread.iter().enumerate().all(|(n, t)| !t.published.hard || met(n));
        let weight: i64 = thread.iter().enumerate().filter(|(n, _)| met(*n)).map(|(_, t)| t.published.weight).sum();
        match (hard && weight >= 90, self.cause.as_deref()) {
            (true, Some("falsehood")) => "failed",
            (true, _) => "passed",
            (false, Some("objective")) if self.diligence.is_some() => "concluded",
            (false, _) => "failed",
        }
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: AcceptanceAct| Turn::of(role, &format!("acceptance.{}", act.id()), &self.head);
        match self.head.state {
            S::Due => vec![t(Role::Bidder, AcceptanceAct::Apply).org(self.lead)],
            S::Applied => vec![t(Role::Officer, AcceptanceAct::Check)],
            S::Panel if self.measured.is_empty() => vec![t(Role::Officer, AcceptanceAct::Measure)],
            S::Panel => vec![t(Role::Officer, AcceptanceAct::Judge)],
            S::Judged => vec![t(Role::Head, AcceptanceAct::Pass)],
            S::Passed | S::Concluded | S::Failed => vec![t(Role::Officer, AcceptanceAct::Archive)],
            S::Archived | S::Cancelled => vec![],
        }
    }
}

impl Acceptance {
    /// Due once the last milestone has passed, or the contract's end has come; three months to apply (L).
    pub fn due(id: AcceptanceId, k: &Contract, m: &Moment) -> Self {
        let mut head = Head::new(S::Due, m, None);
        head.due = Some(m.days(90));
        Self {
            id,
            contract: k.id,
            challenge: k.challenge,
            poster: k.poster,
            lead: k.lead,
            head,
            summary: None,
            end_user_report: None,
            files: vec![],
            measured: vec![],
            cause: None,
            diligence: None,
            computed: None,
            panel_verdict: None,
            panel_reason: None,
            panel: vec![],
            minutes: None,
            outcome: None,
            rectified: 0,
        }
    }
}

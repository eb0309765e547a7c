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
    Judged { Cancel [System] => Cancelled, Publish [Officer] => Noticed, Reopen [Head] => Panel }
    Noticed { Correct [System] => Noticed, Cancel [System] => Cancelled, Object [Poster, Bidder, Officer] => Noticed, Pass [Head] => Passed, Conclude [Head] => Concluded, Fail [Head] => Failed, Reopen [Head] => Panel }
    Passed { Archive [Officer] => Archived }
    Concluded { Archive [Officer] => Archived }
    Failed { Archive [Officer] => Archived }
    = acts {
        Apply = "application", FailOverdue = "overdue-failure", Return = "return", Check = "check", Measure = "measurement", Judge = "panel-verdict", Publish = "notice", Object = "objection",
        Rectify = "rectification", Pass = "pass", Conclude = "conclusion", Fail = "failure", Reopen = "reopening", Archive = "archive", Cancel = "cancellation", Correct = "correction"
    }
    = states {
        Due = "due", Applied = "applied", Panel = "panel", Judged = "judged", Noticed = "noticed", Passed = "passed", Concluded = "concluded",
        Failed = "failed", Archived = "archived", Cancelled = "cancelled"
    }
}

use AcceptanceState as S;

pub const VERDICTS_OF_INDICATOR: &[&str] = &["met", "exceeded", "not_met", "not_tested"];
pub const OUTCOMES: &[&str] = &["passed", "concluded", "failed"];
pub const CAUSES: &[&str] = &["none", "objective", "fault", "falsehood"];

/// Whose word a measurement stands on: a laboratory with a mark, or those who watched.
pub const TEST_BASES: &[&str] = &["cma", "cnas", "witness"];
pub const END_USER_OPINIONS: &[&str] = &["agree", "agree_with_reservations", "disagree"];

/// What the team itself says of an indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfAssessed {
    pub indicator: i64,
    pub value: Option<Quantity>,
    pub verdict: String,
    pub note: Option<String>,
}

/// A party's objection to the panel's verdict while it is on notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictObjection {
    pub org: OrgId,
    pub text: String,
    pub at: Timestamp,
}

/// What was measured for one indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Number of the contract's indicator, from 1.
    pub indicator: i64,
    pub value: Option<Quantity>,
    pub report_no: Option<String>,
    pub measured_on: Option<String>,
    #[serde(default)]
    pub basis: Option<String>,
    #[serde(default)]
    pub lab: Option<String>,
    /// Number of the laboratory's CMA or CNAS certificate.
    #[serde(default)]
    pub lab_no: Option<String>,
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
    pub panel: Vec<Judge>,
    /// Its panel was typed in from a meeting on paper.
    #[serde(default)]
    pub typed: Option<TypedPanel>,
    pub minutes: Option<Minutes>,
    pub outcome: Option<String>,
    pub rectified: u16,
    #[serde(default)]
    pub self_assessed: Vec<SelfAssessed>,
    #[serde(default)]
    pub end_user: Option<String>,
    #[serde(default)]
    pub end_user_opinion: Option<String>,
    #[serde(default)]
    pub ip_list: Option<String>,
    #[serde(default)]
    pub objections: Vec<VerdictObjection>,
    /// The proof on which a result is closed without blame.
    #[serde(default)]
    pub excused: Option<Diligence>,
    #[serde(default)]
    pub result_registration_no: Option<String>,
    #[serde(default)]
    pub sci_report_no: Option<String>,
}

impl Acceptance {
    pub fn take(&mut self, act: AcceptanceAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::Applied => Some(rules.acceptance_check_days),
            S::Panel => Some(rules.acceptance_panel_days),
            S::Judged => Some(rules.acceptance_decide_days),
            // The verdict lies open before it is decided on (C).
            S::Noticed => Some(rules.notice_days),
            S::Passed | S::Concluded | S::Failed => Some(rules.settle_days),
            S::Due | S::Archived | S::Cancelled => None,
        };
        if act == AcceptanceAct::Correct {
            self.head.due = self.head.corrected(rules.notice_days, m).or(self.head.due);
        }
        if to != self.head.state {
            self.head.enter(to, m, due);
        }
        if to == S::Due {
            self.head.due = Some(m.days(90));
        }
        Ok(())
    }

    pub fn may(&self, act: AcceptanceAct, m: &Moment) -> Result<(), Refusal> {
        use AcceptanceAct as A;
        self.head.state.step(act)?;
        let decides = matches!(act, A::Pass | A::Conclude | A::Fail);
        if let Some(until) = self.head.due.filter(|until| decides && m.now < *until) {
            return Err(Refusal::new("verdict_on_notice").with("at", until));
        }
        match act {
            A::Judge => ensure(!self.measured.is_empty(), "nothing_measured"),
            A::Rectify => ensure(self.rectified == 0, "rectified_once"),
            A::Pass => ensure(self.panel_verdict.as_deref() == Some("passed"), "panel_found_otherwise"),
            A::Conclude => ensure(self.panel_verdict.as_deref() == Some("concluded"), "panel_found_otherwise"),
            A::Fail => ensure(self.panel_verdict.as_deref() == Some("failed"), "panel_found_otherwise"),
            A::Object => match self.head.due {
                Some(until) if m.now >= until => Err(Refusal::new("verdict_notice_over")),
                _ => Ok(()),
            },
            A::Apply
            | A::FailOverdue
            | A::Return
            | A::Check
            | A::Measure
            | A::Publish
            | A::Reopen
            | A::Archive
            | A::Cancel
            | A::Correct => Ok(()),
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
            S::Judged => vec![t(Role::Officer, AcceptanceAct::Publish)],
            // The queue shows it once the notice is over.
            S::Noticed => vec![t(Role::Head, AcceptanceAct::Pass).from(self.head.due.unwrap_or(self.head.since)).due(None)],
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
            typed: None,
            minutes: None,
            outcome: None,
            rectified: 0,
            self_assessed: vec![],
            end_user: None,
            end_user_opinion: None,
            ip_list: None,
            objections: vec![],
            excused: None,
            result_registration_no: None,
            sci_report_no: None,
        }
    }
}

impl Acceptance {
    /// What a hard indicator's value rests on is named: report, laboratory and its certificate, or those who watched.
    pub fn check_bases(measured: &[Measured], thread: &[Thread], faults: &mut Faults) {
        for (n, row) in measured.iter().enumerate() {
            let at = usize::try_from(row.indicator).ok().and_then(|i| i.checked_sub(1));
            let hard = at.and_then(|at| thread.get(at)).is_some_and(|t| t.published.hard);
            if !hard || row.verdict == "not_tested" {
                continue;
            }
            match row.basis.as_deref() {
                None => faults.add(format!("measured.{n}.basis"), "test_basis_missing"),
                Some("witness") => {}
                Some(_) if row.report_no.is_none() => faults.add(format!("measured.{n}.report_no"), "missing"),
                Some(_) if row.lab.is_none() => faults.add(format!("measured.{n}.lab"), "missing"),
                Some(_) if row.lab_no.is_none() => faults.add(format!("measured.{n}.lab_no"), "missing"),
                Some(_) => {}
            }
        }
    }

    /// The acceptance's panel (domain 2.10): odd, at least five, one of finance, at most a third from the award's panel.
    pub fn check_panel(panel: &[Judge], award_panel: &[String], parties: &[String]) -> Result<(), Refusal> {
        ensure(panel.len() % 2 == 1, "panel_even").map_err(|r| r.at("opinions"))?;
        judge::enough(panel, 5, parties, "opinions")?;
        let finance = panel.iter().any(|j| j.expert_kind.as_deref() == Some("finance_management"));
        ensure(finance, "panel_needs_finance").map_err(|r| r.at("opinions"))?;
        let (known, most) = (panel.iter().filter(|j| award_panel.contains(&j.expert)).count(), panel.len() / 3);
        if known > most {
            return Err(Refusal::new("panel_of_award").with("known", known).with("most", most).at("opinions"));
        }
        Ok(())
    }

    /// What has to be registered before the archive takes it: the result of a pass, the report of any that was carried out.
    pub fn check_registered(&self) -> Result<(), Refusal> {
        let (passed, carried_out) = (self.head.state == S::Passed, matches!(self.head.state, S::Passed | S::Concluded));
        let registered = !passed || self.result_registration_no.is_some();
        ensure(registered, "registration_missing").map_err(|r| r.at("result_registration_no"))?;
        ensure(!carried_out || self.sci_report_no.is_some(), "sci_report_missing").map_err(|r| r.at("sci_report_no"))
    }
}

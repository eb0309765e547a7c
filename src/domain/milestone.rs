//! A node of a contract (里程碑): evidence for each indicator, the poster's answer, the bureau's check (domain 2.7).
//! Silence escalates and never passes; `overdue` is computed, not a state.
use super::form::{Field, Kind::*, may, must};
use super::life::life;
use super::*;

life! {
    /// Where a milestone stands.
    noun "milestone"; states MilestoneState; acts MilestoneAct; table MILESTONE_LIFE;
    first [Planned]; ends [Passed, Disposed, Cancelled];
    Planned { Activate [System] => Active, Cancel [System] => Cancelled }
    Active { Submit [Bidder] => EvidenceSubmitted, DecideOverdue [Head] => Active, FailOverdue [Head] => Failed, Cancel [System] => Cancelled }
    EvidenceSubmitted { Return [Officer] => Active, Confirm [Poster, Officer] => UnderAssessment, Dispute [Poster, Officer] => UnderAssessment, Escalate [Officer] => UnderAssessment, Cancel [System] => Cancelled }
    UnderAssessment { Pass [Checker] => Passed, PassWithConditions [Checker] => Conditional, Rectify [Officer] => Rectifying, Fail [Checker] => Failed, Cancel [System] => Cancelled }
    Conditional { Prove [Bidder] => Conditional, Close [Checker] => Conditional, Settle [System] => Passed }
    Rectifying { Submit [Bidder] => EvidenceSubmitted, Fail [Checker] => Failed, DecideOverdue [Head] => Rectifying, FailOverdue [Head] => Failed, Cancel [System] => Cancelled }
    Failed { Replan [Head] => Active, Dispose [Head] => Disposed }
    = acts {
        Activate = "activation", Submit = "evidence", Return = "return", Confirm = "confirmation", Dispute = "dispute", Escalate = "escalation",
        Pass = "pass", PassWithConditions = "conditional-pass", Prove = "condition-proof", Close = "condition-closing", Settle = "conditions-met",
        Rectify = "rectification", Fail = "failure", DecideOverdue = "overdue-decision", FailOverdue = "overdue-failure",
        Replan = "replanning", Dispose = "disposal", Cancel = "cancellation"
    }
    = states {
        Planned = "planned", Active = "active", EvidenceSubmitted = "evidence_submitted", UnderAssessment = "under_assessment",
        Rectifying = "rectifying", Passed = "passed", Conditional = "conditional", Failed = "failed", Disposed = "disposed",
        Cancelled = "cancelled"
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

/// Of the contract's deliverables, what is handed over, under which number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    pub kind: String,
    pub number: String,
    pub count: i64,
    pub note: Option<String>,
}

pub const DELIVERED: &[Field] = &[
    must("kind", Choice(DELIVERABLES)),
    must("number", Text(2, 80)),
    must("count", Integer(1, 1000)),
    may("note", Text(1, 200)),
];

/// One indicator, judged by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeVerdict {
    pub indicator: i64,
    pub verdict: String,
    pub note: Option<String>,
}

/// `not_due`: the contract asks for it at a later node.
pub const NODE_VERDICTS: &[&str] = &["met", "not_met", "not_due"];
pub const JUDGED: &[Field] =
    &[must("indicator", Integer(1, 12)), must("verdict", Choice(NODE_VERDICTS)), may("note", Text(1, 200))];

/// What the checker asks for when it passes a node with conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    pub text: String,
    pub due_on: String,
}

/// A condition, with its proof once there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub text: String,
    pub due_on: String,
    pub proof: Option<String>,
    pub proved_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
}

/// What the bureau decided about a node sixty working days late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueRuling {
    pub outcome: String,
    pub late_days: i64,
    pub due_on: Option<String>,
    pub reason: String,
    pub minutes: Minutes,
    pub at: Timestamp,
}

/// What follows from a failed node (domain 2.7).
pub const NODE_OUTCOMES: &[&str] = &["change", "cut", "terminate"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeDecision {
    pub outcome: String,
    pub reason: String,
    pub minutes: Minutes,
    pub at: Timestamp,
}

/// Working days after which lateness is red, and after which the bureau must decide (domain 2.7).
pub const LATE_RED: i64 = 20;
pub const LATE_DECIDE: i64 = 60;

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
    /// When evidence was first handed in: diligence counts by it.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    #[serde(default)]
    pub deliverables: Vec<Delivered>,
    #[serde(default)]
    pub judged: Vec<NodeVerdict>,
    #[serde(default)]
    pub experts: Vec<Judge>,
    /// Its panel was typed in from a meeting on paper.
    #[serde(default)]
    pub typed: Option<TypedPanel>,
    #[serde(default)]
    pub conditions: Vec<Condition>,
    #[serde(default)]
    pub overdue_rulings: Vec<OverdueRuling>,
    #[serde(default)]
    pub decision: Option<NodeDecision>,
    /// A failure that is nobody's fault, with the proof.
    #[serde(default)]
    pub excused: Option<Diligence>,
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
        if to == self.head.state {
            return Ok(());
        }
        let due = match to {
            S::EvidenceSubmitted => Some(rules.milestone_poster_days),
            S::UnderAssessment => Some(rules.milestone_check_days),
            S::Failed => Some(rules.decision_days),
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
            MilestoneAct::DecideOverdue | MilestoneAct::FailOverdue => match self.late_days(m.now, &m.calendar) {
                LATE_DECIDE.. => Ok(()),
                late => Err(Refusal::new("not_so_late").with("late", late).with("least", LATE_DECIDE)),
            },
            MilestoneAct::Settle => ensure(self.conditions.iter().all(|c| c.closed_at.is_some()), "conditions_open"),
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

    /// Working days past its date; nothing while it is in time or out of the team's hands.
    pub fn late_days(&self, now: Timestamp, calendar: &Calendar) -> i64 {
        let due = self.head.due.unwrap_or(self.due_at);
        if self.is_overdue(now) { -calendar.remaining(date_of(now), notice::last_day(due)) } else { 0 }
    }

    /// Every indicator handed in is judged, none is found wanting in a pass; each once.
    pub fn check_judged(&self, judged: &[NodeVerdict], passes: bool) -> Result<(), Refusal> {
        for e in &self.evidence {
            let of: Vec<&NodeVerdict> = judged.iter().filter(|j| j.indicator == e.indicator).collect();
            let [one] = of[..] else {
                return Err(Refusal::new("judge_each_indicator").with("indicator", e.indicator).at("judged"));
            };
            if passes && one.verdict == "not_met" {
                return Err(Refusal::new("indicator_not_met").with("indicator", e.indicator).at("judged"));
            }
        }
        Ok(())
    }

    /// The deliverables that the challenge asked for, all there at the last node.
    pub fn check_delivered(&self, need: &Need) -> Result<(), Refusal> {
        for d in need.deliverables.iter().filter(|_| self.number == self.of) {
            let given: i64 = self.deliverables.iter().filter(|x| x.kind == d.kind).map(|x| x.count).sum();
            if given < d.count {
                let (kind, count) = (&d.kind, d.count.to_string());
                return Err(Refusal::new("deliverable_missing").with("kind", kind).with("count", count).at("deliverables"));
            }
        }
        Ok(())
    }

    /// The `n`th condition, from 1.
    pub fn condition(&mut self, n: i64) -> Result<&mut Condition, Refusal> {
        let at = usize::try_from(n).ok().and_then(|n| n.checked_sub(1));
        at.and_then(|at| self.conditions.get_mut(at)).ok_or_else(|| Refusal::new("condition_unknown").at("condition"))
    }

    pub fn turns(&self, calendar: &Calendar) -> Vec<Turn> {
        let t = |role, act: MilestoneAct| Turn::of(role, &format!("milestone.{}", act.id()), &self.head);
        match self.head.state {
            S::Active | S::Rectifying => {
                let due = notice::last_day(self.head.due.unwrap_or(self.due_at));
                let late = deadline_instant(calendar.add_workdays(due, LATE_DECIDE - 1).date);
                let decide = t(Role::Head, MilestoneAct::DecideOverdue).from(late).due(Some(late));
                vec![t(Role::Bidder, MilestoneAct::Submit).org(self.lead), decide]
            }
            S::Conditional => {
                let open = self.conditions.iter().filter(|c| c.closed_at.is_none());
                let soonest = open.clone().filter(|c| c.proof.is_none()).map(|c| &c.due_on).min();
                let due = soonest.and_then(|d| d.parse().ok()).map(deadline_instant);
                let proof = soonest.map(|_| t(Role::Bidder, MilestoneAct::Prove).org(self.lead).due(due));
                let proved = open.clone().any(|c| c.proof.is_some());
                proof.into_iter().chain(proved.then(|| t(Role::Checker, MilestoneAct::Close))).collect()
            }
            S::Failed => vec![t(Role::Head, MilestoneAct::Dispose)],
            S::EvidenceSubmitted => vec![t(Role::Poster, MilestoneAct::Confirm).org(self.poster)],
            S::UnderAssessment => vec![t(Role::Checker, MilestoneAct::Pass)],
            S::Planned | S::Passed | S::Disposed | S::Cancelled => vec![],
        }
    }
}

impl Asking {
    pub fn condition(self) -> Condition {
        Condition { text: self.text, due_on: self.due_on, proof: None, proved_at: None, closed_at: None }
    }
}

impl Milestone {
    /// As the plan of a contract has it.
    pub fn planned(k: &Contract, number: usize, node: &OfferedMilestone, due_at: Timestamp, m: &Moment) -> Self {
        Self {
            id: MilestoneId(clock::ordered_id()),
            contract: k.id,
            challenge: k.challenge,
            poster: k.poster,
            lead: k.lead,
            number,
            of: k.milestones.len(),
            head: Head::new(S::Planned, m, None),
            name: node.name.clone(),
            result: node.result.clone(),
            share_bp: node.share_bp,
            due_at,
            evidence: vec![],
            report: None,
            files: vec![],
            poster_says: None,
            poster_reason: None,
            verdict: None,
            rectified: 0,
            assessed_by: None,
            submitted_at: None,
            deliverables: vec![],
            judged: vec![],
            experts: vec![],
            typed: None,
            conditions: vec![],
            overdue_rulings: vec![],
            decision: None,
            excused: None,
            after: node.after.and_then(|a| usize::try_from(a).ok()).unwrap_or(number - 1),
            cut_point: node.cut_point,
        }
    }
}

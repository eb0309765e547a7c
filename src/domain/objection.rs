//! An objection to a proposed award: by real name or seal with proof (trap 16), accepted by someone who did not award,
//! investigated by two, decided collectively; scores themselves can't be objected to (trap 17) (domain 2.5).
use super::life::life;
use super::*;

life! {
    /// Where an objection stands.
    noun "objection"; states ObjectionState; acts ObjectionAct; table OBJECTION_LIFE;
    first [Filed]; ends [MovedToTipOff, NotAccepted, Closed];
    Filed { Accept [Checker] => Accepted, Refuse [Checker] => NotAccepted, AskCompletion [Checker] => Incomplete, MoveToTipOff [Officer] => MovedToTipOff, Withdraw [Public] => Withdrawn }
    Incomplete { Complete [Public] => Filed, Refuse [Checker] => NotAccepted, Withdraw [Public] => Withdrawn }
    Accepted { Investigate [Checker] => Investigating, Extend [Head] => Accepted, Withdraw [Public] => Withdrawn }
    Investigating {
        Join [Officer] => Investigating, Answer [Bidder, Poster] => Investigating, Find [Checker, Officer] => Investigating, Extend [Head] => Investigating,
        Uphold [Head] => Upheld, PartlyUphold [Head] => PartlyUpheld, Dismiss [Head] => Dismissed, Withdraw [Public] => Withdrawn
    }
    Withdrawn { Examine [Checker] => Investigating }
    Upheld { Reconsider [Public, Bidder] => Reconsidering, Close [Checker] => Closed }
    PartlyUpheld { Reconsider [Public, Bidder] => Reconsidering, Close [Checker] => Closed }
    Dismissed { Reconsider [Public, Bidder] => Reconsidering, Close [Checker] => Closed }
    Reconsidering { Reopen [Head] => Investigating, Close [Head] => Closed }
    = acts {
        Accept = "acceptance", Refuse = "refusal", AskCompletion = "completion-request", MoveToTipOff = "tip-off", Withdraw = "withdrawal",
        Complete = "completion", Investigate = "investigation", Join = "joining", Answer = "answer", Find = "findings", Extend = "extension",
        Examine = "examination", Uphold = "upholding", PartlyUphold = "partial-upholding", Dismiss = "dismissal", Reconsider = "reconsideration",
        Reopen = "reopening", Close = "closing"
    }
    = states {
        Filed = "filed", MovedToTipOff = "moved_to_tip_off", Accepted = "accepted", NotAccepted = "not_accepted", Incomplete = "incomplete",
        Investigating = "investigating", Upheld = "upheld", PartlyUpheld = "partly_upheld", Dismissed = "dismissed", Withdrawn = "withdrawn",
        Reconsidering = "reconsidering", Closed = "closed"
    }
}

use ObjectionState as S;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub org: OrgId,
    pub text: String,
    pub at: Timestamp,
}

pub const OBJECTOR_KINDS: &[&str] = &["unit", "person"];
/// Why an objection is not taken up (domain 2.5).
pub const REFUSAL_GROUNDS: &[&str] = &["academic", "out_of_time", "other_matter", "not_completed", "no_facts"];

/// What the two who investigated found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    pub by: AccountId,
    pub at: Timestamp,
    pub facts_found: String,
    pub technical: bool,
    /// Independent opinions where the matter is technical.
    pub experts: Vec<ExpertView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpertView {
    pub expert: String,
    pub unit: String,
    pub opinion: String,
}

/// The decision in writing: what was found, why, by which rule, and what may be done against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionLetter {
    pub outcome: String,
    pub effect: Option<String>,
    pub facts_found: String,
    pub reasons: String,
    pub rule: String,
    pub decided_on: String,
    /// Last day to ask for administrative reconsideration: 60 calendar days, N(行政复议法 2023修订).
    pub remedy_until: String,
    /// Last day to ask this bureau to look again, with new facts.
    pub reconsider_until: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Objection {
    pub id: ObjectionId,
    pub notice: NoticeId,
    pub challenge: ChallengeId,
    pub head: Head<ObjectionState>,
    /// Account of the objector, when it has one.
    pub filed_by: Option<AccountId>,
    /// Who prepared the notice.
    #[serde(default)]
    pub prepared_by: Option<AccountId>,
    pub org: Option<OrgId>,
    pub name: String,
    /// Masked; what was typed lies sealed beside it.
    pub contact: String,
    pub facts: String,
    pub request: String,
    pub evidence: Vec<FileId>,
    pub accepted_by: Option<AccountId>,
    pub note: Option<String>,
    pub answers: Vec<Answer>,
    pub decision: Option<Minutes>,
    pub decision_reason: Option<String>,
    pub effect: Option<String>,
    pub reconsideration: Option<String>,
    /// A unit or a person.
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub uscc: Option<Uscc>,
    /// The stamped or signed paper.
    #[serde(default)]
    pub proof: Vec<FileId>,
    #[serde(default)]
    pub contact_sealed: Option<String>,
    /// Who read the contact, when and why.
    #[serde(default)]
    pub contact_read: Vec<Half>,
    /// SHA-256 of the code by which a visitor follows it.
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub ground: Option<String>,
    /// The organisations asked to answer.
    #[serde(default)]
    pub asked: Vec<OrgId>,
    #[serde(default)]
    pub investigators: Vec<AccountId>,
    #[serde(default)]
    pub findings: Option<Findings>,
    #[serde(default)]
    pub extended: Option<String>,
    /// Withdrawn, and examined all the same for the gravity of its facts.
    #[serde(default)]
    pub ex_officio: bool,
    #[serde(default)]
    pub outcome: Option<String>,
    #[serde(default)]
    pub letter: Option<DecisionLetter>,
    #[serde(default)]
    pub deadlines: Vec<Deadline>,
}

/// What an upheld objection does.
pub const EFFECTS: &[&str] = &["next_rank", "re_review", "revise_notice", "relist"];

impl Objection {
    pub fn take(&mut self, act: ObjectionAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        self.run_clocks(act, m, rules);
        if to != self.head.state {
            self.head.enter(to, m, None);
        }
        self.head.due = match to {
            S::Filed => self.due("acceptance"),
            S::Incomplete => self.due("completion"),
            S::Accepted | S::Investigating => self.due("extension").or_else(|| self.due("decision")),
            S::Upheld | S::PartlyUpheld | S::Dismissed => self.due("reconsideration-ask"),
            S::Reconsidering => self.due("reconsideration-answer"),
            S::MovedToTipOff | S::NotAccepted | S::Withdrawn | S::Closed => None,
        };
        Ok(())
    }

    /// Clocks that an act stops and starts; each is kept with how it was counted.
    pub fn run_clocks(&mut self, act: ObjectionAct, m: &Moment, rules: &RuleSet) {
        use ObjectionAct as A;
        let (stops, starts): (&[&str], Vec<(&'static str, u16)>) = match act {
            A::Accept => (&["acceptance"], vec![("decision", rules.objection_decide_days)]),
            A::AskCompletion => (&["acceptance"], vec![("completion", rules.objection_complete_days)]),
            A::Complete => (&["completion"], vec![("acceptance", rules.objection_accept_days)]),
            A::Investigate => (&[], vec![("answer", rules.objection_answer_days)]),
            A::Examine | A::Reopen => (
                &["reconsideration-answer"],
                vec![("decision", rules.objection_decide_days), ("answer", rules.objection_answer_days)],
            ),
            A::Uphold | A::PartlyUphold | A::Dismiss => {
                (&["decision", "extension", "answer"], vec![("reconsideration-ask", rules.objection_reconsider_days)])
            }
            A::Reconsider => (&["reconsideration-ask"], vec![("reconsideration-answer", rules.objection_again_days)]),
            A::Extend => {
                if let Some(due) = self.due("decision") {
                    self.stop("decision", m);
                    let d = Deadline::after("extension", last_day(due), rules.objection_extend_days, &m.calendar);
                    self.deadlines.push(d);
                }
                return;
            }
            A::Find => (&["answer"], vec![]),
            A::Join | A::Answer => return,
            A::Refuse | A::MoveToTipOff | A::Withdraw | A::Close => {
                self.deadlines.iter_mut().filter(|d| d.done.is_none()).for_each(|d| d.done = Some(m.now));
                return;
            }
        };
        for what in stops {
            self.stop(what, m);
        }
        for (what, days) in starts {
            self.deadlines.push(Deadline::after(what, date_of(m.now), days, &m.calendar));
        }
    }

    fn stop(&mut self, what: &str, m: &Moment) {
        self.deadlines.iter_mut().filter(|d| d.what == what && d.done.is_none()).for_each(|d| d.done = Some(m.now));
    }

    /// When a clock that runs ends.
    pub fn due(&self, what: &str) -> Option<Timestamp> {
        self.deadlines.iter().rfind(|d| d.what == what && d.done.is_none()).map(|d| d.due)
    }

    pub fn may(&self, act: ObjectionAct, m: &Moment) -> Result<(), Refusal> {
        use ObjectionAct as A;
        self.head.state.step(act)?;
        let over = |what: &str| self.due(what).is_some_and(|at| m.now >= at);
        let runs = |what: &str| self.due(what).filter(|at| m.now < *at);
        match act {
            A::Complete => ensure(!over("completion"), "completion_too_late"),
            A::Refuse if self.head.state == S::Incomplete => match runs("completion") {
                Some(at) => Err(Refusal::new("completion_running").with("at", at)),
                None => Ok(()),
            },
            A::Join => ensure(self.investigators.len() < 2, "two_investigate"),
            A::Answer => {
                ensure(self.findings.is_none(), "findings_made")?;
                ensure(!over("answer"), "answer_too_late")
            }
            A::Find => {
                ensure(self.investigators.len() == 2, "two_investigators")?;
                match runs("answer").filter(|_| !self.all_answered()) {
                    Some(at) => Err(Refusal::new("answer_awaited").with("at", at)),
                    None => Ok(()),
                }
            }
            A::Extend => {
                ensure(self.extended.is_none(), "extended_once_only")?;
                ensure(!over("decision"), "extension_after_due")
            }
            A::Withdraw => ensure(!self.ex_officio, "examined_ex_officio"),
            A::Uphold | A::PartlyUphold | A::Dismiss => {
                ensure(self.investigators.len() == 2, "two_investigators")?;
                ensure(self.findings.is_some(), "findings_first")
            }
            A::Reconsider => {
                ensure(self.reconsideration.is_none(), "reconsidered_once")?;
                ensure(!over("reconsideration-ask"), "reconsider_too_late")
            }
            A::Close if self.head.state != S::Reconsidering => {
                match runs("reconsideration-ask").filter(|_| self.reconsideration.is_none()) {
                    Some(at) => Err(Refusal::new("reconsider_running").with("at", at)),
                    None => Ok(()),
                }
            }
            A::Accept | A::Refuse | A::AskCompletion | A::MoveToTipOff | A::Investigate | A::Examine | A::Reopen | A::Close => {
                Ok(())
            }
        }
    }

    fn all_answered(&self) -> bool {
        self.asked.iter().all(|org| self.answers.iter().any(|a| a.org == *org))
    }

    /// True while the notice must wait for it.
    pub fn holds(&self) -> bool {
        matches!(self.head.state, S::Accepted | S::Investigating)
    }

    /// True while the notice can't be confirmed.
    pub fn is_open(&self) -> bool {
        matches!(self.head.state, S::Filed | S::Incomplete | S::Accepted | S::Investigating)
    }

    pub fn turns(&self) -> Vec<Turn> {
        use ObjectionAct as A;
        // Whoever prepared the notice, or filed, has no part in handling the objection; nor does the same person in two of its steps.
        let near: Vec<AccountId> = self.prepared_by.into_iter().chain(self.filed_by).collect();
        let t = |role, act: ObjectionAct| {
            let turn = Turn::of(role, &format!("objection.{}", act.id()), &self.head);
            let handled = self.accepted_by.into_iter().chain(self.investigators.iter().copied());
            match act {
                A::Answer => turn,
                A::Dismiss => turn.except(near.clone()).except(handled),
                A::Join => turn.except(near.clone()).except(self.investigators.first().copied()),
                _ => turn.except(near.clone()),
            }
        };
        match self.head.state {
            S::Filed => vec![t(Role::Checker, A::Accept)],
            S::Incomplete if self.filed_by.is_none() => {
                vec![t(Role::Checker, A::Refuse).from(self.head.due.unwrap_or(self.head.since))]
            }
            S::Accepted => vec![t(Role::Checker, A::Investigate)],
            S::Investigating if self.investigators.len() < 2 => vec![t(Role::Officer, A::Join)],
            S::Investigating if self.findings.is_none() => {
                let asked = |org: &OrgId| t(Role::Bidder, A::Answer).org(*org).due(self.due("answer")).until(self.due("answer"));
                let silent = self.asked.iter().filter(|org| !self.answers.iter().any(|a| a.org == **org));
                let first = self.investigators.first().copied();
                let find = first.map(|by| t(Role::Checker, A::Find).account(by)).unwrap_or_else(|| t(Role::Checker, A::Find));
                silent.map(asked).chain([find]).collect()
            }
            S::Investigating => vec![t(Role::Head, A::Dismiss)],
            S::Reconsidering => vec![t(Role::Head, A::Close)],
            S::Upheld | S::PartlyUpheld | S::Dismissed => {
                vec![t(Role::Checker, A::Close).from(self.head.due.unwrap_or(self.head.since)).due(None)]
            }
            S::Incomplete | S::MovedToTipOff | S::NotAccepted | S::Withdrawn | S::Closed => vec![],
        }
    }
}

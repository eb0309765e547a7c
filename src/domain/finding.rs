//! What became of a red flag: dismissed with a reason, or asked of the bureau, which answers within its days (product 4.13).
//! It rests on facts as they were; when they change, a dismissal no longer covers them and the flag is open again.
use super::life::life;
use super::*;

life! {
    /// Where a finding stands.
    noun "finding"; states FindingState; acts FindingAct; table FINDING_LIFE;
    first [Dismissed, Asked]; ends [Settled, Withdrawn];
    Dismissed { Reopen [Supervisor, Auditor] => Withdrawn }
    Asked { Answer [Officer, Checker, Head] => Answered, Withdraw [Supervisor, Auditor] => Withdrawn }
    Answered { AskAgain [Supervisor, Auditor] => Asked, Settle [Supervisor, Auditor] => Settled }
    = acts { Reopen = "reopening", Answer = "answer", Withdraw = "withdrawal", AskAgain = "further-question", Settle = "settlement" }
    = states { Dismissed = "dismissed", Asked = "asked", Answered = "answered", Settled = "settled", Withdrawn = "withdrawn" }
}

use FindingState as S;

/// What an answered question came to.
pub const FINDING_OUTCOMES: &[&str] = &["explained", "corrected", "referred"];

/// One thing said about it: by whom, when, what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub by: AccountId,
    pub name: String,
    pub role: Role,
    pub at: Timestamp,
    /// The act it was said with.
    pub what: String,
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    pub id: FindingId,
    pub challenge: ChallengeId,
    pub head: Head<FindingState>,
    /// The flag as it was judged.
    pub flag: flag::Flag,
    /// Of what the flag rested on then.
    pub flag_sha256: String,
    pub said: Vec<Said>,
    pub outcome: Option<String>,
}

impl Finding {
    pub fn dismiss(id: FindingId, on: ChallengeId, flag: flag::Flag, m: &Moment) -> Self {
        Self::new(id, on, flag, Head::new(S::Dismissed, m, None))
    }

    /// A question to the bureau, which has its working days to answer.
    pub fn ask(id: FindingId, on: ChallengeId, flag: flag::Flag, rules: &RuleSet, m: &Moment) -> Self {
        Self::new(id, on, flag, Head::new(S::Asked, m, Some(rules.flag_answer_days)))
    }

    fn new(id: FindingId, challenge: ChallengeId, flag: flag::Flag, head: Head<FindingState>) -> Self {
        Self { id, challenge, head, flag_sha256: flag.sha256(), flag, said: vec![], outcome: None }
    }

    pub fn say(&mut self, actor: &Actor, what: &str, text: String, m: &Moment) {
        let (by, name, role) = (actor.account, actor.name.clone(), actor.role);
        self.said.push(Said { by, name, role, at: m.now, what: what.to_owned(), text });
    }

    pub fn take(&mut self, act: FindingAct, rules: &RuleSet, m: &Moment) -> Result<(), Refusal> {
        let to = self.head.state.step(act)?.to;
        self.head.enter(to, m, (to == S::Asked).then_some(rules.flag_answer_days));
        Ok(())
    }

    /// Does it still speak of the flag as it stands today?
    pub fn covers(&self, flag: &flag::Flag) -> bool {
        let judged = !matches!(self.head.state, S::Withdrawn);
        judged && self.flag.kind == flag.kind && self.flag.subject == flag.subject && self.flag_sha256 == flag.sha256()
    }

    /// Signs that bids had one writer are the supervisor's: nobody of the bureau is asked but its head.
    pub fn is_confidential(&self) -> bool {
        self.flag.kind == flag::FlagKind::Collusion
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: FindingAct| Turn::of(role, &format!("finding.{}", act.id()), &self.head);
        let hidden = self.is_confidential();
        match self.head.state {
            S::Asked => vec![t(if hidden { Role::Head } else { Role::Officer }, FindingAct::Answer)],
            S::Answered => vec![t(if hidden { Role::Supervisor } else { Role::Auditor }, FindingAct::Settle)],
            S::Dismissed | S::Settled | S::Withdrawn => vec![],
        }
    }
}

/// A flag as it stands today, with what was last said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    pub flag: flag::Flag,
    /// The newest finding that still covers it.
    pub finding: Option<Finding>,
    /// The newest finding whose facts have changed since: dismissed then, open again now.
    pub before: Option<Finding>,
}

impl Standing {
    pub fn of(flag: flag::Flag, findings: &[Finding]) -> Self {
        let same = |x: &&Finding| x.flag.kind == flag.kind && x.flag.subject == flag.subject;
        let finding = findings.iter().rev().find(|x| x.covers(&flag)).cloned();
        let before = findings.iter().rev().filter(same).find(|x| x.head.state != S::Withdrawn && !x.covers(&flag)).cloned();
        Self { before: before.filter(|_| finding.is_none()), finding, flag }
    }

    /// `open`, or the state of what was found.
    pub fn state(&self) -> &'static str {
        self.finding.as_ref().map_or("open", |f| f.head.state.id())
    }
    pub fn is_open(&self) -> bool {
        self.finding.is_none()
    }
}

//! An objection to a proposed award: by real name or seal only (trap 16), accepted by someone who did not award,
//! decided collectively; scores themselves can't be objected (trap 17) (domain 2.5).
use super::life::life;
use super::*;

life! {
    /// Where an objection stands.
    noun "objection"; states ObjectionState; acts ObjectionAct; table OBJECTION_LIFE;
    first [Filed]; ends [MovedToTipOff, NotAccepted, Withdrawn, Closed];
    Filed { Accept [Checker] => Accepted, Refuse [Checker] => NotAccepted, AskCompletion [Checker] => Incomplete, MoveToTipOff [Officer] => MovedToTipOff, Withdraw [Public] => Withdrawn }
    Incomplete { Complete [Public] => Filed, Refuse [Checker] => NotAccepted, Withdraw [Public] => Withdrawn }
    Accepted { Investigate [Checker] => Investigating, Withdraw [Public] => Withdrawn }
    Investigating { Answer [Bidder, Poster] => Investigating, Uphold [Head] => Upheld, PartlyUphold [Head] => PartlyUpheld, Dismiss [Head] => Dismissed, Withdraw [Public] => Withdrawn }
    Upheld { Reconsider [Public] => Reconsidering, Close [Checker] => Closed }
    PartlyUpheld { Reconsider [Public] => Reconsidering, Close [Checker] => Closed }
    Dismissed { Reconsider [Public] => Reconsidering, Close [Checker] => Closed }
    Reconsidering { Close [Head] => Closed }
    = acts {
        Accept = "acceptance", Refuse = "refusal", AskCompletion = "completion-request", MoveToTipOff = "tip-off", Withdraw = "withdrawal",
        Complete = "completion", Investigate = "investigation", Answer = "answer", Uphold = "upholding", PartlyUphold = "partial-upholding",
        Dismiss = "dismissal", Reconsider = "reconsideration", Close = "closing"
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

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Objection {
    pub id: ObjectionId,
    pub notice: NoticeId,
    pub challenge: ChallengeId,
    pub head: Head<ObjectionState>,
    /// Account of the objector, when it has one.
    pub filed_by: Option<AccountId>,
    pub org: Option<OrgId>,
    pub name: String,
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
}

/// What an upheld objection does.
pub const EFFECTS: &[&str] = &["next_rank", "re_review", "revise_notice"];

impl Objection {
    pub fn take(&mut self, act: ObjectionAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::Filed | S::Incomplete => Some(rules.objection_accept_days),
            S::Accepted | S::Investigating => Some(rules.objection_decide_days),
            S::Reconsidering => Some(rules.objection_decide_days),
            _ => None,
        };
        let kept = (to == S::Investigating).then_some(self.head.due).flatten();
        if to != self.head.state {
            self.head.enter(to, m, due);
            self.head.due = kept.or(self.head.due);
        }
        Ok(())
    }

    pub fn may(&self, act: ObjectionAct) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match act {
            ObjectionAct::Reconsider => ensure(self.reconsideration.is_none(), "reconsidered_once"),
            _ => Ok(()),
        }
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
        let t = |role, act: ObjectionAct| Turn::of(role, &format!("objection.{}", act.id()), &self.head);
        match self.head.state {
            S::Filed => vec![t(Role::Checker, ObjectionAct::Accept)],
            S::Accepted => vec![t(Role::Checker, ObjectionAct::Investigate)],
            S::Investigating => vec![t(Role::Head, ObjectionAct::Dismiss)],
            S::Reconsidering => vec![t(Role::Head, ObjectionAct::Close)],
            S::Upheld | S::PartlyUpheld | S::Dismissed => vec![t(Role::Checker, ObjectionAct::Close)],
            S::Incomplete | S::MovedToTipOff | S::NotAccepted | S::Withdrawn | S::Closed => vec![],
        }
    }
}

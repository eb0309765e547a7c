//! A published challenge is called off (domain 11.2): cancelled by the county, or withdrawn as its poster asked. The meeting decides,
//! which the head enters with its minutes; the supervisor, who is of another office, confirms. Until then nothing has changed.
use super::*;

/// The meeting's decision to call a challenge off, until the supervisor has confirmed it or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallingOff {
    /// As the poster asked; else the county's own cancellation.
    pub withdrawal: bool,
    pub reason: String,
    pub minutes: Minutes,
    pub by: AccountId,
    pub at: Timestamp,
}

impl Challenge {
    /// The decision that waits for the supervisor. One to withdraw is over once the bidding is: what remains then is to cancel.
    pub fn called_off(&self, now: Timestamp) -> Option<&CallingOff> {
        self.calling_off.as_ref().filter(|x| !x.withdrawal || self.state_at(now) == ChallengeState::Published)
    }

    pub(super) fn may_call_off(&self, act: ChallengeAct, m: &Moment) -> Result<(), Refusal> {
        use ChallengeAct as A;
        let decided = self.called_off(m.now);
        match act {
            A::ProposeCancellation => ensure(decided.is_none(), "call_off_decided"),
            A::DecideWithdrawal | A::RefuseWithdrawal => {
                ensure(self.withdrawal.is_some(), "withdrawal_not_asked")?;
                ensure(decided.is_none(), "call_off_decided")
            }
            A::Cancel => ensure(decided.is_some_and(|x| !x.withdrawal), "cancellation_not_decided"),
            A::Withdraw => ensure(decided.is_some_and(|x| x.withdrawal), "withdrawal_not_decided"),
            A::RefuseCallOff => ensure(decided.is_some(), "call_off_not_decided"),
            _ => Ok(()),
        }
    }

    /// It ended before an award: nothing of it goes on, and what is sealed stays sealed for good.
    pub fn is_called_off(&self) -> bool {
        matches!(self.head.state, ChallengeState::Cancelled | ChallengeState::Withdrawn)
    }
}

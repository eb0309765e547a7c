//! The seats of a panel as time passes: who keeps silent, whose seat is vacant, when too many have been replaced
//! (domain 2.3, 5.5). Deadlines are compared; nothing here is flipped by a job.
use super::*;
use AssignmentState as S;

/// Told once, when more than a third of a panel has been replaced: officers can't replace until it suits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelAlarm {
    pub at: Timestamp,
    pub replaced: usize,
    pub seats: usize,
}

/// More than a third.
pub fn is_alarming(replaced: usize, seats: usize) -> bool {
    replaced * 3 > seats
}

impl Assignment {
    /// An invitation, or the commitment that follows it, has not been answered in time.
    pub fn is_silent(&self, now: Timestamp) -> bool {
        matches!(self.head.state, S::Invited | S::Accepted) && self.head.due.is_some_and(|due| now >= due)
    }
    /// Left, and nobody has come in its place; by the platform at once, or only when the supervisor says so.
    fn is_followed_at_once(&self, rules: &RuleSet) -> bool {
        let at_once = match self.head.state {
            S::NoReply => true,
            S::Declined | S::Recused => rules.next_at_once,
            S::Replaced | S::Invited | S::Accepted | S::Cleared | S::BlindSubmitted | S::Submitted | S::Locked | S::Settled => {
                false
            }
        };
        at_once && self.next.is_none()
    }
}

impl Panel {
    pub fn replaced(&self) -> usize {
        self.called.saturating_sub(self.seats)
    }
    /// Too many have been replaced, and nobody has been told.
    pub fn wants_alarm(&self) -> bool {
        self.alarm.is_none() && is_alarming(self.replaced(), self.seats)
    }
    /// Everyone who was called; of a panel from before they were listed, the first of its sequence.
    pub fn into_called(self) -> Vec<AccountId> {
        if self.experts.is_empty() { self.sequence.into_iter().take(self.called).collect() } else { self.experts }
    }
}

/// What time asks of a panel now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// This one kept silent.
    Silent(AssignmentId),
    /// This one left, and the next of the sequence comes.
    Vacant(AssignmentId),
    Alarm,
}

/// The first thing that time asks of a panel whose review is not over; `seats` are the assignments of its round.
pub fn due(c: &Challenge, seats: &[Assignment], now: Timestamp) -> Option<Due> {
    let panel = c.panel.as_ref().filter(|_| matches!(c.head.state, ChallengeState::Opened | ChallengeState::Reviewing))?;
    let mut own = seats.iter().filter(|a| a.round == c.round);
    if let Some(a) = own.clone().find(|a| a.is_silent(now)) {
        return Some(Due::Silent(a.id));
    }
    if panel.wants_alarm() {
        return Some(Due::Alarm);
    }
    let vacant = own.clone().filter(|a| a.sits()).count() < panel.seats && !panel.short;
    own.find(|a| vacant && a.is_followed_at_once(&c.rules)).map(|a| Due::Vacant(a.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_is_no_alarm_and_more_is() {
        assert!(!is_alarming(1, 5) && is_alarming(2, 5));
        assert!(!is_alarming(2, 7) && is_alarming(3, 7));
        assert!(!is_alarming(3, 9) && is_alarming(4, 9));
    }
}

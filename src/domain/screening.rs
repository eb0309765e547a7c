//! How a need is told no: refused at the screening by two people, looked at again once by another officer, sent back by the
//! checker to whoever prepared, refused or put off by the meeting (domain 11.3).
use super::*;

/// A meeting put the question off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferral {
    /// What was put off: the act by which the meeting would have said yes.
    pub act: String,
    pub reason: String,
    /// The day on which it comes to the meeting again.
    pub comes_again_on: String,
    /// Number of the minutes.
    pub minutes: String,
    pub at: Timestamp,
}

/// What the bureau and its meetings have answered to one challenge, other than yes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// An officer's proposal to refuse it, until the checker has answered.
    pub refusal: Option<Half>,
    /// Refusals that the checker confirmed: by the officer who proposed, with what the poster is told.
    pub refused: Vec<Half>,
    /// Why the poster asked for another look.
    pub asked_again: Option<Half>,
    /// The checker's word to whoever prepared, until it is prepared again.
    pub sent_back: Option<Half>,
    /// The last submission after a return read as the one before; none where it was not submitted again.
    pub unchanged: Option<bool>,
    pub deferred: Vec<Deferral>,
    /// Why the meeting refused to list it or to award it.
    pub meeting_refused: Option<String>,
}

impl Answers {
    /// The last time that the meeting put this off, while it still waits.
    pub fn put_off(&self, act: ChallengeAct) -> Option<&Deferral> {
        self.deferred.iter().rfind(|d| d.act == act.id())
    }
}

impl Challenge {
    /// What the facts allow of the screening's answers.
    pub(super) fn may_answer(&self, act: ChallengeAct, m: &Moment) -> Result<(), Refusal> {
        use ChallengeAct as A;
        let a = &self.answers;
        match act {
            A::ConfirmRefusal => ensure(a.refusal.is_some(), "refusal_first"),
            A::SendBack => ensure(a.refusal.is_some() || self.screening.is_some(), "screening_first"),
            A::LookAgain => {
                ensure(a.asked_again.is_none(), "looked_again")?;
                match self.head.due {
                    Some(due) if m.now >= due => Err(Refusal::new("look_again_too_late").with("at", due)),
                    _ => Ok(()),
                }
            }
            A::CloseDeclined => match self.head.due {
                Some(due) if m.now < due && a.asked_again.is_none() => Err(Refusal::new("poster_may_ask_again").with("at", due)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The opening that waits for its second person.
    pub fn begun_opening(&self) -> Option<&Half> {
        match self.stage()? {
            OpeningStage::First => self.opening.as_ref(),
            OpeningStage::Price => self.stages.price.as_ref(),
        }
    }

    /// The supervisor may send an opening back as long as nobody has been handed anything.
    pub(super) fn may_return_opening(&self, m: &Moment) -> Result<(), Refusal> {
        ensure(self.begun_opening().is_some(), "opening_needs_officer_first")?;
        ensure(self.ceremony(m.now).is_none(), "keyholders_at_work")
    }

    /// Refused at the screening: the poster may ask once for another look; then, or in silence, the officer closes it.
    pub(super) fn declined_turns(&self) -> Vec<Turn> {
        let t = |role, act: ChallengeAct| Turn::of(role, &format!("challenge.{}", act.id()), &self.head);
        let close = t(Role::Officer, ChallengeAct::CloseDeclined);
        match (&self.answers.asked_again, self.head.due) {
            (None, Some(due)) => {
                vec![t(Role::Poster, ChallengeAct::LookAgain).org(self.org), close.from(due).due(None)]
            }
            _ => vec![close],
        }
    }
}

//! A need that does not pass: proposed by an officer, confirmed by a checker, looked at once more when its poster asks; and what
//! a second person sends back to the first (domain 11.3).
use super::{App, Result, lock_challenge, noun, told};
use crate::domain::forms::{Plain, Reason};
use crate::domain::{Actor, Challenge, ChallengeAct as A, ChallengeId, Half, OpeningStage, Visibility, policy};

impl App {
    /// A step of the screening that leaves a word: who, when, why.
    async fn answer_need(
        &self,
        actor: &Actor,
        id: ChallengeId,
        act: A,
        reason: Option<String>,
        change: impl FnOnce(&mut Challenge, Half),
    ) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        let from = c.state_at(m.now);
        c.take(act, &m)?;
        let proposed = c.answers.refusal.as_ref().and_then(|r| r.note.clone());
        change(&mut c, Half { by: actor.account, at: m.now, note: reason.clone() });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let visibility = match act {
            A::ReturnOpening => Visibility::Public,
            // Between preparer and checker, until it holds.
            A::ProposeRefusal | A::SendBack | A::ReturnCall => Visibility::Bureau,
            _ => Visibility::Parties,
        };
        // `Closed` is read off the clock: an opening that is sent back leaves it where it is.
        let event = told(&c, act, from, visibility).moved(from.id(), c.state_at(m.now).id());
        // The poster is told the reason that was proposed, with what the checker added.
        let event = if act == A::ConfirmRefusal { event.fact("note", reason).because(proposed) } else { event.because(reason) };
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// The officer finds that a need does not pass, and says why; nothing holds before the checker has confirmed it.
    pub async fn propose_refusal(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_need(actor, id, A::ProposeRefusal, Some(form.reason), |c, said| {
            (c.screening, c.answers.sent_back) = (None, None);
            c.answers.refusal = Some(said);
        })
        .await
    }

    /// The checker confirms: the poster is told the officer's reason.
    pub async fn confirm_refusal(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        self.answer_need(actor, id, A::ConfirmRefusal, form.note, |c, _| {
            c.answers.refused.extend(c.answers.refusal.take());
        })
        .await
    }

    /// The checker finds the screening wanting, whichever way it went: whoever prepared it looks again.
    pub async fn return_screening(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_need(actor, id, A::SendBack, Some(form.reason), |c, said| {
            (c.screening, c.answers.refusal) = (None, None);
            c.answers.sent_back = Some(said);
        })
        .await
    }

    /// The poster asks once for another look; another officer screens.
    pub async fn look_again(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_need(actor, id, A::LookAgain, Some(form.reason), |c, said| {
            c.screening = None;
            c.answers.asked_again = Some(said);
        })
        .await
    }

    /// Nobody asked for another look in time, or it came to the same: the need is closed.
    pub async fn close_declined(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        self.plain_step(actor, id, A::CloseDeclined, form.note).await
    }

    /// The supervisor does not join an opening, and says why: it has to be begun again.
    pub async fn return_opening(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_need(actor, id, A::ReturnOpening, Some(form.reason), |c, _| {
            c.stages.unopened.clear();
            match c.stage() {
                Some(OpeningStage::First) => c.opening = None,
                Some(OpeningStage::Price) => c.stages.price = None,
                None => {}
            }
        })
        .await
    }

    /// The supervisor does not let lost keys be brought yet, and says why.
    pub async fn return_spares(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_need(actor, id, A::ReturnSpares, Some(form.reason), |c, _| {
            let stage = c.stage();
            c.stages.spares.retain(|w| Some(w.stage) != stage);
        })
        .await
    }

    /// The supervisor does not draw for this call, and says why: the officer calls again.
    pub async fn return_panel_call(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_need(actor, id, A::ReturnCall, Some(form.reason), |c, _| c.call = None).await
    }
}

//! A published challenge is called off (domain 11.2): the meeting decides, the supervisor confirms, and the notice says what becomes
//! of bids that were sealed: they stay closed for good, and nobody replaces, takes back or opens them.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::{CallOff, Plain, Reason};

/// Why a bid of a challenge that was called off has ended, as `why.…` says it.
pub(in crate::app) const CALLED_OFF: &str = "called_off";

impl App {
    /// The poster asks for withdrawal; the meeting decides on it.
    pub async fn request_withdrawal(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::RequestWithdrawal, m.now)?;
        c.withdrawal = Some(Half { by: actor.account, at: m.now, note: Some(form.reason.clone()) });
        self.step(work, permit, c, A::RequestWithdrawal, &m, |e| quietly(e).because(Some(form.reason))).await
    }

    /// The poster's wish is not granted: bidding goes on.
    pub async fn refuse_withdrawal(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::RefuseWithdrawal, m.now)?;
        c.take(A::RefuseWithdrawal, &m)?;
        c.withdrawal = None;
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = staying(&c, A::RefuseWithdrawal, &m, Visibility::Parties);
        work.commit(&permit, event.because(Some(form.reason))).await?;
        Ok(c)
    }

    /// The meeting grants the poster's wish; it waits for the supervisor.
    pub async fn decide_withdrawal(&self, actor: &Actor, id: ChallengeId, form: CallOff) -> Result<Challenge> {
        self.decide_call_off(actor, id, A::DecideWithdrawal, form).await
    }

    /// The meeting decides to cancel; it waits for the supervisor.
    pub async fn propose_cancellation(&self, actor: &Actor, id: ChallengeId, form: CallOff) -> Result<Challenge> {
        self.decide_call_off(actor, id, A::ProposeCancellation, form).await
    }

    async fn decide_call_off(&self, actor: &Actor, id: ChallengeId, act: A, form: CallOff) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        c.take(act, &m)?;
        let minutes = Minutes::from(&form);
        let number = minutes.number.clone();
        self.meet(&work, &permit, &minutes, asked(&c, act), &m).await?;
        let withdrawal = act == A::DecideWithdrawal;
        let reason = form.reason;
        c.calling_off = Some(CallingOff { withdrawal, reason: reason.clone(), minutes, by: actor.account, at: m.now });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = staying(&c, act, &m, Visibility::Bureau).because(Some(reason)).fact("minutes", number);
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// The supervisor does not confirm: the challenge goes on as it was, and the poster may ask anew.
    pub async fn refuse_call_off(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::RefuseCallOff, m.now)?;
        c.take(A::RefuseCallOff, &m)?;
        (c.calling_off, c.withdrawal) = (None, None);
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = staying(&c, A::RefuseCallOff, &m, Visibility::Bureau);
        work.commit(&permit, event.because(Some(form.reason))).await?;
        Ok(c)
    }

    pub async fn withdraw_challenge(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        self.call_off(actor, id, A::Withdraw, form).await
    }

    pub async fn cancel_challenge(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        self.call_off(actor, id, A::Cancel, form).await
    }

    /// The supervisor confirms: the challenge ends, and with it whatever was bid on it.
    async fn call_off(&self, actor: &Actor, id: ChallengeId, act: A, form: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        let from = c.state_at(m.now);
        c.take(act, &m)?;
        let decided = c.calling_off.clone().ok_or_else(|| Refusal::new("call_off_not_decided"))?;
        c.pending_amendment = None;
        let sealed = bids_end::end_bids(&work, &permit, &c, &m).await?;
        paper::calling_off(&work, &permit, &c, (&decided, sealed), &m).await?;
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = told(&c, act, from, Visibility::Public)
            .because(Some(decided.reason))
            .fact("minutes", decided.minutes.number)
            .fact("bids_stay_sealed", sealed)
            .fact("note", form.note);
        work.commit(&permit, event).await?;
        Ok(c)
    }
}

/// The event of a step that leaves the challenge where it is; a closed one is closed by the clock, not by a step.
fn staying(c: &Challenge, act: A, m: &Moment, visibility: Visibility) -> Event {
    let state = c.state_at(m.now).id();
    told(c, act, c.head.state, visibility).moved(state, state)
}

fn quietly(mut e: Event) -> Event {
    e.visibility = Visibility::Parties;
    e
}

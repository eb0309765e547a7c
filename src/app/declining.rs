//! The meeting says no, or later, to a listing and to an award: each with its minutes (domain 11.3). A listing that is refused
//! ends; an award that is refused lapses, with the meeting's reason, and may be listed anew.
use super::{App, Result, lock_challenge, meeting::asked, noun, store};
use crate::domain::forms::{MeetingDeferral, MeetingRefusal, Minuted};
use crate::domain::{
    Actor, Bid, BidAct, BidState, Challenge, ChallengeAct as A, ChallengeId, Deferral, Event, Moment, Refusal, Visibility,
    date_of, deadline_instant, ensure, policy,
};

impl App {
    pub async fn refuse_listing(&self, actor: &Actor, id: ChallengeId, form: MeetingRefusal) -> Result<Challenge> {
        self.refuse(actor, id, A::RefuseListing, form).await
    }

    pub async fn refuse_award(&self, actor: &Actor, id: ChallengeId, form: MeetingRefusal) -> Result<Challenge> {
        self.refuse(actor, id, A::RefuseAward, form).await
    }

    async fn refuse(&self, actor: &Actor, id: ChallengeId, act: A, form: MeetingRefusal) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        c.may(act, &m)?;
        self.meet(&work, &permit, &form.minutes(), asked(&c, act), &m).await?;
        c.answers.meeting_refused = Some(form.reason.clone());
        if act == A::RefuseAward {
            c.lapse_reason = Some("meeting_refused".into());
            let bids = noun::lock_of(&work, "challenge_id", id.0).await?;
            drop_bids(&work, &permit, &c, bids, &m).await?;
        }
        let class = c.lapse_reason.clone();
        let tell = |e: Event| e.because(Some(form.reason)).fact("class", class).fact("minutes", form.number);
        self.step(work, permit, c, act, &m, tell).await
    }

    pub async fn defer_listing(&self, actor: &Actor, id: ChallengeId, form: MeetingDeferral) -> Result<Challenge> {
        self.put_off(actor, id, (A::DeferListing, A::Approve), form).await
    }

    pub async fn defer_award(&self, actor: &Actor, id: ChallengeId, form: MeetingDeferral) -> Result<Challenge> {
        self.put_off(actor, id, (A::DeferAward, A::Award), form).await
    }

    /// The question stays on the desk with the reason, due on the day on which it comes again.
    async fn put_off(&self, actor: &Actor, id: ChallengeId, (act, asks): (A, A), form: MeetingDeferral) -> Result<Challenge> {
        let day: jiff::civil::Date =
            form.comes_again_on.parse().map_err(|_| Refusal::new("comes_again_later").at("comes_again_on"))?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        c.may(act, &m)?;
        ensure(day > date_of(m.now), "comes_again_later").map_err(|r| r.at("comes_again_on"))?;
        self.meet(&work, &permit, &form.minutes(), asked(&c, act), &m).await?;
        c.answers.deferred.push(Deferral {
            act: asks.id().to_owned(),
            reason: form.reason.clone(),
            comes_again_on: form.comes_again_on.clone(),
            minutes: form.number.clone(),
            at: m.now,
        });
        c.head.due = Some(deadline_instant(day));
        self.step(work, permit, c, act, &m, |mut e| {
            // Neither is public: the list is not yet, and nobody has been told who is to be awarded.
            e.visibility = if act == A::DeferAward { Visibility::Bureau } else { e.visibility };
            e.because(Some(form.reason)).fact("comes_again_on", form.comes_again_on).fact("minutes", form.number)
        })
        .await
    }
}

/// No bid wins: those that were to win go back among the qualified first, as the life has it.
pub(in crate::app) async fn drop_bids(
    work: &store::Work,
    permit: &policy::Permit<A>,
    c: &Challenge,
    bids: Vec<Bid>,
    m: &Moment,
) -> Result<()> {
    for mut bid in bids {
        if bid.head.state == BidState::Proposed {
            bid.take(BidAct::PassOver, c, m)?;
        }
        if bid.head.state.step(BidAct::Drop).is_ok() {
            bid.take(BidAct::Drop, c, m)?;
            store::challenge::save_bid(work, &permit.follow(bid.id.0), &mut bid, c, &m.calendar).await?;
        }
    }
    Ok(())
}

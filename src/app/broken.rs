//! What two people can't open, the meeting may declare broken: those bids are out with the reason, and the others are opened.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::{DeclareBroken, Minuted};
use crate::domain::policy::Permit;

impl App {
    /// Everything that the last try could not open is broken, as the meeting finds; until it says so, the two people who open may
    /// try again.
    pub async fn declare_broken(&self, actor: &Actor, id: ChallengeId, form: DeclareBroken) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::DeclareBroken, m.now)?;
        c.may(A::DeclareBroken, &m)?;
        self.meet(&work, &permit, &form.minutes(), asked(&c, A::DeclareBroken), &m).await?;
        let failed = put_out(&work, &permit, &mut c, &m).await?;
        bids_end::note_who_is_left(&work, &mut c).await?;
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let here = c.state_at(m.now);
        let event = told(&c, A::DeclareBroken, here, Visibility::Public).moved(here.id(), here.id()).because(Some(form.reason));
        work.commit(&permit, event.fact("failed", failed).fact("minutes", form.number)).await?;
        Ok(c)
    }
}

/// Puts out the bids that the last try could not open, and gives them as the record tells them.
async fn put_out(work: &Work, permit: &Permit<ChallengeAct>, c: &mut Challenge, m: &Moment) -> Result<Vec<serde_json::Value>> {
    let mut out = opening::Outcome::default();
    let bids: Vec<Bid> = noun::lock_of(work, "challenge_id", c.id.0).await?;
    for failure in std::mem::take(&mut c.stages.unopened) {
        // Meanwhile it may have gone another way out.
        let waits = opening::in_stage(bids.clone(), c, failure.stage).into_iter().find(|b| b.id == failure.bid);
        let Some(mut bid) = waits else { continue };
        bid.reason = Some(failure.why.clone());
        bid.take(BidAct::Fail, c, m)?;
        out.failed(c, &bid, failure.stage, &failure.why);
        if failure.stage == OpeningStage::First {
            store::challenge::drop_drafts(work, &permit.follow(bid.id.0)).await?;
        }
        store::challenge::save_bid(work, &permit.follow(bid.id.0), &mut bid, c, &m.calendar).await?;
    }
    Ok(out.failed)
}

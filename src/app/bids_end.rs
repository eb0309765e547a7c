//! What becomes of bids when there is nothing left for them: a challenge that has ended leaves none open, and one whose bids are
//! all out says so.
use super::calling_off::CALLED_OFF;
use super::*;
use crate::domain::policy::Permit;

/// With a challenge its bids end: what was not opened expires and is never read, what was not chosen is not selected. Whether any
/// lay sealed.
pub(in crate::app) async fn end_bids(work: &Work, permit: &Permit<ChallengeAct>, c: &Challenge, m: &Moment) -> Result<bool> {
    let mut sealed = false;
    if !c.head.state.is_end() {
        return Ok(sealed);
    }
    let why = if c.is_called_off() { CALLED_OFF } else { "challenge_ended" };
    for mut bid in noun::lock_of::<Bid>(work, "challenge_id", c.id.0).await? {
        sealed |= bid.head.state == BidState::Sealed;
        let ends = [BidAct::Expire, BidAct::Drop];
        let Some(act) = ends.into_iter().find(|act| bid.head.state.step(*act).is_ok()) else { continue };
        if act == BidAct::Expire || c.is_called_off() {
            bid.reason = Some(why.to_owned());
        }
        if act == BidAct::Expire {
            store::challenge::drop_drafts(work, &permit.follow(bid.id.0)).await?;
        }
        bid.take(act, c, m)?;
        store::challenge::save_bid(work, &permit.follow(bid.id.0), &mut bid, c, &m.calendar).await?;
    }
    Ok(sealed)
}

/// Whether any bid that was opened may still win.
pub(in crate::app) async fn note_who_is_left(work: &Work, c: &mut Challenge) -> Result<bool> {
    let bids: Vec<Bid> = noun::lock_of(work, "challenge_id", c.id.0).await?;
    let nobody = c.opened_at.is_some() && !bids.iter().any(Bid::is_opened);
    Ok(std::mem::replace(&mut c.nobody_left, nobody) != nobody)
}

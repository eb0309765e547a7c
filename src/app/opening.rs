//! The opening: two people of two bodies, never before the deadline; then the panel is drawn and convened.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;

impl App {
    /// The officer begins the opening: the first of two logins.
    pub async fn begin_opening(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::BeginOpening, m.now)?;
        c.take(A::BeginOpening, &m).map_err(|r| sealed_until(r, &c))?;
        c.opening = Some(Half { by: actor.account, at: m.now, note: form.note });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let closed = ChallengeState::Closed.id();
        work.commit(&permit, told(&c, A::BeginOpening, ChallengeState::Closed, Visibility::Bureau).moved(closed, closed)).await?;
        Ok(c)
    }

    /// The supervisor completes it: every sealed bid is opened, drafts left over are expired, and the names are public.
    pub async fn open_bids(&self, actor: &Actor, id: ChallengeId, _: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Open, m.now)?;
        c.may(A::Open, &m).map_err(|r| sealed_until(r, &c))?;
        let mut opened = vec![];
        for mut bid in noun::lock_of::<Bid>(&work, "challenge_id", id.0).await? {
            let proof = permit.follow(bid.id.0);
            match bid.head.state {
                BidState::Sealed => {
                    self.unseal(&work, &permit, &mut bid).await?;
                    bid.take(BidAct::Open, &c, &m)?;
                    opened.push(serde_json::json!({ "bid": bid.id, "sha256": bid.seal.as_ref().map(|s| &s.sha256) }));
                }
                _ => bid.take(BidAct::Expire, &c, &m)?,
            }
            store::challenge::save_bid(&work, &proof, &mut bid, &c, &m.calendar).await?;
        }
        c.opened_at = Some(m.now);
        c.opened_bids = Some(opened.len());
        let first = c.opening.as_ref().map(|h| h.by);
        self.step(work, permit, c, A::Open, &m, |e| e.fact("bids", opened.len()).fact("opened", opened).fact("begun_by", first))
            .await
    }

    /// Checks what was sealed against its receipt, and copies the facts that the next steps need.
    async fn unseal(&self, work: &Work, permit: &policy::Permit<ChallengeAct>, bid: &mut Bid) -> Result<()> {
        let content = self.content_in(work, &permit.follow(bid.id.0), true).await?.ok_or(Error::Missing)?;
        let expected = bid.seal.as_ref().map(|s| s.sha256.clone()).unwrap_or_default();
        if hash::sha256_hex(content.as_bytes()) != expected {
            return Err(Refusal::new("seal_broken").with("bid", bid.id).into());
        }
        let offer = sealed_offer(&content)?;
        bid.price_fen = offer.award();
        let codes: Vec<Uscc> = offer.members.iter().skip(1).map(|m| m.uscc.clone()).collect();
        bid.partners = store::account::orgs_by_uscc(work, &codes).await?.into_iter().map(|o| o.id).collect();
        Ok(())
    }

    pub(in crate::app) async fn offers_of<P>(&self, work: &Work, permit: &policy::Permit<P>, bids: &[&Bid]) -> Result<Vec<Offer>>
    where
        policy::ReadBid: policy::FollowsFrom<P>,
    {
        let mut offers = vec![];
        for bid in bids {
            let content = self.content_in(work, &permit.follow(bid.id.0), true).await?.ok_or(Error::Missing)?;
            offers.push(sealed_offer(&content)?);
        }
        Ok(offers)
    }

    /// The review begins once every opened bid has been found valid or not, and somebody is left to score.
    pub async fn start_review(&self, actor: &Actor, id: ChallengeId, _: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::StartReview, m.now)?;
        c.may(A::StartReview, &m)?;
        let bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        ensure_checked(&bids)?;
        let valid = bids.iter().filter(|b| b.is_valid()).count();
        self.step(work, permit, c, A::StartReview, &m, |e| e.fact("valid_bids", valid).fact("single_bid", valid == 1)).await
    }
}

/// The offer inside opened contents.
pub(in crate::app) fn sealed_offer(content: &str) -> Result<Offer> {
    let value: serde_json::Value =
        serde_json::from_str(content).map_err(|e| Error::Failed(format!("a bid does not read: {e}")))?;
    serde_json::from_value(value["offer"].clone()).map_err(|e| Error::Failed(format!("a bid does not read: {e}")))
}

fn sealed_until(r: Refusal, c: &Challenge) -> Refusal {
    match c.close_at {
        Some(at) if r.code == "out_of_order" && c.head.state == ChallengeState::Published => {
            Refusal::new("still_sealed").with("at", at)
        }
        _ => r,
    }
}

pub(in crate::app) fn ensure_checked(bids: &[Bid]) -> std::result::Result<(), Refusal> {
    let pending = bids.iter().any(|b| matches!(b.head.state, BidState::Opened | BidState::CorrectionRequested));
    ensure(!pending, "form_check_pending")?;
    ensure(bids.iter().any(Bid::is_valid), "no_valid_bid")
}

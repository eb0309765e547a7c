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
        let content = store::challenge::open_content_in(work, &permit.follow(bid.id.0), true).await?.ok_or(Error::Missing)?;
        let expected = bid.seal.as_ref().map(|s| s.sha256.clone()).unwrap_or_default();
        if hash::sha256_hex(content.0.as_bytes()) != expected {
            return Err(Refusal::new("seal_broken").with("bid", bid.id).into());
        }
        let offer = sealed_offer(&content)?;
        bid.price_fen = offer.award();
        let codes: Vec<Uscc> = offer.members.iter().skip(1).map(|m| m.uscc.clone()).collect();
        bid.partners = store::account::orgs_by_uscc(work, &codes).await?.into_iter().map(|o| o.id).collect();
        Ok(())
    }

    /// Draws the panel by lot: stratified by kind, at most one expert a unit, none of a unit that is a party; the seed
    /// and the pool's hash are in the record, so that anyone may draw again (domain 5.4, 5.5).
    pub async fn convene_panel(&self, actor: &Actor, id: ChallengeId, _: Convene) -> Result<Challenge> {
        let pool = self.pool().await?;
        let near = self.units_of(id).await?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Convene, m.now)?;
        c.may(A::Convene, &m)?;
        let pool: Vec<draw::Candidate> = pool.into_iter().filter(|p| !c.sat_before.contains(&p.id)).collect();
        let bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        ensure_checked(&bids)?;
        let valid: Vec<&Bid> = bids.iter().filter(|b| b.is_valid()).collect();
        let offers = self.offers_of(&work, &permit, &valid).await?;
        let need = c.need()?;
        let seats = c.rules.panel_seats(need.stake_fen, valid.len(), need.is_race());
        let parties = draw::Parties::of(near, &offers);
        let mut seed = [0u8; 32];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut seed);
        let drawn = draw::draw(&pool, &parties, seats, &hex::encode(seed)).ok_or(Refusal::new("pool_too_small"))?;
        for expert in drawn.sequence.iter().take(seats) {
            let a = Assignment::invite(AssignmentId(Uuid::new_v4()), &c, *expert, &m);
            noun::insert(&work, &permit.follow(a.id.0), &a, &m.calendar).await?;
        }
        let event = told(&c, A::Convene, c.head.state, Visibility::Bureau);
        let event = event.fact("seats", seats).fact("seed", &drawn.seed).fact("pool_sha256", &drawn.pool_sha256);
        c.take(A::Convene, &m)?;
        c.panel = Some(Panel {
            seats,
            pool_sha256: drawn.pool_sha256,
            seed: drawn.seed,
            sequence: drawn.sequence,
            called: seats,
            by: actor.account,
            witnessed_by: None,
        });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// The experts of today, as a draw sees them.
    pub(in crate::app) async fn pool(&self) -> Result<Vec<draw::Candidate>> {
        let accounts = store::account::of_role(&self.db, Role::Expert, 2000).await?;
        let units = store::account::orgs(&self.db, &accounts.iter().map(|a| a.org).collect::<Vec<_>>()).await?;
        Ok(draw::pool(&accounts, &units))
    }

    /// Registered names of the poster and of every lead.
    async fn units_of(&self, id: ChallengeId) -> Result<Vec<String>> {
        let bids: Vec<Bid> = noun::of(&self.db, "challenge_id", id.0).await?;
        let leads = store::account::orgs(&self.db, &bids.iter().map(|b| b.org).collect::<Vec<_>>()).await?;
        Ok(leads.into_iter().map(|o| o.name).chain([self.poster_name(id).await?]).collect())
    }

    pub(in crate::app) async fn offers_of(
        &self,
        work: &Work,
        permit: &policy::Permit<ChallengeAct>,
        bids: &[&Bid],
    ) -> Result<Vec<Offer>> {
        let mut offers = vec![];
        for bid in bids {
            let content = store::challenge::open_content_in(work, &permit.follow(bid.id.0), true).await?.ok_or(Error::Missing)?;
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
pub(in crate::app) fn sealed_offer(content: &Sealed) -> Result<Offer> {
    let value: serde_json::Value =
        serde_json::from_str(&content.0).map_err(|e| Error::Failed(format!("a bid does not read: {e}")))?;
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

fn ensure_checked(bids: &[Bid]) -> std::result::Result<(), Refusal> {
    let pending = bids.iter().any(|b| matches!(b.head.state, BidState::Opened | BidState::CorrectionRequested));
    ensure(!pending, "form_check_pending")?;
    ensure(bids.iter().any(Bid::is_valid), "no_valid_bid")
}

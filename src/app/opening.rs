//! The opening: two people of two bodies, never before the deadline; then the panel is drawn and convened.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;
use sealed::Unsealed;
use std::collections::BTreeMap;

impl App {
    /// The officer begins the opening: the first of two logins.
    pub async fn begin_opening(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::BeginOpening, m.now)?;
        c.take(A::BeginOpening, &m).map_err(|r| sealed_until(r, &c))?;
        c.opening = Some(Half { by: actor.account, at: m.now, note: form.note.clone() });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let closed = ChallengeState::Closed.id();
        work.commit(
            &permit,
            told(&c, A::BeginOpening, ChallengeState::Closed, Visibility::Bureau).because(form.note).moved(closed, closed),
        )
        .await?;
        Ok(c)
    }

    /// The supervisor completes it: every sealed bid is opened, drafts left over are expired, and the names are public. Where
    /// keyholders open, the first call is the supervisor's presence, and the call after their shares completes it.
    pub async fn open_bids(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let came_out = self.open_by_keys(actor, id).await?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Open, m.now)?;
        c.may(A::Open, &m).map_err(|r| sealed_until(r, &c))?;
        if c.sealing.is_some() && c.witness.is_none() {
            return self.witness(work, permit, c, form.note, &m).await;
        }
        let (mut opened, mut failed, mut listed) = (vec![], vec![], vec![]);
        for mut bid in noun::lock_of::<Bid>(&work, "challenge_id", id.0).await? {
            let proof = permit.follow(bid.id.0);
            let was_sealed = bid.head.state == BidState::Sealed;
            match (bid.head.state, came_out.get(&bid.id)) {
                (BidState::Sealed, _) if !bid.is_confirmed(&c) => {
                    bid.reason = Some("not_confirmed".into());
                    bid.take(BidAct::Expire, &c, &m)?;
                    failed.push(serde_json::json!({ "bid": bid.id, "why": "not_confirmed", "commits": commits(&bid) }));
                }
                (BidState::Sealed, Some(Err(why))) => {
                    bid.reason = Some(why.clone());
                    bid.take(BidAct::Fail, &c, &m)?;
                    failed.push(serde_json::json!({ "bid": bid.id, "why": why, "commits": commits(&bid) }));
                }
                (BidState::Sealed, out) => {
                    match out {
                        Some(Ok(out)) => self.keep_unsealed(&work, &permit, &mut bid, out, &m).await?,
                        _ => self.unseal(&work, &permit, &mut bid).await?,
                    }
                    bid.take(BidAct::Open, &c, &m)?;
                    let roots = out.and_then(|o| o.as_ref().ok()).map(|o| o.roots.clone());
                    let sha256 = bid.seal.as_ref().map(|s| &s.sha256);
                    opened.push(serde_json::json!({ "bid": bid.id, "sha256": sha256, "commits": commits(&bid), "roots": roots }));
                }
                _ => bid.take(BidAct::Expire, &c, &m)?,
            }
            store::challenge::save_bid(&work, &proof, &mut bid, &c, &m.calendar).await?;
            listed.extend(was_sealed.then_some(bid));
        }
        paper::opening(&work, &permit, &c, &listed, &m).await?;
        c.opened_at = Some(m.now);
        c.opened_bids = Some(opened.len());
        let first = c.opening.as_ref().map(|h| h.by);
        let tell = |e: Event| {
            e.because(form.note).fact("bids", opened.len()).fact("opened", opened).fact("failed", failed).fact("begun_by", first)
        };
        let c = self.step(work, permit, c, A::Open, &m, tell).await?;
        self.end_ceremony(id);
        self.recheck(id).await;
        Ok(c)
    }

    /// The second person is there: from here wraps are handed out.
    async fn witness(
        &self,
        work: Work,
        permit: policy::Permit<ChallengeAct>,
        mut c: Challenge,
        note: Option<String>,
        m: &Moment,
    ) -> Result<Challenge> {
        c.witness = Some(Half { by: permit.actor().account, at: m.now, note: note.clone() });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let closed = ChallengeState::Closed.id();
        let event = Event::new(Noun::Challenge, "opening-witness", c.id.0, Visibility::Bureau)
            .because(note)
            .on(c.id)
            .moved(closed, closed);
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// What comes out of the envelopes, bid by bid, before anything is written; nothing while a key is still missing.
    async fn open_by_keys(
        &self,
        actor: &Actor,
        id: ChallengeId,
    ) -> Result<BTreeMap<BidId, std::result::Result<Unsealed, String>>> {
        let mut out = BTreeMap::new();
        let c: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let m = self.glance().await?;
        if c.witness.is_none() || policy::on_challenge(actor, &c, A::Open, m.now).is_err() || c.may(A::Open, &m).is_err() {
            return Ok(out);
        }
        let mut bids: Vec<Bid> = noun::of(&self.db, "challenge_id", id.0).await?;
        bids.retain(|b| b.head.state == BidState::Sealed && b.is_confirmed(&c));
        let keys = bids.iter().map(|b| self.keys_of(id, b.id)).collect::<std::result::Result<Vec<_>, _>>()?;
        for (b, keys) in bids.iter().zip(keys) {
            let came = match &keys {
                Some([one, two]) => self.unseal_file(actor, b, [one, two]).await?,
                None => Err("seal_damaged_wrap".to_owned()),
            };
            let came = match came {
                Ok(out) => self.check_offer(&c, b, &out.offer).await?.map(|()| out),
                Err(why) => Err(why),
            };
            out.insert(b.id, came);
        }
        Ok(out)
    }

    /// What the server checks at once when it seals itself: the rules of the form, of the challenge, and of affiliation.
    async fn check_offer(&self, c: &Challenge, b: &Bid, offer: &Offer) -> Result<std::result::Result<(), String>> {
        let lead = store::account::org(&self.db, b.org).await?.ok_or(Error::Missing)?;
        let plain = serde_json::to_value(offer).expect("offers are plain JSON");
        let faults = match Offer::read(&plain) {
            Ok(offer) => offer.answers(c.need()?, &c.rules, &lead),
            Err(faults) => faults,
        };
        let around = self.around(c.id).await?;
        let apart = |m: &Member| {
            around.ensure_apart(&conflict::Unit { uscc: m.uscc.clone(), name: m.name.clone(), affiliates: vec![] }).is_ok()
        };
        let near = !offer.members.iter().all(apart);
        let mut why: Vec<String> = faults.0.iter().map(|f| format!("{}: {}", f.path, f.code)).collect();
        why.extend(near.then(|| "affiliate_of_poster".to_owned()));
        Ok(if why.is_empty() { Ok(()) } else { Err(why.join("; ")) })
    }

    /// Keeps what came out as opened contents lie: under the vault's key, its files tied to the bid.
    async fn keep_unsealed(
        &self,
        work: &Work,
        permit: &policy::Permit<ChallengeAct>,
        bid: &mut Bid,
        out: &Unsealed,
        m: &Moment,
    ) -> Result<()> {
        tie_files(work, &permit.follow(bid.id.0), Noun::Bid, None, &out.offer.files(), "file").await?;
        let text = hash::canonical(&serde_json::json!({ "offer": out.offer, "roots": out.roots, "bid": bid.id }));
        let edition = bid.seal.as_ref().map_or(0, |s| s.edition);
        let content = self.at_rest(bid.id, true, &text);
        store::challenge::seal_content(work, &permit.follow(bid.id.0), edition, &content, m.now).await?;
        note_facts(work, bid, &out.offer).await
    }

    /// Checks what was sealed against its receipt, and copies the facts that the next steps need.
    async fn unseal(&self, work: &Work, permit: &policy::Permit<ChallengeAct>, bid: &mut Bid) -> Result<()> {
        let content = self.content_in(work, &permit.follow(bid.id.0), true).await?.ok_or(Error::Missing)?;
        let expected = bid.seal.as_ref().map(|s| s.sha256.clone()).unwrap_or_default();
        if hash::sha256_hex(content.as_bytes()) != expected {
            return Err(Refusal::new("seal_broken").with("bid", bid.id).into());
        }
        note_facts(work, bid, &sealed_offer(&content)?).await
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
    pub async fn start_review(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::StartReview, m.now)?;
        c.may(A::StartReview, &m)?;
        let bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        ensure_checked(&bids)?;
        let valid = bids.iter().filter(|b| b.is_valid()).count();
        self.step(work, permit, c, A::StartReview, &m, |e| {
            e.because(form.note).fact("valid_bids", valid).fact("single_bid", valid == 1)
        })
        .await
    }
}

/// Facts of an opened bid that the next steps need.
async fn note_facts(work: &Work, bid: &mut Bid, offer: &Offer) -> Result<()> {
    bid.price_fen = offer.award();
    let codes: Vec<Uscc> = offer.members.iter().skip(1).map(|m| m.uscc.clone()).collect();
    bid.partners = store::account::orgs_by_uscc(work, &codes).await?.into_iter().map(|o| o.id).collect();
    Ok(())
}

fn commits(bid: &Bid) -> Option<&Vec<String>> {
    Some(&bid.seal.as_ref()?.sealed.as_ref()?.commits)
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

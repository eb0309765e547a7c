//! The opening in two stages, each by two people of two bodies: never before the deadline, and price and team never before every
//! blind score is locked. A bid that does not open is out with its reason, and stops nobody.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;
use crate::domain::seal::Part;
use policy::{Permit, ReadBid, ReadPrice};
use sealed::Unsealed;
use std::collections::BTreeMap;

/// By bid: what came out of its envelopes, or why nothing did.
type CameOut = BTreeMap<BidId, std::result::Result<Vec<Unsealed>, String>>;

/// Contents that the vault does not open: damaged, if others open; with the wrong key in place none does.
const UNREADABLE: &str = "seal_unreadable";

/// What one stage came to, as the record tells it.
#[derive(Default)]
struct Outcome {
    opened: Vec<serde_json::Value>,
    failed: Vec<serde_json::Value>,
    /// The bids that were there to be opened, as they are now.
    listed: Vec<Bid>,
}

impl Outcome {
    fn opened(&mut self, bid: &Bid, parts: &[Part], roots: Option<Vec<String>>) {
        let sha256 = bid.seal.as_ref().map(|s| &s.sha256);
        self.opened.push(
            serde_json::json!({ "bid": bid.id, "sha256": sha256, "commits": commits(bid), "parts": parts, "roots": roots }),
        );
    }
    fn failed(&mut self, c: &mut Challenge, bid: &Bid, stage: OpeningStage, why: &str) {
        self.failed.push(serde_json::json!({ "bid": bid.id, "why": why, "commits": commits(bid) }));
        c.stages.failed.push(Failure { bid: bid.id, stage, why: why.to_owned() });
    }
}

impl App {
    /// The officer begins the opening: the first of two people. The list of what is sealed has been closed before.
    pub async fn begin_opening(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let begun = Box::pin(self.begin_stage(actor, id, OpeningStage::First, form)).await;
        self.note_if_early(actor, id, A::BeginOpening.id(), begun).await
    }

    /// The supervisor completes it: who bids is public, part A of every sealed bid is open, drafts left over are expired. Where
    /// keyholders open, the first call is the supervisor's presence, and the call after their shares completes it.
    pub async fn open_bids(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let done = Box::pin(self.open_stage(actor, id, OpeningStage::First, form)).await;
        self.note_if_early(actor, id, A::Open.id(), done).await
    }

    /// When every blind score is locked an officer begins the second stage.
    pub async fn begin_price_opening(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let begun = Box::pin(self.begin_stage(actor, id, OpeningStage::Price, form)).await;
        self.note_if_early(actor, id, A::BeginPriceOpening.id(), begun).await
    }

    /// The supervisor completes the second stage: price and team are open to the panel and to the bureau.
    pub async fn open_price(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let done = Box::pin(self.open_stage(actor, id, OpeningStage::Price, form)).await;
        self.note_if_early(actor, id, A::OpenPrice.id(), done).await
    }

    async fn begin_stage(&self, actor: &Actor, id: ChallengeId, stage: OpeningStage, form: Plain) -> Result<Challenge> {
        if stage == OpeningStage::First {
            self.close_list(id).await?;
        }
        let act = stage.acts().0;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        self.note_blind(&work, &mut c).await?;
        c.take(act, &m).map_err(|r| sealed_until(r, &c))?;
        let half = Some(Half { by: actor.account, at: m.now, note: form.note.clone() });
        match stage {
            OpeningStage::First => c.opening = half,
            OpeningStage::Price => c.stages.price = half,
        }
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let here = c.state_at(m.now).id();
        let event = told(&c, act, c.state_at(m.now), Visibility::Bureau).because(form.note).moved(here, here);
        work.commit(&permit, event).await?;
        Ok(c)
    }

    async fn open_stage(&self, actor: &Actor, id: ChallengeId, stage: OpeningStage, form: Plain) -> Result<Challenge> {
        let act = stage.acts().1;
        let came_out = Box::pin(self.open_by_keys(actor, id, stage)).await?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        self.note_blind(&work, &mut c).await?;
        c.may(act, &m).map_err(|r| sealed_until(r, &c))?;
        if c.sealing.is_some() && c.witnessed(stage).is_none() {
            return self.witness(work, permit, c, stage, form.note, &m).await;
        }
        let mut out = Outcome::default();
        for bid in noun::lock_of::<Bid>(&work, "challenge_id", id.0).await? {
            Box::pin(self.open_one(&work, &permit, &mut c, bid, (stage, came_out.as_ref(), &m), &mut out)).await?;
        }
        if out.opened.is_empty() && c.stages.failed.iter().any(|f| f.stage == stage && f.why == UNREADABLE) {
            return Err(Error::Failed("no contents open: is the draft key the one they were sealed under?".into()));
        }
        let (parts, from) = (c.parts_of(stage), c.state_at(m.now));
        c.take(act, &m)?;
        let mut visibility = Visibility::Public;
        match stage {
            OpeningStage::First => {
                paper::opening(&work, &permit, &c, &out.listed, &m).await?;
                (c.opened_at, c.opened_bids) = (Some(m.now), Some(out.opened.len()));
            }
            OpeningStage::Price => {
                self.show_price(&work, &permit, &mut c, &m).await?;
                visibility = Visibility::Bureau;
            }
        }
        let (first, (holders, spares)) = (c.begun(stage).map(|h| h.by), self.who_gave_keys(&work, id).await?);
        store::share::drop_all(&work, &permit, id).await?;
        let by = (first.unwrap_or(actor.account), actor.account);
        c.stages.done.push(Opened { stage, at: m.now, by, holders: holders.clone(), spares: spares.clone() });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = told(&c, act, from, visibility).because(form.note).fact("bids", out.opened.len());
        let event = event.fact("opened", out.opened).fact("failed", out.failed).fact("begun_by", first);
        work.commit(&permit, event.fact("parts", parts).fact("keyholders", holders).fact("spares", spares)).await?;
        Box::pin(self.recheck(id)).await;
        Ok(c)
    }

    /// One bid at its stage: opened, out with its reason, expired, or none of this stage's business.
    async fn open_one(
        &self,
        work: &Work,
        permit: &Permit<ChallengeAct>,
        c: &mut Challenge,
        mut bid: Bid,
        (stage, came_out, m): (OpeningStage, Option<&CameOut>, &Moment),
        out: &mut Outcome,
    ) -> Result<()> {
        let was_there = bid.head.state;
        let waits = if stage == OpeningStage::First { BidState::Sealed } else { BidState::Valid };
        match (stage, bid.head.state) {
            (OpeningStage::First, BidState::Sealed) if !bid.is_confirmed(c) => {
                bid.reason = Some("not_confirmed".into());
                bid.take(BidAct::Expire, c, m)?;
                out.failed(c, &bid, stage, "not_confirmed");
            }
            (_, state) if state == waits => {
                let parts = c.parts_of(stage);
                let came = match came_out {
                    Some(all) => all.get(&bid.id).ok_or(Refusal::new("keys_missing"))?.as_ref().map_err(Clone::clone),
                    None => Ok(&vec![]),
                };
                let kept = match came {
                    Ok(came) if came_out.is_some() => self.keep_unsealed(work, permit, &mut bid, came, m).await.map(Ok)?,
                    Ok(_) => self.check_kept(work, permit, &bid, parts).await?,
                    Err(why) => Err(why),
                };
                match kept {
                    Ok(roots) => {
                        self.note_facts(work, permit, &mut bid, parts).await?;
                        if stage == OpeningStage::First {
                            bid.take(BidAct::Open, c, m)?;
                        }
                        out.opened(&bid, parts, roots);
                    }
                    Err(why) => {
                        bid.reason = Some(why.clone());
                        bid.take(BidAct::Fail, c, m)?;
                        out.failed(c, &bid, stage, &why);
                    }
                }
            }
            (OpeningStage::First, _) => bid.take(BidAct::Expire, c, m)?,
            // Out before its price was opened: the price stays shut.
            (OpeningStage::Price, _) => return Ok(()),
        }
        if stage == OpeningStage::First {
            // What was typed on the way goes: from here the two parts are all there is of a bid.
            store::challenge::drop_drafts(work, &permit.follow(bid.id.0)).await?;
        }
        store::challenge::save_bid(work, &permit.follow(bid.id.0), &mut bid, c, &m.calendar).await?;
        out.listed.extend((was_there == waits).then_some(bid));
        Ok(())
    }

    /// The second person is there: from here wraps are handed out.
    async fn witness(
        &self,
        work: Work,
        permit: Permit<ChallengeAct>,
        mut c: Challenge,
        stage: OpeningStage,
        note: Option<String>,
        m: &Moment,
    ) -> Result<Challenge> {
        let half = Some(Half { by: permit.actor().account, at: m.now, note: note.clone() });
        let kind = match stage {
            OpeningStage::First => {
                c.witness = half;
                "opening-witness"
            }
            OpeningStage::Price => {
                c.stages.price_witness = half;
                "price-opening-witness"
            }
        };
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let here = c.state_at(m.now).id();
        let event = Event::new(Noun::Challenge, kind, c.id.0, Visibility::Bureau).because(note).on(c.id).moved(here, here);
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// Every envelope of the stage has its key, or it is known that it has none; asked while keyholders open.
    pub(in crate::app) async fn keys_there(&self, c: &Challenge, stage: OpeningStage, m: &Moment) -> Result<()> {
        if c.ceremony(m.now) != Some(stage) {
            return Ok(());
        }
        let bids = in_stage(noun::of(&self.db, "challenge_id", c.id.0).await?, c, stage);
        let keys = self.keys_of(c, stage, &bids, m.now).await?;
        Ok(ensure(bids.iter().all(|b| keys.contains_key(&b.id)), "keys_missing")?)
    }

    /// What comes out of the envelopes, bid by bid, before anything is written; `None` where no keyholders open, or not yet;
    /// a refusal while a key may still come.
    async fn open_by_keys(&self, actor: &Actor, id: ChallengeId, stage: OpeningStage) -> Result<Option<CameOut>> {
        let c: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let (m, act) = (self.glance().await?, stage.acts().1);
        let ready = c.ceremony(m.now) == Some(stage);
        if !ready || policy::on_challenge(actor, &c, act, m.now).is_err() || c.may(act, &m).is_err() {
            return Ok(None);
        }
        let bids = in_stage(noun::of(&self.db, "challenge_id", id.0).await?, &c, stage);
        let keys = self.keys_of(&c, stage, &bids, m.now).await?;
        let mut out = CameOut::new();
        for b in &bids {
            let came = match keys.get(&b.id) {
                Some(Ok(keys)) => Box::pin(self.unseal_file(actor, b, keys)).await?,
                Some(Err(why)) => Err((*why).to_owned()),
                None => return Err(Refusal::new("keys_missing").into()),
            };
            let came = match came {
                Ok(parts) => Box::pin(self.check_offer(actor, &c, b, &parts)).await?.map(|()| parts),
                Err(why) => Err(why),
            };
            out.insert(b.id, came);
        }
        Ok(Some(out))
    }

    /// What the server checks at once when it seals itself: the rules of the form, of the challenge, and of affiliation; those
    /// of the money when the price is open.
    async fn check_offer(
        &self,
        actor: &Actor,
        c: &Challenge,
        b: &Bid,
        parts: &[Unsealed],
    ) -> Result<std::result::Result<(), String>> {
        let lead = store::account::org(&self.db, b.org).await?.ok_or(Error::Missing)?;
        let around = self.around(c.id).await?;
        let came = |part: Part| parts.iter().find(|u| u.part == part).map(|u| u.fields.clone());
        let a = match came(Part::A) {
            Some(fields) => fields,
            None => {
                let permit = policy::read_bid(actor, b, c)?;
                self.part(&permit).await?.ok_or(Error::Missing)?.fields(Part::A)?
            }
        };
        let offer = match came(Part::B) {
            Some(price) => offer_parts::join_kept(&a, &price),
            None => offer_parts::with_empty_b(&a),
        };
        let Some(offer) = offer else { return Ok(Err("seal_bad_manifest offer".into())) };
        let plain = serde_json::to_value(&offer).expect("offers are plain JSON");
        let mut faults = match Offer::read(&plain) {
            Ok(offer) => offer.answers(c.need()?, &c.rules, &lead),
            Err(faults) => faults,
        };
        if came(Part::B).is_none() {
            // Those of the form hide those between offer and challenge, and both are wanted.
            faults.0.extend(offer.answers(c.need()?, &c.rules, &lead).0);
            faults = offer_parts::faults_of_a(faults);
        }
        let near = bid::ensure_apart(&offer, &around).is_err();
        let mut why: Vec<String> = faults.0.iter().map(|f| format!("{}: {}", f.path, f.code)).collect();
        why.extend(near.then(|| "affiliate_of_poster".to_owned()));
        if came(Part::A).is_some() {
            why.extend(self.barred_when_sealed(actor, b, &offer).await?);
        }
        why.dedup();
        Ok(if why.is_empty() { Ok(()) } else { Err(why.join("; ")) })
    }

    /// The refusal that a server which could read the bid would have given at the sealing.
    async fn barred_when_sealed(&self, actor: &Actor, b: &Bid, offer: &Offer) -> Result<Option<String>> {
        let Some(seal) = &b.seal else { return Ok(None) };
        let work = self.begin(actor).await?;
        match bid::ensure_not_barred(&work, offer, seal.sealed_at).await {
            Ok(()) => Ok(None),
            Err(Error::Refused(r)) => Ok(Some(r.code.to_owned())),
            Err(e) => Err(e),
        }
    }

    /// Keeps what came out as opened contents lie: under the vault's key, each part apart, its files tied to the bid.
    async fn keep_unsealed(
        &self,
        work: &Work,
        permit: &Permit<ChallengeAct>,
        bid: &mut Bid,
        parts: &[Unsealed],
        m: &Moment,
    ) -> Result<Option<Vec<String>>> {
        let edition = bid.seal.as_ref().map_or(0, |s| s.edition);
        for out in parts {
            tie_files(work, &permit.follow(bid.id.0), Noun::Bid, None, &offer_parts::files_in(&out.fields), "file").await?;
            let text = serde_json::json!({ "part": out.part, "fields": out.fields, "root": out.root, "bid": bid.id });
            let content = self.part_at_rest(bid.id, out.part, &hash::canonical(&text));
            store::challenge::seal_content(work, &permit.follow(bid.id.0), edition, out.part, &content, m.now).await?;
        }
        Ok(Some(parts.iter().map(|out| out.root.clone()).collect()))
    }

    /// Holds what the server sealed against its receipt, the parts of this stage only.
    async fn check_kept(
        &self,
        work: &Work,
        permit: &Permit<ChallengeAct>,
        bid: &Bid,
        parts: &[Part],
    ) -> Result<std::result::Result<Option<Vec<String>>, String>> {
        let seal = bid.seal.as_ref().ok_or(Error::Missing)?;
        for part in parts {
            let kept = match part {
                Part::A => self.part_in::<ReadBid>(work, &permit.follow(bid.id.0)).await,
                Part::B => self.part_in::<ReadPrice>(work, &permit.follow(bid.id.0)).await,
            };
            let fits = |k: &content::Kept| k.promised(seal, *part) == Some(hash::sha256_hex(k.text.as_bytes()).as_str());
            match kept {
                Ok(Some(kept)) if fits(&kept) => {}
                Ok(_) => return Ok(Err("seal_broken".into())),
                Err(Error::Failed(_)) => return Ok(Err(UNREADABLE.into())),
                Err(other) => return Err(other),
            }
        }
        Ok(Ok(None))
    }

    /// Facts of an opened bid that the next steps need: partners with part A, the price with part B.
    async fn note_facts(&self, work: &Work, permit: &Permit<ChallengeAct>, bid: &mut Bid, parts: &[Part]) -> Result<()> {
        if parts.contains(&Part::A) {
            let a = self.part_a(work, permit, bid.id).await?;
            let codes: Vec<Uscc> = a.members.iter().skip(1).map(|m| m.uscc.clone()).collect();
            bid.partners = store::account::orgs_by_uscc(work, &codes).await?.into_iter().map(|o| o.id).collect();
            bid.open_files = a.consortium_agreement;
        }
        if parts.contains(&Part::B) {
            bid.price_fen = self.whole(work, permit, bid.id).await?.award();
        }
        Ok(())
    }

    /// The price is open: experts who have locked their blind part go on with it, and their time for it begins.
    async fn show_price(&self, work: &Work, permit: &Permit<ChallengeAct>, c: &mut Challenge, m: &Moment) -> Result<()> {
        c.stages.price_opened_at = Some(m.now);
        for mut a in self.panel_of(work, c).await? {
            if a.sits() {
                a.show_price(c, m);
                noun::save(work, &permit.follow(a.id.0), &mut a, &m.calendar).await?;
            }
        }
        Ok(())
    }

    /// Whether every expert who sits has locked the blind part, as of now.
    pub(in crate::app) async fn note_blind(&self, work: &Work, c: &mut Challenge) -> Result<bool> {
        if c.head.state != ChallengeState::Reviewing {
            return Ok(false);
        }
        let seats = c.panel.as_ref().map_or(0, |p| p.seats);
        let now = blind_scores_are_in(&self.panel_of(work, c).await?, seats);
        let changed = std::mem::replace(&mut c.stages.blind_in, now) != now;
        Ok(changed)
    }

    pub(in crate::app) async fn offers_of<P>(&self, work: &Work, permit: &Permit<P>, bids: &[&Bid]) -> Result<Vec<Offer>>
    where
        ReadPrice: policy::FollowsFrom<P>,
    {
        let mut offers = vec![];
        for bid in bids {
            offers.push(self.whole(work, permit, bid.id).await?);
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

/// The bids whose envelopes a stage opens.
pub(in crate::app) fn in_stage(mut bids: Vec<Bid>, c: &Challenge, stage: OpeningStage) -> Vec<Bid> {
    bids.retain(|b| match stage {
        OpeningStage::First => b.head.state == BidState::Sealed && b.is_confirmed(c),
        OpeningStage::Price => b.head.state == BidState::Valid,
    });
    bids
}

fn commits(bid: &Bid) -> Option<&[String]> {
    bid.seal.as_ref().map(Seal::commits).filter(|c| !c.is_empty())
}

/// What is asked for too early says until when it is sealed.
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

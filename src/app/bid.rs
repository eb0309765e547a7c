//! A team's bid: drafted, sealed, replaced, withdrawn before the deadline; checked on form after the opening.
use super::*;
use crate::domain::BidAct as B;
use crate::domain::forms::*;
use crate::domain::seal::Part;
use serde_json::Value;

/// A bid locked together with its challenge: the challenge first, so that everyone locks in the same order.
pub(in crate::app) async fn lock_bid(work: &Work, on: ChallengeId, id: BidId) -> Result<(Challenge, Bid)> {
    let c = lock_challenge(work, on).await?;
    let b: Bid = noun::lock(work, id.0).await?.ok_or(Error::Missing)?;
    Ok((c, b))
}

/// Everything that a whole offer is held against before it is sealed by the server.
pub(in crate::app) fn check_sealable(
    c: &Challenge,
    offer: &Offer,
    (lead, around): (&Organisation, &panel::Around),
) -> Result<()> {
    offer.answers(c.need()?, &c.rules, lead).ok(())?;
    Ok(ensure_apart(offer, around).map_err(|r| r.at("members"))?)
}

/// None of the units that bid is the poster's.
pub(in crate::app) fn ensure_apart(offer: &Offer, around: &panel::Around) -> std::result::Result<(), Refusal> {
    let unit = |m: &Member| conflict::Unit { uscc: m.uscc.clone(), name: m.name.clone(), affiliates: vec![] };
    offer.members.iter().try_for_each(|m| around.ensure_apart(&unit(m)))
}

/// No record of integrity kept one of the units that bid from bidding when the bid was sealed.
pub(in crate::app) async fn ensure_not_barred(work: &Work, offer: &Offer, sealed: jiff::Timestamp) -> Result<()> {
    let codes: Vec<Uscc> = offer.members.iter().map(|m| m.uscc.clone()).collect();
    for member in &store::account::orgs_by_uscc(work, &codes).await? {
        let mut records: Vec<Integrity> = noun::lock_of(work, "org_id", member.id.0).await?;
        records.retain(|x| x.person.is_none() && x.from_at.is_some_and(|from| from <= sealed));
        crate::domain::integrity::bar(&records, "bidding", sealed).map_err(|r| r.at("members"))?;
    }
    Ok(())
}

impl App {
    pub(in crate::app) async fn bid_of(&self, id: BidId) -> Result<Bid> {
        noun::find(&self.db, id.0).await?.ok_or(Error::Missing)
    }

    /// A lead that no record bars, that is near nobody of the case, and that has no bid there yet.
    pub(in crate::app) async fn may_start_bid(&self, actor: &Actor, on: ChallengeId) -> Result<()> {
        let own = store::account::org(&self.db, actor.org).await?.ok_or(Error::Missing)?;
        self.not_barred(&[actor.org], "bidding").await?;
        self.around(on).await?.ensure_apart(&conflict::Unit::from(&own))?;
        let bids: Vec<Bid> = noun::of(&self.db, "challenge_id", on.0).await?;
        Ok(ensure(bids.iter().all(|b| b.org != actor.org), "one_bid_a_lead")?)
    }

    /// A team starts a bid on an open challenge: one bid a lead; affiliates of the poster are refused by rule (trap 18).
    pub async fn start_bid(&self, actor: &Actor, on: ChallengeId, _: StartBid) -> Result<Bid> {
        let may = self.may_start_bid(actor, on).await;
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::start_bid(actor, &c, m.now)?;
        let b = Bid::start(BidId(Uuid::new_v4()), &c, actor, &m)?;
        may?;
        match store::challenge::insert_bid(&work, &permit.follow(b.id.0), &b, &c, &m.calendar).await {
            Err(store::Error::Duplicate) => return Err(Refusal::new("one_bid_a_lead").into()),
            other => other?,
        }
        let event = Event::new(Noun::Bid, "start", b.id.0, Visibility::Sealed).on(on).of(b.org);
        work.commit(&permit, event).await?;
        Ok(b)
    }

    /// Keeps what was typed so far, as the next version of the draft.
    pub async fn save_bid_draft(&self, actor: &Actor, id: BidId, patch: Value, edition: Option<i32>) -> Result<i32> {
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut b) = lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::Seal)?;
        b.may(B::Seal, &c, &m)?;
        if edition.is_some_and(|seen| seen != b.draft_edition) {
            return Err(store::Error::Stale.into());
        }
        let mut raw = self.read_draft(&work, &permit).await?;
        if let (Some(raw), Value::Object(patch)) = (raw.as_object_mut(), patch) {
            raw.extend(patch);
        }
        let text = raw.to_string();
        if text.len() > 300_000 {
            return Err(Refusal::new("draft_too_large").into());
        }
        b.draft_edition += 1;
        store::challenge::keep_content(&work, &permit, b.draft_edition, &self.draft_at_rest(id, &text), m.now).await?;
        let files = <Offer as Draft>::FORM.files_in(&raw);
        store::file::hold(&work, &permit.follow(id.0), &files, clock::wall()).await?;
        store::challenge::save_bid(&work, &permit, &mut b, &c, &m.calendar).await?;
        let event = Event::new(Noun::Bid, "draft", id.0, Visibility::Sealed).on(on).of(b.org).fact("edition", b.draft_edition);
        work.commit(&permit, event).await?;
        Ok(b.draft_edition)
    }

    /// Seals the bid: read whole, every fault told; the time is read after the lock, and late is late.
    pub async fn seal_bid(&self, actor: &Actor, id: BidId, _: SealBid) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let lead = store::account::org(&self.db, actor.org).await?.ok_or(Error::Missing)?;
        let seen: Challenge = noun::find(&self.db, on.0).await?.ok_or(Error::Missing)?;
        if seen.sealing.as_ref().is_some_and(|s| s.server_too) {
            return Box::pin(self.seal_by_server(actor, id)).await;
        }
        let around = self.around(on).await?;
        let work = self.begin(actor).await?;
        let (c, mut b) = lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::Seal)?;
        b.may(B::Seal, &c, &m)?;
        if c.sealing.is_some() {
            return Err(Refusal::new("teams_seal").into());
        }
        let offer = Offer::read(&self.read_draft(&work, &permit).await?)?;
        check_sealable(&c, &offer, (&lead, &around))?;
        ensure_not_barred(&work, &offer, m.now).await?;
        tie_files(&work, &permit.follow(id.0), Noun::Bid, None, &offer.files(), "attachments").await?;
        let edition = b.next_version();
        let mut commits = [String::new(), String::new()];
        for part in Part::ALL {
            let ids = offer_parts::files_in(&offer_parts::kept(&offer, part));
            let hashes = self.hashes_in(&work, &ids).await?;
            let text = content::text_of(&offer, part, (on, id), &hashes);
            commits[part as usize] = hash::sha256_hex(text.as_bytes());
            let content = self.part_at_rest(id, part, &text);
            store::challenge::seal_content(&work, &permit, edition, part, &content, m.now).await?;
        }
        let sha256 = sealed::whole_of(&commits);
        b.seal = Some(Seal {
            sha256: sha256.clone(),
            sealed_at: m.now,
            edition,
            by: actor.account,
            need_edition: c.edition,
            parts: commits.to_vec(),
            sealed: None,
        });
        let tell =
            |e: Event| e.fact("sha256", sha256).fact("edition", edition).fact("commits", commits).fact("sealed_by", "server");
        self.bid_step(work, permit, c, b, B::Seal, &m, tell).await
    }

    pub(in crate::app) async fn bid_step(
        &self,
        work: Work,
        permit: policy::Permit<BidAct>,
        c: Challenge,
        mut b: Bid,
        act: B,
        m: &Moment,
        tell: impl FnOnce(Event) -> Event,
    ) -> Result<Bid> {
        let from = b.head.state;
        b.take(act, &c, m)?;
        store::challenge::save_bid(&work, &permit, &mut b, &c, &m.calendar).await?;
        let event =
            Event::new(Noun::Bid, act.id(), b.id.0, Visibility::Sealed).on(c.id).of(b.org).moved(from.id(), b.head.state.id());
        in_time(&c, m, |deadline| work.commit_before(&permit, tell(event), deadline)).await?;
        Ok(b)
    }

    async fn on_bid(
        &self,
        actor: &Actor,
        id: BidId,
        act: B,
        reason: Option<String>,
        change: impl FnOnce(&mut Bid),
    ) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut b) = lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, act)?;
        b.may(act, &c, &m)?;
        change(&mut b);
        self.bid_step(work, permit, c, b, act, &m, |e| e.because(reason)).await
    }

    /// Takes a sealed bid back into a draft, to replace it before the deadline.
    pub async fn replace_bid(&self, actor: &Actor, id: BidId, form: Plain) -> Result<Bid> {
        self.on_bid(actor, id, B::Replace, form.note, |_| {}).await
    }

    /// The team lets its sealed bid stand after a material amendment.
    pub async fn confirm_bid(&self, actor: &Actor, id: BidId, form: Plain) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut b) = lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::Confirm)?;
        b.may(B::Confirm, &c, &m)?;
        let edition = c.edition;
        // Guarded by the rule just above: the step itself would refuse what is confirmed.
        let from = b.head.state;
        if let Some(seal) = &mut b.seal {
            seal.need_edition = edition;
        }
        store::challenge::save_bid(&work, &permit, &mut b, &c, &m.calendar).await?;
        let event =
            Event::new(Noun::Bid, B::Confirm.id(), b.id.0, Visibility::Sealed).on(on).of(b.org).moved(from.id(), from.id());
        let event = event.because(form.note).fact("edition", edition);
        in_time(&c, &m, |deadline| work.commit_before(&permit, event, deadline)).await?;
        Ok(b)
    }

    pub async fn withdraw_bid(&self, actor: &Actor, id: BidId, form: Reason) -> Result<Bid> {
        self.on_bid(actor, id, B::Withdraw, Some(form.reason), |_| {}).await
    }

    pub async fn resume_bid(&self, actor: &Actor, id: BidId, form: Plain) -> Result<Bid> {
        self.on_bid(actor, id, B::Resume, form.note, |_| {}).await
    }

    /// An officer checks the form of an opened bid and proposes; a checker confirms (four eyes).
    pub async fn check_bid_form(&self, actor: &Actor, id: BidId, form: FormCheckResult) -> Result<Bid> {
        let complete = form.stamped && form.readable && form.complete;
        if (form.outcome == "valid") != complete {
            return Err(Refusal::new("form_check_contradicts").at("outcome").into());
        }
        if form.outcome != "valid" && form.reason.is_none() {
            return Err(Refusal::new("reason_missing").at("reason").into());
        }
        let check = FormCheck { by: actor.account, outcome: form.outcome, reason: form.reason.clone() };
        self.on_bid(actor, id, B::Propose, form.reason, |b| (b.form_check, b.sent_back) = (Some(check), None)).await
    }

    /// The checker finds the check of its form wanting: whoever checked looks again.
    pub async fn return_form_check(&self, actor: &Actor, id: BidId, form: Reason) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut b) = lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::SendBack)?;
        let state = b.head.state;
        b.take(B::SendBack, &c, &m)?;
        b.form_check = None;
        b.sent_back = Some(Half { by: actor.account, at: m.now, note: Some(form.reason.clone()) });
        store::challenge::save_bid(&work, &permit, &mut b, &c, &m.calendar).await?;
        let event = Event::new(Noun::Bid, B::SendBack.id(), id.0, Visibility::Bureau).on(on).of(b.org);
        work.commit(&permit, event.moved(state.id(), state.id()).because(Some(form.reason))).await?;
        Ok(b)
    }

    pub async fn validate_bid(&self, actor: &Actor, id: BidId, form: Plain) -> Result<Bid> {
        self.on_bid(actor, id, B::Validate, form.note, |_| {}).await
    }

    pub async fn reject_bid_form(&self, actor: &Actor, id: BidId, form: Reason) -> Result<Bid> {
        let reason = form.reason.clone();
        self.on_bid(actor, id, B::RejectForm, Some(form.reason), |b| b.reason = Some(reason)).await
    }

    /// Asks for a cure of form only: a stamp, a readable scan; never price, indicators, plan.
    pub async fn ask_correction(&self, actor: &Actor, id: BidId, form: Reason) -> Result<Bid> {
        let reason = form.reason.clone();
        self.on_bid(actor, id, B::AskCure, Some(form.reason), |b| b.correction = Some(reason)).await
    }

    pub async fn correct_bid(&self, actor: &Actor, id: BidId, form: Correction) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut b) = lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::Cure)?;
        b.may(B::Cure, &c, &m)?;
        tie_files(&work, &permit.follow(id.0), Noun::Bid, None, &form.files, "files").await?;
        b.form_check = None;
        b.open_files.extend(form.files.iter().copied());
        let b = self.bid_step(work, permit, c, b, B::Cure, &m, |e| e.because(Some(form.note))).await?;
        self.recheck(on).await;
        Ok(b)
    }

    /// Falsehood, collusion, affiliation: the meeting's decision, with evidence.
    pub async fn disqualify_bid(&self, actor: &Actor, id: BidId, form: Decision) -> Result<Bid> {
        let reason = form.reason.clone().ok_or_else(|| Refusal::new("reason_missing").at("reason"))?;
        let (told, number) = (reason.clone(), form.number.clone());
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (mut c, mut b) = lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::Disqualify)?;
        b.may(B::Disqualify, &c, &m)?;
        b.reason = Some(reason);
        let on = meeting::OnTable { noun: Noun::Bid, subject: id.0, act: B::Disqualify.id(), case: c.id, title: &c.title };
        self.meet(&work, &permit, &form.minutes(), on, &m).await?;
        self.fall_out(&work, &permit, &mut c, id, &m).await?;
        noun::save(&work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        self.bid_step(work, permit, c, b, B::Disqualify, &m, |e| e.because(Some(told)).fact("minutes", number)).await
    }
}

impl App {
    /// The newest draft of one's own bid, as raw input.
    pub(in crate::app) async fn read_draft(&self, work: &Work, permit: &policy::Permit<BidAct>) -> Result<Value> {
        match self.draft_text_in(work, &permit.follow(permit.subject())).await? {
            None => Ok(serde_json::json!({})),
            Some(text) => serde_json::from_str(&text).map_err(|e| Error::Failed(format!("draft does not read: {e}"))),
        }
    }
}

/// While bids are taken, what a team does counts only when the record dates it before the closing time.
async fn in_time<F>(c: &Challenge, m: &Moment, commit: impl FnOnce(Option<jiff::Timestamp>) -> F) -> Result<()>
where
    F: Future<Output = store::Result<()>>,
{
    let deadline = c.accepts_bids(m.now).ok().and(c.close_at);
    commit(deadline).await.map_err(|e| match (e, deadline) {
        (store::Error::Late, Some(at)) => Refusal::new("bidding_closed").with("at", at).into(),
        (other, _) => other.into(),
    })
}

//! Objections: filed by name, accepted by a checker, investigated, decided by the meeting; an accepted one stops the clock.
use super::*;
use crate::domain::ObjectionAct as O;
use crate::domain::forms::*;

impl App {
    /// Anyone may object under a real name while the notice runs; an account is not needed.
    pub async fn file_objection(&self, actor: &Actor, on: NoticeId, form: FileObjection) -> Result<Objection> {
        let case = self.case_of_notice(on).await?;
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, case).await?;
        let n: Notice = noun::lock(&work, on.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::file_objection(actor, &n)?;
        n.takes_objections(m.now)?;
        let o = Objection {
            id: ObjectionId(Uuid::new_v4()),
            notice: on,
            challenge: case,
            head: Head::new(ObjectionState::Filed, &m, Some(c.rules.objection_accept_days)),
            filed_by: (!actor.is_visitor()).then_some(actor.account),
            org: (!actor.is_visitor()).then_some(actor.org),
            name: form.name,
            contact: form.contact,
            facts: form.facts,
            request: form.request,
            evidence: form.evidence,
            accepted_by: None,
            note: None,
            answers: vec![],
            decision: None,
            decision_reason: None,
            effect: None,
            reconsideration: None,
        };
        tie_files(&work, &permit.follow(o.id.0), Noun::Objection, Some(case), &o.evidence, "evidence").await?;
        noun::insert(&work, &permit.follow(o.id.0), &o, &m.calendar).await?;
        let event = Event::new(Noun::Objection, "filing", o.id.0, Visibility::Bureau).on(case);
        work.commit(&permit, event).await?;
        Ok(o)
    }

    /// Locks the case of an objection in the order everyone does: challenge, notice, objection.
    async fn lock_objection(&self, work: &Work, seen: &Objection) -> Result<(Challenge, Notice, Objection)> {
        let c = lock_challenge(work, seen.challenge).await?;
        let n = noun::lock(work, seen.notice.0).await?.ok_or(Error::Missing)?;
        Ok((c, n, noun::lock(work, seen.id.0).await?.ok_or(Error::Missing)?))
    }

    async fn on_objection(
        &self,
        actor: &Actor,
        id: ObjectionId,
        act: O,
        reason: Option<String>,
        change: impl FnOnce(&mut Objection, &Moment),
    ) -> Result<Objection> {
        let seen: Objection = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, mut n, mut o) = self.lock_objection(&work, &seen).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_objection(actor, &o, &n, act)?;
        o.may(act)?;
        let from = o.head.state;
        o.take(act, &m, &c.rules)?;
        change(&mut o, &m);
        tie_files(&work, &permit.follow(id.0), Noun::Objection, Some(o.challenge), &o.evidence, "evidence").await?;
        noun::save(&work, &permit, &mut o, &m.calendar).await?;
        self.hold_or_release(&work, &permit, c, &mut n, &m).await?;
        let visibility = if act == O::Accept { Visibility::Public } else { Visibility::Bureau };
        let event = Event::new(Noun::Objection, act.id(), id.0, visibility)
            .on(o.challenge)
            .moved(from.id(), o.head.state.id())
            .because(reason);
        work.commit(&permit, event).await?;
        Ok(o)
    }

    /// Stops the notice while any accepted objection is undecided; lets it run on with the days that were left.
    async fn hold_or_release(
        &self,
        work: &Work,
        permit: &policy::Permit<ObjectionAct>,
        mut c: Challenge,
        n: &mut Notice,
        m: &Moment,
    ) -> Result<()> {
        let held = noun::lock_of::<Objection>(work, "notice_id", n.id.0).await?.iter().any(Objection::holds);
        let acts = match (held, n.head.state) {
            (true, NoticeState::InPublicity) => (NoticeAct::Hold, ChallengeAct::Hold),
            (false, NoticeState::Suspended) if !n.to_revise => (NoticeAct::Release, ChallengeAct::Release),
            _ => return Ok(()),
        };
        n.take(acts.0, m)?;
        work.tell("clocks", n.clock(acts.0, m));
        c.take(acts.1, m)?;
        noun::save(work, &permit.follow(n.id.0), n, &m.calendar).await?;
        Ok(noun::save(work, &permit.follow(c.id.0), &mut c, &m.calendar).await?)
    }

    pub async fn accept_objection(&self, actor: &Actor, id: ObjectionId, form: Plain) -> Result<Objection> {
        let by = actor.account;
        self.on_objection(actor, id, O::Accept, form.note, |o, _| o.accepted_by = Some(by)).await
    }

    /// Out of time, not about this notice, or an academic judgement of scores (trap 17).
    pub async fn refuse_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let reason = form.reason.clone();
        self.on_objection(actor, id, O::Refuse, Some(form.reason), |o, _| o.note = Some(reason)).await
    }

    pub async fn ask_completion(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let reason = form.reason.clone();
        self.on_objection(actor, id, O::AskCompletion, Some(form.reason), |o, _| o.note = Some(reason)).await
    }

    pub async fn complete_objection(&self, actor: &Actor, id: ObjectionId, form: CompleteObjection) -> Result<Objection> {
        self.on_objection(actor, id, O::Complete, None, |o, _| {
            o.facts = form.facts;
            o.evidence.extend(form.evidence);
        })
        .await
    }

    /// Not under a real name: the clue goes to the discipline channel and stops no clock (trap 16).
    pub async fn move_to_tip_off(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        self.on_objection(actor, id, O::MoveToTipOff, Some(form.reason), |_, _| {}).await
    }

    pub async fn investigate_objection(&self, actor: &Actor, id: ObjectionId, form: Plain) -> Result<Objection> {
        self.on_objection(actor, id, O::Investigate, form.note, |_, _| {}).await
    }

    pub async fn answer_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let (org, text) = (actor.org, form.reason);
        self.on_objection(actor, id, O::Answer, None, |o, m| o.answers.push(objection::Answer { org, text, at: m.now })).await
    }

    pub async fn withdraw_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        self.on_objection(actor, id, O::Withdraw, Some(form.reason), |_, _| {}).await
    }

    pub async fn ask_reconsideration(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let reason = form.reason.clone();
        self.on_objection(actor, id, O::Reconsider, Some(form.reason), |o, _| o.reconsideration = Some(reason)).await
    }

    pub async fn close_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        self.on_objection(actor, id, O::Close, Some(form.reason), |_, _| {}).await
    }

    /// The meeting decides in writing; an upheld objection takes effect at once: next rank, or a revised notice.
    pub async fn decide_objection(&self, actor: &Actor, id: ObjectionId, form: DecideObjection) -> Result<Objection> {
        let act = match form.outcome.as_str() {
            "uphold" => O::Uphold,
            "partly_uphold" => O::PartlyUphold,
            _ => O::Dismiss,
        };
        if act == O::Uphold && form.effect.is_none() {
            return Err(Refusal::new("effect_missing").at("effect").into());
        }
        if act == O::PartlyUphold && form.effect.as_deref().is_some_and(|e| e != "revise_notice") {
            return Err(Refusal::new("effect_too_strong").at("effect").into());
        }
        let seen: Objection = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, mut n, mut o) = self.lock_objection(&work, &seen).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_objection(actor, &o, &n, act)?;
        o.may(act)?;
        o.decision = Some(Minutes::from(&form));
        let on = meeting::OnTable { noun: Noun::Objection, subject: id.0, act: act.id(), case: c.id, title: &c.title };
        self.meet(&work, &permit, &form.minutes(), on, &m).await?;
        o.decision_reason = Some(form.reason.clone());
        o.effect.clone_from(&form.effect);
        let from = o.head.state;
        o.take(act, &m, &c.rules)?;
        noun::save(&work, &permit, &mut o, &m.calendar).await?;
        paper::objection(&work, &permit, (&o, &n), &m).await?;
        let mut commitment = None;
        match (act, form.effect.as_deref()) {
            (O::Uphold, Some("next_rank")) => self.overturn(&work, &permit, c, &mut n, &m).await?,
            (O::Uphold, Some("re_review")) => commitment = self.review_again(&work, &permit, c, &mut n, &m).await?,
            (O::Uphold | O::PartlyUphold, Some("revise_notice")) if n.head.state == NoticeState::Suspended => {
                n.to_revise = true;
                noun::save(&work, &permit.follow(n.id.0), &mut n, &m.calendar).await?;
            }
            _ => self.hold_or_release(&work, &permit, c, &mut n, &m).await?,
        }
        let event = Event::new(Noun::Objection, act.id(), id.0, Visibility::Public)
            .on(o.challenge)
            .moved(from.id(), o.head.state.id())
            .fact("minutes", form.number)
            .fact("effect", form.effect)
            .fact("draw_commitment", commitment);
        work.commit(&permit, event).await?;
        Ok(o)
    }

    /// The notice is revoked, its winners passed over, and the talks go on with the next rank.
    async fn overturn(
        &self,
        work: &Work,
        permit: &policy::Permit<ObjectionAct>,
        mut c: Challenge,
        n: &mut Notice,
        m: &Moment,
    ) -> Result<()> {
        if n.head.state == NoticeState::Revoked {
            // It fell by another decision meanwhile: there is nothing left to overturn.
            return Ok(());
        }
        self.revoke_notice(work, permit, &mut c, n, &[], m).await?;
        c.passed_over.extend(n.winners.iter().map(|w| w.bid));
        Ok(noun::save(work, &permit.follow(c.id.0), &mut c, &m.calendar).await?)
    }

    /// The review was unsound: the notice is revoked, every scored bid goes back to be scored, and another panel is drawn.
    async fn review_again(
        &self,
        work: &Work,
        permit: &policy::Permit<ObjectionAct>,
        mut c: Challenge,
        n: &mut Notice,
        m: &Moment,
    ) -> Result<Option<String>> {
        if n.head.state == NoticeState::Revoked {
            return Ok(None);
        }
        n.take(NoticeAct::Revoke, m)?;
        noun::save(work, &permit.follow(n.id.0), n, &m.calendar).await?;
        for mut b in noun::lock_of::<Bid>(work, "challenge_id", c.id.0).await? {
            if b.head.state.step(BidAct::Recall).is_ok() {
                b.take(BidAct::Recall, &c, m)?;
                (b.blind_score, b.score, b.rank, b.reason) = (None, None, None, None);
                store::challenge::save_bid(work, &permit.follow(b.id.0), &mut b, &c, &m.calendar).await?;
            }
        }
        c.take(ChallengeAct::ReReview, m)?;
        c.begin_another_review();
        let commitment = listing::commit_draw(&mut c);
        noun::save(work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        Ok(Some(commitment))
    }
}

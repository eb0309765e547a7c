//! Objections: filed by name with proof, accepted by a checker, investigated by two, decided by the meeting; an accepted one
//! stops the clock.
use super::*;
use crate::domain::ObjectionAct as O;
use crate::domain::forms::*;
use crate::domain::meeting::took_part;

/// On whose authority a step is taken: an account's, or that of whoever holds the objection's code.
enum By<'a> {
    Account(&'a Actor),
    Code(&'a str),
}

impl By<'_> {
    fn permit(&self, o: &Objection, n: &Notice, act: O) -> std::result::Result<policy::Permit<ObjectionAct>, Denied> {
        match self {
            By::Account(actor) => policy::on_objection(actor, o, n, act),
            By::Code(code) => policy::by_code(o, code, act),
        }
    }
    fn actor(&self) -> Actor {
        match self {
            By::Account(actor) => (*actor).clone(),
            By::Code(_) => Actor::visitor(),
        }
    }
}

/// What the contact of an objection lies sealed under.
fn contact_place(id: ObjectionId) -> String {
    format!("objection {id} contact")
}

impl App {
    /// Anyone may object under a real name while the notice runs; an account is not needed. A visitor gets a code to follow it.
    pub async fn file_objection(&self, actor: &Actor, on: NoticeId, form: FileObjection) -> Result<Objection> {
        let case = self.case_of_notice(on).await?;
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, case).await?;
        let n: Notice = noun::lock(&work, on.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::file_objection(actor, &n)?;
        n.takes_objections(m.now)?;
        let id = ObjectionId(Uuid::new_v4());
        let mut o = Objection {
            id,
            notice: on,
            challenge: case,
            head: Head::new(ObjectionState::Filed, &m, None),
            filed_by: (!actor.is_visitor()).then_some(actor.account),
            org: (!actor.is_visitor()).then_some(actor.org),
            name: form.name,
            contact: text::mask_contact(&form.contact),
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
            kind: form.kind,
            uscc: form.uscc,
            proof: form.proof,
            contact_sealed: Some(self.vault.close(&contact_place(id), &form.contact)),
            contact_read: vec![],
            code: actor.is_visitor().then(|| self.code_sha256(id.0)),
            ground: None,
            asked: vec![],
            investigators: vec![],
            findings: None,
            extended: None,
            ex_officio: false,
            outcome: None,
            letter: None,
            deadlines: vec![Deadline::after("acceptance", date_of(m.now), c.rules.objection_accept_days, &m.calendar)],
        };
        o.head.due = o.due("acceptance");
        let files: Vec<FileId> = o.evidence.iter().chain(&o.proof).copied().collect();
        tie_files(&work, &permit.follow(o.id.0), Noun::Objection, Some(case), &files, "evidence").await?;
        noun::insert(&work, &permit.follow(o.id.0), &o, &m.calendar).await?;
        work.tell("deadlines", &o.deadlines[0]);
        let event = Event::new(Noun::Objection, "filing", o.id.0, Visibility::Bureau).on(case).fact("kind", &o.kind);
        work.commit(&permit, event).await?;
        Ok(o)
    }

    /// Locks the case of an objection in the order everyone does: challenge, notice, objection.
    pub(in crate::app) async fn lock_objection(&self, work: &Work, seen: &Objection) -> Result<(Challenge, Notice, Objection)> {
        let c = lock_challenge(work, seen.challenge).await?;
        let n = noun::lock(work, seen.notice.0).await?.ok_or(Error::Missing)?;
        Ok((c, n, noun::lock(work, seen.id.0).await?.ok_or(Error::Missing)?))
    }

    async fn on_objection(
        &self,
        by: By<'_>,
        id: ObjectionId,
        act: O,
        reason: Option<String>,
        change: impl FnOnce(&mut Objection, &Notice, &Moment),
    ) -> Result<Objection> {
        let seen: Objection = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(&by.actor()).await?;
        let (c, mut n, mut o) = self.lock_objection(&work, &seen).await?;
        let m = self.moment(&work).await?;
        let permit = by.permit(&o, &n, act)?;
        o.may(act, &m)?;
        if matches!(act, O::Examine | O::Reopen) {
            ready::notice_open(&n)?;
        }
        let (from, known) = (o.head.state, o.deadlines.len());
        o.take(act, &m, &c.rules)?;
        change(&mut o, &n, &m);
        o.deadlines.iter().skip(known).for_each(|d| work.tell("deadlines", d));
        let files: Vec<FileId> = o.evidence.iter().chain(&o.proof).copied().collect();
        tie_files(&work, &permit.follow(id.0), Noun::Objection, Some(o.challenge), &files, "evidence").await?;
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
    pub(in crate::app) async fn hold_or_release(
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
        self.on_objection(By::Account(actor), id, O::Accept, form.note, |o, _, _| o.accepted_by = Some(by)).await
    }

    /// Out of time, not about this notice, no facts, or an academic judgement of scores (trap 17).
    pub async fn refuse_objection(&self, actor: &Actor, id: ObjectionId, form: RefuseObjection) -> Result<Objection> {
        let reason = form.reason.clone();
        self.on_objection(By::Account(actor), id, O::Refuse, Some(form.reason), |o, _, _| {
            (o.note, o.ground) = (Some(reason), Some(form.ground));
        })
        .await
    }

    pub async fn ask_completion(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let reason = form.reason.clone();
        self.on_objection(By::Account(actor), id, O::AskCompletion, Some(form.reason), |o, _, _| o.note = Some(reason)).await
    }

    pub async fn complete_objection(&self, actor: &Actor, id: ObjectionId, form: CompleteObjection) -> Result<Objection> {
        self.completed(By::Account(actor), id, form).await
    }

    async fn completed(&self, by: By<'_>, id: ObjectionId, form: CompleteObjection) -> Result<Objection> {
        self.on_objection(by, id, O::Complete, None, |o, _, _| {
            o.facts = form.facts;
            o.evidence.extend(form.evidence);
        })
        .await
    }

    /// One officer begins, and says to have no part in the matter; the winners are asked to answer.
    pub async fn investigate_objection(&self, actor: &Actor, id: ObjectionId, _: NoConflict) -> Result<Objection> {
        let by = actor.account;
        self.on_objection(By::Account(actor), id, O::Investigate, None, |o, n, _| {
            o.investigators = vec![by];
            o.asked = n.winners.iter().map(|w| w.org).collect();
        })
        .await
    }

    /// The second of two: another person, who did not prepare the award and has no part in the matter.
    pub async fn join_investigation(&self, actor: &Actor, id: ObjectionId, _: NoConflict) -> Result<Objection> {
        let by = actor.account;
        self.on_objection(By::Account(actor), id, O::Join, None, |o, _, _| o.investigators.push(by)).await
    }

    pub async fn answer_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let (org, text) = (actor.org, form.reason);
        let act = |o: &mut Objection, _: &Notice, m: &Moment| o.answers.push(objection::Answer { org, text, at: m.now });
        self.on_objection(By::Account(actor), id, O::Answer, None, act).await
    }

    /// What was found, with independent opinions where the matter is technical.
    pub async fn find_on_objection(&self, actor: &Actor, id: ObjectionId, form: RecordFindings) -> Result<Objection> {
        let by = actor.account;
        self.on_objection(By::Account(actor), id, O::Find, None, |o, _, m| {
            let (facts_found, technical, experts) = (form.facts_found, form.technical, form.experts);
            o.findings = Some(objection::Findings { by, at: m.now, facts_found, technical, experts });
        })
        .await
    }

    /// Fifteen working days more, once, for a reason (domain 2.5).
    pub async fn extend_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let reason = form.reason.clone();
        self.on_objection(By::Account(actor), id, O::Extend, Some(form.reason), |o, _, _| o.extended = Some(reason)).await
    }

    pub async fn withdraw_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        self.on_objection(By::Account(actor), id, O::Withdraw, Some(form.reason), |_, _, _| {}).await
    }

    /// Withdrawn, but the facts are grave: it is examined all the same.
    pub async fn examine_ex_officio(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let by = actor.account;
        self.on_objection(By::Account(actor), id, O::Examine, Some(form.reason), |o, n, _| {
            o.ex_officio = true;
            (o.investigators, o.findings) = (vec![by], None);
            o.asked = n.winners.iter().map(|w| w.org).collect();
        })
        .await
    }

    pub async fn ask_reconsideration(&self, actor: &Actor, id: ObjectionId, form: AskAgain) -> Result<Objection> {
        self.asked_again(By::Account(actor), id, form).await
    }

    async fn asked_again(&self, by: By<'_>, id: ObjectionId, form: AskAgain) -> Result<Objection> {
        self.on_objection(by, id, O::Reconsider, None, |o, _, _| {
            o.reconsideration = Some(form.new_facts);
            o.evidence.extend(form.evidence);
        })
        .await
    }

    /// The new facts weigh: it is investigated anew.
    pub async fn reopen_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        self.on_objection(By::Account(actor), id, O::Reopen, Some(form.reason), |o, n, _| {
            (o.findings, o.answers) = (None, vec![]);
            o.asked = n.winners.iter().map(|w| w.org).collect();
        })
        .await
    }

    pub async fn close_objection(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        self.on_objection(By::Account(actor), id, O::Close, Some(form.reason), |_, _, _| {}).await
    }

    /// What a visitor does who holds the code.
    pub async fn follow_objection(&self, code: &str, o: &Objection, form: Follow) -> Result<Objection> {
        let text = form.text.unwrap_or_default();
        let by = By::Code(code);
        match form.step.as_deref() {
            Some("completion") => {
                let raw = serde_json::json!({ "facts": text, "evidence": form.files });
                self.completed(by, o.id, CompleteObjection::read(&raw).map_err(follow::at_text)?).await
            }
            Some("withdrawal") => {
                let form = Reason::read(&serde_json::json!({ "reason": text })).map_err(follow::at_text)?;
                self.on_objection(by, o.id, O::Withdraw, Some(form.reason), |_, _, _| {}).await
            }
            Some("reconsideration") => {
                let raw = serde_json::json!({ "new_facts": text, "evidence": form.files });
                self.asked_again(by, o.id, AskAgain::read(&raw).map_err(follow::at_text)?).await
            }
            _ => Ok(o.clone()),
        }
    }

    /// The contact in the clear, for an hour, for one who says why; the record keeps who read it.
    pub async fn read_contact(&self, actor: &Actor, id: ObjectionId, form: Reason) -> Result<Objection> {
        let work = self.begin(actor).await?;
        let mut o: Objection = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::read_contact(actor, &o)?;
        o.contact_read.push(Half { by: actor.account, at: m.now, note: Some(form.reason.clone()) });
        noun::save(&work, &permit, &mut o, &m.calendar).await?;
        let event = Event::new(Noun::Objection, "contact-reading", id.0, Visibility::Bureau).on(o.challenge);
        work.commit(&permit, event.because(Some(form.reason))).await?;
        Ok(o)
    }

    /// The contact as its reader may see it: masked, or in the clear to one who asked within the hour.
    pub fn contact_of(&self, actor: &Actor, o: &Objection) -> Result<String> {
        let now = self.clock.now();
        let hour = jiff::SignedDuration::from_hours(1);
        let fresh = o.contact_read.iter().any(|h| h.by == actor.account && now.duration_since(h.at) < hour);
        match (&o.contact_sealed, fresh) {
            (Some(sealed), true) => self
                .vault
                .open(&contact_place(o.id), sealed)
                .map_err(|e| Error::Failed(format!("contact of objection {}: {e}", o.id))),
            (None, true) => Ok(o.contact.clone()),
            (_, false) => Ok(text::mask_contact(&o.contact)),
        }
    }

    /// The meeting decides in writing; an upheld objection takes effect at once.
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
        let before: Notice = noun::find(&self.db, seen.notice.0).await?.ok_or(Error::Missing)?;
        let handled: Vec<AccountId> =
            seen.investigators.iter().copied().chain(seen.accepted_by).chain(seen.filed_by).chain([before.prepared_by]).collect();
        let handled: Vec<String> = self.names(&[], &handled).await?.accounts.into_values().chain([seen.name.clone()]).collect();
        let work = self.begin(actor).await?;
        let (c, mut n, mut o) = self.lock_objection(&work, &seen).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_objection(actor, &o, &n, act)?;
        o.may(act, &m)?;
        if let Some(name) = took_part(&form.attendance, &handled) {
            return Err(Refusal::new("member_must_recuse").with("name", name).at("attendance").into());
        }
        o.decision = Some(Minutes::from(&form));
        let on = meeting::OnTable { noun: Noun::Objection, subject: id.0, act: act.id(), case: c.id, title: &c.title };
        self.meet(&work, &permit, &form.minutes(), on, &m).await?;
        o.decision_reason = Some(form.reason.clone());
        o.effect.clone_from(&form.effect);
        let (from, known) = (o.head.state, o.deadlines.len());
        o.take(act, &m, &c.rules)?;
        o.outcome = Some(o.head.state.id().to_owned());
        o.deadlines.iter().skip(known).for_each(|d| work.tell("deadlines", d));
        o.letter = Some(letter(&o, &form, c.rules.remedy_days, &m));
        noun::save(&work, &permit, &mut o, &m.calendar).await?;
        paper::objection(&work, &permit, (&o, &n), &m).await?;
        let mut commitment = None;
        match (act, form.effect.as_deref()) {
            (O::Uphold, Some("next_rank")) => self.overturn(&work, &permit, c, &mut n, &m).await?,
            (O::Uphold, Some("re_review")) => commitment = self.review_again(&work, &permit, c, &mut n, &m).await?,
            (O::Uphold, Some("relist")) => self.annul(&work, &permit, c, &mut n, &m).await?,
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
}

/// The decision letter as data, for whoever prints it.
fn letter(o: &Objection, form: &DecideObjection, remedy_days: i64, m: &Moment) -> objection::DecisionLetter {
    objection::DecisionLetter {
        outcome: o.head.state.id().to_owned(),
        effect: form.effect.clone(),
        facts_found: o.findings.as_ref().map(|f| f.facts_found.clone()).unwrap_or_default(),
        reasons: form.reason.clone(),
        rule: form.rule.clone(),
        decided_on: date_of(m.now).to_string(),
        remedy_until: notice::last_day(m.days(remedy_days)).to_string(),
        reconsider_until: o.due("reconsideration-ask").map(|at| notice::last_day(at).to_string()),
    }
}

//! A need becomes a challenge: written, checked, argued, decided.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;
use serde_json::Value;

impl App {
    /// Begins a need with nothing but a working title; an old one of the same organisation may be cloned.
    pub async fn create_challenge(&self, actor: &Actor, form: CreateNeed) -> Result<Challenge> {
        let id = ChallengeId(clock::ordered_id());
        let create = policy::create_challenge(actor, id)?;
        let raw = match form.clone_of {
            Some(old) => self.cloned(actor, old).await?,
            None => serde_json::json!({ "title": form.title }),
        };
        let work = self.begin(actor).await?;
        let m = self.moment(&work).await?;
        let c = Challenge::create(id, actor.org, actor.account, form.title, &m);
        let permit = create.follow(id.0);
        noun::insert(&work, &permit, &c, &m.calendar).await?;
        store::draft::keep(&work, &permit, "challenge", 1, &raw, m.now).await?;
        let event = Event::new(Noun::Challenge, "creation", id.0, Visibility::Parties).on(id).of(c.org);
        work.commit(&permit, event).await?;
        Ok(c)
    }

    async fn cloned(&self, actor: &Actor, old: Uuid) -> Result<Value> {
        let old: Challenge = noun::find(&self.db, old).await?.ok_or(Error::Missing)?;
        if old.org != actor.org {
            return Err(Error::Missing);
        }
        let mut raw = serde_json::to_value(old.need()?).expect("needs are plain JSON");
        // Evidence and commitments are given anew.
        for name in [
            "funds_proof",
            "attachments",
            "commit_truth",
            "commit_funds",
            "commit_sign",
            "commit_no_affiliation",
            "commit_not_secret",
        ] {
            raw.as_object_mut().expect("a need is an object").remove(name);
        }
        Ok(raw)
    }

    /// Keeps what was typed so far, whatever is missing: a draft is never refused for being unfinished.
    /// `edition` is the version the writer saw; another tab's newer one is not overwritten.
    pub async fn save_draft(&self, actor: &Actor, id: ChallengeId, patch: Value, edition: Option<i32>) -> Result<i32> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Submit, m.now)?;
        c.may(A::Submit, &m)?;
        let kept = store::draft::latest_in(&work, id.0).await?;
        let (now, mut raw) = kept.map_or((0, serde_json::json!({})), |k| (k.edition, k.raw));
        if edition.is_some_and(|seen| seen != now) {
            return Err(store::Error::Stale.into());
        }
        merge(&mut raw, patch);
        if raw.to_string().len() > 200_000 {
            return Err(Refusal::new("draft_too_large").into());
        }
        store::draft::keep(&work, &permit, "challenge", now + 1, &raw, m.now).await?;
        store::file::hold(&work, &permit.follow(id.0), &<Need as Draft>::FORM.files_in(&raw), clock::wall()).await?;
        self.draft_within(&work, id.0).await?;
        if let Some(title) = raw.get("title").and_then(Value::as_str).map(text::clean).filter(|t| !t.is_empty()) {
            c.title = title.chars().take(60).collect();
        }
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = Event::new(Noun::Challenge, "draft", id.0, Visibility::Parties).on(id).of(c.org).fact("edition", now + 1);
        work.commit(&permit, event).await?;
        Ok(now + 1)
    }

    /// Submits the need: the whole draft is read, every fault told at once.
    pub async fn submit_challenge(&self, actor: &Actor, id: ChallengeId) -> Result<Challenge> {
        self.not_barred(&[actor.org], "posting").await?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Submit, m.now)?;
        c.may(A::Submit, &m)?;
        let raw = store::draft::latest_in(&work, id.0).await?.map(|k| k.raw).unwrap_or_default();
        let need = Need::read(&raw)?;
        tie_files(&work, &permit.follow(id.0), Noun::Challenge, Some(id), &need.files(), "attachments").await?;
        let plain = |n: &Need| serde_json::to_value(n).expect("needs are plain JSON");
        let changes = c.need.as_ref().map(|before| differences(&plain(before), &plain(&need)));
        let unchanged = changes.as_ref().map(Vec::is_empty);
        c.title.clone_from(&need.title);
        c.need = Some(need);
        c.screening = None;
        c.return_notes.clear();
        (c.answers.unchanged, c.answers.sent_back, c.answers.refusal) = (unchanged, None, None);
        self.step(work, permit, c, A::Submit, &m, |e| {
            // Told only where there was one to compare with.
            let e = if let Some(unchanged) = unchanged { e.fact("unchanged", unchanged) } else { e };
            e.changed(changes.unwrap_or_default())
        })
        .await
    }

    /// Takes one step of a challenge whose facts have been set, stores it and records it.
    pub(in crate::app) async fn step(
        &self,
        work: Work,
        permit: policy::Permit<ChallengeAct>,
        mut c: Challenge,
        act: A,
        m: &Moment,
        tell: impl FnOnce(Event) -> Event,
    ) -> Result<Challenge> {
        let from = c.state_at(m.now);
        c.take(act, m)?;
        if act != A::StandAside {
            c.is_acted_on_by(permit.actor().role);
        }
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        bids_end::end_bids(&work, &permit, &c, m).await?;
        let visibility = if from.is_public() || c.head.state.is_public() && c.listing.is_some() {
            Visibility::Public
        } else {
            Visibility::Parties
        };
        let event = tell(told(&c, act, from, visibility));
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// An officer returns a need with a reason at each field.
    pub async fn return_challenge(&self, actor: &Actor, id: ChallengeId, form: ReturnNeed) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Return, m.now)?;
        let from = c.head.state;
        c.take(A::Return, &m)?;
        c.returns += 1;
        let reason: Vec<String> = form.notes.iter().map(|n| format!("{}: {}", n.field, n.note)).collect();
        c.return_notes = form.notes;
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        work.commit(&permit, told(&c, A::Return, from, Visibility::Parties).because(Some(reason.join("; ")))).await?;
        Ok(c)
    }

    /// An officer finds that a need passes; a checker confirms it.
    pub async fn screen_challenge(&self, actor: &Actor, id: ChallengeId, form: Screening) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Screen, m.now)?;
        c.screening = Some(Half { by: actor.account, at: m.now, note: form.note });
        (c.answers.refusal, c.answers.sent_back) = (None, None);
        self.step(work, permit, c, A::Screen, &m, |e| e).await
    }

    pub async fn pass_screening(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        self.plain_step(actor, id, A::Pass, form.note).await
    }

    /// A step that needs nothing but its actor, and perhaps a reason.
    pub(in crate::app) async fn plain_step(
        &self,
        actor: &Actor,
        id: ChallengeId,
        act: A,
        reason: Option<String>,
    ) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        self.step(work, permit, c, act, &m, |e| e.because(reason)).await
    }

    pub async fn discard_challenge(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.plain_step(actor, id, A::Discard, Some(form.reason)).await
    }

    pub async fn retract_challenge(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.plain_step(actor, id, A::Retract, Some(form.reason)).await
    }

    pub async fn revive_challenge(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.plain_step(actor, id, A::Revive, Some(form.reason)).await
    }

    /// An officer proposes how the need should read after the argument; nothing holds before its poster consents.
    pub async fn propose_edit(&self, actor: &Actor, id: ChallengeId, form: EditProposal) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::ProposeEdit, m.now)?;
        c.may(A::ProposeEdit, &m)?;
        tie_files(&work, &permit.follow(id.0), Noun::Challenge, Some(id), &form.need.files(), "attachments").await?;
        let plain = |n: &Need| serde_json::to_value(n).expect("needs are plain JSON");
        let changes = differences(&plain(c.need()?), &plain(&form.need));
        ensure(!changes.is_empty(), "nothing_changed")?;
        c.take(A::ProposeEdit, &m)?;
        c.proposed = Some(Proposed {
            need: Box::new(form.need),
            changes: changes.clone(),
            reason: form.reason.clone(),
            by: actor.account,
            at: m.now,
        });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = told(&c, A::ProposeEdit, c.head.state, Visibility::Parties);
        work.commit(&permit, event.because(Some(form.reason)).changed(changes)).await?;
        Ok(c)
    }

    /// The poster answers the proposal: with consent the need reads as proposed, and the record keeps the difference.
    async fn answer_edit(&self, actor: &Actor, id: ChallengeId, act: A, reason: Option<String>) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        c.take(act, &m)?;
        let proposed = c.proposed.take().ok_or_else(|| Refusal::new("no_edit_proposed"))?;
        if act == A::ConsentEdit {
            c.title.clone_from(&proposed.need.title);
            c.need = Some(*proposed.need);
        }
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = told(&c, act, c.head.state, Visibility::Parties).because(reason).changed(proposed.changes);
        work.commit(&permit, event).await?;
        Ok(c)
    }

    pub async fn consent_to_edit(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        self.answer_edit(actor, id, A::ConsentEdit, form.note).await
    }

    pub async fn refuse_edit(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_edit(actor, id, A::RefuseEdit, Some(form.reason)).await
    }

    /// Records the experts' argument: truth, necessity, testability, amount and time of the need.
    pub async fn record_appraisal(&self, actor: &Actor, id: ChallengeId, form: RecordAppraisal) -> Result<Challenge> {
        let act = match form.outcome.as_str() {
            "accept" => A::Accept,
            "shelve" => A::Shelve,
            _ => A::Reject,
        };
        let seen: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::on_challenge(actor, &seen, act, self.glance().await?.now)?;
        let typed = Typed::of_opinions(&form.opinions, &form.outcome, &form.scan);
        self.guard_typed(&typed, self.parties_named(&[seen.org]).await?).await?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        c.may(act, &m)?;
        instalment::not_future(&form.held_on, &m, "held_on")?;
        tie_files(&work, &permit.follow(id.0), Noun::Challenge, Some(id), &form.scan, "scan").await?;
        let (conclusion, kept) = (form.conclusion.clone(), typed.kept(actor.account, m.now));
        work.tell("typed_panels", kept.told());
        let typed = Some(kept);
        c.appraisal = Some(Appraisal { held_on: form.held_on, opinions: form.opinions, conclusion: form.conclusion, typed });
        self.step(work, permit, c, act, &m, |e| e.because(Some(conclusion))).await
    }

    /// The head decides with the number of the meeting's minutes; the list is public from here (trap 24).
    pub async fn approve_challenge(&self, actor: &Actor, id: ChallengeId, form: Approval) -> Result<Challenge> {
        let name = self.poster_name(id).await?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Approve, m.now)?;
        c.may(A::Approve, &m)?;
        c.listing = Some(Minutes::from(&form));
        c.shown_name = (!c.need()?.anonymous).then_some(name);
        self.meet(&work, &permit, &form.minutes(), asked(&c, A::Approve), &m).await?;
        let event =
            |e: Event| e.fact("minutes", &form.number).fact("held_on", &form.held_on).fact("fair_competition_reviewed", true);
        self.step(work, permit, c, A::Approve, &m, event).await
    }
}

/// Lays a patch over a draft: one section's fields replace that section's, nothing else changes.
fn merge(raw: &mut Value, patch: Value) {
    let (Some(raw), Value::Object(patch)) = (raw.as_object_mut(), patch) else { return };
    for (name, value) in patch {
        raw.insert(name, value);
    }
}

//! A published challenge is amended (domain 11.1): an officer prepares, others decide, and only the last step changes what bidders
//! read. Of which class an amendment is follows from what it changes.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::{Amendment, Decision, Plain, Reason};
use policy::Permit;

impl App {
    /// Prepares an amendment on the version that its writer saw.
    pub async fn propose_amendment(&self, actor: &Actor, id: ChallengeId, form: Amendment) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::ProposeAmendment, m.now)?;
        c.may(A::ProposeAmendment, &m)?;
        c.rests_on(form.edition).map_err(|r| r.at("edition"))?;
        tie_files(&work, &permit.follow(id.0), Noun::Challenge, Some(id), &form.need.files(), "attachments").await?;
        let close = form.close_at.filter(|at| Some(*at) != c.close_at);
        if close.is_some() && close < c.close_at {
            return Err(Refusal::new("close_only_later").at("close_at").into());
        }
        let changes = changes_of(&c, &form, close)?;
        ensure(!changes.is_empty(), "nothing_changed")?;
        let class = AmendmentClass::of(&changes);
        c.leaves_days(class, close.or(c.close_at), &m).map_err(|r| r.at("close_at"))?;
        c.take(A::ProposeAmendment, &m)?;
        let event = told(&c, A::ProposeAmendment, c.state_at(m.now), Visibility::Parties)
            .because(Some(form.reason.clone()))
            .changed(changes.clone())
            .fact("class", class)
            .fact("edition", c.edition);
        c.pending_amendment = Some(PendingAmendment {
            need: Box::new(form.need),
            close_at: close,
            changes,
            class,
            reason: form.reason,
            by: actor.account,
            at: m.now,
            edition: c.edition,
            rests_on_close: c.close_at,
            consent: None,
            check: None,
        });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// A yes or no to what was prepared that leaves the challenge as it is.
    async fn answer_amendment(&self, actor: &Actor, id: ChallengeId, act: A, note: Option<String>) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, act, m.now)?;
        c.take(act, &m)?;
        let mut p = c.pending_amendment.take().ok_or_else(|| Refusal::new("no_amendment_pending"))?;
        let half = Half { by: actor.account, at: m.now, note: note.clone() };
        match act {
            A::ConsentAmendment => p.consent = Some(half),
            A::CheckAmendment => p.check = Some(half),
            _ => {}
        }
        c.pending_amendment = matches!(act, A::ConsentAmendment | A::CheckAmendment).then_some(p);
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        work.commit(&permit, told(&c, act, c.state_at(m.now), Visibility::Parties).because(note)).await?;
        Ok(c)
    }

    pub async fn consent_to_amendment(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        self.answer_amendment(actor, id, A::ConsentAmendment, form.note).await
    }

    pub async fn check_amendment(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        self.answer_amendment(actor, id, A::CheckAmendment, form.note).await
    }

    pub async fn refuse_amendment(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_amendment(actor, id, A::RefuseAmendment, Some(form.reason)).await
    }

    pub async fn drop_amendment(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.answer_amendment(actor, id, A::DropAmendment, Some(form.reason)).await
    }

    /// A checker lets a clarifying amendment out.
    pub async fn release_amendment(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::ReleaseAmendment, m.now)?;
        self.put_out_amended(work, permit, c, A::ReleaseAmendment, &m, |e| e.fact("note", form.note)).await
    }

    /// The meeting decides on a substantial one, which its poster has consented to and a checker has checked.
    pub async fn amend_challenge(&self, actor: &Actor, id: ChallengeId, form: Decision) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Amend, m.now)?;
        c.may(A::Amend, &m)?;
        self.meet(&work, &permit, &Minutes::from(&form), asked(&c, A::Amend), &m).await?;
        self.put_out_amended(work, permit, c, A::Amend, &m, |e| e.fact("minutes", form.number).fact("held_on", form.held_on))
            .await
    }

    /// The last step: the challenge reads as amended, the difference is public, and teams that have sealed are asked again.
    async fn put_out_amended(
        &self,
        work: Work,
        permit: Permit<ChallengeAct>,
        mut c: Challenge,
        act: A,
        m: &Moment,
        tell: impl FnOnce(Event) -> Event,
    ) -> Result<Challenge> {
        c.take(act, m)?;
        let p = c.pending_amendment.take().ok_or_else(|| Refusal::new("no_amendment_pending"))?;
        let (changes, reason, class) = (p.changes.clone(), p.reason.clone(), p.class);
        c.amend(p, m);
        store::challenge::keep_edition(&work, &permit, &c, c.need()?, Some(reason.clone()), m.now).await?;
        for b in noun::lock_of::<Bid>(&work, "challenge_id", c.id.0).await? {
            store::challenge::warn_bid(&work, &permit.follow(b.id.0), &b, &c).await?;
        }
        paper::amendment(&work, &permit, &c, (&changes, &reason), m).await?;
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = told(&c, act, c.state_at(m.now), Visibility::Public)
            .because(Some(reason))
            .changed(changes)
            .fact("class", class)
            .fact("edition", c.edition);
        work.commit(&permit, tell(event)).await?;
        Ok(c)
    }
}

/// What the form changes of the challenge as it stands.
fn changes_of(c: &Challenge, form: &Amendment, close: Option<jiff::Timestamp>) -> Result<Vec<Change>> {
    let plain = |n: &Need| serde_json::to_value(n).expect("needs are plain JSON");
    let mut changes = differences(&plain(c.need()?), &plain(&form.need));
    changes.extend(close.map(|after| Change {
        path: "close_at".into(),
        before: c.close_at.unwrap_or_default().to_string(),
        after: after.to_string(),
    }));
    Ok(changes)
}

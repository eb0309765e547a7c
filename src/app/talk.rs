//! Questions answered once for all; interests and talks on the enterprise track.
use super::*;
use crate::domain::forms::*;

impl App {
    /// Asks about a published challenge. Who asked stays hidden.
    pub async fn ask_question(&self, actor: &Actor, on: ChallengeId, form: Question_) -> Result<Question> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::ask_question(actor, &c, m.now)?;
        c.accepts_bids(m.now)?;
        let q = Question {
            id: QuestionId(clock::ordered_id()),
            challenge: on,
            poster: c.org,
            org: actor.org,
            asked_by: actor.account,
            asked_at: m.now,
            text: form.text,
            answer: None,
            answered_at: None,
            answered_by: None,
            version: 0,
        };
        store::noun::insert_question(&work, &permit, &q).await?;
        // The asker's organisation is no part of what others may read.
        let event = Event::new(Noun::Question, "question", q.id.0, Visibility::Sealed).on(on).of(actor.org);
        work.commit(&permit, event).await?;
        Ok(q)
    }

    pub async fn answer_question(&self, actor: &Actor, id: QuestionId, form: AnswerQuestion) -> Result<Question> {
        let asked: Question = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, asked.challenge).await?;
        let mut q: Question = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::answer_question(actor, &q, &c, m.now)?;
        ensure(q.answer.is_none(), "answered_already")?;
        c.accepts_bids(m.now)?;
        q.answer = Some(form.answer);
        q.answered_at = Some(m.now);
        q.answered_by = Some(actor.account);
        noun::save(&work, &permit, &mut q, &m.calendar).await?;
        let event = Event::new(Noun::Question, "answer", id.0, Visibility::Public).on(c.id).of(c.org);
        work.commit(&permit, event).await?;
        Ok(q)
    }

    /// A team is interested once.
    pub(in crate::app) async fn may_register_interest(&self, actor: &Actor, on: ChallengeId) -> Result<()> {
        let talks: Vec<Talk> = noun::of(&self.db, "challenge_id", on.0).await?;
        Ok(ensure(talks.iter().all(|t| t.org != actor.org), "interest_there")?)
    }

    /// A team says that it is interested; the poster sees it and may talk (enterprise track, domain 0.1).
    pub async fn register_interest(&self, actor: &Actor, on: ChallengeId, form: RegisterInterest) -> Result<Talk> {
        let may = self.may_register_interest(actor, on).await;
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::register_interest(actor, &c, m.now)?;
        c.accepts_bids(m.now)?;
        ensure(c.need()?.is_enterprise_posted(), "talks_only_enterprise")?;
        may?;
        let t = Talk {
            id: TalkId(Uuid::new_v4()),
            challenge: on,
            poster: c.org,
            org: actor.org,
            created_by: actor.account,
            head: Head::new(TalkState::Registered, &m, None),
            note: form.note,
            minutes: vec![],
        };
        match noun::insert(&work, &permit.follow(t.id.0), &t, &m.calendar).await {
            Err(store::Error::Duplicate) => return Err(Refusal::new("interest_there").into()),
            other => other?,
        }
        let event = Event::new(Noun::Talk, "interest", t.id.0, Visibility::Sealed).on(on).of(actor.org);
        work.commit(&permit, event).await?;
        Ok(t)
    }

    /// The poster writes the minute of a talk.
    pub async fn record_talk(&self, actor: &Actor, id: TalkId, form: TalkMinute) -> Result<Talk> {
        let minute =
            Minute { held_on: form.held_on, present: form.present, summary: form.summary, by: actor.account, confirmed_by: None };
        self.on_talk(actor, id, TalkAct::Record, None, |t| t.minutes.push(minute)).await
    }

    /// The other side confirms what was written.
    pub async fn confirm_talk(&self, actor: &Actor, id: TalkId, form: Plain) -> Result<Talk> {
        let by = actor.account;
        self.on_talk(actor, id, TalkAct::Confirm, form.note, |t| t.minutes.iter_mut().for_each(|m| m.confirmed_by = Some(by)))
            .await
    }

    pub async fn end_talk(&self, actor: &Actor, id: TalkId, form: Reason) -> Result<Talk> {
        self.on_talk(actor, id, TalkAct::Decline, None, |t| t.note = format!("{}\n{}", t.note, form.reason)).await
    }

    async fn on_talk(
        &self,
        actor: &Actor,
        id: TalkId,
        act: TalkAct,
        why: Option<String>,
        change: impl FnOnce(&mut Talk),
    ) -> Result<Talk> {
        let on = noun::find::<Talk>(&self.db, id.0).await?.ok_or(Error::Missing)?.challenge;
        let title = self.titles(&[on]).await?.remove(&on).unwrap_or_default();
        let work = self.begin(actor).await?;
        let mut t: Talk = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_talk(actor, &t, act)?;
        t.may(act)?;
        let from = t.head.state;
        t.take(act, &m)?;
        change(&mut t);
        noun::save(&work, &permit, &mut t, &m.calendar).await?;
        if act == TalkAct::Confirm {
            paper::talk(&work, &permit, (&title, &t), &m).await?;
        }
        let event = Event::new(Noun::Talk, act.id(), id.0, Visibility::Sealed)
            .on(t.challenge)
            .of(t.org)
            .moved(from.id(), t.head.state.id());
        work.commit(&permit, event.because(why)).await?;
        Ok(t)
    }
}

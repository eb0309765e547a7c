//! A working-day calendar that came later: what was printed stands, unless the period would be shorter than the rule; then its end
//! is corrected, told in public, and the notice printed anew (domain 8).
use super::*;
use crate::domain::{AcceptanceAct, ChallengeAct};
use noun::Filter;

impl App {
    /// Imports a calendar (State Council notice) over the one in force; dates already printed stay, unless they would be
    /// shorter than the rule: those are corrected.
    pub async fn import_holidays(&self, actor: &Actor, json: &str) -> Result<Calendar> {
        let permit = policy::administer(actor)?;
        let loaded = Calendar::from_json(json).map_err(|e| Error::Failed(e.to_string()))?;
        let mut calendar = store::calendar::load(&self.db).await?;
        calendar.merge(loaded).map_err(|e| Error::Failed(e.to_string()))?;
        let work = self.begin(actor).await?;
        store::setting::set(&work, &permit, store::calendar::KEY, &calendar.to_json()).await?;
        let event = Event::new(Noun::Account, "calendar-import", actor.account.0, Visibility::Public)
            .fact("from", calendar.covers.0.to_string())
            .fact("to", calendar.covers.1.to_string())
            .fact("calendar", serde_json::from_str::<serde_json::Value>(&calendar.to_json()).expect("written as JSON"));
        work.commit(&permit, event).await?;
        self.hold(Arc::new(calendar.clone()));
        self.correct_periods().await?;
        Ok(calendar)
    }

    /// Corrects every public period that runs too short by the calendar in force; gives how many. Done again it finds nothing, so
    /// any node may try at any time.
    pub async fn correct_periods(&self) -> Result<usize> {
        let m = self.glance().await?;
        let mut done = 0;
        for n in self.every::<Notice>(&[Filter::is("state", NoticeState::InPublicity.id())]).await? {
            if n.may(NoticeAct::Correct, &m).is_ok() {
                done += usize::from(self.correct_notice(n.id, n.challenge).await?);
            }
        }
        for c in self.every::<Challenge>(&[Filter::is("state", ChallengeState::ListNotice.id())]).await? {
            if c.may(ChallengeAct::CorrectList, &m).is_ok() {
                done += usize::from(self.correct_list(c.id).await?);
            }
        }
        for x in self.every::<Acceptance>(&[Filter::is("state", AcceptanceState::Noticed.id())]).await? {
            let Some(c) = noun::find::<Challenge>(&self.db, x.challenge.0).await? else { continue };
            if x.head.corrected(c.rules.notice_days, &m).is_some() {
                done += usize::from(self.correct_verdict(x.id, x.challenge).await?);
            }
        }
        Ok(done)
    }

    async fn correct_notice(&self, id: NoticeId, on: ChallengeId) -> Result<bool> {
        let system = Actor::system();
        let work = self.begin(&system).await?;
        lock_challenge(&work, on).await?;
        let mut n: Notice = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        if n.may(NoticeAct::Correct, &m).is_err() {
            return Ok(false);
        }
        let permit = policy::on_notice(&system, &n, NoticeAct::Correct)?;
        n.take(NoticeAct::Correct, &m)?;
        noun::save(&work, &permit, &mut n, &m.calendar).await?;
        paper::notice(&work, &permit, &n, &m).await?;
        work.tell("clocks", n.clock(NoticeAct::Correct, &m));
        let event = Event::new(Noun::Notice, NoticeAct::Correct.id(), id.0, Visibility::Public)
            .on(on)
            .fact("number", &n.number)
            .fact("before", n.corrected_from)
            .fact("ends_at", n.ends_at);
        work.commit(&permit, event).await?;
        Ok(true)
    }

    async fn correct_list(&self, id: ChallengeId) -> Result<bool> {
        let system = Actor::system();
        let work = self.begin(&system).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        if c.may(ChallengeAct::CorrectList, &m).is_err() {
            return Ok(false);
        }
        let permit = policy::on_challenge(&system, &c, ChallengeAct::CorrectList, m.now)?;
        let before = c.head.due;
        c.take(ChallengeAct::CorrectList, &m)?;
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        work.tell("deadlines", Deadline::after("list-notice", date_of(c.head.since), c.rules.list_notice_days, &m.calendar));
        let event = Event::new(Noun::Challenge, ChallengeAct::CorrectList.id(), id.0, Visibility::Public)
            .on(id)
            .of(c.org)
            .fact("before", before)
            .fact("ends_at", c.head.due);
        work.commit(&permit, event).await?;
        Ok(true)
    }

    async fn correct_verdict(&self, id: AcceptanceId, on: ChallengeId) -> Result<bool> {
        let system = Actor::system();
        let work = self.begin(&system).await?;
        let c = lock_challenge(&work, on).await?;
        let mut x: Acceptance = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let k: Contract = noun::lock(&work, x.contract.0).await?.ok_or(Error::Missing)?;
        let (m, before) = (self.moment(&work).await?, x.head.due);
        if x.head.state != AcceptanceState::Noticed || x.head.corrected(c.rules.notice_days, &m).is_none() {
            return Ok(false);
        }
        let permit = policy::on_acceptance(&system, &x, &k, AcceptanceAct::Correct)?;
        x.take(AcceptanceAct::Correct, &m, &c.rules)?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        work.tell("deadlines", Deadline::after("verdict-notice", date_of(x.head.since), c.rules.notice_days, &m.calendar));
        let event = Event::new(Noun::Acceptance, AcceptanceAct::Correct.id(), id.0, Visibility::Public)
            .on(on)
            .of(k.lead)
            .fact("before", before)
            .fact("ends_at", x.head.due);
        work.commit(&permit, event).await?;
        Ok(true)
    }
}

//! Seats that fall vacant are filled by the platform itself: who keeps silent is marked, the next of the same sequence who has no
//! conflict is invited, and too many replacements raise an alarm. Each step is a unit of work of its own that decides under the
//! challenge's lock, so that any number of nodes may try it at once and it is done once.
use super::panel::{Around, Experts};
use super::*;
use crate::domain::AssignmentAct as R;
use crate::domain::ChallengeAct as A;
use crate::domain::seats::{self, Due};
use std::collections::{BTreeMap, BTreeSet};

/// Who left a seat, and why.
pub(in crate::app) struct Gone {
    pub assignment: Assignment,
    pub reason: Option<String>,
}

impl App {
    /// Does what time asks of every panel whose review is not over. One that fails does not stop the others.
    pub async fn keep_all_seats(&self) -> Result<()> {
        for id in store::panel::under_review(&self.db).await? {
            self.try_keep_seats(id).await;
        }
        Ok(())
    }

    /// Running cases whose panel is out of order: too many replaced, or a seat that nobody may take. For those who oversee.
    pub async fn alarmed_panels(&self, actor: &Actor) -> Result<Vec<Challenge>> {
        if !actor.role.oversees() {
            return Ok(vec![]);
        }
        let states = ["opened", "reviewing", "negotiating", "award_decision", "award_notice", "on_hold"];
        let running = noun::Filter::In("state", states.map(Into::into).to_vec());
        let found: Listed<Challenge> = noun::list(&self.db, &[running], Page::first(Page::MOST)).await?;
        let wrong = |c: &Challenge| c.panel.as_ref().is_some_and(|p| p.alarm.is_some() || p.short);
        Ok(found.items.into_iter().filter(wrong).collect())
    }

    /// The same for one case, beside an act that has been carried out whatever comes of it: the clockwork tries it again.
    pub(in crate::app) async fn try_keep_seats(&self, id: ChallengeId) {
        if let Err(error) = Box::pin(self.keep_seats(id)).await {
            tracing::warn!(%error, challenge = %id, "a panel's seats could not be kept; it is tried again");
        }
    }

    /// Step by step until nothing is due. Reading costs two questions when there is nothing to do.
    async fn keep_seats(&self, id: ChallengeId) -> Result<()> {
        loop {
            let Some(c) = noun::find::<Challenge>(&self.db, id.0).await? else { return Ok(()) };
            let all: Vec<Assignment> = noun::of(&self.db, "challenge_id", id.0).await?;
            let done = match seats::due(&c, &all, self.clock.now()) {
                None => return Ok(()),
                Some(Due::Silent(a)) => self.mark_silent(id, a).await?,
                Some(Due::Vacant(a)) => self.follow(id, a).await?,
                Some(Due::Alarm) => self.raise_alarm(id).await?,
            };
            // Another node was faster, or the database's clock is behind this one's.
            if !done {
                return Ok(());
            }
        }
    }

    /// Locks a case and asks again what is due, under the lock.
    async fn still_due(&self, id: ChallengeId, wanted: Due) -> Result<Option<(Work, Challenge, Vec<Assignment>, Moment)>> {
        let work = self.begin(&Actor::system()).await?;
        let c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let all: Vec<Assignment> = noun::lock_of(&work, "challenge_id", id.0).await?;
        Ok((seats::due(&c, &all, m.now) == Some(wanted)).then_some((work, c, all, m)))
    }

    async fn mark_silent(&self, id: ChallengeId, silent: AssignmentId) -> Result<bool> {
        let Some((work, c, all, m)) = self.still_due(id, Due::Silent(silent)).await? else { return Ok(false) };
        let mut a = all.into_iter().find(|a| a.id == silent).ok_or(Error::Missing)?;
        let permit = policy::on_assignment(&Actor::system(), &a, R::Silence)?;
        let (from, due) = (a.head.state, a.head.due);
        a.take(R::Silence, &c, &m)?;
        noun::save(&work, &permit, &mut a, &m.calendar).await?;
        let event = Event::new(Noun::Assignment, R::Silence.id(), a.id.0, Visibility::Bureau)
            .on(id)
            .moved(from.id(), a.head.state.id())
            .fact("due", due);
        work.commit(&permit, event).await?;
        Ok(true)
    }

    /// The next of the sequence comes in the place of one who left. Where nobody is left, the supervisor is told.
    async fn follow(&self, id: ChallengeId, left: AssignmentId) -> Result<bool> {
        let known = (self.experts().await?, self.around(id).await?);
        let Some((work, mut c, all, m)) = self.still_due(id, Due::Vacant(left)).await? else { return Ok(false) };
        let assignment = all.into_iter().find(|a| a.id == left).ok_or(Error::Missing)?;
        let permit = policy::on_challenge(&Actor::system(), &c, A::Succeed, m.now)?;
        let reason = assignment.reason.clone();
        let gone = Gone { assignment, reason };
        match self.call_next(&work, &permit, &mut c, gone, &known, &m).await {
            Ok(tell) => drop(self.step(work, permit, c, A::Succeed, &m, tell).await?),
            Err(Error::Refused(r)) if r.code == "pool_too_small" => {
                // What was locked is let go before the shortage is written down.
                drop(work);
                return self.tell_shortage(id, left).await;
            }
            Err(e) => return Err(e),
        }
        Ok(true)
    }

    async fn tell_shortage(&self, id: ChallengeId, left: AssignmentId) -> Result<bool> {
        let Some((work, mut c, _, m)) = self.still_due(id, Due::Vacant(left)).await? else { return Ok(false) };
        let permit = policy::on_challenge(&Actor::system(), &c, A::Alarm, m.now)?;
        c.panel.as_mut().ok_or_else(|| Refusal::new("panel_first"))?.short = true;
        let tell = |e: Event| Event { visibility: Visibility::Bureau, ..e }.fact("short", true).fact("left", left);
        self.step(work, permit, c, A::Alarm, &m, tell).await?;
        Ok(true)
    }

    async fn raise_alarm(&self, id: ChallengeId) -> Result<bool> {
        let Some((work, mut c, _, m)) = self.still_due(id, Due::Alarm).await? else { return Ok(false) };
        let permit = policy::on_challenge(&Actor::system(), &c, A::Alarm, m.now)?;
        let panel = c.panel.as_mut().ok_or_else(|| Refusal::new("panel_first"))?;
        let alarm = PanelAlarm { at: m.now, replaced: panel.replaced(), seats: panel.seats };
        panel.alarm = Some(alarm.clone());
        let tell =
            |e: Event| Event { visibility: Visibility::Bureau, ..e }.fact("replaced", alarm.replaced).fact("seats", alarm.seats);
        self.step(work, permit, c, A::Alarm, &m, tell).await?;
        Ok(true)
    }

    /// Invites the next of the sequence who has no conflict and keeps the panel composed by the rule. What the record needs, so
    /// that anyone sees that no other was next, is in the telling that is given back.
    pub(in crate::app) async fn call_next(
        &self,
        work: &Work,
        permit: &policy::Permit<ChallengeAct>,
        c: &mut Challenge,
        gone: Gone,
        (experts, around): &(Experts, Around),
        m: &Moment,
    ) -> Result<impl FnOnce(Event) -> Event + use<>> {
        let Gone { assignment: mut left, reason } = gone;
        let seated = self.panel_of(work, c).await?;
        let parties = self.parties(work, permit, c, around).await?;
        let barred = experts.barred(&parties, c, date_of(m.now));
        let panel = c.panel.as_ref().ok_or_else(|| Refusal::new("panel_first"))?;
        ensure(seated.iter().filter(|a| a.sits()).count() < panel.seats, "panel_full")?;
        let sitting: Vec<AccountId> = seated.iter().filter(|a| a.sits()).map(|a| a.expert).collect();
        let called: BTreeSet<AccountId> = seated.iter().map(|a| a.expert).collect();
        // The sequence stays as it was drawn: anyone may draw it again.
        let free = |e: &AccountId| !called.contains(e) && !barred.contains_key(e) && experts.is_ready(*e);
        let wait: Vec<AccountId> = panel.sequence.iter().copied().filter(free).collect();
        let left_out: BTreeMap<AccountId, Vec<Hit>> = panel
            .sequence
            .iter()
            .filter(|e| !called.contains(e) && !wait.contains(e))
            .map(|e| (*e, barred.get(e).cloned().unwrap_or_default()))
            .collect();
        let plan = panel.plan.clone().ok_or_else(|| Refusal::new("panel_first"))?;
        let next = draw::next(experts.all(), &sitting, &wait, &plan).map(|at| wait[at]);
        let next = next.ok_or_else(|| Refusal::new("pool_too_small").with("seats", plan.seats).with("barred", barred.len()))?;
        let near = |c: &&draw::Candidate| sitting.contains(&c.id) || wait.contains(&c.id);
        let pool: Vec<draw::Candidate> = experts.all().iter().filter(near).cloned().collect();
        let a = Assignment::invite(AssignmentId(Uuid::new_v4()), c, next, m);
        noun::insert(work, &permit.follow(a.id.0), &a, &m.calendar).await?;
        left.next = Some(a.id);
        noun::save(work, &permit.follow(left.id.0), &mut left, &m.calendar).await?;
        if let Some(panel) = &mut c.panel {
            panel.called += 1;
            panel.experts.push(next);
            panel.short = false;
        }
        // Who follows has not scored yet: until then nobody opens a price.
        self.note_blind(work, c).await?;
        Ok(move |e: Event| {
            Event { visibility: Visibility::Bureau, ..e }
                .because(reason)
                .fact("replaced", left.id)
                .fact("by", a.id)
                .fact("gone", serde_json::json!({ "assignment": left.id, "expert": left.expert, "state": left.head.state }))
                .fact("expert", next)
                .fact("waiting", wait)
                .fact("left_out", left_out)
                .fact("pool", pool)
        })
    }
}

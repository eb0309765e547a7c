//! The meeting at which teams are heard: called once every blind part is locked, in an order drawn by lot, noted team by team.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;

impl App {
    /// The officer calls teams to be heard: only experts who have locked the blind part take part, so all must have.
    pub async fn call_defence(&self, actor: &Actor, id: ChallengeId, form: CallDefence) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::CallDefence, m.now)?;
        c.may(A::CallDefence, &m)?;
        ensure(form.starts_at > m.now, "not_past").map_err(|r| r.at("starts_at"))?;
        let seats = self.panel_of(&work, &c).await?;
        ready::blind_in(&c, &seats)?;
        let panel = c.panel.as_ref().ok_or_else(|| Refusal::new("panel_first"))?;
        let bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        let bids: Vec<BidId> = bids.iter().filter(|b| b.head.state == BidState::Valid).map(|b| b.id).collect();
        let when = (form.starts_at, form.minutes);
        let defence = Defence::schedule(&panel.seed, &bids, when, form.place, actor.account);
        c.defence = Some(defence.clone());
        self.noted(work, permit, c, (A::CallDefence, "defence", serde_json::json!(defence)), &m).await
    }

    /// What one team was asked and answered, who came, how many experts attended; a team that stays away is noted too.
    pub async fn note_defence(&self, actor: &Actor, id: ChallengeId, form: NoteDefence) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::NoteDefence, m.now)?;
        c.may(A::NoteDefence, &m)?;
        let seats = c.panel.as_ref().map_or(0, |p| p.seats);
        ensure(usize::try_from(form.experts).is_ok_and(|n| n <= seats), "more_than_sit").map_err(|r| r.at("experts"))?;
        let defence = c.defence.as_mut().ok_or_else(|| Refusal::new("defence_not_called"))?;
        let slot = defence.slot(BidId(form.bid)).ok_or_else(|| Refusal::new("not_heard_here").at("bid"))?;
        ensure(slot.at <= m.now, "not_heard_yet").map_err(|r| r.with("at", slot.at).at("bid"))?;
        ensure(slot.heard.is_none(), "heard_already").map_err(|r| r.at("bid"))?;
        slot.heard = Some(Heard { present: form.present, experts: form.experts, questions: form.questions, at: m.now });
        let slot = slot.clone();
        self.noted(work, permit, c, (A::NoteDefence, "slot", serde_json::json!(slot)), &m).await
    }

    /// Stores what was called or noted: the act was allowed before it changed what allows it.
    async fn noted(
        &self,
        work: Work,
        permit: policy::Permit<ChallengeAct>,
        mut c: Challenge,
        (act, name, fact): (A, &str, serde_json::Value),
        m: &Moment,
    ) -> Result<Challenge> {
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = told(&c, act, c.head.state, Visibility::Bureau).fact(name, fact);
        work.commit(&permit, event).await?;
        Ok(c)
    }
}

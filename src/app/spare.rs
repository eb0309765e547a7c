//! Lost keys: when too few keyholders answered, an officer and the supervisor open a window in which each team brings the key of
//! its own bid from its spare (揭榜密钥凭证). The key must fit the envelope's commitment, so contents can't change by it.
use super::*;
use crate::domain::BidAct as B;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;
use crate::domain::seal::b64;

impl App {
    /// The officer asks for the window: the keyholders' time is over, and keys are missing.
    pub async fn ask_spares(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::AskSpares, m.now)?;
        c.may(A::AskSpares, &m)?;
        let stage = c.ceremony(m.now).ok_or(Error::Missing)?;
        let missing = self.keyless(&work, &c, stage).await?;
        ensure(!missing.is_empty(), "keys_there")?;
        let asked = Half { by: actor.account, at: m.now, note: Some(form.reason.clone()) };
        c.stages.spares.push(SpareWindow { stage, asked, granted: None, until: None, bids: vec![] });
        self.window_step(work, permit, c, A::AskSpares, &m, |e| e.because(Some(form.reason)).fact("keyless", missing.len())).await
    }

    /// The supervisor grants it; every team whose key is missing has its turn from here.
    pub async fn grant_spares(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::GrantSpares, m.now)?;
        c.may(A::GrantSpares, &m)?;
        let stage = c.ceremony(m.now).ok_or(Error::Missing)?;
        let missing = self.keyless(&work, &c, stage).await?;
        let until = m.now + jiff::SignedDuration::from_hours(c.rules.spare_hours);
        if let Some(window) = c.stages.spares.iter_mut().find(|w| w.stage == stage) {
            window.granted = Some(Half { by: actor.account, at: m.now, note: form.note.clone() });
            (window.until, window.bids) = (Some(until), missing.iter().map(|b| b.id).collect());
        }
        for b in &missing {
            store::challenge::warn_bid(&work, &permit.follow(b.id.0), b, &c).await?;
        }
        self.window_step(work, permit, c, A::GrantSpares, &m, |e| e.because(form.note).fact("until", until)).await
    }

    async fn window_step(
        &self,
        work: Work,
        permit: policy::Permit<ChallengeAct>,
        mut c: Challenge,
        act: A,
        m: &Moment,
        tell: impl FnOnce(Event) -> Event,
    ) -> Result<Challenge> {
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let here = c.state_at(m.now).id();
        let event = told(&c, act, c.state_at(m.now), Visibility::Bureau).moved(here, here);
        work.commit(&permit, tell(event)).await?;
        Ok(c)
    }

    /// A team brings the key of its bid for the stage that is under way, of the envelope of this stage only.
    pub async fn bring_key(&self, actor: &Actor, id: BidId, form: SpareKey) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut b) = bid::lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::BringKey)?;
        b.may(B::BringKey, &c, &m)?;
        let stage = c.takes_spares(m.now).ok_or(Error::Missing)?;
        let keys: Vec<&str> = form.key.split_whitespace().collect();
        let parts = c.parts_of(stage);
        ensure(keys.len() == parts.len(), "key_not_of_this_bid").map_err(|r| r.at("key"))?;
        for (part, text) in parts.iter().zip(keys) {
            let envelope = b.seal.as_ref().and_then(|s| s.envelope(*part)).ok_or(Error::Missing)?;
            let data = b64::bytes(text).ok_or_else(|| Refusal::new("key_not_of_this_bid").at("key"))?;
            self.keep_own_key(&work, &permit.follow(on.0), (envelope, data), m.now).await?;
        }
        b.keys_brought.push(stage);
        let from = b.head.state.id();
        store::challenge::save_bid(&work, &permit, &mut b, &c, &m.calendar).await?;
        let event = Event::new(Noun::Bid, B::BringKey.id(), id.0, Visibility::Sealed).on(on).of(b.org).moved(from, from);
        work.commit(&permit, event.fact("stage", stage)).await?;
        Ok(b)
    }
}

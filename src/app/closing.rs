//! At the close: the list of all that is sealed is written before anything is opened, and whoever tries to open early is told no
//! and leaves a trace.
use super::*;
use crate::domain::ChallengeAct as A;
use policy::Denied;

impl App {
    /// Writes the closing list at the first touch after the deadline; later touches find it there.
    pub async fn close_list(&self, id: ChallengeId) -> Result<()> {
        let seen: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        if seen.state_at(self.glance().await?.now) != ChallengeState::Closed || seen.stages.closing.is_some() {
            return Ok(());
        }
        let system = Actor::system();
        let work = self.begin(&system).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        if c.state_at(m.now) != ChallengeState::Closed || c.stages.closing.is_some() {
            return Ok(());
        }
        let permit = policy::on_challenge(&system, &c, A::Close, m.now)?;
        let bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        let line = |b: &Bid| {
            let seal = b.seal.as_ref().filter(|_| b.head.state == BidState::Sealed)?;
            let commits = seal.commits().to_vec();
            Some(ClosingLine { bid: b.id, version: seal.edition, sha256: seal.sha256.clone(), commits })
        };
        let mut bids: Vec<ClosingLine> = bids.iter().filter_map(line).collect();
        // By an order that tells nothing of who came first.
        bids.sort_by_key(|l| l.bid);
        let event = Event::new(Noun::Challenge, A::Close.id(), id.0, Visibility::Sealed)
            .on(id)
            .moved(ChallengeState::Published.id(), ChallengeState::Closed.id())
            .fact("count", bids.len())
            .fact("bids", &bids);
        c.stages.closing = Some(ClosingList { at: m.now, bids });
        c.asides += 1;
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        Ok(work.commit(&permit, event).await?)
    }

    /// Closes the lists of all challenges whose time is over: what a timer calls, so that no one's touch is waited for.
    pub async fn close_lists(&self) -> Result<usize> {
        let now = self.glance().await?.now;
        let due = store::challenge::unlisted(&self.db, now).await?;
        for id in &due {
            self.close_list(*id).await?;
        }
        Ok(due.len())
    }

    /// A try to open or to be handed a wrap before its time is refused by whoever decided so; here it leaves one entry in the
    /// record, for those who watch over security, and nothing else.
    pub(in crate::app) async fn note_if_early<T>(
        &self,
        actor: &Actor,
        id: ChallengeId,
        tried: &'static str,
        done: Result<T>,
    ) -> Result<T> {
        match done {
            Ok(done) => Ok(done),
            Err(refused) => Err(Box::pin(self.note_early(actor, id, tried, refused)).await?),
        }
    }

    /// The refusal again, noted when it came before the time.
    async fn note_early(&self, actor: &Actor, id: ChallengeId, tried: &'static str, refused: Error) -> Result<Error> {
        let code = match &refused {
            Error::Refused(r) => r.code,
            Error::Denied(Denied::Forbidden) => "forbidden",
            Error::Denied(Denied::Hidden) => "hidden",
            Error::Denied(Denied::SamePerson) => "same_person",
            _ => return Ok(refused),
        };
        let Some(c) = noun::find::<Challenge>(&self.db, id.0).await? else { return Ok(refused) };
        let now = self.glance().await?.now;
        let early = match c.state_at(now) {
            ChallengeState::Published | ChallengeState::Suspended => c.published_at.is_some(),
            // The second stage has a time of its own: when the blind scores are locked.
            ChallengeState::Reviewing => matches!(code, "blind_scores_missing" | "handout_too_early"),
            ChallengeState::Closed | ChallengeState::Opened => code == "handout_too_early",
            _ => false,
        };
        if early && !actor.is_visitor() {
            let work = self.begin(&Actor { once: None, ..actor.clone() }).await?;
            let permit = policy::try_early(actor, id)?;
            let event = Event::new(Noun::Challenge, "early-try", id.0, Visibility::Security).on(id);
            work.commit(&permit, event.fact("tried", tried).fact("refused", code)).await?;
        }
        Ok(refused)
    }
}

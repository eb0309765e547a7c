//! Who stands aside. People of the bureau say so themselves, or the platform finds them too near; experts are checked again
//! whenever a team or a relation changes, and whoever is found is out, with the sheet and all.
use super::panel::{Around, Experts};
use super::*;
use crate::domain::AssignmentAct as R;
use crate::domain::ChallengeAct as A;
use crate::domain::conflict;
use crate::domain::forms::*;
use std::collections::BTreeMap;

/// Roles of the bureau that act on cases.
const BUREAU: [Role; 4] = [Role::Officer, Role::Checker, Role::Head, Role::Supervisor];

impl App {
    /// Somebody of the bureau acts on this case no more, and says why; another takes over.
    pub async fn stand_aside(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::StandAside, m.now)?;
        c.may(A::StandAside, &m)?;
        ensure(c.recused.iter().all(|r| r.account != actor.account), "recused_already")?;
        let reason = Some(form.reason);
        let one = StoodAside { account: actor.account, role: actor.role, at: m.now, reason: reason.clone(), hits: vec![] };
        c.recused.push(one);
        c.asides += 1;
        store::recusal::insert(&work, &permit, actor.account, m.now).await?;
        let from = c.state_at(m.now).id();
        let tell = |e: Event| Event { visibility: Visibility::Bureau, ..e }.moved(from, from).because(reason);
        self.step(work, permit, c, A::StandAside, &m, tell).await
    }

    /// Looks through a case again after its teams or somebody's relations have changed: experts, then people of the bureau.
    /// The act that led here has been carried out whatever comes of it; reports and acts ask the same again.
    pub(in crate::app) async fn recheck(&self, id: ChallengeId) {
        if let Err(error) = Box::pin(self.recheck_all(id)).await {
            tracing::warn!(%error, challenge = %id, "a case could not be looked through for conflicts");
        }
        self.try_keep_seats(id).await;
    }

    async fn recheck_all(&self, id: ChallengeId) -> Result<()> {
        self.recheck_experts(id).await?;
        self.recheck_officers(id).await
    }

    /// The same for every case where an expert has work in hand.
    pub(in crate::app) async fn recheck_cases_of(&self, expert: AccountId) -> Result<()> {
        let own: Vec<Assignment> = noun::of(&self.db, "expert_id", expert.0).await?;
        let mut cases: Vec<ChallengeId> = own.iter().filter(|a| !a.head.state.is_end()).map(|a| a.challenge).collect();
        cases.dedup();
        for id in cases {
            self.recheck(id).await;
        }
        Ok(())
    }

    async fn recheck_experts(&self, id: ChallengeId) -> Result<()> {
        let known = (self.experts().await?, self.around(id).await?);
        let all: Vec<Assignment> = noun::of(&self.db, "challenge_id", id.0).await?;
        for a in all.iter().filter(|a| a.sits() && !a.head.state.is_end()) {
            self.recheck_expert(id, a.id, &known).await?;
        }
        Ok(())
    }

    async fn recheck_expert(&self, id: ChallengeId, a: AssignmentId, known: &(Experts, Around)) -> Result<()> {
        let work = self.begin(&Actor::system()).await?;
        let c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let a: Assignment = noun::lock(&work, a.0).await?.ok_or(Error::Missing)?;
        let permit = policy::on_assignment(&Actor::system(), &a, R::Bar)?;
        if a.round != c.round || a.may(R::Bar, &c, &m).is_err() {
            return Ok(());
        }
        let hits = self.conflicts(&work, &permit, &c, known, (&[a.expert], &m)).await?;
        if !hits.is_empty() {
            self.bar(work, permit, c, a, (hits, &m)).await?;
        }
        Ok(())
    }

    async fn recheck_officers(&self, id: ChallengeId) -> Result<()> {
        let around = self.around(id).await?;
        let mut people = vec![];
        for role in BUREAU {
            people.extend(store::account::of_role(&self.db, role, 500).await?);
        }
        let units = store::account::orgs(&self.db, &people.iter().map(|a| a.org).collect::<Vec<_>>()).await?;
        let units: BTreeMap<OrgId, Organisation> = units.into_iter().map(|o| (o.id, o)).collect();
        let work = self.begin(&Actor::system()).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        if c.opened_at.is_none() || c.may(A::BarOfficer, &m).is_err() {
            return Ok(());
        }
        let permit = policy::on_challenge(&Actor::system(), &c, A::BarOfficer, m.now)?;
        let parties = self.parties(&work, &permit, &c, &around).await?;
        let mut found = vec![];
        for one in people.iter().filter(|p| c.recused.iter().all(|r| r.account != p.id)) {
            let Some(unit) = units.get(&one.org) else { continue };
            let hits = conflict::of_officer(one, unit, &parties, date_of(m.now));
            if !hits.is_empty() {
                found.push(StoodAside { account: one.id, role: one.role, at: m.now, reason: None, hits });
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        for one in &found {
            store::recusal::insert(&work, &permit, one.account, m.now).await?;
        }
        c.recused.extend(found.iter().cloned());
        c.asides += 1;
        let tell = |e: Event| Event { visibility: Visibility::Bureau, ..e }.fact("officers", found);
        self.step(work, permit, c, A::BarOfficer, &m, tell).await?;
        Ok(())
    }

    /// Whether a reader stands aside from a case: the page says so at every act.
    pub async fn stands_aside(&self, actor: &Actor, on: ChallengeId) -> Result<bool> {
        Ok(policy::may_stand_aside(actor) && store::recusal::is(&self.db, actor, on).await?)
    }
}

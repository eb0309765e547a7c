//! Integrity records: proposed by the bureau, heard, entered by the meeting, contested, repaired; and what a standing one bars.
use super::*;
use crate::domain::IntegrityAct as G;
use crate::domain::forms::*;
use crate::domain::integrity::bar;

/// Whom a record is about, and in which matter.
struct About {
    challenge: ChallengeId,
    contract: Option<ContractId>,
    org: OrgId,
    person: Option<AccountId>,
}

impl App {
    /// Against a party of a contract. What was found diligent is not held against anybody.
    pub async fn propose_integrity(&self, actor: &Actor, on: ContractId, form: ProposeIntegrity) -> Result<Integrity> {
        let k = self.contract(actor, on).await?;
        policy::propose_integrity(actor, on.0)?;
        ensure(k.starts_on.is_some(), "contract_not_effective")?;
        if matches!(form.kind.as_str(), "idle" | "breach") && self.is_excused(&k).await? {
            return Err(Refusal::new("excused_by_diligence").at("kind").into());
        }
        let org = if form.against.as_deref() == Some("poster") { k.poster } else { k.lead };
        let about = About { challenge: k.challenge, contract: Some(on), org, person: None };
        self.insert_integrity(actor, on.0, about, form).await
    }

    /// Against the team of an opened bid.
    pub async fn propose_integrity_of_bid(&self, actor: &Actor, on: BidId, form: ProposeIntegrity) -> Result<Integrity> {
        let (c, b) = self.bid(actor, on).await?;
        let about = About { challenge: c.id, contract: None, org: b.org, person: None };
        self.insert_integrity(actor, on.0, about, form).await
    }

    /// Against an expert, in person.
    pub async fn propose_integrity_of_expert(
        &self,
        actor: &Actor,
        on: AssignmentId,
        form: ProposeIntegrity,
    ) -> Result<Integrity> {
        let (c, a, _) = self.assignment(actor, on).await?;
        let expert = store::account::many(&self.db, &[a.expert]).await?.pop().ok_or(Error::Missing)?;
        let about = About { challenge: c.id, contract: None, org: expert.org, person: Some(a.expert) };
        self.insert_integrity(actor, on.0, about, form).await
    }

    async fn insert_integrity(&self, actor: &Actor, on: Uuid, about: About, form: ProposeIntegrity) -> Result<Integrity> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, about.challenge).await?;
        let m = self.moment(&work).await?;
        let permit = policy::propose_integrity(actor, on)?;
        let x = Integrity {
            id: IntegrityId(clock::ordered_id()),
            challenge: about.challenge,
            contract: about.contract,
            org: about.org,
            person: about.person,
            head: Head::new(IntegrityState::Proposed, &m, Some(c.rules.plea_days)),
            kind: form.kind,
            facts: form.facts,
            bars: vec![],
            proposed_by: actor.account,
            plea: None,
            minutes: None,
            from_at: None,
            until_at: None,
            contest: None,
            repair: None,
            answer: None,
            files: form.files,
        };
        tie_files(&work, &permit.follow(x.id.0), Noun::Integrity, Some(c.id), &x.files, "files").await?;
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        let event = Event::new(Noun::Integrity, "proposal", x.id.0, Visibility::Bureau).on(c.id).of(x.org);
        work.commit(&permit, event.fact("kind", &x.kind)).await?;
        Ok(x)
    }

    async fn on_integrity(
        &self,
        actor: &Actor,
        id: IntegrityId,
        act: G,
        reason: Option<String>,
        change: impl FnOnce(&mut Integrity, &Moment) -> Result<()>,
    ) -> Result<Integrity> {
        let seen: Integrity = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, seen.challenge).await?;
        let mut x: Integrity = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_integrity(actor, &x, act, m.now)?;
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        change(&mut x, &m)?;
        if let Some(minutes) = x.minutes.as_ref().filter(|_| act == G::Enter) {
            let on = meeting::OnTable { noun: Noun::Integrity, subject: id.0, act: act.id(), case: c.id, title: &c.title };
            self.meet(&work, &permit, minutes, on, &m).await?;
        }
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let visibility = if x.is_public() { Visibility::Public } else { Visibility::Bureau };
        let event = Event::new(Noun::Integrity, act.id(), id.0, visibility)
            .on(x.challenge)
            .of(x.org)
            .moved(from.id(), x.head.state.id())
            .because(reason);
        let minutes = x.minutes.as_ref().map(|d| &d.number);
        let event = event.fact("kind", &x.kind).fact("bars", &x.bars).fact("until", x.until_at).fact("minutes", minutes);
        work.commit(&permit, event).await?;
        Ok(x)
    }

    pub async fn plead(&self, actor: &Actor, id: IntegrityId, form: Reason) -> Result<Integrity> {
        let plea = form.reason.clone();
        self.on_integrity(actor, id, G::Plead, Some(form.reason), |x, _| {
            x.plea = Some(plea);
            Ok(())
        })
        .await
    }

    /// The meeting enters it for a term, and says from what it bars.
    pub async fn enter_integrity(&self, actor: &Actor, id: IntegrityId, form: EnterIntegrity) -> Result<Integrity> {
        let minutes = Minutes::from(&form);
        self.on_integrity(actor, id, G::Enter, form.reason, |x, m| {
            x.enter_for(form.months, m)?;
            (x.bars, x.minutes) = (form.bars, Some(minutes));
            Ok(())
        })
        .await
    }

    pub async fn drop_integrity(&self, actor: &Actor, id: IntegrityId, form: Reason) -> Result<Integrity> {
        self.answer_integrity(actor, id, G::Drop, form.reason).await
    }

    pub async fn contest_integrity(&self, actor: &Actor, id: IntegrityId, form: Reason) -> Result<Integrity> {
        let said = form.reason.clone();
        self.on_integrity(actor, id, G::Contest, Some(form.reason), |x, _| {
            x.contest = Some(said);
            Ok(())
        })
        .await
    }

    pub async fn ask_repair(&self, actor: &Actor, id: IntegrityId, form: Reason) -> Result<Integrity> {
        let said = form.reason.clone();
        self.on_integrity(actor, id, G::AskRepair, Some(form.reason), |x, _| {
            x.repair = Some(said);
            Ok(())
        })
        .await
    }

    pub async fn uphold_integrity(&self, actor: &Actor, id: IntegrityId, form: Reason) -> Result<Integrity> {
        self.answer_integrity(actor, id, G::Uphold, form.reason).await
    }
    pub async fn lift_integrity(&self, actor: &Actor, id: IntegrityId, form: Reason) -> Result<Integrity> {
        self.answer_integrity(actor, id, G::Lift, form.reason).await
    }
    pub async fn repair_integrity(&self, actor: &Actor, id: IntegrityId, form: Reason) -> Result<Integrity> {
        self.answer_integrity(actor, id, G::Repair, form.reason).await
    }
    pub async fn refuse_repair(&self, actor: &Actor, id: IntegrityId, form: Reason) -> Result<Integrity> {
        self.answer_integrity(actor, id, G::RefuseRepair, form.reason).await
    }

    async fn answer_integrity(&self, actor: &Actor, id: IntegrityId, act: G, answer: String) -> Result<Integrity> {
        let said = answer.clone();
        self.on_integrity(actor, id, act, Some(answer), |x, _| {
            x.answer = Some(said);
            Ok(())
        })
        .await
    }

    pub async fn integrity(&self, actor: &Actor, id: IntegrityId) -> Result<(Challenge, Integrity)> {
        let x: Integrity = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::see_integrity(actor, &x, self.clock.now())?;
        Ok((noun::find(&self.db, x.challenge.0).await?.ok_or(Error::Missing)?, x))
    }

    /// Refuses what a standing record bars one of these organisations from.
    pub(in crate::app) async fn not_barred(&self, orgs: &[OrgId], what: &str) -> Result<()> {
        let mut records = self.records_of(noun::Filter::any_id("org_id", &orgs.iter().map(|o| o.0).collect::<Vec<_>>())).await?;
        records.retain(|x| x.person.is_none());
        Ok(bar(&records, what, self.clock.now())?)
    }

    /// The same for an expert in person.
    pub(in crate::app) async fn expert_not_barred(&self, person: AccountId) -> Result<()> {
        let records = self.records_of(noun::Filter::is("account_id", person.0)).await?;
        Ok(bar(&records, "reviewing", self.clock.now())?)
    }

    /// Experts whom a standing record keeps from the pool.
    pub(in crate::app) async fn barred_experts(&self) -> Result<Vec<AccountId>> {
        let standing = [IntegrityState::InForce, IntegrityState::Contested, IntegrityState::RepairAsked];
        let filter = noun::Filter::In("state", standing.map(|s| s.id().into()).to_vec());
        let now = self.clock.now();
        let records = self.records_of(filter).await?;
        let keeps = |x: &Integrity| x.stands(now) && x.bars.iter().any(|b| b == "reviewing");
        Ok(records.into_iter().filter(keeps).filter_map(|x| x.person).collect())
    }

    async fn records_of(&self, filter: noun::Filter) -> Result<Vec<Integrity>> {
        Ok(noun::list(&self.db, &[filter], Page::first(500)).await?.items)
    }
}

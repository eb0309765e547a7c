//! Milestones: evidence, the poster's answer, the bureau's check; passing one unlocks what hangs on it.
use super::ledger;
use super::*;
use crate::domain::MilestoneAct as N;
use crate::domain::forms::*;

impl App {
    /// Locks challenge, contract and milestone, in that order.
    async fn lock_milestone(&self, work: &Work, seen: &Milestone) -> Result<(Challenge, Contract, Milestone)> {
        let (c, k) = self.lock_contract(work, seen.contract, seen.challenge).await?;
        Ok((c, k, noun::lock(work, seen.id.0).await?.ok_or(Error::Missing)?))
    }

    async fn on_milestone(
        &self,
        actor: &Actor,
        id: MilestoneId,
        act: N,
        reason: Option<String>,
        change: impl FnOnce(&mut Milestone),
    ) -> Result<Milestone> {
        let seen: Milestone = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (mut c, k, mut x) = self.lock_milestone(&work, &seen).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_milestone(actor, &x, &k, act)?;
        ensure(k.head.state == ContractState::Effective, "contract_not_effective")?;
        x.may(act, &m)?;
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        change(&mut x);
        tie_files(&work, &permit.follow(id.0), Noun::Milestone, Some(x.challenge), &x.files, "files").await?;
        if x.head.state == MilestoneState::Passed {
            self.after_pass(&work, &permit, &mut c, &k, &x, &m).await?;
        }
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        if matches!(act, N::Pass | N::Rectify | N::Fail) {
            paper::milestone(&work, &permit, (&k, &x), &m).await?;
        }
        let event = Event::new(Noun::Milestone, act.id(), id.0, Visibility::Parties)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id());
        work.commit(&permit, event.because(reason).fact("number", x.number)).await?;
        Ok(x)
    }

    /// Unlocks the instalments of this node, starts the next one, and after the last makes the acceptance due.
    async fn after_pass(
        &self,
        work: &Work,
        permit: &policy::Permit<MilestoneAct>,
        c: &mut Challenge,
        k: &Contract,
        x: &Milestone,
        m: &Moment,
    ) -> Result<()> {
        for mut i in noun::lock_of::<Instalment>(work, "contract_id", k.id.0).await? {
            if i.trigger == (Trigger::MilestonePassed { number: x.number }) && i.head.state == InstalmentState::Planned {
                ledger::unlock(work, permit, (c, k), &mut i, m).await?;
            }
        }
        let nodes: Vec<Milestone> = noun::lock_of(work, "contract_id", k.id.0).await?;
        for mut next in nodes.iter().filter(|o| o.after == x.number).cloned() {
            if next.head.state == MilestoneState::Planned {
                next.take(N::Activate, m, &c.rules)?;
                noun::save(work, &permit.follow(next.id.0), &mut next, &m.calendar).await?;
            }
        }
        if nodes.iter().all(|o| o.number == x.number || o.head.state.is_end()) {
            let due = Acceptance::due(AcceptanceId(clock::ordered_id()), k, m);
            noun::insert(work, &permit.follow(due.id.0), &due, &m.calendar).await?;
        }
        Ok(())
    }

    /// The team submits evidence for the node: a value and a file.
    pub async fn submit_evidence(&self, actor: &Actor, id: MilestoneId, form: SubmitEvidence) -> Result<Milestone> {
        self.on_milestone(actor, id, N::Submit, None, |x| {
            x.report = Some(form.report);
            x.evidence = form.evidence;
            x.files.extend(form.files);
            x.poster_says = None;
        })
        .await
    }

    pub async fn return_evidence(&self, actor: &Actor, id: MilestoneId, form: Reason) -> Result<Milestone> {
        self.on_milestone(actor, id, N::Return, Some(form.reason), |_| {}).await
    }

    pub async fn confirm_evidence(&self, actor: &Actor, id: MilestoneId, form: Plain) -> Result<Milestone> {
        self.on_milestone(actor, id, N::Confirm, form.note, |x| x.poster_says = Some("confirmed".into())).await
    }

    pub async fn dispute_evidence(&self, actor: &Actor, id: MilestoneId, form: Reason) -> Result<Milestone> {
        let reason = form.reason.clone();
        self.on_milestone(actor, id, N::Dispute, Some(form.reason), |x| {
            x.poster_says = Some("disputed".into());
            x.poster_reason = Some(reason);
        })
        .await
    }

    /// The poster kept silent past its time: the bureau takes the matter up; silence never passes.
    pub async fn escalate_milestone(&self, actor: &Actor, id: MilestoneId, form: Plain) -> Result<Milestone> {
        self.on_milestone(actor, id, N::Escalate, form.note, |x| x.poster_says = Some("silent".into())).await
    }

    /// Passed: every indicator of the node has a value; three experts where much money hangs on it.
    pub async fn pass_milestone(&self, actor: &Actor, id: MilestoneId, form: Verdict) -> Result<Milestone> {
        let seen: Milestone = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract_of(seen.contract).await?;
        let at_stake = k.award().percent_of(seen.share_bp).unwrap_or_default();
        if at_stake > Money::wan(50) && form.experts.unwrap_or(0) < 3 {
            return Err(Refusal::new("experts_needed").with("experts", 3).at("experts").into());
        }
        self.judge(actor, id, N::Pass, form).await
    }

    pub async fn rectify_milestone(&self, actor: &Actor, id: MilestoneId, form: Verdict) -> Result<Milestone> {
        self.judge(actor, id, N::Rectify, form).await
    }

    pub async fn fail_milestone(&self, actor: &Actor, id: MilestoneId, form: Verdict) -> Result<Milestone> {
        self.judge(actor, id, N::Fail, form).await
    }

    async fn judge(&self, actor: &Actor, id: MilestoneId, act: N, form: Verdict) -> Result<Milestone> {
        let (by, verdict) = (actor.account, form.verdict.clone());
        self.on_milestone(actor, id, act, Some(form.verdict), |x| {
            x.assessed_by = Some(by);
            x.verdict = Some(verdict);
            if act == N::Rectify {
                x.rectified += 1;
            }
        })
        .await
    }
}

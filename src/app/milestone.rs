//! Milestones: evidence, the poster's answer, the bureau's check; passing one unlocks what hangs on it.
use super::ledger;
use super::*;
use crate::domain::MilestoneAct as N;
use crate::domain::forms::*;

/// What the check of a node found.
struct Found {
    verdict: String,
    judged: Vec<NodeVerdict>,
    experts: Vec<Judge>,
    conditions: Vec<Asking>,
}

impl App {
    /// Locks challenge, contract and milestone, in that order.
    pub(in crate::app) async fn lock_milestone(&self, work: &Work, seen: &Milestone) -> Result<(Challenge, Contract, Milestone)> {
        let (c, k) = self.lock_contract(work, seen.contract, seen.challenge).await?;
        Ok((c, k, noun::lock(work, seen.id.0).await?.ok_or(Error::Missing)?))
    }

    pub(in crate::app) async fn on_milestone(
        &self,
        actor: &Actor,
        id: MilestoneId,
        act: N,
        reason: Option<String>,
        change: impl FnOnce(&mut Milestone, (&Challenge, &Contract), &Moment) -> Result<()>,
    ) -> Result<Milestone> {
        let seen: Milestone = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (mut c, k, mut x) = self.lock_milestone(&work, &seen).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_milestone(actor, &x, &k, act)?;
        // What is owed of a node that has passed is owed after the contract's end too.
        let runs = k.head.state == ContractState::Effective || x.head.state == MilestoneState::Conditional;
        ensure(runs, "contract_not_effective")?;
        x.may(act, &m)?;
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        change(&mut x, (&c, &k), &m)?;
        if let Some(ruled) = x.overdue_rulings.last().filter(|_| matches!(act, N::DecideOverdue | N::FailOverdue)) {
            let on = meeting::OnTable { noun: Noun::Milestone, subject: id.0, act: act.id(), case: c.id, title: &x.name };
            self.meet(&work, &permit, &ruled.minutes, on, &m).await?;
        }
        tie_files(&work, &permit.follow(id.0), Noun::Milestone, Some(x.challenge), &x.files, "files").await?;
        if matches!(act, N::Pass | N::PassWithConditions) {
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
        let mut event = event.because(reason).fact("number", x.number).fact("contract", k.id);
        if matches!(act, N::Pass | N::PassWithConditions | N::Fail | N::Rectify) {
            event = event.fact("judged", &x.judged).fact("experts", x.experts.len()).fact("conditions", x.conditions.len());
        }
        work.commit(&permit, event).await?;
        Ok(x)
    }

    /// Unlocks the instalments of this node, starts the next one, and after the last makes the acceptance due. Conditions of
    /// the nodes before are met first: their money is the next node's.
    async fn after_pass(
        &self,
        work: &Work,
        permit: &policy::Permit<MilestoneAct>,
        c: &mut Challenge,
        k: &Contract,
        x: &Milestone,
        m: &Moment,
    ) -> Result<()> {
        let nodes: Vec<Milestone> = noun::lock_of(work, "contract_id", k.id.0).await?;
        ready::conditions_before(&nodes, x.number)?;
        for mut i in noun::lock_of::<Instalment>(work, "contract_id", k.id.0).await? {
            if i.trigger == (Trigger::MilestonePassed { number: x.number }) && i.head.state == InstalmentState::Planned {
                ledger::unlock(work, permit, (c, k), &mut i, m).await?;
            }
        }
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

    /// The team submits evidence for the node: values, deliverables by number, files.
    pub async fn submit_evidence(&self, actor: &Actor, id: MilestoneId, form: SubmitEvidence) -> Result<Milestone> {
        self.on_milestone(actor, id, N::Submit, None, |x, (c, k), m| {
            for (n, e) in form.evidence.iter().enumerate() {
                let known = usize::try_from(e.indicator).is_ok_and(|i| (1..=k.thread.len()).contains(&i));
                let once = !form.evidence[..n].iter().any(|o| o.indicator == e.indicator);
                ensure(known && once, "indicator_unknown").map_err(|r| r.at("evidence"))?;
            }
            (x.report, x.evidence, x.deliverables) = (Some(form.report), form.evidence, form.deliverables);
            x.check_delivered(c.need()?)?;
            x.files.extend(form.files);
            x.submitted_at = x.submitted_at.or(Some(m.now));
            (x.poster_says, x.judged) = (None, vec![]);
            Ok(())
        })
        .await
    }

    pub async fn return_evidence(&self, actor: &Actor, id: MilestoneId, form: Reason) -> Result<Milestone> {
        self.on_milestone(actor, id, N::Return, Some(form.reason), |_, _, _| Ok(())).await
    }

    pub async fn confirm_evidence(&self, actor: &Actor, id: MilestoneId, form: Plain) -> Result<Milestone> {
        self.poster_says(actor, id, N::Confirm, form.note, "confirmed").await
    }

    pub async fn dispute_evidence(&self, actor: &Actor, id: MilestoneId, form: Reason) -> Result<Milestone> {
        self.poster_says(actor, id, N::Dispute, Some(form.reason), "disputed").await
    }

    /// The poster kept silent past its time: the bureau takes the matter up; silence never passes.
    pub async fn escalate_milestone(&self, actor: &Actor, id: MilestoneId, form: Plain) -> Result<Milestone> {
        self.poster_says(actor, id, N::Escalate, form.note, "silent").await
    }

    async fn poster_says(&self, actor: &Actor, id: MilestoneId, act: N, why: Option<String>, says: &str) -> Result<Milestone> {
        let reason = (act == N::Dispute).then(|| why.clone()).flatten();
        self.on_milestone(actor, id, act, why, |x, _, _| {
            (x.poster_says, x.poster_reason) = (Some(says.to_owned()), reason);
            Ok(())
        })
        .await
    }

    /// Passed: every indicator judged by itself, three experts where much money or a lane hangs on it.
    pub async fn pass_milestone(&self, actor: &Actor, id: MilestoneId, form: Verdict) -> Result<Milestone> {
        self.judge(actor, id, N::Pass, Found::of(form)).await
    }

    /// Passed, with conditions that are met before the next node's money.
    pub async fn pass_with_conditions(&self, actor: &Actor, id: MilestoneId, form: ConditionalPass) -> Result<Milestone> {
        let ConditionalPass { verdict, judged, experts, conditions } = form;
        self.judge(actor, id, N::PassWithConditions, Found { verdict, judged, experts, conditions }).await
    }

    pub async fn rectify_milestone(&self, actor: &Actor, id: MilestoneId, form: Verdict) -> Result<Milestone> {
        self.judge(actor, id, N::Rectify, Found::of(form)).await
    }

    pub async fn fail_milestone(&self, actor: &Actor, id: MilestoneId, form: Verdict) -> Result<Milestone> {
        self.judge(actor, id, N::Fail, Found::of(form)).await
    }

    async fn judge(&self, actor: &Actor, id: MilestoneId, act: N, found: Found) -> Result<Milestone> {
        let seen: Milestone = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract_of(seen.contract).await?;
        let parties = self.party_names(&k).await?;
        let by = actor.account;
        self.on_milestone(actor, id, act, Some(found.verdict.clone()), |x, (_, k), _| {
            let passes = matches!(act, N::Pass | N::PassWithConditions);
            // A node in rectification that is failed has handed in nothing new to judge.
            if passes || (act == N::Fail && !found.judged.is_empty()) {
                x.check_judged(&found.judged, passes)?;
            }
            let at_stake = k.award().percent_of(x.share_bp).unwrap_or_default();
            let asked = (passes && at_stake > Money::wan(50)) || (k.lane.is_some() && act != N::Rectify);
            judge::enough(&found.experts, if asked { 3 } else { 0 }, &parties, "experts")?;
            (x.assessed_by, x.verdict, x.judged, x.experts) = (Some(by), Some(found.verdict), found.judged, found.experts);
            x.conditions = found.conditions.into_iter().map(Asking::condition).collect();
            x.rectified += u16::from(act == N::Rectify);
            Ok(())
        })
        .await
    }
}

impl Found {
    fn of(form: Verdict) -> Self {
        Self { verdict: form.verdict, judged: form.judged, experts: form.experts, conditions: vec![] }
    }
}

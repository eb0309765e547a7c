//! Final acceptance: applied for with the team's own word, checked, measured indicator by indicator, judged by a panel, put on
//! notice, decided by the meeting, registered and archived.
use super::ledger;
use super::*;
use crate::domain::AcceptanceAct as Y;
use crate::domain::forms::*;

impl App {
    async fn on_acceptance(
        &self,
        actor: &Actor,
        id: AcceptanceId,
        act: Y,
        reason: Option<String>,
        change: impl FnOnce(&mut Acceptance, &mut Contract, &Moment) -> Result<()>,
    ) -> Result<Acceptance> {
        let seen: Acceptance = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (mut c, mut k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: Acceptance = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_acceptance(actor, &x, &k, act)?;
        x.may(act, &m)?;
        if act == Y::Check {
            ready::no_conditions(&noun::lock_of(&work, "contract_id", k.id.0).await?)?;
        }
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        change(&mut x, &mut k, &m)?;
        if let Some(minutes) = x.minutes.as_ref().filter(|_| matches!(act, Y::Pass | Y::Conclude | Y::Fail | Y::FailOverdue)) {
            let on =
                meeting::OnTable { noun: Noun::Acceptance, subject: id.0, act: act.id(), case: k.challenge, title: &k.title };
            self.meet(&work, &permit, minutes, on, &m).await?;
        }
        tie_files(&work, &permit.follow(id.0), Noun::Acceptance, Some(x.challenge), &x.files, "files").await?;
        self.settle(&work, &permit, &mut c, &mut k, &mut x, &m).await?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        noun::save(&work, &permit.follow(k.id.0), &mut k, &m.calendar).await?;
        let decided = matches!(x.head.state, AcceptanceState::Passed | AcceptanceState::Concluded | AcceptanceState::Failed);
        if decided && x.panel_verdict.is_some() {
            paper::acceptance(&work, &permit, (&k, &x), &m).await?;
        }
        let open = decided || act == Y::Publish;
        let visibility = if open { Visibility::Public } else { Visibility::Parties };
        let event = Event::new(Noun::Acceptance, act.id(), id.0, visibility)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id());
        let event = event.because(reason).fact("outcome", &x.outcome).fact("contract", k.id).fact("verdict", &x.panel_verdict);
        work.commit(&permit, event.fact("computed", &x.computed)).await?;
        Ok(x)
    }

    /// What an outcome does: the contract ends as it says, the last money is unlocked or cancelled, and when every lane
    /// has ended the challenge is ready for the archive.
    async fn settle(
        &self,
        work: &Work,
        permit: &policy::Permit<AcceptanceAct>,
        c: &mut Challenge,
        k: &mut Contract,
        x: &mut Acceptance,
        m: &Moment,
    ) -> Result<()> {
        let act = match x.head.state {
            AcceptanceState::Passed => ContractAct::Finish,
            AcceptanceState::Concluded => ContractAct::Conclude,
            AcceptanceState::Failed => ContractAct::Fail,
            AcceptanceState::Due
            | AcceptanceState::Applied
            | AcceptanceState::Panel
            | AcceptanceState::Judged
            | AcceptanceState::Noticed
            | AcceptanceState::Archived
            | AcceptanceState::Cancelled => return Ok(()),
        };
        x.outcome = Some(x.head.state.id().to_owned());
        k.take(act, m, &c.rules)?;
        let all: Vec<Instalment> = noun::lock_of(work, "contract_id", k.id.0).await?;
        let paid = Money::sum(all.iter().filter(|i| !i.is_fiscal() && i.is_paid()).map(|i| i.amount_fen)).unwrap_or_default();
        let mut cancelled = vec![];
        for mut i in all {
            // The subsidy follows what the enterprise has really paid; until then it stays planned (domain 4.2).
            if let Trigger::EnterprisePaid { share_bp } = i.trigger
                && act == ContractAct::Finish
                && k.enterprise_fen.percent_of(share_bp).is_none_or(|least| paid < least)
            {
                continue;
            }
            let waits = matches!(i.trigger, Trigger::AcceptancePassed | Trigger::EnterprisePaid { .. });
            if waits && i.head.state == InstalmentState::Planned {
                if act == ContractAct::Finish {
                    ledger::unlock(work, permit, (c, k), &mut i, m).await?;
                    continue;
                }
                i.take(InstalmentAct::Cancel, m, &c.rules)?;
                noun::save(work, &permit.follow(i.id.0), &mut i, &m.calendar).await?;
                cancelled.push(i);
            }
        }
        ledger::release(work, permit, k, m, &cancelled).await?;
        if act != ContractAct::Fail {
            for year in FollowUp::plan(k, m, c.rules.follow_up_years) {
                noun::insert(work, &permit.follow(year.id.0), &year, &m.calendar).await?;
            }
        }
        let others: Vec<Contract> = noun::lock_of(work, "challenge_id", c.id.0).await?;
        if others.iter().all(|o| o.id == k.id || o.head.state.is_end()) && c.head.state == ChallengeState::InProgress {
            c.take(ChallengeAct::StartAcceptance, m)?;
            noun::save(work, &permit.follow(c.id.0), c, &m.calendar).await?;
        }
        Ok(())
    }

    /// The team applies, with its own word on every indicator and the end user's.
    pub async fn apply_acceptance(&self, actor: &Actor, id: AcceptanceId, form: ApplyAcceptance) -> Result<Acceptance> {
        self.on_acceptance(actor, id, Y::Apply, None, |x, k, _| {
            for n in 1..=k.thread.len() {
                let told = form.self_assessed.iter().filter(|s| usize::try_from(s.indicator).is_ok_and(|i| i == n)).count();
                if told != 1 {
                    return Err(Refusal::new("self_assess_each").with("indicator", n).at("self_assessed").into());
                }
            }
            (x.summary, x.self_assessed, x.ip_list) = (Some(form.summary), form.self_assessed, form.ip_list);
            (x.end_user, x.end_user_opinion) = (Some(form.end_user), Some(form.end_user_opinion));
            (x.end_user_report, x.cause, x.diligence) = (Some(form.end_user_report), Some(form.cause), form.diligence);
            x.files.extend(form.files);
            Ok(())
        })
        .await
    }

    pub async fn return_acceptance(&self, actor: &Actor, id: AcceptanceId, form: Reason) -> Result<Acceptance> {
        self.on_acceptance(actor, id, Y::Return, Some(form.reason), |_, _, _| Ok(())).await
    }

    pub async fn check_acceptance(&self, actor: &Actor, id: AcceptanceId, form: Plain) -> Result<Acceptance> {
        self.on_acceptance(actor, id, Y::Check, form.note, |_, _, _| Ok(())).await
    }

    /// What was measured, by whom, with which report; a "met" that the number denies is refused.
    pub async fn record_measurements(&self, actor: &Actor, id: AcceptanceId, form: RecordMeasurements) -> Result<Acceptance> {
        self.on_acceptance(actor, id, Y::Measure, None, |x, k, _| {
            let mut faults = Faults::default();
            Acceptance::check_bases(&form.measured, &k.thread, &mut faults);
            for (n, row) in form.measured.iter().enumerate() {
                let at = usize::try_from(row.indicator).unwrap_or(0).checked_sub(1);
                let Some(thread) = at.and_then(|at| k.thread.get_mut(at)) else {
                    faults.add(format!("measured.{n}.indicator"), "indicator_unknown");
                    continue;
                };
                let says_met = matches!(row.verdict.as_str(), "met" | "exceeded");
                match row.value {
                    Some(value) if says_met != thread.published.is_met(value) && row.verdict != "not_tested" => {
                        faults.add(format!("measured.{n}.verdict"), "verdict_denied_by_value");
                    }
                    None if row.verdict != "not_tested" => faults.add(format!("measured.{n}.value"), "value_missing"),
                    _ => thread.measured = row.value,
                }
            }
            for n in 1..=k.thread.len() {
                if !form.measured.iter().any(|row| usize::try_from(row.indicator).is_ok_and(|i| i == n)) {
                    faults.add_with("measured", "measurement_missing", vec![("indicator", n.to_string())]);
                }
            }
            faults.ok(())?;
            x.measured = form.measured;
            x.computed = Some(x.compute(&k.thread).to_owned());
            Ok(())
        })
        .await
    }

    /// The panel's verdict; another than the rule's needs a reason, and one without blame the file of diligence.
    pub async fn judge_acceptance(&self, actor: &Actor, id: AcceptanceId, form: PanelVerdict) -> Result<Acceptance> {
        let seen: Acceptance = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract_of(seen.contract).await?;
        let (parties, award_panel) = (self.party_names(&k).await?, self.award_panel(seen.challenge).await?);
        let excused = match form.verdict.as_str() {
            "concluded" => Some(self.prove_diligence(&k, form.opinions.clone()).await.map_err(at_verdict)?),
            _ => None,
        };
        self.on_acceptance(actor, id, Y::Judge, None, |x, _, _| {
            Acceptance::check_panel(&form.opinions, &award_panel, &parties)?;
            let differs = x.computed.as_deref() != Some(form.verdict.as_str());
            ensure(!differs || form.reason.is_some(), "verdict_differs").map_err(|r| r.at("reason"))?;
            (x.panel, x.excused) = (form.opinions, excused);
            (x.panel_verdict, x.panel_reason) = (Some(form.verdict), form.reason);
            Ok(())
        })
        .await
    }

    /// Who sat on the panel of the award, by name.
    pub async fn award_panel(&self, on: ChallengeId) -> Result<Vec<String>> {
        let all: Vec<Assignment> = noun::of(&self.db, "challenge_id", on.0).await?;
        let sat: Vec<AccountId> = all
            .iter()
            .filter(|a| matches!(a.head.state, AssignmentState::Locked | AssignmentState::Settled))
            .map(|a| a.expert)
            .collect();
        Ok(store::account::many(&self.db, &sat).await?.into_iter().map(|a| a.name).collect())
    }

    /// The verdict lies open before it is decided on.
    pub async fn publish_verdict(&self, actor: &Actor, id: AcceptanceId, form: Plain) -> Result<Acceptance> {
        self.on_acceptance(actor, id, Y::Publish, form.note, |_, _, _| Ok(())).await
    }

    /// A party objects; the decision answers it.
    pub async fn object_to_verdict(&self, actor: &Actor, id: AcceptanceId, form: Reason) -> Result<Acceptance> {
        let (org, text) = (actor.org, form.reason.clone());
        self.on_acceptance(actor, id, Y::Object, Some(form.reason), |x, _, m| {
            x.objections.push(VerdictObjection { org, text, at: m.now });
            Ok(())
        })
        .await
    }

    pub async fn rectify_acceptance(&self, actor: &Actor, id: AcceptanceId, form: Reason) -> Result<Acceptance> {
        self.on_acceptance(actor, id, Y::Rectify, Some(form.reason), |x, _, _| {
            x.rectified += 1;
            x.measured.clear();
            Ok(())
        })
        .await
    }

    /// The meeting decides: 通过, 结题 or 未通过, as the panel found.
    pub async fn decide_acceptance(&self, actor: &Actor, id: AcceptanceId, form: Decision) -> Result<Acceptance> {
        let seen: Acceptance = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let act = match seen.panel_verdict.as_deref() {
            Some("passed") => Y::Pass,
            Some("concluded") => Y::Conclude,
            _ => Y::Fail,
        };
        let minutes = Minutes::from(&form);
        let answers = form.reason.is_some();
        self.on_acceptance(actor, id, act, form.reason, |x, _, _| {
            ensure(x.objections.is_empty() || answers, "objections_unanswered").map_err(|r| r.at("reason"))?;
            x.minutes = Some(minutes);
            Ok(())
        })
        .await
    }

    pub async fn reopen_acceptance(&self, actor: &Actor, id: AcceptanceId, form: Reason) -> Result<Acceptance> {
        self.on_acceptance(actor, id, Y::Reopen, Some(form.reason), |_, _, _| Ok(())).await
    }

    /// Nobody applied in time: the meeting may close it as failed.
    pub async fn fail_overdue(&self, actor: &Actor, id: AcceptanceId, form: Decision) -> Result<Acceptance> {
        let (m, minutes) = (self.glance().await?, Minutes::from(&form));
        let seen: Acceptance = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        self.on_acceptance(actor, id, Y::FailOverdue, form.reason, |x, _, _| {
            // The date to apply by, which leaving the state has taken off.
            ready::overdue(seen.head.due, &m)?;
            x.minutes = Some(minutes);
            Ok(())
        })
        .await
    }

    /// Into the archive, once the result is registered and the report has its number.
    pub async fn archive_acceptance(&self, actor: &Actor, id: AcceptanceId, form: ArchiveAcceptance) -> Result<Acceptance> {
        let seen: Acceptance = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        self.on_acceptance(actor, id, Y::Archive, form.note, |x, _, _| {
            (x.result_registration_no, x.sci_report_no) = (form.result_registration_no, form.sci_report_no);
            let registered = Acceptance { head: seen.head, ..x.clone() };
            Ok(registered.check_registered()?)
        })
        .await
    }

    /// Everything is in the file: the challenge is closed for good.
    pub async fn archive_challenge(&self, actor: &Actor, id: ChallengeId, form: Plain) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, ChallengeAct::Archive, m.now)?;
        c.may(ChallengeAct::Archive, &m)?;
        let acceptances: Vec<Acceptance> = noun::lock_of(&work, "challenge_id", id.0).await?;
        ready::archived(&acceptances)?;
        self.step(work, permit, c, ChallengeAct::Archive, &m, |e| e.because(form.note)).await
    }
}

impl App {
    /// Verdicts on notice and results, for everybody.
    pub async fn verdicts_of(&self, on: ChallengeId) -> Result<Vec<(Contract, Acceptance)>> {
        let mut out = vec![];
        for x in noun::of::<Acceptance>(&self.db, "challenge_id", on.0).await? {
            if x.head.state == AcceptanceState::Noticed || x.outcome.is_some() {
                out.push((self.contract_of(x.contract).await?, x));
            }
        }
        Ok(out)
    }
}

/// What the verdict asks for is told at the verdict.
fn at_verdict(e: Error) -> Error {
    match e {
        Error::Refused(r) if r.field.is_none() => r.at("verdict").into(),
        other => other,
    }
}

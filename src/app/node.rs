//! What the bureau decides about a node: conditions closed, lateness ruled on, a failure followed by a decision and perhaps
//! excused.
use super::ending::End;
use super::*;
use crate::domain::MilestoneAct as N;
use crate::domain::forms::*;

impl App {
    /// The team proves that a condition is met.
    pub async fn prove_condition(&self, actor: &Actor, id: MilestoneId, form: ProveCondition) -> Result<Milestone> {
        self.on_milestone(actor, id, N::Prove, Some(form.note.clone()), |x, _, m| {
            let one = x.condition(form.condition)?;
            ensure(one.closed_at.is_none(), "condition_closed").map_err(|r| r.at("condition"))?;
            (one.proof, one.proved_at) = (Some(form.note), Some(m.now));
            x.files.extend(form.files);
            Ok(())
        })
        .await
    }

    /// The checker closes a condition on its proof, or asks for a better one; with the last one closed the node has passed.
    pub async fn close_condition(&self, actor: &Actor, id: MilestoneId, form: CloseCondition) -> Result<Milestone> {
        let rules = self.rules_of_milestone(id).await?;
        self.on_milestone(actor, id, N::Close, form.note, |x, _, m| {
            let one = x.condition(form.condition)?;
            ensure(one.proof.is_some() && one.closed_at.is_none(), "condition_not_proved").map_err(|r| r.at("condition"))?;
            match form.accepted {
                true => one.closed_at = Some(m.now),
                false => (one.proof, one.proved_at) = (None, None),
            }
            if x.conditions.iter().all(|c| c.closed_at.is_some()) {
                x.take(N::Settle, m, &rules)?;
            }
            Ok(())
        })
        .await
    }

    async fn rules_of_milestone(&self, id: MilestoneId) -> Result<RuleSet> {
        let seen: Milestone = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let c: Challenge = noun::find(&self.db, seen.challenge.0).await?.ok_or(Error::Missing)?;
        Ok(c.rules)
    }

    /// Sixty working days late: the bureau says whether the node goes on, and until when, or has failed.
    pub async fn decide_overdue(&self, actor: &Actor, id: MilestoneId, form: DecideOverdue) -> Result<Milestone> {
        let act = if form.outcome == "fail" { N::FailOverdue } else { N::DecideOverdue };
        let minutes = Minutes::from(&form);
        self.on_milestone(actor, id, act, Some(form.reason.clone()), |x, (_, k), m| {
            let late_days = x.late_days(m.now, &m.calendar);
            if act == N::DecideOverdue {
                move_due(x, k, form.due_on.as_deref(), m)?;
            }
            let (outcome, due_on, reason) = (form.outcome, form.due_on, form.reason);
            x.overdue_rulings.push(OverdueRuling { outcome, late_days, due_on, reason, minutes, at: m.now });
            Ok(())
        })
        .await
    }

    /// What follows from a failed node: the contract is changed and the node begun anew, the lane is cut, or the contract ends.
    /// Excused is who has the evidence of diligence that the platform kept, and five experts' word.
    pub async fn decide_node(&self, actor: &Actor, id: MilestoneId, form: DecideNode) -> Result<Milestone> {
        let seen: Milestone = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract_of(seen.contract).await?;
        let excuse = match form.excused {
            true => Some(self.prove_diligence(&k, form.experts.clone()).await?),
            false => None,
        };
        let parties = self.party_names(&k).await?;
        let work = self.begin(actor).await?;
        let (mut c, mut k, mut x) = self.lock_milestone(&work, &seen).await?;
        let m = self.moment(&work).await?;
        let act = if form.outcome == "change" { N::Replan } else { N::Dispose };
        let permit = policy::on_milestone(actor, &x, &k, act)?;
        let (from, since) = (x.head.state, x.head.since);
        x.take(act, &m, &c.rules)?;
        let minutes = Minutes::from(&form);
        x.excused = excuse;
        x.decision = Some(NodeDecision {
            outcome: form.outcome.clone(),
            reason: form.reason.clone(),
            minutes: minutes.clone(),
            at: m.now,
        });
        if act == N::Replan {
            changed_since(&work, &k, since).await?;
            move_due(&mut x, &k, form.due_on.as_deref(), &m)?;
        }
        let on = meeting::OnTable { noun: Noun::Milestone, subject: id.0, act: act.id(), case: c.id, title: &x.name };
        self.meet(&work, &permit, &minutes, on, &m).await?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        if act == N::Dispose {
            let experts: Vec<Judge> = x.experts.iter().chain(&form.experts).cloned().collect();
            let (end, class) = ending_of(&form, x.excused.is_some())?;
            if end == ContractAct::CutLane {
                judge::enough(&dedup(experts.clone()), 3, &parties, "experts")?;
            }
            let end = End { act: end, class, reason: &form.reason, minutes: minutes.clone(), experts: dedup(experts) };
            self.end_within(&work, &permit.follow(k.id.0), (&mut c, &mut k), end, &m).await?;
        }
        let event = Event::new(Noun::Milestone, act.id(), id.0, Visibility::Parties)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id())
            .because(Some(form.reason));
        let proof = x.excused.as_ref().map(|d| &d.sha256);
        let event = event.fact("number", x.number).fact("contract", k.id).fact("outcome", &form.outcome);
        work.commit(&permit, event.fact("excused", proof).fact("minutes", minutes.number)).await?;
        Ok(x)
    }
}

/// An expert asked at the check and again at the decision counts once.
fn dedup(mut all: Vec<Judge>) -> Vec<Judge> {
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|j| seen.insert(j.expert.clone()));
    all
}

/// A cut holds nothing against anybody; a termination for a technical cause is only with the excuse (domain 4.6).
fn ending_of(form: &DecideNode, excused: bool) -> Result<(ContractAct, &str)> {
    if form.outcome == "cut" {
        return Ok((ContractAct::CutLane, "lane_cut"));
    }
    let class = form.class.as_deref().ok_or_else(|| Refusal::new("class_missing").at("class"))?;
    ensure(class != "technical" || excused, "technical_needs_diligence").map_err(|r| r.at("excused"))?;
    Ok((ContractAct::Terminate, class))
}

/// The contract was changed after the node failed: there is something new to do.
async fn changed_since(work: &Work, k: &Contract, since: jiff::Timestamp) -> Result<()> {
    let changes: Vec<ContractChange> = noun::lock_of(work, "contract_id", k.id.0).await?;
    let done = |x: &ContractChange| x.head.state == ChangeState::Effective && x.head.since >= since;
    Ok(ensure(changes.iter().any(done), "change_first").map_err(|r| r.at("outcome"))?)
}

/// A new date for a node: to come, and within the contract.
fn move_due(x: &mut Milestone, k: &Contract, day: Option<&str>, m: &Moment) -> Result<()> {
    let wrong = |code| Refusal::new(code).at("due_on");
    let day: jiff::civil::Date = day.and_then(|d| d.parse().ok()).ok_or_else(|| wrong("due_on_missing"))?;
    ensure(day > date_of(m.now), "due_on_past").map_err(|r| r.at("due_on"))?;
    let within = k.ends_on.as_deref().is_none_or(|end| day.to_string().as_str() <= end);
    ensure(within, "due_on_after_end").map_err(|r| r.at("due_on"))?;
    x.due_at = deadline_instant(m.calendar.roll_forward(day));
    x.head.due = Some(x.due_at);
    Ok(())
}

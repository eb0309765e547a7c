//! Changes of a contract: filed, or consented to, reviewed, approved, and then written into the contract.
use super::*;
use crate::domain::ChangeAct as G;
use crate::domain::forms::*;

impl App {
    /// Either party asks; what a kind needs to say is checked here.
    pub async fn ask_change(&self, actor: &Actor, on: ContractId, form: AskChange) -> Result<ContractChange> {
        let case = self.contract_of(on).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, on, case).await?;
        let m = self.moment(&work).await?;
        let permit = policy::ask_change(actor, &k)?;
        ensure(k.head.state == ContractState::Effective, "contract_not_effective")?;
        check_kind(&form, &k, &c, &m)?;
        let x = ContractChange {
            id: ChangeId(clock::ordered_id()),
            contract: on,
            challenge: case,
            poster: k.poster,
            lead: k.lead,
            head: Head::new(ChangeState::Draft, &m, Some(c.rules.change_days)),
            kind: form.kind,
            asked_by: actor.account,
            asked_org: actor.org,
            before: form.before,
            after: form.after,
            reason: form.reason,
            indicator: form.indicator,
            value: form.value,
            months: form.months,
            expert_opinion: None,
            minutes: None,
            files: form.files,
        };
        tie_files(&work, &permit.follow(x.id.0), Noun::Change, Some(case), &x.files, "files").await?;
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        let event = Event::new(Noun::Change, "request", x.id.0, Visibility::Parties).on(case).of(k.lead).fact("kind", &x.kind);
        work.commit(&permit, event.because(Some(x.reason.clone()))).await?;
        Ok(x)
    }

    async fn on_change(
        &self,
        actor: &Actor,
        id: ChangeId,
        act: G,
        reason: Option<String>,
        change: impl FnOnce(&mut ContractChange),
    ) -> Result<ContractChange> {
        let seen: ContractChange = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, mut k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: ContractChange = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_change(actor, &x, &k, act)?;
        x.may(act, &m)?;
        ensure(act == G::Withdraw || k.head.state == ContractState::Effective, "contract_not_effective")?;
        change(&mut x);
        if let Some(minutes) = x.minutes.as_ref().filter(|_| act == G::ApproveCollectively) {
            let on = meeting::OnTable { noun: Noun::Change, subject: id.0, act: act.id(), case: k.challenge, title: &k.title };
            self.meet(&work, &permit, minutes, on, &m).await?;
        }
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let public = x.is_public() && matches!(x.head.state, ChangeState::Approved | ChangeState::Effective);
        if x.head.state == ChangeState::Effective && !x.is_filing() {
            self.apply_change(&work, &permit, &mut k, &x, &m).await?;
        }
        let visibility = if public { Visibility::Public } else { Visibility::Parties };
        let changes = vec![Change { path: x.kind.clone(), before: x.before.clone(), after: x.after.clone() }];
        let event =
            Event::new(Noun::Change, act.id(), id.0, visibility).on(x.challenge).of(x.lead).moved(from.id(), x.head.state.id());
        work.commit(&permit, event.because(reason).changed(changes)).await?;
        Ok(x)
    }

    /// Writes an approved change into the contract: a new edition, with its effects on dates and indicators.
    async fn apply_change(
        &self,
        work: &Work,
        permit: &policy::Permit<ChangeAct>,
        k: &mut Contract,
        x: &ContractChange,
        m: &Moment,
    ) -> Result<()> {
        k.edition += 1;
        // Only what the kind was decided for is written: nothing rides along with another kind's approval.
        if let ("indicator", Some(n), Some(value)) = (x.kind.as_str(), x.indicator, x.value) {
            let at = usize::try_from(n).unwrap_or(0).checked_sub(1);
            if let Some(thread) = at.and_then(|at| k.thread.get_mut(at)) {
                thread.contracted = Some(value);
            }
        }
        if let ("extension", Some(months)) = (x.kind.as_str(), x.months) {
            k.period_months += months;
            k.extended = true;
            k.postpone(jiff::Span::new().months(months));
            for mut node in noun::lock_of::<Milestone>(work, "contract_id", k.id.0).await? {
                if !node.head.state.is_end() {
                    node.postpone(jiff::Span::new().months(months), &m.calendar);
                    noun::save(work, &permit.follow(node.id.0), &mut node, &m.calendar).await?;
                }
            }
        }
        Ok(noun::save(work, &permit.follow(k.id.0), k, &m.calendar).await?)
    }

    /// Technical route, team member, spending pattern: filed, no approval (N 国发〔2018〕25号; trap 6).
    pub async fn file_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::File, form.note, |_| {}).await
    }

    pub async fn consent_to_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::Consent, form.note, |_| {}).await
    }

    pub async fn refuse_consent(&self, actor: &Actor, id: ChangeId, form: Reason) -> Result<ContractChange> {
        self.on_change(actor, id, G::RefuseConsent, Some(form.reason), |_| {}).await
    }

    pub async fn escalate_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::Escalate, form.note, |_| {}).await
    }

    pub async fn take_up_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::TakeUp, form.note, |_| {}).await
    }

    pub async fn approve_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::Approve, form.note, |_| {}).await
    }

    /// Lowering an indicator and its like: at least three experts and the meeting.
    pub async fn approve_change_collectively(&self, actor: &Actor, id: ChangeId, form: DecideChange) -> Result<ContractChange> {
        let minutes = Minutes::from(&form);
        self.on_change(actor, id, G::ApproveCollectively, None, |x| {
            x.minutes = Some(minutes);
            x.expert_opinion = Some(form.expert_opinion);
        })
        .await
    }

    pub async fn refuse_change(&self, actor: &Actor, id: ChangeId, form: Reason) -> Result<ContractChange> {
        self.on_change(actor, id, G::Refuse, Some(form.reason), |_| {}).await
    }

    pub async fn supplement_contract(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::Supplement, form.note, |_| {}).await
    }

    pub async fn withdraw_change(&self, actor: &Actor, id: ChangeId, form: Reason) -> Result<ContractChange> {
        self.on_change(actor, id, G::Withdraw, Some(form.reason), |_| {}).await
    }
}

fn check_kind(form: &AskChange, k: &Contract, c: &Challenge, m: &Moment) -> Result<()> {
    match form.kind.as_str() {
        "indicator" => {
            let n = form.indicator.and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=k.thread.len()).contains(n));
            ensure(n.is_some(), "indicator_unknown").map_err(|r| r.at("indicator"))?;
            ensure(form.value.is_some(), "value_missing").map_err(|r| r.at("value"))?;
        }
        "extension" => {
            let months = form.months.unwrap_or(0);
            ensure(!k.extended, "extended_once")?;
            ensure(months > 0 && months <= c.rules.extension_months_most.min(k.period_months / 2), "extension_too_long")
                .map_err(|r| r.at("months"))?;
            let end = k.ends_on.as_deref().and_then(|d| d.parse::<jiff::civil::Date>().ok());
            let early = end.is_some_and(|end| date_of(m.now).saturating_add(jiff::Span::new().days(30)) <= end);
            ensure(early, "extension_too_late")?;
        }
        _ => {}
    }
    Ok(())
}

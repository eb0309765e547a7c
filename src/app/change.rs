//! Changes of a contract: filed, or consented to, reviewed, approved, and then written into the contract.
use super::ledger::{self, Booking};
use super::*;
use crate::domain::ChangeAct as G;
use crate::domain::forms::*;

impl App {
    /// Either party asks; what a kind needs is checked here, and what it would do is worked out, so that an impossible change
    /// is refused before anybody spends time on it.
    pub async fn ask_change(&self, actor: &Actor, on: ContractId, form: AskChange) -> Result<ContractChange> {
        form.faults().ok(())?;
        let case = self.contract_of(on).await?.challenge;
        let lead = match &form.lead_uscc {
            Some(code) => store::account::org_by_uscc(&self.db, code).await?,
            None => None,
        };
        let to = form.to(lead.as_ref())?;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, on, case).await?;
        let m = self.moment(&work).await?;
        let permit = policy::ask_change(actor, &k)?;
        ensure(k.head.state == ContractState::Effective, "contract_not_effective")?;
        check_kind(&to, &k, &c, &m)?;
        let (nodes, plan) = parts(&work, k.id).await?;
        to.effects(&k, &nodes, &plan, &m.calendar)?;
        let partners = partners_of(&work, &k, &to, actor.org).await?;
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
            lines: to.lines(&k),
            to,
            reason: form.reason,
            expert_opinion: None,
            experts: vec![],
            partners,
            consents: vec![],
            minutes: None,
            notice_no: None,
            marks: vec![],
            edition: None,
            files: form.files,
        };
        tie_files(&work, &permit.follow(x.id.0), Noun::Change, Some(case), &x.files, "files").await?;
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        let event =
            Event::new(Noun::Change, "request", x.id.0, Visibility::Parties).on(case).of(k.lead).fact("change_kind", &x.kind);
        let event = if x.partners.is_empty() { event } else { event.fact("partners", &x.partners) };
        work.commit(&permit, event.because(Some(x.reason.clone())).changed(x.lines.clone())).await?;
        Ok(x)
    }

    async fn on_change(
        &self,
        actor: &Actor,
        id: ChangeId,
        act: G,
        reason: Option<String>,
        change: impl FnOnce(&mut ContractChange, &mut Contract, &Moment, &[Milestone]) -> Result<()>,
    ) -> Result<ContractChange> {
        let seen: ContractChange = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, mut k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: ContractChange = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_change(actor, &x, &k, act)?;
        x.may(act, &m)?;
        ready::in_force(act.id(), &k)?;
        let (nodes, _) = parts(&work, k.id).await?;
        change(&mut x, &mut k, &m, &nodes)?;
        if let Some(minutes) = x.minutes.as_ref().filter(|_| act == G::ApproveCollectively) {
            let on = meeting::OnTable { noun: Noun::Change, subject: id.0, act: act.id(), case: k.challenge, title: &k.title };
            self.meet(&work, &permit, minutes, on, &m).await?;
        }
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        let signed = k.supplement_parties().iter().all(|p| x.marks.iter().any(|mark| mark.party == *p));
        let mut event = Event::new(Noun::Change, act.id(), id.0, Visibility::Parties).on(x.challenge).of(x.lead);
        if act == G::PartnerConsent {
            event = event.fact("partner", actor.org);
        }
        if act == G::Supplement && signed {
            x.take(G::Complete, &m, &c.rules)?;
            self.apply_change(&work, &permit, (&c, &mut k), &mut x, &m).await?;
            let sums = event.fact("edition", k.edition).fact("text_sha256", k.text_sha256());
            event = sums.fact("county_fen", k.county_fen).fact("enterprise_fen", k.enterprise_fen);
        }
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        if x.is_public() && matches!(x.head.state, ChangeState::Approved | ChangeState::Effective) && act != G::Withdraw {
            event.visibility = if act == G::Supplement && !signed { Visibility::Parties } else { Visibility::Public };
        }
        let event = event.moved(from.id(), x.head.state.id()).fact("change_kind", &x.kind).fact("contract", x.contract);
        work.commit(&permit, event.because(reason).changed(x.lines.clone())).await?;
        Ok(x)
    }

    /// Writes an approved change into the contract as its next edition, and what follows into milestones, instalments and the
    /// ledger. Only what the kind was decided for is written: nothing rides along with another kind's approval.
    async fn apply_change(
        &self,
        work: &Work,
        permit: &policy::Permit<ChangeAct>,
        (c, k): (&Challenge, &mut Contract),
        x: &mut ContractChange,
        m: &Moment,
    ) -> Result<()> {
        let (mut nodes, plan) = parts(work, k.id).await?;
        let before = k.clone();
        k.archive(x.id, m);
        x.to.apply(k, &crate::domain::amendment::open_nodes(&nodes))?;
        k.register_by = Some(m.days(c.rules.registration_days));
        x.edition = Some(k.edition);
        if let ChangeTo::Members { members } | ChangeTo::Lead { members, .. } = &x.to {
            let codes: Vec<Uscc> = members.iter().skip(1).map(|p| p.uscc.clone()).collect();
            k.partner_orgs = drafting::with_people(work, &codes).await?;
        }
        self.move_promises(work, permit, (&before, &mut *k), m).await?;
        for node in nodes.iter_mut().filter(|n| !n.head.state.is_end()) {
            if let ChangeTo::Extension { months } = &x.to {
                node.postpone(jiff::Span::new().months(*months), &m.calendar);
            }
            node.lead = k.lead;
            noun::save(work, &permit.follow(node.id.0), node, &m.calendar).await?;
        }
        self.re_plan(work, permit, (c, &before, &*k), plan, m).await
    }

    /// What the contract promises grows by a new promise and shrinks by a release, channel by channel; nothing is edited.
    async fn move_promises(
        &self,
        work: &Work,
        permit: &policy::Permit<ChangeAct>,
        (before, k): (&Contract, &mut Contract),
        m: &Moment,
    ) -> Result<()> {
        let moves = crate::domain::amendment::promised(before, k);
        for (channel, was, now) in moves {
            let less = was.checked_sub(now).unwrap_or_default();
            if less > Money::default() {
                let booking = Booking::new(LedgerAct::Release, channel, less, Noun::Contract, k.id.0);
                ledger::book(work, permit, before, m, booking.memo(format!("{} · {}", k.number, k.edition))).await?;
            }
        }
        noun::save(work, &permit.follow(k.id.0), k, &m.calendar).await?;
        for (channel, was, now) in moves {
            let more = now.checked_sub(was).unwrap_or_default();
            if more > Money::default() {
                let booking = Booking::new(LedgerAct::Promise, channel, more, Noun::Contract, k.id.0);
                ledger::book(work, permit, k, m, booking.memo(format!("{} · {}", k.number, k.edition))).await?;
            }
        }
        Ok(())
    }

    /// Instalments that are still planned follow the sums and the lead, those on their way the partners; one that has nothing left
    /// is dropped.
    async fn re_plan(
        &self,
        work: &Work,
        permit: &policy::Permit<ChangeAct>,
        (c, before, k): (&Challenge, &Contract, &Contract),
        plan: Vec<Instalment>,
        m: &Moment,
    ) -> Result<()> {
        let amounts = crate::domain::amendment::replan(k, &plan)?;
        for mut i in plan {
            let amount = amounts.iter().find(|(id, _)| *id == i.id).map(|(_, amount)| *amount);
            let payee = if i.payee == before.lead && !i.is_paid() { k.lead } else { i.payee };
            let arrived =
                matches!(i.head.state, InstalmentState::Received | InstalmentState::OnwardPaid) || i.head.state.is_end();
            let shared = if arrived { i.has_partners } else { Instalment::is_shared(k, payee) };
            if amount.is_none_or(|a| a == i.amount_fen) && payee == i.payee && shared == i.has_partners {
                continue;
            }
            (i.payee, i.has_partners) = (payee, shared);
            match amount {
                Some(amount) if amount == Money::default() => i.take(InstalmentAct::Cancel, m, &c.rules)?,
                Some(amount) => i.amount_fen = amount,
                None => {}
            }
            noun::save(work, &permit.follow(i.id.0), &mut i, &m.calendar).await?;
        }
        for mut a in noun::lock_of::<Acceptance>(work, "contract_id", k.id.0).await? {
            if a.lead != k.lead && !a.head.state.is_end() {
                a.lead = k.lead;
                noun::save(work, &permit.follow(a.id.0), &mut a, &m.calendar).await?;
            }
        }
        Ok(())
    }

    /// Technical route, team member, spending pattern: filed, no approval (N 国发〔2018〕25号; trap 6).
    pub async fn file_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::File, form.note, |_, _, _, _| Ok(())).await
    }

    pub async fn consent_to_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::Consent, form.note, |_, _, _, _| Ok(())).await
    }

    /// A partner says yes to a change of shares or of who belongs to the team.
    pub async fn consent_as_partner(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        let org = actor.org;
        self.on_change(actor, id, G::PartnerConsent, form.note, move |x, _, _, _| {
            x.consents.push(org);
            Ok(())
        })
        .await
    }

    pub async fn refuse_consent(&self, actor: &Actor, id: ChangeId, form: Reason) -> Result<ContractChange> {
        self.on_change(actor, id, G::RefuseConsent, Some(form.reason), |_, _, _, _| Ok(())).await
    }

    pub async fn escalate_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::Escalate, form.note, |_, _, _, _| Ok(())).await
    }

    pub async fn take_up_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::TakeUp, form.note, |_, _, _, _| Ok(())).await
    }

    pub async fn approve_change(&self, actor: &Actor, id: ChangeId, form: Plain) -> Result<ContractChange> {
        self.on_change(actor, id, G::Approve, form.note, |_, _, _, _| Ok(())).await
    }

    /// Lowering an indicator and its like: at least three experts and the meeting.
    pub async fn approve_change_collectively(&self, actor: &Actor, id: ChangeId, form: DecideChange) -> Result<ContractChange> {
        let minutes = Minutes::from(&form);
        let (k, _) = self.change(actor, id).await?;
        judge::enough(&form.experts, 3, &self.party_names(&k).await?, "experts")?;
        self.on_change(actor, id, G::ApproveCollectively, None, |x, k, _, _| {
            if let ChangeTo::Indicator { number, value } = &x.to {
                let told = form.notice_no.is_some() || !k.needs_notice(*number, *value);
                ensure(told, "indicator_needs_notice").map_err(|r| r.at("notice_no"))?;
            }
            x.minutes = Some(minutes);
            x.expert_opinion = Some(form.expert_opinion);
            x.experts = form.experts;
            x.notice_no = form.notice_no;
            Ok(())
        })
        .await
    }

    pub async fn refuse_change(&self, actor: &Actor, id: ChangeId, form: Reason) -> Result<ContractChange> {
        self.on_change(actor, id, G::Refuse, Some(form.reason), |_, _, _, _| Ok(())).await
    }

    /// Each party's authorised person signs the supplement: the text of the next edition, by its hash. With the last signature
    /// it is in force. A signature under a text that another change has overtaken is given again.
    pub async fn supplement_contract(&self, actor: &Actor, id: ChangeId, form: SignContract) -> Result<ContractChange> {
        self.may_sign(actor).await?;
        ensure(form.full_name == actor.name, "name_not_yours").map_err(|r| r.at("full_name"))?;
        let by = actor.clone();
        self.on_change(actor, id, G::Supplement, None, move |x, k, m, nodes| {
            let party = k.party_of(&by).filter(|p| k.supplement_parties().contains(&p.as_str())).ok_or(Denied::Forbidden)?;
            let sha256 = x.to.preview(k, nodes)?.text_sha256();
            x.marks.retain(|mark| mark.sha256 == sha256);
            ensure(!x.marks.iter().any(|mark| mark.party == party), "marked_already")?;
            let read = form.text_sha256.is_none_or(|read| read == sha256);
            ensure(read, "text_changed").map_err(|r| r.at("text_sha256"))?;
            x.marks.push(Mark { party, by: by.account, name: by.name, at: m.now, sha256, paper: None, scan: None });
            Ok(())
        })
        .await
    }

    pub async fn withdraw_change(&self, actor: &Actor, id: ChangeId, form: Reason) -> Result<ContractChange> {
        self.on_change(actor, id, G::Withdraw, Some(form.reason), |_, _, _, _| Ok(())).await
    }
}

/// Whose shares or place in the team a change touches, and who have people here: partners as they are and as they shall be.
async fn partners_of(work: &Work, k: &Contract, to: &ChangeTo, asked: OrgId) -> Result<Vec<OrgId>> {
    let (ChangeTo::Members { members } | ChangeTo::Lead { members, .. }) = to else { return Ok(vec![]) };
    let codes: Vec<Uscc> = members.iter().map(|p| p.uscc.clone()).collect();
    let mut all = k.partner_orgs.clone();
    all.extend(drafting::with_people(work, &codes).await?);
    all.sort();
    all.dedup();
    all.retain(|org| *org != asked && *org != k.lead && *org != k.poster);
    Ok(all)
}

/// Milestones and instalments of a contract, locked.
async fn parts(work: &Work, id: ContractId) -> Result<(Vec<Milestone>, Vec<Instalment>)> {
    Ok((noun::lock_of(work, "contract_id", id.0).await?, noun::lock_of(work, "contract_id", id.0).await?))
}

fn check_kind(to: &ChangeTo, k: &Contract, c: &Challenge, m: &Moment) -> Result<()> {
    match to {
        ChangeTo::Indicator { number, value } => {
            let x = number.checked_sub(1).and_then(|at| k.thread.get(at));
            let x = x.ok_or_else(|| Refusal::new("indicator_unknown").at("indicator"))?;
            ensure(x.contracted != Some(*value), "nothing_changed").map_err(|r| r.at("value"))?;
        }
        ChangeTo::Extension { months } => {
            ensure(!k.extended, "extended_once").map_err(|r| r.at("kind"))?;
            ensure(*months > 0 && *months <= c.rules.extension_months_most.min(k.period_months / 2), "extension_too_long")
                .map_err(|r| r.at("months"))?;
            let end = k.ends_on.as_deref().and_then(|d| d.parse::<jiff::civil::Date>().ok());
            let early = end.is_some_and(|end| date_of(m.now).saturating_add(jiff::Span::new().days(30)) <= end);
            ensure(early, "extension_too_late").map_err(|r| r.at("kind"))?;
        }
        ChangeTo::Members { members } => {
            let lead = k.partners.first().map(|p| p.uscc.clone()).ok_or(Error::Missing)?;
            crate::domain::amendment::check_members(k, members, &lead, &c.rules)?;
            ensure(*members != k.partners, "nothing_changed").map_err(|r| r.at("members"))?;
        }
        ChangeTo::Lead { org, uscc, members, .. } => {
            ensure(*org != k.lead && *org != k.poster, "lead_unfit").map_err(|r| r.at("lead_uscc"))?;
            crate::domain::amendment::check_members(k, members, uscc, &c.rules)?;
        }
        ChangeTo::Investigator { name, .. } => {
            ensure(*name != k.principal_investigator, "nothing_changed").map_err(|r| r.at("person"))?;
        }
        ChangeTo::Amount { county_fen, enterprise_fen, self_fen } => {
            let same = (*county_fen, *enterprise_fen, *self_fen) == (k.county_fen, k.enterprise_fen, k.self_fen);
            ensure(!same, "nothing_changed").map_err(|r| r.at("county_fen"))?;
            let most = c.need()?.county_fen;
            ensure(*county_fen <= most, "over_county_lanes").map_err(|r| r.at("county_fen").with("most", most.wan_text()))?;
        }
        ChangeTo::Text { .. } | ChangeTo::Team { .. } => {}
    }
    Ok(())
}

//! A contract: terms chosen, text agreed by both, cleared by the bureau, signed by each, effective, and perhaps ended early.
use super::ledger::{self, Booking};
use super::*;
use crate::domain::ContractAct as K;
use crate::domain::forms::*;

impl App {
    pub(in crate::app) async fn contract_of(&self, id: ContractId) -> Result<Contract> {
        noun::find(&self.db, id.0).await?.ok_or(Error::Missing)
    }

    pub(in crate::app) async fn lock_contract(
        &self,
        work: &Work,
        id: ContractId,
        on: ChallengeId,
    ) -> Result<(Challenge, Contract)> {
        let c = lock_challenge(work, on).await?;
        Ok((c, noun::lock(work, id.0).await?.ok_or(Error::Missing)?))
    }

    async fn on_contract(
        &self,
        actor: &Actor,
        id: ContractId,
        act: K,
        reason: Option<String>,
        change: impl FnOnce(&mut Contract, &Moment) -> Result<Option<K>>,
    ) -> Result<Contract> {
        let on = self.contract_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut k) = self.lock_contract(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, act)?;
        k.may(act)?;
        let from = k.head.state;
        k.take(act, &m, &c.rules)?;
        let then = change(&mut k, &m)?;
        if let Some(then) = then {
            k.take(then, &m, &c.rules)?;
            paper::contract(&work, &permit, &k, &m).await?;
        }
        noun::save(&work, &permit, &mut k, &m.calendar).await?;
        let event = Event::new(Noun::Contract, act.id(), id.0, Visibility::Parties)
            .on(on)
            .of(k.lead)
            .moved(from.id(), k.head.state.id())
            .because(reason);
        work.commit(&permit, event.fact("text_sha256", k.text_sha256())).await?;
        Ok(k)
    }

    /// The poster fills in what is not already in challenge and bid; earlier agreements to another text fall away.
    pub async fn set_terms(&self, actor: &Actor, id: ContractId, form: ContractTerms) -> Result<Contract> {
        self.on_contract(actor, id, K::Terms, None, |k, _| {
            k.terms = Some(form.into());
            Ok(None)
        })
        .await
    }

    /// A party agrees to the text as it stands; when both have, the bureau checks it.
    pub async fn agree_contract(&self, actor: &Actor, id: ContractId, form: Signature) -> Result<Contract> {
        let by = actor.clone();
        self.on_contract(actor, id, K::Agree, None, move |k, m| {
            k.agreed = marked(std::mem::take(&mut k.agreed), k, &by, form.full_name, m)?;
            Ok(k.all_agreed().then_some(K::SettleText))
        })
        .await
    }

    /// The bureau finds that the text equals the notice: amount, period, parties, indicators.
    pub async fn clear_contract(&self, actor: &Actor, id: ContractId, form: Plain) -> Result<Contract> {
        self.on_contract(actor, id, K::Clear, form.note, |_, _| Ok(None)).await
    }

    pub async fn return_contract(&self, actor: &Actor, id: ContractId, form: Reason) -> Result<Contract> {
        self.on_contract(actor, id, K::Return, Some(form.reason), |_, _| Ok(None)).await
    }

    /// Each party's authorised person signs the cleared text; the order is free.
    pub async fn sign_contract(&self, actor: &Actor, id: ContractId, form: Signature) -> Result<Contract> {
        let by = actor.clone();
        self.on_contract(actor, id, K::Sign, None, move |k, m| {
            k.signed = marked(std::mem::take(&mut k.signed), k, &by, form.full_name, m)?;
            Ok(k.all_signed().then_some(K::Complete))
        })
        .await
    }

    /// A checker finds the evidence complete: the contract is in force, milestones and instalments are planned, the first
    /// county money of the government track is unlocked.
    pub async fn put_in_force(&self, actor: &Actor, id: ContractId, form: TakeEffect) -> Result<Contract> {
        let on = self.contract_of(id).await?.challenge;
        let county = self.county().await?;
        let work = self.begin(actor).await?;
        let (mut c, mut k) = self.lock_contract(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, K::TakeEffect)?;
        k.may(K::TakeEffect)?;
        tie_files(&work, &permit.follow(id.0), Noun::Contract, Some(on), &form.matching_proof, "matching_proof").await?;
        let start = date_of(m.now);
        let end = start.saturating_add(jiff::Span::new().months(k.period_months));
        (k.starts_on, k.ends_on) = (Some(start.to_string()), Some(end.to_string()));
        k.take(K::TakeEffect, &m, &c.rules)?;
        ledger::promise(&work, &permit, &k, &m).await?;
        self.plan(&work, &permit, &c, &k, county, &m).await?;
        let mut b: Bid = noun::lock(&work, k.bid.0).await?.ok_or(Error::Missing)?;
        b.take(BidAct::Contract, &c, &m)?;
        store::challenge::save_bid(&work, &permit.follow(b.id.0), &mut b, &c, &m.calendar).await?;
        noun::save(&work, &permit, &mut k, &m.calendar).await?;
        if c.head.state == ChallengeState::Awarded {
            c.take(ChallengeAct::Begin, &m)?;
            noun::save(&work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        }
        let event = Event::new(Noun::Contract, K::TakeEffect.id(), id.0, Visibility::Public)
            .on(on)
            .of(k.lead)
            .moved("signed", k.head.state.id())
            .fact("number", &k.number)
            .fact("county_fen", k.county_fen)
            .fact("enterprise_fen", k.enterprise_fen);
        work.commit(&permit, event).await?;
        Ok(k)
    }

    /// Milestones with their dates, instalments with payer and payee; what is due from the start is unlocked at once.
    async fn plan(
        &self,
        work: &Work,
        permit: &policy::Permit<ContractAct>,
        c: &Challenge,
        k: &Contract,
        county: OrgId,
        m: &Moment,
    ) -> Result<()> {
        let start = date_of(m.now);
        for (n, node) in k.milestones.iter().enumerate() {
            let due_at = deadline_instant(m.calendar.roll_forward(start.saturating_add(jiff::Span::new().months(node.month))));
            let mut x = Milestone {
                id: MilestoneId(clock::ordered_id()),
                contract: k.id,
                challenge: c.id,
                poster: k.poster,
                lead: k.lead,
                number: n + 1,
                of: k.milestones.len(),
                head: Head::new(MilestoneState::Planned, m, None),
                name: node.name.clone(),
                result: node.result.clone(),
                share_bp: node.share_bp,
                due_at,
                evidence: vec![],
                report: None,
                files: vec![],
                poster_says: None,
                poster_reason: None,
                verdict: None,
                rectified: 0,
                assessed_by: None,
            };
            if n == 0 {
                x.take(MilestoneAct::Activate, m, &c.rules)?;
            }
            noun::insert(work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        }
        for (n, (source, payer, payee, amount_fen, trigger)) in payment_plan(k, county, &c.rules)?.into_iter().enumerate() {
            let mut i = Instalment {
                id: InstalmentId(clock::ordered_id()),
                contract: k.id,
                challenge: c.id,
                number: n + 1,
                head: Head::new(InstalmentState::Planned, m, None),
                source,
                payer,
                payee,
                amount_fen,
                trigger,
                invoice: None,
                files: vec![],
                requested_by: None,
                checked_by: None,
                approved_by: None,
                fiscal_year: None,
                budget_doc_no: None,
                voucher: None,
                paid_on: None,
                paid_by: None,
                reason: None,
                received_on: None,
                unlocked_at: None,
                reconciled_on: None,
                clawback: None,
            };
            let due = i.trigger == Trigger::ContractEffective;
            if due {
                i.take(InstalmentAct::Unlock, m, &c.rules)?;
                work.tell("unlocked", i.claim());
            }
            noun::insert(work, &permit.follow(i.id.0), &i, &m.calendar).await?;
            if due {
                ledger::book(work, permit, k, m, Booking::of_instalment(LedgerAct::Unlock, &i)).await?;
            }
        }
        Ok(())
    }

    /// Who pays county money: the finance office, by the account that pays; the bureau when there is none.
    pub(in crate::app) async fn county(&self) -> Result<OrgId> {
        let finance = store::account::of_role(&self.db, Role::Finance, 1).await?;
        match finance.first() {
            Some(a) => Ok(a.org),
            None => Ok(store::account::of_role(&self.db, Role::Officer, 1)
                .await?
                .first()
                .ok_or_else(|| Refusal::new("no_finance_office"))?
                .org),
        }
    }

    /// The bidder registers the contract at its own place (trap 10).
    pub async fn register_contract(&self, actor: &Actor, id: ContractId, form: Registration) -> Result<Contract> {
        self.on_contract(actor, id, K::Register, None, |k, _| {
            k.registration_no = Some(form.registration_no);
            Ok(None)
        })
        .await
    }

    /// The poster has set money aside in an account of a bank: written down with its slip, and unlocked from there first.
    pub async fn record_escrow(&self, actor: &Actor, id: ContractId, form: Escrow) -> Result<Contract> {
        let on = self.contract_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut k) = self.lock_contract(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, K::Escrow)?;
        k.take(K::Escrow, &m, &c.rules)?;
        if form.deposited_on > date_of(m.now).to_string() {
            return Err(Refusal::new("date_in_future").at("deposited_on").into());
        }
        tie_files(&work, &permit.follow(id.0), Noun::Contract, Some(on), &form.files, "files").await?;
        let account = format!("{} {}", form.bank_name, text::mask_account(&form.bank_account));
        let booking = Booking::new(LedgerAct::Escrow, Channel::Enterprise, form.amount_fen, Noun::Contract, id.0);
        ledger::book(&work, &permit, &k, &m, booking.memo(form.deposited_on).reference(account)).await?;
        noun::save(&work, &permit, &mut k, &m.calendar).await?;
        let event = Event::new(Noun::Contract, K::Escrow.id(), id.0, Visibility::Parties).on(on).of(k.lead);
        work.commit(&permit, event.fact("amount_fen", form.amount_fen)).await?;
        Ok(k)
    }

    pub async fn suspend_contract(&self, actor: &Actor, id: ContractId, form: Reason) -> Result<Contract> {
        self.on_contract(actor, id, K::Suspend, Some(form.reason), |_, _| Ok(None)).await
    }

    /// The contract runs on, and the dates that hang on it move by the days it stood still (domain 2.6).
    pub async fn resume_contract(&self, actor: &Actor, id: ContractId, form: Reason) -> Result<Contract> {
        let on = self.contract_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut k) = self.lock_contract(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, K::Resume)?;
        k.may(K::Resume)?;
        let (from, stood) = (k.head.state, date_of(m.now) - date_of(k.head.since));
        k.take(K::Resume, &m, &c.rules)?;
        k.postpone(stood);
        for mut x in noun::lock_of::<Milestone>(&work, "contract_id", id.0).await? {
            if !x.head.state.is_end() {
                x.postpone(stood, &m.calendar);
                noun::save(&work, &permit.follow(x.id.0), &mut x, &m.calendar).await?;
            }
        }
        noun::save(&work, &permit, &mut k, &m.calendar).await?;
        let event = Event::new(Noun::Contract, K::Resume.id(), id.0, Visibility::Parties)
            .on(on)
            .of(k.lead)
            .moved(from.id(), k.head.state.id());
        work.commit(&permit, event.because(Some(form.reason)).fact("ends_on", &k.ends_on)).await?;
        Ok(k)
    }

    /// Ends without fault: nothing is held against anybody (domain 4.6, trap 4).
    pub async fn terminate_contract(&self, actor: &Actor, id: ContractId, form: Ending) -> Result<Contract> {
        self.end_contract(actor, id, K::Terminate, &form.class, &form.reason, Minutes::from(&form)).await
    }

    /// Ends for fault or falsehood.
    pub async fn revoke_contract(&self, actor: &Actor, id: ContractId, form: Revoking) -> Result<Contract> {
        self.end_contract(actor, id, K::Revoke, &form.class, &form.reason, Minutes::from(&form)).await
    }

    /// A race goes on without this lane: what was accepted is paid, nothing is held against it (domain 2.11).
    pub async fn cut_lane(&self, actor: &Actor, id: ContractId, form: Decision) -> Result<Contract> {
        let reason = form.reason.clone().ok_or_else(|| Refusal::new("reason_missing").at("reason"))?;
        self.end_contract(actor, id, K::CutLane, "lane_cut", &reason, Minutes::from(&form)).await
    }

    async fn end_contract(
        &self,
        actor: &Actor,
        id: ContractId,
        act: K,
        class: &str,
        reason: &str,
        minutes: Minutes,
    ) -> Result<Contract> {
        let on = self.contract_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (mut c, mut k) = self.lock_contract(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, act)?;
        k.may(act)?;
        let all: Vec<Contract> = noun::lock_of(&work, "challenge_id", on.0).await?;
        if act == K::CutLane {
            ensure(all.iter().any(|o| o.id != id && !o.head.state.is_end()), "last_lane")?;
        }
        (k.ending, k.ending_reason, k.ending_minutes) = (Some(class.to_owned()), Some(reason.to_owned()), Some(minutes.clone()));
        let on_table = meeting::OnTable { noun: Noun::Contract, subject: id.0, act: act.id(), case: on, title: &k.title };
        self.meet(&work, &permit, &minutes, on_table, &m).await?;
        let from = k.head.state;
        k.take(act, &m, &c.rules)?;
        self.drop_plan(&work, &permit, &c, &k, &m).await?;
        noun::save(&work, &permit, &mut k, &m.calendar).await?;
        if all.iter().all(|o| o.id == id || o.head.state.is_end()) && c.head.state == ChallengeState::InProgress {
            // Another lane may have come to its end before: then there is a result to archive.
            let finished = all.iter().any(|o| {
                o.id != id && matches!(o.head.state, ContractState::Completed | ContractState::Concluded | ContractState::Failed)
            });
            c.take(if finished { ChallengeAct::StartAcceptance } else { ChallengeAct::EndWithout }, &m)?;
            noun::save(&work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        }
        let event = Event::new(Noun::Contract, act.id(), id.0, Visibility::Public)
            .on(on)
            .of(k.lead)
            .moved(from.id(), k.head.state.id())
            .because(Some(reason.to_owned()))
            .fact("class", class)
            .fact("minutes", minutes.number);
        work.commit(&permit, event).await?;
        Ok(k)
    }

    /// What is not yet done is not done any more: open milestones and unpaid instalments are cancelled.
    async fn drop_plan(
        &self,
        work: &Work,
        permit: &policy::Permit<ContractAct>,
        c: &Challenge,
        k: &Contract,
        m: &Moment,
    ) -> Result<()> {
        let id = k.id;
        for mut x in noun::lock_of::<Milestone>(work, "contract_id", id.0).await? {
            if x.head.state.step(MilestoneAct::Cancel).is_ok() {
                x.take(MilestoneAct::Cancel, m, &c.rules)?;
                noun::save(work, &permit.follow(x.id.0), &mut x, &m.calendar).await?;
            }
        }
        let mut cancelled = vec![];
        for mut i in noun::lock_of::<Instalment>(work, "contract_id", id.0).await? {
            // What was unlocked by accepted work stays payable.
            if i.head.state == InstalmentState::Planned {
                i.take(InstalmentAct::Cancel, m, &c.rules)?;
                noun::save(work, &permit.follow(i.id.0), &mut i, &m.calendar).await?;
                cancelled.push(i);
            }
        }
        ledger::release(work, permit, k, m, &cancelled).await?;
        for mut x in noun::lock_of::<Acceptance>(work, "contract_id", id.0).await? {
            if x.head.state.step(AcceptanceAct::Cancel).is_ok() {
                x.take(AcceptanceAct::Cancel, m, &c.rules)?;
                noun::save(work, &permit.follow(x.id.0), &mut x, &m.calendar).await?;
            }
        }
        Ok(())
    }
}

/// Adds one party's mark on the text as it stands; a second of the same party is refused.
fn marked(mut marks: Vec<Mark>, k: &Contract, by: &Actor, full_name: String, m: &Moment) -> Result<Vec<Mark>> {
    let party = k.party_of(by).ok_or(Denied::Forbidden)?;
    ensure(!marks.iter().any(|x| x.party == party), "marked_already")?;
    marks.push(Mark { party: party.into(), by: by.account, name: full_name, at: m.now, sha256: k.text_sha256() });
    Ok(marks)
}

impl From<ContractTerms> for Terms {
    fn from(f: ContractTerms) -> Self {
        Self {
            contract_kind: f.contract_kind,
            payment_mode: f.payment_mode,
            equipment_owner: f.equipment_owner,
            poster_duties: f.poster_duties,
            confidentiality_months: f.confidentiality_months,
            risk_bidder_bp: f.risk_bidder_bp,
            risk_certifier: f.risk_certifier,
            ip_owner: f.ip_owner,
            licence_scope: f.licence_scope,
            publication_review_days: f.publication_review_days,
            acceptance_standard: f.acceptance_standard,
            breach: f.breach,
            subcontract_consent: f.subcontract_consent,
            settlement: f.settlement,
            dispute: f.dispute,
        }
    }
}

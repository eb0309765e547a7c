//! A contract: terms chosen, text agreed by both, cleared by the bureau, signed by each, effective, and perhaps ended early.
use super::ledger::{self, Booking};
use super::*;
use crate::domain::ContractAct as K;
use crate::domain::forms::*;

/// A signature as the record tells it.
#[derive(serde::Serialize)]
struct Told<'a> {
    party: &'a str,
    paper: Option<&'a str>,
    sha256: &'a str,
    by: AccountId,
    scan: bool,
}

impl<'a> Told<'a> {
    fn of(m: &'a Mark) -> Self {
        Self { party: &m.party, paper: m.paper.as_deref(), sha256: &m.sha256, by: m.by, scan: m.scan.is_some() }
    }
}

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

    pub(in crate::app) async fn on_contract(
        &self,
        actor: &Actor,
        id: ContractId,
        act: K,
        reason: Option<String>,
        change: impl FnOnce(&mut Contract, &Moment) -> Result<Option<K>>,
    ) -> Result<Contract> {
        self.change_contract(actor, id, (act, reason, &[]), change).await
    }

    pub(in crate::app) async fn on_contract_with_files(
        &self,
        actor: &Actor,
        id: ContractId,
        act: K,
        files: &[FileId],
        change: impl FnOnce(&mut Contract, &Moment) -> Result<Option<K>>,
    ) -> Result<Contract> {
        self.change_contract(actor, id, (act, None, files), change).await
    }

    async fn change_contract(
        &self,
        actor: &Actor,
        id: ContractId,
        (act, reason, files): (K, Option<String>, &[FileId]),
        change: impl FnOnce(&mut Contract, &Moment) -> Result<Option<K>>,
    ) -> Result<Contract> {
        let on = self.contract_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut k) = self.lock_contract(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, act)?;
        k.may(act)?;
        tie_files(&work, &permit.follow(id.0), Noun::Contract, Some(on), files, "files").await?;
        let (from, signed) = (k.head.state, k.signed.clone());
        k.take(act, &m, &c.rules)?;
        let then = change(&mut k, &m)?;
        if let Some(then) = then {
            k.take(then, &m, &c.rules)?;
            paper::contract(&work, &permit, &k, &m).await?;
        }
        for mark in k.signed.iter().filter(|x| !signed.contains(x)) {
            work.tell("signed", Told::of(mark));
        }
        for mark in signed.iter().filter(|x| !k.signed.contains(x)) {
            work.tell("unsigned", Told::of(mark));
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

    /// The bureau finds that the text equals the notice: amount, period, parties, indicators.
    pub async fn clear_contract(&self, actor: &Actor, id: ContractId, form: Plain) -> Result<Contract> {
        self.on_contract(actor, id, K::Clear, form.note, |_, _| Ok(None)).await
    }

    pub async fn return_contract(&self, actor: &Actor, id: ContractId, form: Reason) -> Result<Contract> {
        self.on_contract(actor, id, K::Return, Some(form.reason), |_, _| Ok(None)).await
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
        ensure(k.signatures_hold(), "text_changed")?;
        k.register_by = Some(m.days(c.rules.registration_days));
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
            .fact("enterprise_fen", k.enterprise_fen)
            .fact("self_fen", k.self_fen)
            .fact("bid", k.bid)
            .fact("lead", k.lead)
            .fact("principal_investigator", &k.principal_investigator)
            .fact("period_months", k.period_months)
            .fact("papers", k.papers().iter().map(|p| (p.kind.clone(), p.sha256(), k.signers(&p.kind))).collect::<Vec<_>>());
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
            let mut x = Milestone::planned(k, n + 1, node, due_at, m);
            if x.after == 0 {
                x.take(MilestoneAct::Activate, m, &c.rules)?;
            }
            noun::insert(work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        }
        for (n, (source, payer, payee, amount_fen, trigger)) in payment_plan(k, county, &c.rules)?.into_iter().enumerate() {
            let mut i = Instalment::planned(k, n + 1, &source, (payer, payee), amount_fen, trigger, m);
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

    /// The bidder registers the contract at its own place (trap 10); after an amendment it registers the new edition.
    pub async fn register_contract(&self, actor: &Actor, id: ContractId, form: Registration) -> Result<Contract> {
        self.on_contract(actor, id, K::Register, None, |k, m| {
            instalment::not_future(&form.registered_on, m, "registered_on")?;
            let total = k.award().checked_add(k.self_fen).unwrap_or_default();
            if form.total_fen != total && form.total_fen != k.award() {
                return Err(Refusal::new("registered_amount_differs").with("planned", k.award()).at("total_fen").into());
            }
            ensure(form.technical_fen <= form.total_fen, "technical_above_total").map_err(|r| r.at("technical_fen"))?;
            k.registration_no = Some(form.registration_no.clone());
            k.registered = Some(Registered {
                number: form.registration_no,
                on: form.registered_on,
                place: form.place,
                total_fen: form.total_fen,
                technical_fen: form.technical_fen,
                edition: k.edition,
            });
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
        ledger::book(&work, &permit, &k, &m, booking.memo(form.deposited_on).reference(account))
            .await
            .map_err(ready::at_amount)?;
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
}

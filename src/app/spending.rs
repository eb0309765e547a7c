//! The spending ledger: recorded line by line by the lead, screened, spot-checked by lot; each line of fiscal or enterprise
//! money is posted, and taken back by a counter-entry.
use super::ledger::{self, Booking};
use super::*;
use crate::domain::SpendingAct as X;
use crate::domain::forms::*;
use crate::domain::spending::{Screening, SpotCheck, budget_head, screen};

impl App {
    /// The lead records what it has spent. What looks odd needs an explanation; what the negative list forbids is not taken.
    pub async fn record_spending(&self, actor: &Actor, on: ContractId, form: RecordSpending) -> Result<Spending> {
        let k = self.contract_of(on).await?;
        let related = self.related_names(&k).await?;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, on, k.challenge).await?;
        let m = self.moment(&work).await?;
        let permit = policy::record_spending(actor, &k)?;
        may_spend(&work, &k).await?;
        let spends = Channel::of_source(&form.source).is_none_or(|c| k.spends(c));
        ensure(spends, "subsidy_has_no_ledger").map_err(|r| r.at("source"))?;
        if form.spent_on > date_of(m.now).to_string() {
            return Err(Refusal::new("date_in_future").at("spent_on").into());
        }
        let invoice_used = match &form.invoice {
            Some(invoice) => store::ledger::invoice_used(&work, invoice).await?,
            None => false,
        };
        let known =
            Screening { starts_on: k.starts_on.as_deref(), ends_on: k.ends_on.as_deref(), related: &related, invoice_used };
        let hints = screen(&form, &known);
        if !hints.is_empty() && form.explanation.as_ref().is_none_or(|e| e.chars().count() < 4) {
            let codes = hints.iter().map(|h| h.detail.as_str()).collect::<Vec<_>>().join("、");
            return Err(Refusal::new("spending_needs_word").with("hints", codes).at("explanation").into());
        }
        budget::within_heads(&work, &k, &form.source, &form.class, form.amount_fen).await?;
        let x = line_of(form, hints, &k, actor, &m);
        tie_files(&work, &permit.follow(x.id.0), Noun::Spending, Some(x.challenge), &x.files, "files").await?;
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        if let Some(channel) = x.channel() {
            let booking = Booking::new(LedgerAct::Spending, channel, x.amount_fen, Noun::Spending, x.id.0);
            ledger::book(&work, &permit, &k, &m, booking.memo(x.purpose.clone()).reference(x.voucher.clone())).await?;
        }
        let event = Event::new(Noun::Spending, "recording", x.id.0, Visibility::Parties)
            .on(c.id)
            .of(k.lead)
            .fact("amount_fen", x.amount_fen)
            .fact("source", &x.source)
            .fact("hints", x.hints.iter().map(|h| &h.code).collect::<Vec<_>>());
        work.commit(&permit, event).await?;
        Ok(x)
    }

    /// Names of the parties and of their affiliates on the platform: a payment to one of them is asked about.
    async fn related_names(&self, k: &Contract) -> Result<Vec<String>> {
        let mut names: Vec<String> = k.partners.iter().map(|p| p.name.clone()).collect();
        for party in store::account::orgs(&self.db, &[k.poster, k.lead]).await? {
            for code in &party.affiliates {
                names.extend(store::account::org_by_uscc(&self.db, code).await?.map(|o| o.name));
            }
            names.push(party.name);
        }
        Ok(names)
    }

    async fn on_spending(
        &self,
        actor: &Actor,
        id: SpendingId,
        act: X,
        reason: Option<String>,
        change: impl FnOnce(&mut Spending),
    ) -> Result<Spending> {
        let seen: Spending = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: Spending = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_spending(actor, &x, &k, act)?;
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        if matches!(act, X::Classify | X::Withdraw) {
            may_spend(&work, &k).await?;
        }
        let class = x.class.clone();
        change(&mut x);
        if budget_head(&class) != budget_head(&x.class) {
            budget::within_heads(&work, &k, &x.source, &x.class, x.amount_fen).await?;
        }
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        if matches!(act, X::Withdraw | X::Disallow) {
            let made = (LedgerAct::Spending, Noun::Spending, id.0);
            ledger::unbook(&work, &permit, &k, &m, made, reason.clone().unwrap_or_default()).await?;
        }
        let event = Event::new(Noun::Spending, act.id(), id.0, Visibility::Parties)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id());
        work.commit(&permit, event.because(reason).fact("amount_fen", x.amount_fen)).await?;
        Ok(x)
    }

    /// The class may be told better later on: it is statistics, not a budget.
    pub async fn classify_spending(&self, actor: &Actor, id: SpendingId, form: ClassifySpending) -> Result<Spending> {
        self.on_spending(actor, id, X::Classify, form.reason, |x| {
            x.class = form.class;
            x.place = form.place;
        })
        .await
    }

    /// The lead takes a line back: a counter-entry gives the money back to what was received.
    pub async fn withdraw_spending(&self, actor: &Actor, id: SpendingId, form: Reason) -> Result<Spending> {
        self.on_spending(actor, id, X::Withdraw, Some(form.reason), |_| {}).await
    }

    pub async fn question_spending(&self, actor: &Actor, id: SpendingId, form: Reason) -> Result<Spending> {
        let question = form.reason.clone();
        self.on_spending(actor, id, X::Question, Some(form.reason), |x| x.question = Some(question)).await
    }

    pub async fn explain_spending(&self, actor: &Actor, id: SpendingId, form: Reason) -> Result<Spending> {
        let answer = form.reason.clone();
        self.on_spending(actor, id, X::Explain, Some(form.reason), |x| x.explanation = Some(answer)).await
    }

    pub async fn clear_spending(&self, actor: &Actor, id: SpendingId, form: Plain) -> Result<Spending> {
        self.on_spending(actor, id, X::Clear, form.note, |_| {}).await
    }

    pub async fn disallow_spending(&self, actor: &Actor, id: SpendingId, form: Reason) -> Result<Spending> {
        self.on_spending(actor, id, X::Disallow, Some(form.reason), |_| {}).await
    }

    /// The supervisor draws a spot check by lot: the platform's secret and the supervisor's words make it, and both are in
    /// the record.
    pub async fn draw_spot_check(&self, actor: &Actor, on: ContractId, form: DrawSample) -> Result<Contract> {
        let case = self.contract_of(on).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut k) = self.lock_contract(&work, on, case).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, ContractAct::SpotCheck)?;
        k.take(ContractAct::SpotCheck, &m, &c.rules)?;
        let all: Vec<Spending> = noun::lock_of(&work, "contract_id", on.0).await?;
        let pool = ready::sample(&all)?;
        let check = SpotCheck::new(&pool, account::random_secret(), form.words, &c.rules);
        let lot = check.lot(&pool);
        for mut x in all.into_iter().filter(|x| lot.contains(&x.id)) {
            x.take(X::Sample, &m, &c.rules)?;
            noun::save(&work, &permit.follow(x.id.0), &mut x, &m.calendar).await?;
        }
        noun::save(&work, &permit, &mut k, &m.calendar).await?;
        let event = Event::new(Noun::Contract, ContractAct::SpotCheck.id(), on.0, Visibility::Parties).on(case).of(k.lead);
        work.commit(&permit, event.fact("lot", &lot).fact("draw", &check)).await?;
        Ok(k)
    }

    pub async fn spending(&self, actor: &Actor, id: SpendingId) -> Result<(Contract, Spending)> {
        let x: Spending = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok((self.contract(actor, x.contract).await?, x))
    }

    /// The newest lines of a contract, and its final accounts.
    pub async fn spending_of(&self, k: &Contract) -> Result<(Listed<Spending>, Vec<FinalAccount>)> {
        let filters = [noun::Filter::is("contract_id", k.id.0)];
        let lines = noun::list(&self.db, &filters, Page::first(20)).await?;
        Ok((lines, noun::of(&self.db, "contract_id", k.id.0).await?))
    }
}

/// Money of a contract is spent once it is in force, and until its final account is disclosed.
pub(in crate::app) async fn may_spend(work: &Work, k: &Contract) -> Result<()> {
    let accounts: Vec<FinalAccount> = noun::lock_of(work, "contract_id", k.id.0).await?;
    let sheets: Vec<Settlement> = noun::lock_of(work, "contract_id", k.id.0).await?;
    Ok(ready::spends(k, &accounts, &sheets)?)
}

fn line_of(f: RecordSpending, hints: Vec<crate::domain::spending::Hint>, k: &Contract, by: &Actor, m: &Moment) -> Spending {
    Spending {
        id: SpendingId(clock::ordered_id()),
        contract: k.id,
        challenge: k.challenge,
        poster: k.poster,
        lead: k.lead,
        head: Head::new(SpendingState::Recorded, m, None),
        spent_on: f.spent_on,
        amount_fen: f.amount_fen,
        payee: f.payee,
        payee_kind: f.payee_kind,
        purpose: f.purpose,
        source: f.source,
        class: f.class,
        payment_way: f.payment_way,
        voucher: f.voucher,
        invoice: f.invoice,
        milestone: f.milestone,
        place: f.place,
        hints,
        explanation: f.explanation,
        question: None,
        files: f.files,
        recorded_by: by.account,
    }
}

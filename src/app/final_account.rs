//! The final account: made from the books, disclosed inside the host unit, signed by three, checked, settled by the outcome.
use super::ledger::{self, Booking};
use super::*;
use crate::domain::FinalAccountAct as F;
use crate::domain::final_account::{ASSET_FROM, Asset, HeadLine, HostSignatures};
use crate::domain::forms::*;

impl App {
    /// The lead has the account made. Its figures are the ledger's and are not typed.
    pub async fn prepare_account(&self, actor: &Actor, on: ContractId, form: PrepareAccount) -> Result<FinalAccount> {
        let case = self.contract_of(on).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, on, case).await?;
        let m = self.moment(&work).await?;
        let permit = policy::prepare_account(actor, &k)?;
        let others: Vec<FinalAccount> = noun::lock_of(&work, "contract_id", on.0).await?;
        ready::no_account(&k, &others)?;
        let mut x = FinalAccount {
            id: FinalAccountId(clock::ordered_id()),
            contract: on,
            challenge: case,
            poster: k.poster,
            lead: k.lead,
            head: Head::new(FinalAccountState::Draft, &m, None),
            lump_sum: k.lump_sum,
            lines: vec![],
            unpaid: form.unpaid,
            assets: vec![],
            records: 0,
            sampled: false,
            audit_needed: false,
            disclosed_at: None,
            place: None,
            disclosure_result: None,
            disclosure_note: None,
            signatures: None,
            audit_report: vec![],
            surplus: None,
            enterprise_surplus: None,
            refund_fen: Money::default(),
            refund_voucher: None,
            reason: None,
            heads: vec![],
        };
        draw_up(&work, &mut x, &c, &k).await?;
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        let event = Event::new(Noun::FinalAccount, "preparation", x.id.0, Visibility::Parties).on(case).of(k.lead);
        work.commit(&permit, event.fact("records", x.records)).await?;
        Ok(x)
    }

    async fn on_account(
        &self,
        actor: &Actor,
        id: FinalAccountId,
        act: F,
        reason: Option<String>,
        change: impl AsyncFnOnce(
            &Work,
            &policy::Permit<FinalAccountAct>,
            &mut FinalAccount,
            (&Challenge, &Contract),
            &Moment,
        ) -> Result<()>,
    ) -> Result<FinalAccount> {
        let seen: FinalAccount = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: FinalAccount = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_final_account(actor, &x, &k, act)?;
        x.may(act, &m)?;
        let from = x.head.state;
        change(&work, &permit, &mut x, (&c, &k), &m).await?;
        x.take(act, &m, &c.rules)?;
        tie_files(&work, &permit.follow(id.0), Noun::FinalAccount, Some(x.challenge), &x.audit_report, "audit_report").await?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        if x.head.state == FinalAccountState::Settled {
            paper::final_account(&work, &permit, (&k, &x), &m).await?;
        }
        let event = Event::new(Noun::FinalAccount, act.id(), id.0, Visibility::Parties)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id());
        work.commit(&permit, event.because(reason).fact("surplus", &x.surplus).fact("refund_fen", x.refund_fen)).await?;
        Ok(x)
    }

    /// Put up inside the host unit, with the figures as they are now; from here on they stand still.
    pub async fn disclose_account(&self, actor: &Actor, id: FinalAccountId, form: DiscloseAccount) -> Result<FinalAccount> {
        self.on_account(actor, id, F::Disclose, None, async |work, _, x, (c, k), m| {
            draw_up(work, x, c, k).await?;
            x.disclosed_at = Some(m.now);
            x.place = Some(form.place);
            Ok(())
        })
        .await
    }

    /// Signed for the host once the days of disclosure are over; audited where the rules ask for it.
    pub async fn sign_account(&self, actor: &Actor, id: FinalAccountId, form: SignAccount) -> Result<FinalAccount> {
        self.on_account(actor, id, F::Sign, None, async |_, _, x, _, m| {
            ensure(!x.audit_needed || !form.audit_report.is_empty(), "audit_needed").map_err(|r| r.at("audit_report"))?;
            let noted = form.disclosure_result == "none" || form.disclosure_note.is_some();
            ensure(noted, "disclosure_note_missing").map_err(|r| r.at("disclosure_note"))?;
            x.disclosure_result = Some(form.disclosure_result);
            x.disclosure_note = form.disclosure_note;
            x.audit_report = form.audit_report;
            let (pi_name, finance_name, research_name) = (form.pi_name, form.finance_name, form.research_name);
            x.signatures = Some(HostSignatures { pi_name, finance_name, research_name, at: m.now });
            Ok(())
        })
        .await
    }

    pub async fn withdraw_account(&self, actor: &Actor, id: FinalAccountId, form: Reason) -> Result<FinalAccount> {
        self.on_account(actor, id, F::Withdraw, Some(form.reason), async |_, _, _, _, _| Ok(())).await
    }

    pub async fn return_account(&self, actor: &Actor, id: FinalAccountId, form: Reason) -> Result<FinalAccount> {
        let reason = form.reason.clone();
        self.on_account(actor, id, F::Return, Some(form.reason), async |_, _, x, _, _| {
            x.reason = Some(reason);
            (x.signatures, x.disclosed_at) = (None, None);
            Ok(())
        })
        .await
    }

    /// A checker settles by the outcome of the contract: fiscal surplus of a passed result stays with the host, any other goes
    /// back; enterprise surplus goes as the contract says.
    pub async fn settle_account(&self, actor: &Actor, id: FinalAccountId, form: SettleAccount) -> Result<FinalAccount> {
        let seen: FinalAccount = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract_of(seen.contract).await?;
        let back = FinalAccount::surplus_rule(k.head.state) == Some("returned") && seen.fiscal_surplus() > Money::default();
        let act = if back { F::OrderRefund } else { F::Settle };
        self.on_account(actor, id, act, form.note.clone(), async |work, permit, x, (c, k), m| {
            still_current(work, x, c, k).await?;
            ready::no_settlement_refund(&noun::lock_of(work, "contract_id", k.id.0).await?)?;
            let rule = FinalAccount::surplus_rule(k.head.state).ok_or_else(|| Refusal::new("contract_still_runs"))?;
            x.surplus = Some(rule.to_owned());
            close_budget(work, permit, (c, k), m).await?;
            settle_enterprise(work, permit, x, k, m, &form).await?;
            match (rule, x.fiscal_surplus()) {
                (_, none) if none == Money::default() => {}
                ("kept", kept) => {
                    let booking = Booking::new(LedgerAct::Surplus, Channel::Fiscal, kept, Noun::FinalAccount, x.id.0);
                    ledger::book(work, permit, k, m, booking).await?;
                }
                (_, back) => x.refund_fen = back,
            }
            Ok(())
        })
        .await
    }

    /// The finance office records that the unspent money is back.
    pub async fn refund_account(&self, actor: &Actor, id: FinalAccountId, form: RecordPayment) -> Result<FinalAccount> {
        self.on_account(actor, id, F::Refund, None, async |work, permit, x, (_, k), m| {
            if form.amount_fen != x.refund_fen {
                return Err(Refusal::new("amount_differs").with("planned", x.refund_fen).at("amount_fen").into());
            }
            if form.paid_on > date_of(m.now).to_string() {
                return Err(Refusal::new("date_in_future").at("paid_on").into());
            }
            x.refund_voucher = Some(form.voucher.clone());
            x.audit_report.extend(form.files);
            let booking = Booking::new(LedgerAct::Return, Channel::Fiscal, x.refund_fen, Noun::FinalAccount, x.id.0);
            ledger::book(work, permit, k, m, booking.reference(form.voucher)).await
        })
        .await
    }

    pub async fn final_account(&self, actor: &Actor, id: FinalAccountId) -> Result<(Contract, FinalAccount)> {
        let x: FinalAccount = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok((self.contract(actor, x.contract).await?, x))
    }
}

impl App {
    /// Whether the figures of an account are still those of the books: asked in a unit of work that leaves nothing behind.
    pub(in crate::app) async fn account_is_current(&self, x: &FinalAccount) -> Result<()> {
        let work = self.begin(&Actor::system()).await?;
        let c = lock_challenge(&work, x.challenge).await?;
        let k: Contract = noun::lock(&work, x.contract.0).await?.ok_or(Error::Missing)?;
        still_current(&work, x, &c, &k).await
    }
}

/// An account is settled by the figures that were disclosed, and those must be the books' still.
async fn still_current(work: &Work, x: &FinalAccount, c: &Challenge, k: &Contract) -> Result<()> {
    let mut now = x.clone();
    draw_up(work, &mut now, c, k).await?;
    let figures = |x: &FinalAccount| x.lines.iter().map(|l| (l.received_fen, l.spent_fen, l.surplus_fen)).collect::<Vec<_>>();
    Ok(ensure(figures(&now) == figures(x), "account_outdated")?)
}

/// Fills in the figures as the books have them now.
async fn draw_up(work: &Work, x: &mut FinalAccount, c: &Challenge, k: &Contract) -> Result<()> {
    let book = store::ledger::books(work, k).await?;
    let spent = store::ledger::spent(work, k.id).await?;
    x.lines = FinalAccount::lines(k, &book, &spent)?;
    let own: Vec<Spending> = noun::lock_of(work, "contract_id", k.id.0).await?;
    let listed = own.iter().filter(|s| s.counts() && s.class == "equipment" && s.amount_fen >= ASSET_FROM);
    x.assets = listed.map(|s| Asset { what: s.purpose.clone(), voucher: s.voucher.clone(), amount_fen: s.amount_fen }).collect();
    x.heads = heads_of(work, k).await?;
    x.records = store::ledger::spending_records(work, k.id).await?;
    x.sampled =
        own.iter().any(|s| matches!(s.head.state, SpendingState::Sampled | SpendingState::Cleared | SpendingState::Disallowed));
    x.audit_needed =
        k.spends(Channel::Fiscal) && book.reached(Channel::Fiscal, LedgerAccount::Received).as_fen() >= c.rules.audit_from_fen;
    Ok(())
}

/// Budget and spending by head, where there is a budget.
async fn heads_of(work: &Work, k: &Contract) -> Result<Vec<HeadLine>> {
    let budgets: Vec<Budget> = noun::lock_of(work, "contract_id", k.id.0).await?;
    let Some(budget) = budgets.first().filter(|_| !k.lump_sum) else { return Ok(vec![]) };
    let spent = budget::spent_of(work, k).await?;
    let line = |head: &&str| HeadLine { head: (*head).into(), budget_fen: budget.heads.of(head), spent_fen: spent.of(head) };
    Ok(crate::domain::budget::HEADS.iter().map(line).collect())
}

/// With the account settled the budget has done its work.
async fn close_budget(
    work: &Work,
    permit: &policy::Permit<FinalAccountAct>,
    (c, k): (&Challenge, &Contract),
    m: &Moment,
) -> Result<()> {
    for mut b in noun::lock_of::<Budget>(work, "contract_id", k.id.0).await? {
        if b.head.state.step(BudgetAct::Close).is_ok() {
            b.take(BudgetAct::Close, m, &c.rules)?;
            noun::save(work, &permit.follow(b.id.0), &mut b, &m.calendar).await?;
        }
    }
    Ok(())
}

async fn settle_enterprise(
    work: &Work,
    permit: &policy::Permit<FinalAccountAct>,
    x: &mut FinalAccount,
    k: &Contract,
    m: &Moment,
    form: &SettleAccount,
) -> Result<()> {
    let surplus = x.enterprise_surplus();
    if surplus == Money::default() {
        return Ok(());
    }
    let said =
        form.enterprise_surplus.as_deref().ok_or_else(|| Refusal::new("enterprise_surplus_open").at("enterprise_surplus"))?;
    x.enterprise_surplus = Some(said.to_owned());
    let act = if said == "kept" { LedgerAct::Surplus } else { LedgerAct::Return };
    ledger::book(work, permit, k, m, Booking::new(act, Channel::Enterprise, surplus, Noun::FinalAccount, x.id.0)).await
}

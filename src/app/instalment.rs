//! Instalments: requested by the payee, checked, approved, recorded as paid by finance, confirmed as received.
use super::ledger::{self, Booking};
use super::*;
use crate::domain::InstalmentAct as P;
use crate::domain::forms::*;

impl App {
    pub(in crate::app) async fn on_instalment(
        &self,
        actor: &Actor,
        id: InstalmentId,
        act: P,
        reason: Option<String>,
        change: impl FnOnce(&mut Instalment, &Moment) -> Result<()>,
    ) -> Result<Instalment> {
        let seen: Instalment = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut i: Instalment = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_instalment(actor, &i, &k, act)?;
        i.may(act)?;
        let before = i.clone();
        change(&mut i, &m)?;
        own_paper_and_account(&work, act, &i).await?;
        if let Some(minutes) = i.clawback.as_ref().filter(|_| act == P::ClawBack) {
            let on =
                meeting::OnTable { noun: Noun::Instalment, subject: id.0, act: act.id(), case: k.challenge, title: &k.title };
            self.meet(&work, &permit, minutes, on, &m).await?;
        }
        let from = i.head.state;
        i.take(act, &m, &c.rules)?;
        tie_files(&work, &permit.follow(id.0), Noun::Instalment, Some(i.challenge), &i.files, "files").await?;
        noun::save(&work, &permit, &mut i, &m.calendar).await?;
        use_budget(&work, &permit, act, &before, &i, &m).await?;
        if act == P::PassOn {
            work.tell("passed_on_fen", i.passed_on());
        }
        self.book_payment(&work, &permit, (&c, &k), (act, from), &i, &m).await?;
        if act == P::Approve {
            paper::payment(&work, &permit, (&k, &i), &m).await?;
        }
        let event = Event::new(Noun::Instalment, act.id(), id.0, Visibility::Parties)
            .on(i.challenge)
            .of(i.payee)
            .moved(from.id(), i.head.state.id());
        work.commit(
            &permit,
            event
                .because(reason)
                .fact("amount_fen", i.amount_fen)
                .fact("source", &i.source)
                .fact("number", i.number)
                .fact("contract", i.contract),
        )
        .await?;
        Ok(i)
    }

    /// What a step of an instalment means for the ledger, and for a subsidy that follows the enterprise's payments.
    async fn book_payment(
        &self,
        work: &Work,
        permit: &policy::Permit<InstalmentAct>,
        (c, k): (&Challenge, &Contract),
        (act, from): (P, InstalmentState),
        i: &Instalment,
        m: &Moment,
    ) -> Result<()> {
        let booked = match act {
            P::Pay | P::PayFiscal => LedgerAct::Payment,
            P::Confirm => LedgerAct::Receipt,
            P::ClawBack if from == InstalmentState::Paid => LedgerAct::Recall,
            P::ClawBack => LedgerAct::Clawback,
            P::Recover => LedgerAct::Recovery,
            P::Bounce => {
                let made = (LedgerAct::Payment, Noun::Instalment, i.id.0);
                ledger::unbook(work, permit, k, m, made, format!("#{}", i.number)).await?;
                return self.lock_subsidy(work, permit, (c, k), m).await;
            }
            _ => return Ok(()),
        };
        ledger::book(work, permit, k, m, Booking::of_instalment(booked, i)).await?;
        if i.is_paid() && !i.is_fiscal() {
            self.unlock_subsidy(work, permit, c, k, m).await?;
        }
        Ok(())
    }

    /// A payment of the enterprise came back from the bank: a subsidy that was due for it, and not yet asked for, is not due.
    async fn lock_subsidy(
        &self,
        work: &Work,
        permit: &policy::Permit<InstalmentAct>,
        (c, k): (&Challenge, &Contract),
        m: &Moment,
    ) -> Result<()> {
        let all: Vec<Instalment> = noun::lock_of(work, "contract_id", k.id.0).await?;
        let paid = Money::sum(all.iter().filter(|i| !i.is_fiscal() && i.is_paid()).map(|i| i.amount_fen)).unwrap_or_default();
        for mut i in all {
            let Trigger::EnterprisePaid { share_bp } = i.trigger else { continue };
            let enough = k.enterprise_fen.percent_of(share_bp).is_some_and(|least| paid >= least);
            if !enough && i.head.state == InstalmentState::Eligible {
                i.take(P::Relock, m, &c.rules)?;
                work.tell("locked_again", i.claim());
                noun::save(work, &permit.follow(i.id.0), &mut i, &m.calendar).await?;
                let made = (LedgerAct::Unlock, Noun::Instalment, i.id.0);
                ledger::unbook(work, permit, k, m, made, format!("#{}", i.number)).await?;
            }
        }
        Ok(())
    }

    /// Enterprise track: county money follows what the enterprise has really paid (domain 4.2).
    async fn unlock_subsidy(
        &self,
        work: &Work,
        permit: &policy::Permit<InstalmentAct>,
        c: &Challenge,
        k: &Contract,
        m: &Moment,
    ) -> Result<()> {
        let all: Vec<Instalment> = noun::lock_of(work, "contract_id", k.id.0).await?;
        let paid = Money::sum(all.iter().filter(|i| !i.is_fiscal() && i.is_paid()).map(|i| i.amount_fen)).unwrap_or_default();
        for mut i in all {
            let Trigger::EnterprisePaid { share_bp } = i.trigger else { continue };
            let enough = k.enterprise_fen.percent_of(share_bp).is_some_and(|least| paid >= least);
            // The second half waits for acceptance as well.
            let accepted = k.head.state == ContractState::Completed;
            if enough && (share_bp < 10_000 || accepted) && i.head.state == InstalmentState::Planned {
                ledger::unlock(work, permit, (c, k), &mut i, m).await?;
            }
        }
        Ok(())
    }

    /// The payee asks, with the paper of the channel over the exact amount; the account must be the payee's own.
    pub async fn request_payment(&self, actor: &Actor, id: InstalmentId, form: RequestPayment) -> Result<Instalment> {
        let seen: Instalment = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let payee = store::account::org(&self.db, seen.payee).await?.ok_or(Error::Missing)?;
        let by = actor.account;
        self.on_instalment(actor, id, P::Request, None, move |i, _| {
            if form.account_name != payee.name {
                return Err(Refusal::new("account_not_payee").with("name", payee.name).at("account_name").into());
            }
            if bank_digits(&form.account_no) != bank_digits(&payee.bank_account) {
                return Err(Refusal::new("account_differs").with("name", payee.name).at("account_no").into());
            }
            ensure(i.takes_paper(&form.invoice_kind), "paper_of_other_channel").map_err(|r| r.at("invoice_kind"))?;
            if form.invoice_fen != i.amount_fen {
                return Err(Refusal::new("invoice_differs").with("planned", i.amount_fen).at("invoice_fen").into());
            }
            (i.invoice, i.invoice_kind) = (Some(form.invoice), Some(form.invoice_kind));
            i.account_sha256 = Some(payee.account_sha256());
            i.files.extend(form.files);
            i.requested_by = Some(by);
            Ok(())
        })
        .await
    }

    /// The lead passes on its partners' share of what arrived.
    pub async fn pass_on_payment(&self, actor: &Actor, id: InstalmentId, form: PassOnward) -> Result<Instalment> {
        let seen: Instalment = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract_of(seen.contract).await?;
        let partners: Vec<Member> = k.partners.into_iter().skip(1).collect();
        self.on_instalment(actor, id, P::PassOn, None, move |i, m| {
            form.payments.iter().try_for_each(|p| not_future(&p.paid_on, m, "payments"))?;
            i.pass_on(form.payments, &partners)?;
            i.files.extend(form.files);
            Ok(())
        })
        .await
    }

    pub async fn check_payment(&self, actor: &Actor, id: InstalmentId, form: Plain) -> Result<Instalment> {
        let seen: Instalment = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        self.not_barred(&[seen.payee], "funding").await?;
        let by = actor.account;
        self.on_instalment(actor, id, P::Check, form.note, move |i, _| {
            i.checked_by = Some(by);
            Ok(())
        })
        .await
    }

    pub async fn reject_payment(&self, actor: &Actor, id: InstalmentId, form: Reason) -> Result<Instalment> {
        let reason = form.reason.clone();
        self.on_instalment(actor, id, P::Reject, Some(form.reason), move |i, _| {
            i.reason = Some(reason);
            Ok(())
        })
        .await
    }

    /// The head approves with the fiscal year and the budget document that pay it (trap 13).
    pub async fn approve_payment(&self, actor: &Actor, id: InstalmentId, form: ApprovePayment) -> Result<Instalment> {
        let by = actor.account;
        self.on_instalment(actor, id, P::Approve, None, move |i, m| {
            if form.fiscal_year != i64::from(date_of(m.now).year()) {
                return Err(Refusal::new("fiscal_year_not_this").with("year", date_of(m.now).year()).at("fiscal_year").into());
            }
            i.fiscal_year = Some(form.fiscal_year);
            i.budget_doc_no = Some(form.budget_doc_no);
            i.approved_by = Some(by);
            Ok(())
        })
        .await
    }

    pub async fn hold_payment(&self, actor: &Actor, id: InstalmentId, form: Reason) -> Result<Instalment> {
        self.on_instalment(actor, id, P::Hold, Some(form.reason), |_, _| Ok(())).await
    }

    pub async fn release_payment(&self, actor: &Actor, id: InstalmentId, form: Reason) -> Result<Instalment> {
        self.on_instalment(actor, id, P::Release, Some(form.reason), |_, _| Ok(())).await
    }

    pub async fn return_payment(&self, actor: &Actor, id: InstalmentId, form: Reason) -> Result<Instalment> {
        self.on_instalment(actor, id, P::Return, Some(form.reason), |i, _| {
            (i.approved_by, i.fiscal_year, i.budget_doc_no) = (None, None, None);
            Ok(())
        })
        .await
    }

    /// Finance records the treasury's payment with its voucher; exactly the planned amount.
    pub async fn pay_fiscal(&self, actor: &Actor, id: InstalmentId, form: RecordPayment) -> Result<Instalment> {
        self.record_payment(actor, id, P::PayFiscal, form).await
    }

    /// The poster records its own payment to the bidder.
    pub async fn pay_enterprise(&self, actor: &Actor, id: InstalmentId, form: RecordPayment) -> Result<Instalment> {
        self.record_payment(actor, id, P::Pay, form).await
    }

    async fn record_payment(&self, actor: &Actor, id: InstalmentId, act: P, form: RecordPayment) -> Result<Instalment> {
        let by = actor.account;
        self.on_instalment(actor, id, act, None, move |i, m| {
            exactly(i, form.amount_fen)?;
            not_future(&form.paid_on, m, "paid_on")?;
            ready::year_open(i, m)?;
            i.voucher = Some(form.voucher);
            i.paid_on = Some(form.paid_on);
            i.paid_by = Some(by);
            i.files.extend(form.files);
            Ok(())
        })
        .await
    }

    pub async fn confirm_receipt(&self, actor: &Actor, id: InstalmentId, form: ConfirmReceipt) -> Result<Instalment> {
        self.on_instalment(actor, id, P::Confirm, None, move |i, m| {
            exactly(i, form.amount_fen)?;
            not_future(&form.received_on, m, "received_on")?;
            i.received_on = Some(form.received_on);
            Ok(())
        })
        .await
    }

    /// The bank sent the payment back (退票): it was never paid, and is asked for again with the right account.
    pub async fn bounce_payment(&self, actor: &Actor, id: InstalmentId, form: Reason) -> Result<Instalment> {
        let reason = form.reason.clone();
        self.on_instalment(actor, id, P::Bounce, Some(form.reason), move |i, _| {
            i.reason = Some(reason);
            (i.voucher, i.paid_on, i.paid_by, i.reconciled_on) = (None, None, None, None);
            (i.checked_by, i.approved_by, i.fiscal_year, i.budget_doc_no) = (None, None, None, None);
            Ok(())
        })
        .await
    }

    pub async fn claw_back(&self, actor: &Actor, id: InstalmentId, form: Decision) -> Result<Instalment> {
        let minutes = form.minutes();
        self.on_instalment(actor, id, P::ClawBack, form.reason, |i, _| {
            i.clawback = Some(minutes);
            Ok(())
        })
        .await
    }

    pub async fn recover(&self, actor: &Actor, id: InstalmentId, form: RecordPayment) -> Result<Instalment> {
        self.on_instalment(actor, id, P::Recover, None, move |i, _| exactly(i, form.amount_fen)).await
    }
}

/// One paper asks for one payment; what is asked for and what is paid goes to the account that the payee has at that moment.
/// The payee's row is the lock: two requests with one paper can't pass side by side.
async fn own_paper_and_account(work: &Work, act: P, i: &Instalment) -> Result<()> {
    let (P::Request | P::PayFiscal, Some(asked)) = (act, &i.account_sha256) else { return Ok(()) };
    let payee = store::account::lock_org(work, i.payee).await?.ok_or(Error::Missing)?;
    if *asked != payee.account_sha256() {
        return Err(Refusal::new("account_changed").with("name", payee.name).into());
    }
    let Some(paper) = i.invoice.as_ref().filter(|_| act == P::Request) else { return Ok(()) };
    let filters = [noun::Filter::is("payee_id", i.payee.0), noun::Filter::Body(&["invoice"], paper.clone())];
    let same: Vec<Instalment> = noun::read_by(work, &filters).await?;
    let used = same.iter().any(|o| o.id != i.id && o.head.state != InstalmentState::Cancelled);
    Ok(ensure(!used, "invoice_used").map_err(|r| r.at("invoice"))?)
}

/// An approval takes from its budget document; what is returned or bounced goes back to it.
async fn use_budget(
    work: &Work,
    permit: &policy::Permit<InstalmentAct>,
    act: P,
    before: &Instalment,
    i: &Instalment,
    m: &Moment,
) -> Result<()> {
    match (act, &before.budget_doc_no, before.fiscal_year) {
        (P::Approve, ..) => budget_doc::take_from(work, permit, i, m).await,
        (P::Return | P::Bounce, Some(number), Some(year)) => {
            budget_doc::give_back(work, permit, (number, year), i.amount_fen, m).await
        }
        _ => Ok(()),
    }
}

pub(in crate::app) fn exactly(i: &Instalment, amount: Money) -> Result<()> {
    if amount == i.amount_fen {
        return Ok(());
    }
    Err(Refusal::new("amount_differs").with("planned", i.amount_fen).at("amount_fen").into())
}

pub(in crate::app) fn not_future(date: &str, m: &Moment, field: &'static str) -> Result<()> {
    if date <= date_of(m.now).to_string().as_str() { Ok(()) } else { Err(Refusal::new("date_in_future").at(field).into()) }
}

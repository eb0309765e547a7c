//! Settlements of ended contracts: commented on by both sides, settled or ordered back by the head, recorded as returned.
use super::ledger::{self, Booking};
use super::*;
use crate::domain::SettlementAct as T;
use crate::domain::forms::*;
use crate::domain::settlement::{BackRule, Comment};
use policy::Permit;

impl App {
    async fn on_settlement(
        &self,
        actor: &Actor,
        id: SettlementId,
        act: T,
        reason: Option<String>,
        change: impl AsyncFnOnce(&Work, &Permit<T>, &mut Settlement, (&Challenge, &Contract), &Moment) -> Result<()>,
    ) -> Result<Settlement> {
        let seen: Settlement = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: Settlement = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_settlement(actor, &x, &k, act)?;
        x.head.state.step(act)?;
        let from = x.head.state;
        change(&work, &permit, &mut x, (&c, &k), &m).await?;
        x.take(act, &m)?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let event = Event::new(Noun::Settlement, act.id(), id.0, Visibility::Parties)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id())
            .because(reason);
        let event = event.fact("contract", x.contract).fact("back_fen", x.back_fen).fact("returned_fen", x.returned_fen);
        work.commit(&permit, event).await?;
        Ok(x)
    }

    /// Either side says what it thinks of the sheet.
    pub async fn comment_settlement(&self, actor: &Actor, id: SettlementId, form: Reason) -> Result<Settlement> {
        let (by, org, text) = (actor.account, actor.org, form.reason.clone());
        self.on_settlement(actor, id, T::Comment, Some(form.reason), async |_, _, x, _, m| {
            x.comments.push(Comment { by, org, text, at: m.now });
            Ok(())
        })
        .await
    }

    /// The head settles by the figures as the books have them now: nothing goes back, what is unspent goes back, or all of it.
    pub async fn settle_contract(&self, actor: &Actor, id: SettlementId, form: Decision) -> Result<Settlement> {
        let mut now: Settlement = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract_of(now.contract).await?;
        now.redraw(&k, &self.book_of(&k, None).await?);
        let act = match (now.back_fen > Money::default(), now.rule) {
            (false, _) => T::Settle,
            (true, BackRule::Unspent) => T::OrderRefund,
            (true, BackRule::Subsidy | BackRule::All) => T::OrderClawback,
        };
        let minutes = Minutes::from(&form);
        self.on_settlement(actor, id, act, form.reason, async |work, permit, x, (c, k), m| {
            x.redraw(k, &store::ledger::books(work, k).await?);
            ensure((x.back_fen > Money::default()) == (act != T::Settle), "account_outdated")?;
            no_refund_elsewhere(work, k).await?;
            let on = meeting::OnTable { noun: Noun::Settlement, subject: id.0, act: act.id(), case: c.id, title: &k.title };
            self.meet(work, permit, &minutes, on, m).await?;
            x.minutes = Some(minutes);
            if act == T::OrderClawback {
                claw_back_all(work, permit, (c, k), m).await?;
            }
            Ok(())
        })
        .await
    }

    /// Finance records what came back: exactly what is owed, once.
    pub async fn refund_settlement(&self, actor: &Actor, id: SettlementId, form: RecordPayment) -> Result<Settlement> {
        self.on_settlement(actor, id, T::Refund, None, async |work, permit, x, (c, k), m| {
            if form.amount_fen != x.back_fen {
                return Err(Refusal::new("amount_differs").with("planned", x.back_fen).at("amount_fen").into());
            }
            instalment::not_future(&form.paid_on, m, "paid_on")?;
            let owner = permit.follow(k.id.0);
            tie_files(work, &owner, Noun::Contract, Some(c.id), &form.files, "files").await?;
            (x.voucher, x.returned_on, x.returned_fen) = (Some(form.voucher.clone()), Some(form.paid_on), form.amount_fen);
            if x.rule == BackRule::Unspent {
                let booking = Booking::new(LedgerAct::Return, Channel::Fiscal, x.back_fen, Noun::Settlement, x.id.0);
                ledger::book(work, permit, k, m, booking.reference(form.voucher)).await?;
            } else {
                recover_all(work, permit, (c, k), m, &form.voucher).await?;
            }
            // The sheet ends with what is back, not with what was still to come.
            x.fill(&store::ledger::books(work, k).await?);
            Ok(())
        })
        .await
    }

    pub async fn settlements_of(&self, k: &Contract) -> Result<Vec<Settlement>> {
        Ok(noun::of(&self.db, "contract_id", k.id.0).await?)
    }

    pub async fn settlement(&self, actor: &Actor, id: SettlementId) -> Result<(Contract, Settlement)> {
        let mut x: Settlement = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract(actor, x.contract).await?;
        // Until it is decided the sheet shows the books as they are.
        if !x.is_ordered() {
            x.redraw(&k, &self.book_of(&k, None).await?);
        }
        Ok((k, x))
    }
}

/// A final account that waits for the same money is finished first.
async fn no_refund_elsewhere(work: &Work, k: &Contract) -> Result<()> {
    Ok(ready::no_account_refund(&noun::lock_of(work, "contract_id", k.id.0).await?)?)
}

async fn fiscal_in(work: &Work, k: &Contract, states: &[InstalmentState]) -> Result<Vec<Instalment>> {
    let all: Vec<Instalment> = noun::lock_of(work, "contract_id", k.id.0).await?;
    Ok(all.into_iter().filter(|i| i.is_fiscal() && states.contains(&i.head.state)).collect())
}

/// Every fiscal payment of the contract is to come back.
async fn claw_back_all(work: &Work, permit: &Permit<T>, (c, k): (&Challenge, &Contract), m: &Moment) -> Result<()> {
    for mut i in fiscal_in(work, k, &[InstalmentState::Paid, InstalmentState::Received, InstalmentState::OnwardPaid]).await? {
        let act = if i.head.state == InstalmentState::Paid { LedgerAct::Recall } else { LedgerAct::Clawback };
        i.take(InstalmentAct::ClawBack, m, &c.rules)?;
        noun::save(work, &permit.follow(i.id.0), &mut i, &m.calendar).await?;
        ledger::book(work, permit, k, m, Booking::of_instalment(act, &i)).await?;
    }
    Ok(())
}

async fn recover_all(work: &Work, permit: &Permit<T>, (c, k): (&Challenge, &Contract), m: &Moment, voucher: &str) -> Result<()> {
    for mut i in fiscal_in(work, k, &[InstalmentState::ClawbackDue]).await? {
        i.take(InstalmentAct::Recover, m, &c.rules)?;
        noun::save(work, &permit.follow(i.id.0), &mut i, &m.calendar).await?;
        let booking = Booking::of_instalment(LedgerAct::Recovery, &i).reference(voucher);
        ledger::book(work, permit, k, m, booking).await?;
    }
    Ok(())
}

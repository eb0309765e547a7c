//! The bank's statement against what was recorded: shown first, then each payment it proves is marked as reconciled.
use super::*;
use crate::domain::InstalmentAct as P;
use crate::domain::forms::*;
use crate::domain::statement::{self, StatementLine};
use crate::outside::workbook::{self, WorkbookFault};

/// What a line of a statement came to.
#[derive(Clone, Debug)]
pub struct Matched {
    pub line: usize,
    pub read: Option<StatementLine>,
    pub instalment: Option<InstalmentId>,
    pub fault: Option<Fault>,
    pub done: bool,
}

/// Workbooks that are read at once.
static READING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(1);

impl App {
    /// The finance office puts a bank's statement beside the payments. A preview changes nothing; an import marks what
    /// agrees in voucher, amount and payee, and may be repeated.
    pub async fn read_statement(&self, actor: &Actor, form: ImportStatement) -> Result<Vec<Matched>> {
        policy::reconcile(actor)?;
        let lines = match (form.workbook.first(), &form.csv) {
            (Some(file), _) => statement::read_rows(self.rows_of(actor, *file).await?, "workbook")?,
            (None, Some(text)) => statement::read(text)?,
            (None, None) => return Err(Faults::one("csv", "missing").into()),
        };
        let (mut out, mut seen) = (vec![], std::collections::BTreeSet::new());
        for line in lines {
            let mut one = match line {
                Err((line, fault)) => Matched { line, read: None, instalment: None, fault: Some(fault), done: false },
                Ok(read) if !seen.insert(read.reference.clone()) => {
                    let fault = Fault { path: "reference".into(), code: "line_twice", args: vec![] };
                    Matched { line: read.line, read: Some(read), instalment: None, fault: Some(fault), done: false }
                }
                Ok(read) => self.matched(read).await?,
            };
            if form.step == "import" {
                self.reconcile_line(actor, &mut one).await?;
            }
            out.push(one);
        }
        Ok(out)
    }

    /// The cells of a workbook that the actor brought.
    async fn rows_of(&self, actor: &Actor, id: FileId) -> Result<Vec<Vec<String>>> {
        let not = |code| Error::from(Faults::one("workbook", code));
        let a = self.attachment(actor, id).await.map_err(|_| not("file_missing"))?;
        if u64::try_from(a.size).is_ok_and(|size| size > workbook::BYTES_MOST) {
            return Err(not("workbook_too_much"));
        }
        // One workbook at a time: what reading one may take is bounded, so is then what reading takes at all.
        let _turn = READING.acquire().await.map_err(|_| Error::Busy)?;
        let bytes: Vec<bytes::Bytes> = futures_util::TryStreamExt::try_collect(self.bytes_of(&a).await?).await?;
        let rows = tokio::task::spawn_blocking(move || workbook::rows(bytes.concat())).await;
        rows.map_err(|e| Error::Failed(e.to_string()))?.map_err(|fault| {
            not(match fault {
                WorkbookFault::NotWorkbook => "not_workbook",
                WorkbookFault::TooMuch => "workbook_too_much",
            })
        })
    }

    /// The payment that a line proves, or why there is none.
    async fn matched(&self, read: StatementLine) -> Result<Matched> {
        let filters = [
            noun::Filter::In(
                "state",
                [InstalmentState::Paid, InstalmentState::Received, InstalmentState::OnwardPaid].map(|s| s.id().into()).to_vec(),
            ),
            noun::Filter::is("amount_fen", read.amount_fen.as_fen()),
        ];
        let found: Listed<Instalment> = noun::list(&self.db, &filters, Page::first(100)).await?;
        let same = found.items.iter().find(|i| i.voucher.as_deref() == Some(read.reference.as_str()));
        let fault = |path: &str, code| Some(Fault { path: path.into(), code, args: vec![] });
        let fault = match same {
            None => fault("reference", "payment_unknown"),
            Some(i) if i.reconciled_on.is_some() => fault("reference", "reconciled_before"),
            Some(i) if self.organisation(i.payee).await?.name != read.payee => fault("payee", "payee_differs"),
            Some(_) => None,
        };
        Ok(Matched { line: read.line, instalment: same.map(|i| i.id), read: Some(read), fault, done: false })
    }

    /// One line of an import is one act; what a rule refuses meanwhile is told at its line.
    async fn reconcile_line(&self, actor: &Actor, one: &mut Matched) -> Result<()> {
        let (Some(id), Some(read), None) = (one.instalment, &one.read, &one.fault) else { return Ok(()) };
        let form = ReconcilePayment {
            reference: read.reference.clone(),
            booked_on: read.booked_on.clone(),
            payee: read.payee.clone(),
            amount_fen: read.amount_fen,
        };
        match self.reconcile_payment(actor, id, form).await {
            Ok(_) => one.done = true,
            Err(Error::Refused(r)) => {
                one.fault = Some(Fault { path: String::new(), code: r.code, args: r.args });
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// One payment agrees with the bank's line in voucher, amount and payee.
    pub async fn reconcile_payment(&self, actor: &Actor, id: InstalmentId, form: ReconcilePayment) -> Result<Instalment> {
        let seen: Instalment = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let payee = self.organisation(seen.payee).await?;
        self.on_instalment(actor, id, P::Reconcile, None, move |i, m| {
            ensure(i.voucher.as_deref() == Some(form.reference.as_str()), "voucher_differs").map_err(|r| r.at("reference"))?;
            instalment::exactly(i, form.amount_fen)?;
            if form.payee != payee.name {
                return Err(Refusal::new("account_not_payee").with("name", payee.name).at("payee").into());
            }
            instalment::not_future(&form.booked_on, m, "booked_on")?;
            i.reconciled_on = Some(form.booked_on);
            Ok(())
        })
        .await
    }

    /// The clock of a payment to a small firm, if there is one.
    pub async fn prompt_payment(&self, i: &Instalment) -> Result<Option<PromptPayment>> {
        let (payer, payee) = (self.organisation(i.payer).await?, self.organisation(i.payee).await?);
        let c: Challenge = noun::find(&self.db, i.challenge.0).await?.ok_or(Error::Missing)?;
        Ok(prompt::clock(i, &payer, &payee, &c.rules, &self.glance().await?))
    }

    /// Until when the first fiscal payment of a contract is due, by the rules that were frozen with its challenge.
    pub async fn first_payment_by(&self, i: &Instalment) -> Result<Option<jiff::Timestamp>> {
        let c: Challenge = noun::find(&self.db, i.challenge.0).await?.ok_or(Error::Missing)?;
        Ok(i.first_payment_by(&self.glance().await?, &c.rules))
    }

    /// Fiscal money of a contract that arrived two years ago or earlier and is not accounted for: the county may take it back
    /// (N 预算法 §42).
    pub async fn idle_money(&self, actor: &Actor, k: &Contract) -> Result<Money> {
        if !k.spends(Channel::Fiscal) {
            return Ok(Money::default());
        }
        let year = date_of(self.clock.now()).year();
        let end = jiff::civil::Date::new(year - 2, 12, 31).map_err(|e| Error::Failed(e.to_string()))?;
        let then = self.contract_book(actor, k, Some(deadline_instant(end) - jiff::SignedDuration::from_millis(1))).await?;
        let now = self.contract_book(actor, k, None).await?;
        let came = then.reached(Channel::Fiscal, LedgerAccount::Received);
        let (all, left) =
            (now.reached(Channel::Fiscal, LedgerAccount::Received), now.balance(Channel::Fiscal, LedgerAccount::Received));
        let used = all.checked_sub(left).unwrap_or_default();
        Ok(came.checked_sub(used).unwrap_or_default().max(Money::default()))
    }
}

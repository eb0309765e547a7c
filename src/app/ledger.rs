//! What acts write into the ledger, and what is read from it.
use super::*;
use policy::{FollowsFrom, Permit, PostLedger};

/// One entry to be made: what happens to how much of a channel, and because of what.
#[derive(Clone, Debug)]
pub(in crate::app) struct Booking {
    pub act: LedgerAct,
    pub channel: Channel,
    pub amount: Money,
    pub noun: Noun,
    pub subject: Uuid,
    pub memo: String,
    pub reference: Option<String>,
    pub budget: Option<(i64, String)>,
}

impl Booking {
    pub fn new(act: LedgerAct, channel: Channel, amount: Money, noun: Noun, subject: Uuid) -> Self {
        Self { act, channel, amount, noun, subject, memo: String::new(), reference: None, budget: None }
    }
    /// The whole of an instalment.
    pub fn of_instalment(act: LedgerAct, i: &Instalment) -> Self {
        let budget = match (act, i.fiscal_year, &i.budget_doc_no) {
            (LedgerAct::Payment | LedgerAct::Receipt, Some(year), Some(doc)) => Some((year, doc.clone())),
            _ => None,
        };
        let reference = (act == LedgerAct::Payment).then(|| i.voucher.clone()).flatten();
        let memo = format!("#{}", i.number);
        Self { reference, budget, memo, ..Self::new(act, i.channel(), i.amount_fen, Noun::Instalment, i.id.0) }
    }
    pub fn memo(mut self, memo: impl Into<String>) -> Self {
        self.memo = memo.into();
        self
    }
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }
}

/// Makes one entry in the book of a contract whose lock the caller holds. Nothing is written when the book has not so much.
pub(in crate::app) async fn book<A>(work: &Work, permit: &Permit<A>, k: &Contract, m: &Moment, b: Booking) -> Result<()>
where
    PostLedger: FollowsFrom<A>,
{
    let mut books = store::ledger::books(work, k).await?;
    let postings = books.write(b.act, b.channel, b.amount)?;
    let (budget_year, budget_doc_no) = b.budget.unzip();
    let entry = LedgerEntry {
        id: clock::ordered_id(),
        contract: k.id,
        challenge: k.challenge,
        channel: b.channel,
        act: b.act,
        noun: b.noun,
        subject: b.subject,
        reverses: None,
        budget_year,
        budget_doc_no,
        reference: b.reference,
        memo: b.memo,
        at: m.now,
        postings,
    };
    Ok(store::ledger::post(work, &permit.follow(k.id.0), &entry).await?)
}

/// Takes back the standing entry of an act on a subject, by its counter-entry; says whether there was one.
pub(in crate::app) async fn unbook<A>(
    work: &Work,
    permit: &Permit<A>,
    k: &Contract,
    m: &Moment,
    (act, noun, subject): (LedgerAct, Noun, Uuid),
    memo: String,
) -> Result<bool>
where
    PostLedger: FollowsFrom<A>,
{
    let Some(made) = store::ledger::standing(work, subject, act).await? else { return Ok(false) };
    let mut books = store::ledger::books(work, k).await?;
    let postings = books.reverse(made.channel, &made.postings)?;
    let entry = LedgerEntry {
        id: clock::ordered_id(),
        act: LedgerAct::Reversal,
        noun,
        reverses: Some(made.id),
        memo,
        at: m.now,
        postings,
        ..made
    };
    store::ledger::post(work, &permit.follow(k.id.0), &entry).await?;
    Ok(true)
}

/// Money that can no longer become due leaves the commitment, channel by channel.
pub(in crate::app) async fn release<A>(
    work: &Work,
    permit: &Permit<A>,
    k: &Contract,
    m: &Moment,
    cancelled: &[Instalment],
) -> Result<()>
where
    PostLedger: FollowsFrom<A>,
{
    for channel in Channel::ALL {
        let own = cancelled.iter().filter(|i| i.channel() == *channel);
        let sum = Money::sum(own.map(|i| i.amount_fen)).ok_or_else(|| Refusal::new("money_overflow"))?;
        if sum > Money::default() {
            let booking = Booking::new(LedgerAct::Release, *channel, sum, Noun::Contract, k.id.0);
            book(work, permit, k, m, booking).await?;
        }
    }
    Ok(())
}

/// Everything the contract promises, once it is in force.
pub(in crate::app) async fn promise(work: &Work, permit: &Permit<ContractAct>, k: &Contract, m: &Moment) -> Result<()> {
    for (channel, amount) in [(Channel::Fiscal, k.county_fen), (Channel::Enterprise, k.enterprise_fen)] {
        if amount > Money::default() {
            let booking = Booking::new(LedgerAct::Promise, channel, amount, Noun::Contract, k.id.0).memo(k.number.clone());
            book(work, permit, k, m, booking).await?;
        }
    }
    Ok(())
}

impl App {
    /// The trial balance: of the county, a year, a contract, now or at a past moment.
    pub async fn trial_balance(&self, actor: &Actor, scope: TrialScope) -> Result<Vec<TrialLine>> {
        policy::read_ledger(actor)?;
        Ok(store::ledger::trial(&self.db, scope).await?)
    }

    /// A contract by its number or its id.
    pub async fn contract_named(&self, said: &str) -> Result<Option<ContractId>> {
        let filter = match said.parse::<Uuid>() {
            Ok(id) => noun::Filter::is("id", id),
            Err(_) => noun::Filter::is("number", said),
        };
        let found: Listed<Contract> = noun::list(&self.db, &[filter], Page::first(1)).await?;
        Ok(found.items.first().map(|k| k.id))
    }

    /// The book of one contract, for those whose contract it is.
    pub async fn contract_book(&self, actor: &Actor, k: &Contract, at: Option<jiff::Timestamp>) -> Result<Books> {
        policy::see_contract(actor, k)?;
        self.book_of(k, at).await
    }

    pub(in crate::app) async fn book_of(&self, k: &Contract, at: Option<jiff::Timestamp>) -> Result<Books> {
        let lines = store::ledger::trial(&self.db, TrialScope { contract: Some(k.id), year: None, at }).await?;
        Ok(Books::new(k.county_fen, k.enterprise_fen, lines))
    }

    /// Its journal, oldest first.
    pub async fn contract_journal(
        &self,
        actor: &Actor,
        k: &Contract,
        at: Option<jiff::Timestamp>,
        page: Page,
    ) -> Result<Listed<LedgerEntry>> {
        policy::see_contract(actor, k)?;
        Ok(store::ledger::journal(&self.db, k.id.0, at, page).await?)
    }
}

/// An instalment falls due, in its life and in the book.
pub(in crate::app) async fn unlock<A>(
    work: &Work,
    permit: &Permit<A>,
    (c, k): (&Challenge, &Contract),
    i: &mut Instalment,
    m: &Moment,
) -> Result<()>
where
    PostLedger: FollowsFrom<A>,
    InstalmentAct: FollowsFrom<A>,
{
    i.take(InstalmentAct::Unlock, m, &c.rules)?;
    work.tell("unlocked", i.claim());
    noun::save(work, &permit.follow(i.id.0), i, &m.calendar).await?;
    book(work, permit, k, m, Booking::of_instalment(LedgerAct::Unlock, i)).await
}

//! The register of budget documents: entered by finance, used by approvals, adjusted and closed by finance.
use super::*;
use crate::domain::forms::*;
use policy::{FollowsFrom, Permit};

/// Payments that a document's page lists.
pub const PAYMENTS: usize = 500;

impl App {
    pub async fn register_budget_doc(&self, actor: &Actor, form: RegisterBudgetDoc) -> Result<BudgetDoc> {
        let work = self.begin(actor).await?;
        let m = self.moment(&work).await?;
        let id = BudgetDocId(clock::ordered_id());
        let permit = policy::register_budget_doc(actor, id)?;
        let x = BudgetDoc {
            id,
            head: Head::new(BudgetDocState::Open, &m, None),
            number: form.number,
            fiscal_year: form.fiscal_year,
            title: form.title,
            amount_fen: form.amount_fen,
            used_fen: Money::default(),
            registered_by: actor.account,
        };
        match noun::insert(&work, &permit.follow(id.0), &x, &m.calendar).await {
            Err(store::Error::Duplicate) => return Err(Refusal::new("budget_doc_exists").at("number").into()),
            other => other?,
        }
        let event = Event::new(Noun::BudgetDoc, "registration", id.0, Visibility::Bureau).of(actor.org);
        let event = event.fact("number", &x.number).fact("fiscal_year", x.fiscal_year).fact("amount_fen", x.amount_fen);
        work.commit(&permit, event).await?;
        Ok(x)
    }

    async fn on_budget_doc(
        &self,
        actor: &Actor,
        id: BudgetDocId,
        act: BudgetDocAct,
        reason: Option<String>,
        change: impl FnOnce(&mut BudgetDoc) -> Result<()>,
    ) -> Result<BudgetDoc> {
        let work = self.begin(actor).await?;
        let mut x: BudgetDoc = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_budget_doc(actor, &x, act)?;
        let (from, to) = (x.head.state, x.head.state.step(act)?.to);
        change(&mut x)?;
        if to != from {
            x.head.enter(to, &m, None);
        }
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let event = Event::new(Noun::BudgetDoc, act.id(), id.0, Visibility::Bureau).moved(from.id(), to.id()).of(actor.org);
        let event = event.because(reason).fact("amount_fen", x.amount_fen).fact("used_fen", x.used_fen);
        work.commit(&permit, event).await?;
        Ok(x)
    }

    pub async fn adjust_budget_doc(&self, actor: &Actor, id: BudgetDocId, form: AdjustBudgetDoc) -> Result<BudgetDoc> {
        self.on_budget_doc(actor, id, BudgetDocAct::Adjust, Some(form.reason), |x| Ok(x.adjust(form.amount_fen)?)).await
    }

    pub async fn close_budget_doc(&self, actor: &Actor, id: BudgetDocId, form: Reason) -> Result<BudgetDoc> {
        self.on_budget_doc(actor, id, BudgetDocAct::Close, Some(form.reason), |_| Ok(())).await
    }

    pub async fn budget_doc(&self, actor: &Actor, id: BudgetDocId) -> Result<BudgetDoc> {
        policy::see_budget_docs(actor)?;
        noun::find(&self.db, id.0).await?.ok_or(Error::Missing)
    }

    /// The payments approved against a document, the last first; at most `PAYMENTS`.
    pub async fn payments_against(&self, x: &BudgetDoc) -> Result<Vec<Instalment>> {
        let filters = [noun::Filter::Body(&["budget_doc_no"], x.number.clone())];
        let found: Vec<Instalment> = self.every(&filters).await?;
        Ok(found.into_iter().filter(|i| i.fiscal_year == Some(x.fiscal_year)).take(PAYMENTS).collect())
    }

    /// Documents of a year with something left: what an approval may choose from.
    pub async fn open_budget_docs(&self, year: i64) -> Result<Vec<BudgetDoc>> {
        let filters = [noun::Filter::is("fiscal_year", year), noun::Filter::is("state", BudgetDocState::Open.id())];
        let found: Listed<BudgetDoc> = noun::list(&self.db, &filters, Page::first(100)).await?;
        Ok(found.items)
    }
}

/// The document of a number and a year, locked within the work that uses it.
async fn lock_doc(work: &Work, number: &str, year: i64) -> Result<Option<BudgetDoc>> {
    let all: Vec<BudgetDoc> =
        noun::lock_by(work, &[noun::Filter::is("number", number), noun::Filter::is("fiscal_year", year)]).await?;
    Ok(all.into_iter().next())
}

/// An approval takes its amount from the document; one that is not in the register pays nothing.
pub(in crate::app) async fn take_from<A>(work: &Work, permit: &Permit<A>, i: &Instalment, m: &Moment) -> Result<()>
where
    BudgetDocAct: FollowsFrom<A>,
{
    let (Some(number), Some(year)) = (&i.budget_doc_no, i.fiscal_year) else { return Ok(()) };
    let mut doc = lock_doc(work, number, year)
        .await?
        .ok_or_else(|| Refusal::new("budget_unknown").with("year", year).at("budget_doc_no"))?;
    doc.take_from(i.amount_fen)?;
    work.tell("approved_against", used(&doc, i.amount_fen));
    Ok(noun::save(work, &permit.follow(doc.id.0), &mut doc, &m.calendar).await?)
}

/// What was approved and is not paid goes back to its document.
pub(in crate::app) async fn give_back<A>(
    work: &Work,
    permit: &Permit<A>,
    (number, year): (&str, i64),
    amount: Money,
    m: &Moment,
) -> Result<()>
where
    BudgetDocAct: FollowsFrom<A>,
{
    if let Some(mut doc) = lock_doc(work, number, year).await? {
        doc.give_back(amount);
        work.tell("given_back", used(&doc, amount));
        noun::save(work, &permit.follow(doc.id.0), &mut doc, &m.calendar).await?;
    }
    Ok(())
}

/// What the record is told of a use.
fn used(doc: &BudgetDoc, amount: Money) -> serde_json::Value {
    serde_json::json!({ "doc": doc.id, "amount_fen": amount })
}

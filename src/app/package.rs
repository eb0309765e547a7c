//! The finance package of a payment: what was agreed, done, asked for, approved, paid and booked of one instalment, with its part
//! of the record.
use super::case_file::Part;
use super::document::Issued;
use super::*;

/// All that a reader takes away of one instalment.
#[derive(Debug)]
pub struct Package {
    pub contract: Contract,
    pub instalment: Instalment,
    pub payer: Organisation,
    pub payee: Organisation,
    pub account: AccountCheck,
    /// What it is about: itself first, its contract, what unlocked it, the budget that pays it.
    pub things: Vec<(Noun, Uuid)>,
    /// The nodes among them, with what was handed in and how it was judged.
    pub milestones: Vec<Milestone>,
    pub ledger: Vec<LedgerEntry>,
    pub documents: Vec<Issued>,
    pub files: Vec<Attachment>,
    pub record: Part,
}

/// What a look at the payee's account says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountCheck {
    /// Nobody has asked to be paid.
    NotAsked,
    /// It is the payee's own, as it was asked for.
    Same,
    /// The payee has another account by now.
    Changed,
}

impl AccountCheck {
    pub fn id(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Same => "same",
            Self::Changed => "changed",
        }
    }
}

impl App {
    pub async fn payment_package(&self, actor: &Actor, id: InstalmentId) -> Result<Package> {
        let (contract, instalment) = self.instalment(actor, id).await?;
        policy::take_package(actor, &contract)?;
        let (payer, payee) = (self.organisation(instalment.payer).await?, self.organisation(instalment.payee).await?);
        let (things, milestones) = self.things_of_payment(&contract, &instalment).await?;
        let about = |subject: Uuid| things.iter().any(|(_, id)| *id == subject);
        let case = contract.challenge;
        let record = self.part_of(actor, case, |e| about(e.subject)).await?;
        let mut documents = self.case_documents(actor, case).await?;
        documents.retain(|d| about(d.subject));
        let mut files = self.case_attachments(actor, case).await?;
        files.retain(|a| a.subject.is_some_and(about));
        let ledger = self.ledger_of(actor, &contract, &instalment).await?;
        let account = self.account_check(&instalment, &payee);
        Ok(Package { contract, instalment, payer, payee, account, things, milestones, ledger, documents, files, record })
    }

    /// The instalment, its contract, and what made it due; the budget and the budget document that pay it.
    async fn things_of_payment(&self, k: &Contract, i: &Instalment) -> Result<(Vec<(Noun, Uuid)>, Vec<Milestone>)> {
        let (mut nodes, instalments, _, acceptances) = self.parts_of_contract(k).await?;
        nodes.retain(|x| matches!(i.trigger, Trigger::MilestonePassed { number } if x.number == number));
        let mut out = vec![(Noun::Instalment, i.id.0), (Noun::Contract, k.id.0)];
        out.extend(nodes.iter().map(|x| (Noun::Milestone, x.id.0)));
        if matches!(i.trigger, Trigger::AcceptancePassed | Trigger::EnterprisePaid { .. }) {
            out.extend(acceptances.iter().map(|x| (Noun::Acceptance, x.id.0)));
        }
        if matches!(i.trigger, Trigger::EnterprisePaid { .. }) {
            out.extend(instalments.iter().filter(|o| !o.is_fiscal()).map(|o| (Noun::Instalment, o.id.0)));
        }
        if i.is_fiscal() {
            out.extend(self.budget_of(k).await?.map(|x| (Noun::Budget, x.id.0)));
        }
        if let (Some(number), Some(year)) = (&i.budget_doc_no, i.fiscal_year) {
            let filters = [noun::Filter::is("number", number), noun::Filter::is("fiscal_year", year)];
            let found: Listed<BudgetDoc> = noun::list(&self.db, &filters, Page::first(1)).await?;
            out.extend(found.items.iter().map(|x| (Noun::BudgetDoc, x.id.0)));
        }
        Ok((out, nodes))
    }

    /// What was booked of it: the promise that it is a part of, and every entry of its own.
    async fn ledger_of(&self, actor: &Actor, k: &Contract, i: &Instalment) -> Result<Vec<LedgerEntry>> {
        let (mut out, mut page) = (vec![], Page::first(Page::MOST));
        loop {
            let listed = self.contract_journal(actor, k, None, page).await?;
            let own = |e: &LedgerEntry| e.subject == i.id.0 || (e.act == LedgerAct::Promise && e.channel == i.channel());
            out.extend(listed.items.into_iter().filter(own));
            match listed.next {
                Some(after) => page.after = Some(after),
                None => return Ok(out),
            }
        }
    }
}

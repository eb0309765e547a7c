//! Budgets of contracts that are not a lump sum: proposed by the lead, approved by a checker, adjusted by filing or by leave.
use super::*;
use crate::domain::BudgetAct as D;
use crate::domain::budget::{Adjustment, Heads, spent_by_head};
use crate::domain::forms::*;
use crate::domain::spending::budget_head;

impl App {
    pub async fn propose_budget(&self, actor: &Actor, on: ContractId, form: ProposeBudget) -> Result<Budget> {
        let case = self.contract_of(on).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, on, case).await?;
        let m = self.moment(&work).await?;
        let permit = policy::propose_budget(actor, &k)?;
        let before: Vec<Budget> = noun::lock_of(&work, "contract_id", on.0).await?;
        ready::no_budget(&k, &before)?;
        let heads = Heads::from(&form);
        heads.check(k.county_fen)?;
        let x = Budget {
            id: BudgetId(clock::ordered_id()),
            contract: on,
            challenge: case,
            poster: k.poster,
            lead: k.lead,
            head: Head::new(BudgetState::Proposed, &m, Some(c.rules.payment_check_days)),
            total_fen: k.county_fen,
            heads,
            basis: form.basis,
            adjustments: vec![],
            files: form.files,
            reason: None,
        };
        tie_files(&work, &permit.follow(x.id.0), Noun::Budget, Some(case), &x.files, "files").await?;
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        let event = Event::new(Noun::Budget, "proposal", x.id.0, Visibility::Parties).on(case).of(k.lead);
        work.commit(&permit, event.fact("contract", on).fact("heads", x.heads)).await?;
        Ok(x)
    }

    async fn on_budget(
        &self,
        actor: &Actor,
        id: BudgetId,
        act: D,
        reason: Option<String>,
        change: impl AsyncFnOnce(&Work, &mut Budget, &Contract, &Moment) -> Result<()>,
    ) -> Result<Budget> {
        let seen: Budget = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: Budget = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_budget(actor, &x, &k, act)?;
        x.head.state.step(act)?;
        let from = x.head.state;
        change(&work, &mut x, &k, &m).await?;
        x.take(act, &m, &c.rules)?;
        tie_files(&work, &permit.follow(id.0), Noun::Budget, Some(x.challenge), &x.files, "files").await?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let event = Event::new(Noun::Budget, act.id(), id.0, Visibility::Parties)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id());
        work.commit(&permit, event.because(reason).fact("contract", x.contract).fact("heads", x.heads)).await?;
        Ok(x)
    }

    /// After a return: the whole budget anew.
    pub async fn propose_budget_again(&self, actor: &Actor, id: BudgetId, form: ProposeBudget) -> Result<Budget> {
        self.on_budget(actor, id, D::Propose, None, async |_, x, k, _| {
            let heads = Heads::from(&form);
            heads.check(k.county_fen)?;
            (x.heads, x.total_fen, x.basis) = (heads, k.county_fen, form.basis);
            x.files.extend(form.files);
            Ok(())
        })
        .await
    }

    pub async fn approve_budget(&self, actor: &Actor, id: BudgetId, form: Plain) -> Result<Budget> {
        self.on_budget(actor, id, D::Approve, form.note, async |_, x, k, _| Ok(x.heads.check(k.county_fen)?)).await
    }

    pub async fn return_budget(&self, actor: &Actor, id: BudgetId, form: Reason) -> Result<Budget> {
        let reason = form.reason.clone();
        self.on_budget(actor, id, D::Return, Some(form.reason), async |_, x, _, _| {
            x.reason = Some(reason);
            Ok(())
        })
        .await
    }

    /// Between direct heads it is filed and in force at once; more for equipment waits for a checker.
    pub async fn adjust_budget(&self, actor: &Actor, id: BudgetId, form: AdjustBudget) -> Result<Budget> {
        let seen: Budget = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let after = Heads::from(&form);
        let act = if after.equipment_fen > seen.heads.equipment_fen { D::Ask } else { D::File };
        self.on_budget(actor, id, act, Some(form.reason.clone()), async |work, x, k, m| {
            let way = x.way_of(&after, &spent_of(work, k).await?, k.county_fen)?;
            ensure(way == act, "account_outdated")?;
            let status = if way == D::File { "filed" } else { "asked" };
            let before = x.heads;
            x.adjustments.push(Adjustment { before, after, reason: form.reason, status: status.into(), at: m.now });
            if way == D::File {
                (x.heads, x.total_fen) = (after, k.county_fen);
            }
            Ok(())
        })
        .await
    }

    pub async fn grant_adjustment(&self, actor: &Actor, id: BudgetId, form: Plain) -> Result<Budget> {
        self.on_budget(actor, id, D::Grant, form.note, async |work, x, k, _| {
            let spent = spent_of(work, k).await?;
            let Some(asked) = x.adjustments.last().cloned() else { return Err(Refusal::new("out_of_order").into()) };
            x.way_of(&asked.after, &spent, k.county_fen)?;
            (x.heads, x.total_fen) = (asked.after, k.county_fen);
            settle_last(x, "granted");
            Ok(())
        })
        .await
    }

    pub async fn refuse_adjustment(&self, actor: &Actor, id: BudgetId, form: Reason) -> Result<Budget> {
        self.on_budget(actor, id, D::Refuse, Some(form.reason), async |_, x, _, _| {
            settle_last(x, "refused");
            Ok(())
        })
        .await
    }

    pub async fn budget(&self, actor: &Actor, id: BudgetId) -> Result<(Contract, Budget, Heads)> {
        let x: Budget = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract(actor, x.contract).await?;
        let all: Vec<Spending> = noun::of(&self.db, "contract_id", k.id.0).await?;
        let county = all.iter().filter(|s| s.counts() && s.source == "county").map(|s| (s.class.as_str(), s.amount_fen));
        let spent = spent_by_head(county).ok_or_else(|| Refusal::new("money_overflow"))?;
        Ok((k, x, spent))
    }

    pub async fn budget_of(&self, k: &Contract) -> Result<Option<Budget>> {
        Ok(noun::of::<Budget>(&self.db, "contract_id", k.id.0).await?.pop())
    }
}

fn settle_last(x: &mut Budget, status: &str) {
    if let Some(last) = x.adjustments.last_mut() {
        status.clone_into(&mut last.status);
    }
}

pub(in crate::app) async fn spent_of(work: &Work, k: &Contract) -> Result<Heads> {
    let spent = store::ledger::spent(work, k.id).await?;
    let county = spent.iter().filter(|((source, _), _)| source == "county").map(|((_, class), fen)| (class.as_str(), *fen));
    Ok(spent_by_head(county).ok_or_else(|| Refusal::new("money_overflow"))?)
}

/// A budgeted contract spends county money by the heads of its budget; a lump sum has none (domain 4.4).
pub(in crate::app) async fn within_heads(work: &Work, k: &Contract, source: &str, class: &str, amount: Money) -> Result<()> {
    if k.lump_sum || source != "county" {
        return Ok(());
    }
    let budgets: Vec<Budget> = noun::lock_of(work, "contract_id", k.id.0).await?;
    let stands = |b: &&Budget| matches!(b.head.state, BudgetState::InForce | BudgetState::Asked | BudgetState::Closed);
    let budget = budgets.iter().find(stands).ok_or_else(|| Refusal::new("budget_missing").at("source"))?;
    let head = budget_head(class);
    let spent = spent_of(work, k).await?.of(head);
    let after = spent.checked_add(amount).ok_or_else(|| Refusal::new("money_overflow"))?;
    if after > budget.heads.of(head) {
        let left = budget.heads.of(head).checked_sub(spent).unwrap_or_default();
        return Err(Refusal::new("head_over_budget").with("left", left).at("amount_fen").into());
    }
    Ok(())
}

impl From<&ProposeBudget> for Heads {
    fn from(f: &ProposeBudget) -> Self {
        heads(f.equipment_fen, f.business_fen, f.labour_fen, f.indirect_fen)
    }
}

impl From<&AdjustBudget> for Heads {
    fn from(f: &AdjustBudget) -> Self {
        heads(f.equipment_fen, f.business_fen, f.labour_fen, f.indirect_fen)
    }
}

/// A head left empty is nothing.
fn heads(equipment: Option<Money>, business: Option<Money>, labour: Option<Money>, indirect: Option<Money>) -> Heads {
    Heads {
        equipment_fen: equipment.unwrap_or_default(),
        business_fen: business.unwrap_or_default(),
        labour_fen: labour.unwrap_or_default(),
        indirect_fen: indirect.unwrap_or_default(),
    }
}

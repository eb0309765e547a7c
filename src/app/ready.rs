//! What an act asks beyond where its thing stands: what hangs on the thing must be ready too. The act asks these rules of
//! locked rows; the offer of the same act asks the very same rules of the rows as they are read, so that whoever is offered
//! an act can take it.
use super::*;
use crate::app::offered::Offered;

pub(in crate::app) type Said = std::result::Result<(), Refusal>;

/// A discussion follows only when everyone's own sheet is in: nobody is led by others' scores.
pub(in crate::app) fn all_in(c: &Challenge, round: &[Assignment]) -> Said {
    let seats = c.panel.as_ref().map_or(0, |p| p.seats);
    let there = round.iter().filter(|a| a.head.state == AssignmentState::Submitted).count();
    ensure(there >= seats, "sheets_missing").map_err(|r| r.with("in", there).with("seats", seats))
}

/// Every sheet is in, what lies far off is explained, the chair has concluded, ties are voted on.
pub(in crate::app) fn report(c: &Challenge, round: &[Assignment], m: &Moment) -> Said {
    let seats = c.panel.as_ref().map_or(0, |p| p.seats);
    let sheets: Vec<&Assignment> = round.iter().filter(|a| a.head.state == AssignmentState::Submitted).collect();
    ensure(seats > 0 && sheets.len() >= seats, "sheets_missing").map_err(|r| r.with("in", sheets.len()).with("seats", seats))?;
    let waiting = sheets.iter().any(|a| a.unexplained().next().is_some() && a.head.due.is_some_and(|due| m.now < due));
    ensure(!waiting, "outlier_unexplained")?;
    ensure(sheets.iter().any(|a| a.chairs && a.conclusion.is_some()), "chair_first")?;
    ensure(sheets.iter().all(|a| a.unvoted().next().is_none()), "tie_vote_missing")
}

/// Teams are heard by experts who have locked the blind part.
pub(in crate::app) fn blind_in(c: &Challenge, round: &[Assignment]) -> Said {
    let panel = c.panel.as_ref().ok_or_else(|| Refusal::new("panel_first"))?;
    let blind = round.iter().filter(|a| a.sits() && a.head.state == AssignmentState::BlindSubmitted).count();
    ensure(blind >= panel.seats, "blind_not_locked").map_err(|r| r.with("in", blind).with("seats", panel.seats))
}

/// Every item of every valid bid has its points and, where needed, its reason.
pub(in crate::app) fn sheet(a: &Assignment, bids: &[Bid], rubric: &Rubric, blind: bool) -> Said {
    for (n, bid) in bids.iter().filter(|b| b.head.state == BidState::Valid).enumerate() {
        let faults = a.sheets.get(&bid.id).cloned().unwrap_or_default().check(blind, rubric);
        if !faults.0.is_empty() {
            return Err(Refusal::new("sheet_incomplete").with("bid", n + 1).with("items", faults.0.len()));
        }
    }
    Ok(())
}

/// An award is confirmed when no objection is open.
pub(in crate::app) fn none_open(objections: &[Objection]) -> Said {
    ensure(!objections.iter().any(Objection::is_open), "objection_open")
}

/// A notice is printed anew when no objection holds its clock.
pub(in crate::app) fn none_holds(objections: &[Objection]) -> Said {
    ensure(!objections.iter().any(Objection::holds), "objection_open")
}

/// Examined or taken up again while the notice runs or is held.
pub(in crate::app) fn notice_open(n: &Notice) -> Said {
    ensure(matches!(n.head.state, NoticeState::InPublicity | NoticeState::Suspended), "notice_over")
}

/// One checkpoint at a time.
pub(in crate::app) fn no_gate_open(before: &[Gate]) -> Said {
    ensure(before.iter().all(|x| x.head.state.is_end()), "gate_open")
}

/// The lanes of a checkpoint on the way: two at least that run.
pub(in crate::app) fn running(contracts: &[Contract]) -> std::result::Result<Vec<Contract>, Refusal> {
    let runs = |k: &&Contract| matches!(k.head.state, ContractState::Effective | ContractState::Suspended);
    let lanes: Vec<Contract> = contracts.iter().filter(runs).cloned().collect();
    ensure(lanes.len() >= 2, "race_needs_two_lanes")?;
    Ok(lanes)
}

/// The lanes of the last one: those that came to an acceptance, once no lane runs any more.
pub(in crate::app) fn ended(contracts: &[Contract]) -> std::result::Result<Vec<Contract>, Refusal> {
    ensure(contracts.iter().all(|k| k.head.state.is_end()), "lanes_still_run")?;
    let judged =
        |k: &&Contract| matches!(k.head.state, ContractState::Completed | ContractState::Concluded | ContractState::Failed);
    let lanes: Vec<Contract> = contracts.iter().filter(judged).cloned().collect();
    ensure(!lanes.is_empty(), "race_needs_two_lanes")?;
    Ok(lanes)
}

/// A challenge is archived after each of its acceptances.
pub(in crate::app) fn archived(acceptances: &[Acceptance]) -> Said {
    let decided =
        |x: &Acceptance| matches!(x.head.state, AcceptanceState::Passed | AcceptanceState::Concluded | AcceptanceState::Failed);
    ensure(!acceptances.iter().any(decided), "acceptance_not_archived")
}

/// Conditions of the nodes before are met first: their money is the next node's.
pub(in crate::app) fn conditions_before(nodes: &[Milestone], number: usize) -> Said {
    let open = nodes.iter().any(|o| o.number < number && o.head.state == MilestoneState::Conditional);
    ensure(!open, "conditions_open")
}

/// What a node was passed on is met before the whole is accepted.
pub(in crate::app) fn no_conditions(nodes: &[Milestone]) -> Said {
    ensure(!nodes.iter().any(|x| x.head.state == MilestoneState::Conditional), "conditions_open")
}

/// Nobody applied in time.
pub(in crate::app) fn overdue(due: Option<jiff::Timestamp>, m: &Moment) -> Said {
    ensure(due.is_some_and(|due| m.now >= due), "applicant_still_has_time")
}

/// Money of a contract is spent once it is in force, and until its final account is disclosed.
pub(in crate::app) fn spends(k: &Contract, accounts: &[FinalAccount], sheets: &[Settlement]) -> Said {
    begun(k)?;
    ensure(!accounts.iter().any(FinalAccount::holds_still), "account_disclosed")?;
    ensure(!sheets.iter().any(Settlement::is_ordered), "settlement_ordered")
}

fn begun(k: &Contract) -> Said {
    ensure(k.starts_on.is_some() && k.head.state != ContractState::Abandoned, "contract_not_effective")
}

/// One final account at a time.
pub(in crate::app) fn no_account(k: &Contract, others: &[FinalAccount]) -> Said {
    begun(k)?;
    ensure(others.iter().all(|x| x.head.state == FinalAccountState::Withdrawn), "account_exists")
}

/// A spot check draws from the lines that nobody has looked at.
pub(in crate::app) fn sample(all: &[Spending]) -> std::result::Result<Vec<SpendingId>, Refusal> {
    let pool: Vec<SpendingId> = all.iter().filter(|x| x.head.state == SpendingState::Recorded).map(|x| x.id).collect();
    ensure(!pool.is_empty(), "nothing_to_sample")?;
    Ok(pool)
}

/// One budget a contract that has one.
pub(in crate::app) fn no_budget(k: &Contract, before: &[Budget]) -> Said {
    ensure(!k.lump_sum, "lump_sum_has_no_budget")?;
    let runs = matches!(k.head.state, ContractState::Effective | ContractState::Suspended);
    ensure(runs, "contract_not_effective")?;
    ensure(k.spends(Channel::Fiscal) && k.county_fen > Money::default(), "no_county_money_to_budget")?;
    ensure(before.is_empty(), "budget_exists")
}

/// The treasury closes with the year: last year's approval pays nothing (domain 4.9).
pub(in crate::app) fn year_open(i: &Instalment, m: &Moment) -> Said {
    let year = i64::from(date_of(m.now).year());
    let passed = i.fiscal_year.is_some_and(|approved| approved != year);
    if passed { Err(Refusal::new("fiscal_year_passed").with("year", year)) } else { Ok(()) }
}

/// The last one of its kind stays: contracts must be made from something.
pub(in crate::app) fn another(x: &Template, all: &[Template]) -> Said {
    let other = |t: &Template| t.id != x.id && t.kind == x.kind && t.head.state == TemplateState::Current;
    ensure(all.iter().any(other), "template_last")
}

/// A change goes on while its contract is in force; it can be taken back whatever has become of that.
pub(in crate::app) fn in_force(act: &str, k: &Contract) -> Said {
    ensure(act == ChangeAct::Withdraw.id() || k.head.state == ContractState::Effective, "contract_not_effective")
}

/// A final account that waits for the same money is finished first.
pub(in crate::app) fn no_account_refund(accounts: &[FinalAccount]) -> Said {
    ensure(!accounts.iter().any(|a| a.head.state == FinalAccountState::RefundDue), "account_refund_running")
}

/// A settlement that waits for the same money is finished first.
pub(in crate::app) fn no_settlement_refund(sheets: &[Settlement]) -> Said {
    ensure(!sheets.iter().any(|s| s.head.state == SettlementState::RefundDue), "settlement_refund_running")
}

/// A sum that was typed is told at its field where the books don't have it.
pub(in crate::app) fn at_amount(e: Error) -> Error {
    match e {
        Error::Refused(r) if r.code == "ledger_short" && r.field.is_none() => r.at("amount_fen").into(),
        other => other,
    }
}

/// Puts beside an offered step what a rule says against it. What would be told at a field of the form is the form's matter.
pub(in crate::app) async fn ask(offered: &mut [Offered], steps: &[&str], rule: impl Future<Output = Result<()>>) -> Result<()> {
    if !offered.iter().any(|o| steps.contains(&o.step) && o.refusal.is_none()) {
        return Ok(());
    }
    let said = match rule.await {
        Err(Error::Refused(r)) if r.field.is_none() => r,
        Ok(()) | Err(Error::Refused(_)) => return Ok(()),
        Err(e) => return Err(e),
    };
    for open in offered.iter_mut().filter(|o| steps.contains(&o.step) && o.refusal.is_none()) {
        open.refusal = Some(said.clone());
    }
    Ok(())
}

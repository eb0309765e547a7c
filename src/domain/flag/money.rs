//! Contract and money: weaker than promised, paid before there was something to pay for, too fast, too slow.
use super::*;

pub(super) fn of(f: &Facts) -> Vec<Flag> {
    let mut out = vec![];
    for k in f.contracts {
        out.extend(contract_weaker(f, k));
    }
    for i in f.instalments {
        out.extend([paid_before_accepted(f, i), fast_payment(f, i), slow_payment(f, i)].into_iter().flatten());
    }
    out
}

/// What was contracted asks less than the bid had promised.
fn contract_weaker(f: &Facts, k: &Contract) -> Option<Flag> {
    let one = |x: &Thread| {
        let (promised, contracted) = (x.promised?, x.contracted?);
        let e = Evidence::new("weaker").text("name", &x.published.name).text("promised", promised).text("contracted", contracted);
        x.published.is_weaker(contracted, promised).then(|| e.on(Noun::Contract, k.id.0))
    };
    let all: Vec<Evidence> = k.thread.iter().filter_map(one).collect();
    (!all.is_empty()).then(|| f.flag_on(FlagKind::ContractWeaker, k.id.0, all))
}

fn day(text: &str) -> Option<jiff::civil::Date> {
    text.parse().ok()
}

/// The bank paid on a day before that on which the instalment fell due: before the milestone or the result was accepted.
fn paid_before_accepted(f: &Facts, i: &Instalment) -> Option<Flag> {
    let paid = i.reconciled_on.as_deref().or(i.paid_on.as_deref()).and_then(day)?;
    let due = date_of(i.unlocked_at?);
    let what = match i.trigger {
        Trigger::ContractEffective => "paid_for.contract_effective",
        Trigger::MilestonePassed { .. } => "paid_for.milestone_passed",
        Trigger::AcceptancePassed => "paid_for.acceptance_passed",
        Trigger::EnterprisePaid { .. } => "paid_for.enterprise_paid",
    };
    let e = Evidence::new("paid_early").number("number", i.number).money("sum", i.amount_fen).text("paid", paid).text("due", due);
    let e = e.word("what", what).on(Noun::Instalment, i.id.0).entry(paid_entry(f, i).map(|t| t.seq));
    (paid < due).then(|| f.flag_on(FlagKind::PaidBeforeAccepted, i.id.0, vec![e]))
}

fn paid_entry<'a>(f: &'a Facts, i: &Instalment) -> Option<&'a Told> {
    f.last("instalment.fiscal-payment", i.id.0).or_else(|| f.last("instalment.payment", i.id.0))
}

/// Working days between the request and the payment of county money.
fn days_taken(f: &Facts, i: &Instalment) -> Option<(i64, Evidence)> {
    if !i.is_fiscal() {
        return None;
    }
    let asked = f.last("instalment.request", i.id.0)?;
    let paid = f.last("instalment.fiscal-payment", i.id.0);
    let end = paid.map_or(f.m.now, |t| t.at);
    let days = f.m.calendar.remaining(date_of(asked.at), date_of(end));
    let code = if paid.is_some() { "paid_in" } else { "unpaid_for" };
    let e = Evidence::new(code).number("number", i.number).money("sum", i.amount_fen).at("asked", asked.at);
    let e = if paid.is_some() { e.number("days", days).at("paid", end) } else { e };
    Some((days, e.on(Noun::Instalment, i.id.0).entry(Some(paid.unwrap_or(asked).seq))))
}

/// Request, check, approval and payment by four people within less than the rule's day.
fn fast_payment(f: &Facts, i: &Instalment) -> Option<Flag> {
    let (days, e) = days_taken(f, i)?;
    let least = f.rules().flag_fast_days;
    (i.is_paid() && days < least).then(|| f.flag_on(FlagKind::FastPayment, i.id.0, vec![e]))
}

/// Longer than the days for checking and paying together.
fn slow_payment(f: &Facts, i: &Instalment) -> Option<Flag> {
    let open = matches!(
        i.head.state,
        InstalmentState::Requested | InstalmentState::Checked | InstalmentState::Approved | InstalmentState::Held
    );
    let (days, e) = days_taken(f, i)?;
    let most = i64::from(f.rules().payment_check_days + f.rules().payment_days);
    ((open || i.is_paid()) && days > most).then(|| f.flag_on(FlagKind::SlowPayment, i.id.0, vec![e]))
}

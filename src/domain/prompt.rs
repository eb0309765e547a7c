//! Money owed to small firms: by when it must be paid, and what it costs to be late (domain 4.11: 保障中小企业款项支付条例,
//! 2025). A public body pays within thirty days, a large enterprise within sixty, counted from the day the money fell due;
//! "pay when paid" does not count. Late, it owes interest; the rate is the rule set's where the contract names none.
use super::*;

pub const ORG_SIZES: &[&str] = &["large", "medium", "small", "micro"];

/// The clock of one payment to a small or medium firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PromptPayment {
    /// Calendar days that the payer has.
    pub days: i64,
    /// 24:00 of the last of them.
    pub pay_by: Timestamp,
    /// Calendar days past it: until today, or until it was paid.
    pub late_days: i64,
    pub interest_fen: Money,
}

/// Days that the rule gives this payer towards this payee; `None` where it does not speak of them.
fn days(payer: &Organisation, payee: &Organisation, rules: &RuleSet) -> Option<i64> {
    let small = payee.kind == "enterprise" && matches!(payee.size.as_deref(), Some("medium" | "small" | "micro"));
    match (small, payer.kind.as_str(), payer.size.as_deref()) {
        (false, ..) => None,
        (true, "government" | "university" | "institute", _) => Some(rules.prompt_days_public),
        (true, "enterprise", Some("large")) => Some(rules.prompt_days_large),
        _ => None,
    }
}

/// The clock of an instalment that has fallen due.
pub fn clock(i: &Instalment, payer: &Organisation, payee: &Organisation, rules: &RuleSet, m: &Moment) -> Option<PromptPayment> {
    let days = days(payer, payee, rules)?;
    let due = date_of(i.unlocked_at?);
    let last = m.calendar.roll_forward(due.saturating_add(jiff::Span::new().days(days)));
    let until = match i.paid_on.as_deref().map(str::parse::<jiff::civil::Date>) {
        Some(Ok(paid)) => paid,
        _ if i.head.state.is_end() => last,
        _ => date_of(m.now),
    };
    let late_days = i64::from((until - last).get_days()).max(0);
    let interest_fen = i.amount_fen.percent_of(rules.late_interest_daily * late_days)?;
    Some(PromptPayment { days, pay_by: deadline_instant(last), late_days, interest_fen })
}

impl Instalment {
    /// From 1 October on, county money that has fallen due and is not paid may miss the year (domain 4.9): the year.
    pub fn may_miss_the_year(&self, now: Timestamp) -> Option<i16> {
        use InstalmentState as S;
        let today = date_of(now);
        let open = matches!(self.head.state, S::Eligible | S::Requested | S::Checked | S::Held | S::Approved);
        (self.is_fiscal() && open && today.month() >= 10).then(|| today.year())
    }
}

//! One payment of one source (拨付): planned by the contract, unlocked by what the contract says, requested, approved by
//! two different people, recorded as paid, confirmed as received (domain 2.8). The platform records money, it never holds it.
use super::life::life;
use super::*;

life! {
    /// Where an instalment stands.
    noun "instalment"; states InstalmentState; acts InstalmentAct; table INSTALMENT_LIFE;
    first [Planned]; ends [Cancelled, Recovered];
    Planned { Unlock [System] => Eligible, Cancel [System] => Cancelled }
    Eligible { Request [Bidder, Poster] => Requested, Relock [System] => Planned, Cancel [System] => Cancelled }
    Requested { Check [Officer] => Checked, Reject [Officer] => Eligible, Pay [Poster, Officer] => Paid, Cancel [System] => Cancelled }
    Checked { Approve [Head] => Approved, Reject [Checker, Head] => Eligible, Hold [Checker] => Held, Cancel [System] => Cancelled }
    Held { Release [Checker] => Checked, Cancel [System] => Cancelled }
    Approved { PayFiscal [Finance] => Paid, Return [Finance] => Checked, Cancel [System] => Cancelled }
    Paid { Confirm [Bidder, Poster] => Received, Reconcile [Finance] => Paid, Bounce [Poster, Finance] => Requested, ClawBack [Head] => ClawbackDue }
    Received { PassOn [Bidder] => OnwardPaid, Reconcile [Finance] => Received, ClawBack [Head] => ClawbackDue }
    OnwardPaid { Reconcile [Finance] => OnwardPaid, ClawBack [Head] => ClawbackDue }
    ClawbackDue { Recover [Finance] => Recovered }
    = acts {
        Unlock = "unlocking", Relock = "relocking", Bounce = "bounce", Reconcile = "reconciliation", Request = "request", Check = "check", Reject = "rejection", Approve = "approval", Hold = "hold", Release = "release",
        Pay = "payment", PayFiscal = "fiscal-payment", Return = "return", Confirm = "receipt", PassOn = "onward-payment", ClawBack = "clawback", Recover = "recovery", Cancel = "cancellation"
    }
    = states {
        Planned = "planned", Eligible = "eligible", Requested = "requested", Checked = "checked", Held = "held", Approved = "approved",
        Paid = "paid", Received = "received", OnwardPaid = "onward_paid", ClawbackDue = "clawback_due", Recovered = "recovered", Cancelled = "cancelled"
    }
}

use InstalmentState as S;

pub const SOURCES: &[&str] = &["county", "enterprise"];
/// Papers that a payee asks with: fiscal money by 财政票据 or a receipt, enterprise money by an invoice (domain 4.13).
pub const INVOICE_KINDS: &[&str] = &["fiscal_receipt", "receipt", "vat_invoice"];

/// A partner's share, passed on by the lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onward {
    pub partner: String,
    pub amount_fen: Money,
    pub paid_on: String,
    pub voucher: String,
}

/// What unlocks an instalment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Trigger {
    ContractEffective,
    MilestonePassed {
        number: usize,
    },
    AcceptancePassed,
    /// Enterprise track: the poster has really paid this share of its part.
    EnterprisePaid {
        share_bp: i64,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Instalment {
    pub id: InstalmentId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub number: usize,
    pub head: Head<InstalmentState>,
    pub source: String,
    /// Payer and payee stand on the instalment, never on the project (domain 0.1).
    pub payer: OrgId,
    pub payee: OrgId,
    pub amount_fen: Money,
    pub trigger: Trigger,
    pub invoice: Option<String>,
    pub files: Vec<FileId>,
    pub requested_by: Option<AccountId>,
    pub checked_by: Option<AccountId>,
    pub approved_by: Option<AccountId>,
    pub fiscal_year: Option<i64>,
    pub budget_doc_no: Option<String>,
    pub voucher: Option<String>,
    pub paid_on: Option<String>,
    pub paid_by: Option<AccountId>,
    pub reason: Option<String>,
    pub received_on: Option<String>,
    /// When it fell due: the clocks of small firms count from here.
    #[serde(default)]
    pub unlocked_at: Option<Timestamp>,
    /// The bank's own date, once its statement has been put beside the payment.
    #[serde(default)]
    pub reconciled_on: Option<String>,
    #[serde(default)]
    pub invoice_kind: Option<String>,
    /// The account that was asked to be paid, under a key that only the platform has: it is the payee's own, and still is when it
    /// is paid. Digits are few enough to try them all against a plain hash, and every party reads the instalment.
    #[serde(default)]
    pub account_tag: Option<String>,
    /// The same of requests from before: a plain SHA-256, shown nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_sha256: Option<String>,
    /// The payee has partners to pass a share on to.
    #[serde(default)]
    pub has_partners: bool,
    #[serde(default)]
    pub onward: Vec<Onward>,
    /// The meeting that took it back.
    #[serde(default)]
    pub clawback: Option<Minutes>,
}

/// An unlocked instalment as the record tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub instalment: InstalmentId,
    pub contract: ContractId,
    pub source: String,
    pub amount_fen: Money,
}

impl Instalment {
    /// As the plan of a contract has it.
    pub fn planned(
        k: &Contract,
        number: usize,
        source: &str,
        (payer, payee): (OrgId, OrgId),
        amount_fen: Money,
        trigger: Trigger,
        m: &Moment,
    ) -> Self {
        Self {
            id: InstalmentId(clock::ordered_id()),
            contract: k.id,
            challenge: k.challenge,
            number,
            head: Head::new(S::Planned, m, None),
            source: source.to_owned(),
            payer,
            payee,
            amount_fen,
            trigger,
            invoice: None,
            files: vec![],
            requested_by: None,
            checked_by: None,
            approved_by: None,
            fiscal_year: None,
            budget_doc_no: None,
            voucher: None,
            paid_on: None,
            paid_by: None,
            reason: None,
            received_on: None,
            unlocked_at: None,
            reconciled_on: None,
            clawback: None,
            invoice_kind: None,
            account_tag: None,
            account_sha256: None,
            has_partners: Self::is_shared(k, payee),
            onward: vec![],
        }
    }

    pub fn is_fiscal(&self) -> bool {
        self.source == "county"
    }

    /// The book of the ledger that it is written in.
    pub fn channel(&self) -> Channel {
        if self.is_fiscal() { Channel::Fiscal } else { Channel::Enterprise }
    }

    pub fn take(&mut self, act: InstalmentAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        let to = self.head.state.step(act)?.to;
        // A step that stays where it is starts no clock anew; what bars it was asked before its facts were set.
        if to == self.head.state {
            return Ok(());
        }
        self.may(act)?;
        match act {
            InstalmentAct::Unlock => self.unlocked_at = Some(m.now),
            InstalmentAct::Relock => self.unlocked_at = None,
            _ => {}
        }
        let due = match to {
            S::Requested if !self.is_fiscal() => Some(rules.payment_days),
            S::Requested | S::Checked => Some(rules.payment_check_days),
            S::Approved => Some(rules.payment_days),
            S::Paid => Some(rules.receipt_days),
            S::Received if self.has_partners => Some(rules.onward_days),
            S::ClawbackDue => Some(rules.settle_days),
            _ => None,
        };
        // The bureau has its days once, from the request to the head's approval (domain 2.8).
        let kept = (self.head.state == S::Requested && to == S::Checked).then_some(self.head.due).flatten();
        self.head.enter(to, m, due);
        self.head.due = kept.or(self.head.due);
        Ok(())
    }

    pub fn may(&self, act: InstalmentAct) -> Result<(), Refusal> {
        use InstalmentAct as A;
        self.head.state.step(act)?;
        match act {
            A::Check | A::Reject if self.head.state == S::Requested => ensure(self.is_fiscal(), "enterprise_pays_directly"),
            A::Reconcile => ensure(self.reconciled_on.is_none(), "reconciled_already"),
            A::Pay => ensure(!self.is_fiscal(), "county_money_needs_approval"),
            A::PassOn => ensure(self.has_partners, "no_partner_to_pay"),
            _ => Ok(()),
        }
    }

    /// What bars a claw-back, or its recovery: a settlement or a final account that has ordered the same money back, and books in
    /// which it is no longer (domain 4.6). Fiscal money alone goes back by those.
    pub fn may_come_back(
        &self,
        act: InstalmentAct,
        (sheets, accounts): (&[Settlement], &[FinalAccount]),
        book: &Books,
    ) -> Result<(), Refusal> {
        let runs = |x: &&Settlement| self.is_fiscal() && x.head.state == SettlementState::RefundDue;
        let sheet = sheets.iter().find(runs);
        match act {
            InstalmentAct::ClawBack => {
                ensure(sheet.is_none(), "settlement_refund_running")?;
                let refund = accounts.iter().any(|a| a.head.state == FinalAccountState::RefundDue);
                ensure(!(self.is_fiscal() && refund), "account_refund_running")?;
                let moved = if self.head.state == S::Paid { LedgerAct::Recall } else { LedgerAct::Clawback };
                book.clone().write(moved, self.channel(), self.amount_fen).map(drop)
            }
            // A settlement that claws back counts this payment among what it waits for.
            InstalmentAct::Recover => {
                ensure(sheet.is_none_or(|x| x.rule == settlement::BackRule::Unspent), "settlement_refund_running")
            }
            _ => Ok(()),
        }
    }

    /// What may be paid from its unlocking on, for the record.
    pub fn claim(&self) -> Claim {
        Claim { instalment: self.id, contract: self.contract, source: self.source.clone(), amount_fen: self.amount_fen }
    }

    pub fn is_paid(&self) -> bool {
        matches!(self.head.state, S::Paid | S::Received | S::OnwardPaid)
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: InstalmentAct| Turn::of(role, &format!("instalment.{}", act.id()), &self.head);
        let payee = if self.payee_is_poster() { Role::Poster } else { Role::Bidder };
        match self.head.state {
            S::Eligible => vec![t(payee, InstalmentAct::Request).org(self.payee)],
            S::Requested if self.is_fiscal() => vec![t(Role::Officer, InstalmentAct::Check)],
            S::Requested => vec![t(Role::Poster, InstalmentAct::Pay).org(self.payer)],
            S::Checked => vec![t(Role::Head, InstalmentAct::Approve)],
            S::Held => vec![t(Role::Checker, InstalmentAct::Release)],
            S::Approved => vec![t(Role::Finance, InstalmentAct::PayFiscal)],
            S::Paid => vec![t(payee, InstalmentAct::Confirm).org(self.payee)],
            S::ClawbackDue => vec![t(Role::Finance, InstalmentAct::Recover)],
            S::Received if self.has_partners => vec![t(Role::Bidder, InstalmentAct::PassOn).org(self.payee)],
            S::Planned | S::Received | S::OnwardPaid | S::Recovered | S::Cancelled => vec![],
        }
    }

    /// County money on the enterprise track is a subsidy to the poster, after it has really paid.
    pub fn payee_is_poster(&self) -> bool {
        matches!(self.trigger, Trigger::EnterprisePaid { .. })
    }
}

/// The whole payment plan of a contract. Government track: county money by tranches, enterprise money by milestone.
/// Enterprise track: the poster pays by milestone; the county's part is its subsidy, half once enough is really paid,
/// half after acceptance (domain 4.1, 4.2). `county` is the organisation that pays county money.
pub fn payment_plan(
    c: &Contract,
    county: OrgId,
    rules: &RuleSet,
) -> Result<Vec<(String, OrgId, OrgId, Money, Trigger)>, Refusal> {
    let overflow = || Refusal::new("money_overflow");
    let shares: Vec<i64> = c.milestones.iter().map(|m| m.share_bp).collect();
    let mut plan = vec![];
    let by_milestone = c.enterprise_fen.split_by_hundredths(&shares).ok_or_else(overflow)?;
    for (n, amount) in by_milestone.into_iter().enumerate().filter(|(_, a)| *a > Money::default()) {
        plan.push(("enterprise".to_owned(), c.poster, c.lead, amount, Trigger::MilestonePassed { number: n + 1 }));
    }
    if c.county_fen > Money::default() {
        let (parts, triggers, payee) = if c.enterprise_posted {
            let triggers = vec![
                Trigger::EnterprisePaid { share_bp: rules.subsidy_after_paid_bp },
                Trigger::EnterprisePaid { share_bp: 10_000 },
            ];
            (vec![5_000, 5_000], triggers, c.poster)
        } else if let Some(plan) = c.county_plan {
            let nodes = c.milestones.iter().enumerate().filter_map(|(n, m)| m.county_bp.map(|bp| (n + 1, bp)));
            let (mut parts, mut triggers) = (vec![plan.start_bp], vec![Trigger::ContractEffective]);
            for (number, bp) in nodes {
                parts.push(bp);
                triggers.push(Trigger::MilestonePassed { number });
            }
            parts.push(plan.last_bp);
            triggers.push(Trigger::AcceptancePassed);
            (parts, triggers, c.lead)
        } else {
            let middle = c.milestones.len().div_ceil(2).max(1);
            let triggers =
                vec![Trigger::ContractEffective, Trigger::MilestonePassed { number: middle }, Trigger::AcceptancePassed];
            (rules.tranches_bp.clone(), triggers, c.lead)
        };
        let amounts = c.county_fen.split_by_hundredths(&parts).ok_or_else(overflow)?;
        for (amount, trigger) in amounts.into_iter().zip(triggers).filter(|(a, _)| *a > Money::default()) {
            plan.push(("county".to_owned(), county, payee, amount, trigger));
        }
    }
    Ok(plan)
}

impl Instalment {
    /// Whether a payee has partners to pass a share on to.
    pub fn is_shared(k: &Contract, payee: OrgId) -> bool {
        payee == k.lead && k.partners.iter().skip(1).any(|p| p.money_fen > Money::default())
    }

    /// The kind of paper that goes with the channel.
    pub fn takes_paper(&self, kind: &str) -> bool {
        if self.is_fiscal() { kind != "vat_invoice" } else { kind == "vat_invoice" }
    }

    /// 24:00 of the last day for the first fiscal payment, until it is paid (trap 12).
    pub fn first_payment_by(&self, m: &Moment, rules: &RuleSet) -> Option<Timestamp> {
        let open = self.is_fiscal() && self.trigger == Trigger::ContractEffective && self.paid_on.is_none();
        let due = date_of(self.unlocked_at.filter(|_| open && !self.head.state.is_end())?);
        Some(deadline_instant(m.calendar.roll_forward(due.saturating_add(jiff::Span::new().days(rules.first_payment_days)))))
    }

    /// What the partners have had of it.
    pub fn passed_on(&self) -> Money {
        Money::sum(self.onward.iter().map(|o| o.amount_fen)).unwrap_or_default()
    }

    /// The partners' shares: of partners, each that has money in the contract, in all no more than arrived.
    pub fn pass_on(&mut self, onward: Vec<Onward>, partners: &[Member]) -> Result<(), Refusal> {
        if let Some(one) = onward.iter().find(|o| !partners.iter().any(|p| p.name == o.partner)) {
            return Err(Refusal::new("partner_unknown").with("name", &one.partner).at("payments"));
        }
        let left_out = |p: &&Member| p.money_fen > Money::default() && !onward.iter().any(|o| o.partner == p.name);
        if let Some(partner) = partners.iter().find(left_out) {
            return Err(Refusal::new("partner_left_out").with("name", &partner.name).at("payments"));
        }
        let sum = Money::sum(onward.iter().map(|o| o.amount_fen)).ok_or_else(|| Refusal::new("money_overflow"))?;
        if sum > self.amount_fen {
            return Err(Refusal::new("onward_over_amount").with("amount", self.amount_fen).at("payments"));
        }
        self.onward = onward;
        Ok(())
    }
}

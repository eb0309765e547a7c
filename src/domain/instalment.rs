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
    Checked { Approve [Head] => Approved, Reject [Checker] => Eligible, Hold [Checker] => Held, Cancel [System] => Cancelled }
    Held { Release [Checker] => Checked, Cancel [System] => Cancelled }
    Approved { PayFiscal [Finance] => Paid, Return [Finance] => Checked, Cancel [System] => Cancelled }
    Paid { Confirm [Bidder, Poster] => Received, Reconcile [Finance] => Paid, Bounce [Poster, Finance] => Requested, ClawBack [Head] => ClawbackDue }
    Received { Reconcile [Finance] => Received, ClawBack [Head] => ClawbackDue }
    ClawbackDue { Recover [Finance] => Recovered }
    = acts {
        Unlock = "unlocking", Relock = "relocking", Bounce = "bounce", Reconcile = "reconciliation", Request = "request", Check = "check", Reject = "rejection", Approve = "approval", Hold = "hold", Release = "release",
        Pay = "payment", PayFiscal = "fiscal-payment", Return = "return", Confirm = "receipt", ClawBack = "clawback", Recover = "recovery", Cancel = "cancellation"
    }
    = states {
        Planned = "planned", Eligible = "eligible", Requested = "requested", Checked = "checked", Held = "held", Approved = "approved",
        Paid = "paid", Received = "received", ClawbackDue = "clawback_due", Recovered = "recovered", Cancelled = "cancelled"
    }
}

use InstalmentState as S;

pub const SOURCES: &[&str] = &["county", "enterprise"];

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
            _ => Ok(()),
        }
    }

    /// What may be paid from its unlocking on, for the record.
    pub fn claim(&self) -> Claim {
        Claim { instalment: self.id, contract: self.contract, source: self.source.clone(), amount_fen: self.amount_fen }
    }

    pub fn is_paid(&self) -> bool {
        matches!(self.head.state, S::Paid | S::Received)
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
            S::Planned | S::Received | S::Recovered | S::Cancelled => vec![],
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

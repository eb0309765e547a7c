//! The final account (经费决算): made from the spending ledger, disclosed inside the host unit, signed by three, settled by
//! the outcome (domain 3.9, 4.8).
use super::life::life;
use super::*;
use std::collections::BTreeMap;

life! {
    /// Where a final account stands.
    noun "final_account"; states FinalAccountState; acts FinalAccountAct; table FINAL_ACCOUNT_LIFE;
    first [Draft]; ends [Settled, Withdrawn];
    Draft { Disclose [Bidder] => Disclosed, Withdraw [Bidder] => Withdrawn }
    Disclosed { Sign [Bidder] => Signed, Withdraw [Bidder] => Withdrawn }
    Signed { Return [Officer, Checker] => Draft, Settle [Checker] => Settled, OrderRefund [Checker] => RefundDue }
    RefundDue { Refund [Finance] => Settled }
    = acts {
        Disclose = "disclosure", Sign = "signature", Withdraw = "withdrawal", Return = "return", Settle = "settlement",
        OrderRefund = "refund-order", Refund = "refund"
    }
    = states {
        Draft = "draft", Disclosed = "disclosed", Signed = "signed", RefundDue = "refund_due", Settled = "settled",
        Withdrawn = "withdrawn"
    }
}

use FinalAccountState as S;

/// Equipment from this amount on is listed one by one (domain 3.9).
pub const ASSET_FROM: Money = Money::yuan(2_000);

/// Income and spending of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    pub source: String,
    /// What the contract promised, less what was released.
    pub due_fen: Money,
    pub received_fen: Money,
    pub spent_fen: Money,
    pub surplus_fen: Money,
    /// Spending by statistical class.
    pub by_class: BTreeMap<String, Money>,
}

/// One head of a budgeted contract: what was budgeted, what was spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadLine {
    pub head: String,
    pub budget_fen: Money,
    pub spent_fen: Money,
}

/// What is owed and not yet paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpaid {
    pub what: String,
    pub payee: String,
    pub amount_fen: Money,
}

/// One thing bought that is listed one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    pub what: String,
    pub voucher: String,
    pub amount_fen: Money,
}

/// Who signed for the host: the principal investigator, its finance and its research office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSignatures {
    pub pi_name: String,
    pub finance_name: String,
    pub research_name: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FinalAccount {
    pub id: FinalAccountId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    pub head: Head<FinalAccountState>,
    pub lump_sum: bool,
    pub lines: Vec<SourceLine>,
    pub unpaid: Vec<Unpaid>,
    pub assets: Vec<Asset>,
    /// How many lines of spending it was made from.
    pub records: u64,
    pub sampled: bool,
    pub audit_needed: bool,
    pub disclosed_at: Option<Timestamp>,
    pub place: Option<String>,
    /// `none` or `handled`.
    pub disclosure_result: Option<String>,
    pub disclosure_note: Option<String>,
    pub signatures: Option<HostSignatures>,
    pub audit_report: Vec<FileId>,
    /// `kept`, `returned`, or nothing while it is open.
    pub surplus: Option<String>,
    pub enterprise_surplus: Option<String>,
    pub refund_fen: Money,
    pub refund_voucher: Option<String>,
    pub reason: Option<String>,
    /// For a budgeted contract.
    #[serde(default)]
    pub heads: Vec<HeadLine>,
}

impl FinalAccount {
    /// The figures, from the books and from the sums of spending by source and class.
    pub fn lines(k: &Contract, book: &Books, spent: &BTreeMap<(String, String), Money>) -> Result<Vec<SourceLine>, Refusal> {
        let overflow = || Refusal::new("money_overflow");
        SPENDING_SOURCES
            .iter()
            .map(|source| {
                let own = spent.iter().filter(|((s, _), _)| s == source);
                let by_class: BTreeMap<String, Money> = own.map(|((_, class), fen)| (class.clone(), *fen)).collect();
                let spent_fen = Money::sum(by_class.values().copied()).ok_or_else(overflow)?;
                let (due_fen, received_fen, surplus_fen) = match Channel::of_source(source) {
                    Some(c) => (
                        book.reached(c, LedgerAccount::Promised),
                        book.reached(c, LedgerAccount::Received),
                        if k.spends(c) { book.balance(c, LedgerAccount::Received) } else { Money::default() },
                    ),
                    None => (k.self_fen, spent_fen, Money::default()),
                };
                Ok(SourceLine { source: (*source).into(), due_fen, received_fen, spent_fen, surplus_fen, by_class })
            })
            .collect()
    }

    pub fn take(&mut self, act: FinalAccountAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::Disclosed => Some(rules.disclosure_days),
            S::Signed => Some(rules.acceptance_check_days),
            S::RefundDue => Some(rules.settle_days),
            S::Draft | S::Settled | S::Withdrawn => None,
        };
        self.head.enter(to, m, due);
        Ok(())
    }

    pub fn may(&self, act: FinalAccountAct, m: &Moment) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match (act, self.head.due) {
            (FinalAccountAct::Sign, Some(until)) if m.now < until => Err(Refusal::new("disclosure_running").with("at", until)),
            _ => Ok(()),
        }
    }

    /// Fiscal money left over.
    pub fn fiscal_surplus(&self) -> Money {
        self.lines.iter().find(|l| l.source == "county").map_or(Money::default(), |l| l.surplus_fen)
    }

    pub fn enterprise_surplus(&self) -> Money {
        self.lines.iter().find(|l| l.source == "enterprise").map_or(Money::default(), |l| l.surplus_fen)
    }

    /// What becomes of fiscal surplus (domain 4.6, 4.8): it stays with the host when the result passed, and goes back
    /// otherwise. `None` while the contract runs.
    pub fn surplus_rule(end: ContractState) -> Option<&'static str> {
        match end {
            ContractState::Completed => Some("kept"),
            ContractState::Concluded | ContractState::Failed | ContractState::Terminated | ContractState::Revoked => {
                Some("returned")
            }
            _ => None,
        }
    }

    /// While it is disclosed or signed, its figures stand still: no line of spending is added, changed or taken back.
    pub fn holds_still(&self) -> bool {
        !matches!(self.head.state, S::Draft | S::Withdrawn)
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: FinalAccountAct| Turn::of(role, &format!("final_account.{}", act.id()), &self.head);
        match self.head.state {
            S::Draft => vec![t(Role::Bidder, FinalAccountAct::Disclose).org(self.lead)],
            S::Disclosed => {
                // The queue shows it once the days of disclosure are over.
                let since = self.head.due.unwrap_or(self.head.since);
                vec![t(Role::Bidder, FinalAccountAct::Sign).org(self.lead).from(since).due(None)]
            }
            S::Signed => vec![t(Role::Checker, FinalAccountAct::Settle)],
            S::RefundDue => vec![t(Role::Finance, FinalAccountAct::Refund)],
            S::Settled | S::Withdrawn => vec![],
        }
    }
}

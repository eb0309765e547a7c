//! The settlement of a contract that ended before its end (结算单): worked out from the books by the class of the ending, shown
//! to both sides, settled by the head; what is owed back has a clock of its own (domain 4.6).
use super::life::life;
use super::*;

life! {
    /// Where a settlement stands.
    noun "settlement"; states SettlementState; acts SettlementAct; table SETTLEMENT_LIFE;
    first [Drawn]; ends [Settled];
    Drawn { Comment [Poster, Bidder, Officer] => Drawn, Settle [Head] => Settled, OrderRefund [Head] => RefundDue, OrderClawback [Head] => RefundDue }
    RefundDue { Refund [Finance] => Settled }
    = acts {
        Comment = "comment", Settle = "settlement", OrderRefund = "refund-order", OrderClawback = "clawback-order", Refund = "refund"
    }
    = states { Drawn = "drawn", RefundDue = "refund_due", Settled = "settled" }
}

use SettlementState as S;

/// Which fiscal money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackRule {
    /// What is not spent; disallowed spending counts as not spent.
    Unspent,
    /// The poster's fault: the subsidy that it was paid.
    Subsidy,
    /// Falsehood or misuse: all of it.
    All,
}

impl BackRule {
    pub const fn id(self) -> &'static str {
        match self {
            Self::Unspent => "unspent",
            Self::Subsidy => "subsidy",
            Self::All => "all",
        }
    }

    /// By the class of the ending and the track (domain 4.6). A subsidy after payment is never "unspent" (4.3).
    pub fn of(class: &str, enterprise_posted: bool) -> Self {
        match class {
            "falsehood" => Self::All,
            "poster_fault" if enterprise_posted => Self::Subsidy,
            _ => Self::Unspent,
        }
    }
}

/// One channel of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementLine {
    pub channel: Channel,
    pub agreed_fen: Money,
    /// Taken off the commitment: can no longer become due.
    pub released_fen: Money,
    /// Accepted work, due and not yet paid.
    pub payable_fen: Money,
    pub paid_fen: Money,
    pub accounted_fen: Money,
    pub unspent_fen: Money,
    /// Already returned or clawed back.
    pub returned_fen: Money,
}

/// One side's word on the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    pub by: AccountId,
    pub org: OrgId,
    pub text: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settlement {
    pub id: SettlementId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    pub head: Head<SettlementState>,
    pub class: String,
    pub rule: BackRule,
    pub lines: Vec<SettlementLine>,
    pub back_fen: Money,
    pub returned_fen: Money,
    pub comments: Vec<Comment>,
    pub minutes: Option<Minutes>,
    pub voucher: Option<String>,
    pub returned_on: Option<String>,
}

impl Settlement {
    /// Drawn up as the contract ends.
    pub fn draw(id: SettlementId, k: &Contract, book: &Books, m: &Moment, rules: &RuleSet) -> Self {
        let class = k.ending.clone().unwrap_or_default();
        let mut out = Self {
            id,
            contract: k.id,
            challenge: k.challenge,
            poster: k.poster,
            lead: k.lead,
            head: Head::new(S::Drawn, m, Some(rules.settle_days)),
            rule: BackRule::of(&class, k.enterprise_posted),
            class,
            lines: vec![],
            back_fen: Money::default(),
            returned_fen: Money::default(),
            comments: vec![],
            minutes: None,
            voucher: None,
            returned_on: None,
        };
        out.redraw(k, book);
        out
    }

    /// The figures as the books have them now.
    pub fn redraw(&mut self, k: &Contract, book: &Books) {
        use LedgerAccount as A;
        self.fill(book);
        let paid = book.reached(Channel::Fiscal, A::Paid);
        self.back_fen = match self.rule {
            BackRule::Unspent if k.spends(Channel::Fiscal) => book.balance(Channel::Fiscal, A::Received),
            BackRule::Unspent => Money::default(),
            BackRule::Subsidy | BackRule::All => paid.checked_sub(book.given_back(Channel::Fiscal)).unwrap_or_default(),
        };
    }

    /// The lines of the sheet; what was ordered back stays as it was ordered.
    pub fn fill(&mut self, book: &Books) {
        use LedgerAccount as A;
        let line = |c: &Channel| SettlementLine {
            channel: *c,
            agreed_fen: book.holds(*c),
            released_fen: book.holds(*c).checked_sub(book.balance(*c, A::Commitment)).unwrap_or_default(),
            payable_fen: book.balance(*c, A::Unlocked),
            paid_fen: book.reached(*c, A::Paid),
            accounted_fen: book.balance(*c, A::Accounted),
            unspent_fen: book.balance(*c, A::Received),
            returned_fen: book.given_back(*c),
        };
        self.lines = Channel::ALL.iter().filter(|c| book.holds(**c) > Money::default()).map(line).collect();
    }

    pub fn take(&mut self, act: SettlementAct, m: &Moment) -> Result<(), Refusal> {
        let to = self.head.state.step(act)?.to;
        if to != self.head.state {
            self.head.enter(to, m, None);
        }
        // Thirty days for what goes back (domain 2.8).
        if to == S::RefundDue {
            self.head.due = Some(m.days(30));
        }
        Ok(())
    }

    /// From the order on the books of the lead stand still.
    pub fn is_ordered(&self) -> bool {
        self.head.state != S::Drawn
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: SettlementAct| Turn::of(role, &format!("settlement.{}", act.id()), &self.head);
        match self.head.state {
            S::Drawn => vec![t(Role::Head, SettlementAct::Settle)],
            S::RefundDue => vec![t(Role::Finance, SettlementAct::Refund)],
            S::Settled => vec![],
        }
    }
}

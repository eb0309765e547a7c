//! The budget of a contract that is not a lump sum (预算制): county money by heads, the indirect costs within their limit;
//! moving between direct heads is filed, more for equipment is approved, indirect costs only go down (domain 4.4). A lump sum has
//! no budget at all (trap 5).
use super::life::life;
use super::*;

life! {
    /// Where a budget stands.
    noun "budget"; states BudgetState; acts BudgetAct; table BUDGET_LIFE;
    first [Proposed]; ends [Closed];
    Proposed { Approve [Checker] => InForce, Return [Checker] => Returned }
    Returned { Propose [Bidder] => Proposed }
    InForce { File [Bidder] => InForce, Ask [Bidder] => Asked, Close [System] => Closed }
    Asked { Grant [Checker] => InForce, Refuse [Checker] => InForce, Close [System] => Closed }
    = acts {
        Propose = "proposal", Approve = "approval", Return = "return", File = "filing", Ask = "request", Grant = "grant",
        Refuse = "refusal", Close = "closing"
    }
    = states { Proposed = "proposed", Returned = "returned", InForce = "in_force", Asked = "asked", Closed = "closed" }
}

use BudgetState as S;

/// The heads, in the order of the form.
pub const HEADS: &[&str] = &["equipment", "business", "labour", "indirect"];

/// County money by heads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    pub equipment_fen: Money,
    pub business_fen: Money,
    pub labour_fen: Money,
    pub indirect_fen: Money,
}

impl Heads {
    pub fn of(&self, head: &str) -> Money {
        match head {
            "equipment" => self.equipment_fen,
            "labour" => self.labour_fen,
            "indirect" => self.indirect_fen,
            _ => self.business_fen,
        }
    }

    pub fn total(&self) -> Option<Money> {
        Money::sum([self.equipment_fen, self.business_fen, self.labour_fen, self.indirect_fen])
    }

    /// All of the county's money and no more, the indirect costs within what the rule gives.
    pub fn check(&self, county: Money) -> Result<(), Refusal> {
        if self.total() != Some(county) {
            return Err(Refusal::new("budget_not_whole").with("county", county).at("equipment_fen"));
        }
        let limit = spending::indirect_limit(county).ok_or_else(|| Refusal::new("money_overflow"))?;
        if self.indirect_fen > limit {
            return Err(Refusal::new("indirect_over_limit").with("limit", limit).at("indirect_fen"));
        }
        Ok(())
    }
}

/// One adjustment: what it was, what it is to be, why, and how it came into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    pub before: Heads,
    pub after: Heads,
    pub reason: String,
    /// `filed`, `asked`, `granted` or `refused`.
    pub status: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Budget {
    pub id: BudgetId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    pub head: Head<BudgetState>,
    pub total_fen: Money,
    pub heads: Heads,
    pub basis: String,
    pub adjustments: Vec<Adjustment>,
    pub files: Vec<FileId>,
    pub reason: Option<String>,
}

impl Budget {
    pub fn take(&mut self, act: BudgetAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        let to = self.head.state.step(act)?.to;
        if to == self.head.state {
            return Ok(());
        }
        let due = matches!(to, S::Proposed | S::Asked).then_some(rules.payment_check_days);
        self.head.enter(to, m, due);
        Ok(())
    }

    /// The way that an adjustment goes: filed between direct heads and out of indirect costs, asked for when equipment grows;
    /// indirect costs don't grow, and no head falls below what is spent of it.
    pub fn way_of(&self, after: &Heads, spent: &Heads, county: Money) -> Result<BudgetAct, Refusal> {
        after.check(county)?;
        if after == &self.heads {
            return Err(Refusal::new("budget_unchanged").at("equipment_fen"));
        }
        if after.indirect_fen > self.heads.indirect_fen {
            return Err(Refusal::new("indirect_only_down").at("indirect_fen"));
        }
        for (head, field) in HEADS.iter().zip(["equipment_fen", "business_fen", "labour_fen", "indirect_fen"]) {
            if after.of(head) < spent.of(head) {
                return Err(Refusal::new("head_below_spent").with("spent", spent.of(head)).at(field));
            }
        }
        Ok(if after.equipment_fen > self.heads.equipment_fen { BudgetAct::Ask } else { BudgetAct::File })
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: BudgetAct| Turn::of(role, &format!("budget.{}", act.id()), &self.head);
        match self.head.state {
            S::Proposed => vec![t(Role::Checker, BudgetAct::Approve)],
            S::Returned => vec![t(Role::Bidder, BudgetAct::Propose).org(self.lead)],
            S::Asked => vec![t(Role::Checker, BudgetAct::Grant)],
            S::InForce | S::Closed => vec![],
        }
    }
}

/// What is spent of the county's money, by heads.
pub fn spent_by_head<'a>(all: impl Iterator<Item = (&'a str, Money)>) -> Option<Heads> {
    let mut out = Heads::default();
    for (class, fen) in all {
        let of = match spending::budget_head(class) {
            "equipment" => &mut out.equipment_fen,
            "labour" => &mut out.labour_fen,
            "indirect" => &mut out.indirect_fen,
            _ => &mut out.business_fen,
        };
        *of = of.checked_add(fen)?;
    }
    Some(out)
}

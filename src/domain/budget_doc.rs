//! A document of the county's budget (预算指标): number, year, amount; what is approved against it never exceeds it (domain 2.8,
//! 4.9, trap 13).
use super::life::life;
use super::*;

life! {
    /// Where a budget document stands.
    noun "budget_doc"; states BudgetDocState; acts BudgetDocAct; table BUDGET_DOC_LIFE;
    first [Open]; ends [Closed];
    Open { Adjust [Finance] => Open, Use [System] => Open, Close [Finance] => Closed }
    = acts { Adjust = "adjustment", Use = "use", Close = "closing" }
    = states { Open = "open", Closed = "closed" }
}

/// One use of a document: an instalment approved against it, or given back to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetDoc {
    pub id: BudgetDocId,
    pub head: Head<BudgetDocState>,
    pub number: String,
    pub fiscal_year: i64,
    pub title: String,
    pub amount_fen: Money,
    pub used_fen: Money,
    pub registered_by: AccountId,
}

impl BudgetDoc {
    pub fn left(&self) -> Money {
        self.amount_fen.checked_sub(self.used_fen).unwrap_or_default()
    }

    /// An approval takes from it as much as it pays.
    pub fn take_from(&mut self, amount: Money) -> Result<(), Refusal> {
        // The state is the document's, and whoever approves has typed its number.
        let open = self.head.state.step(BudgetDocAct::Use).is_ok();
        ensure(open, "budget_doc_closed").map_err(|r| r.with("number", &self.number).at("budget_doc_no"))?;
        let after = self.used_fen.checked_add(amount).ok_or_else(|| Refusal::new("money_overflow"))?;
        if after > self.amount_fen {
            return Err(Refusal::new("budget_exceeded")
                .with("left", self.left())
                .with("number", &self.number)
                .at("budget_doc_no"));
        }
        self.used_fen = after;
        Ok(())
    }

    /// What was approved and is not paid after all.
    pub fn give_back(&mut self, amount: Money) {
        self.used_fen = self.used_fen.checked_sub(amount).unwrap_or_default().max(Money::default());
    }

    /// A later document of the same number changes its amount, never below what is used.
    pub fn adjust(&mut self, amount: Money) -> Result<(), Refusal> {
        self.head.state.step(BudgetDocAct::Adjust)?;
        if amount < self.used_fen {
            return Err(Refusal::new("budget_below_used").with("used", self.used_fen).at("amount_fen"));
        }
        self.amount_fen = amount;
        Ok(())
    }
}

//! The county in figures: what its money came to, and its expenditure on R&D.
use super::*;
use crate::domain::figures::{self, Commissioned, Overview, RdLine};
use store::figures::Scope;

/// Expenditure on R&D of one year: of the county's cases, or of one unit.
#[derive(Clone, Debug)]
pub struct RdStatement {
    pub year: i16,
    /// The unit whose figures these are; none for the county.
    pub unit: Option<Organisation>,
    pub lines: Vec<RdLine>,
    pub external_fen: Money,
    pub commissioned: Vec<Commissioned>,
}

impl App {
    /// Money by year and industry: sums that everyone may read (domain 2.8: yearly totals).
    pub async fn overview(&self, year: Option<i64>) -> Result<Overview> {
        let (turnover, begun) = (store::figures::turnover(&self.db).await?, store::figures::begun(&self.db).await?);
        figures::overview(&turnover, &begun, year).ok_or_else(|| Refusal::new("money_overflow").into())
    }

    /// Expenditure on R&D by class and source: of the whole county for those who oversee or pay, of its own for a party.
    pub async fn rd_statement(&self, actor: &Actor, year: i16) -> Result<RdStatement> {
        let unit = match policy::read_statistics(actor)? {
            policy::Reach::All => None,
            policy::Reach::Own(org) => Some(self.organisation(org).await?),
        };
        let home = self.organisation(self.county().await?).await?.region;
        let scope = Scope { year, home, unit: unit.as_ref().map(|o| o.id) };
        let spent = store::figures::spent(&self.db, &scope).await?;
        let (lines, external_fen) = figures::rd_lines(&spent).ok_or_else(|| Refusal::new("money_overflow"))?;
        let commissioned = store::figures::commissioned(&self.db, &scope).await?;
        Ok(RdStatement { year, unit, lines, external_fen, commissioned })
    }
}

//! The plan of a contract as the parties edit it: nodes in their order, shares that are exactly the whole, county money within
//! the rules of its tranches (domain 4.1).
use super::*;
use forms::PlanContract;

impl PlanContract {
    /// How county money is split, where the parties say so.
    pub fn county_plan(&self) -> Option<CountyPlan> {
        let planned = self.milestones.iter().any(|m| m.county_bp.is_some());
        let said = self.county_start_bp.is_some() || self.county_last_bp.is_some() || planned;
        said.then(|| CountyPlan {
            start_bp: self.county_start_bp.unwrap_or_default(),
            last_bp: self.county_last_bp.unwrap_or_default(),
        })
    }

    /// Every fault of the plan at its field.
    pub fn check_plan(&self, k: &Contract) -> Result<(), Faults> {
        let mut faults = Faults::default();
        let now = |bp: i64| vec![("now", percent_text(bp))];
        let shares: i64 = self.milestones.iter().map(|m| m.share_bp).sum();
        if shares != 10_000 {
            faults.add_with("milestones", "shares_not_100", now(shares));
        }
        if self.milestones.windows(2).any(|w| w[0].month >= w[1].month) {
            faults.add("milestones", "months_not_rising");
        }
        if self.milestones.iter().any(|m| m.month > k.period_months) {
            faults.add_with("milestones", "month_past_end", vec![("months", k.period_months.to_string())]);
        }
        for (n, m) in self.milestones.iter().enumerate() {
            if m.after.is_some_and(|after| usize::try_from(after).is_ok_and(|after| after > n)) {
                faults.add(format!("milestones.{n}.after"), "after_later");
            }
        }
        self.check_county(k, &mut faults);
        faults.ok(())
    }

    fn check_county(&self, k: &Contract, faults: &mut Faults) {
        let Some(plan) = self.county_plan() else { return };
        if k.enterprise_posted {
            faults.add("county_start_bp", "subsidy_by_rule");
            return;
        }
        let nodes: Vec<i64> = self.milestones.iter().map(|m| m.county_bp.unwrap_or_default()).collect();
        let sum: i64 = plan.start_bp + plan.last_bp + nodes.iter().sum::<i64>();
        if sum != 10_000 {
            faults.add_with("county_start_bp", "county_not_100", vec![("now", percent_text(sum))]);
        }
        if plan.last_bp < 1_000 {
            faults.add("county_last_bp", "last_tranche_small");
        }
        if nodes.iter().chain([&plan.start_bp, &plan.last_bp]).any(|bp| *bp > 5_000) {
            faults.add("county_start_bp", "tranche_large");
        }
    }
}

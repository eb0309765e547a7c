//! What a bid offers (domain 3.3): part A is read blind, part B after the blind scores are locked.
use super::form::{Form, Kind::*, Section, form, may, must, section};
use super::*;

const SECTIONS: &[Section] = &[
    section(
        "team",
        &[
            must(
                "members",
                Rows(
                    1,
                    8,
                    &[
                        must("uscc", CreditCode),
                        must("name", Text(4, 60)),
                        must("task", Text(4, 300)),
                        must("work_bp", Percent),
                        must("money_fen", Fen),
                        may("self_fen", Fen),
                    ],
                ),
            ),
            may("consortium_agreement", Files(3)),
            must("pi_name", Text(2, 30)),
            must("pi_unit", Text(4, 60)),
            must("pi_months_per_year", Integer(1, 12)),
            must("pi_running_projects", Integer(0, 20)),
            must("team_text", Long(30, 3000)),
            must("base_text", Long(30, 3000)),
            may("past_results", Long(0, 3000)),
            may("team_people", Rows(0, 30, team::PEOPLE)),
        ],
    ),
    section(
        "route",
        &[
            must("understanding", Long(50, 3000)),
            must("route", Long(100, 6000)),
            must("innovation", Long(50, 3000)),
            must("plan_b", Long(30, 3000)),
            must("test_plan", Long(30, 3000)),
        ],
    ),
    section(
        "promises",
        &[must("promises", Rows(1, 12, &[must("indicator", Integer(1, 12)), must("value", Decimal), may("note", Text(1, 200))]))],
    ),
    section(
        "milestones",
        &[must(
            "milestones",
            Rows(
                2,
                5,
                &[
                    must("name", Text(2, 60)),
                    must("month", Integer(1, 36)),
                    must("share_bp", Percent),
                    must("result", Text(4, 300)),
                ],
            ),
        )],
    ),
    section(
        "money",
        &[
            must("county_fen", Fen),
            may("enterprise_fen", Fen),
            may("self_fen", Fen),
            must("estimate_note", Long(20, 2000)),
            must("landing_plan", Long(20, 3000)),
            must("ip_proposal", Choice(IP_WISHES)),
        ],
    ),
    section(
        "commitments",
        &[
            may("attachments", Files(10)),
            may("team_relations", Rows(0, 30, team::TEAM_RELATIONS)),
            may("avoid", Rows(0, 3, &[must("name", Text(2, 30)), must("reason", Text(4, 200))])),
            must("commit_integrity", Flag),
            must("commit_original", Flag),
            must("commit_no_double_funding", Flag),
            must("commit_no_affiliation", Flag),
            must("commit_safety", Flag),
            must("commit_pledge", Flag),
        ],
    ),
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub uscc: Uscc,
    pub name: String,
    pub task: String,
    pub work_bp: i64,
    pub money_fen: Money,
    pub self_fen: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Number of the challenge's indicator, from 1.
    pub indicator: i64,
    pub value: Quantity,
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedMilestone {
    pub name: String,
    pub month: i64,
    pub share_bp: i64,
    pub result: String,
    /// The node's share of county money, where the contract plans it node by node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub county_bp: Option<i64>,
    /// Here the lanes of a race are compared, or the work may end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_point: bool,
    /// The node that must pass before this one begins; the one before it when none is named, none for 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avoided {
    pub name: String,
    pub reason: String,
}

/// What experts read before they know who wrote it.
pub const BLIND: &[&str] = &["understanding", "route", "innovation", "plan_b", "test_plan", "promises", "milestones"];

/// A complete bid's contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub members: Vec<Member>,
    pub consortium_agreement: Vec<FileId>,
    pub pi_name: String,
    pub pi_unit: String,
    pub pi_months_per_year: i64,
    pub pi_running_projects: i64,
    pub team_text: String,
    pub base_text: String,
    pub past_results: Option<String>,
    /// Everybody on the team beside the leader.
    #[serde(default)]
    pub team_people: Vec<TeamPerson>,
    pub understanding: String,
    pub route: String,
    pub innovation: String,
    pub plan_b: String,
    pub test_plan: String,
    pub promises: Vec<Promise>,
    pub milestones: Vec<OfferedMilestone>,
    pub county_fen: Money,
    pub enterprise_fen: Option<Money>,
    pub self_fen: Option<Money>,
    pub estimate_note: String,
    pub landing_plan: String,
    pub ip_proposal: String,
    pub attachments: Vec<FileId>,
    /// Relations of the team to experts, officers and units.
    #[serde(default)]
    pub team_relations: Vec<TeamRelation>,
    pub avoid: Vec<Avoided>,
    pub commit_integrity: bool,
    pub commit_original: bool,
    pub commit_no_double_funding: bool,
    pub commit_no_affiliation: bool,
    pub commit_safety: bool,
    pub commit_pledge: bool,
}

impl Offer {
    /// What the award pays: county and enterprise money; the bidder's own part stands beside it.
    pub fn award(&self) -> Option<Money> {
        self.county_fen.checked_add(self.enterprise_fen.unwrap_or_default())
    }
    /// Everything, the bidder's own part included.
    pub fn total(&self) -> Option<Money> {
        self.award()?.checked_add(self.self_fen.unwrap_or_default())
    }
    pub fn files(&self) -> Vec<FileId> {
        self.consortium_agreement.iter().chain(&self.attachments).copied().collect()
    }
    pub fn promise(&self, indicator: usize) -> Option<&Promise> {
        self.promises.iter().find(|p| usize::try_from(p.indicator).is_ok_and(|n| n == indicator))
    }

    fn check_members(&self, faults: &mut Faults) {
        let work: i64 = self.members.iter().map(|m| m.work_bp).sum();
        if work != 10_000 {
            faults.add_with("members", "work_not_100", vec![("now", percent_text(work))]);
        }
        if Money::sum(self.members.iter().map(|m| m.money_fen)) != self.award() {
            faults.add("members", "money_not_total");
        }
        if Money::sum(self.members.iter().filter_map(|m| m.self_fen)) != Some(self.self_fen.unwrap_or_default()) {
            faults.add("members", "self_not_total");
        }
        if self.members.first().is_some_and(|lead| lead.work_bp < RuleSet::default().lead_share_least_bp) {
            faults.add("members.0.work_bp", "lead_share_small");
        }
        if self.members.len() > 1 && self.consortium_agreement.is_empty() {
            faults.add("consortium_agreement", "consortium_agreement_missing");
        }
        for (n, m) in self.members.iter().enumerate() {
            if self.members[..n].iter().any(|o| o.uscc == m.uscc) {
                faults.add(format!("members.{n}.uscc"), "member_twice");
            }
        }
        if self.pi_running_projects > RuleSet::default().pi_projects_most {
            faults.add("pi_running_projects", "pi_too_busy");
        }
    }

    /// Rules between an offer and the challenge it answers.
    pub fn answers(&self, need: &Need, rules: &RuleSet, lead: &Organisation) -> Faults {
        let mut faults = Faults::default();
        if self.members.first().is_none_or(|m| m.uscc != lead.uscc) {
            faults.add("members.0.uscc", "lead_first");
        }
        for (n, indicator) in need.indicators.iter().enumerate() {
            match self.promises.iter().position(|p| usize::try_from(p.indicator).is_ok_and(|i| i == n + 1)) {
                None => faults.add_with(
                    "promises",
                    "promise_missing",
                    vec![("indicator", (n + 1).to_string()), ("name", indicator.name.clone())],
                ),
                Some(at) if indicator.hard && !indicator.is_met(self.promises[at].value) => {
                    faults.add_with(format!("promises.{at}.value"), "promise_below", vec![("name", indicator.name.clone())])
                }
                Some(_) => {}
            }
        }
        for (n, p) in self.promises.iter().enumerate() {
            let twice = self.promises[..n].iter().any(|o| o.indicator == p.indicator);
            if twice || usize::try_from(p.indicator).is_ok_and(|i| i > need.indicators.len()) {
                faults.add(format!("promises.{n}.indicator"), "promise_unknown");
            }
        }
        if self.total().is_none_or(|t| t > need.stake_fen) {
            faults.add_with("county_fen", "over_stake", vec![("stake", need.stake_fen.wan_text())]);
        }
        if self.county_fen > need.county_fen {
            faults.add_with("county_fen", "over_county", vec![("most", need.county_fen.wan_text())]);
        }
        if self.enterprise_fen.unwrap_or_default() > need.enterprise() {
            faults.add_with("enterprise_fen", "over_enterprise", vec![("most", need.enterprise().wan_text())]);
        }
        if self.milestones.iter().any(|m| m.month > need.period_months) {
            faults.add_with("milestones", "month_past_end", vec![("months", need.period_months.to_string())]);
        }
        if self.members.first().is_some_and(|m| m.work_bp < rules.lead_share_least_bp) {
            faults.add("members.0.work_bp", "lead_share_small");
        }
        faults
    }
}

impl Draft for Offer {
    const FORM: Form = form("offer", SECTIONS);
    fn check(&self, faults: &mut Faults) {
        self.check_members(faults);
        let shares: i64 = self.milestones.iter().map(|m| m.share_bp).sum();
        if shares != 10_000 {
            faults.add_with("milestones", "shares_not_100", vec![("now", percent_text(shares))]);
        }
        if self.milestones.windows(2).any(|w| w[0].month >= w[1].month) {
            faults.add("milestones", "months_not_rising");
        }
        if self.award().is_none_or(|m| m == Money::default()) {
            faults.add("county_fen", "money_missing");
        }
    }
}

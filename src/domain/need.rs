//! What a challenge asks: the need as the poster writes it, section by section (domain 3.1).
use super::form::{Field, Form, Kind::*, Section, form, may, must, section};
use super::*;

pub const TRACKS: &[&str] = &["enterprise_posted", "government_posted"];
pub const CATEGORIES: &[&str] = &["research", "transfer", "public_benefit"];
pub const AWARD_MODES: &[&str] = &["single", "race"];
pub const FUNDING_MODES: &[&str] = &["lump_sum", "budgeted"];
pub const SUBSIDY_TIMINGS: &[&str] = &["pre", "post", "split"];
pub const LEGAL_BASES: &[&str] = &["plan_grant", "enterprise_commission"];
pub const COMPARATORS: &[&str] = &["ge", "le", "gt", "lt", "eq", "between", "bool"];
pub const TESTERS: &[&str] = &["self", "end_user", "third_party"];
pub const DELIVERABLES: &[&str] = &["sample", "pilot_line", "process_package", "software", "patent", "standard", "report"];
pub const CHAINS: &[&str] = &[
    "coal_coking",
    "chemicals",
    "materials",
    "equipment",
    "glass",
    "casting",
    "bio_amino_acid",
    "new_energy",
    "environment",
    "digital",
    "other",
];
pub const IP_WISHES: &[&str] = &["bidder", "poster", "joint", "by_result"];
pub const CONFIDENTIALITIES: &[&str] = &["open", "summary_open", "after_nda"];
pub const HAZARDS: &[&str] = &["dangerous_chemicals", "hazardous_waste", "environmental_impact", "special_equipment"];
pub const FUNDS_PROOFS: &[&str] = &["deposit_certificate", "board_resolution", "supervised_account", "budget_document"];

const INDICATOR: &[Field] = &[
    must("name", Text(2, 60)),
    must("comparator", Choice(COMPARATORS)),
    may("target", Decimal),
    may("target_high", Decimal),
    may("unit", Text(1, 24)),
    may("present_value", Text(1, 60)),
    must("test_method", Text(2, 120)),
    must("tester", Choice(TESTERS)),
    may("conditions", Text(1, 200)),
    must("hard", YesNo),
    must("weight", Integer(1, 100)),
];

const SECTIONS: &[Section] = &[
    section(
        "basics",
        &[
            must("title", Text(8, 60)),
            must("track", Choice(TRACKS)),
            must("category", Choice(CATEGORIES)),
            must("award_mode", Choice(AWARD_MODES)),
            may("lanes", Integer(2, 3)),
            must("industry_code", Text(4, 4)),
            must("discipline_code", Text(3, 7)),
            must("chain", Choice(CHAINS)),
        ],
    ),
    section(
        "background",
        &[
            must("background", Long(200, 2000)),
            must("current_state", Long(200, 2000)),
            must("tried_and_failed", Long(200, 2000)),
            must("scope", Long(10, 1000)),
            may("out_of_scope", Long(0, 1000)),
        ],
    ),
    section("indicators", &[must("indicators", Rows(3, 12, INDICATOR))]),
    section(
        "results",
        &[
            must(
                "deliverables",
                Rows(1, 12, &[must("kind", Choice(DELIVERABLES)), must("count", Integer(1, 1000)), may("note", Text(1, 200))]),
            ),
            must("trl_from", Integer(1, 9)),
            must("trl_to", Integer(1, 9)),
            must("period_months", Integer(6, 36)),
            may("milestones", Rows(0, 5, &[must("name", Text(2, 60)), must("month", Integer(1, 36)), must("share_bp", Percent)])),
        ],
    ),
    section(
        "money",
        &[
            must("stake_fen", Fen),
            must("county_fen", Fen),
            may("superior_fen", Fen),
            may("enterprise_fen", Fen),
            may("bidder_fen", Fen),
            may("other_fen", Fen),
            must("funding_mode", Choice(FUNDING_MODES)),
            may("authority_doc_no", Text(4, 60)),
            must("subsidy_timing", Choice(SUBSIDY_TIMINGS)),
            must("legal_basis", Choice(LEGAL_BASES)),
            may("funds_proof_kind", Choice(FUNDS_PROOFS)),
            may("funds_proof", Files(5)),
        ],
    ),
    section(
        "conditions",
        &[
            may("bidder_conditions", Long(0, 1000)),
            must("ip_wish", Choice(IP_WISHES)),
            must("confidentiality", Choice(CONFIDENTIALITIES)),
            must("anonymous", YesNo),
            may("hazards", Choices(HAZARDS)),
            must("intended_bidder", YesNo),
            may("intended_bidder_name", Text(4, 60)),
        ],
    ),
    section(
        "contact",
        &[
            must("contact_name", Text(2, 30)),
            must("contact_phone", Mobile),
            may("attachments", Files(10)),
            must("commit_truth", Flag),
            must("commit_funds", Flag),
            must("commit_sign", Flag),
            must("commit_no_affiliation", Flag),
            must("commit_not_secret", Flag),
        ],
    ),
];

/// One assessment indicator, published once and followed to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    pub name: String,
    pub comparator: String,
    pub target: Option<Quantity>,
    pub target_high: Option<Quantity>,
    pub unit: Option<String>,
    pub present_value: Option<String>,
    pub test_method: String,
    pub tester: String,
    pub conditions: Option<String>,
    pub hard: bool,
    /// Percent; all weights of a challenge sum to 100.
    pub weight: i64,
}

impl Indicator {
    /// Does a value meet the target? `bool` indicators are met by any non-zero value.
    pub fn is_met(&self, value: Quantity) -> bool {
        let target = self.target.unwrap_or_default();
        match self.comparator.as_str() {
            "ge" => value >= target,
            "le" => value <= target,
            "gt" => value > target,
            "lt" => value < target,
            "eq" => value == target,
            "between" => value >= target && self.target_high.is_some_and(|high| value <= high),
            "bool" => value != Quantity::default(),
            _ => false,
        }
    }
    /// True when `value` asks less of the bidder than `than` does.
    pub fn is_weaker(&self, value: Quantity, than: Quantity) -> bool {
        match self.comparator.as_str() {
            "ge" | "gt" => value < than,
            "le" | "lt" => value > than,
            _ => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliverable {
    pub kind: String,
    pub count: i64,
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedMilestone {
    pub name: String,
    pub month: i64,
    pub share_bp: i64,
}

/// The need: everything a bidder has to know to bid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    pub title: String,
    pub track: String,
    pub category: String,
    pub award_mode: String,
    pub lanes: Option<i64>,
    pub industry_code: String,
    pub discipline_code: String,
    pub chain: String,
    pub background: String,
    pub current_state: String,
    pub tried_and_failed: String,
    pub scope: String,
    pub out_of_scope: Option<String>,
    pub indicators: Vec<Indicator>,
    pub deliverables: Vec<Deliverable>,
    pub trl_from: i64,
    pub trl_to: i64,
    pub period_months: i64,
    pub milestones: Vec<ProposedMilestone>,
    pub stake_fen: Money,
    pub county_fen: Money,
    pub superior_fen: Option<Money>,
    pub enterprise_fen: Option<Money>,
    pub bidder_fen: Option<Money>,
    pub other_fen: Option<Money>,
    pub funding_mode: String,
    pub authority_doc_no: Option<String>,
    pub subsidy_timing: String,
    pub legal_basis: String,
    pub funds_proof_kind: Option<String>,
    pub funds_proof: Vec<FileId>,
    pub bidder_conditions: Option<String>,
    pub ip_wish: String,
    pub confidentiality: String,
    pub anonymous: bool,
    pub hazards: Vec<String>,
    pub intended_bidder: bool,
    pub intended_bidder_name: Option<String>,
    pub contact_name: String,
    pub contact_phone: String,
    pub attachments: Vec<FileId>,
    pub commit_truth: bool,
    pub commit_funds: bool,
    pub commit_sign: bool,
    pub commit_no_affiliation: bool,
    pub commit_not_secret: bool,
}

impl Need {
    pub fn is_enterprise_posted(&self) -> bool {
        self.track == "enterprise_posted"
    }
    pub fn is_race(&self) -> bool {
        self.award_mode == "race"
    }
    pub fn is_lump_sum(&self) -> bool {
        self.funding_mode == "lump_sum"
    }
    pub fn enterprise(&self) -> Money {
        self.enterprise_fen.unwrap_or_default()
    }
    /// Every file this need refers to.
    pub fn files(&self) -> Vec<FileId> {
        self.funds_proof.iter().chain(&self.attachments).copied().collect()
    }
    fn check_indicators(&self, faults: &mut Faults) {
        for (n, i) in self.indicators.iter().enumerate() {
            let at = |field: &str| format!("indicators.{n}.{field}");
            if i.comparator != "bool" && i.target.is_none() {
                faults.add(at("target"), "target_missing");
            }
            if i.comparator == "between" && i.target_high.is_none_or(|high| Some(high) <= i.target) {
                faults.add(at("target_high"), "target_high_missing");
            }
            if i.comparator != "bool" && i.unit.is_none() {
                faults.add(at("unit"), "unit_missing");
            }
            if let Some(word) = text::vague(&i.name) {
                faults.add_with(at("name"), "vague_word", vec![("word", word.to_owned())]);
            }
        }
        let sum: i64 = self.indicators.iter().map(|i| i.weight).sum();
        if sum != 100 {
            faults.add_with("indicators", "weights_not_100", vec![("now", sum.to_string())]);
        }
        if !self.indicators.iter().any(|i| i.hard) {
            faults.add("indicators", "no_hard_indicator");
        }
    }
    fn check_money(&self, faults: &mut Faults) {
        let rules = RuleSet::default();
        let parts = [Some(self.county_fen), self.superior_fen, self.enterprise_fen, self.bidder_fen, self.other_fen];
        let sum = Money::sum(parts.into_iter().flatten());
        if self.stake_fen == Money::default() {
            faults.add("stake_fen", "money_missing");
        }
        if sum != Some(self.stake_fen) {
            let now = sum.map(|m| m.wan_text()).unwrap_or_default();
            faults.add_with("stake_fen", "split_not_total", vec![("now", now), ("total", self.stake_fen.wan_text())]);
        }
        if self.is_enterprise_posted() {
            let most = self.stake_fen.percent_of(rules.county_share_most_bp).unwrap_or_default();
            if self.county_fen > most || self.county_fen > Money::fen(rules.county_most_fen) {
                faults.add("county_fen", "county_too_much");
            }
            if self.stake_fen.percent_of(rules.enterprise_share_least_bp).is_none_or(|least| self.enterprise() < least) {
                faults.add("enterprise_fen", "enterprise_too_little");
            }
            if self.funds_proof_kind.is_none() {
                faults.add("funds_proof_kind", "funds_proof_missing");
            }
        }
        if self.is_lump_sum() && self.authority_doc_no.is_none() {
            faults.add("authority_doc_no", "authority_doc_missing");
        }
    }
}

/// Conditions that no list may set: age, degree, title, registration date, local registration
/// (N 国家重点研发计划揭榜挂帅榜单申报要求; 公平竞争审查条例).
const UNFAIR: &[&str] =
    &["年龄", "周岁", "学历", "学位", "职称", "注册时间", "注册年限", "注册在本", "本地注册", "本县注册", "成立满"];

impl Draft for Need {
    const FORM: Form = form("need", SECTIONS);
    fn check(&self, faults: &mut Faults) {
        if self.is_race() && self.lanes.is_none() {
            faults.add("lanes", "lanes_missing");
        }
        if !self.industry_code.bytes().all(|b| b.is_ascii_digit()) {
            faults.add("industry_code", "industry_code");
        }
        if !self.discipline_code.bytes().all(|b| b.is_ascii_digit()) {
            faults.add("discipline_code", "discipline_code");
        }
        self.check_indicators(faults);
        if self.trl_to <= self.trl_from {
            faults.add("trl_to", "trl_not_rising");
        }
        if !self.milestones.is_empty() {
            let sum: i64 = self.milestones.iter().map(|m| m.share_bp).sum();
            if sum != 10_000 {
                faults.add_with("milestones", "shares_not_100", vec![("now", percent_text(sum))]);
            }
            if self.milestones.iter().any(|m| m.month > self.period_months) {
                faults.add("milestones", "month_past_end");
            }
        }
        self.check_money(faults);
        if let Some(word) = self.bidder_conditions.as_deref().and_then(|c| UNFAIR.iter().find(|w| c.contains(**w))) {
            faults.add_with("bidder_conditions", "unfair_condition", vec![("word", (*word).to_owned())]);
        }
        if self.intended_bidder && self.intended_bidder_name.is_none() {
            faults.add("intended_bidder_name", "missing");
        }
    }
}

/// Hundredths of a percent as people read them: 4000 -> `40`, 1250 -> `12.5`.
pub fn percent_text(bp: i64) -> String {
    let frac = format!("{:02}", bp.rem_euclid(100));
    match frac.trim_end_matches('0') {
        "" => (bp / 100).to_string(),
        frac => format!("{}.{frac}", bp / 100),
    }
}

/// Differences between two versions, by path: what an amendment notice shows.
pub fn differences(before: &serde_json::Value, after: &serde_json::Value) -> Vec<Change> {
    fn walk(path: &str, a: &serde_json::Value, b: &serde_json::Value, out: &mut Vec<Change>) {
        use serde_json::Value::{Array, Null, Object};
        let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match (a, b) {
            _ if a == b => {}
            (Object(x), Object(y)) => {
                let keys: std::collections::BTreeSet<_> = x.keys().chain(y.keys()).collect();
                for key in keys {
                    walk(&join(key), x.get(key).unwrap_or(&Null), y.get(key).unwrap_or(&Null), out);
                }
            }
            (Array(x), Array(y)) => {
                for n in 0..x.len().max(y.len()) {
                    walk(&join(&n.to_string()), x.get(n).unwrap_or(&Null), y.get(n).unwrap_or(&Null), out);
                }
            }
            _ => out.push(Change { path: path.to_owned(), before: plain(a), after: plain(b) }),
        }
    }
    fn plain(v: &serde_json::Value) -> String {
        match v {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(s) => s.clone(),
            other => other.to_string(),
        }
    }
    let mut out = vec![];
    walk("", before, after, &mut out);
    out
}

/// A plausible need with texts of real length: for generated data and for samples of pages.
pub fn demo_need(title: &str, stake: Money) -> Need {
    let text = |what: &str| format!("{title}：{what}。").chars().cycle().take(320).collect::<String>();
    let indicator = |name: &str, target: i64, weight: i64| Indicator {
        name: name.into(),
        comparator: "ge".into(),
        target: target.to_string().parse().ok(),
        target_high: None,
        unit: Some("%".into()),
        present_value: Some("80".into()),
        test_method: "第三方检测".into(),
        tester: "third_party".into(),
        conditions: None,
        hard: true,
        weight,
    };
    let county = stake.percent_of(2_000).unwrap_or_default();
    Need {
        title: title.to_owned(),
        track: "enterprise_posted".into(),
        category: "research".into(),
        award_mode: "single".into(),
        lanes: None,
        industry_code: "2521".into(),
        discipline_code: "53011".into(),
        chain: "coal_coking".into(),
        background: text("背景"),
        current_state: text("现状"),
        tried_and_failed: text("已做过的尝试"),
        scope: text("研究内容"),
        out_of_scope: None,
        indicators: vec![indicator("收率", 92, 40), indicator("纯度", 98, 40), indicator("回用率", 95, 20)],
        deliverables: vec![Deliverable { kind: "process_package".into(), count: 1, note: None }],
        trl_from: 4,
        trl_to: 7,
        period_months: 18,
        milestones: vec![],
        stake_fen: stake,
        county_fen: county,
        superior_fen: None,
        enterprise_fen: stake.checked_sub(county),
        bidder_fen: None,
        other_fen: None,
        funding_mode: "budgeted".into(),
        authority_doc_no: None,
        subsidy_timing: "post".into(),
        legal_basis: "enterprise_commission".into(),
        funds_proof_kind: Some("board_resolution".into()),
        funds_proof: vec![],
        bidder_conditions: None,
        ip_wish: "joint".into(),
        confidentiality: "open".into(),
        anonymous: false,
        hazards: vec![],
        intended_bidder: false,
        intended_bidder_name: None,
        contact_name: "示例".into(),
        contact_phone: "13800000000".into(),
        attachments: vec![],
        commit_truth: true,
        commit_funds: true,
        commit_sign: true,
        commit_no_affiliation: true,
        commit_not_secret: true,
    }
}

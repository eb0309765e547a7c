//! One line of the spending ledger (支出台账): what the lead paid out of the money of a contract, told after the fact. A lump
//! sum has no budget lines and no reallocation to approve; each line is screened against the negative list, and what looks
//! odd needs a word of explanation (domain 3.8, trap 5). Lines are spot-checked by lot.
use super::life::life;
use super::*;
use std::collections::BTreeSet;

life! {
    /// Where a line of spending stands.
    noun "spending"; states SpendingState; acts SpendingAct; table SPENDING_LIFE;
    first [Recorded]; ends [Cleared, Withdrawn, Disallowed];
    Recorded { Classify [Bidder] => Recorded, Withdraw [Bidder] => Withdrawn, Sample [System] => Sampled, Question [Officer, Checker] => Questioned }
    Sampled { Clear [Checker] => Cleared, Question [Officer, Checker] => Questioned }
    Questioned { Explain [Bidder] => Sampled, Disallow [Checker] => Disallowed, Withdraw [Bidder] => Withdrawn }
    = acts {
        Classify = "classification", Withdraw = "withdrawal", Sample = "sampling", Question = "question", Clear = "clearance",
        Explain = "explanation", Disallow = "disallowance"
    }
    = states {
        Recorded = "recorded", Sampled = "sampled", Questioned = "questioned", Cleared = "cleared", Withdrawn = "withdrawn",
        Disallowed = "disallowed"
    }
}

use SpendingState as S;

pub const SPENDING_SOURCES: &[&str] = &["county", "enterprise", "own"];
/// Statistical classes, given after the fact.
pub const SPENDING_CLASSES: &[&str] =
    &["equipment", "materials", "labour", "consultancy", "travel", "outsourcing", "performance_pay", "management_fee", "other"];
pub const PAYEE_KINDS: &[&str] = &["unit", "individual"];
pub const PAYMENT_WAYS: &[&str] = &["transfer", "official_card", "cash"];
pub const PLACES: &[&str] = &["in_county", "outside"];

/// Words that point to an item of the negative list (L; the text is C), with the number of the item.
const NEGATIVE_WORDS: &[(&str, &[&str])] = &[
    ("negative_2", &["罚款", "滞纳金", "捐赠", "赞助", "投资", "理财", "股权", "还贷", "偿还", "利息"]),
    ("negative_5", &["转包", "分包"]),
    ("negative_7", &["家庭", "私人", "子女", "个人消费"]),
    ("negative_8", &["招待", "宴请", "烟酒", "礼品", "礼金", "购物卡"]),
    ("negative_9", &["办公楼", "装修", "购房", "基建", "轿车", "购车"]),
    ("negative_10", &["公务员", "项目管理人员补贴", "评审奖金"]),
];

/// From this amount on, a round sum to an individual is asked about: 100 000 yuan.
const ROUND_FROM: Money = Money::yuan(100_000);

/// What a line looks odd for; the sentence is `hint.CODE` in the catalogues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    pub code: String,
    pub detail: String,
}

impl Hint {
    fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into() }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spending {
    pub id: SpendingId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    pub head: Head<SpendingState>,
    pub spent_on: String,
    pub amount_fen: Money,
    pub payee: String,
    pub payee_kind: String,
    pub purpose: String,
    pub source: String,
    pub class: String,
    pub payment_way: String,
    pub voucher: String,
    pub invoice: Option<String>,
    pub milestone: Option<i64>,
    pub place: String,
    pub hints: Vec<Hint>,
    /// Why it stands in spite of the hints; later, the answer to a question.
    pub explanation: Option<String>,
    pub question: Option<String>,
    pub files: Vec<FileId>,
    pub recorded_by: AccountId,
}

impl Spending {
    pub fn channel(&self) -> Option<Channel> {
        Channel::of_source(&self.source)
    }

    pub fn take(&mut self, act: SpendingAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::Sampled => Some(rules.payment_days),
            S::Questioned => Some(rules.cure_days),
            _ => None,
        };
        if to != self.head.state {
            self.head.enter(to, m, due);
        }
        Ok(())
    }

    /// Counts as spent: not taken back, not disallowed.
    pub fn counts(&self) -> bool {
        !matches!(self.head.state, S::Withdrawn | S::Disallowed)
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: SpendingAct| Turn::of(role, &format!("spending.{}", act.id()), &self.head);
        match self.head.state {
            S::Sampled => vec![t(Role::Checker, SpendingAct::Clear)],
            S::Questioned => vec![t(Role::Bidder, SpendingAct::Explain).org(self.lead)],
            S::Recorded | S::Cleared | S::Withdrawn | S::Disallowed => vec![],
        }
    }
}

/// What the platform knows beside the form when it screens a line.
#[derive(Clone, Debug, Default)]
pub struct Screening<'a> {
    pub starts_on: Option<&'a str>,
    pub ends_on: Option<&'a str>,
    /// Names of the parties and of their affiliates.
    pub related: &'a [String],
    /// The same invoice stands on another line, here or in another project.
    pub invoice_used: bool,
}

/// The hints of a line (domain 3.8): related payee, invoice used twice, a date outside the term, a round sum to an
/// individual, cash, words of the negative list.
pub fn screen(f: &forms::RecordSpending, known: &Screening) -> Vec<Hint> {
    let mut out = vec![];
    if known.related.iter().any(|name| name == &f.payee) {
        out.push(Hint::new("payee_related", &f.payee));
    }
    if known.invoice_used {
        out.push(Hint::new("invoice_used", f.invoice.clone().unwrap_or_default()));
    }
    let early = known.starts_on.is_some_and(|d| f.spent_on.as_str() < d);
    let late = known.ends_on.is_some_and(|d| f.spent_on.as_str() > d);
    if early || late {
        out.push(Hint::new("date_outside", &f.spent_on));
    }
    let round = f.amount_fen >= ROUND_FROM && f.amount_fen.as_fen() % Money::wan(1).as_fen() == 0;
    if f.payee_kind == "individual" && round {
        out.push(Hint::new("round_sum", f.amount_fen.to_string()));
    }
    if f.payment_way == "cash" {
        out.push(Hint::new("cash", f.amount_fen.to_string()));
    }
    for (code, words) in NEGATIVE_WORDS {
        let found = words.iter().find(|w| f.purpose.contains(**w) || f.payee.contains(**w));
        out.extend(found.map(|w| Hint::new(code, *w)));
    }
    out
}

/// Indirect costs that fiscal money of a budgeted contract may bear at most: 30 % up to 5 million yuan, 25 % of what lies
/// between 5 and 10, 20 % above (domain 4.4).
pub fn indirect_limit(county: Money) -> Option<Money> {
    let (five, ten) = (Money::wan(500), Money::wan(1_000));
    let zero = Money::default();
    let parts = [
        county.min(five).percent_of(3_000)?,
        county.min(ten).checked_sub(five)?.max(zero).percent_of(2_500)?,
        county.checked_sub(ten)?.max(zero).percent_of(2_000)?,
    ];
    Money::sum(parts)
}

pub fn is_indirect(class: &str) -> bool {
    matches!(class, "performance_pay" | "management_fee")
}

/// The three heads of a budgeted contract, and what is indirect (domain 4.4).
pub fn budget_head(class: &str) -> &'static str {
    match class {
        "equipment" => "equipment",
        "labour" | "consultancy" => "labour",
        c if is_indirect(c) => "indirect",
        _ => "business",
    }
}

/// The lot of a spot check; each part stands in the record, so that anyone may draw it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpotCheck {
    /// Made by the platform as the check is drawn.
    pub secret: String,
    /// What the supervisor said when drawing.
    pub words: String,
    /// Hash of the ids of the lines, in order.
    pub pool_sha256: String,
    pub pool: usize,
    pub drawn: usize,
}

impl SpotCheck {
    /// At least three lines, and at least the share that the rules say; all when there are fewer.
    pub fn new(pool: &[SpendingId], secret: String, words: String, rules: &RuleSet) -> Self {
        let share = (pool.len() * usize::try_from(rules.spot_share_bp).unwrap_or(0)).div_ceil(10_000);
        Self { secret, words, pool_sha256: Self::hash(pool), pool: pool.len(), drawn: share.max(3).min(pool.len()) }
    }

    fn hash(pool: &[SpendingId]) -> String {
        let ids: BTreeSet<String> = pool.iter().map(ToString::to_string).collect();
        hash::sha256_hex(ids.into_iter().collect::<Vec<_>>().join("\n").as_bytes())
    }

    /// The lines on which the lot falls.
    pub fn lot(&self, pool: &[SpendingId]) -> Vec<SpendingId> {
        let text = format!("jiebang-spot-check-1\n{}\n{}\n{}", self.secret, self.words, self.pool_sha256);
        let seed = hash::sha256_hex(text.as_bytes());
        let mut order: Vec<SpendingId> = pool.to_vec();
        order.sort_by_key(|id| hash::sha256_hex(format!("{seed}:{id}").as_bytes()));
        order.truncate(self.drawn);
        order
    }
}

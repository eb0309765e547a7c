//! The evidence of diligence (尽职免责): what the platform itself has kept, with its times, worked out as a checklist. Without
//! the list there is no exemption (N 科学技术进步法 §68; domain 4.7, trap 23).
use super::*;

/// Working days between the finding of a danger and the warning of it.
pub const WARNING_DAYS: i64 = 10;
/// Experts who find the cause to be technical.
pub const EXPERTS_LEAST: usize = 5;

/// One line of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiligenceItem {
    pub code: String,
    pub met: bool,
    /// What it was found from: counts and days, no prose.
    pub facts: Vec<(String, String)>,
}

/// What stood in the file when it was decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diligence {
    pub items: Vec<DiligenceItem>,
    pub experts: Vec<Judge>,
    pub entries: usize,
    pub files: usize,
    /// Over the list of entries and files, in order.
    pub sha256: String,
    pub at: Timestamp,
}

impl Diligence {
    pub fn is_complete(&self) -> bool {
        self.items.iter().all(|i| i.met)
    }
    pub fn missing(&self) -> String {
        self.items.iter().filter(|i| !i.met).map(|i| i.code.as_str()).collect::<Vec<_>>().join("、")
    }
}

fn item(code: &str, met: bool, facts: &[(&str, String)]) -> DiligenceItem {
    DiligenceItem { code: code.into(), met, facts: facts.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect() }
}

/// The checklist, from what was reported, handed in and spent; the experts are asked last.
pub fn checklist(
    reports: &[Progress],
    milestones: &[Milestone],
    spending: &[Spending],
    experts: usize,
    calendar: &Calendar,
) -> Vec<DiligenceItem> {
    let of = |kind: &'static str| reports.iter().filter(move |r| r.kind == kind);
    let records = of("lab_record").filter(|r| !r.files.is_empty()).count();
    let handed_in = milestones.iter().filter(|x| x.submitted_at.is_some());
    let late = handed_in.clone().filter(|x| x.submitted_at > Some(x.due_at)).count();
    // The soonest warning counts: days from the finding to the filing.
    let waited = |r: &Progress| {
        let found: jiff::civil::Date = r.found_on.as_deref()?.parse().ok()?;
        Some(calendar.remaining(found, date_of(r.filed_at)).max(0))
    };
    let soonest = of("early_warning").filter_map(waited).min();
    let refused =
        spending.iter().filter(|s| matches!(s.head.state, SpendingState::Disallowed | SpendingState::Questioned)).count();
    vec![
        item("original_records", records > 0, &[("n", records.to_string())]),
        item("on_time", late == 0, &[("n", handed_in.count().to_string()), ("late", late.to_string())]),
        item(
            "early_warning",
            soonest.is_some_and(|days| days <= WARNING_DAYS),
            &[("days", soonest.map_or_else(|| "—".into(), |d| d.to_string())), ("most", WARNING_DAYS.to_string())],
        ),
        item("plan_b", of("plan_b").next().is_some(), &[("n", of("plan_b").count().to_string())]),
        item("ledger", refused == 0, &[("n", spending.len().to_string()), ("refused", refused.to_string())]),
        item("experts", experts >= EXPERTS_LEAST, &[("n", experts.to_string()), ("least", EXPERTS_LEAST.to_string())]),
    ]
}

//! A deadline in working days with how it was counted, so that anyone may count it again.
use super::*;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// What must be done by then.
    pub what: String,
    /// The day that does not count itself (民法典 §201).
    pub from: String,
    pub days: u16,
    pub due: Timestamp,
    /// The calendar that was counted with.
    pub calendar: String,
    /// When it was met, or when nothing hung on it any more.
    #[serde(default)]
    pub done: Option<Timestamp>,
}

impl Deadline {
    pub fn after(what: &str, from: jiff::civil::Date, days: u16, calendar: &Calendar) -> Self {
        let due = deadline_instant(calendar.add_workdays(from, i64::from(days)).date);
        Self { what: what.to_owned(), from: from.to_string(), days, due, calendar: calendar.version.clone(), done: None }
    }

    /// True of what somebody may do by then and need not: a right, not a duty of the bureau.
    pub fn is_right(&self) -> bool {
        matches!(self.what.as_str(), "completion" | "answer" | "reconsideration-ask")
    }

    /// Counted again with a calendar.
    pub fn holds(&self, calendar: &Calendar) -> bool {
        let from = self.from.parse::<jiff::civil::Date>();
        from.is_ok_and(|from| deadline_instant(calendar.add_workdays(from, i64::from(self.days)).date) == self.due)
    }
}

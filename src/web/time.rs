//! Times as people read them: Beijing time, working days left, and how they were counted.
use super::text::Text;
pub use crate::domain::words::{day, day_text, deadline, moment};
use crate::domain::{Moment, date_of, notice::last_day};
use jiff::Timestamp;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Due {
    pub at: String,
    pub text: String,
    pub left: String,
    pub tone: &'static str,
    pub counted: Option<String>,
    pub provisional: bool,
}

pub fn due(text: &Text, at: Timestamp, m: &Moment) -> Due {
    let (today, last) = (date_of(m.now), last_day(at));
    let left = m.calendar.remaining(today, last);
    let over = m.now >= at;
    let tone = match (over, left) {
        (true, _) => "bad",
        (false, ..=3) => "warn",
        _ => "ok",
    };
    let key = match (over, left) {
        (true, 0) => "time.over_today",
        (true, _) => "time.over",
        (false, 0) => "time.today",
        (false, _) => "time.left",
    };
    let counting = m.calendar.add_workdays(today.min(last), left.abs());
    let skipped: Vec<String> =
        counting.skipped.iter().filter(|(d, _)| *d <= last).take(12).map(|(d, _)| d.strftime("%m-%d").to_string()).collect();
    let counted = (!over && left > 0).then(|| {
        let args =
            [("from", day(text, today)), ("n", left.to_string()), ("last", day(text, last)), ("skipped", skipped.join(", "))];
        text.with(if skipped.is_empty() { "time.counted" } else { "time.counted_skipping" }, &args)
    });
    Due {
        at: at.to_string(),
        text: deadline(text, at),
        left: text.with(key, &[("n", left.abs().to_string())]),
        tone,
        counted,
        provisional: !m.calendar.covers(last),
    }
}

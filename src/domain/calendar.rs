//! The working-day calendar (国务院令795号): a table that the bureau edits, seeded with 2025 and 2026.
use jiff::{Span, Timestamp, civil::Date};
use std::collections::BTreeSet;

/// Which days are rest and which weekends are worked; beyond `covers` only weekends are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub version: String,
    pub covers: (Date, Date),
    pub rest: BTreeSet<Date>,
    pub work: BTreeSet<Date>,
}

/// Why a day did not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    Weekend,
    Holiday,
}

/// A date reached by counting, and how it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub date: Date,
    pub counted: Vec<Date>,
    pub skipped: Vec<(Date, Skip)>,
    /// True when the count ran past the known calendar.
    pub provisional: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the calendar does not read: {0}")]
pub struct CalendarFault(pub String);

const SEED: &str = r#"{
  "source": "国务院办公厅关于2025年、2026年部分节假日安排的通知",
  "covers": ["2025-01-01", "2026-12-31"],
  "rest": {
    "2025": ["2025-01-01", "2025-01-28/2025-02-04", "2025-04-04/2025-04-06", "2025-05-01/2025-05-05", "2025-05-31/2025-06-02", "2025-10-01/2025-10-08"],
    "2026": ["2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06", "2026-05-01/2026-05-05", "2026-06-19/2026-06-21", "2026-09-25/2026-09-27", "2026-10-01/2026-10-07"]
  },
  "work": {
    "2025": ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"],
    "2026": ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
  }
}"#;

/// Beijing time has no summer time: a fixed offset.
fn beijing() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::fixed(jiff::tz::offset(8))
}

/// The date in Beijing at an instant.
pub fn date_of(at: Timestamp) -> Date {
    at.to_zoned_datetime(beijing()).date()
}

/// 24:00 of a date in Beijing: the first instant that is too late.
pub fn deadline_instant(date: Date) -> Timestamp {
    let next = date.saturating_add(Span::new().days(1));
    next.to_zoned_datetime(beijing()).map(|z| z.timestamp()).unwrap_or(Timestamp::MAX)
}

impl Calendar {
    /// What the notices of 2025 and 2026 say.
    pub fn seed() -> Self {
        Self::from_json(SEED).expect("the built-in calendar reads")
    }

    pub fn from_json(json: &str) -> Result<Self, CalendarFault> {
        let fault = |why: &str| CalendarFault(why.to_owned());
        let value: serde_json::Value = serde_json::from_str(json).map_err(|e| CalendarFault(e.to_string()))?;
        let covers = value["covers"].as_array().ok_or_else(|| fault("\"covers\" must be [\"first day\", \"last day\"]"))?;
        let [Some(first), Some(last)] = [0, 1].map(|n| covers.get(n).and_then(|v| v.as_str()).and_then(|s| s.parse::<Date>().ok())) else {
            return Err(fault("\"covers\" must be [\"first day\", \"last day\"]"));
        };
        if first > last {
            return Err(fault("\"covers\" ends before it begins"));
        }
        let calendar = Self {
            version: value["source"].as_str().unwrap_or("").to_owned(), covers: (first, last), rest: days(&value["rest"], "rest")?,
            work: days(&value["work"], "work")?,
        };
        if let Some(both) = calendar.rest.intersection(&calendar.work).next() {
            return Err(CalendarFault(format!("{both} is both rest and work")));
        }
        if let Some(out) = calendar.rest.iter().chain(&calendar.work).find(|d| **d < first || **d > last) {
            return Err(CalendarFault(format!("{out} lies outside \"covers\"")));
        }
        Ok(calendar)
    }

    /// Lays a newer calendar over this one, for the days that it covers.
    pub fn merge(&mut self, newer: Self) {
        let inside = |d: &Date| *d >= newer.covers.0 && *d <= newer.covers.1;
        self.rest.retain(|d| !inside(d));
        self.work.retain(|d| !inside(d));
        self.rest.extend(newer.rest);
        self.work.extend(newer.work);
        self.covers = (self.covers.0.min(newer.covers.0), self.covers.1.max(newer.covers.1));
        self.version = newer.version;
    }

    pub fn to_json(&self) -> String {
        let all = |days: &BTreeSet<Date>| serde_json::json!({ "all": days.iter().map(ToString::to_string).collect::<Vec<_>>() });
        serde_json::json!({
            "source": self.version, "covers": [self.covers.0.to_string(), self.covers.1.to_string()], "rest": all(&self.rest), "work": all(&self.work),
        })
        .to_string()
    }

    pub fn covers(&self, d: Date) -> bool {
        d >= self.covers.0 && d <= self.covers.1
    }

    fn skip(&self, d: Date) -> Option<Skip> {
        let weekend = matches!(d.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        match (self.work.contains(&d), self.rest.contains(&d), weekend) {
            (true, _, _) => None,
            (_, true, _) => Some(Skip::Holiday),
            (_, _, true) => Some(Skip::Weekend),
            _ => None,
        }
    }

    /// Make-up Saturdays and Sundays are working days (trap 19).
    pub fn is_workday(&self, d: Date) -> bool {
        self.skip(d).is_none()
    }

    /// The `n`th working day after `start`; `start` itself never counts (民法典 §201). `n` is at most 10,000.
    pub fn add_workdays(&self, start: Date, n: i64) -> Due {
        let mut due = Due { date: start, counted: vec![], skipped: vec![], provisional: false };
        let n = usize::try_from(n.clamp(0, 10_000)).unwrap_or(0);
        while due.counted.len() < n {
            due.date = due.date.saturating_add(Span::new().days(1));
            due.provisional |= !self.covers(due.date);
            match self.skip(due.date) {
                None => due.counted.push(due.date),
                Some(why) => due.skipped.push((due.date, why)),
            }
        }
        due
    }

    /// A calendar-day period that ends on a rest day ends on the next working day (民法典 §203).
    pub fn roll_forward(&self, mut d: Date) -> Date {
        while !self.is_workday(d) {
            d = d.saturating_add(Span::new().days(1));
        }
        d
    }

    /// Working days strictly after `today` up to `due`; negative once past.
    pub fn remaining(&self, today: Date, due: Date) -> i64 {
        let (mut from, to, sign) = if today <= due { (today, due, 1) } else { (due, today, -1) };
        let mut n = 0;
        while from < to && n < 10_000 {
            from = from.saturating_add(Span::new().days(1));
            n += i64::from(self.is_workday(from));
        }
        sign * n
    }
}

/// Days and ranges `a/b`, grouped under any names.
fn days(value: &serde_json::Value, what: &str) -> Result<BTreeSet<Date>, CalendarFault> {
    let mut out = BTreeSet::new();
    let groups = value.as_object().ok_or_else(|| CalendarFault(format!("\"{what}\" must be lists of days by year")))?;
    for entry in groups.values().flat_map(|g| g.as_array().into_iter().flatten()) {
        let text = entry.as_str().unwrap_or("");
        let (from, to) = text.split_once('/').unwrap_or((text, text));
        let read = |t: &str| t.parse::<Date>().map_err(|_| CalendarFault(format!("{text:?} in \"{what}\" is no day like 2026-10-01 or range a/b")));
        let (mut day, to) = (read(from)?, read(to)?);
        while day <= to {
            out.insert(day);
            day = day.saturating_add(Span::new().days(1));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn working_days_are_counted_as_the_notices_say() {
        let c = Calendar::seed();
        for (start, n, due) in [
            ("2025-09-26", 5, "2025-10-10"), ("2025-12-31", 1, "2026-01-04"), ("2026-02-13", 5, "2026-02-27"), ("2026-02-13", 10, "2026-03-05"),
            ("2026-02-14", 1, "2026-02-24"), ("2026-04-30", 5, "2026-05-11"), ("2026-09-18", 5, "2026-09-24"), ("2026-09-24", 3, "2026-09-30"),
            ("2026-09-30", 5, "2026-10-13"), ("2026-11-23", 5, "2026-11-30"), ("2026-12-24", 5, "2026-12-31"),
        ] {
            let start: Date = start.parse().unwrap();
            let got = c.add_workdays(start, n);
            assert_eq!((got.date.to_string().as_str(), got.provisional), (due, false), "{start} + {n}");
        }
        assert!(c.add_workdays(date(2026, 12, 25), 5).provisional);
    }

    #[test]
    fn both_years_have_248_working_days() {
        let c = Calendar::seed();
        for (year, months) in [(2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]), (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23])] {
            let mut counted = [0; 12];
            let mut day = date(year, 1, 1);
            while day.year() == year {
                counted[usize::try_from(day.month() - 1).unwrap()] += i32::from(c.is_workday(day));
                day = day.saturating_add(Span::new().days(1));
            }
            assert_eq!(counted, months);
            assert_eq!(counted.iter().sum::<i32>(), 248);
        }
    }

    #[test]
    fn what_is_written_reads_back_and_faults_are_named() {
        let c = Calendar::seed();
        let mut again = Calendar::from_json(&c.to_json()).unwrap();
        assert_eq!(again, c);
        again.merge(c.clone());
        assert_eq!(again, c);
        assert_eq!(c.remaining(date(2026, 11, 23), date(2026, 11, 30)), 5);
        assert_eq!(c.remaining(date(2026, 11, 30), date(2026, 11, 23)), -5);
        assert_eq!(c.roll_forward(date(2026, 10, 1)), date(2026, 10, 8));
        assert!(Calendar::from_json(r#"{"covers":["2026-01-01","2026-12-31"],"rest":{"x":["2026-13-01"]},"work":{}}"#).is_err());
    }
}

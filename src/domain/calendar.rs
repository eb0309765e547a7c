//! The working-day calendar (国务院令795号): a table that the bureau edits, seeded with 2025 and 2026.
use jiff::{Span, Timestamp, civil::Date};
use std::collections::{BTreeMap, BTreeSet};

/// No rule counts further than this; it keeps loops short whatever they are given.
const MOST: i64 = 10_000;

/// Which days are rest and which weekends are worked; beyond `covers` only weekends are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The notice it comes from; kept beside every date counted with it.
    pub version: String,
    /// First and last day known, both included.
    pub covers: (Date, Date),
    /// Holidays, with the weekends inside them.
    pub rest: BTreeSet<Date>,
    /// Saturdays and Sundays that are worked.
    pub work: BTreeSet<Date>,
}

/// Why a day did not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// A Saturday or Sunday in no holiday.
    Weekend,
    /// Named by the notice, weekends inside a holiday included.
    Holiday,
}

/// A date reached by counting, and how it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last day; it ends at `deadline_instant(date)`.
    pub date: Date,
    /// The working days counted, in order; the start is not among them.
    pub counted: Vec<Date>,
    /// The days passed over, in order.
    pub skipped: Vec<(Date, Skip)>,
    /// True when the count ran past the known calendar.
    pub provisional: bool,
}

/// Why a calendar is refused, in words for the one who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the calendar does not read: {0}")]
pub struct CalendarFault(pub String);

/// 国务院办公厅 on the holidays of 2025 and 2026 (domain 8).
const SEED: &str = r#"{"source": "国务院办公厅关于2025年、2026年部分节假日安排的通知", "covers": ["2025-01-01", "2026-12-31"], "rest": {
  "2025": ["2025-01-01", "2025-01-28/2025-02-04", "2025-04-04/2025-04-06", "2025-05-01/2025-05-05", "2025-05-31/2025-06-02", "2025-10-01/2025-10-08"],
  "2026": ["2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06", "2026-05-01/2026-05-05", "2026-06-19/2026-06-21",
    "2026-09-25/2026-09-27", "2026-10-01/2026-10-07"]}, "work": {
  "2025": ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"],
  "2026": ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]}}"#;

/// Days as a notice lists them: `2026-10-10`, or `2026-10-01/2026-10-07`, grouped under any names.
type Listed = BTreeMap<String, Vec<String>>;

#[derive(serde::Deserialize)]
struct Written {
    source: String,
    covers: (Date, Date),
    rest: Listed,
    work: Listed,
    #[serde(default)]
    working_days_per_year: BTreeMap<i16, i64>,
}

fn fault<T>(why: impl Into<String>) -> Result<T, CalendarFault> {
    Err(CalendarFault(why.into()))
}

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
    let next = date.tomorrow().and_then(|next| next.to_zoned_datetime(beijing()));
    next.map_or(Timestamp::MAX, |z| z.timestamp())
}

impl Calendar {
    /// What the notices of 2025 and 2026 say.
    pub fn seed() -> Self {
        Self::from_json(SEED).expect("the built-in calendar reads")
    }

    /// Reads `{"source", "covers": [first, last], "rest": {group: [day or "first/last"]}, "work": {…}}`; if
    /// `"working_days_per_year"` is given, the count must agree for years wholly covered.
    pub fn from_json(json: &str) -> Result<Self, CalendarFault> {
        let written: Written = serde_json::from_str(json).map_err(|e| CalendarFault(e.to_string()))?;
        let covers = written.covers;
        if covers.0 > covers.1 {
            return fault("\"covers\" ends before it begins");
        }
        let (rest, work) = (days(&written.rest, "rest", covers)?, days(&written.work, "work", covers)?);
        if let Some(both) = rest.intersection(&work).next() {
            return fault(format!("{both} is both rest and work"));
        }
        if let Some(day) = work.iter().find(|d| !weekend(**d)) {
            return fault(format!("{day} in \"work\" is no Saturday or Sunday"));
        }
        let calendar = Self { version: written.source, covers, rest, work };
        for (year, stated) in written.working_days_per_year {
            let Some((first, last)) = Date::new(year, 1, 1).ok().zip(Date::new(year, 12, 31).ok()) else { continue };
            let counted = i64::from(calendar.is_workday(first)) + calendar.remaining(first, last);
            if calendar.covers(first) && calendar.covers(last) && counted != stated {
                return fault(format!("{year} has {counted} working days, not {stated}"));
            }
        }
        Ok(calendar)
    }

    /// Lays a newer calendar over this one, for the days that it covers. Refused, and nothing changed, if days between
    /// the two would stay unknown: they would count as known.
    pub fn merge(&mut self, newer: Self) -> Result<(), CalendarFault> {
        let beside = |a: Date, b: Date| a.tomorrow().is_ok_and(|next| next < b);
        let (mine, theirs) = (self.covers, newer.covers);
        if beside(mine.1, theirs.0) || beside(theirs.1, mine.0) {
            return fault(format!("days between {}–{} and {}–{} are missing", mine.0, mine.1, theirs.0, theirs.1));
        }
        self.rest.retain(|d| !newer.covers(*d));
        self.work.retain(|d| !newer.covers(*d));
        self.rest.extend(newer.rest);
        self.work.extend(newer.work);
        self.covers = (mine.0.min(theirs.0), mine.1.max(theirs.1));
        self.version = newer.version;
        Ok(())
    }

    /// What `from_json` reads back as the same calendar.
    pub fn to_json(&self) -> String {
        let all = |days: &BTreeSet<Date>| serde_json::json!({ "all": days.iter().map(ToString::to_string).collect::<Vec<_>>() });
        let covers = [self.covers.0.to_string(), self.covers.1.to_string()];
        serde_json::json!({ "source": self.version, "covers": covers, "rest": all(&self.rest), "work": all(&self.work) })
            .to_string()
    }

    /// Whether the notices say what this day is.
    pub fn covers(&self, d: Date) -> bool {
        d >= self.covers.0 && d <= self.covers.1
    }

    fn skip(&self, d: Date) -> Option<Skip> {
        match (self.work.contains(&d), self.rest.contains(&d), weekend(d)) {
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

    /// The `n`th working day after `start`; `start` itself never counts (民法典 §201). `n` is at most 10,000; zero or less
    /// is `start` itself.
    pub fn add_workdays(&self, start: Date, n: i64) -> Due {
        let mut due = Due { date: start, counted: vec![], skipped: vec![], provisional: false };
        let n = usize::try_from(n.clamp(0, MOST)).unwrap_or(0);
        while due.counted.len() < n {
            let Ok(next) = due.date.tomorrow() else { break };
            due.date = next;
            due.provisional |= !self.covers(next);
            match self.skip(next) {
                None => due.counted.push(next),
                Some(why) => due.skipped.push((next, why)),
            }
        }
        due
    }

    /// A calendar-day period that ends on a rest day ends on the next working day (民法典 §203).
    pub fn roll_forward(&self, d: Date) -> Date {
        d.series(Span::new().days(1)).find(|d| self.is_workday(*d)).unwrap_or(Date::MAX)
    }

    /// Working days strictly after `today` up to `due`; once past, minus those strictly after `due` up to `today`. Zero is
    /// the last day itself, or rest days right after it.
    pub fn remaining(&self, today: Date, due: Date) -> i64 {
        let (from, to, sign) = if today <= due { (today, due, 1) } else { (due, today, -1) };
        let days = from.series(Span::new().days(1)).skip(1).take_while(|d| *d <= to);
        (0..MOST).zip(days.filter(|d| self.is_workday(*d))).fold(0, |n, _| n + sign)
    }
}

fn weekend(d: Date) -> bool {
    matches!(d.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
}

/// Every day listed, all inside `covers`.
fn days(listed: &Listed, what: &str, covers: (Date, Date)) -> Result<BTreeSet<Date>, CalendarFault> {
    let mut out = BTreeSet::new();
    for text in listed.values().flatten() {
        let (from, to) = text.split_once('/').unwrap_or((text, text));
        let (Ok(from), Ok(to)) = (from.parse::<Date>(), to.parse::<Date>()) else {
            return fault(format!("{text:?} in \"{what}\" is no day like 2026-10-01 or range a/b"));
        };
        if from > to {
            return fault(format!("{text:?} in \"{what}\" ends before it begins"));
        }
        if from < covers.0 || to > covers.1 {
            return fault(format!("{text:?} in \"{what}\" lies outside \"covers\""));
        }
        out.extend(from.series(Span::new().days(1)).take_while(|d| *d <= to));
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
        let vectors = "2025-09-26 5 2025-10-10, 2025-12-31 1 2026-01-04, 2026-02-13 5 2026-02-27, 2026-02-13 10 2026-03-05, \
            2026-02-14 1 2026-02-24, 2026-04-30 5 2026-05-11, 2026-09-18 5 2026-09-24, 2026-09-24 3 2026-09-30, \
            2026-09-30 5 2026-10-13, 2026-11-23 5 2026-11-30, 2026-12-24 5 2026-12-31";
        for vector in vectors.split(", ") {
            let [start, n, due] = vector.split(' ').collect::<Vec<_>>()[..] else { panic!("{vector}") };
            let (start, n): (Date, i64) = (start.parse().unwrap(), n.parse().unwrap());
            let got = c.add_workdays(start, n);
            assert_eq!((got.date.to_string().as_str(), got.provisional), (due, false), "{start} + {n}");
            assert_eq!(i64::try_from(got.counted.len()).unwrap(), n);
            assert_eq!((c.remaining(start, got.date), c.remaining(got.date, start)), (n, -n));
        }
        assert!(c.add_workdays(date(2026, 12, 25), 5).provisional);
        let due = c.add_workdays(date(2026, 4, 30), 5);
        assert_eq!(due.counted, [6, 7, 8, 9, 11].map(|d| date(2026, 5, d)), "Saturday the 9th is made up");
        assert_eq!(due.skipped[..5], [1, 2, 3, 4, 5].map(|d| (date(2026, 5, d), Skip::Holiday)));
        assert_eq!(due.skipped[5..], [(date(2026, 5, 10), Skip::Weekend)]);
    }

    #[test]
    fn both_years_have_248_working_days() {
        let c = Calendar::seed();
        let of_2025 = [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23];
        let of_2026 = [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23];
        for (year, months) in [(2025, of_2025), (2026, of_2026)] {
            let of_month = |m| date(year, m, 1).series(Span::new().days(1)).take_while(move |d| d.month() == m);
            let counted = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(|m| of_month(m).filter(|d| c.is_workday(*d)).count());
            assert_eq!((counted, counted.iter().sum::<usize>()), (months, 248));
        }
        let off = |year| c.rest.iter().filter(move |d| d.year() == year && !weekend(**d)).count();
        assert_eq!((off(2025), off(2026)), (18, 19), "weekdays off");
    }

    #[test]
    fn days_end_at_midnight_in_beijing() {
        let end = deadline_instant(date(2026, 12, 7));
        assert_eq!(end.to_string(), "2026-12-07T16:00:00Z");
        assert_eq!((date_of(end), date_of(end - jiff::SignedDuration::from_millis(1))), (date(2026, 12, 8), date(2026, 12, 7)));
        let c = Calendar::seed();
        assert_eq!(c.roll_forward(date(2026, 10, 1)), date(2026, 10, 8));
        assert_eq!(c.roll_forward(date(2026, 10, 10)), date(2026, 10, 10), "a Saturday made up");
        assert_eq!(c.remaining(date(2026, 11, 29), date(2026, 11, 27)), 0, "overdue by a weekend only");
        assert_eq!(c.add_workdays(Date::MAX, 3).date, Date::MAX, "the end of time ends the count");
        assert_eq!((deadline_instant(Date::MAX), c.remaining(Date::MIN, Date::MAX)), (Timestamp::MAX, MOST));
    }

    #[test]
    fn what_is_written_reads_back_and_faults_are_named() {
        let c = Calendar::seed();
        let mut again = Calendar::from_json(&c.to_json()).unwrap();
        assert_eq!(again, c);
        let year = |y: i16, rest: &str, more: &str| {
            let covers = format!(r#""covers":["{y}-01-01","{y}-12-31"]"#);
            Calendar::from_json(&format!(r#"{{"source":"n",{covers},"rest":{{"{y}":[{rest}]}},"work":{{}}{more}}}"#))
        };
        assert!(again.merge(year(2028, "", "").unwrap()).unwrap_err().0.contains("missing"));
        assert_eq!(again, c, "a refused merge changes nothing");
        again.merge(year(2027, r#""2027-01-01""#, "").unwrap()).unwrap();
        assert!(!again.add_workdays(date(2026, 12, 25), 5).provisional && !again.is_workday(date(2027, 1, 1)));
        assert_eq!(Calendar::from_json(&again.to_json()), Ok(again));
        let refused = |got: Result<Calendar, CalendarFault>, part| {
            let fault = got.unwrap_err().0;
            assert!(fault.contains(part), "{fault}");
        };
        refused(year(2027, r#""2027-13-01""#, ""), "is no day");
        refused(year(2027, r#""2027-10-07/2027-10-01""#, ""), "ends before");
        refused(year(2027, r#""2028-01-01""#, ""), "outside");
        refused(year(2027, "7", ""), "expected a string");
        refused(year(2027, "", r#","working_days_per_year":{"2027":248}"#), "2027 has 261 working days, not 248");
        refused(Calendar::from_json(r#"{"covers":["2026-12-31","2026-01-01"]}"#), "missing field `source`");
        refused(Calendar::from_json(&c.to_json().replace("2026-10-10", "2026-10-12")), "no Saturday");
        refused(Calendar::from_json(&c.to_json().replace("2026-10-10", "2026-10-04")), "both");
    }
}

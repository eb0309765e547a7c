//! What came of objections, as anyone may know it: outcomes by notice and by year, never who objected.
use super::*;
use std::collections::BTreeMap;

/// Objections filed in one year.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct YearOfObjections {
    pub year: i16,
    pub filed: usize,
    pub accepted: usize,
    pub not_accepted: usize,
    pub upheld: usize,
    pub partly_upheld: usize,
    pub dismissed: usize,
    pub withdrawn: usize,
    /// Clocks of the bureau that were missed.
    pub late: usize,
    /// Working days from acceptance to decision, on average.
    pub days_to_decide: Option<i64>,
}

impl App {
    /// How the accepted objections to a notice stand, or what came of them.
    pub async fn outcomes_on(&self, notice: NoticeId) -> Result<Vec<ObjectionState>> {
        let all: Vec<Objection> = noun::of(&self.db, "notice_id", notice.0).await?;
        let told = |o: &Objection| o.outcome.as_deref().and_then(ObjectionState::parse).unwrap_or(o.head.state);
        Ok(all.iter().filter(|o| o.accepted_by.is_some() || o.ex_officio).map(told).collect())
    }

    /// Objections by the year in which they were filed, the last year first.
    pub async fn objection_statistics(&self) -> Result<Vec<YearOfObjections>> {
        let (mut years, mut took): (BTreeMap<i16, YearOfObjections>, BTreeMap<i16, Vec<i64>>) = Default::default();
        let (calendar, mut page) = (self.calendar().await?, Page { after: None, limit: Page::MOST });
        loop {
            let listed = noun::list::<Objection>(&self.db, &[], page).await?;
            for o in &listed.items {
                let year = filed_in(o);
                add(years.entry(year).or_insert_with(|| YearOfObjections { year, ..Default::default() }), o);
                took.entry(year).or_default().extend(days_to_decide(o, &calendar));
            }
            match listed.next {
                Some(key) => page.after = Some(key),
                None => break,
            }
        }
        for (year, days) in took.into_iter().filter(|(_, days)| !days.is_empty()) {
            let n = i64::try_from(days.len()).unwrap_or(1);
            if let Some(y) = years.get_mut(&year) {
                y.days_to_decide = Some((days.iter().sum::<i64>() + n / 2) / n);
            }
        }
        Ok(years.into_values().rev().collect())
    }
}

fn filed_in(o: &Objection) -> i16 {
    let first = o.deadlines.first().and_then(|d| d.from.parse::<jiff::civil::Date>().ok());
    first.unwrap_or_else(|| date_of(o.head.since)).year()
}

fn add(y: &mut YearOfObjections, o: &Objection) {
    use ObjectionState as S;
    y.filed += 1;
    y.accepted += usize::from(o.accepted_by.is_some());
    match o.outcome.as_deref().and_then(S::parse).unwrap_or(o.head.state) {
        S::Upheld => y.upheld += 1,
        S::PartlyUpheld => y.partly_upheld += 1,
        S::Dismissed => y.dismissed += 1,
        S::NotAccepted => y.not_accepted += 1,
        S::Withdrawn => y.withdrawn += 1,
        S::Filed | S::Incomplete | S::Accepted | S::Investigating | S::MovedToTipOff | S::Reconsidering | S::Closed => {}
    }
    let ours = |d: &&Deadline| matches!(d.what.as_str(), "acceptance" | "decision" | "extension" | "reconsideration-answer");
    y.late += o.deadlines.iter().filter(ours).filter(|d| d.done.is_some_and(|at| at > d.due)).count();
}

fn days_to_decide(o: &Objection, calendar: &Calendar) -> Option<i64> {
    let from = o.deadlines.iter().find(|d| d.what == "decision")?.from.parse::<jiff::civil::Date>().ok()?;
    let decided = o.letter.as_ref()?.decided_on.parse::<jiff::civil::Date>().ok()?;
    Some(calendar.remaining(from, decided))
}

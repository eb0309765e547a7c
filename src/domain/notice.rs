//! The public notice of a proposed award (拟中榜公示): a clock in working days that an accepted objection stops (domain 2.4).
use super::life::life;
use super::*;

life! {
    /// Where a notice stands.
    noun "notice"; states NoticeState; acts NoticeAct; table NOTICE_LIFE;
    first [Draft]; ends [Issued, Revoked];
    Draft { Publish [Head] => InPublicity, Revoke [System] => Revoked }
    InPublicity { Correct [System] => InPublicity, Hold [System] => Suspended, Confirm [Officer] => Confirmed, Revoke [System] => Revoked }
    Suspended { Release [System] => InPublicity, Revoke [System] => Revoked, Revise [Officer] => InPublicity }
    Confirmed { Issue [System] => Issued }
    = acts { Publish = "publication", Hold = "hold", Release = "release", Confirm = "confirmation", Revise = "revision", Revoke = "revocation", Correct = "correction", Issue = "letter" }
    = states { Draft = "draft", InPublicity = "in_publicity", Suspended = "suspended", Confirmed = "confirmed", Issued = "issued", Revoked = "revoked" }
}

use NoticeState as S;

/// One winner as the notice prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Winner {
    pub bid: BidId,
    pub org: OrgId,
    pub lead: String,
    pub partners: Vec<String>,
    pub principal_investigator: String,
    pub county_fen: Money,
    pub enterprise_fen: Money,
    pub self_fen: Money,
    pub score: Option<Score>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notice {
    pub id: NoticeId,
    pub challenge: ChallengeId,
    pub number: Option<String>,
    pub head: Head<NoticeState>,
    pub title: String,
    pub prepared_by: AccountId,
    pub winners: Vec<Winner>,
    pub conclusion: String,
    pub period_months: i64,
    pub single_bid: bool,
    pub minutes: String,
    pub starts_on: Option<String>,
    /// First instant after the notice: 24:00 of its last day.
    pub ends_at: Option<Timestamp>,
    /// Working days left when an accepted objection stopped the clock (trap 28).
    pub days_left: Option<i64>,
    /// An objection was upheld as to the text: the notice waits for its revision and does not run on as it was.
    #[serde(default)]
    pub to_revise: bool,
    /// Working days that the clock runs in full.
    pub days: u16,
    /// Working days that it runs now, counted from the day on which it was started or started again.
    #[serde(default)]
    pub runs: Option<u16>,
    /// The end that was printed before a later calendar moved it.
    #[serde(default)]
    pub corrected_from: Option<Timestamp>,
    pub editions: i32,
    pub letter: Option<String>,
}

impl Notice {
    /// The end that the running clock must have by this calendar, where it is later than the printed one.
    fn corrected(&self, m: &Moment) -> Option<Timestamp> {
        let printed = Head { due: self.ends_at, ..self.head };
        printed.corrected(self.runs.filter(|_| self.head.state == S::InPublicity)?, m)
    }

    pub fn take(&mut self, act: NoticeAct, m: &Moment) -> Result<(), Refusal> {
        self.may(act, m)?;
        let started = self.head.since;
        let to = self.head.state.step(act)?.to;
        let today = date_of(m.now);
        match act {
            NoticeAct::Publish => {
                self.starts_on = Some(today.to_string());
                self.ends_at = Some(m.workdays(self.days));
                self.runs = Some(self.days);
            }
            NoticeAct::Correct => {
                let end = self.corrected(m);
                self.corrected_from = std::mem::replace(&mut self.ends_at, end);
                self.editions += 1;
            }
            NoticeAct::Hold => {
                let end = last_day(self.ends_at.unwrap_or(m.now));
                // The day of the hold has begun and does not count; it is given back when the clock runs on.
                // The day on which the clock was started never counted: there is nothing to give back.
                let counted = date_of(self.head.since) < today && m.calendar.is_workday(today);
                let left = m.calendar.remaining(today, end) + i64::from(counted);
                self.days_left = Some(left.max(0));
            }
            NoticeAct::Release => {
                let left = u16::try_from(self.days_left.take().unwrap_or(0)).unwrap_or(0);
                self.ends_at = Some(if left == 0 { m.now } else { m.workdays(left) });
                self.runs = (left > 0).then_some(left);
            }
            NoticeAct::Revise => {
                self.to_revise = false;
                self.days_left = None;
                self.editions += 1;
                self.starts_on = Some(today.to_string());
                self.ends_at = Some(m.workdays(self.days));
                (self.runs, self.corrected_from) = (Some(self.days), None);
            }
            NoticeAct::Confirm | NoticeAct::Revoke | NoticeAct::Issue => {}
        }
        self.head.enter(to, m, None);
        if act == NoticeAct::Correct {
            self.head.since = started;
        }
        self.head.due = match to {
            S::InPublicity => self.ends_at.map(|at| Moment { now: at, calendar: m.calendar.clone() }.workdays(3)),
            _ => None,
        };
        Ok(())
    }

    pub fn may(&self, act: NoticeAct, m: &Moment) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match (act, self.ends_at) {
            (NoticeAct::Revise, _) => ensure(self.to_revise, "nothing_to_revise"),
            (NoticeAct::Correct, _) => ensure(self.corrected(m).is_some(), "nothing_to_correct"),
            (NoticeAct::Release, _) => ensure(!self.to_revise, "revision_first"),
            (NoticeAct::Confirm, Some(end)) if m.now < end => Err(Refusal::new("notice_running").with("at", end)),
            _ => Ok(()),
        }
    }

    /// Objections are taken from the first day to 24:00 of the last.
    pub fn takes_objections(&self, now: Timestamp) -> Result<(), Refusal> {
        match (self.head.state, self.ends_at) {
            (S::InPublicity, Some(end)) if now < end => Ok(()),
            (S::InPublicity, Some(end)) => Err(Refusal::new("objection_too_late").with("at", end)),
            (S::Suspended, _) => Ok(()),
            _ => Err(Refusal::new("notice_not_running")),
        }
    }

    /// How its clock stands after an act, for the record: anyone may count the days again.
    pub fn clock(&self, act: NoticeAct, m: &Moment) -> NoticeClock {
        NoticeClock {
            notice: self.id,
            act: act.id().to_owned(),
            days: self.days,
            days_left: self.days_left,
            ends_at: self.ends_at,
            calendar: m.calendar.version.clone(),
        }
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: NoticeAct| Turn::of(role, &format!("notice.{}", act.id()), &self.head);
        match self.head.state {
            S::Draft => vec![t(Role::Head, NoticeAct::Publish)],
            S::InPublicity => vec![t(Role::Officer, NoticeAct::Confirm).from(self.ends_at.unwrap_or(self.head.since))],
            S::Suspended if self.to_revise => vec![t(Role::Officer, NoticeAct::Revise)],
            S::Suspended | S::Confirmed | S::Issued | S::Revoked => vec![],
        }
    }
}

/// A notice's clock as the record tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeClock {
    pub notice: NoticeId,
    pub act: String,
    pub days: u16,
    pub days_left: Option<i64>,
    pub ends_at: Option<Timestamp>,
    /// The version of the calendar that was counted with.
    pub calendar: String,
}

/// The last day of a period that ends at `end` (24:00 of that day).
pub fn last_day(end: Timestamp) -> jiff::civil::Date {
    date_of(end - jiff::SignedDuration::from_millis(1))
}

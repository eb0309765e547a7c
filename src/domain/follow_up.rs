//! What came of a result, year by year (成果跟踪): told by the team, confirmed by the poster, rated by the bureau on the scale of
//! performance reviews (domain 2.10; N 财预〔2020〕10号).
use super::life::life;
use super::*;

life! {
    /// Where a year of following stands.
    noun "follow_up"; states FollowUpState; acts FollowUpAct; table FOLLOW_UP_LIFE;
    first [Awaited]; ends [Rated, Missed];
    Awaited { Report [Bidder] => Reported, Miss [Officer] => Missed }
    Reported { Confirm [Poster, Officer] => Confirmed, Return [Poster, Officer] => Awaited }
    Confirmed { Rate [Checker] => Rated }
    = acts { Report = "report", Miss = "missing", Confirm = "confirmation", Return = "return", Rate = "rating" }
    = states { Awaited = "awaited", Reported = "reported", Confirmed = "confirmed", Rated = "rated", Missed = "missed" }
}

use FollowUpState as S;

/// Grades of a performance review, best first.
pub const GRADES: &[&str] = &["excellent", "good", "fair", "poor"];
/// Working days after the end of a year in which its outcomes are told.
const REPORT_DAYS: i64 = 30;

/// The figures of one year.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    pub sales_fen: Money,
    pub tax_fen: Money,
    pub patents_filed: i64,
    pub patents_granted: i64,
    /// Income from transfer and licence, and what of it went to the inventors.
    pub transfer_fen: Money,
    pub inventors_fen: Money,
    pub talents: i64,
    pub jobs: i64,
    pub note: Option<String>,
}

impl Outcomes {
    /// The inventors' part is of the income, and at least half of it unless there is a reason (N 促进科技成果转化法).
    pub fn check(&self) -> Result<(), Refusal> {
        if self.inventors_fen > self.transfer_fen {
            return Err(Refusal::new("share_over_income").at("inventors_fen"));
        }
        let half = self.transfer_fen.percent_of(5_000).unwrap_or_default();
        if self.inventors_fen < half && self.note.as_ref().is_none_or(|n| n.chars().count() < 4) {
            return Err(Refusal::new("share_reason_missing").with("half", half).at("note"));
        }
        Ok(())
    }

    /// Several years together.
    pub fn sum<'a>(all: impl Iterator<Item = &'a Outcomes> + Clone) -> Self {
        let money = |of: fn(&Outcomes) -> Money| Money::sum(all.clone().map(of)).unwrap_or_default();
        let count = |of: fn(&Outcomes) -> i64| all.clone().map(of).sum();
        Self {
            sales_fen: money(|o| o.sales_fen),
            tax_fen: money(|o| o.tax_fen),
            patents_filed: count(|o| o.patents_filed),
            patents_granted: count(|o| o.patents_granted),
            transfer_fen: money(|o| o.transfer_fen),
            inventors_fen: money(|o| o.inventors_fen),
            talents: count(|o| o.talents),
            jobs: count(|o| o.jobs),
            note: None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FollowUp {
    pub id: FollowUpId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    pub head: Head<FollowUpState>,
    /// The year after the acceptance, from 1.
    pub year: i64,
    pub of: i64,
    /// 24:00 of its last day; then the team tells of it.
    pub ends_at: Timestamp,
    pub report_by: Timestamp,
    pub outcomes: Option<Outcomes>,
    pub files: Vec<FileId>,
    pub score: Option<i64>,
    pub comment: Option<String>,
}

impl FollowUp {
    /// One for each year that the rules follow a result.
    pub fn plan(k: &Contract, m: &Moment, years: i64) -> Vec<Self> {
        let one = |year: i64| {
            let last = date_of(m.now).saturating_add(jiff::Span::new().years(year));
            Self {
                id: FollowUpId(clock::ordered_id()),
                contract: k.id,
                challenge: k.challenge,
                poster: k.poster,
                lead: k.lead,
                head: Head::new(S::Awaited, m, None),
                year,
                of: years,
                ends_at: deadline_instant(last),
                report_by: deadline_instant(m.calendar.add_workdays(last, REPORT_DAYS).date),
                outcomes: None,
                files: vec![],
                score: None,
                comment: None,
            }
        };
        (1..=years.clamp(1, 5)).map(one).collect()
    }

    pub fn take(&mut self, act: FollowUpAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::Reported => Some(rules.milestone_poster_days),
            S::Confirmed => Some(rules.acceptance_check_days),
            S::Awaited | S::Rated | S::Missed => None,
        };
        self.head.enter(to, m, due);
        Ok(())
    }

    pub fn may(&self, act: FollowUpAct, m: &Moment) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match act {
            FollowUpAct::Report if m.now < self.ends_at => Err(Refusal::new("year_not_over").with("at", self.ends_at)),
            FollowUpAct::Miss if m.now < self.report_by => {
                Err(Refusal::new("applicant_still_has_time").with("at", self.report_by))
            }
            _ => Ok(()),
        }
    }

    pub fn grade(&self) -> Option<&'static str> {
        self.score.map(|s| match s {
            90.. => "excellent",
            80.. => "good",
            60.. => "fair",
            _ => "poor",
        })
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: FollowUpAct| Turn::of(role, &format!("follow_up.{}", act.id()), &self.head);
        match self.head.state {
            S::Awaited => vec![
                t(Role::Bidder, FollowUpAct::Report).org(self.lead).from(self.ends_at).due(Some(self.report_by)),
                t(Role::Officer, FollowUpAct::Miss).from(self.report_by).due(None),
            ],
            S::Reported => vec![t(Role::Poster, FollowUpAct::Confirm).org(self.poster)],
            S::Confirmed => vec![t(Role::Checker, FollowUpAct::Rate)],
            S::Rated | S::Missed => vec![],
        }
    }
}

//! Reports from the work (进展记录): free, not compulsory (N 国发〔2018〕25号), and what diligence is proved from later: original
//! records, an early warning that failure is possible (民法典 §858), the trying of another route (domain 3.7, 4.7).
use super::form::{Field, Kind::*, may, must};
use super::life::life;
use super::*;

life! {
    /// Where a report stands.
    noun "progress"; states ProgressState; acts ProgressAct; table PROGRESS_LIFE;
    first [Filed]; ends [Answered];
    Filed { Answer [Poster, Officer] => Answered, Note [Checker] => Answered }
    = acts { Answer = "answer", Note = "note" }
    = states { Filed = "filed", Answered = "answered" }
}

pub const PROGRESS_KINDS: &[&str] = &["progress", "lab_record", "early_warning", "plan_b"];
pub const HELPERS: &[&str] = &["poster", "bureau", "partner"];

/// One indicator as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub indicator: i64,
    pub plan: Option<Quantity>,
    pub actual: Quantity,
    pub note: Option<String>,
}

pub const STANDINGS: &[Field] =
    &[must("indicator", Integer(1, 12)), may("plan", Decimal), must("actual", Decimal), may("note", Text(1, 200))];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Progress {
    pub id: ProgressId,
    pub contract: ContractId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub lead: OrgId,
    pub head: Head<ProgressState>,
    pub kind: String,
    pub milestone: Option<i64>,
    pub text: String,
    pub standings: Vec<Standing>,
    pub deviation_days: Option<i64>,
    pub problem: Option<String>,
    /// For a warning: the day on which the danger was found.
    pub found_on: Option<String>,
    pub help_wanted: Option<String>,
    pub help_from: Option<String>,
    pub next_step: Option<String>,
    /// One number a source, nothing more.
    pub county_used_fen: Option<Money>,
    pub enterprise_used_fen: Option<Money>,
    pub own_used_fen: Option<Money>,
    pub files: Vec<FileId>,
    pub answer: Option<String>,
    pub filed_at: Timestamp,
}

impl Progress {
    pub fn take(&mut self, act: ProgressAct, m: &Moment) -> Result<(), Refusal> {
        let to = self.head.state.step(act)?.to;
        self.head.enter(to, m, None);
        Ok(())
    }

    pub fn is_warning(&self) -> bool {
        self.kind == "early_warning"
    }

    /// A warning and a call for help want an answer; the rest is for the file.
    pub fn turns(&self) -> Vec<Turn> {
        let asks = self.is_warning() || self.help_wanted.is_some();
        if self.head.state != ProgressState::Filed || !asks {
            return vec![];
        }
        let t = |role, act: ProgressAct| Turn::of(role, &format!("progress.{}", act.id()), &self.head);
        match self.help_from.as_deref() {
            Some("bureau") => vec![t(Role::Checker, ProgressAct::Note)],
            _ => vec![t(Role::Poster, ProgressAct::Answer).org(self.poster)],
        }
    }
}

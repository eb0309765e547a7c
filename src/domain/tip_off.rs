//! A clue from one who gives no name (举报线索): read by the discipline inspector and nobody else, and it stops no clock
//! (domain 2.5). What it says lies sealed; the life below is all that the record tells.
use super::life::life;
use super::*;

life! {
    /// Where a clue stands.
    noun "tip_off"; states TipOffState; acts TipOffAct; table TIP_OFF_LIFE;
    first [Received]; ends [Closed];
    Received { Assess [Supervisor] => Assessed, Reply [Supervisor] => Received, Add [Public] => Received }
    Assessed { Examine [Supervisor] => Examined, Refer [Supervisor] => Referred, FindUnfounded [Supervisor] => Unfounded, Reply [Supervisor] => Assessed, Add [Public] => Assessed }
    Examined { Close [Supervisor] => Closed, Reply [Supervisor] => Examined, Add [Public] => Examined }
    Referred { Close [Supervisor] => Closed, Reply [Supervisor] => Referred, Add [Public] => Referred }
    Unfounded { Close [Supervisor] => Closed, Reply [Supervisor] => Unfounded, Add [Public] => Unfounded }
    = acts {
        Assess = "assessment", Examine = "examination", Refer = "referral", FindUnfounded = "finding-unfounded", Reply = "reply", Add = "addition",
        Close = "closing"
    }
    = states {
        Received = "received", Assessed = "assessed", Examined = "examined", Referred = "referred", Unfounded = "unfounded", Closed = "closed"
    }
}

use TipOffState as S;

/// What a clue is about.
pub const TIP_OFF_ABOUT: &[&str] = &["challenge", "notice", "person", "other"];
/// Files of one clue, and the bytes of each.
pub const TIP_OFF_FILES: usize = 3;
pub const TIP_OFF_FILE_MOST: usize = 5 * 1024 * 1024;

/// One text: the clue, what was added to it, a note or an answer of the inspector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// `informer`, `inspector` (its own notes) or `answer` (which the informer reads).
    pub by: String,
    pub sealed: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TipOff {
    pub id: TipOffId,
    pub challenge: Option<ChallengeId>,
    pub head: Head<TipOffState>,
    pub words: Vec<Word>,
    pub files: Vec<Uuid>,
    /// SHA-256 of the code by which it is followed.
    pub code: Option<String>,
    pub deadlines: Vec<Deadline>,
}

impl TipOff {
    pub fn take(&mut self, act: TipOffAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        let to = self.head.state.step(act)?.to;
        if to != self.head.state {
            self.deadlines.iter_mut().filter(|d| d.done.is_none()).for_each(|d| d.done = Some(m.now));
            if to == S::Assessed {
                self.deadlines.push(Deadline::after("handling", date_of(m.now), rules.tip_off_handle_days, &m.calendar));
            }
            self.head.enter(to, m, None);
            self.head.due = self.deadlines.iter().find(|d| d.done.is_none()).map(|d| d.due);
        }
        Ok(())
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |act: TipOffAct| Turn::of(Role::Supervisor, &format!("tip_off.{}", act.id()), &self.head);
        match self.head.state {
            S::Received => vec![t(TipOffAct::Assess)],
            S::Assessed => vec![t(TipOffAct::Examine)],
            S::Examined | S::Referred | S::Unfounded => vec![t(TipOffAct::Close)],
            S::Closed => vec![],
        }
    }
}

/// Somebody put in a word for somebody (请托): who, when, how, about what; sealed (N 国科发监〔2020〕360号).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lobbying {
    pub id: LobbyingId,
    pub challenge: ChallengeId,
    /// Tells the author its own copies, and nobody else who the author is.
    pub author: String,
    pub sealed: String,
    pub at: Timestamp,
}

pub const LOBBYING_WAYS: &[&str] = &["face_to_face", "phone", "message", "through_others", "gift"];

/// What lies sealed in a record of lobbying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyingWord {
    pub by: String,
    pub role: String,
    pub who: String,
    pub happened_on: String,
    pub how: String,
    pub about: String,
}

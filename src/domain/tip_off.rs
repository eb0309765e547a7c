//! A clue from one who gives no name (举报线索): read by the discipline inspector and nobody else, and it stops no clock
//! (domain 2.5). What it says lies sealed; the life below is all that the record tells.
use super::life::life;
use super::*;

life! {
    /// Where a clue stands.
    noun "tip_off"; states TipOffState; acts TipOffAct; table TIP_OFF_LIFE;
    first [Received]; ends [Closed];
    Received { Accept [Supervisor] => Accepted, Decline [Supervisor] => Declined, Reply [Supervisor] => Received, Add [Public] => Received }
    Accepted {
        Substantiate [Supervisor] => Substantiated, Refer [Supervisor] => Referred, FindUnfounded [Supervisor] => Unfounded,
        Reply [Supervisor] => Accepted, Add [Public] => Accepted
    }
    Declined { Close [Supervisor] => Closed, Reply [Supervisor] => Declined, Add [Public] => Declined }
    Substantiated { Close [Supervisor] => Closed, Reply [Supervisor] => Substantiated, Add [Public] => Substantiated }
    Referred { Close [Supervisor] => Closed, Reply [Supervisor] => Referred, Add [Public] => Referred }
    Unfounded { Close [Supervisor] => Closed, Reply [Supervisor] => Unfounded, Add [Public] => Unfounded }
    = acts {
        Accept = "acceptance", Decline = "declining", Substantiate = "substantiation", Refer = "referral", FindUnfounded = "finding-unfounded",
        Reply = "reply", Add = "addition", Close = "closing"
    }
    = states {
        Received = "received", Accepted = "accepted", Declined = "declined", Substantiated = "substantiated", Referred = "referred",
        Unfounded = "unfounded", Closed = "closed"
    }
}

use TipOffState as S;

/// What a clue is about.
pub const TIP_OFF_ABOUT: &[&str] = &["challenge", "notice", "person", "other"];
/// Texts of one clue.
const WORDS_MOST: usize = 200;

/// Who speaks: the informer reads its own words and the answers, not the inspector's notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    Informer,
    Inspector,
    Answer,
}

impl Speaker {
    pub const fn id(self) -> &'static str {
        match self {
            Speaker::Informer => "informer",
            Speaker::Inspector => "inspector",
            Speaker::Answer => "answer",
        }
    }
}

/// One text: the clue, what was added to it, a note or an answer of the inspector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    pub by: Speaker,
    pub sealed: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TipOff {
    pub id: TipOffId,
    pub challenge: Option<ChallengeId>,
    pub head: Head<TipOffState>,
    /// One of [`TIP_OFF_ABOUT`].
    pub about: String,
    pub words: Vec<Word>,
    pub files: Vec<FileId>,
    /// SHA-256 of the code by which it is followed.
    pub code: Option<String>,
    pub deadlines: Vec<Deadline>,
}

impl TipOff {
    /// Takes a step; a clue is answered by its clock before it is closed.
    pub fn take(&mut self, act: TipOffAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act)?;
        let to = self.head.state.step(act)?.to;
        match act {
            TipOffAct::Accept | TipOffAct::Decline => {
                self.stop("tip-off-acceptance", m);
                self.deadlines.push(Deadline::after("tip-off-answer", date_of(m.now), rules.tip_off_answer_days, &m.calendar));
            }
            TipOffAct::Reply if self.is_found() => self.stop("tip-off-answer", m),
            _ => {}
        }
        if to != self.head.state {
            self.head.enter(to, m, None);
        }
        self.head.due = self.deadlines.iter().find(|d| d.done.is_none()).map(|d| d.due);
        Ok(())
    }

    pub fn may(&self, act: TipOffAct) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        ensure(self.words.len() < WORDS_MOST, "tip_off_full")?;
        ensure(act != TipOffAct::Close || self.deadlines.iter().all(|d| d.done.is_some()), "tip_off_unanswered")
    }

    fn stop(&mut self, what: &str, m: &Moment) {
        self.deadlines.iter_mut().filter(|d| d.what == what && d.done.is_none()).for_each(|d| d.done = Some(m.now));
    }

    /// True when the inspector has said what comes of it.
    pub fn is_found(&self) -> bool {
        matches!(self.head.state, S::Declined | S::Substantiated | S::Referred | S::Unfounded)
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |act: TipOffAct| vec![Turn::of(Role::Supervisor, &format!("tip_off.{}", act.id()), &self.head)];
        match self.head.state {
            S::Received => t(TipOffAct::Accept),
            S::Accepted => t(TipOffAct::Substantiate),
            S::Declined | S::Substantiated | S::Referred | S::Unfounded if self.head.due.is_some() => t(TipOffAct::Reply),
            S::Declined | S::Substantiated | S::Referred | S::Unfounded => t(TipOffAct::Close),
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

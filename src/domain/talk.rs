//! Before and between: interests and talks on the enterprise track, each with a minute; questions answered once for all.
use super::life::life;
use super::*;

life! {
    /// A team's interest in an enterprise's challenge, and the talks that follow.
    noun "talk"; states TalkState; acts TalkAct; table TALK_LIFE;
    first [Registered]; ends [Declined];
    Registered { Record [Poster, Officer] => Talking, Decline [Poster, Bidder] => Declined }
    Talking { Record [Poster, Officer] => Talking, Confirm [Bidder] => Talking, Decline [Poster, Bidder] => Declined }
    = acts { Record = "minute", Confirm = "confirmation", Decline = "ending" }
    = states { Registered = "registered", Talking = "talking", Declined = "ended" }
}

/// One talk: when, who, what was said; the other side confirms it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    pub held_on: String,
    pub present: String,
    pub summary: String,
    pub by: AccountId,
    pub confirmed_by: Option<AccountId>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Talk {
    pub id: TalkId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub org: OrgId,
    pub created_by: AccountId,
    pub head: Head<TalkState>,
    pub note: String,
    pub minutes: Vec<Minute>,
}

impl Talk {
    pub fn take(&mut self, act: TalkAct, m: &Moment) -> Result<(), Refusal> {
        self.may(act)?;
        let to = self.head.state.step(act)?.to;
        self.head.enter(to, m, None);
        Ok(())
    }
    pub fn may(&self, act: TalkAct) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match act {
            TalkAct::Confirm => ensure(self.minutes.iter().any(|m| m.confirmed_by.is_none()), "nothing_to_confirm"),
            TalkAct::Record | TalkAct::Decline => Ok(()),
        }
    }
    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: TalkAct| Turn::of(role, &format!("talk.{}", act.id()), &self.head);
        match self.head.state {
            TalkState::Registered => vec![t(Role::Poster, TalkAct::Record).org(self.poster)],
            TalkState::Talking if self.minutes.iter().any(|m| m.confirmed_by.is_none()) => {
                vec![t(Role::Bidder, TalkAct::Confirm).org(self.org)]
            }
            TalkState::Talking | TalkState::Declined => vec![],
        }
    }
}

/// A question about a published challenge: the asker stays hidden, the answer is for everybody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    pub id: QuestionId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    pub org: OrgId,
    pub asked_by: AccountId,
    pub asked_at: Timestamp,
    pub text: String,
    pub answer: Option<String>,
    pub answered_at: Option<Timestamp>,
    pub answered_by: Option<AccountId>,
    pub version: i32,
}

impl Question {
    pub fn turns(&self) -> Vec<Turn> {
        if self.answer.is_some() {
            return vec![];
        }
        vec![Turn {
            role: Role::Poster,
            org: Some(self.poster),
            account: None,
            what: "question.answer".into(),
            since: self.asked_at,
            due: None,
            until: None,
            except: vec![],
        }]
    }
}

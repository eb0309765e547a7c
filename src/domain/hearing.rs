//! Nobody's contract is revoked unheard (domain 11.8): a notice with facts and rule, five working days in which the team says what it
//! has to say, then the meeting's decision, then the settlement.
use super::*;

/// A revocation that was announced to the team and is not decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    pub class: String,
    pub facts: String,
    pub rule: String,
    pub files: Vec<FileId>,
    pub by: AccountId,
    pub at: Timestamp,
    /// Until when the team is waited for.
    pub until: Timestamp,
    pub answer: Option<Heard>,
}

/// What the team said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub text: String,
    pub files: Vec<FileId>,
    pub by: AccountId,
    pub at: Timestamp,
}

impl Hearing {
    /// The team has spoken, or has had its days.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.answer.is_some() || now >= self.until
    }
}

impl Contract {
    /// The guards of a revocation: announced once, answered once, and decided on only when the team was heard or had its days.
    pub(super) fn may_revoke(&self, act: ContractAct, now: Timestamp) -> Result<(), Refusal> {
        use ContractAct as A;
        if act == A::AnnounceRevocation {
            return ensure(self.hearing.is_none(), "revocation_announced");
        }
        let hearing = self.hearing.as_ref().ok_or_else(|| Refusal::new("revocation_not_announced"))?;
        match act {
            A::AnswerRevocation => ensure(hearing.answer.is_none(), "plea_once"),
            A::Revoke if !hearing.is_over(now) => Err(Refusal::new("party_still_has_time").with("at", hearing.until)),
            _ => Ok(()),
        }
    }

    pub(super) fn hearing_turns(&self) -> Vec<Turn> {
        let t = |role, act: ContractAct| Turn::of(role, &format!("contract.{}", act.id()), &self.head);
        let Some(hearing) = self.hearing.as_ref().filter(|_| !self.head.state.is_end()) else { return vec![] };
        let decide = t(Role::Head, ContractAct::Revoke).due(None);
        match &hearing.answer {
            Some(heard) => vec![decide.from(heard.at)],
            None => vec![
                t(Role::Bidder, ContractAct::AnswerRevocation).org(self.lead).from(hearing.at).due(Some(hearing.until)),
                decide.from(hearing.until),
            ],
        }
    }
}

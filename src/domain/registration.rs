//! Registrations (登记事项): who is let in, what is changed of people and organisations, and whose second word it needs
//! (domain 11.6, 11.7, 11.20). Nothing here is done by one person where authority or money hangs on it.
use super::life::life;
use super::seal::PublicKey;
use super::*;
use jiff::SignedDuration;

life! {
    /// Where a registration stands. What needs a person's own secret is agreed first and done when the person has set it.
    noun "registration"; states RegistrationState; acts RegistrationAct; table REGISTRATION_LIFE;
    first [Proposed, Agreed, Done]; ends [Done, Refused, Withdrawn];
    Proposed {
        Agree [Head, Supervisor, Auditor, Poster, Bidder] => Agreed,
        Confirm [Head, Supervisor, Auditor, Officer, Administrator, Poster, Bidder] => Done,
        Refuse [Head, Supervisor, Auditor, Officer, Administrator, Poster, Bidder] => Refused,
        Withdraw [Administrator, Head, Poster, Bidder, Officer, Checker, Supervisor, Auditor, Finance] => Withdrawn,
    }
    Agreed {
        Accept [System] => Done,
        Withdraw [Administrator, Head] => Withdrawn,
    }
    = acts { Agree = "agreement", Confirm = "confirmation", Refuse = "refusal", Withdraw = "withdrawal", Accept = "acceptance" }
    = states { Proposed = "proposed", Agreed = "agreed", Done = "done", Refused = "refused", Withdrawn = "withdrawn" }
}

/// What a registration may be about.
pub const REGISTRATION_KINDS: &[&str] = &[
    "invitation",
    "reset",
    "suspension",
    "restoration",
    "role",
    "name",
    "keyholder",
    "organisation",
    "bank_account",
    "signatory",
];

/// How long a one-time link holds, and how many wrong codes end it.
const LINK_HOURS: i64 = 72;
const WRONG_CODES: u32 = 5;

/// Who is invited: an account that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub expert: Option<ExpertProfile>,
}

/// What is handed out once: only the hash is kept, with the end of its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTime {
    pub sha256: String,
    pub given_at: Timestamp,
    pub given_by: AccountId,
}

/// What is changed, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    Invitation(Box<Invited>),
    Reset,
    Suspension,
    Restoration,
    Role(Role),
    Name(String),
    Keyholder(PublicKey),
    /// The fields of an organisation that are corrected, as they shall read.
    Organisation(OrganisationWord),
    BankAccount {
        bank_name: String,
        bank_account: String,
    },
    Signatory(Signatory),
}

/// What the register says of an organisation beside its credit code, its kind and its bank account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationWord {
    pub name: String,
    pub region: String,
    pub address: String,
    pub legal_representative: String,
    pub size: Option<String>,
}

impl Matter {
    pub fn kind(&self) -> &'static str {
        match self {
            Matter::Invitation(_) => "invitation",
            Matter::Reset => "reset",
            Matter::Suspension => "suspension",
            Matter::Restoration => "restoration",
            Matter::Role(_) => "role",
            Matter::Name(_) => "name",
            Matter::Keyholder(_) => "keyholder",
            Matter::Organisation(_) => "organisation",
            Matter::BankAccount { .. } => "bank_account",
            Matter::Signatory(_) => "signatory",
        }
    }
    /// Ends with a secret that the person sets.
    pub fn ends_with_link(&self) -> bool {
        matches!(self, Matter::Invitation(_) | Matter::Reset)
    }
}

/// One thing that is registered, with who asked and whose word it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub id: RegistrationId,
    pub head: Head<RegistrationState>,
    pub matter: Matter,
    pub org: OrgId,
    /// The account that it is about; an invited person's is this one once there is one.
    pub account: Option<AccountId>,
    /// Whom or what it is about, by name.
    pub subject: String,
    /// What it changes, as it was and as it shall be.
    pub changes: Vec<Change>,
    pub reason: Option<String>,
    pub asked_by: AccountId,
    pub asked_name: String,
    pub asked_role: Role,
    pub asked_at: Timestamp,
    /// Whose word it needs beside the asker's: nobody's when empty.
    pub needs: office::SecondWord,
    pub answered_by: Option<AccountId>,
    pub answered_name: Option<String>,
    /// Why it was refused or taken back.
    pub answer: Option<String>,
    pub link: Option<OneTime>,
    /// The other half of the link, where two people give it out.
    pub code: Option<OneTime>,
    pub wrong_codes: u32,
}

impl Registration {
    /// Where it stands when it has been asked for.
    pub fn first_state(needs: &office::SecondWord, matter: &Matter) -> RegistrationState {
        match (needs.is_none(), matter.ends_with_link()) {
            (false, _) => RegistrationState::Proposed,
            (true, true) => RegistrationState::Agreed,
            (true, false) => RegistrationState::Done,
        }
    }
    pub fn is_console(&self) -> bool {
        self.asked_role == Role::System
    }
    /// The role that it gives or that the person has, of a person's matter.
    pub fn invited(&self) -> Option<&Invited> {
        match &self.matter {
            Matter::Invitation(who) => Some(who),
            _ => None,
        }
    }
    /// Two people give the link out, each a half, so that neither can be the person.
    pub fn is_in_halves(&self) -> bool {
        !self.needs.is_none()
    }
    /// The step that a yes takes.
    pub fn yes(&self) -> RegistrationAct {
        if self.matter.ends_with_link() { RegistrationAct::Agree } else { RegistrationAct::Confirm }
    }
    pub fn may(&self, act: RegistrationAct) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        let fits = !matches!(act, RegistrationAct::Agree | RegistrationAct::Confirm) || act == self.yes();
        ensure(fits, "out_of_order").map_err(|r| r.with("state", self.head.state.id()).with("act", act.id()))
    }
    /// A link is good while it is not used, not old, and its code has not been guessed at too often.
    pub fn link_holds(&self, now: Timestamp) -> bool {
        let young = |l: &OneTime| now < l.given_at + SignedDuration::from_hours(LINK_HOURS);
        self.head.state == RegistrationState::Agreed && self.link.as_ref().is_some_and(young) && self.wrong_codes < WRONG_CODES
    }
    pub fn link_until(&self) -> Option<Timestamp> {
        self.link.as_ref().map(|l| l.given_at + SignedDuration::from_hours(LINK_HOURS))
    }
    /// Takes the other half; a wrong one counts, and the fifth ends the link.
    pub fn take_code(&mut self, code: &str) -> Result<(), Refusal> {
        if !self.is_in_halves() {
            return Ok(());
        }
        let said: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let kept = self.code.as_ref().ok_or_else(|| Refusal::new("code_not_given").at("code"))?;
        if hash::sha256_hex(said.as_bytes()) == kept.sha256 {
            return Ok(());
        }
        self.wrong_codes += 1;
        if self.wrong_codes >= WRONG_CODES {
            self.link = None;
        }
        Err(Refusal::new("code_wrong").with("left", WRONG_CODES.saturating_sub(self.wrong_codes)).at("code"))
    }
    pub fn turns(&self) -> Vec<Turn> {
        let what = match self.head.state {
            RegistrationState::Proposed if self.matter.ends_with_link() => "registration.agreement",
            RegistrationState::Proposed => "registration.confirmation",
            _ => return vec![],
        };
        let turn = |role: &Role| match self.needs.org {
            Some(org) => Turn::of(*role, what, &self.head).org(org),
            None => Turn::of(*role, what, &self.head),
        };
        self.needs.roles.iter().map(turn).collect()
    }
}

//! Who may do what. Each function is one rule; each success is a proof that `store` asks for.
//! Which roles an act needs stands in the life's table; here stands how the actor must be related to the thing.
mod challenge;
mod contract;
mod notice;
mod oversight;
mod registration;
mod review;

use super::life::{Named, Step};
use super::*;
use std::marker::PhantomData;

pub use challenge::*;
pub use contract::*;
pub use notice::*;
pub use oversight::*;
pub use registration::*;
pub use review::*;

/// Proof that `actor` may do an act of kind `A` to `subject`. Only this module makes one.
#[derive(Debug)]
pub struct Permit<A> {
    actor: Actor,
    subject: Uuid,
    _act: PhantomData<A>,
}

impl<A> Permit<A> {
    fn grant(actor: &Actor, subject: Uuid) -> Self {
        Self { actor: actor.clone(), subject, _act: PhantomData }
    }
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    pub fn subject(&self) -> Uuid {
        self.subject
    }
    /// What an act on one thing does to the things that hang on it: the listed pairs only.
    pub fn follow<B: FollowsFrom<A>>(&self, subject: Uuid) -> Permit<B> {
        Permit::grant(&self.actor, subject)
    }
}

/// `B` may be a consequence of `A`.
pub trait FollowsFrom<A> {}
macro_rules! follows { ($($from:ident => $($to:ident),*;)*) => { $($(impl FollowsFrom<$from> for $to {})*)* } }
follows! {
    ChallengeAct => BidAct, AssignmentAct, NoticeAct, ContractAct, ReadBid, ReadPrice, ReadScores, AttachFile, ChallengeAct;
    CreateChallenge => ChallengeAct, AttachFile;
    StartBid => BidAct, AttachFile;
    BidAct => BidAct, ChallengeAct, NoticeAct, AttachFile, ReadBid, ContractAct, HoldKey;
    ReadPrice => ReadBid;
    AssignmentAct => AssignmentAct, ChallengeAct, BidAct, ReadBid;
    NoticeAct => ChallengeAct, BidAct, ContractAct, ReadBid, ReadPrice, MilestoneAct, InstalmentAct;
    FileObjection => ObjectionAct, AttachFile;
    FileTipOff => TipOffAct, AttachFile;
    TipOffAct => AttachFile;
    ObjectionAct => TipOffAct, NoticeAct, ChallengeAct, BidAct, AttachFile;
    RegisterInterest => TalkAct;
    ContractAct => MilestoneAct, InstalmentAct, ChallengeAct, BidAct, AcceptanceAct, SpendingAct, SettlementAct, AttachFile, PostLedger;
    SetGate => GateAct;
    GateAct => ContractAct, InstalmentAct, AttachFile, PostLedger;
    SettlementAct => InstalmentAct, AttachFile, PostLedger;
    FileProgress => ProgressAct, AttachFile;
    ProposeBudget => BudgetAct, AttachFile;
    BudgetAct => AttachFile;
    RegisterBudgetDoc => BudgetDocAct;
    ProposeIntegrity => IntegrityAct, AttachFile;
    FollowUpAct => AttachFile;
    RecordSpending => SpendingAct, AttachFile, PostLedger;
    SpendingAct => AttachFile, PostLedger;
    PrepareAccount => FinalAccountAct, AttachFile;
    FinalAccountAct => BudgetAct, AttachFile, PostLedger;
    JudgeFlag => FindingAct;
    MilestoneAct => MilestoneAct, InstalmentAct, ContractAct, AcceptanceAct, ChallengeAct, AttachFile, PostLedger;
    InstalmentAct => InstalmentAct, BudgetDocAct, AttachFile, PostLedger;
    AskChange => ChangeAct, AttachFile;
    ChangeAct => ContractAct, MilestoneAct, InstalmentAct, AcceptanceAct, AttachFile, PostLedger;
    AcceptanceAct => ContractAct, InstalmentAct, MilestoneAct, ChallengeAct, FollowUpAct, AttachFile, PostLedger;
    AnswerQuestion => AttachFile;
    KeepSignatories => AttachFile;
    TemplateAct => TemplateAct;
    AskRegistration => RegistrationAct, AttachFile;
    RegistrationAct => KeepAccount, KeepSignatories, OwnAccount;
    Administer => KeepAccount;
}

macro_rules! rights { ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $($(#[$doc])* #[derive(Debug)] pub struct $name;)* } }
rights!(
    CreateChallenge, StartBid, ReadScores, AskQuestion, AnswerQuestion, RegisterInterest, FileObjection, FileTipOff, RecordLobbying, AskChange,
    RecordSpending, PrepareAccount, SetGate, FileProgress, ProposeIntegrity, ProposeBudget, RegisterBudgetDoc,
    /// What envelope A holds: who bids, and what is judged blind.
    ReadBid,
    /// What envelope B holds: price, amounts, team.
    ReadPrice,
    /// Uploads of one's own, and tying them to a thing.
    AttachFile,
    /// Accounts, organisations, calendar: no business power.
    Administer,
    /// Something is asked for that is registered, e.g. that somebody be let in.
    AskRegistration,
    /// What an account is: role, name, whether it may act.
    KeepAccount,
    /// One's own sessions, tokens, password.
    OwnAccount,
    /// The list of those who may sign for one's organisation.
    KeepSignatories,
    /// Records read across cases.
    Oversee,
    /// What becomes of a red flag.
    JudgeFlag,
    /// A keyholder's part in an opening.
    HoldKey,
    /// Joint papers and patents, from a list.
    ImportRelations,
    /// Templates of rubrics.
    EditRubrics,
    /// A try to open before the time, which leaves a trace and nothing else.
    TryEarly,
    /// Entries of the ledger: never an act of its own, always the consequence of one.
    PostLedger,
    /// A document that an act issues.
    IssueDocument,
);

macro_rules! issues { ($($from:ident),*) => { $(impl FollowsFrom<$from> for IssueDocument {})* } }
issues!(ChallengeAct, NoticeAct, ObjectionAct, TalkAct, ContractAct, MilestoneAct, InstalmentAct, AcceptanceAct, FinalAccountAct);

/// Which part of a sealed bid a proof opens.
pub trait Opens {
    const PART: seal::Part;
}
impl Opens for ReadBid {
    const PART: seal::Part = seal::Part::A;
}
impl Opens for ReadPrice {
    const PART: seal::Part = seal::Part::B;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The actor may know the thing exists, but not do this.
    #[error("forbidden")]
    Forbidden,
    /// The actor may not know it exists: answered as 404.
    #[error("hidden")]
    Hidden,
    /// Nobody is signed in.
    #[error("sign in first")]
    SignIn,
    /// Two steps that two people must take (domain 5.12).
    #[error("the same person took the step before")]
    SamePerson,
    /// The act asks who one is again, and the last proof is too old (`step_up`).
    #[error("prove who you are")]
    Unproven,
    /// The person has recused, or was found in conflict with the case (domain 5.6).
    #[error("stands aside from this case")]
    StandsAside,
}

/// How an actor can be related to a thing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sides {
    pub poster: Option<OrgId>,
    pub bidder: Option<OrgId>,
    pub expert: Option<AccountId>,
    pub author: Option<AccountId>,
}

/// An actor may take a step when the life's table names its role and it stands on the side that the role means:
/// a poster of the posting organisation, a bidder of the lead, the expert assigned, the author of what "public" filed.
/// Where a table names the officer beside the poster, the officer speaks for its own organisation only.
fn stands(actor: &Actor, who: &[Role], sides: &Sides) -> bool {
    let poster = sides.poster == Some(actor.org);
    who.iter().any(|role| match role {
        Role::Public => !actor.is_visitor() && sides.author == Some(actor.account),
        Role::Poster => actor.role == Role::Poster && poster,
        Role::Bidder => actor.role == Role::Bidder && sides.bidder == Some(actor.org),
        Role::Expert => actor.role == Role::Expert && sides.expert == Some(actor.account),
        Role::Officer => actor.role == Role::Officer && (poster || !who.contains(&Role::Poster)),
        Role::Checker | Role::Head | Role::Supervisor | Role::Finance | Role::Auditor | Role::Administrator | Role::System => {
            actor.role == *role
        }
    })
}

/// Every role that may ever take `act`, in any state.
pub fn who<S: Copy, A: Copy + PartialEq>(table: &'static [Step<S, A>], act: A) -> Vec<Role> {
    let mut roles: Vec<Role> = table.iter().filter(|s| s.act == act).flat_map(|s| s.who.iter().copied()).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Whose the step is from where the thing stands; a step that does not follow from there is anybody's who may ever take it,
/// so that the rule can say what is out of order.
fn decide<S: Copy + PartialEq, A: Copy + PartialEq + Named>(
    actor: &Actor,
    seen: Result<(), Denied>,
    table: &'static [Step<S, A>],
    (from, act): (S, A),
    sides: &Sides,
    subject: Uuid,
) -> Result<Permit<A>, Denied> {
    seen?;
    let roles = table.iter().find(|s| s.from == from && s.act == act).map_or_else(|| who(table, act), |s| s.who.to_vec());
    if stands(actor, &roles, sides) {
        prove(actor, A::NOUN, act.name())?;
        return Ok(Permit::grant(actor, subject));
    }
    Err(if actor.is_visitor() { Denied::SignIn } else { Denied::Forbidden })
}

fn seen(holds: bool) -> Result<(), Denied> {
    if holds { Ok(()) } else { Err(Denied::Hidden) }
}

/// Acts on the list are for those who have just proved who they are.
pub fn prove(actor: &Actor, noun: &str, act: &str) -> Result<(), Denied> {
    if actor.proven || !step_up::asked_for(noun, act) { Ok(()) } else { Err(Denied::Unproven) }
}

fn different(first: Option<AccountId>, actor: &Actor) -> Result<(), Denied> {
    if first == Some(actor.account) { Err(Denied::SamePerson) } else { Ok(()) }
}

//! THE RULES. Pure: no framework, no clock, no input or output (`tests/it/architecture.rs` keeps it so).
pub mod acceptance;
pub mod account;
pub mod amendment;
pub mod analysis;
pub mod bid;
pub mod blind;
pub mod budget;
pub mod budget_doc;
pub mod calendar;
pub mod challenge;
pub mod change;
pub mod clock;
pub mod codes;
pub mod conflict;
pub mod contract;
pub mod deadline;
pub mod deviation;
pub mod diligence;
pub mod document;
pub mod draw;
pub mod event;
pub mod figures;
pub mod final_account;
pub mod finding;
pub mod flag;
pub mod follow_up;
pub mod form;
pub mod forms;
pub mod gate;
pub mod hash;
pub mod instalment;
pub mod integrity;
pub mod judge;
pub mod keyholder;
pub mod ledger;
pub mod life;
pub mod limits;
pub mod log;
pub mod meeting;
pub mod milestone;
pub mod money;
pub mod name;
pub mod need;
pub mod notice;
pub mod objection;
pub mod offer;
pub mod offer_parts;
pub mod office;
pub mod opening;
pub mod origin;
pub mod panel_work;
pub mod paper;
pub mod password;
pub mod plan;
pub mod policy;
pub mod progress;
pub mod prompt;
pub mod publication;
pub mod quantity;
pub mod ranking;
pub mod reading;
pub mod redraw;
pub mod region;
pub mod registration;
pub mod relation_list;
pub mod report;
pub mod review;
pub mod rubric;
pub mod rules;
pub mod score;
pub mod screening;
pub mod seal;
pub mod seats;
pub mod settlement;
pub mod spending;
pub mod statement;
pub mod step_up;
pub mod talk;
pub mod team;
pub mod template;
pub mod text;
pub mod tip_off;
pub mod uscc;
pub mod words;

pub use acceptance::*;
pub use account::*;
pub use analysis::{Analysis, Debrief};
pub use bid::*;
pub use budget::{BUDGET_LIFE, Budget, BudgetAct, BudgetState};
pub use budget_doc::{BUDGET_DOC_LIFE, BudgetDoc, BudgetDocAct, BudgetDocState};
pub use calendar::*;
pub use challenge::*;
pub use change::*;
pub use conflict::{Hit, RELATIONS, Relation};
pub use contract::*;
pub use deadline::Deadline;
pub use deviation::{Deviation, DeviationAnswer, TermThread};
pub use diligence::Diligence;
pub use event::*;
pub use figures::{Begun, Commissioned, Spent, Turnover};
pub use final_account::{FINAL_ACCOUNT_LIFE, FinalAccount, FinalAccountAct, FinalAccountState, SourceLine, Unpaid};
pub use finding::{FINDING_LIFE, FINDING_OUTCOMES, Finding, FindingAct, FindingState, Said, Standing};
pub use flag::{Flag, FlagKind, Severity};
pub use follow_up::{FOLLOW_UP_LIFE, FollowUp, FollowUpAct, FollowUpState};
pub use form::{Draft, Fault, Faults, Form};
pub use gate::{GATE_LIFE, Gate, GateAct, GateState};
pub use instalment::*;
pub use integrity::{BARS, INTEGRITY_KINDS, INTEGRITY_LIFE, Integrity, IntegrityAct, IntegrityState};
pub use judge::Judge;
pub use keyholder::*;
pub use ledger::{Books, Channel, LedgerAccount, LedgerAct, LedgerEntry, Posting, TrialLine, TrialScope};
pub use meeting::{Attendance, Attendee, Count, Meeting, Minutes, Sitting, VOTES, Vote};
pub use milestone::*;
pub use money::*;
pub use need::*;
pub use notice::*;
pub use objection::*;
pub use offer::*;
pub use offer_parts::{PartA, Readable};
pub use opening::{ClosingLine, ClosingList, Failure, Opened, Opening, OpeningStage, SpareWindow, blind_scores_are_in};
pub use panel_work::{Asked, Conclusion, Defence, Heard, Slot};
pub use progress::{PROGRESS_KINDS, PROGRESS_LIFE, Progress, ProgressAct, ProgressState};
pub use prompt::{ORG_SIZES, PromptPayment};
pub use quantity::*;
pub use ranking::{Judged, Votes};
pub use registration::{
    Invited, Matter, OneTime, OrganisationWord, REGISTRATION_KINDS, REGISTRATION_LIFE, Registration, RegistrationAct,
    RegistrationState,
};
pub use report::PanelReport;
pub use review::*;
pub use rubric::Rubric;
pub use rules::*;
pub use score::*;
pub use screening::*;
pub use seats::PanelAlarm;
pub use settlement::{SETTLEMENT_LIFE, Settlement, SettlementAct, SettlementState};
pub use spending::{
    PAYEE_KINDS, PAYMENT_WAYS, PLACES, SPENDING_CLASSES, SPENDING_LIFE, SPENDING_SOURCES, Spending, SpendingAct, SpendingState,
};
pub use talk::*;
pub use team::{TEAM_PARTS, TeamPerson, TeamRelation, TeamUnit, TeamWord};
pub use template::{PAPERS, TEMPLATE_KINDS, TEMPLATE_LIFE, Template, TemplateAct, TemplateEdition, TemplateState};
pub use tip_off::{LOBBYING_WAYS, Lobbying, LobbyingWord, TIP_OFF_ABOUT, TIP_OFF_LIFE, TipOff, TipOffAct, TipOffState};
pub use uscc::*;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

macro_rules! ids { ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
    $(#[$doc])*
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct $name(pub Uuid);
    impl std::fmt::Display for $name {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
    }
    impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
)*}}
ids!(
    AccountId,
    OrgId,
    ChallengeId,
    BidId,
    TalkId,
    QuestionId,
    AssignmentId,
    NoticeId,
    ObjectionId,
    TipOffId,
    LobbyingId,
    ContractId,
    MilestoneId,
    InstalmentId,
    ChangeId,
    AcceptanceId,
    SpendingId,
    FinalAccountId,
    FindingId,
    GateId,
    SettlementId,
    ProgressId,
    IntegrityId,
    FollowUpId,
    TemplateId,
    BudgetId,
    BudgetDocId,
    RegistrationId,
    FileId,
    DocumentId,
);

/// The kinds of things with a life; the id is also the first segment of their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noun {
    Challenge,
    Bid,
    Talk,
    Question,
    Assignment,
    Notice,
    Objection,
    TipOff,
    Lobbying,
    Contract,
    Milestone,
    Instalment,
    Change,
    Acceptance,
    Spending,
    FinalAccount,
    Finding,
    Gate,
    Settlement,
    Progress,
    Integrity,
    FollowUp,
    Template,
    Budget,
    BudgetDoc,
    Registration,
    Organisation,
    Account,
}

impl Noun {
    pub const ALL: [Noun; 28] = [
        Noun::Challenge,
        Noun::Bid,
        Noun::Talk,
        Noun::Question,
        Noun::Assignment,
        Noun::Notice,
        Noun::Objection,
        Noun::TipOff,
        Noun::Lobbying,
        Noun::Contract,
        Noun::Milestone,
        Noun::Instalment,
        Noun::Change,
        Noun::Acceptance,
        Noun::Spending,
        Noun::FinalAccount,
        Noun::Finding,
        Noun::Gate,
        Noun::Settlement,
        Noun::Progress,
        Noun::Integrity,
        Noun::FollowUp,
        Noun::Template,
        Noun::Budget,
        Noun::BudgetDoc,
        Noun::Registration,
        Noun::Organisation,
        Noun::Account,
    ];
    /// Every id, for choices.
    pub const IDS: [&'static str; 28] = {
        let (mut ids, mut n) = ([""; 28], 0);
        while n < ids.len() {
            ids[n] = Self::ALL[n].id();
            n += 1;
        }
        ids
    };
    /// Singular, as events and catalogues write it.
    pub const fn id(self) -> &'static str {
        match self {
            Noun::Challenge => "challenge",
            Noun::Bid => "bid",
            Noun::Talk => "talk",
            Noun::Question => "question",
            Noun::Assignment => "assignment",
            Noun::Notice => "notice",
            Noun::Objection => "objection",
            Noun::TipOff => "tip_off",
            Noun::Lobbying => "lobbying",
            Noun::Contract => "contract",
            Noun::Milestone => "milestone",
            Noun::Instalment => "instalment",
            Noun::Change => "change",
            Noun::Acceptance => "acceptance",
            Noun::Spending => "spending",
            Noun::FinalAccount => "final_account",
            Noun::Finding => "finding",
            Noun::Gate => "gate",
            Noun::Settlement => "settlement",
            Noun::Progress => "progress",
            Noun::Integrity => "integrity",
            Noun::FollowUp => "follow_up",
            Noun::Template => "template",
            Noun::Budget => "budget",
            Noun::BudgetDoc => "budget_doc",
            Noun::Registration => "registration",
            Noun::Organisation => "organisation",
            Noun::Account => "account",
        }
    }
    /// Plural, as addresses write it.
    pub const fn path(self) -> &'static str {
        match self {
            Noun::Challenge => "challenges",
            Noun::Bid => "bids",
            Noun::Talk => "talks",
            Noun::Question => "questions",
            Noun::Assignment => "assignments",
            Noun::Notice => "notices",
            Noun::Objection => "objections",
            Noun::TipOff => "tip-offs",
            Noun::Lobbying => "lobbying",
            Noun::Contract => "contracts",
            Noun::Milestone => "milestones",
            Noun::Instalment => "instalments",
            Noun::Change => "changes",
            Noun::Acceptance => "acceptances",
            Noun::Spending => "spendings",
            Noun::FinalAccount => "final-accounts",
            Noun::Finding => "findings",
            Noun::Gate => "gates",
            Noun::Settlement => "settlements",
            Noun::Progress => "progress-reports",
            Noun::Integrity => "integrity-records",
            Noun::FollowUp => "follow-ups",
            Noun::Template => "templates",
            Noun::Budget => "budgets",
            Noun::BudgetDoc => "budget-documents",
            Noun::Registration => "registrations",
            Noun::Organisation => "organisations",
            Noun::Account => "accounts",
        }
    }
}

/// A rule said no. `code` names the rule (its sentence is `refusal.CODE` in the catalogues), `args` are its facts,
/// `field` the form field it belongs to, when there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("refused: {code} {args:?}")]
pub struct Refusal {
    pub code: &'static str,
    pub args: Vec<(&'static str, String)>,
    pub field: Option<&'static str>,
}

impl Refusal {
    pub fn new(code: &'static str) -> Self {
        Self { code, args: vec![], field: None }
    }
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
    pub fn at(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }
}

/// Refuses with `code` unless `holds`.
pub fn ensure(holds: bool, code: &'static str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::new(code)) }
}

/// The moment at which a rule is applied: the time, and the calendar that counts working days.
#[derive(Clone, Debug)]
pub struct Moment {
    pub now: Timestamp,
    pub calendar: Arc<Calendar>,
}

impl Moment {
    /// 24:00 of the `n`th working day after today, Beijing time; the clock starts the day after (民法典 §201).
    pub fn workdays(&self, n: u16) -> Timestamp {
        deadline_instant(self.calendar.add_workdays(date_of(self.now), i64::from(n)).date)
    }
    /// The instant `n` calendar days from now; an end on a rest day moves to the next working day (民法典 §203).
    pub fn days(&self, n: i64) -> Timestamp {
        let date = date_of(self.now).saturating_add(jiff::Span::new().days(n));
        deadline_instant(self.calendar.roll_forward(date))
    }
}

/// What a life keeps of where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head<S> {
    pub state: S,
    /// When this state was entered.
    pub since: Timestamp,
    /// When the next step is due, if a clock runs.
    pub due: Option<Timestamp>,
    /// Counts every change; a stale writer is refused.
    pub version: i32,
}

impl<S: Copy> Head<S> {
    pub fn new(state: S, m: &Moment, due: Option<u16>) -> Self {
        Self { state, since: m.now, due: due.map(|n| m.workdays(n)), version: 0 }
    }
    /// Enters `state` now with `due` working days to the next step.
    pub fn enter(&mut self, state: S, m: &Moment, due: Option<u16>) {
        self.state = state;
        self.since = m.now;
        self.due = due.map(|n| m.workdays(n));
    }
    /// A printed end stands unless a calendar that came later makes the period shorter than its `days` (domain 8): then the end
    /// that it must have. None where there is nothing to correct, or it is over.
    pub fn corrected(&self, days: u16, m: &Moment) -> Option<Timestamp> {
        let end = Moment { now: self.since, calendar: m.calendar.clone() }.workdays(days);
        self.due.filter(|due| m.now < *due && *due < end).map(|_| end)
    }
}

/// Whose turn it is: every open turn is a row of the work queue of those it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    pub role: Role,
    pub org: Option<OrgId>,
    pub account: Option<AccountId>,
    /// The act waited for, `noun.act`.
    pub what: String,
    pub since: Timestamp,
    pub due: Option<Timestamp>,
}

impl Turn {
    pub fn of<S: Copy>(role: Role, what: &str, head: &Head<S>) -> Self {
        Self { role, org: None, account: None, what: what.to_owned(), since: head.since, due: head.due }
    }
    pub fn org(mut self, org: OrgId) -> Self {
        self.org = Some(org);
        self
    }
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }
    pub fn from(mut self, since: Timestamp) -> Self {
        self.since = since;
        self
    }
    pub fn due(mut self, due: Option<Timestamp>) -> Self {
        self.due = due;
        self
    }
}

/// Every life, for diagrams and soundness tests.
pub fn lives() -> Vec<life::Life> {
    vec![
        ChallengeState::life(),
        BidState::life(),
        TalkState::life(),
        AssignmentState::life(),
        NoticeState::life(),
        ObjectionState::life(),
        TipOffState::life(),
        ContractState::life(),
        MilestoneState::life(),
        InstalmentState::life(),
        ChangeState::life(),
        AcceptanceState::life(),
        SpendingState::life(),
        FinalAccountState::life(),
        FindingState::life(),
        GateState::life(),
        SettlementState::life(),
        ProgressState::life(),
        IntegrityState::life(),
        FollowUpState::life(),
        TemplateState::life(),
        BudgetState::life(),
        BudgetDocState::life(),
        RegistrationState::life(),
    ]
}

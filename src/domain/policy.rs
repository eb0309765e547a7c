//! Who may do what. Each function is one rule; each success is a proof that `store` asks for.
//! Which roles an act needs stands in the life's table; here stands how the actor must be related to the thing.
use super::life::{Named, Step};
use super::*;
use std::marker::PhantomData;

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

/// What is published is everybody's; before that a need belongs to its poster and to the people of the bureau.
pub fn see_challenge(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<(), Denied> {
    seen(c.state_at(now).is_public() && c.need.is_some() && (c.listing.is_some() || c.previous.is_some()) || is_inside(actor, c))
}

fn is_inside(actor: &Actor, c: &Challenge) -> bool {
    match actor.role {
        Role::Poster => actor.org == c.org,
        // A draft is nobody's business but its poster's.
        Role::Officer | Role::Checker | Role::Head | Role::Supervisor | Role::Auditor => {
            actor.org == c.org || c.head.state != ChallengeState::Draft
        }
        Role::System => true,
        Role::Public | Role::Bidder | Role::Expert | Role::Finance | Role::Administrator => false,
    }
}

/// True for those who see what the public does not: contact, funds proof, screening, appraisal.
pub fn sees_inside(actor: &Actor, c: &Challenge) -> bool {
    is_inside(actor, c)
}

pub fn on_challenge(actor: &Actor, c: &Challenge, act: ChallengeAct, now: Timestamp) -> Result<Permit<ChallengeAct>, Denied> {
    let sides = Sides { poster: Some(c.org), ..Sides::default() };
    let permit = decide(actor, see_challenge(actor, c, now), CHALLENGE_LIFE, (c.state_at(now), act), &sides, c.id.0)?;
    if c.recused.iter().any(|r| r.account == actor.account) && act != ChallengeAct::StandAside {
        return Err(Denied::StandsAside);
    }
    let first = match act {
        ChallengeAct::Pass => c.screening.as_ref().map(|h| h.by),
        ChallengeAct::Open => c.opening.as_ref().map(|h| h.by),
        ChallengeAct::OpenPrice => c.stages.price.as_ref().map(|h| h.by),
        ChallengeAct::GrantSpares => c.stage().and_then(|s| c.spare_window(s)).map(|w| w.asked.by),
        ChallengeAct::Withdraw => c.withdrawal.as_ref().map(|h| h.by),
        // Whoever wrote the need does not screen it.
        ChallengeAct::Screen | ChallengeAct::Return => Some(c.created_by),
        ChallengeAct::ConsentEdit => c.proposed.as_ref().map(|p| p.by),
        _ => None,
    };
    different(first, actor)?;
    Ok(permit)
}

/// Acts on the list are for those who have just proved who they are.
pub fn prove(actor: &Actor, noun: &str, act: &str) -> Result<(), Denied> {
    if actor.proven || !step_up::asked_for(noun, act) { Ok(()) } else { Err(Denied::Unproven) }
}

fn different(first: Option<AccountId>, actor: &Actor) -> Result<(), Denied> {
    if first == Some(actor.account) { Err(Denied::SamePerson) } else { Ok(()) }
}

/// People of the bureau stand aside from cases that they are near; whoever has done so acts on the case no more.
pub fn may_stand_aside(actor: &Actor) -> bool {
    actor.role.is_bureau()
}

/// The one act that whoever stands aside still takes: saying so.
pub fn is_standing_aside(kind: &str) -> bool {
    kind.strip_prefix("challenge.") == Some(ChallengeAct::StandAside.id())
}

/// Lists of joint papers and patents are the bureau's to import.
pub fn import_relations(actor: &Actor) -> Result<Permit<ImportRelations>, Denied> {
    match actor.role {
        Role::Officer | Role::Supervisor => Ok(Permit::grant(actor, actor.org.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// The head sets what panels score, and by which weights.
pub fn edit_rubrics(actor: &Actor) -> Result<Permit<EditRubrics>, Denied> {
    match actor.role {
        Role::Head => Ok(Permit::grant(actor, actor.org.0)),
        Role::Public => Err(Denied::SignIn),
        role if role.oversees() => Err(Denied::Forbidden),
        _ => Err(Denied::Hidden),
    }
}

/// A verified firm, or the county itself, may post a need.
pub fn create_challenge(actor: &Actor, subject: ChallengeId) -> Result<Permit<CreateChallenge>, Denied> {
    match actor.role {
        Role::Poster | Role::Officer => Ok(Permit::grant(actor, subject.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// A team may bid on what the public can see, unless its organisation posted it; affiliates are refused by the rule.
pub fn start_bid(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<Permit<StartBid>, Denied> {
    see_challenge(actor, c, now)?;
    match actor.role {
        Role::Bidder if actor.org != c.org => Ok(Permit::grant(actor, c.id.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// Before the opening a bid exists for its team alone: not for a rival, not for an officer, not for the administrator.
/// After it, for the people of the bureau and the auditor; for the poster of the enterprise track once the panel has reported.
pub fn see_bid(actor: &Actor, b: &Bid, c: &Challenge) -> Result<(), Denied> {
    let team = actor.role == Role::Bidder && (actor.org == b.org || (c.opened_at.is_some() && b.partners.contains(&actor.org)));
    let opened = c.opened_at.is_some()
        && !matches!(b.head.state, BidState::Draft | BidState::Sealed | BidState::Withdrawn | BidState::Expired);
    let poster = actor.role == Role::Poster && actor.org == c.org && !c.ranking.is_empty();
    seen(team || actor.role == Role::System || (opened && (actor.role.oversees() || poster)))
}

pub fn on_bid(actor: &Actor, b: &Bid, c: &Challenge, act: BidAct) -> Result<Permit<BidAct>, Denied> {
    let sides = Sides { poster: Some(c.org), bidder: Some(b.org), ..Sides::default() };
    let permit = decide(actor, see_bid(actor, b, c), BID_LIFE, (b.head.state, act), &sides, b.id.0)?;
    if c.recused.iter().any(|r| r.account == actor.account) {
        return Err(Denied::StandsAside);
    }
    if matches!(act, BidAct::Validate | BidAct::RejectForm) {
        different(b.form_check.as_ref().map(|f| f.by), actor)?;
    }
    Ok(permit)
}

/// Part A of a bid: for those who may see the bid.
pub fn read_bid(actor: &Actor, b: &Bid, c: &Challenge) -> Result<Permit<ReadBid>, Denied> {
    see_bid(actor, b, c)?;
    Ok(Permit::grant(actor, b.id.0))
}

/// Part B of a bid: for its lead at all times, who wrote it; for nobody else before the second stage has opened it.
pub fn read_price(actor: &Actor, b: &Bid, c: &Challenge) -> Result<Permit<ReadPrice>, Denied> {
    see_bid(actor, b, c)?;
    let lead = actor.role == Role::Bidder && actor.org == b.org;
    seen(lead || c.price_is_open())?;
    Ok(Permit::grant(actor, b.id.0))
}

/// A file of a bid: those of part B are nobody's but the lead's before the second stage.
pub fn read_bid_file(actor: &Actor, b: &Bid, c: &Challenge, file: FileId) -> Result<(), Denied> {
    see_bid(actor, b, c)?;
    seen(b.open_files.contains(&file) || read_price(actor, b, c).is_ok())
}

/// A keyholder's part in the opening of one challenge: the accounts that its roster froze, and nobody else.
pub fn hold_key(actor: &Actor, c: &Challenge) -> Result<Permit<HoldKey>, Denied> {
    seen(!actor.is_visitor() && c.sealing.as_ref().is_some_and(|s| s.holders.contains(&actor.account)))?;
    Ok(Permit::grant(actor, c.id.0))
}

/// An expert reads the blind part of the bids put before it, once committed.
pub fn review_bid(actor: &Actor, a: &Assignment, b: &Bid) -> Result<Permit<ReadBid>, Denied> {
    seen(reviews(actor, a, b) && a.may_read())?;
    Ok(Permit::grant(actor, b.id.0))
}

/// It reads the open part once its own blind part is locked and the second stage has opened it.
pub fn review_price(actor: &Actor, a: &Assignment, b: &Bid) -> Result<Permit<ReadPrice>, Denied> {
    seen(reviews(actor, a, b) && a.may_read_open_part())?;
    Ok(Permit::grant(actor, b.id.0))
}

fn reviews(actor: &Actor, a: &Assignment, b: &Bid) -> bool {
    actor.role == Role::Expert && actor.account == a.expert && a.challenge == b.challenge && b.is_valid()
}

/// An assignment exists for its expert and for the people who convene and oversee; never for the parties.
pub fn see_assignment(actor: &Actor, a: &Assignment) -> Result<(), Denied> {
    let own = actor.role == Role::Expert && actor.account == a.expert;
    // Whoever pays the fee knows who is to be paid, and reads no sheet.
    let pays = actor.role == Role::Finance && a.is_locked();
    seen(own || pays || actor.role == Role::System || actor.role.oversees())
}

pub fn on_assignment(actor: &Actor, a: &Assignment, act: AssignmentAct) -> Result<Permit<AssignmentAct>, Denied> {
    let sides = Sides { expert: Some(a.expert), ..Sides::default() };
    decide(actor, see_assignment(actor, a), ASSIGNMENT_LIFE, (a.head.state, act), &sides, a.id.0)
}

/// Scores of others are read only after every sheet is locked, by those who conduct and oversee the review.
pub fn read_scores(actor: &Actor, a: &Assignment) -> Result<Permit<ReadScores>, Denied> {
    see_assignment(actor, a)?;
    let own = actor.account == a.expert;
    if own || (a.is_locked() && actor.role.oversees()) {
        return Ok(Permit::grant(actor, a.id.0));
    }
    Err(Denied::Forbidden)
}

/// Who the experts are and how they score is for those who convene and oversee.
pub fn see_experts(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        role if role.oversees() => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Totals of the whole panel, without names: for an expert of it who has submitted.
pub fn discusses(actor: &Actor, a: &Assignment) -> bool {
    actor.account == a.expert && (a.is_locked() || a.head.state == AssignmentState::Submitted)
}

/// Whether a result is firm is for those who oversee; it decides nothing.
pub fn sees_analysis(actor: &Actor) -> bool {
    actor.role.oversees()
}

/// The panel's report is for those who convene and oversee, once it is signed.
pub fn see_report(actor: &Actor, c: &Challenge) -> Result<(), Denied> {
    seen(actor.role.oversees() && c.reported_at.is_some())
}

/// What a draw was made of: for those who oversee once it is drawn, for all once the award is announced.
pub fn sees_draw(actor: &Actor, c: &Challenge) -> bool {
    actor.role.oversees() || c.head.state.is_after_award()
}

/// The opening record (开标记录), which tells who bid: for those who oversee, for the teams whose bids lay sealed at the end, and for a
/// poster that may see bids.
pub fn see_opening_record(actor: &Actor, c: &Challenge, bids: &[Bid]) -> Result<(), Denied> {
    let team = |b: &Bid| actor.role == Role::Bidder && (actor.org == b.org || b.partners.contains(&actor.org));
    let had_sealed = |b: &Bid| b.seal.is_some() && b.head.state != BidState::Withdrawn;
    let poster = actor.role == Role::Poster && actor.org == c.org && !c.ranking.is_empty();
    seen(c.opened_at.is_some() && (actor.role.oversees() || poster || bids.iter().any(|b| had_sealed(b) && team(b))))
}

/// The panel's report names who sat and every rank: it is for those who oversee.
pub fn see_panel_report(actor: &Actor) -> Result<(), Denied> {
    seen(actor.role.oversees())
}

/// The letter that decides an objection is for whoever may know its objector.
pub fn see_objection_decision(actor: &Actor, o: &Objection) -> Result<(), Denied> {
    seen(knows_objector(actor, o))
}

/// How a scored bid stood: for its own team and those who oversee, once a notice of the award is public or nobody won.
pub fn see_debrief(actor: &Actor, b: &Bid, c: &Challenge, notices: &[Notice]) -> bool {
    let public = |n: &Notice| !matches!(n.head.state, NoticeState::Draft | NoticeState::Revoked);
    let told = c.head.state.is_after_award() || c.head.state == ChallengeState::Lapsed || notices.iter().any(public);
    let team = actor.role == Role::Bidder && (actor.org == b.org || b.partners.contains(&actor.org));
    told && b.rank.is_some() && (team || actor.role.oversees())
}

/// A talk belongs to the two who talk; the bureau and oversight may read it.
pub fn see_talk(actor: &Actor, t: &Talk) -> Result<(), Denied> {
    let side = match actor.role {
        Role::Poster => actor.org == t.poster,
        Role::Bidder => actor.org == t.org,
        _ => actor.role.oversees(),
    };
    seen(side)
}

pub fn on_talk(actor: &Actor, t: &Talk, act: TalkAct) -> Result<Permit<TalkAct>, Denied> {
    let sides = Sides { poster: Some(t.poster), bidder: Some(t.org), ..Sides::default() };
    decide(actor, see_talk(actor, t), TALK_LIFE, (t.head.state, act), &sides, t.id.0)
}

/// Interests are for enterprise challenges that the public can see.
pub fn register_interest(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<Permit<RegisterInterest>, Denied> {
    start_bid(actor, c, now)?;
    Ok(Permit::grant(actor, c.id.0))
}

/// Any team may ask about a published challenge.
pub fn ask_question(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<Permit<AskQuestion>, Denied> {
    start_bid(actor, c, now)?;
    Ok(Permit::grant(actor, c.id.0))
}

/// The poster answers, or the officer for it; nobody learns who asked.
pub fn answer_question(actor: &Actor, q: &Question, c: &Challenge, now: Timestamp) -> Result<Permit<AnswerQuestion>, Denied> {
    see_challenge(actor, c, now)?;
    match actor.role {
        Role::Poster if actor.org == q.poster => Ok(Permit::grant(actor, q.id.0)),
        Role::Officer => Ok(Permit::grant(actor, q.id.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// The book of meetings is read by those who oversee.
pub fn see_meetings(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        role if role.oversees() => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// A notice is public from its publication; a draft is the bureau's.
pub fn see_notice(actor: &Actor, n: &Notice) -> Result<(), Denied> {
    seen(n.head.state != NoticeState::Draft || actor.role.oversees() || actor.role == Role::System)
}

pub fn on_notice(actor: &Actor, n: &Notice, act: NoticeAct) -> Result<Permit<NoticeAct>, Denied> {
    let permit = decide(actor, see_notice(actor, n), NOTICE_LIFE, (n.head.state, act), &Sides::default(), n.id.0)?;
    if act == NoticeAct::Publish {
        different(Some(n.prepared_by), actor)?;
    }
    Ok(permit)
}

/// Anyone may object to a notice, under a real name.
pub fn file_objection(actor: &Actor, n: &Notice) -> Result<Permit<FileObjection>, Denied> {
    see_notice(actor, n)?;
    Ok(Permit::grant(actor, n.id.0))
}

/// Who objected is known to those who handle it and to oversight, never to the public (个人信息保护法); `parties` are
/// the organisations that may be asked to answer, and see the facts without the name.
pub fn see_objection(actor: &Actor, o: &Objection, parties: &[OrgId]) -> Result<(), Denied> {
    let party = matches!(actor.role, Role::Poster | Role::Bidder)
        && parties.contains(&actor.org)
        && o.head.state != ObjectionState::Filed;
    seen(knows_objector(actor, o) || party || actor.role == Role::System)
}

pub fn on_objection(actor: &Actor, o: &Objection, n: &Notice, act: ObjectionAct) -> Result<Permit<ObjectionAct>, Denied> {
    let parties: Vec<OrgId> = n.winners.iter().map(|w| w.org).collect();
    let party = parties.contains(&actor.org).then_some(actor.org);
    let sides = Sides { author: o.filed_by, poster: None, bidder: party, expert: None };
    let permit = decide(actor, see_objection(actor, o, &parties), OBJECTION_LIFE, (o.head.state, act), &sides, o.id.0)?;
    // Nobody decides on their own act: the award's officer does not handle the objection to it, nor does its author.
    if !matches!(act, ObjectionAct::Complete | ObjectionAct::Withdraw | ObjectionAct::Answer | ObjectionAct::Reconsider) {
        different(Some(n.prepared_by), actor)?;
        different(o.filed_by, actor)?;
    }
    match act {
        ObjectionAct::Join => different(o.investigators.first().copied(), actor)?,
        ObjectionAct::Find if o.investigators.len() == 2 && !o.investigators.contains(&actor.account) => {
            return Err(Denied::Forbidden);
        }
        ObjectionAct::Uphold | ObjectionAct::Dismiss | ObjectionAct::PartlyUphold => {
            different(o.accepted_by, actor)?;
            o.investigators.iter().try_for_each(|by| different(Some(*by), actor))?;
        }
        _ => {}
    }
    Ok(permit)
}

/// Anybody may give a clue, and nobody is named for it: not even who is signed in.
pub fn file_tip_off() -> Permit<FileTipOff> {
    Permit::grant(&Actor::visitor(), Uuid::nil())
}

/// Clues and records of lobbying are read by the discipline inspector, and by nobody else.
pub fn inspects(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Supervisor => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

pub fn on_tip_off(actor: &Actor, x: &TipOff, act: TipOffAct) -> Result<Permit<TipOffAct>, Denied> {
    decide(actor, inspects(actor), TIP_OFF_LIFE, (x.head.state, act), &Sides::default(), x.id.0)
}

/// Whoever holds the code of a clue may add to it.
pub fn tip_off_by_code(x: &TipOff, code_sha256: &str) -> Result<Permit<TipOffAct>, Denied> {
    seen(x.code.as_deref() == Some(code_sha256))?;
    Ok(Permit::grant(&Actor::visitor(), x.id.0))
}

/// Experts and people of the bureau and of finance record who put in a word; the record does not tell who recorded it.
pub fn record_lobbying(actor: &Actor) -> Result<Permit<RecordLobbying>, Denied> {
    match actor.role {
        Role::Officer | Role::Checker | Role::Head | Role::Supervisor | Role::Expert | Role::Finance => {
            // What was sent twice is still told by its key.
            Ok(Permit::grant(&Actor { once: actor.once.clone(), ..Actor::visitor() }, Uuid::nil()))
        }
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// Whoever holds the code of an objection speaks for its author, in what is the author's to do.
pub fn by_code(o: &Objection, code_sha256: &str, act: ObjectionAct) -> Result<Permit<ObjectionAct>, Denied> {
    seen(o.code.as_deref() == Some(code_sha256))?;
    if who(OBJECTION_LIFE, act).contains(&Role::Public) {
        return Ok(Permit::grant(&Actor::visitor(), o.id.0));
    }
    Err(Denied::Forbidden)
}

/// An objector's contact is read in the clear by those who handle the objection, each time for a reason.
pub fn read_contact(actor: &Actor, o: &Objection) -> Result<Permit<ObjectionAct>, Denied> {
    match actor.role {
        Role::Checker | Role::Supervisor | Role::Head => Ok(Permit::grant(actor, o.id.0)),
        Role::Officer if o.investigators.contains(&actor.account) => Ok(Permit::grant(actor, o.id.0)),
        Role::Public => Err(Denied::SignIn),
        role if role.oversees() => Err(Denied::Forbidden),
        _ => Err(Denied::Hidden),
    }
}

/// Who objected: its own author knows, those who handle it and oversight; never a party, never the public.
pub fn knows_objector(actor: &Actor, o: &Objection) -> bool {
    actor.role.oversees() || (!actor.is_visitor() && o.filed_by == Some(actor.account))
}

/// The account that money goes to is shown to its owner, to those who approve and pay, and to oversight.
pub fn sees_bank_account(actor: &Actor, payee: OrgId) -> bool {
    actor.role == Role::Finance || actor.role.oversees() || (!actor.is_visitor() && actor.org == payee)
}

/// A contract is its parties', the bureau's, finance's and oversight's; the public sees its summary on the challenge.
pub fn see_contract(actor: &Actor, c: &Contract) -> Result<(), Denied> {
    let side = match actor.role {
        Role::Poster => actor.org == c.poster,
        Role::Bidder => actor.org == c.lead || c.partner_orgs.contains(&actor.org),
        Role::Finance | Role::System => true,
        _ => actor.role.oversees(),
    };
    seen(side)
}

fn contract_sides(poster: OrgId, lead: OrgId) -> Sides {
    Sides { poster: Some(poster), bidder: Some(lead), ..Sides::default() }
}

pub fn on_contract(actor: &Actor, c: &Contract, act: ContractAct) -> Result<Permit<ContractAct>, Denied> {
    let mut sides = contract_sides(c.poster, c.lead);
    if act == ContractAct::Sign && actor.role == Role::Head {
        sides.author = Some(actor.account);
    }
    // A partner confirms the text that it stands in, and takes no other step.
    if act == ContractAct::Agree && c.partner_orgs.contains(&actor.org) {
        sides.bidder = Some(actor.org);
    }
    decide(actor, see_contract(actor, c), CONTRACT_LIFE, (c.head.state, act), &sides, c.id.0)
}

pub fn on_milestone(actor: &Actor, x: &Milestone, c: &Contract, act: MilestoneAct) -> Result<Permit<MilestoneAct>, Denied> {
    decide(actor, see_contract(actor, c), MILESTONE_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// Request, check, approval and payment are four different people's (domain 5.12). The payee requests and confirms;
/// enterprise money is paid by its payer.
pub fn on_instalment(actor: &Actor, i: &Instalment, c: &Contract, act: InstalmentAct) -> Result<Permit<InstalmentAct>, Denied> {
    use InstalmentAct as A;
    let sides = match act {
        A::Request | A::Confirm if i.payee_is_poster() => Sides { poster: Some(i.payee), ..Sides::default() },
        A::Request | A::Confirm | A::PassOn => Sides { bidder: Some(i.payee), ..Sides::default() },
        A::Pay => Sides { poster: Some(i.payer), ..Sides::default() },
        A::Bounce if !i.is_fiscal() => Sides { poster: Some(i.payer), ..Sides::default() },
        _ => Sides::default(),
    };
    let permit = decide(actor, see_contract(actor, c), INSTALMENT_LIFE, (i.head.state, act), &sides, i.id.0)?;
    match act {
        A::Check => different(i.requested_by, actor)?,
        A::Approve => {
            different(i.checked_by, actor)?;
            different(i.requested_by, actor)?;
        }
        A::PayFiscal => different(i.approved_by, actor)?,
        // Whose bank it came back to says so.
        A::Bounce if actor.role == Role::Finance && !i.is_fiscal() => return Err(Denied::Forbidden),
        _ => {}
    }
    Ok(permit)
}

/// Either party, or the bureau, may ask for a change of an effective contract.
pub fn ask_change(actor: &Actor, c: &Contract) -> Result<Permit<AskChange>, Denied> {
    see_contract(actor, c)?;
    match actor.role {
        Role::Poster | Role::Bidder => Ok(Permit::grant(actor, c.id.0)),
        _ => Err(Denied::Forbidden),
    }
}

/// A change is seen by those who see the contract, and by a partner that is to join.
pub fn see_change(actor: &Actor, x: &ContractChange, c: &Contract) -> Result<(), Denied> {
    see_contract(actor, c).or_else(|_| seen(actor.role == Role::Bidder && x.partners.contains(&actor.org)))
}

pub fn on_change(actor: &Actor, x: &ContractChange, c: &Contract, act: ChangeAct) -> Result<Permit<ChangeAct>, Denied> {
    let all = contract_sides(c.poster, c.lead);
    let own = actor.org == x.asked_org;
    let partner = x.partners.contains(&actor.org).then_some(actor.org);
    let sides = match act {
        ChangeAct::PartnerConsent => {
            Sides { bidder: partner.filter(|p| x.partners_asked().any(|q| q == *p)), ..Sides::default() }
        }
        ChangeAct::RefuseConsent if partner.is_some() && !own => Sides { bidder: partner, ..Sides::default() },
        // Consent is the other side's; withdrawal the author's.
        ChangeAct::Consent | ChangeAct::RefuseConsent if own => Sides::default(),
        ChangeAct::Withdraw if !own => Sides::default(),
        _ => all,
    };
    decide(actor, see_change(actor, x, c), CHANGE_LIFE, (x.head.state, act), &sides, x.id.0)
}

pub fn on_acceptance(actor: &Actor, x: &Acceptance, c: &Contract, act: AcceptanceAct) -> Result<Permit<AcceptanceAct>, Denied> {
    decide(actor, see_contract(actor, c), ACCEPTANCE_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// Putting the bank's statement beside the payments is the finance office's.
pub fn reconcile(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Finance => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// The lead keeps the spending ledger of its contract: nobody else types into it.
pub fn record_spending(actor: &Actor, c: &Contract) -> Result<Permit<RecordSpending>, Denied> {
    of_lead(actor, c)?;
    Ok(Permit::grant(actor, c.id.0))
}

/// The lead has the final account made.
pub fn prepare_account(actor: &Actor, c: &Contract) -> Result<Permit<PrepareAccount>, Denied> {
    of_lead(actor, c)?;
    Ok(Permit::grant(actor, c.id.0))
}

fn of_lead(actor: &Actor, c: &Contract) -> Result<(), Denied> {
    see_contract(actor, c)?;
    match actor.role {
        Role::Bidder if actor.org == c.lead => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

pub fn on_spending(actor: &Actor, x: &Spending, c: &Contract, act: SpendingAct) -> Result<Permit<SpendingAct>, Denied> {
    decide(actor, see_contract(actor, c), SPENDING_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

pub fn on_final_account(
    actor: &Actor,
    x: &FinalAccount,
    c: &Contract,
    act: FinalAccountAct,
) -> Result<Permit<FinalAccountAct>, Denied> {
    decide(actor, see_contract(actor, c), FINAL_ACCOUNT_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// One day and one table for all lanes of a race: the officer's, while the race runs or its result is being found.
pub fn set_gate(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<Permit<SetGate>, Denied> {
    see_challenge(actor, c, now)?;
    let race = c.need.as_ref().is_some_and(Need::is_race);
    let runs = matches!(c.head.state, ChallengeState::InProgress | ChallengeState::InAcceptance);
    match actor.role {
        Role::Officer if race && runs => Ok(Permit::grant(actor, c.id.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// A gate is the racers', the poster's, the bureau's and finance's; what each sees of the lanes is `seen_by`'s to say.
pub fn see_gate(actor: &Actor, x: &Gate) -> Result<(), Denied> {
    let side = match actor.role {
        Role::Poster => actor.org == x.poster,
        Role::Bidder => x.lane_of(actor.org).is_some(),
        Role::Finance | Role::System => true,
        _ => actor.role.oversees(),
    };
    seen(side)
}

/// What all lanes cost is for those who pay, decide and oversee: a racer is not told its rivals' money.
pub fn sees_race_balance(actor: &Actor, x: &Gate) -> bool {
    actor.role != Role::Bidder && see_gate(actor, x).is_ok()
}

pub fn on_gate(actor: &Actor, x: &Gate, act: GateAct) -> Result<Permit<GateAct>, Denied> {
    let racer = match act {
        // A merger is the word of the two leads that would join.
        GateAct::AgreeMerger | GateAct::RefuseMerger => x.joining().iter().any(|l| l.lead == actor.org),
        _ => x.lane_of(actor.org).is_some(),
    };
    let sides = Sides { poster: Some(x.poster), bidder: racer.then_some(actor.org), ..Sides::default() };
    decide(actor, see_gate(actor, x), GATE_LIFE, (x.head.state, act), &sides, x.id.0)
}

/// The lead reports from its work, whenever it will.
pub fn file_progress(actor: &Actor, c: &Contract) -> Result<Permit<FileProgress>, Denied> {
    of_lead(actor, c)?;
    Ok(Permit::grant(actor, c.id.0))
}

pub fn on_progress(actor: &Actor, x: &Progress, c: &Contract, act: ProgressAct) -> Result<Permit<ProgressAct>, Denied> {
    decide(actor, see_contract(actor, c), PROGRESS_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

pub fn on_follow_up(actor: &Actor, x: &FollowUp, c: &Contract, act: FollowUpAct) -> Result<Permit<FollowUpAct>, Denied> {
    decide(actor, see_contract(actor, c), FOLLOW_UP_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// Those who handle cases propose; the meeting decides.
pub fn propose_integrity(actor: &Actor, subject: Uuid) -> Result<Permit<ProposeIntegrity>, Denied> {
    match actor.role {
        Role::Officer | Role::Checker => Ok(Permit::grant(actor, subject)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// A record is its subject's and the bureau's; everybody's while a grave one of an organisation stands.
pub fn see_integrity(actor: &Actor, x: &Integrity, now: Timestamp) -> Result<(), Denied> {
    let own = match (actor.role, x.person) {
        (Role::Expert, Some(person)) => actor.account == person,
        (Role::Poster | Role::Bidder, None) => actor.org == x.org,
        (role, _) => role.oversees() || role == Role::System,
    };
    seen(own || (x.is_public() && x.stands(now)))
}

pub fn on_integrity(actor: &Actor, x: &Integrity, act: IntegrityAct, now: Timestamp) -> Result<Permit<IntegrityAct>, Denied> {
    let org = x.person.is_none().then_some(x.org);
    let sides = Sides { poster: org, bidder: org, expert: x.person, author: None };
    let permit = decide(actor, see_integrity(actor, x, now), INTEGRITY_LIFE, (x.head.state, act), &sides, x.id.0)?;
    if matches!(act, IntegrityAct::Enter | IntegrityAct::Drop) {
        different(Some(x.proposed_by), actor)?;
    }
    Ok(permit)
}

/// The lead proposes the budget of its contract.
pub fn propose_budget(actor: &Actor, c: &Contract) -> Result<Permit<ProposeBudget>, Denied> {
    of_lead(actor, c)?;
    Ok(Permit::grant(actor, c.id.0))
}

pub fn on_budget(actor: &Actor, x: &Budget, c: &Contract, act: BudgetAct) -> Result<Permit<BudgetAct>, Denied> {
    decide(actor, see_contract(actor, c), BUDGET_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// The county's budget documents are finance's and the bureau's to see.
pub fn see_budget_docs(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Public => Err(Denied::SignIn),
        role => seen(role == Role::Finance || role == Role::System || role.oversees()),
    }
}

/// Finance enters them.
pub fn register_budget_doc(actor: &Actor, subject: BudgetDocId) -> Result<Permit<RegisterBudgetDoc>, Denied> {
    see_budget_docs(actor)?;
    match actor.role {
        Role::Finance => Ok(Permit::grant(actor, subject.0)),
        _ => Err(Denied::Forbidden),
    }
}

pub fn on_budget_doc(actor: &Actor, x: &BudgetDoc, act: BudgetDocAct) -> Result<Permit<BudgetDocAct>, Denied> {
    decide(actor, see_budget_docs(actor), BUDGET_DOC_LIFE, (x.head.state, act), &Sides::default(), x.id.0)
}

pub fn on_settlement(actor: &Actor, x: &Settlement, c: &Contract, act: SettlementAct) -> Result<Permit<SettlementAct>, Denied> {
    decide(actor, see_contract(actor, c), SETTLEMENT_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// Templates are the bureau's.
pub fn see_template(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Public => Err(Denied::SignIn),
        role if role.oversees() || role == Role::System => Ok(()),
        _ => Err(Denied::Hidden),
    }
}

pub fn on_template(actor: &Actor, x: &Template, act: TemplateAct) -> Result<Permit<TemplateAct>, Denied> {
    decide(actor, see_template(actor), TEMPLATE_LIFE, (x.head.state, act), &Sides::default(), x.id.0)
}

/// An organisation's own people keep the list of those who sign for it: a poster, a bidder, the bureau's head.
pub fn keep_signatories(actor: &Actor) -> Result<Permit<KeepSignatories>, Denied> {
    match actor.role {
        Role::Poster | Role::Bidder | Role::Head => Ok(Permit::grant(actor, actor.org.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Accounts, organisations, calendar, rule sets: the administrator's, who has no business power; the command line's.
pub fn administer(actor: &Actor) -> Result<Permit<Administer>, Denied> {
    match actor.role {
        Role::Administrator | Role::System => Ok(Permit::grant(actor, actor.account.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// What belongs to one's own account: sessions, tokens, password.
pub fn own_account(actor: &Actor) -> Result<Permit<OwnAccount>, Denied> {
    if actor.is_visitor() { Err(Denied::SignIn) } else { Ok(Permit::grant(actor, actor.account.0)) }
}

/// Anyone may upload evidence: an objector need not have an account. Limits are per request and per account.
pub fn attach_file(actor: &Actor) -> Result<Permit<AttachFile>, Denied> {
    Ok(Permit::grant(actor, actor.account.0))
}

/// The county's ledger is read by those who pay, decide and audit; a contract's book by whoever sees the contract.
pub fn read_ledger(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Finance | Role::Auditor | Role::Head => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// How far somebody's view of the statistics reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    All,
    Own(OrgId),
}

/// Statistics of R&D: of the county for those who oversee or pay, of their own unit for firms and teams.
pub fn read_statistics(actor: &Actor) -> Result<Reach, Denied> {
    match actor.role {
        role if role.oversees() || role == Role::Finance => Ok(Reach::All),
        Role::Poster | Role::Bidder => Ok(Reach::Own(actor.org)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Auditor and supervisor read the record across cases.
pub fn oversee(actor: &Actor) -> Result<Permit<Oversee>, Denied> {
    match actor.role {
        Role::Auditor | Role::Supervisor | Role::System => Ok(Permit::grant(actor, actor.account.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Which entries on a thing that the actor may see: what its parties may read, and the actor's own acts.
pub fn reads_part(actor: &Actor, visibility: Visibility, org: Option<OrgId>, by: Option<AccountId>) -> bool {
    let own = !actor.is_visitor() && by == Some(actor.account);
    own || visibility == Visibility::Sealed || reads_event(actor, visibility, org, true, true)
}

/// Which entries of the record an actor may read. `sides` are the organisations whose case it is.
pub fn reads_event(actor: &Actor, visibility: Visibility, org: Option<OrgId>, opened: bool, party: bool) -> bool {
    let own = org.is_some() && org == Some(actor.org) && !actor.is_visitor();
    match visibility {
        Visibility::Public => true,
        Visibility::Parties => own || party || actor.role.oversees() || actor.role == Role::Finance,
        Visibility::Bureau => actor.role.oversees(),
        Visibility::Sealed => (own && actor.role == Role::Bidder) || (opened && actor.role.oversees()),
        Visibility::Oversight => matches!(actor.role, Role::Supervisor | Role::Auditor),
        Visibility::Security => matches!(actor.role, Role::Administrator | Role::Auditor),
    }
}

/// The finance package of a payment is finance's, the officer's and the auditor's to take away.
pub fn take_package(actor: &Actor, c: &Contract) -> Result<(), Denied> {
    see_contract(actor, c)?;
    match actor.role {
        Role::Finance | Role::Officer | Role::Auditor | Role::System => Ok(()),
        _ => Err(Denied::Forbidden),
    }
}

/// Red flags are read by those who oversee the bureau, never by the bureau itself.
pub fn see_flags(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Auditor | Role::Supervisor | Role::System => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Signs that bids had one writer are shown to the supervisor alone; the auditor learns that there are some, and their state.
pub fn reads_flag(actor: &Actor, kind: FlagKind) -> bool {
    see_flags(actor).is_ok() && (kind != FlagKind::Collusion || matches!(actor.role, Role::Supervisor | Role::System))
}

/// How a page looks to other eyes is for those who answer for what is published.
pub fn preview(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Public => Err(Denied::SignIn),
        role if role.oversees() => Ok(()),
        _ => Err(Denied::Hidden),
    }
}

/// Whoever reads a flag may dismiss it or ask about it.
pub fn judge_flag(actor: &Actor, c: &Challenge, kind: FlagKind) -> Result<Permit<JudgeFlag>, Denied> {
    see_flags(actor)?;
    if !reads_flag(actor, kind) || actor.role == Role::System {
        return Err(Denied::Forbidden);
    }
    Ok(Permit::grant(actor, c.id.0))
}

/// What was dismissed is oversight's; what was asked is the bureau's too, and of a confidential one its head's.
pub fn see_finding(actor: &Actor, f: &Finding) -> Result<(), Denied> {
    let asked = f.said.iter().any(|s| s.what == "question");
    let bureau = if f.is_confidential() { actor.role == Role::Head } else { actor.role.is_bureau() };
    seen(reads_flag(actor, f.flag.kind) || (asked && bureau))
}

pub fn on_finding(actor: &Actor, f: &Finding, act: FindingAct) -> Result<Permit<FindingAct>, Denied> {
    decide(actor, see_finding(actor, f), FINDING_LIFE, (f.head.state, act), &Sides::default(), f.id.0)
}

/// Having tried to open too early is nobody's right: the proof only lets the record say who it was.
pub fn try_early(actor: &Actor, id: ChallengeId) -> Result<Permit<TryEarly>, Denied> {
    if actor.is_visitor() { Err(Denied::SignIn) } else { Ok(Permit::grant(actor, id.0)) }
}

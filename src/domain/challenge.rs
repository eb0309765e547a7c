//! A challenge (榜): from a firm's need to the archive (domain 2.1).
use super::life::life;
use super::*;

life! {
    /// Where a challenge stands. `Closed` is never written: a published challenge is closed once its time has passed.
    noun "challenge"; states ChallengeState; acts ChallengeAct; table CHALLENGE_LIFE;
    first [Draft, Published]; ends [Rejected, Withdrawn, Cancelled, Lapsed, Archived, Terminated];
    Draft { Submit [Poster, Officer] => Submitted, Discard [Poster, Officer] => Withdrawn }
    Submitted { StandAside [Officer, Checker, Head, Supervisor] => Submitted, Return [Officer] => Returned, Screen [Officer] => Submitted, ProposeRefusal [Officer] => Submitted, Pass [Checker] => Appraisal, ConfirmRefusal [Checker] => Declined, SendBack [Checker] => Submitted, Retract [Poster, Officer] => Withdrawn }
    Returned { StandAside [Officer, Checker, Head, Supervisor] => Returned, Submit [Poster, Officer] => Submitted, Retract [Poster, Officer] => Withdrawn }
    Declined { StandAside [Officer, Checker, Head, Supervisor] => Declined, LookAgain [Poster, Officer] => Submitted, CloseDeclined [Officer] => Rejected, Retract [Poster, Officer] => Withdrawn }
    Appraisal { StandAside [Officer, Checker, Head, Supervisor] => Appraisal, ProposeEdit [Officer] => Appraisal, ConsentEdit [Poster, Officer] => Appraisal, RefuseEdit [Poster, Officer] => Appraisal, Accept [Officer] => Decided, Shelve [Officer] => Shelved, Reject [Officer] => Rejected }
    Shelved { Revive [Officer] => Appraisal }
    Decided { StandAside [Officer, Checker, Head, Supervisor] => Decided, Approve [Head] => ListNotice, RefuseListing [Head] => Rejected, DeferListing [Head] => Decided, Return [Officer] => Returned }
    ListNotice { StandAside [Officer, Checker, Head, Supervisor] => ListNotice, CorrectList [System] => ListNotice, Publish [Officer] => Published, Cancel [Head] => Cancelled }
    Published { StandAside [Officer, Checker, Head, Supervisor] => Published,
        Amend [Officer] => Published, RequestWithdrawal [Poster, Officer] => Published, Withdraw [Officer] => Withdrawn,
        Suspend [Head] => Suspended, Cancel [Head] => Cancelled, Close [System] => Closed
    }
    Suspended { StandAside [Officer, Checker, Head, Supervisor] => Suspended, Resume [Head] => Published, Cancel [Head] => Cancelled }
    Closed { StandAside [Officer, Checker, Head, Supervisor] => Closed, BarOfficer [System] => Closed, BeginOpening [Officer] => Closed, ReturnOpening [Supervisor] => Closed, Open [Supervisor] => Opened, AskSpares [Officer] => Closed, GrantSpares [Supervisor] => Closed, ReturnSpares [Supervisor] => Closed, Cancel [Head] => Cancelled }
    Opened { StandAside [Officer, Checker, Head, Supervisor] => Opened, BarOfficer [System] => Opened, Convene [Officer] => Opened, ReturnCall [Supervisor] => Opened, Draw [Supervisor] => Opened, Replace [Supervisor] => Opened, Succeed [System] => Opened, Alarm [System] => Opened, StartReview [Officer] => Reviewing, Lapse [Head] => Lapsed, Cancel [Head] => Cancelled }
    Reviewing { StandAside [Officer, Checker, Head, Supervisor] => Reviewing, BarOfficer [System] => Reviewing, Replace [Supervisor] => Reviewing, Succeed [System] => Reviewing, Alarm [System] => Reviewing, CallDefence [Officer] => Reviewing, NoteDefence [Officer] => Reviewing, BeginPriceOpening [Officer] => Reviewing, ReturnOpening [Supervisor] => Reviewing, OpenPrice [Supervisor] => Reviewing, AskSpares [Officer] => Reviewing, GrantSpares [Supervisor] => Reviewing, ReturnSpares [Supervisor] => Reviewing, SignReport [Officer] => Negotiating, Lapse [Head] => Lapsed, Cancel [Head] => Cancelled }
    Negotiating { StandAside [Officer, Checker, Head, Supervisor] => Negotiating, BarOfficer [System] => Negotiating, Agree [Poster, Officer] => AwardDecision, NextRank [Poster, Officer] => Negotiating, Lapse [Head] => Lapsed, Cancel [Head] => Cancelled }
    AwardDecision { StandAside [Officer, Checker, Head, Supervisor] => AwardDecision, BarOfficer [System] => AwardDecision, Award [Head] => AwardNotice, RefuseAward [Head] => Lapsed, DeferAward [Head] => AwardDecision, Renegotiate [Head] => Negotiating, Lapse [Head] => Lapsed }
    AwardNotice { StandAside [Officer, Checker, Head, Supervisor] => AwardNotice, BarOfficer [System] => AwardNotice, Hold [System] => OnHold, Overturn [System] => Negotiating, ReReview [System] => Opened, Annul [System] => Lapsed, ConfirmAward [System] => Awarded }
    OnHold { StandAside [Officer, Checker, Head, Supervisor] => OnHold, BarOfficer [System] => OnHold, Release [System] => AwardNotice, Overturn [System] => Negotiating, ReReview [System] => Opened, Annul [System] => Lapsed }
    Awarded { StandAside [Officer, Checker, Head, Supervisor] => Awarded, BarOfficer [System] => Awarded, Begin [System] => InProgress, Forfeit [Officer] => Negotiating }
    InProgress { StandAside [Officer, Checker, Head, Supervisor] => InProgress, BarOfficer [System] => InProgress, StartAcceptance [System] => InAcceptance, EndWithout [System] => Terminated }
    InAcceptance { StandAside [Officer, Checker, Head, Supervisor] => InAcceptance, BarOfficer [System] => InAcceptance, Archive [Officer] => Archived, EndWithout [System] => Terminated }
    Lapsed { Relist [Officer] => Lapsed }
    = acts {
        Submit = "submission", Discard = "discard", Return = "return", Screen = "screening", Pass = "screening-approval",
        ProposeRefusal = "screening-refusal", ConfirmRefusal = "screening-refusal-confirmation", SendBack = "screening-return", LookAgain = "second-look", CloseDeclined = "refusal-closing",
        RefuseListing = "listing-refusal", DeferListing = "listing-deferral", RefuseAward = "award-refusal", DeferAward = "award-deferral", ReturnOpening = "opening-return", ReturnCall = "panel-return", ReturnSpares = "spare-window-return",
        Retract = "retraction", ProposeEdit = "edit-proposal", ConsentEdit = "edit-consent", RefuseEdit = "edit-refusal", Accept = "acceptance-for-listing", Shelve = "shelving", Reject = "rejection", Revive = "revival",
        Approve = "approval", Publish = "publication", Amend = "amendment", RequestWithdrawal = "withdrawal-request",
        Withdraw = "withdrawal", Suspend = "suspension", Resume = "resumption", Cancel = "cancellation", Close = "closing",
        BeginOpening = "opening", Open = "opening-confirmation",
        BeginPriceOpening = "price-opening", OpenPrice = "price-opening-confirmation", AskSpares = "spare-window", GrantSpares = "spare-window-confirmation", Lapse = "lapse", Convene = "panel", Draw = "panel-draw", StartReview = "review",
        Replace = "panel-replacement", Succeed = "panel-succession", Alarm = "panel-alarm", StandAside = "officer-recusal", BarOfficer = "officer-conflict", CallDefence = "defence", NoteDefence = "defence-record", SignReport = "panel-report", Agree = "agreement", NextRank = "next-rank",
        Award = "award-decision", Renegotiate = "renegotiation", Hold = "hold", ConfirmAward = "award", Release = "release",
        Overturn = "overturning", ReReview = "re-review", Annul = "annulment", Begin = "start", Forfeit = "forfeiture", StartAcceptance = "acceptance-start",
        EndWithout = "ending", Archive = "archive", Relist = "relisting", CorrectList = "correction"
    }
    = states {
        Draft = "draft", Submitted = "submitted", Returned = "returned", Declined = "declined", Appraisal = "appraisal", Shelved = "shelved",
        Rejected = "rejected", Decided = "decided", ListNotice = "list_notice", Published = "published",
        Suspended = "suspended", Withdrawn = "withdrawn", Cancelled = "cancelled", Closed = "closed", Opened = "opened",
        Reviewing = "reviewing", Negotiating = "negotiating", AwardDecision = "award_decision", AwardNotice = "award_notice",
        OnHold = "on_hold", Awarded = "awarded", InProgress = "in_progress", InAcceptance = "in_acceptance",
        Archived = "archived", Terminated = "terminated", Lapsed = "lapsed"
    }
}

use ChallengeState as S;

impl ChallengeState {
    /// What anyone may see (domain 2.1, column Pub).
    pub fn is_public(self) -> bool {
        !matches!(
            self,
            S::Draft | S::Submitted | S::Returned | S::Declined | S::Appraisal | S::Shelved | S::Rejected | S::Decided
        )
    }
    /// True once the award has been announced: who sat and how the panel was drawn is everybody's.
    pub fn is_after_award(self) -> bool {
        matches!(self, S::Awarded | S::InProgress | S::InAcceptance | S::Archived | S::Terminated)
    }
    /// True once the bids have been opened: what was sealed may be read by those whose work it is.
    pub fn is_after_opening(self) -> bool {
        matches!(
            self,
            S::Opened
                | S::Reviewing
                | S::Negotiating
                | S::AwardDecision
                | S::AwardNotice
                | S::OnHold
                | S::Awarded
                | S::InProgress
                | S::InAcceptance
                | S::Archived
                | S::Terminated
        )
    }
}

/// One step that two people must take: who took the first half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    pub by: AccountId,
    pub at: Timestamp,
    pub note: Option<String>,
}

/// One expert's argument of a need before it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    pub expert: String,
    pub unit: String,
    pub verdict: String,
    pub opinion: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appraisal {
    pub held_on: String,
    pub opinions: Vec<Opinion>,
    pub conclusion: String,
}

/// What was decided about the panel: seats, the draw, and who drew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    pub seats: usize,
    /// Hash of the pool as it was when drawn; with the seed it re-runs the draw.
    pub pool_sha256: String,
    pub seed: String,
    /// What the seed was made of.
    #[serde(default)]
    pub parts: Option<draw::Seed>,
    #[serde(default)]
    pub plan: Option<draw::Plan>,
    /// The whole sequence drawn; the first `seats` are invited, replacements follow in order.
    pub sequence: Vec<AccountId>,
    pub called: usize,
    /// The layers of the pool when it was drawn from.
    #[serde(default)]
    pub strata: Vec<draw::Stratum>,
    /// Everyone who was called, in order.
    #[serde(default)]
    pub experts: Vec<AccountId>,
    /// A seat is vacant, and nobody of the sequence may take it.
    #[serde(default)]
    pub short: bool,
    /// More than a third has been replaced.
    #[serde(default)]
    pub alarm: Option<PanelAlarm>,
    /// Why it was drawn from a pool with fewer than three for each seat.
    #[serde(default)]
    pub thin_reason: Option<String>,
    pub by: AccountId,
    pub witnessed_by: Option<AccountId>,
}

/// The officer's call for a panel, which the supervisor draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub plan: draw::Plan,
    pub by: AccountId,
    pub at: Timestamp,
    pub note: Option<String>,
}

/// The panel's result, in the order of rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    pub bid: BidId,
    pub rank: usize,
    pub total: Score,
    pub qualified: bool,
    /// Another bid has exactly the same in every respect: the panel votes again.
    #[serde(default)]
    pub tied: bool,
    /// The panel's vote gave it this place.
    #[serde(default)]
    pub voted: bool,
}

/// Somebody of the bureau who acts on a case no more: by own word, or because the platform found a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoodAside {
    pub account: AccountId,
    pub role: Role,
    pub at: Timestamp,
    pub reason: Option<String>,
    pub hits: Vec<Hit>,
}

/// One line of the agreement with a bidder: the bid and what was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    pub bid: BidId,
    pub price_fen: Money,
    pub reason: Option<String>,
    pub minutes: String,
    /// Indicators that the talks raised above the promise.
    #[serde(default)]
    pub values: Vec<forms::PlannedValue>,
}

/// An officer's edit of a need under argument: it holds only with the poster's consent (domain 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    pub need: Box<Need>,
    pub changes: Vec<Change>,
    pub reason: String,
    pub by: AccountId,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Challenge {
    pub id: ChallengeId,
    /// Given when published, e.g. `JC-2026-013`.
    pub number: Option<String>,
    pub org: OrgId,
    pub created_by: AccountId,
    pub head: Head<ChallengeState>,
    /// How many of its changes no form rests on: who stands aside, the list of what was sealed.
    #[serde(default)]
    pub asides: i32,
    /// The last complete need; absent while only a draft exists.
    pub need: Option<Need>,
    /// Title shown in lists, from the draft or the need.
    pub title: String,
    /// The poster's name as the public sees it; none for an anonymous poster before the award.
    pub shown_name: Option<String>,
    pub rules: RuleSet,
    /// Counts published versions of the need.
    pub edition: i32,
    /// The last version that changed what a bid answers: bids sealed to an older one must be confirmed.
    #[serde(default)]
    pub material_edition: i32,
    pub published_at: Option<Timestamp>,
    pub close_at: Option<Timestamp>,
    pub returns: u16,
    pub return_notes: Vec<ReturnNote>,
    pub screening: Option<Half>,
    /// What was refused, sent back, asked again or put off before it was listed, and before it was awarded.
    #[serde(default)]
    pub answers: Answers,
    pub opening: Option<Half>,
    /// The second person of an opening by keyholders: from here wraps are handed out.
    #[serde(default)]
    pub witness: Option<Half>,
    /// To whom bids are sealed; none where the server seals them.
    #[serde(default)]
    pub sealing: Option<Sealing>,
    pub withdrawal: Option<Half>,
    pub appraisal: Option<Appraisal>,
    /// How the need should read after the argument, as long as its poster has not answered.
    #[serde(default)]
    pub proposed: Option<Proposed>,
    pub listing: Option<Minutes>,
    pub award: Option<Minutes>,
    pub suspended_at: Option<Timestamp>,
    pub opened_at: Option<Timestamp>,
    pub opened_bids: Option<usize>,
    /// The two stages of the opening, and what came of them.
    #[serde(default)]
    pub stages: Opening,
    /// Secret part of the draw's seed; its hash was published with the challenge.
    #[serde(default)]
    pub draw_secret: Option<String>,
    #[serde(default)]
    pub call: Option<Call>,
    pub panel: Option<Panel>,
    pub ranking: Vec<Ranked>,
    pub report: Option<String>,
    /// When the report was signed.
    #[serde(default)]
    pub reported_at: Option<Timestamp>,
    /// Which review this is, from 1; an upheld objection may ask for another, by another panel.
    #[serde(default = "first_round")]
    pub round: u16,
    /// Experts of earlier reviews: they are not drawn again.
    #[serde(default)]
    pub sat_before: Vec<AccountId>,
    /// People of the bureau who stand aside from the case.
    #[serde(default)]
    pub recused: Vec<StoodAside>,
    /// What the panel scores, frozen at publication.
    #[serde(default)]
    pub rubric: Rubric,
    /// The meeting at which teams are heard before the open part is scored.
    #[serde(default)]
    pub defence: Option<Defence>,
    /// How sure the result is.
    #[serde(default)]
    pub analysis: Option<Analysis>,
    /// The experts' comments have been read through and may be shown to each team, without names.
    #[serde(default)]
    pub share_comments: bool,
    /// The panel found that the bids of a race go clearly different ways (trap 22).
    #[serde(default)]
    pub routes_differ: bool,
    pub agreed: Vec<Agreed>,
    /// Bids that gave up or failed to agree; they are not asked again.
    pub passed_over: Vec<BidId>,
    pub lapse_reason: Option<String>,
    pub previous: Option<ChallengeId>,
    pub relisted_as: Option<ChallengeId>,
    pub relists: u16,
}

/// A fault that an officer found, at the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnNote {
    pub field: String,
    pub note: String,
}

fn first_round() -> u16 {
    1
}

impl Challenge {
    /// The version that forms on it rest on: it moves with all that they show or ask, and with nothing else.
    pub fn told_version(&self) -> i32 {
        self.head.version - self.asides
    }
    pub fn create(id: ChallengeId, org: OrgId, by: AccountId, title: String, m: &Moment) -> Self {
        Self {
            id,
            number: None,
            org,
            created_by: by,
            head: Head::new(S::Draft, m, None),
            need: None,
            title,
            shown_name: None,
            rules: RuleSet::default(),
            edition: 0,
            material_edition: 0,
            published_at: None,
            close_at: None,
            returns: 0,
            return_notes: vec![],
            screening: None,
            answers: Answers::default(),
            opening: None,
            witness: None,
            sealing: None,
            withdrawal: None,
            appraisal: None,
            proposed: None,
            listing: None,
            award: None,
            suspended_at: None,
            opened_at: None,
            opened_bids: None,
            asides: 0,
            stages: Opening::default(),
            draw_secret: None,
            call: None,
            panel: None,
            ranking: vec![],
            report: None,
            reported_at: None,
            round: 1,
            sat_before: vec![],
            recused: vec![],
            rubric: Rubric::default(),
            defence: None,
            analysis: None,
            share_comments: false,
            routes_differ: false,
            agreed: vec![],
            passed_over: vec![],
            lapse_reason: None,
            previous: None,
            relisted_as: None,
            relists: 0,
        }
    }

    /// Where it stands at `now`: deadlines are compared, never flipped by a job.
    pub fn state_at(&self, now: Timestamp) -> ChallengeState {
        match (self.head.state, self.close_at) {
            (S::Published, Some(close)) if now >= close => S::Closed,
            (state, _) => state,
        }
    }

    /// The clock that runs at `now`: bidding's end while it is open, else when the next step is due.
    pub fn runs_until(&self, now: Timestamp) -> Option<Timestamp> {
        if self.state_at(now) == S::Published { self.close_at } else { self.head.due }
    }

    /// The need of a challenge that has one.
    pub fn need(&self) -> Result<&Need, Refusal> {
        self.need.as_ref().ok_or_else(|| Refusal::new("need_incomplete"))
    }

    /// Takes bids while published and before its closing time.
    pub fn accepts_bids(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.state_at(now) {
            S::Published => Ok(()),
            S::Closed => Err(Refusal::new("bidding_closed").with("at", self.close_at.unwrap_or_default())),
            S::Suspended => Err(Refusal::new("bidding_suspended")),
            _ => Err(Refusal::new("bidding_not_open")),
        }
    }

    /// The one way to change state: what follows what, then what the facts allow.
    pub fn take(&mut self, act: ChallengeAct, m: &Moment) -> Result<(), Refusal> {
        self.may(act, m)?;
        // `Closed` is read off the clock and never entered: what begins the opening stays where it is.
        let from = self.state_at(m.now);
        let to = from.step(act)?.to;
        let due = self.days_in(to);
        if act == ChallengeAct::CorrectList {
            self.head.due = self.head.corrected(self.rules.list_notice_days, m).or(self.head.due);
        }
        if to != from || act == ChallengeAct::NextRank {
            self.head.enter(to, m, due);
        }
        Ok(())
    }

    /// Would `act` be accepted now? The page shows the refusal beside the disabled button.
    pub fn may(&self, act: ChallengeAct, m: &Moment) -> Result<(), Refusal> {
        use ChallengeAct as A;
        self.state_at(m.now).step(act)?;
        match act {
            A::Return => ensure(self.returns < self.rules.returns_most, "returned_often"),
            A::ConsentEdit | A::RefuseEdit => ensure(self.proposed.is_some(), "no_edit_proposed"),
            A::ProposeEdit | A::Accept | A::Shelve | A::Reject => ensure(self.proposed.is_none(), "edit_unanswered"),
            A::Pass => ensure(self.screening.is_some(), "screening_first"),
            A::ConfirmRefusal | A::SendBack | A::LookAgain | A::CloseDeclined => self.may_answer(act, m),
            A::ReturnOpening => self.may_return_opening(m),
            A::ReturnSpares => {
                let window = self.stage().and_then(|s| self.spare_window(s));
                ensure(window.is_some_and(|w| w.granted.is_none()), "spares_not_asked")
            }
            A::ReturnCall => ensure(self.call.is_some() && self.panel.is_none(), "panel_call_first"),
            A::Publish => match self.head.due {
                Some(due) if m.now < due => Err(Refusal::new("list_notice_running").with("at", due)),
                _ => Ok(()),
            },
            A::Amend => {
                let close = self.close_at.unwrap_or_default();
                let cutoff = m.calendar.remaining(date_of(m.now), date_of(close)) < i64::from(self.rules.amend_cutoff_days);
                ensure(!cutoff, "amend_too_late")
            }
            A::CorrectList => ensure(self.head.corrected(self.rules.list_notice_days, m).is_some(), "nothing_to_correct"),
            A::Withdraw => ensure(self.withdrawal.is_some(), "withdrawal_not_asked"),
            A::BeginOpening | A::Open | A::BeginPriceOpening | A::OpenPrice | A::AskSpares | A::GrantSpares => {
                self.may_open(act, m)
            }
            A::StartReview | A::Replace | A::Succeed | A::Alarm => ensure(self.panel.is_some(), "panel_first"),
            A::Convene => ensure(self.panel.is_none(), "panel_there").and_then(|()| ensure(self.call.is_none(), "panel_called")),
            A::Draw => ensure(self.panel.is_none(), "panel_there").and_then(|()| ensure(self.call.is_some(), "panel_call_first")),
            A::CallDefence => ensure(self.defence.is_none(), "defence_called"),
            A::NoteDefence => match &self.defence {
                None => Err(Refusal::new("defence_not_called")),
                Some(d) => ensure(!d.is_over(), "defence_over"),
            },
            A::SignReport => ensure(self.has_heard_teams(), "defence_first"),
            A::Award => ensure(!self.agreed.is_empty(), "nothing_agreed"),
            A::NextRank => ensure(self.candidate().is_some(), "no_candidate"),
            A::Relist => {
                ensure(self.relisted_as.is_none(), "relisted_already")?;
                ensure(self.relists < self.rules.relists_most, "relisted_often")
            }
            _ => Ok(()),
        }
    }

    /// Working days that the next step has once `state` is entered.
    fn days_in(&self, state: ChallengeState) -> Option<u16> {
        let r = &self.rules;
        match state {
            S::Submitted => Some(r.screening_days),
            S::Returned | S::Declined => Some(r.resubmit_days),
            S::Appraisal => Some(r.appraisal_days),
            S::Decided => Some(r.decision_days),
            S::ListNotice => (r.list_notice_days > 0).then_some(r.list_notice_days),
            S::Opened => Some(r.form_check_days),
            S::Reviewing => Some(r.review_days),
            S::Negotiating => Some(r.talk_days),
            S::AwardDecision => Some(r.award_days),
            S::Lapsed => Some(r.relist_days),
            S::Awarded => Some(r.contract_sign_days),
            S::Draft
            | S::Shelved
            | S::Rejected
            | S::Published
            | S::Suspended
            | S::Withdrawn
            | S::Cancelled
            | S::Closed
            | S::AwardNotice
            | S::OnHold
            | S::InProgress
            | S::InAcceptance
            | S::Archived
            | S::Terminated => None,
        }
    }

    /// The bid whose turn it is to be talked to: the best qualified one that has neither agreed nor been passed over.
    pub fn candidate(&self) -> Option<&Ranked> {
        self.ranking
            .iter()
            .find(|r| r.qualified && !self.passed_over.contains(&r.bid) && !self.agreed.iter().any(|a| a.bid == r.bid))
    }

    /// May this bid run beside those already agreed with? A race needs close scores (trap 22).
    pub fn races_with(&self, other: &Ranked) -> bool {
        let gap = |r: &Ranked| (r.total.as_hundredths() - other.total.as_hundredths()).abs();
        self.ranking.iter().filter(|r| self.agreed.iter().any(|a| a.bid == r.bid)).all(|r| gap(r) <= self.rules.race_gap)
    }

    /// A race that has agreed with fewer bidders than it has lanes, and whose next rank may still run beside them.
    pub fn wants_another_lane(&self) -> bool {
        let race = self.need.as_ref().is_some_and(Need::is_race) && self.routes_differ;
        race && self.agreed.len() < self.winners_most() && self.candidate().is_some_and(|r| self.races_with(r))
    }

    /// Forgets the review that was found unsound; those who sat in it are not drawn again.
    pub fn begin_another_review(&mut self) {
        self.round += 1;
        self.sat_before.extend(self.panel.take().map(Panel::into_called).unwrap_or_default());
        self.ranking.clear();
        self.agreed.clear();
        self.passed_over.clear();
        (self.report, self.award, self.call, self.analysis) = (None, None, None, None);
        (self.defence, self.reported_at) = (None, None);
        (self.routes_differ, self.share_comments) = (false, false);
    }

    /// How many bids may win: one, or as many as there are lanes.
    pub fn winners_most(&self) -> usize {
        match &self.need {
            Some(need) if need.is_race() => usize::try_from(need.lanes.unwrap_or(2)).unwrap_or(2),
            _ => 1,
        }
    }

    /// Sorts bids for those who read them blind: the same for all, by the lot's secret, so that neither the time of a sealing nor
    /// an id that its team knows says where it stands.
    pub fn blind_key(&self, bid: BidId) -> String {
        let secret = self.draw_secret.as_deref().unwrap_or_default();
        hash::sha256_hex(format!("order of reading {} {} {secret} {bid}", self.id, self.round).as_bytes())
    }

    pub fn turns(&self, calendar: &std::sync::Arc<Calendar>) -> Vec<Turn> {
        let h = &self.head;
        let t = |role, act: ChallengeAct| Turn::of(role, &format!("challenge.{}", act.id()), h);
        use ChallengeAct as A;
        let after_close = |n: u16| self.close_at.map(|at| Moment { now: at, calendar: calendar.clone() }.workdays(n));
        match h.state {
            S::Draft | S::Returned => vec![t(Role::Poster, A::Submit).org(self.org)],
            S::Submitted if self.answers.refusal.is_some() => vec![t(Role::Checker, A::ConfirmRefusal)],
            S::Submitted if self.screening.is_none() => vec![t(Role::Officer, A::Screen)],
            S::Submitted => vec![t(Role::Checker, A::Pass)],
            S::Declined => self.declined_turns(),
            S::Appraisal if self.proposed.is_some() => vec![t(Role::Poster, A::ConsentEdit).org(self.org)],
            S::Appraisal => vec![t(Role::Officer, A::Accept)],
            S::Decided => vec![t(Role::Head, A::Approve)],
            S::ListNotice => vec![t(Role::Officer, A::Publish)],
            S::Published => {
                let close = self.close_at.unwrap_or_default();
                let mut turns = vec![
                    match self.opening {
                        None => t(Role::Officer, A::BeginOpening),
                        Some(_) => t(Role::Supervisor, A::Open),
                    }
                    .from(close)
                    .due(after_close(self.rules.opening_days)),
                ];
                if let Some(asked) = &self.withdrawal {
                    let due = Moment { now: asked.at, calendar: calendar.clone() }.workdays(self.rules.withdrawal_days);
                    turns.push(t(Role::Officer, A::Withdraw).from(asked.at).due(Some(due)));
                }
                turns
            }
            S::Suspended => vec![t(Role::Head, A::Resume)],
            S::Opened if self.opened_bids == Some(0) => vec![t(Role::Head, A::Lapse)],
            S::Opened | S::Reviewing if self.panel.as_ref().is_some_and(|p| p.short) => vec![t(Role::Supervisor, A::Replace)],
            S::Opened if self.panel.is_some() => vec![t(Role::Officer, A::StartReview)],
            S::Opened if self.call.is_some() => vec![t(Role::Supervisor, A::Draw)],
            S::Opened => vec![t(Role::Officer, A::Convene)],
            S::Reviewing => match self.price_turn() {
                Some((role, act)) => vec![t(role, act)],
                None => vec![t(Role::Officer, A::SignReport)],
            },
            S::Negotiating if self.candidate().is_none() => vec![t(Role::Head, A::Lapse)],
            S::Negotiating => vec![t(Role::Poster, A::Agree).org(self.org)],
            S::AwardDecision => vec![t(Role::Head, A::Award)],
            S::Lapsed if self.relisted_as.is_none() && self.relists < self.rules.relists_most => {
                vec![t(Role::Officer, A::Relist)]
            }
            S::InAcceptance => vec![t(Role::Officer, A::Archive)],
            S::Shelved
            | S::Rejected
            | S::Withdrawn
            | S::Cancelled
            | S::Closed
            | S::AwardNotice
            | S::OnHold
            | S::Awarded
            | S::InProgress
            | S::Archived
            | S::Terminated
            | S::Lapsed => vec![],
        }
    }
}

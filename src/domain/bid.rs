//! A bid (揭榜方案): drafted, sealed before the deadline, opened by two people, checked, scored, ranked (domain 2.2).
//! Its contents lie in a table of their own, so no join can leak them (`Sealed`).
use super::life::life;
use super::*;

life! {
    /// Where a bid stands.
    noun "bid"; states BidState; acts BidAct; table BID_LIFE;
    first [Draft]; ends [FormRejected, Contracted, Forfeited, Disqualified, Expired];
    Draft { Seal [Bidder] => Sealed, Withdraw [Bidder] => Withdrawn, Expire [System] => Expired }
    Sealed { Replace [Bidder] => Draft, Withdraw [Bidder] => Withdrawn, Open [System] => Opened, Fail [System] => FormRejected, Confirm [Bidder] => Sealed, BringKey [Bidder] => Sealed, Expire [System] => Expired }
    Withdrawn { Resume [Bidder] => Draft, Expire [System] => Expired }
    Opened { Drop [System] => NotSelected, DeclareTeam [Bidder] => Opened, AskCure [Officer] => CorrectionRequested, Propose [Officer] => Opened, Validate [Checker] => Valid, RejectForm [Checker] => FormRejected, SendBack [Checker] => Opened, Disqualify [Head] => Disqualified }
    CorrectionRequested { Drop [System] => NotSelected, DeclareTeam [Bidder] => CorrectionRequested, Cure [Bidder] => Opened, Propose [Officer] => CorrectionRequested, RejectForm [Checker] => FormRejected, SendBack [Checker] => CorrectionRequested, Disqualify [Head] => Disqualified }
    Valid { Drop [System] => NotSelected, DeclareTeam [Bidder] => Valid, Fail [System] => FormRejected, BringKey [Bidder] => Valid, BlindDone [System] => BlindScored, Disqualify [Head] => Disqualified }
    BlindScored { Drop [System] => NotSelected, ScoreDone [System] => Scored, Disqualify [Head] => Disqualified }
    Scored { Shortlist [System] => Shortlisted, Reserve [System] => Reserved, Drop [System] => NotSelected, Recall [System] => Valid, Disqualify [Head] => Disqualified }
    NotSelected { Recall [System] => Valid }
    Shortlisted { DeclareTeam [Bidder] => Shortlisted, Recall [System] => Valid, Nominate [System] => Proposed, PassOver [System] => Reserved, Drop [System] => NotSelected, Disqualify [Head] => Disqualified }
    Reserved { DeclareTeam [Bidder] => Reserved, Recall [System] => Valid, Shortlist [System] => Shortlisted, Nominate [System] => Proposed, Drop [System] => NotSelected, Disqualify [Head] => Disqualified }
    Proposed { DeclareTeam [Bidder] => Proposed, Recall [System] => Valid, Win [System] => Awarded, PassOver [System] => Reserved, Disqualify [Head] => Disqualified }
    Awarded { Contract [System] => Contracted, Forfeit [Bidder] => Forfeited, Disqualify [Head] => Disqualified }
    = acts {
        Seal = "seal", Replace = "replacement", Withdraw = "withdrawal", Resume = "resumption", Expire = "expiry", Open = "opening", Fail = "opening-failure", Confirm = "confirmation", BringKey = "spare-key",
        AskCure = "correction-request", Cure = "correction", Propose = "form-check", Validate = "validation",
        RejectForm = "form-rejection", SendBack = "form-check-return", BlindDone = "blind-scores", ScoreDone = "scores", Shortlist = "shortlisting",
        Reserve = "reserve", Drop = "not-selected", Nominate = "nomination", PassOver = "passing-over", Win = "award",
        Contract = "contracting", Forfeit = "forfeiture", Recall = "re-review", DeclareTeam = "team-declaration", Disqualify = "disqualification"
    }
    = states {
        Draft = "draft", Sealed = "sealed", Withdrawn = "withdrawn", Expired = "expired", Opened = "opened",
        CorrectionRequested = "correction_requested", Valid = "valid", FormRejected = "form_rejected",
        BlindScored = "blind_scored", Scored = "scored", Shortlisted = "shortlisted", Reserved = "reserve",
        NotSelected = "not_selected", Proposed = "proposed", Awarded = "awarded", Contracted = "contracted",
        Forfeited = "forfeited", Disqualified = "disqualified"
    }
}

use BidState as S;

/// What was sealed: hash of the contents, time, and how often it was sealed. The receipt shows exactly this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub sha256: String,
    pub sealed_at: Timestamp,
    pub edition: i32,
    pub by: AccountId,
    /// The version of the need that it answers, or was confirmed for.
    #[serde(default)]
    pub need_edition: i32,
    /// Hashes of parts A and B as the server keeps them apart; none for one from before there were two.
    #[serde(default)]
    pub parts: Vec<String>,
    /// Only where it is sealed to keyholders.
    #[serde(default)]
    pub sealed: Option<SealedBid>,
}

impl Seal {
    /// Where the plaintext was last seen: `team` or `server`.
    pub fn by_whom(&self) -> &'static str {
        let team = |s: &SealedBid| s.envelopes.iter().all(|e| e.sealed_by == seal::SealedBy::Team);
        if self.sealed.as_ref().is_some_and(team) { "team" } else { "server" }
    }
    /// The commits of A and B, which the receipt shows, however it was sealed.
    pub fn commits(&self) -> &[String] {
        self.sealed.as_ref().map_or(&self.parts, |s| &s.commits)
    }
    pub fn envelope(&self, part: seal::Part) -> Option<&seal::Envelope> {
        self.sealed.as_ref()?.envelopes.iter().find(|e| e.envelope == part)
    }
}

/// A bid that the server can't read: the file it lies in, and what may be known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedBid {
    pub file: FileId,
    /// Hashes of envelopes A and B.
    pub commits: Vec<String>,
    pub envelopes: Vec<seal::Envelope>,
}

/// The officer's proposal on form, which the checker confirms or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormCheck {
    pub by: AccountId,
    pub outcome: String,
    pub reason: Option<String>,
}

/// The facts of a bid. Nothing of its contents is here before it is opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bid {
    pub id: BidId,
    pub challenge: ChallengeId,
    /// The lead organisation.
    pub org: OrgId,
    pub created_by: AccountId,
    pub head: Head<BidState>,
    /// The last sealing, which the receipt shows; none while only a draft exists.
    pub seal: Option<Seal>,
    pub draft_edition: i32,
    /// Partner organisations that have an account here, known only after the opening.
    pub partners: Vec<OrgId>,
    pub form_check: Option<FormCheck>,
    /// The checker's word to whoever checked its form, until it is checked again.
    #[serde(default)]
    pub sent_back: Option<Half>,
    pub correction: Option<String>,
    pub blind_score: Option<Score>,
    pub score: Option<Score>,
    pub rank: Option<usize>,
    pub price_fen: Option<Money>,
    pub reason: Option<String>,
    /// Who joined the team after the opening, and what it declared then.
    #[serde(default)]
    pub team: Vec<TeamWord>,
    /// Files that may be read before price and team are open: those of part A, and what cured its form.
    #[serde(default)]
    pub open_files: Vec<FileId>,
    /// Stages for which the team brought its key from its spare.
    #[serde(default)]
    pub keys_brought: Vec<OpeningStage>,
}

/// Contents of a bid as they lie at rest. Today they are kept apart and read by authority; the boundary is here, so that
/// ciphertext can take the place of text without a change elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub String);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Bid {
    pub fn start(id: BidId, on: &Challenge, actor: &Actor, m: &Moment) -> Result<Self, Refusal> {
        on.accepts_bids(m.now)?;
        Ok(Self {
            id,
            challenge: on.id,
            org: actor.org,
            created_by: actor.account,
            head: Head::new(S::Draft, m, None),
            seal: None,
            draft_edition: 0,
            partners: vec![],
            form_check: None,
            sent_back: None,
            correction: None,
            blind_score: None,
            score: None,
            rank: None,
            price_fen: None,
            reason: None,
            team: vec![],
            open_files: vec![],
            keys_brought: vec![],
        })
    }

    /// The one way to change state. Acts of the team before the opening also need an open challenge.
    pub fn take(&mut self, act: BidAct, on: &Challenge, m: &Moment) -> Result<(), Refusal> {
        self.may(act, on, m)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::CorrectionRequested => Some(on.rules.cure_days),
            S::Opened => Some(on.rules.form_check_days),
            S::Awarded => Some(on.rules.contract_sign_days),
            _ => None,
        };
        if to != self.head.state {
            self.head.enter(to, m, due);
        }
        Ok(())
    }

    pub fn may(&self, act: BidAct, on: &Challenge, m: &Moment) -> Result<(), Refusal> {
        use BidAct as A;
        self.head.state.step(act)?;
        match act {
            A::Confirm => {
                ensure(!self.is_confirmed(on), "confirmed_already")?;
                on.accepts_bids(m.now)
            }
            A::Seal | A::Replace | A::Withdraw | A::Resume => on.accepts_bids(m.now),
            A::BringKey => {
                let stage = on.takes_spares(m.now).ok_or_else(|| Refusal::new("spares_not_taken"))?;
                ensure(!self.keys_brought.contains(&stage), "key_brought")?;
                ensure(on.spare_window(stage).is_some_and(|w| w.bids.contains(&self.id)), "spares_not_taken")
            }
            // A price that does not open is found at the second stage.
            A::Fail if self.head.state == S::Valid => {
                ensure(on.state_at(m.now) == ChallengeState::Reviewing && !on.price_is_open(), "price_sealed")
            }
            A::Open | A::Fail => {
                ensure(matches!(on.state_at(m.now), ChallengeState::Closed | ChallengeState::Opened), "still_sealed")
            }
            A::Validate | A::RejectForm => match &self.form_check {
                None => ensure(false, "form_check_first"),
                Some(check) => ensure((check.outcome == "valid") == (act == A::Validate), "form_check_differs"),
            },
            A::SendBack => ensure(self.form_check.is_some(), "form_check_first"),
            A::Cure => match self.head.due {
                Some(due) if m.now >= due => Err(Refusal::new("cure_too_late").with("at", due)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// State as people see it: a draft left after the close is expired, whatever the row says.
    pub fn state_at(&self, on: &Challenge, now: Timestamp) -> BidState {
        let closed = on.close_at.is_some_and(|at| now >= at);
        match self.head.state {
            S::Draft | S::Withdrawn if closed => S::Expired,
            state => state,
        }
    }

    /// Whether the sealed bid still counts after the last material amendment.
    pub fn is_confirmed(&self, on: &Challenge) -> bool {
        self.seal.as_ref().is_some_and(|s| s.need_edition >= on.material_edition)
    }

    /// Until when the team may bring the key that the keyholders did not give.
    fn waits_for_key(&self, on: &Challenge) -> Option<Timestamp> {
        let stage = on.stage()?;
        let window = on.spare_window(stage).filter(|_| !self.keys_brought.contains(&stage))?;
        window.until.filter(|_| window.bids.contains(&self.id))
    }

    /// How many-eth sealing the next one will be.
    pub fn next_version(&self) -> i32 {
        self.seal.as_ref().map_or(1, |s| s.edition + 1)
    }

    pub fn turns(&self, on: &Challenge) -> Vec<Turn> {
        let t = |role, act: BidAct| Turn::of(role, &format!("bid.{}", act.id()), &self.head);
        if on.is_called_off() {
            return vec![];
        }
        match self.head.state {
            S::Sealed | S::Valid if self.waits_for_key(on).is_some() => {
                let until = self.waits_for_key(on);
                vec![t(Role::Bidder, BidAct::BringKey).org(self.org).due(until).until(until)]
            }
            S::Draft => vec![t(Role::Bidder, BidAct::Seal).org(self.org).due(on.close_at)],
            S::Sealed if !self.is_confirmed(on) => vec![t(Role::Bidder, BidAct::Confirm).org(self.org).due(on.close_at)],
            S::CorrectionRequested | S::Opened if self.is_found_unfit() => vec![t(Role::Checker, BidAct::RejectForm)],
            // What is not cured in time is checked as it is.
            S::CorrectionRequested => {
                let late = t(Role::Officer, BidAct::Propose).from(self.head.due.unwrap_or(self.head.since));
                vec![t(Role::Bidder, BidAct::Cure).org(self.org).until(self.head.due), late]
            }
            S::Opened if self.form_check.is_none() => vec![t(Role::Officer, BidAct::Propose)],
            S::Opened => vec![t(Role::Checker, BidAct::Validate)],
            _ => vec![],
        }
    }

    /// The officer has found its form not to do: the checker says so too, or not.
    fn is_found_unfit(&self) -> bool {
        self.form_check.as_ref().is_some_and(|check| check.outcome != "valid")
    }

    /// Has been opened, and may still win.
    pub fn is_opened(&self) -> bool {
        self.is_valid() || matches!(self.head.state, S::Opened | S::CorrectionRequested)
    }

    /// Counts toward the number of valid bids.
    pub fn is_valid(&self) -> bool {
        !matches!(
            self.head.state,
            S::Draft
                | S::Sealed
                | S::Withdrawn
                | S::Expired
                | S::Opened
                | S::CorrectionRequested
                | S::FormRejected
                | S::Disqualified
        )
    }
}

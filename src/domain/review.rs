//! An expert's work on one challenge: invited, accepted or recused, scored blind, then open, locked (domain 2.3, 3.5).
use super::life::life;
use super::*;
use std::collections::BTreeMap;

life! {
    /// Where an expert's assignment stands.
    noun "assignment"; states AssignmentState; acts AssignmentAct; table ASSIGNMENT_LIFE;
    first [Invited]; ends [Declined, Recused, NoReply, Replaced, Settled];
    Invited { Agree [Expert] => Accepted, Decline [Expert] => Declined, Recuse [Expert] => Recused, Bar [System] => Recused, Silence [System] => NoReply, Replace [Supervisor] => Replaced }
    Accepted { Commit [Expert] => Cleared, Bar [System] => Recused, Recuse [Expert] => Recused, Silence [System] => NoReply, Replace [Supervisor] => Replaced }
    Cleared { Score [Expert] => Cleared, SubmitBlind [Expert] => BlindSubmitted, Bar [System] => Recused, Recuse [Expert] => Recused, Replace [Supervisor] => Replaced }
    BlindSubmitted { Score [Expert] => BlindSubmitted, Submit [Expert] => Submitted, Bar [System] => Recused, Recuse [Expert] => Recused, Replace [Supervisor] => Replaced }
    Submitted {
        Explain [Expert] => Submitted, Amend [Expert] => Submitted, Vote [Expert] => Submitted, Conclude [Expert] => Submitted,
        Dissent [Expert] => Submitted, Lock [System] => Locked, Bar [System] => Recused, Replace [Supervisor] => Replaced
    }
    Locked { Settle [Finance] => Settled }
    = acts {
        Agree = "acceptance", Decline = "declining", Recuse = "recusal", Commit = "commitment", Score = "score",
        SubmitBlind = "blind-submission", Submit = "submission", Explain = "explanation", Amend = "score-change", Lock = "lock", Bar = "conflict-found", Silence = "no-reply", Vote = "tie-vote", Conclude = "conclusion", Dissent = "dissent", Settle = "settlement", Replace = "replacement"
    }
    = states {
        Invited = "invited", Accepted = "accepted", Declined = "declined", Recused = "recused", NoReply = "no_reply", Cleared = "cleared",
        BlindSubmitted = "blind_submitted", Submitted = "submitted", Locked = "locked", Settled = "settled", Replaced = "replaced"
    }
}

use AssignmentState as S;

/// One item of the scoring sheet; frozen by code and by the rule version of the challenge.
#[derive(Clone, Copy, Debug)]
pub struct SheetItem {
    pub id: &'static str,
    pub most: i64,
    pub blind: bool,
}

const fn item(id: &'static str, most: i64, blind: bool) -> SheetItem {
    SheetItem { id, most, blind }
}

/// The default sheet, 100 points (domain 3.5, C).
pub const SHEET: &[SheetItem] = &[
    item("indicator_response", 20, true),
    item("route_soundness", 15, true),
    item("route_innovation", 7, true),
    item("route_attainability", 8, true),
    item("milestones_risk", 10, true),
    item("team", 12, false),
    item("base", 8, false),
    item("price", 10, false),
    item("landing", 10, false),
];

/// Items of the part that is scored once names are known: only these may change after the discussion.
pub const OPEN_ITEMS: &[&str] = &["team", "base", "price", "landing"];
pub const VETOES: &[&str] = &["below_hard_indicator", "affiliation", "plagiarism", "safety"];
pub const VERDICTS: &[&str] = &["recommend", "reserve", "not_recommend"];

/// One expert's marks on one bid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    pub points: BTreeMap<String, Score>,
    pub reasons: BTreeMap<String, String>,
    pub vetoes: Vec<String>,
    pub verdict: Option<String>,
    pub comment: Option<String>,
    pub explanation: Option<String>,
    /// What the discussion changed: item, points before and after, why. Nothing is overwritten without a trace.
    #[serde(default)]
    pub changes: Vec<ScoreChange>,
}

/// One item that an expert changed after the discussion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreChange {
    pub item: String,
    pub before: Score,
    pub after: Score,
    pub reason: String,
    pub at: Timestamp,
}

impl Sheet {
    /// Sum of one part; `None` while an item of it is missing.
    pub fn part(&self, blind: bool) -> Option<Score> {
        SHEET.iter().filter(|i| i.blind == blind).map(|i| self.points.get(i.id).copied()).sum::<Option<Score>>()
    }
    pub fn total(&self) -> Option<Score> {
        Some([self.part(true)?, self.part(false)?].into_iter().sum())
    }
    /// Every point within its item; under 60 % or over 95 % of the most asks for a reason of 30 characters.
    pub fn check(&self, blind: bool, rubric: &Rubric) -> Faults {
        let mut faults = Faults::default();
        for i in rubric.part(blind) {
            let Some(points) = self.points.get(&i.id) else {
                faults.add(i.id.clone(), "score_missing");
                continue;
            };
            let (most, points) = (i.most * 100, points.as_hundredths());
            if !(0..=most).contains(&points) {
                faults.add_with(i.id.clone(), "score_range", vec![("max", i.most.to_string())]);
            } else if (points * 100 < most * 60 || points * 100 > most * 95)
                && self.reasons.get(&i.id).is_none_or(|r| r.chars().count() < 30)
            {
                faults.add(format!("{}_reason", i.id), "score_reason");
            }
        }
        if !blind && self.verdict.is_none() {
            faults.add("verdict", "choose");
        }
        faults
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assignment {
    pub id: AssignmentId,
    pub challenge: ChallengeId,
    pub expert: AccountId,
    pub head: Head<AssignmentState>,
    pub reason: Option<String>,
    /// Who came in this one's place.
    #[serde(default)]
    pub next: Option<AssignmentId>,
    /// Conflicts that the platform found before the expert saw anything.
    #[serde(default)]
    pub hits: Vec<Hit>,
    /// Which review of the challenge it belongs to, from 1; an upheld objection may ask for another.
    #[serde(default = "first_round")]
    pub round: u16,
    /// Bids whose total by this expert lies too far from the median: each asks for an explanation (domain 5.8).
    #[serde(default)]
    pub outlying: Vec<BidId>,
    /// Groups of bids that points leave tied: this expert is asked for a vote on each.
    #[serde(default)]
    pub ties: Vec<Vec<BidId>>,
    /// Which bid of each tie comes first, in this expert's vote.
    #[serde(default)]
    pub votes: Vec<BidId>,
    /// Chairs the panel, now that every sheet is in.
    #[serde(default)]
    pub chairs: bool,
    #[serde(default)]
    pub conclusion: Option<Conclusion>,
    /// Does not agree with the conclusion, and why.
    #[serde(default)]
    pub dissent: Option<String>,
    /// Parts that were submitted after they were due.
    #[serde(default)]
    pub late: u16,
    #[serde(default)]
    pub fee: Option<Fee>,
    /// Random words beside which the record keeps the hash of the blind part and of the whole as they were submitted: nobody
    /// can guess the scores from it, and nobody can change them behind it.
    #[serde(default)]
    pub blind_nonce: Option<String>,
    #[serde(default)]
    pub nonce: Option<String>,
    /// Price and team have been opened: true from the start where they are not opened apart.
    #[serde(default = "opened_with_the_rest")]
    pub price_open: bool,
    /// By bid; only this expert and, once locked, the panel's record read it.
    pub sheets: BTreeMap<BidId, Sheet>,
}

fn first_round() -> u16 {
    1
}

/// What an expert was paid for a review (domain 3.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    pub amount_fen: Money,
    pub paid_on: String,
    pub voucher: String,
    pub by: AccountId,
}

fn opened_with_the_rest() -> bool {
    true
}

impl Assignment {
    pub fn invite(id: AssignmentId, on: &Challenge, expert: AccountId, m: &Moment) -> Self {
        let head = Head::new(S::Invited, m, Some(on.rules.invitation_days));
        Self {
            id,
            challenge: on.id,
            expert,
            head,
            reason: None,
            next: None,
            hits: vec![],
            round: on.round,
            outlying: vec![],
            ties: vec![],
            votes: vec![],
            chairs: false,
            conclusion: None,
            dissent: None,
            late: 0,
            fee: None,
            blind_nonce: None,
            nonce: None,
            price_open: on.price_is_open(),
            sheets: BTreeMap::new(),
        }
    }
    pub fn take(&mut self, act: AssignmentAct, on: &Challenge, m: &Moment) -> Result<(), Refusal> {
        self.may(act, on, m)?;
        let to = self.head.state.step(act)?.to;
        if matches!(act, AssignmentAct::SubmitBlind | AssignmentAct::Submit) && self.head.due.is_some_and(|due| m.now > due) {
            self.late += 1;
        }
        let due = match to {
            S::Accepted => Some(on.rules.invitation_days),
            // Nobody's time runs while the prices are sealed.
            S::BlindSubmitted if !self.price_open => None,
            S::Cleared | S::BlindSubmitted => Some(on.rules.scoring_days),
            S::Locked => Some(on.rules.settle_days),
            _ => None,
        };
        if to != self.head.state {
            self.head.enter(to, m, due);
        }
        Ok(())
    }
    pub fn may(&self, act: AssignmentAct, on: &Challenge, m: &Moment) -> Result<(), Refusal> {
        use AssignmentAct as A;
        self.head.state.step(act)?;
        match act {
            A::Score | A::Submit if self.head.state == S::BlindSubmitted => {
                ensure(on.state_at(m.now) == ChallengeState::Reviewing, "review_not_open")?;
                ensure(self.price_open, "price_sealed")?;
                ensure(on.has_heard_teams(), "defence_first")
            }
            A::Score | A::SubmitBlind | A::Submit | A::Lock | A::Explain | A::Amend | A::Dissent => {
                ensure(on.state_at(m.now) == ChallengeState::Reviewing, "review_not_open")
            }
            A::Vote => {
                ensure(on.state_at(m.now) == ChallengeState::Reviewing, "review_not_open")?;
                ensure(!self.ties.is_empty(), "nothing_tied")
            }
            A::Conclude => {
                ensure(on.state_at(m.now) == ChallengeState::Reviewing, "review_not_open")?;
                ensure(self.chairs, "chair_only")
            }
            A::Settle => Ok(()),
            A::Agree | A::Commit => ensure(!self.is_silent(m.now), "reply_too_late"),
            A::Silence => ensure(self.is_silent(m.now), "reply_not_due"),
            A::Decline | A::Recuse | A::Bar | A::Replace => Ok(()),
        }
    }
    /// May this expert see the bids? Only after the commitment, which follows the declaration of conflicts.
    pub fn may_read(&self) -> bool {
        matches!(self.head.state, S::Cleared | S::BlindSubmitted | S::Submitted | S::Locked | S::Settled)
    }
    /// May this expert see the second part: names, price, team? Only when its own blind part is locked and the second stage
    /// has opened it.
    pub fn may_read_open_part(&self) -> bool {
        self.price_open && self.has_locked_blind()
    }
    /// The second stage is over: what is left of the scoring has its own time.
    pub fn show_price(&mut self, on: &Challenge, m: &Moment) {
        self.price_open = true;
        if self.head.state == S::BlindSubmitted {
            self.head.due = Some(m.workdays(on.rules.scoring_days));
        }
    }
    /// The blind part can't be changed any more.
    pub fn has_locked_blind(&self) -> bool {
        matches!(self.head.state, S::BlindSubmitted | S::Submitted | S::Locked | S::Settled)
    }
    /// Its sheet counts in the report.
    pub fn is_locked(&self) -> bool {
        matches!(self.head.state, S::Locked | S::Settled)
    }
    /// Ties on which this expert has not voted.
    pub fn unvoted(&self) -> impl Iterator<Item = &Vec<BidId>> + '_ {
        self.ties.iter().filter(|group| !group.iter().any(|b| self.votes.contains(b)))
    }
    /// Votes for one of the tied bids; an earlier vote in the same tie is taken back.
    pub fn vote(&mut self, bid: BidId) -> Result<(), Refusal> {
        let group = self.ties.iter().find(|g| g.contains(&bid)).ok_or_else(|| Refusal::new("not_tied").at("bid"))?;
        self.votes.retain(|b| !group.contains(b));
        self.votes.push(bid);
        Ok(())
    }
    /// Notes what the sheets leave tied and whether this expert chairs. Votes on what is no longer tied are void, and so is a
    /// conclusion drawn from other points.
    pub fn note_panel(&mut self, ties: &[Vec<BidId>], chairs: bool, changed: bool) {
        self.ties = ties.to_vec();
        self.votes.retain(|b| ties.iter().any(|g| g.contains(b)));
        self.chairs = chairs;
        if changed {
            self.conclusion = None;
        }
    }
    /// Outlying totals that wait for an explanation.
    pub fn unexplained(&self) -> impl Iterator<Item = BidId> + '_ {
        self.outlying.iter().copied().filter(|b| self.sheets.get(b).is_none_or(|s| s.explanation.is_none()))
    }
    /// Notes which totals lie too far from the median; a new one has a working day to be explained, and may be kept.
    pub fn note_outliers(&mut self, bids: Vec<BidId>, on: &Challenge, m: &Moment) {
        if !bids.is_empty() && bids != self.outlying {
            self.head.due = Some(m.workdays(on.rules.explain_days));
        }
        self.outlying = bids;
    }
    /// Still sits, or will.
    pub fn sits(&self) -> bool {
        !matches!(self.head.state, S::Declined | S::Recused | S::NoReply | S::Replaced)
    }
    pub fn turns(&self) -> Vec<Turn> {
        let act = match self.head.state {
            S::Invited => AssignmentAct::Agree,
            S::Accepted => AssignmentAct::Commit,
            S::Cleared => AssignmentAct::SubmitBlind,
            S::BlindSubmitted if !self.price_open => return vec![],
            S::BlindSubmitted => AssignmentAct::Submit,
            S::Submitted if self.unexplained().next().is_some() => AssignmentAct::Explain,
            S::Submitted if self.unvoted().next().is_some() => AssignmentAct::Vote,
            S::Submitted if self.chairs && self.conclusion.is_none() => AssignmentAct::Conclude,
            S::Locked => return vec![Turn::of(Role::Finance, &format!("assignment.{}", AssignmentAct::Settle.id()), &self.head)],
            S::Declined | S::Recused | S::NoReply | S::Replaced | S::Submitted | S::Settled => return vec![],
        };
        vec![Turn::of(Role::Expert, &format!("assignment.{}", act.id()), &self.head).account(self.expert)]
    }
}

/// Which experts' totals of a bid lie further from the median than the rule allows: positions in `sheets`.
pub fn outlying(bid: BidId, sheets: &[&Assignment], rules: &RuleSet) -> Vec<usize> {
    let totals: Vec<Score> = sheets.iter().filter_map(|a| a.sheets.get(&bid)?.total()).collect();
    if totals.len() != sheets.len() {
        return vec![];
    }
    outliers(&totals, Score::hundredths(rules.outlier_limit))
}

/// The hash that the record keeps of sheets as they were submitted: of the blind points, or of all points and vetoes.
pub fn commitment(sheets: &BTreeMap<BidId, Sheet>, blind: bool, nonce: &str) -> String {
    let counts = |item: &str| !blind || SHEET.iter().any(|i| i.blind && i.id == item);
    let marks = |s: &Sheet| {
        let points: BTreeMap<&String, Score> = s.points.iter().filter(|(i, _)| counts(i)).map(|(i, p)| (i, *p)).collect();
        let vetoes: &[String] = if blind { &[] } else { &s.vetoes };
        serde_json::json!({ "points": points, "vetoes": vetoes })
    };
    let bids: BTreeMap<String, _> = sheets.iter().map(|(bid, s)| (bid.to_string(), marks(s))).collect();
    hash::sha256_hex(hash::canonical(&serde_json::json!({ "bids": bids, "nonce": nonce })).as_bytes())
}

/// One line of the panel's result before ranks are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub bid: BidId,
    pub blind: Score,
    pub total: Score,
    pub vetoed: bool,
}

/// Totals of one bid by the rule: with seven or more sheets one high and one low are dropped (domain 5.7); a veto box
/// counts when two thirds of the panel ticked it.
pub fn result_of(bid: BidId, sheets: &[&Sheet], rules: &RuleSet) -> Option<Tally> {
    let totals: Vec<Score> = sheets.iter().map(|s| s.total()).collect::<Option<_>>()?;
    let blinds: Vec<Score> = sheets.iter().map(|s| s.part(true)).collect::<Option<_>>()?;
    let vetoed = VETOES.iter().any(|v| {
        let ticked = sheets.iter().filter(|s| s.vetoes.iter().any(|t| t == v)).count();
        ticked * 3 >= sheets.len() * 2
    });
    Some(Tally { bid, blind: aggregate(&blinds, rules.drop_from)?, total: aggregate(&totals, rules.drop_from)?, vetoed })
}

//! A common gate of a race (赛马阶段考核): one day and one table of indicators for all lanes, each lane's values handed in
//! unseen by the others, compared side by side, judged by at least three experts, decided by the meeting: go on, cut, merge;
//! at the last one, who has won (domain 2.11).
use super::form::{Field, Kind::*, may, must};
use super::life::life;
use super::*;

life! {
    /// Where a gate stands.
    noun "gate"; states GateState; acts GateAct; table GATE_LIFE;
    first [Set, Compared]; ends [Decided, Cancelled];
    Set { Report [Bidder] => Set, Compare [Officer] => Compared, Cancel [Officer] => Cancelled }
    Compared { Assess [Officer] => Assessed, Cancel [Officer] => Cancelled }
    Assessed { Assess [Officer] => Assessed, Decide [Head] => Decided, ProposeMerger [Head] => Merging }
    Merging { AgreeMerger [Bidder] => Merging, RefuseMerger [Bidder] => Assessed, Merge [System] => Decided }
    = acts {
        Report = "report", Compare = "comparison", Assess = "assessment", Decide = "decision", ProposeMerger = "merger-proposal",
        AgreeMerger = "merger-agreement", RefuseMerger = "merger-refusal", Merge = "merger", Cancel = "cancellation"
    }
    = states {
        Set = "set", Compared = "compared", Assessed = "assessed", Merging = "merging", Decided = "decided", Cancelled = "cancelled"
    }
}

use GateState as S;

/// What may become of a lane; the first three at a gate on the way, the others at the last one.
pub const RULINGS: &[&str] = &["continue", "cut", "merge", "win", "finish"];
/// Days between the setting of a gate and its day: the lanes prepare for it.
pub const GATE_DAYS_LEAST: i64 = 10;

/// One line of the common table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Number of the challenge's indicator, from 1.
    pub indicator: i64,
    /// What a lane should have reached by now.
    pub target: Quantity,
}

pub const CHECKS: &[Field] = &[must("indicator", Integer(1, 12)), must("target", Decimal)];

/// What the meeting ruled for one lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    pub lane: i64,
    pub decision: String,
    /// For a merger: the lane that leads on.
    pub into: Option<i64>,
    pub reason: String,
}

pub const RULING: &[Field] =
    &[must("lane", Integer(1, 9)), must("decision", Choice(RULINGS)), may("into", Integer(1, 9)), must("reason", Text(4, 300))];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    pub lane: i64,
    pub contract: ContractId,
    pub lead: OrgId,
    pub values: Vec<Evidence>,
    pub report: Option<String>,
    pub reported_at: Option<Timestamp>,
    pub ruling: Option<Ruling>,
    /// At a cut or a merger: accepted work that stays payable, and what was taken off the commitment.
    #[serde(default)]
    pub payable_fen: Money,
    #[serde(default)]
    pub released_fen: Money,
}

/// Two lanes joining: who leads, what money follows the work, whose the results are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merger {
    pub from: i64,
    pub into: i64,
    pub task: String,
    /// The joining team's part of the work from now on.
    pub work_bp: i64,
    pub county_fen: Money,
    pub enterprise_fen: Money,
    pub ip_owner: String,
    pub ip_note: String,
    pub agreed: Vec<Mark>,
}

impl Merger {
    /// What both leads sign: the supplement's terms.
    pub fn sha256(&self) -> String {
        let text = serde_json::json!({
            "from": self.from, "into": self.into, "task": self.task, "work_bp": self.work_bp, "county_fen": self.county_fen,
            "enterprise_fen": self.enterprise_fen, "ip_owner": self.ip_owner, "ip_note": self.ip_note,
        });
        hash::sha256_hex(hash::canonical(&text).as_bytes())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gate {
    pub id: GateId,
    pub challenge: ChallengeId,
    pub poster: OrgId,
    /// From 1.
    pub number: usize,
    pub head: Head<GateState>,
    pub name: String,
    /// The last one finds the winner among lanes that have ended.
    pub last: bool,
    pub held_on: String,
    /// 24:00 of that day: until then lanes hand in.
    pub due_at: Timestamp,
    pub table: Vec<Check>,
    pub lanes: Vec<Lane>,
    pub experts: Vec<Judge>,
    /// Its panel was typed in from a meeting on paper.
    #[serde(default)]
    pub typed: Option<TypedPanel>,
    pub conclusion: Option<String>,
    pub minutes: Option<Minutes>,
    pub merger: Option<Merger>,
}

impl Gate {
    pub fn take(&mut self, act: GateAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        if to == self.head.state {
            return Ok(());
        }
        let due = match to {
            S::Compared => Some(rules.milestone_check_days),
            S::Assessed => Some(rules.decision_days),
            S::Merging => Some(rules.change_days),
            S::Set | S::Decided | S::Cancelled => None,
        };
        self.head.enter(to, m, due);
        Ok(())
    }

    pub fn may(&self, act: GateAct, m: &Moment) -> Result<(), Refusal> {
        use GateAct as A;
        self.head.state.step(act)?;
        match act {
            A::Report => ensure(m.now < self.due_at, "gate_over"),
            A::Compare => {
                let all = self.lanes.iter().all(|l| l.reported_at.is_some());
                if all || m.now >= self.due_at {
                    Ok(())
                } else {
                    Err(Refusal::new("lanes_still_have_time").with("at", self.due_at))
                }
            }
            A::Cancel => ensure(!self.last || self.head.state == S::Compared, "out_of_order"),
            A::Assess | A::Decide | A::ProposeMerger | A::AgreeMerger | A::RefuseMerger | A::Merge => Ok(()),
        }
    }

    pub fn lane(&self, lane: i64) -> Option<&Lane> {
        self.lanes.iter().find(|l| l.lane == lane)
    }

    pub fn lane_of(&self, lead: OrgId) -> Option<&Lane> {
        self.lanes.iter().find(|l| l.lead == lead)
    }

    /// The leads of the two lanes that would join.
    pub fn joining(&self) -> Vec<&Lane> {
        let both = self.merger.as_ref().map_or(vec![], |x| vec![x.from, x.into]);
        both.into_iter().filter_map(|n| self.lane(n)).collect()
    }

    /// Values for every line of the table, each once.
    pub fn check_values(&self, values: &[Evidence]) -> Result<(), Refusal> {
        for check in &self.table {
            let given = values.iter().filter(|v| v.indicator == check.indicator).count();
            if given != 1 {
                return Err(Refusal::new("gate_value_missing").with("indicator", check.indicator).at("values"));
            }
        }
        ensure(values.len() == self.table.len(), "indicator_unknown").map_err(|r| r.at("values"))
    }

    /// One ruling a lane; on the way somebody goes on, at the end at most one wins; a merger names a lane that goes on.
    pub fn check_rulings(&self, rulings: &[Ruling]) -> Result<(), Refusal> {
        let refuse = |code| Err(Refusal::new(code).at("rulings"));
        if rulings.len() != self.lanes.len() || self.lanes.iter().any(|l| !rulings.iter().any(|r| r.lane == l.lane)) {
            return refuse("ruling_for_each_lane");
        }
        let fits = |r: &Ruling| matches!(r.decision.as_str(), "win" | "finish") == self.last;
        if !rulings.iter().all(fits) {
            return refuse(if self.last { "last_gate_finds_winner" } else { "winner_at_last_gate" });
        }
        let n = |decision: &str| rulings.iter().filter(|r| r.decision == decision).count();
        if self.last {
            return if n("win") <= 1 { Ok(()) } else { refuse("one_winner") };
        }
        if n("continue") == 0 {
            return refuse("last_lane");
        }
        let goes_on = |lane: Option<i64>| rulings.iter().any(|r| Some(r.lane) == lane && r.decision == "continue");
        match rulings.iter().filter(|r| r.decision == "merge").collect::<Vec<_>>()[..] {
            [] => Ok(()),
            [one] if goes_on(one.into) => Ok(()),
            [_] => refuse("merger_into_lane_that_goes_on"),
            _ => refuse("one_merger_at_a_time"),
        }
    }

    pub fn winner(&self) -> Option<&Lane> {
        self.lanes.iter().find(|l| l.ruling.as_ref().is_some_and(|r| r.decision == "win"))
    }

    /// What this reader may see of the lanes: one's own always; the others' values once they are compared, and then only the
    /// poster, the bureau and oversight: racers stay rivals.
    #[must_use]
    pub fn seen_by(mut self, actor: &Actor) -> Self {
        let compared = self.head.state != S::Set;
        let racer = actor.role == Role::Bidder;
        for lane in &mut self.lanes {
            let own = racer && lane.lead == actor.org;
            if !own && (racer || !compared) {
                (lane.values, lane.report) = (vec![], None);
            }
        }
        if racer && !self.joining().iter().any(|l| l.lead == actor.org) {
            self.merger = None;
        }
        self
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: GateAct| Turn::of(role, &format!("gate.{}", act.id()), &self.head);
        match self.head.state {
            S::Set => {
                let open = self.lanes.iter().filter(|l| l.reported_at.is_none());
                let lanes = open.map(|l| t(Role::Bidder, GateAct::Report).org(l.lead).due(Some(self.due_at)));
                let from = if self.lanes.iter().all(|l| l.reported_at.is_some()) { self.head.since } else { self.due_at };
                lanes.chain([t(Role::Officer, GateAct::Compare).from(from).due(None)]).collect()
            }
            S::Compared => vec![t(Role::Officer, GateAct::Assess)],
            S::Assessed => vec![t(Role::Head, GateAct::Decide)],
            S::Merging => {
                let said =
                    |lead: OrgId| self.merger.as_ref().is_some_and(|x| x.agreed.iter().any(|a| a.party == lead.to_string()));
                let open = self.joining().into_iter().filter(|l| !said(l.lead));
                open.map(|l| t(Role::Bidder, GateAct::AgreeMerger).org(l.lead)).collect()
            }
            S::Decided | S::Cancelled => vec![],
        }
    }
}

/// One lane in the final balance of a race.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaneBalance {
    pub contract: ContractId,
    pub number: String,
    pub lane: i64,
    pub lead: OrgId,
    pub state: ContractState,
    pub ending: Option<String>,
    /// What the contract was signed for, and what is left of that commitment.
    pub agreed_fen: Money,
    pub committed_fen: Money,
    pub paid_fen: Money,
    pub back_fen: Money,
}

/// All lanes against the stake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RaceBalance {
    pub stake_fen: Money,
    pub lanes: Vec<LaneBalance>,
    pub committed_fen: Money,
    pub paid_fen: Money,
    pub back_fen: Money,
    /// Of the stake, what no lane holds.
    pub free_fen: Money,
}

impl RaceBalance {
    pub fn new(stake: Money, lanes: Vec<LaneBalance>) -> Option<Self> {
        let sum = |of: fn(&LaneBalance) -> Money| Money::sum(lanes.iter().map(of));
        let (committed_fen, paid_fen, back_fen) = (sum(|l| l.committed_fen)?, sum(|l| l.paid_fen)?, sum(|l| l.back_fen)?);
        let free_fen = stake.checked_sub(committed_fen)?.checked_add(back_fen)?;
        Some(Self { stake_fen: stake, lanes, committed_fen, paid_fen, back_fen, free_fen })
    }
}

impl LaneBalance {
    pub fn new(k: &Contract, book: &Books) -> Self {
        let sum = |of: &dyn Fn(Channel) -> Money| Money::sum(Channel::ALL.iter().map(|c| of(*c))).unwrap_or_default();
        Self {
            contract: k.id,
            number: k.number.clone(),
            lane: k.lane_number(),
            lead: k.lead,
            state: k.head.state,
            ending: k.ending.clone(),
            agreed_fen: k.award(),
            committed_fen: sum(&|c| book.balance(c, LedgerAccount::Commitment)),
            paid_fen: sum(&|c| book.reached(c, LedgerAccount::Paid)),
            back_fen: sum(&|c| {
                Money::sum([LedgerAccount::Returned, LedgerAccount::ClawedBack].map(|a| book.balance(c, a))).unwrap_or_default()
            }),
        }
    }
}

impl Contract {
    /// The lane's number as forms write it.
    pub fn lane_number(&self) -> i64 {
        self.lane.and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
    }
}

impl Contract {
    /// A merger: another lane's team becomes a partner, its part of the work and the money of its open work come along.
    pub fn take_in(&mut self, joins: Member, county: Money, enterprise: Money) -> Result<(), Refusal> {
        let overflow = || Refusal::new("money_overflow");
        let Some(lead) = self.partners.first_mut() else { return Err(Refusal::new("work_share_too_large")) };
        if joins.work_bp <= 0 || joins.work_bp >= lead.work_bp {
            return Err(Refusal::new("work_share_too_large").at("work_bp"));
        }
        lead.work_bp -= joins.work_bp;
        self.partners.push(joins);
        self.county_fen = self.county_fen.checked_add(county).ok_or_else(overflow)?;
        self.enterprise_fen = self.enterprise_fen.checked_add(enterprise).ok_or_else(overflow)?;
        self.edition += 1;
        Ok(())
    }
}

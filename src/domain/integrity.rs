//! The integrity record (科研失信): proposed with facts, heard, entered by the meeting for a term; while it stands it bars from
//! what it names. It may be contested once, and repaired once half of the term is over (domain 4.6; 科技部令24号).
use super::life::life;
use super::*;

life! {
    /// Where an integrity record stands.
    noun "integrity"; states IntegrityState; acts IntegrityAct; table INTEGRITY_LIFE;
    first [Proposed]; ends [Dropped, Lifted];
    Proposed { Plead [Poster, Bidder, Expert] => Proposed, Enter [Head] => InForce, Drop [Head] => Dropped }
    InForce { Contest [Poster, Bidder, Expert] => Contested, AskRepair [Poster, Bidder, Expert] => RepairAsked }
    Contested { Uphold [Head] => InForce, Lift [Head] => Lifted }
    RepairAsked { Repair [Head] => Lifted, RefuseRepair [Head] => InForce }
    = acts {
        Plead = "plea", Enter = "entry", Drop = "dropping", Contest = "contest", AskRepair = "repair-request", Uphold = "upholding",
        Lift = "lifting", Repair = "repair", RefuseRepair = "repair-refusal"
    }
    = states {
        Proposed = "proposed", InForce = "in_force", Contested = "contested", RepairAsked = "repair_asked", Dropped = "dropped",
        Lifted = "lifted"
    }
}

use IntegrityState as S;

pub const INTEGRITY_KINDS: &[&str] =
    &["idle", "forfeiture", "breach", "misuse", "falsehood", "collusion", "duplicate_funding", "lobbying", "unfair_review"];
/// Published when an organisation is entered for them, and barred for longer.
const GRAVE: &[&str] = &["misuse", "falsehood", "collusion"];
/// What a record may bar from.
pub const BARS: &[&str] = &["bidding", "posting", "funding", "reviewing"];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Integrity {
    pub id: IntegrityId,
    pub challenge: ChallengeId,
    pub contract: Option<ContractId>,
    pub org: OrgId,
    /// An expert in person; else the organisation.
    pub person: Option<AccountId>,
    pub head: Head<IntegrityState>,
    pub kind: String,
    pub facts: String,
    pub bars: Vec<String>,
    pub proposed_by: AccountId,
    pub plea: Option<String>,
    pub minutes: Option<Minutes>,
    pub from_at: Option<Timestamp>,
    pub until_at: Option<Timestamp>,
    pub contest: Option<String>,
    pub repair: Option<String>,
    pub answer: Option<String>,
    pub files: Vec<FileId>,
}

impl Integrity {
    pub fn is_grave(&self) -> bool {
        GRAVE.contains(&self.kind.as_str())
    }

    /// Longest term in months (C): three years, five for what is grave.
    pub fn months_most(&self) -> i64 {
        if self.is_grave() { 60 } else { 36 }
    }

    /// It stands: contested or not, until its term is over.
    pub fn stands(&self, now: Timestamp) -> bool {
        let entered = matches!(self.head.state, S::InForce | S::Contested | S::RepairAsked);
        entered && self.until_at.is_some_and(|until| now < until)
    }

    /// What everybody may read: a grave one of an organisation, while it stands; never a person's (个人信息保护法).
    pub fn is_public(&self) -> bool {
        self.is_grave() && self.person.is_none() && matches!(self.head.state, S::InForce | S::Contested | S::RepairAsked)
    }

    pub fn take(&mut self, act: IntegrityAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act, m)?;
        let to = self.head.state.step(act)?.to;
        if to == self.head.state {
            return Ok(());
        }
        let due = matches!(to, S::Contested | S::RepairAsked).then_some(rules.objection_decide_days);
        self.head.enter(to, m, due);
        Ok(())
    }

    pub fn may(&self, act: IntegrityAct, m: &Moment) -> Result<(), Refusal> {
        use IntegrityAct as A;
        self.head.state.step(act)?;
        match act {
            A::Plead => ensure(self.plea.is_none(), "plea_once"),
            // Nobody is entered unheard: a plea, or the days for one.
            A::Enter => match self.head.due {
                Some(due) if self.plea.is_none() && m.now < due => Err(Refusal::new("party_still_has_time").with("at", due)),
                _ => Ok(()),
            },
            A::Contest => ensure(self.contest.is_none(), "contest_once"),
            A::AskRepair => match self.half_over() {
                Some(half) if m.now < half => Err(Refusal::new("repair_too_early").with("at", half)),
                _ => Ok(()),
            },
            A::Drop | A::Uphold | A::Lift | A::Repair | A::RefuseRepair => Ok(()),
        }
    }

    fn half_over(&self) -> Option<Timestamp> {
        let (from, until) = (self.from_at?, self.until_at?);
        Some(from + (until.duration_since(from) / 2))
    }

    /// The term that the meeting decided.
    pub fn enter_for(&mut self, months: i64, m: &Moment) -> Result<(), Refusal> {
        if months > self.months_most() {
            return Err(Refusal::new("ban_too_long").with("most", self.months_most()).at("months"));
        }
        let last = date_of(m.now).saturating_add(jiff::Span::new().months(months));
        (self.from_at, self.until_at) = (Some(m.now), Some(deadline_instant(last)));
        Ok(())
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: IntegrityAct| Turn::of(role, &format!("integrity.{}", act.id()), &self.head);
        match self.head.state {
            S::Proposed if self.plea.is_none() => match self.person {
                Some(person) => vec![t(Role::Expert, IntegrityAct::Plead).account(person), self.then_entered(t)],
                None => vec![
                    t(Role::Bidder, IntegrityAct::Plead).org(self.org),
                    t(Role::Poster, IntegrityAct::Plead).org(self.org),
                    self.then_entered(t),
                ],
            },
            S::Proposed => vec![t(Role::Head, IntegrityAct::Enter)],
            S::Contested => vec![t(Role::Head, IntegrityAct::Uphold)],
            S::RepairAsked => vec![t(Role::Head, IntegrityAct::Repair)],
            S::InForce | S::Dropped | S::Lifted => vec![],
        }
    }

    fn then_entered(&self, t: impl Fn(Role, IntegrityAct) -> Turn) -> Turn {
        let since = self.head.due.unwrap_or(self.head.since);
        t(Role::Head, IntegrityAct::Enter).from(since).due(None)
    }
}

/// Refuses what a standing record bars an organisation or a person from, with its number of the meeting and its end.
pub fn bar(records: &[Integrity], what: &str, now: Timestamp) -> Result<(), Refusal> {
    let Some(x) = records.iter().find(|x| x.stands(now) && x.bars.iter().any(|b| b == what)) else { return Ok(()) };
    let minutes = x.minutes.as_ref().map_or("", |m| m.number.as_str());
    let until = x.until_at.map_or_else(String::new, |at| notice::last_day(at).to_string());
    Err(Refusal::new("barred_by_integrity").with("minutes", minutes).with("until", until))
}

//! Two documents in one file: the development contract between poster and bidder, and the task book between the bureau
//! and whoever carries public money (domain 0.2, 2.6, 3.6). Made from challenge and bid, never typed again.
use super::life::life;
use super::*;
use std::collections::BTreeMap;

life! {
    /// Where a contract stands.
    noun "contract"; states ContractState; acts ContractAct; table CONTRACT_LIFE;
    first [Drafting]; ends [Completed, Concluded, Failed, Terminated, Revoked, Abandoned];
    Drafting {
        Terms [Poster, Officer] => Drafting, Plan [Poster, Officer] => Drafting, Deviate [Poster, Bidder, Officer] => Drafting,
        AnswerDeviation [Poster, Bidder, Officer] => Drafting, Agree [Poster, Bidder, Officer] => Drafting, SettleText [System] => Agreed, Abandon [System] => Abandoned
    }
    Agreed { Clear [Officer] => Cleared, Return [Officer] => Drafting, Abandon [System] => Abandoned }
    Cleared { Sign [Poster, Bidder, Head] => Signing, Scan [Officer] => Signing, RefuseSign [Poster, Bidder, Head] => Drafting, Abandon [System] => Abandoned }
    Signing {
        Sign [Poster, Bidder, Head] => Signing, Scan [Officer] => Signing, Unsign [Poster, Bidder, Head] => Signing, RefuseSign [Poster, Bidder, Head] => Drafting,
        Complete [System] => Signed, Abandon [System] => Abandoned
    }
    Signed { TakeEffect [Checker] => Effective, RefuseEffect [Checker] => Drafting, Abandon [System] => Abandoned }
    Effective {
        Register [Bidder] => Effective, Escrow [Poster] => Effective, SpotCheck [Supervisor] => Effective, Suspend [Officer] => Suspended, StartAcceptance [System] => Effective, CutLane [Head] => Terminated,
        AnnounceRevocation [Officer] => Effective, AnswerRevocation [Bidder] => Effective, DropRevocation [Head] => Effective,
        Terminate [Head] => Terminated, Revoke [Head] => Revoked, Finish [System] => Completed, Conclude [System] => Concluded, Fail [System] => Failed
    }
    Suspended { Resume [Officer] => Effective, AnnounceRevocation [Officer] => Suspended, AnswerRevocation [Bidder] => Suspended, DropRevocation [Head] => Suspended, Terminate [Head] => Terminated, Revoke [Head] => Revoked }
    = acts {
        Terms = "terms", Plan = "plan", Deviate = "deviation", AnswerDeviation = "deviation-answer", Agree = "agreement", SettleText = "text-settled", Clear = "clearance", Return = "return", Sign = "signature", Scan = "scan", Unsign = "signature-withdrawal", RefuseSign = "signing-refusal",
        Complete = "signing-completed", TakeEffect = "effect", RefuseEffect = "effect-refusal", Register = "registration", Escrow = "escrow", SpotCheck = "spot-check", Suspend = "suspension", Resume = "resumption",
        StartAcceptance = "acceptance-start", CutLane = "lane-cut", Terminate = "termination", AnnounceRevocation = "revocation-notice", AnswerRevocation = "revocation-answer",
        DropRevocation = "revocation-refusal", Revoke = "revocation",
        Finish = "completion", Conclude = "conclusion", Fail = "failure", Abandon = "abandonment"
    }
    = states {
        Drafting = "drafting", Agreed = "agreed", Cleared = "cleared", Signing = "signing", Signed = "signed", Effective = "effective",
        Suspended = "suspended", Completed = "completed", Concluded = "concluded", Failed = "failed", Terminated = "terminated",
        Revoked = "revoked", Abandoned = "abandoned"
    }
}

use ContractState as S;

pub const CONTRACT_KINDS: &[&str] = &["commissioned", "cooperative"];
pub const PAYMENT_MODES: &[&str] = &["one_off", "instalments", "instalments_and_royalty"];
pub const OWNERS: &[&str] = &["bidder", "poster", "joint", "by_result"];
pub const DISPUTES: &[&str] = &["court", "arbitration"];
pub const CERTIFIERS: &[&str] = &["expert_panel", "third_party", "both_parties"];
/// Ending without fault (§4.6) and with it.
pub const TERMINATION_CLASSES: &[&str] = &["technical", "poster_fault", "external"];
pub const REVOCATION_CLASSES: &[&str] = &["bidder_fault", "falsehood"];

/// Terms that the parties choose; a draft may leave them blank, an agreement may not.
pub type Terms = forms::ContractTerms;

/// One party's yes or signature: who, when, to which text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub party: String,
    pub by: AccountId,
    pub name: String,
    pub at: Timestamp,
    /// SHA-256 of the text that was agreed or signed.
    pub sha256: String,
    /// The paper that was signed; of an agreement to the whole, none.
    #[serde(default)]
    pub paper: Option<String>,
    /// Signed and stamped on paper, and put on file by an officer.
    #[serde(default)]
    pub scan: Option<Scan>,
}

/// A stamped paper as it was registered: its file, when it was stamped, who held it against the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    pub files: Vec<FileId>,
    pub stamped_on: String,
    pub checked_by: AccountId,
}

/// How county money is split where the parties plan it themselves: so much at the start, so much on acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountyPlan {
    pub start_bp: i64,
    pub last_bp: i64,
}

/// The registration as a technical contract: the bidder's, at its own place (trap 10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    pub number: String,
    pub on: String,
    pub place: String,
    pub total_fen: Money,
    pub technical_fen: Money,
    /// The edition that was registered.
    pub edition: i32,
}

/// The thread of one indicator: published, promised, contracted, measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub published: Indicator,
    pub promised: Option<Quantity>,
    /// What the talks made of the promise, where they did.
    #[serde(default)]
    pub negotiated: Option<Quantity>,
    pub contracted: Option<Quantity>,
    pub measured: Option<Quantity>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contract {
    pub id: ContractId,
    pub challenge: ChallengeId,
    pub bid: BidId,
    pub number: String,
    pub head: Head<ContractState>,
    pub title: String,
    pub poster: OrgId,
    pub lead: OrgId,
    pub partners: Vec<Member>,
    pub principal_investigator: String,
    pub enterprise_posted: bool,
    pub lump_sum: bool,
    /// 1.. when several lanes race.
    pub lane: Option<usize>,
    pub county_fen: Money,
    pub enterprise_fen: Money,
    pub self_fen: Money,
    pub period_months: i64,
    pub thread: Vec<Thread>,
    pub milestones: Vec<OfferedMilestone>,
    pub terms: Option<Terms>,
    pub agreed: Vec<Mark>,
    pub signed: Vec<Mark>,
    pub edition: i32,
    pub starts_on: Option<String>,
    pub ends_on: Option<String>,
    pub extended: bool,
    pub registration_no: Option<String>,
    #[serde(default)]
    pub registered: Option<Registered>,
    /// By when it should be registered.
    #[serde(default)]
    pub register_by: Option<Timestamp>,
    /// The templates that it was drafted from, as they stood then.
    #[serde(default)]
    pub templates: Vec<template::Frozen>,
    /// Names and codes of the parties as its papers print them.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// Partners that have people on the platform: they confirm the text themselves.
    #[serde(default)]
    pub partner_orgs: Vec<OrgId>,
    #[serde(default)]
    pub deviations: Vec<Deviation>,
    #[serde(default)]
    pub term_lines: Vec<TermThread>,
    #[serde(default)]
    pub county_plan: Option<CountyPlan>,
    /// Editions that were in force before this one.
    #[serde(default)]
    pub past: Vec<PastEdition>,
    /// What the second bid promised, indicator by indicator: nobody's business but the rule's.
    #[serde(default)]
    pub runner_up: Vec<Option<Quantity>>,
    /// A revocation that was announced and is not decided, or by which it ended.
    #[serde(default)]
    pub hearing: Option<hearing::Hearing>,
    pub ending: Option<String>,
    pub ending_reason: Option<String>,
    pub ending_minutes: Option<Minutes>,
    /// Who was asked before a lane was cut.
    #[serde(default)]
    pub ending_experts: Vec<Judge>,
    /// Random: stands in each paper, so that nobody who reads a paper's hash can try what it may say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// An edition as it stood until the next: whole, with its papers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastEdition {
    pub edition: i32,
    pub until: Timestamp,
    pub change: ChangeId,
    pub sha256: String,
    pub text: serde_json::Value,
    pub papers: Vec<paper::Paper>,
}

impl Contract {
    /// What is agreed and signed: everything but the marks, the state and the clock.
    pub fn text(&self) -> serde_json::Value {
        serde_json::json!({
            "number": self.number, "title": self.title, "poster": self.poster, "lead": self.lead, "partners": self.partners,
            "pi": self.principal_investigator, "county_fen": self.county_fen, "enterprise_fen": self.enterprise_fen,
            "self_fen": self.self_fen, "period_months": self.period_months, "thread": self.thread,
            "milestones": self.milestones, "terms": self.terms, "edition": self.edition, "county_plan": self.county_plan,
            "papers": self.papers().iter().map(paper::Paper::sha256).collect::<Vec<_>>(),
        })
    }
    pub fn text_sha256(&self) -> String {
        hash::sha256_hex(hash::canonical(&self.text()).as_bytes())
    }

    /// Keeps this edition before a change makes the next.
    pub fn archive(&mut self, change: ChangeId, m: &Moment) {
        let (text, sha256, papers) = (self.text(), self.text_sha256(), self.papers());
        self.past.push(PastEdition { edition: self.edition, until: m.now, change, sha256, text, papers });
    }

    /// Who signs a supplement: both sides, and the bureau where county money is in.
    pub fn supplement_parties(&self) -> &'static [&'static str] {
        if self.county_fen > Money::default() { &["poster", "bidder", "bureau"] } else { &["poster", "bidder"] }
    }

    /// An indicator may not fall below what the list asked, or the second bid promised, unless the public was told.
    pub fn needs_notice(&self, number: usize, value: Quantity) -> bool {
        let Some(at) = number.checked_sub(1) else { return false };
        let Some(x) = self.thread.get(at) else { return false };
        let second = self.runner_up.get(at).copied().flatten();
        x.published.hard && (!x.published.is_met(value) || second.is_some_and(|s| x.published.is_weaker(value, s)))
    }

    /// Which party an actor speaks for: the bureau signs the task book, and stands for the county when it posted.
    pub fn party_of(&self, actor: &Actor) -> Option<String> {
        let named = |party: &str| Some(party.to_owned());
        match actor.role {
            Role::Poster | Role::Officer if actor.org == self.poster => named("poster"),
            Role::Bidder if actor.org == self.lead => named("bidder"),
            Role::Bidder => self.partner_orgs.iter().position(|o| *o == actor.org).map(partner),
            Role::Head => named("bureau"),
            _ => None,
        }
    }

    /// The papers that a party has still to sign.
    pub fn unsigned(&self, party: &str) -> Vec<&'static str> {
        let marked = |p: &str| self.signed.iter().any(|m| m.party == party && m.paper.as_deref() == Some(p));
        self.paper_kinds().into_iter().filter(|p| self.signers(p).contains(&party) && !marked(p)).collect()
    }

    pub fn take(&mut self, act: ContractAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may_at(act, m.now)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::Drafting => Some(rules.contract_text_days),
            S::Agreed => Some(rules.contract_check_days),
            S::Cleared => Some(rules.contract_sign_days),
            S::Signed => Some(rules.contract_check_days),
            _ => None,
        };
        // A yes is to the text as it stood.
        use ContractAct as A;
        if matches!(act, A::Return | A::Terms | A::Plan | A::Deviate | A::AnswerDeviation | A::RefuseSign | A::RefuseEffect) {
            self.agreed.clear();
            self.signed.clear();
        }
        if to != self.head.state {
            let kept = (to == S::Signing).then_some(self.head.due).flatten();
            self.head.enter(to, m, due);
            self.head.due = kept.or(self.head.due);
        }
        Ok(())
    }

    /// The guards that hang on the time as well.
    pub fn may_at(&self, act: ContractAct, now: Timestamp) -> Result<(), Refusal> {
        use ContractAct as A;
        self.may(act)?;
        match act {
            A::AnnounceRevocation | A::AnswerRevocation | A::DropRevocation | A::Revoke => self.may_revoke(act, now),
            _ => Ok(()),
        }
    }

    pub fn may(&self, act: ContractAct) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match act {
            ContractAct::Agree => {
                ensure(self.terms.is_some(), "terms_blank")?;
                ensure(self.open_deviations() == 0, "deviation_open")
            }
            ContractAct::Unsign => ensure(!self.signed.is_empty(), "nothing_signed"),
            ContractAct::CutLane => ensure(self.lane.is_some(), "no_lanes"),
            ContractAct::Register => ensure(self.wants_registration(), "registered_already"),
            ContractAct::AnswerDeviation => ensure(self.open_deviations() > 0, "no_deviation_open"),
            _ => Ok(()),
        }
    }

    /// Whether the lead spends money of a channel: a subsidy to the poster after it has paid carries no restriction, and so
    /// no spending ledger and no surplus (domain 4.3).
    pub fn spends(&self, channel: Channel) -> bool {
        !(self.enterprise_posted && channel == Channel::Fiscal)
    }

    /// One party's signature on one paper as it stands.
    pub fn mark(
        &mut self,
        party: &str,
        paper: &str,
        (by, name): (AccountId, String),
        scan: Option<Scan>,
        m: &Moment,
    ) -> Result<(), Refusal> {
        let sha256 = self.paper(paper).ok_or_else(|| Refusal::new("paper_unknown"))?.sha256();
        self.signed.push(Mark { party: party.to_owned(), by, name, at: m.now, sha256, paper: Some(paper.to_owned()), scan });
        Ok(())
    }

    /// Every signature is under the text as it stands.
    pub fn signatures_hold(&self) -> bool {
        self.papers().iter().all(|p| {
            let sha256 = p.sha256();
            self.signed.iter().filter(|m| m.paper.as_deref() == Some(p.kind.as_str())).all(|m| m.sha256 == sha256)
        })
    }

    /// An edition that changed what was registered is registered again.
    pub fn wants_registration(&self) -> bool {
        self.registered.as_ref().is_none_or(|r| r.edition < self.edition)
    }

    /// Everybody whose yes the text needs: the two sides, and partners that have people here.
    pub fn agreeing(&self) -> Vec<String> {
        let partners = (0..self.partner_orgs.len()).map(partner);
        ["poster", "bidder"].map(str::to_owned).into_iter().chain(partners).collect()
    }
    pub fn all_agreed(&self) -> bool {
        self.agreeing().iter().all(|p| self.agreed.iter().any(|m| m.party == *p))
    }
    pub fn all_signed(&self) -> bool {
        ["poster", "bidder", "bureau"].iter().all(|p| self.unsigned(p).is_empty())
    }
    /// Its end moves by `by`.
    pub fn postpone(&mut self, by: jiff::Span) {
        let end = self.ends_on.as_deref().and_then(|d| d.parse::<jiff::civil::Date>().ok());
        self.ends_on = end.map(|d| d.saturating_add(by).to_string());
    }
    /// What the award pays.
    pub fn award(&self) -> Money {
        self.county_fen.checked_add(self.enterprise_fen).unwrap_or_default()
    }

    pub fn turns(&self) -> Vec<Turn> {
        let t = |role, act: ContractAct| Turn::of(role, &format!("contract.{}", act.id()), &self.head);
        let lacks = |marks: &[Mark], party: &str| !marks.iter().any(|m| m.party == party);
        let mut turns = vec![];
        match self.head.state {
            S::Drafting if self.terms.is_none() => turns.push(t(Role::Poster, ContractAct::Terms).org(self.poster)),
            S::Drafting => {
                if lacks(&self.agreed, "poster") {
                    turns.push(t(Role::Poster, ContractAct::Agree).org(self.poster));
                }
                if lacks(&self.agreed, "bidder") {
                    turns.push(t(Role::Bidder, ContractAct::Agree).org(self.lead));
                }
                for (_, org) in self.partner_orgs.iter().enumerate().filter(|(n, _)| lacks(&self.agreed, &partner(*n))) {
                    turns.push(t(Role::Bidder, ContractAct::Agree).org(*org));
                }
            }
            S::Agreed => turns.push(t(Role::Officer, ContractAct::Clear)),
            S::Cleared | S::Signing => {
                if !self.unsigned("poster").is_empty() {
                    turns.push(t(Role::Poster, ContractAct::Sign).org(self.poster));
                }
                if !self.unsigned("bidder").is_empty() {
                    turns.push(t(Role::Bidder, ContractAct::Sign).org(self.lead));
                }
                if !self.unsigned("bureau").is_empty() {
                    turns.push(t(Role::Head, ContractAct::Sign));
                }
            }
            S::Signed => turns.push(t(Role::Checker, ContractAct::TakeEffect)),
            S::Suspended => turns.push(t(Role::Officer, ContractAct::Resume)),
            S::Effective if self.wants_registration() => {
                turns.push(t(Role::Bidder, ContractAct::Register).org(self.lead).due(self.register_by));
            }
            S::Effective | S::Completed | S::Concluded | S::Failed | S::Terminated | S::Revoked | S::Abandoned => {}
        }
        turns.extend(self.hearing_turns());
        turns
    }
}

/// A partner's party, by its place among those on the platform.
pub fn partner(n: usize) -> String {
    format!("partner{}", n + 1)
}

/// The thread of indicators as it enters a contract: what was published, what the bid promises, what the talks made of it; the
/// strongest is contracted.
pub fn thread(need: &Need, offer: &Offer, talked: &[forms::PlannedValue]) -> Vec<Thread> {
    need.indicators
        .iter()
        .enumerate()
        .map(|(n, published)| {
            let promised = offer.promise(n + 1).map(|p| p.value);
            let of_talks = talked.iter().find(|v| usize::try_from(v.indicator).is_ok_and(|i| i == n + 1));
            let negotiated = of_talks.map(|v| v.value);
            let contracted = [published.target, promised, negotiated]
                .into_iter()
                .flatten()
                .reduce(|so_far, next| if published.is_weaker(next, so_far) { so_far } else { next });
            Thread { published: published.clone(), promised, negotiated, contracted, measured: None }
        })
        .collect()
}

//! Two documents in one file: the development contract between poster and bidder, and the task book between the bureau
//! and whoever carries public money (domain 0.2, 2.6, 3.6). Made from challenge and bid, never typed again.
use super::life::life;
use super::*;

life! {
    /// Where a contract stands.
    noun "contract"; states ContractState; acts ContractAct; table CONTRACT_LIFE;
    first [Drafting]; ends [Completed, Concluded, Failed, Terminated, Revoked, Abandoned];
    Drafting { Terms [Poster, Officer] => Drafting, Agree [Poster, Bidder, Officer] => Drafting, SettleText [System] => Agreed, Abandon [System] => Abandoned }
    Agreed { Clear [Officer] => Cleared, Return [Officer] => Drafting, Abandon [System] => Abandoned }
    Cleared { Sign [Poster, Bidder, Head] => Signing, Abandon [System] => Abandoned }
    Signing { Sign [Poster, Bidder, Head] => Signing, Complete [System] => Signed, Abandon [System] => Abandoned }
    Signed { TakeEffect [Checker] => Effective, Abandon [System] => Abandoned }
    Effective {
        Register [Bidder] => Effective, Escrow [Poster] => Effective, SpotCheck [Supervisor] => Effective, Suspend [Officer] => Suspended, StartAcceptance [System] => Effective, CutLane [Head] => Terminated,
        Terminate [Head] => Terminated, Revoke [Head] => Revoked, Finish [System] => Completed, Conclude [System] => Concluded, Fail [System] => Failed
    }
    Suspended { Resume [Officer] => Effective, Terminate [Head] => Terminated, Revoke [Head] => Revoked }
    = acts {
        Terms = "terms", Agree = "agreement", SettleText = "text-settled", Clear = "clearance", Return = "return", Sign = "signature",
        Complete = "signing-completed", TakeEffect = "effect", Register = "registration", Escrow = "escrow", SpotCheck = "spot-check", Suspend = "suspension", Resume = "resumption",
        StartAcceptance = "acceptance-start", CutLane = "lane-cut", Terminate = "termination", Revoke = "revocation",
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

/// Terms that the parties choose; nothing may stay blank when they agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub contract_kind: String,
    pub payment_mode: String,
    pub equipment_owner: String,
    pub poster_duties: String,
    pub confidentiality_months: i64,
    /// The bidder's part of the risk of failure; the rest is the poster's (民法典 §858).
    pub risk_bidder_bp: i64,
    pub risk_certifier: String,
    pub ip_owner: String,
    pub licence_scope: String,
    pub publication_review_days: i64,
    pub acceptance_standard: String,
    pub breach: String,
    pub subcontract_consent: bool,
    pub settlement: String,
    pub dispute: String,
}

/// One party's yes or signature: who, when, to which text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub party: String,
    pub by: AccountId,
    pub name: String,
    pub at: Timestamp,
    /// SHA-256 of the text that was agreed or signed.
    pub sha256: String,
}

/// The thread of one indicator: published, promised, contracted, measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub published: Indicator,
    pub promised: Option<Quantity>,
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
    pub ending: Option<String>,
    pub ending_reason: Option<String>,
    pub ending_minutes: Option<Minutes>,
    /// Who was asked before a lane was cut.
    #[serde(default)]
    pub ending_experts: Vec<Judge>,
}

impl Contract {
    /// What is agreed and signed: everything but the marks, the state and the clock.
    pub fn text_sha256(&self) -> String {
        let text = serde_json::json!({
            "number": self.number, "title": self.title, "poster": self.poster, "lead": self.lead, "partners": self.partners,
            "pi": self.principal_investigator, "county_fen": self.county_fen, "enterprise_fen": self.enterprise_fen,
            "self_fen": self.self_fen, "period_months": self.period_months, "thread": self.thread,
            "milestones": self.milestones, "terms": self.terms, "edition": self.edition,
        });
        hash::sha256_hex(hash::canonical(&text).as_bytes())
    }

    /// Which party an actor speaks for: the bureau signs the task book, and stands for the county when it posted.
    pub fn party_of(&self, actor: &Actor) -> Option<&'static str> {
        match actor.role {
            Role::Poster | Role::Officer if actor.org == self.poster => Some("poster"),
            Role::Bidder if actor.org == self.lead => Some("bidder"),
            Role::Head => Some("bureau"),
            _ => None,
        }
    }

    pub fn take(&mut self, act: ContractAct, m: &Moment, rules: &RuleSet) -> Result<(), Refusal> {
        self.may(act)?;
        let to = self.head.state.step(act)?.to;
        let due = match to {
            S::Drafting => Some(rules.contract_text_days),
            S::Agreed => Some(rules.contract_check_days),
            S::Cleared => Some(rules.contract_sign_days),
            S::Signed => Some(rules.contract_check_days),
            _ => None,
        };
        if act == ContractAct::Return || act == ContractAct::Terms {
            self.agreed.clear();
        }
        if to != self.head.state {
            let kept = (to == S::Signing).then_some(self.head.due).flatten();
            self.head.enter(to, m, due);
            self.head.due = kept.or(self.head.due);
        }
        Ok(())
    }

    pub fn may(&self, act: ContractAct) -> Result<(), Refusal> {
        self.head.state.step(act)?;
        match act {
            ContractAct::Agree => ensure(self.terms.is_some(), "terms_blank"),
            ContractAct::CutLane => ensure(self.lane.is_some(), "no_lanes"),
            ContractAct::Register => ensure(self.registration_no.is_none(), "registered_already"),
            _ => Ok(()),
        }
    }

    /// Whether the lead spends money of a channel: a subsidy to the poster after it has paid carries no restriction, and so
    /// no spending ledger and no surplus (domain 4.3).
    pub fn spends(&self, channel: Channel) -> bool {
        !(self.enterprise_posted && channel == Channel::Fiscal)
    }

    pub fn all_agreed(&self) -> bool {
        ["poster", "bidder"].iter().all(|p| self.agreed.iter().any(|m| m.party == *p))
    }
    pub fn all_signed(&self) -> bool {
        ["poster", "bidder", "bureau"].iter().all(|p| self.signed.iter().any(|m| m.party == *p))
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
            }
            S::Agreed => turns.push(t(Role::Officer, ContractAct::Clear)),
            S::Cleared | S::Signing => {
                if lacks(&self.signed, "poster") {
                    turns.push(t(Role::Poster, ContractAct::Sign).org(self.poster));
                }
                if lacks(&self.signed, "bidder") {
                    turns.push(t(Role::Bidder, ContractAct::Sign).org(self.lead));
                }
                if lacks(&self.signed, "bureau") {
                    turns.push(t(Role::Head, ContractAct::Sign));
                }
            }
            S::Signed => turns.push(t(Role::Checker, ContractAct::TakeEffect)),
            S::Suspended => turns.push(t(Role::Officer, ContractAct::Resume)),
            S::Effective | S::Completed | S::Concluded | S::Failed | S::Terminated | S::Revoked | S::Abandoned => {}
        }
        turns
    }
}

/// The thread of indicators as it enters a contract: what was published and what the bid promises, whichever is stronger.
pub fn thread(need: &Need, offer: &Offer) -> Vec<Thread> {
    need.indicators
        .iter()
        .enumerate()
        .map(|(n, published)| {
            let promised = offer.promise(n + 1).map(|p| p.value);
            let contracted = match (promised, published.target) {
                (Some(p), Some(t)) if published.is_weaker(p, t) => Some(t),
                (Some(p), _) => Some(p),
                (None, t) => t,
            };
            Thread { published: published.clone(), promised, contracted, measured: None }
        })
        .collect()
}

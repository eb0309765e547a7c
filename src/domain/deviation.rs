//! Where a contract leaves what was published: clauses that a side wants worded otherwise, with the other side's answer; and the
//! terms and indicators followed from the list to the measurement.
use super::*;

/// How many wishes one side may bring: enough for every clause twice over, and few enough to be answered one by one.
pub const DEVIATIONS_MOST: usize = 100;

/// One wish for another wording of one clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// From 1, in the order in which they were wished for.
    pub number: usize,
    pub paper: String,
    /// From 1.
    pub clause: usize,
    pub party: String,
    pub by: AccountId,
    pub name: String,
    pub at: Timestamp,
    pub was: String,
    pub wording: String,
    pub reason: String,
    pub answer: Option<DeviationAnswer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviationAnswer {
    pub accepted: bool,
    pub party: String,
    pub by: AccountId,
    pub name: String,
    pub at: Timestamp,
    pub note: Option<String>,
}

impl Deviation {
    pub fn is_open(&self) -> bool {
        self.answer.is_none()
    }
    pub fn is_accepted(&self) -> bool {
        self.answer.as_ref().is_some_and(|a| a.accepted)
    }
}

/// A term of the deal, from the published list to the contract. Money is fen, ownership a choice, a period months.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermThread {
    pub term: String,
    pub published: Option<serde_json::Value>,
    pub promised: Option<serde_json::Value>,
    pub negotiated: Option<serde_json::Value>,
    #[serde(default)]
    pub contracted: Option<serde_json::Value>,
}

impl TermThread {
    /// The contract says something else than the list did.
    pub fn deviates(&self) -> bool {
        self.published.is_some() && self.contracted.is_some() && self.published != self.contracted
    }
}

/// The terms that are followed, as they stand when a contract is drafted.
pub fn terms_of(need: &Need, offer: &Offer, price_fen: Money) -> Vec<TermThread> {
    use serde_json::json;
    let term = |term: &str, published: serde_json::Value, promised: serde_json::Value, negotiated: Option<serde_json::Value>| {
        TermThread {
            term: term.to_owned(),
            published: Some(published),
            promised: (!promised.is_null()).then_some(promised),
            negotiated,
            contracted: None,
        }
    };
    vec![
        term(
            "price_fen",
            json!(need.county_fen.checked_add(need.enterprise()).unwrap_or_default()),
            json!(offer.award()),
            Some(json!(price_fen)),
        ),
        term("county_fen", json!(need.county_fen), json!(offer.county_fen), None),
        term("enterprise_fen", json!(need.enterprise()), json!(offer.enterprise_fen.unwrap_or_default()), None),
        term("period_months", json!(need.period_months), serde_json::Value::Null, None),
        term("ip_owner", json!(need.ip_wish), json!(offer.ip_proposal), None),
    ]
}

impl Contract {
    /// The terms with what the contract says now.
    pub fn term_threads(&self) -> Vec<TermThread> {
        use serde_json::json;
        let ip = self.terms.as_ref().and_then(|t| t.ip_owner.clone());
        let now = |term: &str| match term {
            "price_fen" => Some(json!(self.award())),
            "county_fen" => Some(json!(self.county_fen)),
            "enterprise_fen" => Some(json!(self.enterprise_fen)),
            "period_months" => Some(json!(self.period_months)),
            "ip_owner" => ip.as_ref().map(|o| json!(o)),
            _ => None,
        };
        self.term_lines.iter().cloned().map(|t| TermThread { contracted: now(&t.term), ..t }).collect()
    }

    /// Wishes nobody has answered.
    /// How many wishes one side has brought.
    pub fn deviations_of(&self, party: &str) -> usize {
        self.deviations.iter().filter(|d| d.party == party).count()
    }
    pub fn open_deviations(&self) -> usize {
        self.deviations.iter().filter(|d| d.is_open()).count()
    }
}

/// What an indicator may be in the contract: never weaker than the published list, nor, where it decided the award, than the
/// bid's promise.
pub fn indicator_floor(x: &Thread, value: Quantity) -> Result<(), Refusal> {
    let weaker = |than: Option<Quantity>| than.is_some_and(|t| x.published.is_weaker(value, t));
    if !x.published.is_met(value) {
        return Err(Refusal::new("indicator_below_list").with("name", &x.published.name).at("indicators"));
    }
    if x.published.hard && weaker(x.promised) {
        return Err(Refusal::new("indicator_below_promise").with("name", &x.published.name).at("indicators"));
    }
    Ok(())
}

//! Draws of a case drawn again from what the record tells of them, line by line beside what was told: the panel, each
//! replacement, each spot check.
use super::draw::{self, Candidate, Plan, Seed};
use super::flag::Told;
use super::spending::SpotCheck;
use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// One part of a draw: as the record tells it, and as it comes out again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// `redraw.ID` in the catalogues.
    pub what: &'static str,
    /// Place in a sequence, from 1.
    pub place: Option<usize>,
    pub told: String,
    pub again: String,
}

impl Line {
    fn new(what: &'static str, told: impl ToString, again: impl ToString) -> Self {
        Self { what, place: None, told: told.to_string(), again: again.to_string() }
    }
    pub fn is_equal(&self) -> bool {
        self.told == self.again
    }
}

/// One draw, drawn again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redraw {
    /// `panel`, `replacement` or `spot_check`.
    pub kind: &'static str,
    pub entry: i64,
    pub at: Timestamp,
    pub subject: Uuid,
    pub lines: Vec<Line>,
}

impl Redraw {
    pub fn is_equal(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(Line::is_equal)
    }
}

#[derive(Deserialize)]
struct Drawn {
    seed: Seed,
    seed_sha256: String,
    commitment: String,
    plan: Plan,
    pool: Vec<Candidate>,
    barred: BTreeMap<AccountId, serde_json::Value>,
    sequence: Vec<AccountId>,
    #[serde(default)]
    invited: Vec<Seat>,
}

#[derive(Deserialize)]
struct Seat {
    expert: AccountId,
}

#[derive(Deserialize)]
struct Lot {
    lot: Vec<SpendingId>,
    draw: SpotCheck,
}

/// Every draw of a case, oldest first. `leaf` gives what stands in the log's tree for an entry, `lead` the lead of a contract.
pub fn of_case(told: &[Told], leaf: &dyn Fn(i64) -> Option<String>, lead: &dyn Fn(Uuid) -> Option<OrgId>) -> Vec<Redraw> {
    let mut out = vec![];
    for (n, t) in told.iter().enumerate() {
        let lines = match t.kind.as_str() {
            "challenge.panel-draw" => panel(&told[..n], t, leaf),
            "contract.spot-check" => spot_check(&told[..n], t, lead(t.subject)),
            _ => continue,
        };
        let kind = if t.kind == "contract.spot-check" { "spot_check" } else { "panel" };
        // What does not read is not equal to anything.
        let lines = lines.unwrap_or_else(|| vec![Line::new("facts", "", "?")]);
        out.push(Redraw { kind, entry: t.seq, at: t.at, subject: t.subject, lines });
    }
    out
}

fn panel(before: &[Told], t: &Told, leaf: &dyn Fn(i64) -> Option<String>) -> Option<Vec<Line>> {
    let d: Drawn = serde_json::from_value(t.facts.clone()).ok()?;
    let promised = before.iter().rev().find_map(|b| b.facts["draw_commitment"].as_str().map(str::to_owned));
    let mixed = before.iter().rev().find(|b| matches!(b.kind.as_str(), "challenge.opening-confirmation" | "objection.upholding"));
    let again =
        draw::draw(&d.pool, &d.barred.keys().copied().collect::<BTreeSet<_>>(), &d.plan, &d.seed.sha256()).unwrap_or_default();
    let mut lines = vec![
        Line::new("commitment", promised.unwrap_or_else(|| d.commitment.clone()), Seed::commitment(&d.seed.secret)),
        Line::new("opening", &d.seed.opening, mixed.and_then(|b| leaf(b.seq)).unwrap_or_default()),
        Line::new("pool", &d.seed.pool_sha256, draw::pool_sha256(&d.pool)),
        Line::new("seed", &d.seed_sha256, d.seed.sha256()),
        Line::new("length", d.sequence.len(), again.len()),
    ];
    let name = |all: &[AccountId], n: usize| all.get(n).map(ToString::to_string).unwrap_or_default();
    for n in 0..d.sequence.len().max(again.len()) {
        let what = if n < d.plan.seats { "seat" } else { "waiting" };
        lines.push(Line { place: Some(n + 1), ..Line::new(what, name(&d.sequence, n), name(&again, n)) });
    }
    for (n, seat) in d.invited.iter().enumerate() {
        lines.push(Line { place: Some(n + 1), ..Line::new("invited", seat.expert, name(&again, n)) });
    }
    Some(lines)
}

/// The lines of spending that lay there when it was drawn, from the entries before; then the lot.
fn spot_check(before: &[Told], t: &Told, lead: Option<OrgId>) -> Option<Vec<Line>> {
    let l: Lot = serde_json::from_value(t.facts.clone()).ok()?;
    let mut pool: BTreeSet<SpendingId> = BTreeSet::new();
    for b in before {
        let id = SpendingId(b.subject);
        match b.kind.as_str() {
            "spending.recording" if b.org == lead => {
                pool.insert(id);
            }
            "spending.classification" => {}
            "contract.spot-check" if b.subject == t.subject => {
                let earlier: Option<Lot> = serde_json::from_value(b.facts.clone()).ok();
                let gone: BTreeSet<SpendingId> = earlier.into_iter().flat_map(|l| l.lot).collect();
                pool.retain(|id| !gone.contains(id));
            }
            kind if kind.starts_with("spending.") => {
                pool.remove(&id);
            }
            _ => {}
        }
    }
    let pool: Vec<SpendingId> = pool.into_iter().collect();
    let again = SpotCheck { pool: pool.len(), ..l.draw.clone() };
    let rebuilt = SpotCheck::new(&pool, l.draw.secret.clone(), l.draw.words.clone(), &RuleSet::default());
    let lot = again.lot(&pool);
    let mut lines = vec![
        Line::new("pool", &l.draw.pool_sha256, &rebuilt.pool_sha256),
        Line::new("pool_size", l.draw.pool, pool.len()),
        Line::new("length", l.lot.len(), lot.len()),
    ];
    // The lot falls as a set: the record tells it in its own order.
    let sorted = |mut ids: Vec<SpendingId>| {
        ids.sort_unstable();
        ids
    };
    let (told, again) = (sorted(l.lot), sorted(lot));
    let name = |all: &[SpendingId], n: usize| all.get(n).map(ToString::to_string).unwrap_or_default();
    for n in 0..told.len().max(again.len()) {
        lines.push(Line { place: Some(n + 1), ..Line::new("drawn", name(&told, n), name(&again, n)) });
    }
    Some(lines)
}

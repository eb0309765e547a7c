//! The drawing of a panel by lot: deterministic from a seed and a pool, so that anyone may draw it again (domain 5.4, 5.5).
//!
//! Nobody can choose the seed. Its secret is made when the challenge is published, and its hash stands in that entry of the
//! record; the entry of the opening, which nobody knows before the deadline, is mixed in; and so are the words of the
//! supervisor who draws, after the pool has been frozen by the officer.
use super::*;
use std::collections::BTreeSet;

/// One expert as the draw sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub id: AccountId,
    pub kind: String,
    pub unit: OrgId,
    /// GB/T 2260 code of the unit's place.
    pub region: String,
    /// GB/T 13745 codes.
    pub disciplines: Vec<String>,
}

/// Assignments that an expert may have in hand when drawn.
pub const LOAD_MOST: usize = 3;

/// The pool in a fixed order, by id, so that its hash says what it was: experts who are available, confirmed their profile
/// within a year, and have work in hand for fewer than `LOAD_MOST` panels.
pub fn pool(accounts: &[Account], units: &[Organisation], busy: &[AccountId], today: jiff::civil::Date) -> Vec<Candidate> {
    let load = |id: AccountId| busy.iter().filter(|b| **b == id).count();
    let ready = |a: &&Account| a.expert.as_ref().is_some_and(|p| p.is_ready(a.created_at, today)) && load(a.id) < LOAD_MOST;
    let accounts: Vec<Account> = accounts.iter().filter(ready).cloned().collect();
    everyone(&accounts, units)
}

/// Every expert, ready or not: to know those who sit already.
pub fn everyone(accounts: &[Account], units: &[Organisation]) -> Vec<Candidate> {
    let seen = |a: &Account| units.iter().find(|o| o.id == a.org).zip(a.expert.as_ref()).map(|(o, p)| candidate(a, o, p));
    let mut all: Vec<Candidate> = accounts.iter().filter_map(seen).collect();
    all.sort_by_key(|c| c.id);
    all
}

fn candidate(a: &Account, unit: &Organisation, profile: &ExpertProfile) -> Candidate {
    Candidate {
        id: a.id,
        kind: profile.kind.clone(),
        unit: unit.id,
        region: unit.region.clone(),
        disciplines: profile.disciplines.clone(),
    }
}

pub fn pool_sha256(pool: &[Candidate]) -> String {
    hash::sha256_hex(hash::canonical(&serde_json::to_value(pool).expect("candidates are plain JSON")).as_bytes())
}

/// What the panel must look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub seats: usize,
    /// GB/T 13745 code of the need: experts of its field come first among their kind.
    pub discipline: String,
    /// First digits of the region that is home; from outside it comes two thirds of the panel, if the pool has them (C).
    pub home: String,
}

impl Plan {
    fn technical(&self) -> usize {
        (self.seats * 2).div_ceil(3)
    }
    fn outside(&self) -> usize {
        (self.seats * 2).div_ceil(3)
    }
    fn is_outside(&self, c: &Candidate) -> bool {
        !c.region.starts_with(&self.home)
    }
    /// One of the need's first-level discipline (three digits).
    fn is_of_field(&self, c: &Candidate) -> bool {
        let first = |code: &str| code.get(..3).map(str::to_owned);
        first(&self.discipline).is_some_and(|field| c.disciplines.iter().any(|d| first(d) == Some(field.clone())))
    }
}

/// One layer of the pool: how many seats it fills, and how many could fill them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// `technical`, `finance_management`, `outside`.
    pub what: String,
    pub seats: usize,
    pub there: usize,
}

impl Stratum {
    /// Fewer than three for each seat: the pool should be widened before it is drawn from (domain 5.5).
    pub fn is_thin(&self) -> bool {
        self.there < self.seats * 3
    }
}

/// From a thin pool nothing is drawn without a reason (domain 5.5: widen it, or say why not).
pub fn may_be_thin(strata: &[Stratum], reason: Option<&str>) -> Result<(), Refusal> {
    match strata.iter().find(|s| s.is_thin()) {
        Some(s) if reason.is_none() => {
            let least = s.seats * 3;
            Err(Refusal::new("pool_thin").with("seats", s.seats).with("least", least).with("there", s.there).at("thin_reason"))
        }
        _ => Ok(()),
    }
}

impl Plan {
    /// The layers of a pool for this panel, those barred left out.
    pub fn strata(&self, pool: &[Candidate], barred: &BTreeSet<AccountId>) -> Vec<Stratum> {
        let free: Vec<&Candidate> = pool.iter().filter(|c| !barred.contains(&c.id)).collect();
        let layer = |what: &str, seats: usize, is: &dyn Fn(&Candidate) -> bool| Stratum {
            what: what.to_owned(),
            seats,
            there: free.iter().filter(|c| is(c)).count(),
        };
        vec![
            layer("technical", self.technical(), &|c| c.kind == "technical"),
            layer("finance_management", 1, &|c| c.kind == "finance_management"),
            layer("outside", self.outside(), &|c| self.is_outside(c)),
        ]
    }
}

/// The parts of a seed; each is in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    /// Made at publication, told when drawn; its SHA-256 was published.
    pub secret: String,
    /// Hash of the entry of the opening (or of the decision that asks for another review).
    pub opening: String,
    /// What the supervisor said when drawing.
    pub words: String,
    pub pool_sha256: String,
    pub round: u16,
}

impl Seed {
    pub fn sha256(&self) -> String {
        let text =
            format!("jiebang-draw-1\n{}\n{}\n{}\n{}\n{}", self.secret, self.opening, self.words, self.pool_sha256, self.round);
        hash::sha256_hex(text.as_bytes())
    }
    /// What is published of the secret before anybody bids.
    pub fn commitment(secret: &str) -> String {
        hash::sha256_hex(format!("jiebang-draw-secret-1\n{secret}").as_bytes())
    }
}

/// Draws a panel: at least one of finance or management, two thirds technical, at most one a unit, experts of the need's field
/// first, two thirds from outside as far as the pool has them; none of those `barred` for a conflict. Gives the seats, then
/// everyone left in the order in which they would replace; `None` when the pool can't fill the seats.
pub fn draw(pool: &[Candidate], barred: &BTreeSet<AccountId>, plan: &Plan, seed: &str) -> Option<Vec<AccountId>> {
    let mut order: Vec<&Candidate> = pool.iter().filter(|c| !barred.contains(&c.id)).collect();
    order.sort_by_key(|c| (!plan.is_of_field(c), hash::sha256_hex(format!("{seed}:{}", c.id).as_bytes())));
    let there = order.iter().filter(|c| plan.is_outside(c)).count();
    let outside = (0..=plan.outside().min(there)).rev();
    let chosen = outside.into_iter().find_map(|outside| seat(&order, plan, outside))?;
    let rest = order.iter().filter(|c| !chosen.contains(&c.id)).map(|c| c.id);
    Some(chosen.iter().copied().chain(rest).collect())
}

/// Fills the seats in the order of the lot, skipping whoever would leave a panel that can't be composed.
fn seat(order: &[&Candidate], plan: &Plan, outside: usize) -> Option<Vec<AccountId>> {
    let mut chosen: Vec<&Candidate> = vec![];
    for c in order {
        if chosen.len() < plan.seats && fits(&chosen, c, plan, outside) {
            chosen.push(c);
        }
    }
    (chosen.len() == plan.seats).then(|| chosen.iter().map(|c| c.id).collect())
}

/// May `c` sit beside those chosen? The unit must be free, and what the rule still asks for must fit into the seats left.
fn fits(chosen: &[&Candidate], c: &Candidate, plan: &Plan, outside: usize) -> bool {
    let with = |is: &dyn Fn(&Candidate) -> bool| chosen.iter().filter(|x| is(x)).count() + usize::from(is(c));
    let lacks_technical = plan.technical().saturating_sub(with(&|x| x.kind == "technical"));
    let lacks_finance = 1_usize.saturating_sub(with(&|x| x.kind == "finance_management"));
    let lacks_outside = outside.saturating_sub(with(&|x| plan.is_outside(x)));
    let Some(left) = plan.seats.checked_sub(chosen.len() + 1) else { return false };
    !chosen.iter().any(|x| x.id == c.id || x.unit == c.unit) && lacks_technical + lacks_finance <= left && lacks_outside <= left
}

/// Which of those who `wait` comes next: the first in order who leaves a panel that can still be composed by the rule.
pub fn next(pool: &[Candidate], seated: &[AccountId], wait: &[AccountId], plan: &Plan) -> Option<usize> {
    let known = |id: &AccountId| pool.iter().find(|c| c.id == *id);
    let seated: Vec<&Candidate> = seated.iter().filter_map(known).collect();
    let outside = (0..=plan.outside()).rev();
    outside.into_iter().find_map(|n| wait.iter().position(|id| known(id).is_some_and(|c| fits(&seated, c, plan, n))))
}

/// A lot with everything that went into it, as a file that anyone may draw again (docs/draw.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    pub format: String,
    pub challenge: ChallengeId,
    pub number: Option<String>,
    /// SHA-256 of the secret, published with the challenge.
    pub commitment: String,
    pub seed: Seed,
    pub seed_sha256: String,
    pub plan: Plan,
    pub pool: Vec<Candidate>,
    /// Experts who could not sit. Why is not told: it is about people.
    pub barred: BTreeSet<AccountId>,
    pub sequence: Vec<AccountId>,
}

pub const LOT_FORMAT: &str = "jiebang-draw-1";

/// One thing that was held against a lot, and whether it is as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub what: &'static str,
    pub holds: bool,
    pub said: String,
    pub found: String,
}

impl Lot {
    /// From the facts of the entry of the draw.
    pub fn read(challenge: ChallengeId, number: Option<String>, facts: serde_json::Value) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Facts {
            commitment: String,
            seed: Seed,
            seed_sha256: String,
            plan: Plan,
            pool: Vec<Candidate>,
            barred: std::collections::BTreeMap<AccountId, serde::de::IgnoredAny>,
            sequence: Vec<AccountId>,
        }
        let f: Facts = serde_json::from_value(facts)?;
        Ok(Self {
            format: LOT_FORMAT.to_owned(),
            challenge,
            number,
            commitment: f.commitment,
            seed: f.seed,
            seed_sha256: f.seed_sha256,
            plan: f.plan,
            pool: f.pool,
            barred: f.barred.into_keys().collect(),
            sequence: f.sequence,
        })
    }

    /// What gives an expert's place in the lot: the lowest come first, those of the need's field before the others.
    pub fn ticket(&self, id: AccountId) -> String {
        hash::sha256_hex(format!("{}:{id}", self.seed_sha256).as_bytes())
    }

    /// Draws again, and holds each part against what the file says.
    pub fn redrawn(&self) -> Vec<Checked> {
        let same = |what, said: &str, found: String| Checked { what, holds: said == found, said: said.to_owned(), found };
        let list = |ids: &[AccountId]| ids.iter().map(AccountId::to_string).collect::<Vec<_>>().join(" ");
        let again = draw(&self.pool, &self.barred, &self.plan, &self.seed.sha256()).unwrap_or_default();
        vec![
            same("format", LOT_FORMAT, self.format.clone()),
            same("commitment", &self.commitment, Seed::commitment(&self.seed.secret)),
            same("pool", &self.seed.pool_sha256, pool_sha256(&self.pool)),
            same("seed", &self.seed_sha256, self.seed.sha256()),
            same("sequence", &list(&self.sequence), list(&again)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn candidate(n: u128, kind: &str, region: &str) -> Candidate {
        Candidate {
            id: AccountId(Uuid::from_u128(n)),
            kind: kind.into(),
            unit: OrgId(Uuid::from_u128(n / 2)),
            region: region.into(),
            disciplines: vec![if n.is_multiple_of(3) { "530".into() } else { "430".into() }],
        }
    }
    fn sample() -> Vec<Candidate> {
        let kind = |n: u128| if n.is_multiple_of(5) { "finance_management" } else { "technical" };
        (1..=24).map(|n| candidate(n, kind(n), if n.is_multiple_of(2) { "141122" } else { "140105" })).collect()
    }
    fn plan() -> Plan {
        Plan { seats: 5, discipline: "53011".into(), home: "1411".into() }
    }
    fn seats(seed: &str, barred: &BTreeSet<AccountId>) -> Vec<Candidate> {
        let pool = sample();
        let drawn = draw(&pool, barred, &plan(), seed).expect("the pool is large enough");
        drawn[..5].iter().map(|id| pool.iter().find(|c| c.id == *id).unwrap().clone()).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_panel_and_another_does_not() {
        let none = BTreeSet::new();
        assert_eq!(seats("a", &none), seats("a", &none));
        assert!((0..10).any(|n| seats("a", &none) != seats(&n.to_string(), &none)));
    }

    #[test]
    fn every_panel_keeps_the_rule_and_bars_conflicts() {
        let barred: BTreeSet<AccountId> = [3, 9, 10].map(|n| AccountId(Uuid::from_u128(n))).into();
        for seed in 0..200 {
            let panel = seats(&seed.to_string(), &barred);
            let units: BTreeSet<OrgId> = panel.iter().map(|c| c.unit).collect();
            assert_eq!(units.len(), 5, "one a unit");
            assert!(panel.iter().all(|c| !barred.contains(&c.id)));
            assert!(panel.iter().any(|c| c.kind == "finance_management"));
            assert!(panel.iter().filter(|c| c.kind == "technical").count() >= 4);
            assert!(panel.iter().filter(|c| plan().is_outside(c)).count() >= 4, "two thirds from outside");
            assert!(panel.iter().filter(|c| plan().is_of_field(c)).count() >= 2, "the field comes first");
        }
    }

    #[test]
    fn a_pool_without_strangers_still_seats_and_too_small_a_one_is_refused() {
        let home: Vec<Candidate> = sample().into_iter().map(|c| Candidate { region: "141122".into(), ..c }).collect();
        assert!(draw(&home, &BTreeSet::new(), &plan(), "a").is_some());
        assert!(draw(&sample()[..4], &BTreeSet::new(), &plan(), "a").is_none());
    }

    #[test]
    fn a_layer_with_fewer_than_three_for_each_seat_is_thin() {
        let strata = plan().strata(&sample(), &BTreeSet::new());
        let seen: Vec<_> = strata.iter().map(|s| (s.what.as_str(), s.seats, s.there, s.is_thin())).collect();
        assert_eq!(seen, [("technical", 4, 20, false), ("finance_management", 1, 4, false), ("outside", 4, 12, false)]);
        let few: BTreeSet<AccountId> = [5, 10].map(|n| AccountId(Uuid::from_u128(n))).into();
        assert!(plan().strata(&sample(), &few)[1].is_thin());
    }

    #[test]
    fn each_part_of_the_seed_changes_it() {
        let seed = Seed { secret: "a".into(), opening: "b".into(), words: "c".into(), pool_sha256: "d".into(), round: 1 };
        let others = [
            Seed { secret: "x".into(), ..seed.clone() },
            Seed { opening: "x".into(), ..seed.clone() },
            Seed { words: "x".into(), ..seed.clone() },
            Seed { pool_sha256: "x".into(), ..seed.clone() },
            Seed { round: 2, ..seed.clone() },
        ];
        assert!(others.iter().all(|o| o.sha256() != seed.sha256()));
        assert_ne!(Seed::commitment("a"), Seed::commitment("b"));
    }
}

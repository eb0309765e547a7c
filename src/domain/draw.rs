//! The drawing of a panel by lot: deterministic from a seed and a pool, so that anyone may draw it again (domain 5.4, 5.5).
use super::*;

/// One expert as the draw sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    pub id: AccountId,
    pub kind: String,
    pub unit: String,
    pub former_units: Vec<String>,
    pub name: String,
}

/// The pool in a fixed order: by id, so that its hash says what it was.
pub fn pool(accounts: &[Account], units: &[Organisation]) -> Vec<Candidate> {
    let mut pool: Vec<Candidate> = accounts
        .iter()
        .filter_map(|a| {
            let unit = units.iter().find(|o| o.id == a.org).map(|o| o.name.clone())?;
            let profile = a.expert.as_ref()?;
            Some(Candidate {
                id: a.id,
                kind: profile.kind.clone(),
                unit,
                former_units: profile.former_units.clone(),
                name: a.name.clone(),
            })
        })
        .collect();
    pool.sort_by_key(|c| c.id);
    pool
}

/// Whom no expert may be near: the poster, every member of every bid, and the persons that teams ask to avoid.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    pub units: Vec<String>,
    pub avoided: Vec<String>,
}

impl Parties {
    /// `units` are the registered names of the poster and of the leads; offers add their partners as they name them.
    pub fn of(units: Vec<String>, offers: &[Offer]) -> Self {
        Self {
            units: units.into_iter().chain(offers.iter().flat_map(|o| o.members.iter().map(|m| m.name.clone()))).collect(),
            avoided: offers.iter().flat_map(|o| o.avoid.iter().map(|a| a.name.clone())).collect(),
        }
    }
    /// Employment now or within three years at a party, or named to be avoided (domain 5.6).
    fn conflict(&self, c: &Candidate) -> bool {
        self.units.iter().any(|u| *u == c.unit || c.former_units.contains(u)) || self.avoided.contains(&c.name)
    }
}

#[derive(Clone, Debug)]
pub struct Drawn {
    pub seed: String,
    pub pool_sha256: String,
    /// First the seats, then everyone left, in the order in which they would replace.
    pub sequence: Vec<AccountId>,
}

/// Draws `seats` experts, at least one of finance or management and at least two thirds technical, at most one a unit.
/// `None` when the pool, conflicts aside, can't fill them.
pub fn draw(pool: &[Candidate], parties: &Parties, seats: usize, seed: &str) -> Option<Drawn> {
    let pool_sha256 = hash::sha256_hex(hash::canonical(&serde_json::to_value(pool).ok()?).as_bytes());
    let mut order: Vec<&Candidate> = pool.iter().filter(|c| !parties.conflict(c)).collect();
    order.sort_by_key(|c| hash::sha256_hex(format!("{seed}:{pool_sha256}:{}", c.id).as_bytes()));
    let mut chosen: Vec<&Candidate> = vec![];
    let free = |chosen: &[&Candidate], c: &Candidate| !chosen.iter().any(|x| x.id == c.id || x.unit == c.unit);
    let finance = order.iter().find(|c| c.kind == "finance_management")?;
    chosen.push(finance);
    let technical = (seats * 2).div_ceil(3);
    for (kind, upto) in [("technical", 1 + technical), ("", seats)] {
        for c in &order {
            if chosen.len() < upto && (kind.is_empty() || c.kind == kind) && free(&chosen, c) {
                chosen.push(c);
            }
        }
        if chosen.len() < upto {
            return None;
        }
    }
    let rest = order.iter().filter(|c| !chosen.iter().any(|x| x.id == c.id)).map(|c| c.id);
    Some(Drawn { seed: seed.to_owned(), pool_sha256, sequence: chosen.iter().map(|c| c.id).chain(rest).collect() })
}

/// Which of those who `wait` comes next: the first in order who leaves a panel that can still be composed by the rule.
pub fn next(pool: &[Candidate], seated: &[AccountId], wait: &[AccountId], seats: usize) -> Option<usize> {
    let known = |id: &AccountId| pool.iter().find(|c| c.id == *id);
    let seated: Vec<&Candidate> = seated.iter().filter_map(known).collect();
    let count = |kind: &str| seated.iter().filter(|c| c.kind == kind).count();
    let (technical, finance) = (count("technical"), count("finance_management"));
    let left = seats.checked_sub(seated.len() + 1)?;
    wait.iter().position(|id| {
        known(id).is_some_and(|c| {
            let lacks_technical = (seats * 2).div_ceil(3).saturating_sub(technical + usize::from(c.kind == "technical"));
            let lacks_finance = 1_usize.saturating_sub(finance + usize::from(c.kind == "finance_management"));
            !seated.iter().any(|s| s.unit == c.unit) && lacks_technical + lacks_finance <= left
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    fn candidate(n: u128, kind: &str, unit: &str) -> Candidate {
        Candidate {
            id: AccountId(Uuid::from_u128(n)),
            kind: kind.into(),
            unit: unit.into(),
            former_units: vec![],
            name: format!("专家{n}"),
        }
    }
    fn sample() -> Vec<Candidate> {
        (1..=20)
            .map(|n| candidate(n, if n % 5 == 0 { "finance_management" } else { "technical" }, &format!("单位{}", n / 2)))
            .collect()
    }
    #[test]
    fn the_same_seed_draws_the_same_panel_and_another_does_not() {
        let pool = sample();
        let one = draw(&pool, &Parties::default(), 5, "a").map(|d| d.sequence);
        assert_eq!(one, draw(&pool, &Parties::default(), 5, "a").map(|d| d.sequence));
        assert_ne!(one, draw(&pool, &Parties::default(), 5, "b").map(|d| d.sequence));
    }
    #[test]
    fn conflicts_and_shared_units_are_never_drawn() {
        let pool = sample();
        let parties = Parties { units: vec!["单位3".into()], avoided: vec!["专家9".into()] };
        for seed in 0..50 {
            let drawn = draw(&pool, &parties, 5, &seed.to_string()).expect("the pool is large enough");
            let seats: Vec<&Candidate> = drawn.sequence[..5].iter().filter_map(|id| pool.iter().find(|c| c.id == *id)).collect();
            let units: std::collections::BTreeSet<&str> = seats.iter().map(|c| c.unit.as_str()).collect();
            assert_eq!(units.len(), 5);
            assert!(seats.iter().all(|c| c.unit != "单位3" && c.name != "专家9"));
            assert!(seats.iter().any(|c| c.kind == "finance_management"));
            assert!(seats.iter().filter(|c| c.kind == "technical").count() * 3 >= 10);
        }
    }
    #[test]
    fn too_small_a_pool_is_refused() {
        assert!(draw(&sample()[..4], &Parties::default(), 5, "a").is_none());
    }
}

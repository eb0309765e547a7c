//! Random lives from a seed, by the API alone: somebody looks at their desk, takes an act that is offered with a body made from its
//! form, the clock moves on. Whatever happens: no internal error, and the record verifies, whole and in its public part.
//! Short here; longer by `scripts/walk SEED STEPS`.
mod body;

use crate::acts::support::Stage;
use crate::log;
use axum::http::Method;
use body::Bodies;
use jiebang::domain::log::record::Scope;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PEOPLE: &[&str] = &[
    "officer",
    "officer2",
    "checker",
    "head",
    "supervisor",
    "finance",
    "poster",
    "service",
    "bidder1",
    "bidder2",
    "bidder3",
    "auditor",
    "officer",
    "officer2",
    "service",
];

/// Numbers from a seed, the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).unwrap()
    }
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    pub fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        (!all.is_empty()).then(|| &all[self.below(all.len())])
    }
}

struct Walk {
    s: Stage,
    dice: Dice,
    bodies: Bodies,
    /// Addresses of things that have been met.
    things: Vec<String>,
    /// Acts taken, and offered ones that were refused all the same, by their code.
    taken: BTreeMap<String, usize>,
    refused: BTreeMap<String, usize>,
    /// Bodies that the walker could not make right, by their first fault.
    spoilt: BTreeMap<String, usize>,
    faults: Vec<String>,
}

impl Walk {
    async fn from(seed: u64) -> Self {
        let s = Stage::new().await;
        let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let (things, taken, refused, spoilt, faults) = Default::default();
        Self { s, dice, bodies: Bodies::default(), things, taken, refused, spoilt, faults }
    }

    async fn call(&mut self, who: &str, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.s.t.call(who, method.clone(), path, body, None).await;
        if answer.status >= 500 {
            self.faults.push(format!("{who} {method} {path}: {} {}", answer.status, answer.body));
        }
        (answer.status, answer.body)
    }

    async fn begin(&mut self) {
        let (who, track) = if self.dice.one_in(3) { ("poster", "enterprise_posted") } else { ("service", "government_posted") };
        let (_, made) =
            self.call(who, Method::POST, "/challenges", Some(json!({ "title": "焦化脱硫废液提盐及副盐高值化" }))).await;
        let Some(id) = made["id"].as_str().map(str::to_owned) else { return };
        let draft = json!({ "draft": crate::support::need(track, "single") });
        self.call(who, Method::PUT, &format!("/challenges/{id}/draft"), Some(draft)).await;
        self.things.push(format!("/challenges/{id}"));
    }

    /// What somebody turns to: the top of the desk, mostly, or anything that has been met.
    async fn thing_for(&mut self, who: &str) -> Option<String> {
        let (_, queue) = self.call(who, Method::GET, "/queue", None).await;
        let waiting: Vec<String> =
            queue["items"].as_array()?.iter().filter_map(|i| Some(i["on"]["href"].as_str()?[7..].to_owned())).collect();
        for href in &waiting {
            if !self.things.contains(href) {
                self.things.push(href.clone());
            }
        }
        let pick = if waiting.is_empty() || self.dice.one_in(4) { self.dice.of(&self.things) } else { self.dice.of(&waiting) };
        pick.cloned()
    }

    async fn step(&mut self) {
        if self.things.is_empty() || self.dice.one_in(60) {
            return self.begin().await;
        }
        if self.dice.one_in(25) {
            let days = 1 + self.dice.below(if self.dice.0.is_multiple_of(5) { 20 } else { 4 });
            return self.s.advance(i64::try_from(days).unwrap());
        }
        let who = if self.dice.one_in(3) {
            format!("expert{}", self.dice.below(12))
        } else {
            (*self.dice.of(PEOPLE).unwrap()).to_owned()
        };
        let Some(path) = self.thing_for(&who).await else { return };
        let (status, seen) = self.call(&who, Method::GET, &path, None).await;
        if status != 200 {
            return;
        }
        self.prepare(&who, &path, &seen).await;
        let free = |a: &&Value| a["refusal"].is_null();
        let names: Vec<String> = seen["actions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(free)
            .filter_map(|a| Some(a["name"].as_str()?.to_owned()))
            .collect();
        let Some(act) = self.choose(&names) else { return };
        self.take(&who, &path, &act, &seen).await;
    }

    /// Acts that end everything are rarer than those that go on.
    fn choose(&mut self, names: &[String]) -> Option<String> {
        const RARE: &[&str] = &[
            "cancellation",
            "withdrawal",
            "withdrawal-request",
            "discard",
            "retraction",
            "lapse",
            "suspension",
            "officer-recusal",
            "disqualification",
            "forfeiture",
            "termination",
            "revocation",
            "declining",
            "recusal",
            "return",
            "rejection",
            "shelving",
            "signing-refusal",
            "signature-withdrawal",
            "renegotiation",
            "integrity-records",
            "lobbying",
            "replacement",
            "bounce",
            "deviations",
        ];
        let usual: Vec<&String> = names.iter().filter(|n| !RARE.contains(&n.as_str())).collect();
        if usual.is_empty() && !self.dice.one_in(12) {
            return None;
        }
        if usual.is_empty() || self.dice.one_in(25) {
            self.dice.of(names).cloned()
        } else {
            self.dice.of(&usual).map(|n| (*n).clone())
        }
    }

    /// Drafts are written before they are handed in.
    async fn prepare(&mut self, who: &str, path: &str, seen: &Value) {
        if path.starts_with("/bids/") && seen["state"] == "draft" {
            let org = ["bidder1", "bidder2", "bidder3"].iter().position(|b| *b == who).map(|n| ["u1", "u2", "u3"][n]);
            if let Some(org) = org {
                let offer = self.bodies.offer(self.s.t.org(org), &mut self.dice);
                self.call(who, Method::PUT, &format!("{path}/draft"), Some(json!({ "draft": offer }))).await;
            }
        }
    }

    async fn take(&mut self, who: &str, path: &str, act: &str, seen: &Value) {
        let noun = seen["noun"].as_str().unwrap_or_default().to_owned();
        let Some(body) = self.bodies.of(&self.s, (who, &noun, act), seen, &mut self.dice).await else { return };
        let (status, answer) = self.call(who, Method::POST, &format!("{path}/{act}"), Some(body)).await;
        let name = format!("{noun}.{act}");
        match status {
            200..300 => *self.taken.entry(name).or_default() += 1,
            409 => *self.refused.entry(format!("{name} {}", answer["code"].as_str().unwrap_or("?"))).or_default() += 1,
            // A body that is not right is the walker's own fault, and no offer that lied.
            422 => {
                let first = &answer["errors"][0];
                *self.spoilt.entry(format!("{name} {}:{}", first["field"], first["code"])).or_default() += 1;
            }
            other => *self.refused.entry(format!("{name} {other}")).or_default() += 1,
        }
        if let (true, Some(href)) = (status == 201, answer["href"].as_str()) {
            let href = href[7..].to_owned();
            if !self.things.contains(&href) {
                self.things.push(href);
            }
        }
    }

    async fn holds(&mut self) {
        if let Err(why) = self.s.verified().await {
            self.faults.push(format!("verify --db: {why}"));
        }
        for scope in [Scope::Full, Scope::Public] {
            if let Err(why) = log::check(&log::exported(self.s.app(), scope).await, &[]) {
                self.faults.push(format!("verify: {} {why}", why.code));
            }
        }
    }
}

/// Walks so many steps; gives what was taken.
async fn walk(seed: u64, steps: usize) -> BTreeMap<String, usize> {
    let mut walk = Walk::from(seed).await;
    for n in 1..=steps {
        walk.step().await;
        if n % 2_000 == 0 {
            walk.holds().await;
            println!("{n} steps, {} acts, {} things", walk.taken.values().sum::<usize>(), walk.things.len());
        }
        assert_eq!(walk.faults, Vec::<String>::new(), "seed {seed}, step {n}");
    }
    walk.holds().await;
    println!("taken: {:#?}\noffered and refused: {:#?}\nbodies not right: {:#?}", walk.taken, walk.refused, walk.spoilt);
    assert_eq!(walk.faults, Vec::<String>::new(), "seed {seed}");
    walk.taken
}

#[tokio::test]
async fn random_lives_meet_no_internal_error_and_leave_a_record_in_order() {
    let taken: BTreeSet<String> = walk(11, 700).await.into_keys().collect();
    for act in ["challenge.submission", "challenge.screening-approval"] {
        assert!(taken.contains(act), "the walk comes as far as {act}: {taken:?}");
    }
}

/// `scripts/walk SEED STEPS`.
#[tokio::test]
#[ignore = "as long as one asks for"]
async fn long() {
    let number = |name: &str, otherwise: u64| std::env::var(name).ok().map_or(otherwise, |v| v.parse().expect("a number"));
    walk(number("JIEBANG_WALK_SEED", 1), usize::try_from(number("JIEBANG_WALK_STEPS", 20_000)).unwrap()).await;
}

//! `jiebang verify`'s events a second against hashing the same events alone, in one run: a record of 200,000 events is made,
//! read from disk and checked by every rule. The ratio is the figure. Another number of events may be named:
//! `cargo bench --bench verify -- 1000000`.
#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on says so where it stands")]
use jiebang::domain::hash::canonical;
use jiebang::domain::log::{
    check::{Checker, Summary, Trust},
    leaf,
    note::SecretKey,
    record::{Line, Scope, Writer, read},
    tree::{Frontier, Hash, leaf_hash},
};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
    time::{Duration, Instant},
};
use uuid::Uuid;

const EVENTS: u64 = 200_000;
const ROUNDS: usize = 5;
/// 2 March 2026.
const START: i64 = 1_772_413_200_000;

fn main() {
    let wanted = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(EVENTS);
    let path = std::env::temp_dir().join(format!("jiebang-bench-{}.jsonl", Uuid::new_v4().simple()));
    let made = make(&path, wanted);
    let (mut hashing, mut verifying, mut worked) = (vec![], vec![], None);
    for _ in 0..ROUNDS {
        let entries = load(&path);
        hashing.push(timed(|| hash_alone(&entries)).0);
        drop(entries);
        let (time, summary) = timed(|| verify(&path));
        verifying.push(time);
        worked = Some(summary);
    }
    let (hash, check) = (median(hashing), median(verifying));
    let rate = |d: Duration| made as f64 / d.as_secs_f64();
    println!("{made} events, {} MB; {:?}", std::fs::metadata(&path).unwrap().len() / 1_000_000, worked.unwrap().checked);
    println!("hashing alone  {:6.2} s  {:9.0} events/s", hash.as_secs_f64(), rate(hash));
    println!("verify         {:6.2} s  {:9.0} events/s", check.as_secs_f64(), rate(check));
    println!("ratio          {:6.2}", check.as_secs_f64() / hash.as_secs_f64());
    std::fs::remove_file(&path).unwrap();
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let done = work();
    (begun.elapsed(), done)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

type Held = (Vec<u8>, [u8; 32], String);

/// Entries as hashing alone wants them: in memory, nothing to parse.
fn load(path: &Path) -> Vec<Held> {
    let lines = BufReader::new(File::open(path).unwrap()).lines();
    let entry = |line: String| match read(&line) {
        Some(Line::Entry { salt, body, leaf, .. }) => Some((salt.to_vec(), leaf, body.to_owned())),
        _ => None,
    };
    lines.filter_map(|l| entry(l.unwrap())).collect()
}

fn hash_alone(entries: &[Held]) -> Hash {
    let mut tree = Frontier::default();
    for (salt, said, body) in entries {
        let data = leaf(salt, body.as_bytes());
        assert_eq!(data, *said);
        tree.push(leaf_hash(&data));
    }
    tree.root()
}

fn verify(path: &Path) -> Summary {
    let mut checker = Checker::new(Trust::default());
    let (mut reader, mut line) = (BufReader::with_capacity(1 << 20, File::open(path).unwrap()), vec![]);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).unwrap() == 0 {
            return checker.finish().unwrap();
        }
        line.pop();
        checker.line(&line).unwrap();
    }
}

/// A record of many cases, with a checkpoint each thousand events; gives how many.
fn make(path: &Path, wanted: u64) -> u64 {
    let key = SecretKey::new("bench.example/log", [1; 32]).unwrap();
    let (mut w, mut tree) = (Writer::new(&key), Frontier::default());
    let mut out = BufWriter::new(File::create(path).unwrap());
    out.write_all(w.head(Scope::Full).as_bytes()).unwrap();
    for case in 0u128.. {
        for mut body in events(case) {
            let seq = tree.size() + 1;
            body["seq"] = json!(seq);
            body["at"] = json!(START + i64::try_from(seq).unwrap());
            let (salt, text) = ([u8::try_from(seq % 251).unwrap(); 32], canonical(&body));
            let data = leaf(&salt, text.as_bytes());
            tree.push(leaf_hash(&data));
            out.write_all(w.entry(seq, &data, &salt, &text).as_bytes()).unwrap();
            if seq.is_multiple_of(1000) {
                out.write_all(w.sign(seq, tree.root()).as_bytes()).unwrap();
            }
        }
        if tree.size() >= wanted {
            break;
        }
    }
    if !tree.size().is_multiple_of(1000) {
        out.write_all(w.sign(tree.size(), tree.root()).as_bytes()).unwrap();
    }
    out.write_all(w.end().as_bytes()).unwrap();
    out.flush().unwrap();
    tree.size()
}

struct Case(u128);

impl Case {
    fn id(&self, n: u128) -> Uuid {
        Uuid::from_u128(self.0 * 1000 + n)
    }

    /// One event by a person, of a size as they are.
    fn event(&self, kind: &str, subject: u128, (person, role): (u128, &str), (from, to): (&str, &str), facts: Value) -> Value {
        let state = |n: u128| json!({ "table": "bid", "id": self.id(n), "sha256": "ab".repeat(32) });
        json!({
            "actor": { "id": self.id(person), "name": "示例经办人", "organisation": self.id(person + 1), "role": role },
            "event": {
                "kind": kind, "noun": kind.split('.').next().unwrap(), "subject": self.id(subject), "challenge": self.id(0), "org": self.id(1),
                "from": from, "to": to, "reason": "经现场核对，情况属实，符合本榜要求。", "changes": [], "facts": facts, "visibility": "parties",
            },
            "states": [state(1), state(2), state(3)],
        })
    }
}

/// One case: published, ten bids sealed, opened, a contract in force, four payments.
fn events(case: u128) -> Vec<Value> {
    let c = Case(case);
    let close = |on: bool| jiff::Timestamp::from_millisecond(START + if on { 0 } else { 10_000_000_000 }).unwrap();
    let mut out = vec![c.event("challenge.creation", 0, (900, "poster"), ("", ""), json!({ "close_at": close(true) }))];
    out.push(c.event(
        "challenge.publication",
        0,
        (910, "officer"),
        ("list_notice", "published"),
        json!({ "close_at": close(false) }),
    ));
    for bid in 100..110 {
        let team = (bid + 700, "bidder");
        out.push(c.event("bid.start", bid, team, ("", ""), json!({})));
        out.extend((0..3).map(|n| c.event("bid.draft", bid, team, ("", ""), json!({ "edition": n }))));
        out.push(c.event("bid.seal", bid, team, ("draft", "sealed"), json!({ "sha256": "cd".repeat(32), "edition": 1 })));
    }
    let claim = |n: u128| json!({ "instalment": c.id(n), "contract": c.id(300), "source": "county", "amount_fen": 1000 });
    let unlocked: Vec<Value> = (400..404).map(claim).collect();
    let effect = json!({ "county_fen": 4000, "enterprise_fen": 0, "unlocked": unlocked });
    out.push(c.event("contract.effect", 300, (920, "checker"), ("signed", "effective"), effect));
    for i in 400..404 {
        let facts = json!({ "amount_fen": 1000, "source": "county", "contract": c.id(300) });
        for (act, person, from, to) in [
            ("request", (800, "bidder"), "eligible", "requested"),
            ("check", (910, "officer"), "requested", "checked"),
            ("approval", (930, "head"), "checked", "approved"),
            ("fiscal-payment", (940, "finance"), "approved", "paid"),
        ] {
            out.push(c.event(&format!("instalment.{act}"), i, person, (from, to), facts.clone()));
        }
    }
    out
}

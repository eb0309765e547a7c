//! Bids that may have one writer (security D13): the same name in their files, the same machine, nearly the same words, prices in
//! steps. Looked at after the opening only, and shown to the supervisor alone.
use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// A name that a file of a bid carries: its author, or the program it was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub bid: BidId,
    pub file: FileId,
    /// `author`, `last_modified_by`, `creator` or `producer`.
    pub name: &'static str,
    pub value: String,
}

/// From where a bid was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub bid: BidId,
    pub address: String,
    pub agent: String,
    pub at: Timestamp,
}

pub(super) fn of(f: &Facts) -> Vec<Flag> {
    if f.challenge.opened_at.is_none() {
        return vec![];
    }
    let bids: Vec<&Bid> = f.bids.iter().filter(|b| f.offers.contains_key(&b.id)).collect();
    let shingled: BTreeMap<BidId, BTreeSet<u64>> = f.offers.iter().map(|(id, o)| (*id, shingles(&words(o)))).collect();
    let mut out = vec![];
    for (n, a) in bids.iter().enumerate() {
        for b in &bids[n + 1..] {
            let mut all = vec![];
            all.extend(same_writer(f, a, b));
            all.extend(same_machine(f, a, b));
            all.extend(same_words(f, a, b, &shingled));
            // A price alone says little: it is told beside another sign, or when it is the same to the fen.
            all.extend(price_step(f, a, b).filter(|e| !all.is_empty() || e.code == "same_price"));
            if !all.is_empty() {
                let pair = Evidence::new("pair").text("one", f.org(a.org)).text("other", f.org(b.org));
                all.insert(0, pair.on(Noun::Bid, a.id.0));
                out.push(f.flag_on(FlagKind::Collusion, pair_id(a.id, b.id), all));
            }
        }
    }
    out
}

/// Names a pair of bids, whichever way round.
fn pair_id(a: BidId, b: BidId) -> Uuid {
    let (a, b) = (a.min(b), a.max(b));
    Uuid::from_u128(a.0.as_u128() ^ b.0.as_u128().rotate_left(1))
}

/// Files of both carry the same author; the program alone is everybody's.
fn same_writer(f: &Facts, a: &Bid, b: &Bid) -> Vec<Evidence> {
    let of = |bid: BidId| f.marks.iter().filter(move |m| m.bid == bid && matches!(m.name, "author" | "last_modified_by"));
    let common: BTreeSet<&str> = of(a.id).filter(|m| of(b.id).any(|o| o.value == m.value)).map(|m| m.value.as_str()).collect();
    let file = |value: &str| of(b.id).find(|m| m.value == value).map(|m| m.file.to_string()).unwrap_or_default();
    common.into_iter().map(|value| Evidence::new("same_writer").text("name", value).text("file", file(value))).collect()
}

/// Sealed from one address, or from one address with the same program.
fn same_machine(f: &Facts, a: &Bid, b: &Bid) -> Option<Evidence> {
    let of = |bid: BidId| f.origins.iter().filter(move |o| o.bid == bid);
    let (x, y) = of(a.id).find_map(|x| of(b.id).find(|y| y.address == x.address).map(|y| (x, y)))?;
    let code = if x.agent == y.agent { "same_machine" } else { "same_address" };
    Some(Evidence::new(code).text("address", &x.address).text("agent", &x.agent).at("one", x.at).at("other", y.at))
}

fn same_words(f: &Facts, a: &Bid, b: &Bid, shingled: &BTreeMap<BidId, BTreeSet<u64>>) -> Option<Evidence> {
    let share = overlap(shingled.get(&a.id)?, shingled.get(&b.id)?);
    (share >= f.rules().flag_text_bp).then(|| Evidence::new("same_words").share("share", share))
}

/// Prices that are equal, or a round step apart.
fn price_step(f: &Facts, a: &Bid, b: &Bid) -> Option<Evidence> {
    let (x, y) = (f.offers.get(&a.id)?.award()?.as_fen(), f.offers.get(&b.id)?.award()?.as_fen());
    let (low, high) = (x.min(y), x.max(y));
    let e = |code: &str| Evidence::new(code).money("one", Money::fen(x)).money("other", Money::fen(y));
    if low == high {
        return Some(e("same_price"));
    }
    let gap = (high - low).saturating_mul(10_000) / high.max(1);
    let round = (high - low) % Money::wan(1).as_fen() == 0;
    (gap <= f.rules().flag_price_bp && round).then(|| e("price_step").share("gap", gap))
}

/// What a team wrote itself, as far as it is open.
fn words(o: &Readable) -> String {
    const OWN: [&str; 10] = [
        "understanding",
        "route",
        "innovation",
        "plan_b",
        "test_plan",
        "team_text",
        "base_text",
        "estimate_note",
        "landing_plan",
        "past_results",
    ];
    let all = o.json();
    OWN.iter().filter_map(|field| all[*field].as_str()).collect::<Vec<_>>().join("\n")
}

/// Runs of eight characters, without blanks and marks, as hashes.
fn shingles(text: &str) -> BTreeSet<u64> {
    const LONG: usize = 8;
    let plain: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let mut out = BTreeSet::new();
    for run in plain.windows(LONG) {
        // FNV-1a: no secret depends on it.
        let hash =
            run.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, c| (h ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3));
        out.insert(hash);
    }
    out
}

/// Jaccard's share of what two sets have in common, in hundredths of a percent.
fn overlap(a: &BTreeSet<u64>, b: &BTreeSet<u64>) -> i64 {
    let common = a.intersection(b).count();
    let all = a.len() + b.len() - common;
    i64::try_from(common * 10_000 / all.max(1)).unwrap_or(0)
}

/// How alike two texts are, in hundredths of a percent.
pub fn similarity(a: &str, b: &str) -> i64 {
    overlap(&shingles(a), &shingles(b))
}

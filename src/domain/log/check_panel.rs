//! The panel: its draw is drawn again from the seed and the pool, its totals and ranks are worked out again from the sheets,
//! and who is announced as winner is somebody whom it found qualified, with the score that it gave.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::draw::{self, Candidate, Parties};
use crate::domain::{AccountId, BidId, Contender, Money, Ranked, RuleSet, Score, Sheet, aggregate, rank, result_of};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Panels {
    cases: BTreeMap<Uuid, Panel>,
}

#[derive(Debug, Default)]
struct Panel {
    seats: usize,
    sequence: Vec<AccountId>,
    /// By assignment: the expert who sits.
    seated: BTreeMap<Uuid, AccountId>,
    called: BTreeSet<AccountId>,
    ranking: Vec<Ranked>,
}

#[derive(Deserialize)]
struct Draw {
    seats: usize,
    seed: String,
    pool_sha256: String,
    pool: Vec<Candidate>,
    parties: Parties,
    sequence: Vec<AccountId>,
    #[serde(default)]
    invited: Vec<Seat>,
}

#[derive(Clone, Copy, Deserialize)]
struct Seat {
    assignment: Uuid,
    expert: AccountId,
}

#[derive(Deserialize)]
struct Replacement {
    gone: Seat,
    by: Uuid,
    expert: AccountId,
    /// Those who may be called on that day.
    pool: Vec<Candidate>,
}

#[derive(Deserialize)]
struct Report {
    ranking: Vec<Ranked>,
    panel: Scored,
    rules: Used,
}

#[derive(Deserialize)]
struct Scored {
    sheets: Vec<Marks>,
    prices: Vec<Price>,
}

#[derive(Deserialize)]
struct Marks {
    assignment: Uuid,
    expert: AccountId,
    bids: BTreeMap<BidId, Points>,
}

#[derive(Deserialize)]
struct Points {
    points: BTreeMap<String, Score>,
    vetoes: Vec<String>,
}

#[derive(Deserialize)]
struct Price {
    bid: BidId,
    price_fen: Option<Money>,
}

#[derive(Deserialize)]
struct Used {
    drop_from: usize,
    pass: Score,
}

#[derive(Deserialize)]
struct Announced {
    winners: Vec<Winner>,
}

#[derive(Deserialize)]
struct Winner {
    bid: BidId,
    score: Option<Score>,
}

impl Panels {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        match e.kind() {
            "challenge.panel" if e.has("pool") => self.drawn(e, sight),
            "challenge.panel-replacement" if e.has("gone") => self.replaced(e, sight),
            "assignment.declining" | "assignment.recusal" => {
                if let Some(panel) = self.cases.get_mut(&e.case()) {
                    panel.seated.remove(&e.event.subject);
                }
                Ok(())
            }
            "challenge.panel-report" if e.has("panel") => self.reported(e, sight),
            "notice.publication" => self.announced(e, sight),
            _ => Ok(()),
        }
    }

    fn drawn(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let d: Draw = e.facts()?;
        let again = draw::draw(&d.pool, &d.parties, d.seats, &d.seed);
        let again = again.ok_or_else(|| e.wrong("draw", "this pool can't fill the panel"))?;
        if again.pool_sha256 != d.pool_sha256 {
            return Err(e.wrong("draw", "the pool is not the one whose hash was kept"));
        }
        if again.sequence != d.sequence {
            return Err(e.wrong("draw", "the seed and the pool draw another sequence"));
        }
        let called: Vec<AccountId> = d.invited.iter().map(|s| s.expert).collect();
        if called != d.sequence[..d.seats.min(d.sequence.len())] {
            return Err(e.wrong("draw", "others were invited than were drawn"));
        }
        sight.count("draws");
        let seated = d.invited.iter().map(|s| (s.assignment, s.expert)).collect();
        let called = called.into_iter().collect();
        let panel = Panel { seats: d.seats, sequence: d.sequence, seated, called, ranking: vec![] };
        self.cases.insert(e.case(), panel);
        Ok(())
    }

    fn replaced(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let r: Replacement = e.facts()?;
        let Some(panel) = self.cases.get_mut(&e.case()) else { return Ok(()) };
        panel.seated.remove(&r.gone.assignment);
        if !panel.called.contains(&r.gone.expert) {
            return Err(e.wrong("draw", "who is replaced was never called"));
        }
        let sitting: Vec<AccountId> = panel.seated.values().copied().collect();
        let wait: Vec<AccountId> = panel.sequence.iter().copied().filter(|id| !panel.called.contains(id)).collect();
        let next = draw::next(&r.pool, &sitting, &wait, panel.seats).map(|at| wait[at]);
        if next != Some(r.expert) {
            return Err(e.wrong("draw", "another expert is next in the sequence that was drawn"));
        }
        panel.called.insert(r.expert);
        panel.seated.insert(r.by, r.expert);
        sight.count("replacements");
        Ok(())
    }

    fn reported(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let r: Report = e.facts()?;
        if let Some(panel) = self.cases.get(&e.case()) {
            let drawn =
                |m: &Marks| panel.called.contains(&m.expert) && panel.seated.get(&m.assignment).is_none_or(|x| *x == m.expert);
            if !r.panel.sheets.iter().all(drawn) || r.panel.sheets.len() < panel.seats {
                return Err(e.wrong("panel", "the sheets are not those of the panel that was drawn"));
            }
        }
        if ranking(&r).ok_or_else(|| e.wrong("scores", "a sheet is incomplete"))? != r.ranking {
            return Err(e.wrong("scores", "the sheets give other totals or ranks"));
        }
        sight.count("rankings");
        self.cases.entry(e.case()).or_default().ranking = r.ranking;
        Ok(())
    }

    fn announced(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let Some(panel) = self.cases.get(&e.case()).filter(|p| !p.ranking.is_empty()) else { return Ok(()) };
        let announced: Announced = e.facts()?;
        for w in announced.winners {
            let ranked = panel.ranking.iter().find(|r| r.bid == w.bid && r.qualified);
            if ranked.map(|r| r.total) != Some(w.score.unwrap_or_default()) {
                return Err(e.wrong("award", format!("bid {} was not qualified, or with another score", w.bid)));
            }
            sight.count("winners");
        }
        Ok(())
    }
}

/// The ranking by the rule, from what the sheets say.
fn ranking(r: &Report) -> Option<Vec<Ranked>> {
    let rules = RuleSet { drop_from: r.rules.drop_from, ..RuleSet::default() };
    let mut vetoed = BTreeSet::new();
    let mut contenders = vec![];
    for p in &r.panel.prices {
        let own: Vec<Sheet> = r.panel.sheets.iter().map(|m| m.bids.get(&p.bid).map(sheet)).collect::<Option<_>>()?;
        let own: Vec<&Sheet> = own.iter().collect();
        let tally = result_of(p.bid, &own, &rules)?;
        let hard: Vec<Score> = own.iter().filter_map(|s| s.points.get("indicator_response").copied()).collect();
        let hard = aggregate(&hard, rules.drop_from).unwrap_or_default();
        if tally.vetoed {
            vetoed.insert(p.bid);
        }
        let price = p.price_fen.unwrap_or_default();
        contenders.push(Contender { id: p.bid, total: tally.total, blind: tally.blind, hard, price });
    }
    let of = |id: BidId| contenders.iter().find(|c| c.id == id).map(|c| c.total).unwrap_or_default();
    let line = |p: crate::domain::Place<BidId>| {
        let total = of(p.id);
        let qualified = total >= r.rules.pass && !vetoed.contains(&p.id);
        Ranked { bid: p.id, rank: p.place, total, qualified, tied: p.tied }
    };
    Some(rank(&contenders).into_iter().map(line).collect())
}

fn sheet(p: &Points) -> Sheet {
    Sheet { points: p.points.clone(), vetoes: p.vetoes.clone(), ..Sheet::default() }
}

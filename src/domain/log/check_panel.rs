//! The panel: its draw is drawn again from the seed and the pool, its totals and ranks are worked out again from the sheets,
//! and who is announced as winner is somebody whom it found qualified, with the score that it gave.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::draw::{self, Candidate, Plan, Seed};
use crate::domain::{AccountId, BidId, Contender, Money, Ranked, RuleSet, Score, Sheet, aggregate, commitment, rank, result_of};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Panels {
    cases: BTreeMap<Uuid, Panel>,
}

#[derive(Debug, Default)]
struct Panel {
    /// Hash of the lot's secret, published with the challenge.
    commitment: Option<String>,
    /// What stands in the tree for the entry that the lot is mixed with.
    mixed: Option<String>,
    call: Option<Plan>,
    plan: Option<Plan>,
    sequence: Vec<AccountId>,
    /// By assignment: the expert who sits.
    seated: BTreeMap<Uuid, AccountId>,
    called: BTreeSet<AccountId>,
    /// By assignment: hashes of the blind part and of the whole, as they were submitted.
    promised: BTreeMap<Uuid, Promise>,
    ranking: Vec<Ranked>,
}

#[derive(Deserialize)]
struct Published {
    draw_commitment: Option<String>,
    new: Option<Uuid>,
}

#[derive(Deserialize)]
struct Called {
    plan: Plan,
    /// Of a challenge that was published before secrets were promised.
    draw_commitment: Option<String>,
}

#[derive(Deserialize)]
struct Draw {
    seed: Seed,
    plan: Plan,
    pool: Vec<Candidate>,
    barred: BTreeMap<AccountId, serde::de::IgnoredAny>,
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
    /// Those of the sequence who could come, and those who could not, with why.
    waiting: Vec<AccountId>,
    left_out: BTreeMap<AccountId, serde::de::IgnoredAny>,
    /// Whoever sits or waits, as the draw sees them.
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
    nonce: Option<String>,
    blind_nonce: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Promise {
    blind_sha256: Option<String>,
    sheets_sha256: Option<String>,
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
            "challenge.publication" | "challenge.relisting" => self.published(e),
            "challenge.opening-confirmation" | "objection.upholding" => {
                self.case(e).mixed = Some(hex::encode(e.leaf));
                Ok(())
            }
            "challenge.panel" if e.has("plan") => self.call(e),
            "challenge.panel-draw" => self.drawn(e, sight),
            "challenge.panel-replacement" if e.has("gone") => self.replaced(e, sight),
            "assignment.blind-submission" | "assignment.submission" | "assignment.score-change" => self.promised(e),
            _ if e.event.noun == "assignment" && matches!(e.event.to.as_deref(), Some("declined" | "recused" | "replaced")) => {
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

    fn case(&mut self, e: &Entry<'_>) -> &mut Panel {
        self.cases.entry(e.case()).or_default()
    }

    fn published(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let p: Published = e.facts()?;
        self.cases.entry(p.new.unwrap_or_else(|| e.case())).or_default().commitment = p.draw_commitment;
        Ok(())
    }

    fn call(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let called: Called = e.facts()?;
        let panel = self.case(e);
        if called.draw_commitment.is_some() && panel.commitment.is_some() {
            return Err(e.wrong("draw", "a lot's secret was promised before"));
        }
        panel.commitment = called.draw_commitment.or(panel.commitment.take());
        panel.call = Some(called.plan);
        Ok(())
    }

    fn drawn(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let d: Draw = e.facts()?;
        let partial = sight.partial;
        let panel = self.case(e);
        let same = |a: &Option<String>, b: &String| a.as_ref().map_or(partial, |a| a == b);
        let barred = d.barred.keys().copied().collect();
        let invited: Vec<AccountId> = d.invited.iter().map(|s| s.expert).collect();
        let faults = [
            (
                !same(&panel.commitment, &Seed::commitment(&d.seed.secret)),
                "the lot's secret is not the one promised at publication",
            ),
            (!same(&panel.mixed, &d.seed.opening), "the lot is not mixed with the entry of the opening"),
            (panel.call.as_ref().map_or(!partial, |call| *call != d.plan), "another panel was called for"),
            (draw::pool_sha256(&d.pool) != d.seed.pool_sha256, "the pool is not the one that the lot was drawn from"),
            (
                draw::draw(&d.pool, &barred, &d.plan, &d.seed.sha256()) != Some(d.sequence.clone()),
                "drawn again, the lot falls otherwise",
            ),
            (invited != d.sequence[..d.plan.seats.min(d.sequence.len())], "others were invited than were drawn"),
        ];
        if let Some((_, says)) = faults.into_iter().find(|(wrong, _)| *wrong) {
            return Err(e.wrong("draw", says));
        }
        panel.seated = d.invited.iter().map(|s| (s.assignment, s.expert)).collect();
        panel.called = invited.into_iter().collect();
        (panel.plan, panel.sequence) = (Some(d.plan), d.sequence);
        (panel.promised, panel.ranking) = (BTreeMap::new(), vec![]);
        sight.count("draws");
        Ok(())
    }

    fn replaced(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let r: Replacement = e.facts()?;
        let Some((panel, plan)) = self.cases.get_mut(&e.case()).and_then(|p| p.plan.clone().map(|plan| (p, plan))) else {
            return Ok(());
        };
        panel.seated.remove(&r.gone.assignment);
        if !panel.called.contains(&r.gone.expert) {
            return Err(e.wrong("draw", "who is replaced was never called"));
        }
        let sitting: Vec<AccountId> = panel.seated.values().copied().collect();
        let free = |id: &AccountId| !panel.called.contains(id) && !r.left_out.contains_key(id);
        let waiting: Vec<AccountId> = panel.sequence.iter().copied().filter(free).collect();
        let next = draw::next(&r.pool, &sitting, &waiting, &plan).map(|at| waiting[at]);
        if waiting != r.waiting || next != Some(r.expert) {
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
            if !r.panel.sheets.iter().all(drawn) || panel.plan.as_ref().is_some_and(|p| r.panel.sheets.len() < p.seats) {
                return Err(e.wrong("panel", "the sheets are not those of the panel that was drawn"));
            }
        }
        self.kept(e, &r, sight)?;
        if ranking(&r).ok_or_else(|| e.wrong("scores", "a sheet is incomplete"))? != r.ranking {
            return Err(e.wrong("scores", "the sheets give other totals or ranks"));
        }
        sight.count("rankings");
        self.cases.entry(e.case()).or_default().ranking = r.ranking;
        Ok(())
    }

    fn promised(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let now: Promise = e.facts()?;
        let kept = self.cases.entry(e.case()).or_default().promised.entry(e.event.subject).or_default();
        kept.blind_sha256 = now.blind_sha256.or(kept.blind_sha256.take());
        kept.sheets_sha256 = now.sheets_sha256.or(kept.sheets_sha256.take());
        Ok(())
    }

    /// Every sheet is the one that its expert submitted, and its blind part the one that was submitted blind.
    fn kept(&self, e: &Entry<'_>, r: &Report, sight: &mut Sight) -> Result<(), Wrong> {
        let Some(panel) = self.cases.get(&e.case()) else { return Ok(()) };
        for m in &r.panel.sheets {
            let sheets: BTreeMap<BidId, Sheet> = m.bids.iter().map(|(bid, p)| (*bid, sheet(p))).collect();
            let promise = panel.promised.get(&m.assignment);
            let blind = (promise.and_then(|p| p.blind_sha256.as_ref()), &m.blind_nonce, true);
            let whole = (promise.and_then(|p| p.sheets_sha256.as_ref()), &m.nonce, false);
            for (said, nonce, blind) in [blind, whole] {
                match (said, nonce) {
                    (Some(said), Some(nonce)) if commitment(&sheets, blind, nonce) == *said => sight.count("sheets"),
                    // From before sheets were kept this way.
                    (None, None) => {}
                    _ => return Err(e.wrong("scores", format!("sheet {} is not as it was submitted", m.assignment))),
                }
            }
        }
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

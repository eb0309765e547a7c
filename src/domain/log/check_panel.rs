//! The panel: its draw is drawn again from the seed and the pool, its totals and ranks are worked out again from the sheets,
//! and who is announced as winner is somebody whom it found qualified, with the score that it gave.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::draw::{self, Candidate, Plan, Seed};
use crate::domain::ranking::ranking;
use crate::domain::seats::is_alarming;
use crate::domain::{AccountId, BidId, Judged, Money, Ranked, RuleSet, Score, Sheet, Votes, commitment};
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
    /// By assignment: the last vote on ties.
    votes: BTreeMap<Uuid, Vec<BidId>>,
    ranking: Vec<Ranked>,
    /// Seats filled by the platform itself, and whether the alarm was raised.
    followed: usize,
    alarmed: bool,
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
    thin_reason: Option<String>,
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
    /// Which bid of each tie comes first, in this expert's vote.
    #[serde(default)]
    votes: Vec<BidId>,
    #[serde(default)]
    chairs: bool,
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

impl Panel {
    fn replaced(&self) -> usize {
        self.called.len().saturating_sub(self.plan.as_ref().map_or(0, |p| p.seats))
    }
}

impl Panels {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        if e.kind() != "challenge.panel" {
            self.promised_lot(e)?;
        }
        match e.kind() {
            "challenge.opening-confirmation" | "objection.upholding" => {
                self.case(e).mixed = Some(hex::encode(e.leaf));
                Ok(())
            }
            "challenge.panel" if e.has("plan") => self.call(e),
            "challenge.panel-draw" => self.drawn(e, sight),
            "challenge.panel-replacement" | "challenge.panel-succession" if e.has("gone") => self.replaced(e, sight),
            "challenge.panel-alarm" if e.has("replaced") => self.alarmed(e),
            "assignment.no-reply" => self.silent(e),
            "assignment.tie-vote" => self.voted(e),
            "assignment.blind-submission" | "assignment.submission" | "assignment.score-change" => self.promised(e),
            _ if e.event.noun == "assignment"
                && matches!(e.event.to.as_deref(), Some("declined" | "recused" | "no_reply" | "replaced")) =>
            {
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

    /// Any act may promise the secret of the draw to come: the publication, a new listing, the decision that another panel judges.
    fn promised_lot(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        if !e.has("draw_commitment") {
            return Ok(());
        }
        let p: Published = e.facts()?;
        if p.draw_commitment.is_some() {
            self.cases.entry(p.new.unwrap_or_else(|| e.case())).or_default().commitment = p.draw_commitment;
        }
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
        let no_go = &barred;
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
            (
                e.has("thin_reason") && draw::may_be_thin(&d.plan.strata(&d.pool, no_go), d.thin_reason.as_deref()).is_err(),
                "the pool had fewer than three for each seat, and no reason was given",
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
        (panel.followed, panel.alarmed) = (0, false);
        panel.votes.clear();
        sight.count("draws");
        Ok(())
    }

    fn replaced(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let r: Replacement = e.facts()?;
        let Some((panel, plan)) = self.cases.get_mut(&e.case()).and_then(|p| p.plan.clone().map(|plan| (p, plan))) else {
            return Ok(());
        };
        if e.kind() == "challenge.panel-succession" && panel.seated.contains_key(&r.gone.assignment) {
            return Err(e.wrong("draw", "who is followed had not left"));
        }
        panel.followed += usize::from(e.kind() == "challenge.panel-succession");
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

    /// Nobody is taken for silent before the time to answer has passed.
    fn silent(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        #[derive(Deserialize)]
        struct Silent {
            due: jiff::Timestamp,
        }
        let Silent { due } = e.facts()?;
        if e.at < due.as_millisecond() {
            return Err(e.wrong("clock", "an expert was taken for silent before the time to answer had passed"));
        }
        if let Some(panel) = self.cases.get_mut(&e.case()) {
            panel.seated.remove(&e.event.subject);
        }
        Ok(())
    }

    fn alarmed(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        #[derive(Deserialize)]
        struct Alarm {
            replaced: usize,
            seats: usize,
        }
        let Alarm { replaced, seats } = e.facts()?;
        let Some(panel) = self.cases.get_mut(&e.case()).filter(|p| p.plan.is_some()) else { return Ok(()) };
        if panel.replaced() != replaced || !is_alarming(replaced, seats) {
            return Err(e.wrong("alarm", "another number of experts had been replaced"));
        }
        panel.alarmed = true;
        Ok(())
    }

    fn reported(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let r: Report = e.facts()?;
        if let Some(panel) = self.cases.get(&e.case()) {
            let seats = panel.plan.as_ref().map_or(usize::MAX, |p| p.seats);
            if panel.followed > 0 && !panel.alarmed && is_alarming(panel.replaced(), seats) {
                return Err(e.wrong("alarm", "more than a third of the panel was replaced, and no alarm was raised"));
            }
            let drawn =
                |m: &Marks| panel.called.contains(&m.expert) && panel.seated.get(&m.assignment).is_none_or(|x| *x == m.expert);
            if !r.panel.sheets.iter().all(drawn) || panel.plan.as_ref().is_some_and(|p| r.panel.sheets.len() < p.seats) {
                return Err(e.wrong("panel", "the sheets are not those of the panel that was drawn"));
            }
        }
        self.chaired(e, &r, sight)?;
        self.kept(e, &r, sight)?;
        if worked_out(&r).ok_or_else(|| e.wrong("scores", "a sheet is incomplete"))? != r.ranking {
            return Err(e.wrong("scores", "the sheets give other totals or ranks"));
        }
        sight.count("rankings");
        self.cases.entry(e.case()).or_default().ranking = r.ranking;
        Ok(())
    }

    fn voted(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        #[derive(Deserialize)]
        struct Voted {
            votes: Vec<BidId>,
        }
        let Voted { votes } = e.facts()?;
        self.cases.entry(e.case()).or_default().votes.insert(e.event.subject, votes);
        Ok(())
    }

    /// The votes that count are those that were given, and the chair is the first of the lot among those who scored.
    fn chaired(&self, e: &Entry<'_>, r: &Report, sight: &mut Sight) -> Result<(), Wrong> {
        let Some(panel) = self.cases.get(&e.case()).filter(|p| p.plan.is_some()) else { return Ok(()) };
        for m in &r.panel.sheets {
            let given = panel.votes.get(&m.assignment).map_or(&[][..], Vec::as_slice);
            if !m.votes.iter().all(|bid| given.contains(bid)) {
                return Err(e.wrong("vote", format!("sheet {} counts a vote that its expert did not give", m.assignment)));
            }
            m.votes.iter().for_each(|_| sight.count("tie_votes"));
        }
        let place = |m: &&Marks| panel.sequence.iter().position(|x| *x == m.expert).unwrap_or(usize::MAX);
        let first = r.panel.sheets.iter().min_by_key(place).map(|m| m.assignment);
        let chair = r.panel.sheets.iter().find(|m| m.chairs).map(|m| m.assignment);
        if chair.is_some() && chair != first {
            return Err(e.wrong("panel", "another expert is first in the lot, and chairs"));
        }
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

/// The ranking by the rule, from what the sheets say and how the panel voted on what they leave tied.
fn worked_out(r: &Report) -> Option<Vec<Ranked>> {
    let rules = RuleSet { drop_from: r.rules.drop_from, ..RuleSet::default() };
    let of = |bid: &BidId| r.panel.sheets.iter().map(|m| m.bids.get(bid).map(sheet)).collect::<Option<Vec<Sheet>>>();
    let all: Vec<(BidId, Money, Vec<Sheet>)> =
        r.panel.prices.iter().map(|p| Some((p.bid, p.price_fen.unwrap_or_default(), of(&p.bid)?))).collect::<Option<_>>()?;
    let judged: Vec<Judged<'_>> =
        all.iter().map(|(bid, price, sheets)| Judged { bid: *bid, price: *price, sheets: sheets.iter().collect() }).collect();
    let votes = Votes {
        of_seats: r.panel.sheets.iter().map(|m| m.votes.clone()).collect(),
        chair: r.panel.sheets.iter().position(|m| m.chairs),
    };
    ranking(&judged, &rules, r.rules.pass, &votes)
}

fn sheet(p: &Points) -> Sheet {
    Sheet { points: p.points.clone(), vetoes: p.vetoes.clone(), ..Sheet::default() }
}

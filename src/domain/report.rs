//! The panel's report, complete from what is stored: who sat and how they were drawn, who was replaced and why, points and ranks,
//! what was explained, changed and voted, how firm the result is, the conclusion and who dissents. Pages and documents print it;
//! experts stand in it by their seats where scores are told, by their names where they only sat (domain 2.3).
use super::*;
use std::collections::BTreeMap;

/// What the names behind ids are, for one who prints.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub experts: BTreeMap<AccountId, Person>,
    pub orgs: BTreeMap<OrgId, String>,
    pub officers: BTreeMap<AccountId, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Person {
    pub name: String,
    pub unit: String,
    pub kind: String,
}

/// The report as one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PanelReport {
    pub challenge: ChallengeId,
    pub number: Option<String>,
    pub title: String,
    pub round: u16,
    pub signed_at: Option<Timestamp>,
    pub rubric: Rubric,
    pub rules: ReportRules,
    pub draw: Option<DrawnBy>,
    pub members: Vec<Seated>,
    pub gone: Vec<Left>,
    pub alarm: Option<PanelAlarm>,
    pub stood_aside: Vec<Aside>,
    pub defence: Option<Defence>,
    pub bids: Vec<BidLine>,
    pub outliers: Vec<Outlier>,
    pub changes: Vec<Changed>,
    pub votes: Vec<Vote>,
    /// By seat: who would be first without this sheet.
    pub without: Vec<Option<BidId>>,
    pub decisive_seats: Vec<usize>,
    pub conclusion: Option<Conclusion>,
    pub chair: Option<String>,
    /// The officer's words when the report was signed.
    pub officer_note: Option<String>,
    pub dissent: Vec<Dissenting>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportRules {
    pub version: i32,
    pub drop_from: usize,
    pub pass: Score,
    pub outlier_limit: Score,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnBy {
    pub seats: usize,
    pub plan: Option<draw::Plan>,
    pub seed_sha256: String,
    pub pool_sha256: String,
    pub sequence: usize,
    pub called: usize,
    pub strata: Vec<draw::Stratum>,
    pub by: String,
    pub witnessed_by: String,
}

/// One who sat, by seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seated {
    pub seat: usize,
    pub person: Person,
    pub chair: bool,
    pub state: AssignmentState,
    pub late_parts: u16,
}

/// One who was called and left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    pub person: Person,
    pub state: AssignmentState,
    pub reason: Option<String>,
    pub hits: Vec<Hit>,
    pub next: Option<Person>,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Aside {
    pub name: String,
    pub role: Role,
    pub at: Timestamp,
}

/// One bid: its place, its points, the mean of each item, the totals by seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BidLine {
    pub bid: BidId,
    pub lead: String,
    pub rank: usize,
    pub total: Score,
    pub blind: Score,
    pub normalised: Option<Score>,
    pub price_fen: Option<Money>,
    pub qualified: bool,
    pub tied: bool,
    pub voted: bool,
    pub vetoes: Vec<(String, usize)>,
    pub verdicts: Vec<(String, usize)>,
    pub items: Vec<(String, Score)>,
    pub totals: Vec<Score>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlier {
    pub seat: usize,
    pub bid: BidId,
    pub total: Score,
    pub median: Score,
    /// None where the expert let the day pass and kept the points.
    pub explanation: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub seat: usize,
    pub bid: BidId,
    pub change: ScoreChange,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vote {
    pub bid: BidId,
    pub votes: usize,
    pub chair: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dissenting {
    pub seat: usize,
    pub text: String,
}

impl PanelReport {
    /// From the case as it is stored; `all` are the assignments of every round, `bids` those that were scored.
    pub fn of(c: &Challenge, all: &[Assignment], bids: &[Bid], known: &Known) -> Self {
        let own: Vec<&Assignment> = all.iter().filter(|a| a.round == c.round).collect();
        let place = |a: &Assignment| c.panel.as_ref().and_then(|p| p.sequence.iter().position(|e| *e == a.expert));
        let mut seats: Vec<&Assignment> = own.iter().copied().filter(|a| a.sits()).collect();
        seats.sort_by_key(|a| place(a));
        let person = |id: AccountId| known.experts.get(&id).cloned().unwrap_or_default();
        let officer = |id: AccountId| known.officers.get(&id).cloned().unwrap_or_default();
        let seat = |n: usize, a: &&Assignment| Seated {
            seat: n + 1,
            person: person(a.expert),
            chair: a.chairs,
            state: a.head.state,
            late_parts: a.late,
        };
        let left = |a: &&Assignment| Left {
            person: person(a.expert),
            state: a.head.state,
            reason: a.reason.clone(),
            hits: a.hits.clone(),
            next: a.next.and_then(|n| own.iter().find(|x| x.id == n)).map(|x| person(x.expert)),
            at: a.head.since,
        };
        let chair = seats.iter().find(|a| a.chairs);
        let drawn = c.panel.as_ref().map(|p| DrawnBy {
            seats: p.seats,
            plan: p.plan.clone(),
            seed_sha256: p.seed.clone(),
            pool_sha256: p.pool_sha256.clone(),
            sequence: p.sequence.len(),
            called: p.called,
            strata: p.strata.clone(),
            by: officer(p.by),
            witnessed_by: p.witnessed_by.map(officer).unwrap_or_default(),
        });
        let aside = |r: &StoodAside| Aside { name: officer(r.account), role: r.role, at: r.at };
        Self {
            challenge: c.id,
            number: c.number.clone(),
            title: c.title.clone(),
            round: c.round,
            signed_at: c.reported_at,
            rubric: c.rubric.clone(),
            rules: ReportRules {
                version: c.rules.version,
                drop_from: c.rules.drop_from,
                pass: c.rules.pass(c.ranking.len()),
                outlier_limit: Score::hundredths(c.rules.outlier_limit),
            },
            draw: drawn,
            members: seats.iter().enumerate().map(|(n, a)| seat(n, a)).collect(),
            gone: own.iter().filter(|a| !a.sits()).map(left).collect(),
            alarm: c.panel.as_ref().and_then(|p| p.alarm.clone()),
            stood_aside: c.recused.iter().map(aside).collect(),
            defence: c.defence.clone(),
            bids: c.ranking.iter().map(|r| line(r, c, &seats, bids, known)).collect(),
            outliers: outliers_of(&seats),
            changes: changes_of(&seats),
            votes: votes_of(&seats),
            without: c.analysis.as_ref().map(|a| a.without.clone()).unwrap_or_default(),
            decisive_seats: c.analysis.as_ref().map(Analysis::decisive).unwrap_or_default(),
            conclusion: chair.and_then(|a| a.conclusion.clone()),
            chair: chair.map(|a| person(a.expert).name),
            officer_note: c.report.clone(),
            dissent: dissent_of(&seats),
        }
    }
}

fn line(r: &Ranked, c: &Challenge, seats: &[&Assignment], bids: &[Bid], known: &Known) -> BidLine {
    let b = bids.iter().find(|b| b.id == r.bid);
    let sheets: Vec<&Sheet> = seats.iter().filter_map(|a| a.sheets.get(&r.bid)).collect();
    let mean = |item: &rubric::Item| {
        let points: Vec<Score> = sheets.iter().filter_map(|s| s.points.get(&item.id).copied()).collect();
        Some((item.id.clone(), aggregate(&points, c.rules.drop_from)?))
    };
    let ticked = |v: &&str| ((*v).to_owned(), sheets.iter().filter(|s| s.vetoes.iter().any(|t| t == v)).count());
    let said = |v: &&str| ((*v).to_owned(), sheets.iter().filter(|s| s.verdict.as_deref() == Some(*v)).count());
    let even = c.analysis.as_ref().and_then(|a| a.normalised.iter().find(|(bid, _)| *bid == r.bid)).map(|(_, s)| *s);
    BidLine {
        bid: r.bid,
        lead: b.and_then(|b| known.orgs.get(&b.org).cloned()).unwrap_or_default(),
        rank: r.rank,
        total: r.total,
        blind: b.and_then(|b| b.blind_score).unwrap_or_default(),
        normalised: even,
        price_fen: b.and_then(|b| b.price_fen),
        qualified: r.qualified,
        tied: r.tied,
        voted: r.voted,
        vetoes: VETOES.iter().map(ticked).filter(|(_, n)| *n > 0).collect(),
        verdicts: VERDICTS.iter().map(said).collect(),
        items: c.rubric.items.iter().filter_map(mean).collect(),
        totals: sheets.iter().filter_map(|s| s.total()).collect(),
    }
}

fn outliers_of(seats: &[&Assignment]) -> Vec<Outlier> {
    let mut out = vec![];
    for (n, a) in seats.iter().enumerate() {
        for bid in &a.outlying {
            let totals: Vec<Score> = seats.iter().filter_map(|x| x.sheets.get(bid)?.total()).collect();
            let Some((sheet, median)) = a.sheets.get(bid).zip(median(&totals)) else { continue };
            let total = sheet.total().unwrap_or_default();
            out.push(Outlier { seat: n + 1, bid: *bid, total, median, explanation: sheet.explanation.clone() });
        }
    }
    out
}

fn changes_of(seats: &[&Assignment]) -> Vec<Changed> {
    let of = |(n, a): (usize, &&Assignment)| -> Vec<Changed> {
        let changed =
            |bid: BidId, s: &Sheet| s.changes.iter().map(|x| Changed { seat: n + 1, bid, change: x.clone() }).collect::<Vec<_>>();
        a.sheets.iter().flat_map(|(bid, s)| changed(*bid, s)).collect()
    };
    seats.iter().enumerate().flat_map(of).collect()
}

fn votes_of(seats: &[&Assignment]) -> Vec<Vote> {
    let mut bids: Vec<BidId> = seats.iter().flat_map(|a| a.votes.iter().copied()).collect();
    bids.sort_unstable();
    bids.dedup();
    let of = |bid: BidId| Vote {
        bid,
        votes: seats.iter().filter(|a| a.votes.contains(&bid)).count(),
        chair: seats.iter().any(|a| a.chairs && a.votes.contains(&bid)),
    };
    bids.into_iter().map(of).collect()
}

fn dissent_of(seats: &[&Assignment]) -> Vec<Dissenting> {
    let of = |(n, a): (usize, &&Assignment)| Some(Dissenting { seat: n + 1, text: a.dissent.clone()? });
    seats.iter().enumerate().filter_map(of).collect()
}

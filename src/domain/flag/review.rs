//! How the bids were judged: who sat, who scored far off, on whom the result hangs, who was awarded and at what price.
use super::*;

pub(super) fn of(f: &Facts) -> Vec<Flag> {
    [experts_replaced(f), outlier_reviewer(f), hangs_on_one(f), award_not_first(f), near_ceiling(f), typed_panel(f)]
        .into_iter()
        .flatten()
        .collect()
}

/// A panel that sat on paper and was typed in by one person (domain 11.4).
fn typed_panel(f: &Facts) -> Option<Flag> {
    let panels = |t: &Told| t.facts["typed_panels"].as_array().cloned().unwrap_or_default();
    let one = |t: &Told, panel: &serde_json::Value| {
        let count = |name: &str| panel[name].as_i64().unwrap_or_default();
        let e = Evidence::new("typed_panel").word("what", format!("event.{}", t.kind)).text("name", &t.name);
        e.number("members", count("members")).number("behind", count("behind")).at("at", t.at).entry(Some(t.seq))
    };
    let all: Vec<Evidence> = f.told.iter().flat_map(|t| panels(t).iter().map(|p| one(t, p)).collect::<Vec<_>>()).collect();
    (!all.is_empty()).then(|| f.flag(FlagKind::TypedPanel, all))
}

/// More than a third of the seats were filled again (domain 5.5).
fn experts_replaced(f: &Facts) -> Option<Flag> {
    let panel = f.challenge.panel.as_ref()?;
    let again = panel.called.saturating_sub(panel.seats);
    let share = i64::try_from(again * 10_000 / panel.seats.max(1)).unwrap_or(i64::MAX);
    let most = f.rules().flag_replaced_bp;
    let mut all = vec![Evidence::new("replaced").number("times", again).number("seats", panel.seats).share("share", share)];
    let one = |t: &Told| Evidence::new("replacement").text("name", &t.name).at("at", t.at).entry(Some(t.seq));
    all.extend(f.all("challenge.panel-replacement").map(one));
    (share > most).then(|| f.flag(FlagKind::ExpertsReplaced, all))
}

/// An expert's total lies further from the panel's median than the rule allows.
fn outlier_reviewer(f: &Facts) -> Option<Flag> {
    let panel: Vec<&Assignment> = f.assignments.iter().filter(|a| a.round == f.challenge.round && a.is_locked()).collect();
    let mut all = vec![];
    for a in &panel {
        for bid in &a.outlying {
            let totals: Vec<Score> = panel.iter().filter_map(|x| x.sheets.get(bid)?.total()).collect();
            let (Some(own), Some(middle)) = (a.sheets.get(bid).and_then(Sheet::total), median(&totals)) else { continue };
            let e = Evidence::new("outlier").text("name", f.person(a.expert)).text("own", own).text("median", middle);
            all.push(e.on(Noun::Assignment, a.id.0).entry(f.seq("assignment.submission", a.id.0)));
        }
    }
    (!all.is_empty()).then(|| f.flag(FlagKind::OutlierReviewer, all))
}

/// Without one expert's sheet another bid would be first.
fn hangs_on_one(f: &Facts) -> Option<Flag> {
    let seats = f.challenge.analysis.as_ref()?.decisive();
    let mut panel: Vec<&Assignment> = f.assignments.iter().filter(|a| a.round == f.challenge.round && a.is_locked()).collect();
    panel.sort_by_key(|a| a.id);
    let report = f.seq("challenge.panel-report", f.challenge.id.0);
    let one = |seat: &usize| Evidence::new("decisive").number("seat", seat + 1).number("of", panel.len()).entry(report);
    (!seats.is_empty()).then(|| f.flag(FlagKind::HangsOnOne, seats.iter().map(one).collect()))
}

/// The award goes to a bid behind others that the panel found good enough.
fn award_not_first(f: &Facts) -> Option<Flag> {
    let won: Vec<BidId> = f.challenge.agreed.iter().map(|a| a.bid).collect();
    let rank = |bid: BidId| f.challenge.ranking.iter().find(|r| r.bid == bid).map(|r| r.rank);
    let last = won.iter().filter_map(|b| rank(*b)).max()?;
    let passed = |r: &&Ranked| r.qualified && r.rank < last && !won.contains(&r.bid);
    let one = |r: &Ranked| {
        let org = f.bids.iter().find(|b| b.id == r.bid).map(|b| f.org(b.org)).unwrap_or_default();
        let e = Evidence::new("passed_over").text("name", org).number("rank", r.rank).text("total", r.total).number("won", last);
        e.on(Noun::Bid, r.bid.0).entry(f.seq("challenge.next-rank", f.challenge.id.0))
    };
    let all: Vec<Evidence> = f.challenge.ranking.iter().filter(passed).map(one).collect();
    (!all.is_empty()).then(|| f.flag(FlagKind::AwardNotFirst, all))
}

/// The award takes nearly all that the list offered, though others might have asked less.
fn near_ceiling(f: &Facts) -> Option<Flag> {
    let need = f.challenge.need.as_ref()?;
    let most = need.stake_fen.percent_of(f.rules().flag_ceiling_bp)?;
    let one = |a: &Agreed| {
        let b = f.bids.iter().find(|b| b.id == a.bid)?;
        let share = a.price_fen.as_fen().saturating_mul(10_000) / need.stake_fen.as_fen().max(1);
        let e = Evidence::new("price").text("name", f.org(b.org)).money("price", a.price_fen).money("ceiling", need.stake_fen);
        (a.price_fen >= most).then(|| e.share("share", share).on(Noun::Bid, b.id.0))
    };
    let all: Vec<Evidence> = f.challenge.agreed.iter().filter_map(one).collect();
    (!all.is_empty()).then(|| f.flag(FlagKind::NearCeiling, all))
}

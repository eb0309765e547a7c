//! How a challenge was put out: for how long, changed how late, moved, listed again; and who took the steps.
use super::facts::field_of;
use super::*;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn of(f: &Facts) -> Vec<Flag> {
    [
        short_window(f),
        substantial_amendment(f),
        late_amendment(f),
        deadline_moved(f),
        repeated_relisting(f),
        single_bid(f),
        under_threshold(f),
        one_officer(f),
        same_winner(f),
        objection_upheld(f),
        decided_early(f),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Working days in which a bid could be handed in: what counts is not how long the list hung out over a holiday.
fn short_window(f: &Facts) -> Option<Flag> {
    let (from, to) = (f.challenge.published_at?, f.challenge.close_at?);
    let days = f.m.calendar.remaining(date_of(from), date_of(to));
    let least = f.rules().flag_window_workdays;
    let e = Evidence::new("window").number("days", days).at("from", from).at("to", to);
    let e = e.entry(f.seq("challenge.publication", f.challenge.id.0));
    (days < least).then(|| f.flag(FlagKind::ShortWindow, vec![e]))
}

/// What changed the published challenge: by the meeting's decision, or released by a checker.
fn amendments<'a>(f: &'a Facts<'_>) -> impl Iterator<Item = &'a Told> {
    f.told.iter().filter(|t| matches!(t.kind.as_str(), "challenge.amendment" | "challenge.amendment-release"))
}

fn paths(t: &Told) -> impl Iterator<Item = String> {
    t.changes.iter().map(|c| c.path.clone())
}

/// What teams answer was changed after it had been published, at whatever time.
fn substantial_amendment(f: &Facts) -> Option<Flag> {
    let substantial = |t: &&Told| AmendmentClass::of(&t.changes) == AmendmentClass::Substantial;
    let one = |t: &Told| Evidence::new("amended_substantially").at("at", t.at).fields("what", paths(t)).entry(Some(t.seq));
    let all: Vec<Evidence> = amendments(f).filter(substantial).map(one).collect();
    (!all.is_empty()).then(|| f.flag(FlagKind::SubstantialAmendment, all))
}

/// Changes of the need when little time was left to answer them.
fn late_amendment(f: &Facts) -> Option<Flag> {
    let close = f.challenge.close_at?;
    let most = f.rules().flag_amend_days;
    let late = |t: &&Told| close.duration_since(t.at) < jiff::SignedDuration::from_hours(24 * most) && t.at < close;
    let one = |t: &Told| {
        let days = close.duration_since(t.at).as_hours() / 24;
        Evidence::new("amended").at("at", t.at).number("days", days).fields("what", paths(t)).entry(Some(t.seq))
    };
    let all: Vec<Evidence> = amendments(f).filter(late).map(one).collect();
    (!all.is_empty()).then(|| f.flag(FlagKind::LateAmendment, all))
}

/// The closing time was moved, by an amendment or by a suspension.
fn deadline_moved(f: &Facts) -> Option<Flag> {
    let of_change = |t: &Told| {
        let c = t.changes.iter().find(|c| c.path == "close_at")?;
        let at = |text: &str| text.parse::<Timestamp>().ok();
        Some(Evidence::new("moved").at("before", at(&c.before)?).at("after", at(&c.after)?).entry(Some(t.seq)))
    };
    let mut all: Vec<Evidence> = amendments(f).filter_map(of_change).collect();
    all.extend(f.all("challenge.resumption").map(|t| Evidence::new("stood_still").at("at", t.at).entry(Some(t.seq))));
    (!all.is_empty()).then(|| f.flag(FlagKind::DeadlineMoved, all))
}

fn repeated_relisting(f: &Facts) -> Option<Flag> {
    let (times, least) = (f.challenge.relists, f.rules().flag_relists);
    let mut e = Evidence::new("relisted").number("times", times);
    if let Some(before) = f.challenge.previous {
        e = e.on(Noun::Challenge, before.0);
    }
    (times >= least).then(|| f.flag(FlagKind::RepeatedRelisting, vec![e]))
}

/// One bid was all there was to choose from.
fn single_bid(f: &Facts) -> Option<Flag> {
    let waits = |b: &Bid| matches!(b.head.state, BidState::Opened | BidState::CorrectionRequested);
    let valid = f.counted();
    let settled = f.challenge.opened_at.is_some() && !f.bids.iter().any(waits);
    let e = |b: &Bid| {
        let e =
            Evidence::new("only_bid").text("lead", f.org(b.org)).number("opened", f.challenge.opened_bids.unwrap_or_default());
        e.on(Noun::Bid, b.id.0).entry(f.seq("challenge.opening-confirmation", f.challenge.id.0))
    };
    (settled && valid.len() == 1).then(|| f.flag(FlagKind::SingleBid, valid.iter().map(|b| e(b)).collect()))
}

/// A sum just below the one from which more people look: the larger panel, or the audit.
fn under_threshold(f: &Facts) -> Option<Flag> {
    let (need, rules) = (f.challenge.need.as_ref()?, f.rules());
    let just_under = |sum: Money, limit: i64| {
        let from = Money::fen(limit).percent_of(10_000 - rules.flag_under_bp).unwrap_or_default();
        sum >= from && sum.as_fen() < limit
    };
    let mut all = vec![];
    if just_under(need.stake_fen, rules.panel_large_stake_fen) {
        let e = Evidence::new("under_panel").money("sum", need.stake_fen).money("limit", Money::fen(rules.panel_large_stake_fen));
        all.push(e.number("seats", rules.panel_least).number("more", rules.panel_least_large));
    }
    if just_under(need.county_fen, rules.audit_from_fen) {
        all.push(Evidence::new("under_audit").money("sum", need.county_fen).money("limit", Money::fen(rules.audit_from_fen)));
    }
    (!all.is_empty()).then(|| f.flag(FlagKind::UnderThreshold, all))
}

/// One person of the bureau took so many different steps that the four eyes are two.
fn one_officer(f: &Facts) -> Option<Flag> {
    let most = f.rules().flag_officer_steps;
    let mut steps: BTreeMap<AccountId, (String, BTreeSet<&str>, i64)> = BTreeMap::new();
    for t in f.told.iter().filter(|t| Role::parse(&t.role).is_some_and(Role::is_bureau)) {
        let one = steps.entry(t.actor).or_insert_with(|| (t.name.clone(), BTreeSet::new(), t.seq));
        one.1.insert(&t.kind);
        one.2 = t.seq;
    }
    let of = |(name, kinds, seq): &(String, BTreeSet<&str>, i64)| {
        Evidence::new("steps").text("name", name).number("steps", kinds.len()).entry(Some(*seq))
    };
    let all: Vec<Evidence> = steps.values().filter(|s| s.1.len() > most).map(of).collect();
    (!all.is_empty()).then(|| f.flag(FlagKind::OneOfficer, all))
}

/// The same unit won again and again: of one poster, or in one field.
fn same_winner(f: &Facts) -> Option<Flag> {
    let own = f.awards.iter().find(|a| a.challenge == f.challenge.id)?;
    let (least, months) = (f.rules().flag_wins, f.rules().flag_wins_months);
    let since = own.at - jiff::SignedDuration::from_hours(24 * 30 * months);
    let mut all = vec![];
    for winner in &own.winners {
        let near = |a: &&Award| a.winners.contains(winner) && a.at >= since && a.at <= own.at;
        let of_poster: Vec<&Award> = f.awards.iter().filter(near).filter(|a| a.poster == own.poster).collect();
        let in_field: Vec<&Award> =
            f.awards.iter().filter(near).filter(|a| a.field == own.field && !a.field.is_empty()).collect();
        let (code, won) = if of_poster.len() >= least { ("won_of_poster", of_poster) } else { ("won_in_field", in_field) };
        if won.len() >= least {
            let one = |a: &&Award| {
                let e = Evidence::new(code).text("name", f.org(*winner)).text("title", &a.title).at("at", a.at);
                e.on(Noun::Challenge, a.challenge.0)
            };
            all.extend(won.iter().map(one));
        }
    }
    (!all.is_empty()).then(|| f.flag(FlagKind::SameWinner, all))
}

fn objection_upheld(f: &Facts) -> Option<Flag> {
    let told = |o: &Objection| {
        let of = |kind: &str| f.last(kind, o.id.0);
        let t = of("objection.upholding").or_else(|| of("objection.partial-upholding"))?;
        let e = Evidence::new("upheld").word("what", format!("event.{}", t.kind)).at("at", t.at).entry(Some(t.seq));
        Some(e.on(Noun::Objection, o.id.0))
    };
    let all: Vec<Evidence> = f.objections.iter().filter_map(told).collect();
    (!all.is_empty()).then(|| f.flag(FlagKind::ObjectionUpheld, all))
}

/// Minutes of a meeting that sat before there was something to decide: before the panel's report, or before the notice
/// of an objected award had run out.
fn decided_early(f: &Facts) -> Option<Flag> {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let mut all = vec![];
    let report = f.all("challenge.panel-report").next_back();
    if let (Some(minutes), Some(report)) = (&f.challenge.award, report)
        && day(&minutes.held_on).is_some_and(|held| held < date_of(report.at))
    {
        let e = Evidence::new("before_report").text("number", &minutes.number).text("held_on", &minutes.held_on);
        all.push(e.at("at", report.at).entry(f.seq("challenge.award-decision", f.challenge.id.0)));
    }
    for o in f.objections {
        let filed = f.told.iter().find(|t| t.subject == o.id.0);
        if let (Some(minutes), Some(filed)) = (&o.decision, filed)
            && day(&minutes.held_on).is_some_and(|held| held < date_of(filed.at))
        {
            let e = Evidence::new("before_objection").text("number", &minutes.number).text("held_on", &minutes.held_on);
            all.push(e.at("at", filed.at).entry(Some(filed.seq)).on(Noun::Objection, o.id.0));
        }
    }
    for k in f.contracts {
        let end = f.notices.iter().filter(|n| n.winners.iter().any(|w| w.bid == k.bid)).filter_map(|n| n.ends_at).max();
        if let (Some(minutes), Some(end)) = (&k.ending_minutes, end)
            && day(&minutes.held_on).is_some_and(|held| held < date_of(end))
        {
            let e = Evidence::new("before_notice_end").text("number", &minutes.number).text("held_on", &minutes.held_on);
            all.push(e.at("at", end).on(Noun::Contract, k.id.0));
        }
    }
    (!all.is_empty()).then(|| f.flag(FlagKind::DecidedEarly, all))
}

/// The award of a confirmed notice, as other cases see it.
impl Award {
    pub fn of(c: &Challenge, n: &Notice) -> Self {
        let field = c.need.as_ref().map(|need| field_of(&need.discipline_code)).unwrap_or_default();
        let winners = n.winners.iter().map(|w| w.org).collect();
        Self { challenge: c.id, title: c.title.clone(), poster: c.org, field, winners, at: n.ends_at.unwrap_or(n.head.since) }
    }
}

//! What teams offer: the written offers of the content, fitted to the need; and numbers that meet an indicator or miss it.
use super::county::County;
use crate::domain::*;
use serde_json::{Value, json};

/// The offer of team `org` in the words of challenge `texts`, fitted to the need as it was published.
pub fn offer(county: &County, need: &Need, texts: &str, org: &str) -> Value {
    let written = county.content.offers.iter().find(|o| o.challenge == texts && o.org == org);
    let mut offer = written.expect("the content has an offer of each team that bids").offer.clone();
    fit_months(&mut offer, need.period_months);
    if let Some(lanes) = need.lanes.filter(|_| need.is_race()) {
        fit_money(&mut offer, lanes);
    }
    offer
}

/// Milestones within the contract's months.
fn fit_months(offer: &mut Value, most: i64) {
    let Some(nodes) = offer["milestones"].as_array_mut() else { return };
    let last = nodes.iter().filter_map(|m| m["month"].as_i64()).max().unwrap_or(most);
    for node in nodes.iter_mut().filter(|_| last > most) {
        node["month"] = json!((node["month"].as_i64().unwrap_or(most) * most / last).max(1));
    }
}

/// In a race each lane asks for its part of the stake only.
fn fit_money(offer: &mut Value, lanes: i64) {
    const WAN: i64 = 1_000_000;
    for part in ["county_fen", "enterprise_fen", "self_fen"] {
        if let Some(fen) = offer[part].as_i64() {
            offer[part] = json!(fen / lanes / WAN * WAN);
        }
    }
    let award = fen(offer, "county_fen") + fen(offer, "enterprise_fen");
    let own = fen(offer, "self_fen");
    split(offer, award, own);
    let note = offer["estimate_note"].as_str().unwrap_or_default().trim_end_matches('。').to_owned();
    offer["estimate_note"] = json!(format!("{note}。以上为全流程估算；赛马阶段分 {lanes} 条赛道，本方按一条赛道申请经费。"));
}

fn fen(offer: &Value, part: &str) -> i64 {
    offer[part].as_i64().unwrap_or(0)
}

/// Money among members by their part of the work; the lead has what is left.
fn split(offer: &mut Value, award: i64, own: i64) {
    let Some(members) = offer["members"].as_array_mut() else { return };
    let (mut award_left, mut own_left) = (award, own);
    for m in members.iter_mut().skip(1) {
        let work = m["work_bp"].as_i64().unwrap_or(0);
        let (a, o) = (award * work / 10_000, own * work / 10_000);
        (m["money_fen"], m["self_fen"]) = (json!(a), json!(o));
        (award_left, own_left) = (award_left - a, own_left - o);
    }
    if let Some(lead) = members.first_mut() {
        (lead["money_fen"], lead["self_fen"]) = (json!(award_left), json!(own_left));
    }
}

/// A value that meets an indicator, a little better than asked.
pub fn good_value(i: &Indicator, percent: i64) -> String {
    let Some(target) = i.target else { return "1".into() };
    let t = target.micros();
    let micros = match i.comparator.as_str() {
        "ge" | "gt" => {
            let better = t + t / 100 * percent;
            if i.unit.as_deref() == Some("%") { better.min(t + (100_000_000 - t) / 4) } else { better }
        }
        "le" | "lt" => t - t / 100 * percent,
        "between" => i.target_high.map_or(t, |high| t + (high.micros() - t) / 2),
        _ => t,
    };
    decimal(round(micros, t))
}

/// A value that falls short of an indicator.
pub fn poor_value(i: &Indicator) -> String {
    let t = i.target.unwrap_or_default().micros();
    decimal(if matches!(i.comparator.as_str(), "le" | "lt") { t + t / 8 } else { t - t / 16 })
}

/// One more place than the target has.
fn round(micros: i64, target: i64) -> i64 {
    let mut step = 1;
    while step < 1_000_000 && target % (step * 10) == 0 {
        step *= 10;
    }
    let step = (step / 10).max(1);
    micros / step * step
}

fn decimal(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:06}", micros.abs() / 1_000_000, micros.abs() % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

//! A specification made for one supplier: an explained heuristic. Any one sign raises the question, none answers it.
use super::*;

pub(super) fn of(f: &Facts) -> Option<Flag> {
    let need = f.challenge.need.as_ref()?;
    let mut all = vec![];
    all.extend(named_things(f, need));
    all.extend(barring(need));
    all.extend(known_indicators(f, need));
    all.extend(exact_promises(f, need));
    let by_name = need.intended_bidder_name.as_deref().filter(|_| need.intended_bidder);
    all.extend(by_name.map(|name| Evidence::new("intended").text("name", name)));
    (!all.is_empty()).then(|| f.flag(FlagKind::TailorMade, all))
}

/// Where a need says what may be offered: name, place, words.
fn places(need: &Need) -> Vec<(&'static str, &str)> {
    let mut out = vec![];
    for i in &need.indicators {
        out.push(("field.indicators", i.name.as_str()));
        out.push(("field.test_method", i.test_method.as_str()));
        out.extend(i.conditions.as_deref().map(|c| ("field.conditions", c)));
    }
    out.extend(need.bidder_conditions.as_deref().map(|c| ("field.bidder_conditions", c)));
    out
}

/// Words after which a brand, a model or a patent follows.
const BRANDS: &[&str] = &["品牌", "牌号", "商标", "型号", "专利号", "专利", "原厂", "授权书", "ZL20", "ZL19"];

fn named_things(f: &Facts, need: &Need) -> Vec<Evidence> {
    let mut out = vec![];
    for (place, words) in places(need) {
        if let Some(brand) = BRANDS.iter().find(|b| words.contains(**b)) {
            out.push(Evidence::new("brand").word("place", place).text("word", brand).text("text", words));
        }
        // The poster's own name is no supplier's.
        let supplier = f
            .orgs
            .iter()
            .find(|(id, name)| **id != f.challenge.org && name.chars().count() >= 4 && words.contains(name.as_str()));
        out.extend(
            supplier.map(|(_, name)| Evidence::new("unit_named").word("place", place).text("name", name).text("text", words)),
        );
    }
    out
}

/// Conditions that shut out by region, age, title or standing and not by what the work needs (trap 2).
const BARRING: &[(&str, &[&str])] = &[
    ("region", &["本县注册", "县内注册", "本地注册", "本省注册", "省内注册", "注册地", "本地企业", "本县企业"]),
    ("age", &["周岁", "岁以下", "年龄不"]),
    ("title", &["教授", "研究员", "高级职称", "正高", "副高", "博士", "院士", "职称"]),
    ("standing", &["注册资本", "成立满", "年营业额", "双一流", "985", "211"]),
];

fn barring(need: &Need) -> Vec<Evidence> {
    let Some(words) = need.bidder_conditions.as_deref() else { return vec![] };
    let found = |(what, list): &(&str, &[&str])| {
        let word = list.iter().find(|w| words.contains(**w))?;
        Some(Evidence::new("barring").word("what", format!("barring.{what}")).text("word", word).text("text", words))
    };
    BARRING.iter().filter_map(found).collect()
}

/// Every indicator with its value stands already in one supplier's earlier contract.
fn known_indicators(f: &Facts, need: &Need) -> Option<Evidence> {
    let same =
        |i: &Indicator, t: &Thread| t.published.name == i.name && (t.contracted == i.target || t.published.target == i.target);
    let covers = |s: &&Supplied| {
        let earlier = s.challenge != f.challenge.id && !s.thread.is_empty() && !need.indicators.is_empty();
        earlier && need.indicators.iter().all(|i| s.thread.iter().any(|t| same(i, t)))
    };
    let bids = |s: &&Supplied| f.bids.iter().any(|b| b.org == s.lead && b.is_valid());
    let found = f.supplied.iter().filter(covers).find(bids)?;
    let e = Evidence::new("known_indicators").text("name", f.org(found.lead)).text("number", &found.number);
    Some(e.number("count", need.indicators.len()).on(Noun::Contract, found.contract.0))
}

/// Among several bids one alone promises exactly the published values, all of them.
fn exact_promises(f: &Facts, need: &Need) -> Option<Evidence> {
    let valued: Vec<(usize, &Indicator)> = need.indicators.iter().enumerate().filter(|(_, i)| i.target.is_some()).collect();
    if valued.len() < 3 || f.offers.len() < 2 {
        return None;
    }
    let exact = |o: &Readable| valued.iter().all(|(n, i)| o.promise(n + 1).map(|p| p.value) == i.target);
    let all: Vec<&BidId> = f.offers.iter().filter(|(_, o)| exact(o)).map(|(id, _)| id).collect();
    let [only] = all[..] else { return None };
    let lead = f.bids.iter().find(|b| b.id == *only).map(|b| f.org(b.org))?;
    Some(
        Evidence::new("exact")
            .text("name", lead)
            .number("count", valued.len())
            .number("of", f.offers.len())
            .on(Noun::Bid, only.0),
    )
}

//! Who is too near to judge (domain 5.6): a graph of relations between an expert and the parties of a case, walked before the
//! expert sees anything. Every hit names its rule and explains its path.
use super::*;
use unicode_normalization::UnicodeNormalization;

/// Relations that an expert declares, beside the units that the account knows.
pub const RELATIONS: &[&str] = &[
    "employment",
    "co_author",
    "co_patent",
    "co_project",
    "supervision",
    "kinship",
    "shareholding",
    "paid_advice",
    "litigation",
];

/// Two that never lapse; the others count while they last and three years after (domain 5.6, L).
const FOR_LIFE: &[&str] = &["supervision", "kinship"];
const YEARS: i16 = 3;

/// One declared relation, to a unit or to a person by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub kind: String,
    /// Name of the unit or of the person.
    pub party: String,
    /// Last day of the relation; none while it lasts.
    pub until: Option<String>,
}

impl Relation {
    fn counts_on(&self, today: jiff::civil::Date) -> bool {
        let ended: Option<jiff::civil::Date> = self.until.as_deref().and_then(|d| d.parse().ok());
        let since = today.with().year(today.year() - YEARS).build().unwrap_or(today);
        FOR_LIFE.contains(&self.kind.as_str()) || ended.is_none_or(|end| end >= since)
    }
}

/// A legal person that has a part in the case, and the persons named on its side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// `poster`, `lead` or `partner`.
    pub side: &'static str,
    pub name: String,
    pub uscc: Option<Uscc>,
    /// Owners and owned, by credit code.
    pub affiliates: Vec<Uscc>,
    pub people: Vec<String>,
    /// What the team itself declared.
    pub declared: Vec<TeamRelation>,
}

/// One unit with its owners and owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub uscc: Uscc,
    pub name: String,
    pub affiliates: Vec<Uscc>,
}

impl From<&Organisation> for Unit {
    fn from(o: &Organisation) -> Self {
        Self { uscc: o.uscc.clone(), name: o.name.clone(), affiliates: o.affiliates.clone() }
    }
}

/// A joint paper or patent that the bureau imported: two persons, each perhaps with a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub kind: String,
    pub a_name: String,
    pub a_unit: String,
    pub b_name: String,
    pub b_unit: String,
    pub until: Option<String>,
}

/// Everything about a case that an expert must not be near.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    pub parties: Vec<Party>,
    /// Persons whom a team asks to avoid, with its reason.
    pub avoided: Vec<Avoided>,
    /// Persons who argued the need: whoever wrote the question does not judge the answers.
    pub argued: Vec<String>,
    /// Pairs of units that had a contract here in the last three years.
    pub contracts: Vec<(Uscc, Uscc)>,
    /// Units that own or are owned, to be followed from one to the next.
    pub units: Vec<Unit>,
    /// Joint papers and patents that the bureau imported.
    pub known: Vec<Known>,
    /// Accounts that wrote or sealed a bid of the case.
    pub bidders: Vec<AccountId>,
}

/// Owners of owners are followed so many steps.
const STEPS: usize = 4;

/// The way from one unit to another by ownership, in either direction, by credit codes; both ends are in it. The shortest,
/// and of those the first by code, so that it is the same every time.
pub fn ownership(units: &[Unit], from: &Uscc, to: &Uscc) -> Option<Vec<Uscc>> {
    let mut ways: Vec<Vec<Uscc>> = vec![vec![from.clone()]];
    let mut seen = vec![from.clone()];
    for _ in 0..STEPS {
        let mut longer = vec![];
        for way in &ways {
            let Some(last) = way.last() else { continue };
            for next in next_to(units, last) {
                if seen.contains(&next) {
                    continue;
                }
                seen.push(next.clone());
                let way: Vec<Uscc> = way.iter().cloned().chain([next.clone()]).collect();
                if next == *to {
                    return Some(way);
                }
                longer.push(way);
            }
        }
        ways = longer;
    }
    None
}

/// Everyone who owns a unit or is owned by it.
fn next_to(units: &[Unit], code: &Uscc) -> Vec<Uscc> {
    let owned = units.iter().filter(|u| u.uscc == *code).flat_map(|u| u.affiliates.iter());
    let owners = units.iter().filter(|u| u.affiliates.contains(code)).map(|u| &u.uscc);
    let mut out: Vec<Uscc> = owned.chain(owners).cloned().collect();
    out.sort();
    out.dedup();
    out
}

/// The same way told in names, where they are known.
pub fn told_way(units: &[Unit], way: &[Uscc]) -> Vec<String> {
    let name = |code: &Uscc| units.iter().find(|u| u.uscc == *code).map_or_else(|| code.to_string(), |u| u.name.clone());
    way.iter().map(name).collect()
}

/// What is known of one expert.
#[derive(Clone, Debug)]
pub struct Near<'a> {
    pub name: &'a str,
    pub unit: &'a Organisation,
    pub profile: &'a ExpertProfile,
}

/// One reason why an expert may not judge: the rule, and the way from the expert to the party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub rule: String,
    pub side: String,
    /// Names in order, from the expert to the party.
    pub path: Vec<String>,
}

/// Names compare without spaces, widths and kinds of bracket.
pub fn same(a: &str, b: &str) -> bool {
    plain(a) == plain(b) && !plain(a).is_empty()
}

pub fn plain(s: &str) -> String {
    s.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '·' | '.')).flat_map(char::to_lowercase).collect()
}

/// Every conflict of one expert with one case, on a day; empty when there is none.
pub fn hits(expert: &Near, case: &Parties, today: jiff::civil::Date) -> Vec<Hit> {
    let mut out: Vec<Hit> = case.parties.iter().flat_map(|p| with_party(expert, p, case, today)).collect();
    let named =
        |rule: &str, who: &str| Hit { rule: rule.into(), side: String::new(), path: vec![expert.name.into(), who.into()] };
    out.extend(case.avoided.iter().filter(|a| same(&a.name, expert.name)).map(|a| named("avoided", &a.reason)));
    out.extend(case.argued.iter().filter(|a| same(a, expert.name)).map(|a| named("argued_need", a)));
    out
}

fn with_party(expert: &Near, party: &Party, case: &Parties, today: jiff::civil::Date) -> Vec<Hit> {
    let unit = expert.unit;
    let mut out = of_units(expert.name, unit, party, case);
    let mut hit = |rule: &str, path: Vec<&str>| {
        out.push(Hit { rule: rule.into(), side: party.side.into(), path: path.into_iter().map(str::to_owned).collect() });
    };
    if expert.profile.former_units.iter().any(|f| same(f, &party.name)) {
        hit("former_unit", vec![expert.name, &party.name]);
    }
    for r in expert.profile.relations.iter().filter(|r| r.counts_on(today)) {
        if same(&r.party, &party.name) {
            hit(&r.kind, vec![expert.name, &party.name]);
        }
        if let Some(person) = party.people.iter().find(|p| same(p, &r.party)) {
            hit(&r.kind, vec![expert.name, person, &party.name]);
        }
    }
    out.extend(declared(expert.name, &[&unit.name], party, today));
    out.extend(known(expert, party, &case.known, today));
    out
}

/// The same unit, one that owns or is owned, or one that had a contract with the party.
fn of_units(who: &str, unit: &Organisation, party: &Party, case: &Parties) -> Vec<Hit> {
    let hit = |rule: &str, path: Vec<String>| vec![Hit { rule: rule.into(), side: party.side.into(), path }];
    if party.uscc.as_ref() == Some(&unit.uscc) || same(&party.name, &unit.name) {
        return hit("same_unit", vec![who.into(), unit.name.clone()]);
    }
    let Some(code) = &party.uscc else { return vec![] };
    let own = Unit { uscc: code.clone(), name: party.name.clone(), affiliates: party.affiliates.clone() };
    let units: Vec<Unit> = case.units.iter().cloned().chain([own, Unit::from(unit)]).collect();
    if let Some(way) = ownership(&units, &unit.uscc, code) {
        return hit("affiliated_unit", [who.to_owned()].into_iter().chain(told_way(&units, &way)).collect());
    }
    if case.contracts.iter().any(|(a, b)| pair(a, b, code, &unit.uscc)) {
        return hit("contract_between_units", vec![who.into(), unit.name.clone(), party.name.clone()]);
    }
    vec![]
}

/// What the team declared about this person, or about the person's unit.
fn declared(who: &str, units: &[&str], party: &Party, today: jiff::civil::Date) -> Vec<Hit> {
    let about = |r: &&TeamRelation| same(&r.party, who) || units.iter().any(|u| same(&r.party, u));
    let counts =
        |r: &&TeamRelation| Relation { kind: r.kind.clone(), party: r.party.clone(), until: r.until.clone() }.counts_on(today);
    let told = |r: &TeamRelation| {
        let mut path = vec![who.to_owned()];
        path.extend((!same(&r.party, who)).then(|| r.party.clone()));
        path.extend(r.person.clone());
        path.push(party.name.clone());
        Hit { rule: r.kind.clone(), side: party.side.into(), path }
    };
    party.declared.iter().filter(about).filter(counts).map(told).collect()
}

/// Imported pairs: one is the expert, the other somebody of the party. A unit that is given must be one of the person's.
fn known(expert: &Near, party: &Party, all: &[Known], today: jiff::civil::Date) -> Vec<Hit> {
    let own = |name: &str, unit: &str| {
        let units = || [expert.unit.name.as_str()].into_iter().chain(expert.profile.former_units.iter().map(String::as_str));
        same(name, expert.name) && (unit.is_empty() || units().any(|u| same(u, unit)))
    };
    let mut out = vec![];
    for k in all {
        let counts = Relation { kind: k.kind.clone(), party: String::new(), until: k.until.clone() }.counts_on(today);
        let other = match (own(&k.a_name, &k.a_unit), own(&k.b_name, &k.b_unit)) {
            (true, _) => &k.b_name,
            (_, true) => &k.a_name,
            _ => continue,
        };
        if let Some(person) = party.people.iter().find(|p| counts && same(p, other)) {
            let path = vec![expert.name.to_owned(), person.clone(), party.name.clone()];
            out.push(Hit { rule: k.kind.clone(), side: party.side.into(), path });
        }
    }
    out
}

/// Why a person of the bureau may not act on a case (domain 5.6): the unit bids or posts as a firm, the person is on a team or
/// wrote a bid, or a team declared it. That the county posts its own need bars nobody: somebody must act for it.
pub fn of_officer(account: &Account, unit: &Organisation, case: &Parties, today: jiff::civil::Date) -> Vec<Hit> {
    let own_need = |p: &&Party| p.side == "poster" && unit.kind == "government";
    let mut out = vec![];
    for party in case.parties.iter().filter(|p| !own_need(p)) {
        out.extend(of_units(&account.name, unit, party, case).into_iter().filter(|h| h.rule != "contract_between_units"));
        out.extend(declared(&account.name, &[], party, today));
        if party.people.iter().any(|p| same(p, &account.name)) {
            let path = vec![account.name.clone(), party.name.clone()];
            out.push(Hit { rule: "took_part".into(), side: party.side.into(), path });
        }
    }
    if case.bidders.contains(&account.id) {
        out.push(Hit { rule: "took_part".into(), side: "lead".into(), path: vec![account.name.clone()] });
    }
    out
}

fn pair(a: &Uscc, b: &Uscc, x: &Uscc, y: &Uscc) -> bool {
    (a == x && b == y) || (a == y && b == x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, code: &str, affiliates: &[&str]) -> Organisation {
        let raw = serde_json::json!({
            "id": Uuid::nil(), "uscc": code, "name": name, "kind": "university", "region": "140105", "address": "", "legal_representative": "",
            "bank_name": "", "bank_account": "", "affiliates": affiliates, "active": true, "created_at": "2026-01-01T00:00:00Z", "version": 0
        });
        serde_json::from_value(raw).unwrap()
    }
    fn profile(relations: Vec<Relation>, former: &[&str]) -> ExpertProfile {
        ExpertProfile { former_units: former.iter().map(|s| (*s).to_owned()).collect(), relations, ..ExpertProfile::sample() }
    }
    fn relation(kind: &str, party: &str, until: Option<&str>) -> Relation {
        Relation { kind: kind.into(), party: party.into(), until: until.map(str::to_owned) }
    }
    const ONE: &str = "12310000550099068R";
    const TWO: &str = "12140000550099076K";
    const THREE: &str = "5214010050000012XB";
    fn case() -> Parties {
        let party = Party {
            side: "lead",
            name: "示例大学（太原）".into(),
            uscc: ONE.parse().ok(),
            affiliates: vec![THREE.parse().unwrap()],
            people: vec!["王 示例".into()],
            declared: vec![],
        };
        Parties { parties: vec![party], ..Parties::default() }
    }
    fn rules(name: &str, u: &Organisation, p: &ExpertProfile, case: &Parties) -> Vec<String> {
        let today = jiff::civil::date(2026, 6, 1);
        hits(&Near { name, unit: u, profile: p }, case, today).into_iter().map(|h| h.rule).collect()
    }

    #[test]
    fn every_kind_of_nearness_is_found_and_explained() {
        let (far, free) = (unit("远方研究所", TWO, &[]), profile(vec![], &[]));
        assert!(rules("专家甲", &far, &free, &case()).is_empty());
        assert_eq!(rules("专家甲", &unit("示例大学(太原)", TWO, &[]), &free, &case()), ["same_unit"]);
        assert_eq!(rules("专家甲", &unit("别名", ONE, &[]), &free, &case()), ["same_unit"]);
        assert_eq!(rules("专家甲", &unit("子公司", THREE, &[]), &free, &case()), ["affiliated_unit"]);
        assert_eq!(rules("专家甲", &unit("母公司", TWO, &[ONE]), &free, &case()), ["affiliated_unit"]);
        assert_eq!(rules("专家甲", &far, &profile(vec![], &["示例大学（太原）"]), &case()), ["former_unit"]);
        assert_eq!(rules("专家甲", &far, &profile(vec![relation("co_patent", "王示例", None)], &[]), &case()), ["co_patent"]);
        let dealt = Parties { contracts: vec![(TWO.parse().unwrap(), ONE.parse().unwrap())], ..case() };
        assert_eq!(rules("专家甲", &far, &free, &dealt), ["contract_between_units"]);
        let avoided =
            Parties { avoided: vec![Avoided { name: "专家甲".into(), reason: "曾有纠纷".into() }], ..Parties::default() };
        assert_eq!(rules("专家甲", &far, &free, &avoided), ["avoided"]);
        let argued = Parties { argued: vec!["专家甲".into()], ..Parties::default() };
        assert_eq!(rules("专家甲", &far, &free, &argued), ["argued_need"]);
        let near = profile(vec![relation("co_author", "王示例", None)], &[]);
        let found = hits(&Near { name: "专家甲", unit: &far, profile: &near }, &case(), jiff::civil::date(2026, 6, 1));
        assert_eq!(found[0].path, ["专家甲", "王 示例", "示例大学（太原）"]);
    }

    #[test]
    fn ownership_is_followed_from_unit_to_unit_and_told() {
        let code = |n: usize| [ONE, TWO, THREE, "91141122701122334Y", "111411220123456716"][n].parse::<Uscc>().unwrap();
        let owned = |n: usize, by: &[usize]| Unit {
            uscc: code(n),
            name: format!("单位{n}"),
            affiliates: by.iter().map(|b| code(*b)).collect(),
        };
        let units = [owned(0, &[1]), owned(1, &[2]), owned(3, &[2]), owned(4, &[])];
        let way = ownership(&units, &code(0), &code(3)).unwrap();
        assert_eq!(way, [code(0), code(1), code(2), code(3)], "down two and up one");
        assert_eq!(told_way(&units, &way), ["单位0", "单位1", code(2).to_string().as_str(), "单位3"]);
        assert_eq!(ownership(&units, &code(3), &code(0)).unwrap().len(), 4, "and back");
        assert_eq!(ownership(&units, &code(0), &code(4)), None);
        let far = unit("孙公司", "91141122701122334Y", &[THREE]);
        let all = Parties { units: vec![owned(1, &[2])], ..case() };
        let lead = Party { affiliates: vec![code(1)], ..all.parties[0].clone() };
        let all = Parties { parties: vec![lead], ..all };
        let found = hits(&Near { name: "甲", unit: &far, profile: &profile(vec![], &[]) }, &all, jiff::civil::date(2026, 6, 1));
        assert_eq!((found[0].rule.as_str(), found[0].path.len()), ("affiliated_unit", 5), "{found:?}");
    }

    #[test]
    fn what_teams_declare_and_what_the_bureau_imported_bars_too() {
        let (far, free) = (unit("远方研究所", TWO, &[]), profile(vec![], &[]));
        let said = |person: Option<&str>, party: &str| TeamRelation {
            person: person.map(str::to_owned),
            kind: "kinship".into(),
            party: party.into(),
            until: None,
        };
        let with = |declared| Parties { parties: vec![Party { declared, ..case().parties[0].clone() }], ..case() };
        assert_eq!(rules("专家甲", &far, &free, &with(vec![said(Some("王示例"), "专家 甲")])), ["kinship"]);
        assert_eq!(rules("专家甲", &far, &free, &with(vec![said(None, "远方研究所")])), ["kinship"]);
        assert!(rules("专家甲", &far, &free, &with(vec![said(None, "专家乙")])).is_empty());
        let pair = |a: &str, unit: &str| Known {
            kind: "co_patent".into(),
            a_name: "王示例".into(),
            a_unit: String::new(),
            b_name: a.into(),
            b_unit: unit.into(),
            until: Some("2025-01-01".into()),
        };
        let with = |known| Parties { known: vec![known], ..case() };
        assert_eq!(rules("专家甲", &far, &free, &with(pair("专家甲", ""))), ["co_patent"]);
        assert_eq!(rules("专家甲", &far, &free, &with(pair("专家甲", "远方研究所"))), ["co_patent"]);
        assert!(rules("专家甲", &far, &free, &with(pair("专家甲", "别的单位"))).is_empty(), "somebody of the same name");
        let old = Known { until: Some("2019-01-01".into()), ..pair("专家甲", "") };
        assert!(rules("专家甲", &far, &free, &with(old)).is_empty());
    }

    #[test]
    fn relations_lapse_after_three_years_and_some_never() {
        let far = unit("远方研究所", TWO, &[]);
        let with = |kind: &str, until| profile(vec![relation(kind, "示例大学(太原)", until)], &[]);
        assert!(rules("甲", &far, &with("paid_advice", Some("2023-05-31")), &case()).is_empty());
        assert_eq!(rules("甲", &far, &with("paid_advice", Some("2023-06-01")), &case()), ["paid_advice"]);
        assert_eq!(rules("甲", &far, &with("supervision", Some("1999-07-01")), &case()), ["supervision"]);
    }
}

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
fn same(a: &str, b: &str) -> bool {
    plain(a) == plain(b) && !plain(a).is_empty()
}

fn plain(s: &str) -> String {
    s.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '·' | '.')).flat_map(char::to_lowercase).collect()
}

/// Every conflict of one expert with one case, on a day; empty when there is none.
pub fn hits(expert: &Near, case: &Parties, today: jiff::civil::Date) -> Vec<Hit> {
    let mut out: Vec<Hit> = case.parties.iter().flat_map(|p| with_party(expert, p, &case.contracts, today)).collect();
    let named =
        |rule: &str, who: &str| Hit { rule: rule.into(), side: String::new(), path: vec![expert.name.into(), who.into()] };
    out.extend(case.avoided.iter().filter(|a| same(&a.name, expert.name)).map(|a| named("avoided", &a.reason)));
    out.extend(case.argued.iter().filter(|a| same(a, expert.name)).map(|a| named("argued_need", a)));
    out
}

fn with_party(expert: &Near, party: &Party, contracts: &[(Uscc, Uscc)], today: jiff::civil::Date) -> Vec<Hit> {
    let unit = expert.unit;
    let mut out = vec![];
    let mut hit = |rule: &str, path: Vec<&str>| {
        out.push(Hit { rule: rule.into(), side: party.side.into(), path: path.into_iter().map(str::to_owned).collect() });
    };
    let is_unit = party.uscc.as_ref() == Some(&unit.uscc) || same(&party.name, &unit.name);
    if is_unit {
        hit("same_unit", vec![expert.name, &unit.name]);
    } else if party.affiliates.contains(&unit.uscc) || party.uscc.as_ref().is_some_and(|u| unit.affiliates.contains(u)) {
        hit("affiliated_unit", vec![expert.name, &unit.name, &party.name]);
    } else if party.uscc.as_ref().is_some_and(|u| contracts.iter().any(|(a, b)| pair(a, b, u, &unit.uscc))) {
        hit("contract_between_units", vec![expert.name, &unit.name, &party.name]);
    }
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
    fn relations_lapse_after_three_years_and_some_never() {
        let far = unit("远方研究所", TWO, &[]);
        let with = |kind: &str, until| profile(vec![relation(kind, "示例大学(太原)", until)], &[]);
        assert!(rules("甲", &far, &with("paid_advice", Some("2023-05-31")), &case()).is_empty());
        assert_eq!(rules("甲", &far, &with("paid_advice", Some("2023-06-01")), &case()), ["paid_advice"]);
        assert_eq!(rules("甲", &far, &with("supervision", Some("1999-07-01")), &case()), ["supervision"]);
    }
}

//! Rubrics: what a panel scores, with weights and anchors. A bureau edits its templates version by version; one is chosen when a
//! challenge is published and frozen into it. The items are the same in every template, so that sheets compare (domain 3.5, C).
use super::form::Kind::*;
use super::form::{Field, Form, form, may, must, section};
use super::review::SHEET;
use super::*;
use std::collections::BTreeMap;

/// What so many percent of an item's points mean, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub at: i64,
    pub zh: String,
    /// None where the bureau has written it in Chinese only.
    #[serde(default)]
    pub en: Option<String>,
}

/// Shares of an item's points that are explained: ten, eight, five of ten.
pub const ANCHORED: [i64; 3] = [100, 80, 50];

/// One item with its weight in this challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub id: String,
    /// Points at most.
    pub most: i64,
    /// Scored before the names are known.
    pub blind: bool,
    /// Frozen with the item; none in challenges from before there were anchors.
    #[serde(default)]
    pub anchors: Vec<Anchor>,
}

impl Item {
    /// So many points, exactly, that an anchor speaks of.
    pub fn points(&self, anchor: &Anchor) -> Score {
        Score::hundredths(self.most * anchor.at)
    }
}

/// A rubric as a challenge carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rubric {
    pub template: String,
    pub version: u16,
    pub items: Vec<Item>,
}

/// Templates that a bureau edits and chooses from at publication: one a mode.
pub const TEMPLATES: &[&str] = &["standard", "enterprise", "race"];
pub const ITEMS: &[&str] = &[
    "indicator_response",
    "route_soundness",
    "route_innovation",
    "route_attainability",
    "milestones_risk",
    "team",
    "base",
    "price",
    "landing",
];

/// Points at most of the first version, in the order of `SHEET`; each sums to 100.
const fn weights(template: &str) -> [i64; 9] {
    match template.as_bytes() {
        // What the poster can use weighs more than what is new.
        b"enterprise" => [20, 15, 5, 10, 10, 10, 8, 8, 14],
        // Routes that differ: what is new and what hangs together weighs more than who does it.
        b"race" => [20, 15, 12, 8, 10, 10, 8, 7, 10],
        _ => [20, 15, 7, 8, 10, 12, 8, 10, 10],
    }
}

/// The template that fits a need.
pub fn fitting(need: &Need) -> &'static str {
    match (need.is_race(), need.is_enterprise_posted()) {
        (true, _) => "race",
        (false, true) => "enterprise",
        (false, false) => "standard",
    }
}

impl Rubric {
    /// The first version of the named template; an unknown name is the standard one.
    pub fn of(template: &str) -> Self {
        let known = TEMPLATES.iter().find(|t| **t == template).copied().unwrap_or("standard");
        let anchors: BTreeMap<String, Vec<Anchor>> =
            serde_json::from_str(include_str!("rubrics.json")).expect("the anchors that come with the program read");
        let item = |(s, most): (&review::SheetItem, i64)| Item {
            id: s.id.to_owned(),
            most,
            blind: s.blind,
            anchors: anchors.get(s.id).cloned().unwrap_or_default(),
        };
        Self { template: known.to_owned(), version: 1, items: SHEET.iter().zip(weights(known)).map(item).collect() }
    }
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|i| i.id == id)
    }
    /// Something is judged before the price is known, and something after: then the two are opened apart.
    pub fn has_both_parts(&self) -> bool {
        [true, false].into_iter().all(|blind| self.part(blind).next().is_some())
    }
    pub fn part(&self, blind: bool) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |i| i.blind == blind)
    }
    /// The next version, as a bureau typed it.
    pub fn edited(&self, rows: &[RubricRow]) -> Self {
        let item = |s: &review::SheetItem| {
            let row = rows.iter().find(|r| r.item == s.id)?;
            let texts = [(&row.full, &row.full_en), (&row.good, &row.good_en), (&row.half, &row.half_en)];
            let anchor = |(at, (zh, en)): (i64, (&String, &Option<String>))| Anchor { at, zh: zh.clone(), en: en.clone() };
            let anchors = ANCHORED.into_iter().zip(texts).map(anchor).collect();
            Some(Item { id: s.id.to_owned(), most: row.most, blind: s.blind, anchors })
        };
        let items = SHEET.iter().filter_map(item).collect();
        Self { template: self.template.clone(), version: self.version + 1, items }
    }
    /// The form's rows of this version.
    pub fn rows(&self) -> Vec<RubricRow> {
        let row = |i: &Item| {
            let anchor = |at: i64| i.anchors.iter().find(|a| a.at == at);
            let zh = |at| anchor(at).map(|a| a.zh.clone()).unwrap_or_default();
            let en = |at| anchor(at).and_then(|a| a.en.clone());
            RubricRow {
                item: i.id.clone(),
                most: i.most,
                full: zh(100),
                good: zh(80),
                half: zh(50),
                full_en: en(100),
                good_en: en(80),
                half_en: en(50),
            }
        };
        self.items.iter().map(row).collect()
    }
}

impl Default for Rubric {
    fn default() -> Self {
        Self::of("standard")
    }
}

/// One item as it is edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RubricRow {
    pub item: String,
    pub most: i64,
    pub full: String,
    pub good: String,
    pub half: String,
    pub full_en: Option<String>,
    pub good_en: Option<String>,
    pub half_en: Option<String>,
}

/// The next version of a template, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EditRubric {
    pub items: Vec<RubricRow>,
    pub reason: String,
}

const ROW: &[Field] = &[
    must("item", Choice(ITEMS)),
    must("most", Integer(1, 60)),
    must("full", Long(4, 120)),
    must("good", Long(4, 120)),
    must("half", Long(4, 120)),
    may("full_en", Long(0, 200)),
    may("good_en", Long(0, 200)),
    may("half_en", Long(0, 200)),
];

impl Draft for EditRubric {
    const FORM: Form = form("edit_rubric", &[section("all", &[must("items", Rows(9, 9, ROW)), must("reason", Long(4, 500))])]);
    /// Every item once, and a hundred points in all.
    fn check(&self, faults: &mut Faults) {
        if !ITEMS.iter().all(|id| self.items.iter().filter(|r| r.item == *id).count() == 1) {
            faults.add("items", "rubric_items");
        }
        let sum: i64 = self.items.iter().map(|r| r.most).sum();
        if sum != 100 {
            faults.add_with("items", "rubric_sum", vec![("now", sum.to_string())]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn every_template_sums_to_a_hundred_has_both_parts_and_says_what_points_mean() {
        for template in TEMPLATES {
            let rubric = Rubric::of(template);
            assert_eq!(rubric.items.iter().map(|i| i.most).sum::<i64>(), 100, "{template}");
            assert_eq!((rubric.part(true).count(), rubric.part(false).count()), (5, 4));
            assert!(rubric.items.iter().all(|i| i.anchors.iter().map(|a| a.at).eq(ANCHORED)));
        }
        assert!(SHEET.iter().zip(Rubric::default().items).all(|(s, i)| s.most == i.most && s.id == i.id));
        assert!(SHEET.iter().map(|s| s.id).eq(ITEMS.iter().copied()));
    }

    #[test]
    fn an_edited_template_is_the_next_version_and_must_sum_to_a_hundred() {
        let first = Rubric::of("race");
        let mut rows = first.rows();
        let raw = |rows: &[RubricRow]| serde_json::json!({ "items": rows, "reason": "按评审办法调整。" });
        assert_eq!(first.edited(&rows).items, first.items, "nothing is lost on the way");
        (rows[0].most, rows[1].most) = (25, 10);
        let next = first.edited(&EditRubric::read(&raw(&rows)).unwrap().items);
        assert_eq!((next.version, next.items[0].most, next.template.as_str()), (2, 25, "race"));
        rows[1].most = 11;
        assert_eq!(EditRubric::read(&raw(&rows)).unwrap_err().0[0].code, "rubric_sum");
        (rows[1].most, rows[1].item) = (10, "team".into());
        assert_eq!(EditRubric::read(&raw(&rows)).unwrap_err().0[0].code, "rubric_items");
        assert_eq!(first.item("team").map(|i| i.points(&i.anchors[1])), Some(Score::hundredths(800)));
    }
}

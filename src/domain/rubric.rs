//! Rubrics: what a panel scores, with weights and anchors. A template is chosen and frozen when a challenge is published; the
//! items are the same in every template, so that sheets compare (domain 3.5, C).
use super::review::SHEET;
use super::*;

/// One item with its weight in this challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub id: String,
    /// Points at most.
    pub most: i64,
    /// Scored before the names are known.
    pub blind: bool,
}

/// A rubric as a challenge carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rubric {
    pub template: String,
    pub version: u16,
    pub items: Vec<Item>,
}

/// Templates that a bureau chooses from at publication.
pub const TEMPLATES: &[&str] = &["standard", "enterprise", "race"];

/// Points at most, in the order of `SHEET`; each sums to 100.
const fn weights(template: &str) -> [i64; 9] {
    match template.as_bytes() {
        // What the poster can use weighs more than what is new.
        b"enterprise" => [20, 15, 5, 10, 10, 10, 8, 8, 14],
        // Routes that differ: what is new and what hangs together weighs more than who does it.
        b"race" => [20, 15, 12, 8, 10, 10, 8, 7, 10],
        _ => [20, 15, 7, 8, 10, 12, 8, 10, 10],
    }
}

impl Rubric {
    /// The named template as it stands today; an unknown name is the standard one.
    pub fn of(template: &str) -> Self {
        let known = TEMPLATES.iter().find(|t| **t == template).copied().unwrap_or("standard");
        let item = |(s, most): (&review::SheetItem, i64)| Item { id: s.id.to_owned(), most, blind: s.blind };
        Self { template: known.to_owned(), version: 1, items: SHEET.iter().zip(weights(known)).map(item).collect() }
    }
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|i| i.id == id)
    }
    pub fn part(&self, blind: bool) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |i| i.blind == blind)
    }
}

impl Default for Rubric {
    fn default() -> Self {
        Self::of("standard")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn every_template_sums_to_a_hundred_and_has_both_parts() {
        for template in TEMPLATES {
            let rubric = Rubric::of(template);
            assert_eq!(rubric.items.iter().map(|i| i.most).sum::<i64>(), 100, "{template}");
            assert_eq!((rubric.part(true).count(), rubric.part(false).count()), (5, 4));
        }
        assert!(SHEET.iter().zip(Rubric::default().items).all(|(s, i)| s.most == i.most && s.id == i.id));
    }
}

//! What a document says: its parts in order, each of a few kinds that page, PDF and text know how to set.
use super::super::words::{Lang, Text, numeral};
use super::super::{Indicator, Money, words};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub title: String,
    /// Whom it is addressed to.
    pub addressee: Option<String>,
    pub parts: Vec<Part>,
    pub attachments: Vec<String>,
    pub signers: Vec<Signer>,
    /// The unit that signs, and the day in full (落款).
    pub unit: Option<String>,
    pub date: Option<String>,
    pub remark: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    Heading {
        text: String,
    },
    Paragraph {
        text: String,
    },
    Facts {
        items: Vec<Fact>,
    },
    Table {
        title: String,
        columns: Vec<Column>,
        rows: Vec<Vec<String>>,
    },
    /// A numbered article: 第一条.
    Clause {
        number: String,
        title: String,
        paragraphs: Vec<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub label: String,
    /// Figures stand to the right.
    pub figures: bool,
}

/// Who signs: the party, its name, and lines to fill or filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    pub party: String,
    pub name: String,
    pub lines: Vec<Fact>,
}

impl Part {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Heading { text } | Self::Paragraph { text } => text.clone(),
            Self::Facts { items } => items.iter().map(Fact::text).collect::<Vec<_>>().join("\n"),
            Self::Table { title, columns, rows } => {
                let head = columns.iter().map(|c| c.label.clone()).collect::<Vec<_>>().join("\t");
                let rows = rows.iter().map(|r| r.join("\t"));
                [title.clone(), head].into_iter().chain(rows).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
            }
            Self::Clause { number, title, paragraphs } => format!("{number} {title}\n{}", paragraphs.join("\n")),
        }
    }
}

impl Fact {
    fn text(&self) -> String {
        format!("{}：{}", self.label, self.value)
    }
}

impl Signer {
    pub(super) fn text(&self) -> String {
        let lines = self.lines.iter().map(Fact::text);
        std::iter::once(format!("{}：{}", self.party, self.name)).chain(lines).collect::<Vec<_>>().join("\n")
    }
}

/// Writes parts one after the other in one language.
pub(super) struct Pen<'a> {
    pub t: &'a Text,
    parts: Vec<Part>,
    headings: usize,
    clauses: usize,
}

impl<'a> Pen<'a> {
    pub fn new(t: &'a Text) -> Self {
        Self { t, parts: vec![], headings: 0, clauses: 0 }
    }
    pub fn done(self) -> Vec<Part> {
        self.parts
    }
    /// 一、… as papers count their parts.
    pub fn heading(&mut self, key: &str) {
        self.headings += 1;
        let title = self.t.t(key);
        let text = match self.t.lang {
            Lang::Zh => format!("{}、{title}", numeral(self.headings)),
            Lang::En => format!("{}. {title}", self.headings),
        };
        self.parts.push(Part::Heading { text });
    }
    pub fn say(&mut self, key: &str, args: &[(&str, String)]) {
        let text = self.t.with(key, args);
        self.parts.push(Part::Paragraph { text });
    }
    /// A text that people wrote, line by line as they wrote it.
    pub fn quote(&mut self, text: &str) {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
        self.parts.extend(lines.map(|l| Part::Paragraph { text: l.to_owned() }));
    }
    pub fn facts(&mut self, items: Vec<(&str, String)>) {
        let items = items.into_iter().filter(|(_, v)| !v.is_empty());
        let items: Vec<Fact> = items.map(|(key, value)| Fact { label: self.t.t(key), value }).collect();
        if !items.is_empty() {
            self.parts.push(Part::Facts { items });
        }
    }
    /// Columns by key; those that begin with `#` hold figures.
    pub fn table(&mut self, title: &str, columns: &[&str], rows: Vec<Vec<String>>) {
        let column = |key: &&str| Column { label: self.t.t(key.trim_start_matches('#')), figures: key.starts_with('#') };
        let title = if title.is_empty() { String::new() } else { self.t.t(title) };
        if !rows.is_empty() {
            self.parts.push(Part::Table { title, columns: columns.iter().map(column).collect(), rows });
        }
    }
    pub fn clause(&mut self, title: &str, paragraphs: Vec<String>) {
        let title = self.t.t(title);
        self.clause_as(title, paragraphs);
    }
    /// A clause whose title is somebody's own words.
    pub fn clause_as(&mut self, title: String, paragraphs: Vec<String>) {
        self.clauses += 1;
        let number = match self.t.lang {
            Lang::Zh => format!("第{}条", numeral(self.clauses)),
            Lang::En => format!("Article {}", self.clauses),
        };
        let paragraphs = paragraphs.iter().flat_map(|p| p.lines()).map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned);
        self.parts.push(Part::Clause { number, title, paragraphs: paragraphs.collect() });
    }
    /// Indicators as they are published: what, how much, how it is tested.
    pub fn indicators(&mut self, all: &[Indicator]) {
        let t = self.t;
        let row = |(n, i): (usize, &Indicator)| {
            vec![
                (n + 1).to_string(),
                i.name.clone(),
                i.present_value.clone().unwrap_or_default(),
                words::target_text(t, i),
                i.test_method.clone(),
                words::option_text(t, "tester", &i.tester),
                t.t(if i.hard { "ui.hard" } else { "ui.soft" }),
                i.weight.to_string(),
            ]
        };
        let columns = [
            "doc.no",
            "column.indicator",
            "column.present_value",
            "column.target_of",
            "column.test_method",
            "column.tester",
            "column.hardness",
            "#column.weight",
        ];
        self.table("", &columns, all.iter().enumerate().map(row).collect());
    }
}

/// An amount in figures and, as banks write it, in characters.
pub(super) fn sum(t: &Text, m: Money) -> String {
    t.with("doc.sum", &[("figures", m.to_string()), ("capital", m.capital())])
}

/// The same, or nothing for nothing.
pub(super) fn sum_if(t: &Text, m: Money) -> String {
    if m == Money::default() { String::new() } else { sum(t, m) }
}

pub(super) fn yes(t: &Text, holds: bool) -> String {
    t.t(if holds { "option.yes" } else { "option.no" })
}

/// A list as sentences have it.
pub(super) fn listed(t: &Text, all: impl IntoIterator<Item = String>) -> String {
    let all: Vec<String> = all.into_iter().collect();
    if all.is_empty() { t.t("ui.none") } else { all.join(t.comma()) }
}

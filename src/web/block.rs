//! The parts that pages are made of; templates/parts/blocks.html draws each kind.
use super::form_view::FormView;
use super::time::Due;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Tag {
    pub text: String,
    pub tone: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct TurnView {
    pub who: String,
    pub what: String,
    pub since: String,
    pub due: Option<Due>,
    pub next: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    pub label: String,
    pub status: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct Action {
    pub name: String,
    pub label: String,
    pub href: String,
    pub method: &'static str,
    pub refusal: Option<String>,
    pub danger: bool,
    pub main: bool,
}

impl Action {
    pub fn link(name: &str, label: String, href: impl Into<String>) -> Self {
        Self { name: name.into(), label, href: href.into(), method: "get", refusal: None, danger: false, main: false }
    }
    pub fn main(mut self) -> Self {
        self.main = true;
        self
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct ChangeView {
    pub label: String,
    pub before: String,
    pub after: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct EventView {
    pub seq: i64,
    pub at: String,
    pub who: String,
    pub text: String,
    pub reason: Option<String>,
    pub changes: Vec<ChangeView>,
    /// What stands in the log's tree for it, in hexadecimal.
    pub leaf: String,
    pub proof_href: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    pub text: String,
    pub href: Option<String>,
    pub kind: &'static str,
    pub tone: &'static str,
    pub note: String,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), href: None, kind: "text", tone: "", note: String::new() }
    }
    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { href: Some(href.into()), ..Self::text(text) }
    }
    pub fn money(text: impl Into<String>) -> Self {
        Self { kind: "money", ..Self::text(text) }
    }
    pub fn number(text: impl Into<String>) -> Self {
        Self { kind: "number", ..Self::text(text) }
    }
    pub fn tag(tag: Tag) -> Self {
        Self { kind: "tag", tone: tag.tone, ..Self::text(tag.text) }
    }
    pub fn clock(due: &Due) -> Self {
        Self { kind: "clock", tone: due.tone, note: due.left.clone(), ..Self::text(due.text.clone()) }
    }
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Column {
    pub label: String,
    pub kind: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub href: String,
    pub label: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Item {
    pub label: String,
    pub value: String,
    pub href: Option<String>,
    pub note: String,
    pub action: Option<Link>,
}

impl Item {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), href: None, note: String::new(), action: None }
    }
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Task {
    pub label: String,
    pub href: Option<String>,
    pub tag: Tag,
    pub note: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Bar {
    pub label: String,
    pub value_text: String,
    pub percent: i64,
    pub tone: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct FileItem {
    pub name: String,
    pub size: String,
    pub sha256: String,
    pub href: Option<String>,
    pub at: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

impl Fact {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Card {
    pub href: String,
    pub title: String,
    pub tags: Vec<Tag>,
    pub facts: Vec<Fact>,
    pub due: Option<Due>,
}

#[derive(Clone, Debug, Serialize)]
pub struct CompareRow {
    pub label: String,
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    Summary {
        title: String,
        id: String,
        items: Vec<Item>,
    },
    Table {
        title: String,
        id: String,
        columns: Vec<Column>,
        rows: Vec<Vec<Cell>>,
        empty: String,
        foot: Vec<Vec<Cell>>,
        csv: Option<String>,
        caption: String,
    },
    Text {
        title: String,
        id: String,
        paragraphs: Vec<String>,
    },
    Tasks {
        title: String,
        id: String,
        items: Vec<Task>,
    },
    Story {
        title: String,
        id: String,
        events: Vec<EventView>,
        more: Option<String>,
    },
    Inset {
        title: String,
        text: String,
        tone: &'static str,
        href: Option<String>,
        link: String,
    },
    Figure {
        title: String,
        id: String,
        desc: String,
        unit: String,
        bars: Vec<Bar>,
        csv: Option<String>,
    },
    Files {
        title: String,
        id: String,
        items: Vec<FileItem>,
    },
    Cards {
        title: String,
        id: String,
        items: Vec<Card>,
        empty: String,
    },
    Actions {
        title: String,
        id: String,
        items: Vec<Action>,
    },
    Form {
        title: String,
        form: FormView,
    },
    Compare {
        title: String,
        id: String,
        columns: Vec<String>,
        rows: Vec<CompareRow>,
    },
    Paper {
        sheet: super::paper::Sheet,
    },
    Picture {
        title: String,
        id: String,
        desc: String,
        legend: Vec<super::picture::Legend>,
        columns: Vec<Column>,
        rows: Vec<super::picture::PictureRow>,
        foot: Vec<Vec<Cell>>,
    },
}

impl Block {
    pub fn summary(id: &str, title: String, items: Vec<Item>) -> Self {
        Self::Summary { title, id: id.into(), items }
    }
    pub fn table(id: &str, title: String, columns: Vec<(String, &'static str)>, rows: Vec<Vec<Cell>>, empty: String) -> Self {
        let columns = columns.into_iter().map(|(label, kind)| Column { label, kind }).collect();
        Self::Table { title, id: id.into(), columns, rows, empty, foot: vec![], csv: None, caption: String::new() }
    }
    pub fn inset(title: String, text: String, tone: &'static str) -> Self {
        Self::Inset { title, text, tone, href: None, link: String::new() }
    }
}

//! What contracts are made of (合同范本): clauses with named fields and typed choices, kept by the bureau in editions. A contract
//! freezes the edition that it was drafted from; a later one touches no contract that there is.
use super::life::life;
use super::*;
use std::collections::BTreeSet;

life! {
    /// Whether new contracts are made from it.
    noun "template"; states TemplateState; acts TemplateAct; table TEMPLATE_LIFE;
    first [Current]; ends [];
    Current { Edit [Officer] => Current, Copy [Officer] => Current, Retire [Head] => Retired }
    Retired { Copy [Officer] => Retired, Restore [Head] => Current }
    = acts { Edit = "edition", Copy = "copies", Retire = "retirement", Restore = "restoration" }
    = states { Current = "current", Retired = "retired" }
}

/// The papers of a contract, in the order in which they are read.
pub const PAPERS: &[&str] = &["agreement", "task_book", "pledge", "commitments"];
/// Kinds of template: two for the agreement (民法典 §851), one for each other paper.
pub const TEMPLATE_KINDS: &[&str] = &["commissioned", "cooperative", "task_book", "pledge", "commitments"];

/// What the parties choose from a list, and what there is to choose.
pub const CHOICES: &[(&str, &[&str])] = &[
    ("contract_kind", CONTRACT_KINDS),
    ("payment_mode", PAYMENT_MODES),
    ("equipment_owner", OWNERS),
    ("risk_certifier", CERTIFIERS),
    ("ip_owner", OWNERS),
    ("subcontract_consent", &["yes", "no"]),
    ("dispute", DISPUTES),
];
pub const CHOICE_NAMES: &[&str] =
    &["contract_kind", "payment_mode", "equipment_owner", "risk_certifier", "ip_owner", "subcontract_consent", "dispute"];
/// What the parties write or count.
pub const TERM_FIELDS: &[&str] = &[
    "poster_duties",
    "confidentiality_months",
    "risk_bidder",
    "risk_poster",
    "licence_scope",
    "publication_review_days",
    "acceptance_standard",
    "breach",
    "settlement",
];
/// What is known from challenge, bid, talks and award: nobody types it again.
pub const FACT_FIELDS: &[&str] = &[
    "number",
    "title",
    "poster",
    "poster_uscc",
    "bidder",
    "bidder_uscc",
    "partners",
    "bureau",
    "principal_investigator",
    "county",
    "enterprise",
    "own",
    "total",
    "total_capital",
    "months",
    "indicators",
    "milestones",
];

/// The same in both languages. The Chinese text governs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub zh: String,
    pub en: String,
}

impl Said {
    pub fn same(text: impl Into<String>) -> Self {
        let zh: String = text.into();
        Self { en: zh.clone(), zh }
    }
    pub fn both(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
    pub fn each(&self) -> [&str; 2] {
        [&self.zh, &self.en]
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    pub title: Said,
    /// Fields stand in braces: `{ip_owner}`.
    pub text: Said,
}

/// How one option of a choice is written in the clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    pub choice: String,
    pub option: String,
    pub says: Said,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateEdition {
    pub number: i32,
    pub clauses: Vec<Clause>,
    pub wordings: Vec<Wording>,
    pub reason: String,
    pub by: Option<AccountId>,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Template {
    pub id: TemplateId,
    pub kind: String,
    pub name: Said,
    pub head: Head<TemplateState>,
    pub editions: Vec<TemplateEdition>,
}

/// An edition as a contract keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    pub kind: String,
    pub template: TemplateId,
    pub edition: i32,
    pub name: Said,
    pub clauses: Vec<Clause>,
    pub wordings: Vec<Wording>,
}

impl Template {
    pub fn current(&self) -> Option<&TemplateEdition> {
        self.editions.last()
    }

    pub fn freeze(&self) -> Option<Frozen> {
        self.current().map(|e| Frozen {
            kind: self.kind.clone(),
            template: self.id,
            edition: e.number,
            name: self.name.clone(),
            clauses: e.clauses.clone(),
            wordings: e.wordings.clone(),
        })
    }

    pub fn may(&self, act: TemplateAct) -> Result<(), Refusal> {
        self.head.state.step(act).map(drop)
    }

    pub fn take(&mut self, act: TemplateAct, m: &Moment) -> Result<(), Refusal> {
        let to = self.head.state.step(act)?.to;
        if to != self.head.state {
            self.head.enter(to, m, None);
        }
        Ok(())
    }
}

/// Whether a name in braces is one that there is.
pub fn is_field(name: &str) -> bool {
    CHOICE_NAMES.contains(&name) || TERM_FIELDS.contains(&name) || FACT_FIELDS.contains(&name)
}

/// Names in braces of a text, in their order.
pub fn names_in(text: &str) -> Vec<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

impl Frozen {
    /// What is written for an option.
    pub fn wording(&self, choice: &str, option: &str) -> Option<&Said> {
        self.wordings.iter().find(|w| w.choice == choice && w.option == option).map(|w| &w.says)
    }
}

/// One row of the editor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClauseRow {
    pub title_zh: String,
    pub title_en: String,
    pub text_zh: String,
    pub text_en: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WordingRow {
    pub choice: String,
    pub option: String,
    pub says_zh: String,
    pub says_en: String,
}

impl forms::EditTemplate {
    pub fn clauses(&self) -> Vec<Clause> {
        let clause =
            |r: &ClauseRow| Clause { title: Said::both(&r.title_zh, &r.title_en), text: Said::both(&r.text_zh, &r.text_en) };
        self.clauses.iter().map(clause).collect()
    }

    pub fn wordings(&self) -> Vec<Wording> {
        let wording = |r: &WordingRow| Wording {
            choice: r.choice.clone(),
            option: r.option.clone(),
            says: Said::both(&r.says_zh, &r.says_en),
        };
        self.wordings.iter().map(wording).collect()
    }

    /// Every field in braces is one that there is, the same in both languages, and each choice has words for each option.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        for (n, row) in self.clauses.iter().enumerate() {
            for (path, text) in [("text_zh", &row.text_zh), ("text_en", &row.text_en)] {
                let path = format!("clauses.{n}.{path}");
                if text.matches('{').count() != text.matches('}').count() {
                    faults.add(path.clone(), "braces_open");
                }
                for name in names_in(text) {
                    if !is_field(name) {
                        faults.add_with(path.clone(), "field_unknown", vec![("name", name.to_owned())]);
                    }
                }
            }
            let [mut zh, mut en] = [names_in(&row.text_zh), names_in(&row.text_en)];
            asked.extend(zh.iter().copied());
            zh.sort_unstable();
            en.sort_unstable();
            if zh != en {
                faults.add(format!("clauses.{n}.text_en"), "fields_differ");
            }
        }
        for (choice, options) in CHOICES.iter().filter(|(c, _)| asked.contains(c)) {
            for option in *options {
                if !self.wordings.iter().any(|w| w.choice == *choice && w.option == *option) {
                    faults.add_with("wordings", "wording_missing", vec![("name", format!("{choice}: {option}"))]);
                }
            }
        }
        for (n, w) in self.wordings.iter().enumerate() {
            let there = CHOICES.iter().any(|(c, options)| *c == w.choice && options.contains(&w.option.as_str()));
            if !there {
                faults.add(format!("wordings.{n}.option"), "option_unknown");
            }
        }
        faults
    }
}

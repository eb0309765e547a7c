//! The papers of a contract as they are read and signed: clauses numbered, fields filled, choices written out. Pure: the same
//! contract gives the same papers, and so the same hash, everywhere.
use super::template::{Frozen, Said, names_in};
use super::*;
use std::collections::BTreeMap;

/// What stands where nothing has been chosen yet.
pub const BLANK: &str = "________";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// One of `PAPERS`.
    pub kind: String,
    pub title: Said,
    pub number: String,
    pub edition: i32,
    pub template: TemplateId,
    pub template_edition: i32,
    pub parties: Vec<PaperParty>,
    pub clauses: Vec<PaperClause>,
    /// The contract's: papers' hashes stand in public entries, and what a paper says is its parties'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// Who signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperParty {
    pub party: String,
    pub name: String,
    pub uscc: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperClause {
    pub number: usize,
    /// 第一条.
    pub numeral: String,
    pub title: Said,
    pub text: Said,
    pub choices: Vec<PaperChoice>,
    /// Choices and terms that nobody has filled in.
    pub blanks: Vec<String>,
    /// The number of the deviation by which the parties left the template.
    pub deviation: Option<usize>,
}

/// What was chosen, and how the clause says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperChoice {
    pub name: String,
    pub option: String,
    pub says: Said,
}

impl Paper {
    pub fn sha256(&self) -> String {
        let text = serde_json::to_value(self).expect("papers are plain JSON");
        hash::sha256_hex(hash::canonical(&text).as_bytes())
    }
}

/// 第十二条.
pub fn numeral(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let tens = match n / 10 {
        0 => String::new(),
        1 => "十".to_owned(),
        t => format!("{}十", DIGITS.get(t).unwrap_or(&"")),
    };
    format!("第{tens}{}条", DIGITS[n % 10])
}

impl Contract {
    /// Which papers this contract has: the task book where county money is in (domain 0.2).
    pub fn paper_kinds(&self) -> Vec<&'static str> {
        PAPERS.iter().copied().filter(|p| *p != "task_book" || self.county_fen > Money::default()).collect()
    }

    /// Who signs a paper. The poster stands in the task book where the county's money is a subsidy to it.
    pub fn signers(&self, paper: &str) -> &'static [&'static str] {
        match paper {
            "agreement" => &["poster", "bidder"],
            "task_book" if self.enterprise_posted => &["bureau", "poster", "bidder"],
            "task_book" => &["bureau", "bidder"],
            _ => &["bidder"],
        }
    }

    pub fn papers(&self) -> Vec<Paper> {
        self.paper_kinds().into_iter().filter_map(|kind| self.paper(kind)).collect()
    }

    pub fn paper(&self, kind: &str) -> Option<Paper> {
        let frozen = self.template_of(kind)?;
        let filled = self.filled();
        let clauses = frozen.clauses.iter().enumerate().map(|(n, c)| self.clause(kind, frozen, n + 1, c, &filled)).collect();
        let party = |p: &&str| PaperParty {
            party: (*p).to_owned(),
            name: self.names.get(*p).cloned().unwrap_or_default(),
            uscc: self.names.get(&format!("{p}_uscc")).cloned(),
        };
        Some(Paper {
            kind: kind.to_owned(),
            title: frozen.name.clone(),
            number: self.number.clone(),
            edition: self.edition,
            template: frozen.template,
            template_edition: frozen.edition,
            parties: self.signers(kind).iter().map(party).collect(),
            clauses,
            salt: self.salt.clone(),
        })
    }

    fn template_of(&self, kind: &str) -> Option<&Frozen> {
        let wanted = match kind {
            "agreement" => self.terms.as_ref().and_then(|t| t.contract_kind.as_deref()).unwrap_or("commissioned"),
            other => other,
        };
        self.templates.iter().find(|f| f.kind == wanted)
    }

    fn clause(
        &self,
        paper: &str,
        frozen: &Frozen,
        number: usize,
        clause: &template::Clause,
        filled: &BTreeMap<&'static str, Said>,
    ) -> PaperClause {
        let accepted = self.deviations.iter().rev().find(|d| d.paper == paper && d.clause == number && d.is_accepted());
        let template = accepted.map_or_else(|| clause.text.clone(), |d| Said::same(d.wording.clone()));
        let (mut choices, mut blanks) = (vec![], vec![]);
        for name in names_in(&template.zh) {
            if let Some(option) = self.chosen(name) {
                let says = frozen.wording(name, &option).cloned().unwrap_or_else(|| Said::same(option.clone()));
                choices.push(PaperChoice { name: name.to_owned(), option, says });
            } else if !filled.contains_key(name) && !blanks.iter().any(|b| b == name) {
                blanks.push(name.to_owned());
            }
        }
        let fill = |text: &str, pick: fn(&Said) -> &String| {
            let mut out = text.to_owned();
            for name in names_in(text) {
                let says = choices.iter().find(|c| c.name == name).map(|c| &c.says).or_else(|| filled.get(name));
                out = out.replace(&format!("{{{name}}}"), says.map_or(BLANK, |s| pick(s)));
            }
            out
        };
        PaperClause {
            number,
            numeral: numeral(number),
            title: clause.title.clone(),
            text: Said::both(fill(&template.zh, |s| &s.zh), fill(&template.en, |s| &s.en)),
            choices,
            blanks,
            deviation: accepted.map(|d| d.number),
        }
    }

    /// The option of a choice, once it is made.
    fn chosen(&self, name: &str) -> Option<String> {
        let t = self.terms.as_ref()?;
        match name {
            "contract_kind" => t.contract_kind.clone(),
            "payment_mode" => t.payment_mode.clone(),
            "equipment_owner" => t.equipment_owner.clone(),
            "risk_certifier" => t.risk_certifier.clone(),
            "ip_owner" => t.ip_owner.clone(),
            "dispute" => t.dispute.clone(),
            "subcontract_consent" => t.subcontract_consent.map(|yes| if yes { "yes" } else { "no" }.to_owned()),
            _ => None,
        }
    }

    /// Facts and terms by name, as they stand.
    fn filled(&self) -> BTreeMap<&'static str, Said> {
        let name = |key: &str| Said::same(self.names.get(key).cloned().unwrap_or_default());
        let money = |m: Money| Said::both(format!("{m}元"), format!("CNY {m}"));
        let total = self.award().checked_add(self.self_fen).unwrap_or_default();
        let partners: Vec<&str> = self.partners.iter().skip(1).map(|p| p.name.as_str()).collect();
        let partners = if partners.is_empty() { Said::both("无", "none") } else { Said::same(partners.join("、")) };
        let mut out = BTreeMap::from([
            ("number", Said::same(&self.number)),
            ("title", Said::same(&self.title)),
            ("poster", name("poster")),
            ("poster_uscc", name("poster_uscc")),
            ("bidder", name("bidder")),
            ("bidder_uscc", name("bidder_uscc")),
            ("bureau", name("bureau")),
            ("partners", partners),
            ("principal_investigator", Said::same(&self.principal_investigator)),
            ("county", money(self.county_fen)),
            ("enterprise", money(self.enterprise_fen)),
            ("own", money(self.self_fen)),
            ("total", money(total)),
            ("total_capital", Said::same(total.capital())),
            ("months", Said::same(self.period_months.to_string())),
            ("indicators", self.indicator_lines()),
            ("milestones", self.milestone_lines()),
        ]);
        let Some(t) = &self.terms else { return out };
        let mut term = |name: &'static str, value: Option<String>| {
            if let Some(value) = value {
                out.insert(name, Said::same(value));
            }
        };
        term("poster_duties", t.poster_duties.clone());
        term("confidentiality_months", t.confidentiality_months.map(|n| n.to_string()));
        term("risk_bidder", t.risk_bidder_bp.map(|bp| format!("{}%", percent_text(bp))));
        term("risk_poster", t.risk_bidder_bp.map(|bp| format!("{}%", percent_text(10_000 - bp))));
        term("licence_scope", t.licence_scope.clone());
        term("publication_review_days", t.publication_review_days.map(|n| n.to_string()));
        term("acceptance_standard", t.acceptance_standard.clone());
        term("breach", t.breach.clone());
        term("settlement", t.settlement.clone());
        out
    }

    fn indicator_lines(&self) -> Said {
        let line = |n: usize, x: &Thread, unmeasured: &str| {
            let i = &x.published;
            let unit = i.unit.clone().unwrap_or_default();
            let target = match (i.comparator.as_str(), x.contracted, i.target_high) {
                ("bool", ..) | (_, None, _) => unmeasured.to_owned(),
                ("between", Some(low), Some(high)) => format!("{low}–{high} {unit}"),
                (c, Some(v), _) => format!("{} {v} {unit}", sign(c)),
            };
            format!("{}. {} {} ({})", n + 1, i.name, target.trim(), i.test_method)
        };
        let lines = |word: &str| self.thread.iter().enumerate().map(|(n, x)| line(n, x, word)).collect::<Vec<_>>().join("\n");
        Said::both(lines("达到"), lines("attained"))
    }

    fn milestone_lines(&self) -> Said {
        let zh = |(n, x): (usize, &OfferedMilestone)| {
            format!("{}. 第{}个月：{}，{}，占{}%", n + 1, x.month, x.name, x.result, percent_text(x.share_bp))
        };
        let en = |(n, x): (usize, &OfferedMilestone)| {
            format!("{}. Month {}: {}; {}; {}%", n + 1, x.month, x.name, x.result, percent_text(x.share_bp))
        };
        let all = || self.milestones.iter().enumerate();
        Said::both(all().map(zh).collect::<Vec<_>>().join("\n"), all().map(en).collect::<Vec<_>>().join("\n"))
    }

    /// Every choice and term that a paper speaks of and nobody has filled in, each at its field.
    pub fn blanks(&self) -> Faults {
        let mut names: Vec<String> = self.papers().into_iter().flat_map(|p| p.clauses).flat_map(|c| c.blanks).collect();
        names.sort();
        names.dedup();
        let mut faults = Faults::default();
        for name in names {
            let (field, code) = match name.as_str() {
                "risk_bidder" | "risk_poster" => ("risk_bidder_bp", "missing"),
                choice if template::CHOICE_NAMES.contains(&choice) => (choice, "choose"),
                other => (other, "missing"),
            };
            if !faults.0.iter().any(|f| f.path == field) {
                faults.add(field, code);
            }
        }
        faults
    }
}

fn sign(comparator: &str) -> &'static str {
    match comparator {
        "ge" => "≥",
        "le" => "≤",
        "gt" => ">",
        "lt" => "<",
        _ => "=",
    }
}

#[cfg(test)]
mod tests {
    use super::numeral;

    #[test]
    fn clauses_are_numbered_as_a_contract_numbers_them() {
        assert_eq!(
            [1, 9, 10, 11, 19, 20, 21, 30].map(numeral),
            ["第一条", "第九条", "第十条", "第十一条", "第十九条", "第二十条", "第二十一条", "第三十条"]
        );
    }
}

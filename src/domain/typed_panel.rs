//! A panel that sat around a table and is typed in afterwards (domain 11.4): its sheet is scanned, what is recorded is what most
//! of its members said, no two are of one unit, none is near a party, and it is marked as typed wherever it is shown.
use super::{AccountId, FileId, Judge, Opinion, Refusal, Timestamp, conflict, ensure};
use serde::{Deserialize, Serialize};

/// What remains of it: the scan, who typed it in, how many sat and how many of them stand behind what was concluded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedPanel {
    pub scan: Vec<FileId>,
    pub by: AccountId,
    pub at: Timestamp,
    pub members: usize,
    pub behind: usize,
}

impl TypedPanel {
    /// As the record tells it: nobody's opinion, only how many and which scan.
    pub fn told(&self) -> serde_json::Value {
        serde_json::json!({ "members": self.members, "behind": self.behind, "scan": self.scan })
    }
}

/// Members and their votes on one conclusion, before anything of them is kept.
#[derive(Debug)]
pub struct Typed<'a> {
    pub scan: &'a [FileId],
    /// Name and unit.
    pub members: Vec<(&'a str, &'a str)>,
    pub behind: usize,
    /// The form's field of its rows.
    pub field: &'static str,
}

impl<'a> Typed<'a> {
    /// Experts asked in the course of the work: each stands behind the conclusion or not; `verdict` is what a panel whose
    /// members choose among several results concluded.
    pub fn of_judges(judges: &'a [Judge], verdict: &str, scan: &'a [FileId], field: &'static str) -> Self {
        let behind = judges.iter().filter(|j| j.verdict.as_deref() == Some(verdict)).count();
        Self { scan, members: judges.iter().map(|j| (j.expert.as_str(), j.unit.as_str())).collect(), behind, field }
    }

    /// Those who argued a need: for listing it stand those who agree, if with changes; for turning it away those who don't; for
    /// putting it aside all but those who agree outright.
    pub fn of_opinions(opinions: &'a [Opinion], outcome: &str, scan: &'a [FileId]) -> Self {
        let stands = |o: &&Opinion| match outcome {
            "accept" => o.verdict != "disagree",
            "reject" => o.verdict == "disagree",
            _ => o.verdict != "agree",
        };
        let members = opinions.iter().map(|o| (o.expert.as_str(), o.unit.as_str())).collect();
        Self { scan, members, behind: opinions.iter().filter(stands).count(), field: "opinions" }
    }

    /// The scan is there, no name and no unit stands twice, nobody is of a party, and most of them are behind it.
    pub fn check(&self, parties: &[String]) -> Result<(), Refusal> {
        ensure(!self.scan.is_empty(), "scan_missing").map_err(|r| r.at("scan"))?;
        for (n, (name, unit)) in self.members.iter().enumerate() {
            let wrong = |code| Refusal::new(code).with("name", name).with("unit", unit).at(self.field);
            if self.members[..n].iter().any(|(other, _)| conflict::same(other, name)) {
                return Err(wrong("expert_twice"));
            }
            if self.members[..n].iter().any(|(_, other)| conflict::same(other, unit)) {
                return Err(wrong("unit_twice"));
            }
            if parties.iter().any(|party| conflict::same(party, unit)) {
                return Err(wrong("expert_of_party"));
            }
        }
        let (members, behind) = (self.members.len(), self.behind);
        ensure(behind * 2 > members, "against_majority")
            .map_err(|r| r.with("behind", behind).with("members", members).at(self.field))
    }

    pub fn kept(&self, by: AccountId, at: Timestamp) -> TypedPanel {
        TypedPanel { scan: self.scan.to_vec(), by, at, members: self.members.len(), behind: self.behind }
    }
}

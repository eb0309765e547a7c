//! Collective decisions: who sat, who voted how, who recused, and whether that was enough (domain 2, trap 24).
use super::*;
use std::collections::BTreeSet;

/// Where a member stood: at the table with a voice, away, or out of the room for a conflict of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    For,
    Against,
    Abstain,
    Absent,
    Recused,
}

pub const VOTES: &[&str] = &["for", "against", "abstain", "absent", "recused"];

impl Vote {
    pub const fn id(self) -> &'static str {
        match self {
            Vote::For => "for",
            Vote::Against => "against",
            Vote::Abstain => "abstain",
            Vote::Absent => "absent",
            Vote::Recused => "recused",
        }
    }
    /// Counts towards the quorum and the majority.
    pub fn is_present(self) -> bool {
        matches!(self, Vote::For | Vote::Against | Vote::Abstain)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    pub name: String,
    pub post: String,
    pub vote: Vote,
    /// Why it recused or was away.
    #[serde(default)]
    pub note: Option<String>,
}

/// Who sat: a list, or one sentence in minutes that were typed before lists were kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Attendance {
    Roll(Vec<Attendee>),
    Told(String),
}

impl Attendance {
    pub fn roll(&self) -> &[Attendee] {
        match self {
            Attendance::Roll(all) => all,
            Attendance::Told(_) => &[],
        }
    }
}

/// A collective decision: the number and day of its minutes, and who sat (trap 24).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    pub number: String,
    pub held_on: String,
    pub attendance: Attendance,
    /// What was on the table, where it was typed.
    #[serde(default)]
    pub subject: Option<String>,
}

/// How a meeting stood on one question. Those who recused count neither as members nor as present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub members: usize,
    pub present: usize,
    pub absent: usize,
    pub recused: usize,
    pub in_favour: usize,
    pub against: usize,
    pub abstained: usize,
}

impl Count {
    pub fn of(roll: &[Attendee]) -> Self {
        let n = |vote: Vote| roll.iter().filter(|m| m.vote == vote).count();
        let (in_favour, against, abstained) = (n(Vote::For), n(Vote::Against), n(Vote::Abstain));
        Self {
            members: roll.len(),
            present: in_favour + against + abstained,
            absent: n(Vote::Absent),
            recused: n(Vote::Recused),
            in_favour,
            against,
            abstained,
        }
    }

    /// Every member stands somewhere, once.
    pub fn adds_up(&self) -> bool {
        self.present == self.in_favour + self.against + self.abstained
            && self.members == self.present + self.absent + self.recused
    }

    /// At least half of those who may vote are present.
    pub fn has_quorum(&self) -> bool {
        self.present > 0 && self.present * 2 >= self.members.saturating_sub(self.recused)
    }

    /// More than half of those present are for it.
    pub fn carries(&self) -> bool {
        self.in_favour * 2 > self.present
    }
}

/// What a meeting came to on one question. The votes are always on what was asked: to list, to award, to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    #[default]
    Yes,
    No,
    Later,
}

/// What an act says that the meeting came to: those by which it refuses or puts off are on this list.
pub fn outcome_of(noun: &str, act: &str) -> Outcome {
    match (noun, act) {
        ("challenge", "listing-refusal" | "award-refusal") => Outcome::No,
        ("challenge", "listing-deferral" | "award-deferral") => Outcome::Later,
        _ => Outcome::Yes,
    }
}

/// The list of a meeting that said no or later: enough sat, and no majority was for it.
pub fn check_no(roll: &[Attendee], faults: &mut Faults) {
    let mut said = Faults::default();
    check_roll(roll, &mut said);
    let carried = !said.0.iter().any(|f| f.code == "no_quorum" || f.code == "no_majority");
    faults.0.extend(said.0.into_iter().filter(|f| f.code != "no_majority"));
    if carried {
        faults.add("attendance", "majority_for_it");
    }
}

/// What is wrong with a list of members, as the form tells it.
pub fn check_roll(roll: &[Attendee], faults: &mut Faults) {
    let mut names = BTreeSet::new();
    for (n, m) in roll.iter().enumerate() {
        if !names.insert(m.name.as_str()) {
            faults.add(format!("attendance.{n}.name"), "member_twice");
        }
    }
    let count = Count::of(roll);
    let facts = |n: usize| {
        vec![
            ("n", n.to_string()),
            ("present", count.present.to_string()),
            ("members", (count.members - count.recused).to_string()),
        ]
    };
    if !count.has_quorum() {
        faults.add_with("attendance", "no_quorum", facts((count.members - count.recused).div_ceil(2).max(1)));
    } else if !count.carries() {
        faults.add_with("attendance", "no_majority", facts(count.in_favour));
    }
}

/// One meeting has one list: the same people, and the same of them away. Votes and recusals are of each question.
pub fn same_meeting(a: &[Attendee], b: &[Attendee]) -> bool {
    let people =
        |roll: &[Attendee]| -> BTreeSet<(String, String)> { roll.iter().map(|m| (m.name.clone(), m.post.clone())).collect() };
    let away = |roll: &[Attendee]| -> BTreeSet<String> {
        roll.iter().filter(|m| m.vote == Vote::Absent).map(|m| m.name.clone()).collect()
    };
    people(a) == people(b) && away(a) == away(b)
}

/// Who of these people took part in a decision that they should have left the room for.
pub fn took_part<'a>(roll: &'a [Attendee], people: &[String]) -> Option<&'a str> {
    roll.iter().find(|m| m.vote.is_present() && people.contains(&m.name)).map(|m| m.name.as_str())
}

/// A decision of a meeting as the record tells it: numbers, and the names of those who recused; how each voted is not public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    pub meeting: Uuid,
    pub number: String,
    pub held_on: String,
    pub subject: String,
    pub count: Count,
    #[serde(default)]
    pub recused: Vec<String>,
    /// Minutes from before a meeting could say no are a yes.
    #[serde(default)]
    pub outcome: Outcome,
}

/// A meeting, as its page shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Meeting {
    pub id: Uuid,
    pub number: String,
    pub held_on: String,
    pub roll: Vec<Attendee>,
}

/// One question that a meeting decided.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decided {
    pub id: Uuid,
    pub meeting: Uuid,
    pub challenge: Option<ChallengeId>,
    pub noun: Noun,
    pub subject: Uuid,
    pub act: String,
    /// What was on the table.
    pub about: String,
    pub roll: Vec<Attendee>,
    /// Keeps the hash of the row from telling how each voted.
    pub salt: String,
    pub at: Timestamp,
}

/// Takes the list of members out of whatever is shown: how a meeting voted is for those who oversee, how many is for all.
pub fn veil(v: &mut serde_json::Value) {
    use serde_json::Value;
    match v {
        Value::Object(map) => {
            if map.contains_key("held_on") && map.get("attendance").is_some_and(|a| a.is_array() || a.is_string()) {
                let roll: Vec<Attendee> =
                    map.remove("attendance").and_then(|a| serde_json::from_value(a).ok()).unwrap_or_default();
                map.insert("count".into(), serde_json::to_value(Count::of(&roll)).expect("numbers"));
            }
            map.values_mut().for_each(veil);
        }
        Value::Array(all) => all.iter_mut().for_each(veil),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roll(votes: &[Vote]) -> Vec<Attendee> {
        let member =
            |(n, vote): (usize, &Vote)| Attendee {
                name: format!("委员{n}"), post: "局党组成员".into(), vote: *vote, note: None
            };
        votes.iter().enumerate().map(member).collect()
    }

    fn faults(votes: &[Vote]) -> Vec<&'static str> {
        let mut faults = Faults::default();
        check_roll(&roll(votes), &mut faults);
        faults.0.iter().map(|f| f.code).collect()
    }

    #[test]
    fn half_must_sit_and_most_of_them_be_for_it_and_who_recused_counts_for_nothing() {
        use Vote::{Absent, Abstain, Against, For, Recused};
        for (votes, said) in [
            (&[For, For, Against][..], vec![]),
            (&[For, For, Absent, Absent], vec![]),
            (&[For, For, Absent, Absent, Absent], vec!["no_quorum"]),
            (&[For, Against, Abstain], vec!["no_majority"]),
            (&[For, Against], vec!["no_majority"]),
            (&[For, For, Recused, Recused, Recused], vec![]),
            (&[Recused, Recused, Recused], vec!["no_quorum"]),
            (&[For, Absent, Absent, Recused], vec!["no_quorum"]),
        ] {
            assert_eq!(faults(votes), said, "{votes:?}");
            assert!(Count::of(&roll(votes)).adds_up());
        }
        let mut twice = roll(&[For, For, For]);
        twice[2].name = twice[0].name.clone();
        let mut faults = Faults::default();
        check_roll(&twice, &mut faults);
        assert_eq!(faults, Faults::one("attendance.2.name", "member_twice"));
    }

    #[test]
    fn one_meeting_has_one_list_whatever_was_voted() {
        use Vote::{Absent, Against, For, Recused};
        let one = roll(&[For, For, Absent]);
        assert!(same_meeting(&one, &roll(&[Recused, Against, Absent])));
        assert!(!same_meeting(&one, &roll(&[For, For, For])), "who was away was away");
        assert!(!same_meeting(&one, &roll(&[For, For])));
    }

    #[test]
    fn minutes_typed_as_a_sentence_still_read_and_lists_are_veiled() {
        let old = r#"{"number":"1号","held_on":"2026-03-02","attendance":"局长、副局长"}"#;
        let old: Minutes = serde_json::from_str(old).unwrap();
        assert_eq!((old.attendance.roll().len(), old.subject), (0, None));
        let mut shown = serde_json::json!({ "award": Minutes {
            number: "1号".into(), held_on: "2026-03-02".into(), attendance: Attendance::Roll(roll(&[Vote::For, Vote::Absent])), subject: None,
        } });
        veil(&mut shown);
        assert_eq!(shown["award"]["attendance"], serde_json::Value::Null);
        assert_eq!(shown["award"]["count"]["in_favour"], 1);
        assert!(!shown.to_string().contains("委员"));
    }
}

//! Unusual reading: one person opens many protected things within an hour.
use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// What one person read of what is not public, newest first or not.
#[derive(Clone, Debug)]
pub struct Reads {
    pub actor: AccountId,
    pub name: String,
    pub role: String,
    pub at: Timestamp,
    pub subject: Uuid,
    pub challenge: Option<ChallengeId>,
}

/// The hour in which one person read most, where it is more than the rule allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unusual {
    pub actor: AccountId,
    pub name: String,
    pub role: String,
    /// How many different things.
    pub count: usize,
    /// When the hour began.
    pub at: Timestamp,
}

const HOUR: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// Everyone with such an hour.
pub fn unusual(reads: &[Reads], rules: &RuleSet) -> Vec<Unusual> {
    let mut people: BTreeMap<AccountId, Vec<&Reads>> = BTreeMap::new();
    for r in reads {
        people.entry(r.actor).or_default().push(r);
    }
    let mut out = vec![];
    for (actor, mut own) in people {
        own.sort_by_key(|r| r.at);
        let mut most: Option<(usize, Timestamp)> = None;
        for (n, first) in own.iter().enumerate() {
            let within = own[n..].iter().take_while(|r| r.at.duration_since(first.at) <= HOUR);
            let different = within.map(|r| r.subject).collect::<BTreeSet<_>>().len();
            if different > rules.flag_reads_hour && most.is_none_or(|(m, _)| different > m) {
                most = Some((different, first.at));
            }
        }
        let of = |(count, at)| Unusual { actor, name: own[0].name.clone(), role: own[0].role.clone(), count, at };
        out.extend(most.map(of));
    }
    out
}

/// One flag for each person whose unusual hour touched this case.
pub(super) fn of(f: &Facts) -> Vec<Flag> {
    let here = |u: &Unusual| {
        let within = |r: &&Reads| r.actor == u.actor && r.at >= u.at && r.at.duration_since(u.at) <= HOUR;
        let own = f.reads.iter().filter(within).filter(|r| r.challenge == Some(f.challenge.id));
        own.map(|r| r.subject).collect::<BTreeSet<_>>().len()
    };
    let flag = |u: Unusual| {
        let here = here(&u);
        let said = Evidence::new("read").text("name", &u.name).word("role", format!("role.{}", u.role)).at("at", u.at);
        let said = said.number("count", u.count).number("here", here);
        (here > 0).then(|| f.flag_on(FlagKind::UnusualReading, u.actor.0, vec![said]))
    };
    unusual(f.reads, f.rules()).into_iter().filter_map(flag).collect()
}

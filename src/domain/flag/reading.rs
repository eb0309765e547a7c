//! Unusual reading: one person opens many protected things within an hour.
use super::*;

/// What one person read of what is not public, newest first or not.
#[derive(Clone, Debug)]
pub struct Reads {
    pub actor: AccountId,
    pub name: String,
    pub role: String,
    pub at: Timestamp,
    pub subject: Uuid,
}

/// Most different things read within one hour, where it is more than the rule allows: name, role, how many, when the hour began.
pub fn unusual(reads: &[Reads], rules: &RuleSet) -> Vec<(AccountId, String, String, usize, Timestamp)> {
    let mut people: std::collections::BTreeMap<AccountId, Vec<&Reads>> = std::collections::BTreeMap::new();
    for r in reads {
        people.entry(r.actor).or_default().push(r);
    }
    let mut out = vec![];
    for (actor, mut own) in people {
        own.sort_by_key(|r| r.at);
        let hour = jiff::SignedDuration::from_hours(1);
        let mut most: Option<(usize, Timestamp)> = None;
        for (n, first) in own.iter().enumerate() {
            let within = own[n..].iter().take_while(|r| r.at.duration_since(first.at) <= hour);
            let different = within.map(|r| r.subject).collect::<std::collections::BTreeSet<_>>().len();
            if different > rules.flag_reads_hour && most.is_none_or(|(m, _)| different > m) {
                most = Some((different, first.at));
            }
        }
        out.extend(most.map(|(n, at)| (actor, own[0].name.clone(), own[0].role.clone(), n, at)));
    }
    out
}

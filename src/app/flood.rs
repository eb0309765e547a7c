//! What visitors may do in an hour from one address, so that a flood from many leaves room for others. Kept in memory, under a hash
//! that means nothing after a restart: no address is written down.
use super::*;
use crate::domain::limits::Limit;
use crate::domain::origin;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(3600);
/// So many addresses are told apart; beyond that what is oldest is forgotten, and the bounds for all together hold.
const KNOWN: usize = 100_000;

#[derive(Clone, Default)]
pub(in crate::app) struct Flood {
    salt: (RandomState, RandomState),
    seen: Arc<Mutex<HashMap<[u64; 2], (Instant, u64)>>>,
}

impl Flood {
    fn key(&self, what: &str, from: &str) -> [u64; 2] {
        let key = (what, origin::network(from));
        [self.salt.0.hash_one(&key), self.salt.1.hash_one(&key)]
    }

    /// Counts what was done already, however much: the next is asked again.
    pub(in crate::app) fn charge(&self, what: &str, from: Option<&str>, much: u64) {
        let Some(from) = from else { return };
        let key = self.key(what, from);
        if let Some((_, count)) = self.seen.lock().expect("no panic while a flood is counted").get_mut(&key) {
            *count = count.saturating_add(much);
        }
    }

    /// Counts so much more of something from an address, or says when there is room again. What comes from nowhere, as the platform's
    /// own acts do, is not counted.
    pub(in crate::app) fn admit(&self, what: &str, from: Option<&str>, limit: Limit, much: u64) -> Result<()> {
        let Some(from) = from else { return Ok(()) };
        let (key, now) = (self.key(what, from), Instant::now());
        let mut seen = self.seen.lock().expect("no panic while a flood is counted");
        if seen.len() >= KNOWN {
            seen.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
            if seen.len() >= KNOWN {
                seen.clear();
            }
        }
        let (since, count) = seen.entry(key).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        if count.saturating_add(much) > limit.most || *count >= limit.most {
            let seconds = (WINDOW - now.duration_since(*since)).as_secs() + 1;
            return Err(Refusal::new("too_much_from_here").with("minutes", seconds.div_ceil(60)).with("seconds", seconds).into());
        }
        *count += much;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::TIP_OFFS_HOUR;

    #[test]
    fn one_address_is_bounded_and_others_have_room() {
        let flood = Flood::default();
        for _ in 0..TIP_OFFS_HOUR.most {
            flood.admit("clue", Some("2001:db8::1"), TIP_OFFS_HOUR, 1).unwrap();
        }
        let said = flood.admit("clue", Some("2001:db8::ffff"), TIP_OFFS_HOUR, 1).unwrap_err();
        assert!(matches!(said, Error::Refused(r) if r.code == "too_much_from_here"), "the same /64");
        flood.admit("clue", Some("2001:db8:0:1::1"), TIP_OFFS_HOUR, 1).unwrap();
        flood.admit("objection", Some("2001:db8::1"), TIP_OFFS_HOUR, 1).unwrap();
        flood.admit("clue", None, TIP_OFFS_HOUR, 100).unwrap();
    }
}

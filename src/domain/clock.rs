//! The clock that acts read. The one place that names the system's.
use jiff::Timestamp;
use std::sync::Mutex;

pub trait Clock: Send + Sync + std::fmt::Debug {
    fn now(&self) -> Timestamp;
    /// False for a clock that a test or the demo moves: then the database's own clock is not asked.
    fn is_real(&self) -> bool;
    /// Moves a clock that can be moved; true when it could.
    fn set(&self, _to: Timestamp) -> bool {
        false
    }
}

#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        whole_ms(wall())
    }
    fn is_real(&self) -> bool {
        true
    }
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct SetClock(Mutex<Timestamp>);

impl SetClock {
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(whole_ms(now)))
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic while the clock is held")
    }
    fn is_real(&self) -> bool {
        false
    }
    fn set(&self, to: Timestamp) -> bool {
        *self.0.lock().expect("no panic while the clock is held") = whole_ms(to);
        true
    }
}

/// Time as the wall has it: for sessions, throttles and locks, which no business clock may move.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn wall() -> Timestamp {
    Timestamp::now()
}

/// A new id: random where its order would tell how many there are, e.g. of bids.
#[expect(clippy::disallowed_methods, reason = "ids in order of making come from the same clock")]
pub fn ordered_id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

fn whole_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

//! Deadlines and receipts: nothing is sealed after the close, nothing opened before it, and what is opened is what was
//! sealed, no more and no less.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Bids {
    cases: BTreeMap<Uuid, Case>,
}

#[derive(Debug, Default)]
struct Case {
    close_at: Option<Timestamp>,
    opened: bool,
    /// By bid: the hash of its last sealing, gone when it was taken back.
    sealed: BTreeMap<Uuid, Seal>,
}

#[derive(Deserialize)]
struct Closes {
    close_at: Option<Timestamp>,
    new: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct Seal {
    sha256: String,
    /// Of each envelope, when it was sealed to keyholders.
    commits: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Opened {
    opened: Vec<One>,
    /// Sealed, and not to be opened: a damaged one, or one that was not confirmed after an amendment.
    #[serde(default)]
    failed: Vec<One>,
}

#[derive(Deserialize)]
struct Broken {
    failed: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    bid: Uuid,
    sha256: Option<String>,
    commits: Option<Vec<String>>,
}

impl Bids {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        match e.kind() {
            "challenge.publication" | "challenge.resumption" | "challenge.relisting" => self.closes(e),
            "challenge.amendment" | "challenge.amendment-release" => self.amended(e),
            "bid.seal" => self.sealed(e, sight),
            "challenge.broken-declaration" => self.broken(e, sight),
            "bid.replacement" | "bid.withdrawal" | "bid.expiry" => {
                self.in_time(e, sight)?;
                self.case(e).sealed.remove(&e.event.subject);
                Ok(())
            }
            "bid.start" | "bid.draft" | "bid.confirmation" => self.in_time(e, sight),
            "challenge.opening" => self.after_close(e, sight),
            "challenge.opening-confirmation" => self.opened(e, sight),
            _ => Ok(()),
        }
    }

    fn case(&mut self, e: &Entry<'_>) -> &mut Case {
        self.cases.entry(e.case()).or_default()
    }

    fn closes(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let facts: Closes = e.facts()?;
        let case = self.cases.entry(facts.new.unwrap_or_else(|| e.case())).or_default();
        if facts.close_at.is_some() && facts.close_at < case.close_at {
            return Err(e.wrong("deadline", "the close was moved to an earlier time"));
        }
        case.close_at = facts.close_at.or(case.close_at);
        Ok(())
    }

    fn amended(&mut self, e: &Entry<'_>) -> Result<(), Wrong> {
        let Some(change) = e.changes()?.into_iter().find(|c| c.path == "close_at") else { return Ok(()) };
        let later: Option<Timestamp> = change.after.parse().ok();
        let case = self.case(e);
        if later.is_none() || later < case.close_at {
            return Err(e.wrong("deadline", "the close was moved to an earlier time"));
        }
        case.close_at = later;
        Ok(())
    }

    fn in_time(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let case = self.case(e);
        if case.opened {
            return Err(e.wrong("deadline", "the bids of this challenge were opened before"));
        }
        match case.close_at {
            Some(close) if e.at >= close.as_millisecond() => Err(e.wrong("deadline", format!("the challenge closed at {close}"))),
            Some(_) => {
                sight.count("deadlines");
                Ok(())
            }
            None if sight.partial => Ok(()),
            None => Err(e.wrong("deadline", "the challenge was not open")),
        }
    }

    fn sealed(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        self.in_time(e, sight)?;
        let seal: Seal = e.facts()?;
        self.case(e).sealed.insert(e.event.subject, seal);
        Ok(())
    }

    /// What the meeting declares broken is out, and is not among the opened.
    fn broken(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        self.after_close(e, sight)?;
        let facts: Broken = e.facts()?;
        let case = self.case(e);
        for one in facts.failed {
            match case.sealed.remove(&one.bid) {
                Some(was) if was.commits == one.commits => sight.count("receipts"),
                // At the second stage all bids have been opened once.
                None if sight.partial || case.opened => {}
                _ => return Err(e.wrong("opening", format!("bid {} is not what its receipt says", one.bid))),
            }
        }
        Ok(())
    }

    fn after_close(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        match self.case(e).close_at {
            Some(close) if e.at < close.as_millisecond() => {
                Err(e.wrong("deadline", format!("the challenge was open until {close}")))
            }
            Some(_) => {
                sight.count("deadlines");
                Ok(())
            }
            None if sight.partial => Ok(()),
            None => Err(e.wrong("deadline", "the challenge was not open")),
        }
    }

    fn opened(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        self.after_close(e, sight)?;
        let facts: Opened = e.facts()?;
        let case = self.case(e);
        if std::mem::replace(&mut case.opened, true) {
            return Err(e.wrong("opening", "the bids were opened before"));
        }
        let mut sealed = std::mem::take(&mut case.sealed);
        for one in facts.opened {
            match (sealed.remove(&one.bid), one.sha256) {
                (Some(was), Some(is)) if was.sha256 == is && was.commits == one.commits => sight.count("receipts"),
                (None, _) if sight.partial => {}
                (None, _) => return Err(e.wrong("opening", format!("bid {} was opened and never sealed", one.bid))),
                (Some(_), _) => return Err(e.wrong("opening", format!("bid {} is not what its receipt says", one.bid))),
            }
        }
        for one in facts.failed {
            match sealed.remove(&one.bid) {
                Some(was) if was.commits == one.commits => sight.count("receipts"),
                None if sight.partial => {}
                _ => return Err(e.wrong("opening", format!("bid {} is not what its receipt says", one.bid))),
            }
        }
        match sealed.keys().next() {
            Some(bid) => Err(e.wrong("opening", format!("bid {bid} was sealed and is missing among the opened"))),
            None => Ok(()),
        }
    }
}

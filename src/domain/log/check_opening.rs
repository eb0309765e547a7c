//! The two stages of an opening: the closing list is what was sealed, the first stage opens part A alone where the two are apart,
//! and price and team are opened once, by other bids than no other, after every expert who sits has locked the blind part.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::seal::Part;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Debug, Default)]
pub(super) struct Openings {
    cases: BTreeMap<Uuid, Case>,
}

#[derive(Debug, Default)]
struct Case {
    /// Bids are sealed to keyholders: none is opened without their shares, or its team's own key.
    to_keyholders: bool,
    /// Stages for which a key has come.
    keys: BTreeSet<String>,
    /// What the last try did not open.
    unopened: BTreeSet<Uuid>,
    /// Published with price and team to be opened apart.
    apart: bool,
    /// By bid: version and commits, as they were last sealed.
    sealed: BTreeMap<Uuid, Line>,
    closed: bool,
    /// What the first stage opened, and what is open of prices.
    first: BTreeMap<Uuid, Option<Vec<String>>>,
    first_over: bool,
    price_open: bool,
    /// Assignments that have a seat, and those whose blind part is locked.
    seated: BTreeSet<Uuid>,
    locked: BTreeSet<Uuid>,
}

#[derive(Deserialize)]
struct Published {
    #[serde(default)]
    price_apart: bool,
    roster_sha256: Option<String>,
    new: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct Sealing {
    edition: i32,
    sha256: String,
    commits: Option<Vec<String>>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Line {
    bid: Uuid,
    version: i32,
    sha256: String,
    #[serde(default)]
    commits: Vec<String>,
}

#[derive(Deserialize)]
struct Closed {
    count: usize,
    bids: Vec<Line>,
}

#[derive(Deserialize)]
struct Stage {
    opened: Vec<One>,
    #[serde(default)]
    failed: Vec<One>,
    parts: Option<Vec<Part>>,
}

#[derive(Deserialize)]
struct One {
    bid: Uuid,
    commits: Option<Vec<String>>,
    why: Option<String>,
}

/// What a keyholder gave; a team's own key tells no number.
#[derive(Deserialize)]
struct Share {
    stage: String,
    #[serde(default = "one")]
    opened: u64,
}

fn one() -> u64 {
    1
}

#[derive(Deserialize)]
struct Tried {
    failed: Vec<One>,
}

#[derive(Deserialize)]
struct Drawn {
    #[serde(default)]
    invited: Vec<Seat>,
}

#[derive(Deserialize)]
struct Seat {
    assignment: Uuid,
}

#[derive(Deserialize)]
struct Replaced {
    by: Uuid,
    gone: Seat,
}

impl Openings {
    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        match e.kind() {
            "challenge.publication" | "challenge.relisting" => {
                let p: Published = e.facts()?;
                let case = self.cases.entry(p.new.unwrap_or_else(|| e.case())).or_default();
                (case.apart, case.to_keyholders) = (p.price_apart, p.roster_sha256.is_some());
            }
            "bid.seal" => {
                let s: Sealing = e.facts()?;
                let (bid, commits) = (e.event.subject, s.commits.unwrap_or_default());
                let line = Line { bid, version: s.edition, sha256: s.sha256, commits };
                self.case(e).sealed.insert(bid, line);
            }
            "bid.replacement" | "bid.withdrawal" => drop(self.case(e).sealed.remove(&e.event.subject)),
            "challenge.closing" => self.closed(e, sight)?,
            "challenge.key-shares" | "bid.spare-key" => {
                let share: Share = e.facts()?;
                if share.opened > 0 {
                    self.case(e).keys.insert(share.stage);
                }
            }
            "challenge.opening-attempt" | "challenge.price-opening-attempt" => {
                let tried: Tried = e.facts()?;
                self.case(e).unopened = tried.failed.into_iter().map(|one| one.bid).collect();
            }
            "challenge.broken-declaration" => self.broken(e, sight)?,
            "challenge.opening-confirmation" => self.first(e, sight)?,
            "challenge.panel-draw" => {
                let d: Drawn = e.facts()?;
                let case = self.case(e);
                case.seated = d.invited.into_iter().map(|s| s.assignment).collect();
                case.locked.clear();
            }
            "challenge.panel-replacement" | "challenge.panel-succession" if e.has("gone") => {
                let r: Replaced = e.facts()?;
                let case = self.case(e);
                case.seated.remove(&r.gone.assignment);
                case.seated.insert(r.by);
            }
            "assignment.blind-submission" => drop(self.case(e).locked.insert(e.event.subject)),
            "assignment.submission" => {
                let case = self.case(e);
                if case.apart && case.first_over && !case.price_open && !sight.partial {
                    return Err(e.wrong("price_opening", "a sheet was submitted whole before the prices were opened"));
                }
            }
            "challenge.price-opening" => self.blind_is_locked(e, sight)?,
            "challenge.price-opening-confirmation" => self.price(e, sight)?,
            _ => {}
        }
        Ok(())
    }

    fn case(&mut self, e: &Entry<'_>) -> &mut Case {
        self.cases.entry(e.case()).or_default()
    }

    fn closed(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let list: Closed = e.facts()?;
        let partial = sight.partial;
        let case = self.case(e);
        if std::mem::replace(&mut case.closed, true) {
            return Err(e.wrong("closing", "the list was closed before"));
        }
        let listed: BTreeMap<Uuid, &Line> = list.bids.iter().map(|l| (l.bid, l)).collect();
        let whole = listed.len() == list.bids.len() && list.count == list.bids.len();
        let same = case.sealed.len() == listed.len() && case.sealed.iter().all(|(id, l)| listed.get(id) == Some(&l));
        if !whole || (!same && !partial) {
            return Err(e.wrong("closing", "the closing list is not what was sealed"));
        }
        sight.count("closing_lists");
        Ok(())
    }

    fn first(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let stage: Stage = e.facts()?;
        let partial = sight.partial;
        self.with_keys(e, &stage, "first", partial)?;
        let case = self.case(e);
        if case.apart && !case.closed && !partial {
            return Err(e.wrong("closing", "the bids were opened before their list was closed"));
        }
        if case.apart && stage.parts.as_deref() != Some(&[Part::A]) {
            return Err(e.wrong("price_opening", "price and team were opened with the rest"));
        }
        case.first = stage.opened.into_iter().map(|o| (o.bid, o.commits)).collect();
        case.first_over = true;
        Ok(())
    }

    /// Nothing that is sealed to keyholders comes to anything, not even to being broken, before a key has come.
    fn with_keys(&mut self, e: &Entry<'_>, stage: &Stage, which: &str, partial: bool) -> Result<(), Wrong> {
        let case = self.case(e);
        let tried = stage.failed.iter().any(|one| one.why.as_deref() != Some("not_confirmed"));
        if case.to_keyholders && (tried || !stage.opened.is_empty()) && !case.keys.contains(which) && !partial {
            return Err(e.wrong("opening", "bids sealed to keyholders were opened without a share of their keys"));
        }
        Ok(())
    }

    /// What the meeting declares broken is what a try of both people could not open.
    fn broken(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let declared: Tried = e.facts()?;
        let case = self.case(e);
        if let Some(one) = declared.failed.iter().find(|one| !case.unopened.contains(&one.bid)).filter(|_| !sight.partial) {
            return Err(e.wrong("opening", format!("bid {} was declared broken, and no try had failed to open it", one.bid)));
        }
        case.unopened.clear();
        sight.count("broken");
        Ok(())
    }

    fn blind_is_locked(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let partial = sight.partial;
        let case = self.case(e);
        if case.price_open {
            return Err(e.wrong("price_opening", "the prices were opened before"));
        }
        let known = case.first_over && !case.seated.is_empty();
        if (!known || !case.seated.is_subset(&case.locked)) && !partial {
            return Err(e.wrong("price_opening", "not every expert who sits had locked the blind part"));
        }
        sight.count("price_openings");
        Ok(())
    }

    fn price(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        self.blind_is_locked(e, sight)?;
        let stage: Stage = e.facts()?;
        let partial = sight.partial;
        self.with_keys(e, &stage, "price", partial)?;
        let case = self.case(e);
        case.price_open = true;
        for one in stage.opened.iter().chain(&stage.failed) {
            match case.first.get(&one.bid) {
                Some(commits) if *commits == one.commits => {}
                None if partial => {}
                _ => return Err(e.wrong("price_opening", format!("bid {} is not one that was opened first", one.bid))),
            }
        }
        Ok(())
    }
}

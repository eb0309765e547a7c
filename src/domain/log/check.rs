//! Checks a record as it streams by, and ends at the first thing wrong. Memory grows with the cases, not with the entries.
use super::entry::Entry;
use super::note::{Checkpoint, NoteFault, PublicKey};
use super::record::{Line, Scope, Tally, read};
use super::rules::Rules;
use super::seen::{Known, known};
use super::tree::{Frontier, Hash, leaf_hash};
use super::{Wrong, leaf};
use std::collections::BTreeMap;

/// What is held against a record: a key known from elsewhere, and files seen before, each with its name.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    pub key: Option<PublicKey>,
    /// Keys that signed before it.
    pub former: Vec<PublicKey>,
    pub seen: Vec<(String, String)>,
}

/// What a clean record holds.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Summary {
    pub entries: u64,
    /// Entries of which only what stands in the tree is in the file.
    pub hidden: u64,
    pub checkpoints: u64,
    pub root: String,
    pub key: String,
    /// True when the key was given from elsewhere, not only read from the file.
    pub key_given: bool,
    pub first_at: Option<jiff::Timestamp>,
    pub last_at: Option<jiff::Timestamp>,
    /// How often each thing was worked out again and found as the record says.
    pub checked: BTreeMap<&'static str, u64>,
}

#[derive(Debug)]
pub struct Checker {
    trust: Trust,
    head: Option<(PublicKey, Scope)>,
    tally: Tally,
    tree: Frontier,
    /// Checkpoints and leaves that somebody saw, by size and by number.
    roots: BTreeMap<u64, Vec<(String, Hash)>>,
    leaves: BTreeMap<u64, Vec<(String, Hash)>>,
    hidden: u64,
    checkpoints: u64,
    signed: u64,
    times: Option<(i64, i64)>,
    ended: bool,
    rules: Rules,
}

impl Checker {
    pub fn new(trust: Trust) -> Self {
        Self {
            trust,
            head: None,
            tally: Tally::default(),
            tree: Frontier::default(),
            roots: BTreeMap::new(),
            leaves: BTreeMap::new(),
            hidden: 0,
            checkpoints: 0,
            signed: 0,
            times: None,
            ended: false,
            rules: Rules::default(),
        }
    }

    /// The next entry, for one who reads a database and not a file: begin with `hold`, and ask `summary` at the end.
    pub fn stored(&mut self, seq: u64, said: &Hash, salt: &[u8], body: &str) -> Result<(), Wrong> {
        self.in_order(seq)?;
        if leaf(salt, body.as_bytes()) != *said {
            return Err(Wrong::new("leaf", "its text and salt do not give what stands in the tree").at(seq));
        }
        self.grow(seq, *said)?;
        self.entry(seq, *said, body)
    }

    /// What is held against entries without a file around them.
    pub fn hold(&mut self, key: &PublicKey) -> Result<(), Wrong> {
        self.begin(key.clone(), Scope::Full)
    }

    /// How many entries have passed.
    pub fn entries(&self) -> u64 {
        self.tree.size()
    }

    /// The next line, without its end.
    pub fn line(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        let line_no = self.tally.lines() + 1;
        self.take(bytes).map_err(|wrong| Wrong { line: wrong.line.or(Some(line_no)), ..wrong })
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        let unread = || Wrong::new("line", "it is no line of a record, or not written as one is");
        let text = std::str::from_utf8(bytes).map_err(|_| unread())?;
        let line = read(text).ok_or_else(unread)?;
        if self.ended {
            return Err(Wrong::new("after_end", "something follows the last line"));
        }
        match (line, self.head.is_some()) {
            (Line::Head { key, scope }, false) => self.begin(key, scope)?,
            (Line::Head { .. }, true) => return Err(Wrong::new("order", "the head stands in the middle")),
            (_, false) => return Err(Wrong::new("order", "the record does not begin with its head")),
            (Line::Entry { seq, leaf: said, salt, body }, _) => {
                self.in_order(seq)?;
                if leaf(&salt, body.as_bytes()) != said {
                    let says = "its text and salt do not give what stands in the tree: one of the three was changed";
                    return Err(Wrong::new("leaf", says).at(seq));
                }
                self.grow(seq, said)?;
                self.entry(seq, said, body)?;
            }
            (Line::Hidden { seq, leaf }, _) => {
                self.in_order(seq)?;
                if self.scope() == Scope::Full {
                    return Err(Wrong::new("hidden", "a full record hides no entry").at(seq));
                }
                self.hidden += 1;
                self.rules.hidden();
                self.grow(seq, leaf)?;
            }
            (Line::Checkpoint { note }, _) => self.checkpoint(&note)?,
            (Line::End { note }, _) => return self.end(&note),
        }
        self.tally.pass(text);
        Ok(())
    }

    fn scope(&self) -> Scope {
        self.head.as_ref().map_or(Scope::Full, |h| h.1)
    }

    fn begin(&mut self, key: PublicKey, scope: Scope) -> Result<(), Wrong> {
        if let Some(given) = self.trust.key.as_ref().filter(|given| **given != key) {
            return Err(Wrong::new("key", format!("the record is {}", key.unlike(given))));
        }
        for (name, text) in std::mem::take(&mut self.trust.seen) {
            let first = known(&text, &key);
            let seen =
                self.trust.former.iter().fold(first, |seen, former| seen.or_else(|why| known(&text, former).map_err(|_| why)));
            let seen = seen.map_err(|why| Wrong::new("seen", format!("{name}: {why}")))?;
            for one in seen {
                match one {
                    Known::Root { size, root } => self.roots.entry(size).or_default().push((name.clone(), root)),
                    Known::Leaf { seq, leaf } => self.leaves.entry(seq).or_default().push((name.clone(), leaf)),
                    Known::Document { sha256 } => self.rules.hold(name.clone(), sha256),
                }
            }
        }
        self.head = Some((key, scope));
        Ok(())
    }

    fn in_order(&self, seq: u64) -> Result<(), Wrong> {
        let next = self.tree.size() + 1;
        match seq.cmp(&next) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(Wrong::new("gap", format!("entry {next} should stand here")).at(seq)),
            std::cmp::Ordering::Less => {
                Err(Wrong::new("order", format!("it stands here again or too late: entry {next} should")).at(seq))
            }
        }
    }

    /// Puts an entry into the tree, and holds the tree against what others saw at this size.
    fn grow(&mut self, seq: u64, data: Hash) -> Result<(), Wrong> {
        self.tree.push(leaf_hash(&data));
        for (name, seen) in self.leaves.remove(&seq).into_iter().flatten() {
            if seen != data {
                return Err(Wrong::new("rewritten", format!("another entry stood here when {name} was given out")).at(seq));
            }
        }
        let seen = self.roots.remove(&seq).unwrap_or_default();
        let root = if seen.is_empty() { return Ok(()) } else { self.tree.root() };
        match seen.into_iter().find(|(_, r)| *r != root) {
            Some((name, _)) => Err(Wrong::new("rewritten", format!("entries 1 to {seq} are not those that {name} shows signed"))),
            None => Ok(()),
        }
    }

    fn entry(&mut self, seq: u64, leaf: Hash, body: &str) -> Result<(), Wrong> {
        let mut entry = Entry::read(body).ok_or_else(|| Wrong::new("body", "its text is no entry").at(seq))?;
        entry.leaf = leaf;
        if entry.seq != seq {
            return Err(Wrong::new("body", format!("its text says that it is entry {}", entry.seq)).at(seq));
        }
        entry.told_as_its_version()?;
        if self.scope() == Scope::Public && entry.event.visibility != "public" {
            return Err(Wrong::new("visibility", "a public record shows an entry that is not public").at(seq));
        }
        self.follow(&entry)
    }

    fn follow(&mut self, entry: &Entry<'_>) -> Result<(), Wrong> {
        let (first, last) = self.times.unwrap_or((entry.at, entry.at));
        if entry.at < last {
            return Err(entry.wrong("time", "it is earlier than the entry before"));
        }
        self.times = Some((first, entry.at));
        self.rules.entry(entry)
    }

    /// A checkpoint that stands after the entries that have passed.
    pub fn checkpoint(&mut self, note: &str) -> Result<(), Wrong> {
        let Some((key, _)) = &self.head else { return Err(Wrong::new("order", "a checkpoint stands before the head")) };
        let keys = std::iter::once(key).chain(&self.trust.former);
        let opened = keys.map(|key| Checkpoint::open(note, key)).reduce(|one, next| one.or_else(|why| next.map_err(|_| why)));
        let opened = opened.unwrap_or(Err(NoteFault::Note("no key")));
        let c = opened.map_err(|e| {
            let advice = if matches!(e, NoteFault::Unsigned(_)) {
                "; if another key signed before this one, give it by --key too"
            } else {
                ""
            };
            Wrong::new("signature", format!("a checkpoint: {e}{advice}"))
        })?;
        let size = self.tree.size();
        if c.size != size || c.size <= self.signed {
            let says = format!("a checkpoint of {} entries stands after {size}: entries were put in or taken out", c.size);
            return Err(Wrong::new("checkpoint", says));
        }
        if c.root != self.tree.root() {
            let from = self.signed + 1;
            return Err(Wrong::new("root", format!("entries {from} to {size} are not those that were signed")));
        }
        self.signed = c.size;
        self.checkpoints += 1;
        Ok(())
    }

    fn end(&mut self, note: &str) -> Result<(), Wrong> {
        let Some((key, _)) = &self.head else { return Err(Wrong::new("order", "the record ends before its head")) };
        if self.signed != self.tree.size() {
            return Err(Wrong::new("checkpoint", format!("no checkpoint covers entries {} and after", self.signed + 1)));
        }
        if !self.tally.is_signed_by(note, key) {
            return Err(Wrong::new(
                "end",
                "the last line does not sign what stands before it: a line was changed, put in or taken out",
            ));
        }
        self.ended = true;
        Ok(())
    }

    /// When the file is at its end: is the record whole?
    pub fn finish(self) -> Result<Summary, Wrong> {
        if !self.ended {
            return Err(Wrong::new("cut", "the record breaks off before its last line"));
        }
        self.summary()
    }

    /// What has been found, when nothing was wrong and nothing is to come.
    pub fn summary(mut self) -> Result<Summary, Wrong> {
        let key = self.head.as_ref().map(|(key, _)| key.to_string()).unwrap_or_default();
        let size = self.tree.size();
        if let Some((seen, names)) = self.roots.last_key_value().or_else(|| self.leaves.last_key_value()) {
            let name = names.first().map_or("", |n| n.0.as_str());
            return Err(Wrong::new("rolled_back", format!("{name} shows {seen} entries; the record has {size}")));
        }
        self.rules.finish()?;
        let moment = |ms: i64| jiff::Timestamp::from_millisecond(ms).ok();
        Ok(Summary {
            entries: size,
            hidden: self.hidden,
            checkpoints: self.checkpoints,
            root: hex::encode(self.tree.root()),
            key,
            key_given: self.trust.key.is_some(),
            first_at: self.times.and_then(|t| moment(t.0)),
            last_at: self.times.and_then(|t| moment(t.1)),
            checked: self.rules.checked(),
        })
    }
}

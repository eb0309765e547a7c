//! The log over the record: checkpoints signed as it grows, proofs, tiles, receipts, and the record to take away.
use super::*;
use crate::domain::log::note::{Checkpoint, NoteFault, PublicKey};
use crate::domain::log::receipt::{self, Receipt};
use crate::domain::log::record::{Scope, Writer};
use crate::domain::log::tree::{self, Frontier, Hash, Range, leaf_hash};
use crate::outside::log_key::{KeyError, LogKey};
use store::log as kept;
use tokio::sync::Mutex;

/// Leaves under one hash that is held in memory: a tile of C2SP.
const TILE: u64 = 256;
const TILE_LEVEL: u32 = 8;

/// The tree's upper part, read once and kept: one hash for each 256 leaves.
#[derive(Clone, Debug, Default)]
pub struct Log {
    key: Option<Arc<LogKey>>,
    nodes: Arc<Mutex<Vec<Hash>>>,
}

impl Log {
    pub fn signed_by(key: LogKey) -> Self {
        Self { key: Some(Arc::new(key)), nodes: Arc::default() }
    }
    pub(in crate::app) fn signing(&self) -> Option<&LogKey> {
        self.key.as_deref()
    }
    pub fn public_key(&self) -> Option<&PublicKey> {
        self.key.as_ref().map(|k| k.public())
    }
}

/// What proves that an entry is in the log.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Inclusion {
    pub seq: u64,
    /// What stands in the tree: SHA-256(0x4A ‖ salt ‖ entry).
    pub leaf: String,
    pub size: u64,
    pub root: String,
    pub proof: Vec<String>,
    /// The signed checkpoint of this size, when there is one.
    pub checkpoint: Option<String>,
}

/// What proves that the log only grew.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Growth {
    pub from: u64,
    pub to: u64,
    pub from_root: String,
    pub root: String,
    pub proof: Vec<String>,
}

impl App {
    /// Sets the clock of a test installation. It does not go back behind the record: an entry that is dated after the moment
    /// at which it was made would be none.
    pub async fn set_test_clock(&self, now: jiff::Timestamp) -> Result<()> {
        if self.clock.is_real() {
            return Err(Error::Missing);
        }
        let last = store::log::head_at(&self.db).await?;
        let last = jiff::Timestamp::from_millisecond(last).map_err(|e| Error::Failed(e.to_string()))?;
        ensure(now >= last, "clock_behind_record").map_err(|r| r.with("at", last).at("now"))?;
        if self.clock.set(now) { Ok(()) } else { Err(Error::Missing) }
    }

    /// Signs a checkpoint when the record has grown; gives the newest.
    pub async fn seal_log(&self) -> Result<Option<String>> {
        for _ in 0..5 {
            match self.try_sealing().await {
                Err(Error::LogKey(KeyError::Moved)) => continue,
                other => return other,
            }
        }
        Ok(kept::last(&self.db).await?.map(|(_, note)| note))
    }

    async fn try_sealing(&self) -> Result<Option<String>> {
        let last = kept::last(&self.db).await?;
        let Some(key) = &self.log.key else { return Ok(last.map(|l| l.1)) };
        let size = kept::size(&self.db).await?;
        if size == 0 || last.as_ref().is_some_and(|l| l.0 == size) {
            return Ok(last.map(|l| l.1));
        }
        // All that is asked of the database is asked before the lock is taken.
        let memory = key.last()?;
        let root = self.log_root(size).await?;
        let remembered = match &memory {
            Some(m) if m.size <= size => Some((m, self.log_root(m.size).await?)),
            Some(m) => Some((m, m.root)),
            None => None,
        };
        if let Some((before, note)) = &last {
            self.carries_on(key.public(), *before, note, size).await?;
        }
        let sealing = kept::Sealing::begin(&self.db).await?;
        if sealing.last().await? != last {
            return Err(KeyError::Moved.into());
        }
        let note = key.sign(size, root, remembered)?;
        sealing.keep(size, self.clock.now(), &note).await?;
        Ok(Some(note))
    }

    /// The newest checkpoint kept must be a beginning of the tree of today.
    async fn carries_on(&self, key: &PublicKey, before: u64, note: &str, size: u64) -> Result<()> {
        // After a change of key the newest is by the key before: what it says of the tree must hold all the same.
        let kept = match Checkpoint::open(note, key) {
            Err(NoteFault::Unsigned(_)) => Checkpoint::unproved(note),
            other => other,
        };
        let kept = kept.map_err(|e| Error::Failed(format!("the newest checkpoint kept: {e}")))?;
        if before > size || kept.size != before {
            return Err(KeyError::Shorter { size, signed: before }.into());
        }
        if self.log_root(before).await? == kept.root { Ok(()) } else { Err(KeyError::Rewritten { signed: before }.into()) }
    }

    /// Signs as the record grows: at once, and at most once a second whatever grew, so that the times of checkpoints tell
    /// nothing of what was done. What other nodes add is seen within five seconds.
    pub async fn keep_log_sealed(&self) {
        if self.log.key.is_none() {
            return;
        }
        loop {
            if let Err(e) = self.seal_log().await {
                tracing::error!(error = %e, "no checkpoint was signed");
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            let patience = std::time::Duration::from_secs(4);
            drop(tokio::time::timeout(patience, self.db.grown()).await);
        }
    }

    /// The newest signed checkpoint, as it is published.
    pub async fn checkpoint(&self) -> Result<Option<(u64, String)>> {
        Ok(kept::last(&self.db).await?)
    }

    /// Reads leaves until every whole tile below `size` has its hash.
    async fn ensure_nodes(&self, size: u64) -> Result<tokio::sync::MutexGuard<'_, Vec<Hash>>> {
        const BATCH: u64 = 16;
        let mut nodes = self.log.nodes.lock().await;
        while (nodes.len() as u64) < size / TILE {
            let from = nodes.len() as u64;
            let tiles = BATCH.min(size / TILE - from);
            let leaves = kept::leaves(&self.db, from * TILE, tiles * TILE).await?;
            if (leaves.len() as u64) < tiles * TILE {
                return Err(Error::Failed("the log is shorter than the record".into()));
            }
            let tile = usize::try_from(TILE).unwrap_or(usize::MAX);
            nodes.extend(leaves.chunks(tile).map(|c| tree::root_of(c.iter().map(|l| leaf_hash(l)))));
        }
        Ok(nodes)
    }

    pub(in crate::app) async fn log_root(&self, size: u64) -> Result<Hash> {
        self.range_root((0, size)).await
    }

    /// The root over a run of leaves, as proofs ask for them: what is aligned comes from memory, the rest is read.
    async fn range_root(&self, (lo, hi): Range) -> Result<Hash> {
        let mut tree = Frontier::default();
        let mut read_from = lo;
        if lo % TILE == 0 && hi - lo >= TILE {
            let nodes = self.ensure_nodes(hi).await?;
            let at = |n: u64| usize::try_from(n / TILE).unwrap_or(usize::MAX);
            nodes[at(lo)..at(hi)].iter().for_each(|n| tree.push_perfect(*n, TILE_LEVEL));
            read_from = hi / TILE * TILE;
        }
        let leaves = kept::leaves(&self.db, read_from, hi - read_from).await?;
        if leaves.len() as u64 != hi - read_from {
            return Err(Error::Failed("the log is shorter than the record".into()));
        }
        leaves.iter().for_each(|l| tree.push(leaf_hash(l)));
        Ok(tree.root())
    }

    async fn roots(&self, ranges: Vec<Range>) -> Result<Vec<String>> {
        let mut out = vec![];
        for range in ranges {
            out.push(hex::encode(self.range_root(range).await?));
        }
        Ok(out)
    }

    /// Proves that entry `seq` is in the log of `size` entries; left out, of the first checkpoint that covers it, which is
    /// signed now if it must be.
    pub async fn prove(&self, seq: u64, size: Option<u64>) -> Result<Inclusion> {
        let (size, checkpoint) = match size {
            Some(size) => {
                let at = kept::covering(&self.db, size).await?.ok_or(Error::Missing)?;
                (size, (at.0 == size).then_some(at.1))
            }
            None => self.covered(seq).await?,
        };
        let index = seq.checked_sub(1).ok_or(Error::Missing)?;
        let ranges = tree::inclusion_ranges(index, size).ok_or(Error::Missing)?;
        let leaf = *kept::leaves(&self.db, index, 1).await?.first().ok_or(Error::Missing)?;
        let (root, proof) = (hex::encode(self.log_root(size).await?), self.roots(ranges).await?);
        Ok(Inclusion { seq, leaf: hex::encode(leaf), size, root, proof, checkpoint })
    }

    async fn covered(&self, seq: u64) -> Result<(u64, Option<String>)> {
        if kept::covering(&self.db, seq).await?.is_none() && seq <= kept::size(&self.db).await? {
            self.seal_log().await?;
        }
        let (size, note) = kept::covering(&self.db, seq).await?.ok_or(Error::Missing)?;
        Ok((size, Some(note)))
    }

    /// The number of the entry that stands in the tree as this.
    pub async fn seq_of_leaf(&self, leaf: &[u8; 32]) -> Result<u64> {
        kept::by_leaf(&self.db, leaf).await?.ok_or(Error::Missing)
    }

    /// Proves that the log of `from` entries is the beginning of that of `to`; left out, of the newest checkpoint.
    pub async fn prove_growth(&self, from: u64, to: Option<u64>) -> Result<Growth> {
        let newest = self.checkpoint().await?.ok_or(Error::Missing)?.0;
        let to = to.unwrap_or(newest);
        if to > newest {
            return Err(Error::Missing);
        }
        let ranges = tree::consistency_ranges(from, to).ok_or(Error::Missing)?;
        Ok(Growth {
            from,
            to,
            from_root: hex::encode(self.log_root(from).await?),
            root: hex::encode(self.log_root(to).await?),
            proof: self.roots(ranges).await?,
        })
    }

    /// A tile of hashes (c2sp.org/tlog-tiles): `width` hashes from the `n`th tile of a level, within the newest checkpoint.
    pub async fn tile(&self, level: u32, n: u64, width: u64) -> Result<Vec<u8>> {
        let newest = self.checkpoint().await?.ok_or(Error::Missing)?.0;
        let span = 1u64.checked_shl(level * TILE_LEVEL).filter(|_| level < 7).ok_or(Error::Missing)?;
        let first = n.checked_mul(TILE).ok_or(Error::Missing)?;
        let last = first.checked_add(width).and_then(|l| l.checked_mul(span)).ok_or(Error::Missing)?;
        if last > newest || width == 0 || width > TILE {
            return Err(Error::Missing);
        }
        let mut out = vec![];
        if level == 0 {
            kept::leaves(&self.db, first, width).await?.iter().for_each(|l| out.extend(leaf_hash(l)));
            return Ok(out);
        }
        for at in first..first + width {
            out.extend(self.range_root((at * span, (at + 1) * span)).await?);
        }
        Ok(out)
    }

    /// What stands in the tree, one after the other, each behind its length in two bytes.
    pub async fn entry_tile(&self, n: u64, width: u64) -> Result<Vec<u8>> {
        let newest = self.checkpoint().await?.ok_or(Error::Missing)?.0;
        let first = n.checked_mul(TILE).ok_or(Error::Missing)?;
        if width == 0 || width > TILE || first.checked_add(width).is_none_or(|l| l > newest) {
            return Err(Error::Missing);
        }
        let leaves = kept::leaves(&self.db, first, width).await?;
        Ok(leaves.iter().flat_map(|l| [0, 32].into_iter().chain(*l)).collect())
    }
}

impl App {
    /// An entry that the actor may read, by its number.
    pub async fn entry(&self, actor: &Actor, seq: u64) -> Result<Entry> {
        let before = i64::try_from(seq).ok().and_then(|s| s.checked_sub(1)).ok_or(Error::Missing)?;
        let entry = store::event::after(&self.db, &[], before, 1).await?.pop().filter(|e| e.seq == before + 1);
        let entry = entry.ok_or(Error::Missing)?;
        let case = match entry.challenge {
            Some(id) => noun::find::<Challenge>(&self.db, id.0).await?,
            None => None,
        };
        let opened = case.as_ref().is_some_and(|c| c.opened_at.is_some());
        let party = case.is_some_and(|c| actor.role == Role::Poster && actor.org == c.org) && entry.visibility == "parties";
        let own = !actor.is_visitor() && entry.actor == actor.account;
        if own || policy::reads_event(actor, query::visibility(&entry.visibility), entry.org, opened, party) {
            Ok(entry)
        } else {
            Err(Error::Missing)
        }
    }

    /// The receipt of an entry, for those who may read it; with the row that it left, for those who may read all of it.
    pub async fn receipt(&self, actor: &Actor, seq: u64) -> Result<Receipt> {
        let entry = self.entry(actor, seq).await?;
        let key = self.log.public_key().ok_or(Error::Missing)?.to_string();
        let proof = self.prove(seq, None).await?;
        let row = if entry.actor == actor.account { self.row_left(&entry).await? } else { None };
        Ok(Receipt {
            format: receipt::FORMAT.into(),
            key,
            seq,
            body: entry.text,
            salt: hex::encode(entry.salt),
            proof: proof.proof,
            checkpoint: proof.checkpoint.ok_or(Error::Missing)?,
            row,
        })
    }

    /// The row of the entry's own thing, if it is still as the entry left it.
    async fn row_left(&self, entry: &Entry) -> Result<Option<String>> {
        for state in entry.body["states"].as_array().into_iter().flatten() {
            let of = |name: &str| state[name].as_str().unwrap_or("");
            if of("id") == entry.subject.to_string() {
                let row = store::rows::row(&self.db, of("table"), entry.subject).await?;
                return Ok(row.filter(|r| hash::sha256_hex(r.as_bytes()) == of("sha256")));
            }
        }
        Ok(None)
    }

    /// The newest entry of a kind on a thing: what a receipt is asked for.
    pub async fn last_entry(&self, subject: Uuid, kinds: &[&str]) -> Result<Option<u64>> {
        let all = store::event::of_subject(&self.db, subject, 100).await?;
        let found = all.iter().find(|e| kinds.contains(&e.kind.as_str()));
        Ok(found.and_then(|e| u64::try_from(e.seq).ok()))
    }

    /// Writes the record line by line to whoever listens: all of it for those who oversee, the public part for anyone.
    pub async fn export_record(&self, actor: &Actor, scope: Scope, out: &Pieces) -> Result<u64> {
        if scope == Scope::Full {
            policy::oversee(actor)?;
        }
        let Some(key) = self.log.key.clone() else {
            return Err(Error::Failed("there is no key to sign a record with; see `jiebang log --help`".into()));
        };
        self.seal_log().await?;
        let (size, newest) = self.checkpoint().await?.ok_or_else(|| Error::Failed("there is no record yet".into()))?;
        let mut checkpoints = kept::of_days(&self.db, size).await?;
        // The file's key is the one in use; what an earlier key signed is covered by the newest checkpoint.
        checkpoints.retain(|_, note| Checkpoint::open(note, key.public()).is_ok());
        checkpoints.insert(size, newest);
        let mut writer = Writer::new(key.secret());
        out.send(Ok(Piece { line: writer.head(scope), done: 0, of: size })).await.map_err(|_| gone())?;
        let mut at = 0;
        while at < size {
            let page = kept::entries(&self.db, at, 500.min(size - at)).await?;
            if page.is_empty() {
                return Err(Error::Failed(format!("entry {} is missing", at + 1)));
            }
            for raw in page {
                at = raw.seq;
                let line = match scope == Scope::Full || raw.visibility == "public" {
                    true => writer.entry(raw.seq, &raw.leaf, &raw.salt, &raw.body),
                    false => writer.hidden(raw.seq, &raw.leaf),
                };
                out.send(Ok(Piece { line, done: at, of: size })).await.map_err(|_| gone())?;
                if let Some(note) = checkpoints.get(&at) {
                    let line = writer.checkpoint(note);
                    out.send(Ok(Piece { line, done: at, of: size })).await.map_err(|_| gone())?;
                }
            }
        }
        out.send(Ok(Piece { line: writer.end(), done: at, of: size })).await.map_err(|_| gone())?;
        Ok(size)
    }
}

/// A line of a record with its end, and how many entries are written, of how many.
#[derive(Debug)]
pub struct Piece {
    pub line: String,
    pub done: u64,
    pub of: u64,
}

/// Where a record is written to; an error tells the reader that it broke off.
pub type Pieces = tokio::sync::mpsc::Sender<std::io::Result<Piece>>;

fn gone() -> Error {
    Error::Failed("the reader went away".into())
}

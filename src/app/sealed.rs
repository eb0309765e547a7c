//! Sealed files: taken in without being read, and opened with keys that the keyholders' shares have given.
use super::*;
use crate::domain::BidAct as B;
use crate::domain::forms::SealedUpload;
use crate::domain::seal::{Envelope, MANIFEST_MOST, Manifest, Part, SealFault, SealedBy, Sheet, size};
use crate::outside::seal::{ContentKey, ItemOpener};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{StreamExt, stream::BoxStream};
use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"JB-SEAL-1\n";
const ENVELOPE_MOST: usize = 1 << 20;

/// A sealed file being read from the store.
struct Feed {
    stream: BoxStream<'static, std::result::Result<Bytes, FilesError>>,
    held: BytesMut,
}

impl Feed {
    /// Some bytes, at most `most`.
    async fn piece(&mut self, most: u64) -> Result<Bytes> {
        while self.held.is_empty() {
            match self.stream.next().await {
                Some(bytes) => self.held.extend_from_slice(&bytes?),
                None => return Err(wrong(&SealFault::Cut).into()),
            }
        }
        let n = usize::try_from(most).unwrap_or(usize::MAX).min(self.held.len());
        Ok(self.held.split_to(n).freeze())
    }

    /// Passes over bytes that nobody may read yet.
    async fn skip(&mut self, mut n: u64) -> Result<()> {
        while n > 0 {
            n -= self.piece(n).await?.len() as u64;
        }
        Ok(())
    }

    async fn exactly(&mut self, n: usize) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(n);
        while out.len() < n {
            out.extend_from_slice(&self.piece((n - out.len()) as u64).await?);
        }
        Ok(out)
    }

    async fn envelopes(&mut self) -> Result<[Envelope; 2]> {
        let not = |why: &str| Error::from(wrong(&SealFault::not("sealed bid", why)));
        if self.exactly(MAGIC.len()).await? != MAGIC {
            return Err(not("it does not begin with JB-SEAL-1"));
        }
        let mut found = vec![];
        for part in Part::ALL {
            let len = self.exactly(4).await?.as_slice().get_u32() as usize;
            if len > ENVELOPE_MOST {
                return Err(not("an envelope is too long"));
            }
            let envelope = Envelope::read(&self.exactly(len).await?).map_err(|e| wrong(&e))?;
            if envelope.envelope != part {
                return Err(not("envelope A comes first, then B"));
            }
            found.push(envelope);
        }
        found.try_into().map_err(|_| not("two envelopes"))
    }

    async fn end(&mut self) -> Result<()> {
        let more = !self.held.is_empty() || self.stream.next().await.transpose()?.is_some_and(|b| !b.is_empty());
        if more { Err(wrong(&SealFault::Trailing).into()) } else { Ok(()) }
    }
}

/// What is wrong with a sealed file, as a refusal.
pub(in crate::app) fn wrong(fault: &SealFault) -> Refusal {
    match fault {
        SealFault::WrongRoster { .. } => Refusal::new("sealed_to_another_roster"),
        SealFault::WrongBid { .. } => Refusal::new("sealed_for_another_bid"),
        other => Refusal::new("sealed_file_damaged").with("why", other.code()),
    }
    .at("file")
}

/// One part of a bid that came out of its envelope: its fields, with the ids under which its files lie now.
pub(in crate::app) struct Unsealed {
    pub part: Part,
    pub fields: serde_json::Map<String, serde_json::Value>,
    pub root: String,
}

impl App {
    /// What a team's machine needs to seal: the challenge's roster, this bid, and its next version.
    pub async fn sealing_sheet(&self, actor: &Actor, id: BidId) -> Result<Sheet> {
        let (c, b) = self.bid(actor, id).await?;
        if actor.role != Role::Bidder || actor.org != b.org {
            return Err(Error::Missing);
        }
        sheet(&c, Some(&b)).ok_or(Error::Missing)
    }

    /// The public part of it.
    pub async fn roster_sheet(&self, actor: &Actor, id: ChallengeId) -> Result<Sheet> {
        let c = self.challenge(actor, id).await?;
        sheet(&c, None).ok_or(Error::Missing)
    }

    /// Takes a sealed file: every byte is hashed before, the challenge is locked, then the clock is read. Late is late.
    pub async fn seal_bid_by_file(&self, actor: &Actor, id: BidId, form: SealedUpload) -> Result<Bid> {
        let a = self.attachment(actor, form.file[0]).await?;
        let envelopes = self.check_sealed(&a).await?;
        ensure(envelopes.iter().all(|e| e.sealed_by == SealedBy::Team), "sealed_by_nobody").map_err(|r| r.at("file"))?;
        Box::pin(self.take_sealed(actor, id, (a.id, envelopes), None)).await
    }

    /// Takes what is sealed to the keyholders, whoever sealed it. `draft` is the draft that the server sealed, with its version.
    pub(in crate::app) async fn take_sealed(
        &self,
        actor: &Actor,
        id: BidId,
        (file, envelopes): (FileId, [Envelope; 2]),
        draft: Option<(i32, &Offer)>,
    ) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut b) = bid::lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::Seal)?;
        b.may(B::Seal, &c, &m)?;
        if let Some((edition, offer)) = draft {
            if edition != b.draft_edition {
                return Err(store::Error::Stale.into());
            }
            bid::ensure_not_barred(&work, offer, m.now).await?;
            bid::ensure_no_keyholder(&work, offer, &c).await?;
        }
        c.sealing.iter().try_for_each(|s| s.ensure_outside(&[b.org]))?;
        let sheet = sheet(&c, Some(&b)).ok_or(Refusal::new("server_seals").at("file"))?;
        for envelope in &envelopes {
            let bound = sheet.bound(envelope.envelope).map_err(|e| wrong(&e))?;
            envelope.check(&sheet.roster, &bound).map_err(|e| wrong(&e))?;
        }
        tie_files(&work, &permit.follow(id.0), Noun::Bid, None, &[file], "file").await?;
        let commits = envelopes.each_ref().map(Envelope::commit);
        let sha256 = whole_of(&commits);
        let edition = b.next_version();
        let sealed = SealedBid { file, commits: commits.to_vec(), envelopes: envelopes.to_vec() };
        let seal = Seal {
            sha256: sha256.clone(),
            sealed_at: m.now,
            edition,
            by: actor.account,
            need_edition: c.edition,
            parts: vec![],
            sealed: Some(sealed),
        };
        let by = seal.by_whom();
        b.seal = Some(seal);
        // What was typed and uploaded on the way here goes: the server keeps nothing of the bid that it can read.
        let drafted = self.draft_files(&work, &permit).await?;
        store::challenge::drop_drafts(&work, &permit).await?;
        let gone = store::file::take_drafted(&work, &permit.follow(id.0), &drafted).await?;
        let tell = |e: Event| e.fact("sha256", sha256).fact("edition", edition).fact("commits", commits).fact("sealed_by", by);
        let done = self.bid_step(work, permit, c, b, B::Seal, &m, tell).await?;
        for key in gone {
            self.files.delete(&key).await?;
        }
        Ok(done)
    }

    /// The files that the draft names.
    async fn draft_files(&self, work: &Work, permit: &policy::Permit<BidAct>) -> Result<Vec<FileId>> {
        Ok(<Offer as Draft>::FORM.files_in(&self.read_draft(work, permit).await?))
    }

    /// Reads a sealed file through: form, lengths, and the hash of every item.
    async fn check_sealed(&self, a: &Attachment) -> Result<[Envelope; 2]> {
        let mut feed = Feed { stream: self.bytes_of(a).await?, held: BytesMut::new() };
        let envelopes = feed.envelopes().await?;
        for envelope in &envelopes {
            for item in &envelope.items {
                let (mut hash, mut left) = (Sha256::new(), item.size);
                while left > 0 {
                    let piece = feed.piece(left).await?;
                    left -= piece.len() as u64;
                    hash.update(&piece);
                }
                envelope.check_item(item.n, item.size, &hex::encode(hash.finalize())).map_err(|e| wrong(&e))?;
            }
        }
        feed.end().await?;
        Ok(envelopes)
    }

    /// Opens the envelopes of a sealed bid that there are keys for: plaintext files go into the store as loose uploads of
    /// whoever completes the stage, until the act ties them. A fault of the bid is the inner error: the others' opening goes on.
    pub(in crate::app) async fn unseal_file(
        &self,
        actor: &Actor,
        b: &Bid,
        keys: &[(Part, ContentKey)],
    ) -> Result<std::result::Result<Vec<Unsealed>, String>> {
        let sealed = b.seal.as_ref().and_then(|s| s.sealed.as_ref()).ok_or(Error::Missing)?;
        match self.unseal_parts(actor, sealed, keys).await {
            Ok(done) => Ok(Ok(done)),
            Err(Error::Refused(r)) => {
                Ok(Err(r.args.iter().map(|(_, v)| v.clone()).chain([r.code.to_owned()]).collect::<Vec<_>>().join(" ")))
            }
            Err(Error::Files(FilesError::Tampered { .. } | FilesError::Missing)) => Ok(Err("seal_changed_item".into())),
            Err(Error::Files(FilesError::Kind(k))) => Ok(Err(format!("file {}", k.id()))),
            Err(other) => Err(other),
        }
    }

    async fn unseal_parts(&self, actor: &Actor, sealed: &SealedBid, keys: &[(Part, ContentKey)]) -> Result<Vec<Unsealed>> {
        let a = self.known(store::file::find(&self.db, sealed.file).await?.ok_or(FilesError::Missing)?)?;
        let mut feed = Feed { stream: self.bytes_of(&a).await?, held: BytesMut::new() };
        let envelopes = feed.envelopes().await?;
        let mut out = vec![];
        for (envelope, commit) in envelopes.iter().zip(&sealed.commits) {
            if envelope.commit() != *commit {
                return Err(wrong(&SealFault::ChangedEnvelope(envelope.envelope)).into());
            }
            match keys.iter().find(|(part, _)| *part == envelope.envelope) {
                Some((_, key)) => out.push(self.unseal_part(actor, &mut feed, envelope, key).await?),
                None if out.len() < keys.len() => feed.skip(envelope.size()).await?,
                None => break,
            }
        }
        Ok(out)
    }

    async fn unseal_part(&self, actor: &Actor, feed: &mut Feed, envelope: &Envelope, key: &ContentKey) -> Result<Unsealed> {
        let part = envelope.envelope;
        if envelope.items.first().is_none_or(|i| i.size > size::sealed(MANIFEST_MOST)) {
            return Err(wrong(&SealFault::not("envelope", "no manifest")).into());
        }
        let mut bytes = zeroize::Zeroizing::new(vec![]);
        let mut keep = |piece: Bytes| {
            bytes.extend_from_slice(&piece);
            std::future::ready(Ok(()))
        };
        open_item(feed, envelope, key, 0, &mut keep).await?;
        let manifest = Manifest::read(part, &bytes).map_err(|e| wrong(&e))?;
        let own = |field: &str| offer_parts::FILES.contains(&field) && offer_parts::part_of(field) == part;
        if !manifest.files.iter().all(|f| own(&f.field)) {
            return Err(wrong(&SealFault::not("manifest", "a file of another part")).into());
        }
        let mut files: Vec<(&str, FileId)> = vec![];
        for (n, listed) in manifest.files.iter().enumerate() {
            let (to, from) = tokio::sync::mpsc::channel::<std::io::Result<Bytes>>(4);
            let pieces = Box::pin(futures_util::stream::unfold(from, |mut from| async { from.recv().await.map(|p| (p, from)) }));
            let opening = async {
                let mut send = |piece: Bytes| {
                    let to = to.clone();
                    async move { to.send(Ok(piece)).await.map_err(|_| Error::Failed("the store stopped taking a file".into())) }
                };
                let done = open_item(feed, envelope, key, n + 1, &mut send).await;
                if done.is_err() {
                    // What was kept so far must not pass for a file.
                    let _ = to.send(Err(std::io::Error::other("did not open"))).await;
                }
                drop(to);
                done
            };
            let (opened, stored) = tokio::join!(opening, self.keep(actor, &listed.name, pieces));
            match (opened, stored) {
                (_, Err(Error::Files(FilesError::Kind(k)))) => return Err(FilesError::Kind(k).into()),
                (opened, stored) => {
                    let (len, sha256) = opened?;
                    manifest.check_file(n + 1, len, &sha256).map_err(|e| wrong(&e))?;
                    files.push((&listed.field, stored?.id));
                }
            }
        }
        let mut fields = manifest.fields.clone();
        for field in offer_parts::FILES.iter().filter(|f| own(f)) {
            let ids: Vec<FileId> = files.iter().filter(|(of, _)| of == field).map(|(_, id)| *id).collect();
            fields.insert((*field).to_owned(), serde_json::json!(ids));
        }
        Ok(Unsealed { part, fields, root: manifest.root() })
    }
}

/// Opens one item from the feed; gives the content's length and hash.
async fn open_item<F: Future<Output = Result<()>>>(
    feed: &mut Feed,
    envelope: &Envelope,
    key: &ContentKey,
    n: usize,
    out: &mut impl FnMut(Bytes) -> F,
) -> Result<(u64, String)> {
    let item = envelope.items.get(n).ok_or_else(|| wrong(&SealFault::Cut))?;
    let mut opener = ItemOpener::new(key, &envelope.bound(), n, item.size).map_err(|e| wrong(&e))?;
    let (mut left, mut ready) = (item.size, BytesMut::new());
    while left > 0 {
        let piece = feed.piece(left).await?;
        left -= piece.len() as u64;
        let mut take = |plain: &[u8]| {
            ready.extend_from_slice(plain);
            Ok(())
        };
        opener.push(&piece, &mut take).map_err(|e| wrong(&e))?;
        if !ready.is_empty() {
            out(ready.split().freeze()).await?;
        }
    }
    let mut take = |plain: &[u8]| {
        ready.extend_from_slice(plain);
        Ok(())
    };
    let opened = opener.finish(&mut take).map_err(|e| wrong(&e))?;
    if !ready.is_empty() {
        out(ready.freeze()).await?;
    }
    envelope.check_item(n, opened.size, &opened.sha256).map_err(|e| wrong(&e))?;
    Ok((opened.len, opened.content_sha256))
}

/// The one hash of a receipt, over the hashes of its two parts.
pub(in crate::app) fn whole_of(commits: &[String; 2]) -> String {
    hash::sha256_hex(hash::canonical(&serde_json::json!({ "A": commits[0], "B": commits[1] })).as_bytes())
}

pub(in crate::app) fn sheet(c: &Challenge, b: Option<&Bid>) -> Option<Sheet> {
    let roster = c.sealing.as_ref()?.roster.clone();
    Some(Sheet {
        v: crate::domain::seal::FORMAT.into(),
        challenge: c.id.0,
        title: c.title.clone(),
        bid: b.map(|b| b.id.0),
        version: b.map(|b| u32::try_from(b.next_version()).unwrap_or(u32::MAX)),
        roster,
    })
}

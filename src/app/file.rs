//! Attachments: uploaded loose, tied to a thing by the act that names them, downloaded by those who may read the thing. All
//! lie encrypted, each under a key of its own; key, name and kind stand in the database under the vault's key.
use super::*;
use crate::domain::limits::{FILE_BYTES, SCAN_SECONDS, SEALED_BYTES};
use crate::outside::clamd::Verdict;
use crate::outside::files::{FileStream, Kind, Stored as StoredFile};
use crate::outside::seal::FileKey;
use bytes::Bytes;
use futures_util::Stream;
use policy::Permit;
use serde::{Deserialize, Serialize};
use store::file::FileRow;

/// A file as its reader knows it.
#[derive(Clone, Debug)]
pub struct Attachment {
    pub id: FileId,
    pub key: String,
    pub name: String,
    pub kind: String,
    pub size: i64,
    pub sha256: String,
    pub owner: AccountId,
    pub org: OrgId,
    pub noun: Option<String>,
    pub subject: Option<Uuid>,
    pub challenge: Option<ChallengeId>,
    pub at: jiff::Timestamp,
    /// The draft that names it, until an act does.
    pub draft: Option<Uuid>,
    /// None of a file from before files were encrypted.
    lock: Option<FileKey>,
}

/// What the vault keeps of a file.
#[derive(Serialize, Deserialize)]
struct Secret {
    name: String,
    kind: String,
    lock: FileKey,
}

/// What a file's secret belongs to: one that is moved to another file does not open.
pub(in crate::app) fn place(id: FileId, key: &str) -> String {
    format!("file {id} {key}")
}

/// A file's name as it is kept.
pub(in crate::app) fn plain_name(name: &str) -> String {
    text::clean(name).replace(['/', '\\', '\n'], "_").chars().take(120).collect()
}

/// How long a file of this name may be, that this person brings. Sealed bids are long, and only those who bid bring them; nobody else's
/// file is taken under their name.
pub(in crate::app) fn most_of(actor: &Actor, name: &str) -> Result<u64> {
    match name.to_lowercase().ends_with(".jb") {
        false => Ok(FILE_BYTES.most),
        true if matches!(actor.role, Role::Bidder | Role::System) => Ok(SEALED_BYTES.most),
        true => Err(FilesError::Kind(KindFault::Extension { extension: "jb".into() }).into()),
    }
}

impl App {
    /// Streams an upload into the store: the row is written only when the bytes are safe.
    pub async fn upload<S, E>(&self, actor: &Actor, name: &str, stream: S) -> Result<Attachment>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + Unpin,
        E: std::error::Error + Send + Sync + 'static,
    {
        self.upload_of(actor, name, None, stream).await
    }

    /// The same of so many bytes at most, where that is known: room for them is reserved before the first is written.
    pub async fn upload_of<S, E>(&self, actor: &Actor, name: &str, announced: Option<u64>, stream: S) -> Result<Attachment>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + Unpin,
        E: std::error::Error + Send + Sync + 'static,
    {
        let permit = policy::attach_file(actor)?;
        let name = plain_name(name);
        Kind::of_name(&name).map_err(FilesError::from)?;
        let most = most_of(actor, &name)?;
        let _place = self.place().await?;
        let room = self.reserve(actor, &permit, announced.map_or(most, |bytes| bytes.min(most))).await?;
        let kept = self.keep_as(actor, FileId(Uuid::new_v4()), &name, stream, true).await;
        room.done().await?;
        let kept = kept?;
        self.flood.charge("bytes", actor.from.as_deref(), u64::try_from(kept.size).unwrap_or(0));
        Ok(kept)
    }

    /// The same without a quota: for what an act of the platform itself brings.
    pub(in crate::app) async fn keep<S, E>(&self, actor: &Actor, name: &str, stream: S) -> Result<Attachment>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + Unpin,
        E: std::error::Error + Send + Sync + 'static,
    {
        self.keep_as(actor, FileId(Uuid::new_v4()), name, stream, false).await
    }

    /// `looked` says that it is looked into before anybody can name it, as what people bring is.
    pub(in crate::app) async fn keep_as<S, E>(
        &self,
        actor: &Actor,
        id: FileId,
        name: &str,
        stream: S,
        looked: bool,
    ) -> Result<Attachment>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + Unpin,
        E: std::error::Error + Send + Sync + 'static,
    {
        let permit = policy::attach_file(actor)?;
        let name = plain_name(name);
        let stored = self.files.put(&name, stream, most_of(actor, &name)?).await?;
        if looked && let Err(e) = self.look(&stored).await {
            self.files.delete(&stored.key).await?;
            return Err(e);
        }
        let secret = Secret { name, kind: stored.kind.id().to_owned(), lock: stored.lock };
        let secret = self.vault.close(&place(id, &stored.key), &hash::canonical(&serde_json::json!(secret)));
        let row = FileRow {
            id,
            key: stored.key,
            name: String::new(),
            kind: String::new(),
            size: i64::try_from(stored.size).unwrap_or(i64::MAX),
            sha256: stored.sha256,
            secret: Some(Sealed(secret)),
            owner: actor.account,
            org: actor.org,
            noun: None,
            subject: None,
            challenge: None,
            at: clock::wall(),
            draft: None,
        };
        if let Err(e) = store::file::insert(&self.db, &permit, &row).await {
            self.files.delete(&row.key).await?;
            return Err(e.into());
        }
        self.known(row)
    }

    /// What is in a file that has just come: by our own eyes, and by the scanner's where there is one. A sealed one can't be looked into.
    async fn look(&self, stored: &StoredFile) -> Result<()> {
        if stored.kind == Kind::Jb {
            return Ok(());
        }
        self.files.look(&stored.key, &stored.lock, stored.kind).await?;
        let Some(scanner) = &self.scanner else { return Ok(()) };
        let bytes = self.files.read(&stored.key, &stored.lock).await?;
        let within = std::time::Duration::from_secs(SCAN_SECONDS.most);
        match scanner.scan(bytes, within).await.map_err(FilesError::from)? {
            Verdict::Clean => Ok(()),
            Verdict::Found(name) => Err(FilesError::Kind(KindFault::Virus { name }).into()),
        }
    }

    /// With a virus scanner.
    pub fn with_scanner(self, scanner: Option<Clamd>) -> Self {
        Self { scanner, ..self }
    }

    /// Whether uploads are scanned, and whether the scanner answers: for the pages of those who answer for it.
    pub async fn scanner_answers(&self) -> Option<bool> {
        let scanner = self.scanner.as_ref()?;
        Some(scanner.ping(std::time::Duration::from_secs(2)).await.is_ok())
    }

    /// What a row says to those who may read it.
    pub(in crate::app) fn known(&self, row: FileRow) -> Result<Attachment> {
        let (name, kind, size, sha256, lock) = match &row.secret {
            None => (row.name, row.kind, row.size, row.sha256, None),
            Some(sealed) => {
                let failed = |why: String| Error::Failed(format!("file {}: {why}", row.id));
                let text = self.vault.open(&place(row.id, &row.key), &sealed.0).map_err(|e| failed(e.to_string()))?;
                let Secret { name, kind, lock } = serde_json::from_str(&text).map_err(|e| failed(e.to_string()))?;
                (name, kind, i64::try_from(lock.size).unwrap_or(i64::MAX), lock.sha256.clone(), Some(lock))
            }
        };
        let FileRow { id, key, owner, org, noun, subject, challenge, at, draft, .. } = row;
        Ok(Attachment { id, key, name, kind, size, sha256, owner, org, noun, subject, challenge, at, draft, lock })
    }

    fn all_known(&self, rows: Vec<FileRow>) -> Result<Vec<Attachment>> {
        rows.into_iter().map(|row| self.known(row)).collect()
    }

    /// The bytes of a file; the caller has checked who reads.
    pub async fn bytes_of(&self, a: &Attachment) -> Result<FileStream> {
        Ok(match &a.lock {
            Some(lock) => self.files.read(&a.key, lock).await?,
            None => self.files.get(&a.key, &a.sha256).await?,
        })
    }

    /// A run of them; None of a file from before files were encrypted, which is proved only as a whole.
    pub async fn run_of(&self, a: &Attachment, run: std::ops::Range<u64>) -> Result<Option<FileStream>> {
        match &a.lock {
            Some(lock) => Ok(Some(self.files.read_run(&a.key, lock, run).await?)),
            None => Ok(None),
        }
    }

    /// A file for one who may read the thing it hangs on; loose ones only for their owner.
    pub async fn attachment(&self, actor: &Actor, id: FileId) -> Result<Attachment> {
        let a = self.known(store::file::find(&self.db, id).await?.ok_or(Error::Missing)?)?;
        if self.may_read_file(actor, &a).await? { Ok(a) } else { Err(Error::Missing) }
    }

    async fn may_read_file(&self, actor: &Actor, a: &Attachment) -> Result<bool> {
        let own = !actor.is_visitor() && a.owner == actor.account;
        let Some(subject) = a.subject else { return Ok(own || self.drafts_with(actor, a).await?) };
        let m = self.glance().await?;
        Ok(match a.noun.as_deref() {
            Some("challenge") => match noun::find::<Challenge>(&self.db, subject).await? {
                Some(c) => self.may_read_need_file(actor, &c, a, &m),
                None => false,
            },
            Some("bid") => {
                let b = self.bid_of(BidId(subject)).await?;
                let c: Challenge = noun::find(&self.db, b.challenge.0).await?.ok_or(Error::Missing)?;
                policy::read_bid_file(actor, &b, &c, a.id).is_ok() || self.expert_reads(actor, &b).await?
            }
            Some("tip_off") => policy::inspects(actor).is_ok(),
            Some("objection") => match noun::find::<Objection>(&self.db, subject).await? {
                Some(o) => policy::see_objection(actor, &o, &[]).is_ok(),
                None => false,
            },
            Some("integrity") => match noun::find::<Integrity>(&self.db, subject).await? {
                Some(x) => actor.role.oversees() || (!x.is_public() && policy::see_integrity(actor, &x, m.now).is_ok()),
                None => false,
            },
            Some(
                "contract" | "milestone" | "instalment" | "change" | "acceptance" | "spending" | "final_account" | "progress"
                | "follow_up" | "budget",
            ) => self.may_read_contract_file(actor, a).await?,
            _ => own,
        })
    }

    /// What a draft names, whoever writes the draft may read.
    async fn drafts_with(&self, actor: &Actor, a: &Attachment) -> Result<bool> {
        let Some(draft) = a.draft.filter(|_| actor.org == a.org) else { return Ok(false) };
        if let Some(c) = noun::find::<Challenge>(&self.db, draft).await? {
            return Ok(policy::on_challenge(actor, &c, ChallengeAct::Submit, self.clock.now()).is_ok());
        }
        Ok(self.bid_draft(actor, BidId(draft)).await.is_ok())
    }

    /// Attachments of the need are public with it unless it is confidential; the proof of funds never is.
    fn may_read_need_file(&self, actor: &Actor, c: &Challenge, a: &Attachment, m: &Moment) -> bool {
        let public = c.need.as_ref().is_some_and(|n| n.attachments.contains(&a.id) && n.confidentiality == "open");
        (public && policy::see_challenge(actor, c, m.now).is_ok()) || policy::sees_inside(actor, c)
    }

    /// An expert reads a bid's attachments only in the open part: files can carry names.
    async fn expert_reads(&self, actor: &Actor, b: &Bid) -> Result<bool> {
        let assignments: Vec<Assignment> =
            if actor.role == Role::Expert { noun::of(&self.db, "expert_id", actor.account.0).await? } else { vec![] };
        Ok(assignments.iter().any(|x| policy::review_price(actor, x, b).is_ok()))
    }

    async fn may_read_contract_file(&self, actor: &Actor, a: &Attachment) -> Result<bool> {
        let Some(case) = a.challenge else { return Ok(false) };
        let contracts: Vec<Contract> = noun::of(&self.db, "challenge_id", case.0).await?;
        let subject = a.subject.unwrap_or_default();
        if a.noun.as_deref() == Some("change") {
            let Some(x) = noun::find::<ContractChange>(&self.db, subject).await? else { return Ok(false) };
            return Ok(contracts.iter().any(|k| k.id == x.contract && policy::see_change(actor, &x, k).is_ok()));
        }
        let of = match a.noun.as_deref() {
            Some("contract") => Some(ContractId(subject)),
            Some("milestone") => noun::find::<Milestone>(&self.db, subject).await?.map(|x| x.contract),
            Some("instalment") => noun::find::<Instalment>(&self.db, subject).await?.map(|x| x.contract),
            Some("spending") => noun::find::<Spending>(&self.db, subject).await?.map(|x| x.contract),
            Some("budget") => noun::find::<Budget>(&self.db, subject).await?.map(|x| x.contract),
            Some("progress") => noun::find::<Progress>(&self.db, subject).await?.map(|x| x.contract),
            Some("follow_up") => noun::find::<FollowUp>(&self.db, subject).await?.map(|x| x.contract),
            Some("final_account") => noun::find::<FinalAccount>(&self.db, subject).await?.map(|x| x.contract),
            _ => noun::find::<Acceptance>(&self.db, subject).await?.map(|x| x.contract),
        };
        Ok(contracts.iter().any(|k| Some(k.id) == of && policy::see_contract(actor, k).is_ok()))
    }

    /// Files of a thing, for those who may read it; the caller has checked that.
    pub async fn files_of(&self, subject: Uuid) -> Result<Vec<Attachment>> {
        self.all_known(store::file::of_subject(&self.db, subject).await?)
    }

    /// Files of a bid, those that this reader may read.
    pub async fn files_of_bid(&self, actor: &Actor, b: &Bid, c: &Challenge) -> Result<Vec<Attachment>> {
        let mut files = self.files_of(b.id.0).await?;
        files.retain(|f| policy::read_bid_file(actor, b, c, f.id).is_ok());
        Ok(files)
    }

    /// The same by their ids.
    pub async fn attachments(&self, ids: &[FileId]) -> Result<Vec<Attachment>> {
        self.all_known(store::file::many(&self.db, ids).await?)
    }

    /// Those among them that the actor may read: ids in what was typed may be anybody's.
    pub async fn readable_files(&self, actor: &Actor, ids: &[FileId]) -> Result<Vec<Attachment>> {
        let mut out = vec![];
        for a in self.attachments(ids).await? {
            if self.may_read_file(actor, &a).await? {
                out.push(a);
            }
        }
        Ok(out)
    }

    /// SHA-256 of files as their senders had them, in the order of their ids.
    pub(in crate::app) async fn hashes_in(&self, work: &Work, ids: &[FileId]) -> Result<Vec<String>> {
        let rows = store::file::many_in(work, ids).await?;
        Ok(self.all_known(rows)?.into_iter().map(|a| a.sha256).collect())
    }

    /// Collects uploads that nothing named within a day: first the row, then the bytes.
    pub async fn collect_orphans(&self, actor: &Actor) -> Result<usize> {
        let _: Permit<policy::Administer> = policy::administer(actor)?;
        let ago = |hours: i64| clock::wall() - jiff::SignedDuration::from_hours(hours);
        let mut keys = store::file::take_orphans(&self.db, None, ago(24)).await?;
        keys.extend(store::file::take_orphans(&self.db, Some(Actor::visitor().account), ago(1)).await?);
        for key in &keys {
            self.files.delete(key).await?;
        }
        Ok(keys.len())
    }

    /// Housekeeping: what has expired goes.
    pub async fn tidy(&self, actor: &Actor) -> Result<()> {
        store::session::drop_expired(&self.db, clock::wall()).await?;
        store::quota::drop_expired(&self.db, clock::wall()).await?;
        store::keys::drop_old_keys(&self.db, clock::wall()).await?;
        self.drop_idle_uploads().await?;
        self.collect_orphans(actor).await?;
        self.files.sweep_unfinished(std::time::Duration::from_hours(24)).await?;
        Ok(())
    }
}

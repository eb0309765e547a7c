//! Attachments: uploaded loose, tied to a thing by the act that names them, downloaded by those who may read the thing.
use super::*;
use bytes::Bytes;
use futures_util::Stream;
use policy::Permit;
use store::file::Attachment;

/// Bytes of one file.
pub const FILE_MOST: u64 = 50 * 1024 * 1024;
/// Bytes of a sealed bid with all its files.
const SEALED_MOST: u64 = 600 * 1024 * 1024;
/// Loose uploads of one account: count and bytes.
const LOOSE_FILES: usize = 60;
const LOOSE_BYTES: i64 = 1024 * 1024 * 1024;

impl App {
    /// Streams an upload into the store: the row is written only when the bytes are safe.
    pub async fn upload<S, E>(&self, actor: &Actor, name: &str, stream: S) -> Result<Attachment>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + Unpin,
        E: std::error::Error + Send + Sync + 'static,
    {
        let (bytes, count) = store::file::loose(&self.db, actor.account).await?;
        ensure(count < LOOSE_FILES && bytes < LOOSE_BYTES, "too_many_loose_files")?;
        self.keep(actor, name, stream).await
    }

    /// The same without a quota: for what an act of the platform itself brings.
    pub(in crate::app) async fn keep<S, E>(&self, actor: &Actor, name: &str, stream: S) -> Result<Attachment>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + Unpin,
        E: std::error::Error + Send + Sync + 'static,
    {
        let permit = policy::attach_file(actor)?;
        let name: String = text::clean(name).replace(['/', '\\', '\n'], "_").chars().take(120).collect();
        let most = if name.ends_with(".jb") { SEALED_MOST } else { FILE_MOST };
        let stored = self.files.put(&name, stream, most).await?;
        let a = Attachment {
            id: FileId(Uuid::new_v4()),
            key: stored.key,
            name,
            kind: stored.kind.id().to_owned(),
            size: i64::try_from(stored.size).unwrap_or(i64::MAX),
            sha256: stored.sha256,
            owner: actor.account,
            org: actor.org,
            noun: None,
            subject: None,
            challenge: None,
            at: clock::wall(),
        };
        store::file::insert(&self.db, &permit, &a).await?;
        Ok(a)
    }

    /// A file for one who may read the thing it hangs on; loose ones only for their owner.
    pub async fn attachment(&self, actor: &Actor, id: FileId) -> Result<Attachment> {
        let a = store::file::find(&self.db, id).await?.ok_or(Error::Missing)?;
        if self.may_read_file(actor, &a).await? { Ok(a) } else { Err(Error::Missing) }
    }

    async fn may_read_file(&self, actor: &Actor, a: &Attachment) -> Result<bool> {
        let own = !actor.is_visitor() && a.owner == actor.account;
        let Some(subject) = a.subject else { return Ok(own) };
        let m = self.glance().await?;
        Ok(match a.noun.as_deref() {
            Some("challenge") => match noun::find::<Challenge>(&self.db, subject).await? {
                Some(c) => self.may_read_need_file(actor, &c, a, &m),
                None => false,
            },
            Some("bid") => {
                let b = self.bid_of(BidId(subject)).await?;
                let c: Challenge = noun::find(&self.db, b.challenge.0).await?.ok_or(Error::Missing)?;
                policy::see_bid(actor, &b, &c).is_ok() || self.expert_reads(actor, &b).await?
            }
            Some("objection") => match noun::find::<Objection>(&self.db, subject).await? {
                Some(o) => policy::see_objection(actor, &o, &[]).is_ok(),
                None => false,
            },
            Some("contract" | "milestone" | "instalment" | "change" | "acceptance") => {
                self.may_read_contract_file(actor, a).await?
            }
            _ => own,
        })
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
        Ok(assignments.iter().any(|x| policy::review_bid(actor, x, b, true).is_ok()))
    }

    async fn may_read_contract_file(&self, actor: &Actor, a: &Attachment) -> Result<bool> {
        let Some(case) = a.challenge else { return Ok(false) };
        let contracts: Vec<Contract> = noun::of(&self.db, "challenge_id", case.0).await?;
        let subject = a.subject.unwrap_or_default();
        let of = match a.noun.as_deref() {
            Some("contract") => Some(ContractId(subject)),
            Some("milestone") => noun::find::<Milestone>(&self.db, subject).await?.map(|x| x.contract),
            Some("instalment") => noun::find::<Instalment>(&self.db, subject).await?.map(|x| x.contract),
            Some("change") => noun::find::<ContractChange>(&self.db, subject).await?.map(|x| x.contract),
            _ => noun::find::<Acceptance>(&self.db, subject).await?.map(|x| x.contract),
        };
        Ok(contracts.iter().any(|k| Some(k.id) == of && policy::see_contract(actor, k).is_ok()))
    }

    /// Files of a thing, for those who may read it; the caller has checked that.
    pub async fn files_of(&self, subject: Uuid) -> Result<Vec<Attachment>> {
        Ok(store::file::of_subject(&self.db, subject).await?)
    }

    pub async fn attachments(&self, ids: &[FileId]) -> Result<Vec<Attachment>> {
        Ok(store::file::many(&self.db, ids).await?)
    }

    /// Collects uploads that nothing named within a day: first the row, then the bytes.
    pub async fn collect_orphans(&self, actor: &Actor) -> Result<usize> {
        let _: Permit<policy::Administer> = policy::administer(actor)?;
        let keys = store::file::take_orphans(&self.db, clock::wall() - jiff::SignedDuration::from_hours(24)).await?;
        for key in &keys {
            self.files.delete(key).await?;
        }
        Ok(keys.len())
    }

    /// Housekeeping: what has expired goes.
    pub async fn tidy(&self, actor: &Actor) -> Result<()> {
        store::session::drop_expired(&self.db, clock::wall()).await?;
        store::keys::drop_old_keys(&self.db, clock::wall()).await?;
        self.collect_orphans(actor).await?;
        Ok(())
    }
}

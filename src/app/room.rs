//! Room for what is uploaded: reserved before a byte is written, for accounts, organisations and visitors, above a floor of free disk.
use super::*;
use crate::domain::limits::*;
use policy::{AttachFile, Permit};
use store::quota::{self, Full, Wanted};

/// How long the bytes of one request may take.
const AT_ONCE: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// What an installation may have otherwise than the table of limits.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub organisation_bytes: u64,
    pub disk_floor: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { organisation_bytes: ORGANISATION_BYTES.most, disk_floor: DISK_FLOOR.most }
    }
}

/// Room that is held until the bytes lie there, or don't come.
pub(in crate::app) struct Reserved {
    db: Db,
    id: Option<Uuid>,
}

impl Reserved {
    /// The bytes have come, or won't: the room is free before whoever sent them is answered, so that their next upload finds it so.
    pub(in crate::app) async fn done(mut self) -> Result<()> {
        match self.id.take() {
            Some(id) => Ok(quota::release(&self.db, id).await?),
            None => Ok(()),
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let db = self.db.clone();
        // Whoever leaves in the middle of a request leaves by this way too.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(e) = quota::release(&db, id).await {
                    tracing::warn!(error = %e, "a reservation stays until it expires");
                }
            });
        }
    }
}

fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl App {
    /// With other bounds than the usual.
    pub fn with_room(self, room: Room) -> Self {
        Self { room, ..self }
    }

    /// Whether the disk takes so many more bytes beside all that is reserved; a bucket says by itself when it is full.
    pub(in crate::app) async fn above_floor(&self, bytes: u64) -> Result<()> {
        let Some(free) = self.files.free() else { return Ok(()) };
        let reserved = u64::try_from(quota::reserved(&self.db, clock::wall()).await?).unwrap_or(0);
        match free.saturating_sub(reserved).saturating_sub(bytes) < self.room.disk_floor {
            true => Err(FilesError::NoRoom.into()),
            false => Ok(()),
        }
    }

    /// A place among the uploads that are taken in at once: each takes a little memory.
    pub(in crate::app) async fn place(&self) -> Result<tokio::sync::SemaphorePermit<'_>> {
        match tokio::time::timeout(std::time::Duration::from_secs(10), self.uploading.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Error::Busy),
        }
    }

    /// Reserves room for the bytes of one request.
    pub(in crate::app) async fn reserve(&self, actor: &Actor, permit: &Permit<AttachFile>, bytes: u64) -> Result<Reserved> {
        let id = Uuid::new_v4();
        self.reserve_until(actor, permit, (id, bytes), clock::wall() + AT_ONCE).await?;
        Ok(Reserved { db: self.db.clone(), id: Some(id) })
    }

    /// The same under a name, until a moment.
    pub(in crate::app) async fn reserve_until(
        &self,
        actor: &Actor,
        permit: &Permit<AttachFile>,
        (id, bytes): (Uuid, u64),
        until: jiff::Timestamp,
    ) -> Result<()> {
        self.above_floor(bytes).await?;
        let visitor = actor.is_visitor();
        if visitor {
            self.flood.admit("file", actor.from.as_deref(), VISITOR_FILES_HOUR, 1)?;
            // What came is counted when it has come: a request says only how long it is altogether.
            self.flood.admit("bytes", actor.from.as_deref(), VISITOR_BYTES_HOUR, 0)?;
        }
        let (files, most) = if visitor { (VISITORS_FILES, VISITORS_BYTES) } else { (LOOSE_FILES, LOOSE_BYTES) };
        let wanted = Wanted {
            id,
            bytes: int(bytes),
            until,
            files_most: files.int(),
            bytes_most: most.int(),
            org_most: (!visitor).then_some(int(self.room.organisation_bytes)),
            now: clock::wall(),
        };
        match quota::reserve(&self.db, permit, &wanted).await? {
            None => Ok(()),
            Some(Full::Loose) => Err(Refusal::new("too_many_loose_files").into()),
            Some(Full::Organisation) => Err(Refusal::new("organisation_full").into()),
        }
    }

    /// A draft does not name more files than a bid could.
    pub(in crate::app) async fn draft_within(&self, work: &Work, draft: Uuid) -> Result<()> {
        Ok(ensure(quota::drafted(work, draft).await? <= DRAFT_FILES.int(), "draft_files_many")?)
    }
}

//! Uploads that go on where they were cut: piece by piece into the store, then set together under the upload's own id. Any
//! node takes any piece. What no piece comes to for a day goes.
use super::*;
use crate::outside::files::{FileStream, Kind, KindFault, PIECE, Piece, check_head};
use bytes::Bytes;
use file::{Attachment, most_of, plain_name};
use futures_util::{Stream, StreamExt};
use policy::{AttachFile, Permit};
use serde::{Deserialize, Serialize};
use store::upload::UploadRow;

/// Pieces of one upload. Twice what the longest file needs: a sender may be cut, but not send crumbs.
const PIECES_MOST: usize = 400;
/// How long it waits for its next piece.
pub const WAITS: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// How long its room is held: longer than any upload may wait between its pieces.
const HELD: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);

/// What the vault keeps of an upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Secret {
    name: String,
    length: u64,
    pieces: Vec<Piece>,
}

impl Secret {
    fn offset(&self) -> u64 {
        self.pieces.iter().map(|p| p.lock.size).sum()
    }
    fn whole(&self) -> bool {
        self.offset() == self.length
    }
}

pub(in crate::app) fn place(id: FileId) -> String {
    format!("upload {id}")
}

/// How far an upload has come: bytes taken of all, and until when it waits. `file` once it is whole.
#[derive(Clone, Debug)]
pub struct Progress {
    pub id: FileId,
    pub offset: u64,
    pub length: u64,
    pub until: jiff::Timestamp,
    pub file: Option<Attachment>,
}

impl App {
    /// Begins an upload of `length` bytes. What can't be taken is refused before a byte of it comes.
    pub async fn begin_upload(&self, actor: &Actor, name: &str, length: u64) -> Result<Progress> {
        policy::own_account(actor)?;
        let permit = policy::attach_file(actor)?;
        let name = plain_name(name);
        Kind::of_name(&name).map_err(FilesError::from)?;
        ensure_that(length > 0, FilesError::Kind(KindFault::Empty))?;
        let most = most_of(actor, &name)?;
        ensure_that(length <= most, FilesError::TooLarge { limit: most })?;
        let id = FileId(Uuid::new_v4());
        self.reserve_until(actor, &permit, (id.0, length), clock::wall() + HELD).await?;
        let secret = Secret { name, length, pieces: vec![] };
        let row = UploadRow {
            id,
            owner: actor.account,
            org: actor.org,
            pieces: 0,
            at: clock::wall(),
            secret: self.upload_at_rest(id, &secret),
        };
        store::upload::insert(&self.db, &permit, &row).await?;
        Ok(far(&row, &secret))
    }

    /// How far one's own upload has come.
    pub async fn upload_progress(&self, actor: &Actor, id: FileId) -> Result<Progress> {
        let permit = policy::attach_file(actor)?;
        if let Some((row, secret)) = self.open_upload(&permit, id).await? {
            return Ok(far(&row, &secret));
        }
        // It is a file already: the answer to its last piece may have been lost.
        let file = self.attachment(actor, id).await?;
        if actor.is_visitor() || file.owner != actor.account {
            return Err(Error::Missing);
        }
        let size = u64::try_from(file.size).unwrap_or(0);
        Ok(Progress { id, offset: size, length: size, until: file.at, file: Some(file) })
    }

    /// Takes the bytes from `offset` on, as far as they come; each piece is safe as soon as it is there. The last one makes the
    /// file.
    ///
    /// # Errors
    /// `upload_offset` where the upload stands elsewhere (another connection, or a piece that came after all): ask how far it
    /// has come. What the file turns out to be, as for an upload in one go; the upload is gone then.
    pub async fn upload_more<S, E>(&self, actor: &Actor, id: FileId, offset: u64, mut stream: S) -> Result<Progress>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send + Unpin,
        E: std::error::Error + Send + Sync + 'static,
    {
        let permit = policy::attach_file(actor)?;
        let Some((mut row, mut secret)) = self.open_upload(&permit, id).await? else {
            return self.upload_progress(actor, id).await;
        };
        if offset != secret.offset() {
            return Err(elsewhere(secret.offset()));
        }
        let place = self.place().await?;
        let mut piece = Vec::new();
        let mut more = true;
        while more {
            let next = tokio::time::timeout(self.files.stall(), stream.next()).await;
            match next.map_err(|_| FilesError::Broken("no bytes came for too long".into()))? {
                Some(Ok(bytes)) => piece.extend_from_slice(&bytes),
                Some(Err(e)) => return Err(FilesError::Broken(Box::new(e)).into()),
                None => more = false,
            }
            let left = usize::try_from(secret.length - secret.offset()).unwrap_or(usize::MAX);
            if piece.len() > left {
                return Err(Refusal::new("upload_too_long").with("length", secret.length).into());
            }
            while piece.len() >= PIECE || (!more && !piece.is_empty()) {
                let rest = piece.split_off(piece.len().min(PIECE));
                self.keep_piece(&permit, &mut row, &mut secret, &piece).await?;
                piece = rest;
            }
        }
        drop(place);
        if secret.whole() { self.set_together(actor, row, secret).await } else { Ok(far(&row, &secret)) }
    }

    /// Gives one's own upload up.
    pub async fn abandon_upload(&self, actor: &Actor, id: FileId) -> Result<()> {
        let permit = policy::attach_file(actor)?;
        let (row, secret) = self.open_upload(&permit, id).await?.ok_or(Error::Missing)?;
        self.drop_upload(&row, &secret).await
    }

    /// Uploads to which no piece has come for a day.
    pub(in crate::app) async fn drop_idle_uploads(&self) -> Result<()> {
        for row in store::upload::idle(&self.db, clock::wall() - WAITS).await? {
            match self.read_upload(&row) {
                Ok(secret) => self.drop_upload(&row, &secret).await?,
                Err(e) => {
                    // Written under a key that is no more: its pieces can't be named any longer.
                    tracing::warn!(error = %e, "an upload that does not read goes");
                    store::upload::remove(&self.db, &row).await?;
                }
            }
        }
        Ok(())
    }

    fn upload_at_rest(&self, id: FileId, secret: &Secret) -> Sealed {
        Sealed(self.vault.close(&place(id), &hash::canonical(&serde_json::json!(secret))))
    }

    fn read_upload(&self, row: &UploadRow) -> Result<Secret> {
        let failed = |why: String| Error::Failed(format!("upload {}: {why}", row.id));
        let text = self.vault.open(&place(row.id), &row.secret.0).map_err(|e| failed(e.to_string()))?;
        serde_json::from_str(&text).map_err(|e| failed(e.to_string()))
    }

    async fn open_upload(&self, permit: &Permit<AttachFile>, id: FileId) -> Result<Option<(UploadRow, Secret)>> {
        let Some(row) = store::upload::find(&self.db, permit, id).await? else { return Ok(None) };
        let secret = self.read_upload(&row)?;
        Ok(Some((row, secret)))
    }

    async fn keep_piece(
        &self,
        permit: &Permit<AttachFile>,
        row: &mut UploadRow,
        secret: &mut Secret,
        bytes: &[u8],
    ) -> Result<()> {
        ensure(secret.pieces.len() < PIECES_MOST, "upload_in_crumbs")?;
        if secret.pieces.is_empty()
            && let Err(fault) = check_head(&secret.name, bytes, secret.length)
        {
            self.drop_upload(row, secret).await?;
            return Err(FilesError::from(fault).into());
        }
        self.above_floor(0).await?;
        let piece = self.files.put_piece(bytes).await?;
        let key = piece.key.clone();
        secret.pieces.push(piece);
        row.pieces += 1;
        row.at = clock::wall();
        row.secret = self.upload_at_rest(row.id, secret);
        if store::upload::grow(&self.db, permit, row).await? {
            return Ok(());
        }
        self.files.delete(&key).await?;
        Err(elsewhere(secret.offset() - bytes.len() as u64))
    }

    /// Goes on although its sender should leave: what is there stays there.
    async fn set_together(&self, actor: &Actor, row: UploadRow, secret: Secret) -> Result<Progress> {
        let (app, by, id) = (self.clone(), actor.clone(), row.id);
        let work = tokio::spawn(async move {
            let stream: FileStream = app.files.pieces(secret.pieces.clone());
            match app.keep_as(&by, row.id, &secret.name, stream, true).await {
                Ok(_) => app.drop_upload(&row, &secret).await,
                Err(e) => {
                    if app.attachment(&by, row.id).await.is_ok() {
                        return Ok(()); // Another connection was quicker.
                    }
                    if matches!(e, Error::Files(FilesError::Kind(_))) {
                        app.drop_upload(&row, &secret).await?;
                    }
                    Err(e)
                }
            }
        });
        work.await.map_err(|e| Error::Failed(format!("an upload was not set together: {e}")))??;
        self.upload_progress(actor, id).await
    }

    async fn drop_upload(&self, row: &UploadRow, secret: &Secret) -> Result<()> {
        if store::upload::remove(&self.db, row).await? {
            store::quota::release(&self.db, row.id.0).await?;
            for piece in &secret.pieces {
                self.files.delete(&piece.key).await?;
            }
        }
        Ok(())
    }
}

fn far(row: &UploadRow, secret: &Secret) -> Progress {
    Progress { id: row.id, offset: secret.offset(), length: secret.length, until: row.at + WAITS, file: None }
}

fn elsewhere(offset: u64) -> Error {
    Refusal::new("upload_offset").with("offset", offset).into()
}

fn ensure_that(holds: bool, otherwise: FilesError) -> Result<()> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

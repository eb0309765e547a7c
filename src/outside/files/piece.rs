//! Pieces of an upload that may be cut: each an object of its own, encrypted as a file is, until all are there.
use super::*;

/// Bytes of a piece, but for the last. What a cut connection costs at most.
pub const PIECE: usize = 4 * 1024 * 1024;

/// Where a piece lies, and what opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub key: String,
    pub lock: FileKey,
}

impl Files {
    /// Keeps a piece, at most `PIECE` bytes; what it is shows only in the whole.
    pub async fn put_piece(&self, bytes: &[u8]) -> Result<Piece, FilesError> {
        let mut upload = Upload::new(self);
        let key = ContentKey::fresh();
        let mut sealer = FileSealer::new(&key, &upload.key());
        let mut sealed = Vec::new();
        sealer.push(bytes, &mut sealed);
        if let Err(e) = upload.take(&mut sealed).await {
            return upload.give_up(e).await;
        }
        let lock = FileKey { key, size: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) };
        match upload.close(sealer).await {
            Ok((key, ..)) => Ok(Piece { key, lock }),
            Err(e) => upload.give_up(e).await,
        }
    }

    /// All pieces one after the other, as one file.
    pub fn pieces(&self, pieces: Vec<Piece>) -> FileStream {
        let files = self.clone();
        let each = futures_util::stream::iter(pieces.into_iter().map(Ok));
        each.and_then(move |piece| {
            let files = files.clone();
            async move { files.read(&piece.key, &piece.lock).await }
        })
        .try_flatten()
        .boxed()
    }
}

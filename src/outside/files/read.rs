//! One file on its way out.
use super::*;

/// A file on its way out.
pub type FileStream = BoxStream<'static, Result<Bytes, FilesError>>;

pub(super) enum Source {
    Stream(BoxStream<'static, object_store::Result<Bytes>>),
    File(tokio::fs::File),
}

impl Source {
    async fn read(&mut self) -> Result<Option<Bytes>, FilesError> {
        match self {
            Source::Stream(stream) => Ok(stream.next().await.transpose()?),
            Source::File(file) => {
                let mut piece = BytesMut::with_capacity(READ);
                while piece.len() < READ {
                    // `read_buf` grows a full buffer; the condition above keeps it from being full.
                    if file.read_buf(&mut piece).await? == 0 {
                        break;
                    }
                }
                Ok((!piece.is_empty()).then(|| piece.freeze()))
            }
        }
    }
}

/// Reads one piece ahead, so that the last piece is in hand while the hash is still to be compared.
pub(super) struct Reading {
    pub(super) source: Source,
    /// None when the bytes are handed on as they lie.
    pub(super) opener: Option<FileOpener>,
    pub(super) hash: Sha256,
    pub(super) held: Option<Bytes>,
    /// None for a run of a file, whose chunks speak for themselves.
    pub(super) expect: Option<String>,
    pub(super) ended: bool,
    pub(super) key: String,
    pub(super) timeout: Duration,
}

impl Reading {
    pub(super) async fn step(mut self) -> Result<Option<(Bytes, Self)>, FilesError> {
        let timeout = self.timeout;
        while !self.ended {
            let next = tokio::time::timeout(timeout, self.source.read()).await;
            let next = next.map_err(|_| FilesError::Timeout(timeout, "read"))??;
            self.ended = next.is_none();
            let piece = self.opened(next)?;
            self.hash.update(&piece);
            if self.ended && self.expect.is_some() && self.expect != Some(hex::encode(self.hash.finalize_reset())) {
                return Err(self.tampered());
            }
            if !piece.is_empty()
                && let Some(before) = self.held.replace(piece)
            {
                return Ok(Some((before, self)));
            }
        }
        Ok(self.held.take().map(|last| (last, self)))
    }

    fn opened(&mut self, piece: Option<Bytes>) -> Result<Bytes, FilesError> {
        let Some(opener) = &mut self.opener else { return Ok(piece.unwrap_or_default()) };
        let mut out = Vec::new();
        let done = match piece {
            Some(piece) => opener.push(&piece, &mut out),
            None => opener.finish(&mut out),
        };
        done.map(|()| out.into()).map_err(|_| self.tampered())
    }

    fn tampered(&self) -> FilesError {
        tracing::error!(key = self.key, "a stored file is not what was put there");
        FilesError::Tampered { key: self.key.clone() }
    }
}

//! One file on its way into the store.
use super::*;

/// One upload under way. Dropped before it is finished (the sender went away and the request with it), it clears up
/// after itself in the background.
pub(super) struct Upload {
    files: Files,
    id: String,
    /// What is gathered for one write.
    part: PutPayloadMut,
    /// Of what has been taken.
    size: u64,
    hash: Sha256,
    parts: Option<Box<dyn MultipartUpload>>,
    /// Objects that may exist and nobody knows of.
    made: Vec<Key>,
}

impl Upload {
    pub(super) fn new(files: &Files) -> Self {
        let id = (files.ids)().simple().to_string();
        Self { files: files.clone(), id, part: buffer(), size: 0, hash: Sha256::new(), parts: None, made: Vec::new() }
    }

    pub(super) fn key(&self) -> String {
        format!("{}/{}", &self.id[..2], &self.id[2..])
    }

    fn staging(&self) -> Key {
        Key::from(format!("{STAGING}/{}", self.id))
    }

    /// Takes these bytes away; a full part goes out as soon as more comes: a file of one part goes in with one create-only
    /// write.
    pub(super) async fn take(&mut self, bytes: &mut Vec<u8>) -> Result<(), FilesError> {
        self.size += bytes.len() as u64;
        self.hash.update(&*bytes);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            if self.part.content_length() == self.files.part {
                self.send().await?;
            }
            let (now, later) = rest.split_at(rest.len().min(self.files.part - self.part.content_length()));
            self.part.extend_from_slice(now);
            rest = later;
        }
        bytes.clear();
        Ok(())
    }

    /// Pads, a chunk at a time, and keeps what comes; gives what `finish` gives.
    pub(super) async fn close(&mut self, mut sealer: FileSealer) -> Result<(String, u64, String), FilesError> {
        let (mut sealed, mut done) = (Vec::new(), false);
        while !done {
            done = sealer.finish(&mut sealed);
            self.take(&mut sealed).await?;
        }
        self.finish().await
    }

    async fn send(&mut self) -> Result<(), FilesError> {
        let part = std::mem::replace(&mut self.part, buffer());
        if self.parts.is_none() {
            let staging = self.staging();
            let begun = self.files.within("begin upload", self.files.store.put_multipart(&staging)).await?;
            self.parts = Some(begun);
        }
        let upload = self.parts.as_mut().expect("begun just above");
        // One part at a time: memory stays at one part, however many uploads a slow store delays.
        let sent = upload.put_part(part.freeze());
        self.files.within("write", sent).await
    }

    /// Gives the key, and size and hash of what lies there.
    async fn finish(&mut self) -> Result<(String, u64, String), FilesError> {
        let key = self.key();
        let location = Key::from(key.as_str());
        let store = self.files.store.clone();
        if self.parts.is_none() {
            self.made.push(location.clone());
            let whole = std::mem::replace(&mut self.part, buffer());
            let created = store.put_opts(&location, whole.freeze(), PutMode::Create.into());
            self.created(self.files.within("write", created).await)?;
        } else {
            if !self.part.is_empty() {
                self.send().await?;
            }
            // Completing an upload overwrites without asking, so it happens beside the key;
            // only the move to the key is create-only.
            let staging = self.staging();
            self.made.push(staging.clone());
            let upload = self.parts.as_mut().expect("this branch has one");
            self.files.within("finish upload", upload.complete()).await?;
            self.parts = None;
            self.made.push(location.clone());
            let moved = store.rename_if_not_exists(&staging, &location);
            self.created(self.files.within("move", moved).await)?;
        }
        self.made.clear();
        Ok((key, self.size, hex::encode(self.hash.finalize_reset())))
    }

    /// An object that was there before is not ours to clear away.
    fn created<T>(&mut self, done: Result<T, FilesError>) -> Result<T, FilesError> {
        if let Err(FilesError::Store(e)) = &done
            && matches!(e.downcast_ref(), Some(object_store::Error::AlreadyExists { .. }))
        {
            self.made.pop();
        }
        done
    }

    pub(super) async fn give_up<T>(&mut self, why: FilesError) -> Result<T, FilesError> {
        clear(self.files.clone(), self.parts.take(), std::mem::take(&mut self.made)).await;
        Err(why)
    }
}

fn buffer() -> PutPayloadMut {
    PutPayloadMut::new().with_block_size(64 * 1024)
}

impl Drop for Upload {
    fn drop(&mut self) {
        let (parts, made) = (self.parts.take(), std::mem::take(&mut self.made));
        if (parts.is_some() || !made.is_empty())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(clear(self.files.clone(), parts, made));
        }
    }
}

/// As well as it can be done now; what a dead store keeps all the same is found by the collection of orphans.
async fn clear(files: Files, parts: Option<Box<dyn MultipartUpload>>, made: Vec<Key>) {
    if let Some(mut parts) = parts
        && let Err(e) = files.within("abort upload", parts.abort()).await
    {
        tracing::warn!(error = %e, "an abandoned upload was not aborted");
    }
    for key in made {
        match files.within("delete", files.store.delete(&key)).await {
            Ok(()) | Err(FilesError::Missing) => {}
            Err(e) => tracing::warn!(error = %e, %key, "an abandoned upload was not removed"),
        }
    }
}

//! Attached files: bytes in a directory or an S3 bucket, under keys we make up ourselves.
//!
//! A file goes in as a stream and comes out as a stream; at no time is a whole one in memory. What lies in the store is
//! encrypted, each file under a key of its own that is kept elsewhere. What was refused, cut off or given up leaves nothing
//! behind. A key, once written, is never written again.
use super::seal::{ContentKey, FileKey, FileOpener, FileSealer};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, Stream, StreamExt, try_unfold};
use object_store::aws::{AmazonS3Builder, S3ConditionalPut, S3CopyIfNotExists};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{
    ClientOptions, GetOptions, GetRange, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutPayloadMut,
    RetryConfig,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::AsyncReadExt;
use uuid::Uuid;

/// How much of the beginning is looked at to tell what a file is.
pub const HEAD: usize = 8 * 1024;
/// A zip ends with its record of at most 22 + 65,535 bytes.
const TAIL: usize = 22 + 65_535;
/// Read from disk and handed on at a time.
const READ: usize = 256 * 1024;
/// Large uploads lie here until they are whole.
const STAGING: &str = "staging";

#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Longer than the limit given to `put`.
    #[error("the file is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error(transparent)]
    Kind(#[from] KindFault),
    /// The sender's stream broke or stalled: nobody's fault here.
    #[error("the upload broke off: {0}")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("no such file in the store")]
    Missing,
    /// The bytes in the store are not the bytes that were put there. Worth an alarm.
    #[error("object {key} does not match its SHA-256")]
    Tampered { key: String },
    #[error("not a key of this store")]
    BadKey,
    #[error("the file store did not answer within {0:?} ({1})")]
    Timeout(Duration, &'static str),
    #[error("the file store failed: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<object_store::Error> for FilesError {
    fn from(e: object_store::Error) -> Self {
        match e {
            object_store::Error::NotFound { .. } => FilesError::Missing,
            e => FilesError::Store(Box::new(e)),
        }
    }
}

impl From<std::io::Error> for FilesError {
    fn from(e: std::io::Error) -> Self {
        FilesError::Store(Box::new(e))
    }
}

/// Where an S3-compatible store is. The bucket must exist, and should have a lifecycle rule that ends incomplete
/// multipart uploads after a day: a process killed in the middle of one cannot.
#[derive(Clone, Deserialize)]
pub struct S3Settings {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
    /// Only for a store on the same machine or a trusted wire.
    #[serde(default)]
    pub allow_http: bool,
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("access_key", &self.access_key)
            .field("secret_key", &"…")
            .field("allow_http", &self.allow_http)
            .finish()
    }
}

/// What `put` tells about a file it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub key: String,
    /// Of the bytes that lie in the store.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    pub kind: Kind,
    /// What opens them, and what size and hash the file itself has.
    pub lock: FileKey,
}

/// An object found by `list_keys`. An upload not yet written down in the database looks like an orphan:
/// collect only what has been there for a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub size: u64,
    pub modified: SystemTime,
}

#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The directory, when it is one.
    dir: Option<PathBuf>,
    /// Bytes gathered before one write. S3 takes no part below 5 MiB but the last.
    part: usize,
    timeout: Duration,
    stall: Duration,
    ids: fn() -> Uuid,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files({})", self.store)
    }
}

impl Files {
    /// Files in a directory of this machine, made when missing. Written files and the directories that name them are
    /// flushed to the disk before `put` returns.
    pub fn local(dir: &Path) -> Result<Self, FilesError> {
        make_private(dir)?;
        let dir = dir.canonicalize()?;
        let store = LocalFileSystem::new_with_prefix(&dir)?.with_fsync(true);
        Ok(Self::over(Arc::new(store), Some(dir), 1024 * 1024))
    }

    /// Files in a bucket. Nothing is asked of the store yet: it may be down while we start.
    pub fn s3(settings: S3Settings) -> Result<Self, FilesError> {
        Self::s3_within(settings, Duration::from_secs(30))
    }

    /// As `s3`, with another limit per operation.
    pub fn s3_within(settings: S3Settings, timeout: Duration) -> Result<Self, FilesError> {
        // The whole-request limit would cut a long download to a slow reader; reads have their own limit instead.
        let client = ClientOptions::new()
            .with_allow_http(settings.allow_http)
            .with_timeout_disabled()
            .with_connect_timeout(timeout.min(Duration::from_secs(5)))
            .with_read_timeout(timeout);
        let retry = RetryConfig { max_retries: 3, retry_timeout: timeout, ..RetryConfig::default() };
        let store = AmazonS3Builder::new()
            .with_endpoint(settings.endpoint)
            .with_bucket_name(settings.bucket)
            .with_region(settings.region)
            .with_access_key_id(settings.access_key)
            .with_secret_access_key(settings.secret_key)
            .with_client_options(client)
            .with_retry(retry)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_copy_if_not_exists(S3CopyIfNotExists::Multipart)
            // Not every S3 knows the bulk form.
            .with_disable_bulk_delete(true)
            .build()?;
        Ok(Self::over(Arc::new(store), None, 5 * 1024 * 1024).with_timeout(timeout))
    }

    fn over(store: Arc<dyn ObjectStore>, dir: Option<PathBuf>, part: usize) -> Self {
        Self { store, dir, part, timeout: Duration::from_secs(30), stall: Duration::from_secs(60), ids: Uuid::new_v4 }
    }

    /// How long one operation of the store may take (30 s unless told).
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a sender may be silent in the middle of an upload (60 s unless told).
    #[must_use]
    pub fn with_stall(mut self, stall: Duration) -> Self {
        self.stall = stall;
        self
    }

    /// Where keys come from. Only a test wants the same one twice.
    #[must_use]
    pub fn with_ids(mut self, ids: fn() -> Uuid) -> Self {
        self.ids = ids;
        self
    }

    /// Keeps a file. `name` is what the sender calls it: it decides together with the content whether we take the file,
    /// and never becomes part of a path.
    pub async fn put<S, E>(&self, name: &str, stream: S, limit: u64) -> Result<Stored, FilesError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Kind::of_name(name)?;
        let mut stream = pin!(stream);
        let (mut hash, mut size) = (Sha256::new(), 0_u64);
        let mut sealed = Vec::new();
        let mut tail = Tail::default();
        let mut kind = None;
        // One beginning serves both purposes: it is what `Kind::of` looks at, and the first bytes of the first part.
        let mut head = BytesMut::new();
        let mut upload = Upload::new(self);
        let key = ContentKey::fresh();
        let mut sealer = FileSealer::new(&key, &upload.key());

        loop {
            let next = tokio::time::timeout(self.stall, stream.next());
            let chunk = match next.await {
                Err(_) => {
                    return upload.give_up(FilesError::Broken("no bytes came for too long".into())).await;
                }
                Ok(Some(Err(e))) => return upload.give_up(FilesError::Broken(e.into())).await,
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => break,
            };
            size += chunk.len() as u64;
            if size > limit {
                return upload.give_up(FilesError::TooLarge { limit }).await;
            }
            hash.update(&chunk);
            tail.push(&chunk);
            if kind.is_none() {
                head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]);
                if head.len() == HEAD {
                    kind = Some(Kind::of(name, &head)?);
                }
            }
            sealer.push(&chunk, &mut sealed);
            if let Err(e) = upload.take(&mut sealed).await {
                return upload.give_up(e).await;
            }
        }
        let kind = match kind {
            Some(kind) => kind,
            None => Kind::of(name, &head)?,
        };
        if let Err(fault) = kind.check_tail(&tail.bytes, tail.whole(size)) {
            return upload.give_up(fault.into()).await;
        }
        let mut done = false;
        while !done {
            done = sealer.finish(&mut sealed);
            if let Err(e) = upload.take(&mut sealed).await {
                return upload.give_up(e).await;
            }
        }
        let lock = FileKey { key, size, sha256: hex::encode(hash.finalize()) };
        match upload.finish().await {
            Ok((key, size, sha256)) => Ok(Stored { key, size, sha256, kind, lock }),
            Err(e) => upload.give_up(e).await,
        }
    }

    /// A file as its sender had it. The last piece is handed out only when the whole agrees with its hash: a reader never
    /// gets a complete false file, and of a small one not a byte, because then this call itself fails.
    pub async fn read(&self, key: &str, lock: &FileKey) -> Result<FileStream, FilesError> {
        let opener = FileOpener::new(lock, key).map_err(|_| FilesError::Tampered { key: key.to_owned() })?;
        self.reading(key, &lock.sha256, Some(opener)).await
    }

    /// The bytes as they lie in the store, read in the same manner: of files from before they were encrypted, the file.
    pub async fn get(&self, key: &str, expect_sha256: &str) -> Result<FileStream, FilesError> {
        self.reading(key, expect_sha256, None).await
    }

    async fn reading(&self, key: &str, expect: &str, opener: Option<FileOpener>) -> Result<FileStream, FilesError> {
        let location = checked(key)?;
        let found = self.within("get", self.store.get(&location)).await?;
        let source = match found.payload {
            GetResultPayload::Stream(stream) => Source::Stream(stream),
            GetResultPayload::File(file, _) => Source::File(tokio::fs::File::from_std(file)),
        };
        let reading = self.from(source, key, Some(expect), opener);
        let mut bytes = try_unfold(reading, Reading::step).boxed();
        let first = match bytes.next().await {
            Some(first) => Some(first?),
            None => None,
        };
        Ok(futures_util::stream::iter(first.map(Ok)).chain(bytes).boxed())
    }

    /// A run of a file's bytes. Only the chunks that hold it are read; each proves by itself that it is unchanged and stands
    /// where it should.
    pub async fn read_run(&self, key: &str, lock: &FileKey, run: std::ops::Range<u64>) -> Result<FileStream, FilesError> {
        let location = checked(key)?;
        let tampered = || FilesError::Tampered { key: key.to_owned() };
        let (opener, lies) = FileOpener::run(lock, key, run).map_err(|_| tampered())?;
        let wanted = GetOptions { range: Some(GetRange::Bounded(lies)), ..GetOptions::default() };
        let found = self.within("get", self.store.get_opts(&location, wanted)).await?;
        Ok(try_unfold(self.from(Source::Stream(found.into_stream()), key, None, Some(opener)), Reading::step).boxed())
    }

    fn from(&self, source: Source, key: &str, expect: Option<&str>, opener: Option<FileOpener>) -> Reading {
        Reading {
            source,
            opener,
            hash: Sha256::new(),
            held: None,
            expect: expect.map(str::to_ascii_lowercase),
            ended: false,
            key: key.to_owned(),
            timeout: self.timeout,
        }
    }

    /// Reads the stored bytes through and says whether it is still the one that was put: what a 500 instead of bytes needs.
    pub async fn verify(&self, key: &str, expect_sha256: &str) -> Result<(), FilesError> {
        let mut bytes = self.get(key, expect_sha256).await?;
        while let Some(piece) = bytes.next().await {
            piece?;
        }
        Ok(())
    }

    /// Deletes a file; one that is gone already is no fault.
    pub async fn delete(&self, key: &str) -> Result<(), FilesError> {
        let location = checked(key)?;
        match self.within("delete", self.store.delete(&location)).await {
            Err(FilesError::Missing) => Ok(()),
            done => done,
        }
    }

    /// Every object we may have put there, page by page; what others laid beside it is left out. Includes what large
    /// uploads left in the staging folder.
    pub fn list_keys(&self) -> BoxStream<'static, Result<Listed, FilesError>> {
        let timeout = self.timeout;
        let pages = self.store.list(None);
        try_unfold(pages, move |mut pages| async move {
            loop {
                let next = tokio::time::timeout(timeout, pages.next()).await;
                match next.map_err(|_| FilesError::Timeout(timeout, "list"))? {
                    None => return Ok(None),
                    Some(meta) => {
                        let meta = meta?;
                        if checked(meta.location.as_ref()).is_ok() {
                            let listed =
                                Listed { key: meta.location.to_string(), size: meta.size, modified: meta.last_modified.into() };
                            return Ok(Some((listed, pages)));
                        }
                    }
                }
            }
        })
        .boxed()
    }

    /// Removes half-written files which a killed process left in the directory, when older than `age`; returns how many.
    /// In a bucket this is the lifecycle rule's work.
    pub async fn sweep_unfinished(&self, age: Duration) -> Result<usize, FilesError> {
        let Some(dir) = self.dir.clone() else {
            return Ok(0);
        };
        let swept = tokio::task::spawn_blocking(move || -> std::io::Result<usize> {
            let mut count = 0;
            for folder in std::fs::read_dir(&dir)?.filter_map(Result::ok).filter(|e| e.path().is_dir()) {
                for file in std::fs::read_dir(folder.path())?.filter_map(Result::ok) {
                    let name = file.file_name();
                    let ours = name.to_str().and_then(|n| n.split_once('#')).is_some_and(|(stem, n)| {
                        !n.is_empty()
                            && n.bytes().all(|b| b.is_ascii_digit())
                            && checked(&format!("{}/{stem}", folder.file_name().to_string_lossy())).is_ok()
                    });
                    let old = || file.metadata().ok()?.modified().ok()?.elapsed().ok();
                    if ours && old().is_some_and(|old| old >= age) && std::fs::remove_file(file.path()).is_ok() {
                        count += 1;
                    }
                }
            }
            Ok(count)
        });
        let swept = tokio::time::timeout(self.timeout, swept).await;
        let swept = swept.map_err(|_| FilesError::Timeout(self.timeout, "sweep"))?;
        Ok(swept.map_err(|e| FilesError::Store(Box::new(e)))??)
    }

    async fn within<T>(&self, what: &'static str, work: impl Future<Output = object_store::Result<T>>) -> Result<T, FilesError> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(FilesError::Timeout(self.timeout, what)),
        }
    }
}

/// Our keys only: `ab/` and 30 hexadecimal digits, or the staging folder and 32. Nothing a person typed gets past this.
fn checked(key: &str) -> Result<Key, FilesError> {
    let hex = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match key.split_once('/') {
        Some((folder, rest)) if (hex(folder, 2) && hex(rest, 30)) || (folder == STAGING && hex(rest, 32)) => Ok(Key::from(key)),
        _ => Err(FilesError::BadKey),
    }
}

fn make_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// One upload under way. Dropped before it is finished (the sender went away and the request with it), it clears up
/// after itself in the background.
struct Upload {
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
    fn new(files: &Files) -> Self {
        let id = (files.ids)().simple().to_string();
        Self { files: files.clone(), id, part: buffer(), size: 0, hash: Sha256::new(), parts: None, made: Vec::new() }
    }

    fn key(&self) -> String {
        format!("{}/{}", &self.id[..2], &self.id[2..])
    }

    fn staging(&self) -> Key {
        Key::from(format!("{STAGING}/{}", self.id))
    }

    /// Takes these bytes away; a full part goes out as soon as more comes: a file of one part goes in with one create-only
    /// write.
    async fn take(&mut self, bytes: &mut Vec<u8>) -> Result<(), FilesError> {
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

    async fn give_up<T>(&mut self, why: FilesError) -> Result<T, FilesError> {
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

/// A file on its way out.
pub type FileStream = BoxStream<'static, Result<Bytes, FilesError>>;

enum Source {
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
struct Reading {
    source: Source,
    /// None when the bytes are handed on as they lie.
    opener: Option<FileOpener>,
    hash: Sha256,
    held: Option<Bytes>,
    /// None for a run of a file, whose chunks speak for themselves.
    expect: Option<String>,
    ended: bool,
    key: String,
    timeout: Duration,
}

impl Reading {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, FilesError> {
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

/// The last bytes that went by.
#[derive(Default)]
struct Tail {
    bytes: Vec<u8>,
}

impl Tail {
    fn push(&mut self, chunk: &[u8]) {
        if chunk.len() >= TAIL {
            self.bytes.clear();
        }
        self.bytes.extend_from_slice(&chunk[chunk.len().saturating_sub(4 * TAIL)..]);
        // Cut down in large steps: moving 64 KiB for every small chunk would cost more than the hash.
        if self.bytes.len() > 4 * TAIL {
            self.bytes.drain(..self.bytes.len() - TAIL);
        }
    }

    fn whole(&self, size: u64) -> bool {
        self.bytes.len() as u64 == size
    }
}

/// What may be attached: the reading formats of Chinese offices, pictures, and archives of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Pdf,
    Ofd,
    Docx,
    Xlsx,
    Pptx,
    Wps,
    Et,
    Png,
    Jpg,
    Zip,
    /// A sealed bid (docs/seal.md).
    Jb,
}

/// Why a file is not taken. `id()` names the reason for translation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindFault {
    #[error("the file is empty")]
    Empty,
    #[error("the file name is empty, too long, or has characters that hide what it is")]
    Name,
    #[error("files ending in .{extension} are not taken")]
    Extension { extension: String },
    #[error("the name has two file types: .{inner}.{outer}")]
    Double { inner: String, outer: String },
    #[error("the name says .{claimed}, the content is not")]
    Content { claimed: &'static str },
    #[error("the file is of two types at once")]
    Polyglot,
    #[error("the document carries a program (macro)")]
    Macro,
    #[error("the archive is cut off")]
    CutOff,
}

impl KindFault {
    pub fn id(&self) -> &'static str {
        match self {
            KindFault::Empty => "empty",
            KindFault::Name => "name",
            KindFault::Extension { .. } => "extension",
            KindFault::Double { .. } => "double",
            KindFault::Content { .. } => "content",
            KindFault::Polyglot => "polyglot",
            KindFault::Macro => "macro",
            KindFault::CutOff => "cut_off",
        }
    }
}

/// Endings that make a name double when they stand before the last one. `plan.v2.pdf` and `第1.2版.pdf` are no double.
const PROGRAMS: &[&str] = &[
    "ade", "apk", "app", "asp", "aspx", "bat", "bin", "chm", "cgi", "cmd", "com", "cpl", "crx", "deb", "dll", "dmg", "doc",
    "docm", "dotm", "elf", "exe", "gz", "hta", "htm", "html", "inf", "iso", "jar", "js", "jse", "jsp", "jspx", "lnk", "mht",
    "mhtml", "mjs", "msi", "php", "phtml", "pif", "pl", "potm", "ppam", "ppsm", "ppt", "pptm", "ps1", "py", "rar", "rb", "reg",
    "rpm", "rtf", "scr", "sh", "shtml", "so", "svg", "svgz", "swf", "tar", "url", "vb", "vbe", "vbs", "war", "wasm", "wsf",
    "xhtml", "xlam", "xls", "xlsb", "xlsm", "xltm", "xml", "xsl",
];

impl Kind {
    pub const ALL: &'static [Kind] = &[
        Kind::Pdf,
        Kind::Ofd,
        Kind::Docx,
        Kind::Xlsx,
        Kind::Pptx,
        Kind::Wps,
        Kind::Et,
        Kind::Png,
        Kind::Jpg,
        Kind::Zip,
        Kind::Jb,
    ];

    /// Also what the database keeps.
    pub const fn id(self) -> &'static str {
        match self {
            Kind::Pdf => "pdf",
            Kind::Ofd => "ofd",
            Kind::Docx => "docx",
            Kind::Xlsx => "xlsx",
            Kind::Pptx => "pptx",
            Kind::Wps => "wps",
            Kind::Et => "et",
            Kind::Png => "png",
            Kind::Jpg => "jpg",
            Kind::Zip => "zip",
            Kind::Jb => "jb",
        }
    }

    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.id() == id)
    }

    /// For Content-Type.
    pub const fn mime(self) -> &'static str {
        match self {
            Kind::Pdf => "application/pdf",
            Kind::Ofd => "application/ofd",
            Kind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Kind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Kind::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Kind::Wps => "application/wps-office.wps",
            Kind::Et => "application/wps-office.et",
            Kind::Png => "image/png",
            Kind::Jpg => "image/jpeg",
            Kind::Zip => "application/zip",
            Kind::Jb => "application/octet-stream",
        }
    }

    /// Name ∩ content ∩ what we take. `head` is the first `HEAD` bytes, or the whole file when it is shorter.
    pub fn of(name: &str, head: &[u8]) -> Result<Kind, KindFault> {
        let claimed = Self::of_name(name)?;
        if head.is_empty() {
            return Err(KindFault::Empty);
        }
        let fault = KindFault::Content { claimed: claimed.id() };
        let fits = match claimed {
            Kind::Pdf => head.starts_with(b"%PDF-"),
            Kind::Jb => head.starts_with(b"JB-SEAL-1\n"),
            Kind::Png => infer::image::is_png(head) && head.get(12..16) == Some(b"IHDR"),
            Kind::Jpg => infer::image::is_jpeg(head),
            // The two old WPS formats are OLE containers, as are .doc and .xls, which WPS opens under these names.
            Kind::Wps | Kind::Et => head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
            Kind::Ofd | Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::Zip => {
                if !head.starts_with(ENTRY) {
                    return Err(fault);
                }
                claimed.fits_entries(&local_names(head), false)
            }
        };
        if !fits {
            return Err(fault);
        }
        claimed.refuse_second_type(head)?;
        Ok(claimed)
    }

    /// What the name alone allows.
    pub fn of_name(name: &str) -> Result<Kind, KindFault> {
        let hides = |c: char| {
            c.is_control()
                || matches!(c, '/' | '\\' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        if name.trim().is_empty() || name.len() > 255 || name.chars().any(hides) {
            return Err(KindFault::Name);
        }
        let lower = name.to_lowercase();
        let mut parts = lower.split('.').skip(1).collect::<Vec<_>>();
        let outer = parts.pop().unwrap_or_default();
        let known = match outer {
            "jpeg" => Some(Kind::Jpg),
            other => Kind::parse(other),
        };
        let kind = known.ok_or_else(|| KindFault::Extension { extension: outer.to_owned() })?;
        let inner = parts.into_iter().map(str::trim);
        match inner.into_iter().find(|p| PROGRAMS.contains(p) || *p == "jpeg" || Kind::parse(p).is_some()) {
            Some(inner) => Err(KindFault::Double { inner: inner.to_owned(), outer: outer.to_owned() }),
            None => Ok(kind),
        }
    }

    /// Is a zip with these entries what the name says? With only the beginning seen, an office document may not
    /// have shown its main folder yet; then its end decides (`check_tail`).
    fn fits_entries(self, names: &[&[u8]], all: bool) -> bool {
        let under = |folder: &[u8]| names.iter().any(|n| n.starts_with(folder));
        let is = |name: &[u8]| names.contains(&name);
        let office = under(b"word/") || under(b"xl/") || under(b"ppt/");
        let packaged = is(b"[Content_Types].xml") || under(b"_rels/") || under(b"docProps/") || under(b"customXml/");
        let own = match self {
            Kind::Docx => under(b"word/") && !under(b"xl/") && !under(b"ppt/"),
            Kind::Xlsx => under(b"xl/") && !under(b"word/") && !under(b"ppt/"),
            Kind::Pptx => under(b"ppt/") && !under(b"word/") && !under(b"xl/"),
            Kind::Ofd => is(b"OFD.xml") || (!all && under(b"Doc_")),
            // Documents and programs in zip clothes go by their own names.
            _ => {
                let office = office && is(b"[Content_Types].xml");
                return !(office || is(b"OFD.xml") || is(b"META-INF/MANIFEST.MF") || is(b"AndroidManifest.xml"));
            }
        };
        own || (!all && !office && packaged && self != Kind::Ofd)
    }

    fn refuse_second_type(self, head: &[u8]) -> Result<(), KindFault> {
        let has = |needle: &[u8]| head.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle));
        let page = [&b"<html"[..], b"<!doctype html", b"<script", b"<?php"].into_iter().any(has);
        let pdf = head.windows(5).take(1024).any(|w| w == b"%PDF-");
        let entry = || head.windows(30).any(|w| w.starts_with(ENTRY) && w[4] < 64 && w[5] == 0 && w[26..28] != [0, 0]);
        let second = match self {
            Kind::Zip | Kind::Jb => false, // these may hold any of the others
            Kind::Pdf => page || entry(),
            Kind::Png | Kind::Jpg => page || pdf || entry(),
            _ => page || pdf,
        };
        if second { Err(KindFault::Polyglot) } else { Ok(()) }
    }

    /// What only the end of a file shows: an archive behind a picture, a macro in a document, a cut-off archive.
    /// `whole` says that `tail` is all of the file.
    pub fn check_tail(self, tail: &[u8], whole: bool) -> Result<(), KindFault> {
        let end = zip_end(tail);
        match self {
            Kind::Pdf | Kind::Png | Kind::Jpg if end.is_some() => Err(KindFault::Polyglot),
            Kind::Pdf | Kind::Png | Kind::Jpg | Kind::Wps | Kind::Et | Kind::Jb => Ok(()),
            Kind::Ofd | Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::Zip => {
                let (at, count, length) = end.ok_or(KindFault::CutOff)?;
                // A list of contents too long for the tail belongs to a large archive: the beginning has decided.
                let Some(list) = at.checked_sub(length).and_then(|from| tail.get(from..at)) else {
                    return if whole { Err(KindFault::CutOff) } else { Ok(()) };
                };
                let names = listed_names(list, count).ok_or(KindFault::CutOff)?;
                if self != Kind::Zip && names.iter().any(|n| n.to_ascii_lowercase().ends_with(b"vbaproject.bin")) {
                    return Err(KindFault::Macro);
                }
                match self.fits_entries(&names, true) {
                    true => Ok(()),
                    false => Err(KindFault::Content { claimed: self.id() }),
                }
            }
        }
    }
}

const ENTRY: &[u8] = b"PK\x03\x04";

fn le16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

/// Entry names of the beginning of a zip. Entries are hopped over where their length stands in front, and searched for
/// where it does not (streamed zips).
fn local_names(head: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(header) = head.get(at..).filter(|h| h.starts_with(ENTRY)) {
        let (Some(flags), Some(packed), Some(name), Some(extra)) =
            (le16(header, 6), le32(header, 18), le16(header, 26), le16(header, 28))
        else {
            break;
        };
        names.extend(header.get(30..30 + name));
        let data = at + 30 + name + extra;
        at = if flags & 8 == 0 {
            data.saturating_add(packed)
        } else {
            let rest = head.get(data..).unwrap_or_default();
            match rest.windows(4).position(|w| w == ENTRY) {
                Some(next) => data + next,
                None => break,
            }
        };
    }
    names
}

/// The record at the very end of a zip: where it stands, the number of entries, the length of their list.
fn zip_end(tail: &[u8]) -> Option<(usize, usize, usize)> {
    let last = tail.len().checked_sub(22)?;
    (0..=last).rev().find_map(|at| {
        let record = &tail[at..];
        let closes = record.starts_with(b"PK\x05\x06") && le16(record, 20)? + 22 == record.len();
        closes.then_some((at, le16(record, 10)?, le32(record, 12)?))
    })
}

fn listed_names(list: &[u8], count: usize) -> Option<Vec<&[u8]>> {
    let mut names = Vec::new();
    let mut rest = list;
    for _ in 0..count {
        if !rest.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name, extra, comment) = (le16(rest, 28)?, le16(rest, 30)?, le16(rest, 32)?);
        names.push(rest.get(46..46 + name)?);
        rest = rest.get(46 + name + extra + comment..)?;
    }
    Some(names)
}

/// The Content-Disposition of a download under the name its sender gave it (RFC 6266): nothing in a name can end the
/// header, leave the quotes, or turn the letters around.
pub fn disposition(name: &str) -> String {
    let shown = |c: &char| {
        !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let name = name.chars().filter(shown).map(|c| if matches!(c, '/' | '\\') { '_' } else { c });
    let mut name = name.collect::<String>().trim().to_owned();
    if name.trim_matches('.').is_empty() {
        name = "file".to_owned();
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '(' | ')' | '+' | ',');
    let ascii = name.chars().map(|c| if plain(c) { c } else { '_' }).collect::<String>();
    let mut full = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            full.push(byte.into());
        } else {
            full.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{full}")
}

//! Attached files: bytes in a directory or an S3 bucket, under keys we make up ourselves.
//!
//! A file goes in as a stream and comes out as a stream; at no time is a whole one in memory. What lies in the store is
//! encrypted, each file under a key of its own that is kept elsewhere. What was refused, cut off or given up leaves nothing
//! behind. A key, once written, is never written again.
mod disposition;
mod kind;
mod look;
mod piece;
mod read;
mod sweep;
mod write;

use crate::outside::seal::{ContentKey, FileKey, FileOpener, FileSealer};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt, try_unfold};
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
use std::time::Duration;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

pub use disposition::disposition;
use kind::Tail;
pub use kind::{Kind, KindFault, check_head};
pub use look::of_kind;
pub use piece::{PIECE, Piece};
pub use read::FileStream;
use read::{Reading, Source};
pub use sweep::Listed;
use write::Upload;

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
    #[error("too little free disk is left")]
    NoRoom,
    /// Nothing passes that could not be scanned.
    #[error(transparent)]
    NoScanner(#[from] crate::outside::clamd::ScanError),
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

    /// Free bytes of the disk that the folder lies on; None of a bucket.
    pub fn free(&self) -> Option<u64> {
        let disk = nix::sys::statvfs::statvfs(self.dir.as_ref()?).ok()?;
        Some(disk.blocks_available().saturating_mul(disk.fragment_size()))
    }

    /// How long a sender may be silent.
    pub fn stall(&self) -> Duration {
        self.stall
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
        let lock = FileKey { key, size, sha256: hex::encode(hash.finalize()) };
        match upload.close(sealer).await {
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

//! The key that signs the log: one file that only its owner reads, and beside it what it signed last. The key signs nothing
//! that does not carry on from there, whatever the database says.
use crate::domain::hash;
use crate::domain::log::note::{Checkpoint, NoteFault, PublicKey, SecretKey};
use crate::domain::log::tree::Hash;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{}: {why}", path.display())]
    File { path: PathBuf, why: std::io::Error },
    #[error("{} may be read by others (mode {mode:04o}); run: chmod 600 {}", path.display(), path.display())]
    Open { path: PathBuf, mode: u32 },
    #[error("{}: {why}", path.display())]
    Fault { path: PathBuf, why: NoteFault },
    /// The tree is shorter than one signed before: the record was cut, or an old copy was put back.
    #[error(
        "the record has {size} entries, and this key has signed {signed}: it was rolled back. Nothing is signed; see docs/record.md"
    )]
    Shorter { size: u64, signed: u64 },
    #[error(
        "the first {signed} entries are not those that this key has signed: the record was rewritten. Nothing is signed; see docs/record.md"
    )]
    Rewritten { signed: u64 },
    #[error("another signed meanwhile")]
    Moved,
}

#[derive(Debug)]
pub struct LogKey {
    secret: SecretKey,
    path: PathBuf,
    signing: Mutex<()>,
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> KeyError {
    move |why| KeyError::File { path: path.to_owned(), why }
}

impl LogKey {
    /// Reads a key; a file that others may read is refused.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let mode = std::fs::metadata(path).map_err(file_error(path))?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { path: path.to_owned(), mode });
        }
        let text = std::fs::read_to_string(path).map_err(file_error(path))?;
        let secret = SecretKey::read(&text).map_err(|why| KeyError::Fault { path: path.to_owned(), why })?;
        Ok(Self { secret, path: path.to_owned(), signing: Mutex::new(()) })
    }

    /// Makes a key that is called `name`, in a new file that only its owner may read.
    pub fn create(path: &Path, name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        let secret = SecretKey::new(name, seed).map_err(|why| KeyError::Fault { path: path.to_owned(), why })?;
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(file_error(folder))?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file_error(path))?;
        file.write_all(secret.reveal().as_bytes()).and_then(|()| file.sync_all()).map_err(file_error(path))?;
        sync_folder(path)?;
        Self::open(path)
    }

    /// The key of a folder: made when there is none.
    pub fn open_or_create(path: &Path, name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        match Self::create(path, name, seed) {
            Err(KeyError::File { why, .. }) if why.kind() == ErrorKind::AlreadyExists => Self::open(path),
            other => other,
        }
    }

    pub fn public(&self) -> &PublicKey {
        self.secret.public()
    }

    /// What tells one key from another: of its public half.
    pub fn fingerprint(&self) -> String {
        hash::sha256_hex(self.public().to_string().as_bytes())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For the end of a record that is given out.
    pub fn secret(&self) -> &SecretKey {
        &self.secret
    }

    fn memory(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".last");
        name.into()
    }

    /// What it signed last; `None` before the first time.
    pub fn last(&self) -> Result<Option<Checkpoint>, KeyError> {
        let path = self.memory();
        let note = match std::fs::read_to_string(&path) {
            Ok(note) => note,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(KeyError::File { path, why }),
        };
        Checkpoint::open(&note, self.public()).map(Some).map_err(|why| KeyError::Fault { path, why })
    }

    /// Signs a tree. `since` is what `last` gave, with the root that the tree of today has at that size. What is signed is
    /// on disk before it is given out.
    pub fn sign(&self, size: u64, root: Hash, since: Option<(&Checkpoint, Hash)>) -> Result<String, KeyError> {
        let _alone = self.signing.lock().expect("no panic while signing");
        let last = self.last()?;
        if last.as_ref() != since.map(|s| s.0) {
            return Err(KeyError::Moved);
        }
        if let Some((last, now)) = since {
            if last.size > size {
                return Err(KeyError::Shorter { size, signed: last.size });
            }
            if last.root != now || last.size == size && last.root != root {
                return Err(KeyError::Rewritten { signed: last.size });
            }
        }
        let note = Checkpoint { origin: self.public().name.clone(), size, root }.sign(&self.secret);
        self.remember(&note)?;
        Ok(note)
    }

    fn remember(&self, note: &str) -> Result<(), KeyError> {
        let path = self.memory();
        let fresh = path.with_extension("new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh).map_err(file_error(&fresh))?;
        file.write_all(note.as_bytes()).and_then(|()| file.sync_all()).map_err(file_error(&fresh))?;
        std::fs::rename(&fresh, &path).map_err(file_error(&path))?;
        sync_folder(&path)
    }
}

fn sync_folder(path: &Path) -> Result<(), KeyError> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|f| f.sync_all()).map_err(file_error(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    struct Folder(PathBuf);
    impl Drop for Folder {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }
    fn folder() -> Folder {
        let path = std::env::temp_dir().join(format!("jiebang-key-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_and_none_is_overwritten() {
        let dir = folder();
        let path = dir.0.join("log.key");
        let key = LogKey::create(&path, "a.example/log", [1; 32]).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(LogKey::create(&path, "a.example/log", [2; 32]).is_err());
        assert_eq!(LogKey::open_or_create(&path, "b.example/log", [2; 32]).unwrap().public(), key.public());
        for mode in [0o640, 0o604, 0o644, 0o660] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let said = LogKey::open(&path).unwrap_err().to_string();
            assert!(said.contains("chmod 600"), "{said}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert!(LogKey::open(&path).is_ok());
    }

    #[test]
    fn it_signs_what_carries_on_and_refuses_a_shorter_or_another_tree() {
        let dir = folder();
        let path = dir.0.join("log.key");
        let key = LogKey::create(&path, "a.example/log", [1; 32]).unwrap();
        key.sign(2, [2; 32], None).unwrap();
        assert!(matches!(key.sign(3, [3; 32], None), Err(KeyError::Moved)), "what was signed before is not passed over");
        let last = key.last().unwrap().unwrap();
        assert_eq!((last.size, last.root), (2, [2; 32]));
        assert!(matches!(key.sign(1, [1; 32], Some((&last, [2; 32]))), Err(KeyError::Shorter { size: 1, signed: 2 })));
        assert!(matches!(key.sign(3, [3; 32], Some((&last, [9; 32]))), Err(KeyError::Rewritten { signed: 2 })));
        assert!(matches!(key.sign(2, [9; 32], Some((&last, [2; 32]))), Err(KeyError::Rewritten { signed: 2 })));
        // Another program with the same file remembers too.
        let again = LogKey::open(&path).unwrap();
        again.sign(5, [5; 32], Some((&last, [2; 32]))).unwrap();
        assert!(matches!(key.sign(6, [6; 32], Some((&last, [2; 32]))), Err(KeyError::Moved)));
    }
}

//! The data folder and the embedded database are their owner's alone: what lies in them tells every local user what the site keeps
//! from them. They are made so; what is found wider is set right when it is ours, and refused with a sentence when it is not.
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    #[error("{}: others on this machine may read it (mode {mode:04o}), and it belongs to another user; give it to this one, or take their rights away: chmod {right:04o} {}", path.display(), path.display())]
    Wide { path: PathBuf, mode: u32, right: u32 },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

type Result<T> = std::result::Result<T, PrivateError>;

fn failed(path: &Path) -> impl FnOnce(io::Error) -> PrivateError + '_ {
    move |source| PrivateError::Io { path: path.to_owned(), source }
}

/// A folder of the site's own is there, and nobody else's to look into.
pub fn folder(path: &Path) -> Result<()> {
    made(path)?;
    narrow(path, 0o700)
}

/// The folder is there; one that has to be made is private. Another's, in which a file of ours lies, stays as it is.
pub fn made(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed(path))
}

/// An embedded database with what lies beside it. Its file is made empty first, since SQLite gives its log the file's own mode.
pub fn database(path: &Path) -> Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(failed(path))?;
    for beside in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        let file = PathBuf::from(name);
        if file.exists() {
            narrow(&file, 0o600)?;
        }
    }
    Ok(())
}

/// Takes from others what they may do with it.
fn narrow(path: &Path, right: u32) -> Result<()> {
    let mode = std::fs::metadata(path).map_err(failed(path))?.mode() & 0o7777;
    // A folder that is there for all, such as /tmp, is nobody's own.
    if mode & 0o077 == 0 || mode & 0o1000 != 0 {
        return Ok(());
    }
    match std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) {
        Ok(()) => {
            tracing::warn!(path = %path.display(), mode = format!("{mode:04o}"), "others could read it; from now on they can't");
            Ok(())
        }
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Err(PrivateError::Wide { path: path.to_owned(), mode, right }),
        Err(e) => Err(failed(path)(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_private_and_what_was_wide_becomes_so() {
        let root = std::env::temp_dir().join(format!("jiebang-private-{}", uuid::Uuid::new_v4().simple()));
        let (inner, db) = (root.join("a"), root.join("a/x.db"));
        folder(&inner).unwrap();
        database(&db).unwrap();
        assert_eq!([mode(&inner), mode(&db)], [0o700, 0o600]);
        let wal = root.join("a/x.db-wal");
        std::fs::write(&wal, "x").unwrap();
        for (path, wide) in [(&inner, 0o755), (&db, 0o644), (&wal, 0o666)] {
            std::fs::set_permissions(path, Permissions::from_mode(wide)).unwrap();
        }
        folder(&inner).unwrap();
        database(&db).unwrap();
        assert_eq!([mode(&inner), mode(&db), mode(&wal)], [0o700, 0o600, 0o600]);
        let wide = PrivateError::Wide { path: db, mode: 0o644, right: 0o600 }.to_string();
        assert!(wide.contains("0644") && wide.contains("chmod 0600"), "{wide}");
        std::fs::remove_dir_all(root).unwrap();
    }
}

//! What lies in the store, and what a killed process left there.
use super::*;
use std::time::SystemTime;

/// An object found by `list_keys`. An upload not yet written down in the database looks like an orphan:
/// collect only what has been there for a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub size: u64,
    pub modified: SystemTime,
}

impl Files {
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
}

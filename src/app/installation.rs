//! By which keys this database is written. Fingerprints of both stand in it, so that a server that was started in another folder,
//! or without its setting, finds out before it writes or signs anything by a key that nobody knows.
use super::*;
use crate::domain::log::note::Checkpoint;
use crate::outside::log_key::LogKey;
use store::probe;

/// What an entry that notes fingerprints is called in the record.
const KIND: &str = "account.keys";

/// Entries that no person made: what holds no others is a new database.
pub(in crate::app) const BY_ITSELF: [&str; 2] = [untold::KIND, KIND];

/// One of the two keys of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What contents and files lie under.
    Draft,
    /// What signs the record.
    Log,
}

impl Which {
    pub const fn setting(self) -> &'static str {
        match self {
            Which::Draft => "draft_key_sha256",
            Which::Log => "log_key_sha256",
        }
    }
}

/// A key that is not the one this database is written by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub which: Which,
    /// None where none was noted yet, but what was written before does not open by it.
    pub expected: Option<String>,
    pub found: String,
}

/// Whether nothing has been done in a database: only then may a key be made for it.
pub async fn is_new(db: &Db) -> Result<bool> {
    Ok(!probe::has_schema(db).await? || probe::is_new(db, &BY_ITSELF).await?)
}

/// The fingerprint that a database expects of a key, if it was noted.
pub async fn expected(db: &Db, which: Which) -> Result<Option<String>> {
    if !probe::has_schema(db).await? {
        return Ok(None);
    }
    Ok(store::setting::get(db, which.setting()).await?)
}

/// Whether a checkpoint was ever signed in it.
pub async fn was_signed(db: &Db) -> Result<bool> {
    Ok(probe::has_schema(db).await? && store::log::last(db).await?.is_some())
}

impl App {
    fn fingerprints(&self) -> impl Iterator<Item = (Which, String)> {
        let log = self.log.signing().map(|key| (Which::Log, key.fingerprint()));
        std::iter::once((Which::Draft, self.vault.fingerprint())).chain(log)
    }

    /// Whether the schema's update has been done; PostgreSQL's is left to `jiebang migrate`.
    pub async fn has_schema(&self) -> Result<bool> {
        Ok(probe::has_schema(&self.db).await?)
    }

    /// The first of the keys held that is not the one this database is written by. Where none was noted, what lies there decides.
    pub async fn misfit(&self) -> Result<Option<Misfit>> {
        for (which, found) in self.fingerprints() {
            let expected = store::setting::get(&self.db, which.setting()).await?;
            let fits = match (&expected, which) {
                (Some(noted), _) => *noted == found,
                (None, Which::Draft) => self.opens_what_is_there().await?,
                (None, Which::Log) => self.signed_what_is_there().await?,
            };
            if !fits {
                return Ok(Some(Misfit { which, expected, found }));
            }
        }
        Ok(None)
    }

    /// Of each kind of content the newest is tried; one that opens is proof enough, and so is that there is nothing.
    async fn opens_what_is_there(&self) -> Result<bool> {
        let tried = self.tries(probe::samples(&self.db).await?);
        Ok(tried.is_empty() || tried.contains(&true))
    }

    fn tries(&self, there: probe::Samples) -> Vec<bool> {
        let opens = |place: String, content: &str| self.vault.open(&place, content).is_ok();
        let part = |part: &str| if part == "B" { crate::domain::seal::Part::B } else { crate::domain::seal::Part::A };
        let tried = [
            there.file.map(|(id, key, secret)| opens(file::place(FileId(id), &key), &secret)),
            there.upload.map(|(id, secret)| opens(upload::place(FileId(id)), &secret)),
            there.draft.map(|(bid, text)| opens(content::place(bid, None, false), &text)),
            there.sealed.map(|(bid, p, text)| opens(content::place(bid, Some(part(&p)), p.is_empty()), &text)),
            there.tip_off.map(|(id, word)| opens(tip_off::word_place(TipOffId(id), 0), &word)),
        ];
        tried.into_iter().flatten().collect()
    }

    async fn signed_what_is_there(&self) -> Result<bool> {
        let Some(key) = self.log.signing() else { return Ok(true) };
        let last = store::log::last(&self.db).await?;
        Ok(last.is_none_or(|(_, note)| Checkpoint::open(&note, key.public()).is_ok()))
    }

    /// Notes the keys held that are not noted yet; the caller has asked for a misfit before.
    pub async fn note_keys(&self, actor: &Actor) -> Result<()> {
        for (which, found) in self.fingerprints() {
            if store::setting::get(&self.db, which.setting()).await?.is_none() {
                self.note_key(actor, which, &found).await?;
            }
        }
        Ok(())
    }

    async fn note_key(&self, actor: &Actor, which: Which, found: &str) -> Result<()> {
        let permit = policy::administer(actor)?;
        let work = self.begin(actor).await?;
        store::setting::set(&work, &permit, which.setting(), found).await?;
        let event = Event::new(Noun::Account, "keys", actor.account.0, Visibility::Security).fact(which.setting(), found);
        Ok(work.commit(&permit, event).await?)
    }

    /// From here on the record is signed by another key, whose maker answers for it: the one before is lost, or was given up.
    pub async fn change_log_key(&self, actor: &Actor, key: &LogKey) -> Result<()> {
        self.note_key(actor, Which::Log, &key.fingerprint()).await
    }
}

//! THE ACTS: begin, load, permit, decide, store, commit. No HTTP. Read aloud, each act is its own story.
pub mod acceptance;
pub mod account;
pub mod award;
pub mod bid;
pub mod budget;
pub mod budget_doc;
pub mod calendar;
pub mod case_file;
pub mod ceremony;
pub mod challenge;
pub mod change;
pub mod closing;
pub mod content;
pub mod contract;
pub mod declining;
pub mod defence;
pub mod document;
pub mod door;
pub mod drafting;
pub mod ending;
pub mod figures;
pub mod file;
pub mod final_account;
pub mod flags;
pub mod follow;
pub mod follow_up;
pub mod gate;
pub mod instalment;
pub mod integrity;
pub mod keyholder;
pub mod ledger;
pub mod listing;
pub mod log;
pub mod meeting;
pub mod milestone;
pub mod mine;
pub mod node;
pub mod objection;
pub mod offered;
pub mod opening;
pub mod opening_record;
pub mod outcomes;
pub mod package;
pub mod panel;
pub(in crate::app) mod paper;
pub mod preview;
pub mod progress;
pub mod query;
pub mod reads;
pub(in crate::app) mod ready;
pub mod ready_offers;
pub mod recusal;
pub mod redraws;
pub mod redress;
pub mod relation;
pub mod report;
pub mod review;
pub mod rubric;
pub mod screening;
pub mod sealed;
pub mod server_seal;
pub mod settlement;
pub mod signing;
pub mod spare;
pub mod spending;
pub mod statement;
pub mod step_up;
pub mod succession;
pub mod talk;
pub mod team;
pub mod template;
pub mod tip_off;
pub mod untold;
pub mod upload;
pub mod verification;
pub mod verify;

/// What reading gives back: the shapes that pages and the API are made from.
pub use crate::outside::case_zip;
pub use crate::outside::files::{FilesError, disposition};
pub use crate::store::{
    Error as StoreError, Listed, Page,
    challenge::{Row, bidding},
    event::Entry,
    noun::{Filter, Model, Stored},
    turn::Waiting,
};
pub use file::Attachment;

use crate::domain::{clock::Clock, policy::Denied, *};
use crate::outside::{Press, PressError, files::Files, seal::Vault};
use crate::store::{self, Db, Work, noun};
use meeting::asked;
use std::sync::{Arc, RwLock};
use uuid::Uuid;

/// The platform: a database, a store of files, a clock.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub files: Files,
    /// What contents of bids lie under at rest.
    pub(in crate::app) vault: Vault,
    /// What was worked out of red flags before.
    pub(in crate::app) seen: flags::Seen,
    /// The tree over the record, and the key that signs it, where there is one.
    pub log: log::Log,
    /// What sets documents as PDF.
    pub(in crate::app) press: Press,
    calendar: Arc<RwLock<Held>>,
    /// At most as many passwords are hashed at once as there are cores; the rest wait, and beyond that are refused.
    pub(in crate::app) hashing: Arc<tokio::sync::Semaphore>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

/// The calendar as last read, and when: other nodes' imports are seen within half a minute.
struct Held {
    calendar: Arc<Calendar>,
    read_at: std::time::Instant,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such thing")]
    Missing,
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Faulty(#[from] Faults),
    #[error(transparent)]
    Store(store::Error),
    #[error(transparent)]
    Files(#[from] crate::outside::files::FilesError),
    #[error(transparent)]
    Press(PressError),
    #[error(transparent)]
    LogKey(#[from] crate::outside::log_key::KeyError),
    /// Too much at once; come back in a moment.
    #[error("busy")]
    Busy,
    #[error("{0}")]
    Failed(String),
}

impl From<store::Error> for Error {
    fn from(e: store::Error) -> Self {
        match e {
            store::Error::StandsAside => Self::Denied(Denied::StandsAside),
            other => Self::Store(other),
        }
    }
}

pub type Result<T> = std::result::Result<T, Error>;

impl From<PressError> for Error {
    fn from(e: PressError) -> Self {
        match e {
            PressError::Busy => Self::Busy,
            PressError::NoFont | PressError::Without => Refusal::new("pdf_no_font").into(),
            PressError::Glyphs(_) => Refusal::new("pdf_glyphs").into(),
            broken @ PressError::Broken(_) => Self::Press(broken),
        }
    }
}

impl App {
    pub fn new(db: Db, clock: Arc<dyn Clock>, files: Files, vault: Vault) -> Self {
        let held = Held {
            calendar: Arc::new(Calendar::seed()),
            read_at: std::time::Instant::now() - std::time::Duration::from_secs(3600),
        };
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            db,
            clock,
            files,
            vault,
            seen: flags::Seen::default(),
            log: log::Log::default(),
            press: Press::new(None),
            calendar: Arc::new(RwLock::new(held)),
            hashing: Arc::new(tokio::sync::Semaphore::new(cores)),
        }
    }

    /// With the key that signs the log.
    pub fn with_log_key(self, key: crate::outside::log_key::LogKey) -> Self {
        Self { log: log::Log::signed_by(key), ..self }
    }

    /// With fonts from a folder of its own.
    pub fn with_fonts(self, folder: std::path::PathBuf) -> Self {
        Self { press: Press::new(Some(folder)), ..self }
    }

    /// The calendar, read again when it is older than half a minute.
    pub async fn calendar(&self) -> Result<Arc<Calendar>> {
        {
            let held = self.calendar.read().expect("no panic while the calendar is held");
            if held.read_at.elapsed().as_secs() < 30 {
                return Ok(held.calendar.clone());
            }
        }
        let calendar = Arc::new(store::calendar::load(&self.db).await?);
        self.hold(calendar.clone());
        Ok(calendar)
    }

    fn hold(&self, calendar: Arc<Calendar>) {
        *self.calendar.write().expect("no panic while the calendar is held") =
            Held { calendar, read_at: std::time::Instant::now() };
    }

    pub(in crate::app) async fn begin(&self, actor: &Actor) -> Result<Work> {
        // Warmed outside the transaction: on SQLite a second connection would wait for this one.
        self.calendar().await?;
        Ok(Work::begin(&self.db, self.clock.clone(), actor).await?)
    }

    /// The moment of this work: read after the locks that a deadline needs.
    pub(in crate::app) async fn moment(&self, work: &Work) -> Result<Moment> {
        let calendar = self.calendar.read().expect("no panic while the calendar is held").calendar.clone();
        Ok(Moment { now: work.now().await?, calendar })
    }

    /// How many entries the record has: what is public changes with it, and with time, alone.
    pub async fn log_size(&self) -> Result<u64> {
        Ok(store::log::size(&self.db).await?)
    }

    /// A moment for reading pages: nothing is decided by it.
    pub async fn glance(&self) -> Result<Moment> {
        Ok(Moment { now: self.clock.now(), calendar: self.calendar().await? })
    }
}

impl App {
    /// Name of the organisation that posted a challenge.
    pub(in crate::app) async fn poster_name(&self, id: ChallengeId) -> Result<String> {
        let c: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok(store::account::org(&self.db, c.org).await?.ok_or(Error::Missing)?.name)
    }
}

/// Locks a challenge, or says that there is none.
pub(in crate::app) async fn lock_challenge(work: &Work, id: ChallengeId) -> Result<Challenge> {
    noun::lock(work, id.0).await?.ok_or(Error::Missing)
}

/// The event of a step of a challenge.
pub(in crate::app) fn told(c: &Challenge, act: ChallengeAct, from: ChallengeState, visibility: Visibility) -> Event {
    Event::new(Noun::Challenge, act.id(), c.id.0, visibility).on(c.id).of(c.org).moved(from.id(), c.head.state.id())
}

/// Files named in a form must be the actor's own loose uploads, or already this thing's.
pub(in crate::app) async fn tie_files(
    work: &Work,
    permit: &policy::Permit<policy::AttachFile>,
    noun: Noun,
    challenge: Option<ChallengeId>,
    files: &[FileId],
    field: &'static str,
) -> Result<()> {
    let mut distinct = files.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let tied = store::file::tie(work, permit, noun, challenge, &distinct).await?;
    if tied == distinct.len() as u64 { Ok(()) } else { Err(Refusal::new("file_not_yours").at(field).into()) }
}

impl App {
    /// The database answers and its schema is the one this program knows.
    pub async fn is_ready(&self) -> Result<bool> {
        self.db.ping().await?;
        Ok(store::setting::get(&self.db, "purpose").await.is_ok())
    }

    /// What this installation is for: `test` allows a clock that can be set.
    pub async fn purpose(&self) -> Result<String> {
        Ok(store::setting::get(&self.db, "purpose").await?.unwrap_or_default())
    }

    /// Marks a database that holds no record yet; a used one keeps what it is for.
    pub async fn mark(&self, actor: &Actor, purpose: &str) -> Result<()> {
        let permit = policy::administer(actor)?;
        // The schema's own rows are told of in the first entries; that is no use yet.
        if store::event::after(&self.db, &[], 0, 20).await?.iter().any(|e| e.kind != untold::KIND) {
            return Err(Error::Failed("the database has been used; only an empty one can be marked".into()));
        }
        let work = self.begin(actor).await?;
        store::setting::set(&work, &permit, "purpose", purpose).await?;
        work.commit(
            &permit,
            Event::new(Noun::Account, "marking", actor.account.0, Visibility::Security).fact("purpose", purpose),
        )
        .await?;
        Ok(())
    }
}

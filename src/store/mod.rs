//! Rows to domain values and back. The only module that names SeaORM.
//! Every thing with a life is stored whole in `body`; the other columns are what lists, clocks and constraints need of it,
//! worked out by its `row()` at every write.
pub mod account;
pub mod audit;
pub mod calendar;
pub mod challenge;
pub mod document;
pub mod draft;
pub mod event;
pub mod figures;
pub mod file;
pub mod generate;
pub mod keys;
pub mod ledger;
pub mod log;
pub mod meeting;
pub mod noun;
pub mod panel;
pub mod reads;
pub mod recusal;
pub mod relation;
pub mod rows;
pub mod rubric;
pub mod session;
pub mod setting;
pub mod share;
pub mod tip_off;
pub mod turn;
pub mod upload;
pub mod verification;
pub mod work;

pub use work::Work;

use jiff::Timestamp;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, SqlErr, Statement};
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Db(DbErr),
    #[error("row {table} {id} does not read: {why}")]
    Corrupt { table: &'static str, id: String, why: String },
    #[error("changed by someone else meanwhile")]
    Stale,
    /// The thing is not as it was when the actor's form was drawn.
    #[error("not the version that was acted on")]
    Changed,
    /// A unique index said no: the rule of last resort.
    #[error("already there")]
    Duplicate,
    /// A check of the schema said no to a value: a fault of what was typed that no rule told before.
    #[error("beyond a check of the schema: {0}")]
    Unfit(String),
    /// The same request was carried out before; this is what it made.
    #[error("carried out before")]
    Replayed { noun: String, subject: Uuid },
    #[error("the key was used for another request")]
    KeyReused,
    /// The time within which it could be done was over when it came to the record.
    #[error("the time was over")]
    Late,
    /// The actor stands aside from this case.
    #[error("stands aside from this case")]
    StandsAside,
}

/// How the two engines tell that a CHECK of a table does not hold.
fn is_check(told: &str) -> bool {
    told.contains("CHECK constraint failed") || told.contains("violates check constraint")
}

impl From<DbErr> for Error {
    fn from(e: DbErr) -> Self {
        match e.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Duplicate,
            _ if is_check(&e.to_string()) => Self::Unfit(e.to_string()),
            _ => Self::Db(e),
        }
    }
}

pub type Result<T> = std::result::Result<T, Error>;

/// The database. Only this module sees the connection inside.
#[derive(Clone, Debug)]
pub struct Db(DatabaseConnection, Arc<Notify>);

impl Db {
    /// Connects to `sqlite://…` or `postgres://…`. SQLite: WAL, `synchronous=FULL` (asserted: NORMAL loses acknowledged
    /// commits on power loss), foreign keys on.
    pub async fn connect(url: &str) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options.sqlx_logging(false).acquire_timeout(std::time::Duration::from_secs(20));
        options.max_connections(if url.starts_with("sqlite") { 8 } else { 20 });
        options.map_sqlx_sqlite_opts(|o| {
            o.create_if_missing(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                // Eight megabytes a connection: the balances of ten thousand contracts stay at hand.
                .pragma("cache_size", "-8000")
                .busy_timeout(std::time::Duration::from_secs(20))
                .foreign_keys(true)
        });
        let db = Self(Database::connect(options).await?, Arc::new(Notify::new()));
        db.check_durability().await?;
        Ok(db)
    }

    async fn check_durability(&self) -> Result<()> {
        let (sql, good): (&str, &[&str]) = match self.0.get_database_backend() {
            DbBackend::Postgres => {
                ("SELECT current_setting('synchronous_commit') AS v", &["on", "remote_apply", "remote_write", "local"])
            }
            _ => ("SELECT CAST(synchronous AS TEXT) AS v FROM pragma_synchronous", &["2", "3"]),
        };
        let row = self.0.query_one_raw(Statement::from_string(self.0.get_database_backend(), sql)).await?;
        let value: String = match row {
            Some(row) => row.try_get("", "v")?,
            None => String::new(),
        };
        if good.contains(&value.as_str()) {
            return Ok(());
        }
        Err(Error::Corrupt {
            table: "settings",
            id: "synchronous".into(),
            why: format!("is {value:?}: acknowledged work could be lost"),
        })
    }

    pub fn is_postgres(&self) -> bool {
        self.0.get_database_backend() == DbBackend::Postgres
    }

    /// Waits until the record grows by work of this program; what other programs add is not heard.
    pub async fn grown(&self) {
        self.1.notified().await;
    }

    /// For migrations and tests.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.0
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.0.ping().await?)
    }

    pub async fn close(self) -> Result<()> {
        Ok(self.0.close().await?)
    }
}

pub(crate) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(crate) fn moment(ms: i64, table: &'static str, id: impl ToString) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|e| Error::Corrupt { table, id: id.to_string(), why: e.to_string() })
}

/// Where a page of a list begins, and how long it is. Keys are compared as a row value, so every depth costs the same.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub after: Option<(i64, Uuid)>,
    pub limit: u64,
}

impl Page {
    pub const MOST: u64 = 100;
    pub fn first(limit: u64) -> Self {
        Self { after: None, limit: limit.clamp(1, Self::MOST) }
    }
}

/// One page, and the key after which the next begins.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    pub items: Vec<T>,
    pub next: Option<(i64, Uuid)>,
}

impl<T> Listed<T> {
    /// From `limit + 1` rows: the surplus row only says that there is more.
    pub fn cut(mut items: Vec<T>, limit: u64, key: impl Fn(&T) -> (i64, Uuid)) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(key);
        Self { items, next }
    }
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

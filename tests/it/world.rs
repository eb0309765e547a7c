//! Worlds that tests begin in. Each is lived once in a run and then lies closed; a test gets a copy of its own: a folder with keys,
//! files and the SQLite database, or a PostgreSQL database made from a template.
use crate::support::{START, TestApp};
use jiebang::{
    app::App,
    config::Config,
    domain::{
        Actor,
        clock::{Clock, SetClock},
    },
    outside::{files::Files, log_key::LogKey, seal::Vault},
    store::Db,
    web::{self, Web},
};
use migration::MigratorTrait;
use sea_orm::ConnectionTrait;
use serde_json::Value;
use std::{
    any::Any,
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// A world at rest.
pub struct World {
    folder: PathBuf,
    url: String,
    now: jiff::Timestamp,
    orgs: BTreeMap<&'static str, Value>,
    /// What whoever lived it came to: the ids that the tests go on with.
    told: Box<dyn Any + Send + Sync>,
}

static KEPT: Mutex<BTreeMap<String, Arc<OnceCell<Arc<World>>>>> = Mutex::new(BTreeMap::new());

/// The folder of this run's worlds at rest. Nobody is told when a run ends: the next one removes what the runs before it left.
static AT_REST: LazyLock<PathBuf> = LazyLock::new(|| {
    const NAME: &str = "jiebang-worlds-";
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let run = name.to_str().and_then(|n| n.strip_prefix(NAME));
        if run.is_some_and(|run| !Path::new("/proc").join(run).exists()) {
            let _gone = std::fs::remove_dir_all(entry.path());
        }
    }
    std::env::temp_dir().join(format!("{NAME}{}", std::process::id()))
});

/// The world of that name, lived now when it is the first time that it is asked for.
pub async fn kept<T: Send + Sync + 'static>(name: &str, live: impl AsyncFnOnce() -> (TestApp, T)) -> Arc<World> {
    let cell = KEPT.lock().unwrap().entry(name.to_owned()).or_default().clone();
    let world = cell.get_or_init(async || {
        let (t, told) = Box::pin(live()).await;
        Arc::new(World::rest(t, told).await)
    });
    world.await.clone()
}

/// A platform with nobody in it.
pub async fn bare() -> Arc<World> {
    kept("bare", async || (migrated().await, ())).await
}

async fn migrated() -> TestApp {
    let (url, folder) = fresh_database().await;
    let db = Db::connect(&url).await.unwrap();
    migration::Migrator::up(db.connection(), None).await.unwrap();
    LogKey::create(&folder.join("log.key"), "test.example/log", [7; 32]).unwrap();
    Vault::of_file(&folder.join("draft.key"), true).unwrap();
    let t = opened(db, folder, url, START.parse().unwrap(), BTreeMap::new());
    t.app.tell_untold(&Actor::system()).await.unwrap();
    t
}

fn opened(db: Db, folder: PathBuf, url: String, now: jiff::Timestamp, orgs: BTreeMap<&'static str, Value>) -> TestApp {
    let clock = Arc::new(SetClock::at(now));
    let key = LogKey::open(&folder.join("log.key")).unwrap();
    let files = Files::local(&folder.join("files")).unwrap();
    let vault = Vault::of_file(&folder.join("draft.key"), false).unwrap();
    let app = App::new(db, clock.clone(), files, vault.clone()).with_log_key(key);
    let web = Web { test_clock: true, ..Web::new(app.clone(), Config::read(None, []).unwrap()) };
    TestApp {
        app,
        clock,
        router: web::router(web),
        folder,
        orgs,
        tokens: Default::default(),
        repeats: false,
        url,
        vault,
        rests: false,
    }
}

impl World {
    /// Closes a world for good. SQLite's last connection writes its log back into the one file.
    async fn rest<T: Send + Sync + 'static>(mut t: TestApp, told: T) -> Self {
        t.app.db.connection().clone().close().await.unwrap();
        t.rests = true;
        std::fs::create_dir_all(&*AT_REST).unwrap();
        let folder = AT_REST.join(t.folder.file_name().unwrap());
        copy(&t.folder, &folder);
        std::fs::remove_dir_all(&t.folder).unwrap();
        assert!(!folder.join("test.db-wal").exists(), "its database is closed");
        Self { folder, url: t.url.clone(), now: t.clock.now(), orgs: t.orgs.clone(), told: Box::new(told) }
    }

    pub fn told<T: Clone + 'static>(&self) -> T {
        self.told.downcast_ref::<T>().expect("what a phase comes to has one type").clone()
    }

    /// A copy that a test may do with as it likes.
    pub async fn copied(&self) -> TestApp {
        let folder = new_folder();
        copy(&self.folder, &folder);
        let url = match server() {
            Some(server) => create_database(&server, Some(&self.url)).await,
            None => sqlite_in(&folder),
        };
        let db = Db::connect(&url).await.unwrap();
        opened(db, folder, url, self.now, self.orgs.clone())
    }

    /// The same for where a test reaches for its world in the middle of a line. Sockets belong to the runtime that opened them, and
    /// the test's own stands still meanwhile: so it is one that all tests share.
    pub fn copied_at_once(&self) -> TestApp {
        static SHARED: LazyLock<tokio::runtime::Runtime> =
            LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
        std::thread::scope(|scope| scope.spawn(|| SHARED.block_on(self.copied())).join().unwrap())
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            // With its permissions: a key that others may read is refused.
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
}

fn new_folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("jiebang-it-{}", Uuid::new_v4().simple()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn sqlite_in(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("test.db").display())
}

async fn fresh_database() -> (String, PathBuf) {
    let folder = new_folder();
    match server() {
        Some(server) => (create_database(&server, None).await, folder),
        None => (sqlite_in(&folder), folder),
    }
}

fn server() -> Option<String> {
    std::env::var("JIEBANG_TEST_DATABASE_URL").ok()
}

fn database_of(url: &str) -> &str {
    url.split_once('?').map_or(url, |(base, _)| base).rsplit_once('/').unwrap().1
}

async fn create_database(server: &str, template: Option<&str>) -> String {
    let name = format!("t_{}", Uuid::new_v4().simple());
    let template = template.map_or_else(String::new, |url| format!(" TEMPLATE {}", database_of(url)));
    let admin = sea_orm::Database::connect(server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}{template}")).await.unwrap();
    admin.close().await.unwrap();
    let (base, query) = server.split_once('?').map_or((server, String::new()), |(b, q)| (b, format!("?{q}")));
    format!("{}/{name}{query}", base.rsplit_once('/').unwrap().0)
}

/// Takes away what a test leaves. Its database goes in the background: nobody waits for it, and the last ones go with the server.
pub fn remove(folder: &Path, url: &str) {
    let _gone = std::fs::remove_dir_all(folder);
    let Some(server) = server() else { return };
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", database_of(url));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            if let Ok(admin) = sea_orm::Database::connect(&server).await {
                let _gone = admin.execute_unprepared(&drop).await;
            }
        });
    });
}

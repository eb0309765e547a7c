//! The site that is measured: the demo county, generated challenges, the release server as a process of its own.
use super::Failed;
use jiebang::{cli::demo, domain::clock, outside, store};
use migration::MigratorTrait;
use sea_orm::{ConnectionTrait, Statement};
use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

pub const CHALLENGES: u64 = 10_000;
const PER_PAGE: u64 = 20;

pub struct Site {
    pub address: SocketAddr,
    pub pid: u32,
    /// The key after which page 500 of the public list begins.
    pub page_500: String,
    /// The page of the challenge with the longest story.
    pub story: String,
    /// The cookie of a signed-in officer.
    pub officer: String,
    _server: Running,
}

/// A process that ends with its owner.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<SocketAddr, Failed> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Site {
    pub async fn start(url: &str, folder: &Path) -> Result<Self, Failed> {
        let db = store::Db::connect(url).await?;
        let accounts = fill(&db, folder).await?;
        let page_500 = page_500(&db).await?;
        let story = format!("/challenges/{}", longest_story(&db).await?);
        db.connection().clone().close().await?;
        let address = free_port()?;
        let server = Running(
            Command::new(env!("CARGO_BIN_EXE_jiebang"))
                .args(["serve", "--listen", &address.to_string()])
                .env_remove("JIEBANG_BENCH_SECONDS")
                .env_remove("JIEBANG_BENCH_DATABASE_URL")
                .env_remove("JIEBANG_TEST_DATABASE_URL")
                .env("JIEBANG_DATABASE_URL", url)
                .env("JIEBANG_DATA", folder.join("files"))
                .env("JIEBANG_ORIGIN", format!("http://{address}"))
                .env("RUST_LOG", "warn")
                .stdout(Stdio::null())
                .spawn()?,
        );
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        ready(&http, address).await?;
        let officer = accounts.iter().find(|a| a.role == "officer").ok_or("the demo has an officer")?;
        let officer = sign_in(&http, address, officer).await?;
        Ok(Self { address, pid: server.0.id(), page_500, story, officer, _server: server })
    }
}

async fn fill(db: &store::Db, folder: &Path) -> Result<Vec<demo::DemoAccount>, Failed> {
    migration::Migrator::up(db.connection(), None).await?;
    let mut config = jiebang::config::Config::read(None, []).map_err(|f| f.join("; "))?;
    config.data = folder.join("files");
    std::fs::create_dir_all(&config.data)?;
    let (files, vault): (outside::files::Files, outside::seal::Vault) = (config.files()?, config.vault(true)?);
    let accounts = demo::load(db.clone(), files, vault, clock::wall(), &|_, _| ()).await?;
    store::generate::challenges(db, CHALLENGES, 1, &|_| ()).await?;
    let sql = if db.is_postgres() { "VACUUM ANALYZE" } else { "ANALYZE" };
    db.connection().execute_raw(Statement::from_string(db.connection().get_database_backend(), sql)).await?;
    Ok(accounts)
}

async fn page_500(db: &store::Db) -> Result<String, Failed> {
    let sql = format!(
        "SELECT listed_at, id FROM challenge WHERE listed_at > 0 ORDER BY listed_at DESC, id DESC LIMIT 1 OFFSET {}",
        499 * PER_PAGE - 1
    );
    let row = db.connection().query_one_raw(Statement::from_string(db.connection().get_database_backend(), sql)).await?;
    let row = row.ok_or("no page 500")?;
    Ok(format!("{}-{}", row.try_get::<i64>("", "listed_at")?, row.try_get::<uuid::Uuid>("", "id")?.simple()))
}

async fn longest_story(db: &store::Db) -> Result<uuid::Uuid, Failed> {
    let sql = "SELECT e.challenge_id AS id FROM audit_event e JOIN challenge c ON c.id = e.challenge_id WHERE c.listed_at > 0 \
               GROUP BY e.challenge_id ORDER BY COUNT(*) DESC LIMIT 1";
    let row = db.connection().query_one_raw(Statement::from_string(db.connection().get_database_backend(), sql)).await?;
    Ok(row.ok_or("no story")?.try_get("", "id")?)
}

async fn ready(http: &reqwest::Client, address: SocketAddr) -> Result<(), Failed> {
    for _ in 0..200 {
        if http.get(format!("http://{address}/readyz")).send().await.is_ok_and(|a| a.status() == 200) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the server did not get ready".into())
}

/// The cookie of a new session.
async fn sign_in(http: &reqwest::Client, address: SocketAddr, who: &demo::DemoAccount) -> Result<String, Failed> {
    let form = format!(
        "email={}&password={}",
        form_urlencoded::byte_serialize(who.email.as_bytes()).collect::<String>(),
        form_urlencoded::byte_serialize(who.password.as_bytes()).collect::<String>()
    );
    let answer = http
        .post(format!("http://{address}/sign-in"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(form)
        .send()
        .await?;
    let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|c| c.to_str().ok()?.split(';').next());
    let cookies: Vec<&str> = cookies.collect();
    if cookies.is_empty() {
        Err(format!("the officer can't sign in: {}", answer.status()).into())
    } else {
        Ok(cookies.join("; "))
    }
}

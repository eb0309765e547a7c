//! The demo: a county that has been at work for two years. Nothing is written by hand: every line of its record is an act
//! of the platform, taken by an account that may take it, at a time that the clock of the demo stood at.
mod awarding;
mod bidding;
mod county;
mod delivery_stories;
mod early_stories;
mod ending;
mod keyholders;
mod later_stories;
mod offers;
mod paper;
mod performing;
mod registry;
mod reviewing;
mod spending;
mod stories;
mod story;
mod timeline;

use super::{Demo, Failed, Outcome, serve};
use crate::app::{App, Error};
use crate::config::{Config, Secret};
use crate::domain::{
    Actor,
    clock::{self, SetClock},
    date_of,
};
use crate::{outside, store, web};
use county::County;
use futures_util::future::LocalBoxFuture;
use jiff::{Span, Timestamp};
use migration::MigratorTrait;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use timeline::{Line, Told};

/// Loads the demo county once, keeps what was done in it, and serves it.
pub async fn run(demo: Demo) -> Outcome {
    serve::log(false);
    let listener = serve::bind(demo.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    if demo.fresh {
        discard(&demo.data)?;
    }
    crate::outside::private::made(&demo.data).map_err(|e| Failed(e.to_string()))?;
    let mut config = Config::read(None, []).map_err(|f| Failed(f.join("; ")))?;
    config.data = demo.data.join("demo-files");
    config.database_url = Secret(format!("sqlite://{}", demo.data.join("demo.db").display()));
    config.listen = demo.listen;
    config.origin = url.clone();
    config.footer.host = "交城县科学技术局（示例）".into();
    config.footer.phone = "0358-0000000".into();
    let accounts_file = demo.data.join("demo-accounts.json");
    let db = super::open(&config).await?;
    migration::Migrator::up(db.connection(), None).await?;
    let keys = super::installation::keys(&config, &db).await?;
    let accounts = match std::fs::read_to_string(&accounts_file) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(_) => load_fresh(&config, db.clone(), keys.vault.clone(), &accounts_file).await?,
    };
    tell(&url, &accounts, demo.accounts_json.as_deref())?;
    if demo.no_serve {
        return Ok(());
    }
    let app = super::app_of(&config, db).await?;
    super::installation::hold_and_note(&config, &app).await?;
    let shown = accounts.into_iter().map(|a| web::DemoAccount {
        role: a.role,
        organisation: a.organisation,
        email: a.email,
        password: a.password,
    });
    let web = web::Web { demo: Arc::new(shown.collect()), ..web::Web::new(app, config) };
    serve::serve_on(web, listener).await
}

/// Starting over deletes the demo's own files and nothing else.
fn discard(data: &Path) -> Result<(), Failed> {
    for name in ["demo.db", "demo.db-wal", "demo.db-shm", "demo-accounts.json"] {
        match std::fs::remove_file(data.join(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Failed(format!("{name}: {e}"))),
            _ => {}
        }
    }
    match std::fs::remove_dir_all(data.join("demo-files")) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Failed(e.to_string())),
        _ => Ok(()),
    }
}

async fn load_fresh(
    config: &Config,
    db: store::Db,
    vault: outside::seal::Vault,
    accounts_file: &Path,
) -> Result<Vec<DemoAccount>, Failed> {
    let (today, files) = (clock::wall(), config.files()?);
    // Marked for tests, so that its clock may be set; by a clock that stands where the record begins.
    let clock = Arc::new(SetClock::at(begins(today)));
    App::new(db.clone(), clock, files.clone(), vault.clone()).mark(&Actor::system(), "test").await?;
    let bar = indicatif::ProgressBar::new(1);
    let accounts = load(db, files, vault, today, &|done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    for (account, key) in accounts.iter().filter_map(|a| Some((a, a.key_file.as_ref()?))) {
        let folder = config.data.join("demo-keys");
        std::fs::create_dir_all(&folder)?;
        write_private(&folder.join(format!("{}.jbkey", account.role)), key)?;
    }
    write_private(accounts_file, &serde_json::to_string_pretty(&accounts)?)?;
    Ok(accounts)
}

/// Passwords of the demo are for its owner's eyes.
fn write_private(path: &Path, text: &str) -> Result<(), Failed> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}

/// Prints the address and one account a role; the whole list on the sign-in page and, if asked for, in a file.
fn tell(url: &str, accounts: &[DemoAccount], json: Option<&Path>) -> Result<(), Failed> {
    println!("{url}\n");
    for a in accounts {
        println!("{:14} {:36} {}  {}", a.role, a.email, a.password, a.organisation);
    }
    println!("\nKey files of officer, supervisor and auditor lie in demo-keys in the data folder, under the same passwords.");
    if let Some(path) = json {
        write_private(path, &serde_json::to_string_pretty(&serde_json::json!({ "url": url, "accounts": accounts }))?)?;
    }
    Ok(())
}

/// An account to try the demo with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoAccount {
    pub role: String,
    pub organisation: String,
    pub email: String,
    pub password: String,
    pub name: String,
    /// Of those who hold a key of openings: their key file, under the same password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
}

/// When the demo's record begins. Times of the record never step back, so whatever is recorded before the demo, the mark of
/// the database for one, has to be recorded by a clock that stands here.
pub fn begins(today: Timestamp) -> Timestamp {
    county::at(date_of(today).saturating_sub(Span::new().months(23)), 8, 30)
}

/// Loads the demo into an empty, migrated database. `progress` hears how much is done, of how much.
pub async fn load(
    db: store::Db,
    files: outside::files::Files,
    vault: outside::seal::Vault,
    today: Timestamp,
    progress: &dyn Fn(u64, u64),
) -> Result<Vec<DemoAccount>, Error> {
    let start = begins(today);
    let clock = Arc::new(SetClock::at(start));
    let line = Line::new(clock.clone(), today);
    let app = App::new(db, clock, files, vault);
    if app.record(&Actor::system(), &[], 0, 100).await?.iter().any(|entry| entry.at > start) {
        return Err(Error::Failed("the demo is loaded into an empty database only".into()));
    }
    app.tell_untold(&Actor::system()).await?;
    let days = |from: Timestamp, to: Timestamp| u64::try_from(to.duration_since(from).as_hours() / 24).unwrap_or(0);
    let people = u64::try_from(County::people_and_experts()).unwrap_or(0);
    let (of, done) = (people + days(start, today), AtomicU64::new(0));
    let county = County::settle(app, line.clone(), today, &mut || progress(done.fetch_add(1, Ordering::Relaxed) + 1, of)).await?;
    line.tell(stories(&county), &|at| progress(people + days(start, at), of)).await?;
    progress(of, of);
    county.to_sign_in().await
}

fn stories(county: &County) -> Vec<(&'static str, LocalBoxFuture<'_, Told<()>>)> {
    vec![
        ("archived", Box::pin(later_stories::archived(county))),
        ("d09", Box::pin(later_stories::d09(county))),
        ("excused", Box::pin(delivery_stories::excused(county))),
        ("d07", Box::pin(later_stories::d07(county))),
        ("d10", Box::pin(later_stories::d10(county))),
        ("d08", Box::pin(later_stories::d08(county))),
        ("d11", Box::pin(stories::d11(county))),
        ("d04", Box::pin(stories::d04(county))),
        ("d06", Box::pin(stories::d06(county))),
        ("in_notice", Box::pin(stories::in_notice(county))),
        ("being_opened", Box::pin(stories::being_opened(county))),
        ("price_being_opened", Box::pin(stories::price_being_opened(county))),
        ("d05", Box::pin(stories::d05(county))),
        ("d03", Box::pin(stories::d03(county))),
        ("d02", Box::pin(stories::d02(county))),
        ("d01", Box::pin(stories::d01(county))),
        ("d12", Box::pin(stories::d12(county))),
        ("in_list_notice", Box::pin(early_stories::in_list_notice(county))),
        ("in_appraisal", Box::pin(early_stories::in_appraisal(county))),
        ("returned", Box::pin(early_stories::returned(county))),
        ("submitted", Box::pin(early_stories::submitted(county))),
    ]
}

#[cfg(test)]
mod tests;

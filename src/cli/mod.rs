//! The same acts, for a terminal. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
pub mod connections;
pub mod demo;
pub mod generate;
pub mod installation;
pub mod key;
pub mod record;
pub mod seal;
pub mod serve;
pub mod unseal;

use crate::app::App;
use crate::config::{Config, KEYS};
use crate::domain::{
    Actor, Draft, Role,
    clock::SystemClock,
    forms::{InvitePerson, RegisterOrganisation},
};
use crate::outside::private;
use crate::store::{Db, Page};
use crate::web::{openapi, text::Texts};
use clap::{Args, Parser, Subcommand};
use migration::MigratorTrait;
use serde_json::json;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

#[derive(Parser, Debug)]
#[command(
    name = "jiebang",
    version,
    about = "揭榜挂帅 for a county: challenges, sealed bids, review, award, contract, milestones, acceptance"
)]
#[command(
    after_help = "Settings come from --config FILE and from the environment (JIEBANG_…); `jiebang config check --help` lists them."
)]
pub struct Cli {
    /// Configuration file (TOML); the environment wins over it
    #[arg(long, env = "JIEBANG_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the site and the API
    Serve(Serve),
    /// Create the demo county in an embedded database and serve it
    Demo(Demo),
    /// Bring the database's schema up to date
    Migrate {
        /// Mark an empty database as one for tests: only then may the clock be set
        #[arg(long)]
        mark_as_test: bool,
    },
    /// Administrators
    #[command(subcommand)]
    Admin(Admin),
    /// Import what the bureau maintains
    #[command(subcommand)]
    Import(Import),
    /// A keyholder's key
    #[command(subcommand)]
    Key(key::Key),
    /// Seal a bid on this machine
    Seal(seal::Seal),
    /// Hand out the wraps of sealed files, for an opening without the server
    Handout(unseal::HandoutOf),
    /// A keyholder's part of an opening: take one layer off
    UnsealPartial(unseal::Partial),
    /// Open a sealed file with enough keys, the last answers, or the team's spare
    Open(unseal::Open),
    /// The key that signs the record
    #[command(subcommand)]
    Log(record::LogCommand),
    /// Write the record to a file that anyone can check
    ExportRecord(record::Export),
    /// Check a record, a receipt or a database; no network, nothing is changed. Exit code 1: something is wrong; 2: can't tell
    Verify(record::Verify),
    /// Print the document of the API (OpenAPI 3.1)
    Openapi,
    /// The configuration
    #[command(subcommand, name = "config")]
    Configuration(Configuration),
    /// Fill an embedded or PostgreSQL database with generated challenges, for benchmarks
    Generate {
        /// How many challenges
        #[arg(long, default_value_t = 10_000)]
        challenges: u64,
        /// The same seed makes the same data
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Args, Debug)]
struct Serve {
    /// Address and port to listen on
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Offer a clock that can be set (with --allow-test-clock-i-know, on a database marked for tests)
    #[arg(long, requires = "allow_test_clock_i_know")]
    test_clock: bool,
    /// Yes, deadlines can then be moved by anyone who reaches the site
    #[arg(long)]
    allow_test_clock_i_know: bool,
}

#[derive(Args, Debug)]
pub struct Demo {
    /// Folder for the demo's database and files
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Start over: the demo's database and files are deleted first
    #[arg(long)]
    fresh: bool,
    /// Also write {url, accounts: [{role, organisation, email, password}]} to this file
    #[arg(long)]
    accounts_json: Option<PathBuf>,
    /// Load and stop; do not serve
    #[arg(long)]
    no_serve: bool,
}

#[derive(Subcommand, Debug)]
enum Admin {
    /// Let in the first people of a server: an administrator, a head, a supervisor. A one-time link is printed by which the person
    /// sets their own secret; --password, or JIEBANG_ADMIN_PASSWORD, sets one at once. Refused once a head and a supervisor are there
    Create {
        #[arg(long)]
        email: String,
        #[arg(long, default_value = "管理员")]
        name: String,
        #[arg(long, default_value = "administrator", value_parser = ["administrator", "head", "supervisor"])]
        role: String,
        /// Credit code of the person's organisation; it is registered when it is not there yet
        #[arg(long, default_value = "111411220123456716")]
        uscc: String,
        /// Its name
        #[arg(long, default_value = "科学技术局")]
        organisation: String,
        /// Password; left out, a one-time link is printed
        #[arg(long, env = "JIEBANG_ADMIN_PASSWORD", hide_env_values = true)]
        password: Option<String>,
    },
    /// List administrators
    List,
}

#[derive(Subcommand, Debug)]
enum Import {
    /// Working days and holidays of a year, as JSON: {source, covers: [first, last], rest: {year: [days and a/b ranges]}, work: {…}}
    Holidays { file: PathBuf },
}

#[derive(Subcommand, Debug)]
enum Configuration {
    /// Read the configuration, say every fault at once, print what is in force
    Check,
}

/// What went wrong, told on standard error; exit code 1.
pub struct Failed(pub String);

impl<E: std::fmt::Display> From<E> for Failed {
    fn from(e: E) -> Self {
        Self(e.to_string())
    }
}

pub type Outcome = Result<(), Failed>;

/// Stack of a worker, in bytes: an act's future holds all that it awaits, and unoptimised ones are large.
const STACK: usize = 16 << 20;

pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .expect("the system gives threads");
    if let Command::Verify(v) = cli.command {
        return runtime.block_on(record::verify(v, || read_config(cli.config.as_deref())));
    }
    match runtime.block_on(dispatch(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("jiebang: {why}");
            ExitCode::from(1)
        }
    }
}

async fn dispatch(cli: Cli) -> Outcome {
    let configured = || read_config(cli.config.as_deref());
    match cli.command {
        Command::Serve(s) => {
            let mut config = configured()?;
            if let Some(listen) = s.listen {
                if config.origin == format!("http://{}", config.listen) {
                    config.origin = format!("http://{listen}");
                }
                config.listen = listen;
            }
            serve::serve(config, s.test_clock && s.allow_test_clock_i_know).await
        }
        Command::Demo(d) => demo::run(d).await,
        Command::Migrate { mark_as_test } => migrate(&configured()?, mark_as_test).await,
        Command::Admin(Admin::Create { email, name, role, uscc, organisation, password }) => {
            let who = json!({ "email": email, "name": name, "role": role });
            create_first(&configured()?, who, &uscc, &organisation, password).await
        }
        Command::Admin(Admin::List) => list_admins(&configured()?).await,
        Command::Import(Import::Holidays { file }) => import_holidays(&configured()?, &file).await,
        Command::Key(k) => key::run(k),
        Command::Seal(s) => seal::run(s).await,
        Command::Handout(h) => unseal::handout(h),
        Command::UnsealPartial(p) => unseal::partial(p),
        Command::Open(o) => unseal::open(o),
        Command::Log(command) => record::log(&configured()?, &command).await,
        Command::ExportRecord(export) => record::export(&configured()?, &export).await,
        Command::Verify(_) => Err(Failed("checked before".into())),
        Command::Openapi => {
            println!("{}", serde_json::to_string_pretty(&openapi::build(&Texts::load(), false))?);
            Ok(())
        }
        Command::Configuration(Configuration::Check) => {
            let config = configured()?;
            println!("{config:#?}");
            println!("\nSettings (file key, or JIEBANG_ and upper case in the environment):");
            for (key, what) in KEYS {
                println!("  {key:16} {what}");
            }
            installation::tell(&config).await
        }
        Command::Generate { challenges, seed } => generate::run(&configured()?, challenges, seed).await,
    }
}

fn read_config(file: Option<&std::path::Path>) -> Result<Config, Failed> {
    let text = file.map(|f| std::fs::read_to_string(f).map_err(|e| Failed(format!("{}: {e}", f.display())))).transpose()?;
    Config::read(text.as_deref(), std::env::vars())
        .map_err(|faults| Failed(format!("the configuration has {} fault(s):\n  - {}", faults.len(), faults.join("\n  - "))))
}

/// Folder and files of an embedded database are their owner's alone.
fn private_database(config: &Config, path: &std::path::Path) -> Result<(), private::PrivateError> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        private::made(folder)?;
    }
    private::folder(&config.data)?;
    private::database(path)
}

/// Opens the database; a folder for an embedded one is made.
pub async fn open(config: &Config) -> Result<Db, Failed> {
    if let Some(path) = config.database_url.0.strip_prefix("sqlite://") {
        let path = PathBuf::from(path.split('?').next().unwrap_or(path));
        if config.database_url.0 == format!("sqlite://{}", path.display()) {
            private_database(config, &path).map_err(|e| Failed(e.to_string()))?;
        }
    }
    Db::connect(&config.database_url.0).await.map_err(|e| Failed(format!("the database can't be opened: {e}")))
}

/// With the keys that are there; whether they are this database's is asked by `installation::hold`, once it has its schema.
pub async fn app_of(config: &Config, db: Db) -> Result<App, Failed> {
    let installation::Keys { vault, log } = installation::keys(config, &db).await?;
    let room = crate::app::room::Room { organisation_bytes: config.organisation_bytes, disk_floor: config.disk_floor };
    let mut app = App::new(db, Arc::new(SystemClock), config.files()?, vault).with_room(room).with_scanner(config.clamd.clone());
    if let Some(key) = log {
        app = app.with_log_key(key);
    }
    Ok(match &config.font_dir {
        Some(folder) => app.with_fonts(folder.clone()),
        None => app,
    })
}

async fn migrated(config: &Config) -> Result<App, Failed> {
    let db = open(config).await?;
    migration::Migrator::up(db.connection(), None).await?;
    let app = app_of(config, db).await?;
    installation::hold(config, &app).await?;
    app.tell_untold(&Actor::system()).await?;
    app.note_keys(&Actor::system()).await?;
    Ok(app)
}

async fn migrate(config: &Config, mark_as_test: bool) -> Outcome {
    let app = migrated(config).await?;
    if mark_as_test {
        app.mark(&Actor::system(), "test").await?;
    }
    println!("The database is up to date.");
    Ok(())
}

/// Lets somebody in from the console. What is refused leaves nothing behind: not even the organisation.
async fn create_first(
    config: &Config,
    mut who: serde_json::Value,
    uscc: &str,
    organisation: &str,
    password: Option<String>,
) -> Outcome {
    let app = migrated(config).await?;
    who["organisation"] = json!(uuid::Uuid::nil());
    let person: InvitePerson = told(InvitePerson::read(&who))?;
    let organisation = told(RegisterOrganisation::read(&json!({
        "uscc": uscc, "name": organisation, "kind": "government", "region": "141122", "address": "（待补充）", "legal_representative": "（待补充）",
        "bank_name": "（待补充）", "bank_account": "000000",
    })))?;
    let email = person.email.clone();
    let made = app.let_in_at_console(organisation, person, password.as_deref()).await.map_err(|e| Failed(refused(&e)))?;
    println!("{email}: let in as {}.", who["role"].as_str().unwrap_or_default());
    if let Some(token) = made {
        println!("One-time link (shown once, good for 72 hours): {}/links/{token}", config.origin);
    }
    Ok(())
}

/// Faults of a form in words, for a terminal.
fn told<T>(read: Result<T, crate::domain::Faults>) -> Result<T, Failed> {
    let text = Texts::load().of(crate::web::text::Lang::En);
    read.map_err(|f| {
        Failed(
            f.0.iter()
                .map(|x| format!("{}: {}", x.path, crate::web::form_view::fault_text(&text, x)))
                .collect::<Vec<_>>()
                .join("; "),
        )
    })
}

fn refused(e: &crate::app::Error) -> String {
    match e {
        crate::app::Error::Refused(r) => crate::web::form_view::refusal_text(&Texts::load().of(crate::web::text::Lang::En), r),
        other => other.to_string(),
    }
}

async fn list_admins(config: &Config) -> Outcome {
    let app = migrated(config).await?;
    let mut page = Page::first(100);
    loop {
        let listed = app.accounts(&Actor::system(), &[], page).await?;
        for a in listed.items.iter().filter(|a| a.role == Role::Administrator) {
            println!("{}\t{}\t{}", a.email, a.name, if a.active { "active" } else { "suspended" });
        }
        match listed.next {
            Some(next) => page.after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn import_holidays(config: &Config, file: &std::path::Path) -> Outcome {
    let text = std::fs::read_to_string(file).map_err(|e| Failed(format!("{}: {e}", file.display())))?;
    let calendar = migrated(config).await?.import_holidays(&Actor::system(), &text).await?;
    println!("The calendar now covers {} to {}.", calendar.covers.0, calendar.covers.1);
    Ok(())
}

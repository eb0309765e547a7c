//! The keys of this installation, held against its database before anything is done: found in a folder or in a named file, made only
//! for a new database.
use super::{Failed, Outcome, record};
use crate::app::App;
use crate::app::installation::{Misfit, Which, expected, is_new, was_signed};
use crate::config::Config;
use crate::domain::Actor;
use crate::outside::log_key::LogKey;
use crate::outside::seal::Vault;
use crate::store::Db;
use std::path::{Path, PathBuf};

/// What the database is written and signed by.
pub struct Keys {
    pub vault: Vault,
    pub log: Option<LogKey>,
}

/// Both keys; one that is missing is made for a new database only.
pub async fn keys(config: &Config, db: &Db) -> Result<Keys, Failed> {
    // A database that expects a key has one somewhere, even before anything was done in it.
    let new = is_new(db).await? && expected(db, Which::Draft).await?.is_none();
    let path = config.draft_key_path();
    if !path.exists() && (!new || config.draft_key_file.is_some()) {
        return Err(missing(config, Which::Draft, &path, expected(db, Which::Draft).await?));
    }
    let vault = config.vault(new)?;
    Ok(Keys { vault, log: log_key(config, db, new).await? })
}

/// A record that was never signed has no key yet: that it is not new is no hindrance.
async fn log_key(config: &Config, db: &Db, new: bool) -> Result<Option<LogKey>, Failed> {
    let noted = expected(db, Which::Log).await?;
    let unsigned = noted.is_none() && !was_signed(db).await?;
    match config.log_key_path() {
        Some(path) if !path.exists() && (config.log_key_file.is_some() || !(new || unsigned)) => {
            Err(missing(config, Which::Log, &path, noted))
        }
        None if noted.is_some() => Err(missing(config, Which::Log, &config.data.join("log.key"), noted)),
        _ => record::log_key(config),
    }
}

fn path_of(config: &Config, which: Which) -> PathBuf {
    match which {
        Which::Draft => config.draft_key_path(),
        Which::Log => config.log_key_path().unwrap_or_else(|| config.data.join("log.key")),
    }
}

/// Where was looked, and what would have it look elsewhere.
fn looked(which: Which, path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().map_or_else(String::new, |f| f.display().to_string());
    let (name, file) = match which {
        Which::Draft => ("draft.key", "JIEBANG_DRAFT_KEY_FILE"),
        Which::Log => ("log.key", "JIEBANG_LOG_KEY_FILE"),
    };
    format!(
        "Looked for {name} in {folder} ({}). Set JIEBANG_DATA or {file} as they were when this database was begun",
        path.display()
    )
}

fn missing(config: &Config, which: Which, path: &Path, expected: Option<String>) -> Failed {
    let meant = expected.map_or_else(String::new, |e| format!(" (fingerprint {e})"));
    let database = if config.database_url.0.starts_with("sqlite") { &config.database_url.0 } else { "the PostgreSQL database" };
    Failed(format!(
        "no key is there for a database that is in use, and none is made for it: {database} expects another{meant}. {}",
        looked(which, path)
    ))
}

fn told(config: &Config, misfit: &Misfit) -> Failed {
    let expected = match &misfit.expected {
        Some(expected) => format!("expected {expected}, found {}", misfit.found),
        None => format!("what was written before does not go with it, found {}", misfit.found),
    };
    let adopt = match misfit.which {
        Which::Log => "; after a change of keys that was decided and published, run `jiebang log change-key`",
        Which::Draft => "; without the right one no draft, sealed bid or attached file can be read",
    };
    let looked = looked(misfit.which, &path_of(config, misfit.which));
    Failed(format!("the key found is not the one this database is written by: fingerprint {expected}. {looked}{adopt}"))
}

/// Refuses keys that are not this database's.
pub async fn hold(config: &Config, app: &App) -> Outcome {
    match app.misfit().await? {
        Some(misfit) => Err(told(config, &misfit)),
        None => Ok(()),
    }
}

/// The same, and notes those that fit for the next start.
pub async fn hold_and_note(config: &Config, app: &App) -> Outcome {
    hold(config, app).await?;
    Ok(app.note_keys(&Actor::system()).await?)
}

/// For `config check`: which keys are where, and whether they go with the database. Makes nothing.
pub async fn tell(config: &Config) -> Outcome {
    println!("\nData folder: {}", std::path::absolute(&config.data)?.display());
    let embedded = config.database_url.0.strip_prefix("sqlite://").map(|p| PathBuf::from(p.split('?').next().unwrap_or(p)));
    if embedded.is_some_and(|file| !file.exists()) {
        println!("The database is not there yet; it and its keys are made at the first start.");
        return Ok(());
    }
    let db = super::open(config).await?;
    let new = is_new(&db).await?;
    for which in [Which::Draft, Which::Log] {
        let path = path_of(config, which);
        match path.exists() {
            true => println!("{}: there", path.display()),
            false if new => println!("{}: not there; made at the first start where none is named", path.display()),
            false => println!("{}: not there", path.display()),
        }
    }
    if new {
        println!("The database is new.");
        return Ok(());
    }
    let app = super::app_of(config, db).await?;
    hold(config, &app).await?;
    println!("The keys are those of this database.");
    Ok(())
}

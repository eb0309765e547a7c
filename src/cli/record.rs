//! The record from a terminal: its key, the file to take away, and the checking of it. `verify` ends with 0 when all is in
//! order, 1 when something is wrong, 2 when it can't tell.
use super::{Failed, Outcome, open};
use crate::app::log::Piece;
use crate::app::verify::{Signed, Stopped, database, stored_files};
use crate::config::Config;
use crate::domain::Actor;
use crate::domain::draw::Lot;
use crate::domain::log::Wrong;
use crate::domain::log::check::{Checker, Summary, Trust};
use crate::domain::log::note::PublicKey;
use crate::domain::log::receipt::Receipt;
use crate::domain::log::record::Scope;
use crate::outside::case_zip;
use crate::outside::log_key::LogKey;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::sync::mpsc::Receiver;

/// No line of a record is longer.
const LONGEST: u64 = 16 << 20;

#[derive(Subcommand, Debug)]
pub enum LogCommand {
    /// Print the public key that the record is signed with
    Key,
    /// Make the key that signs the record, in the file that `log_key_file` names; only its owner may read it
    CreateKey,
    /// Sign from now on by the key that is there: the one before was lost or given up, and both are published
    ChangeKey,
}

#[derive(Args, Debug)]
pub struct Export {
    /// File to write; it must not be there yet
    file: PathBuf,
    /// Only what anyone may read; of all else what stands in the log's tree
    #[arg(long)]
    public: bool,
}

#[derive(Args, Debug)]
pub struct Verify {
    /// A record (`jiebang export-record`, or /log/record of a site), a receipt, the lot of a panel, or a case file (ZIP or folder)
    #[arg(required_unless_present = "db", conflicts_with = "db")]
    file: Option<PathBuf>,
    /// The public key, known from elsewhere; left out, the one that the file names is believed. After a change of keys, the
    /// key in use first, then those before it (may be repeated)
    #[arg(long)]
    key: Vec<String>,
    /// A checkpoint, receipt or document (JSON) kept from before: the record must carry on from it, or tell of it (may be repeated)
    #[arg(long)]
    seen: Vec<PathBuf>,
    /// Check this database, its rows too, instead of a file
    #[arg(long)]
    db: Option<String>,
    /// With --db: read every attached file in the store of this installation through, and hold it against its hash
    #[arg(long, requires = "db")]
    files: bool,
    /// Say the result as JSON
    #[arg(long)]
    json: bool,
}

/// The key of this installation: the file that is set, or beside an embedded database one that is made on first use.
pub fn log_key(config: &Config) -> Result<Option<LogKey>, Failed> {
    let embedded = config.database_url.0.starts_with("sqlite");
    match &config.log_key_file {
        Some(path) => Ok(Some(LogKey::open(path)?)),
        None if embedded => Ok(Some(LogKey::open_or_create(&config.data.join("log.key"), &config.log_name(), seed())?)),
        None => Ok(None),
    }
}

/// The key that the server signs with. Who only reads makes none: a file signed by a key of its own would look forged.
fn server_key(config: &Config) -> Result<Option<LogKey>, Failed> {
    let path = config.log_key_file.clone().unwrap_or_else(|| config.data.join("log.key"));
    if !path.exists() {
        let advice = "set JIEBANG_DATA (the demo's is DIR/demo-files) or JIEBANG_LOG_KEY_FILE as the server has it";
        return Err(Failed(format!("{}: no key is there; {advice}", path.display())));
    }
    Ok(Some(LogKey::open(&path)?))
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut seed);
    seed
}

pub async fn log(config: &Config, command: &LogCommand) -> Outcome {
    let key = match command {
        LogCommand::Key => server_key(config)?,
        LogCommand::CreateKey => {
            let path = config.log_key_file.clone().unwrap_or_else(|| config.data.join("log.key"));
            Some(LogKey::create(&path, &config.log_name(), seed())?)
        }
        LogCommand::ChangeKey => {
            let key = server_key(config)?;
            let app = super::app_of(config, open(config).await?).await?;
            if let Some(key) = &key {
                app.change_log_key(&Actor::system(), key).await?;
            }
            key
        }
    };
    let key = key.ok_or_else(|| Failed("set log_key_file, and make the key by `jiebang log create-key`".into()))?;
    println!("{}", key.public());
    Ok(())
}

pub async fn export(config: &Config, export: &Export) -> Outcome {
    let db = open(config).await?;
    let app = super::app_of(config, db).await?;
    super::installation::hold(config, &app).await?;
    let named = |e: std::io::Error| Failed(format!("{}: {e}", export.file.display()));
    let file = File::create_new(&export.file).map_err(named)?;
    let scope = if export.public { Scope::Public } else { Scope::Full };
    let (send, receive) = tokio::sync::mpsc::channel(64);
    let writing = async {
        let written = app.export_record(&Actor::system(), scope, &send).await;
        drop(send);
        written
    };
    let done = match tokio::join!(writing, write_all(file, receive)) {
        (Ok(n), Ok(())) => Ok(n),
        (_, Err(e)) => Err(named(e)),
        (Err(e), _) => Err(e.into()),
    };
    if done.is_err() {
        drop(std::fs::remove_file(&export.file));
    }
    println!("{} entries.", done?);
    Ok(())
}

async fn write_all(file: File, mut pieces: Receiver<std::io::Result<Piece>>) -> std::io::Result<()> {
    let (mut out, bar) = (BufWriter::new(file), bar(0));
    while let Some(piece) = pieces.recv().await {
        let piece = piece?;
        out.write_all(piece.line.as_bytes())?;
        bar.set_length(piece.of);
        bar.set_position(piece.done);
    }
    bar.finish_and_clear();
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

fn bar(of: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {per_sec} {eta}");
    ProgressBar::new(of).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What came of checking.
enum Found {
    Clean(Summary),
    Receipt(Receipt),
    Lot(Box<Lot>),
    Case(case_zip::Summary),
    Wrong(Wrong),
    Unclear(String),
}

pub async fn verify(v: Verify, config: impl FnOnce() -> Result<Config, Failed>) -> ExitCode {
    let found = match trust(&v) {
        Err(why) => Found::Unclear(why),
        Ok(trust) => match (&v.db, &v.file) {
            (Some(url), _) => in_database(url, trust, v.files, config).await,
            (None, Some(file)) => in_file(file, trust),
            (None, None) => Found::Unclear("nothing to check".into()),
        },
    };
    match &found {
        _ if v.json => say(&as_json(&found).to_string()),
        Found::Unclear(why) => eprintln!("jiebang: can't tell: {why}"),
        told => say(&said(told).join("\n")),
    }
    match found {
        Found::Clean(_) | Found::Receipt(_) | Found::Lot(_) | Found::Case(_) => ExitCode::SUCCESS,
        Found::Wrong(_) => ExitCode::from(1),
        Found::Unclear(_) => ExitCode::from(2),
    }
}

fn trust(v: &Verify) -> Result<Trust, String> {
    let keys = v.key.iter().map(|k| k.parse::<PublicKey>().map_err(|e| format!("--key: {e}"))).collect::<Result<Vec<_>, _>>()?;
    let mut keys = keys.into_iter();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok((path.display().to_string(), text))
    };
    Ok(Trust { key: keys.next(), former: keys.collect(), seen: v.seen.iter().map(read).collect::<Result<_, String>>()? })
}

async fn in_database(url: &str, mut trust: Trust, files: bool, config: impl FnOnce() -> Result<Config, Failed>) -> Found {
    if let Some(path) = url.strip_prefix("sqlite://").map(|p| p.split('?').next().unwrap_or(p))
        && !Path::new(path).is_file()
    {
        return Found::Unclear(format!("{path}: no such file"));
    }
    let db = match crate::store::Db::connect(url).await {
        Ok(db) => db,
        Err(e) => return Found::Unclear(e.to_string()),
    };
    let config = config();
    // The key of this installation, when the database is its own.
    let own = config.as_ref().ok().filter(|c| c.database_url.0 == url);
    let own = own.and_then(|c| c.log_key_path()).and_then(|p| LogKey::open(&p).ok());
    let own = own.filter(|k| trust.key.as_ref().is_none_or(|given| given == k.public()));
    let last = match own.as_ref().map(LogKey::last).transpose() {
        Ok(last) => last.flatten(),
        Err(e) => return Found::Unclear(e.to_string()),
    };
    trust.key = trust.key.or_else(|| own.map(|k| k.public().clone()));
    let signed = trust.key.clone().map(|key| Signed { key, last });
    if signed.is_none() && !trust.seen.is_empty() {
        return Found::Unclear("--seen with --db needs --key".into());
    }
    let (bar, reading) = (bar(0), bar(0));
    let told = |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let mut found = database(&db, Checker::new(trust), signed.as_ref(), &told).await;
    bar.finish_and_clear();
    if files && let Ok(summary) = &mut found {
        let store = match config.and_then(|c| Ok(c.files()?)) {
            Ok(store) => store,
            Err(Failed(why)) => return Found::Unclear(format!("--files: {why}")),
        };
        match stored_files(&db, &store, &|n| reading.set_position(n)).await {
            Ok(n) => {
                summary.checked.insert("files", n);
            }
            Err(stopped) => found = Err(stopped),
        }
        reading.finish_and_clear();
    }
    match found {
        Ok(summary) => Found::Clean(summary),
        Err(Stopped::Wrong(wrong)) => Found::Wrong(wrong),
        Err(other) => Found::Unclear(other.to_string()),
    }
}

/// A case file, packed or unpacked.
fn in_case(path: &Path, trust: &Trust) -> Found {
    match case_zip::check(path, trust.key.as_ref()) {
        Ok(summary) => Found::Case(summary),
        Err(case_zip::Stopped::Wrong(wrong)) => Found::Wrong(wrong),
        Err(case_zip::Stopped::Unclear(why)) => Found::Unclear(why),
    }
}

fn in_file(path: &Path, trust: Trust) -> Found {
    if path.is_dir() || path.extension().is_some_and(|e| e == "zip") {
        return in_case(path, &trust);
    }
    let unclear = |e: std::io::Error| Found::Unclear(format!("{}: {e}", path.display()));
    let (file, length) = match File::open(path).and_then(|f| f.metadata().map(|m| (f, m.len()))) {
        Ok(opened) => opened,
        Err(e) => return unclear(e),
    };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    match reader.fill_buf() {
        Ok(start) if start.starts_with(br#"{"format":"jiebang-record-"#) => {}
        Ok(start) if start.starts_with(b"PK") => return in_case(path, &trust),
        Ok(start) if start.contains(&b'{') && length < LONGEST => return receipt(reader, trust),
        Ok(_) => {}
        Err(e) => return unclear(e),
    }
    let bar = bar(length);
    let found = lines(reader, Checker::new(trust), &bar);
    bar.finish_and_clear();
    found.unwrap_or_else(unclear)
}

fn lines(mut reader: impl BufRead, mut checker: Checker, bar: &ProgressBar) -> std::io::Result<Found> {
    let (mut line, mut passed) = (vec![], 0u64);
    loop {
        line.clear();
        let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(checker.finish().map_or_else(ended, Found::Clean));
        }
        if line.pop() != Some(b'\n') {
            return Ok(Found::Wrong(Wrong::new("cut", "the file breaks off in the middle of a line, or a line has no end")));
        }
        if let Err(wrong) = checker.line(&line) {
            return Ok(Found::Wrong(wrong));
        }
        passed += read as u64;
        if passed >= bar.position() + (1 << 20) {
            bar.set_position(passed);
        }
    }
}

/// What a record that hides entries does not show may stand among them.
fn ended(wrong: Wrong) -> Found {
    if wrong.code == "unseen" { Found::Unclear(wrong.says) } else { Found::Wrong(wrong) }
}

fn receipt(mut reader: impl Read, trust: Trust) -> Found {
    let mut text = String::new();
    if let Err(e) = reader.read_to_string(&mut text) {
        return Found::Unclear(e.to_string());
    }
    if let Ok(lot) = serde_json::from_str::<Lot>(&text) {
        return redrawn(lot);
    }
    let Some(receipt) = Receipt::read(&text) else {
        return Found::Wrong(Wrong::new("line", "it is neither a record nor a receipt, or its first line was changed"));
    };
    match receipt.check(trust.key.as_ref()) {
        Ok(_) => Found::Receipt(receipt),
        Err(wrong) => Found::Wrong(wrong),
    }
}

/// A lot is drawn again, part by part.
fn redrawn(lot: Lot) -> Found {
    match lot.redrawn().into_iter().find(|c| !c.holds) {
        None => Found::Lot(Box::new(lot)),
        Some(c) => {
            Found::Wrong(Wrong::new("draw", format!("{}: the file says {}, worked out again it is {}", c.what, c.said, c.found)))
        }
    }
}

fn as_json(found: &Found) -> serde_json::Value {
    use serde_json::json;
    match found {
        Found::Clean(s) => json!({ "result": "clean", "record": s }),
        Found::Receipt(r) => json!({ "result": "clean", "receipt": { "seq": r.seq, "key": r.key } }),
        Found::Lot(lot) => json!({ "result": "clean", "draw": { "challenge": lot.challenge, "sequence": lot.sequence } }),
        Found::Case(c) => json!({ "result": "clean", "case": c }),
        Found::Wrong(w) => json!({ "result": "wrong", "wrong": w }),
        Found::Unclear(why) => json!({ "result": "unclear", "why": why }),
    }
}

/// To standard output. Whoever closed it early reads no more; what was found stands in the exit code all the same.
fn say(text: &str) {
    let _closed = writeln!(std::io::stdout().lock(), "{text}");
}

fn said(found: &Found) -> Vec<String> {
    match found {
        Found::Clean(s) => {
            let hidden = if s.hidden > 0 { format!(", of {} only what stands in the tree", s.hidden) } else { String::new() };
            let worked: Vec<String> = s.checked.iter().map(|(what, n)| format!("{n} {}", what.replace('_', " "))).collect();
            let worked = if worked.is_empty() { "nothing".into() } else { worked.join(", ") };
            vec![
                format!("In order: {} entries{hidden}, {} signed checkpoints.", s.entries, s.checkpoints),
                format!("Root {}", s.root),
                format!("Worked out again: {worked}."),
                of_key(&s.key, s.key_given),
            ]
        }
        Found::Receipt(r) => {
            vec![format!("In order: entry {} stands in the record as the receipt says.", r.seq), format!("Signed by {}", r.key)]
        }
        Found::Lot(lot) => vec![
            format!("In order: drawn again, the lot falls as the file says: {} seats of {}.", lot.plan.seats, lot.pool.len()),
            format!("Compare the commitment {} with the one published with the challenge.", lot.commitment),
        ],
        Found::Case(c) => vec![
            format!("In order: case {}, {} files, {} entries with their proofs.", c.challenge, c.files, c.entries),
            of_key(&c.key, c.key_given),
        ],
        Found::Wrong(w) => {
            let entry = w.seq.map(|s| format!("entry {s}")).into_iter();
            let place: Vec<String> = entry.chain(w.line.map(|l| format!("line {l}"))).collect();
            let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(", ")) };
            vec![format!("WRONG ({}) {place}{}", w.code, w.says)]
        }
        Found::Unclear(_) => vec![],
    }
}

fn of_key(key: &str, given: bool) -> String {
    match (key.is_empty(), given) {
        (true, _) => "No key was given: signatures were not checked.".into(),
        (_, true) => "Signed by the key that was given.".into(),
        (_, false) => format!("Signed by {key}\nCompare this key with the one that was published, or give that by --key."),
    }
}

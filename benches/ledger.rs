//! Trial balance over a million postings against ten thousand: the cost a posting may grow by 1.3 at most.
//! `cargo bench --bench ledger`; on PostgreSQL with JIEBANG_BENCH_DATABASE_URL, the address of an empty database that is
//! filled twice over.
use jiebang::{
    domain::TrialScope,
    store::{Db, generate, ledger},
};
use migration::MigratorTrait;
use std::time::{Duration, Instant};

const SMALL: u64 = 10_000;
const LARGE: u64 = 1_000_000;
const BAR: f64 = 1.3;
type Failed = Box<dyn std::error::Error>;

/// Nanoseconds a posting of the three ways to ask: as of now, one year, a past moment.
async fn measured(db: &Db, postings: u64) -> Result<[f64; 3], Failed> {
    let past = "2026-01-15T00:00:00Z".parse()?;
    let scopes = [
        TrialScope::default(),
        TrialScope { year: Some(2025), ..TrialScope::default() },
        TrialScope { at: Some(past), ..TrialScope::default() },
    ];
    let mut out = [0.0; 3];
    for (scope, out) in scopes.into_iter().zip(&mut out) {
        *out = typical(db, scope).await?.as_nanos() as f64 / postings as f64;
    }
    Ok(out)
}

/// The median of 31 runs, after two that warm up.
async fn typical(db: &Db, scope: TrialScope) -> Result<Duration, Failed> {
    let mut all = vec![];
    for run in 0..33 {
        let begun = Instant::now();
        let lines = ledger::trial(db, scope).await?;
        let took = begun.elapsed();
        let sides = lines.iter().fold((0, 0), |s, l| (s.0 + l.debit_fen.as_fen(), s.1 + l.credit_fen.as_fen()));
        assert!(sides.0 == sides.1 && sides.0 > 0, "the sides differ: {sides:?}");
        if run >= 2 {
            all.push(took);
        }
    }
    all.sort_unstable();
    Ok(all[all.len() / 2])
}

/// Fills up to `postings` and says what one cost to write, in nanoseconds.
async fn filled(db: &Db, from: u64, postings: u64, seed: u64) -> Result<f64, Failed> {
    let begun = Instant::now();
    generate::ledger::books(db, (postings - from) / generate::ledger::POSTINGS, seed, from / generate::ledger::POSTINGS).await?;
    Ok(begun.elapsed().as_nanos() as f64 / (postings - from) as f64)
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("jiebang-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let url = std::env::var("JIEBANG_BENCH_DATABASE_URL")
        .unwrap_or_else(|_| format!("sqlite://{}", folder.join("ledger.db").display()));
    let done = run(&url).await;
    drop(std::fs::remove_dir_all(&folder));
    if done? > BAR {
        return Err(format!("the trial balance costs more than {BAR} times as much a posting").into());
    }
    Ok(())
}

/// Prints what was measured; gives the ratio of the trial balance as of now.
async fn run(url: &str) -> Result<f64, Failed> {
    let db = Db::connect(url).await?;
    migration::Migrator::up(db.connection(), None).await?;
    println!("{}", if db.is_postgres() { "PostgreSQL" } else { "SQLite" });
    let write_small = filled(&db, 0, SMALL, 1).await?;
    let small = measured(&db, SMALL).await?;
    let write_large = filled(&db, SMALL, LARGE, 2).await?;
    let large = measured(&db, LARGE).await?;
    println!("{:<28}{SMALL:>12}{LARGE:>12}   ratio", "ns a posting, over");
    let names = ["trial balance now", "trial balance of a year", "trial balance at a moment"];
    for ((name, small), large) in names.iter().zip(small).zip(large) {
        println!("{name:<28}{small:>12.1}{large:>12.1}   {:.2}", large / small);
    }
    println!("{:<28}{write_small:>12.1}{write_large:>12.1}   {:.2}", "writing in bulk", write_large / write_small);
    db.close().await?;
    Ok(large[0] / small[0])
}

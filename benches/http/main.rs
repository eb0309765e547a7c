//! How fast pages are: the release server on 10,000 generated challenges beside the demo county, on SQLite and PostgreSQL, each
//! page as a ratio to an empty handler and the public list beside the same page by bare sqlx and one formatted string. Public
//! pages are kept in memory while nothing changes; those that are not are measured under an address that is new each time.
//! `cargo bench --bench http`; PostgreSQL is started by `scripts/with-postgres`, or is the empty database that
//! JIEBANG_BENCH_DATABASE_URL names. JIEBANG_BENCH_SECONDS: length of each of the three rounds (3).
mod cpu;
mod load;
mod site;
mod yardstick;

use load::Target;
use std::time::Duration;

pub type Failed = Box<dyn std::error::Error + Send + Sync>;
const ROUNDS: usize = 3;
/// The public list has at least this share of the rate of the bare one.
const OF_BARE: f64 = 0.8;
/// The CPU time of page 500 is at most this many times that of page 1.
const DEEP: f64 = 1.2;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Failed> {
    let args: Vec<String> = std::env::args().collect();
    match args.get(1).map(String::as_str) {
        Some("--yardstick") => yardstick::serve(args.get(2).ok_or("whose database?")?).await,
        Some("--on-postgres") => on_postgres().await,
        _ => {
            let folder = std::env::temp_dir().join(format!("jiebang-http-{}", std::process::id()));
            std::fs::create_dir_all(&folder)?;
            let good = run("SQLite", &format!("sqlite://{}", folder.join("bench.db").display()), &folder).await;
            std::fs::remove_dir_all(&folder)?;
            if good? & again_on_postgres().await? { Ok(()) } else { Err("a bar was missed".into()) }
        }
    }
}

/// The same on the database that is named, or on one started for it.
async fn again_on_postgres() -> Result<bool, Failed> {
    if std::env::var_os("JIEBANG_BENCH_DATABASE_URL").is_some() {
        return Ok(on_postgres().await.is_ok());
    }
    let program = std::env::current_exe()?;
    Ok(std::process::Command::new("scripts/with-postgres").arg(program).arg("--on-postgres").status()?.success())
}

async fn on_postgres() -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("jiebang-http-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let url = std::env::var("JIEBANG_BENCH_DATABASE_URL").or_else(|_| std::env::var("JIEBANG_TEST_DATABASE_URL"))?;
    let good = run("PostgreSQL", &url, &folder).await;
    std::fs::remove_dir_all(&folder)?;
    if good? { Ok(()) } else { Err("a bar was missed on PostgreSQL".into()) }
}

/// Fills the database, starts what is measured, prints the table; true when the bars hold.
async fn run(engine: &str, url: &str, folder: &std::path::Path) -> Result<bool, Failed> {
    println!("\n{engine}: the demo county and {} generated challenges", site::CHALLENGES);
    let site = site::Site::start(url, folder).await?;
    let bare = yardstick::start(url)?;
    let seconds = std::env::var("JIEBANG_BENCH_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(3);
    let (list, deep) = ("/challenges".to_owned(), format!("/challenges?after={}", site.page_500));
    let targets = [
        Target::new("empty handler", bare.address, "/empty", None, bare.pid),
        Target::new("list by bare sqlx", bare.address, "/bare", None, bare.pid),
        Target::new("public list, page 1", site.address, &list, None, site.pid),
        Target::new("public list, page 500", site.address, &deep, None, site.pid),
        Target::new("same, never kept", site.address, "/challenges?n={n}", None, site.pid),
        Target::new("public list, JSON", site.address, "/api/v1/challenges", None, site.pid),
        Target::new("story of a challenge", site.address, &site.story, None, site.pid),
        Target::new("same, never kept", site.address, &format!("{}?n={{n}}", site.story), None, site.pid),
        Target::new("officer's queue", site.address, "/desk", Some(&site.officer), site.pid),
        Target::new("signed-in list page", site.address, &list, Some(&site.officer), site.pid),
    ];
    let database = cpu::Database::of(url).await?;
    let mut seen = vec![vec![]; targets.len()];
    for _ in 0..ROUNDS {
        for (target, seen) in targets.iter().zip(&mut seen) {
            seen.push(target.measure(Duration::from_secs(seconds), &database).await?);
        }
    }
    Ok(print(&targets, seen.into_iter().map(load::middle).collect()))
}

fn print(targets: &[Target], seen: Vec<load::Seen>) -> bool {
    println!(
        "{:<24}{:>10}{:>9}{:>9}{:>9}{:>12}{:>12}{:>10}",
        "", "req/s", "of empty", "p50 ms", "p99 ms", "CPU us/req", "(database)", "of bare"
    );
    let (empty, bare) = (&seen[0], &seen[1]);
    for (t, s) in targets.iter().zip(&seen) {
        println!(
            "{:<24}{:>10.0}{:>8.1}%{:>9.2}{:>9.2}{:>12.0}{:>12.0}{:>10.2}",
            t.name,
            s.rate,
            100.0 * s.rate / empty.rate,
            s.p50,
            s.p99,
            s.cpu(),
            s.database,
            bare.cpu() / s.cpu()
        );
    }
    let (of_bare, deep) = (bare.cpu() / seen[2].cpu(), seen[3].cpu() / seen[2].cpu());
    println!("list against bare sqlx: {of_bare:.2} by CPU, {:.2} by rate (at least {OF_BARE})", seen[2].rate / bare.rate);
    println!("page 500 against page 1: {deep:.2} by CPU, {:.2} by rate (at most {DEEP})", seen[2].rate / seen[3].rate);
    of_bare >= OF_BARE && deep <= DEEP
}

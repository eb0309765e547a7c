//! Generated challenges in bulk, for benchmarks: seeded, with Chinese text. Rows are written directly: 10,000 lives told act
//! by act would take an hour and prove nothing more.
use super::{Failed, Outcome, open};
use crate::config::Config;
use migration::MigratorTrait;

pub async fn run(config: &Config, challenges: u64, seed: u64) -> Outcome {
    let db = open(config).await?;
    migration::Migrator::up(db.connection(), None).await?;
    let bar = indicatif::ProgressBar::new(challenges);
    crate::store::generate::challenges(&db, challenges, seed, &|done| bar.set_position(done))
        .await
        .map_err(|e| Failed(e.to_string()))?;
    bar.finish_and_clear();
    println!("Generated {challenges} challenges.");
    Ok(())
}

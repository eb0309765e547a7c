//! The schema, step by step. Append-only: a landed migration is never edited.
pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261124_000001_main_job;
mod m20261124_000010_ledger;
mod m20261124_000011_spending;
mod m20261124_000012_log;
mod m20261127_000020_two_envelopes;
mod m20261127_000021_guard;
mod m20261127_000022_panel;
mod m20261127_000023_document;
mod m20261127_000024_meeting;
mod m20261127_000025_audit;
mod m20261127_000026_step_up;
mod m20261127_000026_template;
mod m20261127_000027_delivery;
mod m20261127_000029_voice;
mod m20261127_000030_whisper;
mod m20261127_000031_whole;
mod m20261128_000032_resume;
mod m20261201_000050_registration;
mod m20261201_000080_bounds;
mod m20261201_000090_salted_states;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_main_job::Migration),
            Box::new(m20261124_000010_ledger::Migration),
            Box::new(m20261124_000011_spending::Migration),
            Box::new(m20261124_000012_log::Migration),
            Box::new(m20261127_000021_guard::Migration),
            Box::new(m20261127_000023_document::Migration),
            Box::new(m20261127_000024_meeting::Migration),
            Box::new(m20261127_000025_audit::Migration),
            Box::new(m20261127_000026_step_up::Migration),
            Box::new(m20261127_000022_panel::Migration),
            Box::new(m20261127_000027_delivery::Migration),
            Box::new(m20261127_000026_template::Migration),
            Box::new(m20261127_000020_two_envelopes::Migration),
            Box::new(m20261127_000029_voice::Migration),
            Box::new(m20261127_000030_whisper::Migration),
            Box::new(m20261127_000031_whole::Migration),
            Box::new(m20261128_000032_resume::Migration),
            Box::new(m20261201_000090_salted_states::Migration),
            Box::new(m20261201_000080_bounds::Migration),
            Box::new(m20261201_000050_registration::Migration),
        ]
    }
}

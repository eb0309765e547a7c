//! One integration binary: it links once. Every test runs on SQLite, and on PostgreSQL when JIEBANG_TEST_DATABASE_URL says where.
#![expect(clippy::unwrap_used, reason = "a test that can't go on says so where it stands")]

mod acts;
mod api;
mod architecture;
mod audit;
mod bar;
mod bounds;
mod cached;
mod crawl;
mod delivery;
mod documents;
mod figures;
mod files;
mod filters;
mod installation;
mod job;
mod ledger;
mod lives;
mod log;
mod looked;
mod pages;
mod pdf;
mod race;
mod races;
mod record;
mod seal;
mod security;
mod step_up;
mod support;
mod uploads;
mod world;
mod worst;

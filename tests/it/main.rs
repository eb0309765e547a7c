//! One integration binary: it links once. Every test runs on SQLite, and on PostgreSQL when JIEBANG_TEST_DATABASE_URL says where.
mod api;
mod architecture;
mod files;
mod job;
mod lives;
mod pages;
mod races;
mod record;
mod security;
mod support;

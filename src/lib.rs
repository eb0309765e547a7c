//! Jiebang (揭榜): the platform on which a county runs 揭榜挂帅.
//!
//! ```text
//!                domain                 an arrow points at what is depended on
//!               ^  ^   ^
//! entity <- store  |    \               store: domain + entity + sea-orm
//!             ^  outside \              outside: domain + the library for that one thing
//!             |   ^       \
//!             app          |            app: domain + store + outside
//!                ^         |
//!               web, cli --+            web: domain + app (+ axum, minijinja); never store, never entity
//!                 ^
//!               main -- migration
//! ```
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod outside;
pub mod store;
pub mod web;

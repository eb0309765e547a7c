//! The acts themselves, on real databases and without HTTP: each story calls `App` as the web and the command line do.
mod architecture;
mod failure;
mod fair;
mod lifecycle;
mod main_job;
mod permissions;
mod races;
mod record;
mod sealed;
mod secrecy;
pub mod support;
mod traps;

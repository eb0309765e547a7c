//! The acts themselves, on real databases and without HTTP: each story calls `App` as the web and the command line do.
mod architecture;
mod aside;
mod deal;
mod failure;
mod fair;
mod lifecycle;
mod main_job;
mod meetings;
mod panel_work;
mod permissions;
mod races;
mod record;
mod sealed;
mod sealed_stages;
mod seats;
pub mod support;
mod traps;
mod two_envelopes;

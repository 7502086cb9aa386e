//! A server of our own: from the wishes to a running one, its end, and its start after a crash.
//! Everything in here needs Unix.

mod account;
mod binaries;
mod bundled;
mod cluster;
mod directories;
mod files;
#[cfg(bundled_here)]
mod glibc;
mod home;
mod log;
mod of_run;
mod search_path;
mod server;
mod stale;
mod version;
mod watchdog;

pub(crate) use of_run::Shared;
pub(crate) use server::Private;

//! The command as a user drives it: what it prints, what it writes, and how it exits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod acceptance;
mod adopt;
mod adopted;
mod database;
#[cfg(unix)]
mod deploy;
mod docs;
mod explain;
mod files;
mod fleet;
mod fleet_drift;
mod fleet_killed;
mod fleet_lines;
mod fleet_run;
mod fleet_terminal;
mod generate;
#[cfg(unix)]
mod generate_terminal;
mod history_table;
#[cfg(target_os = "linux")]
mod interrupted;
mod life;
#[cfg(unix)]
mod output;
mod pages;
mod passwords;
#[cfg(unix)]
mod production;
#[cfg(unix)]
mod pty;
mod refusals;
mod renumber;
mod roles;
mod schema;
mod session;
mod shown;
#[path = "../../../tests/skip.rs"]
mod skip;
mod spelling;
mod squash;
mod squash_rows;
#[cfg(unix)]
mod subscriptions;
#[cfg(unix)]
mod terminal;
mod usage;
mod verify;

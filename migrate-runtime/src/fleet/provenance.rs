//! Where a report comes from: when it was made, by whom, and with what.

use std::time::SystemTime;

use migrate_source::iso_8601;

use super::options::Fleet;
use crate::connect::environment;

/// Where a report comes from.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Provenance {
    /// ISO 8601, UTC.
    pub(super) started: String,
    /// ISO 8601, UTC.
    pub(super) finished: String,
    /// Who ran it, and on which machine.
    pub(super) operator: String,
    /// Of this crate.
    pub(super) version: &'static str,
    /// Version and description of the newest migration of the set.
    pub(super) newest: Option<String>,
}

impl Provenance {
    /// That of a report which is finished now.
    pub(super) fn of(fleet: &Fleet<'_>, started: SystemTime) -> Self {
        let user = environment::user(&environment::of_process);
        Self {
            started: iso_8601(started),
            finished: iso_8601(SystemTime::now()),
            operator: user.map_or_else(host, |user| format!("{user}@{}", host())),
            version: env!("CARGO_PKG_VERSION"),
            newest: fleet.newest(),
        }
    }
}

/// What the machine is called, for the eye.
pub(super) fn host() -> String {
    let named = ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let of_file = || std::fs::read_to_string("/etc/hostname").ok();
    named.or_else(of_file).map_or_else(|| "localhost".to_owned(), |name| name.trim().to_owned())
}

//! A rollout that any number of processes on any number of machines share: they claim tenants from a table in the control
//! database, each with a lease, so that the tenants of a process that dies are given to others. PostgreSQL is the queue.

mod claims;
mod tables;
mod worker;

use std::time::Duration;

use super::error::FleetError;
use super::listing::Tenants;
use super::options::Fleet;
use super::provenance::host;
use super::report::FleetReport;
use super::visit::Up;
use crate::identifier::{Identifier, InvalidIdentifier};
use crate::options::Secret;
use crate::runner::Compiled;

/// A run that several processes share: its name, and the control database that has its ledger.
#[derive(Clone, Debug)]
pub struct SharedRun {
    url: Secret,
    schema: Identifier,
    name: String,
    worker: String,
    lease: Duration,
    retries_failed: bool,
}

/// How long a tenant belongs to a process that was not heard of, unless [`SharedRun::lease`] says otherwise.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(30);

impl SharedRun {
    /// The run of this name. Its ledger is in the tables `migrate_fleet_runs`, `migrate_fleet_turns` and
    /// `migrate_fleet_workers` of the control database, in the schema `public` unless [`schema`](Self::schema) says otherwise; they are created where they are
    /// missing. No connection string is in them.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn new(control_url: impl Into<String>, name: impl Into<String>) -> Self {
        let worker = format!("{}:{}", host(), std::process::id());
        let (url, name) = (Secret(control_url.into()), name.into());
        let schema = Identifier::new("public").expect("a plain word is an identifier");
        Self { url, schema, name, worker, lease: DEFAULT_LEASE, retries_failed: false }
    }

    /// The schema of the ledger, which must exist.
    ///
    /// # Errors
    ///
    /// The name is empty, longer than the 63 bytes that PostgreSQL keeps, or has a control character.
    pub fn schema(self, schema: &str) -> Result<Self, InvalidIdentifier> {
        Ok(Self { schema: Identifier::new(schema)?, ..self })
    }

    /// How long a tenant belongs to a process that was not heard of: [`DEFAULT_LEASE`] by default. A process that is at work
    /// renews its leases three times in that time, however long a migration takes.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease: lease.max(Duration::from_millis(100)), ..self }
    }

    /// Gives tenants that have failed another turn, and lets a run that has stopped go on.
    #[must_use]
    pub fn retry_failed(self) -> Self {
        Self { retries_failed: true, ..self }
    }
}

impl Fleet<'_> {
    /// Takes part in a run that other processes share, and returns when all of it is over: the report is the whole run's,
    /// whoever visited which tenant. A tenant that this process cannot reach is left to the others, and is unreachable once
    /// no process that is alive has reached it; one at which three processes have died fails.
    ///
    /// Who comes first writes the list down, with its waves; who comes later, or again, takes part in what is there. A
    /// [`Stop`](super::Stop) ends the part of this process only; what it has claimed and not begun goes to others.
    ///
    /// # Errors
    ///
    /// The control database cannot be reached or written; a run of this name is under way with another set.
    pub async fn up_shared(&self, tenants: &Tenants, run: &SharedRun) -> Result<FleetReport, FleetError> {
        self.shared_compiled(tenants, run).await
    }

    fn shared_compiled<'f>(
        &'f self,
        tenants: &'f Tenants,
        run: &'f SharedRun,
    ) -> Compiled<'f, Result<FleetReport, FleetError>> {
        let errand = Up { check: self.check };
        Box::pin(async move { worker::take_part(self, tenants, run, &errand).await })
    }
}

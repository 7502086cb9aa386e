//! The ledger of a shared run as one worker uses it: what it asks, and what the answers mean.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::SharedRun;
use super::tables::Sql;
use crate::connect;
use crate::fleet::error::FleetError;
use crate::fleet::report::TenantReport;
use crate::fleet::tenant::Tenant;
use crate::history::Mark;
use crate::ledger::is_created_meanwhile;

/// A connection to the ledger.
pub(super) struct Claims {
    client: Client,
    driver: JoinHandle<()>,
    sql: Sql,
    run: String,
}

/// A turn that was claimed.
pub(super) struct Claimed {
    pub(super) slug: String,
    pub(super) attempt: u32,
    pub(super) wave: usize,
}

/// Where a run stands.
pub(super) struct Standing {
    pub(super) stopped: Option<String>,
    pub(super) open_wave: usize,
    pub(super) waves: usize,
    /// Turns up to the open wave that are not done.
    pub(super) left: usize,
    /// Of the open wave: how many have failed, of how many.
    pub(super) failed_of_wave: usize,
    pub(super) of_wave: usize,
    pub(super) failed: usize,
    pub(super) tenants: usize,
    /// Turns that somebody is at.
    pub(super) claimed: usize,
}

impl Claims {
    pub(super) async fn connect(run: &SharedRun) -> Result<Self, FleetError> {
        let connected = connect::connect(&run.url.0).await.map_err(|error| {
            FleetError::new(format!(
                "the control database of the run {} cannot be reached: {error}",
                run.name
            ))
        })?;
        let sql = Sql::new(&run.schema, &run.name, Mark::new().claim(), &run.worker, run.lease);
        let driver = tokio::spawn(connected.connection);
        Ok(Self { client: connected.client, driver, sql, run: run.name.clone() })
    }

    pub(super) fn sql(&self) -> &Sql {
        &self.sql
    }

    /// Writes the run down where it is not yet.
    pub(super) async fn join(
        &self,
        digest: &str,
        tenants: &[Tenant],
        waves: &[Vec<usize>],
        retries_failed: bool,
    ) -> Result<(), FleetError> {
        // Whoever comes second may meet a part of what the first one makes, and then all of it.
        for is_last in [false, true] {
            match self.client.batch_execute(&pinned(&self.sql.create())).await {
                Err(error) if is_created_meanwhile(&error) && !is_last => {}
                created => {
                    created.map_err(|error| self.failed(&error))?;
                    break;
                }
            }
        }
        // What a role may not create it can still use: the row of the run is locked until all its turns are there.
        let rows = self.ask(&format!("BEGIN; {}", self.sql.open(digest, waves.len()))).await?;
        let found = rows.first().map(|row| (row.get(0).unwrap_or_default(), count(row, 1)));
        if let Some((found, _)) = found
            && found != digest
        {
            self.ask("ROLLBACK").await?;
            return Err(FleetError::new(format!(
                "the run {} is of another set of migrations, or has another target: take another name for this one",
                self.run
            )));
        }
        let turns = waves.iter().enumerate().flat_map(|(at, wave)| {
            wave.iter().map(move |position| (tenants[*position].slug(), at + 1, *position))
        });
        if found.is_none_or(|(_, turns)| turns == 0) && !tenants.is_empty() {
            self.ask(&self.sql.enroll(turns)).await?;
        }
        if retries_failed {
            self.ask(&self.sql.retry_failed()).await?;
        }
        self.ask("COMMIT").await.map(drop)
    }

    pub(super) async fn claim(&self, count: usize) -> Result<Vec<Claimed>, FleetError> {
        let rows = self.ask(&self.sql.claim(count)).await?;
        let read = |row: &SimpleQueryRow| {
            let attempt = row.get(1)?.parse().ok()?;
            Some(Claimed { slug: row.get(0)?.to_owned(), attempt, wave: self::count(row, 2) })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    pub(super) async fn standing(&self) -> Result<Standing, FleetError> {
        let rows = self.ask(&self.sql.standing()).await?;
        let row = rows.first().ok_or_else(|| {
            FleetError::new(format!(
                "the run {} was removed from the control database while it was under way",
                self.run
            ))
        })?;
        Ok(Standing {
            stopped: row.get(0).map(str::to_owned),
            open_wave: count(row, 1),
            waves: count(row, 2),
            left: count(row, 3),
            failed_of_wave: count(row, 4),
            of_wave: count(row, 5),
            failed: count(row, 6),
            tenants: count(row, 7),
            claimed: count(row, 8),
        })
    }

    /// Whether this worker is the one that stands at the gate.
    pub(super) async fn stands_at_gate(&self, wave: usize) -> Result<bool, FleetError> {
        self.ask(&self.sql.stand_at_gate(wave)).await.map(|rows| !rows.is_empty())
    }

    /// Whether the turn was still this worker's.
    pub(super) async fn finish(&self, report: &TenantReport) -> Result<bool, FleetError> {
        self.ask(&self.sql.finish(report)).await.map(|rows| !rows.is_empty())
    }

    /// What came of everybody who had a turn.
    pub(super) async fn reports(&self) -> Result<BTreeMap<String, TenantReport>, FleetError> {
        let rows = self.ask(&self.sql.reports()).await?;
        let read =
            |row: &SimpleQueryRow| Some((row.get(0)?.to_owned(), serde_json::from_str(row.get(1)?).ok()?));
        Ok(rows.iter().filter_map(read).collect())
    }

    /// The rows of a message.
    pub(super) async fn ask(&self, sql: &str) -> Result<Vec<SimpleQueryRow>, FleetError> {
        let messages = self.client.simple_query(&pinned(sql)).await.map_err(|error| self.failed(&error))?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(rows.collect())
    }

    fn failed(&self, error: &tokio_postgres::Error) -> FleetError {
        let why = crate::error::cause(error);
        FleetError::new(format!(
            "the ledger of the run {} cannot be used: {why}; what is done is recorded in the tenants' own histories, and the \
             same again goes on",
            self.run
        ))
    }

    pub(super) async fn close(self) {
        drop(self.client);
        let _ = tokio::time::timeout(Duration::from_secs(1), self.driver).await;
    }
}

/// Nothing but the server's own functions and operators is meant (CVE-2018-1058). A message is one transaction.
fn pinned(sql: &str) -> String {
    format!("SET LOCAL search_path = pg_catalog, pg_temp; {sql}")
}

fn count(row: &SimpleQueryRow, at: usize) -> usize {
    row.get(at).and_then(|text| text.parse().ok()).unwrap_or_default()
}

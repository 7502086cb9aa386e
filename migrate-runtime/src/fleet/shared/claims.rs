//! The ledger of a shared run as one worker uses it: what it asks, and what the answers mean.

use std::collections::BTreeMap;
use std::time::Duration;

use migrate_source::Code;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::SharedRun;
use super::tables::Sql;
use crate::backoff::Backoff;
use crate::connect;
use crate::fleet::error::FleetError;
use crate::fleet::report::TenantReport;
use crate::fleet::tenant::Tenant;
use crate::history::Mark;
use crate::ledger::is_created_meanwhile;

/// The ledger, by a connection that is made anew where it was lost. Each statement may be sent twice.
pub(super) struct Claims {
    run: SharedRun,
    sql: Sql,
    line: Option<Line>,
}

/// A connection, and what drives it.
struct Line {
    client: Client,
    driver: JoinHandle<()>,
}

/// How often the control database is looked for again, with pauses that grow to some seconds: about a minute.
const AGAIN: usize = 16;

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
        let sql = Sql::new(&run.schema, &run.name, Mark::new().claim(), &run.worker, run.lease);
        let line = Line::connect(run).await?;
        Ok(Self { run: run.clone(), sql, line: Some(line) })
    }

    pub(super) fn sql(&self) -> &Sql {
        &self.sql
    }

    /// Writes the run down where it is not yet.
    pub(super) async fn join(
        &mut self,
        digest: &str,
        tenants: &[Tenant],
        waves: &[Vec<usize>],
        retries_failed: bool,
    ) -> Result<(), FleetError> {
        let sql = self.sql.is_there();
        let there = self.ask(&sql).await?;
        let is_there = there.first().and_then(|row| row.get(0)) == Some("t");
        // Whoever comes second may meet a part of what the first one makes, and then all of it.
        for is_last in [false, true].into_iter().filter(|_| !is_there) {
            let Some(Line { client, .. }) = &self.line else { break };
            match client.batch_execute(&pinned(&self.sql.create())).await {
                Err(error) if is_created_meanwhile(&error) && !is_last => {}
                created => {
                    created.map_err(|error| self.failed(&error))?;
                    break;
                }
            }
        }
        // What a role may not create it can still use: the row of the run is locked until all its turns are there.
        let open = format!("BEGIN; {}", self.sql.open(digest, waves.len()));
        let rows = self.ask(&open).await?;
        let found = rows.first().map(|row| (row.get(0).unwrap_or_default(), count(row, 1)));
        if let Some((found, _)) = found
            && found != digest
        {
            self.ask("ROLLBACK").await?;
            return Err(FleetError::new(
                Code::M0706,
                format!(
                    "the run {} is of another set of migrations, or has another target: take another name for this one",
                    self.run.name
                ),
            ));
        }
        let turns = waves.iter().enumerate().flat_map(|(at, wave)| {
            wave.iter().map(move |position| (tenants[*position].slug(), at + 1, *position))
        });
        if found.is_none_or(|(_, turns)| turns == 0) && !tenants.is_empty() {
            let sql = self.sql.enroll(turns);
            self.ask(&sql).await?;
        }
        if retries_failed {
            let sql = self.sql.retry_failed();
            self.ask(&sql).await?;
        }
        self.ask("COMMIT").await.map(drop)
    }

    pub(super) async fn claim(&mut self, count: usize, at_hand: &[&str]) -> Result<Vec<Claimed>, FleetError> {
        let sql = self.sql.claim(count, at_hand);
        let rows = self.ask(&sql).await?;
        let read = |row: &SimpleQueryRow| {
            let attempt = row.get(1)?.parse().ok()?;
            Some(Claimed { slug: row.get(0)?.to_owned(), attempt, wave: self::count(row, 2) })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    pub(super) async fn standing(&mut self) -> Result<Standing, FleetError> {
        let sql = self.sql.standing();
        let rows = self.ask(&sql).await?;
        let row = rows.first().ok_or_else(|| {
            FleetError::new(
                Code::M0707,
                format!(
                    "the run {} was removed from the control database while it was under way",
                    self.run.name
                ),
            )
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
    pub(super) async fn stands_at_gate(&mut self, wave: usize) -> Result<bool, FleetError> {
        let sql = self.sql.stand_at_gate(wave);
        self.ask(&sql).await.map(|rows| !rows.is_empty())
    }

    /// Whether the turn was still this worker's.
    pub(super) async fn finish(&mut self, report: &TenantReport) -> Result<bool, FleetError> {
        let sql = self.sql.finish(report);
        self.ask(&sql).await.map(|rows| !rows.is_empty())
    }

    /// What came of everybody who had a turn.
    pub(super) async fn reports(&mut self) -> Result<BTreeMap<String, TenantReport>, FleetError> {
        let sql = self.sql.reports();
        let rows = self.ask(&sql).await?;
        let read =
            |row: &SimpleQueryRow| Some((row.get(0)?.to_owned(), serde_json::from_str(row.get(1)?).ok()?));
        Ok(rows.iter().filter_map(read).collect())
    }

    /// The rows of a message, which is sent again where the connection is lost.
    pub(super) async fn ask(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, FleetError> {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        let mut left = AGAIN;
        loop {
            let line = match self.line.take() {
                Some(line) => Ok(line),
                None => Line::connect(&self.run).await,
            };
            let why = match line {
                Ok(line) => match line.client.simple_query(&pinned(sql)).await {
                    Ok(messages) => {
                        self.line = Some(line);
                        let rows = messages.into_iter().filter_map(|message| match message {
                            SimpleQueryMessage::Row(row) => Some(row),
                            _ => None,
                        });
                        return Ok(rows.collect());
                    }
                    Err(error) if is_of_connection(&error) => self.failed(&error),
                    Err(error) => {
                        self.line = Some(line);
                        return Err(self.failed(&error));
                    }
                },
                Err(why) => why,
            };
            left -= 1;
            if left == 0 {
                return Err(why);
            }
            tracing::warn!(%why, "the ledger is asked again");
            backoff.pause().await;
        }
    }

    fn failed(&self, error: &tokio_postgres::Error) -> FleetError {
        let why = crate::error::cause(error);
        FleetError::new(
            Code::M0707,
            format!(
                "the ledger of the run {} cannot be used: {why}; what is done is recorded in the tenants' own histories, and the \
             same again goes on",
                self.run.name
            ),
        )
    }

    pub(super) async fn close(self) {
        if let Some(Line { client, driver }) = self.line {
            drop(client);
            let _ = tokio::time::timeout(Duration::from_secs(1), driver).await;
        }
    }
}

impl Line {
    async fn connect(run: &SharedRun) -> Result<Self, FleetError> {
        let connected = connect::connect(&run.url.0).await.map_err(|error| {
            FleetError::new(
                error.code(),
                format!("the control database of the run {} cannot be reached: {error}", run.name),
            )
        })?;
        Ok(Self { client: connected.client, driver: tokio::spawn(connected.connection) })
    }
}

/// The server is gone, going or not yet there.
fn is_of_connection(error: &tokio_postgres::Error) -> bool {
    let is_of_server = |code: &str| code.starts_with("08") || code.starts_with("57P");
    error.code().is_none_or(|code| is_of_server(code.code()))
}

/// Nothing but the server's own functions and operators is meant (CVE-2018-1058). A message is one transaction.
fn pinned(sql: &str) -> String {
    format!("SET LOCAL search_path = pg_catalog, pg_temp; {sql}")
}

fn count(row: &SimpleQueryRow, at: usize) -> usize {
    row.get(at).and_then(|text| text.parse().ok()).unwrap_or_default()
}

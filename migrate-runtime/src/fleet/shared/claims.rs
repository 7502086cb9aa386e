//! The ledger of a shared run as one worker uses it: what it asks, and what the answers mean.

use std::collections::BTreeMap;
use std::time::Duration;

use migrate_source::Code;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::SharedRun;
use super::tables::{PRIVILEGES, PassedOn, Sql, Wanted};
use crate::backoff::Backoff;
use crate::connect;
use crate::fleet::error::FleetError;
use crate::fleet::observer::Observer;
use crate::fleet::report::TenantReport;
use crate::fleet::tenant::Tenant;
use crate::history::Mark;
use crate::ledger::is_created_meanwhile;

/// The ledger, by a connection that is made anew where it was lost. Each statement may be sent twice.
pub(super) struct Claims<'c> {
    run: SharedRun,
    sql: Sql,
    line: Option<Line>,
    observer: Option<&'c dyn Observer>,
}

/// Why the ledger has not answered.
enum Refusal {
    /// It could not be reached, however often it was asked.
    Away(FleetError),
    Server(tokio_postgres::Error),
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
    /// How many processes have died at it, and the last of them.
    pub(super) lost: u32,
    pub(super) lost_by: String,
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

impl<'c> Claims<'c> {
    pub(super) async fn connect(
        run: &SharedRun,
        observer: Option<&'c dyn Observer>,
    ) -> Result<Self, FleetError> {
        let sql = Sql::new(&run.schema, &run.name, Mark::new().claim(), &run.worker, run.lease);
        let line = Line::connect(run).await?;
        Ok(Self { run: run.clone(), sql, line: Some(line), observer })
    }

    pub(super) fn sql(&self) -> &Sql {
        &self.sql
    }

    /// Takes part in the run, which is written down where it is not yet.
    pub(super) async fn join(
        &mut self,
        digest: &str,
        tenants: &[Tenant],
        waves: &[Vec<usize>],
        retries_failed: bool,
    ) -> Result<(), FleetError> {
        self.create().await?;
        let turns = waves.iter().enumerate().flat_map(|(at, wave)| {
            wave.iter().map(move |position| (tenants[*position].slug(), at + 1, *position))
        });
        let join = self.sql.join(digest, waves.len(), turns, retries_failed);
        let rows = self.ask(&join).await?;
        if rows.last().and_then(|row| row.get(0)) == Some(digest) {
            return Ok(());
        }
        let leave = self.sql.leave();
        self.ask(&leave).await?;
        Err(FleetError::new(
            Code::M0706,
            format!(
                "the run {} is of another set of migrations, or has another target: take another name for this one",
                self.run.name
            ),
        ))
    }

    /// Makes the tables where they are missing. What a role may not create it can still use.
    async fn create(&mut self) -> Result<(), FleetError> {
        let is_there = self.sql.is_there();
        let create = self.sql.create();
        // Whoever comes second may meet a part of what the first one makes, and then all of it.
        for is_last in [false, true] {
            let there = self.ask(&is_there).await?;
            if there.first().and_then(|row| row.get(0)) == Some("t") {
                return Ok(());
            }
            match self.send(&create).await {
                Ok(_) => return Ok(()),
                Err(Refusal::Server(error)) if is_created_meanwhile(&error) && !is_last => {}
                Err(Refusal::Server(error)) if is_denied(&error) => return Err(self.not_created(&error)),
                Err(refusal) => return Err(self.failed(refusal)),
            }
        }
        Ok(())
    }

    pub(super) async fn claim(
        &mut self,
        wanted: Wanted<'_>,
        at_hand: &[&str],
    ) -> Result<Vec<Claimed>, FleetError> {
        let sql = self.sql.claim(wanted, at_hand);
        let rows = self.ask(&sql).await?;
        let read = |row: &SimpleQueryRow| {
            let number = |at: usize| row.get(at)?.parse().ok();
            let (slug, wave) = (row.get(0)?.to_owned(), count(row, 2));
            let lost_by = row.get(4).unwrap_or_default().to_owned();
            Some(Claimed { slug, attempt: number(1)?, wave, lost: number(3)?, lost_by })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    pub(super) async fn pass_on(
        &mut self,
        list: impl Iterator<Item = PassedOn<'_>>,
        patience: Duration,
    ) -> Result<(), FleetError> {
        let sql = self.sql.pass_on(list, patience);
        self.ask(&sql).await.map(drop)
    }

    /// Whether one of these that this worker has passed on is not done.
    pub(super) async fn has_passed_on(&mut self, slugs: &[&str]) -> Result<bool, FleetError> {
        let sql = self.sql.has_passed_on(slugs);
        self.ask(&sql).await.map(|rows| !rows.is_empty())
    }

    /// Those that no worker can have.
    pub(super) async fn give_up(&mut self) -> Result<Vec<TenantReport>, FleetError> {
        let sql = self.sql.give_up();
        let rows = self.ask(&sql).await?;
        Ok(rows.iter().filter_map(|row| serde_json::from_str(row.get(0)?).ok()).collect())
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

    /// All tenants of the run, with what came of those that had a turn.
    pub(super) async fn reports(&mut self) -> Result<BTreeMap<String, Option<TenantReport>>, FleetError> {
        let sql = self.sql.reports();
        let rows = self.ask(&sql).await?;
        let read = |row: &SimpleQueryRow| {
            let report = row.get(1).and_then(|report| serde_json::from_str(report).ok());
            Some((row.get(0)?.to_owned(), report))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// The rows of a message, which is sent again where the connection is lost.
    pub(super) async fn ask(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, FleetError> {
        self.send(sql).await.map_err(|refusal| self.failed(refusal))
    }

    async fn send(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>, Refusal> {
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
                        if let Some(observer) = self.observer.filter(|_| left < AGAIN) {
                            observer.control_back();
                        }
                        let rows = messages.into_iter().filter_map(|message| match message {
                            SimpleQueryMessage::Row(row) => Some(row),
                            _ => None,
                        });
                        return Ok(rows.collect());
                    }
                    Err(error) if is_of_connection(&error) => self.unusable(
                        &error,
                        "run it again to continue; the tenants' own histories have what was done",
                    ),
                    Err(error) => {
                        self.line = Some(line);
                        return Err(Refusal::Server(error));
                    }
                },
                Err(why) => why,
            };
            if let Some(observer) = self.observer.filter(|_| left == AGAIN) {
                observer.control_away(&why.to_string());
            }
            left -= 1;
            if left == 0 {
                return Err(Refusal::Away(why));
            }
            tracing::warn!(%why, "the ledger is asked again");
            backoff.pause().await;
        }
    }

    fn failed(&self, refusal: Refusal) -> FleetError {
        let error = match refusal {
            Refusal::Away(why) => return why,
            Refusal::Server(error) => error,
        };
        let advice = if is_denied(&error) {
            format!("GRANT the role {PRIVILEGES}")
        } else {
            "fix that, and run it again: finished work is recorded in the tenants' own histories".to_owned()
        };
        self.unusable(&error, &advice)
    }

    fn unusable(&self, error: &tokio_postgres::Error, advice: &str) -> FleetError {
        let why = crate::error::cause(error);
        FleetError::new(
            Code::M0707,
            format!("the ledger of the run {} cannot be used: {why}; {advice}", self.run.name),
        )
    }

    fn not_created(&self, error: &tokio_postgres::Error) -> FleetError {
        let SharedRun { name, schema, .. } = &self.run;
        let why = crate::error::cause(error);
        let advice = if error.code() == Some(&SqlState::INVALID_SCHEMA_NAME) {
            format!("create it with CREATE SCHEMA {schema}, or name another one, by SharedRun::schema")
        } else {
            "have a role that may create them there call this once, or name a schema for them in which this role may, by \
             SharedRun::schema"
                .to_owned()
        };
        FleetError::new(
            Code::M0707,
            format!("the tables of the run {name} cannot be created in the schema {schema}: {why}; {advice}"),
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

/// The role may not, or the schema is not there.
fn is_denied(error: &tokio_postgres::Error) -> bool {
    let codes = [SqlState::INSUFFICIENT_PRIVILEGE, SqlState::INVALID_SCHEMA_NAME];
    error.code().is_some_and(|code| codes.contains(code))
}

/// Nothing but the server's own functions and operators is meant (CVE-2018-1058). A message is one transaction, and each of
/// its statements sees what was committed before it, whatever the default of the role is.
fn pinned(sql: &str) -> String {
    format!(
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL search_path = pg_catalog, pg_temp; {sql}"
    )
}

fn count(row: &SimpleQueryRow, at: usize) -> usize {
    row.get(at).and_then(|text| text.parse().ok()).unwrap_or_default()
}

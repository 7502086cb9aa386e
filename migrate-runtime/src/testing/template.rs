//! The database that test databases are copies of: made once for a set, by whoever needs it first, and found out where
//! its maker did not come to the end.

use std::sync::OnceLock;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::admin::{Admin, Lease};
use super::create::{create, drop_database};
use super::error::{Kind, TestDbError};
use super::mark::{self, Mark};
use super::names;
use crate::Runner;
use crate::backoff::Backoff;
use crate::connect::parameter::with_database;
use crate::history::Digest;
use crate::identifier::quote_identifier;

/// How many seconds old it may be what is said of its last use.
const HOUR: i64 = 60 * 60;

/// One that is there, or will be.
pub(super) struct Template {
    pub(super) name: String,
}

impl Template {
    /// That of a set, as this version of the runtime applies it, for one role: a copy's tables belong to whom the
    /// template's belong to.
    pub(super) fn of(runner: &Runner<'_>, admin: &Admin) -> Self {
        let mut digest = Sha256::new();
        let Runner { set, history, within, rules, store_downs, sealed, functions, .. } = runner;
        let locking = history.locking;
        for part in [
            env!("CARGO_PKG_VERSION"),
            Digest::of(set).as_str(),
            &format!(
                "{history} {locking:?} {within:?} {:?} {:?} {store_downs} {sealed}",
                rules.target, rules.unit
            ),
            &if functions.is_empty() { String::new() } else { this_build() },
            &admin.role,
            &admin.database,
        ] {
            digest.update(part);
            digest.update([0]);
        }
        let bytes = digest.finalize();
        let number = bytes.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
        Self { name: format!("{}{number:032x}", names::TEMPLATE) }
    }

    /// Returns when it is whole.
    pub(super) async fn ensure(&self, admin: &Admin, runner: &Runner<'_>) -> Result<(), TestDbError> {
        let mut backoff = Backoff::new(Duration::from_millis(20), Duration::from_millis(500));
        let key = names::lock_key(&self.name);
        let mut is_waiting = false;
        loop {
            let mut lease = admin.lease().await?;
            if self.is_whole(&lease).await? {
                return Ok(());
            }
            if lease.try_lock(key).await.map_err(self.doing("locking"))? {
                // Somebody may have made it before the lock was free.
                let made = match self.is_whole(&lease).await {
                    Ok(false) => self.make(admin, &lease, runner).await,
                    is_whole => is_whole.map(drop),
                };
                let unlocked = lease.unlock(key).await.map_err(self.doing("unlocking"));
                return made.and(unlocked);
            }
            // Others want the connection meanwhile, and who waits for a lock would be in the way.
            drop(lease);
            if !std::mem::replace(&mut is_waiting, true) {
                tracing::info!(template = self.name, "waiting for another test that makes the template");
            }
            backoff.pause().await;
        }
    }

    /// Whether it is whole; an error where it is known that it cannot be made.
    async fn is_whole(&self, lease: &Lease<'_>) -> Result<bool, TestDbError> {
        let rows = lease.rows(&mark::question(&self.name)).await.map_err(self.doing("looking for"))?;
        match rows.first().map(mark::answer) {
            Some((Some(Mark::Complete { used }), now)) => {
                if now - used > HOUR {
                    let mark = Mark::Complete { used: now }.sql(&self.name);
                    lease.execute(&mark).await.map_err(self.doing("making a note of the use of"))?;
                }
                Ok(true)
            }
            Some((Some(Mark::Failed { run, text, .. }), _)) if run == this_run() => {
                Err(Kind::Met(text).into())
            }
            _ => Ok(false),
        }
    }

    async fn make(&self, admin: &Admin, lease: &Lease<'_>, runner: &Runner<'_>) -> Result<(), TestDbError> {
        // Half of one, whose maker was killed.
        drop_database(lease, &self.name).await?;
        create(admin, lease, &self.name, None).await?;
        let mut runner = runner.clone();
        if let Some(within) = &mut runner.within {
            within.may_create = true;
        }
        tracing::info!(template = self.name, "making the template of the test databases");
        let made = runner.run_url(&with_database(admin.url(), &self.name)).await;
        let now = lease.rows(&mark::question(&self.name)).await.map_err(self.doing("looking for"))?;
        let now = now.first().map_or(0, |row| mark::answer(row).1);
        if let Err(error) = made {
            let mark = Mark::Failed { run: this_run().to_owned(), at: now, text: format!("{error:#}") };
            // Where that cannot be said, the next test tries once more.
            if !error.is_connect() && lease.execute(&mark.sql(&self.name)).await.is_err() {
                tracing::debug!(template = self.name, "the failure is not written down");
            }
            return Err(Kind::Migration(error).into());
        }
        self.is_left(lease).await?;
        // One message is one transaction: with its last statement it is whole, and nobody can connect to it any more.
        let message = format!(
            "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true; {mark}",
            name = quote_identifier(&self.name),
            mark = Mark::Complete { used: now }.sql(&self.name)
        );
        lease.execute(&message).await.map_err(self.doing("finishing"))
    }

    /// Returns when the server is done with the connection of the run: the first copy would wait for it much longer.
    async fn is_left(&self, lease: &Lease<'_>) -> Result<(), TestDbError> {
        let question = format!("SELECT FROM pg_stat_activity WHERE datname = '{}' LIMIT 1", self.name);
        for _ in 0..200 {
            if lease.rows(&question).await.map_err(self.doing("looking who is in"))?.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    fn doing(&self, what: &str) -> impl FnOnce(tokio_postgres::Error) -> TestDbError + use<> {
        TestDbError::server(format!("{what} the template {}", self.name))
    }
}

/// What migrations that failed are not tried twice in: this process, or, where each test is a process, nextest's run.
fn this_run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| match std::env::var("NEXTEST_RUN_ID") {
        Ok(run) if !run.is_empty() && !run.contains(' ') => run,
        _ => names::this_process().to_owned(),
    })
}

/// Which build of the tests this is. The digest of a set does not know what its functions in Rust do.
fn this_build() -> String {
    let program = std::env::current_exe().ok();
    let written = program.as_ref().and_then(|program| program.metadata().ok());
    let written = written.and_then(|metadata| Some((metadata.len(), metadata.modified().ok()?)));
    format!("{program:?} {written:?}")
}

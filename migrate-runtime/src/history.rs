//! The history table: the only place that holds SQL of it, and the rows as values.
//!
//! All names are qualified, operators included, so that nothing in `search_path` can stand in for them
//! (CVE-2018-1058).

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use migrate_source::{Checksum, Migration};
use sha2::{Digest, Sha256};
use tokio_postgres::SimpleQueryRow;

use crate::identifier::{Identifier, InvalidIdentifier, literal};

/// Where the history is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HistoryTable {
    schema: Identifier,
    table: Identifier,
}

impl Default for HistoryTable {
    fn default() -> Self {
        let named = |name: &str| Identifier::new(name).expect("a plain word is an identifier");
        Self { schema: named("public"), table: named("schema_migrations") }
    }
}

/// `"schema"."table"`, as it stands in SQL.
impl fmt::Display for HistoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

impl fmt::Debug for HistoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// One row: a migration that was applied, or a non-transactional one that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HistoryRow {
    pub(crate) version: i64,
    pub(crate) description: String,
    /// As it stands in the table, where a hand may have been at it.
    pub(crate) checksum: String,
    pub(crate) state: RowState,
    /// ISO 8601, UTC.
    pub(crate) started_at: String,
    /// ISO 8601, UTC. `None`: it is not yet applied.
    pub(crate) applied_at: Option<String>,
}

/// How far the migration of a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowState {
    Applied,
    /// Its statements are run one by one, by this backend.
    Running {
        progress: Progress,
        pid: i32,
        alive: bool,
    },
    /// A statement failed; the ones before it are done.
    Failed {
        progress: Progress,
        error: String,
    },
}

/// How many statements of a non-transactional migration are done, and which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) statements: usize,
    /// See [`StatementsChecksum`].
    pub(crate) checksum: String,
}

impl HistoryTable {
    pub(crate) fn new(schema: &str, table: &str) -> Result<Self, InvalidIdentifier> {
        Ok(Self { schema: Identifier::new(schema)?, table: Identifier::new(table)? })
    }

    /// The advisory lock of this table. PostgreSQL keeps the locks of two databases apart by itself.
    pub(crate) fn lock_key(&self) -> i64 {
        let digest = Sha256::digest(format!("migrate-runtime {self}"));
        let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        i64::from_be_bytes(*first)
    }

    /// Whether the schema is there; a role that may not create schemas can still use one that exists.
    pub(crate) fn schema_exists(&self) -> String {
        let name = literal(self.schema.name());
        format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace \
             WHERE nspname OPERATOR(pg_catalog.=) {name}::pg_catalog.name)"
        )
    }

    pub(crate) fn create_schema(&self) -> String {
        format!("CREATE SCHEMA IF NOT EXISTS {};", self.schema)
    }

    /// A condition that holds as long as nobody has created the table.
    pub(crate) fn is_missing(&self) -> String {
        format!("pg_catalog.to_regclass({}) IS NULL", literal(&self.to_string()))
    }

    /// One row with the pid of the backend that holds the lock, or none.
    pub(crate) fn lock_holder(&self) -> String {
        let key = self.lock_key().cast_unsigned();
        // A 64-bit key is kept in two halves, marked by `objsubid` (view pg_locks in the manual).
        format!(
            "SELECT pid FROM pg_catalog.pg_locks AS held \
             JOIN pg_catalog.pg_database AS here ON here.oid OPERATOR(pg_catalog.=) held.database \
             WHERE here.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
             AND held.locktype OPERATOR(pg_catalog.=) 'advisory'::pg_catalog.text \
             AND held.classid OPERATOR(pg_catalog.=) '{}'::pg_catalog.oid \
             AND held.objid OPERATOR(pg_catalog.=) '{}'::pg_catalog.oid \
             AND held.objsubid OPERATOR(pg_catalog.=) 1::smallint AND held.granted",
            key >> 32,
            key & u64::from(u32::MAX),
        )
    }

    /// To be run with `search_path` pinned: it names types and operators as the manual does.
    pub(crate) fn create(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {self} (
    version bigint PRIMARY KEY CHECK (version > 0),
    description text NOT NULL,
    checksum text NOT NULL,
    state text NOT NULL CHECK (state IN ('applied', 'running', 'failed')),
    started_at timestamptz NOT NULL,
    applied_at timestamptz CHECK ((applied_at IS NOT NULL) = (state = 'applied')),
    applied_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT current_setting('application_name'),
    statements_done integer,
    statements_checksum text,
    backend_pid integer,
    backend_start timestamptz,
    error text
);
COMMENT ON TABLE {self} IS 'Which migrations this database has. Written by migrate-runtime, format 1.';"
        )
    }

    /// A message that first says whether a transaction is open on the connection, and then reads every row.
    pub(crate) fn select(&self) -> String {
        format!(
            "SELECT {IN_TRANSACTION}; \
             SELECT version, description, checksum, state, {started_at}, {applied_at}, \
             statements_done, statements_checksum, backend_pid, error, {CLAIM_LIVES} \
             FROM {self} AS history ORDER BY version",
            started_at = iso_8601("started_at"),
            applied_at = iso_8601("applied_at"),
        )
    }

    /// Parses a row of [`Self::select`]. `None`: somebody wrote into the table what this crate never writes.
    pub(crate) fn parse(row: &SimpleQueryRow) -> Option<HistoryRow> {
        let text = |at: usize| row.get(at).map(str::to_owned);
        let progress = || {
            let statements = row.get(6)?.parse().ok()?;
            Some(Progress { statements, checksum: text(7)? })
        };
        let state = match row.get(3)? {
            "applied" => RowState::Applied,
            "running" => {
                let (progress, pid) = (progress()?, row.get(8)?.parse().ok()?);
                RowState::Running { progress, pid, alive: row.get(10)? == "t" }
            }
            "failed" => RowState::Failed { progress: progress()?, error: text(9)? },
            _ => return None,
        };
        Some(HistoryRow {
            version: row.get(0)?.parse().ok()?,
            description: text(1)?,
            checksum: text(2)?,
            state,
            started_at: text(4)?,
            applied_at: text(5),
        })
    }

    /// Records that this backend begins with a migration. In a transaction nobody sees this row before
    /// [`Self::finish`] has completed it; without one, it is what keeps others away.
    pub(crate) fn begin(&self, migration: &Migration<'_>) -> String {
        let progress = if migration.up().is_transactional() {
            "NULL, NULL, NULL, NULL".to_owned()
        } else {
            let nothing = StatementsChecksum::default().value();
            format!("0, '{nothing}', pg_catalog.pg_backend_pid(), {BACKEND_START}")
        };
        format!(
            "INSERT INTO {self} (version, description, checksum, state, started_at, \
             statements_done, statements_checksum, backend_pid, backend_start) \
             VALUES ({version}, {description}, '{checksum}', 'running', pg_catalog.clock_timestamp(), {progress});",
            version = migration.version(),
            description = literal(migration.description()),
            checksum = migration.up().checksum(),
        )
    }

    /// Records that this backend goes on with a migration that failed, or whose backend is gone.
    pub(crate) fn take_over(&self, migration: &Migration<'_>) -> String {
        format!(
            "UPDATE {self} SET state = 'running', checksum = '{checksum}', error = NULL, \
             backend_pid = pg_catalog.pg_backend_pid(), backend_start = {BACKEND_START} \
             WHERE version OPERATOR(pg_catalog.=) {version};",
            version = migration.version(),
            checksum = migration.up().checksum(),
        )
    }

    /// Records that one more statement is done.
    pub(crate) fn advance(&self, version: i64, progress: &Progress) -> String {
        let Progress { statements, checksum } = progress;
        format!(
            "UPDATE {self} SET statements_done = {statements}, statements_checksum = '{checksum}' \
             WHERE version OPERATOR(pg_catalog.=) {version}"
        )
    }

    /// Records that a migration is applied, and answers with a row that has the mark. Also where the script has removed
    /// the row that [`Self::begin`] wrote.
    pub(crate) fn finish(&self, migration: &Migration<'_>, mark: &Mark) -> String {
        format!(
            "INSERT INTO {self} AS history (version, description, checksum, state, started_at, applied_at) \
             VALUES ({version}, {description}, '{checksum}', 'applied', \
             pg_catalog.transaction_timestamp(), pg_catalog.clock_timestamp()) \
             ON CONFLICT (version) DO UPDATE SET state = EXCLUDED.state, applied_at = EXCLUDED.applied_at, \
             statements_done = NULL, statements_checksum = NULL, backend_pid = NULL, backend_start = NULL \
             RETURNING pg_catalog.date_part('epoch', applied_at OPERATOR(pg_catalog.-) started_at) AS {mark}",
            mark = mark.0,
            version = migration.version(),
            description = literal(migration.description()),
            checksum = migration.up().checksum(),
        )
    }

    /// Records that a statement failed.
    pub(crate) fn fail(&self, version: i64, error: &str) -> String {
        format!(
            "UPDATE {self} SET state = 'failed', error = {}, backend_pid = NULL, backend_start = NULL \
             WHERE version OPERATOR(pg_catalog.=) {version}",
            literal(error),
        )
    }

    /// A condition that holds as long as the history is as it was planned upon: `highest` is the highest version in
    /// it, and `next` is not.
    pub(crate) fn is_unchanged(&self, highest: i64, next: i64) -> String {
        format!(
            "(SELECT COALESCE(pg_catalog.max(version), 0) FROM {self}) OPERATOR(pg_catalog.=) {highest}::bigint \
             AND NOT EXISTS (SELECT FROM {self} WHERE version OPERATOR(pg_catalog.=) {next}::bigint)"
        )
    }

    /// A condition that holds as long as nobody works on a migration that this process wants to go on with.
    pub(crate) fn is_abandoned(&self, version: i64, progress: &Progress) -> String {
        format!(
            "EXISTS (SELECT FROM {self} AS history WHERE version OPERATOR(pg_catalog.=) {version}::bigint \
             AND state OPERATOR(pg_catalog.<>) 'applied' \
             AND statements_done OPERATOR(pg_catalog.=) {done} AND NOT {CLAIM_LIVES})",
            done = progress.statements,
        )
    }
}

/// Whether the backend that a row names is still at work: it is there, and it is not this session's own, which works
/// on nothing while it asks. A backend that has been idle for ten seconds has been left: between two statements a
/// migrator is idle for a round trip. The start of other roles' backends is hidden from those who
/// may not see it: then the pid alone decides.
const CLAIM_LIVES: &str = "EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS activity \
                           WHERE activity.pid OPERATOR(pg_catalog.=) history.backend_pid \
                           AND activity.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() \
                           AND (activity.backend_start IS NULL \
                           OR activity.backend_start OPERATOR(pg_catalog.=) history.backend_start) \
                           AND (activity.state OPERATOR(pg_catalog.=) 'idle'::pg_catalog.text \
                           AND activity.state_change OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() \
                           OPERATOR(pg_catalog.-) '10 seconds'::interval)) IS NOT TRUE)";

/// Outside a transaction block, a message begins a transaction of its own.
const IN_TRANSACTION: &str =
    "pg_catalog.transaction_timestamp() OPERATOR(pg_catalog.<>) pg_catalog.statement_timestamp()";

/// When the backend of this session started: a pid alone comes back one day.
const BACKEND_START: &str = "(SELECT activity.backend_start FROM pg_catalog.pg_stat_activity AS activity \
                             WHERE activity.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid())";

fn iso_8601(column: &str) -> String {
    format!("pg_catalog.to_char(pg_catalog.timezone('UTC', {column}), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
}

/// Tells the answer to [`HistoryTable::finish`] from the rows that a migration's own queries return: a name for a column
/// that no script can know.
#[derive(Clone, Debug)]
pub(crate) struct Mark(String);

impl Mark {
    pub(crate) fn new() -> Self {
        Self(format!("migrate_recorded_{:016x}", RandomState::new().hash_one(())))
    }

    /// How long the migration took by the server's clock, if the row is that answer.
    pub(crate) fn read(&self, row: &SimpleQueryRow) -> Option<Duration> {
        if row.columns().first()?.name() != self.0 {
            return None;
        }
        let seconds: f64 = row.get(0)?.parse().ok()?;
        // The server's clock may have been set back in between.
        Some(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }
}

/// Tells whether the statements that an unfinished migration has behind it are still the same in an edited file.
#[derive(Clone, Default)]
pub(crate) struct StatementsChecksum(Sha256);

impl StatementsChecksum {
    pub(crate) fn add(&mut self, statement: &str) {
        // Between checkouts, line endings may differ.
        self.0.update(statement.replace("\r\n", "\n"));
        self.0.update("\0");
    }

    pub(crate) fn value(&self) -> String {
        Checksum::from_bytes(self.0.clone().finalize().into()).to_string()
    }
}

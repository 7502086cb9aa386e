//! What others see while a migration runs: who stands in the way of one that waits for a lock, and how far its statement is.

use tokio_postgres::SimpleQueryRow;

use super::HistoryTable;
use crate::activity::StatementProgress;
use crate::blocker::Blocker;
use crate::identifier::literal;

impl HistoryTable {
    /// The sessions that run migrations of this history table, as the table `migrator` of a query: the one that holds the lock,
    /// and those without a transaction, which run a message that begins with their claim. Nobody has claimed anything where
    /// there is no table, as in a rehearsal that has created it and not committed.
    fn migrators(&self, has_table: bool) -> String {
        let claims = format!(
            " UNION SELECT activity.pid FROM pg_catalog.pg_stat_activity AS activity \
             JOIN {self} AS history ON pg_catalog.starts_with(activity.query, pg_catalog.concat('/* ', history.claim, ' */')) \
             WHERE history.claim IS NOT NULL AND activity.state OPERATOR(pg_catalog.=) 'active'::pg_catalog.text"
        );
        let claims = if has_table { claims } else { String::new() };
        format!("migrator (pid) AS (SELECT held.pid FROM {}{claims})", self.held_lock())
    }

    /// Who blocks the migrations of this history table that are under way.
    pub(crate) fn blockers(&self, has_table: bool) -> String {
        format!(
            "WITH {migrators}, \
             waiting (pid, blocker) AS (SELECT pid, pg_catalog.unnest(pg_catalog.pg_blocking_pids(pid)) FROM migrator) \
             SELECT DISTINCT waiting.blocker, {columns}, \
             (SELECT pg_catalog.concat(mode, ' on ', COALESCE(relation::pg_catalog.regclass::pg_catalog.text, locktype)) \
             FROM pg_catalog.pg_locks AS wanted WHERE wanted.pid OPERATOR(pg_catalog.=) waiting.pid \
             AND NOT wanted.granted LIMIT 1) \
             FROM waiting LEFT JOIN pg_catalog.pg_stat_activity AS blocker \
             ON blocker.pid OPERATOR(pg_catalog.=) waiting.blocker ORDER BY 1",
            migrators = self.migrators(has_table),
            columns = columns(),
        )
    }

    /// How far the statement is that a migration of this history table runs, where PostgreSQL reports on it: chapter
    /// "Progress Reporting" of its manual.
    pub(crate) fn progress(&self, has_table: bool) -> String {
        let view = |name: &str, command: &str, counts: [&str; 9]| {
            format!(
                "SELECT {command}, relid::pg_catalog.regclass::pg_catalog.text, phase, {} \
                 FROM pg_catalog.pg_stat_progress_{name} AS progress \
                 JOIN migrator ON migrator.pid OPERATOR(pg_catalog.=) progress.pid",
                counts.join(", ")
            )
        };
        let none = "NULL::pg_catalog.int8";
        let views = [
            view(
                "create_index",
                "command",
                [
                    "lockers_done",
                    "lockers_total",
                    "current_locker_pid",
                    "blocks_done",
                    "blocks_total",
                    "tuples_done",
                    "tuples_total",
                    "partitions_done",
                    "partitions_total",
                ],
            ),
            view(
                "vacuum",
                "'VACUUM'",
                [none, none, none, "heap_blks_scanned", "heap_blks_total", none, none, none, none],
            ),
            view(
                "cluster",
                "command",
                [none, none, none, "heap_blks_scanned", "heap_blks_total", none, none, none, none],
            ),
            view(
                "analyze",
                "'ANALYZE'",
                [none, none, none, "sample_blks_scanned", "sample_blks_total", none, none, none, none],
            ),
        ];
        format!("WITH {} {} LIMIT 1", self.migrators(has_table), views.join(" UNION ALL "))
    }

    /// Parses a row of [`Self::progress`].
    pub(crate) fn parse_progress(row: &SimpleQueryRow) -> Option<StatementProgress> {
        let number = |at: usize| row.get(at)?.parse::<u64>().ok();
        // Where there is nothing to count, PostgreSQL says 0 of 0.
        let count = |at: usize| Some((number(at)?, number(at + 1).filter(|total| *total > 0)?));
        Some(StatementProgress {
            command: row.get(0)?.to_owned(),
            relation: row.get(1).map(str::to_owned),
            phase: row.get(2)?.to_owned(),
            lockers: count(3),
            current_locker: row.get(5).and_then(|pid| pid.parse().ok()).filter(|pid| *pid != 0),
            blocks: count(6),
            tuples: count(8),
            partitions: count(10),
        })
    }

    /// A query for one session, as [`Self::parse_blocker`] reads it: none where it has gone.
    pub(crate) fn session(pid: i32) -> String {
        format!(
            "SELECT blocker.pid, {}, NULL FROM pg_catalog.pg_stat_activity AS blocker \
             WHERE blocker.pid OPERATOR(pg_catalog.=) {pid}",
            columns(),
        )
    }

    /// Who has or wants a lock on a table of the history that keeps readers away: the columns of [`Self::blockers`].
    pub(crate) fn lockers(&self) -> String {
        let tables = [self.to_string(), self.log(), self.lock_table()];
        let tables: Vec<String> =
            tables.iter().map(|table| format!("pg_catalog.to_regclass({})", literal(table))).collect();
        format!(
            "SELECT DISTINCT ON (held.pid) held.pid, {columns}, \
             pg_catalog.concat('AccessShareLock on ', held.relation::pg_catalog.regclass::pg_catalog.text) \
             FROM pg_catalog.pg_locks AS held LEFT JOIN pg_catalog.pg_stat_activity AS blocker \
             ON blocker.pid OPERATOR(pg_catalog.=) held.pid \
             WHERE held.mode OPERATOR(pg_catalog.=) 'AccessExclusiveLock'::pg_catalog.text \
             AND held.relation OPERATOR(pg_catalog.=) ANY (ARRAY[{tables}]::pg_catalog.oid[]) \
             AND held.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database \
             WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) ORDER BY 1",
            columns = columns(),
            tables = tables.join(", "),
        )
    }

    /// Parses a row of [`Self::blockers`], [`Self::session`] or [`Self::lockers`].
    pub(crate) fn parse_blocker(row: &SimpleQueryRow) -> Option<Blocker> {
        let text = |at: usize| row.get(at).filter(|text| !text.is_empty()).map(str::to_owned);
        let seconds = |at: usize| row.get(at)?.parse::<f64>().ok();
        let duration = |at: usize| std::time::Duration::try_from_secs_f64(seconds(at)?).ok();
        Some(Blocker {
            pid: row.get(0)?.parse().ok()?,
            application: text(1),
            user: text(2),
            address: text(3),
            state: text(4),
            transaction_age: duration(5),
            state_age: duration(6),
            query: text(7),
            wanted: text(8),
        })
    }
}

/// Ends the sessions that a claim was last worked on by and that are idle. Behind a pooler, such a session is a connection of
/// the pool that has served no other client since. The role of the login decides whether that is allowed, and not one that
/// was set since.
pub(crate) fn end_sessions(claim: &str) -> String {
    as_login(&format!("pg_catalog.pg_terminate_backend(last.pid) {}", idle_sessions(&runs(claim))))
}

/// A query for the pids of these sessions, in a column `left_pid`. Where the role may not see what the session on record
/// does, that is one of them.
pub(crate) fn sessions(claim: &str, pid: Option<i32>) -> String {
    let unseen = pid.map_or_else(
        || "false".to_owned(),
        |pid| {
            format!(
                "last.pid OPERATOR(pg_catalog.=) {pid} AND (last.state IS NULL \
                 OR last.state OPERATOR(pg_catalog.=) 'disabled'::pg_catalog.text)"
            )
        },
    );
    as_login(&format!("last.pid AS left_pid {}", idle_sessions(&format!("({} OR {unseen})", runs(claim)))))
}

fn as_login(query: &str) -> String {
    format!("BEGIN; SELECT pg_catalog.set_config('role', 'none', true); SELECT {query}; COMMIT;")
}

fn runs(claim: &str) -> String {
    format!("pg_catalog.starts_with(last.query, {})", literal(&format!("/* {claim} */")))
}

fn idle_sessions(condition: &str) -> String {
    format!(
        "FROM pg_catalog.pg_stat_activity AS last WHERE {condition} \
         AND last.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() \
         AND (last.state OPERATOR(pg_catalog.=) 'active'::pg_catalog.text) IS NOT TRUE"
    )
}

/// What is to be known of a session `blocker`.
fn columns() -> String {
    let seconds = |since: &str| {
        format!(
            "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) blocker.{since})"
        )
    };
    format!(
        "blocker.application_name, blocker.usename, blocker.client_addr, blocker.state, {}, {}, blocker.query",
        seconds("xact_start"),
        seconds("state_change"),
    )
}

//! What a migration that takes long is doing, as another session sees it: how far it is, and who is in its way.

use std::fmt::{self, Write as _};

use crate::blocker::Blocker;

/// What a migration that takes long is doing: see [`Hooks::under_way`](crate::Hooks::under_way).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    pub(crate) blockers: Vec<Blocker>,
    pub(crate) progress: Option<StatementProgress>,
}

/// How far a statement is on which PostgreSQL reports: `CREATE INDEX`, `REINDEX`, `VACUUM`, `CLUSTER`, `ANALYZE`.
///
/// [`Display`](fmt::Display) is one line: `CREATE INDEX CONCURRENTLY on orders: building index, 1200 of 5000 blocks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementProgress {
    pub(crate) command: String,
    pub(crate) relation: Option<String>,
    pub(crate) phase: String,
    pub(crate) lockers: Option<(u64, u64)>,
    pub(crate) current_locker: Option<i32>,
    pub(crate) blocks: Option<(u64, u64)>,
    pub(crate) tuples: Option<(u64, u64)>,
    pub(crate) partitions: Option<(u64, u64)>,
}

impl Activity {
    /// The sessions that hold a lock that the migration waits for.
    pub fn blockers(&self) -> &[Blocker] {
        &self.blockers
    }

    /// How far the statement is. `None`: PostgreSQL does not report on it.
    pub fn progress(&self) -> Option<&StatementProgress> {
        self.progress.as_ref()
    }

    /// Whether somebody who has heard of the other one need not hear of this one: blockers only grow older.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let pids = |activity: &Self| activity.blockers.iter().map(Blocker::pid).collect::<Vec<_>>();
        self.progress == other.progress && pids(self) == pids(other)
    }
}

impl StatementProgress {
    /// The statement in PostgreSQL's words: `CREATE INDEX CONCURRENTLY`, `VACUUM FULL`.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// The table.
    pub fn relation(&self) -> Option<&str> {
        self.relation.as_deref()
    }

    /// What it does now, in PostgreSQL's words: `waiting for old snapshots`, `building index: scanning table`.
    pub fn phase(&self) -> &str {
        &self.phase
    }

    /// How many sessions it has waited for in this phase, of how many.
    pub fn lockers(&self) -> Option<(u64, u64)> {
        self.lockers
    }

    /// The process of the session that it waits for.
    pub fn current_locker(&self) -> Option<i32> {
        self.current_locker
    }

    /// How many blocks are done in this phase, of how many.
    pub fn blocks(&self) -> Option<(u64, u64)> {
        self.blocks
    }

    /// How many rows are done in this phase, of how many.
    pub fn tuples(&self) -> Option<(u64, u64)> {
        self.tuples
    }

    /// How many partitions are done, of how many.
    pub fn partitions(&self) -> Option<(u64, u64)> {
        self.partitions
    }

    /// The phase, and how far it is: without the statement.
    pub(crate) fn stage(&self) -> String {
        let mut text = self.phase.clone();
        let counts = [
            (self.lockers, "sessions"),
            (self.blocks, "blocks"),
            (self.tuples, "rows"),
            (self.partitions, "partitions"),
        ];
        for ((done, total), what) in counts.into_iter().filter_map(|(count, what)| Some((count?, what))) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, ", {done} of {total} {what}");
        }
        text
    }
}

impl fmt::Display for StatementProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command)?;
        if let Some(relation) = &self.relation {
            write!(f, " on {relation}")?;
        }
        write!(f, ": {}", self.stage())?;
        if let Some(pid) = self.current_locker {
            write!(f, ", now for pid {pid}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_one_line() {
        let mut progress = StatementProgress {
            command: "CREATE INDEX CONCURRENTLY".to_owned(),
            relation: Some("orders".to_owned()),
            phase: "waiting for old snapshots".to_owned(),
            lockers: Some((1, 3)),
            current_locker: Some(4711),
            blocks: None,
            tuples: None,
            partitions: None,
        };
        assert_eq!(
            progress.to_string(),
            "CREATE INDEX CONCURRENTLY on orders: waiting for old snapshots, 1 of 3 sessions, now for pid 4711"
        );
        progress = StatementProgress {
            phase: "building index: scanning table".to_owned(),
            lockers: None,
            current_locker: None,
            blocks: Some((1200, 5000)),
            tuples: Some((7, 9)),
            ..progress
        };
        assert_eq!(progress.stage(), "building index: scanning table, 1200 of 5000 blocks, 7 of 9 rows");
    }
}

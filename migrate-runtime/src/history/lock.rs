//! What keeps two processes from working on one history at a time: an advisory lock, or, where a role may not use those,
//! a lock on the one row of a table beside it. Either is held by a transaction and goes with it, whatever becomes of the
//! process, and neither is ever waited for.

use sha2::{Digest as _, Sha256};

use super::HistoryTable;
use crate::catalog;
use crate::guard;

/// By what the processes that share a history keep out of each other's way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Locking {
    /// `pg_try_advisory_xact_lock`.
    #[default]
    Advisory,
    /// `FOR UPDATE SKIP LOCKED` on the row of the table with the ending `_lock`.
    Row,
    /// Nothing, in a transaction that will be rolled back.
    Nothing,
}

impl Locking {
    pub(crate) fn of(is_row: bool) -> Self {
        if is_row { Self::Row } else { Self::Advisory }
    }
}

impl HistoryTable {
    /// The advisory lock of this table. PostgreSQL keeps the locks of two databases apart by itself.
    fn lock_key(&self) -> i64 {
        let digest = Sha256::digest(format!("migrate-runtime {self}"));
        let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        i64::from_be_bytes(*first)
    }

    /// `"schema"."table_lock"`, as it stands in SQL.
    pub(super) fn lock_table(&self) -> String {
        format!("{}.{}", self.schema, self.lock)
    }

    /// A condition that holds once there is what is to be locked.
    pub(super) fn can_be_locked(&self) -> String {
        match self.locking {
            Locking::Advisory | Locking::Nothing => "true".to_owned(),
            Locking::Row => catalog::has_relation(&self.schema, &self.lock),
        }
    }

    /// The statements that make what is to be locked, each without effect where it is there. To be run with
    /// `search_path` pinned.
    pub(crate) fn create_lock(&self, schema_exists: bool) -> Vec<String> {
        let lock = self.lock_table();
        let schema = (!schema_exists).then(|| format!("CREATE SCHEMA IF NOT EXISTS {}", self.schema));
        schema
            .into_iter()
            .chain([
                format!("CREATE TABLE IF NOT EXISTS {lock} (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one))"),
                format!("INSERT INTO {lock} DEFAULT VALUES ON CONFLICT DO NOTHING"),
                format!("COMMENT ON TABLE {lock} IS 'Whoever works on the migrations has its row locked.'"),
            ])
            .collect()
    }

    /// A query that takes the lock and answers with a value of the type `text`, or fails where another process has it.
    pub(crate) fn take_lock(&self, value: &str) -> String {
        let unless_locked = |condition: &str| guard::value(value, condition, guard::LOCKED, "text");
        match self.locking {
            Locking::Advisory => {
                let lock = format!("pg_catalog.pg_try_advisory_xact_lock({})", self.lock_key());
                format!("SELECT {}", unless_locked(&lock))
            }
            Locking::Row => format!(
                "WITH taken AS MATERIALIZED (SELECT FROM {} FOR UPDATE SKIP LOCKED) SELECT {}",
                self.lock_table(),
                unless_locked("EXISTS (SELECT FROM taken)"),
            ),
            Locking::Nothing => format!("SELECT {value}"),
        }
    }

    /// One row with the pid of the backend that holds the lock, or none.
    pub(crate) fn lock_holder(&self) -> String {
        format!("SELECT held.pid FROM {}", self.held_lock())
    }

    /// A condition that holds as long as this session holds the lock.
    pub(crate) fn holds_lock(&self) -> String {
        format!(
            "EXISTS (SELECT FROM {} AND held.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid())",
            self.held_lock()
        )
    }

    /// A FROM clause and a condition: the row `held` of `pg_locks` of whoever has the lock.
    pub(super) fn held_lock(&self) -> String {
        if self.locking == Locking::Row {
            // The row's last locker is in `xmax`, and it is at work as long as it holds the lock on its own transaction.
            return format!(
                "pg_catalog.pg_locks AS held JOIN {} AS locked \
                 ON held.transactionid OPERATOR(pg_catalog.=) locked.xmax \
                 WHERE held.locktype OPERATOR(pg_catalog.=) 'transactionid'::pg_catalog.text \
                 AND held.mode OPERATOR(pg_catalog.=) 'ExclusiveLock'::pg_catalog.text AND held.granted",
                self.lock_table()
            );
        }
        let key = self.lock_key().cast_unsigned();
        // A 64-bit key is kept in two halves, marked by `objsubid` (view pg_locks in the manual).
        format!(
            "pg_catalog.pg_locks AS held JOIN pg_catalog.pg_database AS here \
             ON here.oid OPERATOR(pg_catalog.=) held.database \
             WHERE here.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
             AND held.locktype OPERATOR(pg_catalog.=) 'advisory'::pg_catalog.text \
             AND held.classid OPERATOR(pg_catalog.=) '{}'::pg_catalog.oid \
             AND held.objid OPERATOR(pg_catalog.=) '{}'::pg_catalog.oid \
             AND held.objsubid OPERATOR(pg_catalog.=) 1::pg_catalog.int2 AND held.granted",
            key >> 32,
            key & u64::from(u32::MAX),
        )
    }
}

//! The history: a table with a row for each migration that the database has, and a log that is only appended to. This
//! module and those below it are the only place that holds SQL of the two tables.
//!
//! All names are qualified, operators included, so that nothing in `search_path` can stand in for them
//! (CVE-2018-1058).

mod create;
mod log;
mod mark;
mod progress;
mod read;
mod record;
mod row;
mod waits;

use std::fmt;

use sha2::{Digest, Sha256};

use crate::identifier::{Identifier, InvalidIdentifier, literal};

pub(crate) use mark::Mark;
pub(crate) use read::Reading;
pub(crate) use record::{Author, Entry, TAKE_DOWN_START};
pub(crate) use row::{Highest, HistoryRow, How, Progress, RowState};

/// Where the history is kept: the table, and beside it the log with the ending `_log`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HistoryTable {
    schema: Identifier,
    table: Identifier,
    log: Identifier,
}

impl Default for HistoryTable {
    fn default() -> Self {
        Self::new("public", "schema_migrations").expect("plain words are identifiers")
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

impl HistoryTable {
    pub(crate) fn new(schema: &str, table: &str) -> Result<Self, InvalidIdentifier> {
        let (schema, (table, log)) = (Identifier::new(schema)?, Identifier::with_log(table)?);
        Ok(Self { schema, table, log })
    }

    /// `"schema"."table_log"`, as it stands in SQL.
    pub(crate) fn log(&self) -> String {
        format!("{}.{}", self.schema, self.log)
    }

    /// The table's name as a value: a call that gives its oid, or NULL where there is none.
    fn regclass(&self) -> String {
        format!("pg_catalog.to_regclass({})", literal(&self.to_string()))
    }

    /// The advisory lock of this table. PostgreSQL keeps the locks of two databases apart by itself.
    pub(crate) fn lock_key(&self) -> i64 {
        let digest = Sha256::digest(format!("migrate-runtime {self}"));
        let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        i64::from_be_bytes(*first)
    }
}

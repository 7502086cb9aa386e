//! The history: a table with a row for each migration that the database has, and a log that is only appended to. This
//! module and those below it are the only place that holds SQL of the two tables.
//!
//! All names are qualified, operators included, so that nothing in `search_path` can stand in for them
//! (CVE-2018-1058).

mod create;
mod digest;
mod lock;
mod log;
mod mark;
mod progress;
mod read;
mod record;
mod row;
mod waits;

use std::fmt;

use crate::identifier::{Identifier, InvalidIdentifier};

pub(crate) use digest::Digest;
pub(crate) use lock::Locking;
pub(crate) use mark::Mark;
pub(crate) use progress::FOUND_SETTINGS;
pub(crate) use read::{Reading, is_as_expected, is_of_empty};
pub(crate) use record::{Author, Entry, TAKE_DOWN_START};
#[cfg(test)]
pub(crate) use row::Claimant;
pub(crate) use row::{Found, Highest, HistoryRow, How, Progress, RowState, Sent};
pub(crate) use waits::{end_sessions, sessions};

/// Where the history is kept: the table, and beside it the log with the ending `_log`, and what keeps others away.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HistoryTable {
    schema: Identifier,
    table: Identifier,
    log: Identifier,
    lock: Identifier,
    pub(crate) locking: Locking,
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
        let (schema, [table, log, lock]) = (Identifier::new(schema)?, Identifier::with_companions(table)?);
        Ok(Self { schema, table, log, lock, locking: Locking::default() })
    }

    /// The tables of the same names in another schema.
    pub(crate) fn in_schema(self, schema: &str) -> Result<Self, InvalidIdentifier> {
        Ok(Self { schema: Identifier::new(schema)?, ..self })
    }

    /// The schema as the catalog has it: a literal.
    pub(crate) fn schema_value(&self) -> String {
        self.schema.value()
    }

    /// A condition that holds for the table, the log and the lock, by the expressions for a schema and a relation.
    pub(crate) fn is_own(&self, schema: &str, relation: &str) -> String {
        let names = [&self.table, &self.log, &self.lock].map(Identifier::value).join(", ");
        format!(
            "({schema} OPERATOR(pg_catalog.=) {} AND {relation} OPERATOR(pg_catalog.=) ANY (ARRAY[{names}]))",
            self.schema.value()
        )
    }

    /// `"schema"."table_log"`, as it stands in SQL.
    pub(crate) fn log(&self) -> String {
        format!("{}.{}", self.schema, self.log)
    }

    /// The table that two histories would both write to, as it stands in SQL.
    pub(crate) fn shares_with(&self, other: &Self) -> Option<String> {
        let tables = [&self.table, &self.log, &self.lock];
        let is_shared = |table: &&Identifier| [&other.table, &other.log, &other.lock].contains(table);
        let shared = tables.into_iter().find(is_shared).filter(|_| self.schema == other.schema)?;
        Some(format!("{}.{shared}", self.schema))
    }
}

//! A whole history in one short text, which the server computes of its rows and the runtime of its set: whether a database
//! is current is then a question of one row, however many migrations there are.

use std::fmt::Write as _;

use migrate_source::{Migration, MigrationSet};
use sha2::{Digest as _, Sha256};

use super::record::{SETTLED, UNBOUND};

/// The SHA-256 of a line for each row, ordered by version and description: the two, the checksum, and whether the
/// migration is finished; a repeatable one that is to run again is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digest(String);

impl Digest {
    /// Of a history that has every migration of the set as its file is, and nothing else.
    pub(crate) fn of(set: &MigrationSet) -> Self {
        let mut digest = Sha256::new();
        let mut line = String::new();
        for migration in set.repeatables().chain(set.iter()) {
            line.clear();
            write_line(&mut line, &migration);
            digest.update(&line);
        }
        let mut text = String::new();
        for byte in digest.finalize() {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same of the rows of the history, as an aggregate of SQL. `sha256` is there since PostgreSQL 11.
    pub(super) fn expression() -> String {
        format!(
            "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(COALESCE(pg_catalog.string_agg(\
             pg_catalog.concat(version, ' ', description, ' ', checksum, CASE WHEN {SETTLED} AND NOT ({UNBOUND}) THEN '' ELSE ' unsettled' END, \
             E'\\n'), '' ORDER BY version, description COLLATE pg_catalog.\"C\"), ''), 'UTF8')), 'hex')"
        )
    }
}

fn write_line(line: &mut String, migration: &Migration<'_>) {
    let (version, description, checksum) =
        (migration.version(), migration.description(), migration.up().checksum());
    let _ = writeln!(line, "{version} {description} {checksum}");
}

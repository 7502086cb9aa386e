//! For the tests of what is decided without a server: sets from texts, and rows as a history would have them.

use migrate_source::{HistoryDigest, Migration, MigrationSet};

use crate::history::{Claimant, HistoryRow, How, Progress, RowState};
use crate::standing::first_statements;

pub(crate) const APPLIED: RowState = RowState::Recorded(How::Applied);

/// Statements that each need to be outside a transaction, as far as the directive says.
pub(crate) const STEPWISE: &str = "-- migrate: no-transaction\nSELECT 1;\nSELECT 2;\nSELECT 3;\n";

/// The version of the migration with this number: with timestamps, a folder may lack any of them.
pub(crate) fn version(number: i64) -> i64 {
    20_260_101_000_000 + number
}

/// A set of these migrations, by name without version and text. The number of a versioned one is before the first `_`.
pub(crate) fn set(files: &[(&str, &str)]) -> MigrationSet {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let name = match name.split_once('_') {
            Some((number, rest)) if number != "R" => {
                format!("{}_{rest}", version(number.parse().expect("a number")))
            }
            _ => (*name).to_owned(),
        };
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    migrate_source::load(folder.path()).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Three of them, which are called a, b and c.
pub(crate) fn three() -> MigrationSet {
    set(&[("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"), ("3_c.sql", "SELECT 3;")])
}

pub(crate) fn migration(set: &MigrationSet, number: i64) -> Migration<'_> {
    set.iter().find(|migration| migration.version() == version(number)).expect("a migration")
}

/// The row of a migration as its file is now; of a repeatable one, bound to the version of the first.
pub(crate) fn row(set: &MigrationSet, number: i64, state: RowState) -> HistoryRow {
    row_of(migration(set, number), state)
}

pub(crate) fn row_of(migration: Migration<'_>, state: RowState) -> HistoryRow {
    HistoryRow {
        version: migration.version(),
        description: migration.description().to_owned(),
        checksum: migration.up().checksum().to_string(),
        tokens_checksum: migration.up().tokens_checksum().to_string(),
        state,
        started_at: None,
        applied_at: Some("2026-01-02T03:04:05Z".to_owned()),
        sent: None,
        found: None,
        down: None,
        set_version: (migration.version() == 0).then_some(version(1)),
        superseded: Vec::new(),
    }
}

/// The rows of these migrations, all of them applied.
pub(crate) fn applied(set: &MigrationSet, numbers: &[i64]) -> Vec<HistoryRow> {
    numbers.iter().map(|number| row(set, *number, APPLIED)).collect()
}

/// The row of a migration that no set has.
pub(crate) fn stranger(number: i64) -> HistoryRow {
    HistoryRow {
        version: if number == 0 { 0 } else { version(number) },
        description: "stranger".to_owned(),
        checksum: "00".to_owned(),
        tokens_checksum: "11".to_owned(),
        state: APPLIED,
        started_at: None,
        applied_at: Some("2026-01-02T03:04:05Z".to_owned()),
        sent: None,
        found: None,
        down: None,
        set_version: (number == 0).then_some(version(1)),
        superseded: Vec::new(),
    }
}

/// So many statements of its up are done.
pub(crate) fn progress(set: &MigrationSet, number: i64, statements: usize) -> Progress {
    let checksum = first_statements(migration(set, number).up(), statements);
    Progress { statements, checksum }
}

pub(crate) fn claimant(pid: i32, alive: bool) -> Claimant {
    Claimant { pid: Some(pid), alive }
}

/// The digest of a history, as a checkpoint names it.
pub(crate) fn digest(rows: &[HistoryRow]) -> String {
    let mut digest = HistoryDigest::default();
    for row in rows {
        digest.add(row.version, &row.description, &row.tokens_checksum);
    }
    digest.so_far().expect("a row").to_string()
}

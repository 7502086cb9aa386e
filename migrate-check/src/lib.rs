//! The SQL of migrations, checked while a service compiles: PostgreSQL's grammar, and the hazards of DDL.
//!
//! This crate knows no database and no macro. It is apart from `migrate-source`, which every service compiles, because
//! a parser is large, and only who builds needs it: the proc macro and the command line.

mod checker;
mod grammar;
mod guarded;
mod nesting;

use std::path::Path;

use migrate_source::{Faults, MigrationSet};

/// Reads a folder of migrations and checks everything that can be checked without a server.
///
/// # Errors
///
/// Every fault of the folder and its files, sorted by path and position.
pub fn load(folder: &Path) -> Result<MigrationSet, Faults> {
    migrate_source::load_and(folder, &checker::Checker::default())
}

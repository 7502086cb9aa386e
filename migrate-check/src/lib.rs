//! The SQL of migrations, checked while a service compiles: PostgreSQL's grammar, and the hazards of DDL.
//!
//! This crate knows no database and no macro. It is apart from `migrate-source`, which every service links, because
//! only who builds needs a parser: the proc macro and the command line.
//!
//! What is checked: the syntax of each statement, and of each statement in the bodies of functions in SQL. What is not: whether the tables
//! and columns exist, and what is a string to the grammar (functions in PL/pgSQL and other languages, `DO` blocks,
//! dynamic SQL).

mod bulk;
mod cache;
mod checker;
mod exotic;
mod grammar;
mod guarded;
mod lint;
mod postgres;
mod record;
#[cfg(any(test, feature = "report"))]
pub mod report;
mod routine;
mod sources;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use migrate_source::{
    Content, CreateError, Created, Faults, Loaded, MigrationSet, SealError, Sealed, Squash, SquashError,
    SquashRequest,
};

use crate::cache::Cache;
use crate::checker::Checker;
pub use crate::lint::{Assessment, Effect, Hazard, Known, Level, Lint, LockMode};

/// Reads a folder of migrations and checks everything that can be checked without a server.
///
/// # Errors
///
/// Every fault of the folder and its files, sorted by path and position.
pub fn load(folder: &Path) -> Result<Loaded, Faults> {
    migrate_source::load_with_drafts(folder, &Checker::default())
}

/// The same for who does it again and again: a file that had no fault the last time and is the same to the byte is not
/// looked at again.
///
/// It is remembered in a file `migrate-check-….cache` of a folder of build artifacts, one for each folder of migrations,
/// with the texts of these. Several builds may share it. Nothing depends on it: a file that is damaged, of other rules or
/// cannot be read is none, and where none can be written, everything is looked at each time.
///
/// # Errors
///
/// Every fault of the folder and its files, sorted by path and position.
pub fn load_cached(folder: &Path, artifacts: &Path) -> Result<Loaded, Faults> {
    migrate_source::load_with_drafts(
        folder,
        &Checker { cache: Some(Cache::of(folder, artifacts)), ..Checker::default() },
    )
}

/// Seals the drafts of a folder in which nothing is at fault that can be checked without a server. See
/// [`migrate_source::seal`].
///
/// # Errors
///
/// Every fault of the folder, or why its lock file could not be written.
pub fn seal(folder: &Path) -> Result<Sealed, SealError> {
    migrate_source::seal_and(folder, &Checker::default())
}

/// Writes the files of new migrations, all or none, if the folder has no fault with them. See
/// [`migrate_source::create_all`].
///
/// # Errors
///
/// Every fault that the folder would have, or why the files could not be written.
pub fn create_all(
    folder: &Path,
    contents: &[Content<'_>],
    planned: &MigrationSet,
    now: SystemTime,
) -> Result<Vec<Created>, CreateError> {
    migrate_source::create_all(folder, contents, planned, &Checker::default(), now)
}

/// Reads a folder of migrations as [`load`] does, and says what is dangerous in it on a database that is in use: what
/// `migrate.toml` denies too, which [`load`] takes for a fault. By path as the migrations are applied, then by position.
///
/// # Errors
///
/// Every other fault of the folder and its files, sorted by path and position.
pub fn lint(folder: &Path) -> Result<Vec<Hazard>, Faults> {
    hazards(folder, Checker::default())
}

/// The hazards of the files with these names, which are pending in a database: of sealed ones too, and none for a table that
/// one of them creates before.
///
/// # Errors
///
/// Every other fault of the folder and its files, sorted by path and position.
pub fn lint_pending(folder: &Path, files: BTreeSet<String>) -> Result<Vec<Hazard>, Faults> {
    hazards(folder, Checker { pending: Some(files), ..Checker::default() })
}

fn hazards(folder: &Path, checker: Checker) -> Result<Vec<Hazard>, Faults> {
    let checker = Checker { hazards: Some(Mutex::default()), ..checker };
    migrate_source::load_with_drafts(folder, &checker)?;
    let hazards = checker.hazards.unwrap_or_default();
    Ok(hazards.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// What is to be squashed in a folder. See [`migrate_source::Squash`].
///
/// # Errors
///
/// Every fault of the folder, or why its migrations cannot be squashed.
pub fn squash(folder: &Path, request: &SquashRequest<'_>) -> Result<Squash, SquashError> {
    Squash::of(folder, request, &Checker::default())
}

/// The folder as it would be with a checkpoint of this text, and its archive: both without a fault.
///
/// # Errors
///
/// Every fault that one of them would have.
pub fn squashed(squash: &Squash, script: &str) -> Result<Loaded, Faults> {
    squash.archived(&Checker::default())?;
    squash.after(script, &Checker::default())
}

/// Checks one script that is in no folder, under the name that it would have there.
///
/// # Errors
///
/// Every fault of the name and the script, sorted by position.
pub fn check_script(name: &str, text: String) -> Result<(), Faults> {
    migrate_source::check_script(name, text, &Checker::default())
}

/// Where one statement stops being SQL, in bytes from its beginning, and what is wrong there.
#[doc(hidden)]
pub fn syntax_fault(sql: &str) -> Option<(usize, String)> {
    checker::syntax_fault(sql)
}

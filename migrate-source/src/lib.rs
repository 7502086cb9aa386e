//! A folder of SQL files, read and checked: every fault with file, line and column, or a [`MigrationSet`].
//!
//! This crate knows no database, no async runtime and no macro. The proc macro calls [`load`] while a service
//! compiles and prints the set as literals; the command line calls it at run time. Both get the same value.

mod applying;
mod boundary;
pub mod build;
mod bytes;
mod changes;
mod check;
mod checkpoint;
mod checksum;
mod code;
mod coded;
mod config;
mod create;
mod created;
mod declared;
mod destroyed;
mod directive;
#[doc(hidden)]
pub mod durable;
mod equivalent;
mod fault;
mod folder;
mod help;
mod identifier;
mod layout;
mod lexer;
mod load;
mod lock;
mod mask;
mod migration;
mod name;
mod named_file;
mod nesting;
#[doc(hidden)]
pub mod other_tool;
mod outline;
mod position;
mod psql;
mod renamed;
mod renumber;
#[doc(hidden)]
pub mod retype;
mod rows;
mod rules;
mod script;
mod select;
mod set;
mod setting;
#[cfg(test)]
#[path = "../../tests/skip.rs"]
mod skip;
mod sources;
mod squash;
mod standalone;
mod statement;
mod stored;
mod timestamp;
mod tokens;
mod unfinished;
mod variables;
mod what;

pub use applying::{Applying, duration};
#[doc(hidden)]
pub use changes::{Change, changes};
pub use check::{Candidate, Check, LintSetting, Remark, RemarkKind, Seal, Settings};
pub use checkpoint::HistoryDigest;
pub use checksum::{Checksum, ParseChecksumError};
pub use code::Code;
pub use config::SETTINGS_FILE;
pub use create::{Content, CreateError, Created, Outline, Shape, create, create_all, finish_create};
#[doc(hidden)]
pub use created::tables_left;
pub use declared::{Declared, declared};
#[doc(hidden)]
pub use destroyed::{Destroyed, destroyed, moves_names, moves_path};
#[doc(hidden)]
pub use equivalent::{Equivalent, equivalent_in_transaction};
pub use fault::{CheckpointFault, Delimited, Fault, FaultKind, Faults, LockFault, NameFault, VersionStyle};
#[doc(hidden)]
pub use help::hazard_help;
pub use identifier::{history_table, schema_name, why_no_history_table, why_no_identifier};
pub use load::{Loaded, check_script, load, load_and, load_with_drafts};
#[doc(hidden)]
pub use load::{settings, versions_of};
pub use lock::{LOCK_FILE, SealError, Sealed, seal, seal_and};
#[doc(hidden)]
pub use mask::{MASK, masked, masked_name, masked_user};
pub use migration::{Migration, Script};
#[doc(hidden)]
pub use nesting::nesting;
#[doc(hidden)]
pub use outline::{Outlined, outline};
pub use position::{Excerpt, Position};
pub use renamed::{NotRenamed, Renamed};
pub use renumber::{Evidence, RenumberError, Renumbered, renumber};
#[doc(hidden)]
pub use rows::{PlainRows, plain_rows};
pub use script::{Mode, ParsedScript};
pub use select::{MigrationName, SelectError};
#[doc(hidden)]
pub use set::Literals;
pub use set::MigrationSet;
#[doc(hidden)]
pub use sources::SOURCES;
pub use squash::{Squash, SquashError, SquashRequest, Squashed, finish_squash};
#[doc(hidden)]
pub use standalone::{IndexBuild, Object, Reindexed, Standalone, standalone};
#[doc(hidden)]
pub use statement::{
    changes_session, discards_all, is_refused_in_transaction, may_change_session, resets_all,
};
pub use stored::StoredScript;
pub use timestamp::iso_8601;
#[doc(hidden)]
pub use tokens::tokens;
pub use tokens::{GrowingChecksum, tokens_checksum};
#[doc(hidden)]
pub use variables::substitute;

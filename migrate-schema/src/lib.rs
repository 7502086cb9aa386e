//! What a PostgreSQL database has, as its catalog says it; in what two differ; and the SQL that makes one into the other.
//!
//! No SQL is read for its meaning: PostgreSQL has read it, and the catalog says what came of it. [`read()`] gives a
//! [`Schema`], a set of facts by kind and name with PostgreSQL's own definition of each and what it depends on. [`plan()`]
//! compares two of them, decides what becomes of each thing, and puts the statements into an order in which each finds
//! what it needs.

#![allow(
    clippy::format_push_string,
    reason = "statements are put together piece by piece, and there are few of them"
)]

mod data;
mod declare;
mod docs;
mod dump;
mod error;
mod fact;
mod fate;
mod first;
mod generate;
mod guarantee;
mod hazard;
mod key;
mod kind;
mod kinds;
mod mention;
mod obstacle;
mod online;
mod order;
mod plan;
mod presence;
mod prove;
mod read;
mod rename;
mod rule;
mod sample;
mod schema;
mod script;
mod secret;
mod spelling;
mod statement;
#[cfg(test)]
mod testing;
mod wording;

pub use data::{Moved, Rows, data, moved_sequences, outside, rows};
pub use declare::{Refused, declare};
pub use docs::{Step, Timeline, docs};
pub use dump::{Dumped, dump};
pub use error::{Error, missing_role};
pub use fact::Fact;
pub use generate::{Generated, Request, UpAndDown, generate};
pub use key::{Key, quoted};
pub use kind::Kind;
pub use obstacle::Obstacle;
pub use plan::{Manner, Plan, plan};
pub use read::{Bookkeeping, Viewpoint, read, read_again};
pub use rename::{Candidate, Rename, RenameError, check_rename, rename_candidates, renames};
pub use schema::{Difference, Schema};
pub use script::{Script, commented};
pub use statement::{Hazard, InTransaction, Statement};

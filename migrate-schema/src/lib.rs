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

mod error;
mod fact;
mod fate;
mod key;
mod kind;
mod kinds;
mod order;
mod plan;
mod read;
mod rule;
mod schema;
mod statement;

pub use error::Error;
pub use fact::Fact;
pub use key::Key;
pub use kind::Kind;
pub use plan::{Plan, plan};
pub use read::{Viewpoint, read};
pub use schema::{Difference, Schema};
pub use statement::{Hazard, InTransaction, Statement};

//! Lints: statements that are SQL and yet dangerous on a database that is in use.
//!
//! [`Examiner`] reads one script and knows nothing of the others: its [`Findings`] depend on the script's text alone.
//! [`judge`] puts the findings of all scripts together with the levels of `migrate.toml` and the remarks at the
//! statements. Each file here has one subject: its lints, and the rules that find them. What happens inside a function
//! or a `DO` block is a string to PostgreSQL and to the lints.

mod assess;
mod cascade;
mod catalogue;
mod column;
mod compat;
mod constraint;
mod created;
mod data;
mod design;
mod domain;
mod drop;
mod effect;
mod examiner;
mod findings;
mod hazard;
mod index;
mod judge;
mod key;
mod levels;
mod link;
mod lock;
mod lock_mode;
mod name;
mod not_null;
mod partition;
mod rename;
mod resume;
mod retyped;
mod rewrite;
mod security;
mod trigger;
mod twice;
mod types;
mod volatile;
mod world;

pub use assess::{Assessment, Known};
pub use catalogue::{Level, Lint};
pub use effect::Effect;
pub(crate) use examiner::{Examiner, Mode};
pub(crate) use findings::Findings;
pub use hazard::Hazard;
pub(crate) use judge::{Script, judge, unknown_lints};
pub(crate) use levels::Levels;
pub use lock_mode::LockMode;

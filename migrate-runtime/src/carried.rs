//! The settings that a statement of a migration without a transaction finds: those that the statements before it made. Each
//! message brings them along, since behind a pooler it may meet another session, and leaves none of them behind.

use std::fmt::Write as _;

use migrate_source::{changes_session, discards_all, may_change_session, resets_all};

use crate::history::Found;
use crate::identifier::literal;
use crate::in_schema::InSchema;

/// Statements that make the settings again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    /// What comes before the limits of a transaction: up to the last one that resets all.
    reset: String,
    rest: String,
    /// That names without a schema are those of the schema that the set is applied to.
    path: String,
}

impl Carried {
    pub(crate) fn new(within: Option<&InSchema>) -> Self {
        let path = within.map(|within| within.set_path(false) + ";\n").unwrap_or_default();
        Self { reset: String::new(), rest: path.clone(), path }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reset.is_empty() && self.rest.is_empty()
    }

    /// As they begin a message, with the limits of a transaction.
    pub(crate) fn sql(&self, limits: &str) -> String {
        format!("{}{limits}{}", self.reset, self.rest)
    }

    /// Adds what a statement makes, as far as its text shows.
    pub(crate) fn add(&mut self, sql: &str) {
        if discards_all(sql) {
            "SET SESSION AUTHORIZATION DEFAULT;\nRESET ALL;\n".clone_into(&mut self.reset);
            self.rest.clone_from(&self.path);
        } else if resets_all(sql) {
            self.reset = format!("{}{}{sql}\n;\n", self.reset, self.rest);
            self.rest.clone_from(&self.path);
        } else if changes_session(sql) {
            // Writing to a `String` cannot fail.
            let _ = writeln!(self.rest, "{sql}\n;");
        }
    }

    /// Puts what the server has found behind a statement in the place of what the texts show.
    pub(crate) fn set(&mut self, found: &Found) {
        self.rest = format!(
            "SELECT pg_catalog.count(pg_catalog.set_config(found.key, found.value, false)) \
             FROM pg_catalog.json_each_text({}::pg_catalog.json) AS found;\n",
            literal(&found.settings)
        );
    }
}

/// Whether the settings that a statement makes are not in its text: a block, a procedure, a query of `set_config`.
pub(crate) fn is_opaque(sql: &str) -> bool {
    may_change_session(sql) && !changes_session(sql)
}

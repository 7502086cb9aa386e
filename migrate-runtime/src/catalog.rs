//! Questions to the catalog, asked in the one way that is right behind a lock.
//!
//! A process that takes the lock of the history, or of a run, and then asks what is there must see what the last holder has
//! committed. A query on the tables of the catalog does: its snapshot is younger than the lock. `to_regclass`,
//! `to_regnamespace`, a cast to `regclass` and `has_…_privilege` do not: they answer from the session's own cache of the
//! catalog. That cache hears of other sessions' commits where a transaction begins and where a lock on a relation is taken,
//! and an advisory lock is neither. So a session that has once been told "there is no such table" says so again, in the very
//! transaction in which it has taken the lock over from whoever created the table. Nothing that decides something may ask
//! them; `tests/tidy.rs` has the list of those that may.

use crate::identifier::Identifier;

/// A query for the oid of the relation of this name, whatever it is: a table, a view, an index, a sequence. No row: there is
/// none.
pub(crate) fn relation(schema: &Identifier, name: &Identifier) -> String {
    format!(
        "SELECT class.oid FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace \
         ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace \
         WHERE class.relname OPERATOR(pg_catalog.=) {} AND namespace.nspname OPERATOR(pg_catalog.=) {}",
        name.value(),
        schema.value(),
    )
}

/// A condition that holds as long as there is a relation of this name.
pub(crate) fn has_relation(schema: &Identifier, name: &Identifier) -> String {
    format!("EXISTS ({})", relation(schema, name))
}

/// A condition that holds as long as there is a schema of this name.
pub(crate) fn has_schema(schema: &Identifier) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_namespace AS namespace \
         WHERE namespace.nspname OPERATOR(pg_catalog.=) {})",
        schema.value()
    )
}

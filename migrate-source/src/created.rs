//! Which tables scripts create and leave, as far as their texts are certain about it: what a database must have that has run
//! them.

use crate::standalone::{QualifiedName, Tokens};

/// The names of the tables that these statements create, one after the other, and that none of them may have dropped or
/// renamed since: without schema, as the catalog has them.
///
/// A statement whose text does not show what it does, such as a `DO` block, makes all tables before it uncertain.
pub fn tables_left<'a>(statements: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for statement in statements {
        match effect(statement) {
            Effect::Creates(table) => {
                tables.retain(|other| *other != table);
                tables.push(table);
            }
            Effect::MayTake(names) => tables.retain(|table| !names.contains(table)),
            Effect::Unknown => tables.clear(),
            Effect::None => {}
        }
    }
    tables
}

/// What a statement does to the set of tables.
enum Effect {
    None,
    Creates(String),
    /// One of these may be gone.
    MayTake(Vec<String>),
    Unknown,
}

/// What may be dropped without a table.
const NO_TABLES: [&str; 12] = [
    "index",
    "view",
    "materialized",
    "function",
    "procedure",
    "routine",
    "aggregate",
    "trigger",
    "policy",
    "rule",
    "sequence",
    "publication",
];

/// Functions of PostgreSQL that a `SELECT` calls for their effect, which is none on tables.
const HARMLESS: [&str; 3] = ["setval", "set_config", "nextval"];

fn effect(statement: &str) -> Effect {
    let mut tokens = Tokens::new(statement);
    if tokens.take("create") {
        return created(tokens).map_or(Effect::None, Effect::Creates);
    }
    if tokens.take("drop") {
        return match () {
            () if tokens.is("table") => Effect::MayTake(tokens.names()),
            () if NO_TABLES.iter().any(|kind| tokens.is(kind)) => Effect::None,
            () => Effect::Unknown,
        };
    }
    if tokens.take("alter") {
        let renames = tokens.has("rename");
        return if renames { Effect::MayTake(tokens.names()) } else { Effect::None };
    }
    let runs_code = ["do", "call", "execute"].iter().any(|word| tokens.is(word));
    let calls = tokens.is("select") && tokens.calls_other_than(&HARMLESS);
    if runs_code || calls { Effect::Unknown } else { Effect::None }
}

/// The table of `CREATE TABLE`, unless it is a temporary one.
fn created(mut tokens: Tokens<'_>) -> Option<String> {
    tokens.take("unlogged");
    if !tokens.take("table") {
        return None;
    }
    if tokens.take("if") && !(tokens.take("not") && tokens.take("exists")) {
        return None;
    }
    let QualifiedName { parts } = tokens.qualified_name()?;
    let is_temporary = parts.len() > 1 && parts[0].starts_with("pg_temp");
    parts.into_iter().next_back().filter(|_| !is_temporary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_left_that_nothing_may_have_taken() {
        let cases: [(&[&str], &[&str]); 20] = [
            (&["CREATE TABLE a (n int)", "create unlogged table if not exists s.\"B c\" ()"], &["a", "B c"]),
            (&["CREATE TABLE a AS SELECT 1", "CREATE TABLE p PARTITION OF a DEFAULT"], &["a", "p"]),
            (&["CREATE TEMP TABLE a (n int)", "CREATE LOCAL TEMPORARY TABLE b ()"], &[]),
            (&["CREATE TABLE pg_temp.a (n int)", "CREATE TABLE pg_temp_3.b ()"], &[]),
            (&["CREATE TABLE a (n int)", "/* x */ DROP TABLE b, s.\"a\""], &[]),
            (&["CREATE TABLE a (n int)", "DROP TABLE IF EXISTS b CASCADE"], &["a"]),
            (&["CREATE TABLE a (n int)", "DROP INDEX i", "DROP VIEW a CASCADE"], &["a"]),
            (&["CREATE TABLE a (n int)", "DROP SCHEMA s CASCADE"], &[]),
            (&["CREATE TABLE a (n int)", "DROP OWNED BY r"], &[]),
            (&["CREATE TABLE a (n int)", "DROP EXTENSION e"], &[]),
            (&["CREATE TABLE a (n int)", "ALTER TABLE A RENAME TO b"], &[]),
            (&["CREATE TABLE a (n int)", "ALTER TABLE a ADD b int", "ALTER TABLE a SET SCHEMA s"], &["a"]),
            (&["CREATE TABLE a (n int)", "DO $$BEGIN END$$"], &[]),
            (&["CREATE TABLE a (n int)", "CALL p()"], &[]),
            (&["CREATE TABLE a (n int)", "SELECT drop_it('a')"], &[]),
            (&["CREATE TABLE a (n int)", "SELECT pg_catalog.setval('s', 1)", "SELECT (1)"], &["a"]),
            (&["DO $$BEGIN END$$", "CREATE TABLE a (n int)"], &["a"]),
            (&["DROP TABLE a", "CREATE TABLE a (n int)"], &["a"]),
            (&["CREATE FOREIGN TABLE a (n int) SERVER s", "CREATE VIEW v AS SELECT 1"], &[]),
            (&["INSERT INTO a VALUES (1)", "COMMENT ON TABLE a IS 'CREATE TABLE b ()'"], &[]),
        ];
        for (statements, expected) in cases {
            assert_eq!(tables_left(statements.iter().copied()), expected, "{statements:?}");
        }
    }
}

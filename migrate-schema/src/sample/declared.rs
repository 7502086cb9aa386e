//! What the statements of a plan say themselves that they delete or change.

use std::collections::BTreeSet;

use super::names::{above, below};
use super::text::names;
use crate::key::split_outside_quotes;
use crate::kind::Kind;
use crate::schema::Schema;
use crate::script::Script;
use crate::statement::Statement;

/// Tables and columns that need not be as they were, by the names of both schemas.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    tables: BTreeSet<Vec<String>>,
    columns: BTreeSet<Vec<String>>,
    sequences: BTreeSet<Vec<String>>,
}

impl Declared {
    /// Takes in what the statements of a script say.
    pub(super) fn add(&mut self, script: &Script, schemas: [&Schema; 2]) {
        for statement in script.statements.iter().filter(|statement| statement.loses_data()) {
            for schema in schemas {
                self.add_statement(statement, schema, schemas);
            }
        }
    }

    fn add_statement(&mut self, statement: &Statement, schema: &Schema, schemas: [&Schema; 2]) {
        let columns = columns_of(&statement.sql);
        for fact in schema.facts() {
            let (key, path) = (fact.key(), fact.key().path());
            if key.kind() == Kind::Sequence && names(&statement.sql, key.leaf()) {
                self.sequences.insert(path.to_vec());
            }
            if let Some(sequence) = fact.get("_sequence").filter(|_| key.kind() == Kind::Column) {
                let sequence = split_outside_quotes(sequence, '.').unwrap_or_default();
                let is_altered = altered_table(&statement.sql) == Some(&*key.owner())
                    && columns.iter().any(|column| column == key.leaf());
                if let Some(name) = sequence.last().filter(|name| is_altered || names(&statement.sql, name)) {
                    self.sequences.insert(vec![path[0].clone(), (*name).to_owned()]);
                }
            }
            let is_about = match altered_table(&statement.sql) {
                Some(table) => table == key.sql(),
                None => names(&statement.sql, key.leaf()),
            };
            if key.kind() != Kind::Table || !is_about {
                continue;
            }
            let family =
                schemas.iter().flat_map(|schema| above(schema, path).into_iter().chain(below(schema, path)));
            for table in family.chain([path.to_vec()]) {
                if columns.is_empty() {
                    self.tables.insert(table);
                } else {
                    let column = |column: &String| [table.as_slice(), std::slice::from_ref(column)].concat();
                    self.columns.extend(columns.iter().map(column));
                }
            }
        }
    }

    pub(super) fn has_table(&self, path: &[String]) -> bool {
        self.tables.contains(path)
    }

    pub(super) fn has_column(&self, path: &[String]) -> bool {
        self.columns.contains(path)
    }

    pub(super) fn has_sequence(&self, path: &[String]) -> bool {
        self.sequences.contains(path)
    }
}

/// The table of an `ALTER TABLE`.
pub(super) fn altered_table(sql: &str) -> Option<&str> {
    let mut rest = sql.strip_prefix("ALTER TABLE ")?;
    for word in ["IF EXISTS ", "ONLY "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    Some(identifier(rest))
}

/// The columns that a statement about a table speaks of; none where it speaks of whole rows.
fn columns_of(sql: &str) -> Vec<String> {
    let behind = |word: &str, sql: &str| -> Vec<String> {
        sql.match_indices(word)
            .map(|(at, _)| {
                let rest = &sql[at + word.len()..];
                identifier(rest.strip_prefix("IF EXISTS ").unwrap_or(rest)).to_owned()
            })
            .collect()
    };
    match sql {
        _ if sql.starts_with("ALTER TABLE ") => behind(" COLUMN ", sql),
        _ if sql.starts_with("UPDATE ") => behind(" SET ", sql),
        _ => Vec::new(),
    }
}

/// A name at the beginning of a text, with what is before its dots.
fn identifier(text: &str) -> &str {
    let mut is_quoted = false;
    let end = text.find(|letter: char| {
        is_quoted ^= letter == '"';
        !(is_quoted || letter.is_alphanumeric() || matches!(letter, '_' | '$' | '.' | '"'))
    });
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_statement_speaks_of() {
        let sql = "ALTER TABLE \"A b\".\"c.d\" DROP COLUMN \"x y\", ALTER COLUMN z TYPE int USING z::int";
        assert_eq!(altered_table(sql), Some("\"A b\".\"c.d\""));
        assert_eq!(columns_of(sql), ["\"x y\"", "z"]);
        assert_eq!(columns_of("UPDATE t SET a = 1 WHERE a IS NULL"), ["a"]);
        assert!(columns_of("ALTER TABLE p DETACH PARTITION c").is_empty());
        assert_eq!(altered_table("DROP TABLE t"), None);
    }
}

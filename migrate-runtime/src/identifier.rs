//! Names and texts on their way into SQL: the one type that holds identifiers and the one function that quotes
//! literals.

use std::fmt;

use migrate_source::Code;

/// An SQL identifier that PostgreSQL takes as it is, quoted once.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identifier {
    quoted: String,
}

/// A name that cannot be an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidIdentifier {
    name: String,
    why: &'static str,
}

impl Identifier {
    pub(crate) fn new(name: &str) -> Result<Self, InvalidIdentifier> {
        if let Some(why) = migrate_source::why_no_identifier(name) {
            return Err(InvalidIdentifier { name: name.to_owned(), why });
        }
        Ok(Self { quoted: quote_identifier(name) })
    }

    /// The names of a table and of those that are beside it, with the endings `_log` and `_lock`.
    pub(crate) fn with_companions(name: &str) -> Result<[Self; 3], InvalidIdentifier> {
        if let Some(why) = migrate_source::why_no_history_table(name) {
            return Err(InvalidIdentifier { name: name.to_owned(), why });
        }
        Ok([Self::new(name)?, Self::new(&format!("{name}_log"))?, Self::new(&format!("{name}_lock"))?])
    }

    /// The name as a value, as the catalog has it: a literal of the type `name`.
    pub(crate) fn value(&self) -> String {
        let inside = &self.quoted[1..self.quoted.len() - 1];
        format!("{}::pg_catalog.name", literal(&inside.replace("\"\"", "\"")))
    }
}

/// Quoted, as it stands in SQL.
impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quoted)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quoted)
    }
}

impl fmt::Display for InvalidIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot name a schema or table: it {}", self.name, self.why)
    }
}

impl InvalidIdentifier {
    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        Code::M0538
    }
}

impl std::error::Error for InvalidIdentifier {}

pub(crate) fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as an SQL literal, right whatever `standard_conforming_strings` says.
pub(crate) fn literal(text: &str) -> String {
    let prefix = if text.contains('\\') { " E" } else { "" };
    format!("{prefix}'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace('\0', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_quoted_once() {
        let quoted = |name: &str| Identifier::new(name).map(|identifier| identifier.to_string());
        assert_eq!(quoted("schema_migrations").as_deref(), Ok("\"schema_migrations\""));
        assert_eq!(quoted("a\"b; drop").as_deref(), Ok("\"a\"\"b; drop\""));
        assert!(quoted("").is_err());
        assert!(quoted("a\0b").is_err());
        assert!(quoted(&"x".repeat(63)).is_ok());
        assert!(quoted(&"x".repeat(64)).is_err());
    }

    #[test]
    fn literals() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), " E'a\\\\''b'");
        assert_eq!(literal("a\0b"), "'ab'");
    }
}

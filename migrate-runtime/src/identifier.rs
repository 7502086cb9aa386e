//! Names and texts on their way into SQL: the one type that holds identifiers and the one function that quotes
//! literals.

use std::fmt;

/// An SQL identifier that PostgreSQL takes as it is, quoted once.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identifier {
    name: String,
    quoted: String,
}

/// A name that cannot be an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidIdentifier {
    name: String,
    why: &'static str,
}

/// `NAMEDATALEN - 1`: PostgreSQL cuts longer names off, and two names could then be one.
const MAX_BYTES: usize = 63;

impl Identifier {
    pub(crate) fn new(name: &str) -> Result<Self, InvalidIdentifier> {
        let invalid = |why| Err(InvalidIdentifier { name: name.to_owned(), why });
        if name.is_empty() {
            return invalid("is empty");
        }
        if name.len() > MAX_BYTES {
            return invalid("has more than 63 bytes");
        }
        if name.chars().any(char::is_control) {
            return invalid("has a control character");
        }
        Ok(Self { name: name.to_owned(), quoted: quote_identifier(name) })
    }

    /// The name with an ending, if there is room for it.
    pub(crate) fn with_ending(&self, ending: &str) -> Result<Self, InvalidIdentifier> {
        let too_long = |_| InvalidIdentifier {
            name: self.name.clone(),
            why: "has more than 59 bytes, and needs room for the ending of a second table's name",
        };
        Self::new(&format!("{}{ending}", self.name)).map_err(too_long)
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

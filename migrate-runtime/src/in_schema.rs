//! The schema that a set is applied to, where a database has one for each tenant: which names a script means there.

use std::fmt::Write as _;

use crate::identifier::{Identifier, InvalidIdentifier};

/// One schema of a database, and those whose objects it uses with the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InSchema {
    schema: Identifier,
    shared: Vec<Identifier>,
    /// Where the schema is missing, it is created rather than told.
    pub(crate) may_create: bool,
}

impl InSchema {
    pub(crate) fn new(schema: &str, shared: &[&str], may_create: bool) -> Result<Self, InvalidIdentifier> {
        let shared = shared.iter().map(|name| Identifier::new(name)).collect::<Result<_, _>>()?;
        Ok(Self { schema: Identifier::new(schema)?, shared, may_create })
    }

    /// Quoted, as it stands in SQL.
    pub(crate) fn schema(&self) -> &Identifier {
        &self.schema
    }

    /// The statement by which names without a schema are this one's. What comes first in the path is where objects are
    /// created; `pg_temp` at the end keeps temporary ones from standing in for others (CVE-2018-1058).
    pub(crate) fn set_path(&self, is_local: bool) -> String {
        let local = if is_local { "LOCAL " } else { "" };
        let mut sql = format!("SET {local}search_path = {}", self.schema);
        for shared in &self.shared {
            // Writing to a `String` cannot fail.
            let _ = write!(sql, ", {shared}");
        }
        sql + ", pg_temp"
    }
}

#[cfg(test)]
mod tests {
    use super::InSchema;

    #[test]
    fn a_path_begins_with_the_schema() {
        let within = InSchema::new("tenant \"a\"", &["public"], false).expect("names");
        assert_eq!(
            within.set_path(true),
            "SET LOCAL search_path = \"tenant \"\"a\"\"\", \"public\", pg_temp"
        );
        assert_eq!(
            InSchema::new("a", &[], false).expect("a name").set_path(false),
            "SET search_path = \"a\", pg_temp"
        );
        assert!(InSchema::new("", &[], false).is_err() && InSchema::new("a", &[""], false).is_err());
    }
}

//! What a statement changes that PostgreSQL takes only outside a transaction: what a cut one may have left behind is found
//! by it.

use crate::reader::{Tokens, quoted};

/// A statement whose work PostgreSQL commits piece by piece, or that has an effect outside the transaction.
///
/// Names are as the catalog has them; a qualified one is quoted, for `to_regclass` and for another statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standalone<'a> {
    /// `CREATE INDEX CONCURRENTLY`
    BuildIndex(IndexBuild<'a>),
    /// `DROP INDEX CONCURRENTLY`: PostgreSQL takes only one.
    DropIndex(String),
    /// `REINDEX … CONCURRENTLY` of an index, a table or a schema; of the whole database where there is no name.
    Reindex(Reindexed, Option<String>),
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`
    Detach {
        /// The partitioned table.
        parent: String,
        /// The partition.
        partition: String,
    },
    /// `CREATE DATABASE`, `CREATE TABLESPACE`, `CREATE SUBSCRIPTION`
    Create(Object, String),
    /// `DROP DATABASE`, `DROP TABLESPACE`, `DROP SUBSCRIPTION`
    Drop(Object, String),
}

/// The index that `CREATE INDEX CONCURRENTLY` builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexBuild<'a> {
    /// The name. It is in its table's schema. `None`: PostgreSQL chooses one.
    pub name: Option<String>,
    /// Whether the statement says `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Whether it says `UNIQUE`.
    pub is_unique: bool,
    /// The table.
    pub table: String,
    /// The same without schema.
    pub table_name: String,
    /// What comes after the table: method, columns, storage parameters, predicate.
    pub definition: &'a str,
}

/// What `REINDEX` is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reindexed {
    /// One index.
    Index,
    /// The indexes of a table.
    Table,
    /// Those of a schema.
    Schema,
    /// All of them.
    Database,
}

/// What belongs to the whole server, or reaches another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// A database.
    Database,
    /// A tablespace.
    Tablespace,
    /// A subscription.
    Subscription,
}

impl Object {
    const ALL: [(&'static str, Self); 3] = [
        ("database", Self::Database),
        ("tablespace", Self::Tablespace),
        ("subscription", Self::Subscription),
    ];
}

/// Reads such a statement. `None`: it is another one, or a name has an escape character of its own (`UESCAPE`).
pub fn standalone(statement: &str) -> Option<Standalone<'_>> {
    let mut tokens = Tokens::new(statement);
    if tokens.take("create") {
        return tokens.create();
    }
    if tokens.take("drop") {
        return tokens.drop();
    }
    if tokens.take("reindex") {
        return tokens.reindex();
    }
    if tokens.take("alter") && tokens.take("table") {
        return tokens.detach();
    }
    None
}

impl<'a> Tokens<'a> {
    fn create(mut self) -> Option<Standalone<'a>> {
        if let Some(object) = self.object() {
            return Some(Standalone::Create(object, self.identifier()?));
        }
        let is_unique = self.take("unique");
        if !(self.take("index") && self.take("concurrently")) {
            return None;
        }
        let if_not_exists = self.take("if") && self.take("not") && self.take("exists");
        let name = if self.take("on") {
            None
        } else {
            let name = self.identifier()?;
            if !self.take("on") {
                return None;
            }
            Some(name)
        };
        let table = self.relation()?;
        let definition = self.rest();
        Some(Standalone::BuildIndex(IndexBuild {
            name,
            if_not_exists,
            is_unique,
            table: table.to_string(),
            table_name: quoted(table.parts.last()?),
            definition,
        }))
    }

    fn drop(mut self) -> Option<Standalone<'a>> {
        if let Some(object) = self.object() {
            self.take_if_exists();
            return Some(Standalone::Drop(object, self.identifier()?));
        }
        if !(self.take("index") && self.take("concurrently")) {
            return None;
        }
        self.take_if_exists();
        self.qualified_name().map(|name| Standalone::DropIndex(name.to_string()))
    }

    fn reindex(mut self) -> Option<Standalone<'a>> {
        let mut is_concurrent = false;
        if self.is_symbol('(') {
            while !self.is_symbol(')') {
                // `CONCURRENTLY false` does not come here: `is_refused_in_transaction` has seen it.
                is_concurrent |= self.is("concurrently");
                self.at += 1;
                self.list.get(self.at)?;
            }
            self.at += 1;
        }
        let what = match () {
            () if self.take("index") => Reindexed::Index,
            () if self.take("table") => Reindexed::Table,
            () if self.take("schema") => Reindexed::Schema,
            () if self.take("database") || self.take("system") => Reindexed::Database,
            () => return None,
        };
        is_concurrent |= self.take("concurrently");
        let name = if what == Reindexed::Database { None } else { Some(self.qualified_name()?.to_string()) };
        is_concurrent.then_some(Standalone::Reindex(what, name))
    }

    fn detach(mut self) -> Option<Standalone<'a>> {
        self.take_if_exists();
        let parent = self.relation()?.to_string();
        if !(self.take("detach") && self.take("partition")) {
            return None;
        }
        let partition = self.qualified_name()?.to_string();
        self.take("concurrently").then_some(Standalone::Detach { parent, partition })
    }

    fn object(&mut self) -> Option<Object> {
        Object::ALL.into_iter().find(|(word, _)| self.take(word)).map(|(_, object)| object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build<'a>(
        name: Option<&str>,
        (is_unique, if_not_exists): (bool, bool),
        table: &str,
        definition: &'a str,
    ) -> Standalone<'a> {
        let table_name = table.rsplit('.').next().unwrap_or_default().to_owned();
        let (name, table) = (name.map(str::to_owned), table.to_owned());
        Standalone::BuildIndex(IndexBuild { name, if_not_exists, is_unique, table, table_name, definition })
    }

    #[test]
    fn reads_what_cuts_leave_behind() {
        let create = |object, name: &str| Some(Standalone::Create(object, name.to_owned()));
        let drop = |object, name: &str| Some(Standalone::Drop(object, name.to_owned()));
        let cases = [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", Some(build(Some("i"), (false, false), "\"t\"", "(a)"))),
            (
                "create unique /* x */ index concurrently if not exists Idx on only s.\"T\" using btree (a) -- b",
                Some(build(Some("idx"), (true, true), "\"s\".\"T\"", "using btree (a) -- b")),
            ),
            (
                "CREATE INDEX CONCURRENTLY \"a\"\"B\" ON t(a)",
                Some(build(Some("a\"B"), (false, false), "\"t\"", "(a)")),
            ),
            (
                "CREATE INDEX CONCURRENTLY ON s . t (a) WHERE a > 0",
                Some(build(None, (false, false), "\"s\".\"t\"", "(a) WHERE a > 0")),
            ),
            ("CREATE INDEX i ON t (a)", None),
            (
                "CREATE INDEX CONCURRENTLY U&\"i\\0041\\\\\\+00006d\" ON ONLY (s /* x */ . -- y\n t) (a)",
                Some(build(Some("iA\\m"), (false, false), "\"s\".\"t\"", "(a)")),
            ),
            ("CREATE INDEX CONCURRENTLY U&\"i!0041\" UESCAPE '!' ON t (a)", None),
            ("CREATE INDEX CONCURRENTLY i ON ONLY (t (a)", None),
            ("DROP INDEX CONCURRENTLY i", Some(Standalone::DropIndex("\"i\"".to_owned()))),
            (
                "drop index concurrently /* x */ if exists s . \"I\" cascade",
                Some(Standalone::DropIndex("\"s\".\"I\"".to_owned())),
            ),
            ("DROP INDEX i", None),
            (
                "REINDEX INDEX CONCURRENTLY s.i",
                Some(Standalone::Reindex(Reindexed::Index, Some("\"s\".\"i\"".to_owned()))),
            ),
            (
                "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
                Some(Standalone::Reindex(Reindexed::Table, Some("\"t\"".to_owned()))),
            ),
            (
                "REINDEX SCHEMA CONCURRENTLY s",
                Some(Standalone::Reindex(Reindexed::Schema, Some("\"s\"".to_owned()))),
            ),
            ("REINDEX DATABASE CONCURRENTLY", Some(Standalone::Reindex(Reindexed::Database, None))),
            ("REINDEX TABLE t", None),
            ("REINDEX (VERBOSE", None),
            (
                "ALTER TABLE IF EXISTS ONLY s.p DETACH PARTITION \"C\" CONCURRENTLY",
                Some(Standalone::Detach { parent: "\"s\".\"p\"".to_owned(), partition: "\"C\"".to_owned() }),
            ),
            ("ALTER TABLE p DETACH PARTITION c", None),
            ("ALTER TABLE p DETACH PARTITION c FINALIZE", None),
            ("CREATE DATABASE D", create(Object::Database, "d")),
            ("DROP DATABASE IF EXISTS \"D\" WITH (FORCE)", drop(Object::Database, "D")),
            ("CREATE TABLESPACE x LOCATION '/x'", create(Object::Tablespace, "x")),
            ("DROP SUBSCRIPTION s", drop(Object::Subscription, "s")),
            (
                "ALTER TABLE ONLY (p) DETACH PARTITION c CONCURRENTLY",
                Some(Standalone::Detach { parent: "\"p\"".to_owned(), partition: "\"c\"".to_owned() }),
            ),
            ("VACUUM t", None),
            ("CALL p()", None),
        ];
        for (statement, expected) in cases {
            assert_eq!(standalone(statement), expected, "{statement}");
        }
    }

    #[test]
    fn cuts_names_off_as_postgresql_does() {
        let long = "x".repeat(62) + "éy";
        let statement = format!("CREATE INDEX CONCURRENTLY \"{long}\" ON t (a)");
        let Some(Standalone::BuildIndex(build)) = standalone(&statement) else { panic!("{statement}") };
        assert_eq!(build.name, Some("x".repeat(62)));
    }
}

//! What a statement changes that PostgreSQL takes only outside a transaction: what a cut one may have left behind is found
//! by it.

use crate::lexer::{self, Token, TokenKind};

/// A statement whose work PostgreSQL commits piece by piece, or that has an effect outside the transaction.
///
/// Names are as the statement has them, with schema if there is one, for `to_regclass`; those of [`Standalone::Create`]
/// and [`Standalone::Drop`] as the catalog has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standalone<'a> {
    /// `CREATE INDEX CONCURRENTLY`
    BuildIndex(IndexBuild<'a>),
    /// `DROP INDEX CONCURRENTLY`: PostgreSQL takes only one.
    DropIndex(&'a str),
    /// `REINDEX … CONCURRENTLY` of an index, a table or a schema; of the whole database where there is no name.
    Reindex(Reindexed, Option<&'a str>),
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`
    Detach {
        /// The partitioned table.
        parent: &'a str,
        /// The partition.
        partition: &'a str,
    },
    /// `CREATE DATABASE`, `CREATE TABLESPACE`, `CREATE SUBSCRIPTION`
    Create(Object, String),
    /// `DROP DATABASE`, `DROP TABLESPACE`, `DROP SUBSCRIPTION`
    Drop(Object, String),
}

/// The index that `CREATE INDEX CONCURRENTLY` builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexBuild<'a> {
    /// The name as the catalog has it. It is in its table's schema. `None`: PostgreSQL chooses one.
    pub name: Option<String>,
    /// Whether the statement says `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Whether it says `UNIQUE`.
    pub is_unique: bool,
    /// The table.
    pub table: &'a str,
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

/// Reads such a statement. `None`: it is another one, or its name is written as `U&"…"`.
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

/// The tokens of a statement without its comments, read from left to right.
struct Tokens<'a> {
    text: &'a str,
    list: Vec<Token>,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, list: lexer::without_comments(text).collect(), at: 0 }
    }

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
        self.take("only");
        let table = self.qualified_name()?;
        let definition = self.rest();
        Some(Standalone::BuildIndex(IndexBuild { name, if_not_exists, is_unique, table, definition }))
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
        self.qualified_name().map(Standalone::DropIndex)
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
        let name = if what == Reindexed::Database { None } else { Some(self.qualified_name()?) };
        is_concurrent.then_some(Standalone::Reindex(what, name))
    }

    fn detach(mut self) -> Option<Standalone<'a>> {
        self.take_if_exists();
        self.take("only");
        let parent = self.qualified_name()?;
        if !(self.take("detach") && self.take("partition")) {
            return None;
        }
        let partition = self.qualified_name()?;
        self.take("concurrently").then_some(Standalone::Detach { parent, partition })
    }

    fn object(&mut self) -> Option<Object> {
        Object::ALL.into_iter().find(|(word, _)| self.take(word)).map(|(_, object)| object)
    }

    fn take_if_exists(&mut self) {
        let _ = self.take("if") && self.take("exists");
    }

    fn is(&self, word: &str) -> bool {
        self.list.get(self.at).is_some_and(|token| {
            token.kind == TokenKind::Word && self.text[token.start..token.end].eq_ignore_ascii_case(word)
        })
    }

    fn take(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    fn is_symbol(&self, symbol: char) -> bool {
        self.list.get(self.at).is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }

    fn name(&mut self) -> Option<Token> {
        let token = *self.list.get(self.at)?;
        self.at += 1;
        matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier).then_some(token)
    }

    fn qualified_name(&mut self) -> Option<&'a str> {
        let first = self.name()?;
        let mut last = first;
        while self.is_symbol('.') {
            self.at += 1;
            last = self.name()?;
        }
        Some(&self.text[first.start..last.end])
    }

    /// A name as the catalog has it: folded to lower case, or without its quotes.
    fn identifier(&mut self) -> Option<String> {
        let token = self.name()?;
        let text = &self.text[token.start..token.end];
        if token.kind == TokenKind::Word {
            return Some(text.to_ascii_lowercase());
        }
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        Some(inner.replace("\"\"", "\""))
    }

    fn rest(&self) -> &'a str {
        self.list.get(self.at).map_or("", |token| &self.text[token.start..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build<'a>(
        name: Option<&str>,
        (is_unique, if_not_exists): (bool, bool),
        table: &'a str,
        definition: &'a str,
    ) -> Standalone<'a> {
        let name = name.map(str::to_owned);
        Standalone::BuildIndex(IndexBuild { name, if_not_exists, is_unique, table, definition })
    }

    #[test]
    fn reads_what_cuts_leave_behind() {
        let create = |object, name: &str| Some(Standalone::Create(object, name.to_owned()));
        let drop = |object, name: &str| Some(Standalone::Drop(object, name.to_owned()));
        let cases = [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", Some(build(Some("i"), (false, false), "t", "(a)"))),
            (
                "create unique /* x */ index concurrently if not exists Idx on only s.\"T\" using btree (a) -- b",
                Some(build(Some("idx"), (true, true), "s.\"T\"", "using btree (a) -- b")),
            ),
            (
                "CREATE INDEX CONCURRENTLY \"a\"\"B\" ON t(a)",
                Some(build(Some("a\"B"), (false, false), "t", "(a)")),
            ),
            (
                "CREATE INDEX CONCURRENTLY ON s . t (a) WHERE a > 0",
                Some(build(None, (false, false), "s . t", "(a) WHERE a > 0")),
            ),
            ("CREATE INDEX i ON t (a)", None),
            ("CREATE INDEX CONCURRENTLY U&\"i\" ON t (a)", None),
            ("DROP INDEX CONCURRENTLY i", Some(Standalone::DropIndex("i"))),
            (
                "drop index concurrently /* x */ if exists s . \"I\" cascade",
                Some(Standalone::DropIndex("s . \"I\"")),
            ),
            ("DROP INDEX i", None),
            ("REINDEX INDEX CONCURRENTLY s.i", Some(Standalone::Reindex(Reindexed::Index, Some("s.i")))),
            (
                "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
                Some(Standalone::Reindex(Reindexed::Table, Some("t"))),
            ),
            ("REINDEX SCHEMA CONCURRENTLY s", Some(Standalone::Reindex(Reindexed::Schema, Some("s")))),
            ("REINDEX DATABASE CONCURRENTLY", Some(Standalone::Reindex(Reindexed::Database, None))),
            ("REINDEX TABLE t", None),
            ("REINDEX (VERBOSE", None),
            (
                "ALTER TABLE IF EXISTS ONLY s.p DETACH PARTITION \"C\" CONCURRENTLY",
                Some(Standalone::Detach { parent: "s.p", partition: "\"C\"" }),
            ),
            ("ALTER TABLE p DETACH PARTITION c", None),
            ("ALTER TABLE p DETACH PARTITION c FINALIZE", None),
            ("CREATE DATABASE D", create(Object::Database, "d")),
            ("DROP DATABASE IF EXISTS \"D\" WITH (FORCE)", drop(Object::Database, "D")),
            ("CREATE TABLESPACE x LOCATION '/x'", create(Object::Tablespace, "x")),
            ("DROP SUBSCRIPTION s", drop(Object::Subscription, "s")),
            ("VACUUM t", None),
            ("CALL p()", None),
        ];
        for (statement, expected) in cases {
            assert_eq!(standalone(statement), expected, "{statement}");
        }
    }
}

//! What a statement may not be: something that only psql can send, transaction control, or something that PostgreSQL
//! refuses inside a transaction. Decided from the key words of one statement.

use crate::lexer::{Token, TokenKind};

/// Why a statement cannot stand where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Objection {
    /// `COPY … FROM STDIN`: the data would have to follow in another message.
    CopyFromStdin,
    /// `COPY … TO STDOUT`: nobody would read the data.
    CopyToStdout,
    /// It begins, ends or prepares a transaction, or comes too late to configure it.
    TransactionControl(&'static str),
    /// PostgreSQL runs it only outside a transaction block.
    RefusedInTransaction(&'static str),
    /// It has an effect, or is allowed, only inside a transaction block.
    NeedsTransaction(&'static str),
}

/// One statement: its tokens without comments, and without the semicolon.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { text, tokens }
    }

    fn is(self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            token.kind == TokenKind::Word && self.text[token.start..token.end].eq_ignore_ascii_case(word)
        })
    }

    fn is_any(self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    fn starts_with(self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(at, word)| self.is(at, word))
    }

    /// Where the words stand side by side, from `from` on.
    fn find(self, from: usize, words: &[&str]) -> Option<usize> {
        (from..self.tokens.len())
            .find(|start| words.iter().enumerate().all(|(at, word)| self.is(start + at, word)))
    }

    /// Whether an option `name = false` (or `off`, `0`) is given.
    fn switched_off(self, name: &str) -> bool {
        let Some(at) = self.find(0, &[name]) else {
            return false;
        };
        let value = at + 1 + usize::from(self.is_symbol(at + 1, '='));
        self.is_any(value, &["false", "off"])
            || self.tokens.get(value).is_some_and(|token| {
                let text = self.text[token.start..token.end].trim_matches('\'');
                ["0", "false", "off"].iter().any(|off| text.eq_ignore_ascii_case(off))
            })
    }

    fn is_symbol(self, at: usize, symbol: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }
}

/// The first objection to a statement, if there is one.
pub(crate) fn objection(statement: Words<'_>) -> Option<Objection> {
    copy(statement)
        .or_else(|| transaction_control(statement).map(Objection::TransactionControl))
        .or_else(|| refused_in_transaction(statement).map(Objection::RefusedInTransaction))
        .or_else(|| needs_transaction(statement).map(Objection::NeedsTransaction))
}

fn copy(s: Words<'_>) -> Option<Objection> {
    if !s.is(0, "copy") {
        return None;
    }
    // As in psql's `\copy`, PostgreSQL's grammar takes `stdin` and `stdout` for the same.
    let stdio = |at: usize| s.is_any(at + 1, &["stdin", "stdout"]);
    // The query of `COPY (…) TO` has a `FROM` of its own, which no `STDIN` follows unless it is a table's name.
    let mut depth = 0_u32;
    for (at, token) in s.tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Symbol('(') => depth += 1,
            TokenKind::Symbol(')') => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 && stdio(at) && s.is(at, "from") => {
                return Some(Objection::CopyFromStdin);
            }
            TokenKind::Word if depth == 0 && stdio(at) && s.is(at, "to") => {
                return Some(Objection::CopyToStdout);
            }
            _ => {}
        }
    }
    None
}

/// Not `SAVEPOINT`, `RELEASE` and `ROLLBACK TO`, which leave the transaction as it is.
fn transaction_control(s: Words<'_>) -> Option<&'static str> {
    if s.is(0, "begin") {
        Some("BEGIN")
    } else if s.starts_with(&["start", "transaction"]) {
        Some("START TRANSACTION")
    } else if s.starts_with(&["commit", "prepared"]) {
        Some("COMMIT PREPARED")
    } else if s.is(0, "commit") {
        Some("COMMIT")
    } else if s.is(0, "end") {
        Some("END")
    } else if s.starts_with(&["rollback", "prepared"]) {
        Some("ROLLBACK PREPARED")
    } else if s.is(0, "rollback") {
        let to = 1 + usize::from(s.is_any(1, &["work", "transaction"]));
        (!s.is(to, "to")).then_some("ROLLBACK")
    } else if s.is(0, "abort") {
        Some("ABORT")
    } else if s.starts_with(&["prepare", "transaction"]) {
        Some("PREPARE TRANSACTION")
    } else if sets_transaction(s) {
        Some("SET TRANSACTION")
    } else {
        None
    }
}

/// `SET TRANSACTION`, or one of the settings that it sets.
fn sets_transaction(s: Words<'_>) -> bool {
    let at = 1 + usize::from(s.is_any(1, &["local", "session"]));
    let settings =
        ["transaction", "transaction_isolation", "transaction_read_only", "transaction_deferrable"];
    s.is(0, "set") && s.is_any(at, &settings)
}

/// The statements whose implementation calls `RequireTransactionBlock` or `WarnNoTransactionBlock`; not `LOCK TABLE`, which
/// does what it says, and lets go at once.
fn needs_transaction(s: Words<'_>) -> Option<&'static str> {
    if s.is(0, "savepoint") {
        Some("SAVEPOINT")
    } else if s.is(0, "release") {
        Some("RELEASE SAVEPOINT")
    } else if s.is(0, "rollback") {
        Some("ROLLBACK TO SAVEPOINT")
    } else if s.starts_with(&["set", "local"]) {
        Some("SET LOCAL")
    } else if s.starts_with(&["set", "constraints"]) {
        Some("SET CONSTRAINTS")
    } else if s.is(0, "declare") && s.find(1, &["with", "hold"]).is_none() {
        Some("DECLARE CURSOR without HOLD")
    } else {
        None
    }
}

/// The statements whose implementation calls `PreventInTransactionBlock`, as far as the text decides it: not, for
/// example, `DROP SUBSCRIPTION`, which is refused only while a replication slot belongs to the subscription.
fn refused_in_transaction(s: Words<'_>) -> Option<&'static str> {
    if s.is(0, "create") {
        let index = 1 + usize::from(s.is(1, "unique"));
        if s.is(index, "index") && s.is(index + 1, "concurrently") {
            return Some("CREATE INDEX CONCURRENTLY");
        }
        if s.is(1, "subscription") {
            let connects = !s.switched_off("connect") && !s.switched_off("create_slot");
            return connects.then_some("CREATE SUBSCRIPTION with a replication slot");
        }
        return database_or_tablespace(s, "CREATE DATABASE", "CREATE TABLESPACE");
    }
    if s.is(0, "drop") {
        if s.starts_with(&["drop", "index", "concurrently"]) {
            return Some("DROP INDEX CONCURRENTLY");
        }
        return database_or_tablespace(s, "DROP DATABASE", "DROP TABLESPACE");
    }
    if s.is(0, "alter") {
        return alter(s);
    }
    if s.is(0, "reindex") {
        return reindex(s);
    }
    if s.is(0, "vacuum") {
        return Some("VACUUM");
    }
    if s.is(0, "cluster") && cluster_names_no_table(s) {
        return Some("CLUSTER without a table");
    }
    s.starts_with(&["discard", "all"]).then_some("DISCARD ALL")
}

fn database_or_tablespace(
    s: Words<'_>,
    database: &'static str,
    tablespace: &'static str,
) -> Option<&'static str> {
    if s.is(1, "database") {
        Some(database)
    } else if s.is(1, "tablespace") {
        Some(tablespace)
    } else {
        None
    }
}

fn alter(s: Words<'_>) -> Option<&'static str> {
    if s.is(1, "system") {
        return Some("ALTER SYSTEM");
    }
    if s.is(1, "database") && s.find(3, &["set", "tablespace"]).is_some() {
        return Some("ALTER DATABASE … SET TABLESPACE");
    }
    if s.is(1, "subscription") {
        if s.find(3, &["refresh", "publication"]).is_some() {
            return Some("ALTER SUBSCRIPTION … REFRESH PUBLICATION");
        }
        let changes = ["set", "add", "drop"].iter().any(|verb| s.find(3, &[verb, "publication"]).is_some());
        return (changes && !s.switched_off("refresh"))
            .then_some("ALTER SUBSCRIPTION … PUBLICATION with refresh");
    }
    if s.is(1, "table") {
        let detach = s.find(2, &["detach", "partition"])?;
        return s.find(detach, &["concurrently"]).map(|_| "ALTER TABLE … DETACH PARTITION CONCURRENTLY");
    }
    None
}

fn reindex(s: Words<'_>) -> Option<&'static str> {
    let kinds = ["index", "table", "schema", "database", "system"];
    let kind = (1..s.tokens.len()).find(|at| s.is_any(*at, &kinds))?;
    if s.is_any(kind, &["schema", "database", "system"]) {
        return Some("REINDEX of a schema or database");
    }
    let concurrently = s.is(kind + 1, "concurrently")
        || (s.find(1, &["concurrently"]).is_some_and(|at| at < kind) && !s.switched_off("concurrently"));
    concurrently.then_some("REINDEX CONCURRENTLY")
}

fn cluster_names_no_table(s: Words<'_>) -> bool {
    let mut at = 1 + usize::from(s.is(1, "verbose"));
    if s.is_symbol(at, '(') {
        while at < s.tokens.len() && !s.is_symbol(at, ')') {
            at += 1;
        }
        at += 1;
    }
    at >= s.tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::Lexer;

    #[track_caller]
    fn check(sql: &str, expected: Option<Objection>) {
        let mut lexer = Lexer::new(sql);
        let tokens: Vec<Token> = std::iter::from_fn(|| lexer.next_token().expect("terminated")).collect();
        assert_eq!(objection(Words::new(sql, &tokens)), expected, "{sql}");
    }

    #[test]
    fn copy_through_the_connection() {
        check("COPY t (a, b) FROM stdin", Some(Objection::CopyFromStdin));
        check("copy t FROM STDIN WITH (FORMAT csv)", Some(Objection::CopyFromStdin));
        check("COPY (SELECT a FROM t) TO STDOUT", Some(Objection::CopyToStdout));
        check("COPY (SELECT a FROM stdin) TO '/tmp/x'", None);
        check("COPY t FROM '/tmp/x'", None);
        check("COPY t FROM PROGRAM 'cat'", None);
    }

    #[test]
    fn transaction_control() {
        for (sql, name) in [
            ("begin", "BEGIN"),
            ("BEGIN ISOLATION LEVEL SERIALIZABLE", "BEGIN"),
            ("START TRANSACTION", "START TRANSACTION"),
            ("COMMIT AND CHAIN", "COMMIT"),
            ("COMMIT PREPARED 'x'", "COMMIT PREPARED"),
            ("END", "END"),
            ("ROLLBACK", "ROLLBACK"),
            ("rollback work", "ROLLBACK"),
            ("ROLLBACK PREPARED 'x'", "ROLLBACK PREPARED"),
            ("ABORT", "ABORT"),
            ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
            ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET TRANSACTION"),
            ("SET LOCAL transaction_isolation = 'serializable'", "SET TRANSACTION"),
            ("SET transaction_read_only TO on", "SET TRANSACTION"),
        ] {
            check(sql, Some(Objection::TransactionControl(name)));
        }
        check("PREPARE x AS SELECT 1", None);
        check("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", None);
    }

    #[test]
    fn allowed_in_a_transaction_only() {
        for (sql, name) in [
            ("SAVEPOINT a", "SAVEPOINT"),
            ("RELEASE a", "RELEASE SAVEPOINT"),
            ("ROLLBACK TO a", "ROLLBACK TO SAVEPOINT"),
            ("ROLLBACK WORK TO SAVEPOINT a", "ROLLBACK TO SAVEPOINT"),
            ("set local lock_timeout = 0", "SET LOCAL"),
            ("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS"),
            ("DECLARE c CURSOR FOR SELECT 1", "DECLARE CURSOR without HOLD"),
        ] {
            check(sql, Some(Objection::NeedsTransaction(name)));
        }
        check("DECLARE c CURSOR WITH HOLD FOR SELECT 1", None);
        check("SET lock_timeout = 0", None);
    }

    #[test]
    fn refused_in_a_transaction() {
        for (sql, name) in [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX CONCURRENTLY"),
            ("create unique index concurrently if not exists i on t (a)", "CREATE INDEX CONCURRENTLY"),
            ("DROP INDEX CONCURRENTLY i", "DROP INDEX CONCURRENTLY"),
            ("REINDEX TABLE CONCURRENTLY t", "REINDEX CONCURRENTLY"),
            ("REINDEX (VERBOSE, CONCURRENTLY) INDEX i", "REINDEX CONCURRENTLY"),
            ("REINDEX SCHEMA s", "REINDEX of a schema or database"),
            ("REINDEX DATABASE", "REINDEX of a schema or database"),
            ("VACUUM", "VACUUM"),
            ("VACUUM (FULL, ANALYZE) t", "VACUUM"),
            ("CLUSTER", "CLUSTER without a table"),
            ("CLUSTER (VERBOSE)", "CLUSTER without a table"),
            ("CREATE DATABASE d", "CREATE DATABASE"),
            ("DROP DATABASE IF EXISTS d", "DROP DATABASE"),
            ("CREATE TABLESPACE x LOCATION '/x'", "CREATE TABLESPACE"),
            ("DROP TABLESPACE x", "DROP TABLESPACE"),
            ("ALTER DATABASE d SET TABLESPACE x", "ALTER DATABASE … SET TABLESPACE"),
            ("ALTER SYSTEM SET work_mem = '1GB'", "ALTER SYSTEM"),
            ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "ALTER TABLE … DETACH PARTITION CONCURRENTLY"),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p",
                "CREATE SUBSCRIPTION with a replication slot",
            ),
            ("ALTER SUBSCRIPTION s REFRESH PUBLICATION", "ALTER SUBSCRIPTION … REFRESH PUBLICATION"),
            ("ALTER SUBSCRIPTION s SET PUBLICATION p", "ALTER SUBSCRIPTION … PUBLICATION with refresh"),
            ("DISCARD ALL", "DISCARD ALL"),
        ] {
            check(sql, Some(Objection::RefusedInTransaction(name)));
        }
    }

    #[test]
    fn allowed_in_a_transaction() {
        for sql in [
            "CREATE INDEX concurrently_i ON t (a)",
            "CREATE INDEX \"concurrently\" ON t (a)",
            "DROP INDEX i",
            "REINDEX TABLE t",
            "REINDEX (CONCURRENTLY false) TABLE t",
            "CLUSTER t USING i",
            "CLUSTER (VERBOSE) t",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "ALTER TABLE t DETACH PARTITION p",
            "ALTER TABLE t SET TABLESPACE x",
            "ALTER DATABASE d SET search_path = x",
            "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (connect = false)",
            "CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p WITH (create_slot = 'off')",
            "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)",
            "ALTER TYPE mood ADD VALUE 'ok'",
            "DISCARD PLANS",
            "COMMENT ON TABLE t IS 'vacuum'",
        ] {
            check(sql, None);
        }
    }
}

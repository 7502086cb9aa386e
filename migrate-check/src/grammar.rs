//! Whether a statement is SQL, by PostgreSQL's own grammar; and its tree for the lints, as squawk's parser makes it.

use migrate_source::{nesting, outline};
use squawk_syntax::decoded_text::DecodedText;
use squawk_syntax::{SourceFile, ast};

use crate::exotic;
use crate::postgres::{self, Wrong};
use crate::routine::{Routine, first_error};

/// A statement that is SQL.
#[derive(Debug)]
pub(crate) struct Tree {
    /// `None`: the parser that makes trees does not know the statement.
    file: Option<SourceFile>,
}

impl Tree {
    /// The statement itself. `None`: there are only comments, or no tree.
    pub(crate) fn statement(&self) -> Option<ast::Stmt> {
        self.file.as_ref()?.stmts().next()
    }
}

/// Where a statement stops being SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotSql {
    /// In bytes from the beginning of the statement.
    pub(crate) offset: usize,
    /// The token there. `None`: the statement ends too early.
    pub(crate) found: Option<String>,
    /// What to do, where the cause is certain.
    pub(crate) advice: Option<String>,
}

impl NotSql {
    pub(crate) fn new(sql: &str, wrong: Wrong) -> Self {
        let found = wrong.range.as_ref().map(|range| shortened(&sql[range.clone()]));
        let offset = wrong.range.map_or(sql.len(), |range| range.start);
        Self { offset, found, advice: wrong.advice }
    }

    /// What is wrong, in PostgreSQL's words. A statement ends at a semicolon, or the text does.
    pub(crate) fn message(&self, at_semicolon: bool) -> String {
        let end = at_semicolon.then_some(";");
        match self.found.as_deref().or(end) {
            Some(found) => format!("syntax error at or near \"{found}\""),
            None => "syntax error at end of input".to_owned(),
        }
    }
}

/// Why there is no tree of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    NotSql(NotSql),
    /// It, or the body of a function in it, nests too deeply for the parser that makes trees.
    TooDeep,
}

/// How deep a statement may nest. PostgreSQL itself gives up at `max_stack_depth` or before; and the time that the
/// parser of trees takes grows with the square of the depth.
const MAX_NESTING: usize = 1000;

/// Parses one statement, without its semicolon; and the body of a function in SQL, not of one in PL/pgSQL.
///
/// # Errors
///
/// The first place where it is not SQL.
///
/// # Panics
///
/// On what the authors of squawk's parser have not met yet. It recurses, too: see [`crate::guarded`].
pub(crate) fn parse(sql: &str) -> Result<Tree, Refused> {
    if nesting(sql) > MAX_NESTING {
        return Err(Refused::TooDeep);
    }
    postgres::check(sql).map_err(|wrong| Refused::NotSql(NotSql::new(sql, wrong)))?;
    let parse = SourceFile::parse(sql);
    let routine = Routine::of(&parse.tree());
    // Whoever asks for the errors has the body parsed.
    if routine.as_ref().is_some_and(|routine| nesting(&routine.text()) > MAX_NESTING) {
        return Err(Refused::TooDeep);
    }
    if let Some(routine) = routine {
        check_body(&routine)?;
    }
    let file = match first_error(&parse) {
        None => Some(parse.tree()),
        Some(_) => exotic::parsed_without(sql, &parse),
    };
    Ok(Tree { file })
}

/// Checks the statements in the body of a routine in SQL.
///
/// # Errors
///
/// The first place where one is not SQL, in bytes from the beginning of the statement that creates the routine.
fn check_body(routine: &Routine) -> Result<(), Refused> {
    let Some(body) = routine.decoded() else { return Ok(()) };
    let text = body.text();
    let refused = |at: usize, mut found: NotSql| {
        found.offset = in_statement(&body, at + found.offset);
        Refused::NotSql(found)
    };
    // There may be routines in it.
    for statement in outline(text) {
        let range = statement.range;
        let at_semicolon = text[range.end..].starts_with(';');
        parse(&text[range.clone()]).map_err(|error| match error {
            Refused::NotSql(mut found) => {
                found.found = found.found.or_else(|| at_semicolon.then(|| ";".to_owned()));
                refused(range.start, found)
            }
            Refused::TooDeep => Refused::TooDeep,
        })?;
    }
    // What is in no statement: a command of psql.
    postgres::check(text).map_err(|wrong| refused(0, NotSql::new(text, wrong)))
}

/// Where in the statement an offset of the body is.
fn in_statement(body: &DecodedText, offset: usize) -> usize {
    // Files have less than 4 GiB.
    let at = u32::try_from(offset).unwrap_or(u32::MAX);
    body.source_pos(at.into()).into()
}

/// Longer tokens are cut in messages.
const MAX_WORD: usize = 63;

fn shortened(word: &str) -> String {
    let first_line = word.lines().next().unwrap_or_default();
    let mut shown: String = first_line.chars().take(MAX_WORD).collect();
    if shown.len() < word.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(sql: &str) -> NotSql {
        match parse(sql) {
            Err(Refused::NotSql(found)) => found,
            other => panic!("{sql}: {other:?}"),
        }
    }

    #[track_caller]
    fn check(sql: &str, offset: usize, message: &str) {
        let found = refused(sql);
        assert_eq!((found.offset, &*found.message(false)), (offset, message), "{sql}");
    }

    #[test]
    fn errors_are_in_the_words_of_postgresql() {
        check("CREAT TABLE t (a int)", 0, "syntax error at or near \"CREAT\"");
        check("CREATE TABEL t (a int)", 7, "syntax error at or near \"TABEL\"");
        check("DROP", 4, "syntax error at end of input");
        check("ALTER TABLE t ADD CONSTRAINT c CHEK (a > 0)", 31, "syntax error at or near \"CHEK\"");
        check("CREATE TABLE t (a int,, b int)", 22, "syntax error at or near \",\"");
        check("CREATE TABLE t (a int", 21, "syntax error at end of input");
        check("CREATE TABLE t (a int b int)", 22, "syntax error at or near \"b\"");
        check("CREATE TABLE t (a int NOT NUL)", 26, "syntax error at or near \"NUL\"");
        check("INSERT INTO t VALUES (1,)", 24, "syntax error at or near \")\"");
        check("ALTER TABLE t DROP COLUM a", 25, "syntax error at or near \"a\"");
        check("ALTER TABLE t ADD COLUMN", 24, "syntax error at end of input");
        let in_the_middle = refused("DROP TABLE");
        assert_eq!(in_the_middle.message(true), "syntax error at or near \";\"");
        check("SELECT 1\n    1", 13, "syntax error at or near \"1\"");
    }

    #[test]
    fn statements_that_lack_what_they_are_about() {
        for sql in
            ["DROP TABLE", "DROP TABLE IF EXISTS", "CREATE TABLE a", "ALTER TABLE a", "ALTER FUNCTION a"]
        {
            check(sql, sql.len(), "syntax error at end of input");
        }
        for sql in [
            "DROP TABLE a, b CASCADE",
            "CREATE TABLE a ()",
            "CREATE TABLE a OF b",
            "CREATE TABLE a PARTITION OF b DEFAULT",
            "CREATE TABLE a AS SELECT 1",
            "ALTER TABLE a ADD b int",
            "ALTER TABLE a RENAME TO b",
            "ALTER TABLE a SET SCHEMA b",
            "ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b",
            "ALTER TABLE a ATTACH PARTITION b DEFAULT",
            "ALTER FUNCTION a STABLE",
            "ALTER FUNCTION a OWNER TO b",
            "ALTER FUNCTION a(int) DEPENDS ON EXTENSION b",
            "ALTER PROCEDURE a SET SCHEMA b",
            "ALTER ROUTINE a RENAME TO b",
        ] {
            assert!(parse(sql).is_ok(), "{sql}");
        }
    }

    #[test]
    fn the_body_of_a_function_in_sql_is_sql_too() {
        let function = |body: &str, language: &str| {
            format!("CREATE FUNCTION f() RETURNS int LANGUAGE {language} AS $$ {body} $$")
        };
        check(&function("SELEC 1", "sql"), 51, "syntax error at or near \"SELEC\"");
        check(&function("SELECT a FORM b;", "sql"), 65, "syntax error at or near \"b\"");
        assert!(parse(&function("SELECT 1", "sql")).is_ok());
        assert!(parse(&function("SELEC 1", "plpython3u")).is_ok());
        check(
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELEC 1; END",
            45,
            "syntax error at or near \"SELEC\"",
        );
    }

    #[test]
    fn bodies_are_looked_at_as_closely_as_statements() {
        let function = |body: &str| format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS {body}");
        let is_sql = |body: &str| assert!(parse(&function(body)).is_ok(), "{body}");
        let check_at = |body: &str, from: &str, message: &str| {
            let sql = function(body);
            check(&sql, sql.rfind(from).expect("a place"), message);
        };
        // What only we know, and what only we miss.
        is_sql("$$ SELECT 1; SELECT a FROM b FOR READ ONLY; $$");
        is_sql("$$ SET NAMES 'UTF8'; SELECT 1 $$");
        is_sql("'CREATE TABLE x (a text DEFAULT ''b''); SELECT 1'");
        is_sql("$$ CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $x$ SELECT 1 $x$; SELECT 1 $$");
        is_sql("$$ $$");
        check_at("$$ SELECT 1; DROP TABLE; $$", "; $$", "syntax error at or near \";\"");
        check_at("$$ SELECT 1; DROP TABLE$$", "$$", "syntax error at end of input");
        check_at("$$ CREATE TABLE a (b int DEFAULT 1 IN (2)) $$", "IN", "syntax error at or near \"IN\"");
        check_at("'SELECT ''é'', 1; GRANT TO b'", "TO", "syntax error at or near \"TO\"");
        check_at("E'SELECT \\'\\x41\\'; GRANT TO b'", "TO", "syntax error at or near \"TO\"");
        check_at(
            "$$ CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $x$ SELEC 1 $x$ $$",
            "SELEC",
            "syntax error at or near \"SELEC\"",
        );
        for body in ["$$ \\connect x\nSELECT 1 $$", "$$ SELECT 'a $$", "$$ SELECT 1 /* $$"] {
            assert!(parse(&function(body)).is_err(), "{body}");
        }
    }

    #[test]
    fn a_body_that_nests_too_deeply_is_not_parsed() {
        let deep = "(".repeat(200_000);
        let escaped = "\\x28".repeat(200_000);
        for body in [
            format!("$$ SELECT {deep}1 $$"),
            format!("'SELECT {deep}1'"),
            format!("E'SELECT \\' '' {escaped}1'"),
            format!("$$ CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $x$ SELECT {deep} $x$ $$"),
        ] {
            let sql = format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS {body}");
            assert!(matches!(parse(&sql), Err(Refused::TooDeep)));
        }
    }

    #[test]
    fn the_tree_is_of_the_statement() {
        let tree = parse("/* a */ CREATE INDEX CONCURRENTLY i ON t (a) -- b").expect("SQL");
        assert!(matches!(tree.statement(), Some(ast::Stmt::CreateIndex(_))));
    }
}

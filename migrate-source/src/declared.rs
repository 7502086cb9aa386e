//! A schema that is declared: plain DDL in one file, or in a folder of files in any order. It is no migration, has no version,
//! and says what there shall be, not how it comes about.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::equivalent::{Equivalent, equivalent_in_transaction, without_concurrently};
use crate::fault::{Fault, FaultKind, Faults};
use crate::folder::{self, SourceFile};
use crate::position::Position;
use crate::renamed::{Renamed, renamed};
use crate::script;
use crate::set::strip_byte_order_mark;
use crate::standalone::Tokens;

/// A file that declares a part of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Declared {
    /// Where it is.
    pub path: PathBuf,
    /// Without a byte order mark.
    pub text: String,
    /// The byte ranges of its statements, from their first token to their last, without the semicolon.
    pub statements: Vec<Range<usize>>,
}

/// Reads what is declared: the file, or all `.sql` files in the folder and the folders in it, in the order of their paths.
/// Their names mean nothing, so that `.SQL` is read too.
///
/// # Errors
///
/// Every fault of the files, sorted by path and position. A file without a statement is none.
pub fn declared(path: &Path) -> Result<Vec<Declared>, Faults> {
    let mut faults = Vec::new();
    let files = folder::sql_files(path, &mut faults);
    let declared = files.into_iter().filter_map(|file| cut(file, &mut faults)).collect();
    Faults::check(faults)?;
    Ok(declared)
}

impl Declared {
    /// Where the file has statements that write rows, and which ones these are: `INSERT`. Rows are no part of a schema, and
    /// what is declared of them is in no migration.
    pub fn rows(&self) -> Vec<(Position, String)> {
        let rows = |range: &Range<usize>| {
            let word = rows_word(&self.text[range.clone()])?;
            Some((Position::of_byte(&self.text, range.start), word.to_ascii_uppercase()))
        };
        self.statements.iter().filter_map(rows).collect()
    }

    /// The comments `-- @renamed from=old`, which say what something was called.
    pub fn renames(&self) -> Vec<Renamed> {
        renamed(self)
    }
}

/// The word of a statement that writes rows, which no schema has.
fn rows_word(statement: &str) -> Option<&'static str> {
    let tokens = Tokens::new(statement);
    let in_query = ["insert", "update", "delete", "merge"];
    if tokens.is("with") {
        return in_query.into_iter().find(|word| tokens.has(word));
    }
    in_query.into_iter().chain(["copy", "truncate"]).find(|word| tokens.is(word))
}

/// Puts blanks in the place of each `CONCURRENTLY`: while a schema is made, no session waits for a lock. Returns what still is
/// refused inside a transaction, with its place: it acts on more than the schema.
fn without_concurrency(text: &mut String, statements: &[Range<usize>]) -> Vec<(usize, FaultKind)> {
    let mut refused = Vec::new();
    for range in statements {
        let statement = &text[range.clone()];
        let is_refresh = Tokens::new(statement).is("refresh") && Tokens::new(statement).has("concurrently");
        let plain = match equivalent_in_transaction(statement) {
            Equivalent::Locking { text, .. } => Some(text),
            Equivalent::Itself if is_refresh => without_concurrently(statement),
            Equivalent::Itself | Equivalent::Nothing => None,
            Equivalent::None => {
                refused.extend(script::refused_in_transaction(statement).map(|kind| (range.start, kind)));
                None
            }
        };
        if let Some(plain) = plain {
            text.replace_range(range.clone(), &plain);
        }
    }
    refused
}

fn cut(file: SourceFile, faults: &mut Vec<Fault>) -> Option<Declared> {
    let SourceFile { path, text, .. } = file;
    let mut text = strip_byte_order_mark(text.as_deref()?).to_owned();
    let found = match script::parse_declared(&text) {
        Ok(script) => {
            let refused = without_concurrency(&mut text, &script.statements);
            if refused.is_empty() {
                return Some(Declared { path, text, statements: script.statements });
            }
            refused
        }
        Err(found) => found.into_iter().filter(|(_, kind)| *kind != FaultKind::NoStatement).collect(),
    };
    let is_empty = found.is_empty();
    faults.extend(found.into_iter().map(|(at, kind)| Fault::in_text(path.clone(), &text, at, kind)));
    is_empty.then(|| Declared { path, text, statements: Vec::new() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_or_all_files_below_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        fs::create_dir(folder.path().join("tables")).expect("a folder");
        write("views.sql", "\u{feff}CREATE VIEW v AS SELECT 1;\n");
        write("tables/users.sql", "CREATE TABLE users (id int); -- one\nCREATE INDEX ON users (id);\n");
        write("tables/none.sql", "-- nothing yet\n");
        write("notes.txt", "no SQL");
        write("z.SQL", "CREATE TABLE z (id int);");
        let statements = |path: &Path| -> Vec<String> {
            let declared = declared(path).expect("no fault");
            declared
                .iter()
                .flat_map(|file| file.statements.iter().map(|range| file.text[range.clone()].to_owned()))
                .collect()
        };
        let users = ["CREATE TABLE users (id int)", "CREATE INDEX ON users (id)"];
        assert_eq!(statements(&folder.path().join("tables/users.sql")), users);
        assert_eq!(
            statements(folder.path()),
            [&users[..], &["CREATE VIEW v AS SELECT 1", "CREATE TABLE z (id int)"]].concat()
        );
    }

    #[test]
    fn statements_that_write_rows_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("schema.sql");
        let text = "CREATE TABLE a (id int);\n-- two\nINSERT INTO a VALUES (1);\n  update a SET id = 2;\nWITH b AS (SELECT 1) \
                    DELETE FROM a;\nCREATE RULE r AS ON INSERT TO a DO NOTHING;\nSELECT 1;\nTRUNCATE a;\n";
        fs::write(&path, text).expect("a file");
        let rows = declared(&path).expect("no fault")[0].rows();
        let rows: Vec<_> = rows.iter().map(|(at, word)| (at.line, at.column, &**word)).collect();
        assert_eq!(rows, [(3, 1, "INSERT"), (4, 3, "UPDATE"), (5, 1, "DELETE"), (8, 1, "TRUNCATE")]);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_links_lead_back_to_is_read_once() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("users.sql"), "CREATE TABLE users (id int);").expect("a file");
        std::os::unix::fs::symlink(".", folder.path().join("again")).expect("a link");
        assert_eq!(declared(folder.path()).expect("no fault").len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_a_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("users.sql");
        std::os::unix::net::UnixListener::bind(&path).expect("a socket");
        for path in [&*path, folder.path()] {
            let faults = declared(path).expect_err("a fault");
            assert!(faults.to_string().contains("users.sql: this is a socket, not a file"), "{faults}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("schema.sql");
        fs::write(&path, "CREATE TABLE a (id int);\n\\restrict x\n").expect("a file");
        let faults = declared(&path).expect_err("a fault");
        let places: Vec<_> = faults.iter().map(|fault| (fault.path(), fault.line())).collect();
        assert_eq!(places, [(&*path, Some(2))]);
        let faults = declared(&folder.path().join("none.sql")).expect_err("a fault");
        assert!(faults.to_string().contains("none.sql"), "{faults}");
    }

    #[test]
    fn declared_statements_do_without_concurrently() {
        let cases = [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX              i ON t (a)"),
            (
                "CREATE UNIQUE INDEX concurrently IF NOT EXISTS i ON t (a)",
                "CREATE UNIQUE INDEX              IF NOT EXISTS i ON t (a)",
            ),
            ("DROP INDEX CONCURRENTLY i", "DROP INDEX              i"),
            (
                "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
                "ALTER TABLE t DETACH PARTITION p             ",
            ),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", "REFRESH MATERIALIZED VIEW              m"),
            ("CREATE TABLE concurrently (a int)", "CREATE TABLE concurrently (a int)"),
            ("VACUUM t", "VACUUM t"),
        ];
        for (statement, expected) in cases {
            let mut text = format!("{statement};\nSELECT 1;\n");
            let statements = script::parse_declared(&text).expect("a script").statements;
            assert_eq!(without_concurrency(&mut text, &statements), []);
            assert_eq!(text, format!("{expected};\nSELECT 1;\n"));
        }
        let mut text = "CREATE TABLE t ();\nCREATE DATABASE d".to_owned();
        let statements = script::parse_declared(&text).expect("a script").statements;
        let refused = FaultKind::RefusedInTransaction { statement: "CREATE DATABASE" };
        assert_eq!(without_concurrency(&mut text, &statements), [(19, refused)]);
    }
}

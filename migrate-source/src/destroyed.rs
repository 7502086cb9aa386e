//! What a statement destroys, by its words: rows and values that no other statement brings back. It knows no catalog.

use crate::reader::{Tokens, quoted};

/// What a statement takes away for good, if it is there.
///
/// Names are as the catalog has them, quoted for another statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// A table with its rows: `DROP TABLE`.
    Table(String),
    /// The values of a column: `ALTER TABLE … DROP COLUMN`.
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Rows of a table: `DELETE`, `TRUNCATE`, a `MERGE` that deletes.
    Rows(String),
    /// The tables of a schema: `DROP SCHEMA … CASCADE`.
    Schema(String),
    /// Rows or values, of whichever table: what the statement is.
    Something(&'static str),
}

/// What a statement destroys, as far as its words show. An `UPDATE`, another type of a column and what a function does are not
/// among it.
pub fn destroyed(statement: &str) -> Vec<Destroyed> {
    let mut tokens = Tokens::new(statement);
    if tokens.take("drop") {
        return tokens.dropped();
    }
    if tokens.take("truncate") {
        tokens.take("table");
        let rows = tokens.relations().map(|names| names.into_iter().map(Destroyed::Rows).collect());
        return rows.unwrap_or_else(|| vec![Destroyed::Something("TRUNCATE")]);
    }
    if tokens.take("alter") {
        return tokens.altered();
    }
    if tokens.take("do") {
        return tokens.block();
    }
    // What is created does not run.
    if tokens.is("create") {
        return Vec::new();
    }
    tokens.deleted()
}

impl Tokens<'_> {
    fn dropped(&mut self) -> Vec<Destroyed> {
        let cascades = self.has("cascade");
        if self.take("table") {
            self.take_if_exists();
            let tables = self.relations().map(|names| names.into_iter().map(Destroyed::Table).collect());
            return tables.unwrap_or_else(|| vec![Destroyed::Something("DROP TABLE")]);
        }
        if self.take("schema") {
            self.take_if_exists();
            // Without CASCADE, PostgreSQL drops only an empty one.
            return match self.relations() {
                _ if !cascades => Vec::new(),
                Some(names) => names.into_iter().map(Destroyed::Schema).collect(),
                None => vec![Destroyed::Something("DROP SCHEMA")],
            };
        }
        // Columns of a type go with it.
        let with_columns = [
            ("type", "DROP TYPE … CASCADE"),
            ("domain", "DROP DOMAIN … CASCADE"),
            ("extension", "DROP EXTENSION … CASCADE"),
            ("collation", "DROP COLLATION … CASCADE"),
        ];
        let whole = [("owned", "DROP OWNED"), ("database", "DROP DATABASE")];
        let with_columns = with_columns.into_iter().filter(|_| cascades);
        let found = with_columns.chain(whole).find(|(word, _)| self.is(word));
        found.map(|(_, what)| Destroyed::Something(what)).into_iter().collect()
    }

    /// `ALTER TABLE`: each of its actions may drop a column.
    fn altered(&mut self) -> Vec<Destroyed> {
        if self.take("type") {
            let drops = self.has("attribute") && self.has("cascade") && self.has("drop");
            return drops.then_some(Destroyed::Something("DROP ATTRIBUTE … CASCADE")).into_iter().collect();
        }
        if !self.take("table") {
            return Vec::new();
        }
        self.take_if_exists();
        let Some(table) = self.relation() else {
            return if self.has("drop") { vec![Destroyed::Something("ALTER TABLE")] } else { Vec::new() };
        };
        let table = table.to_string();
        self.take_star();
        let mut columns = Vec::new();
        while self.is_left() {
            if self.take("drop") && !self.is("constraint") {
                self.take("column");
                self.take_if_exists();
                columns.push(match self.identifier() {
                    Some(column) => Destroyed::Column { table: table.clone(), column: quoted(&column) },
                    None => Destroyed::Something("ALTER TABLE … DROP COLUMN"),
                });
            }
            self.skip_behind_comma();
        }
        columns
    }

    /// The body of a block is a text: the words in it decide.
    fn block(&mut self) -> Vec<Destroyed> {
        const WORDS: [&str; 7] = [
            "drop table",
            "drop schema",
            "drop column",
            "drop owned",
            "delete from",
            "truncate",
            "then delete",
        ];
        let Some(body) = self.literal() else { return Vec::new() };
        // What stands in quotes may be executed.
        let words: Vec<&str> =
            body.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let words = words.join(" ").to_lowercase();
        let is_there = WORDS.iter().any(|wanted| format!(" {words} ").contains(&format!(" {wanted} ")));
        is_there.then_some(Destroyed::Something(BLOCK)).into_iter().collect()
    }

    /// `DELETE FROM`, wherever it stands: in a `WITH` too.
    fn deleted(&mut self) -> Vec<Destroyed> {
        let mut rows = Vec::new();
        let mut merged = None;
        while self.is_left() {
            if self.take("merge") && self.take("into") {
                merged = Some(
                    self.relation().map_or_else(unknown_rows, |table| Destroyed::Rows(table.to_string())),
                );
            } else if self.take("then") {
                if self.is("delete") {
                    rows.extend(merged.clone());
                }
            } else if self.take("delete") {
                if self.take("from") {
                    rows.push(
                        self.relation().map_or_else(unknown_rows, |table| Destroyed::Rows(table.to_string())),
                    );
                }
            } else {
                self.skip();
            }
        }
        rows
    }

    /// `a, ONLY b *, c`
    fn relations(&mut self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        loop {
            names.push(self.relation()?.to_string());
            self.take_star();
            if !self.take_symbol(',') {
                return Some(names);
            }
        }
    }
}

/// Of the statement `DO`.
const BLOCK: &str = "a DO block with a DROP, DELETE or TRUNCATE";

fn unknown_rows() -> Destroyed {
    Destroyed::Something("DELETE")
}

/// Whether the statement gives something another name or schema: later ones may mean something else by a name.
pub fn moves_names(statement: &str) -> bool {
    let mut tokens = Tokens::new(statement);
    if tokens.take("do") {
        return tokens.literal().is_some_and(|body| body.to_lowercase().contains("rename"));
    }
    tokens.take("alter") && (tokens.has("rename") || (tokens.has("set") && tokens.has("schema")))
}

/// Whether names without a schema may mean something else behind the statement, by its words.
pub fn moves_path(statement: &str) -> bool {
    let tokens = Tokens::new(statement);
    let text = statement.to_lowercase();
    let names_it = ["search_path", "role", "authorization", "schema"].iter().any(|word| text.contains(word));
    let sets = ["set", "reset"].iter().any(|word| tokens.is(word));
    let runs_code = tokens.is("do") || tokens.is("call") || text.contains("set_config");
    names_it && sets || runs_code && text.contains("search_path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_statements_destroy() {
        let table = |name: &str| Destroyed::Table(name.to_owned());
        let rows = |name: &str| Destroyed::Rows(name.to_owned());
        let schema = |name: &str| Destroyed::Schema(name.to_owned());
        let column = |table: &str, column: &str| Destroyed::Column {
            table: table.to_owned(),
            column: column.to_owned(),
        };
        let cases: [(&str, Vec<Destroyed>); 34] = [
            ("DROP TABLE a", vec![table("\"a\"")]),
            ("drop /* x */ table if exists S.a, \"B\" cascade", vec![table("\"s\".\"a\""), table("\"B\"")]),
            ("DROP TABLE U&\"a\" UESCAPE '!'", vec![Destroyed::Something("DROP TABLE")]),
            ("DROP FOREIGN TABLE a", vec![]),
            ("DROP VIEW a CASCADE", vec![]),
            ("DROP MATERIALIZED VIEW a", vec![]),
            ("DROP INDEX a", vec![]),
            ("DROP SCHEMA a, b CASCADE", vec![schema("\"a\""), schema("\"b\"")]),
            ("DROP SCHEMA a", vec![]),
            ("DROP TYPE a", vec![]),
            ("DROP TYPE a CASCADE", vec![Destroyed::Something("DROP TYPE … CASCADE")]),
            ("DROP OWNED BY me", vec![Destroyed::Something("DROP OWNED")]),
            ("ALTER TABLE a DROP b", vec![column("\"a\"", "\"b\"")]),
            (
                "ALTER TABLE IF EXISTS ONLY s.a DROP COLUMN IF EXISTS b CASCADE, ADD c int DEFAULT f(1, 2), DROP d",
                vec![column("\"s\".\"a\"", "\"b\""), column("\"s\".\"a\"", "\"d\"")],
            ),
            ("ALTER TABLE a * DROP \"B\"", vec![column("\"a\"", "\"B\"")]),
            ("ALTER TABLE a DROP CONSTRAINT b", vec![]),
            ("ALTER TABLE a ALTER b DROP NOT NULL, ALTER c DROP DEFAULT", vec![]),
            ("ALTER TABLE a ADD COLUMN drop_me int", vec![]),
            ("ALTER TYPE a DROP ATTRIBUTE b CASCADE", vec![Destroyed::Something("DROP ATTRIBUTE … CASCADE")]),
            ("ALTER VIEW a RENAME TO b", vec![]),
            ("TRUNCATE a", vec![rows("\"a\"")]),
            ("TRUNCATE TABLE ONLY a, b * RESTART IDENTITY CASCADE", vec![rows("\"a\""), rows("\"b\"")]),
            ("DELETE FROM ONLY a WHERE b = 1", vec![rows("\"a\"")]),
            ("WITH x AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM x", vec![rows("\"a\"")]),
            ("MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE", vec![rows("\"a\"")]),
            ("MERGE INTO a USING b ON true WHEN MATCHED THEN UPDATE SET c = 1", vec![]),
            ("DO $$ BEGIN EXECUTE 'DROP  TABLE a'; END $$", vec![Destroyed::Something(BLOCK)]),
            ("DO LANGUAGE plpgsql $x$ BEGIN TRUNCATE a; END $x$", vec![Destroyed::Something(BLOCK)]),
            ("DO $$ BEGIN PERFORM 1; END $$", vec![]),
            ("CREATE RULE r AS ON UPDATE TO a DO DELETE FROM b", vec![]),
            ("CREATE TRIGGER t BEFORE DELETE ON a EXECUTE FUNCTION f()", vec![]),
            ("UPDATE a SET b = 'DELETE FROM c'", vec![]),
            ("INSERT INTO a VALUES (1)", vec![]),
            ("", vec![]),
        ];
        for (statement, expected) in cases {
            assert_eq!(destroyed(statement), expected, "{statement}");
        }
    }

    #[test]
    fn finds_what_moves_names_and_the_path() {
        for (sql, names, path) in [
            ("ALTER TABLE a RENAME TO b", true, false),
            ("ALTER TABLE a RENAME c TO d", true, false),
            ("ALTER TABLE a SET SCHEMA s", true, false),
            ("DO $$ BEGIN EXECUTE 'ALTER TABLE a RENAME TO b'; END $$", true, false),
            ("ALTER TABLE a DROP b", false, false),
            ("DROP TABLE a", false, false),
            ("SET search_path = s", false, true),
            ("SET LOCAL search_path = s", false, true),
            ("SET ROLE owner", false, true),
            ("SELECT set_config('search_path', 's', true)", false, true),
            ("DO $$ BEGIN SET search_path = s; END $$", false, true),
            ("SET lock_timeout = '1s'", false, false),
        ] {
            assert_eq!((moves_names(sql), moves_path(sql)), (names, path), "{sql}");
        }
    }
}

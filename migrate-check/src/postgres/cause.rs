//! The likely cause of a syntax error. It is named only where the statement is SQL once that one thing is changed, or where the
//! word is another database's.

use super::parser::{self, Stop};
use super::scanner::Token;
use super::tables::{Category, GRAMMAR, Symbol};

/// What to do about it.
pub(super) fn advice(sql: &str, tokens: &[Token], at: usize) -> Option<String> {
    let text = Statement { sql, tokens, at };
    text.of_other_databases()
        .or_else(|| text.misspelt())
        .or_else(|| text.comma_too_many())
        .or_else(|| text.reserved())
        .or_else(|| text.comma_missing())
        .or_else(|| text.semicolon_missing())
        .or_else(|| text.unbalanced())
}

/// A statement that stops being SQL at a token.
struct Statement<'t> {
    sql: &'t str,
    tokens: &'t [Token],
    at: usize,
}

/// How many reserved words a statement may have in the place of names.
const MAX_NAMES: usize = 20;

/// Words that are hardly ever meant as a name where a clause may begin.
const JOINING: &[&str] = &[
    "and",
    "as",
    "between",
    "check",
    "constraint",
    "default",
    "distinct",
    "else",
    "except",
    "exists",
    "false",
    "from",
    "having",
    "in",
    "inner",
    "intersect",
    "into",
    "is",
    "join",
    "like",
    "not",
    "null",
    "on",
    "or",
    "primary",
    "references",
    "returning",
    "select",
    "set",
    "then",
    "true",
    "union",
    "unique",
    "using",
    "values",
    "where",
    "with",
];

/// Words with which a statement begins.
const BEGINNINGS: &[&str] = &[
    "alter", "analyze", "call", "cluster", "comment", "copy", "create", "delete", "do", "drop", "grant",
    "insert", "lock", "merge", "refresh", "reindex", "revoke", "select", "set", "truncate", "update",
    "vacuum", "with",
];

impl Statement<'_> {
    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &self.sql[token.range.clone()])
    }

    fn is_symbol(&self, at: usize, name: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.symbol == GRAMMAR.symbol(name))
    }

    /// Whether the statement is SQL with other tokens.
    fn is_sql(tokens: Vec<Token>) -> bool {
        parser::parse(tokens).is_ok()
    }

    /// The tokens with one more.
    fn with(&self, name: &str) -> Vec<Token> {
        let mut tokens = self.tokens.to_vec();
        let place = self.tokens.get(self.at).map_or(self.sql.len(), |token| token.range.start);
        tokens.insert(self.at, Token { symbol: GRAMMAR.symbol(name), category: None, range: place..place });
        tokens
    }

    fn of_other_databases(&self) -> Option<String> {
        if self.word(self.at).contains('`') {
            return Some("write names in double quotes or without quotes: backquotes are MySQL's".to_owned());
        }
        let word = self.word(self.at).to_ascii_lowercase();
        let advice = match &*word {
            "auto_increment" | "autoincrement" => {
                "write `GENERATED ALWAYS AS IDENTITY` after the type: PostgreSQL has no `AUTO_INCREMENT`"
            }
            "unsigned" => "remove `UNSIGNED`, which is MySQL's: use a larger type, or `CHECK (… >= 0)`",
            "engine" if self.is_symbol(self.at + 1, "'='") => "remove `ENGINE = …`, which is MySQL's",
            "duplicate" if self.is_symbol(self.at + 1, "KEY") => {
                "write `ON CONFLICT (…) DO UPDATE SET …`: `ON DUPLICATE KEY UPDATE` is MySQL's"
            }
            "modify" if self.is_symbol(0, "ALTER") => "write `ALTER COLUMN … TYPE …`: `MODIFY` is MySQL's",
            _ => return None,
        };
        Some(advice.to_owned())
    }

    /// A key word with a letter too many, too few, wrong or in the wrong place.
    fn misspelt(&self) -> Option<String> {
        let places = [Some(self.at), self.at.checked_sub(1)];
        places.into_iter().flatten().find_map(|at| {
            let written = self.word(at);
            let is_word = self.is_symbol(at, "IDENT") && !written.starts_with('"');
            let near = GRAMMAR.near(&written.to_ascii_lowercase());
            let fits = |(_, symbol): &(&'static str, Symbol)| {
                let mut tokens = self.tokens.to_vec();
                tokens[at].symbol = *symbol;
                Self::is_sql(tokens)
            };
            let (word, _) = near.into_iter().filter(|_| is_word).find(fits)?;
            Some(format!("write `{}` instead of `{written}`", word.to_ascii_uppercase()))
        })
    }

    fn comma_too_many(&self) -> Option<String> {
        let before = self.at.checked_sub(1).filter(|before| self.is_symbol(*before, "','"))?;
        let mut tokens = self.tokens.to_vec();
        tokens.remove(before);
        Self::is_sql(tokens).then(|| match self.word(self.at) {
            "" => "remove the comma at the end".to_owned(),
            word => format!("remove the comma before `{word}`"),
        })
    }

    /// A key word that is meant as a name, whatever other names there are: where the parser stopped, or just before, as in
    /// `SELECT order FROM t`.
    fn reserved(&self) -> Option<String> {
        let before = self.at.checked_sub(1).filter(|_| self.at < self.tokens.len());
        [Some(self.at), before].into_iter().flatten().find_map(|at| self.reserved_at(at))
    }

    fn reserved_at(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        let word = self.word(at);
        let begins_element = at > 0 && ["'('", "','", "'.'"].iter().any(|name| self.is_symbol(at - 1, name));
        let is_joining = JOINING.contains(&&*word.to_ascii_lowercase());
        if token.category.is_none_or(|category| category == Category::Unreserved)
            || (is_joining && !begins_element)
        {
            return None;
        }
        let mut tokens = self.tokens.to_vec();
        let mut at = at;
        for _ in 0..MAX_NAMES {
            let token = tokens.get_mut(at).filter(|token| token.category.is_some())?;
            (token.symbol, token.category) = (GRAMMAR.symbol("IDENT"), None);
            match parser::parse(tokens) {
                Ok(_) => {
                    return Some(format!(
                        "quote `{word}` as `\"{}\"`, or choose another name: it is a reserved word",
                        word.to_ascii_lowercase()
                    ));
                }
                Err((Stop { at: next, .. }, left)) => (at, tokens) = (next, left),
            }
        }
        None
    }

    /// Between columns, constraints or rows: elsewhere the word before may be what is wrong.
    fn comma_missing(&self) -> Option<String> {
        let is_table = self.is_symbol(0, "CREATE")
            && self.tokens.iter().any(|token| token.symbol == GRAMMAR.symbol("TABLE"));
        let is_row = self.is_symbol(self.at, "'('") && self.at > 0 && self.is_symbol(self.at - 1, "')'");
        let is_certain = (is_table && self.depth(self.at) > 0) || is_row;
        let word = self.word(self.at);
        (is_certain && Self::is_sql(self.with("','"))).then(|| format!("put a comma before `{word}`"))
    }

    fn semicolon_missing(&self) -> Option<String> {
        let word = self.word(self.at);
        let begins = BEGINNINGS.contains(&&*word.to_ascii_lowercase());
        (begins && Self::is_sql(self.with("';'")))
            .then(|| format!("put a semicolon before `{word}`, where the next statement begins"))
    }

    fn unbalanced(&self) -> Option<String> {
        match self.depth(self.tokens.len()) {
            depth if depth > 0 => Some("close the parenthesis that is open".to_owned()),
            depth if depth < 0 && self.is_symbol(self.at, "')'") && self.depth(self.at) == 0 => {
                Some("remove the `)`, which closes nothing".to_owned())
            }
            _ => None,
        }
    }

    /// How many parentheses are open before a token.
    fn depth(&self, at: usize) -> i64 {
        let count =
            |name| self.tokens[..at].iter().filter(|token| token.symbol == GRAMMAR.symbol(name)).count();
        let [open, closed] = ["'('", "')'"].map(|name| i64::try_from(count(name)).unwrap_or_default());
        open - closed
    }
}

#[cfg(test)]
mod tests {
    use crate::postgres::check;

    #[track_caller]
    fn advice(sql: &str) -> Option<String> {
        check(sql).expect_err("not SQL").advice
    }

    #[test]
    fn names_the_cause_where_it_is_certain() {
        for (sql, expected) in [
            (
                "CREATE TABLE t (id int, order int)",
                "quote `order` as `\"order\"`, or choose another name: it is a reserved word",
            ),
            (
                "CREATE TABLE t (from date, to date)",
                "quote `from` as `\"from\"`, or choose another name: it is a reserved word",
            ),
            (
                "CREATE TABLE user (id int)",
                "quote `user` as `\"user\"`, or choose another name: it is a reserved word",
            ),
            (
                "SELECT id, order FROM t WHERE order > 1",
                "quote `order` as `\"order\"`, or choose another name: it is a reserved word",
            ),
            (
                "UPDATE t SET Group = 1",
                "quote `Group` as `\"group\"`, or choose another name: it is a reserved word",
            ),
            ("SELECT a FORM b", "write `FROM` instead of `FORM`"),
            ("CREAT TABLE a (b int)", "write `CREATE` instead of `CREAT`"),
            ("CREATE TABLE t (a int NOT NUL)", "write `NULL` instead of `NUL`"),
            ("ALTER TABLE t ADD CONSTRAINT c CHEK (a > 0)", "write `CHECK` instead of `CHEK`"),
            ("CREATE TABLE t (a int, b int,)", "remove the comma before `)`"),
            ("SELECT a, FROM t", "remove the comma before `FROM`"),
            ("INSERT INTO t VALUES (1),", "remove the comma at the end"),
            ("CREATE TABLE t (a int b int)", "put a comma before `b`"),
            ("CREATE TABLE t (a int PRIMARY KEY CHECK (a > 0) b text)", "put a comma before `b`"),
            ("INSERT INTO t VALUES (1) (2)", "put a comma before `(`"),
            (
                "CREATE TABLE a (b int) CREATE TABLE c (d int)",
                "put a semicolon before `CREATE`, where the next statement begins",
            ),
            (
                "ALTER TABLE a DROP b INSERT INTO c VALUES (1)",
                "put a semicolon before `INSERT`, where the next statement begins",
            ),
            ("CREATE TABLE t (a int", "close the parenthesis that is open"),
            ("INSERT INTO a (b, c VALUES (1, 2)", "close the parenthesis that is open"),
            ("SELECT 1)", "remove the `)`, which closes nothing"),
            (
                "CREATE TABLE `a` (b int)",
                "write names in double quotes or without quotes: backquotes are MySQL's",
            ),
            (
                "CREATE TABLE a (b int AUTO_INCREMENT)",
                "write `GENERATED ALWAYS AS IDENTITY` after the type: PostgreSQL has no `AUTO_INCREMENT`",
            ),
            (
                "CREATE TABLE a (b int UNSIGNED)",
                "remove `UNSIGNED`, which is MySQL's: use a larger type, or `CHECK (… >= 0)`",
            ),
            ("CREATE TABLE a (b int) ENGINE = InnoDB", "remove `ENGINE = …`, which is MySQL's"),
            (
                "INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE b = 1",
                "write `ON CONFLICT (…) DO UPDATE SET …`: `ON DUPLICATE KEY UPDATE` is MySQL's",
            ),
            ("ALTER TABLE a MODIFY b int", "write `ALTER COLUMN … TYPE …`: `MODIFY` is MySQL's"),
        ] {
            assert_eq!(advice(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn names_no_cause_where_there_may_be_several() {
        for sql in [
            "SELECT FROM WHERE a",
            "SELECT a FROM t LIMIT",
            "SELECT a FROM t ORDER a",
            "SELECT f(a b)",
            "DROP TABLE",
            "SELECT a FROM b GROUP c",
            "UPDATE a b = 1",
            "SELECT 1 + * 2",
            "CREATE TABLE t (a int DEFAULT)",
            "x",
        ] {
            assert_eq!(advice(sql), None, "{sql}");
        }
    }
}

//! The comments of a declared schema that say what something was called: `-- @renamed from=old`.

use std::ops::Range;

use crate::declared::Declared;
use crate::lexer::{Lexer, Token, TokenKind};
use crate::position::Position;
use crate::standalone::{Tokens, quoted};

/// A comment that says what something was called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Renamed {
    /// Where the comment is.
    pub position: Position,
    /// As `--rename` takes it: `users.name=users.full_name`.
    ///
    /// # Errors
    ///
    /// Why the comment cannot be understood.
    pub asked: Result<String, NotRenamed>,
}

/// Why a comment about another name cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotRenamed {
    /// It does not say `@renamed from=old`.
    Malformed,
    /// It is not at anything that has a name.
    Nowhere,
}

impl std::fmt::Display for NotRenamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the comment does not say `@renamed from=old_name`",
            Self::Nowhere => "the comment `@renamed` is not at anything that has a name",
        })
    }
}

/// Finds them all. A comment is about what stands before it on its line, or else about what comes next: the table or whatever
/// else a statement makes, or one of the columns, constraints, values or attributes in it.
pub(crate) fn renamed(declared: &Declared) -> Vec<Renamed> {
    let text = &*declared.text;
    if !text.contains("@rename") {
        return Vec::new();
    }
    let mut lexer = Lexer::new(text);
    let mut tokens = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        tokens.push(token);
    }
    let (comments, tokens): (Vec<Token>, Vec<Token>) =
        tokens.into_iter().partition(|token| token.kind.is_comment());
    let all = comments.into_iter().filter_map(|comment| {
        let asked = old_name(&text[comment.start..comment.end])?.and_then(|old| {
            let place = Place::of(&comment, &tokens, declared).ok_or(NotRenamed::Nowhere)?;
            Ok(place.asked(&old))
        });
        Some(Renamed { position: Position::of_byte(text, comment.start), asked })
    });
    all.collect()
}

/// The old name that a comment says, from the outside in. `None`: it is about something else.
fn old_name(comment: &str) -> Option<Result<Vec<String>, NotRenamed>> {
    let inner = comment.strip_prefix("/*").and_then(|rest| rest.strip_suffix("*/"));
    let inner = inner.unwrap_or_else(|| comment.trim_start_matches('-')).trim();
    let is_meant = inner.contains("@renamed") || inner.starts_with("@rename");
    let old = || {
        let rest = inner.strip_prefix("@renamed")?;
        let rest = rest.strip_prefix(char::is_whitespace)?.trim_start().strip_prefix("from")?;
        names(rest.trim_start().strip_prefix('=')?.trim_start())
    };
    is_meant.then(|| old().ok_or(NotRenamed::Malformed))
}

/// The names with dots between at the beginning of a text, as they are: in quotes where there is something in them.
fn names(text: &str) -> Option<Vec<String>> {
    let (mut names, mut rest) = (Vec::new(), text);
    loop {
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
        let name = if let Some(quote) = quote {
            let (mut name, mut inner) = (String::new(), &rest[1..]);
            loop {
                let (before, behind) = inner.split_once(quote)?;
                name += before;
                inner = behind;
                let Some(more) = inner.strip_prefix(quote) else { break };
                name.push(quote);
                inner = more;
            }
            rest = inner;
            name
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || ".,;\"'".contains(c)).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            rest = behind;
            name.to_owned()
        };
        if name.is_empty() {
            return None;
        }
        names.push(name);
        match rest.strip_prefix('.') {
            Some(more) => rest = more,
            None => break,
        }
    }
    rest.chars().next().is_none_or(char::is_whitespace).then_some(names)
}

/// What a comment is about.
struct Place {
    /// The table, or whatever else, from the outside in.
    name: Vec<String>,
    /// A part of it, if it is about that.
    part: Option<String>,
}

impl Place {
    fn of(comment: &Token, tokens: &[Token], declared: &Declared) -> Option<Self> {
        let text = &*declared.text;
        let line = text[..comment.start].rfind('\n').map_or(0, |newline| newline + 1);
        let before = tokens.iter().rev().find(|token| token.start < comment.start);
        let beside = before.filter(|token| token.end > line);
        let is_end = |range: &Range<usize>, token: &Token| {
            token.kind == TokenKind::Symbol(';') && text[range.end..token.start].trim().is_empty()
        };
        let holds = |range: &&Range<usize>| match beside {
            Some(token) if token.start < range.end => range.start <= token.start,
            Some(token) => is_end(range, token),
            None => range.end > comment.start,
        };
        let range = declared.statements.iter().find(holds)?;
        let head = Head::of(&text[range.clone()])?;
        // Offsets are those of the statement from here on.
        let at = |offset: usize| offset.checked_sub(range.start);
        let part = match (beside, at(comment.start)) {
            (Some(token), _) => at(token.start)
                .and_then(|at| head.parts.iter().find(|part| part.start <= at && at < part.end)),
            (None, Some(comment)) if comment > head.begin => {
                Some(head.parts.iter().find(|part| comment < part.end)?)
            }
            (None, _) => None,
        };
        match part {
            Some(part) => Some(Self { name: head.name, part: Some(part.name.clone()?) }),
            None => Some(Self { name: head.name, part: head.only_part }),
        }
    }

    /// As `--rename` takes it. The old name is in the same place, unless it says where it was.
    fn asked(&self, old: &[String]) -> String {
        let mut to = self.name.clone();
        to.extend(self.part.clone());
        let kept = to.len().saturating_sub(old.len());
        let from = [&to[..kept], old].concat();
        format!("{}={}", written(&from), written(&to))
    }
}

fn written(names: &[String]) -> String {
    let one = |name: &String| {
        let is_plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        if is_plain { name.clone() } else { quoted(name) }
    };
    names.iter().map(one).collect::<Vec<_>>().join(".")
}

/// What a statement makes.
struct Head {
    name: Vec<String>,
    /// The constraint or the column that `ALTER TABLE` adds, or the trigger on a table.
    only_part: Option<String>,
    /// Where the list of parts begins.
    begin: usize,
    parts: Vec<Part>,
}

/// A column or a constraint in `CREATE TABLE`, a value of an enum, an attribute of a type.
struct Part {
    /// `None`: a constraint without a name.
    name: Option<String>,
    start: usize,
    /// Behind its comma, or before what ends the list.
    end: usize,
}

impl Head {
    fn of(statement: &str) -> Option<Self> {
        let mut tokens = Tokens::new(statement);
        if tokens.take("alter") {
            return Self::of_alter(tokens);
        }
        if !tokens.take("create") {
            return None;
        }
        tokens.take_any(&ADJECTIVES);
        let word = WORDS.into_iter().find(|word| tokens.take(word))?;
        tokens.take_any(&["concurrently", "if", "not", "exists"]);
        let mut name = tokens.qualified_name()?.parts;
        let mut head = Self { name: Vec::new(), only_part: None, begin: statement.len(), parts: Vec::new() };
        match word {
            "trigger" | "policy" | "rule" => {
                head.only_part = name.pop();
                let before_table = if word == "rule" { "to" } else { "on" };
                while tokens.is_left() && !tokens.take(before_table) {
                    tokens.skip();
                }
                name = tokens.relation()?.parts;
            }
            "index" if tokens.take("on") => {
                // It is in the schema of its table.
                if let [schema, _] = tokens.relation()?.parts.as_slice() {
                    name.insert(0, schema.clone());
                }
            }
            "table" | "type" => {
                if tokens.take_any(&["partition", "of"]) {
                    tokens.relation()?;
                }
                tokens.take_any(&["as", "enum"]);
                head.begin = tokens.offset();
                head.parts = parts(tokens);
            }
            _ => {}
        }
        Some(Self { name, ..head })
    }

    /// `ALTER TABLE … ADD`
    fn of_alter(mut tokens: Tokens<'_>) -> Option<Self> {
        tokens.take("foreign");
        if !(tokens.take("table") || tokens.take("domain")) {
            return None;
        }
        tokens.take_if_exists();
        let name = tokens.relation()?.parts;
        if !tokens.take("add") {
            return None;
        }
        let only_part = Some(part(&mut tokens)?);
        Some(Self { name, only_part, begin: usize::MAX, parts: Vec::new() })
    }
}

/// What may stand between CREATE and the word for what is made.
const ADJECTIVES: [&str; 8] =
    ["or", "replace", "unlogged", "foreign", "materialized", "recursive", "unique", "constraint"];

/// What is made, and can have had another name.
const WORDS: [&str; 15] = [
    "table",
    "view",
    "sequence",
    "index",
    "type",
    "domain",
    "schema",
    "function",
    "procedure",
    "aggregate",
    "statistics",
    "collation",
    "trigger",
    "policy",
    "rule",
];

/// The parts in the parentheses that come next.
fn parts(mut tokens: Tokens<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut is_left = tokens.take_symbol('(');
    while is_left && tokens.is_left() {
        let start = tokens.offset();
        let name = part(&mut tokens);
        is_left = tokens.skip_part();
        parts.push(Part { name, start, end: tokens.offset_behind() });
    }
    parts
}

/// The name of a part: that of a constraint too, if it has one.
fn part(tokens: &mut Tokens<'_>) -> Option<String> {
    if tokens.take("constraint") {
        return tokens.identifier();
    }
    if ["primary", "unique", "check", "foreign", "exclude", "like"].iter().any(|word| tokens.is(word)) {
        return None;
    }
    tokens.take_any(&["column", "if", "not", "exists"]);
    match tokens.take_literal() {
        Some(literal) => Some(literal.trim_matches('\'').replace("''", "'")),
        None => tokens.identifier(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::declared;

    /// Each comment's line, and what it asks for or why it cannot be understood.
    fn found(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("schema.sql");
        fs::write(&path, text).expect("a file");
        let renames = declared(&path).expect("no fault")[0].renames();
        let line = |renamed: &super::Renamed| {
            let asked = renamed.asked.clone().unwrap_or_else(|why| format!("{why:?}"));
            format!("{} {asked}", renamed.position.line)
        };
        renames.iter().map(line).collect()
    }

    #[test]
    fn comments_belong_to_what_they_stand_at() {
        let cases: [(&str, &[&str]); 22] = [
            (
                "CREATE TABLE a (\n  id int,\n  full_name text, -- @renamed from=name\n  -- @renamed from=mail\n  email text\n);",
                &["3 a.name=a.full_name", "4 a.mail=a.email"],
            ),
            (
                "-- @renamed from=people\nCREATE TABLE IF NOT EXISTS app.users(id int);",
                &["1 app.people=app.users"],
            ),
            (
                "-- @renamed from=cust\nCREATE TABLE customer (id int,\n full_name text -- @renamed from=nm\n);",
                &["1 cust=customer", "3 customer.nm=customer.full_name"],
            ),
            ("CREATE TABLE customer ( -- @renamed from=cust\n id int);", &["1 cust=customer"]),
            ("CREATE TABLE customer (id int); -- @renamed from=cust", &["1 cust=customer"]),
            ("CREATE TABLE a (b int) ; -- @renamed from=c\nCREATE TABLE d (e int);", &["1 c=a"]),
            ("CREATE TABLE a (id int, b int -- @renamed from=c\n);", &["1 a.c=a.b"]),
            (
                "CREATE TABLE a (\"Full Name\" text -- @renamed from=\"First.Name\" for a year\n);",
                &["1 a.\"First.Name\"=a.\"Full Name\""],
            ),
            (
                "CREATE TABLE a (\n id numeric(10, 2)\n  -- @renamed from=number\n  NOT NULL, b int);",
                &["3 a.number=a.id"],
            ),
            ("CREATE TABLE a (b int,\n  CONSTRAINT c UNIQUE (b) -- @renamed from=d\n);", &["2 a.d=a.c"]),
            ("CREATE TABLE a (/* @renamed from=c */ b int);", &["1 c=a"]),
            ("CREATE TABLE a (\n  /* @renamed from=c */ b int);", &["2 a.c=a.b"]),
            ("CREATE TABLE app.a (b int); -- @renamed from=public.a", &["1 public.a=app.a"]),
            (
                "CREATE TYPE s AS ENUM ('a',\n  'in ''b' -- @renamed from='it is'\n);",
                &["2 s.\"it is\"=s.\"in 'b\""],
            ),
            ("CREATE TYPE t AS (a int,\n  b int -- @renamed from=c\n);", &["2 t.c=t.b"]),
            (
                "-- @renamed from=i\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS j ON app.t (x);",
                &["1 app.i=app.j"],
            ),
            (
                "-- @renamed from=g\nCREATE OR REPLACE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS '';",
                &["1 app.g=app.f"],
            ),
            (
                "CREATE TRIGGER t BEFORE INSERT OR UPDATE OF x ON app.a EXECUTE FUNCTION f(); -- @renamed from=u",
                &["1 app.a.u=app.a.t"],
            ),
            (
                "CREATE RULE r AS ON INSERT TO a DO NOTHING; -- @renamed from=s\nCREATE POLICY p ON a TO x; -- @renamed from=q",
                &["1 a.s=a.r", "2 a.q=a.p"],
            ),
            ("ALTER TABLE ONLY a\n  ADD CONSTRAINT b UNIQUE (x); -- @renamed from=c", &["2 a.c=a.b"]),
            ("CREATE TABLE p PARTITION OF q FOR VALUES IN ('a'); -- @renamed from=o", &["1 o=p"]),
            ("CREATE SCHEMA app; -- @renamed from=old", &["1 old=app"]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn comments_that_say_nothing_are_reported() {
        for text in [
            "CREATE TABLE a (id int); -- @renamed: b",
            "CREATE TABLE a (id int); -- @renamed",
            "CREATE TABLE a (id int); -- @renamed from",
            "CREATE TABLE a (id int); -- @renamed from=",
            "CREATE TABLE a (id int); -- @renamed from b",
            "CREATE TABLE a (id int); -- @renamed from=\"b",
            "CREATE TABLE a (id int); -- @renamed from=b.",
            "CREATE TABLE a (id int); -- @renamed from=b,c",
            "CREATE TABLE a (id int); -- once: @renamed from=b",
            "CREATE TABLE a (id int); -- @rename from=b",
            "CREATE TABLE a (id int); /*@renamed b*/",
        ] {
            assert_eq!(found(text), ["1 Malformed"], "{text}");
        }
        for text in [
            "CREATE TABLE a (id int,\nUNIQUE (id) -- @renamed from=b\n);",
            "CREATE TABLE a (id int);\n-- @renamed from=b\n",
            "COMMENT ON TABLE a IS ''; -- @renamed from=b",
            "CREATE EXTENSION a; -- @renamed from=b",
        ] {
            let found = found(text);
            assert!(found.len() == 1 && found[0].ends_with(" Nowhere"), "{text}: {found:?}");
        }
        for text in
            ["CREATE VIEW a AS SELECT '-- @renamed from=b';", "CREATE TABLE a (id int); -- renamed from=b"]
        {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}

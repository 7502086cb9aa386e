//! The comments of a declared schema that say what something was called: `-- @renamed from=old`.

use std::collections::BTreeSet;

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
    /// It is behind several things on its line.
    Ambiguous,
}

impl std::fmt::Display for NotRenamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the comment does not say `@renamed from=old_name`",
            Self::Nowhere => "the comment `@renamed` is not at anything that has a name",
            Self::Ambiguous => "the comment `@renamed` is behind several things on its line",
        })
    }
}

/// Finds them all. A comment is about the table or whatever else a statement makes, or about one of the columns, constraints,
/// values or attributes in it:
///
/// - within one of them, before its comma, about that one;
/// - with something behind it on its line, or alone on its line, about what comes next;
/// - at the end of a line about what is on that line, if that is only one.
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
        let asked = old_name(&text[comment.start..comment.end])?
            .and_then(|old| Ok(Place::of(&comment, &tokens, declared)?.asked(&old)));
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
    fn of(comment: &Token, tokens: &[Token], declared: &Declared) -> Result<Self, NotRenamed> {
        let text = &*declared.text;
        let statements = Statements { declared, tokens };
        let at = tokens.partition_point(|token| token.start < comment.start);
        let (before, behind) = (at.checked_sub(1).map(|at| &tokens[at]), tokens.get(at));
        let is_beside = |from: usize, to: usize| !text[from..to].contains('\n');
        let before_here = before.filter(|token| is_beside(token.end, comment.start));
        let behind_here = behind
            .filter(|token| text[comment.start..].starts_with("/*") && is_beside(comment.end, token.start));
        let spot = |token: Option<&Token>| token.and_then(|token| statements.spot(token));
        let (first, next) = (spot(before), spot(behind));
        if let (Some(Spot { statement, at: At::Part(part) }), true) = (first, first == next) {
            return statements.part(statement, part);
        }
        let Some(first) = spot(before_here) else { return statements.next(next) };
        match (first.at, behind_here) {
            (At::Part(part), _) => statements.part(first.statement, part),
            (At::Head, None) => statements.whole(first.statement),
            (At::Comma(part), None) => {
                let is_only = statements.on_line(comment).all(|spot| match spot.at {
                    At::Part(other) | At::Comma(other) => other == part && spot.statement == first.statement,
                    At::Head => true,
                    At::End => spot.statement == first.statement,
                });
                if is_only { statements.part(first.statement, part) } else { Err(NotRenamed::Ambiguous) }
            }
            (At::End, None) => {
                let start = declared.statements[first.statement].start;
                let is_begun_here = before_here.is_some_and(|token| is_beside(start, token.start));
                statements.at_end(first.statement, comment, is_begun_here)
            }
            (At::Head | At::End, Some(_))
                if next == Some(Spot { statement: first.statement, at: At::End }) =>
            {
                statements.whole(first.statement)
            }
            (_, Some(_)) => statements.next(next),
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

/// Where a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spot {
    /// The statement, by its number in the file.
    statement: usize,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// In the statement, and not in or behind the list of parts.
    Head,
    /// In a part, by its number in the statement.
    Part(usize),
    /// The comma behind a part.
    Comma(usize),
    /// Behind all parts: also the semicolon.
    End,
}

/// The statements of a file, and its tokens without comments.
struct Statements<'d> {
    declared: &'d Declared,
    tokens: &'d [Token],
}

impl Statements<'_> {
    fn head(&self, statement: usize) -> Option<Head> {
        Head::of(&self.declared.text[self.declared.statements.get(statement)?.clone()])
    }

    /// `None`: the file has no statement there whose parts are known.
    fn spot(&self, token: &Token) -> Option<Spot> {
        let begun = self.declared.statements.partition_point(|range| range.start <= token.start);
        let statement = begun.checked_sub(1)?;
        let range = &self.declared.statements[statement];
        let head = self.head(statement)?;
        let at = token.start - range.start;
        let part = head.parts.iter().position(|part| part.start <= at && at < part.end);
        let at = match part {
            _ if token.start >= range.end => At::End,
            Some(part) if token.kind == TokenKind::Symbol(',') && at + 1 == head.parts[part].end => {
                At::Comma(part)
            }
            Some(part) => At::Part(part),
            None if at <= head.begin => At::Head,
            None => At::End,
        };
        Some(Spot { statement, at })
    }

    /// Everything on the line of a comment, before it.
    fn on_line(&self, comment: &Token) -> impl Iterator<Item = Spot> {
        let line = self.declared.text[..comment.start].rfind('\n').map_or(0, |newline| newline + 1);
        let tokens = self.tokens.iter().filter(move |token| token.end > line && token.start < comment.start);
        tokens.filter_map(|token| self.spot(token))
    }

    /// What a comment behind the end of a statement is about.
    fn at_end(&self, statement: usize, comment: &Token, is_begun_here: bool) -> Result<Place, NotRenamed> {
        let mut parts = BTreeSet::new();
        for spot in self.on_line(comment) {
            match spot.at {
                _ if spot.statement != statement => return Err(NotRenamed::Ambiguous),
                At::Part(part) | At::Comma(part) => parts.extend([part]),
                At::Head | At::End => {}
            }
        }
        let is_addition = self.head(statement).is_some_and(|head| head.is_addition);
        match (is_addition, parts.first()) {
            (true, Some(&part)) if parts.len() == 1 => self.part(statement, part),
            (false, Some(_)) if !is_begun_here => Err(NotRenamed::Ambiguous),
            _ => self.whole(statement),
        }
    }

    /// What begins here, or goes on.
    fn next(&self, spot: Option<Spot>) -> Result<Place, NotRenamed> {
        let Spot { statement, at } = spot.ok_or(NotRenamed::Nowhere)?;
        match at {
            At::Head => self.whole(statement),
            At::Part(part) => self.part(statement, part),
            At::Comma(part) => self.part(statement, part + 1),
            At::End => Err(NotRenamed::Nowhere),
        }
    }

    fn whole(&self, statement: usize) -> Result<Place, NotRenamed> {
        let head = self.head(statement).ok_or(NotRenamed::Nowhere)?;
        match (head.is_addition, head.parts.as_slice()) {
            (true, [_]) => self.part(statement, 0),
            (true, _) => Err(NotRenamed::Ambiguous),
            (false, _) => Ok(Place { name: head.name, part: head.only_part }),
        }
    }

    fn part(&self, statement: usize, part: usize) -> Result<Place, NotRenamed> {
        let head = self.head(statement).ok_or(NotRenamed::Nowhere)?;
        let name = head.parts.get(part).and_then(|part| part.name.clone()).ok_or(NotRenamed::Nowhere)?;
        Ok(Place { name: head.name, part: Some(name) })
    }
}

/// What a statement makes.
struct Head {
    name: Vec<String>,
    /// The trigger, the rule or the policy on a table.
    only_part: Option<String>,
    /// Where the list of parts begins.
    begin: usize,
    parts: Vec<Part>,
    /// The parts are added to something that another statement makes.
    is_addition: bool,
}

/// A column or a constraint of a table, a value of an enum, an attribute of a type.
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
        let is_event = tokens.take("event");
        tokens.take_any(&ADJECTIVES);
        let word = WORDS.into_iter().find(|word| tokens.take(word))?;
        tokens.take_any(&["concurrently", "if", "not", "exists"]);
        let mut name = tokens.qualified_name()?.parts;
        let begin = statement.len();
        let mut head =
            Self { name: Vec::new(), only_part: None, begin, parts: Vec::new(), is_addition: false };
        match word {
            "trigger" if is_event => {}
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
        if !["table", "domain", "type"].iter().any(|word| tokens.take(word)) {
            return None;
        }
        tokens.take_if_exists();
        let name = tokens.relation()?.parts;
        let begin = tokens.offset();
        let mut head = Self { name, only_part: None, begin, parts: Vec::new(), is_addition: true };
        let mut is_left = tokens.is("add");
        while is_left {
            let start = tokens.offset();
            let name = if tokens.take("add") { part(&mut tokens) } else { None };
            is_left = tokens.skip_part() && tokens.is_left();
            head.parts.push(Part { name, start, end: tokens.offset_behind() });
        }
        (!head.parts.is_empty()).then_some(head)
    }
}

/// What may stand between CREATE and the word for what is made.
const ADJECTIVES: [&str; 11] = [
    "or",
    "replace",
    "unlogged",
    "foreign",
    "data",
    "materialized",
    "recursive",
    "unique",
    "constraint",
    "text",
    "search",
];

/// What is made, and can have had another name.
const WORDS: [&str; 22] = [
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
    "server",
    "wrapper",
    "publication",
    "dictionary",
    "configuration",
    "parser",
    "template",
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
    tokens.take_any(&["column", "attribute", "value", "if", "not", "exists"]);
    match tokens.take_literal() {
        Some(literal) => Some(literal.trim_matches('\'').replace("''", "'")),
        None => tokens.identifier(),
    }
}

#[cfg(test)]
mod tests;

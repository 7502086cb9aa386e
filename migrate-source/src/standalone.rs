//! What a statement changes that PostgreSQL takes only outside a transaction: what a cut one may have left behind is found
//! by it.

use std::fmt;

use crate::lexer::{self, Token, TokenKind};

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

/// The tokens of a statement without its comments, read from left to right.
pub(crate) struct Tokens<'a> {
    text: &'a str,
    list: Vec<Token>,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
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

    pub(crate) fn take_if_exists(&mut self) {
        let _ = self.take("if") && self.take("exists");
    }

    /// The `*` that may stand behind a table's name.
    pub(crate) fn take_star(&mut self) {
        self.take_symbol('*');
    }

    pub(crate) fn take_symbol(&mut self, symbol: char) -> bool {
        let is = self.is_symbol(symbol);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn is_left(&self) -> bool {
        self.at < self.list.len()
    }

    pub(crate) fn skip(&mut self) {
        self.at += 1;
    }

    /// Where the next one begins, or the text ends.
    pub(crate) fn offset(&self) -> usize {
        self.list.get(self.at).map_or(self.text.len(), |token| token.start)
    }

    /// Where the one before ends.
    pub(crate) fn offset_behind(&self) -> usize {
        let before = self.at.checked_sub(1).and_then(|at| self.list.get(at));
        before.map_or(0, |token| token.end)
    }

    /// Takes as many of these words as come next, and says whether there is one.
    pub(crate) fn take_any(&mut self, words: &[&str]) -> bool {
        let before = self.at;
        while words.iter().any(|word| self.take(word)) {}
        self.at > before
    }

    /// Takes the next one if it is a text in quotes.
    pub(crate) fn take_literal(&mut self) -> Option<&'a str> {
        let token = self.list.get(self.at).filter(|token| token.kind == TokenKind::Literal)?;
        self.at += 1;
        Some(&self.text[token.start..token.end])
    }

    /// Goes on behind the comma that ends a part of a list in parentheses. `false`: what comes next ends the list.
    pub(crate) fn skip_part(&mut self) -> bool {
        let mut depth = 0_u32;
        while let Some(token) = self.list.get(self.at) {
            match token.kind {
                TokenKind::Symbol('(' | '[') => depth += 1,
                TokenKind::Symbol(')') if depth == 0 => return false,
                TokenKind::Symbol(')' | ']') => depth = depth.saturating_sub(1),
                TokenKind::Symbol(',') if depth == 0 => {
                    self.at += 1;
                    return true;
                }
                _ => {}
            }
            self.at += 1;
        }
        false
    }

    /// Goes on behind the next comma that is in no parentheses.
    pub(crate) fn skip_behind_comma(&mut self) {
        let mut depth = 0_u32;
        while let Some(token) = self.list.get(self.at) {
            self.at += 1;
            match token.kind {
                TokenKind::Symbol('(' | '[') => depth += 1,
                TokenKind::Symbol(')' | ']') => depth = depth.saturating_sub(1),
                TokenKind::Symbol(',') if depth == 0 => return,
                _ => {}
            }
        }
    }

    /// Whether the word comes somewhere from here on.
    pub(crate) fn has(&self, word: &str) -> bool {
        let is_it = |token: &Token| {
            token.kind == TokenKind::Word && self.text[token.start..token.end].eq_ignore_ascii_case(word)
        };
        self.list.iter().skip(self.at).any(is_it)
    }

    /// The next text in quotes, with them.
    pub(crate) fn literal(&self) -> Option<&'a str> {
        let token = self.list.iter().skip(self.at).find(|token| token.kind == TokenKind::Literal)?;
        Some(&self.text[token.start..token.end])
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.list.get(self.at).is_some_and(|token| {
            token.kind == TokenKind::Word && self.text[token.start..token.end].eq_ignore_ascii_case(word)
        })
    }

    pub(crate) fn take(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    fn is_symbol(&self, symbol: char) -> bool {
        self.list.get(self.at).is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }

    /// `name`, `ONLY name`, `ONLY (name)`
    pub(crate) fn relation(&mut self) -> Option<QualifiedName> {
        let is_in_parentheses = self.take("only") && self.is_symbol('(');
        self.at += usize::from(is_in_parentheses);
        let name = self.qualified_name()?;
        if is_in_parentheses && !self.is_symbol(')') {
            return None;
        }
        self.at += usize::from(is_in_parentheses);
        Some(name)
    }

    pub(crate) fn qualified_name(&mut self) -> Option<QualifiedName> {
        let mut parts = vec![self.identifier()?];
        while self.is_symbol('.') {
            self.at += 1;
            parts.push(self.identifier()?);
        }
        Some(QualifiedName { parts })
    }

    /// A name as the catalog has it: folded to lower case or without its quotes, and cut off.
    pub(crate) fn identifier(&mut self) -> Option<String> {
        let token = *self.list.get(self.at)?;
        self.at += 1;
        let text = &self.text[token.start..token.end];
        let mut name = match token.kind {
            TokenKind::Word => text.to_ascii_lowercase(),
            TokenKind::QuotedIdentifier => {
                let (prefix, inner) = text.split_once('"')?;
                let inner = inner.strip_suffix('"')?.replace("\"\"", "\"");
                match prefix {
                    "" => inner,
                    _ if self.is("uescape") => return None,
                    _ => unescaped(&inner)?,
                }
            }
            _ => return None,
        };
        let end = (0..=LONGEST_NAME.min(name.len())).rev().find(|end| name.is_char_boundary(*end))?;
        name.truncate(end);
        Some(name)
    }

    /// Whatever may be a name in what is left.
    pub(crate) fn names(mut self) -> Vec<String> {
        let mut names = Vec::new();
        while self.at < self.list.len() {
            names.extend(self.identifier());
        }
        names
    }

    /// Whether a function is called in what is left that has none of these names.
    pub(crate) fn calls_other_than(&self, names: &[&str]) -> bool {
        let rest = &self.list[self.at..];
        rest.windows(2).any(|pair| {
            let name = &self.text[pair[0].start..pair[0].end];
            let is_name = matches!(pair[0].kind, TokenKind::Word | TokenKind::QuotedIdentifier)
                && !name.eq_ignore_ascii_case("select");
            let is_call = is_name && pair[1].kind == TokenKind::Symbol('(');
            is_call && !names.iter().any(|known| name.eq_ignore_ascii_case(known))
        })
    }

    fn rest(&self) -> &'a str {
        self.list.get(self.at).map_or("", |token| &self.text[token.start..])
    }
}

pub(crate) struct QualifiedName {
    pub(crate) parts: Vec<String>,
}

/// Each part in quotes.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.parts.iter().map(|part| quoted(part)).collect();
        f.write_str(&parts.join("."))
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `NAMEDATALEN - 1`: PostgreSQL cuts off what is longer (manual, 4.1.1).
const LONGEST_NAME: usize = 63;

/// The text of `U&"…"`: `\0041`, `\+000041` and `\\` (manual, 4.1.2.3).
fn unescaped(text: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        name += before;
        rest = if let Some(after) = escape.strip_prefix('\\') {
            name.push('\\');
            after
        } else {
            let (digits, length) = escape.strip_prefix('+').map_or((escape, 4), |digits| (digits, 6));
            let code = digits.get(..length).and_then(|digits| u32::from_str_radix(digits, 16).ok())?;
            name.push(char::from_u32(code)?);
            &digits[length..]
        };
    }
    Some(name + rest)
}

#[cfg(test)]
mod tests;

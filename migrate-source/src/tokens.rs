//! The checksum of a script's tokens, which comments and white space do not change. The rule is written here and
//! nowhere else; a golden test holds its bytes for ever.
//!
//! It is the SHA-256 of the tokens of each statement, as they are in the text. Before a token goes one byte that says
//! how it follows the one before it. UTF-8 has none of these bytes, so that no text can be taken for one.
//!
//! | Byte | The token |
//! |---|---|
//! | `FE` | begins a statement |
//! | `FF` | follows another of its statement |
//! | `FD` | is a string that goes on with the string before it, a line break between them (manual, 4.1.2.1) |
//! | none | is an operator character that touches another before it |
//!
//! A token is a word, a quoted identifier, a quoted string, a number, or one character of what else there is. Its letter
//! case and all that stands between its quotes count, line endings too. Comments and white space are no tokens, nor is
//! the semicolon that ends a statement; a statement without tokens is none.
//!
//! Operator characters are ``+-*/<>=~!@#%^&|?:` ``: `a <-b` is not `a < -b`, and `1-/**/-2` is not `1--2`. Others,
//! such as `()[],.`, never make one token with their neighbour.
//!
//! Directives are comments: whether a script has a transaction is not in it.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::checksum::Checksum;
use crate::lexer::{self, Token, TokenKind};

/// The checksum of the tokens of a list of statements, each as [`Script::statements`](crate::Script::statements) gives
/// it.
///
/// For all statements of a script it is [`Script::tokens_checksum`](crate::Script::tokens_checksum).
pub fn tokens_checksum<'a>(statements: impl IntoIterator<Item = &'a str>) -> Checksum {
    let mut checksum = GrowingChecksum::default();
    for statement in statements {
        checksum.add(statement);
    }
    checksum.so_far()
}

/// The same for a list that grows: each statement is read once.
#[derive(Clone, Default)]
pub struct GrowingChecksum(Sha256);

const BEGINS: u8 = 0xfe;
const FOLLOWS: u8 = 0xff;
const GOES_ON: u8 = 0xfd;

impl GrowingChecksum {
    /// Adds a statement to the list.
    pub fn add(&mut self, statement: &str) {
        let tokens: Vec<Token> = lexer::without_comments(statement).collect();
        let is_end = |token: &&Token| token.kind == TokenKind::Symbol(';');
        let count = tokens.len() - tokens.iter().rev().take_while(is_end).count();
        let mut previous: Option<Token> = None;
        for token in &tokens[..count] {
            let how = match previous {
                None => Some(BEGINS),
                Some(previous) if touch(previous, *token) => None,
                Some(_) if token.kind == TokenKind::Continuation => Some(GOES_ON),
                Some(_) => Some(FOLLOWS),
            };
            self.0.update(how.as_slice());
            self.0.update(&statement[token.start..token.end]);
            previous = Some(*token);
        }
    }

    /// The checksum of the list as it is now.
    pub fn so_far(&self) -> Checksum {
        Checksum::from_bytes(self.0.clone().finalize().into())
    }
}

/// The tokens of a statement as ranges of its text, without comments. Operator characters that touch are one token.
pub fn tokens(statement: &str) -> impl Iterator<Item = Range<usize>> {
    let mut tokens = lexer::without_comments(statement).peekable();
    std::iter::from_fn(move || {
        let mut token = tokens.next()?;
        let start = token.start;
        while let Some(next) = tokens.next_if(|next| touch(token, *next)) {
            token = next;
        }
        Some(start..token.end)
    })
}

/// Whether two operator characters stand side by side.
fn touch(first: Token, second: Token) -> bool {
    first.end == second.start && is_operator(first.kind) && is_operator(second.kind)
}

fn is_operator(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Symbol(c) if "+-*/<>=~!@#%^&|?:`".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Direction;
    use crate::script;

    fn checksum(text: &str) -> Checksum {
        let script =
            script::parse(text, Direction::Forward).unwrap_or_else(|faults| panic!("{text:?}: {faults:?}"));
        tokens_checksum(script.statements.iter().map(|range| &text[range.clone()]))
    }

    #[track_caller]
    fn check_same(one: &str, other: &str) {
        assert_eq!(checksum(one), checksum(other), "{one:?} and {other:?}");
    }

    #[track_caller]
    fn check_other(one: &str, other: &str) {
        assert_ne!(checksum(one), checksum(other), "{one:?} and {other:?}");
    }

    #[test]
    fn comments_and_white_space_do_not_count() {
        check_same("select 1", "-- why\nselect 1 -- one");
        check_same("select a, b from t", "select\r\n\ta,\n\tb -- both\nfrom /* the /* only */ */ t\n");
        check_same("select a/**/b", "select a b");
        check_same("select a+--one\n1", "select a +1");
        check_same("select count( * )::int [ 1 ]", "select count(*) ::int[1]");
        check_same("select t . a", "select t.a");
        check_same("select e'a\\'' -- note\n\t'b\\''", "select e'a\\''\r\n\r\n'b\\''");
        check_same("select 'a'\n'b'", "select 'a' -- note\n\n  'b'");
    }

    #[test]
    fn semicolons_at_the_end_do_not_count() {
        check_same("select 1; select 2", ";select 1 ; -- one\n; select 2;;");
        assert_eq!(tokens_checksum(["select 1;", " -- nothing\n;", ""]), tokens_checksum(["select 1"]));
        assert_ne!(tokens_checksum(["select 1; select 2"]), tokens_checksum(["select 1", "select 2"]));
        check_other("select 1; select 2", "select 1 select 2");
        let rule =
            |between: &str| format!("create rule r as on insert to t do also (select 1{between} select 2)");
        check_other(&rule(";"), &rule(""));
        check_other(&rule(";"), &rule(";;"));
    }

    #[test]
    fn what_stands_in_quotes_counts() {
        check_other("select 'a b'", "select 'a  b'");
        check_other("select 'a\nb'", "select 'a\r\nb'");
        check_other("select '/* a */'", "select ''");
        check_other("select 'a'\n'b'", "select 'a' 'b'");
        check_other("select 'a'\n'b'", "select 'a' /*\n*/ 'b'");
        check_other("select e'a'\n'b'", "select e'a'\n' b'");
        check_other("select e'a'\n'b'", "select e'a\nb'");
        check_other("select e'a'\n'b\\''", "select e'a', 'b\\'");
        check_other("select e'a'", "select e 'a'");
        check_other("select \"a\"", "select \"a \"");
        check_other("select \"a\"", "select a");
        check_other("select u&'a'", "select u & 'a'");
        check_other("do $$begin -- a\nend$$", "do $$begin -- b\nend$$");
        check_other("do $$begin /* a */ end$$", "do $$begin  end$$");
        check_other("do $a$begin end$a$", "do $b$begin end$b$");
        check_other("select a$b$c$b$", "select a $b$c$b$");
    }

    #[test]
    fn words_and_numbers_count_as_they_are() {
        check_other("select a", "SELECT a");
        check_other("select ab", "select a b");
        check_other("select a, b", "select a b");
        check_other("select 12", "select 1 2");
        check_other("select 1.5", "select 1 .5");
        check_other("select .5", "select . 5");
        check_other("select 1e+5", "select 1e +5");
        check_other("select $12", "select $1 2");
        check_other("select 0x1", "select 0 x1");
    }

    #[test]
    fn operators_are_one_where_they_touch() {
        check_other("select a < -b", "select a <-b");
        check_other("select a ->> b", "select a -> > b");
        check_other("select a::b", "select a: :b");
        check_other("select a => b", "select a = > b");
        check_other("select a +/**/- b", "select a +- b");
        check_other("select 1-/**/-2", "select 1--2");
        check_same("select 1-/**/-2", "select 1 - - 2");
        check_same("select a*(-b)", "select a * ( - b )");
        check_same("select a<b", "select a < b");
        check_other("select `+", "select ` +");
        check_same("select a[-1]", "select a [ - 1 ]");
    }

    /// These bytes are what histories hold. They never change.
    #[test]
    fn golden_checksums() {
        let check = |text: &str, hex: &str| assert_eq!(checksum(text).to_string(), hex, "{text:?}");
        // printf '\xfeselect\xff1' | sha256sum
        check("select 1;\n", "5e230c406c855e3b885cf91757e0a4ccc7a76839fd4f253618bb51217489e6c2");
        // printf '\xfeselect\xffE\x27a\r\nb\x27\xfd\x27c\x27\xff::\xfftext\xfeVALUES\xff(\xff$1\xff)' | sha256sum
        check(
            "select E'a\r\nb' -- c\r\n  'c' :: text;\r\n\r\nVALUES ($1)",
            "11235f452fae92adb79eb7430c33f30aed37b30bfa781b3f9dbae329e6294a68",
        );
        // printf '\xfeselect\xff\x22ä\x22\xff<->\xffb\xff,\xff$$/* c */$$\xff-\xff-\xff1.5e+3' | sha256sum
        check(
            "select /* a */ \"ä\"<->b, $$/* c */$$ - - 1.5e+3",
            "0584ddb0450a6b0551a117137ee8f4120d414549bf1bf040bf9f0a94d3092c60",
        );
    }
}

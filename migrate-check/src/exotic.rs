//! Statements that squawk's parser does not know and that the lints are to see: it is given them without the words that it should
//! know.

use std::ops::Range;

use squawk_syntax::{SourceFile, SyntaxElement, SyntaxNode};

use crate::routine::first_error;

/// One word or symbol, and where it is.
struct Part {
    text: String,
    range: Range<usize>,
}

impl Part {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '"'))
    }
}

/// How many exclusion constraints with operator classes one statement may have.
const MAX_ROUNDS: usize = 16;

/// The parse of a statement that the parser refuses, without those words in it that it should know: in their place are
/// blanks, so that all else is where it was. `None`: it is refused still.
pub(crate) fn parsed_without(sql: &str, refused: &squawk_syntax::Parse<SourceFile>) -> Option<SourceFile> {
    let parts = parts(&refused.syntax_node());
    let mut text = sql.to_owned();
    if starts_with(&parts, &["create", "unlogged", "materialized", "view"]) {
        text = blanked(&text, parts[1].range.clone());
    }
    for _ in 0..MAX_ROUNDS {
        // What is as it was need not be parsed again to be refused again.
        let again = (text != sql).then(|| SourceFile::parse(&text));
        let parse = again.as_ref().unwrap_or(refused);
        let Some(error) = first_error(parse) else { return Some(parse.tree()) };
        let is_of_exclusion = error.message().starts_with("expected WITH_KW");
        let range = is_of_exclusion.then(|| operator_class(&parts, usize::from(error.range().start())))??;
        text = blanked(&text, range);
    }
    None
}

fn parts(root: &SyntaxNode) -> Vec<Part> {
    let tokens = root.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let words = tokens.filter(|token| !token.kind().is_trivia());
    words
        .map(|token| Part {
            text: token.text().to_owned(),
            range: usize::from(token.text_range().start())..usize::from(token.text_range().end()),
        })
        .collect()
}

fn blanked(text: &str, range: Range<usize>) -> String {
    let blank = " ".repeat(range.len());
    format!("{}{blank}{}", &text[..range.start], &text[range.end..])
}

fn starts_with(parts: &[Part], words: &[&str]) -> bool {
    parts.len() >= words.len() && parts.iter().zip(words).all(|(part, word)| part.is(word))
}

/// What stands in an exclusion constraint between a column and its `WITH`: an operator class and an order.
fn operator_class(parts: &[Part], from: usize) -> Option<Range<usize>> {
    let first = parts.iter().position(|part| part.range.start >= from)?;
    let length = parts[first..].iter().position(|part| part.is("with"))?;
    let words = &parts[first..first + length];
    let mut rest = words;
    if !rest.first()?.is_any(&["asc", "desc", "nulls"]) {
        rest = &rest[1..];
        while let [dot, name, ..] = rest
            && dot.is(".")
            && name.is_name()
        {
            rest = &rest[2..];
        }
    }
    if rest.first().is_some_and(|part| part.is_any(&["asc", "desc"])) {
        rest = &rest[1..];
    }
    let is_order =
        rest.is_empty() || (rest.len() == 2 && rest[0].is("nulls") && rest[1].is_any(&["first", "last"]));
    (is_order && words[0].is_name()).then(|| words[0].range.start..words[length - 1].range.end)
}

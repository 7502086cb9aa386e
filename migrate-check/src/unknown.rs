//! What PostgreSQL takes and squawk's parser does not, as far as it is met in practice.

use std::ops::Range;

use squawk_syntax::{SourceFile, SyntaxElement, SyntaxKind, SyntaxNode};

use crate::grammar;

/// One word or symbol, and where it is.
struct Part {
    text: String,
    kind: SyntaxKind,
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
    for range in head(&parts).into_iter().chain(read_only(&parts)) {
        text = blanked(&text, range);
    }
    if is_set_names(&parts) {
        // `SET a =  'UTF8'`.
        text.replace_range(parts[1].range.clone(), "a =  ");
    }
    for _ in 0..MAX_ROUNDS {
        // What is as it was need not be parsed again to be refused again.
        let again = (text != sql).then(|| SourceFile::parse(&text));
        let parse = again.as_ref().unwrap_or(refused);
        let Some(error) = grammar::first_error(parse) else { return Some(parse.tree()) };
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
            kind: token.kind(),
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

/// What is not known at the beginning of a statement.
fn head(parts: &[Part]) -> Option<Range<usize>> {
    if starts_with(parts, &["create", "unlogged", "materialized", "view"]) {
        return Some(parts[1].range.clone());
    }
    if starts_with(parts, &["alter", "statistics", "if", "exists"]) && parts.iter().any(|part| part.is("set"))
    {
        return Some(parts[2].range.start..parts[3].range.end);
    }
    extension_options(parts)
}

/// The options of an extension, which may be in any order.
fn extension_options(parts: &[Part]) -> Option<Range<usize>> {
    let name = if starts_with(parts, &["create", "extension", "if", "not", "exists"]) {
        5
    } else if starts_with(parts, &["create", "extension"]) {
        2
    } else {
        return None;
    };
    let first = name + 1 + usize::from(parts.get(name + 1)?.is("with"));
    let mut at = first;
    while let Some(option) = parts.get(at) {
        if option.is("cascade") {
            at += 1;
        } else if option.is_any(&["schema", "version"]) {
            let value = parts.get(at + 1)?;
            let is_version = option.is("version") && value.kind == SyntaxKind::STRING;
            if !is_version && !value.is_name() {
                return None;
            }
            at += 2;
        } else {
            return None;
        }
    }
    Some(parts.get(first)?.range.start..parts.last()?.range.end)
}

fn is_set_names(parts: &[Part]) -> bool {
    let is_value = |part: &Part| part.kind == SyntaxKind::STRING || part.is("default");
    starts_with(parts, &["set", "names"]) && parts.len() == 3 && is_value(&parts[2])
}

/// `FOR READ ONLY`, which has no effect.
fn read_only(parts: &[Part]) -> Option<Range<usize>> {
    let found = parts.windows(3).find(|three| starts_with(three, &["for", "read", "only"]))?;
    Some(found[0].range.start..found[2].range.end)
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

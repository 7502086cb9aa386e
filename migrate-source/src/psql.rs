//! What only psql understands: its variables, and the data that `pg_dump` writes for it.

use crate::lexer::Token;

/// `:'name'` and `:"name"`, which psql replaces. After a value the colon is a cast's, a slice's or a JSON pair's.
pub(crate) fn is_variable(text: &str, colon: Token) -> bool {
    let after_value = |c: char| c.is_alphanumeric() || matches!(c, ':' | '\'' | '"' | ')' | ']' | '_' | '$');
    let Some(quote) = text[colon.end..].chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        return false;
    };
    let name = text[colon.end + 1..].split(quote).next().unwrap_or_default();
    !text[..colon.start].ends_with(after_value)
        && !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Where the lines of data end that follow `COPY … FROM stdin;`, at `\.`, or where they would begin if there are none.
pub(crate) fn end_of_copy_data(text: &str, from: usize) -> usize {
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        at += line.len();
        if line.trim_end() == "\\." {
            return at;
        }
    }
    from
}

//! How deeply a statement nests: what a parser that recurses must know beforehand. It judges nothing.

use crate::lexer::{Lexer, TokenKind};

/// The most of brackets, `CASE`s and operators without an operand that are open at once: an upper bound of how deep a
/// recursive parser gets.
pub fn nesting(sql: &str) -> usize {
    let mut lexer = Lexer::new(sql);
    let (mut brackets, mut cases, mut operators, mut most) = (0_usize, 0_usize, 0_usize, 0);
    while let Ok(Some(token)) = lexer.next_token() {
        let word = &sql[token.start..token.end];
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        match token.kind {
            TokenKind::LineComment | TokenKind::BlockComment => continue,
            TokenKind::Symbol('(' | '[') => brackets += 1,
            TokenKind::Symbol(')' | ']') => brackets = brackets.saturating_sub(1),
            TokenKind::Symbol(_) => operators += 1,
            // They stand one before the other without end.
            TokenKind::Word if is("not") || is("explain") => operators += 1,
            TokenKind::Word if is("case") => cases += 1,
            TokenKind::Word if is("end") => cases = cases.saturating_sub(1),
            _ => operators = 0,
        }
        most = most.max(brackets + cases + operators);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_at_once() {
        assert_eq!(nesting("select 1"), 0);
        assert_eq!(nesting("select ((a)[1]), (b)"), 2);
        assert_eq!(nesting("select '((((', $$((((((($$ /* ((( */"), 1);
        assert_eq!(nesting("select - - - 1, not not true"), 3);
        assert_eq!(nesting("select case when (a) then case when b then 1 end end"), 2);
        assert_eq!(nesting("insert into t values (1, 'a'), (2, 'b'), (3, 'c')"), 2);
        assert_eq!(nesting(&"(".repeat(5000)), 5000);
    }
}

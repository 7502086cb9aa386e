//! How deeply a statement may nest before the parser, which recurses, is not let near it. Told from the bytes alone, and
//! rather too much than too little: what is in strings and comments counts.

/// Statements up to this many bytes cannot nest more deeply than the stack is high, whatever they hold.
const HARMLESS: usize = 64 * 1024;

/// How deep a longer one may be.
const MAX_DEPTH: usize = 32 * 1024;

/// Whether the parser might overflow its stack.
pub(crate) fn is_too_deep(sql: &str) -> bool {
    sql.len() > HARMLESS
        && (brackets(sql) > MAX_DEPTH || operators(sql) > MAX_DEPTH || words(sql) > MAX_DEPTH)
}

/// The depth of parentheses and brackets.
fn brackets(sql: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in sql.bytes() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The longest run of bytes that no operand interrupts: `- - - 1`.
fn operators(sql: &str) -> usize {
    let is_operand = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'"' | b'\'' | b'$');
    let runs = sql.as_bytes().split(|byte| is_operand(*byte));
    runs.map(|run| run.iter().filter(|byte| !byte.is_ascii_whitespace()).count()).max().unwrap_or_default()
}

/// The words that open something which only another word closes, or that stand one before the other: `NOT NOT true`.
fn words(sql: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for word in sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        if is("case") || is("not") || is("begin") || is("select") || is("with") || is("explain") {
            depth += 1;
        } else if is("end") || is("null") || is("from") || is("values") {
            depth = depth.saturating_sub(1);
        }
        deepest = deepest.max(depth);
    }
    deepest
}

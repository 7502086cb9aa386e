//! Statements that are broken on purpose: one token deleted, doubled, or swapped with its neighbour.

/// Numbers that are the same each time (xorshift64*, G. Marsaglia and S. Vigna).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % limit
    }
}

/// The statement with one change.
pub(crate) fn of(sql: &str, random: &mut Random) -> String {
    let mut tokens = tokens(sql);
    let at = random.below(tokens.len());
    match random.below(3) {
        0 => {
            tokens.remove(at);
        }
        1 => tokens.insert(at, tokens[at]),
        _ if at + 1 < tokens.len() => tokens.swap(at, at + 1),
        _ => tokens.reverse(),
    }
    tokens.join(" ")
}

/// The tokens of a statement without its comments, roughly: a literal is one, a word is one, any other character is one.
fn tokens(sql: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |at| at + 2),
            '$' => dollar_quote(rest),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(len);
        if !token.starts_with("--") && !token.starts_with("/*") {
            tokens.push(token);
        }
        rest = after.trim_start();
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn dollar_quote(text: &str) -> usize {
    let tag = text[1..].find('$').map_or(1, |at| at + 2);
    text[tag..].find(&text[..tag]).map_or(1, |at| tag + at + tag)
}

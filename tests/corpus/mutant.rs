//! Statements that are broken on purpose, in one place, as people and programs break them.

/// Numbers that are the same each time (xorshift64*, G. Marsaglia and S. Vigna).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Seeds that are near each other, and 0, begin far apart.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % limit
    }
}

/// What a token is, as far as one may stand in the place of another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Keyword,
    Name,
    Number,
    String,
    Operator,
    Symbol,
}

/// Words that PostgreSQL treats as more than names, as far as they are frequent.
const KEYWORDS: &str = "add all alter always and any array as asc atomic authorization before begin between bigint boolean both by \
    cascade case cast check collate column concurrently constraint copy create cross cube current current_date current_user \
    cursor cycle default deferrable deferred definer delete desc distinct do double drop each else end enforced enum \
    escape except exclude execute exists extension extract false fetch filter first following for foreign from full \
    function generated grant group grouping having identity if ilike immediate immutable in include increment index inherit \
    inherits initially inner inout insert instead int intersect interval into invoker is isnull join key language last \
    lateral leading leakproof left like limit local locked match materialized merge minvalue natural next no none not \
    nothing notnull null nulls numeric of offset on only option or order ordinality out outer over overlaps overriding \
    owner parallel partition placing position preceding precision prepare primary procedure publication range real \
    recursive references refresh rename replace restrict returning returns revoke right role rollup row rows rule schema \
    security select sequence session_user set setof similar smallint some stable start statement stored strict substring \
    symmetric table tablesample temp temporary text then time timestamp to trailing treat trigger trim true type unbounded \
    union unique unlogged update user using valid validate values variadic varying verbose version view virtual volatile \
    when where window with within without zone";

/// The statement with one change; what it takes from others comes from `others`.
pub(crate) fn of(sql: &str, others: &[String], random: &mut Random) -> String {
    let mut words = tokens(sql);
    let at = random.below(words.len());
    match random.below(12) {
        0 => {
            words.remove(at);
        }
        1 => words.insert(at, words[at]),
        2 if at + 1 < words.len() => words.swap(at, at + 1),
        // Another of its kind.
        3 | 4 => {
            if let Some(word) = from_another(others, Some(kind(words[at])), random) {
                words[at] = word;
            }
        }
        // A clause, twice or not at all.
        5 => {
            let clause = clause(&words, at, random);
            let copy = words[clause.clone()].to_vec();
            words.splice(clause.end..clause.end, copy);
        }
        6 => drop(words.drain(clause(&words, at, random))),
        // A parenthesis elsewhere, or two more.
        7 => {
            let is_open = |word: &&str| matches!(*word, "(" | ")");
            if let Some(from) = words.iter().skip(at).position(is_open) {
                let word = words.remove(at + from);
                let to = random.below(words.len() + 1);
                words.insert(to, word);
            }
        }
        8 => {
            let clause = clause(&words, at, random);
            words.insert(clause.end, ")");
            words.insert(clause.start, "(");
        }
        // A keyword as a name, and a name as a keyword.
        9 => {
            let names = places(&words, Kind::Name);
            if !names.is_empty() {
                let keywords: Vec<&str> = KEYWORDS.split_whitespace().collect();
                words[names[random.below(names.len())]] = keywords[random.below(keywords.len())];
            }
        }
        10 => {
            let keywords = places(&words, Kind::Keyword);
            if !keywords.is_empty() {
                words[keywords[random.below(keywords.len())]] = "a";
            }
        }
        _ => {
            if let Some(word) = from_another(others, None, random) {
                words.insert(at, word);
            }
        }
    }
    words.join(" ")
}

/// One to four tokens.
fn clause(words: &[&str], at: usize, random: &mut Random) -> std::ops::Range<usize> {
    at..(at + 1 + random.below(4)).min(words.len())
}

fn places(words: &[&str], wanted: Kind) -> Vec<usize> {
    (0..words.len()).filter(|at| kind(words[*at]) == wanted).collect()
}

/// A token of another statement, of this kind.
fn from_another<'a>(others: &'a [String], wanted: Option<Kind>, random: &mut Random) -> Option<&'a str> {
    let other = tokens(&others[random.below(others.len())]);
    let fitting: Vec<&str> =
        other.into_iter().filter(|word| wanted.is_none_or(|wanted| kind(word) == wanted)).collect();
    (!fitting.is_empty()).then(|| fitting[random.below(fitting.len())])
}

fn kind(token: &str) -> Kind {
    let first = token.chars().next().unwrap_or(' ');
    match first {
        _ if token.ends_with('\'') || (first == '$' && token.ends_with('$')) => Kind::String,
        '0'..='9' => Kind::Number,
        c if is_word(c) || c == '"' => {
            let word = token.to_ascii_lowercase();
            if KEYWORDS.split_whitespace().any(|keyword| keyword == word) {
                Kind::Keyword
            } else {
                Kind::Name
            }
        }
        c if is_operator(c) => Kind::Operator,
        _ => Kind::Symbol,
    }
}

/// The tokens of a statement without its comments, roughly.
fn tokens(sql: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '\'' | '"' => quoted(rest, first),
            'e' | 'E' | 'b' | 'B' | 'x' | 'X' | 'n' | 'N' if rest[1..].starts_with('\'') => {
                1 + quoted(&rest[1..], '\'')
            }
            'u' | 'U' if rest[1..].starts_with("&'") || rest[1..].starts_with("&\"") => {
                2 + quoted(&rest[2..], rest[2..].chars().next().unwrap())
            }
            '$' => dollar_quote(rest),
            '0'..='9' => rest.find(|c| !is_word(c) && c != '.').unwrap_or(rest.len()),
            c if is_word(c) => rest.find(|c| !is_word(c) && c != '$').unwrap_or(rest.len()),
            ':' if rest.starts_with("::") || rest.starts_with(":=") => 2,
            c if is_operator(c) => rest.find(|c| !is_operator(c)).unwrap_or(rest.len()),
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

fn is_operator(c: char) -> bool {
    "+-*/<>=~!@#%^&|`?".contains(c)
}

/// How long a text in quotes is. Behind a backslash, a quote need not end it.
fn quoted(text: &str, quote: char) -> usize {
    let mut end = 1;
    while let Some(at) = text[end..].find(quote) {
        end += at + 1;
        if !text[..end - 1].ends_with('\\') && !text[end..].starts_with(quote) {
            return end;
        }
        end += usize::from(text[end..].starts_with(quote));
    }
    text.len()
}

fn dollar_quote(text: &str) -> usize {
    let tag = text[1..].find('$').map_or(1, |at| at + 2);
    text[tag..].find(&text[..tag]).map_or(1, |at| tag + at + tag)
}

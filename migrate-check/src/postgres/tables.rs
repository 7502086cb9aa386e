//! The tables that bison made of PostgreSQL's grammar, as `make-tables` writes them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A terminal or a nonterminal of the grammar, by its number.
pub(super) type Symbol = u16;

/// The state of the parser after what it has read so far.
pub(super) type State = u16;

static BYTES: &[u8] = include_bytes!("tables.bin");
/// Where the tables are from, and their checksum.
pub(crate) static VERSION: &str = include_str!("version.txt");
static SYMBOLS: &str = include_str!("symbols.txt");
static KEYWORDS: &str = include_str!("keywords.txt");

/// What PostgreSQL lets a key word be apart from itself (appendix C of the manual).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Unreserved,
    /// Not the name of a function or a type.
    ColumnName,
    /// Only the name of a function or a type.
    FunctionName,
    Reserved,
}

/// The grammar of PostgreSQL.
pub(super) struct Grammar {
    tokens: i32,
    end: i32,
    no_action: i32,
    no_entry: i32,
    left: Numbers,
    lengths: Numbers,
    defaults: Numbers,
    actions: Numbers,
    gotos: Numbers,
    default_gotos: Numbers,
    table: Numbers,
    check: Numbers,
    refused: Numbers,
    names: Vec<&'static str>,
    symbols: HashMap<&'static str, Symbol>,
    keywords: HashMap<&'static str, (Symbol, Category)>,
}

/// What the parser does in a state when it sees a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Shift(State),
    /// A rule is complete.
    Reduce(usize),
    Accept,
    Error,
}

pub(super) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(Grammar::read);

impl Grammar {
    fn read() -> Self {
        let mut reader = Reader(BYTES);
        let [tokens, end, no_action, no_entry] = [(); 4].map(|()| reader.int());
        let [left, lengths, defaults] = [(); 3].map(|()| reader.numbers(2));
        let actions = reader.numbers(4);
        let [gotos, default_gotos, table, check, refused] = [(); 5].map(|()| reader.numbers(2));
        let names: Vec<&str> = SYMBOLS.lines().collect();
        let symbols: HashMap<&str, Symbol> =
            names.iter().zip(0..).map(|(name, symbol)| (*name, symbol)).collect();
        let keyword = |line: &'static str| {
            let mut words = line.split(' ');
            let (word, symbol, category) = (words.next()?, words.next()?, words.next()?);
            let category = match category {
                "UNRESERVED" => Category::Unreserved,
                "COL_NAME" => Category::ColumnName,
                "TYPE_FUNC_NAME" => Category::FunctionName,
                _ => Category::Reserved,
            };
            Some((word, (*symbols.get(symbol)?, category)))
        };
        let keywords = KEYWORDS.lines().filter_map(keyword).collect();
        Self {
            tokens,
            end,
            no_action,
            no_entry,
            left,
            lengths,
            defaults,
            actions,
            gotos,
            default_gotos,
            table,
            check,
            refused,
            names,
            symbols,
            keywords,
        }
    }

    /// The symbol with this name, which the grammar has.
    pub(super) fn symbol(&self, name: &str) -> Symbol {
        self.symbols.get(name).copied().unwrap_or(UNDEFINED)
    }

    pub(super) fn name(&self, symbol: Symbol) -> &'static str {
        self.names[usize::from(symbol)]
    }

    /// The token of a key word in small letters, and what else the word may be.
    pub(super) fn keyword(&self, word: &str) -> Option<(Symbol, Category)> {
        self.keywords.get(word).copied()
    }

    /// The key words that differ little from a word, and their tokens; the nearest first.
    pub(super) fn near(&self, word: &str) -> Vec<(&'static str, Symbol)> {
        let most = match word.len() {
            0..=2 => 0,
            3..=6 => 1,
            _ => 2,
        };
        let distance = |keyword: &str| strsim::damerau_levenshtein(word, keyword);
        let mut near: Vec<_> = self
            .keywords
            .iter()
            .map(|(keyword, (symbol, _))| (distance(keyword), *keyword, *symbol))
            .collect();
        near.retain(|(distance, ..)| *distance <= most);
        near.sort_unstable();
        near.into_iter().map(|(_, keyword, symbol)| (keyword, symbol)).collect()
    }

    pub(super) fn action(&self, state: State, token: Symbol) -> Action {
        let base = self.actions.get(usize::from(state));
        if base != self.no_action
            && let Some(entry) = self.entry(base + i32::from(token), i32::from(token))
        {
            return match entry {
                entry if entry == self.end => Action::Accept,
                0 => Action::Error,
                entry if entry == self.no_entry => Action::Error,
                entry if entry > 0 => Action::Shift(state_of(entry)),
                entry => Action::Reduce(entry.unsigned_abs() as usize),
            };
        }
        match self.defaults.get(usize::from(state)) {
            0 => Action::Error,
            rule => Action::Reduce(rule.unsigned_abs() as usize),
        }
    }

    /// The state behind a nonterminal that was made in a state.
    pub(super) fn goto(&self, state: State, symbol: Symbol) -> State {
        let at = usize::try_from(i32::from(symbol) - self.tokens).unwrap_or_default();
        let found = self.entry(self.gotos.get(at) + i32::from(state), i32::from(state));
        state_of(found.unwrap_or(self.default_gotos.get(at)))
    }

    /// The symbol that a rule makes, out of how many.
    pub(super) fn rule(&self, rule: usize) -> (Symbol, usize) {
        let symbol = Symbol::try_from(self.left.get(rule)).unwrap_or(UNDEFINED);
        (symbol, self.lengths.get(rule).unsigned_abs() as usize)
    }

    /// Whether the source of the tables has a rule that PostgreSQL has not.
    pub(super) fn is_refused(&self, rule: usize) -> bool {
        (0..self.refused.len()).any(|at| self.refused.get(at).unsigned_abs() as usize == rule)
    }

    fn entry(&self, at: i32, owner: i32) -> Option<i32> {
        let at = usize::try_from(at).ok()?;
        (at < self.check.len() && self.check.get(at) == owner).then(|| self.table.get(at))
    }
}

/// The token that stands in no rule.
pub(super) const UNDEFINED: Symbol = 2;

/// The token behind the last one.
pub(super) const END: Symbol = 0;

fn state_of(number: i32) -> State {
    State::try_from(number).unwrap_or_default()
}

/// What is left of the file, in which the lower byte of a number comes first.
struct Reader(&'static [u8]);

impl Reader {
    fn take(&mut self, length: usize) -> &'static [u8] {
        // The file is part of the sources: it has what is read of it.
        let (first, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        first
    }

    fn int(&mut self) -> i32 {
        Numbers { bytes: self.take(4), width: 4 }.get(0)
    }

    fn numbers(&mut self, width: usize) -> Numbers {
        let length = self.int().unsigned_abs() as usize;
        Numbers { bytes: self.take(length * width), width }
    }
}

/// Numbers of two or four bytes, which are read one at a time: most statements need few of them.
struct Numbers {
    bytes: &'static [u8],
    width: usize,
}

impl Numbers {
    fn get(&self, at: usize) -> i32 {
        let bytes = &self.bytes[at * self.width..(at + 1) * self.width];
        match *bytes {
            [low, high] => i16::from_le_bytes([low, high]).into(),
            [a, b, c, d] => i32::from_le_bytes([a, b, c, d]),
            _ => 0,
        }
    }

    fn len(&self) -> usize {
        self.bytes.len() / self.width
    }
}

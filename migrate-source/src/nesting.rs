//! How deeply a statement nests: what a parser that recurses must know beforehand. It judges nothing.

use crate::lexer::{Lexer, Token, TokenKind};

/// The most of what is open at once: brackets, `CASE`s, joins without their `ON`, operators without an operand, and
/// statements within statements. An upper bound of how deep a recursive parser gets.
///
/// A chain of operators counts a little: what the parser makes of it is as deep as it is long. One without white space,
/// like `a||b||c`, counts more, as it may take a time that grows with its square.
pub fn nesting(sql: &str) -> usize {
    let mut lexer = Lexer::new(sql);
    let mut depth = Depth { levels: vec![Level::default()], ..Depth::default() };
    let mut most = 0;
    while let Ok(Some(token)) = lexer.next_token() {
        if !token.kind.is_comment() {
            depth.push(token, &sql[token.start..token.end]);
            most = most.max(depth.now());
        }
    }
    most
}

/// So many operators in a chain weigh as much as one bracket in another; and so many in one without white space.
const CHAIN: usize = 200;
const TIGHT_CHAIN: usize = 4;

/// A word that says how deep what follows it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Not,
    /// What follows is a statement, of the same kind maybe.
    Statement,
    Case,
    End,
    Join,
    /// What begins a join, whether `JOIN` follows or not.
    Joining,
    Outer,
    On,
    Select,
    As,
    /// `UNION` and its like, which go on behind a comma.
    Set,
    All,
    Match,
    /// An operator.
    Infix,
    Other,
}

impl Keyword {
    fn of(word: &str) -> Self {
        const LONGEST: usize = 9;
        let mut bytes = [0; LONGEST];
        let Some(lower) = bytes.get_mut(..word.len()) else { return Self::Other };
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"not" => Self::Not,
            b"explain" | b"declare" | b"prepare" | b"create" => Self::Statement,
            b"case" => Self::Case,
            b"end" => Self::End,
            b"join" => Self::Join,
            b"cross" | b"natural" | b"left" | b"right" | b"inner" | b"full" => Self::Joining,
            b"outer" => Self::Outer,
            b"on" | b"using" => Self::On,
            b"select" => Self::Select,
            b"as" => Self::As,
            b"union" | b"intersect" | b"except" => Self::Set,
            b"all" | b"distinct" => Self::All,
            b"match" => Self::Match,
            b"and" | b"or" | b"is" | b"isnull" | b"notnull" | b"in" | b"like" | b"ilike" | b"similar"
            | b"between" | b"collate" | b"at" => Self::Infix,
            _ => Self::Other,
        }
    }
}

#[derive(Default)]
struct Depth {
    /// The innermost bracket is the last; the first is outside of all.
    levels: Vec<Level>,
    /// What is open in all levels but the last.
    outside: usize,
    operators: usize,
    /// What these are about is a statement, of the same kind maybe: `EXPLAIN`, `DECLARE`, `PREPARE`, `CREATE`.
    statements: usize,
    /// Where the token before this one ends, and what it is.
    before: (usize, Before),
}

/// What is open between one bracket and the next.
#[derive(Clone, Copy, Default)]
struct Level {
    closed_by: char,
    cases: usize,
    joins: usize,
    chain: usize,
    tight_chain: usize,
    /// What of the chain are joins and unions, which go on behind a comma.
    sets: usize,
}

impl Level {
    fn add_set(&mut self) {
        self.chain += 1;
        self.sets += 1;
    }

    fn depth(self) -> usize {
        self.cases + self.joins + self.chain / CHAIN + self.tight_chain / TIGHT_CHAIN
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Before {
    #[default]
    Other,
    Operator,
    /// What follows `AS` or a dot is a name.
    Namer,
    /// `CROSS`, and `JOIN` may follow.
    Join,
    /// `UNION`, and a query should follow.
    Set,
    Match,
}

impl Depth {
    fn now(&self) -> usize {
        let inside = self.levels.last().map_or(0, |level| level.depth());
        self.levels.len() - 1 + self.outside + inside + self.operators + self.statements
    }

    fn push(&mut self, token: Token, word: &str) {
        let (end, before) = self.before;
        let is_outermost = self.levels.len() == 1;
        let Some(level) = self.levels.last_mut() else { return };
        if token.start > end {
            level.tight_chain = 0;
        }
        let mut kind = Before::Other;
        match token.kind {
            TokenKind::Symbol(c @ ('(' | '[')) => {
                if before == Before::Join {
                    // `left(…)` is a function.
                    level.joins = level.joins.saturating_sub(1);
                }
                level.chain += usize::from(c == '[');
                self.outside += level.depth();
                let closed_by = if c == '(' { ')' } else { ']' };
                self.levels.push(Level { closed_by, ..Level::default() });
            }
            // One that closes nothing is passed over, as the parser does.
            TokenKind::Symbol(c @ (')' | ']')) => {
                if !is_outermost && level.closed_by == c {
                    self.levels.pop();
                    self.outside -= self.levels.last().map_or(0, |level| level.depth());
                }
                self.operators = 0;
            }
            TokenKind::Symbol(c @ (',' | ';')) => {
                self.operators += usize::from(c == ',');
                (level.chain, level.tight_chain) = (level.sets, 0);
            }
            TokenKind::Symbol(c) => {
                self.operators += 1;
                level.chain += 1;
                level.tight_chain += usize::from(before == Before::Other || token.start > end);
                kind = if c == '.' { Before::Namer } else { Before::Operator };
            }
            TokenKind::Word => {
                kind = self.word(Keyword::of(word), before);
            }
            _ => self.operators = 0,
        }
        self.before = (token.end, kind);
    }

    /// What it is to the word behind it.
    fn word(&mut self, word: Keyword, before: Before) -> Before {
        let Some(level) = self.levels.last_mut() else { return Before::Other };
        match word {
            // They stand one before the other without end.
            Keyword::Not => {
                self.operators += 1;
                return Before::Other;
            }
            Keyword::Statement => self.statements += 1,
            Keyword::Case => level.cases += 1,
            Keyword::End if before != Before::Namer => level.cases = level.cases.saturating_sub(1),
            Keyword::Join => {
                level.joins += usize::from(before != Before::Join);
                level.add_set();
            }
            Keyword::Outer if before == Before::Join => return Before::Join,
            Keyword::Joining if before != Before::Namer => {
                // `MATCH FULL` is said of a foreign key.
                level.joins += usize::from(!matches!(before, Before::Join | Before::Match));
                return Before::Join;
            }
            Keyword::On => level.joins = level.joins.saturating_sub(1),
            Keyword::Select => level.joins = 0,
            Keyword::As => return Before::Namer,
            _ => {
                self.operators = 0;
                match word {
                    Keyword::Set => {
                        level.add_set();
                        // Without a query between them, one is the beginning of the other.
                        self.statements += usize::from(before == Before::Set);
                        return Before::Set;
                    }
                    Keyword::All if before == Before::Set => return Before::Set,
                    Keyword::Match => return Before::Match,
                    Keyword::Infix => level.chain += 1,
                    _ => {}
                }
            }
        }
        Before::Other
    }
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
        assert_eq!(nesting("select 1 from a join b join c on true on true join d using (e)"), 2);
        assert_eq!(nesting("select 1 from a cross join b union select 1 from c cross join d"), 1);
    }

    #[test]
    fn what_is_long_is_not_deep() {
        for unit in ["1, ", "(1,'a'),", "a.b,", "'a'::text,", "case a when 1 then 2 end, ", "1 + "] {
            assert!(nesting(&unit.repeat(5000)) < 50, "{unit}");
        }
        for join in ["join", "left join", "full outer join", "inner join"] {
            assert!(nesting(&format!("{join} b on true ").repeat(5000)) < 50, "{join}");
        }
        for unit in
            ["left(a, 1), ", "a.left, ", "foreign key (a) references b match full, ", "union all values (1) "]
        {
            assert!(nesting(&unit.repeat(5000)) < 50, "{unit}");
        }
        assert_eq!(nesting("select 1 from a natural left outer join b cross join c"), 2);
    }

    #[test]
    fn what_only_seems_to_be_closed_is_open() {
        for unit in [
            "( ]",
            "[ )",
            "case when a.end then ",
            "case when (select 1 end) then ",
            "case when 1 as end then ",
            "declare c cursor for ",
            "explain analyze ",
            "explain (verbose) ",
            "prepare p as ",
            "a join (b join c on true) join ",
            "b cross ",
            "natural b ",
            "b left outer ",
            "union ",
            "union all ",
        ] {
            assert!(nesting(&unit.repeat(5000)) >= 5000, "{unit}");
        }
    }

    #[test]
    fn a_chain_without_white_space_counts() {
        for unit in ["+1", "||'a'", "::int", ".b", "->'c'"] {
            let found = nesting(&format!("a{}", unit.repeat(5000)));
            assert!((1251..1320).contains(&found), "{unit} {found}");
        }
    }

    #[test]
    fn a_very_long_chain_counts() {
        for unit in [" + 1", " and b", " or b", "[1] ", " union select 1, 2", " is null", " join b on true"] {
            let found = nesting(&unit.repeat(250_000));
            assert!(found > 1000, "{unit} {found}");
        }
        for unit in [", 1 + 1", ", (1 + 1)", ", a[1]", " when 1 then 2"] {
            assert!(nesting(&unit.repeat(250_000)) < 5, "{unit}");
        }
    }
}

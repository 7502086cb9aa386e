//! One expression, two spellings. PostgreSQL prints an expression from what its parser made of it, and what it prints is
//! not always read as the same: `x IN ('a', 'b')` is printed as a cast of an array, which the parser hands on to the
//! elements. So the same declaration is printed in one way where it was applied, and in another where its print was.
//!
//! These are the rules by which the parser departs from what is printed, the same from PostgreSQL 14 to 18:
//!
//! | Printed | Read as |
//! |---|---|
//! | `(ARRAY[a, b])::t[]` | `ARRAY[(a)::t, (b)::t]`: `transformTypeCast` hands the type on to the elements |
//! | `((a AND b) AND c)` | `(a AND b AND c)`: `makeAndExpr` and `makeOrExpr` flatten their first operand |
//! | `( SELECT 'a'::text)` in an expression | `( SELECT 'a'::text AS text)`: `FigureColname` takes the type's name |
//! | `ORDER BY i, i` | `ORDER BY i`: `addTargetToSortList` leaves out what is there |
//! | `CYCLE … TO 'y'::text` | a syntax error: there the grammar has no cast |
//!
//! Of an array that is cast to a domain over arrays the text does not say what the elements are cast to: who asks says it.
//!
//! Two spellings are compared by what both are read as, and statements are written so that they are read as the expression
//! that was printed. Neither changes what an expression means.

mod piece;

use std::collections::BTreeMap;

use piece::{Piece, TypeName, array, cast_to, collated, cut, items, type_of_elements};

use crate::kinds::column::unquoted;

/// Domains over arrays, by their names, and of what type the elements are.
pub(crate) type Domains = BTreeMap<String, String>;

/// Whether PostgreSQL reads both texts as the same. Both are printed by it.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    is_same_among(one, other, &Domains::new())
}

/// Whether it does where these domains are.
pub(crate) fn is_same_among(one: &str, other: &str, domains: &Domains) -> bool {
    // The text does not say whether the elements of an array are arrays themselves.
    one == other
        || [false, true].into_iter().any(|of_arrays| {
            let read = |sql| read_to_the_end(sql, of_arrays, domains);
            read(one).is_some_and(|one| read(other) == Some(one))
        })
}

/// What is read at last: of an array within another one, the cast is handed on once each time that it is read.
fn read_to_the_end(sql: &str, of_arrays: bool, domains: &Domains) -> Option<String> {
    let mut read = Reading::of(sql, of_arrays, domains)?;
    loop {
        let again = Reading::of(&read, of_arrays, domains)?;
        if again == read {
            return Some(read);
        }
        read = again;
    }
}

/// The text so that PostgreSQL reads it as what it was printed from.
pub(crate) fn written(sql: String) -> String {
    let mut edits = Edits { sql: &sql, all: Vec::new() };
    if let Some(pieces) = cut(&sql) {
        edits.level(&pieces);
    }
    let mut all = edits.all;
    all.sort_by_key(|edit| edit.at.start);
    let mut written = sql;
    for Edit { at, text } in all.into_iter().rev() {
        written.replace_range(at, &text);
    }
    written
}

/// Whether an expression is in parentheses that are not its own, as those of a query are.
pub(crate) fn is_in_parentheses(expression: &str) -> bool {
    let is_query = |first: &Piece<'_>| ["SELECT", "WITH", "VALUES"].iter().any(|word| first.is(word));
    match cut(expression).as_deref() {
        Some([only]) => only.in_parentheses().is_some_and(|inside| !inside.first().is_none_or(is_query)),
        _ => false,
    }
}

/// An array that is cast as a whole.
struct CastArray<'p, 's> {
    list: &'p Piece<'s>,
    elements: &'p [Piece<'s>],
    to: TypeName<'p, 's>,
    rest: &'p [Piece<'s>],
}

impl<'p, 's> CastArray<'p, 's> {
    fn read(pieces: &'p [Piece<'s>]) -> Option<Self> {
        let (first, rest) = pieces.split_first()?;
        let (list, elements) = array(first.in_parentheses()?)?;
        let (to, rest) = TypeName::behind_cast(rest)?;
        (!elements.is_empty()).then_some(Self { list, elements, to, rest })
    }
}

/// `(a AND b) AND …`: the first operand, and the rest.
fn nested<'p, 's>(pieces: &'p [Piece<'s>]) -> Option<(&'p Piece<'s>, &'p [Piece<'s>])> {
    let (first, rest) = pieces.split_first()?;
    let word = rest.first().filter(|word| word.is("AND") || word.is("OR"))?;
    let has =
        |word: &str| first.in_parentheses().is_some_and(|inside| inside.iter().any(|piece| piece.is(word)));
    // The bounds of a window's frame have an AND between them, too.
    (has(word.text) && !has("BETWEEN")).then_some((first, rest))
}

/// A column at the beginning that is named by the type of a constant, if it has no name: the constant with its type
/// behind it, that with a collation, or a query for it. The type, and what follows.
fn constant<'p, 's>(pieces: &'p [Piece<'s>]) -> Option<(TypeName<'p, 's>, &'p [Piece<'s>])> {
    let (first, rest) = pieces.split_first()?;
    if first.is_constant() {
        return TypeName::behind_cast(rest);
    }
    if let Some((collated, _)) = collated(std::slice::from_ref(first)) {
        let (of, none) = constant(collated)?;
        return none.is_empty().then_some((of, rest));
    }
    let (select, query) = first.in_parentheses()?.split_first()?;
    let (of, _) = constant(query).filter(|_| select.is("SELECT"))?;
    Some((of, rest))
}

/// Words that end a list of columns, or of what rows are ordered by.
const ENDS: [&str; 17] = [
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "ROWS",
    "RANGE",
    "GROUPS",
    ";",
];

/// The list at the beginning, and what follows it.
fn list<'p, 's>(pieces: &'p [Piece<'s>]) -> (&'p [Piece<'s>], &'p [Piece<'s>]) {
    let end = pieces.iter().position(|piece| ENDS.iter().any(|word| piece.is(word)));
    pieces.split_at(end.unwrap_or(pieces.len()))
}

/// What PostgreSQL reads, as the words that it would print then.
struct Reading<'s> {
    sql: &'s str,
    /// Whether the elements of an array that is cast are arrays.
    of_arrays: bool,
    domains: &'s Domains,
    words: Vec<&'s str>,
}

impl<'s> Reading<'s> {
    fn of(sql: &'s str, of_arrays: bool, domains: &'s Domains) -> Option<String> {
        let mut reading = Self { sql, of_arrays, domains, words: Vec::new() };
        reading.level(&cut(sql)?);
        Some(reading.words.join(" "))
    }

    /// What is in one pair of brackets.
    fn level(&mut self, pieces: &[Piece<'s>]) {
        match nested(pieces) {
            Some((first, rest)) => {
                self.level(first.inside().unwrap_or_default());
                self.run(rest);
            }
            None => self.run(pieces),
        }
    }

    fn run(&mut self, mut pieces: &[Piece<'s>]) {
        while let Some((first, rest)) = pieces.split_first() {
            pieces = self.cast(pieces).or_else(|| self.unnamed(pieces)).unwrap_or_else(|| {
                self.one(first);
                let is_order = first.is("ORDER") && rest.first().is_some_and(|by| by.is("BY"));
                if is_order { self.ordered(rest) } else { rest }
            });
        }
    }

    fn one(&mut self, piece: &Piece<'s>) {
        self.words.push(piece.text);
        if let Some(inside) = piece.inside() {
            self.level(inside);
            self.words.push(piece.closing());
        }
    }

    /// A cast that is handed on to the elements of an array.
    fn cast<'p>(&mut self, pieces: &'p [Piece<'s>]) -> Option<&'p [Piece<'s>]> {
        let cast = CastArray::read(pieces)?;
        if let Some(to) = cast.to.of_elements() {
            self.array(cast.elements, to);
            return Some(cast.rest);
        }
        let element = cut(self.domains.get(cast.to.text(self.sql))?)?;
        let (to, _) = TypeName::read(&element)?;
        self.words.push("(");
        self.array(cast.elements, to);
        self.words.push(")");
        self.to(cast.to);
        Some(cast.rest)
    }

    fn array(&mut self, elements: &[Piece<'s>], to: TypeName<'_, 's>) {
        self.words.extend(["ARRAY", "["]);
        let of_arrays = self.of_arrays || items(elements).any(|item| array(item).is_some());
        for (at, item) in items(elements).enumerate() {
            self.words.extend((at > 0).then_some(","));
            self.element(item, to, of_arrays);
        }
        self.words.push("]");
    }

    fn element(&mut self, item: &[Piece<'s>], to: TypeName<'_, 's>, is_array: bool) {
        if let Some((_, elements)) = array(item) {
            self.array(elements, to);
        } else if cast_to(item)
            .and_then(|own| if is_array { own.of_elements() } else { Some(own) })
            .is_some_and(|own| own.is(to))
        {
            // It is of that type.
            self.run(item);
        } else if let Some((collated, collation)) = collated(item) {
            self.words.push("(");
            self.element(collated, to, is_array);
            self.run(collation);
            self.words.push(")");
        } else if let Some((of, [])) = constant(item)
            && item[0].is_constant()
            && to.is_limited(of)
        {
            // The length of a constant is said with its type.
            self.one(&item[0]);
            self.to(to);
        } else {
            self.words.push("(");
            self.run(item);
            self.words.push(")");
            self.to(to);
            self.words.extend(is_array.then_some(["[", "]"]).into_iter().flatten());
        }
    }

    fn to(&mut self, of: TypeName<'_, 's>) {
        self.words.push("::");
        self.run(of.pieces);
    }

    /// A constant without the name that PostgreSQL gives it by its type.
    fn unnamed<'p>(&mut self, pieces: &'p [Piece<'s>]) -> Option<&'p [Piece<'s>]> {
        let (of, rest) = constant(pieces)?;
        let [word, name, behind @ ..] = rest else { return None };
        if !word.is("AS") || unquoted(name.text) != of.column_name(self.sql) {
            return None;
        }
        for piece in &pieces[..pieces.len() - rest.len()] {
            self.one(piece);
        }
        Some(behind)
    }

    /// What rows are ordered by, each once. What follows is the rest.
    fn ordered<'p>(&mut self, pieces: &'p [Piece<'s>]) -> &'p [Piece<'s>] {
        let (by, rest) = pieces.split_at(1);
        self.run(by);
        let (list, rest) = list(rest);
        let mut before: Vec<Vec<&str>> = Vec::new();
        for item in items(list) {
            let direction = |piece: &Piece<'_>| ["DESC", "NULLS", "USING"].iter().any(|word| piece.is(word));
            let key = item.split(direction).next().unwrap_or_default();
            let mut reading = Self { words: Vec::new(), ..*self };
            reading.run(key);
            if !before.contains(&reading.words) {
                self.words.extend((!before.is_empty()).then_some(","));
                self.run(item);
                before.push(reading.words);
            }
        }
        rest
    }
}

/// Another text in the place of what is there.
struct Edit {
    at: std::ops::Range<usize>,
    text: String,
}

/// What is to be written differently.
struct Edits<'s> {
    sql: &'s str,
    all: Vec<Edit>,
}

impl<'s> Edits<'s> {
    fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.all.push(Edit { at: at..at, text: text.into() });
    }

    /// What is in one pair of brackets.
    fn level(&mut self, pieces: &[Piece<'s>]) {
        // A cast to what it is anyway is no operand to be flattened.
        if let Some((first, _)) = nested(pieces) {
            self.insert(first.range.end, "::boolean");
        }
        for (at, piece) in pieces.iter().enumerate() {
            self.array(&pieces[at..]);
            if piece.is("SELECT") || piece.is("RETURNING") {
                self.columns(&pieces[at + 1..]);
            }
            if piece.is("TO") || piece.is("DEFAULT") {
                self.mark(&pieces[at + 1..]);
            }
            self.level(piece.inside().unwrap_or_default());
        }
    }

    /// An array that is cast to its own type first is not one to whose elements the next type is handed on.
    fn array(&mut self, pieces: &[Piece<'s>]) {
        if let Some(cast) = CastArray::read(pieces)
            && let Some(own) = type_of_elements(cast.elements, self.sql)
        {
            self.insert(cast.list.range.end, format!("::{own}[]"));
        }
    }

    /// A constant that has no name, which PostgreSQL prints where names are not seen.
    fn columns(&mut self, pieces: &[Piece<'s>]) {
        let pieces = match pieces {
            [distinct, on, _, rest @ ..] if distinct.is("DISTINCT") && on.is("ON") => rest,
            [distinct, rest @ ..] if distinct.is("DISTINCT") => rest,
            _ => pieces,
        };
        for item in items(list(pieces).0) {
            if let (Some((_, [])), Some(last)) = (constant(item), item.last()) {
                self.insert(last.range.end, " AS \"?column?\"");
            }
        }
    }

    /// The value by which a CYCLE is marked: a constant that has its type in front of it. `DEFAULT` is said of the other.
    fn mark(&mut self, pieces: &[Piece<'s>]) {
        if let Some((of, rest)) = constant(pieces).filter(|_| pieces[0].is_constant())
            && rest.first().is_some_and(|next| next.is("DEFAULT") || next.is("USING"))
            && let (Some(constant), Some(last)) = (pieces.first(), of.pieces.last())
        {
            let name = &self.sql[of.pieces[0].range.start..last.range.end];
            let text = format!("{name} {}", constant.text);
            self.all.push(Edit { at: constant.range.start..last.range.end, text });
        }
    }
}

#[cfg(test)]
mod tests;

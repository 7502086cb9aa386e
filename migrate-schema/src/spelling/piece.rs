//! A definition as PostgreSQL prints it, cut into tokens, and the brackets with what is in them.

use std::ops::Range;

use migrate_source::retype::Type;
use migrate_source::tokens;

use crate::kinds::column::unquoted;

/// A token, or brackets with what is in them.
#[derive(Debug)]
pub(super) struct Piece<'s> {
    /// The token; of brackets, the opening one.
    pub(super) text: &'s str,
    /// Where it is in the text, a closing bracket included.
    pub(super) range: Range<usize>,
    inside: Option<Vec<Self>>,
}

/// Cuts a text. `None`: a bracket has no counterpart.
pub(super) fn cut(sql: &str) -> Option<Vec<Piece<'_>>> {
    let mut open: Vec<Piece<'_>> = Vec::new();
    let mut all = Vec::new();
    for range in tokens(sql) {
        let text = &sql[range.clone()];
        let mut piece = Piece { text, range, inside: None };
        match text {
            "(" | "[" => {
                piece.inside = Some(Vec::new());
                open.push(piece);
                continue;
            }
            ")" | "]" => {
                let end = piece.range.end;
                piece = open.pop().filter(|opened| opened.closing() == text)?;
                piece.range.end = end;
            }
            _ => {}
        }
        match open.last_mut().and_then(|outer| outer.inside.as_mut()) {
            Some(inside) => inside.push(piece),
            None => all.push(piece),
        }
    }
    open.is_empty().then_some(all)
}

impl Piece<'_> {
    /// Whether it is this token.
    pub(super) fn is(&self, token: &str) -> bool {
        self.inside.is_none() && self.text == token
    }

    /// What is in it, if it is brackets.
    pub(super) fn inside(&self) -> Option<&[Self]> {
        self.inside.as_deref()
    }

    /// What is in it, if it is parentheses.
    pub(super) fn in_parentheses(&self) -> Option<&[Self]> {
        self.inside().filter(|_| self.text == "(")
    }

    /// Its tokens, and those of what is in it.
    fn words(&self) -> Vec<&str> {
        let inside = self.inside().unwrap_or_default().iter().flat_map(Piece::words);
        std::iter::once(self.text).chain(inside).collect()
    }

    fn in_square_brackets(&self) -> Option<&[Self]> {
        self.inside().filter(|_| self.text == "[")
    }

    pub(super) fn closing(&self) -> &'static str {
        if self.text == "(" { ")" } else { "]" }
    }

    /// Whether it is a constant that PostgreSQL prints with its type behind it.
    pub(super) fn is_constant(&self) -> bool {
        self.inside.is_none() && (self.text.ends_with('\'') || self.text == "NULL")
    }

    fn is_word(&self) -> bool {
        let is_first = |first: char| first.is_alphabetic() || first == '_' || first == '"';
        self.inside.is_none() && self.text.starts_with(is_first) && !self.text.ends_with('\'')
    }

    fn is_number(&self) -> bool {
        self.inside.is_none() && self.text.starts_with(|first: char| first.is_ascii_digit())
    }
}

/// `ARRAY[…]` with nothing behind it: the brackets, and what is in them.
pub(super) fn array<'p, 's>(pieces: &'p [Piece<'s>]) -> Option<(&'p Piece<'s>, &'p [Piece<'s>])> {
    let [word, list] = pieces else { return None };
    let elements = list.in_square_brackets()?;
    word.is("ARRAY").then_some((list, elements))
}

/// The items of a list, without the commas.
pub(super) fn items<'p, 's>(list: &'p [Piece<'s>]) -> impl Iterator<Item = &'p [Piece<'s>]> {
    list.split(|piece| piece.is(","))
}

/// `x COLLATE name` in parentheses: what stands before the word, and the rest.
pub(super) fn collated<'p, 's>(item: &'p [Piece<'s>]) -> Option<(&'p [Piece<'s>], &'p [Piece<'s>])> {
    let [only] = item else { return None };
    let inside = only.in_parentheses()?;
    inside.iter().position(|piece| piece.is("COLLATE")).map(|at| inside.split_at(at))
}

/// A type as `format_type` writes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct TypeName<'p, 's> {
    /// All of it, the brackets of an array included.
    pub(super) pieces: &'p [Piece<'s>],
    /// Where its limits are among the pieces.
    limits: Option<usize>,
    pub(super) is_array: bool,
}

impl<'p, 's> TypeName<'p, 's> {
    /// The type that stands behind `::`, and what follows it.
    pub(super) fn behind_cast(pieces: &'p [Piece<'s>]) -> Option<(Self, &'p [Piece<'s>])> {
        match pieces {
            [cast, rest @ ..] if cast.is("::") => Self::read(rest),
            _ => None,
        }
    }

    /// The type at the beginning, and what follows it.
    pub(super) fn read(pieces: &'p [Piece<'s>]) -> Option<(Self, &'p [Piece<'s>])> {
        const FIELDS: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "to"];
        let is = |at: usize, words: &[&str]| {
            pieces.get(at).is_some_and(|piece: &Piece<'_>| words.iter().any(|word| piece.is(word)))
        };
        let first = pieces.first().filter(|first| first.is_word())?;
        let mut at = 1;
        match first.text {
            "character" | "bit" => at += usize::from(is(at, &["varying"])),
            "double" => at += usize::from(is(at, &["precision"])),
            "interval" => {
                while is(at, &FIELDS) {
                    at += 1;
                }
            }
            _ => {
                while is(at, &["."]) {
                    at += 2;
                }
            }
        }
        let is_limit = |inside: &[Piece<'_>]| {
            inside.iter().all(|piece| piece.is_number() || piece.is(",") || piece.is("-"))
        };
        let limits = pieces.get(at).and_then(Piece::in_parentheses).filter(|inside| is_limit(inside));
        let limits = limits.map(|_| at);
        at += usize::from(limits.is_some());
        if is(at, &["with", "without"]) && is(at + 1, &["time"]) {
            at += 3;
        }
        let is_array = pieces.get(at).and_then(Piece::in_square_brackets).is_some_and(<[_]>::is_empty);
        at += usize::from(is_array);
        let (pieces, rest) = pieces.split_at_checked(at)?;
        Some((Self { pieces, limits, is_array }, rest))
    }

    /// What the elements of the array are of.
    pub(super) fn of_elements(self) -> Option<Self> {
        let pieces = &self.pieces[..self.pieces.len() - 1];
        self.is_array.then_some(Self { pieces, is_array: false, ..self })
    }

    /// Whether it is the other one.
    pub(super) fn is(self, other: TypeName<'_, '_>) -> bool {
        let texts =
            |of: TypeName<'_, '_>| format!("{:?}", of.pieces.iter().map(Piece::words).collect::<Vec<_>>());
        texts(self) == texts(other)
    }

    /// Whether it is the other one, with limits.
    pub(super) fn is_limited(self, other: TypeName<'_, '_>) -> bool {
        let texts =
            |pieces: &[Piece<'_>]| pieces.iter().map(|piece| piece.text.to_owned()).collect::<Vec<_>>();
        let Some(limits) = self.limits else { return false };
        let own = [texts(&self.pieces[..limits]), texts(&self.pieces[limits + 1..])].concat();
        // Without limits, PostgreSQL calls these two by another name.
        let other_name = match own.first().map(String::as_str) {
            Some("character") if own.len() == 1 => vec!["bpchar".to_owned()],
            Some("bit") if own.len() == 1 => vec!["\"bit\"".to_owned()],
            _ => own,
        };
        other.limits.is_none() && other_name == texts(other.pieces)
    }

    /// As it is written.
    pub(super) fn text(self, sql: &str) -> &str {
        match self.pieces {
            [first, .., last] => &sql[first.range.start..last.range.end],
            [only] => &sql[only.range.clone()],
            [] => "",
        }
    }

    /// What PostgreSQL calls a column that is a constant of this type and has no name.
    pub(super) fn column_name(self, sql: &str) -> String {
        let name = Type::parse(self.text(sql)).name;
        unquoted(name.rsplit('.').next().unwrap_or_default().trim())
    }
}

/// The type of an array's elements, where each of them says it. A column does not, and may have limits of its own.
pub(super) fn type_of_elements<'s>(elements: &[Piece<'_>], sql: &'s str) -> Option<&'s str> {
    let mut types = items(elements).map(|item| type_of(item, sql));
    let first = types.next()??;
    types.all(|other| other == Some(first)).then_some(first)
}

fn type_of<'s>(item: &[Piece<'_>], sql: &'s str) -> Option<&'s str> {
    if let Some((_, elements)) = array(item) {
        return type_of_elements(elements, sql);
    }
    if let Some((collated, _)) = collated(item) {
        return type_of(collated, sql);
    }
    if let [only] = item {
        return match only.text {
            number if only.is_number() => {
                let is_whole = number.bytes().all(|byte| byte.is_ascii_digit());
                Some(if is_whole { "integer" } else { "numeric" })
            }
            "true" | "false" => Some("boolean"),
            _ => None,
        };
    }
    cast_to(item).map(|name| name.text(sql))
}

/// The type to which all of it is cast.
pub(super) fn cast_to<'p, 's>(item: &'p [Piece<'s>]) -> Option<TypeName<'p, 's>> {
    let cast = item.iter().rposition(|piece| piece.is("::"))?;
    let (name, rest) = TypeName::behind_cast(&item[cast..])?;
    rest.is_empty().then_some(name)
}

//! What somebody asks to be renamed: `old=new`, understood by what the two schemas have.

use std::collections::BTreeSet;

use super::{KINDS, Rename, RenameError};
use crate::key::{Key, quoted, split_outside_quotes, unquoted};
use crate::kind::Kind;
use crate::schema::Schema;

/// Understands `old=new`: a column as `table.column=new_name`, anything else as `name=new_name`, with a schema where it is
/// not `public`. Where the new name has a table, or a schema, in front, that is the new one: `old.column=new.column` renames
/// the table too, and `old=schema.new` moves it. A table that is renamed may be called by either name. A name with a dot or an
/// equals sign in it is written in double quotes, as in SQL; one without quotes is taken to the letter.
///
/// What is given comes in the order in which it is to be done.
///
/// # Errors
///
/// For each that cannot be understood its place among those that are asked for, and why: nothing that is gone has the old
/// name, or several things have; or nothing that is declared has the new one.
pub fn renames(
    asked: &[String],
    old: &Schema,
    new: &Schema,
) -> Result<Vec<Rename>, Vec<(usize, RenameError)>> {
    let mut refused = Vec::new();
    let mut left = Vec::new();
    for (at, asked) in asked.iter().enumerate() {
        match Asked::parse(asked) {
            Ok(asked) => left.push((at, asked)),
            Err(error) => refused.push((at, error)),
        }
    }
    let mut names = Names::new(old, new);
    // A column is found once its table has its new name.
    for depth in 1..=DEEPEST {
        names.depth = depth;
        loop {
            let before = left.len();
            left.retain(|(_, asked)| !names.give(asked));
            if left.len() == before && !names.exchange(&mut left) {
                break;
            }
        }
    }
    refused.extend(left.iter().map(|(at, asked)| (*at, names.refusal(asked))));
    refused.sort_by_key(|(at, _)| *at);
    if refused.is_empty() { Ok(names.renames) } else { Err(refused) }
}

/// Checks that it says `old=new`, whatever the schemas have.
///
/// # Errors
///
/// [`RenameError::Malformed`].
pub fn check_rename(asked: &str) -> Result<(), RenameError> {
    Asked::parse(asked).map(|_| ())
}

/// How many names something has that is a part of a table or a type: with these, and the schema's.
const DEEPEST: usize = 3;

/// An old and a new name, from the outside in, without quotes.
pub(super) struct Asked {
    text: String,
    from: Vec<String>,
    pub(super) to: Vec<String>,
}

impl Asked {
    fn parse(text: &str) -> Result<Self, RenameError> {
        let malformed = || RenameError::Malformed(text.to_owned());
        let sides = split_outside_quotes(text, '=').ok_or_else(malformed)?;
        let [from, to] = sides.as_slice() else { return Err(malformed()) };
        let names = |side: &str| names(side).ok_or_else(malformed);
        Ok(Self { text: text.to_owned(), from: names(from)?, to: names(to)? })
    }
}

/// Names with dots between, without their quotes. `None`: that is not what it is.
fn names(text: &str) -> Option<Vec<String>> {
    let pieces = split_outside_quotes(text.trim(), '.')?;
    let names: Vec<String> = pieces.into_iter().map(|name| unquoted(name.trim())).collect();
    names.iter().all(|name| !name.is_empty()).then_some(names)
}

/// What can be renamed in a schema, the values of enums and the attributes of composite types among it.
pub(super) fn renamable(schema: &Schema) -> BTreeSet<Key> {
    let facts = schema.facts().filter(|fact| KINDS.contains(&fact.key().kind()));
    let parts = facts.flat_map(|fact| {
        let names: Vec<String> = match fact.key().kind() {
            Kind::Enum => fact.list("values").iter().map(|value| quoted(&[value])).collect(),
            Kind::Composite => crate::kinds::composite::names(fact),
            _ => Vec::new(),
        };
        let part = |name: String| Key::new(fact.key().kind(), [fact.key().path(), &[name]].concat());
        std::iter::once(fact.key().clone()).chain(names.into_iter().map(part))
    });
    parts.collect()
}

/// The names that are there, and those that are given.
pub(super) struct Names {
    old: BTreeSet<Key>,
    pub(super) new: BTreeSet<Key>,
    pub(super) renames: Vec<Rename>,
    /// Only what has so many names, with those of what it is in, has its turn.
    pub(super) depth: usize,
}

impl Names {
    fn new(old: &Schema, new: &Schema) -> Self {
        Self { old: renamable(old), new: renamable(new), renames: Vec::new(), depth: DEEPEST }
    }

    /// With these given already.
    pub(super) fn after(old: &Schema, new: &Schema, renames: &[Rename]) -> Self {
        Self { renames: renames.to_vec(), ..Self::new(old, new) }
    }

    /// What something old is called by now.
    pub(super) fn image(&self, key: &Key) -> Key {
        self.renames.iter().fold(key.clone(), |key, rename| rename.image(&key))
    }

    /// What everything old is called by now.
    pub(super) fn images(&self) -> impl Iterator<Item = Key> {
        self.old.iter().map(|key| self.image(key))
    }

    /// What the new schema no longer has: the old key, and what it is called by now.
    pub(super) fn gone(&self) -> impl Iterator<Item = (&Key, Key)> {
        let images = self.old.iter().map(|key| (key, self.image(key)));
        images.filter(|(_, image)| !self.new.contains(image))
    }

    /// Gives the new name, or says that it cannot: not yet.
    fn give(&mut self, asked: &Asked) -> bool {
        let with_new: Vec<Vec<Rename>> = {
            let found = self.found(asked);
            let renamed = found.iter().filter_map(|(key, image)| Some((key, self.renamed(image, asked)?)));
            let all: Vec<_> = renamed.collect();
            if all.iter().any(|(key, _)| key.names().len() > self.depth) {
                return false;
            }
            all.into_iter().map(|(_, renames)| renames).collect()
        };
        if with_new.len() < self.meant(asked).len() {
            // Of the functions of one name some exchange theirs.
            return false;
        }
        // Functions of one name get the new one together.
        let are_one =
            with_new.len() == 1 || with_new.iter().flatten().all(|rename| is_routine(rename.from()));
        match with_new.as_slice() {
            [_, ..] if are_one => {
                self.renames.extend(with_new.into_iter().flatten());
                true
            }
            // Somebody says it twice.
            [] => self.old.iter().any(|key| {
                let image = self.image(key);
                image != *key && is_called(key, &asked.from) && is_called(&image, &asked.to)
            }),
            _ => false,
        }
    }

    /// What is gone and has the old name: those whose whole name it is, if there are any.
    fn found(&self, asked: &Asked) -> Vec<(&Key, Key)> {
        self.called(asked, |image| !self.new.contains(image))
    }

    /// What has the old name, of those that are meant.
    pub(super) fn called(&self, asked: &Asked, is_meant: impl Fn(&Key) -> bool) -> Vec<(&Key, Key)> {
        let called = |key: &Key, image: &Key| is_called(key, &asked.from) || is_called(image, &asked.from);
        let images = self.old.iter().map(|key| (key, self.image(key)));
        let mut found: Vec<(&Key, Key)> =
            images.filter(|(key, image)| called(key, image) && is_meant(image)).collect();
        let is_exact = |key: &Key| {
            let names = key.names();
            names == asked.from
                || names.split_first().is_some_and(|(schema, rest)| schema == "public" && rest == asked.from)
        };
        if found.iter().any(|(key, image)| is_exact(key) || is_exact(image)) {
            found.retain(|(key, image)| is_exact(key) || is_exact(image));
        }
        found
    }

    /// What has to be renamed so that something gets the name that is asked for, which the new schema has and the old one has
    /// not.
    fn renamed(&self, image: &Key, asked: &Asked) -> Option<Vec<Rename>> {
        let leaf = asked.to.last()?;
        let is_new = |key: &&Key| {
            let is_it =
                key.kind() == image.kind() && unquoted(key.name()) == *leaf && is_called(key, &asked.to);
            is_it && !self.old.iter().any(|old| self.image(old) == **key)
        };
        let new: Vec<&Key> = self.new.iter().filter(is_new).collect();
        let beside = new.iter().find(|key| super::is_beside(key, image));
        if let Some(to) = beside {
            return Some(vec![Rename::new(image.clone(), (*to).clone())?]);
        }
        // The new name says where it is: in another schema, or in a table that is renamed with it.
        let is_exact = |key: &Key| {
            let path = key.names();
            path == asked.to
                || path
                    .split_first()
                    .is_some_and(|(schema, rest)| schema == "public" && *rest == asked.to[..])
        };
        let names_place = asked.to.len() > 1;
        let mut there = new.iter().copied().filter(|key| names_place && (is_exact(key) || new.len() == 1));
        let to = there.next()?;
        if let Some(moved) = Rename::new(image.clone(), to.clone()) {
            return Some(vec![moved]);
        }
        let whole = self.whole(image, to)?;
        let within = whole.image(image);
        Some(if within == *to { vec![whole] } else { vec![whole, Rename::new(within, to.clone())?] })
    }

    /// The rename of the table, or the type, that takes one of its parts to where another one is.
    fn whole(&self, image: &Key, to: &Key) -> Option<Rename> {
        let (from, to) = (image.path().get(..2)?, to.path().get(..2)?);
        let gone: Vec<Key> = self
            .gone()
            .map(|(_, image)| image)
            .filter(|key| key.path() == from && key.kind().namespace().is_some())
            .collect();
        let mut renames = gone.into_iter().filter_map(|key| {
            let other = Key::new(key.kind(), to.to_vec());
            let is_new = self.new.contains(&other) && !self.old.iter().any(|old| self.image(old) == other);
            if is_new { Rename::new(key, other) } else { None }
        });
        renames.next()
    }

    fn refusal(&self, asked: &Asked) -> RenameError {
        let text = asked.text.clone();
        let found = self.found(asked);
        let with_new: Vec<&Key> = found
            .iter()
            .filter(|(_, image)| self.renamed(image, asked).is_some())
            .map(|(key, _)| *key)
            .collect();
        if with_new.len() > 1 {
            return RenameError::Ambiguous {
                asked: text,
                candidates: with_new.into_iter().cloned().collect(),
            };
        }
        if let Some((_, image)) = found.first() {
            let missing = in_place(image, &asked.to);
            let has = |path: &[String]| {
                self.old.iter().find(|key| self.image(key).path() == path && key.kind().namespace().is_some())
            };
            // A part goes to another table only if that is its own under another name.
            let whole = missing.path().get(..2).filter(|whole| image.path().get(..2) != Some(*whole));
            let taken = self.old.iter().find(|key| self.image(key) == missing);
            return match taken.or_else(|| has(whole?)) {
                Some(taken) => RenameError::Taken { asked: text, taken: taken.clone() },
                None => RenameError::NothingNew { asked: text, missing },
            };
        }
        let has_old_name: Vec<&Key> = self
            .old
            .iter()
            .filter(|key| is_called(key, &asked.from) || is_called(&self.image(key), &asked.from))
            .collect();
        let leaf = asked.to.last().map(|leaf| quoted(&[leaf])).unwrap_or_default();
        let still = has_old_name.iter().find(|key| self.new.contains(&self.image(key).with_name(&leaf)));
        if let Some(kept) = still {
            return RenameError::StillDeclared { asked: text, kept: (*kept).clone() };
        }
        // Without a place of its own the new name is where the old one was.
        let place = if asked.to.len() > 1 { &asked.to } else { &asked.from };
        let to = [&place[..place.len() - 1], &asked.to[asked.to.len() - 1..]].concat();
        if let Some(done) = self.old.iter().find(|key| is_called(key, &to)) {
            return RenameError::Done { asked: text, done: done.clone() };
        }
        if let Some(kept) = has_old_name.first() {
            return RenameError::StillDeclared { asked: text, kept: (*kept).clone() };
        }
        let gone = self.gone().map(|(key, _)| key.clone()).collect();
        RenameError::NothingGone { asked: text, gone }
    }
}

/// A thing with these names in the place of its inner ones.
fn in_place(key: &Key, names: &[String]) -> Key {
    let mut path = key.path().to_vec();
    let end = key.names().len();
    for (part, name) in path[..end].iter_mut().rev().zip(names.iter().rev()) {
        *part = quoted(&[name]);
    }
    Key::new(key.kind(), path)
}

/// Whether these are its names, or the inner ones of them.
pub(super) fn is_called(key: &Key, names: &[String]) -> bool {
    key.names().ends_with(names)
}

pub(super) fn is_routine(key: &Key) -> bool {
    matches!(key.kind(), Kind::Function | Kind::Procedure | Kind::Aggregate)
}

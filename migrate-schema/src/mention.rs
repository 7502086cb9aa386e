//! What a function's body speaks of, where that is text: PostgreSQL keeps no dependencies of it, but looks at it when the
//! function is made. A word that is the name of something is enough here, since it only decides among orders that are
//! all allowed.

use std::collections::BTreeSet;

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::column::unquoted;

/// The words of a function's body.
#[derive(Debug)]
pub(crate) struct Words(BTreeSet<String>);

impl Words {
    /// Nothing where PostgreSQL knows what the body depends on.
    pub(crate) fn of(fact: &Fact) -> Option<Self> {
        Some(Self::of_texts([fact.get("_body")?]))
    }

    /// The words of other SQL.
    pub(crate) fn of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        let words = texts.into_iter().flat_map(|text| {
            let plain = text.split(move |letter| !is_part(letter)).map(str::to_lowercase);
            // A name in quotes may have anything in it.
            plain.chain(text.split('"').skip(1).step_by(2).map(str::to_owned))
        });
        Self(words.filter(|word| !word.is_empty()).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }

    /// Whether the thing is spoken of.
    pub(crate) fn have(&self, key: &Key) -> bool {
        let has = |at: usize| key.path().get(at).is_some_and(|name| self.0.contains(&unquoted(name)));
        match key.kind() {
            Kind::Column => has(1) && has(2),
            Kind::Table
            | Kind::ForeignTable
            | Kind::View
            | Kind::MaterializedView
            | Kind::Sequence
            | Kind::Enum
            | Kind::Domain
            | Kind::Composite
            | Kind::Range
            | Kind::Function
            | Kind::Procedure
            | Kind::Aggregate
            | Kind::TextSearchConfiguration => has(1),
            _ => false,
        }
    }
}

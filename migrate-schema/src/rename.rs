//! Other names for the same things: what looks like one is proposed, and never done unasked. Only what belongs to a table and
//! differs in nothing else is renamed by itself.

mod alike;
mod asked;
mod candidates;
mod error;
mod exchange;
mod in_memory;
pub(crate) mod room;
mod twins;
mod unasked;

pub(crate) use alike::{Renamed, renamed as alike};
pub use asked::{check_rename, renames};
pub use candidates::{Candidate, rename_candidates};
pub use error::RenameError;
pub(crate) use in_memory::with_name;
pub(crate) use unasked::unasked;

use crate::hazard;
use crate::key::{Key, unquoted};
use crate::kind::Kind;
use crate::kinds::common::literal;
use crate::schema::Schema;
use crate::statement::Statement;

/// Something that gets another name, or goes to another schema. A part of something that is renamed too is called after its
/// new name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    from: Key,
    to: Key,
}

/// Kinds that can have other names, in the order in which they are looked at. The values of an enum and the attributes of a
/// composite type are called by keys of their type's kind with a third name.
const KINDS: [Kind; 32] = [
    Kind::Schema,
    Kind::Table,
    Kind::ForeignTable,
    Kind::Column,
    Kind::View,
    Kind::MaterializedView,
    Kind::Sequence,
    Kind::Index,
    Kind::Enum,
    Kind::Domain,
    Kind::DomainConstraint,
    Kind::Composite,
    Kind::Range,
    Kind::Constraint,
    Kind::Function,
    Kind::Procedure,
    Kind::Aggregate,
    Kind::OperatorFamily,
    Kind::OperatorClass,
    Kind::Statistics,
    Kind::Trigger,
    Kind::Rule,
    Kind::Policy,
    Kind::Collation,
    Kind::TextSearchTemplate,
    Kind::TextSearchParser,
    Kind::TextSearchDictionary,
    Kind::TextSearchConfiguration,
    Kind::ForeignDataWrapper,
    Kind::Server,
    Kind::Publication,
    Kind::EventTrigger,
];

impl Rename {
    /// Gives another name to something.
    ///
    /// `None`: the two are not of one kind, or not in one place, and what they are cannot go from one to the other.
    pub fn new(from: Key, to: Key) -> Option<Self> {
        let goes = is_beside(&from, &to) || is_movable(&from) && from.kind() == to.kind();
        (goes && KINDS.contains(&from.kind())).then_some(Self { from, to })
    }

    /// What it was called.
    pub fn from(&self) -> &Key {
        &self.from
    }

    /// What it is called now.
    pub fn to(&self) -> &Key {
        &self.to
    }

    /// The schema that it goes to, if it leaves its own.
    pub(crate) fn moved_to(&self) -> Option<&String> {
        let schema = self.to.path().first();
        schema.filter(|schema| is_movable(&self.from) && self.from.path().first() != Some(schema))
    }

    /// What something is called once this is done.
    pub(crate) fn image(&self, key: &Key) -> Key {
        let (from, to) = (self.from.path(), self.to.path());
        if *key == self.from {
            return self.to.clone();
        }
        let is_in_it = match self.from.kind() {
            Kind::Schema => has_schema(key.kind()),
            kind => key.path().len() > 2 && is_part(key.kind(), kind),
        };
        if !is_in_it || !key.path().starts_with(from) {
            return key.clone();
        }
        Key::new(key.kind(), [to, &key.path()[from.len()..]].concat())
    }
}

/// Whether things of a kind are called after the table or the type that they are a part of.
fn is_part(kind: Kind, whole: Kind) -> bool {
    match whole {
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView => {
            matches!(kind, Kind::Column | Kind::Constraint | Kind::Trigger | Kind::Rule | Kind::Policy)
        }
        Kind::Domain => kind == Kind::DomainConstraint,
        Kind::Enum | Kind::Composite => kind == whole,
        _ => false,
    }
}

fn has_schema(kind: Kind) -> bool {
    let has_none =
        [Kind::Schema, Kind::ForeignDataWrapper, Kind::Server, Kind::Publication, Kind::EventTrigger];
    !has_none.contains(&kind)
}

/// Whether it can go to another schema.
fn is_movable(key: &Key) -> bool {
    let stays = matches!(
        key.kind(),
        Kind::Column
            | Kind::Constraint
            | Kind::DomainConstraint
            | Kind::Index
            | Kind::Trigger
            | Kind::Rule
            | Kind::Policy
    );
    !stays && has_schema(key.kind()) && !is_of_type(key)
}

/// Whether it is a value of an enum, or an attribute of a composite type.
fn is_of_type(key: &Key) -> bool {
    matches!(key.kind(), Kind::Enum | Kind::Composite) && key.path().len() > 2
}

/// Of one kind and in one schema, or in one table.
fn is_beside(one: &Key, other: &Key) -> bool {
    one.kind() == other.kind() && one.with_name("") == other.with_name("")
}

/// What gives something another name, or moves it to another schema; and what undoes that.
pub(crate) fn there_and_back(from: &Key, to: &Key) -> Option<(Statement, Statement)> {
    if from == to {
        return None;
    }
    let one = |from: &Key, to: &Key| {
        if from.name() == to.name() {
            altering(from, &format!("SET SCHEMA {}", to.path()[0]))
        } else {
            statement(from, to.name())
        }
    };
    Some((one(from, to), one(to, from)))
}

fn statement(key: &Key, name: &str) -> Statement {
    let own = key.name();
    if is_of_type(key) {
        let sql = |what: &str, own: &str, name: &str| {
            Statement::new(format!("ALTER TYPE {} RENAME {what} {own} TO {name}", key.owner()))
        };
        let value = |name: &str| literal(&unquoted(name));
        return match key.kind() {
            Kind::Enum => sql("VALUE", &value(own), &value(name)),
            // Tables of the type have the attribute too.
            _ => sql("ATTRIBUTE", own, &format!("{name} CASCADE")),
        };
    }
    match key.kind() {
        Kind::Column => altering(key, &format!("RENAME COLUMN {own} TO {name}")),
        Kind::Constraint | Kind::DomainConstraint => {
            altering(key, &format!("RENAME CONSTRAINT {own} TO {name}"))
        }
        _ => altering(key, &format!("RENAME TO {name}")),
    }
}

/// `ALTER …` of a thing, or of the table or the domain that it is a part of.
fn altering(key: &Key, change: &str) -> Statement {
    let kind = key.kind();
    let sql = match kind {
        Kind::Column | Kind::Constraint => format!("ALTER TABLE {} {change}", key.owner()),
        Kind::DomainConstraint => format!("ALTER DOMAIN {} {change}", key.owner()),
        Kind::Trigger | Kind::Rule | Kind::Policy => {
            format!("ALTER {} {} ON {} {change}", key.word(), key.name(), key.owner())
        }
        _ => format!("ALTER {} {change}", key.described()),
    };
    let mut statement = Statement::new(sql);
    // What else the database has does not matter to a name.
    hazard::judge(&Schema::default(), &Schema::default(), std::slice::from_mut(&mut statement));
    statement
}

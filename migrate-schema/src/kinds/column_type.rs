//! Another type of a column: the statement, what it does to the table, and what is in its way.

use migrate_source::retype::{self, Conversion};

use crate::fact::Fact;
use crate::kind::Kind;
use crate::kinds::column::is_foreign;
use crate::rule::World;
use crate::schema::Schema;
use crate::statement::{Hazard, Statement};

/// What PostgreSQL does not let stand on a column whose type changes.
const IN_THE_WAY: &[Kind] = &[
    Kind::Column,
    Kind::Function,
    Kind::MaterializedView,
    Kind::Policy,
    Kind::Procedure,
    Kind::PublicationMember,
    Kind::Rule,
    Kind::Trigger,
    Kind::View,
];

/// And what does not fit the new type, where that is of another sort.
const IN_THE_WAY_OF_ANOTHER_SORT: &[Kind] = &[
    Kind::Column,
    Kind::Constraint,
    Kind::Default,
    Kind::Function,
    Kind::Index,
    Kind::MaterializedView,
    Kind::Policy,
    Kind::Procedure,
    Kind::PublicationMember,
    Kind::Rule,
    Kind::Statistics,
    Kind::Trigger,
    Kind::View,
];

/// `ALTER COLUMN … TYPE`, where `alter` says of which column.
pub(crate) fn alter_type(alter: &str, old: &Fact, new: &Fact, world: World<'_>) -> Statement {
    let to = new.text("type");
    let mut sql = format!("{alter} TYPE {to}");
    if let Some(collation) = new.get("collation") {
        sql += &format!(" COLLATE {collation}");
    }
    if is_foreign(new) {
        return Statement::new(sql);
    }
    let sorts = [resolved(old.text("type"), old, world.old), resolved(to, new, world.new)];
    let using = using(new.key.leaf(), &sorts, to);
    sql += &using.as_ref().map_or_else(String::new, |value| format!(" USING {value}"));
    let [from, into] = &sorts;
    changing(Statement::new(sql), retype::values(from, into).may_change)
}

/// A statement that may change the values of a column.
pub(crate) fn changing(statement: Statement, may_change: bool) -> Statement {
    if may_change { statement.with(Hazard::ChangesValues) } else { statement }
}

/// The value of a new type, of which PostgreSQL must be told how to make it: it is never cast to a length, which cuts what does
/// not fit, but assigned, which refuses it.
pub(crate) fn using(expression: &str, [from, to]: &[String; 2], named: &str) -> Option<String> {
    let array = if from.ends_with("[]") && to.ends_with("[]") { "[]" } else { "" };
    match retype::conversion(from, to) {
        Conversion::Assigned => None,
        Conversion::Through(other) => Some(format!("{expression}::{other}{array}")),
        Conversion::Cast => Some(format!("{expression}::{named}")),
        Conversion::Text => {
            let to = retype::uncut(to);
            Some(format!("{expression}::text{array}::{}", to.as_deref().unwrap_or(named)))
        }
    }
}

fn made_of<'s>(of: &str, fact: &Fact, schema: &'s Schema) -> Option<&'s Fact> {
    let name = of.trim_end_matches("[]");
    let mut types = fact.needs.keys().filter(|key| key.sql() == name);
    types.find_map(|key| schema.get(key))
}

/// A type that something needs, as the rule of types knows it: the base of a domain, and what sort of thing another one of
/// the schema's own is.
pub(crate) fn resolved(of: &str, fact: &Fact, schema: &Schema) -> String {
    let Some(made_of) = made_of(of, fact, schema) else { return of.to_owned() };
    let base = match made_of.key.kind() {
        Kind::Domain => resolved(made_of.text("type"), made_of, schema),
        Kind::Enum => retype::sort_of_enum(&made_of.list("values")),
        Kind::Composite => "record".to_owned(),
        _ => return of.to_owned(),
    };
    if of.ends_with("[]") && !base.ends_with("[]") { base + "[]" } else { base }
}

/// What is in the way of a column's new type, of the same sort or of another one.
pub(crate) fn in_the_way(of_one_sort: bool) -> &'static [Kind] {
    if of_one_sort { IN_THE_WAY } else { IN_THE_WAY_OF_ANOTHER_SORT }
}

/// A type without what is in parentheses.
fn base(name: &str) -> &str {
    name.split('(').next().unwrap_or(name).trim_end()
}

/// Whether PostgreSQL converts by itself when a column's type changes.
fn is_assigned(from: &str, to: &str) -> bool {
    const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
    const TEXTS: [&str; 4] = ["text", "character varying", "character", "name"];
    NUMBERS.contains(&from) && NUMBERS.contains(&to)
        || (TEXTS.contains(&from) || NUMBERS.contains(&from)) && TEXTS.contains(&to)
}

/// Whether what stands on a column can stay when it gets another type of the sort that it has.
pub(crate) fn is_of_one_sort(old: &Fact, new: &Fact) -> bool {
    let (from, to) = (base(old.text("type")), base(new.text("type")));
    from == to
        || old.text("_category") == new.text("_category")
            && ["N", "S"].contains(&old.text("_category"))
            && is_assigned(from, to)
}

//! Another type of a column: the statement, what it does to the table, and what is in its way.

use migrate_source::retype::{self, Rewrite};

use crate::fact::Fact;
use crate::kind::Kind;
use crate::kinds::column::is_foreign;
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
pub(crate) fn alter_type(alter: &str, old: &Fact, new: &Fact) -> Statement {
    let to = new.text("type");
    let mut sql = format!("{alter} TYPE {to}");
    if let Some(collation) = new.get("collation") {
        sql += &format!(" COLLATE {collation}");
    }
    if is_foreign(new) {
        return Statement::new(sql);
    }
    let (from, name) = (old.text("type"), new.key.leaf());
    let is_converted = base(from) != base(to) && !is_assigned(base(from), base(to));
    if is_converted {
        let direct = matches!((old.text("_category"), new.text("_category")), (a, b) if a == b && !"EUCPRAX".contains(a)
            || b == "S" && a != "A")
            || (from, to) == ("integer", "boolean")
            || (old.text("_category"), new.text("_category")) == ("D", "D")
            || matches!((base(from), base(to)), ("json", "jsonb") | ("jsonb", "json") | ("bytea", _));
        let through = match (direct, to.ends_with("[]")) {
            (true, _) => "",
            (false, true) if from.ends_with("[]") => "::text[]",
            (false, _) => "::text",
        };
        sql += &format!(" USING {name}{through}::{to}");
    }
    let alter = Statement::new(sql);
    if !is_converted && retype::rewrite(from, to) == Rewrite::Nothing {
        // The order of an index is that of a collation.
        let is_sorted_anew = old.get("collation") != new.get("collation");
        return if is_sorted_anew { alter.with(Hazard::BuildsIndex) } else { alter };
    }
    alter.with(Hazard::RewritesTable).with(Hazard::MayFailOnRows)
}

/// What is in the way of a column's new type, of the same sort or of another one.
pub(crate) fn in_the_way(of_one_sort: bool) -> &'static [Kind] {
    if of_one_sort { IN_THE_WAY } else { IN_THE_WAY_OF_ANOTHER_SORT }
}

/// Whether there is a cast from one type to the other that makes no text of it.
pub(crate) fn is_cast(old: &Fact, new: &Fact) -> bool {
    let (from, to) = (base(old.text("type")), base(new.text("type")));
    from == to || is_assigned(from, to) || [old, new].iter().any(|fact| fact.get("_category") == Some("S"))
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

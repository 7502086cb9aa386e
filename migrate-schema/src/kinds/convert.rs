//! Types and collations that columns are of, where one cannot be altered: it is made anew beside the old one, the columns
//! are converted, and the old one is dropped. Rows stay.

use std::collections::BTreeSet;

use migrate_source::retype;

use crate::fact::Fact;
use crate::key::{self, Key, qualified};
use crate::kind::Kind;
use crate::kinds::column_type;
use crate::kinds::composite;
use crate::kinds::table::table_of;
use crate::rule::World;
use crate::statement::{Hazard, Statement};

/// What is made of others of these, and is made anew with them.
const MADE_ALONG: &[Kind] = &[Kind::Domain, Kind::Composite, Kind::Range];

/// What goes with the old one, although nobody drops it: it is made for the new one.
pub(crate) const LOST: &[Kind] = &[Kind::DomainConstraint, Kind::Privileges, Kind::Comment];

/// What depends on it and is dropped before and created after.
const IN_THE_WAY: &[Kind] = &[
    Kind::Aggregate,
    Kind::Cast,
    Kind::Constraint,
    Kind::Default,
    Kind::DomainConstraint,
    Kind::Function,
    Kind::Index,
    Kind::MaterializedView,
    Kind::Operator,
    Kind::OperatorClass,
    Kind::Policy,
    Kind::Procedure,
    Kind::PublicationMember,
    Kind::Rule,
    Kind::Statistics,
    Kind::Trigger,
    Kind::View,
];

/// Those that must be converted together with these, in groups, each in the order in which they are created.
pub(crate) fn groups<'s>(begun: BTreeSet<&'s Key>, world: World<'s>) -> Vec<Vec<&'s Key>> {
    let mut all = begun.clone();
    let mut fresh: Vec<&Key> = begun.into_iter().collect();
    while let Some(key) = fresh.pop() {
        for other in made_of(key, world) {
            if all.insert(other) {
                fresh.push(other);
            }
        }
    }
    let mut groups: Vec<BTreeSet<&Key>> = Vec::new();
    for &key in &all {
        let is_near = |other: &&Key| {
            made_of(key, world).any(|made| made == *other) || made_of(other, world).any(|made| made == key)
        };
        let (near, mut rest): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().any(&is_near));
        rest.push(near.into_iter().flatten().chain([key]).collect());
        groups = rest;
    }
    groups.iter().map(|group| in_order(group, world)).collect()
}

fn made_of<'s>(key: &Key, world: World<'s>) -> impl Iterator<Item = &'s Key> {
    let others = world.old.dependents(key).filter(|fact| MADE_ALONG.contains(&fact.key.kind()));
    others.filter(move |fact| world.new.get(&fact.key).is_some()).map(|fact| &fact.key)
}

fn in_order<'s>(group: &BTreeSet<&'s Key>, world: World<'s>) -> Vec<&'s Key> {
    let mut ordered: Vec<&Key> = Vec::new();
    let mut rest: Vec<&Key> = group.iter().copied().collect();
    while !rest.is_empty() {
        let waits = |key: &&Key| {
            let needs = world.new.get(key).map(|fact| &fact.needs);
            needs.is_some_and(|needs| rest.iter().any(|other| other != key && needs.contains_key(*other)))
        };
        // Nothing is made of itself, so that there is always one that waits for none.
        let at = rest.iter().position(|key| !waits(key)).unwrap_or_default();
        ordered.push(rest.remove(at));
    }
    ordered
}

/// Whether a column has it within something else, as in an array or a composite type. PostgreSQL then checks no rows
/// against a domain, and refuses what would have to.
pub(crate) fn is_contained(key: &Key, world: World<'_>) -> bool {
    world.old.dependents(key).any(|fact| match fact.key.kind() {
        Kind::Column => fact.text("type").ends_with("[]"),
        kind if MADE_ALONG.contains(&kind) => {
            world.old.dependents(&fact.key).any(|other| other.key.kind() == Kind::Column)
                || is_contained(&fact.key, world)
        }
        _ => false,
    })
}

/// What is dropped before the conversion of one of them, and created after it.
pub(crate) fn in_the_way<'s>(key: &'s Key, world: World<'s>) -> BTreeSet<&'s Key> {
    let mut found = BTreeSet::new();
    for fact in world.old.dependents(key) {
        let is_column = fact.key.kind() == Kind::Column;
        if IN_THE_WAY.contains(&fact.key.kind()) || is_column && fact.has("generated") {
            found.insert(&fact.key);
        } else if let Some(table) =
            table_of(fact).filter(|table| is_column && is_partition_key(fact, table, world))
        {
            found.insert(table);
        } else if is_column && (is_converted(fact, world) || is_retyped(fact, key, world)) {
            let kinds = column_type::in_the_way(is_of_one_sort(key, world));
            let others = world.old.dependents(&fact.key);
            found.extend(others.filter(|other| kinds.contains(&other.key.kind())).map(|other| &other.key));
        }
    }
    // A part of it goes with it.
    found.retain(|other| !world.old.get(other).is_some_and(|other| other.is_part_of(key)));
    found
}

/// PostgreSQL gives a column that it parts rows by no other type. Its partitions are detached, and keep their rows.
fn is_partition_key(column: &Fact, table: &Key, world: World<'_>) -> bool {
    let by = world.old.get(table).and_then(|table| table.get("partitioned_by")).unwrap_or_default();
    let is_part = |letter: char| letter.is_alphanumeric() || "_$\"".contains(letter);
    by.split(|letter| !is_part(letter)).any(|word| word == column.key.leaf())
}

/// Whether what is written of a column's values keeps its meaning.
fn is_of_one_sort(key: &Key, world: World<'_>) -> bool {
    let category = |fact: Option<&Fact>| fact.and_then(|fact| fact.get("_category")).map(str::to_owned);
    key.kind() != Kind::Range && category(world.old.get(key)) == category(world.new.get(key))
}

/// A column whose type has another name afterwards is no affair of this one.
fn is_converted(column: &Fact, world: World<'_>) -> bool {
    let after = world.new.get(&column.key);
    !column.has("generated")
        && after
            .is_some_and(|after| ["type", "collation"].iter().all(|name| after.get(name) == column.get(name)))
}

/// Whether a column gets another type that is made of the same one: an array of it, or a range's multirange, which has another
/// name afterwards. A statement of its own gives it that, and until then it is text.
fn is_retyped(column: &Fact, of: &Key, world: World<'_>) -> bool {
    let after = world.new.get(&column.key);
    of.kind() != Kind::Collation
        && !column.has("generated")
        && after.is_some_and(|after| after.get("type") != column.get("type") && after.needs.contains_key(of))
}

/// The statements for a group, with those parts that are made in the same statement. What is dropped otherwise is left alone.
pub(crate) fn statements(
    group: &[&Key],
    within: &[&Fact],
    world: World<'_>,
    is_dropped: impl Fn(&Key) -> bool,
) -> Vec<Statement> {
    let mut columns: Vec<(&Fact, &Key)> = Vec::new();
    let mut retyped = columns.clone();
    for &key in group {
        let others = world.old.dependents(key).filter(|fact| {
            // A parent's column takes those that inherit it along, as long as they do.
            let loses_parent = || {
                let mut parents =
                    table_of(fact).into_iter().flat_map(|table| world.old.parts(table, Kind::Inheritance));
                parents.all(|parent| is_dropped(&parent.key))
            };
            fact.key.kind() == Kind::Column && (!fact.has("_inherited") || loses_parent())
        });
        for fact in others.filter(|fact| !is_dropped(&fact.key)) {
            if is_converted(fact, world) {
                columns.push((fact, key));
            } else if is_retyped(fact, key, world) {
                retyped.push((fact, key));
            }
        }
    }
    let create = group.iter().filter_map(|key| world.new.get(key).map(|fact| (key, fact)));
    let create = create.flat_map(|(key, fact)| {
        let within: Vec<&Fact> = within.iter().copied().filter(|part| part.is_part_of(key)).collect();
        key.kind().rule().create(fact, &within, world)
    });
    let drop = |aside: bool| {
        let name = move |key: &Key| if aside { qualified(&aside_path(key.path())) } else { key.sql() };
        group.iter().rev().map(move |key| Statement::new(format!("DROP {} {}", word(key), name(key))))
    };
    let names: BTreeSet<String> = group.iter().map(|key| key.sql()).collect();
    let names = &names;
    let convert = |to_text: bool| {
        columns.iter().filter_map(move |(fact, key)| convert(fact, key, to_text, names, world))
    };
    let retyped = retyped.iter().filter_map(|(fact, key)| self::convert(fact, key, true, names, world));
    if columns.is_empty() {
        return retyped.chain(drop(false)).chain(create).collect();
    }
    if group.iter().any(|key| key.kind() == Kind::Range) {
        // The functions that a range has do not get another name with it.
        return convert(true).chain(retyped).chain(drop(false)).chain(create).chain(convert(false)).collect();
    }
    let aside = group.iter().map(|key| {
        let name = aside_path(key.path()).pop().unwrap_or_default();
        Statement::new(format!("ALTER {} {} RENAME TO {name}", word(key), key.sql()))
    });
    retyped.chain(aside).chain(create).chain(convert(false)).chain(drop(true)).collect()
}

fn word(key: &Key) -> &'static str {
    match key.kind() {
        Kind::Domain => "DOMAIN",
        Kind::Collation => "COLLATION",
        _ => "TYPE",
    }
}

/// Where the old one is while the new one has its name.
pub(crate) fn aside_path(path: &[String]) -> Vec<String> {
    let mut path = path.to_vec();
    if let Some(name) = path.last_mut() {
        *name = format!("\"{}\"", key::beside(name, "old").replace('"', "\"\""));
    }
    path
}

fn convert(
    column: &Fact,
    of: &Key,
    to_text: bool,
    names: &BTreeSet<String>,
    world: World<'_>,
) -> Option<Statement> {
    let (name, to) = (column.key.leaf(), column.text("type"));
    let array = if to.ends_with("[]") { "[]" } else { "" };
    let foreign = table_of(column).is_some_and(|table| table.kind() == Kind::ForeignTable);
    let what = if foreign { "ALTER FOREIGN TABLE" } else { "ALTER TABLE" };
    let mut sql = format!("{what} {} ALTER COLUMN {name} TYPE ", column.key.owner());
    sql += &if to_text { format!("text{array}") } else { to.to_owned() };
    if let Some(collation) = column.get("collation").filter(|_| !to_text) {
        sql += &format!(" COLLATE {collation}");
    }
    if foreign {
        return Some(Statement::new(sql));
    }
    let (old, new) = (world.old.get(of)?, world.new.get(of)?);
    let mut may_change = false;
    let using = match of.kind() {
        Kind::Collation => None,
        Kind::Range => {
            may_change = ["subtype", "canonical"].iter().any(|name| old.get(name) != new.get(name));
            Some(format!("{name}::{}", if to_text { format!("text{array}") } else { to.to_owned() }))
        }
        _ if to_text => Some(format!("{name}::text{array}")),
        Kind::Composite => {
            may_change = composite::may_change([old, new], world);
            let is_array = to.ends_with("[]");
            Some(if is_array {
                format!("{name}::text[]::{to}")
            } else {
                composite::row(name, to, [old, new], names)
            })
        }
        _ => {
            let sorts = [world.old, world.new].map(|schema| column_type::resolved(to, column, schema));
            may_change = retype::values(&sorts[0], &sorts[1]).may_change;
            column_type::using(name, &sorts, to)
        }
    };
    sql += &using.map_or_else(String::new, |value| format!(" USING {value}"));
    let alter = Statement::new(sql);
    let is_lost = of.kind() == Kind::Composite && composite::loses([old, new]);
    let alter = if is_lost { alter.with(Hazard::DeletesData) } else { alter };
    Some(column_type::changing(alter, may_change))
}

/// Whether a type, or an array of it, is one of those that are made anew.
pub(crate) fn is_made_of(of: &str, names: &BTreeSet<String>) -> bool {
    names.contains(of.trim_end_matches("[]"))
}

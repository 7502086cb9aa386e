//! Columns of tables, and their defaults.

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::column_settings::Settings;
use crate::kinds::column_type::{alter_type, in_the_way, is_of_one_sort};
use crate::kinds::common;
use crate::kinds::recursion::{self, Attribute};
use crate::kinds::sequence::serial_type;
use crate::kinds::table::{self, table_of};
use crate::kinds::{constraint, identity, identity_sequence, inheritance, not_null, position};
use crate::online;
use crate::rule::{Change, Rule, World};
use crate::schema::Schema;
use crate::statement::{Hazard, Role, Statement};

#[derive(Debug)]
pub(crate) struct Column;

impl Rule for Column {
    fn query(&self) -> &'static str {
        include_str!("../catalog/column.sql")
    }

    fn create(&self, fact: &Fact, within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        if is_of_type(fact, world) {
            return Vec::new();
        }
        let default = within.iter().copied().find(|part| part.key.kind() == Kind::Default);
        if let Some(parent) = parent_of(fact, world.new, world).filter(|_| is_only_inherited(fact)) {
            return recursion::unlike_parent(&parent, fact, default, world);
        }
        let Some(table) = table_of(fact) else { return Vec::new() };
        let alter = alter_table(fact);
        let definition = definition(fact, default, serial_type(fact, within, world), table, world);
        let mut statements = vec![Statement::new(format!("{alter} ADD COLUMN {definition}"))];
        statements.extend(afterwards(&alter, fact));
        statements
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        if is_only_inherited(fact) && parent_of(fact, world.old, world).is_some() || is_of_type(fact, world) {
            return Vec::new();
        }
        let alter = alter_table(fact);
        // With ONLY, those that inherit it have it as their own from then on.
        let only = if stays_with_heirs(fact, world) { " ONLY" } else { "" };
        let alter = alter.replacen(" TABLE", &format!(" TABLE{only}"), 1);
        let drop = Statement::new(format!("{alter} DROP COLUMN {}", fact.key.leaf()));
        vec![if fact.has("generated") || is_foreign(fact) { drop } else { drop.with(Hazard::DeletesData) }]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let changes = old.changes(new);
        let generated = changes.contains("generated") || changes.contains("generated_kind");
        if generated && new.has("generated")
            || old.get("generated_kind") == Some("virtual") && !new.has("generated")
        {
            return Change::Replace;
        }
        if !old.has("inherited_only") && new.has("inherited_only") && comes_from_parent(new, world) {
            return Change::Replace;
        }
        let table = alter_table(new);
        let alter = format!("{table} ALTER COLUMN {}", new.key.leaf());
        let mut statements = Vec::new();
        let mut rebuild: &[Kind] = &[];
        if generated && !follows_in("generated", new, world) {
            statements.push(Statement::new(format!("{alter} DROP EXPRESSION")));
        }
        if changes.contains("identity") && !new.has("identity") && counts_by_itself(old) {
            statements.extend(position::of_former_identity(old, world));
            statements.push(Statement::new(format!("{alter} DROP IDENTITY")));
        }
        // Narrower limits are there before a narrower type, and wider ones after a wider type.
        let counts =
            if counts_by_itself(new) { identity::alter(&alter, old, new, world) } else { Vec::new() };
        let (counts_before, counts_after) = if old.has("identity") && is_narrower(old, new) {
            (counts, Vec::new())
        } else {
            (Vec::new(), counts)
        };
        statements.extend(counts_before);
        if changes.contains("type") || changes.contains("collation") {
            if old.has("generated") && generated {
                return Change::Replace;
            }
            rebuild = in_the_way(is_of_one_sort(old, new));
            if !follows_parent(old, new, &["type", "collation"], world) && !is_of_type(new, world) {
                statements.push(alter_type(&alter, old, new, world));
            }
        }
        if changes.contains("not_null") {
            statements.extend(alter_null(old, new, world));
        }
        statements.extend(counts_after);
        statements.extend(identity_sequence::alter(old, new));
        statements.extend(not_null::change(&table, old, new));
        statements.extend(Settings::of_column(old).changes(&Settings::of_column(new), |name| match name {
            "storage" | "statistics" => alter_alike(name, new, world),
            _ => Some(alter.clone()),
        }));
        if changes.contains("foreign_options") {
            let options =
                common::foreign_options(Some(&old.list("foreign_options")), &new.list("foreign_options"));
            statements.extend(options.map(|options| Statement::new(format!("{alter} {options}"))));
        }
        Change::rebuilding(statements, rebuild)
    }

    fn made_within<'f>(&self, fact: &'f Fact, _world: World<'f>) -> Option<&'f Key> {
        table_of(fact)
    }
}

/// What a parent's statement sets in all that inherit the column.
fn alter_alike(name: &'static str, new: &Fact, world: World<'_>) -> Option<String> {
    let alter = recursion::alter(table_of(new)?, new.key.leaf(), Attribute::Column(name), world)?;
    Some(format!("{alter} ALTER COLUMN {}", new.key.leaf()))
}

fn alter_null(old: &Fact, new: &Fact, world: World<'_>) -> Vec<Statement> {
    let Some(table) = table_of(new) else { return Vec::new() };
    let leaf = new.key.leaf();
    let Some(alter) = recursion::alter(table, leaf, Attribute::NotNull, world) else { return Vec::new() };
    if not_null::is_constraint(new) {
        return not_null::add(&alter, new, world);
    }
    let alter = format!("{alter} ALTER COLUMN {leaf}");
    if !new.has("not_null") {
        // Whatever needs the column has it all the time.
        let mut statements = vec![Statement::new(format!("{alter} DROP NOT NULL")).of_role(Role::Follows)];
        statements.extend(recursion::not_null_again(table, leaf, world));
        statements.extend(not_null::own_names_below(table, leaf, world));
        return statements;
    }
    if world.is_in_use(table) {
        let fill = gets_default(new, world).then(|| online::fill(table, leaf));
        return fill.into_iter().chain(online::set_not_null(table, leaf)).collect();
    }
    let becomes_identity = own_identity(new).is_some() && !old.has("identity");
    if gets_primary_key(new, world) && !becomes_identity {
        return Vec::new();
    }
    vec![Statement::new(format!("{alter} SET NOT NULL"))]
}

/// Whether the column gets a default, or another one. The rows that are there get it too.
fn gets_default(column: &Fact, world: World<'_>) -> bool {
    let expression = |schema: &Schema| {
        schema.get(&column.key.of_kind(Kind::Default)).map(|fact| fact.text("expression").to_owned())
    };
    let (before, after) = (expression(world.old), expression(world.new));
    after.is_some() && before != after
}

/// Whether a number gets fewer digits.
fn is_narrower(old: &Fact, new: &Fact) -> bool {
    let width =
        |fact: &Fact| ["smallint", "integer", "bigint"].iter().position(|name| *name == fact.text("type"));
    width(old).zip(width(new)).is_some_and(|(old, new)| new < old)
}

/// From PostgreSQL 17 on a partition's column does not: it counts as its parent's while it is attached.
fn counts_by_itself(fact: &Fact) -> bool {
    fact.has("_sequence") || !fact.has("_of_partition")
}

/// That a column counts by itself.
pub(crate) fn own_identity(fact: &Fact) -> Option<String> {
    let when = fact.get("identity").filter(|_| counts_by_itself(fact))?;
    Some(format!("GENERATED {when} AS IDENTITY{}", identity_sequence::options(fact)))
}

/// A column as CREATE TABLE and ADD COLUMN write it.
pub(crate) fn definition(
    fact: &Fact,
    default: Option<&Fact>,
    serial: Option<&str>,
    table: &Key,
    world: World<'_>,
) -> String {
    let mut sql = format!("{} {}", fact.key.leaf(), serial.unwrap_or(fact.text("type")));
    if let Some(options) = common::foreign_options(None, &fact.list("foreign_options")) {
        sql += &format!(" {options}");
    }
    if let Some(collation) = fact.get("collation") {
        sql += &format!(" COLLATE {collation}");
    }
    if let Some(compression) = fact.get("compression") {
        sql += &format!(" COMPRESSION {compression}");
    }
    if let Some(default) = default.filter(|_| serial.is_none()) {
        sql += &format!(" DEFAULT {}", default.text("expression"));
    }
    if let Some(expression) = fact.get("generated") {
        sql += &format!(" GENERATED ALWAYS AS ({expression}) {}", fact.text("generated_kind").to_uppercase());
    }
    let identity = own_identity(fact);
    if let Some(identity) = &identity {
        sql += &format!(" {identity}");
    }
    // An identity column and a column of a primary key are NOT NULL anyway.
    let is_implied = identity.is_some() || serial.is_some() || is_in_primary_key(fact, table, world);
    if let Some(not_null) = not_null::within(fact, is_implied, inheritance::is_outlived(table, world)) {
        sql += &format!(" {not_null}");
    }
    sql
}

/// What a table of a composite type says of a column.
pub(crate) fn options_of_typed(fact: &Fact, default: Option<&Fact>) -> Option<String> {
    let mut sql = format!("{} WITH OPTIONS", fact.key.leaf());
    let plain = sql.len();
    if let Some(default) = default {
        sql += &format!(" DEFAULT {}", default.text("expression"));
    }
    if let Some(not_null) = not_null::within(fact, false, false) {
        sql += &format!(" {not_null}");
    }
    (sql.len() > plain).then_some(sql)
}

/// What a column's definition has no words for.
pub(crate) fn afterwards(alter_table: &str, fact: &Fact) -> Vec<Statement> {
    let alter = format!("{alter_table} ALTER COLUMN {}", fact.key.leaf());
    let mut statements = Vec::new();
    if fact.has("not_null_unchecked") && !fact.has("_not_null_inherited") {
        let constraint = not_null::constraint(fact);
        statements.push(Statement::new(format!("{alter_table} ADD {constraint} NOT VALID")));
    }
    statements.extend(identity_sequence::afterwards(fact));
    let new = Settings::of_column(fact);
    statements.extend(new.as_defined().changes(&new, |_| Some(alter.clone())));
    statements
}

/// `ALTER TABLE` of the table, or the foreign table, that a column or a default is of.
fn alter_table(fact: &Fact) -> String {
    table_of(fact).map(table::alter_table).unwrap_or_default()
}

/// Whether its table has no rows here.
pub(crate) fn is_foreign(fact: &Fact) -> bool {
    table_of(fact).is_some_and(|table| table.kind() == Kind::ForeignTable)
}

/// Whether a composite type says what columns the table has.
fn is_of_type(fact: &Fact, world: World<'_>) -> bool {
    let is_typed = |schema: &Schema| {
        table_of(fact).and_then(|table| schema.get(table)).is_some_and(|table| table.has("of_type"))
    };
    is_typed(world.old) && is_typed(world.new)
}

/// The parent that the table has throughout and that has the column.
fn parent_of(fact: &Fact, schema: &Schema, world: World<'_>) -> Option<Vec<String>> {
    let has = |parent: &Fact| {
        let mut path = parent.key.path()[2..].to_vec();
        path.push(fact.key.leaf().to_owned());
        let is_there = schema.find(Kind::Column, &path).is_some();
        path.pop();
        is_there.then_some(path)
    };
    inheritance::kept(table_of(fact)?, world).find_map(has)
}

fn is_only_inherited(fact: &Fact) -> bool {
    fact.has("_inherited") && (fact.has("inherited_only") || fact.has("_of_partition"))
}

/// Whether a table that inherits a column keeps it when its parent loses it.
fn stays_with_heirs(fact: &Fact, world: World<'_>) -> bool {
    let Some(table) = table_of(fact) else { return false };
    let heirs = world.old.dependents(table).filter(|other| other.key.kind() == Kind::Inheritance);
    heirs.into_iter().filter(|heir| !heir.has("bound") && heir.key.path()[2..] == *table.path()).any(|heir| {
        let mut path = heir.key.path()[..2].to_vec();
        path.push(fact.key.leaf().to_owned());
        let (before, after) = (world.old.find(Kind::Column, &path), world.new.find(Kind::Column, &path));
        before
            .zip(after)
            .is_some_and(|(before, after)| before.has("inherited_only") && !after.has("inherited_only"))
    })
}

/// Whether a column that a table has by itself is one that its parent gets now: it has to make room for that.
fn comes_from_parent(new: &Fact, world: World<'_>) -> bool {
    let Some(table) = table_of(new) else { return false };
    let mut parents = world.new.parts(table, Kind::Inheritance);
    parents.any(|parent| {
        let mut path = parent.key.path()[2..].to_vec();
        path.push(new.key.leaf().to_owned());
        let [was, is] = [world.old, world.new].map(|schema| schema.find(Kind::Column, &path).is_some());
        world.old.get(&parent.key).is_some() && is && !was
    })
}

/// A parent's column that changes takes those that inherit it along.
fn follows_parent(old: &Fact, new: &Fact, names: &[&str], world: World<'_>) -> bool {
    if !new.has("_inherited") || !old.has("_inherited") {
        return false;
    }
    let Some(table) = table_of(new) else { return false };
    inheritance::kept(table, world).any(|parent| {
        let mut path = parent.key.path()[2..].to_vec();
        path.push(new.key.leaf().to_owned());
        let before = world.old.find(Kind::Column, &path);
        let after = world.new.find(Kind::Column, &path);
        before.zip(after).is_some_and(|(before, after)| {
            let same = |name: &str| {
                old.get(name) == new.get(name)
                    || before.get(name) != after.get(name) && after.get(name) == new.get(name)
            };
            names.iter().copied().all(same)
        })
    })
}

/// The same of one attribute alone.
fn follows_in(name: &str, new: &Fact, world: World<'_>) -> bool {
    let Some(table) = table_of(new).filter(|_| new.has("_inherited")) else { return false };
    inheritance::kept(table, world).any(|parent| {
        let mut path = parent.key.path()[2..].to_vec();
        path.push(new.key.leaf().to_owned());
        let (before, after) = (world.old.find(Kind::Column, &path), world.new.find(Kind::Column, &path));
        let changes = before.zip(after).filter(|(before, after)| before.differs_in(name, after));
        changes.is_some_and(|(_, after)| !after.differs_in(name, new))
    })
}

fn is_in_primary_key(fact: &Fact, table: &Key, world: World<'_>) -> bool {
    let mut constraints = world.new.parts(table, Kind::Constraint);
    constraints.any(|constraint| is_key_of(constraint, fact) && constraint::is_written(constraint, world))
}

fn is_key_of(constraint: &Fact, column: &Fact) -> bool {
    constraint.get("_type") == Some("p")
        && constraint.list("_columns").iter().any(|name| name == column.key.leaf())
}

/// Whether a primary key that is yet to be made will make it NOT NULL.
fn gets_primary_key(fact: &Fact, world: World<'_>) -> bool {
    let is_made = |key: &Fact| world.old.get(&key.key).is_none() && constraint::is_written(key, world);
    table_of(fact).is_some_and(|table| {
        let mut constraints = world.new.parts(table, Kind::Constraint);
        constraints.any(|constraint| is_key_of(constraint, fact) && is_made(constraint))
    })
}

/// A name without the quotes that SQL needs.
pub(crate) fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

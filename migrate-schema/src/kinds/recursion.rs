//! How a change of a column goes from a table to those that inherit from it, or are its partitions.
//!
//! PostgreSQL's rules (`ALTER TABLE`, `src/backend/commands/tablecmds.c`):
//!
//! - `SET DEFAULT`, `SET STORAGE` and `SET STATISTICS` overwrite what each of them has, and with `ONLY` they do not.
//! - `SET NOT NULL` does so too. With `ONLY` it is refused of a partitioned table that has partitions.
//! - `DROP NOT NULL` goes down as well, and before PostgreSQL 18 no partitioned table that has partitions takes it with
//!   `ONLY`. From 18 on NOT NULL is a constraint: who has one of its own keeps it.
//! - `TYPE` always goes down.
//!
//! A statement here goes down where everything below it is to become what it makes of it. Otherwise it is said of the table
//! `ONLY`, and each of the others has a statement of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::inheritance::{heirs, kept};
use crate::kinds::table::{alter_table, table_of};
use crate::kinds::{column, not_null};
use crate::rule::World;
use crate::schema::Schema;
use crate::statement::Statement;

/// Something of a column that a statement on a parent overwrites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Attribute {
    Default,
    NotNull,
    /// Another attribute of the column's fact.
    Column(&'static str),
}

/// Whether the change of a column goes down from its table: found once, since each table below asks.
#[derive(Debug, Default)]
pub(crate) struct Reach(RefCell<BTreeMap<(Vec<String>, Attribute), bool>>);

impl Reach {
    fn of(&self, column: Vec<String>, attribute: Attribute, find: impl FnOnce() -> bool) -> bool {
        let key = (column, attribute);
        if let Some(&found) = self.0.borrow().get(&key) {
            return found;
        }
        let found = find();
        self.0.borrow_mut().insert(key, found);
        found
    }
}

impl Attribute {
    fn value<'s>(self, schema: &'s Schema, path: &[String]) -> Option<&'s str> {
        match self {
            Self::Default => schema.find(Kind::Default, path)?.get("expression"),
            Self::NotNull => schema.find(Kind::Column, path)?.get("not_null"),
            Self::Column(name) => schema.find(Kind::Column, path)?.get(name),
        }
    }

    /// What it is before and after.
    fn both<'s>(self, path: &[String], world: World<'s>) -> [Option<&'s str>; 2] {
        [self.value(world.old, path), self.value(world.new, path)]
    }
}

/// `ALTER TABLE` for a change of a column, with `ONLY` where it is not to go down. `None`: it comes from a parent.
pub(crate) fn alter(table: &Key, leaf: &str, attribute: Attribute, world: World<'_>) -> Option<String> {
    if comes_from_parent(table, leaf, attribute, world) {
        return None;
    }
    let alter = alter_table(table);
    let goes_down = goes_down(table, leaf, attribute, world);
    Some(if goes_down { alter } else { alter.replacen(" TABLE", " TABLE ONLY", 1) })
}

/// Whether all below the table change as it does.
fn goes_down(table: &Key, leaf: &str, attribute: Attribute, world: World<'_>) -> bool {
    let path = path_of(table, leaf);
    world.reach.of(path.clone(), attribute, || {
        let change @ [_, after] = attribute.both(&path, world);
        let heirs = heirs(table, world);
        let mut paths = heirs.iter().map(|heir| path_of(heir, leaf));
        if attribute != Attribute::NotNull {
            return paths.all(|path| attribute.both(&path, world) == change);
        }
        let is_dropped = after.is_none();
        // PostgreSQL has no other way for a partitioned table.
        is_dropped && is_partitioned(table, world)
            || heirs.iter().zip(paths).all(|(heir, path)| {
                attribute.value(world.new, &path) == after && !(is_dropped && has_own(heir, leaf, world))
            })
    })
}

/// Whether a parent that the table has throughout changes alike, and takes it along.
fn comes_from_parent(table: &Key, leaf: &str, attribute: Attribute, world: World<'_>) -> bool {
    let change @ [_, after] = attribute.both(&path_of(table, leaf), world);
    let stays = || attribute == Attribute::NotNull && after.is_none() && has_own(table, leaf, world);
    parents(table, world).any(|parent| {
        let path = path_of(parent, leaf);
        world.new.find(Kind::Column, &path).is_some()
            && attribute.both(&path, world) == change
            && !stays()
            && (goes_down(parent, leaf, attribute, world)
                || comes_from_parent(parent, leaf, attribute, world))
    })
}

/// The parents that a table has throughout.
fn parents<'w>(table: &'w Key, world: World<'w>) -> impl Iterator<Item = &'w Key> {
    kept(table, world)
        .filter_map(move |parent| Some(&world.new.find(Kind::Table, &parent.key.path()[2..])?.key))
}

fn path_of(table: &Key, leaf: &str) -> Vec<String> {
    let mut path = table.path().to_vec();
    path.push(leaf.to_owned());
    path
}

fn is_partitioned(table: &Key, world: World<'_>) -> bool {
    world.new.get(table).is_some_and(|table| table.has("partitioned_by"))
}

/// Whether a NOT NULL stays when a parent loses its own: from PostgreSQL 18 on.
fn has_own(table: &Key, leaf: &str, world: World<'_>) -> bool {
    world.old.find(Kind::Column, &path_of(table, leaf)).is_some_and(|column| column.has("_not_null_local"))
}

/// What stays NOT NULL in partitions of a table that becomes nullable: that goes down, and is put back.
pub(crate) fn not_null_again(table: &Key, leaf: &str, world: World<'_>) -> Vec<Statement> {
    if alter(table, leaf, Attribute::NotNull, world).is_none() || !is_partitioned(table, world) {
        return Vec::new();
    }
    let stays = |heir: &&Key| {
        let is_above = |parent: &Key| Attribute::NotNull.value(world.new, &path_of(parent, leaf)).is_some();
        Attribute::NotNull.both(&path_of(heir, leaf), world).iter().all(Option::is_some)
            && loses(heir, table, leaf, world)
            && !parents(heir, world).any(is_above)
    };
    let set = |heir: &Key| {
        let set = format!("{} ALTER COLUMN {leaf} SET NOT NULL", alter_table(heir));
        Statement::new(set)
    };
    heirs(table, world).into_iter().filter(stays).map(set).collect()
}

/// Whether the NOT NULL of a table goes with that of a table above it.
fn loses(heir: &Key, above: &Key, leaf: &str, world: World<'_>) -> bool {
    let goes = |parent: &Key| parent == above || loses(parent, above, leaf, world);
    !has_own(heir, leaf, world) && parents(heir, world).any(goes)
}

/// What a column has unlike that of the parent it came from, with a new table or a new column of the parent's.
pub(crate) fn unlike_parent(
    parent: &[String],
    column: &Fact,
    default: Option<&Fact>,
    world: World<'_>,
) -> Vec<Statement> {
    let Some(table) = table_of(column) else { return Vec::new() };
    let alter = format!("{} ALTER COLUMN {}", alter_table(table), column.key.leaf());
    let mut path = parent.to_vec();
    path.push(column.key.leaf().to_owned());
    let mut statements = Vec::new();
    let mut add = |to: String| statements.push(Statement::new(format!("{alter} {to}")));
    let there = Attribute::Default.value(world.new, &path);
    match default.map(|default| default.text("expression")) {
        Some(here) if there != Some(here) => add(format!("SET DEFAULT {here}")),
        None if there.is_some() => add("DROP DEFAULT".to_owned()),
        _ => {}
    }
    let is_null_there = Attribute::NotNull.value(world.new, &path).is_none();
    if column.has("not_null") && is_null_there && !not_null::is_constraint(column) {
        add("SET NOT NULL".to_owned());
    }
    // Before PostgreSQL 17 a partition does not count as its parent does.
    if let Some(identity) = column::own_identity(column) {
        add(format!("ADD {identity}"));
    }
    if is_null_there && not_null::is_constraint(column) && !column.has("not_null_unchecked") {
        statements.extend(not_null::add(&alter_table(table), column, world));
    }
    statements
}

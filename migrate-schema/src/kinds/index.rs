//! Indexes that belong to no constraint.

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::column::unquoted;
use crate::kinds::inheritance;
use crate::kinds::table::table_of;
use crate::online;
use crate::rule::{Change, Rule, World};
use crate::schema::Schema;
use crate::statement::{Hazard, Phase, Statement};

#[derive(Debug)]
pub(crate) struct Index;

impl Rule for Index {
    fn query(&self) -> &'static str {
        include_str!("../catalog/index.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        let in_use = is_in_use(fact, world);
        let is_partitioned = fact.get("_index_kind") == Some("I");
        // An index of the parent's that is made alone makes none on a partition, even if that is new.
        let is_apart = !in_use && parent_is_alone(fact, world);
        if comes_with_parent(fact) && !in_use && !is_apart {
            return Vec::new();
        }
        let mut build = if (in_use || fact.has("invalid")) && is_partitioned {
            // It is empty until the indexes of all partitions are attached to it.
            let only = definition(fact).replacen(
                &format!(" ON {}", table(fact)),
                &format!(" ON ONLY {}", table(fact)),
                1,
            );
            // By then all partitions are there: one that comes later would get an index by itself.
            Statement::new(only).of_phase(Phase::Build)
        } else if in_use {
            online::build(&definition(fact), false)
        } else {
            let phase = if is_apart { Phase::Build } else { Phase::Change };
            Statement::new(definition(fact)).with(Hazard::BuildsIndex).of_phase(phase)
        };
        if fact.has("_unique") {
            build = build.with(Hazard::MayFailOnRows);
        }
        let mut statements = vec![build];
        let phase = if in_use || is_apart { Phase::Use } else { Phase::Change };
        let attach = attach(fact, world).filter(|_| !is_found(fact, world));
        statements.extend(attach.map(|attach| attach.of_phase(phase)));
        let alter = format!("ALTER INDEX {}", fact.key.sql());
        statements.extend(
            fact.list("statistics")
                .iter()
                .map(|column| Statement::new(format!("{alter} ALTER COLUMN {column}"))),
        );
        if let Some(space) = fact.get("tablespace") {
            statements.push(Statement::new(format!("{alter} SET TABLESPACE {space}")));
        }
        statements.extend(cluster(fact));
        if in_use || is_apart {
            statements.iter_mut().skip(1).for_each(|statement| statement.phase = Phase::Use);
        }
        statements
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        if fact.has("part_of_index") && inheritance::goes_along(fact, world) {
            return Vec::new();
        }
        if world.online && fact.get("_index_kind") != Some("I") {
            return vec![online::drop_index(&fact.key.sql())];
        }
        // Neither a key of a partition nor the index that it is a part of goes alone.
        let has_keys = world.old.parts(&fact.key, Kind::Constraint).next().is_some();
        let cascade = if has_keys { " CASCADE" } else { "" };
        vec![Statement::new(format!("DROP INDEX {}{cascade}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let changes = old.changes(new);
        let replaced = ["definition", "statistics"].iter().any(|name| changes.contains(name));
        let is_part = |fact: &Fact| fact.has("part_of_index") || fact.get("_index_kind") == Some("I");
        if world.online && changes.iter().eq(["definition"].iter()) && !is_part(old) && !is_part(new) {
            return Change::by(online::replace_index(&new.key, &definition(new), new.has("_unique")));
        }
        // PostgreSQL detaches no index, and makes none invalid.
        let goes_with_table = || {
            // It comes apart with its table.
            let is_partition = |schema: &Schema, fact: &Fact| {
                table_of(fact).is_some_and(|table| schema.parts(table, Kind::Inheritance).next().is_some())
            };
            is_partition(world.old, old) && !inheritance::is_taken_along(new, world)
        };
        let comes_apart = old.has("part_of_index") && changes.contains("part_of_index") && !goes_with_table()
            || changes.contains("invalid") && new.has("invalid") && new.get("_index_kind") == Some("I");
        if replaced || comes_apart {
            return Change::Replace;
        }
        let mut statements = Vec::new();
        let is_adopted = || table_of(new).is_some() && !inheritance::is_taken_along(new, world);
        let attach = attach(new, world).filter(|_| changes.contains("part_of_index") && !is_adopted());
        statements.extend(attach);
        if changes.contains("tablespace") {
            let space = new.get("tablespace").unwrap_or("pg_default");
            statements.push(Statement::new(format!("ALTER INDEX {} SET TABLESPACE {space}", new.key.sql())));
        }
        if changes.contains("invalid") && !new.has("invalid") {
            statements
                .push(Statement::new(format!("REINDEX INDEX {}", new.key.sql())).with(Hazard::BuildsIndex));
        }
        if changes.contains("clustered") {
            let none = || Statement::new(format!("ALTER TABLE {} SET WITHOUT CLUSTER", table(new)));
            statements.push(cluster(new).unwrap_or_else(none));
        }
        Change::by(statements)
    }
}

/// `pg_get_indexdef` with names qualified only where that is needed.
fn definition(fact: &Fact) -> String {
    plain_names(fact.text("definition"))
}

pub(crate) fn plain_names(text: &str) -> String {
    let names = [
        (" ON public.", " ON "),
        (" ON ONLY public.", " ON "),
        (" ON ONLY ", " ON "),
        (" USING btree (", " ("),
    ];
    names.iter().fold(text.to_owned(), |text, (from, to)| text.replacen(from, to, 1))
}

fn table(fact: &Fact) -> String {
    qualified(&fact.list("_table"))
}

fn cluster(fact: &Fact) -> Option<Statement> {
    let on = format!("ALTER TABLE {} CLUSTER ON {}", table(fact), fact.key.leaf());
    fact.has("clustered").then(|| Statement::new(on))
}

/// PostgreSQL makes an index on each partition by itself, and gives it a name of its own making.
fn comes_with_parent(fact: &Fact) -> bool {
    if !fact.has("part_of_index") || fact.key.kind() != Kind::Index {
        return false;
    }
    let raw = |name: &String| unquoted(name);
    let table = fact.list("_table").get(1).map(raw).unwrap_or_default();
    let columns: Vec<String> = fact.list("_columns").iter().map(raw).collect();
    unquoted(fact.key.leaf()) == format!("{table}_{}_idx", columns.join("_"))
}

/// Whether the index of the parent's is one that waits for those of all partitions.
fn parent_is_alone(fact: &Fact, world: World<'_>) -> bool {
    let parent = world.new.find(Kind::Index, &fact.list("part_of_index"));
    let is_made = parent.is_some_and(|parent| world.old.get(&parent.key).is_none());
    is_made && parent.and_then(table_of).is_some_and(|table| world.is_in_use(table))
}

/// Makes an index, or that of a key, a part of the parent's.
pub(crate) fn attach(fact: &Fact, world: World<'_>) -> Option<Statement> {
    let parent = parent(fact, world)?;
    let name = match fact.key.path() {
        [schema, _, name] => qualified(&[schema.clone(), name.clone()]),
        name => qualified(name),
    };
    Some(Statement::new(format!("ALTER INDEX {} ATTACH PARTITION {name}", parent.key.sql())))
}

/// Whether it is made while others write. For an index of the parent's that is there, PostgreSQL looks for one when the table
/// becomes a partition, and that does not wait.
fn is_in_use(fact: &Fact, world: World<'_>) -> bool {
    let is_there = parent(fact, world).is_some_and(|parent| world.old.get(&parent.key).is_some());
    let is_wanted_first = is_there && !inheritance::is_taken_along(fact, world);
    table_of(fact).is_some_and(|table| world.is_in_use(table)) && !is_wanted_first
}

/// The index of the parent's table that it is a part of.
fn parent<'w>(fact: &Fact, world: World<'w>) -> Option<&'w Fact> {
    world.new.find(Kind::Index, &fact.list("part_of_index"))
}

/// Whether it has to be there before the parent's index is, or before its table is a partition: PostgreSQL then takes it,
/// or that of a key, and makes none of its own.
pub(crate) fn is_adopted(fact: &Fact, world: World<'_>) -> bool {
    let in_use = is_in_use(fact, world);
    let by = parent(fact, world).filter(|parent| !parent.has("invalid"));
    by.is_some() && !in_use && !parent_is_alone(fact, world) && !comes_with_parent(fact)
}

/// Whether this is the index that adopts it.
pub(crate) fn is_adopted_by(fact: &Fact, index: &Key, world: World<'_>) -> bool {
    parent(fact, world).is_some_and(|parent| parent.key == *index) && is_adopted(fact, world)
}

/// Whether PostgreSQL finds it when it makes the parent's index, or makes its table a partition.
pub(crate) fn is_found(fact: &Fact, world: World<'_>) -> bool {
    let is_same = |new: &Fact| world.old.get(&new.key).is_some_and(|old| old.changes(new).is_empty());
    let index_is_made = parent(fact, world).is_some_and(|parent| !is_same(parent));
    is_adopted(fact, world) && (index_is_made || !inheritance::is_taken_along(fact, world))
}

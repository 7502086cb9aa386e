//! Indexes that belong to no constraint.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::beside;
use crate::kinds::column::unquoted;
use crate::kinds::common::alter_options;
use crate::kinds::inheritance;
use crate::kinds::table::{self, table_of};
use crate::online;
use crate::rule::{Change, Rule, World};
use crate::schema::{Schema, Twins};
use crate::statement::{Phase, Role, Statement};

#[derive(Debug)]
pub(crate) struct Index;

impl Rule for Index {
    fn query(&self) -> &'static str {
        include_str!("../catalog/index.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        let is_new = !world.is_relied_on(&fact.key);
        let takes_name = is_new || is_part_of_new(fact, world);
        if let Some(statements) = takes_name.then(|| beside::take_name(fact, world)).flatten() {
            return statements;
        }
        let in_use = is_in_use(fact, world);
        // An index of the parent's that is made alone makes none on a partition, even if that is new.
        let is_apart = !in_use && parent_is_alone(fact, world);
        if comes_with_parent(fact, world) && !in_use {
            return parent(fact, world).map_or_else(Vec::new, |parent| unlike_parent(parent, fact));
        }
        let build = if is_alone(fact, world) {
            // It is empty until the indexes of all partitions are attached to it.
            let only = definition(fact).replacen(
                &format!(" ON {}", table_name(fact)),
                &format!(" ON ONLY {}", table_name(fact)),
                1,
            );
            // By then all partitions are there: one that comes later would get an index by itself.
            Statement::new(only).of_phase(Phase::Build)
        } else if is_new && (in_use || is_built_first(fact, world)) {
            // It becomes a part of the parent's afterwards.
            let role = if parent(fact, world).is_some() { Role::Prepares } else { Role::Does };
            online::build(&definition(fact)).of_role(role)
        } else {
            let phase = if is_apart { Phase::Build } else { Phase::Change };
            Statement::new(definition(fact)).of_phase(phase)
        };
        let mut statements = vec![build];
        statements.extend(attach(fact, world).filter(|_| !is_found(fact, world)));
        let alter = format!("ALTER INDEX {}", fact.key.sql());
        statements.extend(statistics(&alter, &[], &fact.list("statistics")));
        if let Some(space) = fact.get("tablespace") {
            statements.push(Statement::new(format!("{alter} SET TABLESPACE {space}")));
        }
        statements.extend(cluster(fact, &table_name(fact)));
        if in_use || is_apart || is_alone(fact, world) {
            statements.iter_mut().skip(1).for_each(|statement| statement.phase = Phase::Use);
        }
        statements
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        if fact.has("part_of_index") && inheritance::goes_along(fact, world) {
            return Vec::new();
        }
        if beside::is_put_to_use(fact, world) {
            return Vec::new();
        }
        // What is made anew is made in the same transaction, and so is a key of its name.
        let is_gone = world.new.get(&fact.key).is_none() && beside::namesake(fact, world.new).is_none();
        if world.online && is_gone && fact.get("_index_kind") != Some("I") {
            return vec![online::drop_index(&fact.key.sql())];
        }
        // Neither a key of a partition nor the index that it is a part of goes alone.
        let has_keys = world.old.parts(&fact.key, Kind::Constraint).next().is_some();
        let cascade = if has_keys { " CASCADE" } else { "" };
        vec![Statement::new(format!("DROP INDEX {}{cascade}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let mut changes = old.changes(new);
        let alter = format!("ALTER INDEX {}", new.key.sql());
        let mut statements = Vec::new();
        if !is_rebuilt(old, new) {
            changes.remove("definition");
            statements.extend(alter_options(&alter, &old.list("_options"), &new.list("_options")));
        }
        let replaced = || beside::replace_index(old, new, world);
        if let Some(change) = changes.contains("definition").then(replaced).flatten() {
            return change;
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
            || changes.contains("invalid") && is_replaced_for_validity(new, world);
        if changes.contains("definition") || comes_apart {
            return Change::Replace;
        }
        statements.extend(statistics(&alter, &old.list("statistics"), &new.list("statistics")));
        let is_adopted = || table_of(new).is_some() && !inheritance::is_taken_along(new, world);
        let attach = attach(new, world).filter(|_| changes.contains("part_of_index") && !is_adopted());
        statements.extend(attach.map(|attach| attach.of_phase(attach_phase(new, world))));
        if changes.contains("tablespace") {
            let space = new.get("tablespace").unwrap_or("pg_default");
            statements.push(Statement::new(format!("{alter} SET TABLESPACE {space}")));
        }
        if changes.contains("invalid") && !new.has("invalid") && new.get("_index_kind") != Some("I") {
            statements.push(Statement::new(format!("REINDEX INDEX {}", new.key.sql())));
        }
        if changes.contains("clustered") {
            let none = || Statement::new(format!("ALTER TABLE {} SET WITHOUT CLUSTER", table_name(new)));
            statements.push(cluster(new, &table_name(new)).unwrap_or_else(none));
        }
        Change::by(statements)
    }
}

/// The definition, or that of a constraint, without the storage parameters of the index: these can be altered.
pub(crate) fn without_options(fact: &Fact) -> String {
    fact.text("definition").replacen(fact.text("_with"), "", 1)
}

/// Whether the index, or that of a constraint, is another one.
fn is_rebuilt(old: &Fact, new: &Fact) -> bool {
    !new.is_read_alike(&without_options(old), &without_options(new)) || has_other_options(old, new)
}

/// Whether it is partitioned and gets other storage parameters, which PostgreSQL does not alter there.
pub(crate) fn has_other_options(old: &Fact, new: &Fact) -> bool {
    new.get("_index_kind") == Some("I") && old.get("_options") != new.get("_options")
}

/// What is set for columns of an index, as `2 SET STATISTICS 100`.
pub(crate) fn statistics(alter: &str, old: &[String], new: &[String]) -> Vec<Statement> {
    let column = |setting: &String| setting.split(' ').next().unwrap_or_default().to_owned();
    let kept: Vec<String> = new.iter().map(column).collect();
    let reset = old.iter().map(column).filter(|column| !kept.contains(column));
    let reset = reset.map(|column| format!("{column} SET STATISTICS -1"));
    let set = new.iter().filter(|setting| !old.contains(setting)).cloned();
    reset.chain(set).map(|setting| Statement::new(format!("{alter} ALTER COLUMN {setting}"))).collect()
}

/// What an index, or that of a key, has not got from the partitioned one that it was made with.
pub(crate) fn unlike_parent(parent: &Fact, fact: &Fact) -> Vec<Statement> {
    let alter = format!("ALTER INDEX {}", name(fact));
    let mut statements = alter_options(&alter, &parent.list("_options"), &fact.list("_options"));
    statements.extend(statistics(&alter, &[], &fact.list("statistics")));
    if parent.get("tablespace") != fact.get("tablespace") {
        let space = fact.get("tablespace").unwrap_or("pg_default");
        statements.push(Statement::new(format!("{alter} SET TABLESPACE {space}")));
    }
    if fact.has("clustered") {
        let table = if fact.key.kind() == Kind::Constraint { fact.key.owner() } else { table_name(fact) };
        statements.push(Statement::new(format!("ALTER TABLE {table} CLUSTER ON {}", fact.key.leaf())));
    }
    statements
}

/// The name of an index, or of that of a key.
pub(crate) fn name(fact: &Fact) -> String {
    match fact.key.path() {
        [schema, _, name] => qualified(&[schema.clone(), name.clone()]),
        name => qualified(name),
    }
}

/// `pg_get_indexdef` with names qualified only where that is needed.
fn definition(fact: &Fact) -> String {
    plain_names(fact.text("definition"))
}

/// Whether an index does the work of another one, or of that of a key: the same one, but for its name.
pub(crate) fn is_same_but_for_name(index: &Fact, other: &Fact) -> bool {
    let nameless = |fact: &Fact| {
        let text = fact.get(if fact.key.kind() == Kind::Index { "definition" } else { "_index" })?;
        Some(text.replacen(&format!("INDEX {} ON", fact.key.leaf()), "INDEX ON", 1))
    };
    nameless(index).zip(nameless(other)).is_some_and(|(one, other)| index.is_read_alike(&one, &other))
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

fn table_name(fact: &Fact) -> String {
    qualified(&fact.list("_table"))
}

/// What has CLUSTER use it, or the key that it is the index of.
pub(crate) fn cluster(fact: &Fact, table: &str) -> Option<Statement> {
    let on = format!("ALTER TABLE {table} CLUSTER ON {}", fact.key.leaf());
    fact.has("clustered").then(|| Statement::new(on))
}

/// PostgreSQL makes an index on each partition by itself, and gives it a name of its own making.
fn comes_with_parent(fact: &Fact, world: World<'_>) -> bool {
    let Some(parent) = parent(fact, world) else { return false };
    let is_made_along = is_new(parent, world) || !inheritance::is_taken_along(fact, world);
    let is_other = parent.key.kind() != fact.key.kind() || !has_parts_found(parent, fact, world);
    let is_apart = is_built_first(fact, world) || parent_is_alone(fact, world);
    if !is_made_along || is_other || is_apart || has_twin(fact, world) {
        return false;
    }
    let raw = |name: &String| unquoted(name);
    let table = table_of(fact).map(|table| unquoted(table.leaf())).unwrap_or_default();
    let columns = || fact.list("_columns").iter().map(raw).collect::<Vec<_>>().join("_");
    let name = match fact.get("_type") {
        None => format!("{table}_{}_idx", columns()),
        Some("p") => format!("{table}_pkey"),
        Some("u") => format!("{table}_{}_key", columns()),
        Some(_) => return false,
    };
    unquoted(fact.key.leaf()) == name
}

/// Whether PostgreSQL looks for what is to be a part of the parent's: that is made for all partitions, or is there when the
/// table becomes one.
fn has_parts_found(parent: &Fact, fact: &Fact, world: World<'_>) -> bool {
    let is_there = || !is_new(parent, world) && !inheritance::is_taken_along(fact, world);
    !parent.has("invalid") || is_there()
}

/// Whether another index of the table differs in nothing but its name. PostgreSQL takes any of them for that of a partition.
fn has_twin(fact: &Fact, world: World<'_>) -> bool {
    world.new.twins(equal).equal.contains(&fact.key)
}

fn equal(schema: &Schema) -> Twins {
    let mut alike: BTreeMap<(&Key, Compared<'_>), Vec<&Key>> = BTreeMap::new();
    for fact in schema.facts() {
        if let (Some(table), Some(compared)) = (table_of(fact), compared(fact)) {
            alike.entry((table, compared)).or_default().push(&fact.key);
        }
    }
    let equal: BTreeSet<Key> = alike.into_values().filter(|keys| keys.len() > 1).flatten().cloned().collect();
    let wholes = equal.iter().filter_map(|key| whole(schema.get(key)?, schema));
    Twins { wholes: wholes.map(|whole| whole.key.clone()).collect(), equal }
}

fn twins<'w>(fact: &'w Fact, world: World<'w>) -> impl Iterator<Item = &'w Fact> {
    let table = table_of(fact).filter(|_| has_twin(fact, world));
    let others = table.into_iter().flat_map(move |table| {
        [Kind::Index, Kind::Constraint].into_iter().flat_map(move |kind| world.new.parts(table, kind))
    });
    others.filter(move |other| other.key != fact.key && compared(other) == compared(fact))
}

/// What PostgreSQL compares of an index, or of that of a key, to find the one of a partition (`CompareIndexInfo`): whether it is
/// unique, and all but its name, its order and its storage parameters.
type Compared<'f> = (bool, Vec<&'f str>);

fn compared(fact: &Fact) -> Option<Compared<'_>> {
    let definition = fact.get(if fact.key.kind() == Kind::Index { "definition" } else { "_index" })?;
    let (_, shape) = definition.split_once(" USING ")?;
    let (head, tail) = shape.split_once(" WITH (").unwrap_or((shape, ""));
    let tail = tail.split_once(')').map_or("", |(_, tail)| tail);
    let words = head.split([' ', ',', ')']).chain(tail.split(' '));
    let is_order = |word: &&str| ["", "ASC", "DESC", "NULLS", "FIRST", "LAST"].contains(word);
    Some((definition.starts_with("CREATE UNIQUE "), words.filter(|word| !is_order(word)).collect()))
}

/// What an index is without its name: whether it is unique, and how it is made.
pub(crate) fn shape(fact: &Fact) -> Option<(bool, &str)> {
    let definition = fact.get("definition").filter(|_| fact.key.kind() == Kind::Index)?;
    let (head, shape) = definition.split_once(" USING ")?;
    Some((head.starts_with("CREATE UNIQUE "), shape))
}

/// Whether those of the partitions are made by themselves and attached, so that the index itself is empty until then.
pub(crate) fn is_alone(fact: &Fact, world: World<'_>) -> bool {
    // What is to be there before its table is a partition cannot wait.
    let can_wait = || parent(fact, world).is_none() || parent_is_alone(fact, world);
    let waits = || is_new(fact, world) && is_ambiguous(fact, world) && can_wait();
    fact.get("_index_kind") == Some("I")
        && match fact.key.kind() {
            Kind::Index => is_in_use(fact, world) || fact.has("invalid") || waits(),
            _ => is_key_alone(fact, world) && can_wait(),
        }
}

/// Whether the indexes of a key's partitions are built while others write. A table that becomes a partition at the same time has
/// to have its key before.
fn is_key_alone(fact: &Fact, world: World<'_>) -> bool {
    let is_key = matches!(fact.text("_type"), "p" | "u") && !world.is_relied_on(&fact.key);
    let Some(table) = table_of(fact).filter(|table| is_key && world.is_in_use(table)) else { return false };
    let heirs = inheritance::heirs(table, world);
    let becomes_part = |fact: &Fact| {
        fact.key.kind() == Kind::Inheritance
            && fact.key.path()[2..] == *table.path()
            && table_of(fact).is_some_and(|child| world.is_in_use(child) && !heirs.contains(&child))
    };
    !heirs.is_empty() && !world.new.dependents(table).any(becomes_part)
}

/// Whether it is built while others write, and before its table becomes a partition: the parent's index then finds it.
fn is_built_first(fact: &Fact, world: World<'_>) -> bool {
    let is_partitioned = fact.get("_index_kind") == Some("I");
    let is_in_use = table_of(fact).is_some_and(|table| world.is_in_use(table));
    is_in_use && !is_partitioned && !inheritance::is_taken_along(fact, world)
}

/// Whether PostgreSQL could take another index of a partition than the one that is to be a part of this one.
fn is_ambiguous(fact: &Fact, world: World<'_>) -> bool {
    has_twin(fact, world) || world.new.twins(equal).wholes.contains(&fact.key)
}

/// Whether the index of the parent's is made, and waits for those of all partitions.
pub(crate) fn parent_is_alone(fact: &Fact, world: World<'_>) -> bool {
    parent(fact, world).is_some_and(|parent| is_new(parent, world) && is_alone(parent, world))
}

/// Whether it is made, and not only altered.
pub(crate) fn is_new(fact: &Fact, world: World<'_>) -> bool {
    let is_other = |old: &Fact| {
        let changes = old.changes(fact);
        let table = table_of(fact).and_then(|table| world.old.get(table).zip(world.new.get(table)));
        is_rebuilt(old, fact)
            || changes.contains("invalid") && is_replaced_for_validity(fact, world)
            || table.is_some_and(|(old, new)| table::is_replaced(old, new))
    };
    world.is_remade(&fact.key) || world.old.get(&fact.key).is_none_or(is_other)
}

/// Whether an index of a partitioned table is made anew, since PostgreSQL makes none invalid, and one valid only when the last
/// of those that it lacks is attached.
pub(crate) fn is_replaced_for_validity(new: &Fact, world: World<'_>) -> bool {
    let is_attached = |part: &Fact| {
        let before = world.old.get(&part.key).and_then(|old| whole(old, world.old));
        parent(part, world).is_some_and(|parent| parent.key == new.key)
            && before.is_none_or(|before| before.key != new.key)
    };
    new.get("_index_kind") == Some("I")
        && (new.has("invalid") || !world.new.dependents(&new.key).any(is_attached))
}

/// The indexes or keys that it is a part of, from that of the parent's on.
pub(crate) fn wholes<'w>(fact: &'w Fact, world: World<'w>) -> Vec<&'w Fact> {
    std::iter::successors(parent(fact, world), |whole| parent(whole, world)).collect()
}

/// Whether an index, or that of a key, is made when all partitions are there: one that comes later would get one by itself.
pub(crate) fn is_made_alone(fact: &Fact, world: World<'_>) -> bool {
    let has_index = matches!(fact.key.kind(), Kind::Index | Kind::Constraint);
    has_index && is_new(fact, world) && (fact.has("invalid") || is_alone(fact, world))
}

/// Whether it becomes valid when the last of its parts is attached to it.
pub(crate) fn is_completed(fact: &Fact, world: World<'_>) -> bool {
    is_made_alone(fact, world) || world.old.get(&fact.key).is_some_and(|old| old.has("invalid"))
}

/// Those of the partitions that are parts of it.
pub(crate) fn parts<'w>(whole: &'w Fact, world: World<'w>) -> impl Iterator<Item = &'w Fact> {
    let is_part = move |part: &&Fact| parent(part, world).is_some_and(|parent| parent.key == whole.key);
    world.new.dependents(&whole.key).filter(is_part)
}

/// Whether the index of a partition is built while others write, and the parent's is made alone.
pub(crate) fn is_part_of_new(fact: &Fact, world: World<'_>) -> bool {
    is_in_use(fact, world) && fact.get("_index_kind") != Some("I") && parent_is_alone(fact, world)
}

/// Makes an index, or that of a key, a part of the parent's.
pub(crate) fn attach(fact: &Fact, world: World<'_>) -> Option<Statement> {
    let parent = parent(fact, world)?;
    Some(Statement::new(format!("ALTER INDEX {} ATTACH PARTITION {}", name(parent), name(fact))))
}

/// Whether it is made while others write. For an index of the parent's that is there, PostgreSQL looks for one when the table
/// becomes a partition, and that does not wait.
fn is_in_use(fact: &Fact, world: World<'_>) -> bool {
    let is_made_in_use =
        |parent: &Fact| is_new(parent, world) && table_of(parent).is_some_and(|table| world.is_in_use(table));
    let is_there = parent(fact, world)
        .is_some_and(|parent| world.old.get(&parent.key).is_some() && !is_made_in_use(parent));
    let is_wanted_first = is_there && !inheritance::is_taken_along(fact, world);
    let is_key = fact.has("part_of_key");
    table_of(fact).is_some_and(|table| world.is_in_use(table)) && !is_wanted_first && !is_key
}

/// The index or the key of the parent's table that it is a part of.
fn parent<'w>(fact: &Fact, world: World<'w>) -> Option<&'w Fact> {
    whole(fact, world.new)
}

fn whole<'s>(fact: &Fact, schema: &'s Schema) -> Option<&'s Fact> {
    let key = || schema.find(Kind::Constraint, &fact.list("part_of_key"));
    schema.find(Kind::Index, &fact.list("part_of_index")).or_else(key)
}

/// Whether it has to be there before the parent's index is, or before its table is a partition: PostgreSQL then takes it,
/// or that of a key, and makes none of its own.
pub(crate) fn is_adopted(fact: &Fact, world: World<'_>) -> bool {
    let by = parent(fact, world).filter(|parent| has_parts_found(parent, fact, world));
    by.is_some()
        && !is_in_use(fact, world)
        && !parent_is_alone(fact, world)
        && !comes_with_parent(fact, world)
}

/// Whether it is a part of the parent's that PostgreSQL does not make by itself.
pub(crate) fn is_apart(fact: &Fact, world: World<'_>) -> bool {
    parent(fact, world).is_some() && !comes_with_parent(fact, world)
}

/// When an index can be attached: after all that the parent's waits for.
pub(crate) fn attach_phase(fact: &Fact, world: World<'_>) -> Phase {
    if parent_is_alone(fact, world) { Phase::Use } else { Phase::Change }
}

/// Whether this is the index or the key that adopts it.
pub(crate) fn is_adopted_by(fact: &Fact, index: &Key, world: World<'_>) -> bool {
    parent(fact, world).is_some_and(|parent| parent.key == *index) && is_adopted(fact, world)
}

/// Whether PostgreSQL finds it when it makes the parent's index, or makes its table a partition.
pub(crate) fn is_found(fact: &Fact, world: World<'_>) -> bool {
    let index_is_made = parent(fact, world).is_some_and(|parent| is_new(parent, world));
    is_adopted(fact, world) && (index_is_made || !inheritance::is_taken_along(fact, world))
}

/// Whether PostgreSQL finds it when it makes the parent's index, which may be long after its table became a partition.
pub(crate) fn is_found_later(fact: &Fact, world: World<'_>) -> bool {
    let is_made = |parent: &Fact| parent.key.kind() == Kind::Index && is_new(parent, world);
    parent(fact, world).is_some_and(is_made)
}

/// Those that are equal to this one and come before it, so that each is found by the parent's index that it is a part of.
pub(crate) fn older_twins<'w>(fact: &'w Fact, world: World<'w>) -> impl Iterator<Item = &'w Fact> {
    twins(fact, world).filter(move |twin| turn(twin, world) < turn(fact, world))
}

/// When an index is to be there among its twins: in the order of the parent's. What is a part of none comes last.
fn turn<'w>(fact: &'w Fact, world: World<'w>) -> (bool, bool, &'w str) {
    let whole = parent(fact, world).or((fact.get("_index_kind") == Some("I")).then_some(fact));
    let Some(whole) = whole else { return (true, true, "") };
    let old = world.old.get(&whole.key).filter(|_| !is_new(whole, world));
    (false, old.is_none(), old.unwrap_or(whole).text("_age"))
}

/// Whether an index that stays is made anew all the same: PostgreSQL would take it for another one that is equal to it and is
/// there only later.
pub(crate) fn is_out_of_turn(fact: &Fact, world: World<'_>) -> bool {
    let Some(new) = world.new.get(&fact.key).filter(|new| has_twin(new, world)) else { return false };
    older_twins(new, world).any(|twin| {
        let is_younger = |old: &Fact| old.text("_age") > fact.text("_age");
        let is_later =
            world.old.get(&twin.key).is_none_or(|old| is_younger(old) || is_out_of_turn(old, world));
        is_later && is_found(twin, world)
    })
}

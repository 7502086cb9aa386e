//! Constraints and indexes of a table in use that get another definition: the new one is built beside the old one, and takes
//! its name when it is ready.

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::{Kind, Namespace};
use crate::kinds::constraint::{self, is_made};
use crate::kinds::index;
use crate::kinds::inheritance::is_taken_along;
use crate::kinds::table::table_of;
use crate::online::{self, beside};
use crate::rename;
use crate::rule::{Change, Rule, World};
use crate::schema::Schema;
use crate::statement::{Phase, Role, Statement};

/// What a thing that is replaced takes along, and is made again for the new one.
const LOST: &[Kind] = &[
    Kind::Comment,
    Kind::Constraint,
    Kind::Function,
    Kind::MaterializedView,
    Kind::Procedure,
    Kind::ReplicaIdentity,
    Kind::Rule,
    Kind::View,
];

/// Replaces a constraint. `None`: PostgreSQL has no way to have both.
pub(crate) fn replace_constraint(old: &Fact, new: &Fact, world: World<'_>) -> Option<Change> {
    let table = table_of(new).filter(|table| world.is_in_use(table))?;
    if new.text("_type") == "c" && [old, new].iter().all(|fact| !is_made(fact)) && is_taken_along(new, world)
    {
        // What its parent has beside the old one, it has too.
        return Some(Change::by(Vec::new()));
    }
    if old.has("_references") && old.get("_references") != new.get("_references") {
        // The table that it referred to may go.
        return None;
    }
    let is_plain = |fact: &Fact| is_made(fact) && !fact.has("part_of_index") && !is_taken_along(fact, world);
    let is_key = |fact: &Fact| matches!(fact.text("_type"), "p" | "u");
    let is_alike = old.text("_type") == new.text("_type") || is_key(old) && is_key(new);
    if !is_plain(old) || !is_plain(new) || !is_alike {
        return None;
    }
    let aside = renamed(new, &free_name(&new.key, "new", world));
    let built = constraint::online(&aside, world)?;
    let (alter, name, aside) = (format!("ALTER TABLE {}", table.sql()), new.key.leaf(), aside.key.leaf());
    if is_key(new) {
        let add = online::add_key(new, aside)?;
        let swap = Statement::new(format!("{alter} DROP CONSTRAINT {name}, {add}")).of_phase(Phase::Use);
        let statements = built.into_iter().take(1).chain([swap]).collect();
        return Some(Change::rebuilding(statements, LOST));
    }
    let phase = if constraint::is_late(new, world) { Phase::Swap } else { Phase::Use };
    let mut statements: Vec<Statement> =
        built.into_iter().map(|statement| statement.of_role(Role::Prepares)).collect();
    statements.push(Statement::new(format!("{alter} DROP CONSTRAINT {name}")).of_phase(phase));
    let rename = format!("{alter} RENAME CONSTRAINT {aside} TO {name}");
    statements.push(Statement::new(rename).of_phase(phase));
    // Those that inherit a check follow it.
    Some(Change::rebuilding(statements, &[Kind::Comment]))
}

/// Replaces an index. `None`: it is a part of another one, or has parts.
pub(crate) fn replace_index(old: &Fact, new: &Fact, world: World<'_>) -> Option<Change> {
    table_of(new).filter(|table| world.is_in_use(table))?;
    let is_alone = |fact: &Fact| {
        !fact.has("part_of_index") && !fact.has("invalid") && fact.get("_index_kind") != Some("I")
    };
    if !is_alone(old) || !is_alone(new) {
        return None;
    }
    let (fresh, past) = (free_name(&new.key, "new", world), free_name(&new.key, "old", world));
    let built = index::Index.create(&renamed(new, &fresh), &[], world).into_iter();
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER INDEX {} RENAME TO {to}", new.key.with_name(from).sql());
        Statement::new(sql).of_phase(Phase::Use)
    };
    let name = new.key.name();
    let mut statements: Vec<Statement> = built.map(|statement| statement.of_role(Role::Prepares)).collect();
    // A column or a function that goes would take the old one along, or not go without it.
    if old.needs.keys().all(|key| world.new.get(key).is_some()) {
        statements.extend([rename(name, &past), rename(&fresh, name)]);
        statements.push(online::drop_index(&new.key.with_name(&past).sql()).of_role(Role::Follows));
    } else {
        let drop = Statement::new(format!("DROP INDEX {}", old.key.sql())).of_phase(Phase::Use);
        statements.extend([drop, rename(&fresh, name)]);
    }
    Some(Change::rebuilding(statements, LOST))
}

/// The key whose index has the name of an index, or the index that has the name of a key's, on the same table.
pub(crate) fn namesake<'w>(fact: &Fact, schema: &'w Schema) -> Option<&'w Fact> {
    let table = table_of(fact)?;
    match fact.key.kind() {
        Kind::Index => {
            let mut path = table.path().to_vec();
            path.push(fact.key.leaf().to_owned());
            let key = schema.find(Kind::Constraint, &path);
            key.filter(|key| matches!(key.text("_type"), "p" | "u" | "x"))
        }
        Kind::Constraint if matches!(fact.text("_type"), "p" | "u" | "x") => {
            let path = [table.path().first()?.clone(), fact.key.leaf().to_owned()];
            schema.find(Kind::Index, &path).filter(|index| table_of(index) == Some(table))
        }
        _ => None,
    }
}

/// Whether an index becomes that of the key of its name, and stays what it is.
pub(crate) fn is_put_to_use(index: &Fact, world: World<'_>) -> bool {
    let key = namesake(index, world.new).filter(|key| constraint::online(key, world).is_some());
    key.is_some_and(|key| index::is_same_but_for_name(index, key) && world.old.get(&key.key).is_none())
}

/// The statements that make a key, or an index, where something of its name goes.
pub(crate) fn take_name(fact: &Fact, world: World<'_>) -> Option<Vec<Statement>> {
    let table = table_of(fact).filter(|table| world.is_in_use(table))?;
    // What is a part of another index goes with that.
    let part = world.old.get(&fact.key).filter(|_| index::is_part_of_new(fact, world));
    let before = part.or_else(|| namesake(fact, world.old))?;
    let (name, aside) = (fact.key.leaf(), renamed(fact, &free_name(&fact.key, "new", world)));
    if fact.key.kind() == Kind::Index {
        let mut built = index::Index.create(&aside, &[], world).into_iter();
        let build = built.next()?.of_role(Role::Prepares);
        let rename = format!("ALTER INDEX {} RENAME TO {name}", aside.key.sql());
        let rename = Statement::new(rename).of_phase(Phase::Use);
        return Some([build].into_iter().chain(built).chain([rename]).collect());
    }
    let is_put_to_use = is_put_to_use(before, world);
    let built = constraint::online(&aside, world)?.into_iter().take(usize::from(!is_put_to_use));
    let add = online::add_key(fact, if is_put_to_use { name } else { aside.key.leaf() })?;
    let add = Statement::new(format!("ALTER TABLE {} {add}", table.sql())).of_phase(Phase::Use);
    Some(built.chain([add]).collect())
}

/// A name for a thing beside another one, which neither schema has.
pub(crate) fn free_name(of: &Key, what: &str, world: World<'_>) -> String {
    let is_free = |name: &String| {
        let (key, relation) = (of.with_name(name), [of.path()[0].clone(), name.clone()]);
        let is_relation = |kind: &&Kind| kind.namespace() == Some(Namespace::Relation);
        let is_taken = |schema: &Schema| {
            let mut relations = Kind::ALL.iter().filter(is_relation);
            schema.get(&key).is_some() || relations.any(|kind| schema.find(*kind, &relation).is_some())
        };
        !is_taken(world.old) && !is_taken(world.new)
    };
    let first = beside(of.name(), what);
    let others = (2..100).map(|number| beside(of.name(), &format!("{what}{number}")));
    std::iter::once(first.clone()).chain(others).find(is_free).unwrap_or(first)
}

/// The same thing under another name.
fn renamed(fact: &Fact, name: &str) -> Fact {
    rename::with_name(fact, &fact.key.with_name(name))
}

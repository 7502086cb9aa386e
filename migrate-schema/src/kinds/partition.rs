//! Partitions of tables in use: PostgreSQL looks at no row under a lock where a check that is valid already says what a bound says.

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::beside::free_name;
use crate::kinds::table::table_of;
use crate::online;
use crate::rule::World;
use crate::schema::Schema;
use crate::statement::{InTransaction, Phase, Role, Statement};

/// A check that a table gets for as long as PostgreSQL needs it.
struct Guard<'w> {
    table: &'w Key,
    name: String,
    condition: &'w str,
}

/// A table that is there becomes a partition. `None`: all of its rows are looked at meanwhile.
pub(crate) fn attach(fact: &Fact, world: World<'_>) -> Option<Vec<Statement>> {
    let table = table_of(fact).filter(|table| world.is_in_use(table) && !world.is_relied_on(&fact.key))?;
    let own = Guard { table, name: name(table, table.leaf(), "bound", world), condition: condition(fact)? };
    let (child, parent) = (table.sql(), qualified(&fact.key.path()[2..]));
    let attach = format!("ALTER TABLE {parent} ATTACH PARTITION {child} {}", fact.text("bound"));
    Some(guarded(vec![Statement::new(attach)], [Some(own), of_default(fact, world)]))
}

/// The statements that make a partition, and before and after them what spares the default one from being looked at.
pub(crate) fn created_beside_default(
    fact: &Fact,
    statements: Vec<Statement>,
    world: World<'_>,
) -> Vec<Statement> {
    let guard = if world.is_relied_on(&fact.key) { None } else { of_default(fact, world) };
    guarded(statements, [guard, None])
}

/// A partition becomes a table by itself. `None`: nobody reads or writes its parent meanwhile.
pub(crate) fn detach(fact: &Fact, world: World<'_>) -> Option<Vec<Statement>> {
    let table = table_of(fact).filter(|table| world.is_in_use(table) && !world.is_relied_on(&fact.key))?;
    // A table that gets another parent is a part of either whenever a transaction ends.
    let stands_alone =
        world.new.get(table).is_some() && world.new.parts(table, Kind::Inheritance).next().is_none();
    // What is made anew is made in the transaction that drops the old parent.
    let parent = world.old.find(Kind::Table, &fact.key.path()[2..]);
    let is_remade = parent.is_some_and(|parent| !world.is_in_use(&parent.key));
    // PostgreSQL does not detach it while others write where there is a default partition.
    if fact.has("detaching")
        || !stands_alone
        || is_remade
        || default_of(&fact.key.path()[2..], world.old).is_some()
    {
        return None;
    }
    // Without it, PostgreSQL leaves a check behind, with a name of its own making.
    let own = Guard { table, name: name(table, table.leaf(), "bound", world), condition: condition(fact)? };
    let (child, parent) = (table.sql(), qualified(&fact.key.path()[2..]));
    let detach = Statement::new(format!("ALTER TABLE {parent} DETACH PARTITION {child} CONCURRENTLY"));
    let detach = detach.in_transaction(InTransaction::Never).of_phase(Phase::Build);
    Some(guarded(vec![detach], [Some(own), None]))
}

/// Adds checks and has them looked at while others write, before what relies on them; and drops them afterwards.
fn guarded(statements: Vec<Statement>, guards: [Option<Guard<'_>>; 2]) -> Vec<Statement> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for Guard { table, name, condition } in guards.into_iter().flatten() {
        let check = format!("CONSTRAINT {name} CHECK ({condition})");
        let added = online::constrain(&table.sql(), &name, &check, false);
        before.extend(added.into_iter().map(|statement| statement.of_role(Role::Prepares)));
        let drop = format!("ALTER TABLE {} DROP CONSTRAINT {name}", table.sql());
        after.push(Statement::new(drop).of_role(Role::Follows));
    }
    let is_proved = !after.is_empty();
    let statements = statements.into_iter().map(|statement| Statement { is_proved, ..statement });
    before.into_iter().chain(statements).chain(after).collect()
}

/// What the default partition has to be without, once the parent has this partition too.
fn of_default<'w>(fact: &Fact, world: World<'w>) -> Option<Guard<'w>> {
    let parent = &fact.key.path()[2..];
    let default = default_of(parent, world.new)?;
    let was_default = default_of(parent, world.old).is_some_and(|old| old.key == default.key);
    let table = table_of(default).filter(|table| was_default && world.is_in_use(table))?;
    let name = name(table, &fact.key.path()[1], "not_in_default", world);
    Some(Guard { table, name, condition: condition(default)? })
}

fn default_of<'w>(parent: &[String], schema: &'w Schema) -> Option<&'w Fact> {
    let child = schema.find(Kind::Table, parent)?.list("_default_partition");
    schema.find(Kind::Inheritance, &[&child, parent].concat())
}

/// A name for a check on the table.
fn name(table: &Key, of: &str, what: &str, world: World<'_>) -> String {
    let path = table.path().iter().cloned().chain([of.to_owned()]).collect();
    free_name(&Key::new(Kind::Constraint, path), what, world)
}

/// What a bound says of a row. That of a hash names its table by a number.
fn condition(fact: &Fact) -> Option<&str> {
    fact.get("_condition").filter(|_| !fact.text("bound").starts_with("FOR VALUES WITH"))
}

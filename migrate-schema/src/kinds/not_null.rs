//! NOT NULL of a column. From PostgreSQL 18 on it is a constraint with a name, which may be unchecked, and may be kept from the
//! tables that inherit.

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::column::unquoted;
use crate::kinds::common::{do_block, literal};
use crate::kinds::inheritance::heirs;
use crate::kinds::table::table_of;
use crate::online;
use crate::rule::World;
use crate::statement::Statement;

/// As the definition of a column has it. `None`: it is unchecked, for which a definition has no words, or something else in
/// the definition implies it. A name that the table's former partitions keep is not for PostgreSQL to choose once more.
pub(crate) fn within(fact: &Fact, is_implied: bool, is_name_kept: bool) -> Option<String> {
    let name = name(fact).or_else(|| fact.get("_not_null_name").filter(|_| is_name_kept));
    let is_plain = name.is_none() && !fact.has("not_null_not_inherited");
    if !fact.has("not_null") || fact.has("not_null_unchecked") || is_implied && is_plain {
        return None;
    }
    let name = name.map_or_else(String::new, |name| format!("CONSTRAINT {name} "));
    let inherited = if fact.has("not_null_not_inherited") { " NO INHERIT" } else { "" };
    Some(format!("{name}NOT NULL{inherited}"))
}

/// The name that a table which is made by itself has to give it.
fn name(fact: &Fact) -> Option<&str> {
    let [_, table, column] = fact.key.path() else { return None };
    let usual = format!("{}_{}_not_null", unquoted(table), unquoted(column));
    let taken = fact.get("_not_null_name").filter(|_| fact.has("_not_null_name_taken"));
    fact.get("not_null_name")
        .or(taken)
        .or_else(|| fact.get("_not_null_apart").filter(|name| unquoted(name) != usual))
}

/// Whether SET NOT NULL does not make it.
pub(crate) fn is_constraint(fact: &Fact) -> bool {
    let names = ["not_null_name", "_not_null_name_taken", "not_null_unchecked", "not_null_not_inherited"];
    fact.has("not_null") && names.iter().any(|name| fact.has(name))
}

/// As a constraint of a table.
pub(crate) fn constraint(fact: &Fact) -> String {
    let inherited = if fact.has("not_null_not_inherited") { " NO INHERIT" } else { "" };
    format!("CONSTRAINT {} NOT NULL {}{inherited}", fact.text("_not_null_name"), fact.key.leaf())
}

/// Adds it to a column that is there.
pub(crate) fn add(alter_table: &str, fact: &Fact, world: World<'_>) -> Vec<Statement> {
    let constraint = constraint(fact);
    if fact.has("not_null_unchecked") {
        return vec![Statement::new(format!("{alter_table} ADD {constraint} NOT VALID"))];
    }
    if let Some(table) = table_of(fact).filter(|table| world.is_in_use(table)) {
        return online::constrain(&table.sql(), fact.text("_not_null_name"), &constraint, false);
    }
    let add = Statement::new(format!("{alter_table} ADD {constraint}"));
    vec![add]
}

/// What makes the constraint of one column that of the other, where both have it.
pub(crate) fn change(alter_table: &str, old: &Fact, new: &Fact) -> Vec<Statement> {
    if !old.has("not_null") || !new.has("not_null") || new.has("_not_null_inherited") {
        return Vec::new();
    }
    let changes = old.changes(new);
    let name = new.text("_not_null_name");
    if changes.contains("not_null_unchecked") && new.has("not_null_unchecked") {
        let column = new.key.leaf();
        return vec![
            Statement::new(format!("{alter_table} ALTER COLUMN {column} DROP NOT NULL")),
            Statement::new(format!("{alter_table} ADD {} NOT VALID", constraint(new))),
        ];
    }
    let mut statements = Vec::new();
    // One that was inherited gets its own name when the table leaves its parent.
    let is_own = !old.has("_not_null_inherited") && changes.contains("not_null_name");
    statements.extend(rename(alter_table, old, new).filter(|_| is_own));
    if changes.contains("not_null_unchecked") {
        let validate = Statement::new(format!("{alter_table} VALIDATE CONSTRAINT {name}"));
        statements.push(validate);
    }
    if changes.contains("not_null_not_inherited") {
        let to = if new.has("not_null_not_inherited") { "NO INHERIT" } else { "INHERIT" };
        statements.push(Statement::new(format!("{alter_table} ALTER CONSTRAINT {name} {to}")));
    }
    statements
}

fn rename(alter_table: &str, old: &Fact, new: &Fact) -> Option<Statement> {
    let (from, to) = (old.get("_not_null_name")?, new.get("_not_null_name")?);
    (from != to).then(|| Statement::new(format!("{alter_table} RENAME CONSTRAINT {from} TO {to}")))
}

/// What a table that leaves a parent has that parent's names for, and is to have its own. As long as it has the parent, nobody
/// looks at these names, so that the database itself has to say them.
pub(crate) fn own_names(table: &Key, world: World<'_>) -> Vec<Statement> {
    let columns = world.old.parts(table, Kind::Column).map(|old| &old.key);
    columns.filter_map(|column| gets_own_name(table, column, world)).collect()
}

/// The same of a column in the tables that inherit it from one that becomes nullable.
pub(crate) fn own_names_below(table: &Key, column: &str, world: World<'_>) -> Vec<Statement> {
    let of_heir = |heir: &Key| {
        let path: Vec<String> = heir.path().iter().cloned().chain([column.to_owned()]).collect();
        gets_own_name(heir, &Key::new(Kind::Column, path), world)
    };
    heirs(table, world).into_iter().filter_map(of_heir).collect()
}

fn gets_own_name(table: &Key, column: &Key, world: World<'_>) -> Option<Statement> {
    let (old, new) = world.old.get(column).zip(world.new.get(column))?;
    let is_own = old.has("_not_null_inherited") && !new.has("_not_null_inherited");
    let name = new.get("_not_null_name").filter(|name| is_own && *name != old.text("_not_null_name"));
    name.map(|_| own_name(table, new))
}

fn own_name(table: &Key, fact: &Fact) -> Statement {
    let (table, name) = (table.sql(), fact.text("_not_null_name"));
    let of = literal(&table);
    let (column, leaf) = (literal(&unquoted(fact.key.leaf())), literal(&unquoted(name)));
    let alter = literal(&format!("ALTER TABLE {} RENAME CONSTRAINT %I TO %I", table.replace('%', "%%")));
    do_block(&format!(
        "DECLARE\n    name text := (SELECT k.conname FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]\n        \
         WHERE k.conrelid = {of}::regclass AND k.contype = 'n' AND a.attname = {column});\n\
         BEGIN\n    \
             IF name <> {leaf} THEN\n        \
                 EXECUTE format({alter}, name, {leaf});\n    \
             END IF;\n\
         END"
    ))
}

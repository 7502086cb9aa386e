//! Triggers that are switched by themselves: a partition's apart from its parent's, and those by which PostgreSQL enforces a
//! foreign key or a deferrable key.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::column::unquoted;
use crate::kinds::common::{do_block, literal};
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct TriggerState;

impl Rule for TriggerState {
    fn query(&self) -> &'static str {
        include_str!("../catalog/trigger_state.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        match fact.get("enabled") {
            Some(state) => vec![switch(fact, state)],
            None => enforce(fact, &BTreeMap::new(), &states(fact)),
        }
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        // What comes again is switched again; and with the trigger of the parent all its partitions' are switched.
        let Some(owner) = owner(fact) else { return Vec::new() };
        let stays = world.old.get(owner).zip(world.new.get(owner)).filter(|(old, new)| {
            !old.differs_in("definition", new) && old.get("enabled") == new.get("enabled")
        });
        let Some((owner, _)) = stays.filter(|_| world.new.get(&fact.key).is_none()) else {
            return Vec::new();
        };
        if fact.has("enabled") {
            vec![switch(fact, owner.get("enabled").unwrap_or("ENABLE"))]
        } else {
            enforce(fact, &states(fact), &BTreeMap::new())
        }
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        Change::by(match new.get("enabled") {
            Some(state) => vec![switch(new, state)],
            None => enforce(new, &states(old), &states(new)),
        })
    }
}

/// The parent's trigger, or the constraint.
fn owner(fact: &Fact) -> Option<&Key> {
    fact.needs.keys().find(|key| matches!(key.kind(), Kind::Trigger | Kind::Constraint))
}

/// A partition's trigger alone, without those of its own partitions.
fn switch(fact: &Fact, state: &str) -> Statement {
    Statement::new(format!("ALTER TABLE ONLY {} {state} TRIGGER {}", fact.key.owner(), fact.key.leaf()))
}

/// For each function by which a constraint is enforced on the table, the state of its trigger.
fn states(fact: &Fact) -> BTreeMap<String, String> {
    let split = |state: &String| {
        let (function, state) = state.split_once(' ')?;
        Some((function.to_owned(), state.to_owned()))
    };
    fact.list("states").iter().filter_map(split).collect()
}

/// Switches the triggers of a constraint on one table. Their names have a number in them that each database gives by itself.
fn enforce(fact: &Fact, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Statement> {
    let functions: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let state = |states: &BTreeMap<String, String>, function: &String| {
        states.get(function).map_or_else(|| "ENABLE".to_owned(), Clone::clone)
    };
    let mut changes: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for function in &functions {
        let to = state(new, function);
        if state(old, function) != to {
            changes.entry(to).or_default().push(function);
        }
    }
    let is_all = |names: &[&String]| names.len() == functions.len();
    changes.iter().map(|(state, names)| enforcing(fact, state, (!is_all(names)).then_some(names))).collect()
}

fn enforcing(fact: &Fact, state: &str, functions: Option<&Vec<&String>>) -> Statement {
    let [schema, table, owner @ .., name] = fact.key.path() else { return Statement::new("") };
    let table = qualified(&[schema.clone(), table.clone()]);
    let of = format!(
        "k.conrelid = {}::regclass AND k.conname = {}",
        literal(&qualified(owner)),
        literal(&unquoted(name))
    );
    let on = format!("t.tgrelid = {}::regclass", literal(&table));
    let only = functions.map_or_else(String::new, |functions| {
        let names: Vec<String> = functions.iter().map(|name| literal(&format!("\"{name}\""))).collect();
        format!(" AND t.tgfoid = ANY (ARRAY[{}]::regproc[])", names.join(", "))
    });
    // A partition's belong to its own part of the constraint.
    let query = if fact.has("_by_parts") {
        format!(
            "WITH RECURSIVE part AS (\n            \
                 SELECT k.oid FROM pg_constraint k WHERE {of}\n            \
                 UNION ALL SELECT k.oid FROM pg_constraint k JOIN part ON k.conparentid = part.oid\n        \
             )\n        \
             SELECT t.tgname FROM pg_trigger t JOIN part ON part.oid = t.tgconstraint\n        \
             WHERE {on}{only}"
        )
    } else {
        format!(
            "SELECT t.tgname FROM pg_trigger t JOIN pg_constraint k ON k.oid = t.tgconstraint\n        \
             WHERE {on} AND {of}{only}"
        )
    };
    let command = literal(&format!("ALTER TABLE ONLY {} {state} TRIGGER %I", table.replace('%', "%%")));
    let body = format!(
        "DECLARE\n    name text;\n\
         BEGIN\n    \
             FOR name IN\n        {query}\n    \
             LOOP\n        \
                 EXECUTE format({command}, name);\n    \
             END LOOP;\n\
         END"
    );
    do_block(&body)
}

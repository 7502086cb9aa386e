//! Constraints of tables: keys, checks, exclusions, foreign keys.

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::beside;
use crate::kinds::common::{alter_options, as_sql};
use crate::kinds::index;
use crate::kinds::inheritance::{goes_along, heirs, is_attached, is_made_own, is_taken_along};
use crate::kinds::table::table_of;
use crate::online;
use crate::rule::{Change, Rule, World};
use crate::statement::{Phase, Role, Statement};

#[derive(Debug)]
pub(crate) struct Constraint;

impl Rule for Constraint {
    fn query(&self) -> &'static str {
        include_str!("../catalog/constraint.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        if !is_written(fact, world) {
            return parent(fact, world).map_or_else(Vec::new, |parent| index::unlike_parent(parent, fact));
        }
        // What was there before is made anew in the transaction that drops it.
        let apart = || beside::take_name(fact, world).or_else(|| online(fact, world));
        if let Some(statements) = (!world.is_relied_on(&fact.key)).then(apart).flatten() {
            return statements;
        }
        // Those of the partitions are attached to it.
        let is_alone = index::is_alone(fact, world);
        let only = if fact.has("invalid") || is_alone { "ONLY " } else { "" };
        let add = Statement::new(format!("ALTER TABLE {only}{} ADD {}", fact.key.owner(), within(fact)));
        let is_last = world.online && fact.text("_type") == "f";
        let waits = adopts_of_table_in_use(fact, world);
        let mut statements = vec![match () {
            () if is_last => add.of_phase(Phase::Refer),
            () if waits || is_alone => add.of_phase(Phase::Use),
            () => add,
        }];
        let attach = index::attach(fact, world).filter(|_| !index::is_found(fact, world));
        statements.extend(attach.map(|attach| attach.of_phase(index::attach_phase(fact, world))));
        let alter = format!("ALTER INDEX {}", index::name(fact));
        statements.extend(index::statistics(&alter, &[], &fact.list("statistics")));
        // The words for it stand in the middle of an exclusion.
        if let Some(space) = fact.get("tablespace").filter(|_| fact.text("_type") == "x") {
            statements.push(Statement::new(format!("{alter} SET TABLESPACE {space}")));
        }
        statements.extend(index::cluster(fact, &fact.key.owner()));
        statements.extend(valid_below(fact, world));
        statements
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        if !is_made(fact) && !fact.has("_local") && goes_along(fact, world) {
            return Vec::new();
        }
        vec![Statement::new(format!("ALTER TABLE {} DROP CONSTRAINT {}", fact.key.owner(), fact.key.leaf()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let changes = old.changes(new);
        let mut statements = Vec::new();
        let alter = format!("ALTER TABLE {}", new.key.owner());
        if changes.contains("definition") {
            let without = |fact: &Fact| {
                let text = index::without_options(fact);
                text.trim_end_matches(" NOT VALID")
                    .trim_end_matches(" DEFERRABLE INITIALLY DEFERRED")
                    .trim_end_matches(" DEFERRABLE")
                    .to_owned()
            };
            let replaced = || beside::replace_constraint(old, new, world).unwrap_or(Change::Replace);
            let is_same = new.is_read_alike(&without(old), &without(new));
            if !is_same || new.has("_not_valid") && !old.has("_not_valid") {
                return replaced();
            }
            if old.text("_deferrable") != new.text("_deferrable") {
                if new.text("_type") != "f" {
                    return replaced();
                }
                let to = new.get("_deferrable").unwrap_or("NOT DEFERRABLE");
                statements.push(Statement::new(format!("{alter} ALTER CONSTRAINT {} {to}", new.key.leaf())));
            }
            if old.has("_not_valid") && !new.has("_not_valid") {
                statements.push(Statement::new(format!("{alter} VALIDATE CONSTRAINT {}", new.key.leaf())));
            }
        }
        let alter_index = format!("ALTER INDEX {}", index::name(new));
        if index::has_other_options(old, new) {
            return Change::Replace;
        }
        statements.extend(alter_options(&alter_index, &old.list("_options"), &new.list("_options")));
        statements.extend(index::statistics(&alter_index, &old.list("statistics"), &new.list("statistics")));
        let is_part = changes.contains("part_of_index") || changes.contains("part_of_key");
        let comes_apart =
            is_part && (old.has("part_of_index") || old.has("part_of_key") && is_taken_along(new, world));
        let is_invalid = changes.contains("invalid") && index::is_replaced_for_validity(new, world);
        let is_made_own = || table_of(new).is_some_and(|table| is_made_own(table, world));
        if changes.contains("inherited_only") && !is_made_own() || comes_apart || is_invalid {
            return Change::Replace;
        }
        let attach = index::attach(new, world).filter(|_| is_part && !index::is_found(new, world));
        statements.extend(attach.map(|attach| attach.of_phase(index::attach_phase(new, world))));
        if changes.contains("tablespace") {
            let space = new.get("tablespace").unwrap_or("pg_default");
            statements.push(Statement::new(format!("{alter_index} SET TABLESPACE {space}")));
        }
        if changes.contains("clustered") {
            let cluster = index::cluster(new, &new.key.owner())
                .unwrap_or_else(|| Statement::new(format!("{alter} SET WITHOUT CLUSTER")));
            statements.push(cluster);
        }
        Change::by(statements)
    }

    fn made_within<'f>(&self, fact: &'f Fact, world: World<'f>) -> Option<&'f Key> {
        // A check that is not valid yet would be valid for a new table; and a foreign key to itself needs its own key.
        let alone = fact.has("_not_valid")
            || fact.has("clustered")
            || fact.has("tablespace")
            || fact.has("statistics")
            || parent(fact, world).is_some_and(|parent| !index::unlike_parent(parent, fact).is_empty())
            || fact.has("invalid")
            || index::parent_is_alone(fact, world)
            || is_repeated(fact, world)
            || fact.needs.keys().any(|key| comes_late(key, world));
        if alone { None } else { table_of(fact) }
    }
}

/// What looks at the rows of those that inherit a check which is not valid, and have it valid.
fn valid_below(fact: &Fact, world: World<'_>) -> Vec<Statement> {
    let Some(table) = table_of(fact).filter(|_| fact.get("_type") == Some("c") && fact.has("_not_valid"))
    else {
        return Vec::new();
    };
    let validate = |heir: &Key| {
        let path = [heir.path(), &[fact.key.name().to_owned()]].concat();
        let key = &world.new.find(Kind::Constraint, &path).filter(|check| !check.has("_not_valid"))?.key;
        if world.is_in_use(heir) && !world.is_relied_on(key) {
            return Some(online::validate(&heir.sql(), key.leaf(), Phase::Build).of_role(Role::Follows));
        }
        let validate =
            Statement::new(format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", heir.sql(), key.leaf()));
        Some(validate)
    };
    heirs(table, world).into_iter().filter_map(validate).collect()
}

/// Whether it refers to a key that is put to use later, or to one whose index may be complete only later.
pub(crate) fn is_late(fact: &Fact, world: World<'_>) -> bool {
    let refers_to_partitions = || {
        let table = world.new.facts().find(|other| {
            other.key.kind() == Kind::Table && fact.get("_references") == Some(&*other.key.path().join("."))
        });
        table.is_some_and(|table| table.has("partitioned_by"))
    };
    fact.text("_type") == "f"
        && (fact.needs.keys().any(|key| comes_late(key, world)) || refers_to_partitions())
}

/// Whether it takes keys of partitions, which are made on tables in use before.
fn adopts_of_table_in_use(fact: &Fact, world: World<'_>) -> bool {
    let in_use = |part: &Fact| table_of(part).is_some_and(|table| world.is_in_use(table));
    world.new.dependents(&fact.key).any(|part| in_use(part) && index::is_adopted_by(part, &fact.key, world))
}

/// Whether an index of the same columns comes before it: PostgreSQL makes one of the two within a statement
/// (`transformIndexConstraints`).
fn is_repeated(fact: &Fact, world: World<'_>) -> bool {
    let columns = |fact: &Fact| {
        let definition = fact.text("definition");
        let rest =
            ["PRIMARY KEY ", "UNIQUE ", "EXCLUDE "].iter().find_map(|words| definition.strip_prefix(words));
        rest.map(str::to_owned)
    };
    let place = |fact: &Fact| (rank(fact), fact.key.clone());
    let Some(table) = table_of(fact).filter(|_| columns(fact).is_some()) else { return false };
    let mut others = world.new.parts(table, Kind::Constraint);
    others.any(|other| {
        is_written(other, world) && columns(other) == columns(fact) && place(other) < place(fact)
    })
}

/// Whether this is a key, or its index, that is made only after all tables, since its own is in use.
fn comes_late(key: &Key, world: World<'_>) -> bool {
    let Some(new) = world.new.get(key).filter(|_| matches!(key.kind(), Kind::Constraint | Kind::Index))
    else {
        return false;
    };
    let is_made = world.old.get(key).is_none_or(|old| !old.changes(new).is_empty());
    is_made && table_of(new).is_some_and(|table| world.is_in_use(table))
}

/// What does the same on a table in use without locking others out. `None`: there is no way, or no need.
pub(crate) fn online(fact: &Fact, world: World<'_>) -> Option<Vec<Statement>> {
    let table = table_of(fact).filter(|table| world.is_in_use(table))?;
    let kind = fact.text("_type");
    // Of a partitioned table, only a check may be NOT VALID, and no index may become a key.
    let is_partitioned = kind != "c" && world.new.get(table).is_some_and(|table| table.has("partitioned_by"));
    let is_plain = !["_not_valid", "clustered", "statistics", "tablespace"].iter().any(|name| fact.has(name));
    if is_partitioned || !is_plain {
        return None;
    }
    let name = fact.key.owner();
    if kind == "c" || kind == "f" {
        return Some(online::constrain(&name, fact.key.leaf(), &within(fact), is_late(fact, world)));
    }
    let mut statements = online::key(&name, fact)?;
    let attach = index::attach(fact, world).filter(|_| !index::is_found(fact, world));
    statements.extend(attach.map(|attach| attach.of_phase(Phase::Use)));
    Some(statements)
}

/// Whether there is a statement that makes it.
pub(crate) fn is_written(fact: &Fact, world: World<'_>) -> bool {
    is_made(fact)
        || fact.has("_local")
        || is_wanted(fact, world)
        || fact.has("part_of_key") && index::is_apart(fact, world)
}

/// What comes from a parent comes with it.
pub(crate) fn is_made(fact: &Fact) -> bool {
    !fact.has("_inherited")
}

/// A table that is there, or is made by itself, must have the checks of a parent before it gets that parent.
fn is_wanted(fact: &Fact, world: World<'_>) -> bool {
    let is_first = |table: &Key| world.old.get(table).is_some() || is_attached(table, world);
    table_of(fact).is_some_and(is_first) && fact.get("_type") == Some("c") && !is_taken_along(fact, world)
}

/// A constraint as CREATE TABLE and ADD write it.
pub(crate) fn within(fact: &Fact) -> String {
    let definition = fact.text("definition");
    // What is said of the index of a key stands before when it is looked at. An exclusion's definition says all but where.
    let when = fact.get("_deferrable").map_or_else(String::new, |when| format!(" {when}"));
    let (head, when) = match definition.strip_suffix(&when) {
        Some(head) if matches!(fact.text("_type"), "p" | "u") => (head, when.as_str()),
        _ => return format!("CONSTRAINT {} {definition}", fact.key.leaf()),
    };
    let options: Vec<String> = fact.list("options").iter().map(|option| as_sql(option)).collect();
    let mut sql = format!("CONSTRAINT {} {head}", fact.key.leaf());
    if !options.is_empty() {
        sql += &format!(" WITH ({})", options.join(", "));
    }
    if let Some(space) = fact.get("tablespace") {
        sql += &format!(" USING INDEX TABLESPACE {space}");
    }
    sql + when
}

/// The constraint of the parent's that brings this one to a partition.
fn parent<'w>(fact: &Fact, world: World<'w>) -> Option<&'w Fact> {
    let parent = fact.needs.keys().find(|key| key.kind() == Kind::Constraint && fact.is_part_of(key))?;
    world.new.get(parent)
}

/// Whether it is the primary key of its table, of which there is one.
pub(crate) fn is_primary(fact: &Fact) -> bool {
    fact.key.kind() == Kind::Constraint && fact.get("_type") == Some("p")
}

/// The order within a table: keys, then checks, then foreign keys.
pub(crate) fn rank(fact: &Fact) -> u8 {
    match fact.text("_type") {
        "p" => 0,
        "u" => 1,
        "x" => 2,
        "c" => 3,
        _ => 4,
    }
}

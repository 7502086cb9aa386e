//! What is to be known of a plan's statements before they are run on a database in use: the lints judge them, knowing what the
//! catalog has. What no text shows is said by the rule that writes the statement.

use std::collections::BTreeSet;

use migrate_check::{Assessment, Known};

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::common::literal;
use crate::kinds::constraint;
use crate::kinds::table::{alter_table, table_of};
use crate::schema::Schema;
use crate::statement::{Hazard, InTransaction, Statement};

/// Judges statements that are run one after the other on a database with this schema. Tables that it did not have at first are not
/// in use: the same plan makes them.
pub(crate) fn judge(old: &Schema, first: &Schema, statements: &mut [Statement]) {
    let assessed = assess(old, first, &statements.iter().collect::<Vec<_>>());
    for (statement, assessment) in statements.iter_mut().zip(assessed) {
        let Some(assessment) = assessment else { continue };
        let of_rule = statement.hazards.iter().copied().filter(|hazard| is_of_rule(*hazard));
        let of_text = assessment.effects.into_iter().filter(|hazard| !hazard.is_beyond_text());
        statement.hazards = of_rule.chain(of_text).collect::<BTreeSet<_>>().into_iter().collect();
    }
}

/// Which of the statements write a table in use anew.
pub(crate) fn rewrites(old: &Schema, first: &Schema, statements: &[&Statement]) -> Vec<bool> {
    let assessed = assess(old, first, statements).into_iter();
    let is_rewrite = |found: Assessment| found.effects.contains(&Hazard::RewritesTable);
    assessed.map(|assessment| assessment.is_some_and(is_rewrite)).collect()
}

fn assess(old: &Schema, first: &Schema, statements: &[&Statement]) -> Vec<Option<Assessment>> {
    if statements.is_empty() {
        return Vec::new();
    }
    let is_new = |fact: &Fact| {
        let key = table_of(fact).unwrap_or(&fact.key);
        matches!(key.kind(), Kind::Table | Kind::ForeignTable) && first.get(key).is_none()
    };
    let (new, there): (Vec<_>, Vec<_>) =
        history(old, statements).into_iter().partition(|(fact, _)| is_new(fact));
    let texts = |facts: Vec<(&Fact, String)>| facts.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    let known = Known::from_statements(&texts(there)).with_new(&texts(new));
    let is_apart = |statement: &Statement| statement.transaction == InTransaction::Never;
    let alone = |at: usize, statement: &Statement| {
        is_apart(statement) || at.checked_sub(1).is_some_and(|before| is_apart(statements[before]))
    };
    let texts: Vec<(&str, bool)> = statements
        .iter()
        .enumerate()
        .map(|(at, statement)| (&*statement.sql, alone(at, statement)))
        .collect();
    known.assess(&texts)
}

/// Whether the rule says it, and the text need not: `GRANT` and its like are not worth a lint each.
fn is_of_rule(hazard: Hazard) -> bool {
    hazard.is_beyond_text() || hazard == Hazard::ChangesPrivileges
}

/// Statements that make what the judged ones touch, as far as the lints look at it.
fn history<'s>(schema: &'s Schema, statements: &[&Statement]) -> Vec<(&'s Fact, String)> {
    let words: BTreeSet<&str> = statements.iter().flat_map(|statement| words(&statement.sql)).collect();
    let is_named = |key: &Key| key.path().get(1).is_some_and(|name| words.contains(name.trim_matches('"')));
    // What is done to a type is done to every table that has it.
    let of_types = statements
        .iter()
        .any(|statement| ["ALTER TYPE ", "ALTER DOMAIN "].iter().any(|head| statement.sql.starts_with(head)));
    let mut tables: BTreeSet<&Key> = BTreeSet::new();
    let is_table = |fact: &&Fact| matches!(fact.key.kind(), Kind::Table | Kind::ForeignTable);
    let mut next: Vec<&Key> = schema
        .facts()
        .filter(is_table)
        .map(|fact| &fact.key)
        .filter(|key| of_types || is_named(key))
        .collect();
    let index_tables = schema.facts().filter(|fact| fact.key.kind() == Kind::Index && is_named(&fact.key));
    next.extend(index_tables.filter_map(table_of));
    // And to a parent to its partitions and heirs, and the other way round.
    while let Some(table) = next.pop() {
        if tables.insert(table) {
            let inheritance = schema.dependents(table).filter(|fact| fact.key.kind() == Kind::Inheritance);
            let both = inheritance.flat_map(|fact| fact.needs.keys());
            next.extend(both.filter(|key| matches!(key.kind(), Kind::Table | Kind::ForeignTable)));
        }
    }
    // A column of a domain gets its default.
    let domains = schema.facts().filter(|fact| fact.key.kind() == Kind::Domain && fact.has("default"));
    let of_domains: BTreeSet<&Key> = domains.flat_map(|fact| fact.needs.keys()).collect();
    let facts = schema.facts().filter(|fact| match fact.key.kind() {
        Kind::Domain | Kind::DomainConstraint | Kind::Enum => true,
        Kind::Function | Kind::Procedure => is_named(&fact.key) || of_domains.contains(&fact.key),
        Kind::Table | Kind::ForeignTable => tables.contains(&fact.key),
        _ => table_of(fact).is_some_and(|table| tables.contains(table)),
    });
    let typed = |fact: &Fact| Some(format!("{} OF {}", alter_table(&fact.key), fact.get("of_type")?));
    let all =
        |fact: &'s Fact| statement(fact, schema).into_iter().chain(typed(fact)).map(move |text| (fact, text));
    facts.flat_map(all).collect()
}

/// The words of a statement that may be names.
fn words(sql: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    // A name in quotes may have anything in it.
    sql.split(move |letter| !is_part(letter)).chain(sql.split('"').skip(1).step_by(2))
}

fn statement(fact: &Fact, schema: &Schema) -> Option<String> {
    let name = || fact.key.path().join(".");
    Some(match fact.key.kind() {
        Kind::Table => {
            let unlogged = if fact.has("unlogged") { "UNLOGGED " } else { "" };
            format!("CREATE {unlogged}TABLE {} ({})", name(), columns(fact, schema))
        }
        Kind::ForeignTable => {
            format!("CREATE FOREIGN TABLE {} ({}) SERVER s", name(), columns(fact, schema))
        }
        Kind::Inheritance => {
            let (child, parent) = (fact.key.path()[..2].join("."), fact.key.path()[2..].join("."));
            match fact.get("bound") {
                Some(bound) => format!("ALTER TABLE {parent} ATTACH PARTITION {child} {bound}"),
                None => format!("ALTER TABLE {child} INHERIT {parent}"),
            }
        }
        // Those of its partitions are facts of their own.
        Kind::Constraint => {
            let alter = table_of(fact).map(alter_table)?.replacen(" TABLE ", " TABLE ONLY ", 1);
            format!("{alter} ADD {}", constraint::within(fact))
        }
        Kind::Index => fact.text("definition").to_owned(),
        Kind::Function | Kind::Procedure => {
            let path = &fact.key.path()[..2];
            format!(
                "CREATE FUNCTION {}() RETURNS int LANGUAGE sql {} AS ''",
                path.join("."),
                volatility(fact)
            )
        }
        Kind::Domain => {
            let default = fact.get("default").map_or_else(String::new, |value| format!(" DEFAULT {value}"));
            let not_null = if fact.has("not_null") { " NOT NULL" } else { "" };
            format!("CREATE DOMAIN {} AS {}{default}{not_null}", name(), fact.text("type"))
        }
        Kind::Enum => {
            let labels: Vec<String> = fact.list("values").iter().map(|label| literal(label)).collect();
            format!("CREATE TYPE {} AS ENUM ({})", name(), labels.join(", "))
        }
        Kind::DomainConstraint => {
            let (domain, check) = (qualified(&fact.key.path()[..2]), fact.key.leaf());
            format!("ALTER DOMAIN {domain} ADD CONSTRAINT {check} {}", fact.text("definition"))
        }
        _ => return None,
    })
}

/// The columns of a table, with what the lints ask of them.
fn columns(table: &Fact, schema: &Schema) -> String {
    let column = |fact: &Fact| {
        let mut sql = format!("{} {}", fact.key.leaf(), fact.text("type"));
        if let Some(collation) = fact.get("collation") {
            sql += &format!(" COLLATE {collation}");
        }
        if let Some(expression) = fact.get("generated") {
            let kind = fact.text("generated_kind").to_uppercase();
            sql += &format!(" GENERATED ALWAYS AS ({expression}) {kind}");
        }
        if fact.has("not_null") {
            sql += " NOT NULL";
        }
        sql
    };
    schema.parts(&table.key, Kind::Column).map(column).collect::<Vec<_>>().join(", ")
}

/// What `pg_get_functiondef` says before the body.
fn volatility(routine: &Fact) -> &'static str {
    let is_head = |line: &&str| !["AS ", "BEGIN ATOMIC", "RETURN "].iter().any(|body| line.starts_with(body));
    let mut words = routine.text("definition").lines().take_while(is_head).flat_map(str::split_whitespace);
    words.find_map(|word| ["IMMUTABLE", "STABLE"].into_iter().find(|it| *it == word)).unwrap_or("VOLATILE")
}

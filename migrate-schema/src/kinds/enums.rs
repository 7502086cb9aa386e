//! Enums: values are added in place; to take one away, the type is made anew and the columns are converted.

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::common::{self, literal};
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, InTransaction, Statement};

#[derive(Debug)]
pub(crate) struct Enum;

/// What does not live through the conversion of a column.
const IN_THE_WAY: &[Kind] = &[
    Kind::Aggregate,
    Kind::Cast,
    Kind::Constraint,
    Kind::Default,
    Kind::Domain,
    Kind::Composite,
    Kind::Function,
    Kind::Index,
    Kind::MaterializedView,
    Kind::Operator,
    Kind::Policy,
    Kind::Procedure,
    Kind::PublicationMember,
    Kind::Range,
    Kind::Rule,
    Kind::Statistics,
    Kind::Trigger,
    Kind::View,
];

impl Rule for Enum {
    fn query(&self) -> &'static str {
        include_str!("../catalog/enum.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        common::create_owned("TYPE", fact, create_type(fact))
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TYPE {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let owner = common::alter_owner("TYPE", old, new);
        let (before, after) = (old.list("values"), new.list("values"));
        let kept: Vec<&String> = after.iter().filter(|value| before.contains(value)).collect();
        if kept.iter().copied().eq(before.iter()) {
            let mut statements = added(&new.key.sql(), &before, &after);
            statements.extend(owner);
            return Change::by(statements);
        }
        let mut statements = converted(old, new, world);
        statements.extend(owner);
        Change::rebuilding(statements, IN_THE_WAY)
    }
}

fn create_type(fact: &Fact) -> String {
    let values: Vec<String> = fact.list("values").iter().map(|value| literal(value)).collect();
    format!("CREATE TYPE {} AS ENUM ({})", fact.key.sql(), values.join(", "))
}

fn added(name: &str, before: &[String], after: &[String]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (at, value) in after.iter().enumerate() {
        if before.contains(value) {
            continue;
        }
        // What comes before it is there by now.
        let place = match (
            at.checked_sub(1).and_then(|at| after.get(at)),
            after[at + 1..].iter().any(|next| before.contains(next)),
        ) {
            (_, false) => String::new(),
            (Some(previous), true) => format!(" AFTER {}", literal(previous)),
            (None, true) => {
                before.first().map(|first| format!(" BEFORE {}", literal(first))).unwrap_or_default()
            }
        };
        let sql = format!("ALTER TYPE {name} ADD VALUE {}{place}", literal(value));
        statements.push(Statement::new(sql).in_transaction(InTransaction::Before));
    }
    statements
}

fn converted(old: &Fact, new: &Fact, world: World<'_>) -> Vec<Statement> {
    let name = new.key.sql();
    let leaf = crate::kinds::column::unquoted(new.key.leaf());
    let aside = format!("\"{}__old\"", leaf.replace('"', "\"\""));
    let mut aside_path = new.key.path().to_vec();
    if let Some(last) = aside_path.last_mut() {
        last.clone_from(&aside);
    }
    let mut statements = vec![
        Statement::new(format!("ALTER TYPE {name} RENAME TO {aside}")),
        Statement::new(create_type(new)),
    ];
    for (column, array) in columns_of(old, world) {
        let table = qualified(&column.path()[..2]);
        let (column, array) = (column.leaf(), if array { "[]" } else { "" });
        let sql = format!(
            "ALTER TABLE {table} ALTER COLUMN {column} TYPE {name}{array} USING {column}::text{array}::{name}{array}"
        );
        statements.push(Statement::new(sql).with(Hazard::RewritesTable).with(Hazard::MayFailOnRows));
    }
    statements.push(Statement::new(format!("DROP TYPE {}", qualified(&aside_path))));
    statements
}

/// The columns that keep the type, and whether each is an array of it.
fn columns_of<'s>(fact: &Fact, world: World<'s>) -> Vec<(&'s Key, bool)> {
    let name = fact.key.sql();
    let columns = world.old.dependents(&fact.key).filter(|other| other.key.kind() == Kind::Column);
    columns
        .filter_map(|column| {
            let array = column.text("type") == format!("{name}[]");
            let stays =
                world.new.get(&column.key).is_some_and(|after| after.get("type") == column.get("type"));
            let follows = column.has("_inherited") && column.has("_of_partition");
            (stays && !follows && (array || column.text("type") == name)).then_some((&column.key, array))
        })
        .collect()
}

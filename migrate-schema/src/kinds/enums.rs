//! Enums: values are added in place; to take one away, the type is made anew and the columns are converted.

use crate::fact::Fact;
use crate::kinds::common::{self, literal};
use crate::rule::{Change, Rule, World};
use crate::statement::{InTransaction, Statement};

#[derive(Debug)]
pub(crate) struct Enum;

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

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let (before, after) = (old.list("values"), new.list("values"));
        let kept: Vec<&String> = after.iter().filter(|value| before.contains(value)).collect();
        if kept.iter().copied().eq(before.iter()) {
            let mut statements = added(&new.key.sql(), &before, &after);
            statements.extend(common::alter_owner("TYPE", old, new));
            return Change::by(statements);
        }
        Change::Convert
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

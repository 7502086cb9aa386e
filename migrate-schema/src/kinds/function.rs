//! Functions and procedures.

use crate::fact::Fact;
use crate::kind::Kind;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Function;

#[derive(Debug)]
pub(crate) struct Procedure;

impl Rule for Function {
    fn query(&self) -> &'static str {
        include_str!("../catalog/function.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        create("FUNCTION", fact)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP FUNCTION {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        alter("FUNCTION", old, new)
    }
}

impl Rule for Procedure {
    fn query(&self) -> &'static str {
        ""
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        create("PROCEDURE", fact)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP PROCEDURE {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        alter("PROCEDURE", old, new)
    }
}

fn create(what: &str, fact: &Fact) -> Vec<Statement> {
    let sql = definition(fact).replacen("CREATE OR REPLACE ", "CREATE ", 1);
    common::create_owned(what, fact, sql)
}

fn alter(what: &str, old: &Fact, new: &Fact) -> Change {
    let changes = old.changes(new);
    if ["result", "argument_names", "argument_modes", "routine"].iter().any(|name| changes.contains(name)) {
        return Change::Replace;
    }
    // A default can be added or changed, but not taken away.
    let defaults = |fact: &Fact| fact.text("defaults").parse::<u32>().unwrap_or_default();
    if defaults(new) < defaults(old) {
        return Change::Replace;
    }
    let mut statements = Vec::new();
    // What is replaced depends on no extension any more.
    let mut rebuild: &[Kind] = &[];
    if changes.contains("definition") {
        statements.push(Statement::new(definition(new)));
        rebuild = &[Kind::ExtensionDependency];
    }
    statements.extend(common::alter_owner(what, old, new));
    Change::rebuilding(statements, rebuild)
}

/// `pg_get_functiondef` with the name qualified only where that is needed.
fn definition(fact: &Fact) -> String {
    let text = fact.text("definition").trim_end();
    text.replacen(" FUNCTION public.", " FUNCTION ", 1).replacen(" PROCEDURE public.", " PROCEDURE ", 1)
}

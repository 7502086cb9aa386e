//! Extensions. What they make is theirs, and their version is what the server has.

use crate::fact::Fact;
use crate::kind::Kind;
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Extension;

impl Rule for Extension {
    fn query(&self) -> &'static str {
        include_str!("../catalog/extension.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        let (name, schema) = (fact.key.leaf(), fact.text("schema"));
        let within = if schema == "public" { String::new() } else { format!(" WITH SCHEMA {schema}") };
        let mut statements = vec![Statement::new(format!("CREATE EXTENSION {name}{within}"))];
        let has_comment = world.new.parts(&fact.key, Kind::Comment).next().is_some();
        if fact.has("_comes_with_comment") && !has_comment {
            statements.push(Statement::new(format!("COMMENT ON EXTENSION {name} IS NULL")));
        }
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP EXTENSION {}", fact.key.leaf())).with(Hazard::DeletesData)]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        if !old.has("_relocatable") {
            return Change::Replace;
        }
        let (name, schema) = (new.key.leaf(), new.text("schema"));
        Change::by(vec![Statement::new(format!("ALTER EXTENSION {name} SET SCHEMA {schema}"))])
    }
}

//! What goes with an extension that has not made it: `DEPENDS ON EXTENSION`.

use crate::fact::Fact;
use crate::key::object;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct ExtensionDependency;

impl Rule for ExtensionDependency {
    fn query(&self) -> &'static str {
        include_str!("../catalog/extension_dependency.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        alter(fact, "DEPENDS")
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        // One that is declared again is lost by itself when its object is replaced.
        if world.new.get(&fact.key).is_some() { Vec::new() } else { alter(fact, "NO DEPENDS") }
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        // Nothing about it can differ.
        Change::Replace
    }
}

fn alter(fact: &Fact, depends: &str) -> Vec<Statement> {
    let [what, name @ .., extension] = fact.key.path() else { return Vec::new() };
    vec![Statement::new(format!("ALTER {what} {} {depends} ON EXTENSION {extension}", object(what, name)))]
}

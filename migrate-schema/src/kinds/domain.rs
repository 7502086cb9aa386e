//! Domains and their checks.

use crate::fact::Fact;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Domain;

impl Rule for Domain {
    fn query(&self) -> &'static str {
        ""
    }

    fn create(&self, _fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        Vec::new()
    }

    fn drop(&self, _fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        Vec::new()
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        Change::Replace
    }
}

#[derive(Debug)]
pub(crate) struct DomainConstraint;

impl Rule for DomainConstraint {
    fn query(&self) -> &'static str {
        ""
    }

    fn create(&self, _fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        Vec::new()
    }

    fn drop(&self, _fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        Vec::new()
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        Change::Replace
    }
}

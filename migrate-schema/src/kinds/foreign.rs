//! Foreign data.

use crate::fact::Fact;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct ForeignTable;

impl Rule for ForeignTable {
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
pub(crate) struct Wrapper;

impl Rule for Wrapper {
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
pub(crate) struct Server;

impl Rule for Server {
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
pub(crate) struct UserMapping;

impl Rule for UserMapping {
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

//! Text search.

use crate::fact::Fact;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Template;

impl Rule for Template {
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
pub(crate) struct Parser;

impl Rule for Parser {
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
pub(crate) struct Dictionary;

impl Rule for Dictionary {
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
pub(crate) struct Configuration;

impl Rule for Configuration {
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

//! Schemas.

use crate::fact::Fact;
use crate::kinds::common::{self, alter_owner};
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Schema;

impl Rule for Schema {
    fn query(&self) -> &'static str {
        include_str!("../catalog/schema.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        common::create_owned("SCHEMA", fact, format!("CREATE SCHEMA {}", fact.key.leaf()))
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP SCHEMA {}", fact.key.leaf()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        Change::by(alter_owner("SCHEMA", old, new))
    }
}

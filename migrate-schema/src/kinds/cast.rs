//! Casts.

use crate::fact::Fact;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Cast;

impl Rule for Cast {
    fn query(&self) -> &'static str {
        include_str!("../catalog/cast.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let by = fact.get("by").map_or_else(|| "WITHOUT FUNCTION".to_owned(), |by| format!("WITH {by}"));
        let context = fact.get("context").map(|context| format!(" AS {context}")).unwrap_or_default();
        vec![Statement::new(format!("CREATE CAST {} {by}{context}", fact.key.sql()))]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP CAST {}", fact.key.sql()))]
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        Change::Replace
    }
}

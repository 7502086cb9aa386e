//! Range types. Nothing of one can be altered but its owner.

use crate::fact::Fact;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Range;

impl Rule for Range {
    fn query(&self) -> &'static str {
        include_str!("../catalog/range.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let lines =
            OPTIONS.iter().filter_map(|(name, word)| fact.get(name).map(|value| format!("{word} = {value}")));
        let lines: Vec<String> = lines.collect();
        let sql = format!("CREATE TYPE {} AS RANGE (\n    {}\n)", fact.key.sql(), lines.join(",\n    "));
        common::create_owned("TYPE", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TYPE {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        if OPTIONS.iter().any(|(name, _)| old.get(name) != new.get(name)) {
            return Change::Convert;
        }
        Change::by(common::alter_owner("TYPE", old, new))
    }
}

/// An attribute, and the word for it.
const OPTIONS: [(&str, &str); 6] = [
    ("subtype", "SUBTYPE"),
    ("operator_class", "SUBTYPE_OPCLASS"),
    ("collation", "COLLATION"),
    ("canonical", "CANONICAL"),
    ("difference", "SUBTYPE_DIFF"),
    ("multirange", "MULTIRANGE_TYPE_NAME"),
];

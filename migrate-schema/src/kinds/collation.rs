//! Collations. Nothing of one can be altered but its owner.

use crate::fact::Fact;
use crate::kinds::common::{self, literal};
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Collation;

impl Rule for Collation {
    fn query(&self) -> &'static str {
        include_str!("../catalog/collation.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut options = vec![format!("PROVIDER = {}", fact.text("provider"))];
        let mut add = |word: &str, value: Option<&str>| {
            options.extend(value.map(|value| format!("{word} = {}", literal(value))));
        };
        let (collate, ctype) = (fact.get("collate"), fact.get("ctype"));
        if collate == ctype {
            add("LOCALE", fact.get("locale").or(collate));
        } else {
            add("LC_COLLATE", collate);
            add("LC_CTYPE", ctype);
        }
        add("RULES", fact.get("rules"));
        options.extend(fact.get("deterministic").map(|value| format!("DETERMINISTIC = {value}")));
        let sql = format!("CREATE COLLATION {} ({})", fact.key.sql(), options.join(", "));
        common::create_owned("COLLATION", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP COLLATION {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        if old.changes(new).iter().any(|name| *name != "owner") {
            return Change::Convert;
        }
        Change::by(common::alter_owner("COLLATION", old, new))
    }
}

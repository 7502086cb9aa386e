//! That a table inherits from another, or is a partition of it.

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kinds::table::table_of;
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Inheritance;

impl Rule for Inheritance {
    fn query(&self) -> &'static str {
        include_str!("../catalog/inheritance.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let (child, parent) = (fact.key.owner(), qualified(&fact.key.path()[2..]));
        vec![match fact.get("bound") {
            Some(bound) => {
                let attach = Statement::new(format!("ALTER TABLE {parent} ATTACH PARTITION {child} {bound}"));
                attach.with(Hazard::ScansTable).with(Hazard::MayFailOnRows)
            }
            None => Statement::new(format!("ALTER TABLE {child} INHERIT {parent}")),
        }]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        let (child, parent) = (fact.key.owner(), qualified(&fact.key.path()[2..]));
        vec![match fact.get("bound") {
            Some(_) => Statement::new(format!("ALTER TABLE {parent} DETACH PARTITION {child}")),
            None => Statement::new(format!("ALTER TABLE {child} NO INHERIT {parent}")),
        }]
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        Change::Replace
    }

    fn made_within<'f>(&self, fact: &'f Fact, _world: World<'f>) -> Option<&'f Key> {
        table_of(fact)
    }
}

//! Who may do what with things yet to be made.

use crate::fact::Fact;
use crate::kind::Kind;
use crate::kinds::acl::{Acl, Grants, OWNER};
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct DefaultPrivileges;

/// How the path of default privileges calls who reads, and who runs the statements.
const READER: &str = "CURRENT_USER";

impl Rule for DefaultPrivileges {
    fn query(&self) -> &'static str {
        include_str!("../catalog/default_privileges.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        change(fact, &Acl::read(fact.text("_usual")), &Acl::read(fact.text("acl")))
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        change(fact, &Acl::read(fact.text("acl")), &Acl::read(fact.text("_usual")))
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        Change::by(change(new, &Acl::read(old.text("acl")), &Acl::read(new.text("acl"))))
    }
}

fn change(fact: &Fact, before: &Acl, after: &Acl) -> Vec<Statement> {
    let [objects, role, schema] = fact.key.path() else { return Vec::new() };
    let mut prefix = "ALTER DEFAULT PRIVILEGES ".to_owned();
    if role != READER {
        prefix += &format!("FOR ROLE {role} ");
    }
    if !schema.is_empty() {
        prefix += &format!("IN SCHEMA {schema} ");
    }
    let all = Acl::read(fact.text("_all")).privileges(OWNER);
    let grants = Grants { prefix, object: objects.clone(), column: None, all, owner: role };
    let statements = grants.statements(before, after).into_iter();
    statements.map(|statement| statement.with(Hazard::ChangesPrivileges)).collect()
}

/// What a thing has right after who runs the statements has made it. These privileges change after everything is made, so
/// it is the old ones that count.
pub(crate) fn given(world: World<'_>, objects: &str, schema: &str, usual: &str) -> Acl {
    let find = |schema: &str| {
        let path = [objects.to_owned(), READER.to_owned(), schema.to_owned()];
        world.old.find(Kind::DefaultPrivileges, &path).map(|fact| Acl::read(fact.text("acl")))
    };
    let everywhere = find("").unwrap_or_else(|| Acl::read(usual));
    match find(schema).filter(|_| !schema.is_empty()) {
        Some(here) => everywhere.or(&here),
        None => everywhere,
    }
}

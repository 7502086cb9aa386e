//! Domains and their checks.

use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::{common, convert};
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Domain;

impl Rule for Domain {
    fn query(&self) -> &'static str {
        include_str!("../catalog/domain.sql")
    }

    fn create(&self, fact: &Fact, within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut parts = Vec::new();
        parts.extend(fact.get("collation").map(|collation| format!("COLLATE {collation}")));
        parts.extend(fact.get("default").map(|default| format!("DEFAULT {default}")));
        parts.extend(fact.get("not_null").map(|_| not_null(fact)));
        let checks = within.iter().filter(|part| part.key.kind() == Kind::DomainConstraint);
        parts.extend(checks.map(|check| constraint(check)));
        let mut sql = format!("CREATE DOMAIN {} AS {}", fact.key.sql(), fact.text("type"));
        for part in parts {
            sql += &format!("\n    {part}");
        }
        common::create_owned("DOMAIN", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP DOMAIN {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let changes = old.changes(new);
        let is_refused =
            new.has("not_null") && !old.has("not_null") && convert::is_contained(&old.key, world);
        if changes.contains("type") || changes.contains("collation") || is_refused {
            return Change::Convert;
        }
        let alter = format!("ALTER DOMAIN {}", new.key.sql());
        let mut statements = Vec::new();
        if changes.contains("default") {
            let to = new
                .get("default")
                .map_or_else(|| "DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}"));
            statements.push(Statement::new(format!("{alter} {to}")));
        }
        if changes.contains("not_null") {
            statements.push(if new.has("not_null") {
                let words = if new.has("not_null_name") {
                    format!("ADD {}", not_null(new))
                } else {
                    "SET NOT NULL".to_owned()
                };
                Statement::new(format!("{alter} {words}"))
            } else {
                Statement::new(format!("{alter} DROP NOT NULL"))
            });
        }
        let names = old.get("_not_null_name").zip(new.get("_not_null_name"));
        if let Some((from, to)) = names.filter(|(from, to)| changes.contains("not_null_name") && from != to) {
            statements.push(Statement::new(format!("{alter} RENAME CONSTRAINT {from} TO {to}")));
        }
        statements.extend(common::alter_owner("DOMAIN", old, new));
        Change::by(statements)
    }
}

fn not_null(fact: &Fact) -> String {
    let name = fact.get("not_null_name").map_or_else(String::new, |name| format!("CONSTRAINT {name} "));
    format!("{name}NOT NULL")
}

#[derive(Debug)]
pub(crate) struct DomainConstraint;

impl Rule for DomainConstraint {
    fn query(&self) -> &'static str {
        include_str!("../catalog/domain_constraint.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("{} ADD {}", alter_domain(fact), constraint(fact)))]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("{} DROP CONSTRAINT {}", alter_domain(fact), fact.key.leaf()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let without = |fact: &Fact| fact.text("definition").trim_end_matches(" NOT VALID").to_owned();
        if !new.is_read_alike(&without(old), &without(new)) || new.has("_not_valid") {
            return Change::Replace;
        }
        let validate =
            Statement::new(format!("{} VALIDATE CONSTRAINT {}", alter_domain(new), new.key.leaf()));
        Change::by(vec![validate])
    }

    fn made_within<'f>(&self, fact: &'f Fact, _world: World<'f>) -> Option<&'f Key> {
        // CREATE DOMAIN has no words for a check that is not valid.
        let domain = fact.needs.keys().find(|key| key.kind() == Kind::Domain && is_of(fact, key));
        domain.filter(|_| !fact.has("_not_valid"))
    }
}

fn is_of(constraint: &Fact, domain: &Key) -> bool {
    constraint.key.path().starts_with(domain.path())
}

fn constraint(fact: &Fact) -> String {
    format!("CONSTRAINT {} {}", fact.key.leaf(), fact.text("definition"))
}

fn alter_domain(fact: &Fact) -> String {
    format!("ALTER DOMAIN {}", fact.key.owner())
}

/// The domain that has to be made anew, since PostgreSQL does not check what is there against one more of its constraints.
pub(crate) fn refused<'s>(constraint: &Fact, world: World<'s>) -> Option<&'s Key> {
    let path = &constraint.key.path()[..2];
    let domain = world.new.find(Kind::Domain, path).and_then(|_| world.old.find(Kind::Domain, path));
    domain
        .map(|fact| &fact.key)
        .filter(|key| !constraint.has("_not_valid") && convert::is_contained(key, world))
}

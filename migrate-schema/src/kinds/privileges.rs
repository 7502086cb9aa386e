//! Who may do what with what there is. For what is yet to be made, see `default_privileges`.

use crate::fact::Fact;
use crate::key::{self, Key, qualified};
use crate::kind::Kind;
use crate::kinds::acl::{Acl, Grants, OWNER};
use crate::kinds::{default_privileges, grantors};
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Privileges;

impl Rule for Privileges {
    fn query(&self) -> &'static str {
        include_str!("../catalog/privileges.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        // What is not found there is new, and has what default privileges gave it.
        let before = if is_found(fact, world) { usual(fact) } else { given(fact, world) };
        let changes = grants(fact).statements(&before.owned_by(fact.get("_owner")), &acl(fact));
        let is_new = match world.old.get(&fact.key) {
            Some(old) => old.get("acl") == fact.get("acl"),
            None if fact.has("_given") => !is_found(fact, world),
            None => whole(fact).is_none_or(|whole| world.old.get(whole).is_none()),
        };
        if is_new { changes } else { hazardous(changes) }
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        // Everything else takes its privileges along.
        if what(fact) == "COLUMN" || fact.has("_given") {
            hazardous(change(fact, acl(fact), &usual(fact), &grants(fact)))
        } else {
            Vec::new()
        }
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        let (before, after) = (acl(old).owned_by(new.get("_owner")), acl(new));
        let mut statements = change(old, before.clone(), &after, &grants(new));
        if what(new) == "TABLE" {
            let lost = before.without(&after);
            for column in world.new.dependents(&new.key).filter(|other| other.key.kind() == Kind::Privileges)
            {
                let kept = world.old.get(&column.key).map(|before| acl(before).both(&acl(column)));
                let again = kept.unwrap_or_default().both(&lost);
                let without = acl(column).without(&again);
                statements.extend(grants(column).statements(&without, &acl(column)));
            }
        }
        Change::by(hazardous(statements))
    }
}

fn change(old: &Fact, before: Acl, after: &Acl, grants: &Grants<'_>) -> Vec<Statement> {
    let (mut statements, before) = match old.get("_granted") {
        Some(granted) => grantors::undo(granted, before, after, grants),
        None => (Vec::new(), before),
    };
    statements.extend(grants.statements(&before, after));
    statements
}

fn hazardous(statements: Vec<Statement>) -> Vec<Statement> {
    statements.into_iter().map(|statement| statement.with(Hazard::ChangesPrivileges)).collect()
}

/// The first of the path: `TABLE`, `COLUMN`, …
fn what(fact: &Fact) -> &str {
    fact.key.path().first().map_or("", String::as_str)
}

fn whole(fact: &Fact) -> Option<&Key> {
    fact.needs.keys().find(|key| fact.is_part_of(key))
}

/// Who may do what: what the fact says, or what is so by default.
fn acl(fact: &Fact) -> Acl {
    Acl::read(fact.get("acl").unwrap_or(fact.text("_usual")))
}

/// What is so where nothing is said: nothing for a column, unless an extension said something.
fn usual(fact: &Fact) -> Acl {
    Acl::read(fact.text("_usual"))
}

/// Whether the thing may have been there, without privileges to be read: a column, and what PostgreSQL or an extension made.
fn is_found(fact: &Fact, world: World<'_>) -> bool {
    let is_made = || whole(fact).is_some_and(|extension| world.old.get(extension).is_none());
    what(fact) == "COLUMN" || fact.has("_given") && !is_made()
}

/// What a new thing of this kind gets from who makes it.
fn given(fact: &Fact, world: World<'_>) -> Acl {
    let schema = fact.key.path().get(1).map_or("", String::as_str);
    let objects = match what(fact) {
        "SCHEMA" => return default_privileges::given(world, "SCHEMAS", "", fact.text("_usual")),
        "TABLE" => "TABLES",
        "SEQUENCE" | "IDENTITY" => "SEQUENCES",
        "FUNCTION" | "PROCEDURE" => "FUNCTIONS",
        "TYPE" | "DOMAIN" => "TYPES",
        _ => return Acl::read(fact.text("_usual")),
    };
    default_privileges::given(world, objects, schema, fact.text("_usual"))
}

fn grants(fact: &Fact) -> Grants<'_> {
    let column = (what(fact) == "COLUMN").then(|| fact.key.leaf());
    let usual = Acl::read(fact.text("_usual"));
    Grants {
        prefix: String::new(),
        object: object(fact),
        column,
        all: usual.privileges(OWNER),
        owner: fact.get("_owner").unwrap_or("CURRENT_USER"),
    }
}

/// The thing as GRANT names it.
fn object(fact: &Fact) -> String {
    let name = fact.key.path().get(1..).unwrap_or_default();
    match (what(fact), name) {
        ("COLUMN", [table @ .., _]) => qualified(table),
        ("IDENTITY", _) => format!("SEQUENCE {}", fact.text("_sequence")),
        (what, name) => format!("{what} {}", key::object(what, name)),
    }
}

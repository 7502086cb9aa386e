//! Comments, on whatever can have one.

use crate::fact::{Fact, Need};
use crate::key::{Key, object, qualified};
use crate::kind::Kind;
use crate::kinds::common::literal;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Comment;

impl Rule for Comment {
    fn query(&self) -> &'static str {
        include_str!("../catalog/comment.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        comment(fact, &literal(fact.text("text")))
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        // One that comes back is written over.
        if world.new.get(&fact.key).is_some() { Vec::new() } else { comment(fact, "NULL") }
    }

    fn alter(&self, _old: &Fact, new: &Fact, world: World<'_>) -> Change {
        Change::by(self.create(new, &[], world))
    }

    /// CREATE EXTENSION writes a comment by itself.
    fn made_within<'f>(&self, fact: &'f Fact, _world: World<'f>) -> Option<&'f Key> {
        whole(fact).filter(|_| fact.has("_of_extension"))
    }
}

fn whole(fact: &Fact) -> Option<&Key> {
    fact.needs.iter().find(|(_, need)| **need == Need::Part).map(|(key, _)| key)
}

fn comment(fact: &Fact, text: &str) -> Vec<Statement> {
    target(fact).map(|on| Statement::new(format!("COMMENT ON {on} IS {text}"))).into_iter().collect()
}

/// What it is on, as COMMENT ON names it.
fn target(fact: &Fact) -> Option<String> {
    let [word, path @ ..] = fact.key.path() else { return None };
    let of = word.to_uppercase();
    Some(match (word.as_str(), path) {
        // Something on a table.
        ("constraint" | "trigger" | "rule" | "policy", [table @ .., name]) => {
            format!("{of} {name} ON {}", qualified(table))
        }
        ("domain constraint", [domain @ .., name]) => {
            format!("CONSTRAINT {name} ON DOMAIN {}", qualified(domain))
        }
        // A function that makes values of a range is a part of that.
        ("function", _) if whole(fact)?.kind() == Kind::Range => format!("{of} {}", object(&of, path)),
        ("function" | "procedure" | "aggregate", _) => format!("{of} {}", whole(fact)?.sql()),
        ("operator", [name @ .., types]) => {
            let none = if types.contains(", ") { "" } else { "NONE, " };
            format!("{of} {} ({none}{types})", qualified(name))
        }
        ("identity", _) => format!("SEQUENCE {}", fact.text("_sequence")),
        ("cast", [from, to]) => format!("{of} ({from} AS {to})"),
        ("operator class" | "operator family", [method, name @ ..]) => {
            format!("{of} {} USING {method}", qualified(name))
        }
        _ => format!("{of} {}", qualified(path)),
    })
}

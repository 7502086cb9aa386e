//! Sequences, and the columns that they belong to.

use crate::fact::Fact;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Sequence;

impl Rule for Sequence {
    fn query(&self) -> &'static str {
        include_str!("../catalog/sequence.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let unlogged = if fact.has("unlogged") { "UNLOGGED " } else { "" };
        let mut sql = format!("CREATE {unlogged}SEQUENCE {}", fact.key.sql());
        for (name, words, _) in OPTIONS {
            if let Some(value) = fact.get(name) {
                sql += &format!(" {}", option(name, words, value));
            }
        }
        common::create_owned("SEQUENCE", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP SEQUENCE {}", fact.key.sql())).with(Hazard::DeletesData)]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        let alter = format!("ALTER SEQUENCE {}", new.key.sql());
        let mut statements = Vec::new();
        let parts: Vec<String> = OPTIONS
            .iter()
            .filter(|(name, ..)| changes.contains(name))
            .map(|(name, words, none)| {
                new.get(name).map_or_else(|| start(none, new), |value| option(name, words, value))
            })
            .collect();
        if !parts.is_empty() {
            statements.push(Statement::new(format!("{alter} {}", parts.join(" "))));
        }
        if changes.contains("unlogged") {
            let to = if new.has("unlogged") { "UNLOGGED" } else { "LOGGED" };
            statements.push(Statement::new(format!("{alter} SET {to}")));
        }
        statements.extend(common::alter_owner("SEQUENCE", old, new));
        Change::by(statements)
    }
}

/// An attribute, the words for it, and those for how it is by default.
const OPTIONS: [(&str, &str, &str); 7] = [
    ("type", "AS", "AS bigint"),
    ("increment", "INCREMENT BY", "INCREMENT BY 1"),
    ("minimum", "MINVALUE", "NO MINVALUE"),
    ("maximum", "MAXVALUE", "NO MAXVALUE"),
    ("start", "START WITH", "START WITH"),
    ("cache", "CACHE", "CACHE 1"),
    ("cycle", "CYCLE", "NO CYCLE"),
];

fn option(name: &str, words: &str, value: &str) -> String {
    if name == "cycle" { words.to_owned() } else { format!("{words} {value}") }
}

/// By default a sequence starts where its range does.
fn start(words: &str, fact: &Fact) -> String {
    if words != "START WITH" {
        return words.to_owned();
    }
    let down = fact.text("increment").starts_with('-');
    let (bound, none) = if down { ("maximum", "-1") } else { ("minimum", "1") };
    format!("{words} {}", fact.get(bound).unwrap_or(none))
}

#[derive(Debug)]
pub(crate) struct SequenceOwner;

impl Rule for SequenceOwner {
    fn query(&self) -> &'static str {
        include_str!("../catalog/sequence_owner.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("ALTER SEQUENCE {} OWNED BY {}", fact.key.sql(), fact.text("column")))]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("ALTER SEQUENCE {} OWNED BY NONE", fact.key.sql()))]
    }

    fn alter(&self, _old: &Fact, new: &Fact, world: World<'_>) -> Change {
        Change::by(self.create(new, &[], world))
    }
}

//! Subscriptions. A plan is also run on databases that are there for its proof, and these must not touch a slot that is in
//! use. So a slot is neither made nor dropped, and the one statement that has the server speak to the publisher is not
//! run on trial.

use crate::fact::Fact;
use crate::kind::Kind;
use crate::kinds::common::{self, literal};
use crate::rule::{Change, Rule, World};
use crate::schema::Schema;
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Subscription;

impl Rule for Subscription {
    fn query(&self) -> &'static str {
        include_str!("../catalog/subscription.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut options = vec!["connect = false".to_owned(), slot(fact)];
        options.extend(fact.get("two_phase").map(|value| format!("two_phase = {value}")));
        let others = OPTIONS.iter().filter_map(|(name, _)| Some(format!("{name} = {}", fact.get(name)?)));
        options.extend(others);
        let sql = format!(
            "CREATE SUBSCRIPTION {}\nCONNECTION {}\nPUBLICATION {}\nWITH ({})",
            fact.key.sql(),
            literal(fact.text("connection")),
            fact.list("publications").join(", "),
            options.join(", ")
        );
        let mut statements = common::create_owned("SUBSCRIPTION", fact, sql);
        statements.extend(fact.has("enabled").then(|| enable(fact)));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        let mut statements = Vec::new();
        statements.extend(fact.has("enabled").then(|| alter(fact, "DISABLE")));
        statements.extend(fact.has("slot_name").then(|| alter(fact, "SET (slot_name = NONE)")));
        statements.push(Statement::new(format!("DROP SUBSCRIPTION {}", fact.key.sql())));
        statements
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if changes.contains("two_phase") {
            return Change::Replace;
        }
        let mut statements = Vec::new();
        // The slot of one that is enabled cannot be taken away.
        statements.extend((old.has("enabled") && !new.has("enabled")).then(|| alter(new, "DISABLE")));
        if changes.contains("connection") {
            statements.push(alter(new, &format!("CONNECTION {}", literal(new.text("connection")))));
        }
        if changes.contains("publications") {
            let publications = new.list("publications").join(", ");
            statements.push(alter(new, &format!("SET PUBLICATION {publications} WITH (refresh = false)")));
        }
        let changed = OPTIONS.iter().filter(|(name, _)| changes.contains(name));
        let mut options: Vec<String> =
            changed.map(|(name, usual)| format!("{name} = {}", new.get(name).unwrap_or(usual))).collect();
        options.extend(changes.contains("slot_name").then(|| slot(new)));
        if !options.is_empty() {
            statements.push(alter(new, &format!("SET ({})", options.join(", "))));
        }
        statements.extend((!old.has("enabled") && new.has("enabled")).then(|| enable(new)));
        statements.extend(common::alter_owner("SUBSCRIPTION", old, new));
        Change::by(statements)
    }
}

/// What can be set, and what it is by default.
const OPTIONS: [(&str, &str); 8] = [
    ("binary", "false"),
    ("streaming", "off"),
    ("synchronous_commit", "off"),
    ("disable_on_error", "false"),
    ("password_required", "true"),
    ("run_as_owner", "false"),
    ("origin", "any"),
    ("failover", "false"),
];

fn slot(fact: &Fact) -> String {
    format!("slot_name = {}", fact.get("slot_name").unwrap_or("NONE"))
}

fn enable(fact: &Fact) -> Statement {
    alter(fact, "ENABLE").reaching_out()
}

/// What a database for trials is taken to be: those are enabled that shall be, which was not tried.
pub(crate) fn enabled_as_in(mut reached: Schema, wanted: &Schema) -> Schema {
    for fact in reached.facts.values_mut().filter(|fact| fact.key.kind() == Kind::Subscription) {
        if wanted.get(&fact.key).is_some_and(|wanted| wanted.has("enabled")) {
            fact.attributes.insert("enabled".to_owned(), "true".to_owned());
        }
    }
    reached
}

fn alter(fact: &Fact, how: &str) -> Statement {
    Statement::new(format!("ALTER SUBSCRIPTION {} {how}", fact.key.sql()))
}

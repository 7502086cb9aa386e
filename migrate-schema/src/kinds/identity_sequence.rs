//! The sequence of an identity column, which is a part of the column: what it is called, and whether it is logged.

use crate::fact::Fact;
use crate::statement::Statement;

/// The options of the sequence, in parentheses, behind `AS IDENTITY`. Nothing where all are as by default.
pub(crate) fn options(fact: &Fact) -> String {
    let name = fact.get("sequence_name").map(|name| format!("SEQUENCE NAME {name}"));
    let options = fact.get("identity_options").filter(|options| !options.is_empty());
    let all: Vec<String> = name.into_iter().chain(options.map(str::to_owned)).collect();
    if all.is_empty() { String::new() } else { format!(" ({})", all.join(" ")) }
}

/// What a new sequence is not from the first.
pub(crate) fn afterwards(fact: &Fact) -> Vec<Statement> {
    let persistence = fact.get("sequence_persistence");
    persistence.map(|to| set(fact, to)).into_iter().collect()
}

/// Makes the sequence of one column that of the other, where both count.
pub(crate) fn alter(old: &Fact, new: &Fact) -> Vec<Statement> {
    let mut statements = Vec::new();
    if !old.has("_sequence_name") || !new.has("_sequence_name") {
        return statements;
    }
    let changes = old.changes(new);
    if changes.contains("sequence_name") && old.get("_sequence_name") != new.get("_sequence_name") {
        let (from, to) = (old.text("_sequence"), new.text("_sequence_name"));
        statements.push(Statement::new(format!("ALTER SEQUENCE {from} RENAME TO {to}")));
    }
    if changes.contains("sequence_persistence") {
        let to = new.get("sequence_persistence").unwrap_or(new.text("_usual_sequence_persistence"));
        statements.push(set(new, to));
    }
    statements
}

fn set(fact: &Fact, persistence: &str) -> Statement {
    Statement::new(format!("ALTER SEQUENCE {} SET {persistence}", fact.text("_sequence")))
}

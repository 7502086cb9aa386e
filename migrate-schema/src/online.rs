//! The same changes without locks that a database in use would feel: what each rule says in the place of its plain
//! statement.

use crate::fact::Fact;
use crate::key::{self, Key};
use crate::kinds::column::unquoted;
use crate::statement::{Hazard, InTransaction, Length, Phase, Role, Statement};

/// What takes long and locks nobody out, by itself.
fn apart(sql: String, phase: Phase) -> Statement {
    Statement::new(sql).in_transaction(InTransaction::Never).of_phase(phase)
}

/// Looks at the rows that were there before a constraint, by itself if that can be.
pub(crate) fn validate(table: &str, name: &str, phase: Phase) -> Statement {
    let validate = Statement::new(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}"));
    Statement { length: Length::Scan, ..validate.of_phase(phase) }
}

/// Builds an index while others write.
pub(crate) fn build(definition: &str) -> Statement {
    apart(definition.replacen("INDEX ", "INDEX CONCURRENTLY ", 1), Phase::Build)
}

/// Drops an index without waiting for those who read the table, once nobody uses it.
pub(crate) fn drop_index(name: &str) -> Statement {
    apart(format!("DROP INDEX CONCURRENTLY {name}"), Phase::Clean)
}

/// A check or a foreign key that holds for new rows at once, and is looked at afterwards.
pub(crate) fn constrain(table: &str, name: &str, definition: &str, is_late: bool) -> Vec<Statement> {
    let (add, phase) =
        if is_late { (Phase::Refer, Phase::Validate) } else { (Phase::Restrict, Phase::Build) };
    vec![
        Statement::new(format!("ALTER TABLE {table} ADD {definition} NOT VALID")).of_phase(add),
        validate(table, name, phase).of_role(Role::Follows),
    ]
}

/// A key whose index is built before. `None`: PostgreSQL has no way for it.
pub(crate) fn key(table: &str, fact: &Fact) -> Option<Vec<Statement>> {
    let name = fact.key.leaf();
    let definition = crate::kinds::index::plain_names(fact.get("_index")?);
    let add = format!("ALTER TABLE {table} {}", add_key(fact, name)?);
    Some(vec![build(&definition).of_role(Role::Prepares), Statement::new(add).of_phase(Phase::Use)])
}

/// Makes a key of an index that is there, and which then has the key's name.
pub(crate) fn add_key(fact: &Fact, index: &str) -> Option<String> {
    let what = match fact.text("_type") {
        "p" => "PRIMARY KEY",
        "u" => "UNIQUE",
        _ => return None,
    };
    let deferrable = fact.get("_deferrable").map_or_else(String::new, |when| format!(" {when}"));
    Some(format!("ADD CONSTRAINT {} {what} USING INDEX {index}{deferrable}", fact.key.leaf()))
}

/// NOT NULL by a check that is looked at while others write: PostgreSQL then does not read the table again.
pub(crate) fn set_not_null(table: &Key, column: &str) -> Vec<Statement> {
    let (name, whole) =
        (beside(&format!("{}_{}", unquoted(table.leaf()), unquoted(column)), "not_null"), table.sql());
    let alter = |what: String| Statement::new(format!("ALTER TABLE {whole} {what}"));
    let check = format!("ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID");
    vec![
        alter(check).of_phase(Phase::Restrict).of_role(Role::Prepares),
        validate(&whole, &name, Phase::Build).of_role(Role::Prepares),
        // Whatever needs the column has it all the time.
        alter(format!("ALTER COLUMN {column} SET NOT NULL")).of_phase(Phase::Use).of_role(Role::Follows),
        alter(format!("DROP CONSTRAINT {name}")).of_phase(Phase::Use).of_role(Role::Follows),
    ]
}

/// Gives a column's default to the rows that have nothing, before a check refuses each UPDATE of them.
pub(crate) fn fill(table: &Key, column: &str) -> Statement {
    let update = format!("UPDATE {} SET {column} = DEFAULT WHERE {column} IS NULL", table.sql());
    apart(update, Phase::Build).with(Hazard::ChangesValues).of_role(Role::Prepares)
}

/// A name beside another one, as SQL writes it.
pub(crate) fn beside(name: &str, what: &str) -> String {
    key::quoted(&[&key::beside(name, what)])
}

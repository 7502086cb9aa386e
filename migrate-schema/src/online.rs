//! The same changes without locks that a database in use would feel: what each rule says in the place of its plain
//! statement.

use crate::fact::Fact;
use crate::key::Key;
use crate::kinds::column::unquoted;
use crate::statement::{Hazard, InTransaction, Phase, Statement};

/// What takes long and locks nobody out, by itself.
fn apart(sql: String, phase: Phase) -> Statement {
    Statement::new(sql).in_transaction(InTransaction::Never).of_phase(phase)
}

/// Builds an index while others write.
pub(crate) fn build(definition: &str, is_unique: bool) -> Statement {
    let build = apart(definition.replacen("INDEX ", "INDEX CONCURRENTLY ", 1), Phase::Build);
    if is_unique { build.with(Hazard::MayFailOnRows) } else { build }
}

/// Drops an index without waiting for those who read the table.
pub(crate) fn drop_index(name: &str) -> Statement {
    apart(format!("DROP INDEX CONCURRENTLY {name}"), Phase::Change)
}

/// Builds the new index under another name, drops the old one, and gives its name to the new one: there is always one.
pub(crate) fn replace_index(key: &Key, definition: &str, is_unique: bool) -> Vec<Statement> {
    let leaf = key.leaf();
    let aside = beside(leaf, "new");
    let build = definition.replacen(&format!("INDEX {leaf} "), &format!("INDEX {aside} "), 1);
    let mut path = key.path().to_vec();
    if let Some(last) = path.last_mut() {
        last.clone_from(&aside);
    }
    vec![
        self::build(&build, is_unique),
        apart(format!("DROP INDEX CONCURRENTLY {}", key.sql()), Phase::Build),
        Statement::new(format!("ALTER INDEX {} RENAME TO {leaf}", crate::key::qualified(&path)))
            .of_phase(Phase::Use),
    ]
}

/// A check or a foreign key that holds for new rows at once, and is looked at afterwards.
pub(crate) fn constrain(table: &str, name: &str, definition: &str, is_reference: bool) -> Vec<Statement> {
    let (add, validate) =
        if is_reference { (Phase::Refer, Phase::Validate) } else { (Phase::Change, Phase::Build) };
    vec![
        Statement::new(format!("ALTER TABLE {table} ADD {definition} NOT VALID")).of_phase(add),
        apart(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}"), validate)
            .with(Hazard::MayFailOnRows),
    ]
}

/// A key whose index is built before. `None`: PostgreSQL has no way for it.
pub(crate) fn key(table: &str, fact: &Fact) -> Option<Vec<Statement>> {
    let what = match fact.text("_type") {
        "p" => "PRIMARY KEY",
        "u" => "UNIQUE",
        _ => return None,
    };
    let name = fact.key.leaf();
    let definition = crate::kinds::index::plain_names(fact.get("_index")?);
    let deferrable = fact.get("_deferrable").map_or_else(String::new, |when| format!(" {when}"));
    let sql = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {what} USING INDEX {name}{deferrable}");
    Some(vec![build(&definition, true), Statement::new(sql).of_phase(Phase::Use)])
}

/// NOT NULL by a check that is looked at while others write: PostgreSQL then does not read the table again.
pub(crate) fn set_not_null(table: &Key, column: &str) -> Vec<Statement> {
    let (name, whole) =
        (beside(&format!("{}_{}", unquoted(table.leaf()), unquoted(column)), "not_null"), table.sql());
    vec![
        Statement::new(format!(
            "ALTER TABLE {whole} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID"
        )),
        apart(format!("ALTER TABLE {whole} VALIDATE CONSTRAINT {name}"), Phase::Build)
            .with(Hazard::MayFailOnRows),
        Statement::new(format!("ALTER TABLE {whole} ALTER COLUMN {column} SET NOT NULL"))
            .of_phase(Phase::Use),
        Statement::new(format!("ALTER TABLE {whole} DROP CONSTRAINT {name}")).of_phase(Phase::Use),
    ]
}

/// A name that nobody has taken: PostgreSQL cuts off what is longer than 63 bytes, so it is made short here.
pub(crate) fn beside(name: &str, what: &str) -> String {
    const MOST: usize = 63;
    let mut short = unquoted(name);
    while short.len() + what.len() + 2 > MOST {
        short.pop();
    }
    crate::key::quoted(&[&format!("{short}__{what}")])
}

//! Foreign data: wrappers, servers, who a role is on a server, and tables.

use crate::fact::Fact;
use crate::kinds::common::{self, literal};
use crate::kinds::table;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Wrapper;

impl Rule for Wrapper {
    fn query(&self) -> &'static str {
        include_str!("../catalog/foreign_data_wrapper.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut sql = format!("CREATE FOREIGN DATA WRAPPER {}", fact.key.sql());
        for (name, word) in WRAPPER_FUNCTIONS {
            sql += &fact.get(name).map(|function| format!(" {word} {function}")).unwrap_or_default();
        }
        sql += &options(None, fact);
        common::create_owned("FOREIGN DATA WRAPPER", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP FOREIGN DATA WRAPPER {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        let mut parts = String::new();
        for (name, word) in WRAPPER_FUNCTIONS.iter().filter(|(name, _)| changes.contains(name)) {
            parts += &new.get(name).map_or_else(|| format!(" NO {word}"), |to| format!(" {word} {to}"));
        }
        parts += &options(Some(old), new);
        let mut statements = alter("FOREIGN DATA WRAPPER", new, &parts);
        statements.extend(common::alter_owner("FOREIGN DATA WRAPPER", old, new));
        Change::by(statements)
    }
}

const WRAPPER_FUNCTIONS: [(&str, &str); 2] = [("handler", "HANDLER"), ("validator", "VALIDATOR")];

#[derive(Debug)]
pub(crate) struct Server;

impl Rule for Server {
    fn query(&self) -> &'static str {
        include_str!("../catalog/server.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let mut sql = format!("CREATE SERVER {}", fact.key.sql());
        for (name, word) in [("type", "TYPE"), ("version", "VERSION")] {
            sql += &fact.get(name).map(|value| format!(" {word} {}", literal(value))).unwrap_or_default();
        }
        sql += &format!(" FOREIGN DATA WRAPPER {}{}", fact.text("wrapper"), options(None, fact));
        common::create_owned("SERVER", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP SERVER {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        let loses_version = changes.contains("version") && !new.has("version");
        if changes.contains("wrapper") || changes.contains("type") || loses_version {
            return Change::Replace;
        }
        let mut parts = String::new();
        if changes.contains("version") {
            parts += &format!(" VERSION {}", literal(new.text("version")));
        }
        parts += &options(Some(old), new);
        let mut statements = alter("SERVER", new, &parts);
        statements.extend(common::alter_owner("SERVER", old, new));
        Change::by(statements)
    }
}

#[derive(Debug)]
pub(crate) struct UserMapping;

impl Rule for UserMapping {
    fn query(&self) -> &'static str {
        include_str!("../catalog/user_mapping.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("CREATE USER MAPPING {}{}", fact.key.sql(), options(None, fact)))]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP USER MAPPING {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        Change::by(alter("USER MAPPING", new, &options(Some(old), new)))
    }
}

#[derive(Debug)]
pub(crate) struct ForeignTable;

impl Rule for ForeignTable {
    fn query(&self) -> &'static str {
        ""
    }

    fn create(&self, fact: &Fact, within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        table::create(fact, within, world)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP FOREIGN TABLE {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        if old.get("server") != new.get("server") {
            return Change::Replace;
        }
        let mut statements = alter("FOREIGN TABLE", new, &options(Some(old), new));
        statements.extend(common::alter_owner("FOREIGN TABLE", old, new));
        Change::by(statements)
    }
}

/// What a foreign table has after its columns.
pub(crate) fn place(table: &Fact) -> String {
    format!(" SERVER {}{}", table.text("server"), options(None, table))
}

/// The options with a space before them, if there are any.
fn options(old: Option<&Fact>, new: &Fact) -> String {
    let before = old.map(|old| old.list("foreign_options"));
    let options = common::foreign_options(before.as_deref(), &new.list("foreign_options"));
    options.map(|options| format!(" {options}")).unwrap_or_default()
}

fn alter(what: &str, fact: &Fact, parts: &str) -> Vec<Statement> {
    let sql = format!("ALTER {what} {}{parts}", fact.key.sql());
    if parts.is_empty() { Vec::new() } else { vec![Statement::new(sql)] }
}

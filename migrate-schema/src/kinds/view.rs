//! Views and materialized views.

use crate::fact::Fact;
use crate::kinds::{column_settings, common};
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct View;

impl Rule for View {
    fn query(&self) -> &'static str {
        include_str!("../catalog/view.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        common::create_owned("VIEW", fact, format!("CREATE VIEW {}", definition(fact)))
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP VIEW {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let mut statements = Vec::new();
        if old.differs_in("definition", new) || old.get("columns") != new.get("columns") {
            // CREATE OR REPLACE can add columns at the end, and no more.
            if !new.list("columns").starts_with(&old.list("columns")) {
                return Change::Replace;
            }
            statements.push(Statement::new(format!("CREATE OR REPLACE VIEW {}", definition(new))));
        } else {
            let alter = format!("ALTER VIEW {}", new.key.sql());
            statements.extend(common::alter_options(&alter, &old.list("options"), &new.list("options")));
        }
        statements.extend(common::alter_owner("VIEW", old, new));
        Change::by(statements)
    }
}

#[derive(Debug)]
pub(crate) struct MaterializedView;

impl Rule for MaterializedView {
    fn query(&self) -> &'static str {
        ""
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let data = if fact.has("_not_populated") { "\nWITH NO DATA" } else { "" };
        let sql = format!("CREATE MATERIALIZED VIEW {}{data}", definition(fact));
        let mut statements = common::create_owned("MATERIALIZED VIEW", fact, sql);
        statements.extend(column_settings::of_view(None, fact));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP MATERIALIZED VIEW {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if changes.contains("definition") || changes.contains("columns") {
            return Change::Replace;
        }
        let alter = format!("ALTER MATERIALIZED VIEW {}", new.key.sql());
        let mut statements = common::alter_options(&alter, &old.list("options"), &new.list("options"));
        if changes.contains("access_method") {
            let method = new.get("access_method").unwrap_or("heap");
            statements.push(Statement::new(format!("{alter} SET ACCESS METHOD {method}")));
        }
        if changes.contains("tablespace") {
            let space = new.get("tablespace").unwrap_or("pg_default");
            statements.push(Statement::new(format!("{alter} SET TABLESPACE {space}")));
        }
        statements.extend(column_settings::of_view(Some(old), new));
        statements.extend(common::alter_owner("MATERIALIZED VIEW", old, new));
        Change::by(statements)
    }
}

fn definition(fact: &Fact) -> String {
    let mut sql = fact.key.sql();
    if let Some(method) = fact.get("access_method") {
        sql += &format!(" USING {method}");
    }
    let options: Vec<String> = fact.list("options").iter().map(|option| common::as_sql(option)).collect();
    if !options.is_empty() {
        sql += &format!(" WITH ({})", options.join(", "));
    }
    if let Some(space) = fact.get("tablespace") {
        sql += &format!(" TABLESPACE {space}");
    }
    format!("{sql} AS\n{}", fact.text("definition").trim_end().trim_end_matches(';'))
}

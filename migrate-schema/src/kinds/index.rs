//! Indexes that belong to no constraint.

use crate::fact::Fact;
use crate::key::qualified;
use crate::kinds::column::unquoted;
use crate::rule::{Change, Rule, World};
use crate::statement::{Hazard, Statement};

#[derive(Debug)]
pub(crate) struct Index;

impl Rule for Index {
    fn query(&self) -> &'static str {
        include_str!("../catalog/index.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        if comes_with_parent(fact) {
            return Vec::new();
        }
        let mut build = Statement::new(definition(fact)).with(Hazard::BuildsIndex);
        if fact.has("_unique") {
            build = build.with(Hazard::MayFailOnRows);
        }
        let mut statements = vec![build];
        statements.extend(attach(fact));
        let alter = format!("ALTER INDEX {}", fact.key.sql());
        statements.extend(
            fact.list("statistics")
                .iter()
                .map(|column| Statement::new(format!("{alter} ALTER COLUMN {column}"))),
        );
        if let Some(space) = fact.get("tablespace") {
            statements.push(Statement::new(format!("{alter} SET TABLESPACE {space}")));
        }
        statements.extend(cluster(fact));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        if fact.has("part_of_index") {
            return Vec::new();
        }
        vec![Statement::new(format!("DROP INDEX {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        let replaced = ["definition", "statistics"].iter().any(|name| changes.contains(name));
        if replaced || old.has("part_of_index") && changes.contains("part_of_index") {
            return Change::Replace;
        }
        let mut statements = Vec::new();
        statements.extend(attach(new).filter(|_| changes.contains("part_of_index")));
        if changes.contains("tablespace") {
            let space = new.get("tablespace").unwrap_or("pg_default");
            statements.push(Statement::new(format!("ALTER INDEX {} SET TABLESPACE {space}", new.key.sql())));
        }
        if changes.contains("invalid") && !new.has("invalid") {
            statements
                .push(Statement::new(format!("REINDEX INDEX {}", new.key.sql())).with(Hazard::BuildsIndex));
        }
        if changes.contains("clustered") {
            let none = || Statement::new(format!("ALTER TABLE {} SET WITHOUT CLUSTER", table(new)));
            statements.push(cluster(new).unwrap_or_else(none));
        }
        Change::by(statements)
    }
}

/// `pg_get_indexdef` with names qualified only where that is needed.
fn definition(fact: &Fact) -> String {
    let text = fact.text("definition");
    text.replacen(" ON public.", " ON ", 1).replacen(" ON ONLY public.", " ON ", 1).replacen(
        " ON ONLY ",
        " ON ",
        1,
    )
}

fn table(fact: &Fact) -> String {
    qualified(&fact.list("_table"))
}

fn cluster(fact: &Fact) -> Option<Statement> {
    let on = format!("ALTER TABLE {} CLUSTER ON {}", table(fact), fact.key.leaf());
    fact.has("clustered").then(|| Statement::new(on))
}

/// PostgreSQL makes an index on each partition by itself, and gives it a name of its own making.
fn comes_with_parent(fact: &Fact) -> bool {
    if !fact.has("part_of_index") {
        return false;
    }
    let raw = |name: &String| unquoted(name);
    let table = fact.list("_table").get(1).map(raw).unwrap_or_default();
    let columns: Vec<String> = fact.list("_columns").iter().map(raw).collect();
    unquoted(fact.key.leaf()) == format!("{table}_{}_idx", columns.join("_"))
}

fn attach(fact: &Fact) -> Option<Statement> {
    let parent = fact.list("part_of_index");
    let sql = || format!("ALTER INDEX {} ATTACH PARTITION {}", qualified(&parent), fact.key.sql());
    (!parent.is_empty()).then(|| Statement::new(sql()))
}

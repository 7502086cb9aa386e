//! Indexes: built, dropped and rebuilt while others wait.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode as _, ReindexTarget, Stmt};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name;

pub(super) const CREATE_INDEX: Lint = Lint {
    name: "create-index-without-concurrently",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "an index is built without CONCURRENTLY",
    why: "`CREATE INDEX` holds a SHARE lock on the table from the first row it reads to the end of the transaction: \
          INSERT, UPDATE and DELETE wait for it, minutes on a large table. Reads go on. A partitioned table takes no \
          `CONCURRENTLY`: create the index on the parent with `ONLY`, build one concurrently on each partition, and \
          attach them.",
    instead: "build it with CONCURRENTLY, in a migration of its own that begins with `-- migrate: no-transaction`",
    sql: "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS users_email_idx ON users (email);",
    manual: "CREATE INDEX, Building Indexes Concurrently",
};

pub(super) const DROP_INDEX: Lint = Lint {
    name: "drop-index-without-concurrently",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "an index is dropped without CONCURRENTLY",
    why: "`DROP INDEX` takes an ACCESS EXCLUSIVE lock on the table of the index. The drop is quick, but it first waits \
          for every transaction that uses the table, and all others queue behind it, readers too. The lock is held \
          until the transaction ends.",
    instead: "drop it with CONCURRENTLY, in a migration of its own that begins with `-- migrate: no-transaction`",
    sql: "-- migrate: no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS users_email_idx;",
    manual: "DROP INDEX",
};

pub(super) const REINDEX: Lint = Lint {
    name: "reindex-without-concurrently",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "an index is rebuilt without CONCURRENTLY",
    why: "`REINDEX` keeps writers from the table, and readers from the index, which for most plans keeps them from the \
          table too, until all is rebuilt.",
    instead: "use REINDEX CONCURRENTLY, in a migration of its own that begins with `-- migrate: no-transaction`",
    sql: "-- migrate: no-transaction\nREINDEX INDEX CONCURRENTLY users_email_idx;",
    manual: "REINDEX, Rebuilding Indexes Concurrently",
};

pub(super) const CREATE_UNIQUE: Lint = Lint {
    name: "create-unique-index",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a unique index is built over rows that are there",
    why: "The build fails at the first two rows that are equal. Built with CONCURRENTLY, it then leaves an index behind that is not valid, that is written to and that no query uses.",
    instead: "look for equal rows first, and drop an invalid index before the next attempt",
    sql: "SELECT email FROM users GROUP BY email HAVING count(*) > 1;",
    manual: "CREATE INDEX, Building Indexes Concurrently",
};

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    if let Stmt::CreateIndex(it) = stmt
        && it.unique_token().is_some()
        && let Some(table) = it.table_relation_name().map(|it| examiner.relation(it.syntax()))
    {
        let message = format!("the unique index fails if two rows of `{table}` are equal");
        examiner.report(&CREATE_UNIQUE, it.syntax(), Some(&table), message);
    }
    match stmt {
        Stmt::CreateIndex(it) if it.concurrently_token().is_none() => create(examiner, it),
        Stmt::DropIndex(it) if it.concurrently_token().is_none() => {
            for index in it.index_refs() {
                let name = examiner.relation(index.syntax());
                let message = format!("the index `{name}` is dropped without CONCURRENTLY");
                examiner.report(&DROP_INDEX, it.syntax(), Some(&name), message);
            }
        }
        Stmt::Reindex(it) if !it.is_concurrently() => reindex(examiner, it),
        _ => {}
    }
}

fn create(examiner: &mut Examiner, it: &ast::CreateIndex) {
    let Some(table) = it.table_relation_name() else { return };
    // On the parent alone it is a declaration: nothing is built.
    if table.only_token().is_some() {
        return;
    }
    let table = examiner.relation(table.syntax());
    let what = match it.index() {
        Some(index) => format!("the index `{}`", name::last_part(index.syntax())),
        None => "an index".to_owned(),
    };
    let message =
        format!("{what} is built without CONCURRENTLY, which blocks writes to `{table}` while it runs");
    examiner.report(&CREATE_INDEX, it.syntax(), Some(&table), message);
}

fn reindex(examiner: &mut Examiner, it: &ast::Reindex) {
    let named = |node: Option<SyntaxNode>| node.map(|node| examiner.relation(&node));
    let about = match it.reindex_target() {
        Some(ReindexTarget::ReindexTargetTable(it)) => {
            named(it.table_name_ref().map(|it| it.syntax().clone()))
        }
        Some(ReindexTarget::ReindexTargetIndex(it)) => named(it.index_ref().map(|it| it.syntax().clone())),
        _ => None,
    };
    let what = about.as_ref().map_or_else(|| "everything".to_owned(), |name| format!("`{name}`"));
    let message = format!("{what} is rebuilt without CONCURRENTLY");
    examiner.report(&REINDEX, it.syntax(), about.as_ref(), message);
}

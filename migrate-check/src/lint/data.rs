//! Data: changed in whole tables, or together with the table itself.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    self, AstNode as _, DropBehavior, Expr, InsertSource, Stmt, WhereClauseOrCurrentOf,
};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name::Name;

pub(super) const UPDATE: Lint = Lint {
    name: "update-without-where",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "every row of a table is updated in one statement",
    why: "Each row is rewritten and locked until the transaction ends: whoever wants to change one waits, the table \
          doubles in size, and replicas fall behind.",
    instead: "update some thousand rows at a time, in a migration without a transaction or in a function of the service",
    sql: "-- migrate: no-transaction\nUPDATE users SET plan = 'free' WHERE plan IS NULL AND id <= 10000;\n\
          UPDATE users SET plan = 'free' WHERE plan IS NULL AND id > 10000 AND id <= 20000;",
    manual: "UPDATE; Routine Vacuuming",
};

pub(super) const DELETE: Lint = Lint {
    name: "delete-without-where",
    level: Level::Warn,
    in_down: InDown::LosesData,
    summary: "every row of a table is deleted",
    why: "All data of the table are deleted, and no down brings them back. Meanwhile each row is locked, and each foreign key \
          that refers to it is looked up.",
    instead: "say which rows by WHERE, some thousand at a time",
    sql: "",
    manual: "DELETE",
};

pub(super) const TRUNCATE: Lint = Lint {
    name: "truncate",
    level: Level::Warn,
    in_down: InDown::LosesData,
    summary: "a table is emptied",
    why: "All data of the table are deleted, and no down brings them back. The lock is ACCESS EXCLUSIVE, and who has begun to \
          read before finds the table empty.",
    instead: "delete the rows that are really in the way, in batches",
    sql: "",
    manual: "TRUNCATE; Caveats",
};

pub(super) const TRUNCATE_CASCADE: Lint = Lint {
    name: "truncate-cascade",
    level: Level::Warn,
    in_down: InDown::LosesData,
    summary: "a table is emptied with all that refer to it",
    why: "Every table with a foreign key to it is emptied too, and every table with a foreign key to one of those: on \
          another database they may be others than those that come to mind.",
    instead: "name the tables that are to be emptied, without CASCADE",
    sql: "TRUNCATE carts, cart_items;",
    manual: "TRUNCATE",
};

pub(super) const WITH_DDL: Lint = Lint {
    name: "data-with-ddl",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a table and its data are changed in one transaction",
    why: "The lock of the ALTER TABLE is held until the transaction ends: reads of the table are blocked while its rows are \
          changed. The other way round, PostgreSQL may refuse to alter a table whose deferred triggers are pending.",
    instead: "change the data in a migration of its own",
    sql: "",
    manual: "Explicit Locking",
};

pub(super) const DOWN: Lint = Lint {
    name: "down-loses-data",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a down destroys data",
    why: "What the table or column has taken in since the migration was applied is gone. That is what a down of a new \
          table is for; allow it or deny it as the service needs it.",
    instead: "make sure that the data can be had from elsewhere, or keep them under another name",
    sql: "",
    manual: "",
};

/// Which tables the script has altered and which it has written to, so far.
#[derive(Debug, Default)]
pub(super) struct Usage {
    altered: BTreeSet<Name>,
    written: BTreeSet<Name>,
    /// Told once is enough.
    told: BTreeSet<Name>,
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    for inner in queries_before(stmt.syntax()) {
        write(examiner, &inner);
    }
    write(examiner, stmt);
    match stmt {
        Stmt::Truncate(it) => truncate(examiner, it),
        Stmt::AlterTable(it) => {
            if let Some(table) = it.table_relation_name() {
                let table = examiner.relation(table.syntax());
                if examiner.usage.written.contains(&table) {
                    mixed(examiner, &table, it.syntax());
                }
                examiner.usage.altered.insert(table);
            }
        }
        _ => {}
    }
}

/// The queries of the `WITH` of a statement, which may write: before it, or before the query of an `INSERT`. Those
/// deeper inside may not.
fn queries_before(stmt: &SyntaxNode) -> Vec<Stmt> {
    let own = stmt.children().find_map(ast::WithClause::cast);
    let of_query =
        || stmt.children().find_map(ast::Select::cast)?.syntax().children().find_map(ast::WithClause::cast);
    let tables = own.or_else(of_query).into_iter().flat_map(|clause| clause.with_tables());
    tables.filter_map(|table| Stmt::cast(table.query()?.syntax().clone())).collect()
}

fn write(examiner: &mut Examiner, stmt: &Stmt) {
    let table = match stmt {
        Stmt::Update(it) => {
            let Some(table) = it.relation_name().map(|it| examiner.relation(it.syntax())) else { return };
            if is_everything(it.where_clause_or_current_of()) {
                let message = format!("every row of `{table}` is updated in one statement");
                examiner.report(&UPDATE, it.syntax(), Some(&table), message);
            }
            table
        }
        Stmt::Delete(it) => {
            let Some(table) = it.relation_name().map(|it| examiner.relation(it.syntax())) else { return };
            if is_everything(it.where_clause_or_current_of()) {
                let message = format!("every row of `{table}` is deleted");
                examiner.report(&DELETE, it.syntax(), Some(&table), message);
            } else if examiner.mode.is_down {
                let message = format!("rows of `{table}` are deleted");
                examiner.report(&DOWN, it.syntax(), Some(&table), message);
            }
            table
        }
        Stmt::Merge(it) => match it.table_relation_name() {
            Some(table) => examiner.relation(table.syntax()),
            None => return,
        },
        Stmt::Insert(it) => match (it.relation_name_ref(), it.insert_source()) {
            // A few rows that the script itself holds are there at once.
            (
                _,
                Some(
                    InsertSource::SelectVariant(ast::SelectVariant::Values(_))
                    | InsertSource::DefaultValues(_),
                ),
            ) => return,
            (Some(table), _) => examiner.relation(table.syntax()),
            _ => return,
        },
        _ => return,
    };
    if examiner.usage.altered.contains(&table) {
        mixed(examiner, &table, stmt.syntax());
    }
    examiner.usage.written.insert(table);
}

/// Also `WHERE true`.
fn is_everything(clause: Option<WhereClauseOrCurrentOf>) -> bool {
    match clause {
        None => true,
        Some(WhereClauseOrCurrentOf::WhereClause(it)) => match it.expr() {
            Some(Expr::Literal(it)) => it.syntax().text().to_string().eq_ignore_ascii_case("true"),
            _ => false,
        },
        Some(WhereClauseOrCurrentOf::WhereCurrentOf(_)) => false,
    }
}

fn mixed(examiner: &mut Examiner, table: &Name, at: &SyntaxNode) {
    if examiner.mode.is_transactional && examiner.usage.told.insert(table.clone()) {
        let message = format!("`{table}` is altered and its data are changed in one transaction");
        examiner.report(&WITH_DDL, at, Some(table), message);
    }
}

fn truncate(examiner: &mut Examiner, it: &ast::Truncate) {
    let is_cascade = matches!(it.drop_behavior(), Some(DropBehavior::Cascade(_)));
    for node in it.table_list().into_iter().flat_map(|list| list.table_relation_names()) {
        let table = examiner.relation(node.syntax());
        if is_cascade {
            let message = format!("`{table}` is emptied, and every table that refers to it");
            examiner.report(&TRUNCATE_CASCADE, it.syntax(), Some(&table), message);
        } else {
            examiner.report(&TRUNCATE, it.syntax(), Some(&table), format!("`{table}` is emptied"));
        }
    }
}

//! A column that is named twice where it can stand once, and an index that is wider than it helps.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode as _, ColumnTarget, SetColumn, Stmt, TableArg};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name;

pub(super) const COLUMN: Lint = Lint {
    name: "column-named-twice",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a column is created, set or filled twice in one statement",
    why: "PostgreSQL refuses the statement when it runs: `multiple assignments to same column`, `column specified more than \
          once`.",
    instead: "name it once",
    sql: "",
    manual: "UPDATE; INSERT; CREATE TABLE",
};

pub(super) const WIDE_INDEX: Lint = Lint {
    name: "wide-index",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "an index that is not unique has more than three columns",
    why: "The columns behind the third seldom make a query faster. Each makes the index larger, and keeps more UPDATEs \
          from being done without touching it.",
    instead: "begin with the columns that leave the fewest rows, and leave out the others; those that are only read go \
              into INCLUDE",
    sql: "",
    manual: "Multicolumn Indexes",
};

/// More columns than these are seldom worth it.
const MAX_COLUMNS: usize = 3;

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::CreateIndex(it) if it.unique_token().is_none() => {
            let count = it.partition_item_list().map_or(0, |list| list.partition_items().count());
            let by_itself = it
                .using_method()
                .is_none_or(|it| it.syntax().text().to_string().to_ascii_lowercase().ends_with("btree"));
            if count > MAX_COLUMNS && by_itself {
                let message = format!("the index has {count} columns");
                examiner.report(&WIDE_INDEX, it.syntax(), None, message);
            }
        }
        Stmt::CreateTable(it) => {
            let columns =
                it.table_arg_list().into_iter().flat_map(|list| list.args()).filter_map(|arg| match arg {
                    TableArg::Column(column) => Some(column.name()?.syntax().clone()),
                    _ => None,
                });
            once(examiner, columns.collect());
        }
        Stmt::Insert(_) | Stmt::Update(_) | Stmt::Merge(_) | Stmt::Select(_) => {
            let nodes = stmt.syntax().descendants().filter(|node| {
                matches!(node.kind(), SyntaxKind::SET_CLAUSE | SyntaxKind::INSERT | SyntaxKind::MERGE_INSERT)
            });
            for node in nodes.collect::<Vec<_>>() {
                once(examiner, targets(node));
            }
        }
        _ => {}
    }
}

/// The columns that a clause sets as a whole, not a part of them.
fn targets(node: SyntaxNode) -> Vec<SyntaxNode> {
    let targets: Vec<ColumnTarget> = if let Some(set) = ast::SetClause::cast(node.clone()) {
        let columns = set.set_column_list().into_iter().flat_map(|list| list.set_columns());
        columns
            .flat_map(|column| match column {
                SetColumn::SetSingleColumn(it) => it.column_target().into_iter().collect::<Vec<_>>(),
                SetColumn::SetMultipleColumns(it) => {
                    it.column_target_list().into_iter().flat_map(|list| list.column_targets()).collect()
                }
            })
            .collect()
    } else {
        let list = match ast::Insert::cast(node.clone()) {
            Some(insert) => insert.column_target_list(),
            None => ast::MergeInsert::cast(node).and_then(|insert| insert.column_target_list()),
        };
        list.into_iter().flat_map(|list| list.column_targets()).collect()
    };
    let whole = targets.into_iter().filter(|target| target.accessors().next().is_none());
    whole.filter_map(|target| Some(target.name()?.syntax().clone())).collect()
}

fn once(examiner: &mut Examiner, columns: Vec<SyntaxNode>) {
    let mut seen = BTreeSet::new();
    for node in columns {
        let column = name::last_part(&node);
        if !seen.insert(column.clone()) {
            let message = format!("PostgreSQL refuses it: `{column}` is named twice");
            examiner.report(&COLUMN, &node, None, message);
            return;
        }
    }
}

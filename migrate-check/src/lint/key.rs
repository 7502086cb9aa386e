//! Primary keys that end too early.

use squawk_syntax::ast::{
    AlterColumnOption, AlterTableAction, AstNode as _, Column, ColumnClause, ColumnConstraint, Constraint,
    ForeignKeyConstraint, Persistence, PrimaryKeyConstraint, Stmt, TableArg, TableArgList, TableConstraint,
    Type,
};

use super::catalogue::{InDown, Level, Lint};
use super::column;
use super::examiner::Examiner;
use super::name::{self, Name};

pub(super) const KEY: Lint = Lint {
    name: "int-primary-key",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a primary key is smallint, integer or serial",
    why: "`integer` ends at 2 147 483 647, and then every INSERT fails. Changing the type of a key that is in use rewrites the table, and every table that refers to it.",
    instead: "use bigint",
    sql: "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
    manual: "Numeric Types, Integer Types",
};

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    if let Stmt::CreateTable(it) = stmt
        && !matches!(it.persistence(), Some(Persistence::Temp(_)))
        && let (Some(table), Some(list)) = (it.table_name(), it.table_arg_list())
    {
        let table = examiner.relation(table.syntax());
        columns(examiner, &table, &list);
    }
}

fn columns(examiner: &mut Examiner, table: &Name, list: &TableArgList) {
    let (mut keys, mut references) = (Vec::new(), Vec::new());
    for arg in list.args() {
        match arg {
            TableArg::TableConstraint(TableConstraint::PrimaryKeyConstraint(key)) => {
                keys.extend(column_of_key(&key));
            }
            TableArg::TableConstraint(TableConstraint::ForeignKeyConstraint(key)) => {
                references.extend(column_of_reference(&key));
            }
            _ => {}
        }
    }
    for arg in list.args() {
        let TableArg::Column(column) = arg else { continue };
        let (Some(name), Some(ty)) = (column.name().map(|it| it.text()), column.ty()) else { continue };
        let Some(limit) = limit(&ty) else { continue };
        let refers = references.contains(&name)
            || has(&column, |it| matches!(it, ColumnConstraint::ReferencesConstraint(_)));
        let is_key = keys.contains(&name)
            || has(&column, |it| matches!(it, ColumnConstraint::PrimaryKeyConstraint(_)));
        // It can hold no more than the key that it refers to.
        if refers {
            continue;
        }
        examiner.short.insert(table.part("column", &name), limit);
        if is_key {
            examiner.report(&KEY, ty.syntax(), None, message(table, &name, limit));
        }
    }
}

fn has(column: &Column, wanted: fn(&ColumnConstraint) -> bool) -> bool {
    column.clauses().any(|clause| matches!(&clause, ColumnClause::ColumnConstraint(it) if wanted(it)))
}

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    match action {
        AlterTableAction::AddColumn(it) => {
            let (Some(name), Some(ty)) = (it.column_name(), it.ty()) else { return };
            let name = name::last_part(name.syntax());
            let refers = it.constraints().any(|it| matches!(it, Constraint::ReferencesConstraint(_)));
            let Some(limit) = limit(&ty).filter(|_| !refers) else { return };
            examiner.short.insert(table.part("column", &name), limit);
            if it.constraints().any(|it| matches!(it, Constraint::PrimaryKeyConstraint(_))) {
                examiner.report(&KEY, ty.syntax(), None, message(table, &name, limit));
            }
        }
        AlterTableAction::AlterColumn(it) => {
            if let (Some(column), Some(AlterColumnOption::SetType(to))) = (it.column_name_ref(), it.option())
            {
                let name = name::last_part(column.syntax());
                let column = table.part("column", &name);
                if let Some(limit) = examiner.short.remove(&column) {
                    examiner.withdraw(&KEY, &message(table, &name, limit));
                }
                if let Some(limit) = to.ty().as_ref().and_then(limit) {
                    examiner.short.insert(column, limit);
                }
            }
        }
        AlterTableAction::AddConstraint(it) => match it.constraint() {
            Some(Constraint::PrimaryKeyConstraint(key)) => {
                let Some(name) = column_of_key(&key) else { return };
                if let Some(limit) = examiner.short.get(&table.part("column", &name)) {
                    examiner.report(&KEY, key.syntax(), None, message(table, &name, limit));
                }
            }
            Some(Constraint::ForeignKeyConstraint(key)) => {
                let Some(name) = column_of_reference(&key) else { return };
                if let Some(limit) = examiner.short.remove(&table.part("column", &name)) {
                    examiner.withdraw(&KEY, &message(table, &name, limit));
                }
            }
            _ => {}
        },
        _ => {}
    }
}

fn message(table: &Name, column: &str, limit: &str) -> String {
    format!("the primary key `{column}` of `{table}` ends at {limit}")
}

/// The column of a key that has only one.
fn column_of_key(key: &PrimaryKeyConstraint) -> Option<String> {
    let mut columns = key.index_parameters()?.column_list()?.column_name_refs();
    let column = name::last_part(columns.next()?.syntax());
    columns.next().is_none().then_some(column)
}

/// The column that refers to another table's key by itself.
fn column_of_reference(key: &ForeignKeyConstraint) -> Option<String> {
    let mut columns = key.from_columns()?.column_name_refs();
    let column = name::last_part(columns.next()?.syntax());
    columns.next().is_none().then_some(column)
}

/// Where a type ends that ends too early.
fn limit(ty: &Type) -> Option<&'static str> {
    match &*column::type_name(ty)? {
        "smallint" | "int2" | "smallserial" | "serial2" => Some("32 767"),
        "int" | "integer" | "int4" | "serial" | "serial4" => Some("2 147 483 647"),
        _ => None,
    }
}

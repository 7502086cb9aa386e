//! NOT NULL: what it costs to set, and how a validated check makes it free.

use squawk_syntax::ast::{
    AlterColumn, AlterColumnOption, AlterTableAction, AstNode as _, BinOp, Constraint, Expr, PostfixOp,
};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::findings::Premise;
use super::lock_mode::Reach;
use super::name::{self, Name};
use super::world::Change;

pub(super) const SET_NOT_NULL: Lint = Lint {
    name: "set-not-null",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a column is made NOT NULL without a validated check",
    why: "`SET NOT NULL` reads the whole table under an ACCESS EXCLUSIVE lock: reads and writes are blocked while it runs. It reads \
          nothing where a valid `CHECK (column IS NOT NULL)` has proven it. Such a check can be added `NOT VALID` and \
          validated while everybody works. The lint knows of checks in this folder's migrations, whatever their age.",
    instead: "add CHECK (… IS NOT NULL) NOT VALID, validate it in the next migration, then SET NOT NULL and drop the check",
    sql: "ALTER TABLE users ADD CONSTRAINT users_email_set CHECK (email IS NOT NULL) NOT VALID;\n\n\
          -- in the next migration\nALTER TABLE users VALIDATE CONSTRAINT users_email_set;\n\
          ALTER TABLE users ALTER email SET NOT NULL;\nALTER TABLE users DROP CONSTRAINT users_email_set;",
    manual: "ALTER TABLE, SET/DROP NOT NULL",
};

pub(super) const DROP_NOT_NULL: Lint = Lint {
    name: "drop-not-null",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a column may be null from now on",
    why: "Code that was written for a column without nulls meets them, in the pods of the last release too.",
    instead: "release code that expects nulls before",
    sql: "",
    manual: "ALTER TABLE, SET/DROP NOT NULL",
};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    match action {
        AlterTableAction::AlterColumn(it) => alter_column(examiner, table, it),
        AlterTableAction::AddConstraint(it) => {
            if let Some(constraint) = it.constraint() {
                add(examiner, table, &constraint);
            }
        }
        AlterTableAction::ValidateConstraint(it) => {
            if let Some(constraint) = it.constraint_name_ref() {
                let name = table.part("constraint", &name::last_part(constraint.syntax()));
                examiner.change(Change::Validated(name));
            }
        }
        _ => {}
    }
}

fn alter_column(examiner: &mut Examiner, table: &Name, it: &AlterColumn) {
    let Some(column) = it.column_name_ref().map(|it| name::last_part(it.syntax())) else { return };
    match it.option() {
        Some(AlterColumnOption::SetNotNull(_)) => {
            let message = format!("every row of `{table}` is read to set `{column}` NOT NULL");
            let proof = Some(Premise::Nullable(table.part("column", &column)));
            examiner.report_if(&SET_NOT_NULL, it.syntax(), Some(table), proof, message);
            for table in Reach::Heirs.of(table, &examiner.world) {
                prove(examiner, &table, &column);
            }
        }
        Some(AlterColumnOption::DropNotNull(_)) => {
            for table in Reach::Heirs.of(table, &examiner.world) {
                examiner.change(Change::Dropped(table.part("not null", &column)));
            }
            let message = format!("`{column}` of `{table}` may be null from now on");
            examiner.report(&DROP_NOT_NULL, it.syntax(), Some(table), message);
        }
        _ => {}
    }
}

/// A check that a column is not null, valid or not yet; or, from PostgreSQL 18, a constraint that is just that.
fn add(examiner: &mut Examiner, table: &Name, constraint: &Constraint) {
    if let Constraint::NotNullConstraint(it) = constraint
        && !constraint.is_not_valid()
    {
        let column = it.column_name_ref().map(|it| name::last_part(it.syntax())).unwrap_or_default();
        let message = format!("every row of `{table}` is read to set `{column}` NOT NULL");
        let proof = Some(Premise::Nullable(table.part("column", &column)));
        examiner.report_if(&SET_NOT_NULL, it.syntax(), Some(table), proof, message);
    }
}

/// A constraint claims that a column is not null, and proves it if it is valid.
pub(super) fn claim(examiner: &mut Examiner, table: &Name, constraint: &Constraint) {
    let Some(column) = column_without_nulls(constraint) else { return };
    let name = match constraint.constraint_name() {
        Some(name) => name::last_part(name.syntax()),
        // As PostgreSQL names it.
        None => format!("{}_{column}_check", table.relation_part()),
    };
    let name = table.part("constraint", &name);
    examiner.change(Change::Claimed(name.clone(), table.part("column", &column)));
    if !constraint.is_not_valid() {
        examiner.change(Change::Validated(name));
    }
}

/// A column is NOT NULL from now on.
pub(super) fn prove(examiner: &mut Examiner, table: &Name, column: &str) {
    let own = table.part("not null", column);
    examiner.change(Change::Claimed(own.clone(), table.part("column", column)));
    examiner.change(Change::Validated(own));
}

fn column_without_nulls(constraint: &Constraint) -> Option<String> {
    match constraint {
        Constraint::CheckConstraint(it) => is_not_null(it.expr()?),
        Constraint::NotNullConstraint(it) => Some(name::last_part(it.column_name_ref()?.syntax())),
        _ => None,
    }
}

fn is_not_null(expr: Expr) -> Option<String> {
    let tested = match expr {
        Expr::ParenExpr(it) => return is_not_null(it.expr()?),
        Expr::PostfixExpr(it) if matches!(it.op(), Some(PostfixOp::NotNull(_))) => it.expr()?,
        Expr::BinExpr(it) if matches!(it.op(), Some(BinOp::IsNot(_))) => {
            it.rhs().filter(|it| it.syntax().text().to_string().eq_ignore_ascii_case("null"))?;
            it.lhs()?
        }
        _ => return None,
    };
    match tested {
        Expr::NameRef(column) => Some(column.text()),
        _ => None,
    }
}

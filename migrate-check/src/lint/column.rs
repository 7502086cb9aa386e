//! Columns that are added to a table that is in use, or become something else.

use squawk_syntax::ast::{
    AddColumn, AlterColumn, AlterColumnOption, AlterTableAction, AstNode as _, Constraint, GeneratedAs, Type,
};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::findings::Premise;
use super::link::Link;
use super::name::{self, Name};
use super::retyped;
use super::volatile::{self, Volatility};

pub(super) const REQUIRED: Lint = Lint {
    name: "add-required-column",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a column is added with NOT NULL and without a default",
    why: "On a table with rows the statement fails, as they would have no value. On an empty one it passes, and then \
          every INSERT of the last release fails, which knows nothing of the column.",
    instead: "give it a default, or add it without NOT NULL, fill it, and set NOT NULL in a later migration",
    sql: "ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free';",
    manual: "ALTER TABLE, ADD COLUMN",
};

pub(super) const VOLATILE_DEFAULT: Lint = Lint {
    name: "volatile-default",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a column is added with a default that is computed for each row",
    why: "A constant, or `now()`, is stored once and the table stays as it is. A volatile function, such as \
          `gen_random_uuid()`, `random()` or `clock_timestamp()`, has a value a row: the table and all its indexes are \
          rewritten under an ACCESS EXCLUSIVE lock. A function that is not known counts as volatile, which is what \
          CREATE FUNCTION makes of it when nothing is said.",
    instead: "add the column without the default, set the default, then fill the old rows in batches",
    sql: "ALTER TABLE users ADD COLUMN token uuid;\nALTER TABLE users ALTER token SET DEFAULT gen_random_uuid();\n\n\
          -- later, some thousand rows at a time\nUPDATE users SET token = gen_random_uuid() WHERE token IS NULL AND id BETWEEN …;",
    manual: "ALTER TABLE, Notes",
};

pub(super) const STORED: Lint = Lint {
    name: "add-stored-generated-column",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a stored generated column is added to a table that is in use",
    why: "Its value is computed for each row: the table and all its indexes are rewritten under an ACCESS EXCLUSIVE \
          lock.",
    instead: "add an ordinary column that a trigger fills, and fill the old rows in batches; or compute the value in a \
              view, in an index on the expression, or, from PostgreSQL 18, in a virtual column",
    sql: "",
    manual: "ALTER TABLE, Notes",
};

pub(super) const NUMBERED: Lint = Lint {
    name: "add-numbered-column",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "an identity or serial column is added to a table that is in use",
    why: "Each row gets a number: the table and all its indexes are rewritten under an ACCESS EXCLUSIVE lock.",
    instead: "add a plain bigint column, fill it in batches, then make it an identity",
    sql: "",
    manual: "ALTER TABLE, Notes",
};

pub(super) const OF_DOMAIN: Lint = Lint {
    name: "add-domain-column",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a column of a domain with a constraint is added to a table that is in use",
    why: "PostgreSQL looks at the value of each row, even where it is null: the table is rewritten under an ACCESS EXCLUSIVE lock. The lint knows the domains of this folder.",
    instead: "add a column of the type that the domain is over, with a CHECK that is NOT VALID",
    sql: "",
    manual: "CREATE DOMAIN; ALTER TABLE, Notes",
};

pub(super) const TYPE: Lint = Lint {
    name: "change-column-type",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "the type of a column is changed",
    why: "As a rule the table and its indexes are rewritten under an ACCESS EXCLUSIVE lock: reads and writes are blocked \
          while it runs. Only the catalog changes where the types are stored alike and the limit does not shrink: from `varchar(n)` to \
          `text` or to a longer `varchar`, from `numeric(p,s)` to more digits with the same scale, from `timestamp(p)` to more \
          digits of a second. Where an earlier migration says what the column was, that is not reported. Besides, the code of the \
          last release reads the old type.",
    instead: "add a column of the new type, write to both, fill the old rows in batches, then switch; where only the \
              catalog changes, say so in an `allow`",
    sql: "",
    manual: "ALTER TABLE, Notes",
};

pub(super) const EXPRESSION: Lint = Lint {
    name: "change-generated-expression",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "the expression of a generated column is changed",
    why: "`SET EXPRESSION` computes a stored column again for each row: the table is rewritten under an ACCESS \
          EXCLUSIVE lock.",
    instead: "add another column, and drop this one when no code reads it",
    sql: "",
    manual: "ALTER TABLE, SET EXPRESSION AS",
};

pub(super) const DEFAULT: Lint = Lint {
    name: "change-default",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "the default or the numbering of a column is changed",
    why: "Rows that the last release inserts have other values than it expects, or, without a default, are refused.",
    instead: "release code that names the column in its INSERT before",
    sql: "",
    manual: "ALTER TABLE, SET/DROP DEFAULT",
};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    match action {
        AlterTableAction::AddColumn(it) => add(examiner, table, it),
        AlterTableAction::AlterColumn(it) => alter(examiner, table, it),
        _ => {}
    }
}

fn add(examiner: &mut Examiner, table: &Name, it: &AddColumn) {
    let column = it.column_name().map(|it| name::last_part(it.syntax())).unwrap_or_default();
    let is_serial = it.ty().is_some_and(|ty| is_serial(&ty));
    if let Some(ty) = it.ty() {
        let domain = examiner.relation(ty.syntax());
        let message =
            format!("`{table}` is rewritten, since the domain `{domain}` of `{column}` has a constraint");
        let premise = Some(Premise::Linked(Link::Constrained, domain));
        examiner.report_if(&OF_DOMAIN, it.syntax(), Some(table), premise, message);
    }
    let (mut is_required, mut has_value, mut has_default) = (false, is_serial, is_serial);
    for constraint in it.constraints() {
        match &constraint {
            Constraint::NotNullConstraint(_) | Constraint::PrimaryKeyConstraint(_) => is_required = true,
            Constraint::DefaultConstraint(default) => {
                let Some(expr) = default.expr() else { continue };
                has_default = true;
                has_value = !expr.syntax().text().to_string().eq_ignore_ascii_case("null");
                let (why, premise) = match volatile::of(&expr) {
                    Volatility::Stable => continue,
                    Volatility::Volatile(function) => {
                        (format!("`{function}` has a value for each row"), None)
                    }
                    Volatility::Unknown(function) => (
                        format!("`{}` may have a value for each row", function.join(".")),
                        Some(Premise::Unlinked(Link::Steady, examiner.routine_of(&function))),
                    ),
                };
                let message = format!("`{table}` is rewritten for the default of `{column}`: {why}");
                examiner.report_if(&VOLATILE_DEFAULT, constraint.syntax(), Some(table), premise, message);
            }
            Constraint::GeneratedConstraint(generated) => {
                (has_value, has_default) = (true, true);
                match generated.generated_as() {
                    Some(GeneratedAs::GeneratedIdentity(_)) => {
                        let message = format!("`{table}` is rewritten to number its rows in `{column}`");
                        examiner.report(&NUMBERED, it.syntax(), Some(table), message);
                    }
                    Some(GeneratedAs::GeneratedStored(stored)) if is_stored(&stored) => {
                        let message = format!("`{table}` is rewritten to compute `{column}` for each row");
                        examiner.report(&STORED, it.syntax(), Some(table), message);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    if is_serial {
        let message = format!("`{table}` is rewritten to number its rows in `{column}`");
        examiner.report(&NUMBERED, it.syntax(), Some(table), message);
    }
    if let Some(ty) = it.ty().filter(|_| !has_default) {
        let domain = examiner.relation(ty.syntax());
        let message =
            format!("`{table}` is rewritten for the default that the domain `{domain}` gives `{column}`");
        let premise = Some(Premise::Linked(Link::Default, domain));
        examiner.report_if(&VOLATILE_DEFAULT, it.syntax(), Some(table), premise, message);
    }
    if is_required && !has_value {
        let message =
            format!("`{column}` is NOT NULL and has no default: the rows of `{table}` have no value for it");
        examiner.report(&REQUIRED, it.syntax(), Some(table), message);
    }
}

fn alter(examiner: &mut Examiner, table: &Name, it: &AlterColumn) {
    let column = it.column_name_ref().map(|it| name::last_part(it.syntax())).unwrap_or_default();
    let (lint, message) = match it.option() {
        Some(AlterColumnOption::SetType(to)) => {
            retyped::alter(examiner, table, &to, &column);
            return;
        }
        Some(AlterColumnOption::SetExpression(_)) => {
            let message = format!("`{table}` is rewritten to compute `{column}` for each row");
            let premise = Some(Premise::Unlinked(Link::Virtual, table.part("column", &column)));
            examiner.report_if(&EXPRESSION, it.syntax(), Some(table), premise, message);
            return;
        }
        Some(
            AlterColumnOption::SetDefault(_)
            | AlterColumnOption::DropDefault(_)
            | AlterColumnOption::AddGenerated(_)
            | AlterColumnOption::SetGenerated(_)
            | AlterColumnOption::DropIdentity(_)
            | AlterColumnOption::DropExpression(_),
        ) => (&DEFAULT, format!("new rows of `{table}` have another value in `{column}`")),
        _ => return,
    };
    examiner.report(lint, it.syntax(), Some(table), message);
}

pub(super) fn is_stored(stored: &squawk_syntax::ast::GeneratedStored) -> bool {
    // PostgreSQL 18 computes it when it is read if nothing is said; those before demand the word.
    stored.syntax().descendants_with_tokens().any(|it| it.kind() == squawk_syntax::SyntaxKind::STORED_KW)
}

/// The last name of a type, folded to lower case; `None`: it is no plain name.
pub(super) fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::PathType(it) => Some(name::last_part(it.path_ref()?.syntax())),
        _ => None,
    }
}

pub(super) fn is_serial(ty: &Type) -> bool {
    const SERIAL: [&str; 6] = ["serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"];
    type_name(ty).is_some_and(|name| SERIAL.contains(&&*name))
}

//! Triggers.

use squawk_syntax::ast::{AlterTableAction, AstNode as _, Stmt};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name::{self, Name};

pub(super) const CREATE: Lint = Lint {
    name: "create-trigger",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a trigger is created on a table that is in use",
    why: "`CREATE TRIGGER` takes a SHARE ROW EXCLUSIVE lock: writes to the table are blocked until the transaction ends. They wait for whatever else the migration does.",
    instead: "create it at the end of the migration, or in one of its own",
    sql: "",
    manual: "CREATE TRIGGER; Explicit Locking",
};

pub(super) const DISABLE: Lint = Lint {
    name: "disable-trigger",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a trigger is disabled",
    why: "It is disabled for everybody, not for this session, and stays so after the migration unless it is enabled \
          again. With `ALL`, foreign keys are not checked either: rows that break them stay, and nothing finds them.",
    instead: "write the trigger so that it lets this change pass, for example by a setting that it looks at",
    sql: "",
    manual: "ALTER TABLE, DISABLE/ENABLE TRIGGER",
};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    if let AlterTableAction::DisableTrigger(it) = action {
        let what = it.trigger_target().map(|it| it.syntax().text().to_string()).unwrap_or_default();
        let message = format!("the trigger `{what}` of `{table}` is disabled for everybody");
        examiner.report(&DISABLE, it.syntax(), Some(table), message);
    }
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    if let Stmt::CreateTrigger(it) = stmt
        && let (Some(on), Some(trigger)) = (it.on_relation(), it.trigger())
    {
        let table = examiner.relation(on.syntax());
        let trigger = name::last_part(trigger.syntax());
        let message =
            format!("the creation of `{trigger}` blocks writes to `{table}` until the transaction ends");
        examiner.report(&CREATE, it.syntax(), Some(&table), message);
    }
}

//! Locks: taken by name, several at a time, and waited for without end.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    AstNode as _, CallExpr, ConfigAssignment, Expr, Literal, LockMode, ResetTarget, SetTarget, Stmt,
};

use super::catalogue::{InDown, Level, Lint};
use super::created;
use super::examiner::Examiner;
use super::lock_mode::{LockMode as Strength, Reach};
use super::name;

pub(super) const LOCK_TABLE: Lint = Lint {
    name: "lock-table",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a table is locked by name",
    why: "The lock is held until the transaction ends, and everybody who needs one that conflicts waits that long. \
          Without a mode it is ACCESS EXCLUSIVE, which also keeps readers out.",
    instead: "let each statement take the lock that it needs, or name the weakest mode that does",
    sql: "",
    manual: "LOCK; Explicit Locking",
};

pub(super) const MANY: Lint = Lint {
    name: "many-exclusive-locks",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "several tables that are in use are closed in one transaction",
    why: "Each ACCESS EXCLUSIVE lock is held until the transaction ends: while the migration waits for the second table, \
          reads of the first are blocked. A session that holds the second and waits for the first is in a deadlock with it.",
    instead: "change each table in a migration of its own",
    sql: "",
    manual: "Explicit Locking, Deadlocks",
};

pub(super) const TIMEOUT: Lint = Lint {
    name: "lock-timeout-off",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "the lock timeout is switched off, or reset",
    why: "Without it a migration waits for a lock as long as it takes, and everybody queues behind it, readers too. With \
          it the migration gives up, and is tried again. Where it is reset, it is what the server, the database or the \
          role says, which is mostly nothing.",
    instead: "leave `lock_timeout` as the runtime sets it, or set a few seconds",
    sql: "",
    manual: "Client Connection Defaults, lock_timeout",
};

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::Lock(it) => lock(examiner, it),
        Stmt::Set(it) => timeout(examiner, it),
        Stmt::Reset(it) => {
            let is_of_locks = match it.reset_target() {
                Some(ResetTarget::All(_)) => true,
                Some(ResetTarget::ConfigParameterRef(it)) => is_timeout(it.syntax()),
                _ => false,
            };
            if is_of_locks {
                reset(examiner, it.syntax());
            }
        }
        Stmt::Select(it) => {
            let calls: Vec<CallExpr> = it.syntax().descendants().filter_map(CallExpr::cast).collect();
            for call in calls.into_iter().filter(is_switching_off) {
                examiner.report(&TIMEOUT, call.syntax(), None, WITHOUT_END.to_owned());
            }
        }
        _ => {}
    }
}

fn lock(examiner: &mut Examiner, it: &squawk_syntax::ast::Lock) {
    let mode = it.lock_mode_clause().and_then(|clause| clause.lock_mode());
    if matches!(mode, Some(LockMode::AccessShare(_) | LockMode::RowShare(_) | LockMode::RowExclusive(_))) {
        // What SELECT, INSERT and UPDATE take.
        return;
    }
    let is_exclusive = strength(mode.as_ref()) == Strength::AccessExclusive;
    for node in it.relation_list().into_iter().flat_map(|list| list.relation_names()) {
        let table = examiner.relation(node.syntax());
        let what = if is_exclusive { "reads and writes" } else { "writes" };
        let message = format!("LOCK TABLE blocks {what} of `{table}` until the transaction ends");
        examiner.report(&LOCK_TABLE, it.syntax(), Some(&table), message);
        examiner.lock(&table, it.syntax(), strength(mode.as_ref()), Reach::Heirs);
    }
}

fn strength(mode: Option<&LockMode>) -> Strength {
    match mode {
        Some(LockMode::ShareUpdateExclusive(_)) => Strength::ShareUpdateExclusive,
        Some(LockMode::Share(_)) => Strength::Share,
        Some(LockMode::ShareRowExclusive(_)) => Strength::ShareRowExclusive,
        Some(LockMode::Exclusive(_)) => Strength::Exclusive,
        _ => Strength::AccessExclusive,
    }
}

const WITHOUT_END: &str = "the migration waits for locks without end";

fn is_timeout(parameter: &SyntaxNode) -> bool {
    name::last_part(parameter) == "lock_timeout"
}

fn reset(examiner: &mut Examiner, at: &SyntaxNode) {
    let message = "the migration waits for locks as long as the server lets it, which is mostly without end";
    examiner.report(&TIMEOUT, at, None, message.to_owned());
}

fn timeout(examiner: &mut Examiner, it: &squawk_syntax::ast::Set) {
    let Some(SetTarget::SetConfig(config)) = it.set_target() else { return };
    let is_of_locks = config.config_parameter_ref().is_some_and(|it| is_timeout(it.syntax()));
    let Some(ConfigAssignment::ToConfigValue(to)) = config.config_assignment() else { return };
    if !is_of_locks {
        return;
    }
    if to.default_token().is_some() {
        reset(examiner, it.syntax());
    } else if to.config_values().next().is_some_and(|it| is_off(&created::config_value(it.syntax()))) {
        examiner.report(&TIMEOUT, it.syntax(), None, WITHOUT_END.to_owned());
    }
}

/// `0`, with a unit or without.
fn is_off(value: &str) -> bool {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c.is_whitespace());
    digits.trim().parse() == Ok(0_u32)
}

/// `set_config('lock_timeout', '0', …)`.
fn is_switching_off(call: &CallExpr) -> bool {
    let name = match call.expr() {
        Some(Expr::NameRef(name)) => name.text(),
        Some(Expr::FieldExpr(it)) => it.field().map(|field| field.text()).unwrap_or_default(),
        _ => return false,
    };
    let args = call.arg_list().into_iter().flat_map(|list| list.args());
    let literals = args.map(|arg| arg.syntax().first_child().and_then(Literal::cast)?.string_value());
    match literals.take(2).collect::<Option<Vec<String>>>().as_deref() {
        Some([parameter, value]) => {
            name == "set_config" && parameter.eq_ignore_ascii_case("lock_timeout") && is_off(value)
        }
        _ => false,
    }
}

//! What has another name from now on: the last release looks for the old one.

use squawk_syntax::ast::{
    AlterDomainAction, AlterFunctionAction, AlterMaterializedViewAction, AlterPolicyAction,
    AlterSchemaAction, AlterSequenceAction, AlterTableAction, AlterTriggerAction, AlterTypeAction,
    AlterViewAction, AstNode as _, Stmt,
};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name::{self, Name};

pub(super) const TABLE: Lint = Lint {
    name: "rename-table",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a table is renamed",
    why: "The pods of the last release fail from the moment that the migration commits until they are gone.",
    instead: "rename it and leave a view under the old name, in one transaction; simple views can be written to. Drop the \
              view when nothing uses it",
    sql: "ALTER TABLE clients RENAME TO customers;\nCREATE VIEW clients AS SELECT * FROM customers;",
    manual: "ALTER TABLE, RENAME; CREATE VIEW, Updatable Views",
};

pub(super) const COLUMN: Lint = Lint {
    name: "rename-column",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a column is renamed",
    why: "The pods of the last release fail from the moment that the migration commits until they are gone.",
    instead: "add a column with the new name, write to both, fill the old rows in batches, then read the new one and drop \
              the old; or give it the new name in a view, or in the code only",
    sql: "",
    manual: "ALTER TABLE, RENAME",
};

pub(super) const OTHER: Lint = Lint {
    name: "rename-object",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a view, type, schema, function or the like is renamed",
    why: "The pods of the last release fail where they still use the old name. Indexes and constraints are not reported, \
          as hardly any code names them.",
    instead: "create the new one beside the old one, and drop that when nothing uses it",
    sql: "",
    manual: "",
};

pub(super) const SCHEMA: Lint = Lint {
    name: "move-to-schema",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "something is moved to another schema",
    why: "The pods of the last release fail where they name the old schema, or do not have the new one in their \
          `search_path`.",
    instead: "leave a view in the old schema, or put the new one into the `search_path` of the role first",
    sql: "",
    manual: "ALTER TABLE, SET SCHEMA",
};

pub(super) const PART: Lint = Lint {
    name: "rename-part",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a constraint, trigger, policy or rule is renamed",
    why: "It takes an ACCESS EXCLUSIVE lock on the table, for an instant and to the end of the transaction. Code that names it, as in \
          `ON CONFLICT ON CONSTRAINT` or where it looks at the constraint of an error, no longer finds it.",
    instead: "make sure that no code names it, and keep the transaction short",
    sql: "",
    manual: "ALTER TABLE, RENAME CONSTRAINT",
};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    match action {
        AlterTableAction::TableRenameTo(it) => {
            let to = it.table_name().map(|it| name::last_part(it.syntax())).unwrap_or_default();
            let message = format!("`{table}` is called `{to}` from now on");
            examiner.report(&TABLE, it.syntax(), Some(table), message);
        }
        AlterTableAction::RenameColumn(it) => column(examiner, table, it),
        AlterTableAction::RenameConstraint(it) => part(examiner, it.syntax(), table),
        AlterTableAction::SetSchema(it) => moved(examiner, table, it),
        _ => {}
    }
}

fn column(examiner: &mut Examiner, table: &Name, it: &squawk_syntax::ast::RenameColumn) {
    let from = it.column_name_ref().map(|it| name::last_part(it.syntax())).unwrap_or_default();
    let to = it.column_name().map(|it| name::last_part(it.syntax())).unwrap_or_default();
    let message = format!("the column `{from}` of `{table}` is called `{to}` from now on");
    examiner.report(&COLUMN, it.syntax(), Some(table), message);
}

fn moved(examiner: &mut Examiner, what: &Name, it: &squawk_syntax::ast::SetSchema) {
    let to = it.schema_ref().map(|it| name::last_part(it.syntax())).unwrap_or_default();
    let message = format!("`{what}` is in the schema `{to}` from now on");
    examiner.report(&SCHEMA, it.syntax(), Some(what), message);
}

fn part(examiner: &mut Examiner, at: &SyntaxNode, table: &Name) {
    let message = format!("something of `{table}` has another name from now on");
    examiner.report(&PART, at, Some(table), message);
}

fn parts(examiner: &mut Examiner, stmt: &Stmt) {
    let of_table = match stmt {
        Stmt::AlterTrigger(it) if matches!(it.action(), Some(AlterTriggerAction::TriggerRenameTo(_))) => {
            it.on_relation().map(|it| it.syntax().clone())
        }
        Stmt::AlterPolicy(it) if matches!(it.action(), Some(AlterPolicyAction::PolicyRenameTo(_))) => {
            it.on_table().map(|it| it.syntax().clone())
        }
        Stmt::AlterRule(it) => it.on_relation().map(|it| it.syntax().clone()),
        _ => None,
    };
    if let Some(table) = of_table.map(|node| examiner.relation(&node)) {
        part(examiner, stmt.syntax(), &table);
    }
}

/// What an action does with a name.
enum Act {
    Rename(SyntaxNode),
    Move(squawk_syntax::ast::SetSchema),
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    parts(examiner, stmt);
    let relation = |node: Option<SyntaxNode>, examiner: &Examiner| node.map(|node| examiner.relation(&node));
    let renamed = |node: &SyntaxNode| Some(Act::Rename(node.clone()));
    let (about, act) = match stmt {
        Stmt::AlterView(it) => {
            let view = relation(it.view_ref().map(|it| it.syntax().clone()), examiner);
            let act = match it.action() {
                Some(AlterViewAction::ViewRenameTo(it)) => renamed(it.syntax()),
                Some(AlterViewAction::SetSchema(it)) => Some(Act::Move(it)),
                Some(AlterViewAction::RenameColumn(it)) => {
                    if let Some(view) = &view {
                        column(examiner, view, &it);
                    }
                    None
                }
                _ => None,
            };
            (view, act)
        }
        Stmt::AlterMaterializedView(it) => {
            let view = relation(it.view_ref().map(|it| it.syntax().clone()), examiner);
            let act = it.action().find_map(|action| match action {
                AlterMaterializedViewAction::ViewRenameTo(it) => renamed(it.syntax()),
                AlterMaterializedViewAction::SetSchema(it) => Some(Act::Move(it)),
                _ => None,
            });
            (view, act)
        }
        Stmt::AlterType(it) => {
            let ty = relation(it.type_name_ref().map(|it| it.syntax().clone()), examiner);
            let act = match it.action() {
                Some(AlterTypeAction::TypeRenameTo(it)) => renamed(it.syntax()),
                Some(AlterTypeAction::RenameValue(it)) => renamed(it.syntax()),
                Some(AlterTypeAction::RenameAttribute(it)) => renamed(it.syntax()),
                Some(AlterTypeAction::SetSchema(it)) => Some(Act::Move(it)),
                _ => None,
            };
            (ty, act)
        }
        Stmt::AlterDomain(it) => {
            let domain = relation(it.domain_ref().map(|it| it.syntax().clone()), examiner);
            let act = match it.action() {
                Some(AlterDomainAction::DomainRenameTo(it)) => renamed(it.syntax()),
                Some(AlterDomainAction::SetSchema(it)) => Some(Act::Move(it)),
                _ => None,
            };
            (domain, act)
        }
        Stmt::AlterSequence(it) => {
            let sequence = relation(it.sequence_ref().map(|it| it.syntax().clone()), examiner);
            let act = it.actions().find_map(|action| match action {
                AlterSequenceAction::SequenceRenameTo(it) => renamed(it.syntax()),
                AlterSequenceAction::SetSchema(it) => Some(Act::Move(it)),
                _ => None,
            });
            (sequence, act)
        }
        Stmt::AlterFunction(it) => {
            let function = it.function_sig().map(|it| examiner.routine(it.syntax()));
            let act = match it.action() {
                Some(AlterFunctionAction::FunctionRenameTo(it)) => renamed(it.syntax()),
                Some(AlterFunctionAction::SetSchema(it)) => Some(Act::Move(it)),
                _ => None,
            };
            (function, act)
        }
        Stmt::AlterSchema(it) => {
            let schema = it.schema_ref().map(|it| Name::apart("schema", &name::last_part(it.syntax())));
            let act = match it.action() {
                Some(AlterSchemaAction::SchemaRenameTo(it)) => renamed(it.syntax()),
                _ => None,
            };
            (schema, act)
        }
        _ => return,
    };
    match (about, act) {
        (Some(about), Some(Act::Rename(node))) => {
            let what = match node.kind() {
                SyntaxKind::RENAME_VALUE => "a value of ",
                SyntaxKind::RENAME_ATTRIBUTE => "an attribute of ",
                _ => "",
            };
            let message = format!("{what}`{about}` has another name from now on");
            examiner.report(&OTHER, stmt.syntax(), Some(&about), message);
        }
        (Some(about), Some(Act::Move(to))) => moved(examiner, &about, &to),
        _ => {}
    }
}

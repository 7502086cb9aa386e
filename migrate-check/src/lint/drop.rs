//! What is dropped: data are lost, or the last release looks for what is no longer there.

use squawk_syntax::ast::{AlterTableAction, AstNode as _, DropBehavior, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name::{self, Name};
use super::rename;

pub(super) const TABLE: Lint = Lint {
    name: "drop-table",
    level: Level::Warn,
    in_down: InDown::LosesData,
    summary: "a table is dropped",
    why: "Its data are deleted, no down brings them back, and the pods of the last release fail where they still use it.",
    instead: "release code that does not use it first; rename it, and drop it some releases later",
    sql: "",
    manual: "DROP TABLE",
};

pub(super) const COLUMN: Lint = Lint {
    name: "drop-column",
    level: Level::Warn,
    in_down: InDown::LosesData,
    summary: "a column is dropped",
    why: "Its data are deleted, no down brings them back, and the pods of the last release fail: they name it, or expect it \
          in `SELECT *`. Indexes and constraints over several columns that include it are dropped too.",
    instead: "release code that neither reads nor writes it first, then drop it",
    sql: "",
    manual: "ALTER TABLE, DROP COLUMN",
};

pub(super) const VIEW: Lint = Lint {
    name: "drop-view",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a view is dropped and not created again",
    why: "The pods of the last release fail where they still use it. A view that the same transaction creates again is \
          not reported.",
    instead: "release code that does not use it first; CREATE OR REPLACE VIEW changes one in place",
    sql: "",
    manual: "DROP VIEW; DROP MATERIALIZED VIEW",
};

pub(super) const SCHEMA: Lint = Lint {
    name: "drop-schema",
    level: Level::Warn,
    in_down: InDown::LosesData,
    summary: "a schema is dropped",
    why: "With CASCADE everything in it is gone, and everything elsewhere that depends on it.",
    instead: "drop what is in it by name, then the schema without CASCADE",
    sql: "",
    manual: "DROP SCHEMA",
};

pub(super) const DATABASE: Lint = Lint {
    name: "drop-database",
    level: Level::Warn,
    in_down: InDown::LosesData,
    summary: "a database is dropped",
    why: "Its data are gone. It is another than the one that is migrated, which only its own migrations should change.",
    instead: "drop it by hand",
    sql: "",
    manual: "DROP DATABASE",
};

pub(super) const TYPE: Lint = Lint {
    name: "drop-type",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a type or domain is dropped",
    why: "The pods of the last release fail where they still cast to it.",
    instead: "release code that does not name it first",
    sql: "",
    manual: "DROP TYPE; DROP DOMAIN",
};

pub(super) const FUNCTION: Lint = Lint {
    name: "drop-function",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a function, procedure or aggregate is dropped and not created again",
    why: "The pods of the last release fail where they still call it. One that the same transaction creates again is not \
          reported.",
    instead: "release code that does not call it first; CREATE OR REPLACE changes one in place",
    sql: "",
    manual: "DROP FUNCTION",
};

pub(super) const OTHER: Lint = Lint {
    name: "drop-object",
    level: Level::Warn,
    in_down: InDown::Fine,
    summary: "a sequence, an extension, a role or the like is dropped",
    why: "What still uses it fails: the pods of the last release, or other services in the same database.",
    instead: "make sure that nothing uses it",
    sql: "",
    manual: "",
};

pub(super) const TRIGGER: Lint = Lint {
    name: "drop-trigger",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a trigger, policy or rule is dropped and not created again",
    why: "What it saw to is no longer seen to. The drop takes an ACCESS EXCLUSIVE lock on the table, for an instant and \
          to the end of the transaction. One that the same transaction creates again is not reported.",
    instead: "make sure that no code relies on it",
    sql: "",
    manual: "DROP TRIGGER; DROP POLICY; DROP RULE",
};

pub(super) const CASCADE: Lint = Lint {
    name: "drop-cascade",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a drop with CASCADE",
    why: "Whatever depends on it is dropped too, and what depends on that: views, foreign keys, defaults, functions. On \
          another database these may be others than those that come to mind.",
    instead: "drop what depends on it by name, then this without CASCADE",
    sql: "",
    manual: "Dependency Tracking",
};

/// Whether the hazard is gone when the same transaction creates something of that name again.
pub(super) fn is_undone_by_creating(lint: &Lint) -> bool {
    [&VIEW, &TYPE, &FUNCTION, &OTHER, &TRIGGER, &rename::TABLE, &rename::OTHER].contains(&lint)
}

/// How an object is named.
#[derive(Clone, Copy)]
enum Space {
    Relation,
    Routine,
    /// In no schema.
    Apart,
    /// On a table.
    Part,
}

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    let cascade = |behavior| matches!(behavior, Some(DropBehavior::Cascade(_)));
    let (what, is_cascade) = match action {
        AlterTableAction::DropColumn(it) => {
            let column = it.column_name_ref().map(|it| name::last_part(it.syntax())).unwrap_or_default();
            let what = format!("the column `{column}` of `{table}`");
            examiner.report(&COLUMN, it.syntax(), Some(table), format!("{what} is dropped"));
            (what, cascade(it.drop_behavior()))
        }
        AlterTableAction::DropConstraint(it) => ("the constraint".to_owned(), cascade(it.drop_behavior())),
        _ => return,
    };
    if is_cascade {
        let message = format!("all that depends on {what} is dropped with it");
        examiner.report(&CASCADE, action.syntax(), Some(table), message);
    }
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    let (lint, kind, space) = match stmt {
        Stmt::DropTable(_) => (Some(&TABLE), "table", Space::Relation),
        Stmt::DropView(_) | Stmt::DropMaterializedView(_) => (Some(&VIEW), "view", Space::Relation),
        Stmt::DropSchema(_) => (Some(&SCHEMA), "schema", Space::Apart),
        Stmt::DropDatabase(_) => (Some(&DATABASE), "database", Space::Apart),
        Stmt::DropType(_) | Stmt::DropDomain(_) => (Some(&TYPE), "type", Space::Relation),
        Stmt::DropFunction(_) | Stmt::DropProcedure(_) | Stmt::DropRoutine(_) | Stmt::DropAggregate(_) => {
            (Some(&FUNCTION), "function", Space::Routine)
        }
        Stmt::DropSequence(_) => (Some(&OTHER), "sequence", Space::Relation),
        Stmt::DropForeignTable(_) => (Some(&OTHER), "foreign table", Space::Relation),
        Stmt::DropExtension(_) => (Some(&OTHER), "extension", Space::Apart),
        Stmt::DropServer(_) => (Some(&OTHER), "server", Space::Apart),
        Stmt::DropRole(_) | Stmt::DropUser(_) | Stmt::DropGroup(_) => (Some(&OTHER), "role", Space::Apart),
        Stmt::DropOwned(_) => (Some(&OTHER), "all that belongs to", Space::Apart),
        Stmt::DropPublication(_) => (Some(&OTHER), "publication", Space::Apart),
        Stmt::DropSubscription(_) => (Some(&OTHER), "subscription", Space::Apart),
        Stmt::DropTrigger(_) => (Some(&TRIGGER), "trigger", Space::Part),
        Stmt::DropPolicy(_) => (Some(&TRIGGER), "policy", Space::Part),
        Stmt::DropRule(_) => (Some(&TRIGGER), "rule", Space::Part),
        Stmt::DropIndex(_) => (None, "index", Space::Relation),
        _ => return,
    };
    let is_cascade = stmt.syntax().children().any(|node| node.kind() == SyntaxKind::CASCADE);
    let owner = stmt.syntax().children().find(is_owner).map(|node| examiner.relation(&node));
    for object in objects(stmt.syntax()) {
        let name = match (space, &owner) {
            (Space::Relation, _) => examiner.relation(&object),
            (Space::Routine, _) => examiner.routine(&object),
            (Space::Part, Some(owner)) => owner.part(kind, &name::last_part(&object)),
            (Space::Part | Space::Apart, _) => Name::apart(kind, &name::last_part(&object)),
        };
        let shown = match space {
            Space::Relation => name.to_string(),
            _ => name::parts(&object).join("."),
        };
        if let Some(lint) = lint {
            let message = format!("the {kind} `{shown}` is dropped");
            examiner.report(lint, stmt.syntax(), Some(&name), message);
        }
        if is_cascade {
            let message = format!("all that depends on the {kind} `{shown}` is dropped with it");
            examiner.report(&CASCADE, stmt.syntax(), Some(&name), message);
        }
    }
}

fn is_owner(node: &SyntaxNode) -> bool {
    matches!(node.kind(), SyntaxKind::ON_RELATION | SyntaxKind::ON_TABLE)
}

/// The nodes that name what is dropped.
fn objects(stmt: &SyntaxNode) -> Vec<SyntaxNode> {
    let is_list = |kind: SyntaxKind| {
        matches!(
            kind,
            SyntaxKind::FUNCTION_SIG_LIST
                | SyntaxKind::PROCEDURE_SIG_LIST
                | SyntaxKind::ROUTINE_SIG_LIST
                | SyntaxKind::ROLE_REF_LIST
        )
    };
    let is_other = |node: &SyntaxNode| {
        let kind = node.kind();
        is_owner(node)
            || matches!(
                kind,
                SyntaxKind::IF_EXISTS
                    | SyntaxKind::CASCADE
                    | SyntaxKind::RESTRICT
                    | SyntaxKind::DROP_DATABASE_FORCE_CLAUSE
            )
    };
    let nodes = stmt.children().filter(|node| !is_other(node));
    nodes.flat_map(|node| if is_list(node.kind()) { node.children().collect() } else { vec![node] }).collect()
}

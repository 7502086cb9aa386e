//! What changes without a lock and without an error, so that the pods of the last release may not know what they read and
//! write. Each is what a migration is for: they are allowed by default, for who wants to be asked.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    AlterColumnOption, AlterDatabaseAction, AlterFunctionAction, AlterPolicyAction, AlterProcedureAction,
    AlterRoleAction, AlterRoutineAction, AlterSequenceAction, AlterTableAction, AlterTypeAction,
    AlterTypeAttributeAction, AlterUserAction, AlterViewAction, AstNode, Constraint, ConstraintOption, Stmt,
};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::findings::Premise;
use super::link::Link;
use super::name::{self, Name};

pub(super) const ADD_COLUMN: Lint = Lint {
    name: "add-column",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a column or an attribute is added",
    why: "Who reads `SELECT *` by the position of columns, or inserts without naming them, meets one more than it knows.",
    instead: "make sure that the service names the columns that it reads and writes",
    sql: "",
    manual: "ALTER TABLE, ADD COLUMN",
};

pub(super) const ENUM_VALUE: Lint = Lint {
    name: "add-enum-value",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a value is added to an enum",
    why: "A service that decodes the enum into a closed set of its own fails at the first row with the new value. No down \
          can take it away again.",
    instead: "release a service that knows the value first, and write it later",
    sql: "",
    manual: "ALTER TYPE, ADD VALUE",
};

pub(super) const RESTRICT: Lint = Lint {
    name: "restrict-writes",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a constraint or a unique index may refuse what was accepted before",
    why: "`NOT VALID` and `CONCURRENTLY` spare the old rows and the locks. New rows are checked at once: what the pods of \
          the last release write may be refused.",
    instead: "release a service that keeps to the rule first",
    sql: "",
    manual: "ALTER TABLE, ADD table_constraint",
};

pub(super) const REPLACE: Lint = Lint {
    name: "replace-object",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a view, function, trigger or rule is replaced by OR REPLACE",
    why: "Whoever uses it gets the new one with the next statement, the pods of the last release too.",
    instead: "create it under a new name where what it does is another thing",
    sql: "",
    manual: "CREATE VIEW; CREATE FUNCTION",
};

pub(super) const OPTIONS: Lint = Lint {
    name: "change-options",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "options or settings of a function, view, role, database or server are changed",
    why: "They hold for everybody: for a function with its next call, for a role or a database with each new session, of \
          other services too.",
    instead: "make sure that nothing relies on the old ones",
    sql: "",
    manual: "ALTER FUNCTION; ALTER VIEW; ALTER ROLE; ALTER DATABASE; ALTER SYSTEM",
};

pub(super) const ROW_SECURITY: Lint = Lint {
    name: "change-row-security",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a policy is created or changed, or row level security switched on or off, for a table that is in use",
    why: "Rows disappear for who could see them, or appear for who could not, without an error.",
    instead: "make sure that each role sees what it should, and no more",
    sql: "",
    manual: "Row Security Policies",
};

pub(super) const REPLICATION: Lint = Lint {
    name: "change-replication",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "what is replicated is changed: REPLICA IDENTITY, or a publication loses or exchanges what it publishes",
    why: "Subscribers are not told. Without a replica identity, UPDATE and DELETE fail on a table that is published; with \
          `FULL`, each of them writes the whole old row to the log.",
    instead: "change it together with the subscribers",
    sql: "",
    manual: "Logical Replication, Publication; ALTER TABLE, REPLICA IDENTITY",
};

pub(super) const SEQUENCE: Lint = Lint {
    name: "change-sequence",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "the numbers that a sequence gives are changed",
    why: "It may give numbers that it has given before, and then an INSERT fails. A change is seen at once, and a rollback \
          does not always bring back what was.",
    instead: "let it begin behind the highest number that is in use",
    sql: "",
    manual: "ALTER SEQUENCE, Notes",
};

pub(super) const INHERITANCE: Lint = Lint {
    name: "change-inheritance",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a table begins or ceases to inherit from another",
    why: "Its rows appear in what is read from the parent, or disappear from it, without an error.",
    instead: "make sure that who reads the parent expects it",
    sql: "",
    manual: "ALTER TABLE, INHERIT; Inheritance",
};

pub(super) const EXTENSION: Lint = Lint {
    name: "change-extension",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "an extension is updated, or loses or gains an object",
    why: "The script of the extension does what it does, mostly under locks that no lint sees, and there is no way back to \
          the old version unless its author wrote one.",
    instead: "read the script of the update, and try it on a copy",
    sql: "",
    manual: "ALTER EXTENSION",
};

pub(super) const STORED_RESULT: Lint = Lint {
    name: "replace-stored-function",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a function is replaced whose results are stored",
    why: "An index over the function, a stored generated column or a check holds what the old function gave, and PostgreSQL computes nothing anew: queries that use the index find the wrong rows. The lint knows the indexes, columns and checks of this folder.",
    instead: "rebuild the index with `REINDEX INDEX CONCURRENTLY`, or update the rows, after the function is replaced",
    sql: "",
    manual: "CREATE INDEX, Notes",
};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    let at = action.syntax();
    match action {
        AlterTableAction::AddColumn(it) => {
            let column = it.column_name().map(|it| name::last_part(it.syntax())).unwrap_or_default();
            let message = format!("`{table}` has one column more: `{column}`");
            examiner.report(&ADD_COLUMN, at, Some(table), message);
            if it.constraints().any(|constraint| restricts(&constraint)) {
                restricted(examiner, at, table);
            }
        }
        AlterTableAction::AddConstraint(it)
            if it.constraint().is_some_and(|constraint| restricts(&constraint)) =>
        {
            restricted(examiner, at, table);
        }
        AlterTableAction::AlterConstraint(it) => {
            let is_enforced = |option| matches!(option, ConstraintOption::Enforced(_));
            if it.constraint_options().any(is_enforced) {
                restricted(examiner, at, table);
            }
        }
        AlterTableAction::AlterColumn(it) => {
            if matches!(it.option(), Some(AlterColumnOption::SetNotNull(_))) {
                restricted(examiner, at, table);
            }
        }
        AlterTableAction::EnableRls(_)
        | AlterTableAction::DisableRls(_)
        | AlterTableAction::ForceRls(_)
        | AlterTableAction::NoForceRls(_) => {
            let message = format!("who sees which rows of `{table}` is changed");
            examiner.report(&ROW_SECURITY, at, Some(table), message);
        }
        AlterTableAction::ReplicaIdentity(_) => {
            let message = format!("how subscribers find the rows of `{table}` is changed");
            examiner.report(&REPLICATION, at, Some(table), message);
        }
        AlterTableAction::InheritTable(_) | AlterTableAction::NoInheritTable(_) => {
            let message = format!("the rows of `{table}` appear in another table, or no longer");
            examiner.report(&INHERITANCE, at, Some(table), message);
        }
        _ => {}
    }
}

fn restricts(constraint: &Constraint) -> bool {
    let is_enforced = |option| !matches!(option, ConstraintOption::NotEnforced(_));
    constraint.constraint_options().all(is_enforced)
        && matches!(
            constraint,
            Constraint::CheckConstraint(_)
                | Constraint::ForeignKeyConstraint(_)
                | Constraint::ReferencesConstraint(_)
                | Constraint::UniqueConstraint(_)
                | Constraint::PrimaryKeyConstraint(_)
                | Constraint::ExcludeConstraint(_)
                | Constraint::NotNullConstraint(_)
        )
}

fn restricted(examiner: &mut Examiner, at: &SyntaxNode, table: &Name) {
    let message = format!("what is written to `{table}` may be refused from now on");
    examiner.report(&RESTRICT, at, Some(table), message);
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    let at = stmt.syntax();
    match stmt {
        Stmt::CreateIndex(it) if it.unique_token().is_some() => {
            if let Some(table) = it.table_relation_name() {
                restricted(examiner, at, &examiner.relation(table.syntax()));
            }
        }
        Stmt::AlterType(it) => {
            let Some(ty) = it.type_name_ref().map(|it| examiner.relation(it.syntax())) else { return };
            match it.action() {
                Some(AlterTypeAction::AddValue(_)) => {
                    let message = format!("`{ty}` has one value more");
                    examiner.report(&ENUM_VALUE, at, Some(&ty), message);
                }
                Some(AlterTypeAction::AlterTypeAttributeActionList(list))
                    if list.actions().any(|it| matches!(it, AlterTypeAttributeAction::AddAttribute(_))) =>
                {
                    let message = format!("`{ty}` has more attributes");
                    examiner.report(&ADD_COLUMN, at, Some(&ty), message);
                }
                _ => {}
            }
        }
        Stmt::CreatePolicy(it) => policy(examiner, at, it.on_table()),
        Stmt::AlterPolicy(it) => {
            if matches!(it.action(), Some(AlterPolicyAction::AlterPolicyTo(_))) {
                policy(examiner, at, it.on_table());
            }
        }
        Stmt::AlterPublication(it) => {
            use squawk_syntax::ast::AlterPublicationAction as Action;
            if matches!(
                it.action(),
                Some(
                    Action::DropPublicationObjects(_)
                        | Action::SetPublicationObjects(_)
                        | Action::SetAllPublicationObjectList(_)
                        | Action::SetOptions(_)
                )
            ) {
                let message = "subscribers no longer get what they got, and are not told".to_owned();
                examiner.report(&REPLICATION, at, None, message);
            }
        }
        Stmt::AlterSequence(it) => {
            let Some(sequence) = it.sequence_ref().map(|it| examiner.relation(it.syntax())) else { return };
            if it.actions().any(|action| matches!(action, AlterSequenceAction::SequenceOption(_))) {
                let message = format!("`{sequence}` gives other numbers from now on");
                examiner.report(&SEQUENCE, at, Some(&sequence), message);
            }
        }
        Stmt::AlterExtension(_) => {
            let message = "what the extension's script does is not seen here".to_owned();
            examiner.report(&EXTENSION, at, None, message);
        }
        _ => {
            replaced(examiner, stmt);
            options(examiner, stmt);
        }
    }
}

fn policy(examiner: &mut Examiner, at: &SyntaxNode, on: Option<impl AstNode>) {
    if let Some(table) = on.map(|node| examiner.relation(node.syntax())) {
        let message = format!("who sees which rows of `{table}` is changed");
        examiner.report(&ROW_SECURITY, at, Some(&table), message);
    }
}

fn replaced(examiner: &mut Examiner, stmt: &Stmt) {
    let about = match stmt {
        Stmt::CreateView(it) if it.or_replace().is_some() => {
            it.view().map(|node| examiner.relation(node.syntax()))
        }
        Stmt::CreateFunction(it) if it.or_replace().is_some() => {
            it.name().map(|node| examiner.routine(node.syntax()))
        }
        Stmt::CreateProcedure(it) if it.or_replace().is_some() => {
            it.name().map(|node| examiner.routine(node.syntax()))
        }
        Stmt::CreateAggregate(it) if it.or_replace().is_some() => Some(examiner.routine(it.syntax())),
        Stmt::CreateTrigger(it) if it.or_replace().is_some() => {
            it.on_relation().map(|node| examiner.relation(node.syntax()))
        }
        Stmt::CreateRule(it) if it.or_replace().is_some() => {
            it.rule_on().map(|node| examiner.relation(node.syntax()))
        }
        _ => return,
    };
    let Some(about) = about else { return };
    if !examiner.world.is_gone(&about) {
        let message = "whoever uses it gets the new one at once".to_owned();
        examiner.report(&REPLACE, stmt.syntax(), Some(&about), message);
        if matches!(stmt, Stmt::CreateFunction(_)) {
            let message = format!("an index, a column or a check keeps what the old `{about}` gave");
            let premise = Some(Premise::Linked(Link::Stored, about.clone()));
            examiner.report_if(&STORED_RESULT, stmt.syntax(), Some(&about), premise, message);
        }
    }
}

fn options(examiner: &mut Examiner, stmt: &Stmt) {
    let changes = match stmt {
        Stmt::AlterFunction(it) => matches!(it.action(), Some(AlterFunctionAction::FuncOptionList(_))),
        Stmt::AlterProcedure(it) => matches!(it.action(), Some(AlterProcedureAction::FuncOptionList(_))),
        Stmt::AlterRoutine(it) => matches!(it.action(), Some(AlterRoutineAction::FuncOptionList(_))),
        Stmt::AlterView(it) => {
            matches!(it.action(), Some(AlterViewAction::SetOptions(_) | AlterViewAction::ResetOptions(_)))
        }
        Stmt::AlterRole(it) => matches!(
            it.action(),
            Some(
                AlterRoleAction::RoleOptionList(_)
                    | AlterRoleAction::SetConfigParam(_)
                    | AlterRoleAction::ResetConfigParam(_)
            )
        ),
        Stmt::AlterUser(it) => matches!(
            it.action(),
            Some(
                AlterUserAction::RoleOptionList(_)
                    | AlterUserAction::SetConfigParam(_)
                    | AlterUserAction::ResetConfigParam(_)
            )
        ),
        Stmt::AlterDatabase(it) => matches!(
            it.action(),
            Some(
                AlterDatabaseAction::DatabaseOptionList(_)
                    | AlterDatabaseAction::SetConfigParam(_)
                    | AlterDatabaseAction::ResetConfigParam(_)
            )
        ),
        Stmt::AlterSystem(_) => true,
        _ => false,
    };
    if changes {
        let message = "they hold for everybody, and for other services too".to_owned();
        examiner.report(&OPTIONS, stmt.syntax(), None, message);
    }
}

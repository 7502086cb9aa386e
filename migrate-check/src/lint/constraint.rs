//! Constraints that are added to a table that is in use.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{AlterTableAction, AstNode as _, Constraint, ConstraintOption};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::findings::Premise;
use super::link::Link;
use super::name::{self, Name};

pub(super) const FOREIGN_KEY: Lint = Lint {
    name: "foreign-key-without-not-valid",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a foreign key is added and checked at once",
    why: "`ADD FOREIGN KEY` looks up every row of the table in the other one. Meanwhile it holds a SHARE ROW EXCLUSIVE \
          lock on both: writes to both are blocked. With `NOT VALID` nothing is looked up, new rows are checked all the \
          same, and `VALIDATE CONSTRAINT` later looks at the old ones while everybody works.",
    instead: "add it NOT VALID, and validate it in a later migration",
    sql: "ALTER TABLE orders ADD CONSTRAINT orders_user_fk\n    FOREIGN KEY (user_id) REFERENCES users NOT VALID;\n\n\
          -- in the next migration\nALTER TABLE orders VALIDATE CONSTRAINT orders_user_fk;",
    manual: "ALTER TABLE, Notes",
};

pub(super) const CHECK: Lint = Lint {
    name: "check-without-not-valid",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a check constraint is added and checked at once",
    why: "`ADD CHECK` reads the whole table under an ACCESS EXCLUSIVE lock: reads and writes are blocked while it runs. So does \
          `ADD COLUMN … CHECK`, even where the column is null in every row. With `NOT VALID` nothing is read, new rows \
          are checked all the same, and `VALIDATE CONSTRAINT` later reads the table while everybody works.",
    instead: "add it NOT VALID, and validate it in a later migration",
    sql: "ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;\n\n\
          -- in the next migration\nALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;",
    manual: "ALTER TABLE, Notes",
};

pub(super) const VALIDATE: Lint = Lint {
    name: "validate-in-same-transaction",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a constraint is validated in the transaction that adds it",
    why: "`VALIDATE CONSTRAINT` by itself lets everybody work. But the lock under which the constraint was added is \
          held until the transaction ends, so that the table is closed while its rows are read, as if `NOT VALID` had \
          not been said.",
    instead: "validate it in the next migration",
    sql: "",
    manual: "ALTER TABLE, Notes",
};

pub(super) const VALIDATE_LATER: Lint = Lint {
    name: "validate-constraint",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a constraint is validated",
    why: "Every row is read while reads and writes go on. The first row that breaks the constraint makes the migration fail.",
    instead: "look for such rows first, and correct them in an earlier migration",
    sql: "",
    manual: "ALTER TABLE, VALIDATE CONSTRAINT",
};

pub(super) const UNIQUE: Lint = Lint {
    name: "unique-constraint-without-index",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a unique constraint builds its index itself",
    why: "The index is built under an ACCESS EXCLUSIVE lock: reads and writes of the table are blocked while it runs. A unique index \
          can be built concurrently, and the constraint made from it in an instant.",
    instead: "build a unique index CONCURRENTLY first, and add the constraint USING INDEX",
    sql: "-- migrate: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email_key ON users (email);\n\n\
          -- in the next migration\nALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
    manual: "ALTER TABLE, ADD table_constraint_using_index",
};

pub(super) const PRIMARY_KEY: Lint = Lint {
    name: "primary-key-without-index",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a primary key builds its index itself",
    why: "The index is built under an ACCESS EXCLUSIVE lock, and the columns are read for nulls: reads and writes of the table are blocked while it runs. With `USING INDEX` the key is made in an instant from an index that was built \
          concurrently, if the columns are NOT NULL already.",
    instead: "make the columns NOT NULL, build a unique index CONCURRENTLY, and add the key USING INDEX",
    sql: "-- migrate: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_pkey ON users (id);\n\n\
          -- in the next migration\nALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;",
    manual: "ALTER TABLE, ADD table_constraint_using_index",
};

pub(super) const EXCLUSION: Lint = Lint {
    name: "add-exclusion-constraint",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "an exclusion constraint is added to a table that is in use",
    why: "Its index is built and every row is compared under an ACCESS EXCLUSIVE lock. PostgreSQL has neither \
          `NOT VALID` nor `USING INDEX` for it: reads and writes of the table are blocked until it is done.",
    instead: "add it while the table is small, or plan for the time; a new table that is filled by and by can have it \
              from the start",
    sql: "",
    manual: "ALTER TABLE, ADD table_constraint",
};

pub(super) const DROP_CONSTRAINT: Lint = Lint {
    name: "drop-constraint",
    level: Level::Allow,
    in_down: InDown::Fine,
    summary: "a constraint is dropped",
    why: "Rows that it would have refused come in from now on, and the constraint cannot be added again before they are \
          gone. For a foreign key, the other table is locked too.",
    instead: "check that no code relies on it",
    sql: "",
    manual: "ALTER TABLE, DROP CONSTRAINT",
};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction, is_only: bool) {
    match action {
        AlterTableAction::AddConstraint(it) => {
            if let Some(constraint) = it.constraint() {
                add(examiner, table, &constraint, it.syntax(), is_only);
            }
        }
        AlterTableAction::AddColumn(it) => {
            let has_default = it.constraints().any(|it| matches!(it, Constraint::DefaultConstraint(_)));
            for constraint in it.constraints() {
                // Nulls refer to nothing, and PostgreSQL knows that it need not look.
                if has_default || !matches!(constraint, Constraint::ReferencesConstraint(_)) {
                    add(examiner, table, &constraint, constraint.syntax(), is_only);
                }
            }
        }
        AlterTableAction::ValidateConstraint(it) => {
            let Some(constraint) = it.constraint_name_ref() else { return };
            let constraint = name::last_part(constraint.syntax());
            let name = table.part("constraint", &constraint);
            if examiner.mode.is_transactional && examiner.not_valid.contains(&name) {
                let message = format!("`{constraint}` is validated in the transaction that adds it");
                examiner.report(&VALIDATE, it.syntax(), Some(table), message);
            }
            let message = format!("every row of `{table}` is read to validate `{constraint}`");
            examiner.report(&VALIDATE_LATER, it.syntax(), Some(table), message);
        }
        AlterTableAction::DropConstraint(it) => {
            let name = it.constraint_name_ref().map(|it| name::last_part(it.syntax())).unwrap_or_default();
            let message = format!("the constraint `{name}` of `{table}` is dropped");
            examiner.report(&DROP_CONSTRAINT, it.syntax(), Some(table), message);
        }
        _ => {}
    }
}

fn add(examiner: &mut Examiner, table: &Name, constraint: &Constraint, at: &SyntaxNode, is_only: bool) {
    let is_enforced = |option| !matches!(option, ConstraintOption::NotEnforced(_));
    if constraint.is_not_valid() {
        if let Some(name) = constraint.constraint_name() {
            examiner.not_valid.insert(table.part("constraint", &name::last_part(name.syntax())));
        }
        return;
    }
    if !constraint.constraint_options().all(is_enforced) {
        return;
    }
    let (lint, message) = match constraint {
        Constraint::ForeignKeyConstraint(_) | Constraint::ReferencesConstraint(_) => {
            (&FOREIGN_KEY, format!("the foreign key is checked at once, for every row of `{table}`"))
        }
        Constraint::CheckConstraint(_) => {
            (&CHECK, format!("the check is made at once, for every row of `{table}`"))
        }
        Constraint::UniqueConstraint(it) if it.using_index().is_none() => {
            (&UNIQUE, format!("the unique constraint builds its index while `{table}` is closed"))
        }
        Constraint::PrimaryKeyConstraint(it) if it.using_index().is_none() => {
            (&PRIMARY_KEY, format!("the primary key builds its index while `{table}` is closed"))
        }
        Constraint::ExcludeConstraint(_) => {
            (&EXCLUSION, format!("the exclusion constraint builds its index while `{table}` is closed"))
        }
        _ => return,
    };
    // On a partitioned table alone a key is a declaration: nothing is built.
    let is_key = matches!(constraint, Constraint::UniqueConstraint(_) | Constraint::PrimaryKeyConstraint(_));
    let premise = (is_only && is_key).then(|| Premise::Unlinked(Link::Partition, table.clone()));
    examiner.report_if(lint, at, Some(table), premise, message);
}

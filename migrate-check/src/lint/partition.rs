//! Partitions that come and go.

use squawk_syntax::ast::{AlterTableAction, AstNode as _, DetachPartitionOption, Stmt};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::name::Name;

pub(super) const DETACH: Lint = Lint {
    name: "detach-partition-without-concurrently",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a partition is detached without CONCURRENTLY",
    why: "`DETACH PARTITION` takes an ACCESS EXCLUSIVE lock on the partitioned table: it waits for every transaction that \
          uses any partition, and all others queue behind it.",
    instead: "detach it with CONCURRENTLY, in a migration of its own that begins with `-- migrate: no-transaction`; with \
              a default partition PostgreSQL does not take the word",
    sql: "-- migrate: no-transaction\nALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;",
    manual: "ALTER TABLE, DETACH PARTITION",
};

pub(super) const ATTACH: Lint = Lint {
    name: "attach-partition",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a table that is in use is attached as a partition",
    why: "The table is locked and read, to see that all its rows belong there, unless a valid CHECK says the same as the \
          partition's bounds. A default partition is read too, and closed meanwhile.",
    instead: "add a CHECK with the bounds NOT VALID, validate it, then attach the table and drop the check",
    sql: "",
    manual: "ALTER TABLE, ATTACH PARTITION",
};

pub(super) const CREATE: Lint = Lint {
    name: "create-partition",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a partition is created with PARTITION OF",
    why: "`CREATE TABLE … PARTITION OF` takes an ACCESS EXCLUSIVE lock on the partitioned table. It needs it for an \
          instant, but waits for every transaction that uses any partition, and all others queue behind it.",
    instead: "create the table by itself and attach it, which lets everybody work",
    sql: "CREATE TABLE events_2027 (LIKE events INCLUDING ALL);\n\
          ALTER TABLE events ATTACH PARTITION events_2027\n    FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');",
    manual: "CREATE TABLE, PARTITION OF; Partition Maintenance",
};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    match action {
        AlterTableAction::DetachPartition(it) => {
            // FINALIZE completes what CONCURRENTLY began.
            let is_gentle = matches!(
                it.detach_partition_option(),
                Some(DetachPartitionOption::DetachConcurrently(_) | DetachPartitionOption::DetachFinalize(_))
            );
            let Some(partition) = it.table_name_ref().map(|it| examiner.relation(it.syntax())) else {
                return;
            };
            if !is_gentle {
                let message = format!("`{partition}` is detached from `{table}` without CONCURRENTLY");
                examiner.report(&DETACH, it.syntax(), Some(table), message);
            }
        }
        AlterTableAction::AttachPartition(it) => {
            let Some(partition) = it.table_name_ref().map(|it| examiner.relation(it.syntax())) else {
                return;
            };
            let message = format!("`{partition}` is read before it is attached to `{table}`");
            examiner.report(&ATTACH, it.syntax(), Some(&partition), message);
        }
        _ => {}
    }
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    let parent = match stmt {
        Stmt::CreateTable(it) => it.partition_of(),
        Stmt::CreateForeignTable(it) => it.partition_of(),
        _ => None,
    };
    if let Some(parent) = parent {
        let table = examiner.relation(parent.syntax());
        let message = format!("`{table}` is closed for an instant to create the partition");
        examiner.report(&CREATE, parent.syntax(), Some(&table), message);
    }
}

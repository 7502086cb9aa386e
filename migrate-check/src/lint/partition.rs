//! Partitions that come and go.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{AlterTableAction, AstNode as _, DetachPartitionOption, PartitionType, Stmt};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::findings::Premise;
use super::link::Link;
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

pub(super) const WITHOUT_INDEXES: Lint = Lint {
    name: "attach-without-indexes",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a table that lacks indexes of the partitioned table is attached to it",
    why: "PostgreSQL builds what is missing while the table is closed by an ACCESS EXCLUSIVE lock. It takes an index over that is there, \
          if it is like that of the partitioned table. The lint counts the indexes that this folder creates.",
    instead: "build the indexes of the table CONCURRENTLY before you attach it",
    sql: "",
    manual: "ALTER TABLE, ATTACH PARTITION",
};

pub(super) const BESIDE_DEFAULT: Lint = Lint {
    name: "partition-beside-default",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a partition is added beside a DEFAULT one",
    why: "PostgreSQL reads the whole DEFAULT partition under an ACCESS EXCLUSIVE lock, to see that none of its rows belongs to the new one, and fails if one does. A valid CHECK on the DEFAULT partition that excludes the new bounds spares the read. The lint knows the partitions of this folder.",
    instead: "add such a CHECK to the DEFAULT partition NOT VALID, validate it in the next migration, then add the partition",
    sql: "ALTER TABLE events_default ADD CONSTRAINT events_default_not_2027\n    CHECK (at < '2027-01-01' OR at >= '2028-01-01') NOT VALID;\n\n-- in the next migration\nALTER TABLE events_default VALIDATE CONSTRAINT events_default_not_2027;",
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
            let message =
                format!("`{partition}` has fewer indexes than `{table}`: they are built while it is closed");
            let premise = Some(Premise::FewerIndexes(partition.clone(), table.clone()));
            examiner.report_if(&WITHOUT_INDEXES, it.syntax(), Some(&partition), premise, message);
            if !matches!(it.partition_type(), Some(PartitionType::PartitionDefault(_))) {
                beside_default(examiner, it.syntax(), table);
            }
        }
        _ => {}
    }
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    let (parent, bound) = match stmt {
        Stmt::CreateTable(it) => (it.partition_of(), it.partition_type()),
        Stmt::CreateForeignTable(it) => (it.partition_of(), it.partition_type()),
        _ => (None, None),
    };
    let is_default = matches!(bound, Some(PartitionType::PartitionDefault(_)));
    if let Some(parent) = parent {
        let table = examiner.relation(parent.syntax());
        let message = format!("`{table}` is closed for an instant to create the partition");
        examiner.report(&CREATE, parent.syntax(), Some(&table), message);
        if !is_default {
            beside_default(examiner, parent.syntax(), &table);
        }
    }
}

fn beside_default(examiner: &mut Examiner, at: &SyntaxNode, table: &Name) {
    let message = format!("the DEFAULT partition of `{table}` is read and closed to add another one");
    let premise = Some(Premise::Linked(Link::DefaultPartition, table.clone()));
    examiner.report_if(&BESIDE_DEFAULT, at, Some(table), premise, message);
}

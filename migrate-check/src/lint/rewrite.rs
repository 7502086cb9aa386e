//! What writes a table anew while everybody waits.

use squawk_syntax::ast::{AlterTableAction, AstNode as _, DataOption, Stmt};

use super::catalogue::{InDown, Level, Lint};
use super::examiner::Examiner;
use super::findings::Premise;
use super::link::Link;
use super::name::{self, Name};

pub(super) const TABLE: Lint = Lint {
    name: "rewrite-table",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a table is moved or stored in another way",
    why: "`SET TABLESPACE`, `SET LOGGED`, `SET UNLOGGED` and `SET ACCESS METHOD` copy the whole table under an ACCESS \
          EXCLUSIVE lock. What is unlogged is empty after a crash and on every replica.",
    instead: "do it in a maintenance window, or copy the rows to a new table in batches",
    sql: "",
    manual: "ALTER TABLE, SET TABLESPACE, SET ACCESS METHOD, SET LOGGED",
};

pub(super) const VACUUM_FULL: Lint = Lint {
    name: "vacuum-full",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "VACUUM FULL",
    why: "It copies the whole table under an ACCESS EXCLUSIVE lock: reads and writes are blocked until it is done.",
    instead: "plain VACUUM lets everybody work; to give space back to the disk, use pg_repack or pg_squeeze",
    sql: "",
    manual: "VACUUM; Recovering Disk Space",
};

pub(super) const CLUSTER: Lint = Lint {
    name: "cluster",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "CLUSTER",
    why: "It sorts and copies the whole table under an ACCESS EXCLUSIVE lock: reads and writes are blocked until it is done.",
    instead: "use pg_repack, which copies while everybody works",
    sql: "",
    manual: "CLUSTER",
};

pub(super) const REFRESH: Lint = Lint {
    name: "refresh-without-concurrently",
    level: Level::Warn,
    in_down: InDown::Same,
    summary: "a materialized view is refreshed without CONCURRENTLY",
    why: "Nobody reads the view until the query has run: the lock is ACCESS EXCLUSIVE. With CONCURRENTLY readers keep \
          the old rows meanwhile; it needs a unique index over all rows, and a view that has been filled before.",
    instead: "refresh it with CONCURRENTLY",
    sql: "CREATE UNIQUE INDEX totals_day_key ON totals (day); -- once\nREFRESH MATERIALIZED VIEW CONCURRENTLY totals;",
    manual: "REFRESH MATERIALIZED VIEW",
};

pub(super) const FILL: Lint = Lint {
    name: "fill-materialized-view",
    level: Level::Allow,
    in_down: InDown::Same,
    summary: "a materialized view is created and filled",
    why: "The query runs once over its tables, and the transaction stays open meanwhile: the locks that it holds already, and the rows that VACUUM must keep, last as long.",
    instead: "create it WITH NO DATA, and refresh it in a migration of its own",
    sql: "",
    manual: "CREATE MATERIALIZED VIEW",
};

pub(super) fn action(examiner: &mut Examiner, table: &Name, action: &AlterTableAction) {
    let what = match action {
        AlterTableAction::SetTablespace(_) => "SET TABLESPACE",
        AlterTableAction::SetLogged(_) => "SET LOGGED",
        AlterTableAction::SetUnlogged(_) => "SET UNLOGGED",
        AlterTableAction::SetAccessMethod(_) => "SET ACCESS METHOD",
        _ => return,
    };
    let premise = match action {
        AlterTableAction::SetLogged(_) => Some(Premise::Unlinked(Link::Logged, table.clone())),
        AlterTableAction::SetUnlogged(_) => Some(Premise::Unlinked(Link::Unlogged, table.clone())),
        AlterTableAction::SetAccessMethod(it) => it
            .access_method_ref()
            .map(|it| Premise::Unlinked(Link::Method, table.part("method", &name::last_part(it.syntax())))),
        _ => None,
    };
    let message = format!("{what} copies `{table}` and blocks reads and writes while it runs");
    examiner.report_if(&TABLE, action.syntax(), Some(table), premise, message);
}

pub(super) fn examine(examiner: &mut Examiner, stmt: &Stmt) {
    match stmt {
        Stmt::Vacuum(it) if it.is_full() => {
            let tables: Vec<Name> = it
                .table_and_columns_list()
                .into_iter()
                .flat_map(|list| list.table_and_columnss())
                .map(|table| examiner.relation(table.syntax()))
                .collect();
            for table in &tables {
                let message =
                    format!("VACUUM FULL copies `{table}` and blocks reads and writes while it runs");
                examiner.report(&VACUUM_FULL, it.syntax(), Some(table), message);
            }
            if tables.is_empty() {
                let message =
                    "VACUUM FULL copies one table after the other and blocks reads and writes while it runs"
                        .to_owned();
                examiner.report(&VACUUM_FULL, it.syntax(), None, message);
            }
        }
        Stmt::Cluster(it) => {
            let table = it.table_name_ref().map(|it| it.syntax().clone());
            let table = table.or_else(|| Some(it.cluster_legacy()?.on_path()?.syntax().clone()));
            let table = table.map(|node| examiner.relation(&node));
            let what =
                table.as_ref().map_or_else(|| "every clustered table".to_owned(), |it| format!("`{it}`"));
            let message = format!("CLUSTER copies {what} and blocks reads and writes while it runs");
            examiner.report(&CLUSTER, it.syntax(), table.as_ref(), message);
        }
        Stmt::CreateMaterializedView(it) if !matches!(it.data_option(), Some(DataOption::WithNoData(_))) => {
            if let Some(view) = it.view().map(|it| examiner.relation(it.syntax())) {
                let message = format!("the rows of `{view}` are computed at once");
                examiner.report(&FILL, it.syntax(), Some(&view), message);
            }
        }
        Stmt::Refresh(it) if it.concurrently_token().is_none() => {
            let Some(view) = it.view_ref().map(|it| examiner.relation(it.syntax())) else { return };
            let message =
                format!("`{view}` is refreshed without CONCURRENTLY, which blocks reads while it runs");
            examiner.report(&REFRESH, it.syntax(), Some(&view), message);
        }
        _ => {}
    }
}

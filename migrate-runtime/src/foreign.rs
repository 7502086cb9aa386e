//! Whose a table is that has the history table's name and other columns: ours of an earlier format, or that of another
//! tool, which is known by its columns.

use crate::error::ErrorKind;
use crate::history::HistoryTable;
use crate::session::Session;

/// A tool, and the columns of the table in which it keeps its history, sorted.
struct Known {
    tool: &'static str,
    columns: &'static [&'static str],
}

const KNOWN: [Known; 21] = [
    Known { tool: "golang-migrate", columns: &["dirty", "version"] },
    // Also Phoenix. Rails and dbmate have the version alone; see `identify`.
    Known { tool: "Ecto", columns: &["inserted_at", "version"] },
    Known { tool: "node-pg-migrate", columns: &["id", "name", "run_on"] },
    Known { tool: "Migratus", columns: &["applied", "description", "id"] },
    Known { tool: "Sequel", columns: &["filename"] },
    Known { tool: "Supabase", columns: &["name", "statements", "version"] },
    Known {
        tool: "sqlx",
        columns: &["checksum", "description", "execution_time", "installed_on", "success", "version"],
    },
    Known { tool: "refinery", columns: &["applied_on", "checksum", "name", "version"] },
    Known { tool: "diesel", columns: &["run_on", "version"] },
    Known {
        tool: "Flyway",
        columns: &[
            "checksum",
            "description",
            "execution_time",
            "installed_by",
            "installed_on",
            "installed_rank",
            "script",
            "success",
            "type",
            "version",
        ],
    },
    Known {
        tool: "Prisma",
        columns: &[
            "applied_steps_count",
            "checksum",
            "finished_at",
            "id",
            "logs",
            "migration_name",
            "rolled_back_at",
            "started_at",
        ],
    },
    Known { tool: "Drizzle", columns: &["created_at", "hash", "id"] },
    Known { tool: "goose", columns: &["id", "is_applied", "tstamp", "version_id"] },
    Known { tool: "Knex", columns: &["batch", "id", "migration_time", "name"] },
    Known { tool: "TypeORM", columns: &["id", "name", "timestamp"] },
    Known { tool: "Sequelize", columns: &["name"] },
    Known { tool: "Alembic", columns: &["version_num"] },
    Known { tool: "Django", columns: &["app", "applied", "id", "name"] },
    Known { tool: "sql-migrate", columns: &["applied_at", "id"] },
    Known { tool: "Laravel", columns: &["batch", "id", "migration"] },
    Known { tool: "SeaORM", columns: &["applied_at", "version"] },
];

/// Some columns of format 1, which has all but those that [`HistoryTable::add_columns`] adds. No other tool has these.
const FORMAT_1: [&str; 4] = ["backend_start", "claimed_at", "done_checksum", "tokens_checksum"];

/// Why the table cannot be used.
pub(crate) async fn identify(session: &Session<'_>, history: &HistoryTable) -> ErrorKind {
    let rows = session.query(&history.columns()).await.unwrap_or_default();
    let columns: Vec<(&str, &str)> = rows.iter().filter_map(|row| Some((row.get(0)?, row.get(1)?))).collect();
    let table = history.to_string();
    if FORMAT_1.iter().all(|name| columns.iter().any(|(column, _)| column == name)) {
        return ErrorKind::FormerTable { table, statement: history.add_columns() };
    }
    ErrorKind::ForeignTable { table, owner: tool(&columns) }
}

/// The tool whose table it probably is, by the names and types of its columns. `None`: it cannot be told.
fn tool(columns: &[(&str, &str)]) -> Option<String> {
    let (columns, types): (Vec<&str>, Vec<&str>) = columns.iter().copied().unzip();
    if columns == ["version"] {
        // Older versions of dbmate ask for a text of some length; newer ones for a text, as Rails does.
        let is_bounded = types.first()?.contains('(');
        return Some(if is_bounded { "dbmate" } else { "Rails (Active Record) or dbmate" }.to_owned());
    }
    KNOWN.iter().find(|known| known.columns == columns).map(|known| known.tool.to_owned())
}

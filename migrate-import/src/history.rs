//! What to ask a database about each tool's history table. The SQL of those tables is here and nowhere else, and all of it
//! only reads.

use crate::tool::Tool;

/// The table in which a tool keeps its history, as it is called where nobody said otherwise.
pub fn history_table(tool: Tool) -> Option<&'static str> {
    Some(match tool {
        Tool::Sqlx => "_sqlx_migrations",
        Tool::Refinery => "refinery_schema_history",
        Tool::Diesel => "__diesel_schema_migrations",
        Tool::SeaOrm => "seaql_migrations",
        Tool::GolangMigrate | Tool::Dbmate | Tool::Rails => "schema_migrations",
        Tool::Goose => "goose_db_version",
        Tool::NodePgMigrate => "pgmigrations",
        Tool::Drizzle => "drizzle.__drizzle_migrations",
        Tool::Prisma => "_prisma_migrations",
        Tool::Flyway => "flyway_schema_history",
        Tool::Plain => return None,
    })
}

/// The tables of ours, as they are called where nobody said otherwise.
const OURS: [&str; 2] = ["schema_migrations", "schema_migrations_log"];

/// Where ours goes where that name is taken: `schema.table`, as `history-table` of `migrate.toml` has it.
pub(crate) const OURS_BESIDE: &str = "public.migrate_history";

/// Whether the tool's table has the name that ours has by default.
pub(crate) fn is_called_as_ours(tool: Tool) -> bool {
    history_table(tool).is_some_and(|table| OURS.contains(&table))
}

/// Which of our tables a script names, so that it cannot be ours.
pub(crate) fn named_history(sql: &str) -> Option<&str> {
    words(sql).find(|word| OURS.iter().any(|table| word.eq_ignore_ascii_case(table)))
}

/// The tool whose history table a word names, as that is called where nobody said otherwise. Where several have one of that
/// name, it is `own`, or the first of them.
pub(crate) fn tool_of_table(word: &str, own: Tool) -> Option<Tool> {
    let is_named = |tool: &Tool| {
        let table = history_table(*tool).and_then(|table| table.rsplit('.').next());
        table.is_some_and(|table| word.eq_ignore_ascii_case(table))
    };
    std::iter::once(own).chain(Tool::ALL).find(is_named)
}

/// The words of which a name in SQL may be one, quoted or not.
pub(crate) fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// The query of that table's rows as three columns of text: what the migration is known by, its checksum or null, and how it
/// stands, which is a word of [`Row::standing`](crate::Row::standing). `None`: the tool has no table.
pub fn history_query(tool: Tool) -> Option<&'static str> {
    Some(match tool {
        Tool::Sqlx => {
            "SELECT version::text, encode(checksum, 'hex'), CASE WHEN success THEN 'done' ELSE 'failed' END \
             FROM _sqlx_migrations ORDER BY version"
        }
        Tool::Refinery => {
            "SELECT version::text, checksum::text, 'done' FROM refinery_schema_history ORDER BY version"
        }
        Tool::Diesel => {
            "SELECT version::text, NULL::text, 'done' FROM __diesel_schema_migrations ORDER BY version"
        }
        Tool::SeaOrm => "SELECT version::text, NULL::text, 'done' FROM seaql_migrations ORDER BY version",
        // The one row is the newest migration, or the one that failed. Before the first one there is no row, or -1.
        Tool::GolangMigrate => {
            "SELECT version::text, NULL::text, CASE WHEN dirty THEN 'failed' ELSE 'done' END \
             FROM schema_migrations WHERE version >= 0 OR dirty"
        }
        Tool::Dbmate | Tool::Rails => {
            "SELECT version::text, NULL::text, 'done' FROM schema_migrations ORDER BY version"
        }
        // The newest row of a version says how it stands; that of 0 stands for the table itself.
        Tool::Goose => {
            "SELECT version_id::text, NULL::text, 'done' FROM (SELECT DISTINCT ON (version_id) version_id, is_applied \
             FROM goose_db_version ORDER BY version_id, id DESC) AS newest WHERE is_applied AND version_id > 0 \
             ORDER BY version_id"
        }
        Tool::NodePgMigrate => "SELECT name::text, NULL::text, 'done' FROM pgmigrations ORDER BY run_on, id",
        Tool::Drizzle => {
            "SELECT coalesce(created_at::text, ''), hash::text, 'done' FROM drizzle.__drizzle_migrations ORDER BY created_at, id"
        }
        Tool::Prisma => {
            "SELECT migration_name::text, checksum::text, CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled back' \
             WHEN finished_at IS NULL THEN 'failed' ELSE 'done' END FROM _prisma_migrations ORDER BY started_at"
        }
        // The newest row of a version says how it stands: it may have been undone, or its row marked as deleted. Repeatable
        // ones have no version.
        Tool::Flyway => {
            "SELECT version::text, checksum::text, CASE WHEN NOT success THEN 'failed' WHEN type LIKE '%BASELINE' THEN \
             'baseline' ELSE 'done' END FROM (SELECT DISTINCT ON (version) * FROM flyway_schema_history \
             WHERE version IS NOT NULL ORDER BY version, installed_rank DESC) AS newest \
             WHERE type NOT LIKE 'UNDO%' AND type <> 'DELETE' ORDER BY installed_rank"
        }
        Tool::Plain => return None,
    })
}

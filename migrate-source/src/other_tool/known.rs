//! The tables in which migration tools keep their history, by name and columns: those of the tools that can be imported,
//! of other common ones, and ours.

use super::tool::Tool;

/// The history table of another tool, as it is called where nobody has configured another name.
#[derive(Debug)]
pub struct KnownHistory {
    /// The tool, as it calls itself.
    pub name: &'static str,
    /// What `migrate import --from` calls it; several share a table, and most have no import.
    pub tools: &'static [Tool],
    /// `table`, or `schema.table` where the tool has a schema of its own.
    place: &'static str,
    /// Sorted names, with spaces between them. One that begins with `?` is not there in every release.
    columns: &'static str,
}

/// Those with the same table in the order in which their columns tell them apart.
const KNOWN: &[KnownHistory] = &[
    importable(
        "sqlx",
        &[Tool::Sqlx],
        "_sqlx_migrations",
        "checksum description ?execution_time ?installed_on success version",
    ),
    importable("refinery", &[Tool::Refinery], "refinery_schema_history", "applied_on checksum name version"),
    importable("diesel", &[Tool::Diesel], "__diesel_schema_migrations", "run_on version"),
    importable("SeaORM", &[Tool::SeaOrm], "seaql_migrations", "applied_at version"),
    importable("golang-migrate", &[Tool::GolangMigrate], "schema_migrations", "dirty version"),
    importable("goose", &[Tool::Goose], "goose_db_version", "id is_applied ?tstamp version_id"),
    importable("node-pg-migrate", &[Tool::NodePgMigrate], "pgmigrations", "id name run_on"),
    importable(
        "Drizzle",
        &[Tool::Drizzle],
        "drizzle.__drizzle_migrations",
        "?applied_at created_at hash id ?name",
    ),
    importable(
        "Prisma",
        &[Tool::Prisma],
        "_prisma_migrations",
        "?applied_steps_count checksum finished_at id ?logs migration_name rolled_back_at started_at",
    ),
    importable(
        "Flyway",
        &[Tool::Flyway],
        "flyway_schema_history",
        "checksum ?description ?execution_time ?installed_by ?installed_on installed_rank script success type version",
    ),
    other("Ecto", "schema_migrations", "inserted_at version"),
    other("Migratus", "schema_migrations", "applied description id"),
    other("Sequel", "schema_migrations", "filename"),
    other(
        "Supabase",
        "supabase_migrations.schema_migrations",
        "?created_by ?idempotency_key name ?rollback statements version",
    ),
    importable(
        "Rails (Active Record) or dbmate",
        &[Tool::Rails, Tool::Dbmate],
        "schema_migrations",
        "version",
    ),
    other("Knex", "knex_migrations", "batch id migration_time name"),
    other("TypeORM", "migrations", "id name timestamp"),
    other("Laravel", "migrations", "batch id migration"),
    other("Sequelize", "SequelizeMeta", "name"),
    other("Alembic", "alembic_version", "version_num"),
    other("Django", "django_migrations", "app applied id name"),
    other("sql-migrate", "gorp_migrations", "applied_at id"),
    other("Kysely", "kysely_migration", "name timestamp"),
    other("MikroORM", "mikro_orm_migrations", "executed_at id name"),
    other("EF Core", "__EFMigrationsHistory", "MigrationId ProductVersion"),
    other(
        "Liquibase",
        "databasechangelog",
        "author ?comments ?contexts dateexecuted ?deployment_id ?description exectype filename id ?labels ?liquibase md5sum \
         orderexecuted ?tag",
    ),
    other(
        "Atlas",
        "atlas_schema_revisions.atlas_schema_revisions",
        "applied description ?error ?error_stmt executed_at ?execution_time hash ?operator_version ?partial_hashes total type \
         version",
    ),
    other("Sqitch", "sqitch.changes", "change change_id committed_at ?note project script_hash"),
];

/// What else a tool writes beside its history, which goes with it where a schema is read.
const BESIDE: &[(&str, &str)] = &[
    // Rails: which environment the database is for.
    ("ar_internal_metadata", "created_at key updated_at value"),
    ("databasechangeloglock", "id locked lockedby lockgranted"),
    ("knex_migrations_lock", "index is_locked"),
    ("kysely_migration_lock", "id is_locked"),
    // Sqitch, in its schema.
    ("dependencies", "change_id dependency dependency_id type"),
    ("events", "change change_id committed_at committer_email committer_name event project"),
    ("projects", "created_at creator_email creator_name project uri"),
    ("releases", "installed_at installer_email installer_name version"),
    ("tags", "change_id committed_at committer_email committer_name project tag tag_id"),
    // Supabase, in its schema.
    ("seed_files", "hash path"),
];

/// Columns that each history table of ours has had since the first format.
const OURS: [&str; 5] =
    ["backend_start", "claimed_at", "done_checksum", "statements_done", "tokens_checksum"];

/// The column of the table whose row is locked.
const OUR_LOCK: [&str; 1] = ["only_one"];

/// Columns that each log of ours has.
const OUR_LOG: [&str; 6] = ["action", "application", "done_by", "milliseconds", "outcome", "package"];

const fn importable(
    name: &'static str,
    tools: &'static [Tool],
    place: &'static str,
    columns: &'static str,
) -> KnownHistory {
    KnownHistory { name, tools, place, columns }
}

const fn other(name: &'static str, place: &'static str, columns: &'static str) -> KnownHistory {
    KnownHistory { name, tools: &[], place, columns }
}

impl KnownHistory {
    /// All of them.
    pub fn all() -> &'static [Self] {
        KNOWN
    }

    /// The names of all tables that the tools write, their histories and what is beside them.
    pub fn tables() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(Self::table).chain(BESIDE.iter().map(|(table, _)| *table))
    }

    /// That of a tool. `None`: it keeps no history.
    pub fn of(tool: Tool) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.tools.contains(&tool))
    }

    /// `table`, or `schema.table` where the tool has a schema of its own.
    pub fn place(&self) -> &'static str {
        self.place
    }

    /// The schema of its own that the tool makes.
    pub fn schema(&self) -> Option<&'static str> {
        self.place.split_once('.').map(|(schema, _)| schema)
    }

    /// The name of the table.
    pub fn table(&self) -> &'static str {
        self.place.rsplit_once('.').map_or(self.place, |(_, table)| table)
    }

    /// Whether it is what a table of this name and with these columns is. Columns that were added to it make it no other
    /// table, unless a single one is all that it is known by.
    pub fn is(&self, table: &str, columns: &[&str]) -> bool {
        let has_more = self.columns.contains(' ') || columns.len() == 1;
        table == self.table() && has_more && required(self.columns).all(|column| columns.contains(&column))
    }

    /// Whether a table of another name has these columns and no others.
    pub fn has_columns(&self, columns: &[&str]) -> bool {
        let is_known =
            |column: &&str| self.columns.split(' ').any(|known| known.trim_start_matches('?') == *column);
        columns.iter().all(is_known) && required(self.columns).all(|column| columns.contains(&column))
    }

    /// The names of its columns, sorted; those of some releases too.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.split(' ').map(|column| column.trim_start_matches('?'))
    }

    /// Whether this is a name for it: as the tool calls itself or as `--from` does.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
            || self.tools.iter().any(|tool| tool.name().eq_ignore_ascii_case(name))
    }

    /// The name by which `beside` in `migrate.toml` lists it.
    pub fn key(&self) -> String {
        self.tools.first().map_or_else(|| self.name.to_lowercase(), |tool| tool.name().to_owned())
    }
}

fn required(columns: &str) -> impl Iterator<Item = &str> {
    columns.split(' ').filter(|column| !column.starts_with('?'))
}

/// Whether a table is the history of a migration tool, ours or another, or what one keeps beside it: no migration makes
/// it, and it is no part of a schema.
pub fn is_history(table: &str, columns: &[&str]) -> bool {
    let is_beside =
        |(name, known): &(&str, &str)| *name == table && required(known).all(|one| columns.contains(&one));
    is_ours(columns) || KNOWN.iter().any(|known| known.is(table, columns)) || BESIDE.iter().any(is_beside)
}

/// Whether a schema is called as one that a tool makes for its history.
pub fn is_schema(name: &str) -> bool {
    KNOWN.iter().any(|known| known.schema() == Some(name))
}

/// Whether a table with these columns is a history of ours, its log or its lock, whatever it is called.
pub fn is_ours(columns: &[&str]) -> bool {
    let has = |all: &[&str]| all.iter().all(|column| columns.contains(column));
    has(&OURS) || has(&OUR_LOG) || *columns == OUR_LOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_tell_tables_of_one_name_apart() {
        for (table, columns, name) in [
            ("schema_migrations", &["dirty", "version"][..], Some("golang-migrate")),
            ("schema_migrations", &["inserted_at", "version"], Some("Ecto")),
            ("schema_migrations", &["version"], Some("Rails (Active Record) or dbmate")),
            ("schema_migrations", &["version", "note"], None),
            ("_sqlx_migrations", &["checksum", "description", "success", "version"], Some("sqlx")),
            ("_sqlx_migrations", &["checksum", "description", "success", "team", "version"], Some("sqlx")),
            ("_sqlx_migrations", &["id", "version"], None),
            ("migrations", &["id", "name", "timestamp"], Some("TypeORM")),
            ("migrations", &["id", "name"], None),
        ] {
            let found = KNOWN.iter().find(|known| known.is(table, columns)).map(|known| known.name);
            assert_eq!(found, name, "{table} {columns:?}");
            assert_eq!(is_history(table, columns), name.is_some(), "{table} {columns:?}");
        }
    }

    /// A table of somebody's own that has such a name is not a tool's.
    #[test]
    fn tables_beside_a_history_are_known_by_their_columns() {
        let sqitch_tag = [
            "tag_id",
            "tag",
            "project",
            "change_id",
            "note",
            "committed_at",
            "committer_name",
            "committer_email",
            "planned_at",
            "planner_name",
            "planner_email",
        ];
        for (table, columns, expected) in [
            ("tags", &sqitch_tag[..], true),
            ("tags", &["id", "project", "tag"], false),
            ("releases", &["version", "installed_at", "installer_name", "installer_email"], true),
            ("releases", &["version", "installed_at"], false),
            ("projects", &["project", "uri", "created_at", "creator_name", "creator_email"], true),
            ("dependencies", &["change_id", "type", "dependency", "dependency_id"], true),
            ("events", &["id", "project"], false),
            ("seed_files", &["path", "hash"], true),
        ] {
            assert_eq!(is_history(table, columns), expected, "{table} {columns:?}");
        }
    }

    #[test]
    fn each_is_listed_once_and_by_sorted_columns() {
        for known in KNOWN {
            let columns: Vec<&str> =
                known.columns.split(' ').map(|one| one.trim_start_matches('?')).collect();
            assert!(columns.is_sorted() && known.has_columns(&columns), "{}", known.name);
            assert!(known.is(known.table(), &columns) && known.is_called(&known.key()), "{}", known.name);
            let same = KNOWN.iter().filter(|other| other.is(known.table(), &columns)).count();
            assert_eq!(same, 1, "{}", known.name);
        }
        for tool in Tool::ALL.into_iter().filter(|tool| *tool != Tool::Plain) {
            assert!(KnownHistory::of(tool).is_some(), "{tool}");
        }
    }
}

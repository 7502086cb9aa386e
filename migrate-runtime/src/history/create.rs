//! The two tables as they are created.

use super::HistoryTable;

impl HistoryTable {
    /// A condition that holds as long as nobody has created the table.
    pub(crate) fn is_missing(&self) -> String {
        format!("{} IS NULL", self.regclass())
    }

    pub(crate) fn create_schema(&self) -> String {
        format!("CREATE SCHEMA IF NOT EXISTS {};", self.schema)
    }

    /// To be run with `search_path` pinned: it names types and operators as the manual does.
    pub(crate) fn create(&self) -> String {
        let log = self.log();
        format!(
            "CREATE TABLE {self} (
    version bigint NOT NULL CHECK (version >= 0),
    description text NOT NULL,
    checksum text NOT NULL,
    tokens_checksum text NOT NULL,
    state text NOT NULL CHECK (state IN ('applied', 'baseline', 'skipped', 'running', 'failed', 'reverting')),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_at timestamptz,
    applied_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT current_setting('application_name'),
    down text,
    statements_done integer,
    done_checksum text,
    claim text,
    claimed_at timestamptz,
    backend_pid integer,
    backend_start timestamptz,
    error text,
    PRIMARY KEY (version, description)
);
CREATE UNIQUE INDEX ON {self} (version) WHERE version > 0;
COMMENT ON TABLE {self} IS 'Which migrations this database has; version 0: a repeatable one. Written by migrate-runtime, format 1.';
CREATE TABLE {log} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL CHECK (action IN ('apply', 'revert', 'baseline', 'skip', 'repair')),
    version bigint NOT NULL,
    description text NOT NULL,
    checksum text,
    outcome text NOT NULL CHECK (outcome IN ('done', 'failed')),
    detail text,
    milliseconds double precision,
    done_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT current_setting('application_name'),
    package text
);
COMMENT ON TABLE {log} IS 'What was done to {name} and to the schema, when and by whom. Rows are only added.';",
            name = self.to_string().replace('\'', "''"),
        )
    }
}

//! The two tables as they are created.

use super::HistoryTable;
use crate::catalog;
use crate::identifier::literal;

impl HistoryTable {
    /// A condition that holds as long as nobody has created the table.
    pub(crate) fn is_missing(&self) -> String {
        format!("NOT {}", catalog::has_relation(&self.schema, &self.table))
    }

    /// What a table of format 1 lacks.
    pub(crate) fn add_columns(&self) -> String {
        format!(
            "ALTER TABLE {self} ADD COLUMN IF NOT EXISTS set_version bigint, \
             ADD COLUMN IF NOT EXISTS superseded text, ADD COLUMN IF NOT EXISTS found_before text, \
             ADD COLUMN IF NOT EXISTS settings_found text"
        )
    }

    /// The statements that create the tables, and their schema where that is missing. To be run with `search_path`
    /// pinned: they name types and operators as the manual does. A constraint on what only this crate writes would cost
    /// each migration more than its row; [`Self::parse`] takes no other.
    pub(crate) fn create(&self, schema_exists: bool) -> Vec<String> {
        let log = self.log();
        let mut statements = Vec::new();
        if !schema_exists {
            statements.push(format!("CREATE SCHEMA IF NOT EXISTS {}", self.schema));
        }
        statements.push(format!(
            "CREATE TABLE {self} (
    version bigint NOT NULL CHECK (version >= 0),
    description text NOT NULL,
    checksum text NOT NULL,
    tokens_checksum text NOT NULL,
    state text NOT NULL,
    started_at timestamptz,
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
    found_before text,
    settings_found text,
    error text,
    set_version bigint,
    superseded text,
    PRIMARY KEY (version, description)
)"
        ));
        statements.push(format!("CREATE UNIQUE INDEX ON {self} (version) WHERE version > 0"));
        statements.push(format!(
            "COMMENT ON TABLE {self} IS 'Which migrations this database has; version 0: a repeatable one. \
             Written by migrate-runtime, format 2.'"
        ));
        statements.push(format!(
            "CREATE TABLE {log} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL,
    version bigint NOT NULL,
    description text NOT NULL,
    checksum text,
    outcome text NOT NULL,
    detail text,
    milliseconds double precision,
    done_by text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT current_setting('application_name'),
    package text
)"
        ));
        let comment =
            format!("What was done to {self} and to the schema, when and by whom. Rows are only added.");
        statements.push(format!("COMMENT ON TABLE {log} IS {}", literal(&comment)));
        statements
    }
}

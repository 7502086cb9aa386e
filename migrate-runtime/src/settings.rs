//! The settings of the caller's session: what a script changes with `SET` is put back, so that it affects neither the
//! history, nor the next migration, nor who uses the connection afterwards.
//!
//! `RESET ALL` would be simpler, and would take from the caller the custom settings (`app.tenant`) that no catalog
//! lists. These alone are left as a script leaves them.

use tokio_postgres::SimpleQueryRow;

use crate::identifier::literal;

/// What the session had when it came to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Session user and role, in the order in which they can be set.
    identity: Vec<(String, String)>,
    /// Those of [`USUAL`] that this server has and this role may set.
    usual: Vec<(String, String)>,
    /// Others that were set on this connection before.
    others: Vec<(String, String)>,
}

/// What migrations set, as far as is known: the list of `pg_dump`, and what else changes what a script means.
const USUAL: [&str; 24] = [
    "search_path",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    "client_encoding",
    "standard_conforming_strings",
    "backslash_quote",
    "check_function_bodies",
    "xmloption",
    "client_min_messages",
    "row_security",
    "default_tablespace",
    "default_table_access_method",
    "default_toast_compression",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "default_transaction_deferrable",
    "datestyle",
    "intervalstyle",
    "timezone",
    "bytea_output",
    "work_mem",
    "maintenance_work_mem",
];

/// Only a superuser may set it, even to what it is.
const SUPERUSERS: &str = "session_replication_role";

const IDENTITY: [&str; 2] = ["session_authorization", "role"];

impl Settings {
    /// A query whose rows are a kind, a name and a value.
    pub(crate) fn select() -> String {
        let values = |names: &[&str], kind: &str| {
            let rows = names.iter().map(|name| format!("('{kind}', '{name}')"));
            rows.collect::<Vec<_>>().join(", ")
        };
        let known = format!("{}, {}", values(&IDENTITY, "identity"), values(&USUAL, "usual"));
        format!(
            "SELECT kind, name, pg_catalog.current_setting(name, true) FROM (VALUES {known}) AS known (kind, name) \
             UNION ALL SELECT 'usual', '{SUPERUSERS}', pg_catalog.current_setting('{SUPERUSERS}') \
             WHERE pg_catalog.current_setting('is_superuser') OPERATOR(pg_catalog.=) 'on'::pg_catalog.text \
             UNION ALL SELECT 'other', name, setting FROM pg_catalog.pg_settings WHERE {}",
            other_than_usual(),
        )
    }

    /// Rows of [`Self::select`]. A setting that this version of PostgreSQL does not have is NULL, and left out.
    pub(crate) fn parse(rows: &[SimpleQueryRow]) -> Self {
        let mut settings = Self::default();
        for row in rows {
            let (Some(kind), Some(name), Some(value)) = (row.get(0), row.get(1), row.get(2)) else {
                continue;
            };
            let list = match kind {
                "identity" => &mut settings.identity,
                "usual" => &mut settings.usual,
                _ => &mut settings.others,
            };
            list.push((name.to_owned(), value.to_owned()));
        }
        settings
    }

    /// Whether string literals mean here what they meant when the migrations were checked.
    pub(crate) fn has_standard_strings(&self) -> bool {
        !self.usual.iter().any(|(name, value)| name == "standard_conforming_strings" && value == "off")
    }

    /// Makes the rest of the transaction run as who began it.
    pub(crate) fn assume_identity(&self) -> String {
        format!("SELECT {};", set(self.identity.iter(), true))
    }

    /// Puts back what migrations set: one statement, cheap enough to follow each.
    pub(crate) fn restore(&self) -> String {
        format!("SELECT {};", set(self.identity.iter().chain(&self.usual), false))
    }

    /// Puts back everything else: half a millisecond for a look at every setting there is.
    pub(crate) fn sweep(&self) -> String {
        let reset = format!(
            "SELECT pg_catalog.count(pg_catalog.set_config(name, reset_val, false)) FROM pg_catalog.pg_settings \
             WHERE {}",
            other_than_usual(),
        );
        if self.others.is_empty() {
            return format!("{reset};");
        }
        format!("{reset};\nSELECT {};", set(self.others.iter(), false))
    }
}

/// A condition on `pg_settings`: it was set on this connection, and is not put back by [`Settings::restore`].
fn other_than_usual() -> String {
    let names: Vec<String> = USUAL.iter().chain([&SUPERUSERS]).map(|name| literal(name)).collect();
    // The view spells some names with capitals: DateStyle, TimeZone.
    format!(
        "source OPERATOR(pg_catalog.=) 'session'::pg_catalog.text \
         AND pg_catalog.lower(name) OPERATOR(pg_catalog.<>) ALL (ARRAY[{}]::pg_catalog.text[])",
        names.join(", "),
    )
}

fn set<'a>(pairs: impl Iterator<Item = &'a (String, String)>, is_local: bool) -> String {
    let call = |(name, value): &(String, String)| {
        format!("pg_catalog.set_config({}, {}, {is_local})", literal(name), literal(value))
    };
    pairs.map(call).collect::<Vec<_>>().join(", ")
}

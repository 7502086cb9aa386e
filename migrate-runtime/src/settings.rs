//! The settings of the caller's session: what a script changes with `SET` is put back, in the script's own transaction,
//! so that it affects neither the history, nor the next migration, nor who uses the connection afterwards.
//!
//! `RESET ALL` would be simpler, and would take from the caller the custom settings (`app.tenant`) that no catalog
//! lists. These alone are left as a script leaves them.

use std::fmt::Write as _;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use crate::history::FOUND_SETTINGS;
use crate::identifier::literal;

/// What the session had when it came to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Those of [`IDENTITY`] and [`USUAL`] that this server has and this role may set, in the order in which they can
    /// be set.
    usual: Vec<(String, String)>,
    /// Others that were set on this connection before. Nobody asks for them until a guard says that there are some.
    others: Vec<(String, String)>,
}

const IDENTITY: [&str; 2] = ["session_authorization", "role"];

/// What migrations set, as far as is known: the list of `pg_dump`, and what else changes what a script means.
const USUAL: [&str; 26] = [
    "search_path",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    IDLE,
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
    NAME,
];

/// What ends a statement or a transaction that takes long. A role has them for its queries, and a migration is none.
const LIMITS: [&str; 3] = ["statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"];

/// What ends a session that is silent between two transactions.
const IDLE: &str = "idle_session_timeout";

/// What the history and the log call who migrates. Some poolers leave it as the last client had it; no script means
/// something else by it.
const NAME: &str = "application_name";

/// Only a superuser may set it, even to what it is.
const SUPERUSERS: &str = "session_replication_role";

/// These are the transaction's, whatever `pg_settings` says of them.
const TRANSACTIONS: [&str; 3] = ["transaction_isolation", "transaction_read_only", "transaction_deferrable"];

impl Settings {
    /// The columns of a query for what [`Self::parse`] reads.
    pub(crate) fn columns() -> String {
        let known = IDENTITY.iter().chain(&USUAL);
        let mut columns: Vec<String> = known.map(|name| current_setting(name)).collect();
        columns.push(format!(
            "CASE WHEN {} OPERATOR(pg_catalog.=) 'on'::pg_catalog.text THEN {} END",
            current_setting("is_superuser"),
            current_setting(SUPERUSERS),
        ));
        columns.join(", ")
    }

    /// The settings in a row, from this column on. One that this version of PostgreSQL does not have is NULL, and left
    /// out.
    pub(crate) fn parse(row: &SimpleQueryRow, first: usize) -> Self {
        let names = IDENTITY.iter().chain(&USUAL).chain([&SUPERUSERS]);
        let values = names.enumerate().filter_map(|(at, name)| {
            let value = row.try_get(first + at).ok().flatten()?;
            Some(((*name).to_owned(), value.to_owned()))
        });
        Self { usual: values.collect(), others: Vec::new() }
    }

    /// A query for those that were set on this connection besides, two columns a row.
    pub(crate) fn select_others() -> String {
        format!("SELECT name, setting FROM pg_catalog.pg_settings WHERE {} ORDER BY name", other_than_usual())
    }

    pub(crate) fn with_others(self, rows: &[SimpleQueryRow]) -> Self {
        let pair = |row: &SimpleQueryRow| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned()));
        Self { others: rows.iter().filter_map(pair).collect(), ..self }
    }

    /// Whether string literals mean here what they meant when the migrations were checked.
    pub(crate) fn has_standard_strings(&self) -> bool {
        !self.usual.iter().any(|(name, value)| name == "standard_conforming_strings" && value == "off")
    }

    /// Those of [`LIMITS`] that the session has.
    pub(crate) fn limits(&self) -> impl Iterator<Item = &str> {
        let is_limit = |(name, value): &&(String, String)| LIMITS.contains(&&**name) && value != "0";
        self.usual.iter().filter(is_limit).map(|(name, _)| &**name)
    }

    /// How long the session may be silent.
    pub(crate) fn idle_limit(&self) -> Option<Duration> {
        let (_, value) = self.usual.iter().find(|(name, _)| name == IDLE)?;
        milliseconds(value).filter(|limit| *limit > 0).map(Duration::from_millis)
    }

    /// A condition that holds if the session has these settings: behind a pooler it may be another one than was asked.
    pub(crate) fn are_in_force(&self) -> String {
        let others = if self.others.is_empty() {
            format!("NOT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE {})", other_than_usual())
        } else {
            let list: Vec<String> =
                self.others.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!(
                "(SELECT pg_catalog.string_agg(pg_catalog.concat(name, '=', setting), E'\\n' ORDER BY name) \
                 FROM pg_catalog.pg_settings WHERE {}) OPERATOR(pg_catalog.=) {}",
                other_than_usual(),
                literal(&list.join("\n")),
            )
        };
        let usual = self.usual.iter().filter(|(name, _)| name != NAME);
        format!("NOT EXISTS (SELECT {}) AND {others}", differing(usual))
    }

    /// Finds what is set now and was not before, as an object of JSON, and keeps it in a setting of the transaction. Limits
    /// are left out, since they are the transaction's own.
    pub(crate) fn find(&self) -> String {
        let usual = self.usual.iter().filter(|(name, _)| !name.ends_with("_timeout"));
        format!(
            "SELECT pg_catalog.set_config('{FOUND_SETTINGS}', COALESCE((SELECT pg_catalog.json_object_agg(now.name, now.value \
             ORDER BY now.at) FROM (SELECT kept.name, pg_catalog.current_setting(kept.name), kept.at {usual} \
             UNION ALL SELECT name, setting, 1000 FROM pg_catalog.pg_settings WHERE {others}) AS now (name, value, at))\
             ::pg_catalog.text, '{{}}'), true)",
            usual = differing(usual),
            others = other_than_usual(),
        )
    }

    /// Puts back what migrations set: cheap enough to follow each. A script's own limit is lifted first, lest it strike
    /// here.
    pub(crate) fn restore(&self) -> String {
        format!("SET statement_timeout = 0;\nSELECT {SET_ALL} {}", differing(self.usual.iter()))
    }

    /// Puts back everything else: half a millisecond for a look at every setting there is. It follows a script whose
    /// text shows that it may change some, and whatever was done at the end of a message.
    pub(crate) fn sweep(&self) -> String {
        let mut sql = format!(
            "SELECT pg_catalog.count(pg_catalog.set_config(name, NULL, false)) FROM pg_catalog.pg_settings \
             WHERE {};",
            other_than_usual(),
        );
        if !self.others.is_empty() {
            let _ = write!(sql, "\nSELECT {SET_ALL} {};", differing(self.others.iter()));
        }
        sql
    }
}

const SET_ALL: &str = "pg_catalog.count(pg_catalog.set_config(kept.name, kept.value, false))";

/// A FROM clause with those of the pairs that are not in force. Each row is looked at when those before it are set. Two
/// literals are parsed faster than a list of rows.
fn differing<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> String {
    let (names, values): (Vec<&str>, Vec<&str>) =
        pairs.map(|(name, value)| (name.as_str(), value.as_str())).unzip();
    format!(
        "FROM ROWS FROM (pg_catalog.unnest({}), pg_catalog.unnest({})) WITH ORDINALITY AS kept (name, value, at) \
         WHERE (pg_catalog.current_setting(kept.name, true) OPERATOR(pg_catalog.=) kept.value) IS NOT TRUE",
        array(&names),
        array(&values),
    )
}

/// An array of texts (section 8.15.2 of the manual).
fn array(texts: &[&str]) -> String {
    let quoted = texts.iter().map(|text| {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{text}\"")
    });
    let list = quoted.collect::<Vec<_>>().join(",");
    format!("{}::pg_catalog.text[]", literal(&format!("{{{list}}}")))
}

/// A time as the server shows it: `0`, `250ms`, `1min`.
fn milliseconds(value: &str) -> Option<u64> {
    let (number, unit) = value.split_at(value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len()));
    let factor = match unit {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

fn current_setting(name: &str) -> String {
    format!("pg_catalog.current_setting('{name}', true)")
}

/// A condition on `pg_settings`: it was set on this connection, and is not put back by [`Settings::restore`].
fn other_than_usual() -> String {
    let names: Vec<String> =
        USUAL.iter().chain([&SUPERUSERS]).chain(&TRANSACTIONS).map(|name| literal(name)).collect();
    // The view spells some names with capitals: DateStyle, TimeZone.
    format!(
        "source OPERATOR(pg_catalog.=) 'session'::pg_catalog.text \
         AND pg_catalog.lower(name) OPERATOR(pg_catalog.<>) ALL (ARRAY[{}]::pg_catalog.text[])",
        names.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn times_as_the_server_shows_them() {
        for (shown, expected) in [
            ("0", Some(0)),
            ("250ms", Some(250)),
            ("1500ms", Some(1500)),
            ("2s", Some(2000)),
            ("1min", Some(60_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("", None),
            ("1 fortnight", None),
        ] {
            assert_eq!(milliseconds(shown), expected, "{shown}");
        }
    }
}

//! One line of a list of tenants, wherever it comes from, and what is made of it.

use std::fmt;

use migrate_source::Code;
use serde::Deserialize;
use tokio_postgres::SimpleQueryRow;

use crate::fleet::error::FleetError;
use crate::fleet::tenant::{Skipped, Tenant};

/// What a list says of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) slug: String,
    #[serde(default)]
    pub(super) database_url: Option<String>,
    #[serde(default)]
    pub(super) database_type: Option<String>,
    #[serde(default)]
    pub(super) schema: Option<String>,
    /// Why its `database_url` is none.
    #[serde(skip)]
    pub(super) problem: Option<String>,
    #[serde(skip)]
    pub(super) origin: Option<Origin>,
}

/// Where in a list a tenant is, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A line of a file.
    Line(usize),
    /// A row of the answer to a query.
    Row(usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}

impl Entry {
    /// A row of a query, by the names of its columns; what else it has is for people.
    pub(super) fn of_row(number: usize, row: &SimpleQueryRow) -> Result<Self, FleetError> {
        let value = |name: &str| {
            let at = row.columns().iter().position(|column| column.name() == name)?;
            row.get(at).map(str::to_owned)
        };
        let names: Vec<&str> = row.columns().iter().map(tokio_postgres::SimpleColumn::name).collect();
        if !names.contains(&"slug") {
            return Err(FleetError::new(
                Code::M0702,
                format!(
                    "the query for the tenants has no column `slug`, but {}: name it with AS, and the connection string \
                 `database_url`",
                    names.join(", ")
                ),
            ));
        }
        Ok(Self {
            slug: value("slug").unwrap_or_default(),
            database_url: value("database_url"),
            database_type: value("database_type"),
            schema: value("schema"),
            problem: None,
            origin: Some(Origin::Row(number)),
        })
    }

    /// What it says of its database.
    pub(super) fn engine(&self) -> Engine {
        Engine::of(self.database_type.as_deref().unwrap_or_default())
    }

    /// A tenant whose database is not PostgreSQL.
    pub(super) fn skip(self) -> Skipped {
        Skipped { slug: self.slug, database_type: self.database_type.unwrap_or_default() }
    }

    /// The tenant. What is wrong with its connection string is its own failure.
    pub(super) fn resolve(self, default_url: Option<&str>) -> Tenant {
        let Self { slug, database_url, schema, problem, .. } = self;
        let schema = schema.filter(|schema| !schema.is_empty());
        let url = database_url.filter(|url| !url.trim().is_empty());
        let url = url.or_else(|| default_url.filter(|_| schema.is_some()).map(str::to_owned));
        let tenant = match (problem, url) {
            (Some(why), _) => Tenant::without_url(slug, format!("its `database_url` cannot be used: {why}")),
            (None, Some(url)) => Tenant::new(slug, url),
            (None, None) => Tenant::without_url(slug, NO_URL),
        };
        match schema {
            Some(schema) => tenant.in_schema(schema),
            None => tenant,
        }
    }
}

const NO_URL: &str = "it has no `database_url` and no default applies: give it one in the list of tenants";

/// Which database management system a `database_type` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// PostgreSQL; also where nothing is said.
    PostgreSql,
    /// Another one.
    Other,
    /// None that is known, as in a name with a typing error.
    Unknown,
}

const POSTGRESQL: [&str; 5] = ["postgresql", "postgres", "pg", "pgsql", "psql"];

/// As users call them, without letter case and punctuation.
const OTHERS: [&str; 30] = [
    "mysql",
    "mariadb",
    "sqlite",
    "sqlserver",
    "oracle",
    "mongodb",
    "cockroachdb",
    "db2",
    "azuresql",
    "bigquery",
    "cassandra",
    "clickhouse",
    "cockroach",
    "cosmosdb",
    "couchbase",
    "couchdb",
    "duckdb",
    "dynamodb",
    "firebird",
    "firestore",
    "h2",
    "libsql",
    "mongo",
    "mssql",
    "oracledb",
    "redis",
    "redshift",
    "snowflake",
    "sqlite3",
    "tidb",
];

/// How many of the others a message names.
const SHOWN: usize = 8;

impl Engine {
    fn of(database_type: &str) -> Self {
        let name: String = database_type.chars().filter(|one| one.is_alphanumeric()).collect();
        let name = name.to_lowercase();
        match () {
            () if database_type.trim().is_empty() || POSTGRESQL.contains(&&*name) => Self::PostgreSql,
            () if OTHERS.contains(&&*name) => Self::Other,
            () => Self::Unknown,
        }
    }
}

/// The error of a list with types that are not known: each once, with its first tenant.
pub(super) fn unknown_types(entries: &[Entry]) -> Option<FleetError> {
    let mut types = Vec::<(&str, &Entry, usize)>::new();
    for entry in entries.iter().filter(|entry| entry.engine() == Engine::Unknown) {
        let name = entry.database_type.as_deref().unwrap_or_default();
        match types.iter_mut().find(|(other, ..)| *other == name) {
            Some((.., count)) => *count += 1,
            None => types.push((name, entry, 1)),
        }
    }
    let one = |(name, first, count): &(&str, &Entry, usize)| {
        let origin = first.origin.map(|origin| format!(" in {origin}")).unwrap_or_default();
        let more = if *count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        format!("{name:?} ({}{origin}{more})", first.slug)
    };
    let named: Vec<String> = types.iter().take(SHOWN).map(one).collect();
    let verb = if types.len() == 1 { "is" } else { "are" };
    let more = types.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!types.is_empty()).then(|| {
        FleetError::new(
            Code::M0714,
            format!(
                "database_type {}{more} {verb} unknown\nhelp: write `postgresql`, or for a tenant to skip the name of its \
                 database: {}, …",
                named.join(", "),
                OTHERS[..SHOWN].join(", "),
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::Engine;

    #[test]
    fn types_are_postgresql_another_or_unknown() {
        for (engine, names) in [
            (
                Engine::PostgreSql,
                &["", " ", "postgres", "POSTGRESQL", "pg", "PgSQL", " psql ", "Postgre SQL"][..],
            ),
            (
                Engine::Other,
                &["MYSQL", "mariadb", "SQLite", "sqlite3", "SQL_SERVER", "mssql", "Oracle", "db2"],
            ),
            (Engine::Unknown, &["postgres15", "postgresql-16", "postgress", "mysq", "?", "--", "mysql8"]),
        ] {
            for name in names {
                assert_eq!(Engine::of(name), engine, "{name:?}");
            }
        }
    }
}

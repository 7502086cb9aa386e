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

    /// The tenant, or that it has no PostgreSQL. What is wrong with its connection string is its own failure.
    pub(super) fn resolve(self, default_url: Option<&str>) -> Result<Tenant, Skipped> {
        let Self { slug, database_url, database_type, schema, problem, origin: _ } = self;
        let database_type = database_type.unwrap_or_default();
        if !is_postgresql(&database_type) {
            return Err(Skipped { slug, database_type });
        }
        let schema = schema.filter(|schema| !schema.is_empty());
        let url = database_url.filter(|url| !url.trim().is_empty());
        let url = url.or_else(|| default_url.filter(|_| schema.is_some()).map(str::to_owned));
        let tenant = match (problem, url) {
            (Some(why), _) => Tenant::without_url(slug, format!("its `database_url` cannot be used: {why}")),
            (None, Some(url)) => Tenant::new(slug, url),
            (None, None) => Tenant::without_url(slug, NO_URL),
        };
        Ok(match schema {
            Some(schema) => tenant.in_schema(schema),
            None => tenant,
        })
    }
}

const NO_URL: &str = "it has no `database_url` and no default applies: give it one in the list of tenants";

/// Whether a database of this type is one; without a type it is.
fn is_postgresql(database_type: &str) -> bool {
    ["", "postgres", "postgresql", "pg"].contains(&&*database_type.trim().to_lowercase())
}

//! One line of a list of tenants, wherever it comes from, and what is made of it.

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
}

impl Entry {
    /// A row of a query, by the names of its columns; what else it has is for people.
    pub(super) fn of_row(row: &SimpleQueryRow) -> Result<Self, FleetError> {
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
        })
    }

    /// The tenant, or that it has no PostgreSQL.
    pub(super) fn resolve(self, default_url: Option<&str>) -> Result<Result<Tenant, Skipped>, FleetError> {
        let Self { slug, database_url, database_type, schema } = self;
        let database_type = database_type.unwrap_or_default();
        if !is_postgresql(&database_type) {
            return Ok(Err(Skipped { slug, database_type }));
        }
        let schema = schema.filter(|schema| !schema.is_empty());
        let url = database_url.filter(|url| !url.is_empty());
        let Some(url) = url.or_else(|| default_url.filter(|_| schema.is_some()).map(str::to_owned)) else {
            return Err(FleetError::new(
                Code::M0702,
                format!("the tenant {slug} has no `database_url`, and nothing stands in for it"),
            ));
        };
        let tenant = Tenant::new(slug, url);
        Ok(Ok(match schema {
            Some(schema) => tenant.in_schema(schema),
            None => tenant,
        }))
    }
}

/// Whether a database of this type is one; without a type it is.
fn is_postgresql(database_type: &str) -> bool {
    ["", "postgres", "postgresql", "pg"].contains(&&*database_type.trim().to_lowercase())
}

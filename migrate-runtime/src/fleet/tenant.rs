//! One tenant: what it is called, and where it is. Its connection string is shown to nobody.

use std::fmt;

use migrate_source::Code;

use crate::connect::{Conninfo, Host};
use crate::options::Secret;

/// A database, or a schema of one, that the set is applied to.
///
/// [`Debug`] shows no connection string.
#[derive(Clone)]
pub struct Tenant {
    slug: String,
    url: Secret,
    schema: Option<String>,
    place: Result<Place, (Code, String)>,
}

/// What of a connection string may be shown.
#[derive(Clone, Debug)]
struct Place {
    /// `host:port`, or several of them.
    server: String,
    database: String,
    #[cfg(feature = "cli")]
    user: String,
}

/// A tenant of the list whose database is not PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    pub(crate) slug: String,
    pub(crate) database_type: String,
}

impl Tenant {
    /// A tenant with a database of its own. A connection string that cannot be read is not told here but becomes the
    /// tenant's failure, so that it is no trouble of the others.
    pub fn new(slug: impl Into<String>, url: impl Into<String>) -> Self {
        let url = url.into();
        let place = Conninfo::parse(&url).map(|conninfo| Place::of(&conninfo));
        let place = place.map_err(|error| (error.code(), error.to_string()));
        Self { slug: slug.into(), url: Secret(url), schema: None, place }
    }

    /// A tenant whose connection string is missing, which is its own failure.
    pub(super) fn without_url(slug: impl Into<String>, why: impl Into<String>) -> Self {
        let place = Err((Code::M0702, why.into()));
        Self { slug: slug.into(), url: Secret(String::new()), schema: None, place }
    }

    /// One that has this schema of the database, and shares the others' connections to it.
    #[must_use]
    pub fn in_schema(self, schema: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), ..self }
    }

    /// What it is called.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Its schema, where it has one instead of a database.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The name of its database, and its schema: `shop.tenant_a`. Nothing where its connection string cannot be read.
    pub fn database(&self) -> String {
        let database = self.place.as_ref().map_or("", |place| &place.database);
        match &self.schema {
            Some(schema) => format!("{database}.{schema}"),
            None => database.to_owned(),
        }
    }

    /// `host:port` of its server, by which connections are counted. Nothing where its connection string cannot be read.
    pub fn server(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.server)
    }

    /// Who connects. Nothing where its connection string cannot be read.
    #[cfg(feature = "cli")]
    pub(crate) fn user(&self) -> String {
        self.place.as_ref().map_or_else(|_| String::new(), |place| place.user.clone())
    }

    pub(super) fn url(&self) -> &str {
        &self.url.0
    }

    /// Why its connection string cannot be read.
    pub(super) fn problem(&self) -> Option<(Code, &str)> {
        self.place.as_ref().err().map(|(code, text)| (*code, &**text))
    }
}

impl Place {
    fn of(conninfo: &Conninfo) -> Self {
        let hosts: Vec<String> = conninfo.hosts.iter().map(Host::place).collect();
        Self {
            server: hosts.join(","),
            database: conninfo.database().unwrap_or_default(),
            #[cfg(feature = "cli")]
            user: conninfo.user().unwrap_or_default(),
        }
    }
}

impl Skipped {
    /// What it is called.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// What its database is said to be.
    pub fn database_type(&self) -> &str {
        &self.database_type
    }
}

/// How many of those that are skipped are named.
const NAMED: usize = 20;

/// Who they are, and why: `legacy (MYSQL), old (ORACLE)`.
pub(crate) fn skipped(list: &[Skipped]) -> String {
    let name = |one: &Skipped| format!("{} ({})", one.slug, one.database_type);
    let names: Vec<String> = list.iter().take(NAMED).map(name).collect();
    let more = list.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant")
            .field("slug", &self.slug)
            .field("server", &self.server())
            .field("database", &self.database())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Tenant;

    #[test]
    fn shows_where_it_is_and_no_password() {
        let tenant =
            Tenant::new("acme", "postgres://app:s3cret@db1:6432/acme?sslmode=disable").in_schema("a");
        assert_eq!((tenant.server(), &*tenant.database()), ("db1:6432", "acme.a"));
        assert!(!format!("{tenant:?}").contains("s3cret"));
        for user in ["app,s3cret", "app/s3cret", "app|s3cret", "app%20s3cret", "app%3As3cret"] {
            let tenant = Tenant::new("acme", format!("postgres://{user}@h"));
            let database = tenant.database();
            assert!(database.starts_with("app") && database.ends_with("***"), "{database}");
            assert!(!format!("{tenant:?}").contains("s3cret"));
        }
        let odd = Tenant::new("odd", "postgres://app:s3cret@h/a?sslmod=disable");
        assert!(odd.problem().is_some_and(|(_, why)| !why.contains("s3cret")), "{odd:?}");
    }
}

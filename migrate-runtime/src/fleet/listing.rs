//! Who the tenants are: by a query, by a file, by the names of databases or schemas.

mod entry;
mod file;

use std::collections::BTreeMap;
use std::time::Duration;

use migrate_source::Code;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::error::FleetError;
use super::tenant::{Skipped, Tenant};
use crate::connect::parameter::with_parameter;
use crate::connect::{self, Connected};
use crate::pattern::fits;
use entry::{Engine, Entry, Origin};
pub use file::ListFormat;

/// The tenants, in the order in which they have their turns.
#[derive(Clone, Debug, Default)]
pub struct Tenants {
    list: Vec<Tenant>,
    skipped: Vec<Skipped>,
}

/// How long a list may be waited for.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Tenants {
    /// These tenants.
    ///
    /// # Errors
    ///
    /// Two have the same slug, or one has none.
    pub fn new(list: impl IntoIterator<Item = Tenant>) -> Result<Self, FleetError> {
        Self::checked(list.into_iter().map(|tenant| (None, tenant)).collect())
    }

    /// With where each is in its list.
    fn checked(list: Vec<(Option<Origin>, Tenant)>) -> Result<Self, FleetError> {
        let wrong = |origin: Option<Origin>, why: String| {
            let origin = origin.map(|origin| format!("{origin}: ")).unwrap_or_default();
            Err(FleetError::new(Code::M0703, format!("{origin}{why}")))
        };
        let mut slugs = BTreeMap::new();
        for (origin, tenant) in &list {
            let slug = tenant.slug();
            if slug.is_empty() {
                let why = "a tenant has no slug: give each tenant a unique one";
                return wrong(*origin, why.to_owned());
            }
            if slug.chars().any(char::is_control) {
                let why = "has a control character: remove it";
                return wrong(*origin, format!("the slug {slug:?} {why}"));
            }
            if let Some(first) = slugs.insert(slug, *origin) {
                let first = first.map(|first| format!(", the other one in {first}")).unwrap_or_default();
                let why = "give each tenant a unique slug";
                return wrong(*origin, format!("two tenants are called {slug}{first}: {why}"));
            }
        }
        Ok(Self { list: list.into_iter().map(|(_, tenant)| tenant).collect(), skipped: Vec::new() })
    }

    /// The tenants that a query on a control database lists, in its order, by the names of its columns: `slug`;
    /// `database_url`, without which a tenant with a `schema` is in the control database itself, and any other fails by itself; `schema`, where it has one instead of a
    /// database; `database_type`, by which those are skipped whose database is not PostgreSQL. It runs in a read-only transaction.
    ///
    /// # Errors
    ///
    /// The query fails, has no column `slug`, lists a tenant twice, or has a `database_type` that is not known.
    pub async fn from_query(url: &str, query: &str) -> Result<Self, FleetError> {
        let sql = format!("BEGIN TRANSACTION READ ONLY;\n{query}\n;\nROLLBACK");
        let rows = ask(url, &sql).await.map_err(|why| {
            FleetError::new(Code::M0701, format!("the query for the tenants failed: {}", without_url(&why)))
        })?;
        let entries = (1..).zip(&rows).map(|(number, row)| Entry::of_row(number, row));
        Self::of_entries(entries.collect::<Result<Vec<_>, _>>()?, Some(url))
    }

    /// The databases of a server whose names fit a pattern, in which `*` stands for any characters; each is called by its
    /// name. Templates and databases that accept no connections are left out.
    ///
    /// # Errors
    ///
    /// The server cannot be asked.
    pub async fn databases(url: &str, pattern: &str) -> Result<Self, FleetError> {
        const SQL: &str = "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname COLLATE \"C\"";
        let names = names(url, SQL, pattern).await?;
        Self::new(names.into_iter().map(|name| {
            let url = with_parameter(url, "dbname", &name);
            Tenant::new(name, url)
        }))
    }

    /// The schemas of a database whose names fit a pattern, in which `*` stands for any characters; each is called by its
    /// name. The server's own schemas are left out.
    ///
    /// # Errors
    ///
    /// The database cannot be asked.
    pub async fn schemas(url: &str, pattern: &str) -> Result<Self, FleetError> {
        const SQL: &str = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^(pg_|information_schema$)' ORDER BY nspname COLLATE \"C\"";
        let names = names(url, SQL, pattern).await?;
        Self::new(names.into_iter().map(|name| Tenant::new(name.clone(), url).in_schema(name)))
    }

    /// The tenants of a file: the fields are the columns of [`from_query`](Self::from_query).
    ///
    /// `${NAME}` in a `database_url` stands for a variable that `variable` knows, so that passwords need not be in the
    /// file. Within a URL its value is percent-encoded.
    ///
    /// # Errors
    ///
    /// The text has not the format, and where; a tenant has no slug, is listed twice, or has a `database_type` that is not
    /// known.
    pub fn parse(
        text: &str,
        format: ListFormat,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, FleetError> {
        let entries = file::parse(text, format, variable)?;
        Self::of_entries(entries, None)
    }

    fn of_entries(entries: Vec<Entry>, default_url: Option<&str>) -> Result<Self, FleetError> {
        if let Some(error) = entry::unknown_types(&entries) {
            return Err(error);
        }
        let (mut list, mut skipped) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry.engine() {
                Engine::PostgreSql => list.push((entry.origin, entry.resolve(default_url))),
                Engine::Other | Engine::Unknown => skipped.push(entry.skip()),
            }
        }
        Ok(Self { skipped, ..Self::checked(list)? })
    }

    /// The tenants, in their order.
    pub fn list(&self) -> &[Tenant] {
        &self.list
    }

    /// Those whose database is not PostgreSQL.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }
}

/// What the server says of a query may have a value in it, and that a password.
fn without_url(why: &str) -> &str {
    if why.contains("://") || why.contains("password=") {
        "the server's message is not shown, because it has a connection string in it"
    } else {
        why
    }
}

async fn names(url: &str, sql: &str, pattern: &str) -> Result<Vec<String>, FleetError> {
    let rows = ask(url, sql)
        .await
        .map_err(|why| FleetError::new(Code::M0701, format!("cannot list the tenants: {why}")))?;
    let names = rows.iter().filter_map(|row| row.get(0)).filter(|name| fits(pattern, name));
    Ok(names.map(str::to_owned).collect())
}

/// The rows of a message, by a connection of its own.
async fn ask(url: &str, sql: &str) -> Result<Vec<SimpleQueryRow>, String> {
    let work = async {
        let Connected { client, connection, .. } =
            connect::connect(url).await.map_err(|error| error.to_string())?;
        let ask = async {
            let messages = client.simple_query(sql).await.map_err(|error| crate::error::cause(&error));
            drop(client);
            messages
        };
        let (messages, ()) = futures_util::future::join(ask, connection).await;
        let rows = messages?.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(rows.collect())
    };
    let late = |_| Err(format!("no answer within {} s", TIMEOUT.as_secs()));
    tokio::time::timeout(TIMEOUT, work).await.unwrap_or_else(late)
}

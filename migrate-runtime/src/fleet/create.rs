//! Creating the database of a tenant that has none yet, for those who want that.

use std::time::Duration;

use migrate_source::Code;
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::error::{DbError, SqlState};

use super::connection::Open;
use super::outcome::Outcome;
use super::trouble::Trouble;
use crate::connect::Conninfo;
use crate::connect::parameter::with_parameter;
use crate::identifier::{literal, quote_identifier};

/// How a database is created that is missing: see `CREATE DATABASE` in the manual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateDatabase {
    owner: Option<String>,
    template: Option<String>,
    encoding: Option<String>,
}

impl CreateDatabase {
    /// As the server does by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// The role that it belongs to; by default the one that creates it.
    #[must_use]
    pub fn owner(self, owner: impl Into<String>) -> Self {
        Self { owner: Some(owner.into()), ..self }
    }

    /// The database that it is a copy of.
    #[must_use]
    pub fn template(self, template: impl Into<String>) -> Self {
        Self { template: Some(template.into()), ..self }
    }

    /// Its encoding: `UTF8`.
    #[must_use]
    pub fn encoding(self, encoding: impl Into<String>) -> Self {
        Self { encoding: Some(encoding.into()), ..self }
    }

    fn sql(&self, name: &str) -> String {
        let quoted = |option: &Option<String>| option.as_deref().map(quote_identifier);
        let clauses = [
            ("OWNER", quoted(&self.owner)),
            ("TEMPLATE", quoted(&self.template)),
            ("ENCODING", self.encoding.as_deref().map(literal)),
        ];
        let clauses = clauses.into_iter().filter_map(|(word, value)| Some(format!(" {word} {}", value?)));
        format!("CREATE DATABASE {}{}", quote_identifier(name), clauses.collect::<String>())
    }
}

/// Creates the database that a connection string names, from another one of the same server.
pub(super) async fn database(
    url: &str,
    how: &CreateDatabase,
    timeout: Duration,
    permit: OwnedSemaphorePermit,
) -> Result<OwnedSemaphorePermit, Trouble> {
    let conninfo = Conninfo::parse(url)
        .map_err(|error| Trouble::new(Outcome::Failed, error.code(), &error.to_string()))?;
    let name = conninfo.config.get_dbname().or(conninfo.config.get_user()).unwrap_or_default().to_owned();
    let mut home = Open::new(&with_parameter(url, "dbname", "postgres"), timeout, permit).await;
    if let Err((trouble, permit)) = home {
        if trouble.may_pass() {
            return Err(trouble);
        }
        home = Open::new(&with_parameter(url, "dbname", "template1"), timeout, permit).await;
    }
    let mut home = home.map_err(|(trouble, _)| trouble)?;
    let created = home.value(&how.sql(&name)).await;
    let name = conninfo.database().unwrap_or_default();
    let permit = home.close().await;
    match created {
        Ok(_) => {
            tracing::info!(database = name, "created");
            Ok(permit)
        }
        // Somebody else has done it meanwhile.
        Err(error) if is_there(&error) => Ok(permit),
        Err(error) => {
            let sqlstate = error.code().map(|code| code.code().to_owned());
            let why = crate::error::cause(&error);
            let text = format!(
                "the database {name} is missing and could not be created: {why}; give the role CREATEDB, or create it by hand"
            );
            Err(Trouble { sqlstate, ..Trouble::new(Outcome::Failed, Code::M0512, &text) })
        }
    }
}

/// It was created meanwhile; whoever is a moment too late is told by the index of the catalog.
fn is_there(error: &tokio_postgres::Error) -> bool {
    let is_of_database = |error: &DbError| error.table() == Some("pg_database");
    match error.code() {
        Some(code) if *code == SqlState::DUPLICATE_DATABASE => true,
        Some(code) if *code == SqlState::UNIQUE_VIOLATION => error.as_db_error().is_some_and(is_of_database),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::CreateDatabase;

    #[test]
    fn what_is_said_to_the_server() {
        assert_eq!(CreateDatabase::new().sql("a\"b"), "CREATE DATABASE \"a\"\"b\"");
        let how = CreateDatabase::new().owner("app").template("template0").encoding("UTF8");
        assert_eq!(
            how.sql("x"),
            "CREATE DATABASE \"x\" OWNER \"app\" TEMPLATE \"template0\" ENCODING 'UTF8'"
        );
    }
}

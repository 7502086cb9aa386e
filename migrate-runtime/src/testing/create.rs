//! `CREATE DATABASE` and `DROP DATABASE`, as often as it takes.

use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::admin::{Admin, Lease};
use super::error::{Kind, TestDbError};
use crate::backoff::Backoff;
use crate::identifier::quote_identifier;

/// How long somebody may be connected to what is copied. The server itself waits for five seconds each time.
const PATIENCE: Duration = Duration::from_mins(1);

/// Creates a database: a copy of a template, or as the server does by default.
pub(super) async fn create(
    admin: &Admin,
    lease: &Lease<'_>,
    name: &str,
    template: Option<&str>,
) -> Result<(), TestDbError> {
    let template = template.map(|template| copy_of(template, admin.copies_files)).unwrap_or_default();
    let sql = format!("CREATE DATABASE {}{template}", quote_identifier(name));
    let start = Instant::now();
    let mut backoff = Backoff::new(Duration::from_millis(20), Duration::from_secs(1));
    loop {
        let Err(error) = lease.execute(&sql).await else {
            return Ok(());
        };
        let code = error.code();
        if code == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return Err(Kind::MayNotCreate { role: quote_identifier(&admin.role), error }.into());
        }
        // Somebody is connected to the template, and will be gone.
        if code != Some(&SqlState::OBJECT_IN_USE) || start.elapsed() > PATIENCE {
            return Err(TestDbError::server(format!("creating the database {name}"))(error));
        }
        backoff.pause().await;
    }
}

/// Drops a database, whoever is connected to it, if it is there.
pub(super) async fn drop_database(lease: &Lease<'_>, name: &str) -> Result<(), TestDbError> {
    let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_identifier(name));
    lease.execute(&sql).await.map_err(TestDbError::server(format!("dropping the database {name}")))
}

/// The clauses of a copy: see `CREATE DATABASE` in the manual.
fn copy_of(template: &str, copies_files: bool) -> String {
    let strategy = if copies_files { " STRATEGY file_copy" } else { "" };
    format!(" TEMPLATE {}{strategy}", quote_identifier(template))
}

#[cfg(test)]
mod tests {
    use super::copy_of;

    #[test]
    fn a_strategy_where_it_is_worth_it() {
        assert_eq!(copy_of("a", false), " TEMPLATE \"a\"");
        assert_eq!(copy_of("a", true), " TEMPLATE \"a\" STRATEGY file_copy");
    }
}

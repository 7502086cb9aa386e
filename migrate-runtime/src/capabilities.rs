//! What a server can do of what migrating needs: found out by trying, since those that only speak PostgreSQL's protocol have
//! its version too. Nothing of a trial stays.

use std::fmt;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::{Doing, Error, ErrorKind, cause};
use crate::history::Mark;
use crate::options::Runner;
use crate::report::Report;
use crate::session::Session;

/// What a server can do, and whether the settings of a runner ask for no more.
///
/// [`Display`](fmt::Display) is a line each, with what to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    version: String,
    /// Why not, if not.
    advisory_locks: Result<(), String>,
    transactional_ddl: Option<bool>,
    uses_advisory_locks: bool,
    uses_transactional_ddl: bool,
}

impl Runner<'_> {
    /// Finds out what the server can do: takes and gives back an advisory lock, and creates a temporary table in a
    /// transaction that is rolled back. Three round trips.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub async fn probe(&self, client: &mut Client) -> Result<Capabilities, Error> {
        // What else is wrong with the history is no matter of the server's.
        if let Err(kind @ ErrorKind::NotAdopted(_)) = self.must_have_been_adopted(&self.session(client)).await
        {
            return Err(self.error(kind));
        }
        let result = self.try_out_server(&mut Session::new(client)).await;
        result.map_err(|error| {
            let kind = ErrorKind::Database { doing: Doing::Probing, error };
            Error::new(kind, self.set.folder(), Report::default())
        })
    }

    async fn try_out_server(&self, session: &mut Session<'_>) -> Result<Capabilities, tokio_postgres::Error> {
        let rows = session.query("SELECT pg_catalog.version()").await?;
        let version = rows.first().and_then(|row| row.get(0)).unwrap_or_default().to_owned();
        let locked = session.transactions(ADVISORY, |_| {}).await;
        let advisory_locks = match locked {
            Err(error) if error.as_db_error().is_none() => return Err(error),
            locked => locked.map_err(|error| cause(&error)),
        };
        let name = format!("migrate_probe_{}", Mark::new().claim());
        let rolled_back = format!(
            "BEGIN; CREATE TEMPORARY TABLE {name} (); ROLLBACK; \
             SELECT pg_catalog.to_regclass('pg_temp.{name}') IS NULL; DROP TABLE IF EXISTS pg_temp.{name}"
        );
        let mut answer = None;
        let tried = session.transactions(&rolled_back, |reply| {
            if let crate::session::Reply::Row(row) = reply {
                answer = row.get(0).map(|text| text == "t");
            }
        });
        let transactional_ddl = match tried.await {
            Err(error) if error.as_db_error().is_none() => return Err(error),
            Err(error) if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => Some(false),
            // A role may not create temporary tables: then it is not known.
            Err(_) => None,
            Ok(()) => answer,
        };
        Ok(Capabilities {
            version,
            advisory_locks,
            transactional_ddl,
            uses_advisory_locks: self.uses_advisory_locks(),
            uses_transactional_ddl: self.uses_transactional_ddl(),
        })
    }
}

const ADVISORY: &str = "BEGIN; SELECT pg_catalog.pg_try_advisory_xact_lock(7307199820100021605); ROLLBACK";

impl Capabilities {
    /// What the server calls itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the role may take advisory locks, and the server has them. Otherwise: `lock = "row"` in `migrate.toml`, or
    /// [`Runner::row_lock`].
    pub fn has_advisory_locks(&self) -> bool {
        self.advisory_locks.is_ok()
    }

    /// Whether the server rolls back DDL; `None`: the role may not try that. Otherwise: `transaction = "statement"` in
    /// `migrate.toml`, or [`Runner::statement_by_statement`].
    pub fn has_transactional_ddl(&self) -> Option<bool> {
        self.transactional_ddl
    }

    /// Whether the runner asks for no more than there is, as far as that is known.
    pub fn are_enough(&self) -> bool {
        (self.has_advisory_locks() || !self.uses_advisory_locks)
            && (self.transactional_ddl != Some(false) || !self.uses_transactional_ddl)
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.version)?;
        match (&self.advisory_locks, self.uses_advisory_locks) {
            (Ok(()), _) => writeln!(f, "advisory locks: yes")?,
            (Err(why), true) => writeln!(f, "advisory locks: no, {why}; say lock = \"row\" in migrate.toml")?,
            (Err(why), false) => writeln!(f, "advisory locks: no, {why}; a row is locked instead")?,
        }
        match (self.transactional_ddl, self.uses_transactional_ddl) {
            (Some(true), _) => f.write_str("DDL is rolled back: yes"),
            (Some(false), true) => {
                f.write_str("DDL is rolled back: no; say transaction = \"statement\" in migrate.toml")
            }
            (Some(false), false) => {
                f.write_str("DDL is rolled back: no; each statement is recorded by itself")
            }
            (None, _) => {
                f.write_str("DDL is rolled back: not known, as the role may not create temporary tables")
            }
        }
    }
}

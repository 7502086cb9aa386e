//! What goes wrong while a schema is read or a plan is made.

use std::fmt;

use crate::key::Key;
use crate::prove::Failed;

/// Why there is no schema, or no plan.
#[derive(Debug)]
pub struct Error(pub(crate) ErrorKind);

#[derive(Debug)]
pub(crate) enum ErrorKind {
    Read(tokio_postgres::Error),
    /// A row of the catalog's that is not as this crate asked for it.
    Row(String),
    /// Statements of which each must come before the other.
    Cycle(Vec<Key>),
    /// A statement of our own that PostgreSQL does not take.
    Failed(Failed),
}

impl Error {
    /// The code of the kind of error that it is, which `migrate explain` takes: `M0804`.
    pub fn code(&self) -> &'static str {
        match &self.0 {
            ErrorKind::Read(_) => "M0801",
            ErrorKind::Row(_) => "M0802",
            ErrorKind::Cycle(_) => "M0803",
            ErrorKind::Failed(_) => "M0804",
        }
    }

    pub(crate) fn row(what: impl Into<String>) -> Self {
        Self(ErrorKind::Row(what.into()))
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(ErrorKind::Read(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ErrorKind::Read(error) => {
                write!(f, "the catalog cannot be read: {}", words(error))
            }
            ErrorKind::Failed(Failed { statement, cause }) => {
                write!(f, "a statement of the plan does not work: {}\n{statement}", words(cause))
            }
            ErrorKind::Row(what) => write!(f, "the catalog has a row that cannot be understood: {what}"),
            ErrorKind::Cycle(keys) => {
                let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "there is no order for these, each of which must come before another: {}",
                    keys.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            ErrorKind::Read(error) => Some(error),
            ErrorKind::Failed(refused) => Some(&refused.cause),
            ErrorKind::Row(_) | ErrorKind::Cycle(_) => None,
        }
    }
}

/// What PostgreSQL says, with detail and hint: of itself, the driver says only that the database had an error.
pub(crate) fn words(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |error| {
            let parts = [Some(error.message()), error.detail(), error.hint()];
            parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
        },
    )
}

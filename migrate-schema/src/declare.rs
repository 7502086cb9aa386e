//! Makes a database out of statements that declare what it shall have, in any order.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// A statement that PostgreSQL does not take, in whatever order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Which of the statements, from 0.
    pub at: usize,
    /// PostgreSQL's words, with detail and hint.
    pub message: String,
    /// The character of the statement at which the error is, from 1, where PostgreSQL names one.
    pub position: Option<u32>,
    /// Something that it names is not there: another order, or a declaration, would help.
    pub is_of_missing: bool,
    /// The role that is not there, where that is why.
    pub missing_role: Option<String>,
}

/// A schema, a relation, a column, a function or something else is not there.
const MISSING: [SqlState; 5] = [
    SqlState::INVALID_SCHEMA_NAME,
    SqlState::UNDEFINED_TABLE,
    SqlState::UNDEFINED_COLUMN,
    SqlState::UNDEFINED_FUNCTION,
    SqlState::UNDEFINED_OBJECT,
];

/// Runs the statements on an empty database, each in a transaction of its own. One that needs what a later one makes is run
/// again after it.
///
/// # Errors
///
/// What is left when no other statement can be run: each with what PostgreSQL said of it last.
pub async fn declare(client: &Client, statements: &[&str]) -> Result<(), Vec<Refused>> {
    let refused = |at: usize, error: &tokio_postgres::Error| Refused {
        at,
        message: crate::error::words(error),
        position: error.as_db_error().and_then(|error| error.position()).and_then(
            |position| match position {
                tokio_postgres::error::ErrorPosition::Original(position) => Some(*position),
                tokio_postgres::error::ErrorPosition::Internal { .. } => None,
            },
        ),
        is_of_missing: error.code().is_some_and(|code| MISSING.contains(code)),
        missing_role: crate::error::missing_role(error),
    };
    if let Err(error) = client.batch_execute("SET check_function_bodies TO off").await {
        return Err(vec![refused(0, &error)]);
    }
    let mut left: Vec<usize> = (0..statements.len()).collect();
    loop {
        let mut again = Vec::new();
        for &at in &left {
            if let Err(error) = client.batch_execute(statements[at]).await {
                again.push(refused(at, &error));
            }
        }
        if again.is_empty() {
            return Ok(());
        }
        if again.len() == left.len() {
            return Err(again);
        }
        left = again.iter().map(|refused| refused.at).collect();
    }
}

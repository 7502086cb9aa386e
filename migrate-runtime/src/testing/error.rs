//! Why there is no test database, or why it could not be dropped.

use std::fmt;

use migrate_source::Code;
use tokio_postgres::error::SqlState;

use crate::connect::ConnectError;
use crate::dotenv;
use crate::error::cause;
use crate::{BoxError, Error};

/// Why there is no test database, or why it could not be dropped.
///
/// [`Display`](fmt::Display) is one line: what, and what to do. The alternate form `{error:#}` and [`Debug`](fmt::Debug)
/// add what there is to see: the line of the migration that failed, for example.
pub struct TestDbError(Box<Kind>);

pub(super) enum Kind {
    NoServer,
    Dotenv(dotenv::Unreadable),
    /// The caller's own [`Blueprint::runner`](super::Blueprint::runner).
    Blueprint(BoxError),
    /// There is no thread, or no runtime.
    Background(String),
    Connect(ConnectError),
    #[cfg(feature = "testing-sqlx")]
    Sqlx(sqlx::Error),
    /// The role has no `CREATEDB`.
    MayNotCreate {
        role: String,
        error: tokio_postgres::Error,
    },
    Server {
        doing: String,
        error: tokio_postgres::Error,
    },
    Migration(Error),
    /// What another test of the same run has met: its error in full.
    Met(String),
}

impl From<Kind> for TestDbError {
    fn from(kind: Kind) -> Self {
        Self(Box::new(kind))
    }
}

impl TestDbError {
    /// Something that the server did not do; `doing` is what, as the beginning of a line.
    pub(super) fn server(doing: impl Into<String>) -> impl FnOnce(tokio_postgres::Error) -> Self {
        let doing = doing.into();
        |error| Kind::Server { doing, error }.into()
    }

    /// The kind of error that it is; of the migrations, that of theirs.
    pub fn code(&self) -> Code {
        match &*self.0 {
            Kind::NoServer => Code::M0541,
            Kind::Dotenv(_) => Code::M0103,
            #[cfg(feature = "testing-sqlx")]
            Kind::Sqlx(_) => Code::M0546,
            Kind::Blueprint(_) => Code::M0542,
            Kind::Background(_) => Code::M0543,
            Kind::Connect(error) => error.code(),
            Kind::MayNotCreate { .. } => Code::M0544,
            Kind::Server { .. } => Code::M0545,
            Kind::Migration(error) => error.code(),
            Kind::Met(text) => code_in(text).unwrap_or(Code::M0601),
        }
    }

    /// The migrations failed: here, or in another test of the same run.
    pub fn is_migration(&self) -> bool {
        matches!(*self.0, Kind::Migration(_) | Kind::Met(_))
    }

    /// The error of the migrations, in the one test of a run that tried them.
    pub fn migration(&self) -> Option<&Error> {
        match &*self.0 {
            Kind::Migration(error) => Some(error),
            _ => None,
        }
    }

    /// What the server called the error: five characters, listed in the manual's appendix A.
    pub fn sqlstate(&self) -> Option<&str> {
        match &*self.0 {
            Kind::Connect(error) => error.sqlstate(),
            Kind::MayNotCreate { error, .. } | Kind::Server { error, .. } => error.code().map(SqlState::code),
            Kind::Migration(error) => error.sqlstate(),
            _ => None,
        }
    }
}

/// The code at the end of the first line.
fn code_in(text: &str) -> Option<Code> {
    let (_, code) = text.lines().next()?.strip_suffix(']')?.rsplit_once('[')?;
    Code::parse(code)
}

/// How a server is had by two lines in a [`Blueprint`](super::Blueprint).
const TWO_LINES: &str = "\n\nwith `migrate-server` among the [dev-dependencies], two lines are enough:\n\n\
    static SERVER: LazyLock<migrate_server::Server> = LazyLock::new(|| migrate_server::Server::of_run().expect(\"a server\"));\n\
    fn server(&self) -> Option<String> { Some(SERVER.url().to_owned()) } // in `impl Blueprint`";

impl TestDbError {
    /// In one line, and without the code; of the migrations, all that they have to say.
    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::NoServer => f.write_str(
                "there is no server for test databases: set DATABASE_URL (also in .env), or add migrate-server to the \
                 dev-dependencies",
            ),
            Kind::Dotenv(error) => fmt::Display::fmt(error, f),
            #[cfg(feature = "testing-sqlx")]
            Kind::Sqlx(error) => write!(f, "sqlx cannot connect to the test database: {error}"),
            Kind::Blueprint(error) => write!(f, "the blueprint of the test database has no runner: {error}"),
            Kind::Background(why) => write!(f, "the thread that looks after test databases: {why}"),
            Kind::Connect(error) => write!(f, "no connection to the server of the test databases: {error}"),
            Kind::MayNotCreate { role, error } => write!(
                f,
                "the role {role} may not create databases, and each test needs one: ALTER ROLE {role} CREATEDB, or let \
                 DATABASE_URL name another role ({})",
                cause(error)
            ),
            Kind::Server { doing, error } => write!(f, "{doing} failed: {}", cause(error)),
            Kind::Migration(error) => fmt::Display::fmt(error, f),
            Kind::Met(text) if f.alternate() => f.write_str(text),
            Kind::Met(text) => f.write_str(text.lines().next().unwrap_or_default()),
        }
    }
}

impl fmt::Display for TestDbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line(f)?;
        // What the migrations say has their code in it.
        if !self.is_migration() {
            write!(f, " [{}]", self.code())?;
        }
        if f.alternate() && matches!(*self.0, Kind::NoServer) { f.write_str(TWO_LINES) } else { Ok(()) }
    }
}

impl fmt::Debug for TestDbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl std::error::Error for TestDbError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Blueprint(error) => Some(&**error),
            Kind::Connect(error) => std::error::Error::source(error),
            #[cfg(feature = "testing-sqlx")]
            Kind::Sqlx(error) => Some(error),
            Kind::MayNotCreate { error, .. } | Kind::Server { error, .. } => Some(error),
            Kind::Migration(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Kind, TestDbError};

    #[test]
    fn one_line_and_in_full() {
        let error = TestDbError::from(Kind::NoServer);
        assert!(!error.to_string().contains('\n') && error.to_string().contains("DATABASE_URL"));
        assert!(format!("{error:?}").contains("migrate_server::Server::of_run()"));
        assert!(
            error.to_string().ends_with(" [M0541]") && format!("{error:?}").matches("M0541").count() == 1
        );
        let error = TestDbError::from(Kind::Met("a/0001_b.sql:1:1: no [M0609]\n  |\n1 | no".to_owned()));
        assert_eq!(error.to_string(), "a/0001_b.sql:1:1: no [M0609]");
        assert_eq!(error.code(), Code::M0609);
        assert!(format!("{error:?}").ends_with("1 | no") && error.is_migration());
    }
}

//! What goes wrong while a schema is read or a plan is made.

use std::fmt;

use tokio_postgres::error::SqlState;

use crate::key::Key;
use crate::presence::Gap;
use crate::prove::Failed;
use crate::sample::Lost;

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
    /// Something that others rely on would be missing between two transactions.
    Gap(Gap),
    /// The same, where it takes it on empty tables.
    FailedOnRows(Failed),
    /// Rows, values or the position of a sequence are not as they were.
    Lost(Lost),
}

impl Error {
    /// The code of the kind of error that it is, which `migrate explain` takes: `M0804`.
    pub fn code(&self) -> &'static str {
        match &self.0 {
            ErrorKind::Read(_) => "M0801",
            ErrorKind::Row(_) => "M0802",
            ErrorKind::Cycle(_) => "M0803",
            ErrorKind::Failed(_) => "M0804",
            ErrorKind::Gap(_) => "M0806",
            ErrorKind::Lost(_) => "M0808",
            ErrorKind::FailedOnRows(_) => "M0809",
        }
    }

    /// Whether made-up rows have brought it out, so that it is not found without them.
    pub fn is_of_sample(&self) -> bool {
        matches!(self.0, ErrorKind::Lost(_) | ErrorKind::FailedOnRows(_))
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
            ErrorKind::Gap(gap) => write!(f, "{gap}"),
            ErrorKind::FailedOnRows(Failed { statement, cause }) => {
                write!(
                    f,
                    "a statement of the plan does not work on tables with rows: {}\n{statement}",
                    words(cause)
                )
            }
            ErrorKind::Lost(Lost { what, statement }) => {
                write!(f, "the plan loses data without a hazard that says so: {what}")?;
                statement.as_ref().map_or(Ok(()), |statement| write!(f, "\n{statement}"))
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
            ErrorKind::Failed(refused) | ErrorKind::FailedOnRows(refused) => Some(&refused.cause),
            ErrorKind::Row(_) | ErrorKind::Cycle(_) | ErrorKind::Gap(_) | ErrorKind::Lost(_) => None,
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

/// The role that is not there, where that is what an error is about: by the file of PostgreSQL's source that reports it, as its
/// words are in the language of the server. What is between quotes in them is the name, in any language.
pub fn missing_role(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let error = causes.find_map(|error| error.downcast_ref::<tokio_postgres::Error>())?.as_db_error()?;
    let is_about_role = match (error.code(), error.file()) {
        (&SqlState::UNDEFINED_OBJECT, file) => matches!(file, Some("acl.c" | "user.c")),
        // SET ROLE, among all other settings: by its words, which are English on a private server. Elsewhere PostgreSQL's own
        // words are shown.
        (&SqlState::INVALID_PARAMETER_VALUE, Some("guc.c")) => error.message().starts_with("role \""),
        _ => false,
    };
    quoted(error.message()).filter(|_| is_about_role)
}

/// What is between the first and the last quote of a text: PostgreSQL does not double one that is in a name.
fn quoted(message: &str) -> Option<String> {
    const QUOTES: [(char, char); 6] = [
        ('"', '"'),
        ('\u{ab}', '\u{bb}'),
        ('\u{bb}', '\u{ab}'),
        ('\u{201e}', '\u{201c}'),
        ('\u{201c}', '\u{201d}'),
        ('\u{300c}', '\u{300d}'),
    ];
    QUOTES.iter().find_map(|(open, close)| {
        let (_, behind) = message.split_once(*open)?;
        let (name, rest) = behind.rsplit_once(*close)?;
        let is_one = !name.is_empty() && !rest.contains(*open) && !name.contains('\n');
        // French puts spaces inside of them.
        is_one.then(|| if *open == '\u{ab}' { name.trim().to_owned() } else { name.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn the_name_of_a_role_is_between_quotes_in_any_language() {
        for message in [
            "role \"app ro\" does not exist",
            "Rolle \u{bb}app ro\u{ab} existiert nicht",
            "le r\u{f4}le \u{ab} app ro \u{bb} n'existe pas",
            "\u{30ed}\u{30fc}\u{30eb}\"app ro\"\u{306f}\u{5b58}\u{5728}\u{3057}\u{307e}\u{305b}\u{3093}",
        ] {
            assert_eq!(quoted(message).as_deref().map(str::trim), Some("app ro"), "{message}");
        }
        for message in ["none", "\"\"", "role \"a"] {
            assert_eq!(quoted(message), None, "{message}");
        }
        assert_eq!(quoted("role \"Weird\"R\" does not exist").as_deref(), Some("Weird\"R"));
        assert_eq!(quoted("Rolle \u{bb}\"\u{ab} existiert nicht").as_deref(), Some("\""));
    }
}

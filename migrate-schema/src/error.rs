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

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match &self.0 {
            ErrorKind::Read(_) => "check the connection, and take a role that owns the schema",
            ErrorKind::Row(_) => "report it with the version of the server, which this release may not know",
            ErrorKind::Cycle(_) => "declare the change in two steps: first without what one of them needs",
            ErrorKind::Failed(_) => {
                "declare the change in two steps, or write this migration by hand with `migrate create`"
            }
            ErrorKind::Gap(_) => {
                "generate it without `--online`, in one transaction, or change the schema in two steps"
            }
            ErrorKind::FailedOnRows(_) => {
                "declare the change in two steps; to generate it without this check, rerun with --rows 0 and correct it"
            }
            ErrorKind::Lost(_) => {
                "declare the change in two steps; to generate it without this check, rerun with --rows 0 and review it"
            }
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
            ErrorKind::Read(error) => write!(f, "cannot read the catalog: {}", words(error)),
            ErrorKind::Failed(Failed { statement, cause }) => {
                write!(f, "PostgreSQL rejects a statement of the plan: {}\n{statement}", words(cause))
            }
            ErrorKind::Gap(gap) => write!(f, "{gap}"),
            ErrorKind::FailedOnRows(Failed { statement, cause }) => {
                let words = words(cause);
                write!(
                    f,
                    "PostgreSQL rejects a statement of the plan on tables with rows: {words}\n{statement}"
                )
            }
            ErrorKind::Lost(Lost { what, statement }) => {
                write!(f, "the plan loses data, and no hazard names it: {what}")?;
                statement.as_ref().map_or(Ok(()), |statement| write!(f, "\n{statement}"))
            }
            ErrorKind::Row(what) => write!(f, "cannot understand a row of the catalog: {what}"),
            ErrorKind::Cycle(keys) => {
                let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "no order of statements makes these, because each needs another: {}",
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

//! What a rehearsal cannot tell, and why.

use tokio_postgres::error::{DbError, SqlState};

use crate::failure::Failure;
use crate::plan::Step;

const USES_NEW_ENUM_VALUE: &str =
    "it uses an enum value that counts only once the migration which adds it is committed";

pub(super) const NO_ROLLBACK: &str =
    "each statement has a transaction of its own, because the server does not roll back DDL";

/// A step that is not rehearsed, and why.
#[derive(Clone, Debug)]
pub(super) struct Untold {
    pub(super) stem: String,
    pub(super) reason: String,
    /// Its text does not tell which tables it changes.
    is_opaque: bool,
}

impl Untold {
    fn new(step: &Step<'_>, reason: String, is_opaque: bool) -> Self {
        Self { stem: step.stem().to_owned(), reason, is_opaque }
    }
}

/// What was not rehearsed before a step.
#[derive(Debug, Default)]
pub(super) struct Missing<'p> {
    /// The texts of whole migrations.
    texts: Vec<&'p str>,
    is_opaque: bool,
    /// Single statements that the schema may need.
    pub(super) has_statements: bool,
}

impl<'p> Missing<'p> {
    pub(super) fn add(&mut self, step: &Step<'p>, untold: &Untold) {
        self.texts.push(step.text());
        self.is_opaque |= untold.is_opaque;
    }

    /// Whether objects may be missing, or still be there.
    fn has_objects(&self) -> bool {
        self.has_statements || !self.texts.is_empty()
    }

    /// Whether the rows of this table may not be what they would be in a run.
    fn has_rows_of(&self, table: &str) -> bool {
        let table = table.to_lowercase();
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let names =
            |text: &&str| text.to_lowercase().split(|letter| !is_word(letter)).any(|word| word == table);
        self.is_opaque || self.texts.iter().any(names)
    }
}

/// Why a step cannot be rehearsed at all.
pub(super) fn obstacle(step: &Step<'_>) -> Option<Untold> {
    const FUNCTION: &str = "it is a function of the service, which may do more than what can be rolled back";
    const BEGUN: &str = "an earlier run has begun it, and what is left of that is found out by the next one";
    if step.is_function() {
        return Some(Untold::new(step, FUNCTION.to_owned(), true));
    }
    step.resume.as_ref().map(|_| Untold::new(step, BEGUN.to_owned(), false))
}

/// Why an error does not tell that the step would fail in a run, where each statement of one without a transaction is
/// committed before the next, and what was not rehearsed is done.
pub(super) fn untold(
    failure: &Failure,
    step: &Step<'_>,
    is_first: bool,
    missing: &Missing<'_>,
) -> Option<Untold> {
    const COMMITS: [SqlState; 3] = [
        SqlState::ACTIVE_SQL_TRANSACTION,
        SqlState::INVALID_TRANSACTION_TERMINATION,
        SqlState::OBJECT_IN_USE,
    ];
    /// Something is there that was to be dropped, or is not there that was to be made.
    const OBJECTS: [SqlState; 19] = [
        SqlState::UNDEFINED_OBJECT,
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::INVALID_CATALOG_NAME,
        SqlState::DUPLICATE_OBJECT,
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_COLUMN,
        SqlState::DUPLICATE_FUNCTION,
        SqlState::DUPLICATE_SCHEMA,
        SqlState::DEPENDENT_OBJECTS_STILL_EXIST,
        SqlState::INVALID_COLUMN_REFERENCE,
        SqlState::INVALID_FOREIGN_KEY,
        SqlState::INVALID_TABLE_DEFINITION,
        SqlState::WRONG_OBJECT_TYPE,
        SqlState::DATATYPE_MISMATCH,
        // The value of an enum.
        SqlState::INVALID_TEXT_REPRESENTATION,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ];
    let code = failure.sqlstate()?;
    let table = failure.server_error().and_then(|error| error.as_db_error()).and_then(DbError::table);
    let is_of_rows = code.code().starts_with("23") && missing.has_rows_of(table.unwrap_or_default());
    let (reason, is_opaque) = match () {
        () if *code == SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE && (!is_first || step.is_stepwise()) => {
            (USES_NEW_ENUM_VALUE.to_owned(), false)
        }
        () if step.is_stepwise() && COMMITS.contains(code) => {
            (format!("it relies on a COMMIT between its statements: {}", failure.cause), true)
        }
        () if is_of_rows || missing.has_objects() && OBJECTS.contains(code) => {
            (format!("it may need what was not rehearsed before it: {}", failure.cause), false)
        }
        () => return None,
    };
    Some(Untold::new(step, reason, is_opaque))
}

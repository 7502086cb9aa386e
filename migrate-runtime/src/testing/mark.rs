//! The comment on a database by which it is known what has become of it: it is there as long as the database, and goes
//! with it.

use tokio_postgres::SimpleQueryRow;

use crate::identifier::{literal, quote_identifier};

/// What a comment says. Times are the server's, in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A template that is whole, and about when it was last used.
    Complete { used: i64 },
    /// Migrations that failed in a run, with the error in full.
    Failed { run: String, at: i64, text: String },
    /// A test database that somebody wants to look at, and of which test it is.
    Kept { test: String },
}

const TEMPLATE: &str = "migrate-runtime template";
const TEST_DATABASE: &str = "migrate-runtime test database";

impl Mark {
    /// `None`: nobody has said that the database is whole, and so it is not.
    pub(super) fn parse(comment: &str) -> Option<Self> {
        if let Some(test) = comment.strip_prefix(TEST_DATABASE) {
            let test = test.strip_prefix(": kept of ")?.to_owned();
            return Some(Self::Kept { test });
        }
        let text = comment.strip_prefix(TEMPLATE)?;
        if let Some(used) = text.strip_prefix(": complete, used at ") {
            return Some(Self::Complete { used: used.parse().ok()? });
        }
        let (run, rest) = text.strip_prefix(": failed in run ")?.split_once(" at ")?;
        let (at, text) = rest.split_once(": ")?;
        Some(Self::Failed { run: run.to_owned(), at: at.parse().ok()?, text: text.to_owned() })
    }

    fn comment(&self) -> String {
        match self {
            Self::Complete { used } => format!("{TEMPLATE}: complete, used at {used}"),
            Self::Failed { run, at, text } => format!("{TEMPLATE}: failed in run {run} at {at}: {text}"),
            Self::Kept { test } => format!("{TEST_DATABASE}: kept of {test}"),
        }
    }

    /// The statement that says so of a database.
    pub(super) fn sql(&self, database: &str) -> String {
        format!("COMMENT ON DATABASE {} IS {}", quote_identifier(database), literal(&self.comment()))
    }
}

/// What is said of a database, and what time it is there; no row where there is none.
pub(super) fn question(database: &str) -> String {
    format!(
        "SELECT shobj_description(oid, 'pg_database'), floor(extract(epoch FROM clock_timestamp()))::bigint \
         FROM pg_database WHERE datname = {}",
        literal(database)
    )
}

/// A row that answers it.
pub(super) fn answer(row: &SimpleQueryRow) -> (Option<Mark>, i64) {
    let now = row.get(1).and_then(|now| now.parse().ok()).unwrap_or(0);
    (row.get(0).and_then(Mark::parse), now)
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[test]
    fn what_is_said_is_understood() {
        for mark in [
            Mark::Complete { used: 1_800_000_000 },
            Mark::Failed { run: "1_2f".to_owned(), at: 5, text: "a: b at c: d\n1 | x".to_owned() },
            Mark::Kept { test: "tests::it's".to_owned() },
        ] {
            assert_eq!(Mark::parse(&mark.comment()), Some(mark));
        }
        for other in ["", "a database", "migrate-runtime template: complete, used at noon"] {
            assert_eq!(Mark::parse(other), None, "{other}");
        }
        let sql = Mark::Kept { test: "it's".to_owned() }.sql("x");
        assert_eq!(sql, "COMMENT ON DATABASE \"x\" IS 'migrate-runtime test database: kept of it''s'");
    }
}

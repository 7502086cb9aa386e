//! Which of several sets has failed, with what, and what was done before it.

use std::fmt;

use migrate_source::Code;

use super::report::SetsReport;
use crate::error::Error;

/// Why a verb of [`Sets`](crate::Sets) did not come to its end.
///
/// [`Display`](fmt::Display) is one line, with the name of the set that failed. The alternate form `{error:#}` adds all that
/// the set's own [`Error`] has to say, which sets were done before, and which were not begun; [`Debug`] is the same.
pub struct SetsError(Box<Inner>);

struct Inner {
    set: Option<String>,
    error: Error,
    report: SetsReport,
    not_begun: Vec<String>,
}

impl SetsError {
    pub(super) fn new(set: Option<&str>, error: Error, report: SetsReport, not_begun: Vec<String>) -> Self {
        Self(Box::new(Inner { set: set.map(str::to_owned), error, report, not_begun }))
    }

    /// The name of the set that failed; `None` where no connection could be made.
    pub fn set(&self) -> Option<&str> {
        self.0.set.as_deref()
    }

    /// How it failed. Its own [report](Error::report) says how much of this set was done.
    pub fn error(&self) -> &Error {
        &self.0.error
    }

    /// The kind of error that it is: that of [`error`](Self::error).
    pub fn code(&self) -> Code {
        self.0.error.code()
    }

    /// The sets that were done before it. They stay so.
    pub fn report(&self) -> &SetsReport {
        &self.0.report
    }

    /// The names of the sets that would have come after it.
    pub fn not_begun(&self) -> impl Iterator<Item = &str> {
        self.0.not_begun.iter().map(String::as_str)
    }
}

impl std::error::Error for SetsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // Its text is part of this one's.
        std::error::Error::source(&self.0.error)
    }
}

impl fmt::Display for SetsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { set, error, report, not_begun } = &*self.0;
        if let Some(set) = set {
            write!(f, "{set}: ")?;
        }
        if !f.alternate() {
            return write!(f, "{error}");
        }
        write!(f, "{error:#}")?;
        let done: Vec<&str> = report.iter().map(|(name, _)| name).collect();
        if !done.is_empty() {
            write!(f, "\nsets that were done before it, and stay so: {}", done.join(", "))?;
        }
        if !not_begun.is_empty() {
            write!(f, "\nsets that were not begun: {}", not_begun.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for SetsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

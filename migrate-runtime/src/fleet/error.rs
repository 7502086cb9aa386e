//! Why a fleet could not be begun at all: what concerns a single tenant is in the report instead.

use std::fmt;

use migrate_source::Code;

/// Why nothing of a fleet was begun, and what to do about it. It shows no connection string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetError(Code, String);

impl FleetError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(code, message.into())
    }

    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        self.0
    }

    /// Without its code, for whoever shows that in another place.
    #[cfg(feature = "cli")]
    pub(crate) fn message(&self) -> &str {
        &self.1
    }
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, rest) = self.1.split_at(self.1.find('\n').unwrap_or(self.1.len()));
        write!(f, "{first} [{}]{rest}", self.0)
    }
}

impl std::error::Error for FleetError {}

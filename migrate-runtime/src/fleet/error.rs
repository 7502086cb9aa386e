//! Why a fleet could not be begun at all: what concerns a single tenant is in the report instead.

use std::fmt;

use migrate_source::Code;

/// Why nothing of a fleet was begun, in one line that says what to do. It shows no connection string.
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
        write!(f, "{} [{}]", self.1, self.0)
    }
}

impl std::error::Error for FleetError {}

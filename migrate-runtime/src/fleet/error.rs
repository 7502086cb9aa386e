//! Why a fleet could not be begun at all: what concerns a single tenant is in the report instead.

use std::fmt;

/// Why nothing of a fleet was begun, in one line that says what to do. It shows no connection string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetError(String);

impl FleetError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FleetError {}

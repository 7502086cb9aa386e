//! Why a verb cannot begin, before there is an error of the runtime: a text with its code.

use std::fmt;

use migrate_source::Code;

use crate::connect::ConnectError;
use crate::identifier::InvalidIdentifier;

/// Why something is not done. [`Display`](fmt::Display) says it with what to do about it, without a password and without
/// the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    code: Code,
    text: String,
}

impl Told {
    pub(super) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// All there is to say.
    #[cfg(feature = "fleet")]
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Told {}

impl From<ConnectError> for Told {
    fn from(error: ConnectError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<InvalidIdentifier> for Told {
    fn from(error: InvalidIdentifier) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

#[cfg(feature = "fleet")]
impl From<crate::fleet::FleetError> for Told {
    fn from(error: crate::fleet::FleetError) -> Self {
        Self::new(error.code(), error.message())
    }
}

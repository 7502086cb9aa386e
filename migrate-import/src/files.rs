//! The files that a conversion takes and makes.

/// A file of the folder that is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its path in the folder, with `/` between its parts.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A file of the folder that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The path of the [`Input`] that it was made of.
    pub from: String,
}

//! What a tool's folder is read as, before versions and names are given: migrations in the tool's order.

use crate::script::Script;

/// One migration as the tool has it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// What its rows in the tool's history table are known by. Several only where one file stands for many.
    pub(crate) keys: Vec<String>,
    /// The version as the file name has it.
    pub(crate) version: String,
    /// As the file name has it.
    pub(crate) description: String,
    pub(crate) up: Script,
    pub(crate) down: Option<Script>,
    /// What the tool keeps as its checksum, in each of the forms that it may have.
    pub(crate) checksums: Vec<String>,
}

/// A migration that runs whenever it has changed.
#[derive(Clone, Debug)]
pub(crate) struct Repeatable {
    pub(crate) description: String,
    pub(crate) script: Script,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    /// In the order in which the tool applies them.
    pub(crate) migrations: Vec<Draft>,
    pub(crate) repeatables: Vec<Repeatable>,
}

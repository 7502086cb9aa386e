//! What else may be said of the scripts of a folder, by who knows SQL: this crate knows its lexical rules only.

use std::path::Path;

use crate::fault::{Fault, FaultKind};
use crate::position::Lines;
use crate::script::ParsedScript;

/// Looks at the SQL of a folder's scripts.
pub trait Check {
    /// Every fault of the scripts and of the settings that are for who knows SQL, in any order.
    fn check(&self, scripts: &[Candidate<'_>], settings: Settings<'_>) -> Vec<Fault>;

    /// What a file of this name was when it was checked before, if it had this very text, which is without byte order mark.
    /// It is believed: who cannot be sure says `None`, and the text is parsed.
    fn recall(&self, file: &str, text: &str) -> Option<ParsedScript> {
        let _ = (file, text);
        None
    }
}

/// What `migrate.toml` says to who knows SQL.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Where the file is, or would be.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
    /// The table `[lints]`, in the order of the names.
    pub lints: &'a [LintSetting],
}

impl Default for Settings<'_> {
    /// Those of a folder without `migrate.toml`.
    fn default() -> Self {
        Self { path: Path::new(""), text: "", lints: &[] }
    }
}

impl Settings<'_> {
    /// Something is wrong at a byte offset of the text.
    pub fn fault(&self, offset: usize, why: String) -> Fault {
        Fault::in_text(self.path.to_owned(), self.text, offset, FaultKind::Config(why))
    }
}

/// `name = "level"` in the table `[lints]`. Whether there is such a lint and such a level is not decided here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintSetting {
    /// The name.
    pub name: String,
    /// The byte offset of the name.
    pub name_offset: usize,
    /// The level.
    pub level: String,
    /// The byte offset of the level.
    pub level_offset: usize,
}

/// Has nothing to say.
impl Check for () {
    fn check(&self, _: &[Candidate<'_>], _: Settings<'_>) -> Vec<Fault> {
        Vec::new()
    }
}

/// A script that has no fault so far.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Where the file is.
    pub path: &'a Path,
    /// Its text, without byte order mark.
    pub text: &'a str,
    /// What is known of it.
    pub script: &'a ParsedScript,
    /// Whether it reverts another one.
    pub is_down: bool,
    /// What the lock file says of it.
    pub seal: Seal,
    /// It comes from another tool's folder, by `migrate.import`: databases have it already.
    pub is_imported: bool,
}

/// What the lock file says of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// Nothing: the folder has no lock file, or the migration is repeatable.
    None,
    /// It may still be edited.
    Draft,
    /// It is as it was when it was sealed.
    Sealed,
}

impl Candidate<'_> {
    /// Something is wrong with the file as a whole.
    pub fn fault_of_file(&self, kind: FaultKind) -> Fault {
        Fault::of_file(self.path.to_owned(), kind)
    }

    /// Something is wrong at a byte offset of the text.
    pub fn fault(&self, offset: usize, kind: FaultKind) -> Fault {
        Fault::in_text(self.path.to_owned(), self.text, offset, kind)
    }

    /// The same for many, in the order of their offsets: the text is read once.
    pub fn faults(&self, found: impl IntoIterator<Item = (usize, FaultKind)>) -> Vec<Fault> {
        let mut lines = Lines::new(self.text);
        let fault = |(offset, kind)| Fault::at(self.path.to_owned(), lines.excerpt(offset), kind);
        found.into_iter().map(fault).collect()
    }
}

/// A directive that is for who checks the SQL: `-- migrate: unchecked, reason` before a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The byte offset of its comment.
    pub offset: usize,
    /// The statement that it is about, counted from 0.
    pub statement: usize,
    /// What it says.
    pub kind: RemarkKind,
}

/// What a [`Remark`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemarkKind {
    /// `unchecked, reason`: the statement is newer than the grammar.
    Unchecked,
    /// `allow <lint>, reason`: the statement may be dangerous in this way.
    Allow {
        /// The name of the lint.
        lint: String,
    },
}

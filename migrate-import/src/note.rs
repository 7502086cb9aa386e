//! What a conversion says of the files that it was given.

use std::fmt;

/// Something that whoever imports should know, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file as it was given, or the folder.
    pub path: String,
    /// The line in it, from 1. `None`: the file as a whole.
    pub line: Option<u32>,
    /// How much it matters.
    pub kind: NoteKind,
    /// What it is, why, and what to do.
    pub what: String,
}

/// How much a [`Note`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// The folder contradicts itself, and the tool would refuse it too: nothing can be written.
    Error,
    /// Something could not be converted, or means something else now: somebody has to look at it.
    Attention,
    /// A file was left out.
    LeftOut,
    /// Something was changed, and means the same.
    Changed,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// The notes that a conversion gathers.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    pub(crate) fn error(&mut self, path: &str, what: impl Into<String>) {
        self.push(NoteKind::Error, path, None, what.into());
    }

    pub(crate) fn attention(&mut self, path: &str, line: Option<u32>, what: impl Into<String>) {
        self.push(NoteKind::Attention, path, line, what.into());
    }

    pub(crate) fn changed(&mut self, path: &str, line: Option<u32>, what: impl Into<String>) {
        self.push(NoteKind::Changed, path, line, what.into());
    }

    pub(crate) fn left_out(&mut self, path: &str, what: impl Into<String>) {
        self.push(NoteKind::LeftOut, path, None, what.into());
    }

    pub(crate) fn names(&self, path: &str) -> bool {
        self.0.iter().any(|note| note.path == path)
    }

    /// By path and line, what was said twice only once.
    pub(crate) fn sorted(mut self) -> Vec<Note> {
        self.0.sort();
        self.0.dedup();
        self.0
    }

    fn push(&mut self, kind: NoteKind, path: &str, line: Option<u32>, what: String) {
        self.0.push(Note { path: path.to_owned(), line, kind, what });
    }
}

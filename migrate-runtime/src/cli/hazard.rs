//! What is dangerous in the statements that a verb would run. The runtime cannot find that: whoever embeds the verbs and has
//! a parser does.

use std::fmt;
use std::sync::Arc;

use migrate_source::Position;
use serde_json::{Value, json};

/// A statement that is dangerous on a database that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// The folder and the file, as [`PreviewStep::path`](crate::PreviewStep::path) has them.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The character in the line, from 1.
    pub column: u32,
    /// The name of the lint that found it, which `migrate explain` takes.
    pub lint: String,
    /// What is dangerous, in a line.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Finds the hazards of files that are about to be run.
#[derive(Clone)]
pub struct Hazards(Arc<Find>);

type Find = dyn Fn(&[String]) -> Vec<Hazard> + Send + Sync;

impl Hazards {
    /// Found by this function, which gets the paths of the files in the order in which they are run.
    pub fn new(find: impl Fn(&[String]) -> Vec<Hazard> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    pub(super) fn among(&self, paths: &[String]) -> Vec<Hazard> {
        (self.0)(paths)
    }
}

impl fmt::Debug for Hazards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hazards")
    }
}

impl Hazard {
    pub(super) fn position(&self) -> Position {
        Position { line: self.line, column: self.column }
    }

    pub(super) fn json(&self) -> Value {
        let Self { line, column, lint, message, help, path: _ } = self;
        json!({ "line": line, "column": column, "lint": lint, "message": message, "help": help })
    }
}

//! A hazard: what `migrate lint` shows, and what a build is refused for.

use std::fmt;
use std::path::Path;

use migrate_source::{Fault, FaultKind, Faults};

use super::catalogue::{Level, Lint};

/// A statement that is dangerous on a database that is in use.
///
/// [`Display`](fmt::Display) prints `path:line:column: message [lint]`, the line with a caret, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    pub(super) lint: &'static Lint,
    pub(super) level: Level,
    /// As the compiler would tell it.
    pub(super) fault: Fault,
}

impl Hazard {
    /// The lint that found it.
    pub fn lint(&self) -> &'static Lint {
        self.lint
    }

    /// [`Level::Warn`], or [`Level::Deny`] where it keeps the folder from compiling.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.fault.path()
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.fault.line().unwrap_or(1)
    }

    /// The character in the line, from 1.
    pub fn column(&self) -> u32 {
        self.fault.column().unwrap_or(1)
    }

    /// What is dangerous, in a line.
    pub fn message(&self) -> &str {
        match self.fault.kind() {
            FaultKind::Hazard { message, .. } => message,
            _ => "",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        self.fault.kind().help()
    }

    /// The same hazard with the folder `from` shown as `to` at the beginning of its path.
    #[must_use]
    pub fn shown_in(mut self, from: &Path, to: &Path) -> Self {
        let shown = Faults::from(self.fault.clone()).shown_in(from, to);
        self.fault = shown.iter().next().cloned().unwrap_or(self.fault);
        self
    }

    pub(crate) fn fault(&self) -> Fault {
        self.fault.clone()
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)
    }
}

//! What the verbs on files say, in the same words and marks.

use std::path::Path;

use migrate_runtime::cli::{Style, Terminal, paint};

/// A path as it is shown, with slashes on every system.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// Something was done.
pub(crate) fn done(terminal: &mut Terminal, what: &str) {
    terminal.happened(&format!("{} {what}", paint(Style::Good, "✓")));
}

/// Something is not as it should be.
pub(crate) fn wrong(terminal: &mut Terminal, what: &str) {
    terminal.happened(&format!("{} {what}", paint(Style::Bad, "✗")));
}

/// The SQL on the standard output, which may be on its way into a file, is not all there should be.
pub(crate) fn lacks(terminal: &mut Terminal, what: &str) {
    terminal.note(&format!("{} {what}", paint(Style::Bad, "✗")));
}

/// A file was written.
pub(crate) fn wrote(terminal: &mut Terminal, what: &str) {
    done(terminal, &format!("wrote {what}"));
}

/// Something is left out, or not as it should be, and is no reason to stop.
pub(crate) fn warning(terminal: &mut Terminal, what: &str) {
    terminal.note(&format!("{} {what}", paint(Style::Warning, "warning:")));
}

/// What to do next.
pub(crate) fn next(terminal: &mut Terminal, what: &str) {
    terminal.note(&format!("{} {what}", paint(Style::Bold, "next:")));
}

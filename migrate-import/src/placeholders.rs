//! `${name}` in SQL, which a tool replaced before it sent it. PostgreSQL has no such thing, so that what is left of it is
//! told.

use crate::note::Notes;

/// Tells each one of a file.
pub(crate) fn tell(path: &str, text: &str, notes: &mut Notes) {
    for (number, line) in (1..).zip(text.lines()) {
        for piece in line.split("${").skip(1) {
            let Some((name, _)) = piece.split_once('}') else { continue };
            let is_name = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
            if is_name {
                let what = format!("`${{{name}}}` was replaced by the tool: write down what it stood for");
                notes.attention(path, Some(number), what);
            }
        }
    }
}

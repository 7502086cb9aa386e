//! The words of the command line. What the runtime says is written for whoever runs a service, and names what its code calls;
//! at a command line these are verbs and options, and what has the files may be a folder instead of a binary.

use serde_json::{Map, Value};

use crate::options::Runner;

/// Who is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// A service calls its verbs, with the set that it embeds.
    OfBinary,
    /// The set was loaded from a folder.
    OfFolder,
}

const VERBS: [(&str, &str); 7] = [
    ("Runner::adopt", "`adopt`"),
    ("by SharedRun::schema", "with --ledger-schema"),
    ("Runner::skip", "`skip`"),
    ("Runner::baseline", "`baseline`"),
    ("Runner::status", "`status`"),
    // No verb allows it.
    ("allow it by Runner::allow_changed", "have the service allow it"),
    (
        "restore the file, or allow the change by Runner::allow_changed",
        "restore the file, or have `repair` record what it is now",
    ),
];

/// From the longer to the shorter, where one is a part of another.
const FILES: [(&str, &str); 12] = [
    ("build and start again", "and run it again"),
    ("start again", "run it again"),
    ("Runner::history_table", "`history-table` in migrate.toml, or --history-table"),
    ("and this binary has no file for it", "and this folder has no file for it"),
    ("that binary and database belong together", "that folder and database belong together"),
    (
        "was applied by a newer binary than this one: start that one, or",
        "was applied from newer files than these: check those out, or",
    ),
    ("the database is ahead of this binary", "the database is ahead of these files"),
    ("has no file in this binary, and", "has no file in this folder, and"),
    ("revert it with the binary that applied it", "revert it with the files that it was applied from"),
    ("or deploy what has it", "or check out what has it"),
    ("deploy what has the newer files", "check out the newer files"),
    ("with the binary that has its file", "with the folder that has its file"),
];

/// A migration in Rust, of which a folder has the announcement only. Behind it come the arguments of a call.
const NO_FUNCTION: &str = ", and no function is registered for it: call Runner::";
const OF_SERVICE: &str =
    ", which only the service can run that has its function: start that, or call its own verb, or `skip` it";

impl Words {
    pub(super) fn of(runner: &Runner<'_>) -> Self {
        if runner.author.package.is_some() { Self::OfBinary } else { Self::OfFolder }
    }

    /// The same text in these words.
    pub(super) fn say(self, text: &str) -> String {
        let replaced = |text: String, list: &[(&str, &str)]| {
            list.iter().fold(text, |text, (said, meant)| text.replace(said, meant))
        };
        let text = replaced(text.to_owned(), &VERBS);
        if self == Self::OfBinary {
            return text;
        }
        let text = replaced(text, &FILES);
        let Some((before, call)) = text.split_once(NO_FUNCTION) else {
            return text;
        };
        let behind = call.find('\n').map_or("", |at| &call[at..]);
        format!("{before}{OF_SERVICE}{behind}")
    }
}

impl Words {
    /// The same in what programs get: warnings, and what is noted of single migrations. SQL stays as it is.
    pub(super) fn say_in(self, object: &mut Map<String, Value>) {
        for field in ["report", "plan", "rehearsal"] {
            let warnings = object.get_mut(field).and_then(|value| value.get_mut("warnings"));
            warnings.into_iter().filter_map(Value::as_array_mut).flatten().for_each(|one| self.say_of(one));
        }
        let migrations = object.get_mut("migrations").and_then(Value::as_array_mut);
        let notes = migrations.into_iter().flatten().filter_map(|one| one.get_mut("note"));
        notes.for_each(|note| self.say_of(note));
    }

    pub(super) fn say_of(self, value: &mut Value) {
        if let Value::String(text) = value {
            *text = self.say(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that the runtime may say, as it stands in its source: each text in one line, without comments.
    fn sources() -> String {
        let files = [
            include_str!("../adopt.rs"),
            include_str!("../adoption.rs"),
            include_str!("../other_history.rs"),
            include_str!("../apply.rs"),
            include_str!("../contradiction.rs"),
            include_str!("../error/text.rs"),
            include_str!("../fleet/shared/claims.rs"),
            include_str!("../plan.rs"),
            include_str!("../remedy.rs"),
            include_str!("../repair.rs"),
            include_str!("../revert.rs"),
            include_str!("../standing.rs"),
            include_str!("../standing/squashed.rs"),
            include_str!("../statement.rs"),
            include_str!("../status.rs"),
            include_str!("outcome.rs"),
            include_str!("view.rs"),
        ];
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let mut text = String::new();
        for line in files.iter().flat_map(|file| file.lines()).filter(is_code) {
            let goes_on = line.strip_suffix('\\');
            text += goes_on.unwrap_or(line).trim_start();
            text += if goes_on.is_some() { "" } else { "\n" };
        }
        text
    }

    #[test]
    fn nothing_is_left_that_only_a_service_understands() {
        let sources = sources();
        for (said, _) in VERBS.iter().chain(&FILES) {
            assert!(sources.contains(said), "nobody says {said:?} any more");
        }
        let meant = Words::OfFolder.say(&sources);
        for (number, line) in meant.lines().enumerate() {
            // What only a service can come to: it registers functions, and has no second connection.
            let is_of_service = line.contains("is registered by Runner::")
                || line.contains("or Runner::watch_url")
                || line.contains("correct the function");
            let is_code = line.starts_with("use ") || line.contains("warnings_of_binary");
            for word in ["Runner::", "start again", "binary", "deploy"] {
                assert!(!line.contains(word) || is_of_service || is_code, "{number}: {line}");
            }
        }
    }

    #[test]
    fn a_function_is_the_services() {
        let text = "a.sql is a migration in Rust, and no function is registered for it: call Runner::function(3, …)\nmore";
        assert_eq!(
            Words::OfFolder.say(text),
            "a.sql is a migration in Rust, which only the service can run that has its function: start that, or call its \
             own verb, or `skip` it\nmore"
        );
        assert_eq!(Words::OfBinary.say(text), text);
    }
}

//! The scripts that were checked before, with what was found in them: in the target folder, where the next build finds it.
//!
//! It saves the time of parsing, and nothing depends on it: what cannot be read is as good as empty, and what cannot be
//! written is parsed again.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::{Path, PathBuf};

use migrate_source::Candidate;

use crate::lint::Findings;

/// The file that remembers one folder of migrations.
#[derive(Debug)]
pub(crate) struct Cache {
    file: PathBuf,
}

/// What another version of the grammar or the lints said is not what this one would say.
const HEAD: &str =
    concat!("migrate-check ", env!("CARGO_PKG_VERSION"), ", squawk 2.68.0, checks 2, lints 1, format 2\n");

impl Cache {
    /// The cache of a folder of migrations, in a folder for what a build leaves behind.
    pub(crate) fn of(migrations: &Path, artifacts: &Path) -> Self {
        Self { file: artifacts.join(format!("migrate-check-{}.cache", hash(migrations))) }
    }

    /// What is remembered.
    pub(crate) fn read(&self) -> Checked {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let lines = whole(&text).unwrap_or_default().lines();
        let entry = |line: &str| {
            let (key, findings) = line.split_once(' ')?;
            Some((key.to_owned(), findings.to_owned()))
        };
        Checked(lines.filter_map(entry).collect())
    }

    /// Remembers these, and forgets all others. Several builds may do so at once: the last one wins.
    pub(crate) fn write<'a>(&self, scripts: impl Iterator<Item = (&'a Candidate<'a>, &'a Findings)>) {
        let mut lines = String::new();
        for (script, findings) in scripts {
            let _ = writeln!(lines, "{} {}", key(script), findings.to_line());
        }
        let text = format!("{HEAD}{}\n{lines}", hash(&lines));
        let temporary = self.file.with_extension(format!("{}.tmp", std::process::id()));
        // A file that is half written must never be read.
        if fs::write(&temporary, text).is_err() || fs::rename(&temporary, &self.file).is_err() {
            let _ = fs::remove_file(&temporary);
        }
    }
}

/// The scripts that had no fault, and what was found in them.
#[derive(Debug, Default)]
pub(crate) struct Checked(HashMap<String, String>);

impl Checked {
    pub(crate) fn findings(&self, script: &Candidate<'_>) -> Option<Findings> {
        Findings::from_line(self.0.get(&key(script))?)
    }
}

fn hash(what: impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// What was written, if all of it is there: a disk may have been full, or the power cut.
fn whole(text: &str) -> Option<&str> {
    let (hashed, lines) = text.strip_prefix(HEAD)?.split_once('\n')?;
    (hashed == hash(lines)).then_some(lines)
}

/// A checksum leaves line endings out of account, which byte offsets do not; and a down is judged otherwise.
fn key(script: &Candidate<'_>) -> String {
    let direction = if script.is_down { "down" } else { "up" };
    format!("{}-{}-{direction}", script.checksum, script.text.len())
}

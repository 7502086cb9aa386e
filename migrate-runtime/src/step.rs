//! One step of a plan: a migration that is to be applied or reverted, and all that is known of it.

use std::borrow::Cow;
use std::fmt;

use migrate_source::{Migration, Script};

use crate::history::{Found, Highest, HistoryRow, Progress, Sent};
use crate::rules::Unit;
use crate::standing::{self, Binding};

/// A migration that is to be applied or reverted.
///
/// [`Display`](fmt::Display) is one line: version, description, and what is special.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    action: Action,
    version: i64,
    description: &'a str,
    stem: Cow<'a, str>,
    /// `None`: only the row goes, because the migration was recorded without running.
    script: Option<Script<'a>>,
    /// The checksums of the migration's up, by the file or by the row.
    checksums: (Cow<'a, str>, Cow<'a, str>),
    /// The checksum in the row that is to be replaced or removed.
    recorded: Option<String>,
    /// What the row of a repeatable migration gets besides.
    binding: Option<Binding>,
    /// The script that reverts it, if it is to be stored.
    stored_down: Option<&'a str>,
    /// What the file of a stored script is called beside the one that is there. The history has versions without zeros.
    stored_file: Option<String>,
    /// What is done in one transaction of it.
    unit: Unit,
    /// A migration without a transaction that is begun already.
    pub(crate) resume: Option<Resume>,
}

/// What is done to a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Action {
    /// Its script is run, and it is recorded.
    Apply,
    /// Its down is run, and its row removed.
    Revert,
}

/// Where a migration without a transaction goes on that was begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resume {
    pub(crate) progress: Progress,
    /// Its process went away in the middle of a statement, which therefore may be done or half-done. Otherwise the
    /// statement failed.
    pub(crate) was_cut: bool,
    /// The statement was sent, if PostgreSQL takes it only outside a transaction.
    pub(crate) sent: Option<Sent>,
    pub(crate) found: Option<Found>,
}

/// Somebody who works on a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) stem: String,
    pub(crate) pid: Option<i32>,
}

impl Action {
    /// `apply` or `revert`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Revert => "revert",
        }
    }
}

impl<'a> Step<'a> {
    pub(crate) fn apply(migration: Migration<'a>, resume: Option<Resume>) -> Self {
        let up = migration.up();
        Self {
            action: Action::Apply,
            version: migration.version(),
            description: migration.description(),
            stem: migration.stem().into(),
            script: Some(up),
            checksums: (up.checksum().to_string().into(), up.tokens_checksum().to_string().into()),
            recorded: None,
            binding: None,
            stored_down: None,
            stored_file: None,
            unit: Unit::Migration,
            resume,
        }
    }

    /// A repeatable migration in the place of what its row has, on top of this version.
    pub(crate) fn repeat(migration: Migration<'a>, row: Option<&HistoryRow>, version: i64) -> Self {
        Self {
            recorded: row.map(|row| row.checksum.clone()),
            binding: Some(standing::binding(&migration, row, version)),
            ..Self::apply(migration, None)
        }
    }

    /// The migration of a row, by a script of the set or of the row itself.
    pub(crate) fn revert(
        row: &'a HistoryRow,
        migration: Option<Migration<'a>>,
        script: Option<Script<'a>>,
        resume: Option<Resume>,
    ) -> Self {
        let stem = migration.map_or_else(|| row.stem().into(), |migration| migration.stem().into());
        let stored_file = migration.map(|migration| format!("{}.down.sql", migration.stem()));
        let stored_file = stored_file.filter(|_| {
            let file = migration.and_then(|migration| migration.down()).map(|down| down.file());
            script.is_some_and(|script| file != Some(script.file()))
        });
        Self {
            action: Action::Revert,
            version: row.version,
            description: &row.description,
            stem,
            script,
            checksums: (row.checksum.as_str().into(), row.tokens_checksum.as_str().into()),
            recorded: Some(row.checksum.clone()),
            binding: None,
            stored_down: None,
            stored_file,
            unit: Unit::Migration,
            resume,
        }
    }

    /// A repeatable migration can run again, and stays in one transaction.
    pub(crate) fn in_units(&mut self, unit: Unit) {
        self.unit = if self.version > 0 { unit } else { Unit::Migration };
    }

    /// Has the script that reverts it stored with its row; a function cannot be.
    pub(crate) fn store(&mut self, down: Option<Script<'a>>) {
        self.stored_down = down.filter(|down| !down.is_function()).map(|down| down.text());
    }

    /// Whether it is applied or reverted.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The version; 0 for a repeatable migration.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The description.
    pub fn description(&self) -> &'a str {
        self.description
    }

    /// Version and description as the file name has them: `0001_users`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The script that is run. `None`: the migration was recorded without running, and only its row is removed.
    pub fn script(&self) -> Option<Script<'a>> {
        self.script
    }

    /// The statement, from 0, at which a migration without a transaction goes on that was begun and not finished.
    pub fn resumes_at(&self) -> usize {
        self.resume.as_ref().map_or(0, |resume| resume.progress.statements)
    }

    /// The file of the script, or the stem where there is none.
    pub(crate) fn file(&self) -> &str {
        match (&self.stored_file, self.script) {
            (Some(file), Some(_)) => file,
            (_, script) => script.map_or(&*self.stem, |script| script.file()),
        }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.script.map_or("", |script| script.text())
    }

    pub(crate) fn statements(&self) -> usize {
        self.script.map_or(0, |script| script.statements().len())
    }

    /// Whether its statements are sent one by one, each on its own.
    pub(crate) fn is_stepwise(&self) -> bool {
        self.script.is_some_and(|script| {
            !script.is_transactional() || (self.unit == Unit::Statement && !script.is_function())
        })
    }

    /// Whether it is a function of the service.
    pub(crate) fn is_function(&self) -> bool {
        self.script.is_some_and(|script| script.is_function())
    }

    /// Whether it goes in no message with others.
    pub(crate) fn is_alone(&self) -> bool {
        self.is_stepwise() || self.is_function()
    }

    /// Whether its script may leave settings of the session changed, as far as its text shows.
    pub(crate) fn may_change_session(&self) -> bool {
        let Some(script) = self.script else {
            return false;
        };
        let mut statements = script.statements().map(|range| &script.text()[range]);
        script.is_function() || statements.any(migrate_source::may_change_session)
    }

    pub(crate) fn checksums(&self) -> (&str, &str) {
        (&self.checksums.0, &self.checksums.1)
    }

    pub(crate) fn checksum(&self) -> &str {
        &self.checksums.0
    }

    pub(crate) fn recorded_checksum(&self) -> Option<&str> {
        self.recorded.as_deref()
    }

    pub(crate) fn binding(&self) -> Option<&Binding> {
        self.binding.as_ref()
    }

    pub(crate) fn stored_down(&self) -> Option<&'a str> {
        self.stored_down
    }

    /// The newest row of the history once this step is done, where `highest` is the one before it.
    pub(crate) fn highest_after(&self, highest: Highest) -> Highest {
        match self.action {
            Action::Apply if self.version >= highest.version => Highest::settled(self.version),
            Action::Apply | Action::Revert => highest,
        }
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stem)?;
        if self.script.is_none() {
            f.write_str("  the row only")?;
        }
        if self.is_function() {
            f.write_str("  a function")?;
        }
        if self.is_stepwise() {
            f.write_str("  without a transaction")?;
        }
        if self.resume.is_some() {
            write!(f, ", from statement {} on", self.resumes_at() + 1)?;
        }
        Ok(())
    }
}

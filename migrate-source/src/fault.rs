//! Faults: what is wrong with a folder of migrations, where, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

pub use crate::checkpoint::CheckpointFault;
use crate::code::Code;
pub use crate::lexer::Delimited;
pub use crate::lock::LockFault;
pub use crate::name::{NameFault, VersionStyle};
use crate::position::{Excerpt, Position};

/// Something that is wrong with a folder of migrations.
///
/// [`Display`](fmt::Display) prints `path:line:column: what [label]`, the line with a caret where there is one, and what to
/// do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    path: PathBuf,
    kind: FaultKind,
    excerpt: Option<Excerpt>,
}

impl Fault {
    pub(crate) fn of_file(path: PathBuf, kind: FaultKind) -> Self {
        Self { path, kind, excerpt: None }
    }

    pub(crate) fn in_text(path: PathBuf, text: &str, offset: usize, kind: FaultKind) -> Self {
        Self::at(path, Excerpt::new(text, offset), kind)
    }

    pub(crate) fn at(path: PathBuf, excerpt: Excerpt, kind: FaultKind) -> Self {
        Self { path, kind, excerpt: Some(excerpt) }
    }

    /// The file, or the folder where the fault is of the folder as a whole.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line, from 1. Faults of a file as a whole have none.
    pub fn line(&self) -> Option<u32> {
        self.position().map(|position| position.line)
    }

    /// The character in the line, from 1. Faults of a file as a whole have none.
    pub fn column(&self) -> Option<u32> {
        self.position().map(|position| position.column)
    }

    /// What is wrong.
    pub fn kind(&self) -> &FaultKind {
        &self.kind
    }

    /// What `migrate explain` knows it by: its [code](Self::code), or the name of a lint.
    pub fn label(&self) -> &'static str {
        match &self.kind {
            FaultKind::Hazard { lint, .. } => lint,
            kind => kind.code().as_str(),
        }
    }

    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        self.kind.code()
    }

    /// What [`Display`](fmt::Display) prints, without the label, for whoever shows that in another place.
    pub fn unlabelled(&self) -> impl fmt::Display {
        Unlabelled(self)
    }

    fn position(&self) -> Option<Position> {
        self.excerpt.as_ref().map(Excerpt::position)
    }

    fn told(&self, f: &mut fmt::Formatter<'_>, with_label: bool) -> fmt::Result {
        write!(f, "{}", Shown(&self.path))?;
        if let Some(position) = self.position() {
            write!(f, ":{position}")?;
        }
        write!(f, ": {}", self.kind)?;
        if with_label {
            write!(f, " [{}]", self.label())?;
        }
        writeln!(f)?;
        if let Some(excerpt) = &self.excerpt {
            writeln!(f, "{excerpt}")?;
        }
        write!(f, "help: {}", self.kind.help())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told(f, true)
    }
}

/// A path in a message: a file name may hold what acts on a terminal, or forges a line.
pub(crate) struct Shown<'p>(pub(crate) &'p Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.display().to_string().chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        Ok(())
    }
}

/// The message of a fault without its label: see [`Fault::unlabelled`].
struct Unlabelled<'f>(&'f Fault);

impl fmt::Display for Unlabelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.told(f, false)
    }
}

/// Every fault of a folder, sorted by path and position. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// `Ok` where the list is empty.
    pub(crate) fn check(list: Vec<Fault>) -> Result<(), Self> {
        if list.is_empty() { Ok(()) } else { Err(Self::sorted(list)) }
    }

    /// The list is not empty.
    pub(crate) fn sorted(mut list: Vec<Fault>) -> Self {
        let is_more = |fault: &Fault| matches!(fault.kind, FaultKind::More(_));
        list.sort_by(|a, b| (&a.path, is_more(a), a.position()).cmp(&(&b.path, is_more(b), b.position())));
        Self(list)
    }

    /// The faults, sorted by path and position.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }

    /// The same faults with the folder `from` shown as `to` at the beginning of each path.
    #[must_use]
    pub fn shown_in(mut self, from: &Path, to: &Path) -> Self {
        for fault in &mut self.0 {
            if let Ok(rest) = fault.path.strip_prefix(from) {
                // Joining an empty path would add a slash.
                fault.path = if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) };
            }
        }
        self
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// What is wrong. [`Display`](fmt::Display) says it in a line; [`help`](Self::help) says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The folder does not exist.
    FolderMissing,
    /// What should be the folder is something else.
    NotAFolder,
    /// The operating system refuses to read a file or folder; its words.
    Unreadable(String),
    /// `migrate squash` was cut, and the folder is neither what it was nor what it is to be.
    SquashUnfinished,
    /// The same of `migrate renumber`.
    RenumberUnfinished,
    /// `migrate create` or `migrate generate` was cut, and some files of what it has begun are missing.
    CreateUnfinished,
    /// The folder has no migration in it.
    NoMigrations,
    /// A file is misnamed; the name it probably should have.
    Name(NameFault, Option<String>),
    /// A file name is not UTF-8.
    NameNotUtf8,
    /// A folder inside the folder holds SQL files or is named like a migration.
    Subfolder,
    /// A folder, a pipe, a socket or a device in the place of a file.
    NotARegularFile {
        /// What it is, with its article.
        what: String,
    },
    /// A symbolic link leads out of the folder.
    LinkOutside {
        /// What the link says.
        target: PathBuf,
    },
    /// A symbolic link leads to nothing, or in a circle.
    LinkBroken {
        /// What the link says.
        target: PathBuf,
        /// Why it cannot be followed, in the words of the operating system. `None`: there is nothing at its end.
        why: Option<String>,
    },
    /// The file is too large for PostgreSQL to take as one message.
    TooLarge,
    /// The folder has versions of both styles.
    MixedStyles {
        /// The style of this file.
        here: VersionStyle,
        /// The style of the other.
        there: VersionStyle,
        /// A file of the other style.
        other: String,
    },
    /// Two migrations have one version.
    DuplicateVersion {
        /// This one, by version and description, or its file where these are the same.
        one: String,
        /// The other one.
        other: String,
        /// The version.
        version: i64,
    },
    /// Two migrations have one description.
    DuplicateDescription {
        /// The other file.
        other: String,
    },
    /// A number is missing from the sequence before this file.
    Gap {
        /// The number that was expected, written like the others.
        expected: String,
        /// The number that is there.
        found: i64,
    },
    /// A `.down.sql` has no `.up.sql`.
    DownWithoutUp {
        /// The name that the up file would have.
        up: String,
        /// The forward-only file of the same version and description, if there is one.
        forward: Option<String>,
    },
    /// `require-down` is set and there is no `.down.sql`.
    UpWithoutDown {
        /// The name that the down file would have.
        down: String,
        /// Whether the file also must be renamed from `.sql` to `.up.sql`.
        forward: bool,
    },
    /// The file is not UTF-8.
    NotUtf8 {
        /// The byte offset of the first byte that is not.
        offset: usize,
        /// Whether it begins with the byte order mark of UTF-16.
        utf16: bool,
    },
    /// The file has a NUL byte; the first is told.
    Nul,
    /// The file has this many faults more than are told.
    More(usize),
    /// The file has no statement.
    NoStatement,
    /// Something is opened and not closed.
    Unterminated(Delimited),
    /// A psql command such as `\connect`.
    PsqlCommand(String),
    /// A psql variable such as `:'name'`.
    PsqlVariable,
    /// `COPY … FROM STDIN`.
    CopyFromStdin,
    /// `COPY … TO STDOUT`.
    CopyToStdout,
    /// `BEGIN`, `COMMIT`, `ROLLBACK` and the like.
    TransactionControl {
        /// The statement.
        statement: &'static str,
        /// Whether the script runs in a transaction.
        transactional: bool,
    },
    /// A statement that PostgreSQL refuses inside a transaction, in a script that runs in one.
    RefusedInTransaction {
        /// The statement.
        statement: &'static str,
    },
    /// A statement that has an effect only inside a transaction, in a script that runs in none.
    NeedsTransaction {
        /// The statement.
        statement: &'static str,
    },
    /// A comment that was meant to be a directive.
    UnknownDirective {
        /// What it says.
        found: String,
        /// What it probably should say.
        proposal: Option<&'static str>,
    },
    /// A statement in a script that announces a function.
    FunctionWithStatement,
    /// Both `function` and `no-transaction` at the head of a script.
    FunctionWithoutTransaction,
    /// A directive that a repeatable migration cannot have.
    DirectiveInRepeatable {
        /// The directive, without `-- migrate:`.
        directive: &'static str,
    },
    /// A directive that does not stand at the head of its file.
    MisplacedDirective,
    /// A checkpoint is wrong, or in the wrong place.
    Checkpoint(CheckpointFault),
    /// `-- migrate: unchecked` or `allow` does not say why.
    DirectiveWithoutReason {
        /// What follows `-- migrate:`.
        directive: String,
    },
    /// `-- migrate: unchecked` or `allow` stands behind the last statement.
    RemarkWithoutStatement,
    /// A statement is not SQL, or not what PostgreSQL's grammar knows.
    Syntax {
        /// What is wrong, in PostgreSQL's words.
        message: String,
        /// What to do about it. `None`: the cause is not certain.
        advice: Option<String>,
    },
    /// A statement that cannot be checked; why.
    Uncheckable(String),
    /// A statement that is dangerous on a database that is in use, in a way that `migrate.toml` denies.
    Hazard {
        /// The name of the lint.
        lint: &'static str,
        /// What is dangerous.
        message: String,
        /// What to do instead.
        instead: &'static str,
    },
    /// `-- migrate: allow` names a lint that there is not; what it probably meant.
    UnknownLint {
        /// What is wrong.
        message: String,
    },
    /// `migrate.toml` cannot be understood; why.
    Config(String),
    /// `migrate.import` is not as an import has written it; why.
    Import(String),
    /// `migrate.lock` is wrong, or disagrees with the folder.
    Lock(LockFault),
}

impl FaultKind {
    /// Whether a file is left out of consideration because of its name or place.
    pub(crate) fn is_of_name(&self) -> bool {
        matches!(
            self,
            Self::Name(..)
                | Self::NameNotUtf8
                | Self::Subfolder
                | Self::NotARegularFile { .. }
                | Self::LinkOutside { .. }
                | Self::LinkBroken { .. }
        )
    }
}

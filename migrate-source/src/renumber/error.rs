//! Why nothing was renumbered, and what to do then.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::fault::Faults;
use crate::select::SelectError;

/// Why nothing, or not everything, was renumbered. [`Display`](fmt::Display) says what to do too, in a line that begins
/// with `help: `.
#[derive(Debug)]
#[non_exhaustive]
pub enum RenumberError {
    /// The folder has faults that leave the order of its files unknown: of names, or because its lock file disagrees.
    Faults(Faults),
    /// A name is not that of one migration.
    Name(SelectError),
    /// The migration is sealed.
    Sealed {
        /// Its stem.
        stem: String,
    },
    /// The migration is a checkpoint, whose version is that of the last one that it stands for.
    Checkpoint {
        /// Its stem.
        stem: String,
    },
    /// The migration is in `migrate.import`: databases have it by its version and that of another tool.
    Imported {
        /// Its stem.
        stem: String,
    },
    /// The default branch has the migration that was named under its version.
    Upstream {
        /// Its stem.
        stem: String,
    },
    /// The database has applied the migration that was named under its version.
    Applied {
        /// Its stem.
        stem: String,
    },
    /// The migration that was named would leave a gap in a sequence, and one behind the gap has to keep its version.
    Gap {
        /// Its stem.
        stem: String,
        /// The stem of the one behind the gap.
        behind: String,
    },
    /// Nothing says which of several migrations with one version was there first.
    WhichOne {
        /// Their stems.
        stems: Vec<String>,
    },
    /// A migration would move that a database of production has.
    InProduction {
        /// Its stem.
        stem: String,
    },
    /// The folder has versions of both styles, and what stays does not say which one is right.
    MixedStyles {
        /// A stem.
        file: String,
        /// A stem of the other style.
        other: String,
    },
    /// The new name of a file is that of another one.
    Taken {
        /// The file.
        from: String,
        /// Its new name.
        to: String,
    },
    /// An earlier call was cut, and since then somebody has made a file of the new name.
    Both {
        /// The file.
        from: String,
        /// Its new name.
        to: String,
    },
    /// What an earlier call has left is not what this one writes.
    Journal {
        /// Where it is.
        path: PathBuf,
    },
    /// The sequence has come to its end.
    NoVersionLeft,
    /// A file could not be written or renamed.
    Write {
        /// Where it is.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
}

impl fmt::Display for RenumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => write!(f, "{faults}"),
            Self::Name(error) => write!(f, "{error}"),
            Self::Sealed { stem } => write!(
                f,
                "`{stem}` is sealed\nhelp: databases may have applied it under this version: move the drafts behind it \
                 instead, which `migrate renumber` does without being told which"
            ),
            Self::Checkpoint { stem } => write!(
                f,
                "`{stem}` is a checkpoint, whose version is that of the last migration that it stands for\nhelp: move the \
                 other ones; if `migrate squash` was cut, run it again, which finishes it"
            ),
            Self::Imported { stem } => write!(
                f,
                "`{stem}` is imported: `migrate.import` names it\nhelp: keep its version, under which databases are adopted, \
                 and move the drafts behind it: `migrate renumber` without a name"
            ),
            Self::Upstream { stem } => write!(
                f,
                "`{stem}` is on the default branch under this version\nhelp: name the migration that is \
                 new on your branch instead; if this one is applied nowhere, run it again with `--yes`"
            ),
            Self::Applied { stem } => write!(
                f,
                "`{stem}` is applied: the database has it under this version\nhelp: name the one that no \
                 database has applied instead; if you rebuild this database by `migrate reset`, run it again with `--yes`"
            ),
            Self::Gap { stem, behind } => write!(
                f,
                "without `{stem}` the sequence would have a gap before `{behind}`, which has to keep its version\nhelp: keep \
                 the version of `{stem}`, and write a new migration for what has to come last"
            ),
            Self::WhichOne { stems } => {
                let version = stems.first().map_or("", |stem| stem.split('_').next().unwrap_or_default());
                let version = version.trim_start_matches('0');
                let commands: Vec<String> =
                    stems.iter().map(|stem| format!("`migrate renumber {stem}`")).collect();
                write!(
                    f,
                    "{} have version {version}, and nothing says which was there first\nhelp: move the one that no \
                     database has applied: {}",
                    all_of(stems),
                    commands.join(" or ")
                )
            }
            Self::InProduction { stem } => write!(
                f,
                "`{stem}` would move, and a production database has applied it under this version\nhelp: name the one that \
                 moves instead: `migrate renumber MIGRATION`"
            ),
            Self::MixedStyles { file, other } => write!(
                f,
                "the folder has versions of two styles: `{file}` and `{other}`\nhelp: name those of the one style: they \
                 are moved behind the others and get their style"
            ),
            Self::Taken { from, to } => write!(
                f,
                "`{from}` would become `{to}`, which is there already\nhelp: two migrations have one description: \
                 rename one of them to say what sets it apart"
            ),
            Self::Both { from, to } => write!(
                f,
                "an earlier `migrate renumber` was cut before it renamed `{from}` to `{to}`, and now there are \
                 both\nhelp: remove one of the two, then run it again"
            ),
            Self::Journal { path } => write!(
                f,
                "{}: this was not written by `migrate renumber`\nhelp: remove the file",
                path.display()
            ),
            Self::NoVersionLeft => f.write_str(
                "no version is left behind the last one\nhelp: give the last file a lower version, if it is applied \
                 nowhere",
            ),
            Self::Write { path, error } => write!(
                f,
                "{}: cannot be written or renamed: {error}\nhelp: the folder must be writable; run the command again, \
                 which finishes what was begun",
                path.display()
            ),
        }
    }
}

/// `` `a` and `b` both ``, or `` `a`, `b` and `c` all ``.
fn all_of(stems: &[String]) -> String {
    let named: Vec<String> = stems.iter().map(|stem| format!("`{stem}`")).collect();
    match &*named {
        [first, second] => format!("{first} and {second} both"),
        [others @ .., last] => format!("{} and {last} all", others.join(", ")),
        [] => String::new(),
    }
}

impl From<SelectError> for RenumberError {
    fn from(error: SelectError) -> Self {
        Self::Name(error)
    }
}

impl std::error::Error for RenumberError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<Faults> for RenumberError {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

//! Why nothing was created, and what to do then.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::fault::{Faults, VersionStyle};

/// Why nothing was created. [`Display`](fmt::Display) says what to do too, in a line that begins with `help: `.
#[derive(Debug)]
#[non_exhaustive]
pub enum CreateError {
    /// The folder has faults that concern names: what comes next is not known.
    Faults(Faults),
    /// The name cannot be made a description.
    Name {
        /// As it was given.
        name: String,
        /// What is wrong with it.
        why: String,
        /// A name that would do, and is near to it.
        proposal: Option<String>,
    },
    /// Another migration has this description.
    DescriptionTaken {
        /// The description.
        description: String,
        /// The migration that has it.
        stem: String,
    },
    /// The folder has versions of both styles.
    MixedStyles {
        /// A file.
        file: String,
        /// A file of the other style.
        other: String,
    },
    /// The folder has the other style than the one that is wanted.
    Style {
        /// The style that is wanted.
        wanted: VersionStyle,
        /// A file of the folder.
        file: String,
    },
    /// The folder is not the one that the new migrations were planned on.
    Changed {
        /// The folder.
        folder: PathBuf,
    },
    /// The sequence has come to its end.
    NoVersionLeft,
    /// `require-down` is set, and a migration without a down is wanted.
    DownRequired,
    /// There is a file of this name.
    Exists {
        /// Where it is.
        path: PathBuf,
    },
    /// What an earlier call has left is not what this one writes.
    Journal {
        /// Where it is.
        path: PathBuf,
    },
    /// A file could not be written.
    Write {
        /// Where it would be.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => write!(f, "{faults}"),
            Self::Name { name, why, proposal: Some(proposal) } => write!(
                f,
                "{name:?} cannot name a migration: {why}\nhelp: use letters a–z, digits and _: {proposal}"
            ),
            Self::Name { name, why, proposal: None } => write!(
                f,
                "{name:?} cannot name a migration: {why}\nhelp: name what it does, for example `add_users`"
            ),
            Self::DescriptionTaken { description, stem } => write!(
                f,
                "`{stem}` is called `{description}` already\nhelp: say what sets the new one apart, for example \
                 `{description}_again`"
            ),
            Self::MixedStyles { file, other } => write!(
                f,
                "the folder has versions of two styles: `{file}` and `{other}`\nhelp: rename the files of one style \
                 before they are applied anywhere; a folder keeps to one"
            ),
            Self::Style { wanted, file } => {
                let there = match wanted {
                    VersionStyle::Sequence => VersionStyle::Timestamp,
                    VersionStyle::Timestamp => VersionStyle::Sequence,
                };
                write!(
                    f,
                    "the version of `{file}` is {there}, not {wanted}\nhelp: a folder keeps to the style of its first file: \
                     leave the option out"
                )
            }
            Self::Changed { folder } => write!(
                f,
                "{}: the folder was changed meanwhile, and nothing was written\nhelp: run it again",
                folder.display()
            ),
            Self::NoVersionLeft => f.write_str(
                "no version is left behind the last one\nhelp: give the last file a lower version, if it is applied \
                 nowhere",
            ),
            Self::DownRequired => f.write_str(
                "this folder has no migrations without a down: `require-down` is set in migrate.toml\nhelp: leave the \
                 option out, and write the down",
            ),
            Self::Exists { path } => write!(
                f,
                "{}: there is such a file already\nhelp: nothing is overwritten: move it away, or take another name",
                path.display()
            ),
            Self::Journal { path } => write!(
                f,
                "{}: this was not written by `migrate create` or `migrate generate`\nhelp: remove the file",
                path.display()
            ),
            Self::Write { path, error } => write!(
                f,
                "{}: cannot be written: {error}\nhelp: the folder must be writable; nothing was created",
                path.display()
            ),
        }
    }
}

impl std::error::Error for CreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<Faults> for CreateError {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

//! Why nothing was squashed, and what to do then.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::create::CreateError;
use crate::fault::Faults;
use crate::select::SelectError;

/// Why nothing, or not everything, was squashed. [`Display`](fmt::Display) says what to do too, in a line that begins with
/// `help: `.
#[derive(Debug)]
#[non_exhaustive]
pub enum SquashError {
    /// The folder has faults.
    Faults(Faults),
    /// A name is not that of one migration.
    Select(SelectError),
    /// The version is not one of the folder's.
    UnknownVersion {
        /// The version.
        version: i64,
        /// The newest migration with a version, if there is one.
        newest: Option<String>,
    },
    /// There is one migration up to the version.
    Alone {
        /// Version and description.
        stem: String,
    },
    /// Files that would be squashed are not sealed.
    Drafts {
        /// Their names.
        files: Vec<String>,
    },
    /// What functions of the service do is not known.
    Functions {
        /// The names of the files that announce them.
        files: Vec<String>,
    },
    /// The checkpoint cannot be called so.
    Name {
        /// As it was given.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A migration has the description already.
    Taken {
        /// The description.
        description: String,
        /// The migration.
        stem: String,
    },
    /// The archive would be in the folder of the migrations.
    ArchiveInside {
        /// Where it would be.
        path: PathBuf,
    },
    /// There is something where the archive would be.
    ArchiveTaken {
        /// Where it would be.
        path: PathBuf,
    },
    /// The path of the archive is not UTF-8, or has control characters in it.
    ArchiveName,
    /// An earlier call was cut, and is to be finished first.
    Unfinished,
    /// The folder was changed after it was read.
    Changed {
        /// The folder.
        folder: PathBuf,
    },
    /// An earlier call was cut, and since then a file was edited that it had copied.
    Differs {
        /// The name of the file.
        file: String,
        /// The copy.
        copy: PathBuf,
    },
    /// An earlier call was cut, and since then a file was edited.
    Edited {
        /// The name of the file.
        file: String,
    },
    /// An earlier call was cut, and since then there is a file that is none of those that it knew.
    Stranger {
        /// The name of the file.
        file: String,
        /// The one that moves, which seems to be renamed to it.
        was: Option<String>,
    },
    /// An earlier call was cut, and since then a file was removed.
    Gone {
        /// The name of the file.
        file: String,
    },
    /// What an earlier call has left is not what this one writes.
    Journal {
        /// Where it is.
        path: PathBuf,
    },
    /// A file could not be read or written.
    Write {
        /// Where it is.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
}

impl fmt::Display for SquashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => write!(f, "{faults}"),
            Self::Select(error) => write!(f, "{error}"),
            Self::UnknownVersion { version, newest } => {
                write!(f, "{version} is not a version of this folder")?;
                if let Some(newest) = newest {
                    write!(f, ", whose newest migration is {newest}")?;
                }
                f.write_str("\nhelp: name the last one that every database has: `--to VERSION`")
            }
            Self::Alone { stem } => write!(
                f,
                "up to its version, {stem} is the only migration: there is nothing to squash\nhelp: name a later one: `--to \
                 VERSION`"
            ),
            Self::Drafts { files } => write!(
                f,
                "not sealed: {}\nhelp: what is squashed does not change any more: seal it by `migrate lock`, and see that \
                 every database has it",
                files.join(", ")
            ),
            Self::Functions { files } => write!(
                f,
                "migrations in Rust, whose effect no SQL can repeat: {}\nhelp: squash up to a version before them",
                files.join(", ")
            ),
            Self::Name { name, why } => {
                write!(
                    f,
                    "`{name}` cannot be the name of the checkpoint: {why}\nhelp: leave `--name` out, or name it in words"
                )
            }
            Self::Taken { description, stem } => write!(
                f,
                "`{stem}` has the description `{description}` already\nhelp: call the checkpoint otherwise: `--name NAME`"
            ),
            Self::ArchiveInside { path } => write!(
                f,
                "{}: the archive would be inside the folder of the migrations\nhelp: name a folder beside it: `--archive \
                 PATH`",
                path.display()
            ),
            Self::ArchiveTaken { path } => write!(
                f,
                "{}: there is something already where the archive would be\nhelp: name a folder that is not there, or is \
                 empty: `--archive PATH`",
                path.display()
            ),
            // It may act on a terminal.
            Self::ArchiveName => f.write_str(
                "the path of the archive is not UTF-8, or has control characters in it\nhelp: name another folder: `--archive \
                 PATH`",
            ),
            Self::Unfinished => f.write_str(
                "an earlier `migrate squash` was cut, and is not finished\nhelp: run it without `--dry-run`, which finishes it",
            ),
            Self::Changed { folder } => write!(
                f,
                "{}: the folder was changed meanwhile, and nothing was written\nhelp: run it again",
                folder.display()
            ),
            Self::Differs { file, copy } => write!(
                f,
                "an earlier `migrate squash` was cut after it had copied `{file}` to {}, and now the two differ\nhelp: restore \
                 `{file}` from version control, then run it again",
                copy.display()
            ),
            Self::Edited { file } => write!(
                f,
                "an earlier `migrate squash` was cut, and since then `{file}` was edited\nhelp: nothing was changed: restore it \
                 from version control, or, if it is the checkpoint, move it away; then run it again"
            ),
            Self::Stranger { file, was: Some(was) } => write!(
                f,
                "an earlier `migrate squash` was cut, and since then `{was}`, which it moves, was renamed to `{file}`\nhelp: \
                 nothing was changed: rename it back, then run it again"
            ),
            Self::Stranger { file, was: None } => write!(
                f,
                "an earlier `migrate squash` was cut, and since then there is `{file}`, whose version is not after the \
                 checkpoint\nhelp: nothing was changed: give it a later version, then run it again"
            ),
            Self::Gone { file } => write!(
                f,
                "an earlier `migrate squash` was cut before it had moved `{file}`, which is gone\nhelp: nothing was changed: \
                 restore it from version control or from the archive, then run it again"
            ),
            Self::Journal { path } => {
                write!(
                    f,
                    "{}: this was not written by `migrate squash`\nhelp: remove the file",
                    path.display()
                )
            }
            Self::Write { path, error } => write!(
                f,
                "{}: cannot be read or written: {error}\nhelp: both folders must be writable; run the command again, which \
                 finishes what was begun",
                path.display()
            ),
        }
    }
}

impl std::error::Error for SquashError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<SelectError> for SquashError {
    fn from(error: SelectError) -> Self {
        Self::Select(error)
    }
}

impl From<Faults> for SquashError {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

/// Of a description, as only names are created here.
impl From<CreateError> for SquashError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Name { name, why, .. } => Self::Name { name, why },
            other => Self::Name { name: String::new(), why: other.to_string() },
        }
    }
}

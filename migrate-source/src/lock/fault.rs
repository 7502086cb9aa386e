//! What can be wrong with a lock file, or with a folder that disagrees with it, and what to do about each.

use std::fmt;

use crate::name::NameFault;

/// What is wrong with `migrate.lock`, or with a file that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockFault {
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// A merge left its markers in it. The first is told.
    MergeMarker,
    /// A line does not begin with a checksum.
    NoChecksum,
    /// A checksum has capital letters.
    Capitals,
    /// A checksum is not followed by two spaces and a name.
    NoFile,
    /// A name is marked as that of a binary file.
    BinaryMark,
    /// A name has a folder in it.
    Path,
    /// A name is followed by white space.
    TrailingSpace,
    /// A name is no migration's.
    Name(NameFault),
    /// A repeatable migration.
    Repeatable,
    /// A file is sealed twice.
    DuplicateFile {
        /// The line in which it is sealed first.
        first: u32,
    },
    /// Two files with one version are sealed.
    DuplicateVersion {
        /// The line of the other.
        first: u32,
        /// The other file.
        other: String,
    },
    /// A line stands behind one that it should come before.
    Unsorted {
        /// The file of that one.
        before: String,
        /// The line of that one.
        line: u32,
    },
    /// A sealed file was edited.
    Edited {
        /// The file.
        file: String,
    },
    /// A sealed file has other line endings in a string or function body, and is else what was sealed.
    LineEndings {
        /// The file.
        file: String,
    },
    /// A sealed file has another name.
    Renamed {
        /// The name that is sealed.
        from: String,
        /// The name that it has.
        to: String,
    },
    /// A sealed file is not there.
    Removed {
        /// The file.
        file: String,
    },
    /// A draft has the version of a sealed file.
    DraftBesideSealed {
        /// The sealed file.
        sealed: String,
    },
    /// A draft sorts before a sealed file.
    DraftBeforeSealed {
        /// The last of the sealed files.
        sealed: String,
    },
}

impl fmt::Display for LockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark => f.write_str("the ledger begins with a byte order mark"),
            Self::MergeMarker => {
                f.write_str("a merge of two branches that both seal migrations is not resolved here")
            }
            Self::NoChecksum => {
                f.write_str("the line does not begin with a checksum, which has 64 hexadecimal digits")
            }
            Self::Capitals => f.write_str("the checksum has capital letters"),
            Self::NoFile => f.write_str("the checksum is not followed by two spaces and the name of a file"),
            Self::BinaryMark => f.write_str("the name is marked with `*`, which means a binary file"),
            Self::Path => f.write_str("the name has a folder in it"),
            Self::TrailingSpace => f.write_str("the name is followed by white space"),
            Self::Name(fault) => write!(f, "{fault}"),
            Self::Repeatable => f.write_str("a repeatable migration is never sealed"),
            Self::DuplicateFile { first } => write!(f, "the file is sealed in line {first} already"),
            Self::DuplicateVersion { first, other } => {
                write!(f, "the version is that of `{other}` too, which line {first} seals")
            }
            Self::Unsorted { before, line } => {
                write!(
                    f,
                    "the line is out of order: its version comes before that of `{before}` in line {line}"
                )
            }
            Self::Edited { file } => write!(f, "`{file}` was edited after it was sealed"),
            Self::LineEndings { file } => write!(
                f,
                "`{file}` has other line endings inside a string or a function body than when it was sealed"
            ),
            Self::Renamed { from, to } => write!(f, "`{from}` was renamed to `{to}` after it was sealed"),
            Self::Removed { file } => write!(f, "`{file}` was removed after it was sealed"),
            Self::DraftBesideSealed { sealed } => {
                write!(f, "the version of this draft is that of `{sealed}`, which is sealed")
            }
            Self::DraftBeforeSealed { sealed } => {
                write!(f, "this draft comes before `{sealed}`, which is sealed")
            }
        }
    }
}

impl LockFault {
    /// What to do about it, in a sentence or two.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::ByteOrderMark => "save the file as UTF-8 without it, as sha256sum takes it for a part of the line".into(),
            Self::MergeMarker => "keep the lines that the main branch has, and remove the markers and the other lines \
                                  between them; then `migrate renumber` moves the files of those behind the sealed \
                                  ones, and `migrate lock` seals them"
                .into(),
            Self::NoChecksum | Self::NoFile => {
                "restore the line from version control; a comment begins with `#`".into()
            }
            Self::Capitals => "write them small, as `migrate lock` does".into(),
            Self::BinaryMark => "write two spaces before the name, as `migrate lock` does".into(),
            Self::Path => "write the name alone: the ledger is in the folder of its files".into(),
            Self::TrailingSpace => "remove it: to sha256sum it is a part of the name".into(),
            Self::Name(_) => "correct the name, or remove the line: only migrations with a version are sealed".into(),
            Self::Repeatable => "remove the line: such a migration runs again whenever it is edited".into(),
            Self::DuplicateFile { .. } => "remove one of the two lines; where their checksums differ, keep that which \
                                           `sha256sum` prints for the file"
                .into(),
            Self::DuplicateVersion { .. } => "after a merge, keep the line that the main branch has, and remove the \
                                              other; then `migrate renumber` moves its file behind the sealed ones, and \
                                              `migrate lock` seals it"
                .into(),
            Self::Unsorted { .. } => "put the lines into the order of the versions, each down right after its up; after a \
                                      merge, remove this line instead: then `migrate renumber` moves its file behind the \
                                      sealed ones, and `migrate lock` seals it"
                .into(),
            Self::Edited { .. } => "revert the edit, and write a new migration for the change: a database that has \
                                    applied this one does not apply it again"
                .into(),
            Self::LineEndings { .. } => "they reach the database, and so are a part of the migration: write \
                                         `*.sql text eol=lf` into .gitattributes and check the file out again"
                .into(),
            Self::Renamed { from, to } if is_given_a_down(from, to) => format!(
                "rename it back; or, if it shall have a down, write `{to}` in this line too: the checksum \
                 stays as it is"
            ),
            Self::Renamed { from, .. } => format!(
                "rename it back to `{from}`: databases that have applied it know it by that name"
            ),
            Self::Removed { .. } => "restore it; to undo what it did, write a new migration, as databases that have \
                                     applied it still have that"
                .into(),
            Self::DraftBesideSealed { .. } | Self::DraftBeforeSealed { .. } => {
                "run `migrate renumber`, which gives the drafts versions above all sealed ones, or rename it so yourself: \
                 a database that has applied those would not take this one"
                    .into()
            }
        }
    }
}

/// `0001_users.sql` to `0001_users.up.sql`, which is what a down beside it demands.
fn is_given_a_down(from: &str, to: &str) -> bool {
    from.strip_suffix(".sql").is_some_and(|stem| to.strip_prefix(stem) == Some(".up.sql"))
}

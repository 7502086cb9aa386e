//! What can be wrong with a checkpoint, and what to do about each.

use std::fmt;

use crate::fault::FaultKind;

/// What is wrong with a migration that says `-- migrate: checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointFault {
    /// The directive has something else than one digest; what it says.
    Digest {
        /// What follows `-- migrate:`.
        found: String,
    },
    /// Another directive beside it, which says how the script is run.
    With {
        /// What follows `-- migrate:` in that one.
        directive: &'static str,
    },
    /// The directive is in a down.
    IsDown,
    /// There is a down for it.
    HasDown {
        /// The checkpoint.
        checkpoint: String,
    },
    /// Others come before it.
    NotFirst {
        /// The first file.
        first: String,
    },
}

impl CheckpointFault {
    pub(crate) fn with(directive: &'static str) -> FaultKind {
        FaultKind::Checkpoint(Self::With { directive })
    }

    /// What to do about it, in a sentence or two.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Digest { .. } => {
                "restore the line from version control, or have `migrate squash` write the file: a digest is 64 small \
                 hexadecimal digits, and each has a line of its own"
            }
            Self::With { .. } => {
                "remove the other directive: a checkpoint is SQL, and runs in the transaction of its history row"
            }
            Self::IsDown => {
                "remove it: what a checkpoint stands for is reverted from the archive that has its downs"
            }
            Self::HasDown { .. } => {
                "remove this file: the way back is in the archive that `migrate squash` has made, a down for each of the \
                 migrations that were squashed"
            }
            Self::NotFirst { .. } => {
                "move what comes before it to its archive, as a database has either all of that or the checkpoint; if \
                 `migrate squash` was cut, run it again, which finishes it"
            }
        }
    }
}

impl fmt::Display for CheckpointFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest { found } => write!(f, "`{found}` does not name one digest of a history"),
            Self::With { directive } => write!(f, "`checkpoint` and `{directive}` in one migration"),
            Self::IsDown => f.write_str("`checkpoint` in a down"),
            Self::HasDown { checkpoint } => write!(f, "a down for `{checkpoint}`, which is a checkpoint"),
            Self::NotFirst { first } => {
                write!(f, "a checkpoint stands for all that comes before it, and `{first}` does")
            }
        }
    }
}

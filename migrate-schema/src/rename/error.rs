//! Why something cannot get another name.

use std::fmt;

use crate::key::Key;

/// Why something cannot get another name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenameError {
    /// It is not written as `old=new`.
    Malformed(String),
    /// Nothing that is gone has the old name.
    NothingGone {
        /// As it was asked for.
        asked: String,
        /// What is gone.
        gone: Vec<Key>,
    },
    /// Several things that are gone have the old name.
    Ambiguous {
        /// As it was asked for.
        asked: String,
        /// Which they are.
        candidates: Vec<Key>,
    },
    /// The schema that is declared has nothing of the new name.
    NothingNew {
        /// As it was asked for.
        asked: String,
        /// What would have to be there.
        missing: Key,
    },
    /// What has the old name is declared as before.
    StillDeclared {
        /// As it was asked for.
        asked: String,
        /// What has the old name.
        kept: Key,
    },
    /// The new name is there already, and nothing has the old one.
    Done {
        /// As it was asked for.
        asked: String,
        /// What has the new name.
        done: Key,
    },
    /// Something else had the new name before.
    Taken {
        /// As it was asked for.
        asked: String,
        /// What had it.
        taken: Key,
    },
}

impl RenameError {
    /// The code of the kind of error that it is, which `migrate explain` takes: `M0811`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "M0811",
            Self::NothingGone { .. } | Self::StillDeclared { .. } | Self::Done { .. } => "M0812",
            Self::Ambiguous { .. } => "M0813",
            Self::NothingNew { .. } | Self::Taken { .. } => "M0814",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "write `old=new`, or `table.old=new` for a column",
            Self::NothingGone { .. } => "correct the old name; if the rename is done already, remove it",
            Self::Ambiguous { .. } => "put the table or the schema in front of the name: `table.old=new`",
            Self::NothingNew { .. } => "correct the new name, or declare it",
            Self::StillDeclared { .. } => {
                "remove the old declaration; where something else takes over the name, rename that too"
            }
            Self::Done { .. } => "remove it: the rename is done",
            Self::Taken { .. } => "rename what has the new name too, or drop it by an earlier migration",
        }
    }
}

impl fmt::Display for RenameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |keys: &[Key]| keys.iter().fold(String::new(), |list, key| list + "\n  " + &key.to_string());
        match self {
            Self::Malformed(asked) => write!(f, "`{asked}` is not an old and a new name"),
            Self::NothingGone { asked, gone } if gone.is_empty() => {
                write!(f, "`{asked}`: the declared schema has everything that the migrations make")
            }
            Self::NothingGone { asked, gone } => {
                let gone = list(gone);
                write!(
                    f,
                    "`{asked}`: nothing of the old name is missing from the declared schema; missing:{gone}"
                )
            }
            Self::Ambiguous { asked, candidates } => {
                write!(f, "`{asked}` may mean any of these:{}", list(candidates))
            }
            Self::NothingNew { asked, missing } => {
                write!(f, "`{asked}`: the declared schema has no {missing}")
            }
            Self::StillDeclared { asked, kept } => {
                write!(f, "`{asked}`: the declared schema still has {kept}")
            }
            Self::Done { asked, done } => {
                write!(f, "`{asked}`: the migrations have {done} already, and nothing of the old name")
            }
            Self::Taken { asked, taken } => {
                write!(f, "`{asked}`: the migrations have another {taken} already")
            }
        }
    }
}

impl std::error::Error for RenameError {}

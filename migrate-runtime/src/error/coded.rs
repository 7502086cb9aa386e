//! Which code each error of the runtime has. Those of the server have theirs by SQLSTATE, in `remedy`.

use migrate_source::Code;

use super::{Error, ErrorKind};
use crate::contradiction::ContradictionKind;
use crate::failure::{Failure, Place};
use crate::remedy;

impl Error {
    /// The kind of error that it is, by which its page is found: `migrate explain M0601`. Of several contradictions, or
    /// several migrations that cannot be reverted, that of the first.
    pub fn code(&self) -> Code {
        self.0.kind.code()
    }
}

impl ErrorKind {
    fn code(&self) -> Code {
        match self {
            Self::Connect(error) => error.code(),
            Self::Database { doing, error } | Self::Locked { doing, error, .. } => {
                remedy::of_database(doing, error).0
            }
            Self::NoProgress => Code::M0536,
            Self::OpenTransaction => Code::M0531,
            Self::NonstandardStrings => Code::M0532,
            Self::ForeignTable { .. } => Code::M0533,
            Self::FormerTable { .. } => Code::M0539,
            Self::ForeignRow { .. } => Code::M0534,
            Self::Unrecorded { .. } => Code::M0617,
            Self::NoSchema { .. } => Code::M0535,
            Self::UnknownVersion { .. } => Code::M0421,
            Self::Contradictions(list) => list[0].kind.code(),
            Self::Irreversible(list) => list[0].code(),
            Self::HasHistory { .. } => Code::M0422,
            Self::NothingThere { .. } => Code::M0427,
            Self::NotAdopted(_) => Code::M0437,
            Self::NoImport(_) => Code::M0933,
            Self::NoOtherHistory { .. } => Code::M0934,
            Self::Unadoptable(error) => error.code(),
            Self::UnfinishedHere { .. } => Code::M0438,
            Self::Unskippable { .. } => Code::M0423,
            Self::ChangedSince { .. } => Code::M0424,
            Self::NoFunction { .. } => Code::M0425,
            Self::UnannouncedFunction { .. } => Code::M0426,
            Self::Refused(_) => Code::M0616,
            Self::Migration { failure, .. } => failure.code(),
        }
    }
}

impl Failure {
    fn code(&self) -> Code {
        match self.place {
            Place::Refused => Code::M0616,
            Place::Ended => Code::M0615,
            Place::Unrecorded => Code::M0617,
            Place::Overtaken => Code::M0618,
            Place::Script(_)
            | Place::Creation
            | Place::Prologue
            | Place::History
            | Place::Commit
            | Place::Lost
            | Place::Function => remedy::of_migration(self).0,
        }
    }
}

impl ContradictionKind {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Changed { .. } | Self::EditedDraft { .. } => Code::M0401,
            Self::Renamed { .. } | Self::Replaced { .. } => Code::M0402,
            Self::Missing | Self::Renumbered { .. } => Code::M0403,
            Self::OutOfOrder { .. } => Code::M0404,
            Self::NowInTransaction => Code::M0405,
            Self::StartEdited { .. } => Code::M0406,
            Self::HalfReverted { .. } => Code::M0407,
            Self::BeforeCheckpoint { .. } => Code::M0408,
            Self::Unfinished { .. } => Code::M0409,
            Self::OtherHistory => Code::M0410,
            Self::Ahead => Code::M0411,
        }
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests;

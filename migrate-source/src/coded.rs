//! Which code each error of this crate has. What is one thing to whoever meets it has one code, whichever verb says it.

use crate::checkpoint::CheckpointFault;
use crate::checksum::ParseChecksumError;
use crate::code::Code;
use crate::create::CreateError;
use crate::fault::{FaultKind, Faults, NameFault};
use crate::lock::{LockFault, SealError};
use crate::renumber::RenumberError;
use crate::select::SelectError;
use crate::squash::SquashError;

impl FaultKind {
    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        match self {
            Self::FolderMissing => Code::M0101,
            Self::NotAFolder => Code::M0102,
            Self::Unreadable(_) => Code::M0103,
            Self::NoMigrations => Code::M0104,
            Self::Subfolder => Code::M0105,
            Self::NotARegularFile { .. } => Code::M0106,
            Self::LinkOutside { .. } => Code::M0107,
            Self::LinkBroken { .. } => Code::M0115,
            Self::TooLarge => Code::M0108,
            Self::NotUtf8 { .. } => Code::M0109,
            Self::Nul => Code::M0110,
            Self::More(_) => Code::M0111,
            Self::NoStatement => Code::M0112,
            Self::SquashUnfinished => Code::M0113,
            Self::RenumberUnfinished => Code::M0114,
            Self::CreateUnfinished => Code::M0116,
            Self::NameNotUtf8 => Code::M0121,
            Self::Name(fault, _) => fault.code(),
            Self::MixedStyles { .. } => Code::M0141,
            Self::DuplicateVersion { .. } => Code::M0142,
            Self::DuplicateDescription { .. } => Code::M0143,
            Self::Gap { .. } => Code::M0144,
            Self::DownWithoutUp { .. } => Code::M0145,
            Self::UpWithoutDown { .. } => Code::M0146,
            Self::Unterminated(_) => Code::M0201,
            Self::PsqlCommand(_) => Code::M0202,
            Self::PsqlVariable => Code::M0203,
            Self::CopyFromStdin => Code::M0204,
            Self::CopyToStdout => Code::M0205,
            Self::TransactionControl { transactional: true, .. } => Code::M0206,
            Self::TransactionControl { transactional: false, .. } => Code::M0207,
            Self::RefusedInTransaction { .. } => Code::M0208,
            Self::NeedsTransaction { .. } => Code::M0209,
            Self::Syntax { .. } => Code::M0210,
            Self::Uncheckable(_) => Code::M0211,
            Self::Hazard { .. } => Code::M0212,
            Self::UnknownDirective { .. } => Code::M0221,
            Self::MisplacedDirective => Code::M0222,
            Self::DirectiveWithoutReason { .. } => Code::M0223,
            Self::RemarkWithoutStatement => Code::M0224,
            Self::UnknownLint { .. } => Code::M0225,
            Self::FunctionWithStatement => Code::M0226,
            Self::FunctionWithoutTransaction => Code::M0227,
            Self::DirectiveInRepeatable { .. } => Code::M0228,
            Self::Checkpoint(fault) => fault.code(),
            Self::Lock(fault) => fault.code(),
            Self::Config(_) => Code::M0903,
            Self::Import(_) => Code::M0933,
        }
    }
}

impl NameFault {
    fn code(&self) -> Code {
        match self {
            Self::NoVersion => Code::M0122,
            Self::NoSeparator => Code::M0123,
            Self::NoDescription => Code::M0124,
            Self::Description => Code::M0125,
            Self::Direction(_) => Code::M0126,
            Self::RepeatableDirection(_) => Code::M0127,
            Self::Ending(_) => Code::M0128,
            Self::VersionZero => Code::M0129,
            Self::VersionTooLarge => Code::M0130,
            Self::NoDate => Code::M0131,
        }
    }
}

impl CheckpointFault {
    fn code(&self) -> Code {
        match self {
            Self::Digest { .. } => Code::M0231,
            Self::With { .. } => Code::M0232,
            Self::IsDown | Self::HasDown { .. } => Code::M0233,
            Self::NotFirst { .. } => Code::M0234,
        }
    }
}

impl LockFault {
    fn code(&self) -> Code {
        match self {
            Self::ByteOrderMark
            | Self::NoChecksum
            | Self::Capitals
            | Self::NoFile
            | Self::BinaryMark
            | Self::Path
            | Self::TrailingSpace => Code::M0301,
            Self::MergeMarker => Code::M0302,
            Self::Name(_) | Self::Repeatable => Code::M0303,
            Self::DuplicateFile { .. } => Code::M0304,
            Self::DuplicateVersion { .. } => Code::M0305,
            Self::Unsorted { .. } => Code::M0306,
            Self::Edited { .. } => Code::M0307,
            Self::LineEndings { .. } => Code::M0308,
            Self::Renamed { .. } => Code::M0309,
            Self::Removed { .. } => Code::M0310,
            Self::DraftBesideSealed { .. } => Code::M0311,
            Self::DraftBeforeSealed { .. } => Code::M0312,
        }
    }
}

impl Faults {
    /// The code of the first of them.
    pub fn code(&self) -> Code {
        // It is never empty.
        self.iter().next().map_or(Code::M0104, |fault| fault.kind().code())
    }
}

impl ParseChecksumError {
    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        Code::M0314
    }
}

impl SealError {
    /// The kind of error that it is; of faults, that of the first.
    pub fn code(&self) -> Code {
        match self {
            Self::Faults(faults) => faults.code(),
            Self::Write { .. } => Code::M0157,
        }
    }
}

impl CreateError {
    /// The kind of error that it is; of faults, that of the first.
    pub fn code(&self) -> Code {
        match self {
            Self::Faults(faults) => faults.code(),
            Self::Name { .. } => Code::M0151,
            Self::DescriptionTaken { .. } => Code::M0143,
            Self::MixedStyles { .. } => Code::M0141,
            Self::Style { .. } => Code::M0152,
            Self::NoVersionLeft => Code::M0154,
            Self::DownRequired => Code::M0155,
            Self::Changed { .. } => Code::M0175,
            Self::Exists { .. } => Code::M0156,
            Self::Journal { .. } => Code::M0166,
            Self::Write { .. } => Code::M0157,
        }
    }
}

impl SelectError {
    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown { .. } => Code::M0161,
            Self::Ambiguous { .. } => Code::M0167,
        }
    }
}

impl RenumberError {
    /// The kind of error that it is; of faults, that of the first.
    pub fn code(&self) -> Code {
        match self {
            Self::Faults(faults) => faults.code(),
            Self::Name(error) => error.code(),
            Self::Sealed { .. } | Self::Imported { .. } => Code::M0162,
            Self::Checkpoint { .. } => Code::M0163,
            Self::WhichOne { .. }
            | Self::InProduction { .. }
            | Self::Upstream { .. }
            | Self::Applied { .. } => Code::M0164,
            Self::Gap { .. } => Code::M0144,
            Self::MixedStyles { .. } => Code::M0141,
            Self::Taken { .. } | Self::Both { .. } => Code::M0165,
            Self::Journal { .. } => Code::M0166,
            Self::NoVersionLeft => Code::M0154,
            Self::Write { .. } => Code::M0157,
        }
    }
}

impl SquashError {
    /// The kind of error that it is; of faults, that of the first.
    pub fn code(&self) -> Code {
        match self {
            Self::Faults(faults) => faults.code(),
            Self::Select(error) => error.code(),
            Self::UnknownVersion { .. } => Code::M0421,
            Self::Alone { .. } => Code::M0171,
            Self::Drafts { .. } => Code::M0172,
            Self::Functions { .. } => Code::M0173,
            Self::Name { .. } => Code::M0151,
            Self::Taken { .. } => Code::M0143,
            Self::ArchiveInside { .. } | Self::ArchiveTaken { .. } | Self::ArchiveName => Code::M0174,
            Self::Unfinished => Code::M0113,
            Self::Changed { .. } => Code::M0175,
            Self::Differs { .. } | Self::Edited { .. } | Self::Stranger { .. } | Self::Gone { .. } => {
                Code::M0176
            }
            Self::Journal { .. } => Code::M0166,
            Self::Write { .. } => Code::M0157,
        }
    }
}

#[cfg(test)]
mod tests;

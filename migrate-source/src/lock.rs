//! The lock file `migrate.lock`: a ledger of the migrations that are sealed, which means that they no longer change.
//!
//! Who writes it: [`seal`](crate::seal). Who reads it: whoever loads a folder. It never gets into a set.
//!
//! ```text
//! # The sealed migrations of this folder: …
//! 251bae6056521c954efcbdeb69ded975de11610bbd6fa884395a9afd9b37604c  0001_users.up.sql
//! ae27886481ad9a232eb6ffe0cd8da561728a2a514e5656255cfdf5a632ca498f  0001_users.down.sql
//! ```
//!
//! - The format is that of `sha256sum`: 64 small hexadecimal digits, two spaces, the name of a file beside it. Names of
//!   migrations are plain, so that nothing is ever escaped. Lines that begin with `#` are comments, empty lines are
//!   passed over, as `sha256sum --check --strict` does. `\r\n` endings are allowed, and the last line may lack its own.
//!   All else is a fault: there is one way to write a line, so that two branches that seal the same write the same.
//! - The checksum is that of the history, see [`Checksum`]. It is what `sha256sum` prints for a file with `\n` endings
//!   and no byte order mark. Comments and white space count: the ledger is exact.
//! - The lines are in the order of the folder, a down right after its up, so that two branches that each seal a
//!   migration add at the same place, and their merge conflicts.
//! - Each file with a version may be sealed. A repeatable migration is there to be edited, and is neither sealed nor a
//!   draft.
//! - A down may be written for an up that is sealed already: it changes nothing that has been applied. Its line goes
//!   between those that are there. All other drafts come behind everything that is sealed.
//!
//! There is no command that seals an edited file anew. Who must change a sealed one, because it was applied nowhere,
//! deletes its line by hand, which makes it a draft again, and which a review sees.

mod fault;
mod judge;
mod parse;
mod seal;
mod split;

pub use fault::LockFault;
pub(crate) use judge::judge;
pub use seal::{SealError, Sealed, seal, seal_and};
pub(crate) use split::Split;

use crate::checksum::Checksum;
use crate::fault::{Fault, FaultKind};
use crate::folder::SourceFile;
use crate::name::FileName;

/// The name of the lock file, in the folder of migrations.
pub const LOCK_FILE: &str = "migrate.lock";

/// A lock file without faults of its own: its lines are well-formed and in order.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    text: String,
    lines: Vec<Line>,
}

/// A sealed file.
#[derive(Debug)]
struct Line {
    /// Byte offset of its first digit.
    start: usize,
    /// Byte offset after its line ending.
    end: usize,
    checksum: Checksum,
    file: String,
    name: FileName,
}

impl Line {
    /// Byte offset of the name.
    fn name_start(&self) -> usize {
        self.start + 2 * Checksum::LEN + SEPARATOR.len()
    }
}

/// What stands between checksum and name. `sha256sum` means a text by it.
const SEPARATOR: &str = "  ";

impl Ledger {
    /// Parses the lock file of a folder. `None`: its faults say why.
    pub(crate) fn read(source: SourceFile, faults: &mut Vec<Fault>) -> Option<Self> {
        let text = source.text?;
        match parse::parse(&text) {
            Ok(lines) => Some(Self { text, lines }),
            Err(found) => {
                faults.extend(some_of(&source.path, &text, found));
                None
            }
        }
    }

    pub(crate) fn seals(&self, file: &str) -> bool {
        self.line(file).is_some()
    }

    /// What a file is sealed with.
    pub(crate) fn checksum(&self, file: &str) -> Option<Checksum> {
        self.line(file).map(|line| line.checksum)
    }

    /// The files that are sealed, there or not, with their names.
    pub(crate) fn into_names(self) -> Vec<(String, FileName)> {
        self.lines.into_iter().map(|line| (line.file, line.name)).collect()
    }

    fn line(&self, file: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.file == file)
    }
}

/// How many faults of one ledger are told: who formats all files at once has one a line.
const MAX_FAULTS: usize = 20;

/// A fault and the byte offset where it is.
type LedgerFault = (usize, LockFault);

fn some_of(path: &std::path::Path, text: &str, found: Vec<LedgerFault>) -> Vec<Fault> {
    let more = found.len().saturating_sub(MAX_FAULTS);
    let in_text = |(at, fault)| Fault::in_text(path.to_owned(), text, at, FaultKind::Lock(fault));
    let mut faults: Vec<Fault> = found.into_iter().take(MAX_FAULTS).map(in_text).collect();
    if more > 0 {
        faults.push(Fault::of_file(path.to_owned(), FaultKind::More(more)));
    }
    faults
}

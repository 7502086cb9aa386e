//! What a folder holds beside what its ledger says.

use std::path::Path;

use crate::checksum::Checksum;
use crate::fault::{Fault, FaultKind};
use crate::lock::{LOCK_FILE, Ledger, LedgerFault, Line, LockFault, some_of};
use crate::named_file::NamedFile;

/// Compares the files that have a version with the ledger.
///
/// Files that are there and not among `files` have a fault of their own; `all_are_known` is false where there is such a
/// fault. Then nothing is said of files that seem to be missing.
pub(crate) fn judge(folder: &Path, ledger: &Ledger, files: &[NamedFile], all_are_known: bool) -> Vec<Fault> {
    let mut drafts: Vec<&NamedFile> = files.iter().filter(|file| file.is_draft).collect();
    let mut present: Vec<&Line> = Vec::new();
    let mut disagreements: Vec<LedgerFault> = Vec::new();
    for line in &ledger.lines {
        if let Some(file) = files.iter().find(|file| file.file == line.file) {
            present.push(line);
            disagreements.extend(compare(line, file));
        } else if all_are_known {
            // Told once: the file under its new name is not to be moved as a draft.
            let renamed = drafts.iter().position(|draft| draft.checksum == Some(line.checksum));
            let renamed = renamed.map(|at| drafts.remove(at));
            disagreements.push((line.name_start(), gone(line, renamed)));
        }
    }
    let mut faults = some_of(&folder.join(LOCK_FILE), &ledger.text, disagreements);
    faults.extend(drafts.into_iter().filter_map(|draft| misplaced(draft, &present)));
    faults
}

fn compare(line: &Line, file: &NamedFile) -> Option<LedgerFault> {
    // One that could not be read has a fault that says so.
    file.checksum.filter(|found| *found != line.checksum)?;
    let text = file.text.replace("\r\n", "\n");
    let is_sealed = |text: &str| Checksum::of(text) == line.checksum;
    let file = line.file.clone();
    let fault = if is_sealed(&text) || is_sealed(&text.replace('\n', "\r\n")) {
        LockFault::LineEndings { file }
    } else {
        LockFault::Edited { file }
    };
    Some((line.start, fault))
}

fn gone(line: &Line, renamed: Option<&NamedFile>) -> LockFault {
    let from = line.file.clone();
    match renamed {
        Some(file) => LockFault::Renamed { from, to: file.file.clone() },
        None => LockFault::Removed { file: from },
    }
}

/// A draft comes behind everything that is sealed, but for a down, which goes with its up.
fn misplaced(draft: &NamedFile, sealed: &[&Line]) -> Option<Fault> {
    let last = sealed.last().filter(|last| draft.name.version <= last.name.version && !draft.is_down())?;
    let twin = sealed.iter().find(|line| line.name.version == draft.name.version);
    let kind = match twin {
        Some(twin) => LockFault::DraftBesideSealed { sealed: twin.file.clone() },
        None => LockFault::DraftBeforeSealed { sealed: last.file.clone() },
    };
    Some(Fault::of_file(draft.path.clone(), FaultKind::Lock(kind)))
}

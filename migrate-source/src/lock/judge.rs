//! What a folder holds beside what its ledger says.

use std::path::Path;

use crate::checksum::Checksum;
use crate::fault::{Fault, FaultKind};
use crate::lock::{LOCK_FILE, Ledger, LedgerFault, Line, LockFault, some_of};
use crate::name;
use crate::named_file::NamedFile;

/// Compares the files that have a version with the ledger.
///
/// Files that are there and not among `files` have a fault of their own; `all_are_known` is false where there is such a
/// fault. Then nothing is said of files that seem to be missing.
pub(crate) fn judge(folder: &Path, ledger: &Ledger, files: &[NamedFile], all_are_known: bool) -> Vec<Fault> {
    let mut drafts: Vec<&NamedFile> = files.iter().filter(|file| file.is_draft()).collect();
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

/// A draft comes behind everything that is sealed, but for a down, which goes with its up. A checkpoint has rules of its own,
/// and another version would be no help.
fn misplaced(draft: &NamedFile, sealed: &[&Line]) -> Option<Fault> {
    if draft.is_checkpoint() {
        return None;
    }
    let last = sealed.last().filter(|last| draft.name.version <= last.name.version && !draft.is_down())?;
    let twin = sealed.iter().find(|line| line.name.version == draft.name.version);
    let kind = match twin {
        // One migration in two files, of which renumbering makes no two.
        Some(twin) if name::stem(&twin.file) == draft.stem() => return None,
        Some(twin) => LockFault::DraftBesideSealed { sealed: twin.file.clone() },
        None => LockFault::DraftBeforeSealed { sealed: last.file.clone() },
    };
    Some(Fault::of_file(draft.path.clone(), FaultKind::Lock(kind)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::lock::seal;

    /// The kinds of fault of a folder whose sealed files, `0001_a.sql` and so on, a function has changed.
    fn kinds(sealed: usize, change: impl FnOnce(&Path)) -> Vec<FaultKind> {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 1..=sealed {
            let name = format!("{number:04}_m{number}.sql");
            fs::write(folder.path().join(name), format!("SELECT {number};")).expect("a file");
        }
        seal(folder.path()).expect("no fault");
        change(folder.path());
        let faults = crate::load(folder.path()).err();
        faults.iter().flatten().map(|fault| fault.kind().clone()).collect()
    }

    fn write(folder: &Path, file: &str, text: &str) {
        fs::write(folder.join(file), text).expect("a file");
    }

    fn rename(folder: &Path, from: &str, to: &str) {
        fs::rename(folder.join(from), folder.join(to)).expect("a file");
    }

    #[test]
    fn what_has_a_wrong_name_is_not_missing_too() {
        let found = kinds(3, |folder| rename(folder, "0002_m2.sql", "0002-m2.sql"));
        assert!(matches!(&*found, [FaultKind::Name(..)]), "{found:?}");
    }

    #[test]
    fn what_is_gone_leaves_no_gap_and_no_draft_out_of_order() {
        let removed = FaultKind::Lock(LockFault::Removed { file: "0002_m2.sql".into() });
        let found = kinds(2, |folder| {
            rename(folder, "0002_m2.sql", "0002_other.sql");
            write(folder, "0002_other.sql", "SELECT 'edited too';");
        });
        assert_eq!(found, [removed]);

        // Two files that were swapped are two edits.
        let found = kinds(2, |folder| {
            rename(folder, "0001_m1.sql", "kept");
            rename(folder, "0002_m2.sql", "0001_m1.sql");
            rename(folder, "kept", "0002_m2.sql");
        });
        assert!(
            found.iter().all(|kind| matches!(kind, FaultKind::Lock(LockFault::Edited { .. }))),
            "{found:?}"
        );
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_sealed_file_that_is_broken_was_edited() {
        let found = kinds(1, |folder| write(folder, "0001_m1.sql", "SELECT 'a"));
        assert!(matches!(&*found, [FaultKind::Unterminated(_), FaultKind::Lock(LockFault::Edited { .. })]));
    }

    #[test]
    fn not_every_fault_is_told() {
        let found = kinds(25, |folder| {
            for number in 1..=25 {
                write(folder, &format!("{number:04}_m{number}.sql"), "SELECT 0;");
            }
        });
        assert_eq!((found.len(), found.last()), (21, Some(&FaultKind::More(5))));
    }

    #[test]
    fn drafts_come_behind() {
        assert_eq!(kinds(2, |folder| write(folder, "0003_b.sql", "SELECT 0;")), []);
        // A repeatable migration is no draft, wherever its name sorts.
        assert_eq!(kinds(2, |folder| write(folder, "R_0.sql", "SELECT 0;")), []);
        let found = kinds(2, |folder| write(folder, "0001_b.sql", "SELECT 0;"));
        assert_eq!(found, [FaultKind::Lock(LockFault::DraftBesideSealed { sealed: "0001_m1.sql".into() })]);
    }
}
